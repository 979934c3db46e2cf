"""How near clauses come to a key point's right wordings and to its opposite ones, as numbers.

What an opposite wording shares with the right ones tells nothing; what it alone says does. All that is compared is a
sum over marks (`marks`), so that a question's wordings are compiled into one table from marks to places in a row of
sums, and all clauses of an answer are compared with all wordings of all points at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import fsum
from typing import TypeVar

import numpy as np

from grader.text.features import Features
from grader.text.marks import Marks, beside, bound, denied, marks_of, only_denied, pole
from grader.text.normalise import Token, read
from grader.text.sums import Adds, Sums
from grader.text.unit import prepare

LEAST_WEIGHT = 0.2
OTHER_WEIGHT = 1.0
"""What a term weighs that stands in opposite wordings only."""
WORD_WEIGHT = 0.5
"""What a turning word weighs among what an opposite alone says; a term weighs 1."""
POLE_CONFLICT, BOUND_CONFLICT = 0.4, 0.6
"""By how much a wording stands the other way round for each of two opposed poles, and for one of the same thing."""
MOST_KNOWN = 10.0
VERBATIM = 0.9
"""Of all pairs of neighboring words of a unit and a wording, both have so many where it stands there word for word."""

_Mark = TypeVar("_Mark")

COUNTS = (
    "known", "weight", "denied as opposite", "poles of opposite", "poles against right",
    "beside as opposite", "bound as opposite", "pairs of opposite", "pairs of right",
)  # fmt: skip
"""Sums for each key point."""
SHARES = ("shared", "denied otherwise", "other poles", "other bound", "context", "turning", "spoken")
"""Sums for each wording."""


@dataclass(frozen=True, slots=True, eq=False)
class Wordings:
    """The wordings of a question, compiled."""

    sums: Sums
    """`COUNTS` for each key point, then `SHARES` for each wording."""
    points: int
    approved: frozenset[str]
    """The units of the author's own model answer (`text_of`)."""
    opposed: Mapping[str, Sequence[int]]
    """For each opposite wording (`text_of`), the points that it turns round."""
    totals: np.ndarray
    """For each wording, what its terms weigh together."""
    contexts: np.ndarray
    """For each wording, what those of its terms weigh that right ones use too; 1 for right wordings."""
    turnings: np.ndarray
    """For each wording, what weighs that it alone says; infinite if that is nothing."""
    lengths: np.ndarray
    """For each wording, how many pairs of neighboring words it has; infinite for a single word."""
    rights: np.ndarray
    """For each point, the place of its first right wording."""
    opposites: np.ndarray
    """For each point, the place of its first opposite wording; where it has none, an empty one stands there."""


@dataclass(frozen=True, slots=True)
class Nearness:
    """For each unit (rows) and key point (columns)."""

    known: np.ndarray
    """How many terms of the point's wordings the unit has."""
    right: np.ndarray
    """The share of the best right wording."""
    opposite: np.ndarray
    """The share of the best opposite wording."""
    verbatim: np.ndarray
    """1 where an opposite wording stands there nearly word for word, -1 where a right one does."""
    numbers: np.ndarray
    """In the order of `NUMBERS` along the last axis."""


NUMBERS = (
    "right", "opposite", "turning", "turning in context", "right straight", "right turned", "opposite straight",
    "stance", "weight", "denied as opposite", "poles of opposite", "poles against right", "beside as opposite",
    "bound as opposite", "pairs of opposite", "pairs of right",
)  # fmt: skip


def text_of(tokens: Iterable[Token]) -> str:
    """The letters of the words alone: people write time series and timeseries."""
    return "".join(token.word for token in tokens).replace(" ", "")


def _text(wording: str) -> str:
    return text_of(token for clause in read(wording).clauses for token in clause.tokens)


@lru_cache(maxsize=2048)
def wordings_of(features: Features) -> Wordings:
    """The compiled wordings, kept for the next answer."""
    question = features.question
    model = [marks_of(text) for text in _sentences(question.model_answer.full)]
    own = prepare(read(question.model_answer.full), features)
    table = _Table(len(features.points))
    for part in features.points:
        point = part.point
        right = [marks_of(text) for text in (*point.accept.phrases, point.claim)]
        table.add(right, [marks_of(text) for text in point.opposites], model, part.topic)
    opposed: dict[str, list[int]] = {}
    for index, part in enumerate(features.points):
        for wording in part.point.opposites:
            opposed.setdefault(_text(wording), []).append(index)
    approved = frozenset(text_of(unit.tokens) for unit in own.units)
    return table.compiled(approved, opposed)


def _sentences(text: str) -> Iterable[str]:
    reading = read(text)
    return (reading.original[slice(*reading.quote(start, end))] for start, end in reading.sentences)


def _times(marks: Iterable[Iterable[_Mark]]) -> Counter[_Mark]:
    return Counter(mark for each in marks for mark in each)


class _Table:
    """Collects what each mark adds to which sum."""

    def __init__(self, points: int) -> None:
        self._points = points
        self._adds = Adds()
        self._totals: list[float] = []
        self._contexts: list[float] = []
        self._turnings: list[float] = []
        self._lengths: list[float] = []
        self._rights: list[int] = []
        self._opposites: list[int] = []

    def add(
        self, right: Sequence[Marks], opposite: Sequence[Marks], model: Sequence[Marks], topic: dict[str, float]
    ) -> None:
        """The wordings of the next key point."""
        weight = {
            term: max(LEAST_WEIGHT, topic.get(term, OTHER_WEIGHT))
            for marks in (*right, *opposite)
            for term in marks.terms
        }
        self._count(len(self._rights), right, opposite, model, weight)
        self._rights.append(len(self._totals))
        for marks in right:
            self._wording(marks, weight)
        self._opposites.append(len(self._totals))
        said = _Said(right, model)
        for marks in opposite:
            self._wording(marks, weight, said)
        if not opposite:
            self._totals.append(1.0)
            self._contexts.append(1.0)
            self._turnings.append(np.inf)
            self._lengths.append(np.inf)

    def _count(
        self,
        point: int,
        right: Sequence[Marks],
        opposite: Sequence[Marks],
        model: Sequence[Marks],
        weight: dict[str, float],
    ) -> None:
        def add(mark: str, name: str, value: float = 1.0) -> None:
            self._adds.add(mark, point * len(COUNTS) + COUNTS.index(name), value)

        for term, value in weight.items():
            add(term, "known")
            add(term, "weight", value)
        never = _times(marks.denied for marks in right)
        for term in {term for marks in opposite for term in marks.denied if term not in never}:
            add(denied(term), "denied as opposite")
        poles = _times(marks.poles for marks in right)
        against = _times(marks.poles for marks in opposite)
        common = {mark for marks in model for mark in marks.poles}
        for axis, sign in {*poles, *((axis, -sign) for axis, sign in poles)}:
            mark, other = (axis, sign), (axis, -sign)
            if against[mark] > poles[mark] and poles[other] > against[other]:
                add(pole(axis, sign), "poles of opposite")
            if not poles[mark] and poles[other] and mark not in common:
                add(pole(axis, sign), "poles against right")
        near = {mark for marks in right for mark in marks.beside}
        for axis, sign, term in {mark for marks in opposite for mark in marks.beside} - near:
            if (axis, -sign, term) in near:
                add(beside(axis, sign, term), "beside as opposite")
        tight = {mark for marks in (*right, *model) for mark in marks.bound}
        for axis, sign, term in {mark for marks in opposite for mark in marks.bound} - tight:
            add(bound(axis, sign, term), "bound as opposite")
        pairs, others = _times(marks.pairs for marks in right), _times(marks.pairs for marks in opposite)
        for both in {*pairs, *others}:
            if others[both] != pairs[both]:
                add(both, "pairs of opposite" if others[both] > pairs[both] else "pairs of right")

    def _wording(self, marks: Marks, weight: dict[str, float], said: _Said | None = None) -> None:
        first = self._points * len(COUNTS) + len(self._totals) * len(SHARES)

        def add(mark: str, name: str, value: float) -> None:
            self._adds.add(mark, first + SHARES.index(name), value)

        for term in marks.terms:
            add(term, "shared", weight[term])
        for term in marks.asserted - marks.denied:
            add(only_denied(term), "denied otherwise", weight[term])
        for term in marks.denied - marks.asserted:
            add(term, "denied otherwise", weight[term])
            add(denied(term), "denied otherwise", -weight[term])
        for axis, sign in marks.clear:
            add(pole(axis, -sign), "other poles", 1.0)
        for axis, sign, term in marks.bound:
            add(bound(axis, -sign, term), "other bound", 1.0)
        for both in marks.pairs:
            add(both, "spoken", 1.0)
        self._lengths.append(len(marks.pairs) or np.inf)
        self._totals.append(fsum(weight[term] for term in marks.terms) or 1.0)
        context, turning = 0.0, 0.0
        if said is not None:
            for term in sorted(marks.terms & said.terms):
                add(term, "context", weight[term])
                context += weight[term]
            for mark, value in said.turned_by(marks):
                add(mark, "turning", value)
                turning += value
        self._contexts.append(context or 1.0)
        self._turnings.append(turning or np.inf)

    def compiled(self, approved: frozenset[str], opposed: Mapping[str, Sequence[int]]) -> Wordings:
        width = self._points * len(COUNTS) + len(self._totals) * len(SHARES)
        return Wordings(
            self._adds.compiled(width),
            self._points,
            approved,
            opposed,
            np.array(self._totals),
            np.array(self._contexts),
            np.array(self._turnings),
            np.array(self._lengths),
            np.array(self._rights),
            np.array(self._opposites),
        )


class _Said:
    """What the right wordings of a point say."""

    def __init__(self, right: Sequence[Marks], model: Sequence[Marks]) -> None:
        self.terms = frozenset[str]().union(*(marks.terms for marks in right))
        self._known = self.terms.union(*(marks.terms for marks in model))
        self._denied = frozenset[str]().union(*(marks.denied for marks in right))
        self._asserted = frozenset[str]().union(*(marks.asserted for marks in right))
        self._poles = frozenset[tuple[int, int]]().union(*(marks.poles for marks in right))
        self._words = frozenset[str]().union(*(marks.words for marks in right))

    def turned_by(self, marks: Marks) -> Iterable[tuple[str, float]]:
        """What an opposite wording alone says, with its weight."""
        yield from ((term, 1.0) for term in marks.terms - self._known)
        for term in (marks.denied & self._asserted) - self._denied:
            yield denied(term), 1.0
        for axis, sign in marks.clear:
            if (axis, sign) not in self._poles and (axis, -sign) in self._poles:
                yield pole(axis, sign), 1.0
        yield from ((word, WORD_WEIGHT) for word in marks.words - self._words)


def nearness(wordings: Wordings, units: Sequence[Marks]) -> Nearness:
    """How near each unit, given by its marks, comes to the wordings of each point."""
    sums = wordings.sums.over([unit.keys() for unit in units])
    counted = wordings.points * len(COUNTS)
    counts = sums[:, :counted].reshape(len(units), wordings.points, len(COUNTS))
    shares = sums[:, counted:].reshape(len(units), -1, len(SHARES))
    return _numbers(wordings, counts, shares, np.array([len(unit.pairs) for unit in units]))


def _numbers(wordings: Wordings, counts: np.ndarray, shares: np.ndarray, lengths: np.ndarray) -> Nearness:
    shared, otherwise, poles, tight, context, turning, spoken = (shares[:, :, index] for index in range(len(SHARES)))
    covered = shared / wordings.totals
    against = np.divide(otherwise, shared, out=np.zeros_like(shared), where=shared > 0)
    against = against + POLE_CONFLICT * np.minimum(poles, 2) + BOUND_CONFLICT * np.minimum(tight, 1)
    against = np.minimum(against, 1.0)
    share = turning / wordings.turnings
    near = context / wordings.contexts
    edges = np.stack([wordings.rights, wordings.opposites], axis=1).ravel()

    def best(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Of the right wordings of each point, and of its opposite ones."""
        found = np.maximum.reduceat(values, edges, axis=1)
        return found[:, 0::2], found[:, 1::2]

    right, opposite = best(covered)
    right_straight, opposite_straight = best(covered * (1 - against))
    right_turned, opposite_turned = best(covered * against)
    _, told = best(share * np.sqrt(near))
    _, in_context = best(share * near)
    right_spoken, opposite_spoken = best(spoken / (wordings.lengths + lengths[:, None] - spoken))
    verbatim = ((opposite_spoken >= VERBATIM) & (opposite_spoken > right_spoken)).astype(int)
    verbatim -= (right_spoken >= VERBATIM) & (right_spoken > opposite_spoken)
    stance = np.maximum(right_turned, opposite_straight) - np.maximum(right_straight, opposite_turned)
    of = {name: counts[:, :, index] for index, name in enumerate(COUNTS)}
    numbers = np.stack(
        [
            right,
            opposite,
            told,
            in_context,
            right_straight,
            right_turned,
            opposite_straight,
            stance,
            np.minimum(of["weight"], MOST_KNOWN) / (MOST_KNOWN / 2),
            of["denied as opposite"],
            of["poles of opposite"],
            of["poles against right"],
            of["beside as opposite"],
            of["bound as opposite"],
            of["pairs of opposite"],
            of["pairs of right"],
        ],
        axis=2,
    )
    return Nearness(of["known"], right, opposite, verbatim, numbers)
