"""A house in which everybody does everything that is kept: real services on a real database, a stand-in for Discord."""

from __future__ import annotations

import asyncio
import gc
import json
import random
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Table, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.practice.plan import Role
from bot.rounds import dialogue, group, pair, partners
from bot.rounds.dialogue import DIALOGUE, replay
from bot.rounds.engine import Engine
from bot.rounds.events import Kind, Mode
from bot.rounds.group import GROUP, Phase
from bot.rounds.pair import PAIR, candidate, interviewer
from bot.services.banks import Banks
from bot.services.boards import Boards
from bot.services.daily import MIX, Daily, DailyPlan
from bot.services.daily_schedule import EVERY_DAY
from bot.services.groups import Groups, GroupWish
from bot.services.learning import Learning
from bot.services.pairs import Pairs, PairWish
from bot.services.partners import Search
from bot.services.people import People
from bot.services.plans import Plans
from bot.services.posting import PostError
from bot.services.privacy import Privacy, WithoutFormer
from bot.services.pulse import Pulse
from bot.services.ratings import Ratings
from bot.services.reviews import Reviews
from bot.services.rounds import Rounds
from bot.services.scorebooks import Scorebooks
from bot.services.servers import Servers
from bot.services.starting import Format, Wish
from bot.store import daily, practice
from bot.store import people as people_store
from bot.store import rounds as round_store
from bot.store.daily import Became, DeliveryRow
from bot.store.engine import Store
from bot.store.rounds import Place, Surface
from bot.store.schema import (
    appeals,
    attempts,
    audit_log,
    messages,
    metadata,
    notices,
    pictures,
    question_drafts,
    round_events,
    rounds,
    server_question_versions,
    server_questions,
    switched_off,
)
from questions.bank import Bank
from questions.model import Behavioral, FreeText, Level
from tests.clock import START, ManualClock
from tests.services.pairing import RecordingVenue
from tests.services.recorder import Message, RecordingPoster
from tests.services.scoring import begin
from tests.services.scripted import ScriptedJudge, program

ME, ANN, BOB, CARL = (400_000_000_000_000_000 + number for number in (11, 22, 33, 44))
MARKS = {ME: "xylophonist", ANN: "accordionist", BOB: "bassoonist", CARL: "cellist"}
SERVER, CHANNEL, ELSEWHERE = 700, 7000, 900
HERE = Place(SERVER, CHANNEL, Surface.CHANNEL)
DM = {user: Place(None, 50_000 + number, Surface.CHANNEL) for number, user in enumerate(MARKS)}
HOUR = timedelta(hours=1)


@dataclass
class RecordingCleaner:
    """Implements `bot.services.privacy.Cleaner`, and can fail the ways Discord does."""

    removed: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    failures: list[PostError] = field(default_factory=list[PostError])
    """Each is raised by one later removal."""

    async def remove(self, channel_id: int, message_id: int) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.removed.append((channel_id, message_id))


@dataclass(frozen=True)
class Filled:
    """A house in which everybody has done everything."""

    database: sqlite3.Connection
    messages: list[Message]
    at: datetime
    shared: dict[str, int]


_FILLED: dict[bool, Filled] = {}


class House:
    """One process with all its services, and everybody who uses them."""

    def __init__(self, store: Store, bank: Bank, clock: ManualClock, poster: RecordingPoster) -> None:
        self.store, self.bank, self.clock, self.poster = store, bank, clock, poster
        self.judge, self.cleaner = ScriptedJudge(), RecordingCleaner()
        chance = random.Random(1)
        self.people, self.ratings, self.boards = People(store, clock), Ratings(store, bank), Boards(store, clock)
        learning = Learning(store, Banks(store, bank), clock)
        reviews = Reviews(store, bank, learning)
        self.plans = Plans(store, clock, self.people, learning, reviews, lambda: True)
        noted = Scorebooks(self.ratings, reviews)
        book = WithoutFormer(noted)
        self.rounds = Rounds(store, bank, clock, poster, chance, self.judge, noted, self.ratings)
        starting = self.rounds.starting
        self.groups = Groups(store, bank, clock, poster, starting, self.judge, book)
        venue = RecordingVenue()
        self.pairs = Pairs(store, bank, clock, poster, venue, starting, chance, book, self.ratings)
        self.daily = Daily(store, clock, 5.0)
        self.servers = Servers(store, clock)
        self.processes: list[Privacy] = []
        self.privacy = self.another_process()

    def another_process(self) -> Privacy:
        made = Privacy(self.store, self.clock, self.people, self.rounds, self.groups, self.pairs, self.cleaner)
        self.processes.append(made)
        return made

    async def rest(self) -> None:
        """Before the store is closed: what goes on in the background ends."""
        for one in (self.rounds, self.groups, self.pairs, *self.processes):
            await one.rest()

    async def settle(self) -> None:
        for one in (self.rounds, self.groups, self.pairs, self.privacy):
            await one.settled()

    async def pass_time(self, passed: timedelta) -> None:
        self.clock.move(passed.total_seconds())
        await Pulse(self.store, self.clock, [self.rounds, self.groups, self.pairs]).tick()
        await self.privacy.tick()
        await self.settle()

    async def start_row(self, connection: AsyncConnection) -> dict[str, Any]:
        """The columns of a finished round of one person, to make more of."""
        row = await begin(connection, ["ml.regularization.penalties"], START, users=[ME])
        return dict((await connection.execute(select(rounds).where(rounds.c.id == row.id))).mappings().one())

    # Rounds of one person

    async def start(
        self, user: int, kind: Kind = Kind.QUIZ, wanted: Format = Format.FREE_TEXT, mode: Mode = Mode.EXAM
    ) -> int:
        self.clock.move(700)  # whoever starts many rounds in ten minutes has to wait
        wish = Wish(user, DM[user], kind, Level.MID, mode, None, wanted, 1)
        row = await self.rounds.start(wish)
        await self.rounds.carry_out(row.id)
        return row.id

    async def answer(self, round_id: int, text: str) -> None:
        row = await self.rounds.load(round_id)
        source = f"interaction:{round_id}{row.seq}"
        outcome = await self.rounds.answer(round_id, by=row.owner_id, text=text, source=source)
        assert outcome.replies == ()
        await self.rounds.carry_out(round_id)

    async def finish(self, round_id: int, text: str) -> int:
        """Answers whatever is asked until the round is over."""
        while (row := await self.rounds.load(round_id)).state.phase is not dialogue.Phase.FINISHED:
            if row.state.phase is dialogue.Phase.REVIEWING:
                await self.rounds.advance(round_id, by=row.owner_id, turn=row.state.turn)
            else:
                await self.answer(round_id, text)
        await self.rounds.carry_out(round_id)
        return round_id

    def strong(self, user: int) -> str:
        question = next(one for one in self.bank.questions.values() if isinstance(one, FreeText))
        return f"{question.model_answer.full} So says the {MARKS[user]}."

    def story(self, user: int) -> str:
        question = next(one for one in self.bank.questions.values() if isinstance(one, Behavioral))
        return f"{question.model_answer.full} I am a {MARKS[user]}, and I learned it as one."

    # Rounds of several

    async def host(self, *users: int, kind: Kind = Kind.QUIZ, count: int = 1) -> int:
        """A group round of these people with its first question asked; the first of them hosts it."""
        self.clock.move(700)
        form = Format.CODE if kind is Kind.CODE else Format.FREE_TEXT
        wish = GroupWish(users[0], HERE, kind, Level.MID, None, form, count, 3600)
        row = await self.groups.open(wish)
        await self.groups.carry_out(row.id)
        for user in users[1:]:
            assert (await self.groups.join(row.id, by=user)).replies == ()
        assert (await self.groups.begin(row.id, by=users[0])).replies == ()
        await self.show(row.id)
        return row.id

    async def say(self, round_id: int, user: int, text: str) -> None:
        row = await self.groups.load(round_id)
        source = f"interaction:{user}{row.seq}"
        taken = await self.groups.answer(round_id, by=user, turn=row.state.turn, text=text, source=source)
        assert taken.replies == (), user
        await self.show(round_id)

    async def show(self, round_id: int) -> None:
        await self.groups.carry_out(round_id)
        await self.groups.settled()

    async def propose(self, one: int, another: int) -> int:
        self.clock.move(700)
        wish = PairWish(one, another, HERE, CHANNEL, Kind.QUIZ, Level.MID, 20)
        row = await self.pairs.propose(wish, self.clock.now() + HOUR, first=one)
        await self.pairs.carry_out(row.id)
        return row.id

    async def agree(self, round_id: int) -> None:
        state = (await self.pairs.load(round_id)).state
        await self.pairs.accept(round_id, by=state.partner, when=state.when)
        await self.pairs.carry_out(round_id)

    async def interview(self, one: int, another: int) -> int:
        """A whole peer interview, in which both answer in writing and rate with a note."""
        round_id = await self.propose(one, another)
        await self.agree(round_id)
        await self.pass_time(timedelta(minutes=46))
        for user in (one, another):
            await self.pairs.arrive(round_id, by=user)
        await self.pass_time(timedelta(minutes=15))
        for turn in range(2):
            state = (await self.pairs.load(round_id)).state
            assert state.phase is pair.Phase.INTERVIEW
            answers, asks = candidate(state, turn), interviewer(state, turn)
            points = [point.id for point in (await self.pairs.record(round_id)).points(turn)]
            await self.pairs.tick_points(round_id, by=asks, turn=turn, points=points[:1])
            source = f"interaction:{round_id}{turn}"
            await self.pairs.answer(round_id, by=answers, turn=turn, text=self.strong(answers), source=source)
            await self.pairs.carry_out(round_id)
            self.clock.move(600)
            await self.pairs.close(round_id, by=asks, turn=turn)
            for user in (asks, answers):
                note, source = f"Well done, says the {MARKS[user]}.", f"note:{round_id}{turn}{user}"
                await self.pairs.rate(round_id, by=user, turn=turn, marks=(4, 3, 2), note=note, source=source)
            await self.pairs.carry_out(round_id)
        assert (await self.pairs.load(round_id)).state.phase is pair.Phase.FINISHED
        return round_id

    # Everything

    async def practice_alone(self, user: int) -> None:
        """One round of each kind, finished, with a report; and one that is open."""
        mark = MARKS[user]
        quiz = await self.finish(await self.start(user), self.strong(user))
        await self.finish(await self.start(user, Kind.BEHAVIORAL), self.story(user))
        code = await self.start(user, Kind.CODE, Format.CODE)
        await self.answer(code, f"# {mark} will draw\n{program('WA 60%')}")
        await self.answer(code, f"# {mark} will draw\n{program('AC')}")
        await self.finish(code, self.strong(user))
        await self.rounds.report(quiz, by=user, turn=0, text=f"The {mark} says: it is unclear.")
        await self.finish(await self.start(user), f"It depends on many things, and a {mark} would look at all of them.")
        await self.start(user, mode=Mode.PRACTICE)

    async def settings_of(self, user: int) -> None:
        mark = MARKS[user]
        await self.people.remember(user, f"{mark} of the house")
        await self.people.set_zone(user, "Asia/Tokyo")
        await self.people.set_quotes(user, True)
        await self.boards.set_privacy(user, False, f"The {mark}")
        await self.privacy.set_retention(user, 365)
        plan = DailyPlan(8, 30, EVERY_DAY, MIX, 1, Level.MID)
        await self.daily.turn_on(user, plan, DM[user], "Asia/Tokyo")
        search = Search(SERVER, user, CHANNEL, CHANNEL, Level.MID, partners.Days.ANY, 3, 6, "UTC")
        if user == ME:
            await self.pairs.partners.find(search)

    async def care(self, user: int, other: int) -> None:
        """All that is kept of a person beside rounds and settings, most of it by their own doing."""
        mark, now, today = MARKS[user], self.clock.now(), self.clock.now().date()
        await self.plans.set_goal(user, Role.ML_ENGINEER, Level.MID, "in 6 weeks", 5.0)
        await self.plans.describe(user, f"A {mark} who knows regularization and gradient boosting.")
        await self.servers.block(SERVER, CARL + user % 100, by=user, reason=f"So says the {mark}.")
        await self.servers.block(ELSEWHERE, user, by=other, reason=f"So says the {MARKS[other]}.")
        async with self.store.write() as connection:
            await practice.tell_freezes(connection, user, [today])
            sent = DeliveryRow(user, today, now, Became.QUEUED, None, None, now)
            await daily.enqueue(connection, [sent])
            query = select(attempts.c.id, attempts.c.round_id).where(attempts.c.user_id == user).limit(1)
            attempt, round_id = (await connection.execute(query)).one()
            about = {"server_id": SERVER, "user_id": user, "round_id": round_id, "attempt_id": attempt, "at": now}
            about |= {"question_id": "q", "question_version": 1, "text": f"The {mark} was right."}
            decided = {"state": "declined", "note": f"No, says the {MARKS[other]}.", "decided_by": other}
            kept: list[tuple[Table, dict[str, Any]]] = [
                (appeals, {**about, "point": "open", "state": "open"}),
                (appeals, {**about, "point": "decided", **decided}),
                (notices, {"user_id": user, "text": f"No, says the {MARKS[other]}.", "at": now}),
                (switched_off, {"server_id": SERVER, "what": f"off-{attempt}", "by": user, "at": now}),
                (
                    audit_log,
                    {"server_id": SERVER, "user_id": user, "action": "retired", "subject": "q", "at": now}
                    | {"detail": f"as the {mark} wished"},
                ),
                (
                    question_drafts,
                    {"server_id": SERVER, "author_id": user, "kind": "free text", "state": "returned"}
                    | {"body": f"What does a {mark} do?", "note": f"Unclear, says the {MARKS[other]}."}
                    | {"channel_id": CHANNEL, "message_id": 77_000 + attempt, "created_at": now, "updated_at": now},
                ),
                (
                    server_questions,
                    {"id": f"own-{attempt}", "server_id": SERVER, "file_id": f"own-{attempt}", "state": "active"}
                    | {"version": 1, "author_id": user, "created_at": now, "updated_at": now}
                    | {"reason": f"It is unclear, says the {MARKS[other]}."},
                ),
                (
                    audit_log,
                    {"server_id": SERVER, "user_id": other, "action": "retired", "subject": f"own-{attempt}", "at": now}
                    | {"detail": f"It is unclear, says the {MARKS[other]}. It really is."},
                ),
                (
                    server_question_versions,
                    {"id": f"own-{attempt}", "version": 1, "body": f"What does a {mark} do?", "author_id": user}
                    | {"approved_by": other, "reason": f"The {mark} wanted it.", "at": now},
                ),
            ]
            for table, values in kept:
                await connection.execute(insert(table).values(values))
            await self._uphold(connection, about, f"own-{attempt}", other)

    @staticmethod
    async def _uphold(connection: AsyncConnection, about: dict[str, Any], question: str, moderator: int) -> None:
        """An appeal that was upheld: the moderator's reasons repeat words of the person's, here and there."""
        words, at = f"what a {MARKS[about['user_id']]} says", about["at"]
        decided = {"point": "upheld", "state": "upheld", "note": words, "decided_by": moderator}
        key = (await connection.execute(insert(appeals).values({**about, **decided}))).inserted_primary_key
        assert key is not None
        logged = {
            "server_id": SERVER,
            "user_id": moderator,
            "action": "upheld an appeal",
            "subject": question,
            "at": at,
        }
        await connection.execute(insert(audit_log).values({**logged, "detail": f"appeal {key[0]}: {words}"}))
        version = {"id": question, "version": 2, "body": "What else?", "author_id": moderator, "approved_by": None}
        reason = f"appeal {key[0]}: “{words}” counts for a point"
        await connection.execute(insert(server_question_versions).values({**version, "reason": reason, "at": at}))

    async def fill(self, *, open_rounds: bool) -> dict[str, int]:
        """Everybody does everything; returns rounds that several people share, by what they are.

        It is done once; then there are copies.
        """
        if open_rounds not in _FILLED:
            shared = await self._fill(open_rounds=open_rounds)
            copy = sqlite3.connect(":memory:", check_same_thread=False)
            with closing(sqlite3.connect(self.store.path)) as connection:
                connection.backup(copy)
            messages = [replace(message, cards=list(message.cards)) for message in self.poster.messages]
            _FILLED[open_rounds] = Filled(copy, messages, self.clock.now(), shared)
            return shared
        filled = _FILLED[open_rounds]
        with closing(sqlite3.connect(self.store.path)) as connection:
            filled.database.backup(connection)
        self.poster.messages += [replace(message, cards=list(message.cards)) for message in filled.messages]
        self.clock.at = filled.at
        return dict(filled.shared)

    async def _fill(self, *, open_rounds: bool) -> dict[str, int]:
        for user in (ANN, ME, BOB):
            await self.practice_alone(user)
            await self.settings_of(user)
        shared: dict[str, int] = {}
        for name, users in {"hosted": (ME, ANN, BOB), "played": (ANN, ME), "without": (ANN, BOB)}.items():
            shared[name] = await self.host(*users)
            for user in users:
                await self.say(shared[name], user, self.strong(user))
            assert (await self.groups.load(shared[name])).state.phase is Phase.FINISHED
        shared["coded"] = await self.host(ANN, ME, kind=Kind.CODE)
        for user in (ANN, ME):
            await self.say(shared["coded"], user, f"# {MARKS[user]} will draw\n{program('AC')}")
        shared["interview"] = await self.interview(ME, ANN)
        shared["interview without"] = await self.interview(ANN, BOB)
        shared["called off"] = await self.propose(ANN, ME)
        await self.agree(shared["called off"])
        await self.pairs.cancel(shared["called off"], by=ME)
        await self.pairs.carry_out(shared["called off"])
        shared["declined"] = await self.propose(BOB, ME)
        await self.pairs.decline(shared["declined"], by=ME)
        await self.pairs.carry_out(shared["declined"])
        for user, other in ((ME, ANN), (ANN, BOB), (BOB, ME)):
            await self.care(user, other)
        if open_rounds:
            shared |= await self.open_rounds()
        await self.settle()
        return shared

    async def open_rounds(self) -> dict[str, int]:
        shared = {"hosting": await self.host(ME, ANN, BOB, count=1), "playing": await self.host(BOB, ME, ANN)}
        await self.say(shared["hosting"], ME, self.strong(ME))
        await self.say(shared["playing"], ANN, self.strong(ANN))
        shared["asked"] = await self.propose(BOB, ME)
        shared["asking"] = await self.propose(ME, CARL)
        shared["agreed"] = await self.propose(ME, ANN)
        await self.agree(shared["agreed"])
        return shared

    # Looking

    def dump(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table, as it is stored."""
        with closing(sqlite3.connect(self.store.path)) as connection:
            return {table.name: connection.execute(str(select(table))).fetchall() for table in metadata.sorted_tables}

    async def columns(self) -> dict[str, list[dict[str, Any]]]:
        async with self.store.read() as connection:
            return {
                table.name: [dict(row) for row in (await connection.execute(select(table))).mappings()]
                for table in metadata.sorted_tables
            }

    async def replays(self, engine: Engine[Any, Any, Any, Any], round_id: int) -> Any:
        """The state of a round, which the fold of its events is, too."""
        again = {DIALOGUE.name: replay, GROUP.name: group.replay, PAIR.name: pair.replay}[engine.name]
        async with self.store.read() as connection:
            row = await round_store.load(connection, engine, round_id)
            assert row is not None
            assert again(await round_store.events(connection, engine, round_id)) == row.state
            return row.state


class Beat:
    """How long the event loop's thread worked at a stretch, in seconds of its own processor time.

    Other processes of the machine do not count, so that the bound is about this program.
    """

    def __init__(self) -> None:
        self.longest = 0.0
        self._going = True

    async def run(self) -> None:
        last = time.thread_time()
        while self._going:
            await asyncio.sleep(0.002)  # without a pause the beat itself would take the processor from other threads
            now = time.thread_time()
            self.longest = max(self.longest, now - last)
            last = now

    async def during(self, work: Any) -> Any:
        """What comes of `work`, while the beat goes on."""
        gc.collect()
        gc.freeze()  # what other tests have left in memory is no concern of this one's garbage collections
        beating = asyncio.create_task(self.run())
        try:
            return await work
        finally:
            self._going = False
            await beating
            gc.unfreeze()


async def many_answers(house: House, rounds_: int, each: int) -> None:
    """Answers of `ME`, as they are stored; every second one has a picture."""
    async with house.store.write() as connection:
        await people_store.ensure(connection, ME, START)
        first = await house.start_row(connection)
        grade = json.dumps({"score": 0.5, "band": 2, "takeaway": "Remember this. " * 40})
        for number in range(rounds_):
            at = START - number * HOUR
            values = {**first, "id": 1000 + number, "status": "finished", "created_at": at, "touched_at": at}
            await connection.execute(insert(rounds).values(**values))
        every = [(1000 + number, turn) for number in range(rounds_) for turn in range(each)]
        for start in range(0, len(every), 1000):
            rows: list[dict[str, Any]] = [
                {
                    "id": round_id * 100 + turn,
                    "round_id": round_id,
                    "turn": turn,
                    "user_id": ME,
                    "question_id": f"q{round_id}",
                    "question_version": 1,
                    "source": f"s{turn}",
                    "text": "These are words of mine, and many of them. " * 12,
                    "hints": 0,
                    "grade": grade,
                    "created_at": START - (round_id - 1000) * HOUR,
                }
                for round_id, turn in every[start : start + 1000]
            ]
            await connection.execute(insert(attempts), rows)
            events: list[dict[str, Any]] = [
                {"round_id": row["round_id"], "seq": row["turn"] + 1, "type": "answered", "version": 1}
                | {"payload": "{}", "by": ME, "at": START}
                for row in rows
            ]
            await connection.execute(insert(round_events), events)
            drawn: list[dict[str, Any]] = [
                {"attempt_id": row["id"], "number": 0, "png": b"png" * 300} for row in rows[::2]
            ]
            await connection.execute(insert(pictures), drawn)
            sent: list[dict[str, Any]] = [
                {"round_id": row["round_id"], "key": f"ask:{row['turn']}", "channel_id": 5, "message_id": row["id"]}
                | {"face": "", "nonce": "", "at": START}
                for row in rows
            ]
            await connection.execute(insert(messages), sent)
