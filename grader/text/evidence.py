"""What an answer holds for and against each key point, as numbers that a model can weigh (`decision`).

The rules of `match` say what the author foresaw. Beside them stands how near the answer comes to the point in words
that nobody foresaw: how much of a phrase a unit covers, how much of the point's concepts and vocabulary, and whether it
then stands the other way round. All numbers of a point are taken from its best unit, so that the words can be quoted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from operator import attrgetter

import numpy as np
from rapidfuzz import fuzz

from grader.text.cover import LEAST_COVER, region
from grader.text.features import Concept, Features, Phrase
from grader.text.match import (
    PATTERN_CONFIDENCE,
    Evidence,
    PointMatch,
    Sight,
    WrongMatch,
    dismissed,
    match_points,
    match_wrong,
    overlaps,
    rejected,
    sight_of,
)
from grader.text.normalise import Token, read
from grader.text.polarity import polarities
from grader.text.relation import Statements, directions, statements
from grader.text.sums import Adds, Sums
from grader.text.turned import Candidates, Seen, Turn, candidates, has_opposite, turns
from grader.text.unit import Prepared, Unit

CLOSEST = 4
"""How many units, those that speak most of the point, are looked at closely."""
MANY_MISTAKES = 4


@dataclass(frozen=True, slots=True)
class Signals:
    """The numbers of one key point, each 0–1 unless said."""

    pattern: float = 0.0
    """The author's pattern or a fully covered phrase says so."""
    phrase: float = 0.0
    """A phrase is covered far enough for the rules, no pattern matched."""
    half: float = 0.0
    opposite: float = 0.0
    """The rules saw the opposite, or two clauses that contradict each other."""
    unsure: float = 0.0
    cover: float = 0.0
    """The share of the best phrase that stands in the unit."""
    second: float = 0.0
    """The share of the second best."""
    turned: float = 0.0
    """The share of a phrase that stands there the other way round."""
    order: float = 0.0
    """-1 to 1: whether the words of a phrase come in its order or the other way round; the best of all phrases."""
    topic: float = 0.0
    lead: float = 0.0
    """-1 to 1: how much more the unit speaks of this point than of any other."""
    likeness: float = 0.0
    """Of characters, to the best phrase."""
    concepts: float = 0.0
    """The share of the concepts that the unit names, standing right; -0.5 to 0.5 around what is usual without them."""
    all_concepts: float = 0.0
    rejected: float = 0.0
    """A `reject_if` matches in the unit."""
    opposites: float = 0.0
    """An opposite of one of the point's words stands in the unit, and the word does not."""
    denied: float = 0.0
    """The share of the unit's words on this point that are denied."""
    wrong: float = 0.0
    """A misconception stands in the unit."""
    flip: float = 0.0
    """A contrast or relation is turned round in the unit."""
    parity: float = 0.0
    """The share of the unit's words on this point that the author never denies and the answer does, or the reverse."""
    direction: float = 0.0
    """-1 to 1: the balance of quantities that go the author's way and the other way."""
    swapped: float = 0.0
    """The share of the unit's words that the author says of the other side of a contrast only."""
    question: float = 0.0
    reported: float = 0.0
    """It is told as somebody's error, or waved away."""
    stretch: float = 0.0
    """How many clauses beyond the first the unit has."""
    elsewhere: float = 0.0
    """How many mistakes stand in other places of the answer: 1 is four or more."""
    about: float = 0.0
    """The share of the whole answer's clauses that speak of any key point."""
    against: float = 0.0
    """How likely a clause turns the point round (`turned`)."""


NAMES = tuple(field.name for field in fields(Signals))
_numbers: Callable[[Signals], Iterable[float]] = attrgetter(*NAMES)


def values(signals: Signals) -> tuple[float, ...]:
    """In the order of `NAMES`."""
    return tuple(_numbers(signals))


@dataclass(frozen=True, slots=True)
class Weighed:
    """A key point's numbers with the unit that they come from."""

    signals: Signals
    evidence: Evidence | None
    turned: Evidence | None = None
    """The clause that likeliest turns the point round."""


@dataclass(frozen=True, slots=True)
class Examined:
    """All that an answer says on a question, before anything is decided."""

    points: tuple[PointMatch, ...]
    """What the rules say of each key point."""
    wrongs: tuple[WrongMatch, ...]
    said: Statements
    weighed: tuple[Weighed, ...]
    """The numbers of each key point."""
    candidates: tuple[Candidates, ...]
    """For each key point, the units that may turn it round."""


def examine(features: Features, prepared: Prepared) -> Examined:
    """What the answer holds for and against every key point, and the mistakes in it."""
    sight = sight_of(features, prepared)
    points = match_points(sight)
    wrongs = tuple(match_wrong(wrong, sight) for wrong in features.wrongs)
    said = statements(features, prepared)
    wrong = [match.evidence for match in wrongs if match.evidence is not None]
    turned = [flip.evidence for flip in said.flips]
    about = _about(sight)
    parity, denied = _stances(sight)
    found = [_weighed(index, sight, point, wrong, turned, about, parity, denied) for index, point in enumerate(points)]
    mistakes = _mistakes(found, (*wrong, *turned))
    speaking = candidates(Seen(sight, points, wrong, turned, parity, denied, _named))
    weighed = tuple(
        _against(_beside(weighed, mistakes), turn) for weighed, turn in zip(found, turns(speaking), strict=True)
    )
    return Examined(points, wrongs, said, weighed, tuple(speaking))


def _against(weighed: Weighed, turn: Turn) -> Weighed:
    return replace(weighed, signals=replace(weighed.signals, against=turn.probability), turned=turn.evidence)


def _mistakes(found: Sequence[Weighed], told: Sequence[Evidence]) -> set[tuple[int, int]]:
    """The clauses, first and last, that make mistakes: misconceptions, turned contrasts, points turned round."""
    places = {(evidence.first, evidence.last) for evidence in told}
    for weighed in found:
        if weighed.evidence is not None and (weighed.signals.rejected or weighed.signals.opposite):
            places.add((weighed.evidence.first, weighed.evidence.last))
    return places


def _beside(weighed: Weighed, mistakes: Iterable[tuple[int, int]]) -> Weighed:
    own = weighed.evidence
    others = sum(own is None or last < own.first or own.last < first for first, last in mistakes)
    return replace(weighed, signals=replace(weighed.signals, elsewhere=min(1.0, others / MANY_MISTAKES)))


def _about(sight: Sight) -> float:
    clauses = len(sight.prepared.clauses)
    return sum(max(row, default=0.0) > 0 for row in sight.topics[:clauses]) / clauses if clauses else 0.0


def _weighed(
    index: int,
    sight: Sight,
    found: PointMatch,
    wrong: Sequence[Evidence],
    turned: Sequence[Evidence],
    about: float,
    parity: np.ndarray,
    denied: np.ndarray,
) -> Weighed:
    features, prepared, topics = sight.features, sight.prepared, sight.topics
    point, units = features.points[index], prepared.units
    rules = Signals(
        pattern=float(found.credit == 1 and found.confidence >= PATTERN_CONFIDENCE),
        phrase=float(found.credit == 1 and found.confidence < PATTERN_CONFIDENCE),
        half=float(found.credit == 0.5),
        opposite=float(found.contradicted),
        unsure=float(found.unsure),
        about=about,
    )
    near = sorted(units, key=lambda unit: (topics[unit.number][index], unit.first - unit.last), reverse=True)
    closest = max((_closeness(index, sight, unit) for unit in near[:CLOSEST]), key=attrgetter("value"), default=None)
    if closest is None:
        return Weighed(rules, found.evidence)
    unit, row = closest.unit, topics[closest.unit.number]
    text = prepared.reading.surface.text[unit.start : unit.end]
    others = max((value for at, value in enumerate(row) if at != index), default=0.0)
    reported = closest.reported or bool(unit.framed) or dismissed(point, prepared.reading, unit.start, unit.end)
    usage = _usage(features)
    signals = replace(
        rules,
        cover=closest.straight[0],
        second=closest.straight[1],
        turned=closest.turned,
        order=_order(closest),
        topic=closest.topic,
        lead=max(-1.0, min(1.0, (row[index] - others) / point.whole)),
        concepts=closest.named - 0.5 if point.concepts else 0.0,
        all_concepts=float(bool(point.concepts) and closest.named == 1),
        opposites=float(has_opposite(point, unit)),
        denied=float(denied[unit.number, index]),
        question=float(unit.question),
        reported=float(reported),
        stretch=float(unit.last - unit.first),
        parity=float(parity[unit.number, index]),
        direction=_direction(usage, index, unit, prepared),
        swapped=_swapped(usage, features, unit),
        likeness=max((fuzz.partial_ratio(phrase.text.lower(), text) for phrase in point.phrases), default=0.0) / 100,
        rejected=float(rejected(point.reject_if, prepared, unit)),
        wrong=float(any(overlaps(evidence, unit) for evidence in wrong)),
        flip=float(any(overlaps(evidence, unit) for evidence in turned)),
    )
    return Weighed(signals, Evidence(unit.start, unit.end, 0.5, unit.first, unit.last))


@dataclass(frozen=True, slots=True)
class _Closeness:
    """How much of a key point stands in a unit."""

    unit: Unit
    phrases: tuple[Phrase, ...]
    """Those of which a good part stands there."""
    straight: tuple[float, float]
    """The shares of the two best that stand the right way round."""
    turned: float
    """The share of the best that stands the other way round."""
    reported: bool
    topic: float
    named: float
    """The share of the concepts."""

    @property
    def value(self) -> float:
        unit = self.unit
        return self.straight[0] + self.topic + max(0.0, self.named - 0.5) - 0.1 * (unit.last - unit.first)


def _closeness(index: int, sight: Sight, unit: Unit) -> _Closeness:
    point = sight.features.points[index]
    covers = list(sight.covers.in_unit(index, unit, LEAST_COVER))
    told = [bool(unit.framed) and unit.reported(*region(unit, found.indices)) for _, found in covers]
    claimed = [found for (_, found), reported in zip(covers, told, strict=True) if not reported]
    best, second, *_ = (*sorted((found.share for found in claimed if not found.turned), reverse=True), 0.0, 0.0)
    return _Closeness(
        unit,
        tuple(phrase for phrase, _ in covers),
        (best, second),
        max((found.share for found in claimed if found.turned), default=0.0),
        any(told),
        min(1.5, sight.topics[unit.number][index] / point.whole),
        _named(point.concepts, unit),
    )


def _order(closest: _Closeness) -> float:
    if not closest.straight[0]:
        return 0.0
    return max((_concordance(phrase, closest.unit) for phrase in closest.phrases), default=-1.0)


def _concordance(phrase: Phrase, unit: Unit) -> float:
    """-1 to 1: pairs of the phrase's words that stand in its order, less those that do not, as a share of all pairs."""
    places = [unit.positions[term][0] for term in phrase.weights if term in unit.positions]
    pairs = [(a, b) for i, a in enumerate(places) for b in places[i + 1 :]]
    return sum(1 if a < b else -1 for a, b in pairs) / len(pairs) if pairs else 0.0


def _named(concepts: Sequence[Concept], unit: Unit) -> float:
    """The share of the concepts of which the unit has a wording, denied where that is denied."""
    if not concepts:
        return 0.0
    return sum(any(_has(wording, unit) for wording in concept) for concept in concepts) / len(concepts)


def _has(wording: tuple[frozenset[str], str, bool], unit: Unit) -> bool:
    terms, last, denied = wording
    return terms <= unit.positions.keys() and any(unit.denied[place] == denied for place in unit.positions[last])


# How the author words it


@dataclass(frozen=True, slots=True)
class Usage:
    """How the author's own right sentences use words: denied or not, going up or down, said of what."""

    denied: tuple[dict[str, frozenset[bool]], ...]
    """For each key point, how its terms stand."""
    directions: tuple[dict[str, frozenset[int]], ...]
    together: frozenset[tuple[str, str]]
    """Pairs of terms that stand in one clause anywhere in the question's right sentences."""


@lru_cache(maxsize=2048)
def _usage(features: Features) -> Usage:
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
    return Usage(tuple(denied), tuple(ways), frozenset(together))


def _clauses(text: str) -> Iterable[tuple[Sequence[Token], Sequence[bool], str]]:
    reading = read(text)
    folded = reading.surface.text
    for clause, standing in zip(reading.clauses, polarities(folded, reading.clauses), strict=True):
        yield clause.tokens, standing.denied, folded


def _pairs(tokens: Sequence[Token]) -> set[tuple[str, str]]:
    terms = [token.term for token in tokens if token.term]
    return {(one, other) for one in terms for other in terms if one != other}


def _stances(sight: Sight) -> tuple[np.ndarray, np.ndarray]:
    """The signals `parity` and `denied` for each unit (rows) and key point (columns)."""
    texts = [_standing(unit.tokens, unit.denied) for unit in sight.prepared.units]
    other, known, denied, all_of_topic = np.split(_stance_table(sight.features).over(texts), 4, axis=1)
    return other / np.maximum(known, 1.0), denied / np.maximum(all_of_topic, 1.0)


def _standing(tokens: Sequence[Token], denied: Sequence[bool]) -> list[str]:
    return [f"{'-' if flag else '+'}{token.term}" for token, flag in zip(tokens, denied, strict=True)]


@lru_cache(maxsize=2048)
def _stance_table(features: Features) -> Sums:
    """Counts, for each key point: words that stand as the author never has them, all words of the author's, denied
    words of the topic, all words of the topic."""
    adds, points = Adds(), len(features.points)
    for index, (point, stands) in enumerate(zip(features.points, _usage(features).denied, strict=True)):
        for flag, sign in ((False, "+"), (True, "-")):
            for term, how in stands.items():
                adds.add(sign + term, index, float(flag not in how))
                adds.add(sign + term, points + index, 1.0)
            for term in point.topic:
                adds.add(sign + term, 2 * points + index, float(flag))
                adds.add(sign + term, 3 * points + index, 1.0)
    return adds.compiled(4 * points)


def _direction(usage: Usage, index: int, unit: Unit, prepared: Prepared) -> float:
    ways = usage.directions[index]
    found = directions(unit.tokens, unit.denied, prepared.reading.surface.text)
    votes = [1 if sign in ways[term] else -1 for term, sign in found if term in ways]
    return sum(votes) / len(votes) if votes else 0.0


def _swapped(usage: Usage, features: Features, unit: Unit) -> float:
    """Looks at words that the author puts beside a rival of what the unit names, and never beside that itself."""
    named = [term for term in unit.positions if term in features.rivals]
    if not named:
        return 0.0
    others = frozenset[str]().union(*(features.rivals[term] for term in named))
    if others & unit.positions.keys():
        return 0.0  # both sides are named: which word is whose, the contrasts say
    beside = (*named, *others)
    told = [
        term
        for term in unit.positions
        if term not in beside and any((other, term) in usage.together for other in beside)
    ]
    wrong = [term for term in told if not any((name, term) in usage.together for name in named)]
    return len(wrong) / len(told) if told else 0.0
