"""How much of an author's phrases stands in the units of an answer, and which way round.

A phrase is covered by those of its terms that stand close together, each also by its opposite beside a neighbor of
the phrase, which turns it round as a denial does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from grader.text.features import OPPOSITES, Features, Phrase
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


class _Runs:
    """Values that belong to groups, one group after the other."""

    def __init__(self, groups: np.ndarray, count: int, members: np.ndarray, values: np.ndarray) -> None:
        """`groups` has the group of each member, in order, below `count`."""
        self._edges: list[int] = np.searchsorted(groups, np.arange(count + 1)).tolist()
        self._members: list[int] = members.tolist()
        self._values: list[float] = values.tolist()

    def run(self, group: int) -> Iterable[tuple[int, float]]:
        """The members of a group with their values."""
        start, end = self._edges[group : group + 2]
        return zip(self._members[start:end], self._values[start:end], strict=True)


class Covers:
    """The phrases of a question in the units of an answer, each looked at once.

    Most units cannot hold enough of a phrase; what the terms of each weigh together rules those out for all at once.
    """

    def __init__(self, features: Features, prepared: Prepared, possible: np.ndarray) -> None:
        """`possible` is the greatest share of each phrase (columns) that each unit (rows) may hold."""
        self._units, self._short = prepared.units, len(prepared.short)
        self._phrases, self._rivals = features.phrases, features.rivals
        self._found: dict[tuple[int, int], Cover | None] = {}
        self._claims = len(features.points) + len(features.wrongs)
        possible = possible + _ROUNDING
        enough = possible >= LEAST_COVER
        phrases, units = np.nonzero(enough.T)
        self._of_phrase = _Runs(phrases, len(features.phrases), units, possible[units, phrases])
        units, phrases = np.nonzero(enough)
        groups = units * self._claims + features.claims[phrases]
        self._in_unit = _Runs(groups, len(self._units) * self._claims, phrases, possible[units, phrases])

    def of_phrase(self, phrase: Phrase, least: float) -> Iterator[tuple[Unit, Cover]]:
        """The short units that hold at least `least` of the phrase (from `LEAST_COVER` on), in order."""
        for at, possible in self._of_phrase.run(phrase.number):
            if possible >= least and at < self._short and (found := self._at(phrase, self._units[at], least)):
                yield self._units[at], found

    def in_unit(self, claim: int, unit: Unit, least: float) -> Iterator[tuple[Phrase, Cover]]:
        """The phrases of a claim (see `Features.claims`) of which at least `least` stands in the unit."""
        for number, possible in self._in_unit.run(unit.number * self._claims + claim):
            if possible >= least and (found := self._at(self._phrases[number], unit, least)):
                yield self._phrases[number], found

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
