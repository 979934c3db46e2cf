"""What an answer holds for and against each key point, as numbers that a model can weigh (`decision`).

The rules of `match` say what the author foresaw. Beside them stands how near the answer comes to the point in words
that nobody foresaw: how much of a phrase a unit covers, how much of the point's concepts and vocabulary, and whether it
then stands the other way round. All numbers of a point are taken from its best unit, so that the words can be quoted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter

from rapidfuzz import fuzz, process

from grader.text.cover import LEAST_COVER, region
from grader.text.features import Features, Phrase
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
from grader.text.relation import Statements, statements
from grader.text.turned import Candidates, Seen, Turn, candidates, has_opposite, turns
from grader.text.unit import Prepared, Unit
from grader.text.usage import usage_of

CLOSEST = 4
"""How many units, those that speak most of the point, are looked at closely."""
MANY_MISTAKES = 4
LEAST_LIKENESS = 0.45
"""Any two sentences are that like each other; less is taken for nothing, which is found out faster."""


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
    thin: bool = False
    """The author gave few wordings of it."""


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
    flips = [flip.evidence for flip in said.flips]
    seen = Seen(sight, points, wrong, flips, *usage_of(features).stances(prepared.units))
    closest = [_closest(index, sight) for index in range(len(points))]
    mistakes = _mistakes(closest, seen)
    about = _about(sight)
    speaking = candidates(seen)
    weighed = tuple(
        _weighed(index, seen, nearest, mistakes, about, turn)
        for index, (nearest, turn) in enumerate(zip(closest, turns(speaking), strict=True))
    )
    return Examined(points, wrongs, said, weighed, tuple(speaking))


def _mistakes(closest: Sequence[_Closest | None], seen: Seen) -> set[tuple[int, int]]:
    """The clauses, first and last, that make mistakes: misconceptions, turned contrasts, points turned round."""
    places = {(evidence.first, evidence.last) for evidence in (*seen.wrong, *seen.flips)}
    for nearest, found in zip(closest, seen.found, strict=True):
        if nearest is not None and (nearest.rejected or found.contradicted):
            places.add((nearest.unit.first, nearest.unit.last))
    return places


def _about(sight: Sight) -> float:
    clauses = len(sight.prepared.clauses)
    return sum(max(row, default=0.0) > 0 for row in sight.topics[:clauses]) / clauses if clauses else 0.0


def _weighed(
    index: int, seen: Seen, closest: _Closest | None, mistakes: Iterable[tuple[int, int]], about: float, turn: Turn
) -> Weighed:
    sight, found = seen.sight, seen.found[index]
    point = sight.features.points[index]
    own = found.evidence if closest is None else closest.unit
    elsewhere = sum(own is None or last < own.first or own.last < first for first, last in mistakes)
    rules = {
        "pattern": float(found.credit == 1 and found.confidence >= PATTERN_CONFIDENCE),
        "phrase": float(found.credit == 1 and found.confidence < PATTERN_CONFIDENCE),
        "half": float(found.credit == 0.5),
        "opposite": float(found.contradicted),
        "unsure": float(found.unsure),
        "elsewhere": min(1.0, elsewhere / MANY_MISTAKES),
        "about": about,
        "against": turn.probability,
    }
    if closest is None:
        return Weighed(Signals(**rules), found.evidence, turn.evidence, point.thin)
    features, reading = sight.features, sight.prepared.reading
    unit, topics = closest.unit, sight.topics[closest.unit.number]
    others = max((value for at, value in enumerate(topics) if at != index), default=0.0)
    text = reading.surface.text[unit.start : unit.end]
    likeliest = process.extractOne(
        text, point.texts, scorer=fuzz.partial_ratio, processor=None, score_cutoff=100 * LEAST_LIKENESS
    )
    usage = usage_of(features)
    signals = Signals(
        **rules,
        cover=closest.straight[0],
        second=closest.straight[1],
        turned=closest.turned,
        order=_order(closest),
        topic=closest.topic,
        lead=max(-1.0, min(1.0, (topics[index] - others) / point.whole)),
        likeness=likeliest[1] / 100 if likeliest else 0.0,
        concepts=closest.named - 0.5 if point.concepts else 0.0,
        all_concepts=float(bool(point.concepts) and closest.named == 1),
        rejected=float(closest.rejected),
        opposites=float(has_opposite(point, unit)),
        denied=float(seen.denied[unit.number, index]),
        wrong=float(any(overlaps(evidence, unit) for evidence in seen.wrong)),
        flip=float(any(overlaps(evidence, unit) for evidence in seen.flips)),
        parity=float(seen.parity[unit.number, index]),
        direction=usage.direction(index, unit, reading.surface.text),
        swapped=usage.swapped(features.rivals, unit),
        question=float(unit.question),
        reported=float(closest.reported or bool(unit.framed) or dismissed(point, reading, unit.start, unit.end)),
        stretch=float(unit.last - unit.first),
    )
    place = Evidence(unit.start, unit.end, 0.5, unit.first, unit.last)
    return Weighed(signals, place, turn.evidence, point.thin)


@dataclass(frozen=True, slots=True)
class _Closest:
    """The unit that comes closest to a key point."""

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
    rejected: bool

    @property
    def value(self) -> float:
        unit = self.unit
        return self.straight[0] + self.topic + max(0.0, self.named - 0.5) - 0.1 * (unit.last - unit.first)


def _closest(index: int, sight: Sight) -> _Closest | None:
    topics, units = sight.topics, sight.prepared.units
    near = sorted(units, key=lambda unit: (topics[unit.number][index], unit.first - unit.last), reverse=True)
    return max((_beside(index, sight, unit) for unit in near[:CLOSEST]), key=attrgetter("value"), default=None)


def _beside(index: int, sight: Sight, unit: Unit) -> _Closest:
    point = sight.features.points[index]
    covers = list(sight.covers.in_unit(index, unit, LEAST_COVER))
    told = [bool(unit.framed) and unit.reported(*region(unit, found.indices)) for _, found in covers]
    claimed = [found for (_, found), reported in zip(covers, told, strict=True) if not reported]
    best, second, *_ = (*sorted((found.share for found in claimed if not found.turned), reverse=True), 0.0, 0.0)
    return _Closest(
        unit,
        tuple(phrase for phrase, _ in covers),
        (best, second),
        max((found.share for found in claimed if found.turned), default=0.0),
        any(told),
        min(1.5, sight.topics[unit.number][index] / point.whole),
        float(sight.named[unit.number, index]),
        rejected(sight.rejects[index], sight.prepared, unit),
    )


def _order(closest: _Closest) -> float:
    if not closest.straight[0]:
        return 0.0
    return max((_concordance(phrase, closest.unit) for phrase in closest.phrases), default=-1.0)


def _concordance(phrase: Phrase, unit: Unit) -> float:
    """-1 to 1: pairs of the phrase's words that stand in its order, less those that do not, as a share of all pairs."""
    places = [unit.positions[term][0] for term in phrase.weights if term in unit.positions]
    pairs = [(a, b) for i, a in enumerate(places) for b in places[i + 1 :]]
    return sum(1 if a < b else -1 for a, b in pairs) / len(pairs) if pairs else 0.0
