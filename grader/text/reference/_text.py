"""Texts cut into clauses and counted, ready to be held against each other."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from grader.text import vocabulary
from grader.text.normalise import read
from grader.text.polarity import polarities

MAX_CHARACTERS = 6000
"""What lies beyond is not read."""
NEIGHBOURS = 3
_NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "1": 1, "2": 2, "3": 3, "4": 4, "5": 5}
_WORD = re.compile(r"[a-z0-9']+")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_YES = re.compile(r"\W*(?:yes|true)\b")
_NO = re.compile(r"\W*(?:no|false)\b")


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A text ready to be compared."""

    clauses: tuple[dict[str, bool], ...]
    """The terms of each clause, and whether it denies them."""
    places: tuple[tuple[int, int], ...]
    """Where each clause stands in the original."""
    sequence: tuple[str, ...]
    terms: tuple[str, ...]
    """Each once, in order of appearance."""
    members: frozenset[str]
    folded: str
    words: tuple[str, ...]
    threes: Counter[str]
    fours: Counter[str]
    numbers: frozenset[str]
    says_yes: int
    count: int
    """The first small number it names ("give two reasons"), 0 without."""

    @property
    def function_share(self) -> float:
        return sum(word in vocabulary.FUNCTION_WORDS for word in self.words) / max(len(self.words), 1)

    @property
    def denied_share(self) -> float:
        return sum(sum(clause.values()) for clause in self.clauses) / max(len(self.sequence), 1)

    @property
    def pairs(self) -> set[tuple[str, str]]:
        return set(zip(self.sequence, self.sequence[1:], strict=False))

    @property
    def near_pairs(self) -> set[tuple[str, str]]:
        return {(a, b) for i, a in enumerate(self.sequence) for b in self.sequence[i + 1 : i + 1 + NEIGHBOURS]}


@lru_cache(maxsize=4096)
def prepare(text: str) -> Prepared:
    """A text ready to be compared; kept for the next answer."""
    reading = read(text[:MAX_CHARACTERS])
    surface = reading.surface.text
    clauses: list[dict[str, bool]] = []
    places: list[tuple[int, int]] = []
    sequence: list[str] = []
    for clause, polarity in zip(reading.clauses, polarities(surface, reading.clauses), strict=True):
        terms = [
            (t.term, d or any(scope.start <= t.start < scope.end for scope in polarity.framed))
            for t, d in zip(clause.tokens, polarity.denied, strict=True)
            if t.term
        ]
        if terms:
            clauses.append(dict(terms))
            places.append(reading.quote(clause.start, clause.end))
            sequence += [term for term, _ in terms]
    words = tuple(_WORD.findall(surface))
    padded = f" {' '.join(words)} "
    return Prepared(
        tuple(clauses),
        tuple(places),
        tuple(sequence),
        tuple(dict.fromkeys(sequence)),
        frozenset(sequence),
        " ".join(surface.split()),
        words,
        Counter(padded[i : i + 3] for i in range(len(padded) - 2)),
        Counter(padded[i : i + 4] for i in range(len(padded) - 3)),
        frozenset(_NUMBER.findall(surface)),
        1 if _YES.match(surface) else -1 if _NO.match(surface) else 0,
        next((_NUMBERS[word] for word in words if word in _NUMBERS), 0),
    )
