"""What an answer holds for and against each key point, as numbers that a model can weigh (`decision`).

The rules of `match` say what the author foresaw. Beside them stands how near the answer comes to the point in words
that nobody foresaw: how much of a phrase a unit covers, how much of the point's concepts and vocabulary, and whether it
then stands the other way round. All numbers of a point are taken from its best unit, so that the words can be quoted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache, partial
from operator import attrgetter

import numpy as np
from rapidfuzz import fuzz

from grader.text.features import Concept, Features, Phrase, PointFeatures
from grader.text.match import (
    PATTERN_CONFIDENCE,
    Evidence,
    PointMatch,
    WrongMatch,
    cover,
    dismissed,
    match_points,
    match_wrong,
    overlaps,
    region,
    rejected,
    topics_of,
)
from grader.text.normalise import Token, read
from grader.text.polarity import polarities
from grader.text.relation import Statements, directions, statements
from grader.text.turned import Candidates, Sight, Turn, candidates, has_opposite, turns
from grader.text.unit import Prepared, Unit

LEAST_COVER = 0.3
"""Of a phrase; less says nothing."""
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
    units = (*prepared.units, *prepared.longer)
    topics = topics_of(features, units)
    points = match_points(features, prepared, topics[: len(prepared.units)])
    wrongs = tuple(match_wrong(wrong, prepared) for wrong in features.wrongs)
    said = statements(features, prepared)
    about = _about(prepared, topics)
    wrong = [match.evidence for match in wrongs if match.evidence is not None]
    turned = [flip.evidence for flip in said.flips]
    found = [
        _weighed(index, point, features, prepared, units, topics, points[index], wrong, turned, about)
        for index, point in enumerate(features.points)
    ]
    mistakes = _mistakes(found, (*wrong, *turned))
    usage = _usage(features)
    sight = Sight(
        features,
        prepared,
        units,
        np.array(topics).reshape(len(units), len(features.points)),
        points,
        wrong,
        turned,
        partial(_parity, usage),
        lambda point, unit: _named(point.concepts, unit),
    )
    speaking = candidates(sight)
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


def _about(prepared: Prepared, topics: Sequence[Sequence[float]]) -> float:
    clauses = len(prepared.clauses)
    if not clauses:
        return 0.0
    return sum(max(row, default=0.0) > 0 for row in topics[:clauses]) / clauses


def _weighed(
    index: int,
    point: PointFeatures,
    features: Features,
    prepared: Prepared,
    units: Sequence[Unit],
    topics: Sequence[Sequence[float]],
    found: PointMatch,
    wrong: Sequence[Evidence],
    turned: Sequence[Evidence],
    about: float,
) -> Weighed:
    rules = Signals(
        pattern=float(found.credit == 1 and found.confidence >= PATTERN_CONFIDENCE),
        phrase=float(found.credit == 1 and found.confidence < PATTERN_CONFIDENCE),
        half=float(found.credit == 0.5),
        opposite=float(found.contradicted),
        unsure=float(found.unsure),
        about=about,
    )
    whole = point.whole
    best: tuple[float, Signals, Unit] | None = None
    near = sorted(range(len(units)), key=lambda at: (topics[at][index], units[at].first - units[at].last), reverse=True)
    for at in near[:CLOSEST]:
        row, unit = topics[at], units[at]
        signals = _of_unit(rules, index, point, unit, prepared, row, whole)
        value = signals.cover + signals.topic + max(0.0, signals.concepts) - 0.1 * signals.stretch
        if best is None or value > best[0]:
            best = (value, signals, unit)
    if best is None:
        return Weighed(rules, found.evidence)
    _, closest, unit = best
    likeness = max(
        (fuzz.partial_ratio(phrase.text.lower(), _text(prepared, unit)) for phrase in point.phrases), default=0.0
    )
    usage = _usage(features)
    signals = replace(
        closest,
        parity=_parity(usage, index, unit),
        direction=_direction(usage, index, unit, prepared),
        swapped=_swapped(usage, features, unit),
        likeness=likeness / 100,
        rejected=float(rejected(point.reject_if, prepared, unit)),
        wrong=float(any(overlaps(evidence, unit) for evidence in wrong)),
        flip=float(any(overlaps(evidence, unit) for evidence in turned)),
    )
    return Weighed(signals, Evidence(unit.start, unit.end, 0.5, unit.first, unit.last))


def _text(prepared: Prepared, unit: Unit) -> str:
    return prepared.reading.surface.text[unit.start : unit.end]


def _of_unit(
    rules: Signals,
    index: int,
    point: PointFeatures,
    unit: Unit,
    prepared: Prepared,
    topics: Sequence[float],
    whole: float,
) -> Signals:
    """What the rules say, with the numbers of one unit."""
    straight: list[float] = []
    turned, order = 0.0, -1.0
    reported = False
    for phrase in point.phrases:
        found = cover(phrase, unit, LEAST_COVER, prepared.rivals)
        if found is None:
            continue
        order = max(order, _concordance(phrase, unit))
        if unit.reported(*region(unit, found.indices)):
            reported = True
        elif found.turned:
            turned = max(turned, found.share)
        else:
            straight.append(found.share)
    straight.sort(reverse=True)
    mine = [i for term, places in unit.positions.items() if term in point.topic for i in places]
    others = max((value for at, value in enumerate(topics) if at != index), default=0.0)
    named = _named(point.concepts, unit)
    return replace(
        rules,
        cover=straight[0] if straight else 0.0,
        second=straight[1] if len(straight) > 1 else 0.0,
        turned=turned,
        order=order if straight else 0.0,
        topic=min(1.5, topics[index] / whole),
        lead=max(-1.0, min(1.0, (topics[index] - others) / whole)),
        concepts=named - 0.5 if point.concepts else 0.0,
        all_concepts=float(bool(point.concepts) and named == 1),
        opposites=float(has_opposite(point, unit)),
        denied=sum(unit.denied[i] for i in mine) / len(mine) if mine else 0.0,
        question=float(unit.question),
        reported=float(reported or bool(unit.framed) or dismissed(point, prepared.reading, unit.start, unit.end)),
        stretch=float(unit.last - unit.first),
    )


def _concordance(phrase: Phrase, unit: Unit) -> float:
    """-1 to 1: pairs of the phrase's words that stand in its order, less those that do not, as a share of all pairs."""
    places = [unit.positions[term][0] for term in phrase.weights if term in unit.positions]
    pairs = [(a, b) for i, a in enumerate(places) for b in places[i + 1 :]]
    return sum(1 if a < b else -1 for a, b in pairs) / len(pairs) if pairs else 0.0


def _named(concepts: Sequence[Concept], unit: Unit) -> float:
    """The share of the concepts of which the unit has a wording, denied where that is denied."""
    if not concepts:
        return 0.0
    return sum(any(_has(terms, denied, unit) for terms, denied in concept) for concept in concepts) / len(concepts)


def _has(terms: Sequence[str], denied: bool, unit: Unit) -> bool:
    if not all(term in unit.positions for term in terms):
        return False
    return any(unit.denied[place] == denied for place in unit.positions[terms[-1]])


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


def _parity(usage: Usage, index: int, unit: Unit) -> float:
    stands = usage.denied[index]
    shared = [(place, stands[term]) for term, places in unit.positions.items() if term in stands for place in places]
    return sum(unit.denied[place] not in how for place, how in shared) / len(shared) if shared else 0.0


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
