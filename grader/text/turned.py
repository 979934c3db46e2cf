"""Where an answer claims a key point the wrong way round, though the rest of it may be right.

A clause that speaks of the point is compared with its right and its opposite wordings (`wordings`), and seen beside the
rest of the answer: whether another clause states the point already. Boosted trees, trained by `make train-grader`
and constrained in their signs, say how likely the clause turns the point round; the likeliest clause is quoted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from math import fsum
from typing import Any

import numpy as np

from grader.text.features import PointFeatures
from grader.text.marks import Marks
from grader.text.match import Evidence, PointMatch, Sight, rejected
from grader.text.trees import Trees, trees_of
from grader.text.unit import Unit
from grader.text.wordings import NUMBERS as OF_WORDINGS
from grader.text.wordings import Nearness, nearness, text_of, wordings_of

LEAST_KNOWN = 2
"""Of the terms of a point's wordings; a clause with fewer does not speak of it."""
CLOSEST = 10
"""How many units, those nearest to any wording of the point, are looked at."""
LONG = 20
"""Tokens of a long clause."""

OF_UNIT = (
    "topic", "lead", "pattern", "rejected", "opposites", "wrong", "flip", "parity", "denied", "concepts", "question",
    "reported", "stretch", "tone", "tone of pairs", "patterns", "credited", "contradicted", "known share", "denials",
    "length",
)  # fmt: skip
OF_OTHERS = ("pattern elsewhere", "topic elsewhere", "right elsewhere")
NAMES = (*OF_WORDINGS, *OF_UNIT, *OF_OTHERS)
_COLUMNS = {name: column for column, name in enumerate(NAMES)}
_REJECTED, _OPPOSITES = _COLUMNS["rejected"], _COLUMNS["opposites"]


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """The units that speak of a key point, with their numbers in the order of `NAMES`."""

    units: tuple[Unit, ...]
    numbers: np.ndarray
    verbatim: tuple[int, ...]
    """1 where an opposite wording stands there word for word, -1 where a right one or the author's own answer does."""


@dataclass(frozen=True, slots=True)
class Turn:
    """The clause that likeliest turns a key point round."""

    probability: float
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What is known of an answer's units before they are compared."""

    sight: Sight
    found: Sequence[PointMatch]
    wrong: Sequence[Evidence]
    flips: Sequence[Evidence]
    parity: np.ndarray
    denied: np.ndarray
    """As in the signals, for each unit (rows) and key point (columns)."""


def candidates(seen: Seen) -> list[Candidates]:
    """For each key point, the units that speak of it."""
    features, prepared = seen.sight.features, seen.sight.prepared
    if not prepared.units:
        return [Candidates((), np.zeros((0, len(NAMES))), ())] * len(features.points)
    wordings = wordings_of(features)
    texts = [text_of(unit.tokens) for unit in prepared.units]
    short = len(prepared.short)
    units = [unit for unit in prepared.units if unit.number < short or texts[unit.number] in wordings.opposed]
    marks = [Marks(unit.tokens, unit.denied) for unit in units]
    near = nearness(wordings, marks)
    numbers = _numbers(seen, units, marks, near)
    verbatim = near.verbatim.copy()
    for at, unit in enumerate(units):
        verbatim[at, wordings.opposed.get(texts[unit.number], ())] = 1
        if texts[unit.number] in wordings.approved:
            verbatim[at] = -1
    speaking = (verbatim > 0) | (near.known >= LEAST_KNOWN)
    nearest = np.argsort(-np.maximum(near.right, near.opposite), axis=0, kind="stable")
    result: list[Candidates] = []
    for index, point in enumerate(features.points):
        nearest_first: list[int] = nearest[:, index].tolist()
        chosen = [at for at in nearest_first if speaking[at, index]][:CLOSEST]
        mine = [units[at] for at in chosen]
        rows, rejects = numbers[chosen, index], seen.sight.rejects[index]
        for row, unit in zip(rows, mine, strict=True):
            row[_REJECTED] = rejected(rejects, prepared, unit)
            row[_OPPOSITES] = has_opposite(point, unit)
        result.append(Candidates(tuple(mine), rows, tuple(verbatim[chosen, index].tolist())))
    return result


def _numbers(seen: Seen, units: Sequence[Unit], marks: Sequence[Marks], near: Nearness) -> np.ndarray:
    """Units × key points × `NAMES`, without what is looked at only for the nearest units."""
    sight, found = seen.sight, seen.found
    places = [unit.number for unit in units]
    first, last, start, end = np.array([(unit.first, unit.last, unit.start, unit.end) for unit in units]).T

    def touched(told: Sequence[Evidence]) -> np.ndarray:
        found: np.ndarray = np.zeros(len(units), bool)
        for evidence in told:
            found |= (first <= evidence.last) & (evidence.first <= last)
        return found

    apart = (first[:, None] > last) | (last[:, None] < first)
    matched = [(index, *place) for index, point in enumerate(found) for place in point.places]
    whose, begin, stop = np.array(matched, int).reshape(-1, 3).T
    belongs = np.eye(len(found))[whose]
    matches = ((start[:, None] <= begin) & (stop <= end[:, None])) @ belongs
    elsewhere = ((stop <= start[:, None]) | (end[:, None] <= begin)) @ belongs
    topics: np.ndarray = np.array(sight.topics)[places]
    whole: np.ndarray = np.array([point.whole for point in sight.features.points])
    ranked = np.sort(np.column_stack([np.zeros(len(units)), topics]), axis=1)
    most, second = ranked[:, -1:], ranked[:, -2:-1]
    tones: np.ndarray = np.array([tone_of(each, model().tone) for each in marks])
    of_unit = np.array(
        [(unit.question, bool(unit.framed), len(unit.scopes), len(unit.tokens), len(unit.positions)) for unit in units]
    )
    asks, framed, denials, tokens, terms = of_unit.T
    values: dict[str, np.ndarray] = {
        "topic": np.minimum(1.5, topics / whole),
        "lead": np.clip((topics - np.where(topics == most, second, most)) / whole, -1.0, 1.0),
        "pattern": matches > 0,
        "wrong": touched(seen.wrong)[:, None],
        "flip": touched(seen.flips)[:, None],
        "parity": seen.parity[places],
        "denied": seen.denied[places],
        "concepts": np.where([bool(point.concepts) for point in sight.features.points], sight.named[places] - 0.5, 0.0),
        "question": asks[:, None],
        "reported": framed[:, None],
        "stretch": (last - first)[:, None],
        "tone": tones[:, :1],
        "tone of pairs": tones[:, 1:],
        "patterns": matches,
        "credited": np.array([point.credit for point in found]),
        "contradicted": np.array([point.contradicted for point in found]),
        "known share": near.known / np.maximum(1, terms)[:, None],
        "denials": denials[:, None],
        "length": tokens[:, None] / LONG,
        "pattern elsewhere": elsewhere > 0,
        "topic elsewhere": np.minimum(1.5, np.where(apart[:, :, None], topics, 0.0).max(axis=1) / whole),
        "right elsewhere": np.where(apart[:, :, None], near.right, 0.0).max(axis=1),
    }
    numbers = np.zeros((len(units), len(found), len(NAMES)))
    numbers[:, :, : len(OF_WORDINGS)] = near.numbers
    for name, value in values.items():
        numbers[:, :, _COLUMNS[name]] = value
    return numbers


def has_opposite(point: PointFeatures, unit: Unit) -> bool:
    """Whether an opposite of one of the point's words stands in the unit, and the word does not."""
    said = unit.positions
    return any(term not in said for other in point.turning.keys() & said.keys() for term in point.turning[other])


@dataclass(frozen=True, slots=True)
class Model:
    trees: Trees
    tone: Mapping[str, float]
    """How much likelier a word, or a pair of words, stands in opposite wordings than in right ones, as a logarithm."""


def tone_of(marks: Marks, tone: Mapping[str, float]) -> tuple[float, float]:
    """How much the words, and the pairs of words, sound like a claim turned round."""
    # Exact sums: a set gives its members in another order in each process.
    return fsum(tone[key] for key in marks.said if key in tone), fsum(
        tone[both] for both in marks.pairs if both in tone
    )


def model_of(stored: Mapping[str, Any]) -> Model:
    """From the form in which it is stored."""
    return Model(trees_of(stored, NAMES), stored["tone"])


@lru_cache(maxsize=1)
def model() -> Model:
    """The shipped one."""
    return model_of(json.loads((files("grader.text") / "weights" / "turned.json").read_text(encoding="utf-8")))


def turns(found: Sequence[Candidates]) -> list[Turn]:
    """For each key point, the likeliest clause to turn it round."""
    rows = [each.numbers for each in found if each.units]
    if not rows:
        return [Turn(0.0)] * len(found)
    likely = model().trees.probabilities(np.vstack(rows))
    result: list[Turn] = []
    used = 0
    for each in found:
        if not each.units:
            result.append(Turn(0.0))
            continue
        mine = likely[used : used + len(each.units)].copy()
        for at, verbatim in enumerate(each.verbatim):
            if verbatim:
                mine[at] = verbatim > 0
        used += len(each.units)
        best = int(np.argmax(mine))
        unit = each.units[best]
        probability = float(mine[best])
        result.append(Turn(probability, Evidence(unit.start, unit.end, probability, unit.first, unit.last)))
    return result
