"""One person who practices, day after day, with the real services on a real database."""

from __future__ import annotations

import random
from datetime import timedelta

from bot.rounds.dialogue import Phase, State
from bot.rounds.events import Kind, Mode
from bot.services.banks import Banks
from bot.services.learning import Learner, Learning
from bot.services.next_question import Chooser
from bot.services.people import People
from bot.services.plans import Plans
from bot.services.ratings import Ratings
from bot.services.readiness import Readiness
from bot.services.reviews import Reviews
from bot.services.rounds import Rounds
from bot.services.scorebooks import Scorebooks
from bot.services.starting import Format, Wish
from bot.services.streaks import Streaks
from bot.store import practice
from bot.store.engine import Store
from bot.store.practice import CardRow
from bot.store.rounds import Place, RoundRow, Surface
from questions.bank import Bank
from questions.model import Level, Numeric
from tests.clock import ManualClock
from tests.services.recorder import RecordingPoster
from tests.services.scripted import ScriptedJudge

ANA = 1
DM = Place(None, 50, Surface.CHANNEL)
DAY = timedelta(days=1).total_seconds()
GIVE_UP, SKIP = "give up", "skip"


class Desk:
    """Ana, her clock, and all that she uses."""

    def __init__(self, store: Store, bank: Bank, clock: ManualClock, *, coding: bool = True) -> None:
        self.store = store
        self.bank = bank
        self.clock = clock
        banks = Banks(store, bank)
        self.people = People(store, clock)
        self.learning = Learning(store, banks, clock)
        self.reviews = Reviews(store, bank, self.learning)
        self.plans = Plans(store, clock, self.people, self.learning, self.reviews, lambda: coding)
        self.streaks = Streaks(store, clock, self.people)
        self.readiness = Readiness(self.learning)
        self.chooser = Chooser(self.learning, self.reviews, self.plans)
        self.ratings = Ratings(store, bank)
        books = Scorebooks(self.ratings, self.reviews)
        self.rounds = Rounds(
            store, bank, clock, RecordingPoster(), random.Random(1), ScriptedJudge(), books, self.ratings, banks
        )

    async def answer(
        self,
        *pairs: tuple[str, str],
        mode: Mode = Mode.PRACTICE,
        level: Level = Level.MID,
        kind: Kind = Kind.QUIZ,
        user: int = ANA,
    ) -> RoundRow[State]:
        """A round of these questions, each answered so (or given up, or skipped); follow-ups are skipped."""
        names = tuple(name for name, _ in pairs)
        wanted = Format.CODE if kind is Kind.CODE else Format.MIXED
        wish = Wish(user, DM, kind, level, mode, format=wanted, count=len(names), questions=names)
        row = await self.rounds.start(wish)
        for number, (_, said) in enumerate(pairs):
            row = await self.rounds.load(row.id)
            turn = row.state.turn
            if said == GIVE_UP:
                await self.rounds.give_up(row.id, by=user, turn=turn)
            elif said == SKIP:
                await self.rounds.skip(row.id, by=user, turn=turn)
            else:
                await self.rounds.answer(row.id, by=user, text=said, source=f"form:{row.id}-{turn}", turn=turn)
            await self.rounds.carry_out(row.id)
            await self._finish(row.id, number, user)
        row = await self.rounds.load(row.id)
        assert row.state.phase is Phase.FINISHED
        self.clock.move(60)
        return row

    async def _finish(self, round_id: int, item: int, user: int) -> None:
        """Skips what is asked beyond the question, and goes on to the next one."""
        while True:
            state = (await self.rounds.load(round_id)).state
            if state.phase is Phase.FINISHED or state.current.item != item:
                return
            if state.phase is Phase.REVIEWING:
                await self.rounds.advance(round_id, by=user, turn=state.turn)
            else:
                await self.rounds.skip(round_id, by=user, turn=state.turn)
            await self.rounds.carry_out(round_id)

    def right(self, name: str) -> str:
        """The best answer to a question of the bank, numeric ones excepted."""
        question = self.bank.get(name)
        assert question is not None
        assert not isinstance(question, Numeric)
        if question.type == "multiple_choice":
            return question.key.id
        if question.type == "code":
            return question.solution
        return question.model_answer.full

    async def cards(self, user: int = ANA) -> dict[tuple[str, str], CardRow]:
        async with self.store.read() as connection:
            return {row.card.key: row for row in await practice.cards(connection, user)}

    async def points(self, question: str) -> set[str]:
        return {point for name, point in await self.cards() if name == question}

    async def learner(self) -> Learner:
        return await self.learning.of(ANA)

    def sleep(self, days: float = 1) -> None:
        self.clock.move(days * DAY)
