"""Starting rounds: what a person asks for, whether they may, and what is drawn for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.abilities.model import suitability
from bot.clock import Clock
from bot.errors import UserError
from bot.rounds.dialogue import DIALOGUE, State, start
from bot.rounds.events import Item, Kind, Mode, Started
from bot.services.banks import Banks
from bot.services.judging import Judging
from bot.services.servers import require_channel
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
    channel_id: int | None = None
    """The channel that a server may have listed: around the place if it is a thread, else (None) the place itself."""
    questions: tuple[str, ...] = ()
    """Ids of the questions to ask, in this order; empty: they are drawn."""

    @property
    def kinds(self) -> tuple[type[AnyQuestion], ...]:
        return STORIES if self.kind is Kind.BEHAVIORAL else FORMATS[self.format]

    @property
    def challenge(self) -> bool:
        return self.format is Format.CHALLENGE


class Expectations(Protocol):
    """`bot.services.ratings.Ratings`, as far as questions are chosen by it."""

    async def expected_score(self, user: int) -> Callable[[AnyQuestion, Level], float] | None:
        """The score (0–1) to expect of the person on a question; None while nothing is known of them."""
        ...


class Starting:
    """How rounds of one bot process begin."""

    def __init__(
        self,
        store: Store,
        bank: Bank,
        clock: Clock,
        chance: Chance,
        judge: Judging,
        expectations: Expectations | None = None,
        banks: Banks | None = None,
    ) -> None:
        """`bank`: what is shipped; `banks` of the process, where others share them."""
        self._store = store
        self._expectations = expectations
        self.banks = banks or Banks(store, bank)
        self._clock = clock
        self._chance = chance
        self._judge = judge

    async def start(self, wish: Wish) -> RoundRow[State]:
        """Draws the questions and begins the round, in the store alone. Raises UserError where it may not."""
        now = self._clock.now()
        async with self._store.read() as connection:
            await self._may_start(connection, wish, now)
            seen = await questions.seen(connection, wish.user_id)
        drawn = await self._draw(wish, seen, [wish.user_id])
        challenge = next((task.score for task in drawn if isinstance(task, CodeTask) and task.score), None)
        event = Started(
            at=now,
            by=wish.user_id,
            kind=wish.kind,
            level=wish.level,
            mode=wish.mode,
            items=tuple(self._item(question) for question in drawn),
            limit_s=challenge.days * 86_400 if challenge else wish.limit_s,
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

    async def draw_for(self, wish: Wish, people_there: Sequence[int]) -> tuple[Item, ...]:
        """Draws the questions of a round for several people, and keeps them. Raises UserError when none fits."""
        async with self._store.read() as connection:
            seen = [await questions.seen(connection, user) for user in people_there]
        drawn = await self._draw(wish, frozenset[str]().union(*seen), people_there)
        async with self._store.write() as connection:
            for question in drawn:
                await questions.keep(connection, question.id, question.version, encode_question(question))
        return tuple(self._item(question) for question in drawn)

    async def _draw(self, wish: Wish, seen: frozenset[str], users: Sequence[int]) -> list[AnyQuestion]:
        """Code tasks are built before they are asked, while it is quick to draw another one."""
        bank = await self.banks.of(wish.place.server_id)
        if wish.questions:
            drawn = _named(wish, bank)
        else:
            fit = await self._fit(wish.level, users)
            choice = Choice(wish.kinds, wish.level, wish.topic, seen, challenge=wish.challenge, fit=fit)
            drawn = bank.draw(choice, wish.count, self._chance)
        if not drawn:
            raise UserError(_nothing_fits(wish, bank))
        for task in drawn:
            if isinstance(task, CodeTask):
                await self._judge.facts(task)
        return drawn

    async def _fit(self, level: Level, users: Sequence[int]) -> Callable[[AnyQuestion], float] | None:
        """How well a question fits people of whom something is known: best where they earn 70 % on average."""
        if self._expectations is None:
            return None
        found = [await self._expectations.expected_score(user) for user in users]
        known = [expected for expected in found if expected is not None]
        if not known:
            return None
        return lambda question: suitability(sum(expected(question, level) for expected in known) / len(known))

    async def check(self, wish: Wish) -> None:
        """Raises UserError when the person may not start this round (blocked, cooling down, no questions)."""
        async with self._store.read() as connection:
            await self._may_start(connection, wish, self._clock.now())
        await self._check_bank(wish)

    async def check_host(self, wish: Wish) -> None:
        """The same for a round of several people: rounds of the host's own do not stand in its way."""
        async with self._store.read() as connection:
            await self._may_begin(connection, wish, self._clock.now())
        await self._check_bank(wish)

    async def _check_bank(self, wish: Wish) -> None:
        bank = await self.banks.of(wish.place.server_id)
        choice = Choice(wish.kinds, wish.level, wish.topic, challenge=wish.challenge)
        if not (_named(wish, bank) if wish.questions else bank.matching(choice)):
            raise UserError(_nothing_fits(wish, bank))

    async def check_blocked(self, connection: AsyncConnection, server_id: int | None, user_id: int) -> None:
        """Raises UserError for somebody whom the server's moderators have blocked."""
        if server_id is not None and await servers.is_blocked(connection, server_id, user_id):
            raise UserError(
                "The moderators of this server have blocked you from starting rounds here. "
                "You can still practice in a direct message to me."
            )

    async def _may_start(self, connection: AsyncConnection, wish: Wish, now: datetime) -> None:
        await self._may_begin(connection, wish, now)
        for open_round in await rounds.open_rounds(
            connection, DIALOGUE, owner=wish.user_id, channel=wish.place.channel_id
        ):
            state = open_round.state
            raise UserError(
                f"You already have a {open_round.kind.value} round open here (question {state.current.item + 1} of "
                f"{len(state.items)}). **/round resume** shows it again, **/round stop** ends it."
            )

    async def _may_begin(self, connection: AsyncConnection, wish: Wish, now: datetime) -> None:
        if wish.kind is Kind.CODE and (refusal := self._judge.refusal) is not None:
            raise UserError(refusal)
        server = wish.place.server_id
        await self.check_blocked(connection, server, wish.user_id)
        if server is not None:
            await require_channel(connection, server, wish.channel_id or wish.place.channel_id)
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

    def _item(self, question: AnyQuestion) -> Item:
        if isinstance(question, Numeric):
            return Item(question.id, question.version, variant=int(self._chance.random() * question.variants))
        if isinstance(question, MultipleChoice):
            order = [option.id for option in question.options]
            if question.shuffle:
                order.sort(key=lambda _: self._chance.random())
            return Item(question.id, question.version, order=tuple(order))
        return Item(question.id, question.version)


def _named(wish: Wish, bank: Bank) -> list[AnyQuestion]:
    """The questions that a wish names, as far as the bank has them and they suit the kind of round."""
    found = [bank.get(name) for name in wish.questions]
    return [question for question in found if isinstance(question, wish.kinds)]


def _nothing_fits(wish: Wish, bank: Bank) -> str:
    what = "behavioral" if wish.kind is Kind.BEHAVIORAL else wish.format.value
    noun = {Format.CODE: "tasks", Format.CHALLENGE: "tasks"}.get(wish.format, "questions")
    known = bank.topics(wish.kinds, challenge=wish.challenge)
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
