"""When something missed comes back: spaced repetition on FSRS, counted in whole days of the person's own calendar.

A card is one key point of a question, one misconception, or ('') a whole question. It exists because it was missed, and
each time that it is met again the scheduler (FSRS, the package `fsrs`, with its default parameters) decides from how
well it went when it should come back. Days are dates: an evening and the next morning are a day apart, and nothing is
due in the middle of one. There are no steps of minutes, so the shortest interval is a day; and no fuzz, so the same
history always gives the same days.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

from fsrs import Card as FsrsCard
from fsrs import Rating, Scheduler, State

NEW_A_DAY = 12
"""At most so many cards are begun on one day."""
DUE_A_DAY = 10
"""At most so many cards are asked for on one day; after a break the others wait for the days after it."""
LEECH = 5
"""After so many lapses a card is explained before it is asked again."""
RETENTION = 0.90
RETENTION_AT_LAST = 0.95
"""In the last week before the plan's day."""
LAST_WEEK = timedelta(days=7)

HARD, GOOD, EASY = 0.40, 0.65, 0.85
"""From which credit on a review went so well."""
WHOLE = ""
"""The point of a card that is a whole question."""
WRONG_IDEA = "wrong:"
"""Begins the point of a card that is a misconception."""


@dataclass(frozen=True)
class Memory:
    """What the scheduler knows of a card."""

    stability: float
    """Days after which it is recalled nine times in ten."""
    difficulty: float
    """1–10."""
    last: date
    """When it was met last."""
    due: date
    met: str
    """The question in which it was met last."""
    reviews: int = 1
    """How often it was met, the first time included."""
    explained: bool = False
    """Whether it was explained since it was last missed."""


@dataclass(frozen=True)
class Card:
    question: str
    point: str
    topic: str
    memory: Memory
    lapses: int = 0

    @property
    def key(self) -> tuple[str, str]:
        return self.question, self.point

    @property
    def leech(self) -> bool:
        return self.lapses >= LEECH


def rating(credit: float, hints: int) -> Rating:
    """How well something went that earned this credit (0–1); easy only without a hint."""
    if credit < HARD:
        return Rating.Again
    if credit < GOOD:
        return Rating.Hard
    return Rating.Easy if credit >= EASY and not hints else Rating.Good


def retention(day: date, target: date | None) -> float:
    """The share of cards that should be recalled when they are due."""
    close = target is not None and day <= target <= day + LAST_WEEK
    return RETENTION_AT_LAST if close else RETENTION


def begin(question: str, point: str, topic: str, rated: Rating, day: date, wanted: float = RETENTION) -> Card:
    """A card of something that was just missed. `wanted` is the retention."""
    fresh = FsrsCard(card_id=0, due=_midnight(day))
    return Card(question, point, topic, _stepped(fresh, rated, day, wanted, question))


def reviewed(card: Card, rated: Rating, day: date, wanted: float = RETENTION, *, by: str | None = None) -> Card:
    """The card after it was met on a day, in question `by` (its own, unless it is said).

    A day before the last one is taken for the last one.
    """
    memory = card.memory
    day = max(day, memory.last)
    after = _stepped(_known(memory), rated, day, wanted, by or card.question)
    explained = memory.explained and rated is not Rating.Again
    return replace(
        card,
        memory=replace(after, reviews=memory.reviews + 1, explained=explained),
        # Twice on one day is one lapse: the second time tells nothing about memory.
        lapses=card.lapses + (rated is Rating.Again and day > memory.last),
    )


def _stepped(card: FsrsCard, rated: Rating, day: date, wanted: float, met: str) -> Memory:
    after, _ = _scheduler(wanted).review_card(card, rated, _midnight(day))
    assert after.stability is not None
    assert after.difficulty is not None
    return Memory(after.stability, after.difficulty, day, after.due.date(), met)


def _known(memory: Memory) -> FsrsCard:
    return FsrsCard(
        card_id=0,
        state=State.Review,
        stability=memory.stability,
        difficulty=memory.difficulty,
        due=_midnight(memory.due),
        last_review=_midnight(memory.last),
    )


def retrievability(card: Card, day: date) -> float:
    """The chance (0–1) that it is recalled on a day."""
    at = _midnight(max(day, card.memory.last))
    return float(_scheduler(RETENTION).get_card_retrievability(_known(card.memory), at))


def mean_retrievability(cards: Iterable[Card], day: date) -> dict[str, float]:
    """By topic, how well its cards are recalled on a day, 0–1; topics without cards are left out."""
    found: dict[str, list[float]] = {}
    for card in cards:
        found.setdefault(card.topic, []).append(retrievability(card, day))
    return {topic: sum(values) / len(values) for topic, values in found.items()}


@cache
def _scheduler(wanted: float) -> Scheduler:
    return Scheduler(desired_retention=wanted, learning_steps=(), relearning_steps=(), enable_fuzzing=False)


def _midnight(day: date) -> datetime:
    """A day as FSRS wants it, with nothing said about the hour."""
    return datetime.combine(day, time(), UTC)


# A day's reviews


@dataclass(frozen=True)
class Due:
    """What is asked for on a day."""

    cards: tuple[Card, ...]
    """The most important first."""
    explain: tuple[Card, ...]
    """Cards that keep slipping: to be explained today, and asked from tomorrow on."""
    later: int
    """Cards that are due as well and left to the days after."""
    fresh: int
    """Cards that fall due tomorrow, those that are explained today included."""


def due_on(
    cards: Sequence[Card], day: date, weight: Callable[[str], float], most: int = DUE_A_DAY, *, more: int = 0
) -> Due:
    """What is asked for on a day: of what is due, at most `most` less what was repeated that day already.

    `weight` says how much a topic counts; `more` allows so many cards beyond the day's measure. What is still recalled
    best comes first among equals: after a break that saves more than what is lost anyway, which can wait.
    """
    waiting = [card for card in cards if card.memory.due <= day]
    done = sum(card.memory.last == day and card.memory.reviews > 1 for card in cards)
    explain = [card for card in waiting if card.leech and not card.memory.explained]
    asked = [card for card in waiting if card not in explain]
    asked.sort(key=lambda card: (-retrievability(card, day) * weight(card.topic), card.key))
    room = max(most + more - done, 0)
    explain.sort(key=lambda card: (-weight(card.topic), card.key))
    shown = tuple(explain[:room])
    taken = tuple(asked[: room - len(shown)])
    later = len(waiting) - len(taken) - len(shown)
    fresh = sum(card.memory.due == day + timedelta(days=1) for card in cards)
    return Due(taken, shown, later, fresh + len(shown))


def explained(card: Card, day: date) -> Card:
    """The card after its explanation was shown: it is asked tomorrow, not while the answer stands above it."""
    return replace(card, memory=replace(card.memory, due=day + timedelta(days=1), explained=True))


def wording(
    same: Sequence[str], stand_ins: Sequence[str], met: str, last_in_topic: str | None, last: str | None
) -> str | None:
    """The question to meet a card in: never the same one twice in a row.

    `same` are the questions that ask for the card's point, the best first, `stand_ins` others on its topic. `met` is
    the question in which it was met last, `last_in_topic` the one that the person answered last on the topic, `last`
    the one they answered last at all. None: whatever there is was just asked.
    """
    for question in same:
        if question not in {met, last_in_topic}:
            return question
    if same and last_in_topic not in same:
        return same[0]  # something else on the topic came between
    for question in stand_ins:
        if question != last_in_topic:
            return question
    return same[0] if same and last not in same else None


# What a graded answer says about cards


@dataclass(frozen=True)
class Seen:
    """How one thing went that an answer could show."""

    credit: float
    """0–1, after hints and follow-ups."""
    missed: bool
    """Whether it is worth a card."""
    weight: float = 1.0


def apply(
    cards: Mapping[tuple[str, str], Card],
    question: str,
    topic: str,
    seen: Mapping[str, Seen],
    kindred: Callable[[str], Sequence[tuple[str, str]]],
    day: date,
    *,
    hints: int,
    wanted: float = RETENTION,
    room: int = NEW_A_DAY,
) -> tuple[Card, ...]:
    """The cards that an answer to a question changes or begins.

    `seen` holds how each of its points went, `cards` what the person has (by question and point). A point is met in its
    own card and in those of its `kindred` points in other questions. Of what was missed and has no card yet, at most
    `room` begin, the weightiest first.
    """
    changed: list[Card] = []
    new: list[tuple[str, Seen]] = []
    for point, one in seen.items():
        mine = [cards[key] for key in ((question, point), *kindred(point)) if key in cards]
        rated = rating(one.credit, hints)
        changed += [reviewed(card, rated, day, wanted, by=question) for card in mine]
        if one.missed and not mine:
            new.append((point, one))
    new.sort(key=lambda entry: (-entry[1].weight, entry[0]))
    for point, one in new[: max(room, 0)]:
        changed.append(begin(question, point, topic, rating(one.credit, hints), day, wanted))
    return tuple(changed)
