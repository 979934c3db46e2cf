"""How a question's author words what is right: what is denied, what goes up or down, what is said of what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from grader.text.features import Features
from grader.text.normalise import Token, read
from grader.text.polarity import polarities
from grader.text.relation import directions
from grader.text.sums import Adds, Sums
from grader.text.unit import Unit


@dataclass(frozen=True, slots=True, eq=False)
class Usage:
    """How the author's own right sentences use words."""

    standing: Sums
    """Counts, for each key point: words that stand as the author never has them, all words of the author's, denied
    words of the topic, all words of the topic."""
    directions: tuple[dict[str, frozenset[int]], ...]
    """For each key point, which terms go up or down."""
    together: frozenset[tuple[str, str]]
    """Pairs of terms that stand in one clause anywhere in the question's right sentences."""

    def stances(self, units: Sequence[Unit]) -> tuple[np.ndarray, np.ndarray]:
        """For each unit (rows) and key point (columns): the share of its words that the author never denies and the
        answer does, or the reverse; and the share of its words on the topic that are denied."""
        texts = [_standing(unit.tokens, unit.denied) for unit in units]
        other, known, denied, topic = np.split(self.standing.over(texts), 4, axis=1)
        return other / np.maximum(known, 1.0), denied / np.maximum(topic, 1.0)

    def direction(self, index: int, unit: Unit, text: str) -> float:
        """-1 to 1: the balance of what goes up or down as for the author and the other way; `text` is folded."""
        ways = self.directions[index]
        found = directions(unit.tokens, unit.denied, text)
        votes = [1 if sign in ways[term] else -1 for term, sign in found if term in ways]
        return sum(votes) / len(votes) if votes else 0.0

    def swapped(self, rivals: Mapping[str, frozenset[str]], unit: Unit) -> float:
        """The share of the words that the author puts beside a rival of what the unit names, never beside that."""
        named = [term for term in unit.positions if term in rivals]
        if not named:
            return 0.0
        others = frozenset[str]().union(*(rivals[term] for term in named))
        if others & unit.positions.keys():
            return 0.0  # both sides are named: which word is whose, the contrasts say
        beside = (*named, *others)
        told = [
            term
            for term in unit.positions
            if term not in beside and any((other, term) in self.together for other in beside)
        ]
        wrong = [term for term in told if not any((name, term) in self.together for name in named)]
        return len(wrong) / len(told) if told else 0.0


@lru_cache(maxsize=2048)
def usage_of(features: Features) -> Usage:
    """The compiled usage, kept for the next answer."""
    question = features.question
    denied: list[dict[str, frozenset[bool]]] = []
    ways: list[dict[str, frozenset[int]]] = []
    together: set[tuple[str, str]] = set()
    for point in question.key_points:
        stands: dict[str, set[bool]] = {}
        goes: dict[str, set[int]] = {}
        for text in (point.claim, *point.accept.phrases):
            for tokens, flags, folded in _clauses(text):
                for token, flag in zip(tokens, flags, strict=True):
                    if token.term:
                        stands.setdefault(token.term, set()).add(flag)
                for term, sign in directions(tokens, flags, folded):
                    goes.setdefault(term, set()).add(sign)
                together |= _pairs(tokens)
        denied.append({term: frozenset(flags) for term, flags in stands.items()})
        ways.append({term: frozenset(signs) for term, signs in goes.items()})
    for text in (question.model_answer.full, question.model_answer.short):
        for tokens, _, _ in _clauses(text):
            together |= _pairs(tokens)
    for contrast in question.contrasts:
        for names, properties in contrast.items():
            for name in names.split("|"):
                for held in properties:
                    for tokens, _, _ in _clauses(f"{name} {held}"):
                        together |= _pairs(tokens)
    return Usage(_table(features, denied), tuple(ways), frozenset(together))


def _clauses(text: str) -> Iterable[tuple[Sequence[Token], Sequence[bool], str]]:
    reading = read(text)
    folded = reading.surface.text
    for clause, standing in zip(reading.clauses, polarities(folded, reading.clauses), strict=True):
        yield clause.tokens, standing.denied, folded


def _pairs(tokens: Sequence[Token]) -> set[tuple[str, str]]:
    terms = [token.term for token in tokens if token.term]
    return {(one, other) for one in terms for other in terms if one != other}


def _standing(tokens: Sequence[Token], denied: Sequence[bool]) -> list[str]:
    return [f"{'-' if flag else '+'}{token.term}" for token, flag in zip(tokens, denied, strict=True)]


def _table(features: Features, stands: Sequence[Mapping[str, frozenset[bool]]]) -> Sums:
    """See `Usage.standing`; `stands` says for each key point how the author's terms stand: denied or not."""
    adds, points = Adds(), len(features.points)
    for index, (point, known) in enumerate(zip(features.points, stands, strict=True)):
        for flag, sign in ((False, "+"), (True, "-")):
            for term, how in known.items():
                adds.add(sign + term, index, float(flag not in how))
                adds.add(sign + term, points + index, 1.0)
            for term in point.topic:
                adds.add(sign + term, 2 * points + index, float(flag))
                adds.add(sign + term, 3 * points + index, 1.0)
    return adds.compiled(4 * points)
