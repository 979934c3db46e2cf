"""A table to play at: the real services on a real database, a stand-in for Discord, and a clock that tests move."""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import delete

from bot.rounds.dialogue import DIALOGUE, Phase, Reply, State, pending, replay
from bot.rounds.events import Event, Kind, Mode
from bot.services.cards import card
from bot.services.carrying import Outcome
from bot.services.pulse import Pulse
from bot.services.rounds import Rounds
from bot.services.starting import Format, Wish
from bot.store import rounds as round_store
from bot.store.engine import Store
from bot.store.rounds import AttemptRow, Place, RoundRow, Surface
from bot.store.schema import attempts as attempts_table
from grader.grade import Context, Gate, Grade, Probe, ProbeKind
from questions.bank import Bank
from questions.code_task import CodeTask
from questions.kinds import AnyQuestion
from questions.model import Level, MultipleChoice, Numeric
from tests.clock import ManualClock
from tests.services.recorder import RecordingPoster
from tests.services.scripted import ScriptedJudge

OWNER, OTHER = 1, 2
DM = Place(None, 50, Surface.CHANNEL)


@dataclass
class ScriptedGrader:
    """Grades by what the answer says: `70%` is its score, `?p1` a follow-up, `short` asks for more."""

    contexts: list[Context] = field(default_factory=list[Context])

    def __call__(self, answer: str, question: AnyQuestion, context: Context) -> Grade:
        self.contexts.append(context)
        if "crash" in answer:
            raise RuntimeError("the grader crashed")
        score = next((float(word[:-1]) / 100 for word in answer.split() if word.endswith("%")), 0.0)
        probes = [word[1:] for word in answer.split() if word.startswith("?")]
        return Grade(
            score,
            max(1, min(4, round(score * 4) if score == score else 1)),  # noqa: PLR0124 - not a number
            probes=tuple(Probe(name, ProbeKind.KEY_POINT, f"What about {name}?", name) for name in probes),
            gate=Gate.SHORT if "short" in answer else None,
        )


class Table:
    """One process: its store and its rounds."""

    def __init__(
        self,
        store: Store,
        bank: Bank,
        clock: ManualClock,
        poster: RecordingPoster,
        judge: ScriptedJudge | None = None,
    ) -> None:
        self.judge = judge or ScriptedJudge()
        self.store = store
        self.bank = bank
        self.clock = clock
        self.poster = poster
        self.rounds = Rounds(store, bank, clock, poster, random.Random(1), self.judge)
        self.pulse = Pulse(store, clock, [self.rounds])

    def restart(self) -> Table:
        """The same database and Discord, under a new process."""
        return Table(self.store, self.bank, self.clock, self.poster, ScriptedJudge())

    async def start(
        self,
        *,
        kind: Kind = Kind.QUIZ,
        mode: Mode = Mode.PRACTICE,
        wanted: Format = Format.FREE_TEXT,
        topic: str | None = None,
        count: int = 1,
        limit_s: int | None = None,
        by: int = OWNER,
        place: Place = DM,
    ) -> int:
        """Starts a round and shows its first question; returns its id."""
        wish = Wish(by, place, kind, Level.MID, mode, topic, wanted, count, limit_s)
        row = await self.rounds.start(wish)
        await self.rounds.carry_out(row.id)
        return row.id

    async def answer(
        self, round_id: int, text: str, *, source: str | None = None, turn: int | None = None
    ) -> Outcome[State, Reply]:
        """The owner answers, and what follows is carried out."""
        before = await self.row(round_id)
        name = source or f"message:{before.seq}-{text[:20]}"
        outcome = await self.rounds.answer(round_id, by=before.owner_id, text=text, source=name, turn=turn)
        await self.rounds.carry_out(round_id)
        return outcome

    async def advance(self, round_id: int) -> None:
        row = await self.row(round_id)
        await self.rounds.advance(round_id, by=row.owner_id, turn=row.state.turn)
        await self.rounds.carry_out(round_id)

    async def row(self, round_id: int) -> RoundRow[State]:
        return await self.rounds.load(round_id)

    async def phase(self, round_id: int) -> Phase:
        return (await self.row(round_id)).state.phase

    async def attempts(self, round_id: int) -> list[AttemptRow]:
        async with self.store.read() as connection:
            return await round_store.attempts_of(connection, round_id)

    async def events(self, round_id: int) -> list[Event]:
        async with self.store.read() as connection:
            return await round_store.events(connection, DIALOGUE, round_id)

    async def erase_attempts(self) -> None:
        """What a person's wish to be forgotten does to their answers."""
        async with self.store.write() as connection:
            await connection.execute(delete(attempts_table))

    async def check_shown(self, round_id: int) -> None:
        """Every message that the state owes stands once where it should and looks as it should; replay agrees."""
        record = await self.rounds.record(round_id)
        assert replay(await self.events(round_id)) == record.state
        async with self.store.read() as connection:
            noted = await round_store.messages_of(connection, round_id)
        owed = pending(record.state)
        assert owed.grade is None
        facts = await self.judge.facts(record.task(0)) if record.row.kind is Kind.CODE else None
        assert set(noted) == {post.key for post in owed.posts}
        for post in owed.posts:
            found = [m for m in self.poster.messages if m.author is None and m.id == noted[post.key].message_id]
            assert len(found) == 1, post
            if found[0].channel_id != record.row.place.channel_id:
                continue  # it was left behind when the round moved
            assert found[0].card == card(record, post, facts), post

    def best(self, record_question: AnyQuestion, variant: int) -> str:
        """The best answer to a question."""
        match record_question:
            case MultipleChoice():
                return record_question.key.id
            case Numeric():
                return str(0.5 ** record_question.draw(variant)["n"])
            case CodeTask():
                return record_question.solution
            case _:
                return record_question.model_answer.full


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def poster() -> RecordingPoster:
    return RecordingPoster()


@pytest.fixture
def grader(monkeypatch: pytest.MonkeyPatch) -> ScriptedGrader:
    """Replaces the grader by one that does what the answer says."""
    scripted = ScriptedGrader()
    monkeypatch.setattr("bot.services.grading.grade_text", scripted)
    return scripted


@pytest.fixture
def table(store: Store, bank: Bank, clock: ManualClock, poster: RecordingPoster) -> Table:
    return Table(store, bank, clock, poster)


@pytest_asyncio.fixture
async def second(database: Path, bank: Bank, clock: ManualClock, poster: RecordingPoster) -> AsyncGenerator[Table]:
    """A second process on the same database and Discord."""
    store = Store(database)
    yield Table(store, bank, clock, poster)
    await store.close()
