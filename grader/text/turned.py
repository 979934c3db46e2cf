"""Where an answer claims a key point the wrong way round, though the rest of it may be right.

A clause that speaks of the point is compared with its right and its opposite wordings (`wordings`), and seen beside the
rest of the answer: whether another clause states the point already. Boosted trees, trained by `make train-grader`
and constrained in their signs, say how likely the clause turns the point round; the likeliest clause is quoted.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

import numpy as np

from grader.text.features import OPPOSITES, Features, PointFeatures
from grader.text.marks import Marks, pair
from grader.text.match import Evidence, PointMatch, overlaps, rejected
from grader.text.normalise import Token
from grader.text.trees import Trees, trees_of
from grader.text.unit import Prepared, Unit
from grader.text.wordings import NUMBERS as OF_WORDINGS
from grader.text.wordings import Nearness, nearness, text_of, wordings_of

LEAST_KNOWN = 2
"""Of the terms of a point's wordings; a clause with fewer does not speak of it."""
CLOSEST = 10
"""How many units, those nearest to any wording of the point, are looked at."""
LONGEST = 2
"""How many clauses a unit may have, unless an opposite wording stands there word for word."""
LONG = 20
"""Tokens of a long clause."""

OF_UNIT = (
    "topic", "lead", "pattern", "rejected", "opposites", "wrong", "flip", "parity", "denied", "concepts", "question",
    "reported", "stretch", "tone", "tone of pairs", "patterns", "credited", "contradicted", "known share", "denials",
    "length",
)  # fmt: skip
OF_OTHERS = ("pattern elsewhere", "topic elsewhere", "right elsewhere")
NAMES = (*OF_WORDINGS, *OF_UNIT, *OF_OTHERS)


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """The units that speak of a key point, with their numbers in the order of `NAMES`."""

    units: tuple[Unit, ...]
    numbers: np.ndarray
    verbatim: tuple[int, ...]
    """1 where an opposite wording stands there word for word, -1 where a right one does."""
    approved: tuple[bool, ...]
    """The author's own model answer has it word for word."""


@dataclass(frozen=True, slots=True)
class Turn:
    """The clause that likeliest turns a key point round."""

    probability: float
    evidence: Evidence | None = None
    """None where the author says it in the same words."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What is known of an answer's units before they are compared."""

    features: Features
    prepared: Prepared
    units: Sequence[Unit]
    """Clauses, pairs of clauses and longer sentences."""
    topics: np.ndarray
    """For each unit (rows) how much it speaks of each point (columns)."""
    found: Sequence[PointMatch]
    wrong: Sequence[Evidence]
    flips: Sequence[Evidence]
    parity: Callable[[int, Unit], float]
    concepts: Callable[[PointFeatures, Unit], float]


def candidates(sight: Sight) -> list[Candidates]:
    """For each key point, the units that speak of it."""
    units = sight.units
    if not units:
        return [Candidates((), np.zeros((0, len(NAMES))), (), ())] * len(sight.features.points)
    wordings = wordings_of(sight.features)
    near = nearness(wordings, [Marks(unit.tokens, unit.denied) for unit in units])
    first: np.ndarray = np.array([unit.first for unit in units])
    last: np.ndarray = np.array([unit.last for unit in units])
    apart = (first[:, None] > last[None, :]) | (last[:, None] < first[None, :])
    topic_elsewhere = np.where(apart[:, :, None], sight.topics[None, :, :], 0.0).max(axis=1)
    right_elsewhere = np.where(apart[:, :, None], near.right[None, :, :], 0.0).max(axis=1)
    tones = [tone_of(unit.tokens, model().tone) for unit in units]
    texts = [text_of(unit.tokens) for unit in units]
    result: list[Candidates] = []
    for index in range(len(sight.features.points)):
        opposed = wordings.opposed[index]
        verbatim = [1 if text in opposed else int(near.verbatim[at, index]) for at, text in enumerate(texts)]
        nearest = np.maximum(near.right[:, index], near.opposite[:, index])
        chosen = [
            at
            for at in map(int, np.argsort(-nearest, kind="stable"))
            if verbatim[at] > 0 or (near.known[at, index] >= LEAST_KNOWN and units[at].last - units[at].first < LONGEST)
        ][:CLOSEST]
        rows = [_row(index, at, sight, near, tones, topic_elsewhere, right_elsewhere) for at in chosen]
        numbers = np.array(rows).reshape(len(chosen), len(NAMES))
        result.append(
            Candidates(
                tuple(units[at] for at in chosen),
                numbers,
                tuple(verbatim[at] for at in chosen),
                tuple(texts[at] in wordings.approved for at in chosen),
            )
        )
    return result


def _row(
    index: int,
    at: int,
    sight: Sight,
    near: Nearness,
    tones: Sequence[tuple[float, float]],
    topic_elsewhere: np.ndarray,
    right_elsewhere: np.ndarray,
) -> list[float]:
    unit, point, found = sight.units[at], sight.features.points[index], sight.found[index]
    whole = point.whole
    topics = sight.topics[at]
    others = max((float(value) for other, value in enumerate(topics) if other != index), default=0.0)
    mine = [place for term, places in unit.positions.items() if term in point.topic for place in places]
    return [
        *near.numbers[at, index].tolist(),
        min(1.5, float(topics[index]) / whole),
        max(-1.0, min(1.0, (float(topics[index]) - others) / whole)),
        float(any(unit.start <= start and end <= unit.end for start, end in found.places)),
        float(bool(found.rejects) and rejected(found.rejects, sight.prepared, unit)),
        float(has_opposite(point, unit)),
        float(any(overlaps(evidence, unit) for evidence in sight.wrong)),
        float(any(overlaps(evidence, unit) for evidence in sight.flips)),
        sight.parity(index, unit),
        sum(unit.denied[place] for place in mine) / len(mine) if mine else 0.0,
        sight.concepts(point, unit) - 0.5 if point.concepts else 0.0,
        float(unit.question),
        float(bool(unit.framed)),
        float(unit.last - unit.first),
        *tones[at],
        float(sum(unit.start <= start and end <= unit.end for start, end in found.places)),
        found.credit,
        float(found.contradicted),
        float(near.known[at, index]) / max(1, len(unit.positions)),
        float(len(unit.scopes)),
        len(unit.tokens) / LONG,
        float(any(end <= unit.start or unit.end <= start for start, end in found.places)),
        min(1.5, float(topic_elsewhere[at, index]) / whole),
        float(right_elsewhere[at, index]),
    ]


def has_opposite(point: PointFeatures, unit: Unit) -> bool:
    """Whether an opposite of one of the point's words stands in the unit, and the word does not."""
    return any(
        term not in unit.positions and any(other in unit.positions and other not in point.topic for other in others)
        for term in point.topic
        if (others := OPPOSITES.get(term))
    )


@dataclass(frozen=True, slots=True)
class Model:
    trees: Trees
    tone: Mapping[str, float]
    """How much likelier a word, or a pair of words, stands in opposite wordings than in right ones, as a logarithm."""


def tone_of(tokens: Sequence[Token], tone: Mapping[str, float]) -> tuple[float, float]:
    """How much the words, and the pairs of words, sound like a claim turned round."""
    keys = tone_keys(tokens)
    pairs = {pair(*both) for both in pairwise(keys)}
    return sum(tone.get(key, 0.0) for key in sorted(set(keys))), sum(tone.get(both, 0.0) for both in sorted(pairs))


def tone_keys(tokens: Sequence[Token]) -> list[str]:
    return [token.term or token.word for token in tokens]


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
        evidence = Evidence(unit.start, unit.end, probability, unit.first, unit.last)
        result.append(Turn(probability, None if each.approved[best] else evidence))
    return result
