"""The terms of a model answer held against those of an answer, and what that says of each clause.

Terms are aligned exactly, by likeness of letters and by likeness of the company they keep (vectors from co-occurrence).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import JaroWinkler

from grader.text import vocabulary
from grader.text.features import OPPOSITES
from grader.text.normalise import stem, tokenize
from grader.text.reference._text import Prepared

Floats = NDArray[np.float64]

LIKE_LETTERS = 0.84
"""From this Jaro-Winkler likeness on two terms may be one word misspelled or derived."""
LIKE_LETTERS_WORTH = 0.8
LIKE_COMPANY = 0.3
LIKE_COMPANY_WORTH = 0.8
"""What a neighbour in meaning can count at most."""
COVERED = 0.5
"""The share of a clause's weight that must stand in the answer."""

_GENERIC = frozenset(tokenize(word)[0].term or stem(word) for word in vocabulary.GENERIC)


@dataclass(frozen=True, eq=False)
class Background:
    """What is known of the language: how rare each term is, and a vector for each of the commoner ones."""

    rarity: Mapping[str, float]
    unknown: float
    """The rarity of a term that was never seen."""
    rows: Mapping[str, int]
    vectors: Floats
    """One row of unit length a term; the last is zero."""

    def weights(self, terms: Sequence[str]) -> Floats:
        return np.array([self.rarity.get(t, self.unknown) * (0.5 if t in _GENERIC else 1.0) for t in terms], float)

    def matrix(self, terms: Sequence[str]) -> Floats:
        return self.vectors[[self.rows.get(term, -1) for term in terms]]


@dataclass(frozen=True, slots=True)
class Cover:
    """How the answer covers one clause of the reference."""

    found: float
    """The share of the clause's weight in the best stretch of the answer."""
    kept: float
    """The same without what is turned round."""
    turned: float
    """The share of what was found that the answer denies and the reference does not, or the other way round."""
    weight: float
    clauses: tuple[int, int] | None
    """First and last clause of that stretch."""


@dataclass(frozen=True, eq=False)
class Alignment:
    """Every term of the reference held against every term of the answer."""

    own: Floats
    """The weights of the reference's terms; what the question says itself counts nothing."""
    whole: Floats
    added: Floats
    """The weights of the answer's terms without those of the question."""
    given: Floats
    equal: Floats
    letters: Floats
    meaning: Floats
    reference_vectors: Floats
    answer_vectors: Floats


def align(question: Prepared, reference: Prepared, answer: Prepared, background: Background) -> Alignment:
    mine, theirs = reference.terms, answer.terms
    whole, given = background.weights(mine), background.weights(theirs)
    new = np.array([term not in question.members for term in mine], bool)
    own = whole * new if new.any() else whole
    added = given * np.array([term not in question.members for term in theirs], bool)
    u, v = background.matrix(mine), background.matrix(theirs)
    if not mine or not theirs:
        nothing = np.zeros((len(mine), len(theirs)))
        return Alignment(own, whole, added, given, nothing, nothing, nothing, u, v)
    index = {term: i for i, term in enumerate(theirs)}
    equal = np.zeros((len(mine), len(theirs)))
    for row, term in enumerate(mine):
        if (column := index.get(term)) is not None:
            equal[row, column] = 1.0
    likeness = process.cdist(mine, theirs, scorer=JaroWinkler.similarity, dtype=np.float64)
    long_enough = np.minimum.outer([len(t) for t in mine], [len(t) for t in theirs]) >= 4
    close = np.where(long_enough & (likeness > LIKE_LETTERS), (likeness - 0.8) / 0.2 * LIKE_LETTERS_WORTH, 0.0)
    letters = np.maximum(close, equal)
    company = np.clip((u @ v.T - LIKE_COMPANY) / (1 - LIKE_COMPANY), 0, 1) * LIKE_COMPANY_WORTH
    return Alignment(own, whole, added, given, equal, letters, np.maximum(letters, company), u, v)


def covers(reference: Prepared, answer: Prepared, aligned: Alignment) -> list[Cover]:
    """How each clause of the reference is covered by one clause of the answer or two neighbours."""
    row = {term: i for i, term in enumerate(reference.terms)}
    column = {term: i for i, term in enumerate(answer.terms)}
    stretches = [(clause, (i, i)) for i, clause in enumerate(answer.clauses)]
    neighbours = zip(answer.clauses, answer.clauses[1:], strict=False)
    stretches += [({**a, **b}, (i, i + 1)) for i, (a, b) in enumerate(neighbours)]
    columns = [np.array([column[term] for term in stretch]) for stretch, _ in stretches]
    result: list[Cover] = []
    for clause in reference.clauses:
        rows = np.array([row[term] for term in clause])
        weights = aligned.own[rows]
        if not weights.any():
            weights = 0.3 * aligned.whole[rows]
        meaning = aligned.meaning[rows]
        found, best = 0.0, -1
        for number, where in enumerate(columns):
            share = weighted_mean(weights, meaning[:, where].max(1))
            if share > found:
                found, best = share, number
        if best < 0:
            result.append(Cover(0.0, 0.0, 0.0, float(weights.sum()), None))
            continue
        stretch, place = stretches[best]
        part = meaning[:, columns[best]]
        sure = weights * (part.max(1) >= COVERED)
        said = list(stretch.values())
        flipped = np.array(
            [denied != said[at] for denied, at in zip(clause.values(), part.argmax(1), strict=True)], dtype=np.float64
        )
        turned = weighted_mean(sure, flipped) if found > LIKE_COMPANY else 0.0
        kept = found * (1 - turned)
        if any(term not in stretch and OPPOSITES.get(term, frozenset()) & stretch.keys() for term in clause):
            kept *= 0.5
        result.append(Cover(found, kept, turned, float(weights.sum()), place))
    return result


def weighted_mean(weights: Floats, values: Floats) -> float:
    total = float(weights.sum())
    return float(weights @ values) / total if total > 0 else 0.0


def best_along(table: Floats, axis: int) -> Floats:
    if not table.size:
        return np.zeros(int(table.shape[1 - axis]), dtype=np.float64)
    return cast(Floats, table.max(axis))
