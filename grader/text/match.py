"""Which key points and which wrong claims an answer states, with the words that state them.

Similarity to a reference rates fluent wrong answers like good ones, so nothing here compares whole answers. Each key
point is looked for in units (see `unit`) by three methods. The author's *patterns* decide. Coverage of one of the
author's *phrases* decides too, when the unit stands the same way round as the phrase: a denial or an opposite word
turns it, two of them turn it back. The *topic*, the vocabulary of all phrases together, finds more but cannot tell
right from wrong; alone it only says that the candidate should be asked again. Agreement of the methods is the
confidence. `reject_if` voids a find in its unit, and so does a phrase that stands there turned round.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice

import numpy as np

from grader.text.cover import Covers, region
from grader.text.features import OPPOSITES, Features, Name, PointFeatures, Wording, WrongFeatures
from grader.text.normalise import Reading, stem, tokenize
from grader.text.polarity import Scope, denied_at
from grader.text.sums import Adds, Sums
from grader.text.unit import Prepared, Unit
from questions.pattern import Pattern

UNSURE_COVERAGE = 0.6
"""From this share of a phrase on, a point may have been meant; the candidate is asked again."""
OPPOSITE_COVERAGE = 0.9
"""So much of a phrase must be there, turned round, before it counts as a contradiction."""
DOUBT_COVERAGE = 0.7
"""So much of a phrase, turned round, makes a pattern's match in the same unit doubtful."""
DOUBT_LEAD = 0.1
"""By so much the turned phrase must cover more than any phrase that stands straight."""
PATTERN_CONFIDENCE = 0.75
PHRASE_CONFIDENCE = 0.6
"""The confidence of a phrase that is just covered; a fully covered one has `FULL_PHRASE_CONFIDENCE`."""
FULL_PHRASE_CONFIDENCE = 0.85
TOPIC_AGREES = 3.0
"""A unit with so much of a point's topic confirms what a pattern found there."""
TOPIC_BONUS = 0.15
PHRASE_BONUS = 0.1
TOPIC_UNSURE = 6.0
"""A unit with so much of a point's topic, and more of it than of any other point's, may have meant it."""
TOPIC_LEAD = 0.5
UNSURE_CONFIDENCE = 0.4
MISSED_CONFIDENCE = 0.9
QUESTION_FACTOR = 0.8
"""Asking is not quite claiming."""
DISMISSAL_REACH = 60
"""How many characters after a match its dismissal may stand."""
_DISMISSAL = re.compile(
    r"^[^,;]*?\b(?:is|are|was|would|will|should|can|could|must|makes?)\b[^,;]{0,20}?"
    r"\b(?P<verdict>worse|wastes?|harm\w*|useless|pointless|unnecessary|needless|overkill|outdated|obsolete|bad idea"
    r"|mistake|wrong|avoided|removed|forbidden|irrelevant)\b"
)
SUBJECT_REACH = 25
"""How many characters the subject of a denied verb may stand before the denial."""
HITS_PER_PATTERN = 3


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


def overlaps(evidence: Evidence, unit: Unit) -> bool:
    """Whether they share a clause."""
    return evidence.first <= unit.last and unit.first <= evidence.last


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
    places: tuple[tuple[int, int], ...] = ()
    """Where its patterns match, undenied."""


@dataclass(frozen=True, slots=True)
class WrongMatch:
    """What an answer says about a misconception."""

    evidence: Evidence | None
    denied: bool
    """The answer says that it is not so."""


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """An answer's units beside a question's wordings."""

    features: Features
    prepared: Prepared
    topics: Sequence[Sequence[float]]
    """For each unit, how much of the vocabulary of each key point stands in it. A single word tells nothing."""
    covers: Covers
    named: np.ndarray
    """For each unit (rows) and key point (columns), the share of its concepts that the unit names, denied where those
    are denied."""
    rejects: Sequence[Sequence[Wording]]
    """For each key point, those of its `reject_if` that match anywhere."""


def sight_of(features: Features, prepared: Prepared) -> Sight:
    """What the units of an answer share with the question's wordings."""
    points, phrases = len(features.points), len(features.phrases)
    vocabulary = _vocabulary(features)
    sums = vocabulary.sums.over([unit.positions for unit in prepared.units])
    topics, many, shares, said = np.split(sums, np.cumsum([points, points, phrases]), axis=1)
    topics = np.where(many > 1, topics, 0.0)
    possible = np.where(shares > 0, shares + vocabulary.turnable, 0.0)
    named = vocabulary.named(said, prepared.units)
    rejects = [[each for each in point.reject_if if each.place in prepared.regions] for point in features.points]
    return Sight(features, prepared, topics.tolist(), Covers(features, prepared, possible), named, rejects)


@dataclass(frozen=True, slots=True, eq=False)
class _Vocabulary:
    """The words of a question's wordings, counted."""

    sums: Sums
    """What each term adds to the topic of each point, to the count of its terms, to the share of each phrase, and to
    the count of the terms of each name of a concept."""
    turnable: np.ndarray
    """What opposites may add to each phrase."""
    names: Sequence[tuple[int, Name]]
    """All names of concepts, each with the number of its concept."""
    lengths: np.ndarray
    """How many terms each name has."""
    concepts: np.ndarray
    """1 where a concept (rows) belongs to a key point (columns)."""

    def named(self, counts: np.ndarray, units: Sequence[Unit]) -> np.ndarray:
        """See `Sight.named`; `counts` says how many terms of each name stand in each unit."""
        found = np.zeros((len(units), len(self.concepts)))
        for at, number in np.argwhere(counts >= self.lengths).tolist():
            concept, name = self.names[number]
            unit = units[at]
            if any(unit.denied[place] == name.denied for place in unit.positions[name.last]):
                found[at, concept] = 1.0
        return found @ self.concepts / np.maximum(1.0, self.concepts.sum(axis=0))


@lru_cache(maxsize=2048)
def _vocabulary(features: Features) -> _Vocabulary:
    adds, points = Adds(), len(features.points)
    for index, point in enumerate(features.points):
        for term, weight in point.topic.items():
            adds.add(term, index, weight)
            adds.add(term, points + index, 1.0)
    width = 2 * points
    for phrase in features.phrases:
        for term, weight in phrase.weights.items():
            adds.add(term, width + phrase.number, weight / phrase.total)
    width += len(features.phrases)
    concepts = [(index, concept) for index, point in enumerate(features.points) for concept in point.concepts]
    names = [(number, name) for number, (_, concept) in enumerate(concepts) for name in concept]
    for number, (_, name) in enumerate(names):
        for term in name.terms:
            adds.add(term, width + number, 1.0)
    belongs = np.zeros((len(concepts), points))
    for number, (index, _) in enumerate(concepts):
        belongs[number, index] = 1.0
    return _Vocabulary(
        adds.compiled(width + len(names)),
        np.array([phrase.turnable / phrase.total if phrase.total else 0.0 for phrase in features.phrases]),
        names,
        np.array([len(name.terms) for _, name in names]),
        belongs,
    )


@dataclass(frozen=True, slots=True)
class _Hit:
    """Where a pattern matched, and whether the match is denied."""

    unit: Unit
    start: int
    end: int
    denied: bool


def _hits(wording: Wording, prepared: Prepared) -> Iterator[_Hit]:
    """The first few units in which a pattern matches."""
    for number, (start, end) in islice(prepared.regions.get(wording.place, {}).items(), HITS_PER_PATTERN):
        unit = prepared.units[number]
        yield _Hit(unit, start, end, _match_denied(wording, prepared.reading, unit, start, end))


def _match_denied(wording: Wording, reading: Reading, unit: Unit, start: int, end: int) -> bool:
    """Whether a denial reaches the match that the pattern did not ask for itself."""
    if unit.reported(start, end):
        return True
    scopes = unit.scopes
    asked = [s for s in scopes if s.cue < end and s.start > start and s.family in wording.denials]
    if asked:
        # A pattern may name a denial in one alternative and have matched by another: without the cue it tells.
        found = _find_without(wording.pattern, reading, unit, asked)
        if found is None:
            scopes = tuple(scope for scope in scopes if scope not in asked)
        else:
            start, end = found
    if not scopes:
        return False
    if any(_denies_of(scope, reading, start, end) for scope in scopes):
        return True
    inside = [token for token in unit.tokens if token.term and token.start < end and token.end > start]
    return bool(inside) and (denied_at(inside[0], scopes) or denied_at(inside[-1], scopes))


def _denies_of(scope: Scope, reading: Reading, start: int, end: int) -> bool:
    """Whether the match is what the denied verb right after it speaks of ("the gap is not large")."""
    if scope.family != "not" or not 0 <= scope.cue - end <= SUBJECT_REACH:
        return False
    between = reading.surface.text[end : scope.cue]
    same_clause = any(clause.start <= start and scope.cue < clause.end for clause in reading.clauses)
    return same_clause and not any(sign in between for sign in ",;()")


def _find_without(pattern: Pattern, reading: Reading, unit: Unit, scopes: Sequence[Scope]) -> tuple[int, int] | None:
    """Where the pattern matches in the unit when the denying words are blanked out."""
    text = list(reading.surface.text[unit.start : unit.end])
    for scope in scopes:
        for index in range(scope.cue - unit.start, scope.start - unit.start):
            text[index] = " "
    match = pattern.search("".join(text))
    return None if match is None else (unit.start + match.start(), unit.start + match.end())


def rejected(rejects: Sequence[Wording], prepared: Prepared, unit: Unit) -> bool:
    for wording in rejects:
        found = prepared.regions.get(wording.place, {}).get(unit.number)
        if found and not _match_denied(wording, prepared.reading, unit, *found):
            return True
    return False


def match_points(sight: Sight) -> tuple[PointMatch, ...]:
    """What the answer says about each key point of the question."""
    return tuple(_match_point(index, sight) for index in range(len(sight.features.points)))


@dataclass(frozen=True, slots=True)
class _Covered:
    """How the phrases of a point stand in one unit."""

    straight: float = 0.0
    turned: float = 0.0
    turned_evidence: Evidence | None = None


def _match_point(index: int, sight: Sight) -> PointMatch:
    places: list[tuple[int, int]] = []
    found = _by_wordings(index, sight, places)
    return replace(found, places=tuple(places))


def _by_wordings(index: int, sight: Sight, places: list[tuple[int, int]]) -> PointMatch:
    """What the author's wordings find; `places` collects where patterns match."""
    point, prepared, rejects = sight.features.points[index], sight.prepared, sight.rejects[index]
    states, opposite, unsure = _by_phrases(index, sight)
    support = states
    for wording in point.patterns:
        for hit in _hits(wording, prepared):
            if not hit.denied:
                places.append((hit.start, hit.end))
            if hit.denied or _of_another(wording, sight, hit) or rejected(rejects, prepared, hit.unit):
                continue
            if dismissed(point, prepared.reading, hit.end, hit.end):
                unsure = _better(unsure, Evidence(hit.start, hit.end, UNSURE_CONFIDENCE, hit.unit.first, hit.unit.last))
                continue
            covered = _covered(index, sight, hit)
            if covered.turned >= DOUBT_COVERAGE and covered.turned > covered.straight + DOUBT_LEAD:
                assert covered.turned_evidence is not None
                doubtful = covered.turned_evidence
                if covered.turned >= OPPOSITE_COVERAGE and len(doubtful.terms) > 2:
                    opposite = _better(opposite, doubtful)
                else:
                    unsure = _better(unsure, doubtful)
                continue
            confidence = PATTERN_CONFIDENCE
            if _shared_topic(index, sight, hit) >= TOPIC_AGREES:
                confidence += TOPIC_BONUS
            if covered.straight >= UNSURE_COVERAGE:
                confidence += PHRASE_BONUS
            if hit.unit.question:
                confidence *= QUESTION_FACTOR
            support = _better(support, Evidence(hit.start, hit.end, confidence, hit.unit.first, hit.unit.last))
    half = _half(point, prepared)
    if half and support is states and states and half.first <= states.last and states.first <= half.last:
        support = None
    if support and opposite and _same_circumstances(support, opposite, prepared):
        return PointMatch(0.0, UNSURE_CONFIDENCE, opposite, contradicted=True, conflict=True)
    if support:
        return PointMatch(1.0, support.confidence, support)
    if half:
        return PointMatch(0.5, half.confidence, half)
    if opposite:
        return PointMatch(0.0, opposite.confidence, opposite, contradicted=True)
    unsure = unsure or _by_topic(index, sight)
    if unsure:
        return PointMatch(0.0, UNSURE_CONFIDENCE, unsure, unsure=True)
    return PointMatch(0.0, MISSED_CONFIDENCE, None)


def dismissed(point: PointFeatures, reading: Reading, start: int, end: int) -> bool:
    """Whether the words at `start:end`, or those right after, wave the point away ("would be a waste").

    A point that says such a thing itself does not.
    """
    last = min((clause.end for clause in reading.clauses if clause.end >= end), default=end)
    found = _DISMISSAL.search(reading.surface.text[start : min(last, end + DISMISSAL_REACH)])
    return found is not None and not any(t.term in point.topic for t in tokenize(found["verdict"]) if t.term)


def _of_another(wording: Wording, sight: Sight, hit: _Hit) -> bool:
    """Whether the match runs from one side of a contrast over another side's name, so that its end speaks of that."""
    if not sight.features.rivals:
        return False
    clauses = range(hit.unit.first, hit.unit.last + 1)
    inside = [
        (token, sight.prepared.polarities[clause].aside[index])
        for clause in clauses
        for index, token in enumerate(sight.prepared.clauses[clause].tokens)
        if token.term and token.start < hit.end and token.end > hit.start
    ]
    if len(inside) < 3 or any(token.term == "both" for token, _ in inside):
        return False
    rivals = sight.features.rivals.get(inside[0][0].term, frozenset())
    return any(
        token.term in rivals and not aside and not ({token.term, stem(token.word)} & wording.words)
        for token, aside in inside[1:-1]
    )


def _half(point: PointFeatures, prepared: Prepared) -> Evidence | None:
    for wording in point.half:
        for hit in _hits(wording, prepared):
            if not hit.denied:
                return Evidence(hit.start, hit.end, PATTERN_CONFIDENCE, hit.unit.first, hit.unit.last)
    return None


def _covered(index: int, sight: Sight, hit: _Hit) -> _Covered:
    """How much of the point's phrases stands in the units that the hit lies in, straight and turned round."""
    straight = turned = 0.0
    evidence: Evidence | None = None
    for unit in sight.prepared.short:
        if not (unit.start <= hit.start and hit.end <= unit.end):
            continue
        for _, covering in sight.covers.in_unit(index, unit, UNSURE_COVERAGE):
            if not covering.turned:
                straight = max(straight, covering.share)
            elif covering.opposed and covering.share > turned:
                turned = covering.share
                terms = frozenset(unit.tokens[index].term for index in covering.indices)
                evidence = Evidence(*region(unit, covering.indices), PHRASE_CONFIDENCE, unit.first, unit.last, terms)
    return _Covered(straight, turned, evidence)


def _shared_topic(index: int, sight: Sight, hit: _Hit) -> float:
    return max(
        (
            sight.topics[unit.number][index]
            for unit in sight.prepared.short
            if unit.start < hit.end and hit.start < unit.end
        ),
        default=0.0,
    )


def _by_topic(index: int, sight: Sight) -> Evidence | None:
    """The clause that speaks most of this point, if it clearly does."""
    best: tuple[float, Unit] | None = None
    for unit in sight.prepared.short:
        row = sight.topics[unit.number]
        if row[index] < TOPIC_UNSURE:
            continue
        others = max((value for at, value in enumerate(row) if at != index), default=0.0)
        if row[index] < others + TOPIC_LEAD or unit.framed:
            continue
        if rejected(sight.rejects[index], sight.prepared, unit):
            continue
        if best is None or row[index] > best[0]:
            best = (row[index], unit)
    if best is None:
        return None
    unit = best[1]
    return Evidence(unit.start, unit.end, UNSURE_CONFIDENCE, unit.first, unit.last)


def _by_phrases(index: int, sight: Sight) -> tuple[Evidence | None, Evidence | None, Evidence | None]:
    """The best wording that states the point, that states its opposite, and that nearly states it."""
    states: Evidence | None = None
    opposite: Evidence | None = None
    nearly: Evidence | None = None
    for phrase in sight.features.points[index].phrases:
        least = min(UNSURE_COVERAGE, phrase.threshold)
        for unit, covering in sight.covers.of_phrase(phrase, least):
            start, end = region(unit, covering.indices)
            if unit.reported(start, end):
                continue
            terms = frozenset(unit.tokens[index].term for index in covering.indices)
            if covering.turned:
                if covering.share >= OPPOSITE_COVERAGE and len(terms) >= 3 and not unit.question:
                    opposite = _better(opposite, Evidence(start, end, 0.7, unit.first, unit.last, terms))
                continue
            if rejected(sight.rejects[index], sight.prepared, unit):
                continue
            if covering.share >= phrase.threshold:
                scale = (
                    (covering.share - phrase.threshold) / max(1 - phrase.threshold, 1e-9)
                    if phrase.threshold < 1
                    else 1.0
                )
                confidence = PHRASE_CONFIDENCE + (FULL_PHRASE_CONFIDENCE - PHRASE_CONFIDENCE) * scale
                confidence *= QUESTION_FACTOR if unit.question else 1.0
                states = _better(states, Evidence(start, end, confidence, unit.first, unit.last, terms))
            elif covering.share >= UNSURE_COVERAGE and len(terms) >= 3:
                nearly = _better(nearly, Evidence(start, end, covering.share / 2, unit.first, unit.last, terms))
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
    opposed = any(OPPOSITES.get(term, frozenset()) & mine for term in theirs - mine)
    return not opposed and len(theirs - mine - other.terms) <= 1


def match_wrong(wrong: WrongFeatures, sight: Sight) -> WrongMatch:
    """Whether the answer makes the wrong claim, or denies it."""
    best: Evidence | None = None
    denied = False
    for wording in wrong.signals:
        for hit in _hits(wording, sight.prepared):
            if hit.denied:
                denied = True
            elif not hit.unit.question:
                best = _better(best, Evidence(hit.start, hit.end, PATTERN_CONFIDENCE, hit.unit.first, hit.unit.last))
    for phrase in wrong.phrases:
        for unit, covering in sight.covers.of_phrase(phrase, phrase.threshold):
            if unit.last - unit.first >= phrase.clauses or unit.question or len(covering.indices) < 2:
                continue
            start, end = region(unit, covering.indices)
            if covering.turned or unit.reported(start, end):
                denied = True
                continue
            best = _better(best, Evidence(start, end, FULL_PHRASE_CONFIDENCE * covering.share, unit.first, unit.last))
    return WrongMatch(best, denied)
