"""How much of an author's phrases and concepts stands in the units of an answer, and which way round.

A phrase is covered by those of its terms that stand close together, each also by its opposite beside a neighbor of
the phrase, which turns it round as a denial does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from grader.text.features import OPPOSITES, Concept, Features, Phrase
from grader.text.unit import Prepared, Unit

LEAST_COVER = 0.3
"""Of a phrase; less says nothing."""
WINDOW_SLACK = 6
"""How many tokens besides those of a phrase may stand between its first and last term."""
OPPOSITE_REACH = 2
"""How many tokens an opposite may stand from the word that it speaks of."""
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Cover:
    share: float
    indices: tuple[int, ...]
    turned: bool
    """It stands the other way round than the phrase."""
    opposed: bool = False
    """It is turned by an opposite word alone, without a denial."""


class Covers:
    """The phrases of a question in the units of an answer, each looked at once.

    Most units cannot hold enough of a phrase; what the terms of each weigh together rules those out for all at once.
    """

    def __init__(self, features: Features, prepared: Prepared, possible: np.ndarray) -> None:
        """`possible` is the greatest share of each phrase (columns) that each unit (rows) may hold."""
        self._units, self._short = prepared.units, len(prepared.short)
        self._rivals = features.rivals
        self._found: dict[tuple[int, int], Cover | None] = {}
        self._of_phrase: dict[int, list[tuple[Unit, float]]] = {}
        self._in_unit: dict[tuple[int, int], list[tuple[Phrase, float]]] = {}
        numbers, places = np.nonzero(possible.T >= LEAST_COVER - _ROUNDING)
        shares = possible[places, numbers] + _ROUNDING
        for number, at, share in zip(numbers.tolist(), places.tolist(), shares.tolist(), strict=True):
            claim, phrase = features.phrases[number]
            self._of_phrase.setdefault(number, []).append((self._units[at], share))
            self._in_unit.setdefault((claim, at), []).append((phrase, share))

    def of_phrase(self, phrase: Phrase, least: float) -> Iterator[tuple[Unit, Cover]]:
        """The short units that hold at least `least` of the phrase (from `LEAST_COVER` on), in order."""
        for unit, possible in self._of_phrase.get(phrase.number, ()):
            if possible >= least and unit.number < self._short and (found := self._at(phrase, unit, least)):
                yield unit, found

    def in_unit(self, claim: int, unit: Unit, least: float) -> Iterator[tuple[Phrase, Cover]]:
        """The phrases of a claim (see `Features.phrases`) of which at least `least` stands in the unit."""
        for phrase, possible in self._in_unit.get((claim, unit.number), ()):
            if possible >= least and (found := self._at(phrase, unit, least)):
                yield phrase, found

    def _at(self, phrase: Phrase, unit: Unit, least: float) -> Cover | None:
        key = (phrase.number, unit.number)
        if key not in self._found:
            self._found[key] = cover(phrase, unit, self._rivals)
        found = self._found[key]
        return None if found is None or found.share < least else found


def cover(phrase: Phrase, unit: Unit, rivals: Mapping[str, frozenset[str]]) -> Cover | None:
    """How much of the phrase stands close together in the unit, if at least `LEAST_COVER` of it."""
    found: dict[str, list[int]] = {}
    possible, opposites = 0.0, 0
    for term, value in phrase.weights.items():
        places = unit.positions.get(term)
        if not places and term in OPPOSITES and (places := _in_place_of(term, phrase, unit)):
            opposites += 1
        if places:
            found[term] = places
            possible += value
    if phrase.total <= 0 or possible < LEAST_COVER * phrase.total or len(found) < min(2, len(phrase.weights)):
        return None
    for term in phrase.weights:
        if term in rivals and term not in found and not rivals[term].isdisjoint(unit.positions):
            return None
    value, inside = _closest(phrase, found)
    share = value / phrase.total
    if share < LEAST_COVER:
        return None
    denied = any(unit.denied[index] for index in inside) != phrase.denied
    opposed = opposites % 2 == 1
    return Cover(share, inside, denied != opposed, opposed and not denied)


def _closest(phrase: Phrase, found: Mapping[str, Sequence[int]]) -> tuple[float, tuple[int, ...]]:
    """What the terms weigh that stand within one window, and where; the window in which they weigh most."""
    width = 2 * phrase.length + WINDOW_SLACK
    starts = sorted({place for places in found.values() for place in places})
    if len(starts) == len(found) and starts[-1] < starts[0] + width and not phrase.ordered:
        return sum(phrase.weights[term] for term in found), tuple(starts)
    best: tuple[float, int, tuple[int, ...]] | None = None
    for start in starts:
        inside: list[int] = []
        value, reached, end = 0.0, start, start + width
        for term, places in found.items():
            for place in places:
                if place >= reached:
                    if place < end:
                        inside.append(place)
                        value += phrase.weights[term]
                        if phrase.ordered:
                            reached = place + 1
                    break
        if not inside or (best is not None and value < best[0]):
            continue
        spread = max(inside) - min(inside)
        if best is None or (value, -spread) > (best[0], -best[1]):
            best = (value, spread, tuple(sorted(inside)))
    assert best is not None
    return best[0], best[2]


def _in_place_of(term: str, phrase: Phrase, unit: Unit) -> list[int]:
    """Where an opposite of `term` stands beside a word that `term` stands beside in the phrase."""
    order = tuple(phrase.weights)
    at = order.index(term)
    neighbors = {*order[max(0, at - 1) : at], *order[at + 1 : at + 2]}
    places: list[int] = []
    for other in OPPOSITES[term]:
        if other in phrase.weights:
            continue
        for place in unit.positions.get(other, ()):
            near = {token.term for token in unit.tokens[max(0, place - OPPOSITE_REACH) : place + OPPOSITE_REACH + 1]}
            if neighbors & near:
                places.append(place)
    return places


def region(unit: Unit, indices: Sequence[int]) -> tuple[int, int]:
    return unit.tokens[indices[0]].start, unit.tokens[indices[-1]].end


def named(concepts: Sequence[Concept], unit: Unit) -> float:
    """The share of the concepts of which the unit has a wording, denied where that is denied."""
    if not concepts:
        return 0.0
    return sum(any(_has(wording, unit) for wording in concept) for concept in concepts) / len(concepts)


def _has(wording: tuple[frozenset[str], str, bool], unit: Unit) -> bool:
    terms, last, denied = wording
    return terms <= unit.positions.keys() and any(unit.denied[place] == denied for place in unit.positions[last])
