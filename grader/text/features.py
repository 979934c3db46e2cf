"""What is prepared once for a question: its wordings compiled, its terms weighed.

A term weighs by how much it tells one key point from the others of the question, like an inverse document frequency
over the key points; what the prompt already says and words of little meaning weigh less. A key point's *topic* is the
vocabulary of all its phrases together: words that people use who speak of this point and not of another.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import count

import numpy as np

from grader.text import vocabulary
from grader.text.normalise import fold, is_negation, read, stem, tokenize
from grader.text.polarity import named_denials, phrase_denied
from questions.model import FreeText, KeyPoint, Misconception
from questions.pattern import Pattern, PatternError, PatternSet

PROMPT_WEIGHT = 0.4
"""What a term counts that the prompt already gives away."""
GENERIC_WEIGHT = 0.5
FEW_PHRASES = 4
"""A point with fewer, and without patterns, is thin; those of the shipped bank have four to eleven, with patterns."""
PHRASE_COVERAGE = 0.75
"""The share of a phrase's weight that a unit must hold."""
CLAIM_COVERAGE = 0.8
"""The same for the claim itself, a whole sentence with its conditions."""
WRONG_COVERAGE = 0.85
"""The same for a wrong claim: it shares its words with the right one."""
TOPIC_TERMS = 6
"""How many of a point's most telling terms make up its topic."""

_HYPHEN = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]|(?P<hyphen>(?<=[a-z0-9)])-(?:\?|(?=[a-z0-9(])))")
"""A hyphen of a pattern outside its escapes and character classes."""

OPPOSITES: dict[str, frozenset[str]] = {}
"""For each term, those that turn a statement round when they stand in its place."""
for _line in vocabulary.OPPOSITES.strip().splitlines():
    _a, _b = (tokenize(word)[0].term or stem(word) for word in _line.split())
    OPPOSITES[_a] = OPPOSITES.get(_a, frozenset()) | {_b}
    OPPOSITES[_b] = OPPOSITES.get(_b, frozenset()) | {_a}
_GENERIC = frozenset(tokenize(word)[0].term or stem(word) for word in vocabulary.GENERIC)


@dataclass(frozen=True, slots=True)
class Phrase:
    """One wording of a claim."""

    number: int
    """Its place among all phrases of the question."""
    text: str
    weights: dict[str, float]
    """Its terms, with what each tells."""
    total: float
    turnable: float
    """What those of its terms weigh that have an opposite."""
    length: int
    """How many tokens it has."""
    denied: bool
    """It says that something is not so."""
    threshold: float
    ordered: bool = False
    """Its terms must come in its own order: a wrong claim often differs from the right one in nothing else."""
    clauses: int = 1
    """Over how many clauses it may stretch in the answer."""


@dataclass(frozen=True, slots=True)
class Wording:
    """An author's pattern, ready to search."""

    place: int
    """In the question's set of patterns."""
    pattern: Pattern
    denials: frozenset[str]
    """The kinds of denying words that it names."""
    words: frozenset[str]
    """The stems of all words that it names."""


@dataclass(frozen=True, slots=True)
class Name:
    """One wording of a concept."""

    terms: frozenset[str]
    last: str
    """The last of its terms."""
    denied: bool
    """That must be denied."""


Concept = tuple[Name, ...]
"""The wordings of one idea."""


@dataclass(frozen=True, slots=True)
class PointFeatures:
    point: KeyPoint
    phrases: tuple[Phrase, ...]
    texts: tuple[str, ...]
    """The phrases in lower case."""
    patterns: tuple[Wording, ...]
    half: tuple[Wording, ...]
    reject_if: tuple[Wording, ...]
    topic: dict[str, float]
    """The vocabulary of all its phrases, each term with what it tells of this point."""
    whole: float
    """What the most telling words of the topic weigh together."""
    concepts: tuple[Concept, ...]
    """What a clause must name, one wording of each."""
    turning: dict[str, tuple[str, ...]]
    """Terms that the topic has not, each with the terms of the topic that it is an opposite of."""

    @property
    def thin(self) -> bool:
        """Whether the author gave few wordings."""
        accept = self.point.accept
        return not accept.patterns and len(accept.phrases) < FEW_PHRASES


@dataclass(frozen=True, slots=True)
class WrongFeatures:
    wrong: Misconception
    phrases: tuple[Phrase, ...]
    signals: tuple[Wording, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """What is prepared once for a question."""

    question: FreeText
    points: tuple[PointFeatures, ...]
    wrongs: tuple[WrongFeatures, ...]
    phrases: tuple[Phrase, ...]
    """All phrases of the points and then of the misconceptions."""
    claims: np.ndarray
    """For each phrase, the number of what it claims: the points first, then the misconceptions."""
    patterns: PatternSet
    """All patterns of the points and the misconceptions."""
    vocabulary: frozenset[str]
    prompt: frozenset[str]
    """The terms of the prompt."""
    rivals: dict[str, frozenset[str]]
    """For each term that names one side of a contrast, the terms that name the other sides."""


class _Identity:
    """A question as a cache key: the same object, or an equal one with the same id and version."""

    __slots__ = ("question",)

    def __init__(self, question: FreeText) -> None:
        self.question = question

    def __hash__(self) -> int:
        return hash((self.question.id, self.question.version))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Identity) and (self.question is other.question or self.question == other.question)


def features_of(question: FreeText) -> Features:
    """The prepared question, kept for the next answer."""
    return _features(_Identity(question))


@lru_cache(maxsize=2048)
def _features(key: _Identity) -> Features:
    question = key.question
    prompt = frozenset(token.term for token in tokenize(fold(question.prompt).text) if token.term)
    groups = [(*point.accept.phrases, point.claim) for point in question.key_points]
    groups += [(*wrong.phrases, wrong.claim) for wrong in question.misconceptions]
    spread: dict[str, int] = {}
    for group in groups[: len(question.key_points)]:
        for term in {t.term for text in group for t in tokenize(fold(text).text) if t.term}:
            spread[term] = spread.get(term, 0) + 1
    patterns, numbers = PatternSet(), count()

    def weight(term: str) -> float:
        value = math.log((len(question.key_points) + 1.5) / (spread.get(term, 0) + 0.5))
        if term in _GENERIC:
            value *= GENERIC_WEIGHT
        return value * (PROMPT_WEIGHT if term in prompt else 1.0)

    stated = [
        (
            *(_phrase(numbers, text, weight, PHRASE_COVERAGE) for text in point.accept.phrases),
            _phrase(numbers, point.claim, weight, CLAIM_COVERAGE),
        )
        for point in question.key_points
    ]
    points = tuple(
        PointFeatures(
            point,
            phrases,
            tuple(phrase.text.lower() for phrase in phrases),
            _wordings(patterns, point.accept.patterns),
            _wordings(patterns, point.half),
            _wordings(patterns, point.reject_if),
            (topic := _topic(point, weight)),
            sum(sorted(topic.values(), reverse=True)[:TOPIC_TERMS]) or 1.0,
            tuple(_concept(wordings) for wordings in point.accept.concepts),
            _turning(topic),
        )
        for point, phrases in zip(question.key_points, stated, strict=True)
    )
    claimed = [
        (
            *(_wrong_phrase(numbers, text, weight, WRONG_COVERAGE) for text in wrong.phrases),
            _wrong_phrase(numbers, wrong.claim, weight, 1.0),
        )
        for wrong in question.misconceptions
    ]
    wrongs = tuple(
        WrongFeatures(wrong, phrases, _wordings(patterns, wrong.signals))
        for wrong, phrases in zip(question.misconceptions, claimed, strict=True)
    )
    terms = {t.term for group in groups for text in group for t in tokenize(fold(text).text) if t.term}
    opposites = (text for point in question.key_points for text in point.opposites)
    terms |= {t.term for text in opposites for t in tokenize(fold(text).text) if t.term}
    terms |= {term for part in points for concept in part.concepts for name in concept for term in name.terms}
    for contrast in question.contrasts:
        for names, properties in contrast.items():
            for text in (*names.split("|"), *properties):
                terms |= {t.term for t in tokenize(fold(text).text) if t.term}
    for relation in question.relations:
        for text in (*relation.cause.split("|"), *relation.effect.split("|")):
            terms |= {t.term for t in tokenize(fold(text).text) if t.term}
    patterns.compile()
    stated_by = [part.phrases for part in (*points, *wrongs)]
    return Features(
        question,
        points,
        wrongs,
        tuple(phrase for group in stated_by for phrase in group),
        np.repeat(np.arange(len(stated_by)), [len(group) for group in stated_by]),
        patterns,
        frozenset(terms),
        prompt,
        _rivals(question),
    )


def _concept(wordings: Iterable[str]) -> Concept:
    found: list[Name] = []
    for wording in wordings:
        tokens = tokenize(fold(wording).text)
        if terms := [token.term for token in tokens if token.term]:
            found.append(Name(frozenset(terms), terms[-1], is_negation(tokens[0].word)))
    return tuple(found)


def _topic(point: KeyPoint, weight: Callable[[str], float]) -> dict[str, float]:
    times: dict[str, int] = {}
    for text in (*point.accept.phrases, point.claim):
        for term in {t.term for t in tokenize(fold(text).text) if t.term}:
            times[term] = times.get(term, 0) + 1
    return {term: weight(term) * (1 + math.log(count)) for term, count in times.items()}


def _turning(topic: Collection[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for term in topic:
        for other in OPPOSITES.get(term, ()):
            found[other] = (*found.get(other, ()), term)
    return {other: terms for other, terms in found.items() if other not in topic}


def _rivals(question: FreeText) -> dict[str, frozenset[str]]:
    rivals: dict[str, frozenset[str]] = {}
    for contrast in question.contrasts:
        named = [{term for name in names.split("|") for term in _telling(name)} for names in contrast]
        for index, mine in enumerate(named):
            others = frozenset[str]().union(*(named[:index] + named[index + 1 :]))
            for term in mine - others:
                rivals[term] = rivals.get(term, frozenset()) | (others - mine)
    return rivals


def _telling(name: str) -> list[str]:
    """The terms of a side's name without its last noun, which both sides often share ("squared error")."""
    terms = [token.term for token in tokenize(fold(name).text) if token.term]
    return terms if len(terms) < 2 else terms[:-1]


def _wrong_phrase(numbers: Iterator[int], text: str, weight: Callable[[str], float], threshold: float) -> Phrase:
    clauses = min(2, max(1, len(read(text).clauses)))
    return replace(_phrase(numbers, text, weight, threshold), ordered=True, clauses=clauses)


def _phrase(numbers: Iterator[int], text: str, weight: Callable[[str], float], threshold: float) -> Phrase:
    folded = fold(text).text
    tokens = tokenize(folded)
    weights = {token.term: weight(token.term) for token in tokens if token.term}
    denied = any(flag and token.term for flag, token in zip(phrase_denied(tokens, folded), tokens, strict=True))
    if len(weights) <= 2:
        threshold = 1.0
    turnable = sum(value for term, value in weights.items() if term in OPPOSITES)
    return Phrase(next(numbers), text, weights, sum(weights.values()), turnable, len(tokens), denied, threshold)


def _wordings(known: PatternSet, patterns: Iterable[str]) -> tuple[Wording, ...]:
    return tuple(
        Wording((place := _added(known, pattern)), known[place], named_denials(pattern), _named(pattern))
        for pattern in patterns
    )


def _added(known: PatternSet, pattern: str) -> int:
    """The place of the pattern with its hyphens made optional: people write cross-encoder and crossencoder."""
    try:
        return known.add(_HYPHEN.sub(_loose_hyphen, pattern))
    except PatternError:
        return known.add(pattern)


def _loose_hyphen(found: re.Match[str]) -> str:
    return "[- ]?" if found["hyphen"] else found[0]


def _named(pattern: str) -> frozenset[str]:
    plain = re.sub(r"\\[a-zA-Z]", " ", pattern).lower()
    return frozenset(token.term for token in tokenize(plain) if token.term)
