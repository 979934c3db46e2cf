"""Which key points and which wrong claims an answer states, with the words that state them.

Similarity to a reference rates fluent wrong answers like good ones, so nothing here compares whole answers. Each key
point is looked for in *units*: a clause, or two neighbouring clauses of one sentence. Two methods look: the author's
patterns, and coverage of the author's phrases by terms, each weighted by how much it tells this point from the
other points and from the prompt. A find counts only when the unit stands the same way round as the phrase: a
denial or an opposite word turns it, two of them turn it back. `reject_if` voids a find in its unit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from rapidfuzz.distance import OSA

from grader.text import vocabulary
from grader.text.normalise import Clause, Folded, Reading, Token, fold, read, stem, tokenize
from grader.text.polarity import Polarity, Scope, denied_at, named_denials, phrase_denied, polarities
from questions.model import FreeText, KeyPoint, Misconception
from questions.pattern import Pattern, compile_pattern

PROMPT_WEIGHT = 0.4
"""What a term counts that the prompt already gives away."""
GENERIC_WEIGHT = 0.5
PHRASE_COVERAGE = 0.75
"""The share of a phrase's weight that a unit must hold."""
CLAIM_COVERAGE = 0.8
"""The same for the claim itself, a whole sentence with its conditions."""
WRONG_COVERAGE = 0.85
"""The same for a wrong claim: it shares its words with the right one."""
UNSURE_COVERAGE = 0.6
"""From here on a point may have been meant; the candidate is asked again."""
OPPOSITE_COVERAGE = 0.9
"""So much of a phrase must be there before its denial counts as a contradiction."""
PATTERN_CONFIDENCE = 0.9
PHRASE_CONFIDENCE = 0.6
"""The confidence of a phrase that is just covered; a fully covered one has `FULL_PHRASE_CONFIDENCE`."""
FULL_PHRASE_CONFIDENCE = 0.85
QUESTION_FACTOR = 0.8
"""Asking is not quite claiming."""
WINDOW_SLACK = 6
"""How many tokens besides those of a phrase may stand between its first and last term."""
TYPO_LENGTH = 6
"""Shorter words are not corrected: too many of them are one letter from another word."""

_OPPOSITES: dict[str, frozenset[str]] = {}
for _line in vocabulary.OPPOSITES.strip().splitlines():
    _a, _b = (tokenize(word)[0].term or stem(word) for word in _line.split())
    _OPPOSITES[_a] = _OPPOSITES.get(_a, frozenset()) | {_b}
    _OPPOSITES[_b] = _OPPOSITES.get(_b, frozenset()) | {_a}
_GENERIC = frozenset(tokenize(word)[0].term or stem(word) for word in vocabulary.GENERIC)


@dataclass(frozen=True, slots=True)
class Phrase:
    """One wording of a claim."""

    text: str
    weights: dict[str, float]
    """Its terms, with what each tells."""
    total: float
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

    pattern: Pattern
    denials: frozenset[str]
    """The kinds of denying words that it names."""


@dataclass(frozen=True, slots=True)
class PointFeatures:
    point: KeyPoint
    phrases: tuple[Phrase, ...]
    patterns: tuple[Wording, ...]
    half: tuple[Wording, ...]
    reject_if: tuple[Wording, ...]


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
    vocabulary: frozenset[str]
    prompt: frozenset[str]
    """The terms of the prompt."""
    rivals: dict[str, frozenset[str]]
    """For each term that names one side of a contrast, the terms that name the other sides."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A clause, or two neighbouring ones, with how their tokens stand."""

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
class Evidence:
    """Words that state a claim, at `start:end` of the folded answer."""

    start: int
    end: int
    confidence: float
    first: int
    """Index of the first clause it stands in."""
    last: int
    terms: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PointMatch:
    """What an answer says about a key point."""

    credit: float
    confidence: float
    evidence: Evidence | None
    contradicted: bool = False
    unsure: bool = False
    """It may have been meant; `evidence` holds the words to ask about."""
    conflict: bool = False
    """One clause states it and another denies it."""


@dataclass(frozen=True, slots=True)
class WrongMatch:
    """What an answer says about a misconception."""

    evidence: Evidence | None
    denied: bool
    """The answer says that it is not so."""


class _Identity:
    """A question as a cache key: the same object, or an equal one with the same id and version."""

    __slots__ = ("question",)

    def __init__(self, question: FreeText) -> None:
        self.question = question

    def __hash__(self) -> int:
        return hash((self.question.id, self.question.version))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Identity) and (self.question is other.question or self.question == other.question)


def features(question: FreeText) -> Features:
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
    count = len(question.key_points)

    def weight(term: str) -> float:
        value = math.log((count + 1.5) / (spread.get(term, 0) + 0.5))
        if term in _GENERIC:
            value *= GENERIC_WEIGHT
        return value * (PROMPT_WEIGHT if term in prompt else 1.0)

    points = tuple(
        PointFeatures(
            point,
            (
                *(_phrase(text, weight, PHRASE_COVERAGE) for text in point.accept.phrases),
                _phrase(point.claim, weight, CLAIM_COVERAGE),
            ),
            _wordings(point.accept.patterns),
            _wordings(point.half),
            _wordings(point.reject_if),
        )
        for point in question.key_points
    )
    wrongs = tuple(
        WrongFeatures(
            wrong,
            (
                *(_wrong_phrase(text, weight, WRONG_COVERAGE) for text in wrong.phrases),
                _wrong_phrase(wrong.claim, weight, 1.0),
            ),
            _wordings(wrong.signals),
        )
        for wrong in question.misconceptions
    )
    terms = {t.term for group in groups for text in group for t in tokenize(fold(text).text) if t.term}
    for contrast in question.contrasts:
        for names, properties in contrast.items():
            for text in (*names.split("|"), *properties):
                terms |= {t.term for t in tokenize(fold(text).text) if t.term}
    for relation in question.relations:
        for text in (*relation.cause.split("|"), *relation.effect.split("|")):
            terms |= {t.term for t in tokenize(fold(text).text) if t.term}
    return Features(question, points, wrongs, frozenset(terms), prompt, _rivals(question))


def _rivals(question: FreeText) -> dict[str, frozenset[str]]:
    rivals: dict[str, frozenset[str]] = {}
    for contrast in question.contrasts:
        named = [
            {t.term for name in names.split("|") for t in tokenize(fold(name).text) if t.term} for names in contrast
        ]
        for index, mine in enumerate(named):
            others = frozenset[str]().union(*(named[:index] + named[index + 1 :]))
            for term in mine - others:
                rivals[term] = rivals.get(term, frozenset()) | (others - mine)
    return rivals


def _wrong_phrase(text: str, weight: Callable[[str], float], threshold: float) -> Phrase:
    clauses = min(2, max(1, len(read(text).clauses)))
    return replace(_phrase(text, weight, threshold), ordered=True, clauses=clauses)


def _phrase(text: str, weight: Callable[[str], float], threshold: float) -> Phrase:
    folded = fold(text).text
    tokens = tokenize(folded)
    weights = {token.term: weight(token.term) for token in tokens if token.term}
    denied = any(flag and token.term for flag, token in zip(phrase_denied(tokens, folded), tokens, strict=True))
    if len(weights) <= 2:
        threshold = 1.0
    return Phrase(text, weights, sum(weights.values()), len(tokens), denied, threshold)


def _wordings(patterns: Iterable[str]) -> tuple[Wording, ...]:
    return tuple(Wording(compile_pattern(pattern), named_denials(pattern)) for pattern in patterns)


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


@dataclass(frozen=True, slots=True)
class Prepared:
    """A reading seen through a question's vocabulary."""

    reading: Reading
    clauses: tuple[Clause, ...]
    polarities: tuple[Polarity, ...]
    units: tuple[Unit, ...]
    """Clauses, then pairs of clauses."""
    longer: tuple[Unit, ...]
    """Sentences of more than two clauses, for patterns that reach further."""
    rivals: Mapping[str, frozenset[str]]


def prepare(reading: Reading, features: Features) -> Prepared:
    """Corrects typing errors towards the question's words and forms the units."""
    text = reading.surface.text
    clauses = tuple(_in_vocabulary(clause, features.vocabulary) for clause in reading.clauses)
    standing = polarities(text, clauses)
    units = [_unit(clauses, standing, index, index) for index in range(len(clauses))]
    units += [
        _unit(clauses, standing, index, index + 1)
        for index in range(len(clauses) - 1)
        if clauses[index].sentence == clauses[index + 1].sentence
    ]
    return Prepared(reading, clauses, tuple(standing), tuple(units), _sentences(clauses, standing), features.rivals)


def _sentences(clauses: Sequence[Clause], standing: Sequence[Polarity]) -> tuple[Unit, ...]:
    groups: dict[int, list[int]] = {}
    for index, clause in enumerate(clauses):
        groups.setdefault(clause.sentence, []).append(index)
    return tuple(_unit(clauses, standing, group[0], group[-1]) for group in groups.values() if len(group) > 2)


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


def _unit(clauses: Sequence[Clause], polarities: Sequence[Polarity], first: int, last: int) -> Unit:
    tokens = tuple(token for clause in clauses[first : last + 1] for token in clause.tokens)
    denied = tuple(flag for standing in polarities[first : last + 1] for flag in standing.denied)
    positions: dict[str, list[int]] = {}
    for index, token in enumerate(tokens):
        if token.term:
            positions.setdefault(token.term, []).append(index)
    return Unit(
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


@dataclass(frozen=True, slots=True)
class _Cover:
    share: float
    indices: tuple[int, ...]
    turned: bool
    """It stands the other way round than the phrase."""


def _cover(phrase: Phrase, unit: Unit, least: float, rivals: Mapping[str, frozenset[str]]) -> _Cover | None:
    """How much of the phrase stands close together in the unit, if at least `least` of it."""
    found: dict[str, list[int]] = {}
    possible, opposites = 0.0, 0
    for term, value in phrase.weights.items():
        places = unit.positions.get(term)
        if not places and (others := _OPPOSITES.get(term)):
            places = [
                place for other in others if other not in phrase.weights for place in unit.positions.get(other, ())
            ]
            opposites += 1 if places else 0
        if places:
            found[term] = places
            possible += value
    if phrase.total <= 0 or possible < least * phrase.total or len(found) < min(2, len(phrase.weights)):
        return None
    for term in phrase.weights:
        if term in rivals and term not in found and any(other in unit.positions for other in rivals[term]):
            return None
    width = 2 * phrase.length + WINDOW_SLACK
    best: tuple[float, int, tuple[int, ...]] | None = None
    starts = sorted({place for places in found.values() for place in places})
    for start in starts:
        inside: list[int] = []
        value, reached = 0.0, start
        for term, places in found.items():
            place = next((p for p in places if reached <= p < start + width), None)
            if place is not None:
                inside.append(place)
                value += phrase.weights[term]
                if phrase.ordered:
                    reached = place + 1
        if not inside:
            continue
        spread = max(inside) - min(inside)
        if best is None or (value, -spread) > (best[0], -best[1]):
            best = (value, spread, tuple(sorted(inside)))
    assert best is not None
    share = best[0] / phrase.total
    if share < least:
        return None
    denied = any(unit.denied[index] for index in best[2])
    return _Cover(share, best[2], (denied != phrase.denied) != (opposites % 2 == 1))


def _region(unit: Unit, indices: Sequence[int]) -> tuple[int, int]:
    return unit.tokens[indices[0]].start, unit.tokens[indices[-1]].end


@dataclass(frozen=True, slots=True)
class _Hit:
    """Where a pattern matched, and whether the match is denied."""

    unit: Unit
    start: int
    end: int
    denied: bool


def _search(wording: Wording, prepared: Prepared) -> _Hit | None:
    """The first match of a pattern that is not denied, else a denied one."""
    if not any(wording.pattern.search(folded.text) for folded in _texts(prepared.reading)):
        # An anchored pattern could match a unit and not the whole; ^ and $ have no business in a bank's patterns.
        return None
    denied: _Hit | None = None
    for unit in (*prepared.units, *prepared.longer):
        region = _find(wording.pattern, prepared.reading, unit)
        if region is None:
            continue
        hit = _Hit(unit, *region, _match_denied(wording, unit, *region))
        if not hit.denied:
            return hit
        denied = denied or hit
    return denied


def _texts(reading: Reading) -> Iterable[Folded]:
    yield reading.surface
    if reading.spelled.text != reading.surface.text:
        yield reading.spelled


def _find(pattern: Pattern, reading: Reading, unit: Unit) -> tuple[int, int] | None:
    if match := pattern.search(reading.surface.text[unit.start : unit.end]):
        return unit.start + match.start(), unit.start + match.end()
    if reading.spelled.text != reading.surface.text:
        first, last = reading.spelled_range(unit.start, unit.end)
        if match := pattern.search(reading.spelled.text[first:last]):
            return reading.spelled.original(first + match.start(), first + match.end())
    return None


def _match_denied(wording: Wording, unit: Unit, start: int, end: int) -> bool:
    if unit.reported(start, end):
        return True
    scopes = [s for s in unit.scopes if not (s.cue < end and s.start > start and s.family in wording.denials)]
    if not scopes:
        return False
    inside = [token for token in unit.tokens if token.term and token.start < end and token.end > start]
    return bool(inside) and (denied_at(inside[0], scopes) or denied_at(inside[-1], scopes))


def _rejected(rejects: Sequence[Wording], prepared: Prepared, unit: Unit) -> bool:
    for wording in rejects:
        region = _find(wording.pattern, prepared.reading, unit)
        if region and not _match_denied(wording, unit, *region):
            return True
    return False


def match_point(point: PointFeatures, prepared: Prepared) -> PointMatch:
    """Whether the answer states the key point."""
    by_pattern: Evidence | None = None
    for wording in point.patterns:
        hit = _search(wording, prepared)
        if hit and not hit.denied and not _rejected(point.reject_if, prepared, hit.unit):
            confidence = PATTERN_CONFIDENCE * (QUESTION_FACTOR if hit.unit.question else 1.0)
            if by_pattern is None or confidence > by_pattern.confidence:
                by_pattern = Evidence(hit.start, hit.end, confidence, hit.unit.first, hit.unit.last)
    by_phrase, opposite, nearly = _by_phrases(point, prepared)
    by_half: Evidence | None = None
    if by_pattern is None:
        for wording in point.half:
            hit = _search(wording, prepared)
            if hit and not hit.denied:
                by_half = Evidence(hit.start, hit.end, PATTERN_CONFIDENCE, hit.unit.first, hit.unit.last)
                break
    support = by_pattern
    if by_pattern and by_phrase:
        support = Evidence(by_pattern.start, by_pattern.end, 1.0, by_pattern.first, by_pattern.last, by_phrase.terms)
    elif support is None:
        support = by_phrase
    if support and by_half and support is by_phrase and by_half.first <= support.last and support.first <= by_half.last:
        support = None
    if support and opposite and _same_circumstances(support, opposite, prepared):
        return PointMatch(0.0, 0.4, opposite, contradicted=True, conflict=True)
    if support:
        return PointMatch(1.0, support.confidence, support)
    if by_half:
        return PointMatch(0.5, by_half.confidence, by_half)
    if opposite:
        return PointMatch(0.0, opposite.confidence, opposite, contradicted=True)
    if nearly:
        return PointMatch(0.0, nearly.confidence, nearly, unsure=True)
    return PointMatch(0.0, 0.9, None)


def _by_phrases(point: PointFeatures, prepared: Prepared) -> tuple[Evidence | None, Evidence | None, Evidence | None]:
    """The best wording that states the point, that states its opposite, and that nearly states it."""
    states: Evidence | None = None
    opposite: Evidence | None = None
    nearly: Evidence | None = None
    for phrase in point.phrases:
        for unit in prepared.units:
            cover = _cover(phrase, unit, min(UNSURE_COVERAGE, phrase.threshold), prepared.rivals)
            if cover is None:
                continue
            start, end = _region(unit, cover.indices)
            if unit.reported(start, end):
                continue
            terms = frozenset(unit.tokens[index].term for index in cover.indices)
            if cover.turned:
                if cover.share >= OPPOSITE_COVERAGE and len(terms) >= 3 and not unit.question:
                    opposite = _better(opposite, Evidence(start, end, 0.7, unit.first, unit.last, terms))
                continue
            if _rejected(point.reject_if, prepared, unit):
                continue
            if cover.share >= phrase.threshold:
                scale = (
                    (cover.share - phrase.threshold) / max(1 - phrase.threshold, 1e-9) if phrase.threshold < 1 else 1.0
                )
                confidence = PHRASE_CONFIDENCE + (FULL_PHRASE_CONFIDENCE - PHRASE_CONFIDENCE) * scale
                confidence *= QUESTION_FACTOR if unit.question else 1.0
                states = _better(states, Evidence(start, end, confidence, unit.first, unit.last, terms))
            elif cover.share >= UNSURE_COVERAGE and len(terms) >= 3:
                nearly = _better(nearly, Evidence(start, end, cover.share / 2, unit.first, unit.last, terms))
    return states, opposite, nearly


def _better(old: Evidence | None, new: Evidence) -> Evidence:
    if old is None or (new.confidence, old.end - old.start) > (old.confidence, new.end - new.start):
        return new
    return old


def _same_circumstances(one: Evidence, other: Evidence, prepared: Prepared) -> bool:
    """Whether two opposite statements speak of the same case, and not of, say, training and serving."""
    if one.first <= other.last and other.first <= one.last:
        return False
    mine = {t.term for clause in prepared.clauses[one.first : one.last + 1] for t in clause.tokens if t.term}
    theirs = {t.term for clause in prepared.clauses[other.first : other.last + 1] for t in clause.tokens if t.term}
    opposed = any(_OPPOSITES.get(term, frozenset()) & mine for term in theirs - mine)
    return not opposed and len(theirs - mine - other.terms) <= 1


def match_wrong(wrong: WrongFeatures, prepared: Prepared) -> WrongMatch:
    """Whether the answer makes the wrong claim, or denies it."""
    best: Evidence | None = None
    denied = False
    for wording in wrong.signals:
        hit = _search(wording, prepared)
        if hit is None:
            continue
        if hit.denied:
            denied = True
        elif not hit.unit.question:
            best = _better(best, Evidence(hit.start, hit.end, PATTERN_CONFIDENCE, hit.unit.first, hit.unit.last))
    for phrase in wrong.phrases:
        for unit in prepared.units:
            if unit.last - unit.first >= phrase.clauses:
                continue
            cover = _cover(phrase, unit, phrase.threshold, prepared.rivals)
            if cover is None or unit.question or len(cover.indices) < 2:
                continue
            start, end = _region(unit, cover.indices)
            if cover.turned or unit.reported(start, end):
                denied = True
                continue
            best = _better(best, Evidence(start, end, FULL_PHRASE_CONFIDENCE * cover.share, unit.first, unit.last))
    return WrongMatch(best, denied)
