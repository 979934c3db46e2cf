"""The bot of a simulated year, which is killed.

    python -m tests.crash.year_bot SOCKET DATABASE SEED PEOPLE BEGIN END FROM

The real services run on a real database. The clock begins at FROM and jumps from one moment at which there is something
to do to the next. `at MOMENT` is printed before the clock shows that moment, so that whoever kills the process knows
how late it was. At END everybody turns their question off, and half a day later the process ends with `done`.
"""

from __future__ import annotations

import asyncio
import gc
import heapq
import json
import logging
import random
import sqlite3
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.clock import Clock
from bot.rounds.dialogue import Phase
from bot.rounds.events import Kind
from bot.services.daily import MIX, ClosedError, Daily, DailyPlan
from bot.services.daily_delivery import Deliveries, Headers
from bot.services.daily_draw import DailyDraw
from bot.services.judging import NoJudge
from bot.services.posting import AnyCard, MessageRef, PostError, Sent
from bot.services.rounds import Rounds
from bot.store.engine import Store
from bot.store.rounds import Place
from questions.bank import Bank
from questions.kinds import AnyQuestion
from questions.loader import load_text
from questions.model import Level, MultipleChoice, Numeric
from tests.crash.year import FIRST_CHANNEL, FIRST_USER, Person, Story, say
from tests.services.recorder import key_of

BANK = Path(__file__).parent.parent / "bank.yaml"
RATE = 400.0
NEXT = (
    "SELECT EXISTS (SELECT 1 FROM daily_deliveries WHERE status = 'queued'), "
    "(SELECT min(next_at) FROM daily_subscriptions)"
)
REST = timedelta(hours=12)
"""After the end so much time is left for what is on its way."""
ANSWERED = 0.01
"""The share of questions that somebody answers: each costs as much as ten that are only sent."""
STEP, LONGEST_STEP = timedelta(seconds=5), timedelta(minutes=5)
"""How far the clock goes while something is queued: twice as far each time, as long as nothing is sent."""


def plan_of(person: Person) -> DailyPlan:
    return DailyPlan(person.hour, person.minute, person.days, MIX, 1, Level.MID)


class FarDiscord:
    """The bot's end of the line. Implements `bot.services.daily.Mail`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, clock: Clock) -> None:
        self._writer = writer
        self._clock = clock
        self._waiting: dict[int, asyncio.Future[tuple[str, int | None]]] = {}
        self.count = 0
        """Requests so far."""
        self._listening = asyncio.create_task(self._listen(reader))
        self.asked: list[int] = []
        """Rounds whose question has arrived since this was last emptied."""

    @classmethod
    async def connect(cls, socket: Path, clock: Clock) -> FarDiscord:
        return cls(*await asyncio.open_unix_connection(socket), clock)

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        while line := await reader.readline():
            number, outcome, message = json.loads(line)
            self._waiting.pop(number).set_result((outcome, message))

    async def ask(self, op: str, **values: object) -> int | None:
        self.count += 1
        waiting = asyncio.get_running_loop().create_future()
        self._waiting[self.count] = waiting
        said = {"n": self.count, "op": op, "at": self._clock.now().isoformat(), **values}
        self._writer.write(json.dumps(said).encode() + b"\n")
        outcome, message = await waiting
        if outcome == "closed":
            raise ClosedError("Cannot send messages to this user")
        if outcome == "later":
            raise PostError("503 Service Unavailable")
        return message

    async def post(self, place: Place, round_id: int, card: AnyCard, nonce: str) -> MessageRef:
        key = key_of(card)
        number = await self.ask("post", channel=place.channel_id, round=round_id, key=key, nonce=nonce)
        assert number is not None
        if key == "ask:0":
            self.asked.append(round_id)
        return MessageRef(place.channel_id, number)

    async def edit(self, place: Place, round_id: int, ref: MessageRef, card: AnyCard) -> None:
        await self.ask("edit", channel=place.channel_id, round=round_id)

    async def find(self, place: Place, card: AnyCard) -> MessageRef | None:
        number = await self.ask("find", channel=place.channel_id, round=card.round_id, key=key_of(card))
        return MessageRef(place.channel_id, number) if number is not None else None

    async def typed_since(self, place: Place, after: int, user_id: int) -> list[Sent]:
        return []

    async def open_dm(self, user_id: int) -> int:
        return user_id - FIRST_USER + FIRST_CHANNEL

    async def close(self) -> None:
        self._writer.close()
        await self._listening


# The bot


class JumpingClock:
    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


class Quick:
    """Chooses questions that are quickly graded, for most people. Implements `bot.services.daily_draw.NextQuestion`."""

    def __init__(self, bank: Bank) -> None:
        self._ids = [q.id for q in bank.questions.values() if isinstance(q, MultipleChoice | Numeric)]

    async def choose(
        self, user_id: int, kinds: tuple[type[AnyQuestion], ...], level: Level, count: int
    ) -> tuple[list[str] | None, str]:
        if user_id % 20 == 0:
            return None, ""
        return [self._ids[user_id % len(self._ids)]], "You missed it nine days ago."


def small_bank() -> Bank:
    return Bank(load_text(BANK.read_text(encoding="utf-8")))


@dataclass
class Bot:
    """One process of the bot."""

    looking: sqlite3.Connection
    """Tells what is next; the services know nothing of it."""
    clock: JumpingClock
    discord: FarDiscord
    rounds: Rounds
    deliveries: Deliveries
    chance: random.Random
    answers: list[tuple[datetime, int]] = field(default_factory=list[tuple[datetime, int]])
    """When somebody answers which round; the next one first."""
    step: timedelta = STEP
    sent: int = 0

    async def run(self, until: datetime) -> None:
        await self.deliveries.recover()
        while True:
            await self.deliveries.tick()
            await self.deliveries.settled()
            await self._answer()
            following = min(self._next(), until)
            say(f"at {following.isoformat()}")
            self.clock.at = following
            if following == until:
                return

    def _next(self) -> datetime:
        """The next moment at which there is something to do."""
        queued, due = self.looking.execute(NEXT).fetchone()
        if queued:
            idle = self.discord.count == self.sent
            self.step, self.sent = min(2 * self.step, LONGEST_STEP) if idle else STEP, self.discord.count
            return self.clock.at + self.step
        moments = [datetime.fromisoformat(due).replace(tzinfo=UTC)] if due else []
        moments += [at for at, _ in self.answers[:1]]
        return max(min(moments, default=datetime.max.replace(tzinfo=UTC)), self.clock.at + timedelta(seconds=1))

    async def _answer(self) -> None:
        for number in self.discord.asked:
            if self.chance.random() < ANSWERED:
                wait = timedelta(hours=self.chance.random() * 10)
                heapq.heappush(self.answers, (self.clock.at + wait, number))
        self.discord.asked.clear()
        while self.answers and self.answers[0][0] <= self.clock.at:
            _, number = heapq.heappop(self.answers)
            row = await self.rounds.load(number)
            if row.state.phase is Phase.ASKING and row.kind is Kind.QUIZ:
                said = row.state.items[0].order[:1] or ("0.125",)
                await self.rounds.answer(number, by=row.owner_id, text=said[0], source="interaction:1", turn=0)
                await self.rounds.carry_out(number)


async def live(socket: Path, database: Path, story: Story, begin: datetime, end: datetime) -> None:
    clock, bank = JumpingClock(begin), small_bank()
    store = Store(database)
    discord = await FarDiscord.connect(socket, clock)
    chance = random.Random(f"bot {story.seed} {begin}")
    rounds, headers = Rounds(store, bank, clock, discord, chance), Headers(store)
    draw = DailyDraw(store, bank, clock, chance, NoJudge(), chooser=Quick(bank))
    deliveries = Deliveries(store, clock, rounds, draw, discord, headers, RATE)
    say(f"at {begin.isoformat()}")
    bot = Bot(sqlite3.connect(f"file:{database}?mode=ro", uri=True), clock, discord, rounds, deliveries, chance)
    await bot.run(end)
    daily = Daily(store, clock, RATE)
    for user in story.people:
        await daily.turn_off(user)
    await bot.run(end + REST)
    await rounds.settled()
    bot.looking.close()
    await discord.close()
    await store.close()
    say("done")


async def main() -> None:
    logging.disable(logging.WARNING)  # failed sends are meant; errors are not and show
    socket, database, seed, count = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    begin, end, now = (datetime.fromisoformat(word) for word in sys.argv[5:8])
    gc.freeze()  # what was imported stays, and need not be looked at again and again
    await live(socket, database, Story.of(seed, count, begin, end), now, end)


if __name__ == "__main__":
    asyncio.run(main())
