"""Starting rounds: what a person asks for, whether they may, and what is drawn for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.errors import UserError
from bot.rounds.dialogue import DIALOGUE, State, start
from bot.rounds.events import Item, Kind, Mode, Started
from bot.services.judging import Judging
from bot.store import people, questions, rounds, servers
from bot.store.engine import Store
from bot.store.rounds import Place, RoundRow
from questions.bank import Bank, Chance, Choice
from questions.code_task import CodeTask
from questions.kinds import AnyQuestion
from questions.loader import encode as encode_question
from questions.model import Behavioral, FreeText, Level, MultipleChoice, Numeric
from questions.taxonomy import taxonomy

COOLDOWN = timedelta(minutes=10)
ROUNDS_A_PERSON = 8
ROUNDS_A_SERVER = 60


class Format(StrEnum):
    FREE_TEXT = "free text"
    MULTIPLE_CHOICE = "multiple choice"
    NUMERIC = "numeric"
    MIXED = "mixed"
    CODE = "code"
    CHALLENGE = "prediction challenge"


FORMATS: dict[Format, tuple[type[AnyQuestion], ...]] = {
    Format.FREE_TEXT: (FreeText,),
    Format.MULTIPLE_CHOICE: (MultipleChoice,),
    Format.NUMERIC: (Numeric,),
    Format.MIXED: (FreeText, MultipleChoice, Numeric),
    Format.CODE: (CodeTask,),
    Format.CHALLENGE: (CodeTask,),
}
STORIES: tuple[type[AnyQuestion], ...] = (Behavioral,)


@dataclass(frozen=True)
class Wish:
    """The round that a person asks for."""

    user_id: int
    place: Place
    kind: Kind
    level: Level
    mode: Mode = Mode.PRACTICE
    topic: str | None = None
    format: Format = Format.MIXED
    count: int = 1
    limit_s: int | None = None

    @property
    def kinds(self) -> tuple[type[AnyQuestion], ...]:
        return STORIES if self.kind is Kind.BEHAVIORAL else FORMATS[self.format]

    @property
    def challenge(self) -> bool:
        return self.format is Format.CHALLENGE


class Starting:
    """How rounds of one bot process begin."""

    def __init__(self, store: Store, bank: Bank, clock: Clock, chance: Chance, judge: Judging) -> None:
        self._store = store
        self._bank = bank
        self._clock = clock
        self._chance = chance
        self._judge = judge

    async def start(self, wish: Wish) -> RoundRow[State]:
        """Draws the questions and begins the round, in the store alone. Raises UserError where it may not."""
        now = self._clock.now()
        async with self._store.read() as connection:
            await self._may_start(connection, wish, now)
            seen = await questions.seen(connection, wish.user_id)
        choice = Choice(wish.kinds, wish.level, wish.topic, seen, challenge=wish.challenge)
        drawn = self._bank.draw(choice, wish.count, self._chance)
        if not drawn:
            raise UserError(self._nothing_fits(wish))
        limit_s = wish.limit_s
        for task in drawn:
            if isinstance(task, CodeTask):
                await self._judge.facts(task)  # built before it is asked, and while it is quick to draw another one
                limit_s = task.score.days * 86_400 if task.score is not None else limit_s
        event = Started(
            at=now,
            by=wish.user_id,
            kind=wish.kind,
            level=wish.level,
            mode=wish.mode,
            items=tuple(self._item(question) for question in drawn),
            limit_s=limit_s,
        )
        async with self._store.write() as connection:
            await self._may_start(connection, wish, now)
            await people.ensure(connection, wish.user_id, now)
            for question in drawn:
                await questions.keep(connection, question.id, question.version, encode_question(question))
            return await rounds.create(
                connection,
                DIALOGUE,
                start(event),
                event,
                wish.place,
                wish.topic,
                format=wish.format.value,
                asked=wish.count,
            )

    async def check(self, wish: Wish) -> None:
        """Raises UserError when the person may not start this round (blocked, cooling down, no questions)."""
        async with self._store.read() as connection:
            await self._may_start(connection, wish, self._clock.now())
        if not self._bank.matching(Choice(wish.kinds, wish.level, wish.topic, challenge=wish.challenge)):
            raise UserError(self._nothing_fits(wish))

    async def _may_start(self, connection: AsyncConnection, wish: Wish, now: datetime) -> None:
        if wish.kind is Kind.CODE and (refusal := self._judge.refusal) is not None:
            raise UserError(refusal)
        server = wish.place.server_id
        if server is not None and await servers.is_blocked(connection, server, wish.user_id):
            raise UserError(
                "The moderators of this server have blocked you from starting rounds here. "
                "You can still practice in a direct message to me."
            )
        for open_round in await rounds.open_rounds(
            connection, DIALOGUE, owner=wish.user_id, channel=wish.place.channel_id
        ):
            state = open_round.state
            raise UserError(
                f"You already have a {open_round.kind.value} round open here (question {state.current.item + 1} of "
                f"{len(state.items)}). **/round resume** shows it again, **/round stop** ends it."
            )
        since = now - COOLDOWN
        mine = await rounds.recently_started(connection, since, owner=wish.user_id)
        if len(mine) >= ROUNDS_A_PERSON:
            raise UserError(
                f"That was {len(mine)} rounds in ten minutes. Take a breath: you can start the next one "
                f"<t:{int((mine[-ROUNDS_A_PERSON] + COOLDOWN).timestamp()) + 1}:R>."
            )
        if server is not None:
            theirs = await rounds.recently_started_in(connection, since, server=server)
            if len(theirs) >= ROUNDS_A_SERVER:
                raise UserError(
                    "This server is very busy right now: the next round can start "
                    f"<t:{int((theirs[-ROUNDS_A_SERVER] + COOLDOWN).timestamp()) + 1}:R>. "
                    "A direct message to me works at once."
                )

    def _nothing_fits(self, wish: Wish) -> str:
        what = "behavioral" if wish.kind is Kind.BEHAVIORAL else wish.format.value
        noun = {Format.CODE: "tasks", Format.CHALLENGE: "tasks"}.get(wish.format, "questions")
        known = self._bank.topics(wish.kinds, challenge=wish.challenge)
        if not known:
            return f"I have no {what} {noun} yet."
        if wish.topic and wish.topic not in known and wish.topic not in {slug.partition(".")[0] for slug in known}:
            names = ", ".join(taxonomy().name(slug) for slug in list(known)[:8])
            return (
                f"I have no {what} {noun} on “{wish.topic}”. Pick a topic from the list that opens while you "
                f"type, for example {names}; or leave it empty."
            )
        other = "level or format" if wish.kind is Kind.QUIZ else "level or topic"
        return f"I have no {what} {noun} on that topic for {wish.level.value} level yet. Try another {other}."

    def _item(self, question: AnyQuestion) -> Item:
        if isinstance(question, Numeric):
            return Item(question.id, question.version, variant=int(self._chance.random() * question.variants))
        if isinstance(question, MultipleChoice):
            order = [option.id for option in question.options]
            if question.shuffle:
                order.sort(key=lambda _: self._chance.random())
            return Item(question.id, question.version, order=tuple(order))
        return Item(question.id, question.version)
