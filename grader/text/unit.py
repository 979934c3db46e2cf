"""An answer seen through a question's vocabulary: typing errors mended, and cut into units that can state a claim.

A unit is a clause, or two neighbouring clauses of one sentence: people often put the condition in one and the
consequence in the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, pairwise

from rapidfuzz.distance import OSA

from grader.text.features import Features
from grader.text.normalise import Clause, Reading, Token, stem
from grader.text.polarity import Polarity, Scope, polarities
from questions.pattern import PatternSet

TYPO_LENGTH = 6
"""Shorter words are not corrected: too many of them are one letter from another word."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A clause, or some neighboring ones, with how their tokens stand."""

    number: int
    """Its place among all units of the answer."""
    first: int
    """Index of its first clause in the reading."""
    last: int
    start: int
    end: int
    tokens: tuple[Token, ...]
    denied: tuple[bool, ...]
    scopes: tuple[Scope, ...]
    positions: dict[str, list[int]]
    """Where each term stands among the tokens."""
    framed: tuple[Scope, ...]
    question: bool

    def reported(self, start: int, end: int) -> bool:
        """Whether the words between are told as an error of others."""
        return any(scope.start < end and start < scope.end for scope in self.framed)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A reading seen through a question's vocabulary."""

    reading: Reading
    clauses: tuple[Clause, ...]
    polarities: tuple[Polarity, ...]
    units: tuple[Unit, ...]
    """Each at the place that is its number: clauses, pairs of clauses, and sentences of more than two."""
    short: tuple[Unit, ...]
    """Clauses and pairs of clauses."""
    regions: Mapping[int, Mapping[int, tuple[int, int]]]
    """For each pattern that matches anywhere, by its place in the question's set: the units in which it does, in order,
    and where."""


@lru_cache(maxsize=65536)
def _corrected(term: str, known: frozenset[str]) -> str:
    """The term of the question's vocabulary that `term` is a typing error of, or `term` itself."""
    if len(term) < TYPO_LENGTH or term in known or not term.isalpha():
        return term
    allowed = 1 if len(term) < 9 else 2
    best, distance = term, allowed + 1
    for candidate in known:
        if len(candidate) < TYPO_LENGTH or candidate[0] != term[0] or abs(len(candidate) - len(term)) > 3:
            continue
        if candidate.startswith(term) or term.startswith(candidate):
            found = 1
        else:
            found = OSA.distance(term, candidate, score_cutoff=allowed)
        if found < distance or (found == distance and candidate < best):
            best, distance = candidate, found
    return best if distance <= allowed else term


def prepare(reading: Reading, features: Features) -> Prepared:
    """Corrects typing errors towards the question's words and forms the units."""
    text = reading.surface.text
    clauses = tuple(_in_vocabulary(clause, features.vocabulary) for clause in reading.clauses)
    standing = polarities(text, clauses)
    spans = [(index, index) for index in range(len(clauses))]
    spans += [(a, b) for a, b in pairwise(range(len(clauses))) if clauses[a].sentence == clauses[b].sentence]
    short = len(spans)
    spans += _sentences(clauses)
    units = tuple(_unit(number, clauses, standing, *span) for number, span in enumerate(spans))
    return Prepared(
        reading,
        clauses,
        tuple(standing),
        units,
        units[:short],
        _regions(features.patterns, reading, units, [clauses[unit.first].sentence for unit in units]),
    )


def _sentences(clauses: Sequence[Clause]) -> Iterable[tuple[int, int]]:
    """The first and last clause of each sentence of more than two."""
    for _, numbered in groupby(enumerate(clauses), key=lambda pair: pair[1].sentence):
        group = [index for index, _ in numbered]
        if len(group) > 2:
            yield group[0], group[-1]


def _regions(
    patterns: PatternSet, reading: Reading, units: Sequence[Unit], sentences: Sequence[int]
) -> Mapping[int, Mapping[int, tuple[int, int]]]:
    """See `Prepared.regions`; `sentences` has the sentence of each unit.

    All patterns are searched for in each whole sentence, and only those that match there in its units.
    """
    found: dict[int, dict[int, tuple[int, int]]] = {}
    groups: dict[int, list[Unit]] = {}
    for unit, sentence in zip(units, sentences, strict=True):
        groups.setdefault(sentence, []).append(unit)
    for group in groups.values():
        first, last = group[0].start, max(unit.end for unit in group)
        for text, place_of, origin in _texts(reading, first, last):
            if not (matching := patterns.matching(text)):
                continue
            places = [(unit.number, place_of(unit.start), place_of(unit.end)) for unit in group]
            for pattern in matching:
                regions = found.setdefault(pattern, {})
                search = patterns[pattern].search
                if not (match := search(text)):
                    continue
                begin, stop = match.start(), match.end()
                for number, start, end in places:
                    if number in regions:
                        continue
                    if start <= begin and stop <= end:  # the first match of the sentence is that of the unit
                        regions[number] = origin(begin, stop)
                    elif end > begin and (match := search(text[start:end])):
                        regions[number] = origin(start + match.start(), start + match.end())
    return {pattern: dict(sorted(regions.items())) for pattern, regions in found.items()}


def _texts(
    reading: Reading, first: int, last: int
) -> Iterable[tuple[str, Callable[[int], int], Callable[[int, int], tuple[int, int]]]]:
    """A stretch of the folded text as written, in American spelling and without its dots; each with the way from a
    place in the folded text to one in it, and with the way back for a stretch."""
    surface, spelled = reading.surface.text[first:last], reading.spelled

    def into(place: int) -> int:
        return place - first

    def back(start: int, end: int) -> tuple[int, int]:
        return first + start, first + end

    yield surface, into, back
    if spelled.text != reading.surface.text:
        base, end = reading.spelled_range(first, last)
        if (text := spelled.text[base:end]) != surface:
            yield (
                text,
                lambda place: reading.spelled_range(place, place)[0] - base,
                lambda start, end: spelled.original(base + start, base + end),
            )
    if "." in surface[:-1]:
        # Authors stop a gap at the sentence with [^.], but these dots end none: e.g., 0.25, model.eval
        yield surface.replace(".", " "), into, back


def _in_vocabulary(clause: Clause, known: frozenset[str]) -> Clause:
    tokens: list[Token] = []
    index, changed = 0, False
    while index < len(clause.tokens):
        token = clause.tokens[index]
        following = clause.tokens[index + 1] if index + 1 < len(clause.tokens) else None
        if following and token.word.isalpha() and following.word.isalpha() and len(token.word) < 7:
            joined = stem(token.word + following.word)
            if joined in known and token.term not in known:
                tokens.append(Token(token.word + following.word, joined, token.start, following.end, token.code))
                index, changed = index + 2, True
                continue
        term = _corrected(token.term, known) if token.term else ""
        if term != token.term:
            token, changed = Token(token.word, term, token.start, token.end, token.code), True
        tokens.append(token)
        index += 1
    if not changed:
        return clause
    return Clause(
        clause.start, clause.end, tuple(tokens), clause.sentence, clause.contrast, clause.code, clause.question
    )


def _unit(number: int, clauses: Sequence[Clause], polarities: Sequence[Polarity], first: int, last: int) -> Unit:
    tokens = tuple(token for clause in clauses[first : last + 1] for token in clause.tokens)
    denied = tuple(flag for standing in polarities[first : last + 1] for flag in standing.denied)
    positions: dict[str, list[int]] = {}
    for index, token in enumerate(tokens):
        if token.term:
            positions.setdefault(token.term, []).append(index)
    return Unit(
        number,
        first,
        last,
        clauses[first].start,
        clauses[last].end,
        tokens,
        denied,
        tuple(scope for standing in polarities[first : last + 1] for scope in standing.scopes),
        positions,
        tuple(scope for standing in polarities[first : last + 1] for scope in standing.framed),
        clauses[first].question,
    )
