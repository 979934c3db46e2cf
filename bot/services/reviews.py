"""What was missed comes back: cards are kept with the results that change them, and made into rounds."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, assert_never

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.practice.points import Kin, kindred, seen_in
from bot.practice.review import (
    DUE_A_DAY,
    NEW_A_DAY,
    WRONG_IDEA,
    Card,
    Due,
    Seen,
    apply,
    due_on,
    explained,
    retention,
    wording,
)
from bot.rounds.dialogue import DIALOGUE
from bot.rounds.engine import Scored
from bot.rounds.events import Kind
from bot.rounds.group import GROUP
from bot.schedule import DAY, at_local, find_zone, local_day
from bot.services.learning import Learner, Learning
from bot.services.people import UTC
from bot.store import practice, results
from bot.store import questions as question_store
from bot.store.engine import Store
from bot.store.practice import CardRow
from bot.store.rounds import RoundRow
from grader.grade import decode
from questions import loader
from questions.bank import Bank
from questions.code_task import CodeTask
from questions.expression import fill
from questions.kinds import AnyQuestion
from questions.model import Behavioral, FreeText, Level, MultipleChoice, Numeric
from questions.taxonomy import taxonomy

_log = logging.getLogger(__name__)

ROUND = 5
"""Questions of a review round."""
QUIZ_TYPES: tuple[type[AnyQuestion], ...] = (FreeText, MultipleChoice, Numeric)
_ENGINES = frozenset({DIALOGUE.name, GROUP.name})
"""Whose grades are the bot's own: a partner in an interview grades no points."""


@dataclass(frozen=True)
class Explanation:
    """Something that keeps slipping, with how it is."""

    card: Card
    topic: str
    """Its name."""
    claim: str
    """What was to be said or known."""
    text: str
    """The worked explanation."""
    simpler: str | None
    """The slug of a topic that it builds on, to look at first."""


@dataclass(frozen=True)
class ReviewDay:
    """What somebody's day holds."""

    level: Level
    kind: Kind
    questions: tuple[str, ...]
    """Of the next round; empty: there is none now."""
    points: int
    """How many cards these questions ask for."""
    between: bool
    """Whether a question that was just asked makes way for another one on its topic first."""
    waiting: int
    """Cards of today's measure that a further round asks for."""
    explain: tuple[Explanation, ...]
    later: int
    """Due as well, and left to the days after."""
    tomorrow: int
    cards: int
    """All cards that there are."""
    done: int
    """Cards that were repeated today."""
    next_due: int | None
    """In how many days the next card falls due; None: there is none."""


@dataclass(frozen=True)
class Pick:
    """A card and the question to ask for it."""

    card: Card
    question: str
    stand_in: bool = False
    """It is only about the same topic: the card's own question was the last one on it."""


class Reviews:
    """Keeps cards, and says what is due. Implements `bot.services.carrying.Scorebook`."""

    def __init__(self, store: Store, bank: Bank, learning: Learning) -> None:
        """`bank`: what is shipped; which of its points are alike is found once."""
        self._store = store
        self._bank = bank
        self._learning = learning
        self._kin: Kin = kindred(bank.questions.values())
        self._related: dict[str, set[str]] = {}
        """By question, those that ask for a point of it in other words."""
        for (question, _), close in self._kin.items():
            self._related.setdefault(question, set()).update(other for other, _ in close)

    # As it happens

    async def note(
        self, connection: AsyncConnection, row: RoundRow[Any], scored: Sequence[Scored], at: datetime
    ) -> None:
        """Keeps what was missed and what was met again in a round by `at`. `row` is the round after the event."""
        if row.engine not in _ENGINES or not scored:
            return
        drawn = {one.item: row.state.items[one.item] for one in scored}
        users, names = {one.user for one in scored}, {item.question for item in drawn.values()}
        grades = await practice.grades(connection, row.id, users, names)
        asked = {n: await self._question(connection, item.question, item.version) for n, item in drawn.items()}
        found: list[tuple[Scored, AnyQuestion, Mapping[str, Seen]]] = []
        for one in scored:
            question = asked[one.item]
            if question is None:
                continue
            text = grades.get((one.user, question.id))
            grade = decode(text) if text is not None else None
            seen = seen_in(question, grade, one.score, row.state.level, told=one.told)
            if seen:
                found.append((one, question, seen))
        if found:
            await self._enter(connection, found, at)

    async def _question(self, connection: AsyncConnection, question_id: str, version: int) -> AnyQuestion | None:
        question = self._bank.get(question_id)
        if question is not None and question.version == version:
            return question
        body = await question_store.body(connection, question_id, version)
        if body is None:
            _log.warning("no cards come of %s version %s, which nobody knows", question_id, version)
            return None
        return loader.decode(body)

    async def _enter(
        self,
        connection: AsyncConnection,
        found: Sequence[tuple[Scored, AnyQuestion, Mapping[str, Seen]]],
        at: datetime,
    ) -> None:
        """Changes and begins cards: what is read of many people is read at once."""
        users = {one.user for one, _, _ in found}
        own = {question.id for _, question, _ in found}
        own |= {other for name in own for other in self._related.get(name, ())}
        persons = await results.preferences(connection, users)
        targets = await practice.targets(connection, users)
        cards = {
            user: {row.card.key: row for row in rows}
            for user, rows in (await practice.cards_of(connection, users, own)).items()
        }
        begun = await practice.begun_since(connection, users, at - 2 * DAY)
        changed: list[tuple[int, CardRow]] = []
        for one, question, seen in found:
            name = persons[one.user].zone if one.user in persons else None
            zone = (find_zone(name) if name else None) or UTC
            day = local_day(at, zone)
            midnight = at_local(day, 0, 0, zone)
            known = cards.setdefault(one.user, {})
            mine = begun.setdefault(one.user, [])
            after = apply(
                {key: row.card for key, row in known.items()},
                question.id,
                question.topic,
                seen,
                lambda point, question=question: self._kin.get((question.id, point), ()),
                day,
                hints=one.hints,
                wanted=retention(day, targets.get(one.user)),
                room=NEW_A_DAY - sum(moment >= midnight for moment in mine),
            )
            for card in after:
                old = known.get(card.key)
                if old is None:
                    mine.append(at)
                row = CardRow(
                    card=card,
                    due_at=at_local(card.memory.due, 0, 0, zone),
                    missed_at=at if old is None or card.lapses > old.card.lapses else old.missed_at,
                    created_at=old.created_at if old is not None else at,
                )
                known[card.key] = row
                changed.append((one.user, row))
        await practice.put_cards(connection, changed)

    # What is due

    async def today(self, user_id: int, server_id: int | None = None, *, more: bool = False) -> ReviewDay:
        """What the person's day holds; `more`: another day's measure on top, for who has done today's."""
        learner = await self._learning.of(user_id, server_id)
        return self.day_of(learner, more=more)

    def day_of(self, learner: Learner, *, more: bool = False) -> ReviewDay:
        cards = [row.card for row in learner.cards]
        done = sum(card.memory.last == learner.day and card.memory.reviews > 1 for card in cards)
        extra = max(done - DUE_A_DAY, 0) + DUE_A_DAY if more else 0
        due = due_on(cards, learner.day, learner.weight, more=extra)
        picks = self.picks(learner, due)
        kind = Kind.CODE if picks and self._is_code(learner, picks[0]) else Kind.QUIZ
        same = [pick for pick in picks if self._is_code(learner, pick) == (kind is Kind.CODE)]
        questions = tuple(dict.fromkeys(pick.question for pick in same))[: ROUND if kind is Kind.QUIZ else 1]
        asked = [pick for pick in same if pick.question in questions]
        # A question asks for all that was missed in it: its other cards need no day of their own.
        taken = {card.key for card in due.cards}
        along = sum(
            card.memory.due <= learner.day and card.key not in taken and card.question in questions for card in cards
        )
        ahead = [(card.memory.due - learner.day).days for card in cards if card.memory.due > learner.day]
        return ReviewDay(
            level=learner.level,
            kind=kind,
            questions=questions,
            points=len(asked) + along,
            between=any(pick.stand_in for pick in asked),
            waiting=len(due.cards) - len(asked),
            explain=tuple(self._explanation(learner, card) for card in due.explain),
            later=due.later - along,
            tomorrow=min(due.later - along + due.fresh, DUE_A_DAY),
            cards=len(cards),
            done=done,
            next_due=min(ahead, default=None),
        )

    def picks(
        self, learner: Learner, due: Due, kinds: tuple[type[AnyQuestion], ...] = (*QUIZ_TYPES, CodeTask)
    ) -> list[Pick]:
        """The question to ask for each card that is due, of these kinds; the most important card first.

        Cards for which only what was just answered could be asked are left out.
        """
        last = learner.met[-1].question_id if learner.met else None
        found: list[Pick] = []
        for card in due.cards:
            alike = [other for other, _ in self._kin.get(card.key, ())]
            same = [name for name in (*alike, card.question) if isinstance(learner.bank.get(name), kinds)]
            question = learner.bank.get(card.question)
            if isinstance(question, Numeric) and question.variants > 1 and isinstance(question, kinds):
                found.append(Pick(card, card.question))  # other numbers are another wording
                continue
            between = self._stand_ins(learner, card, kinds)
            asked = wording(same, between, card.memory.met, learner.last_in_topic.get(card.topic), last)
            if asked is not None:
                found.append(Pick(card, asked, stand_in=asked not in same))
        return found

    @staticmethod
    def _stand_ins(learner: Learner, card: Card, kinds: tuple[type[AnyQuestion], ...]) -> list[str]:
        """Other questions on a card's topic, those that the person has not met first."""
        quick = tuple(kind for kind in kinds if kind in QUIZ_TYPES)
        found = [
            name
            for name, question in learner.bank.questions.items()
            if question.topic == card.topic
            and name != card.question
            and learner.level in question.levels
            and isinstance(question, quick)
        ]
        return sorted(found, key=lambda name: (name in learner.seen, name))

    @staticmethod
    def _is_code(learner: Learner, pick: Pick) -> bool:
        return isinstance(learner.bank.get(pick.question), CodeTask)

    # What keeps slipping

    async def explained(self, user_id: int, cards: Sequence[Card]) -> None:
        """The person was shown these explanations: the cards are asked from tomorrow on."""
        learner = await self._learning.of(user_id)
        async with self._store.write() as connection:
            rows = await practice.cards(connection, user_id)
            keys = {card.key for card in cards}
            told: list[tuple[int, CardRow]] = []
            for row in rows:
                if row.card.key in keys:
                    after = explained(row.card, learner.day)
                    due_at = at_local(after.memory.due, 0, 0, learner.zone)
                    told.append((user_id, replace(row, card=after, due_at=due_at)))
            await practice.put_cards(connection, told)

    def _explanation(self, learner: Learner, card: Card) -> Explanation:
        question = learner.bank.get(card.question)
        assert question is not None
        claim, text = worked(question, card.point)
        simpler = next((need for need in _needs(learner, card.topic)), None)
        return Explanation(card, taxonomy().name(card.topic), claim, text, simpler)


def worked(question: AnyQuestion, point: str) -> tuple[str, str]:
    """What a card asks for, and the worked explanation of it."""
    match question:
        case FreeText():
            if point.startswith(WRONG_IDEA):
                wrong = next((one for one in question.misconceptions if WRONG_IDEA + one.id == point), None)
                if wrong is not None:
                    return f"Not so: {wrong.claim}", wrong.why_wrong
            claim = next((one.claim for one in question.key_points if one.id == point), question.model_answer.short)
            return claim, question.model_answer.full
        case MultipleChoice():
            return f"{question.key.text}", f"{question.key.why} {question.takeaway}"
        case Numeric():
            return question.takeaway, fill(question.working, question.draw(0))
        case CodeTask():
            return question.title, question.editorial
        case Behavioral():
            return question.competency, question.model_answer.full
        case _:
            assert_never(question)


def _needs(learner: Learner, topic: str) -> list[str]:
    """What a topic builds on and can be asked about, what goes worst first."""
    known = learner.knowledge(learner.level)
    asked = learner.bank.topics(QUIZ_TYPES)
    entry = taxonomy().topics.get(topic)
    needs = [need for need in entry.needs if need in asked] if entry else []
    return sorted(needs, key=lambda need: known[need].above)
