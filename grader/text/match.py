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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from grader.text.features import OPPOSITES, Features, Phrase, PointFeatures, Wording, WrongFeatures
from grader.text.normalise import Reading, stem, tokenize
from grader.text.polarity import Scope, denied_at
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
WINDOW_SLACK = 6
"""How many tokens besides those of a phrase may stand between its first and last term."""
DISMISSAL_REACH = 60
"""How many characters after a match its dismissal may stand."""
_DISMISSAL = re.compile(
    r"^[^,;]*?\b(?:is|are|was|would|will|should|can|could|must|makes?)\b[^,;]{0,20}?"
    r"\b(?P<verdict>worse|wastes?|harm\w*|useless|pointless|unnecessary|needless|overkill|outdated|obsolete|bad idea"
    r"|mistake|wrong|avoided|removed|forbidden|irrelevant)\b"
)
SUBJECT_REACH = 25
"""How many characters the subject of a denied verb may stand before the denial."""
OPPOSITE_REACH = 2
"""How many tokens an opposite may stand from the word that it speaks of."""
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
    rejects: tuple[Wording, ...] = ()
    """Those of its `reject_if` that occur."""


@dataclass(frozen=True, slots=True)
class WrongMatch:
    """What an answer says about a misconception."""

    evidence: Evidence | None
    denied: bool
    """The answer says that it is not so."""


@dataclass(frozen=True, slots=True)
class Cover:
    share: float
    indices: tuple[int, ...]
    turned: bool
    """It stands the other way round than the phrase."""
    opposed: bool = False
    """It is turned by an opposite word alone, without a denial."""


def cover(phrase: Phrase, unit: Unit, least: float, rivals: Mapping[str, frozenset[str]]) -> Cover | None:
    """How much of the phrase stands close together in the unit, if at least `least` of it."""
    if phrase.weights.keys().isdisjoint(unit.positions):
        return None
    # Summed in the order of the phrase: that of a set changes from run to run, and the last digit with it.
    present = [weight for term, weight in phrase.weights.items() if term in unit.positions]
    if not present or sum(present) + phrase.turnable < least * phrase.total:
        return None
    found: dict[str, list[int]] = {}
    possible, opposites = 0.0, 0
    for term, value in phrase.weights.items():
        places = unit.positions.get(term)
        if not places and term in OPPOSITES and (places := _in_place_of(term, phrase, unit)):
            opposites += 1
        if places:
            found[term] = places
            possible += value
    if phrase.total <= 0 or possible < least * phrase.total or len(found) < min(2, len(phrase.weights)):
        return None
    for term in phrase.weights:
        if term in rivals and term not in found and any(other in unit.positions for other in rivals[term]):
            return None
    value, inside = _closest(phrase, found)
    share = value / phrase.total
    if share < least:
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
    return best[0], best[2]


def _in_place_of(term: str, phrase: Phrase, unit: Unit) -> list[int]:
    """Where an opposite of `term` stands beside a word that `term` stands beside in the phrase."""
    order = tuple(phrase.weights)
    at = order.index(term)
    neighbours = {*order[max(0, at - 1) : at], *order[at + 1 : at + 2]}
    places: list[int] = []
    for other in OPPOSITES[term]:
        if other in phrase.weights:
            continue
        for place in unit.positions.get(other, ()):
            near = [
                unit.tokens[index].term
                for index in range(max(0, place - OPPOSITE_REACH), place + OPPOSITE_REACH + 1)
                if index < len(unit.tokens)
            ]
            if neighbours & set(near):
                places.append(place)
    return places


def region(unit: Unit, indices: Sequence[int]) -> tuple[int, int]:
    return unit.tokens[indices[0]].start, unit.tokens[indices[-1]].end


@dataclass(frozen=True, slots=True)
class _Hit:
    """Where a pattern matched, and whether the match is denied."""

    unit: Unit
    start: int
    end: int
    denied: bool


def _hits(wording: Wording, prepared: Prepared) -> Iterator[_Hit]:
    """The first few units in which a pattern matches."""
    if not _occurs(wording, prepared.reading):
        return
    count = 0
    for unit in (*prepared.units, *prepared.longer):
        region = _find(wording.pattern, prepared.reading, unit)
        if region is None:
            continue
        yield _Hit(unit, *region, _match_denied(wording, prepared.reading, unit, *region))
        count += 1
        if count == HITS_PER_PATTERN:
            return


def _occurs(wording: Wording, reading: Reading) -> bool:
    """Whether the pattern matches anywhere in the answer, which rules out most patterns at little cost.

    An anchored one may match a unit and not the whole, but ^ and $ have no place in a bank's patterns.
    """
    return any(wording.pattern.search(text) for text in _texts(reading))


def _texts(reading: Reading) -> Iterable[str]:
    yield reading.surface.text
    if reading.spelled.text != reading.surface.text:
        yield reading.spelled.text
    if "." in reading.surface.text[:-1]:
        yield reading.surface.text.replace(".", " ")


def _find(pattern: Pattern, reading: Reading, unit: Unit) -> tuple[int, int] | None:
    if match := pattern.search(reading.surface.text[unit.start : unit.end]):
        return unit.start + match.start(), unit.start + match.end()
    if reading.spelled.text != reading.surface.text:
        first, last = reading.spelled_range(unit.start, unit.end)
        if match := pattern.search(reading.spelled.text[first:last]):
            return reading.spelled.original(first + match.start(), first + match.end())
    if "." in (text := reading.surface.text[unit.start : unit.end])[:-1] and (
        match := pattern.search(text.replace(".", " "))
    ):
        # Authors stop a gap at the sentence with [^.], but these dots end none: e.g., 0.25, model.eval
        return unit.start + match.start(), unit.start + match.end()
    return None


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
        region = _find(wording.pattern, prepared.reading, unit)
        if region and not _match_denied(wording, prepared.reading, unit, *region):
            return True
    return False


def match_points(features: Features, prepared: Prepared, topics: Sequence[Sequence[float]]) -> tuple[PointMatch, ...]:
    """What the answer says about each key point of the question; `topics` are those of `prepared.units`."""
    return tuple(_match_point(index, point, prepared, topics) for index, point in enumerate(features.points))


def topics_of(features: Features, units: Iterable[Unit]) -> list[list[float]]:
    """For each unit, how much of the vocabulary of each key point stands in it."""
    return [[_topic_of(point, unit) for point in features.points] for unit in units]


def _topic_of(point: PointFeatures, unit: Unit) -> float:
    """A single word tells nothing."""
    found = [point.topic[term] for term in unit.positions if term in point.topic]
    return sum(found) if len(found) > 1 else 0.0


@dataclass(frozen=True, slots=True)
class _Covered:
    """How the phrases of a point stand in one unit."""

    straight: float = 0.0
    turned: float = 0.0
    turned_evidence: Evidence | None = None


def _match_point(index: int, point: PointFeatures, prepared: Prepared, topics: Sequence[Sequence[float]]) -> PointMatch:
    rejects = tuple(wording for wording in point.reject_if if _occurs(wording, prepared.reading))
    places: list[tuple[int, int]] = []
    found = _by_wordings(index, point, prepared, topics, rejects, places)
    return replace(found, places=tuple(places), rejects=rejects)


def _by_wordings(
    index: int,
    point: PointFeatures,
    prepared: Prepared,
    topics: Sequence[Sequence[float]],
    rejects: Sequence[Wording],
    places: list[tuple[int, int]],
) -> PointMatch:
    """What the author's wordings find; `places` collects where patterns match."""
    states, opposite, unsure = _by_phrases(point, prepared, rejects)
    support = states
    for wording in point.patterns:
        for hit in _hits(wording, prepared):
            if not hit.denied:
                places.append((hit.start, hit.end))
            if hit.denied or _of_another(wording, prepared, hit) or rejected(rejects, prepared, hit.unit):
                continue
            if dismissed(point, prepared.reading, hit.end, hit.end):
                unsure = _better(unsure, Evidence(hit.start, hit.end, UNSURE_CONFIDENCE, hit.unit.first, hit.unit.last))
                continue
            covered = _covered(point, prepared, hit)
            if covered.turned >= DOUBT_COVERAGE and covered.turned > covered.straight + DOUBT_LEAD:
                assert covered.turned_evidence is not None
                doubtful = covered.turned_evidence
                if covered.turned >= OPPOSITE_COVERAGE and len(doubtful.terms) > 2:
                    opposite = _better(opposite, doubtful)
                else:
                    unsure = _better(unsure, doubtful)
                continue
            confidence = PATTERN_CONFIDENCE
            if _shared_topic(index, prepared, topics, hit) >= TOPIC_AGREES:
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
    unsure = unsure or _by_topic(index, rejects, prepared, topics)
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


def _of_another(wording: Wording, prepared: Prepared, hit: _Hit) -> bool:
    """Whether the match runs from one side of a contrast over another side's name, so that its end speaks of that."""
    inside = [
        (token, standing.aside[index])
        for clause, standing in zip(prepared.clauses, prepared.polarities, strict=True)
        if clause.start < hit.end and hit.start < clause.end
        for index, token in enumerate(clause.tokens)
        if token.term and token.start < hit.end and token.end > hit.start
    ]
    if len(inside) < 3 or any(token.term == "both" for token, _ in inside):
        return False
    rivals = prepared.rivals.get(inside[0][0].term, frozenset())
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


def _covered(point: PointFeatures, prepared: Prepared, hit: _Hit) -> _Covered:
    """How much of the point's phrases stands in the units that the hit lies in, straight and turned round."""
    straight = turned = 0.0
    evidence: Evidence | None = None
    for unit in prepared.units:
        if not (unit.start <= hit.start and hit.end <= unit.end):
            continue
        for phrase in point.phrases:
            covering = cover(phrase, unit, UNSURE_COVERAGE, prepared.rivals)
            if covering is None:
                continue
            if not covering.turned:
                straight = max(straight, covering.share)
            elif covering.opposed and covering.share > turned:
                turned = covering.share
                terms = frozenset(unit.tokens[index].term for index in covering.indices)
                evidence = Evidence(*region(unit, covering.indices), PHRASE_CONFIDENCE, unit.first, unit.last, terms)
    return _Covered(straight, turned, evidence)


def _shared_topic(index: int, prepared: Prepared, topics: Sequence[Sequence[float]], hit: _Hit) -> float:
    return max(
        (
            row[index]
            for row, unit in zip(topics, prepared.units, strict=True)
            if unit.start < hit.end and hit.start < unit.end
        ),
        default=0.0,
    )


def _by_topic(
    index: int, rejects: Sequence[Wording], prepared: Prepared, topics: Sequence[Sequence[float]]
) -> Evidence | None:
    """The clause that speaks most of this point, if it clearly does."""
    best: tuple[float, Unit] | None = None
    for row, unit in zip(topics, prepared.units, strict=True):
        others = max((value for at, value in enumerate(row) if at != index), default=0.0)
        if row[index] < TOPIC_UNSURE or row[index] < others + TOPIC_LEAD or unit.framed:
            continue
        if rejected(rejects, prepared, unit):
            continue
        if best is None or row[index] > best[0]:
            best = (row[index], unit)
    if best is None:
        return None
    unit = best[1]
    return Evidence(unit.start, unit.end, UNSURE_CONFIDENCE, unit.first, unit.last)


def _by_phrases(
    point: PointFeatures, prepared: Prepared, rejects: Sequence[Wording]
) -> tuple[Evidence | None, Evidence | None, Evidence | None]:
    """The best wording that states the point, that states its opposite, and that nearly states it."""
    states: Evidence | None = None
    opposite: Evidence | None = None
    nearly: Evidence | None = None
    near = [unit for unit in prepared.units if point.reach.admits(unit.positions.keys())]
    for phrase in point.phrases:
        for unit in near:
            covering = cover(phrase, unit, min(UNSURE_COVERAGE, phrase.threshold), prepared.rivals)
            if covering is None:
                continue
            start, end = region(unit, covering.indices)
            if unit.reported(start, end):
                continue
            terms = frozenset(unit.tokens[index].term for index in covering.indices)
            if covering.turned:
                if covering.share >= OPPOSITE_COVERAGE and len(terms) >= 3 and not unit.question:
                    opposite = _better(opposite, Evidence(start, end, 0.7, unit.first, unit.last, terms))
                continue
            if rejected(rejects, prepared, unit):
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


def match_wrong(wrong: WrongFeatures, prepared: Prepared) -> WrongMatch:
    """Whether the answer makes the wrong claim, or denies it."""
    best: Evidence | None = None
    denied = False
    for wording in wrong.signals:
        for hit in _hits(wording, prepared):
            if hit.denied:
                denied = True
            elif not hit.unit.question:
                best = _better(best, Evidence(hit.start, hit.end, PATTERN_CONFIDENCE, hit.unit.first, hit.unit.last))
    near = [unit for unit in prepared.units if wrong.reach.admits(unit.positions.keys())]
    for phrase in wrong.phrases:
        for unit in near:
            if unit.last - unit.first >= phrase.clauses:
                continue
            covering = cover(phrase, unit, phrase.threshold, prepared.rivals)
            if covering is None or unit.question or len(covering.indices) < 2:
                continue
            start, end = region(unit, covering.indices)
            if covering.turned or unit.reported(start, end):
                denied = True
                continue
            best = _better(best, Evidence(start, end, FULL_PHRASE_CONFIDENCE * covering.share, unit.first, unit.last))
    return WrongMatch(best, denied)
