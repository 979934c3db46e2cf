"""Grading ten thousand stored answers again after an upheld appeal, with the process killed on the way.

    python -m bench.regrading [--answers 10000] [--kills 5]

One real answer is copied to as many people. A child process then grades them again in the background, while somebody
clicks ten times a second; it is killed with SIGKILL at random moments and started again. At the end every answer must
have been corrected once: one event, one corrected result, one notice.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import json
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from bot.clock import SystemClock
from bot.rounds.dialogue import Phase
from bot.rounds.events import Kind, Mode
from bot.services.appeals import Appeals
from bot.services.groups import Groups
from bot.services.judging import NoJudge
from bot.services.posting import AnyCard, MessageRef, Sent
from bot.services.question_versions import QuestionVersions
from bot.services.ratings import Ratings
from bot.services.regrading import Regrading
from bot.services.rounds import Rounds
from bot.services.starting import Format, Wish
from bot.store import appeals
from bot.store.appeals import OWNER
from bot.store.engine import Store
from bot.store.migrate import migrate
from bot.store.rounds import Place, Surface
from questions.bank import Bank
from questions.model import FreeText, Level

PHRASE = "quokkas the wombat until nothing is left of it"
ANSWER = f"I am fairly sure that it {PHRASE}, and that is the whole of the matter as far as I can tell from here."
"""Makes the first point once the phrase counts, and none before."""
FIRST, JUDGE = 700_000_001, 5
LOOK_S = 0.002
"""How often the event loop is asked whether it is free."""
CLICK_S = 0.1
COPIED = ("rounds", "attempts", "round_events", "participants", "results")


class Nowhere:
    """A Discord that takes everything at once. Implements `bot.services.posting.Poster`."""

    async def post(self, place: Place, round_id: int, card: AnyCard, nonce: str) -> MessageRef:  # noqa: ARG002
        return MessageRef(place.channel_id, round_id)

    async def edit(self, place: Place, round_id: int, ref: MessageRef, card: AnyCard) -> None:
        """Everything is as it should be."""

    async def find(self, place: Place, card: AnyCard) -> MessageRef | None:  # noqa: ARG002
        return None

    async def typed_since(self, place: Place, after: int, user_id: int) -> list[Sent]:  # noqa: ARG002
        return []


class Process:
    """The services of one process."""

    def __init__(self, path: Path) -> None:
        bank, clock = Bank.open(), SystemClock()
        self.store, self.question = Store(path), question_of(bank)
        self.ratings = Ratings(self.store, bank)
        self.rounds = Rounds(self.store, bank, clock, Nowhere(), random.Random(1), NoJudge(), self.ratings)
        groups = Groups(self.store, bank, clock, Nowhere(), self.rounds.starting, NoJudge(), self.ratings)
        self.appeals = Appeals(self.store, bank, clock, QuestionVersions(clock, bank))
        self.regrading = Regrading(self.store, bank, clock, self.rounds, groups, self.ratings)


def question_of(bank: Bank) -> FreeText:
    return next(question for question in bank.questions.values() if isinstance(question, FreeText))


async def prepare(path: Path, answers: int) -> None:
    """A database with so many answers of as many people, and an appeal that was upheld."""
    migrate(path, SystemClock().now())
    process = Process(path)
    place, question = Place(None, 50, Surface.CHANNEL), process.question
    topic, level = question.topic, Level.MID if Level.MID in question.levels else question.levels[0]
    wish = Wish(FIRST, place, Kind.QUIZ, level, Mode.EXAM, topic, Format.FREE_TEXT, questions=(question.id,))
    row = await process.rounds.start(wish)
    await process.rounds.answer(row.id, by=FIRST, text=ANSWER, source="message:1", turn=0)
    await process.rounds.carry_out(row.id)
    while (state := (await process.rounds.load(row.id)).state).phase is not Phase.FINISHED:  # it asks back
        await process.rounds.skip(row.id, by=FIRST, turn=state.turn)
        await process.rounds.carry_out(row.id)
    copy(path, answers)
    point = question.key_points[0].id
    number = await process.appeals.appeal(
        "dialogue", row.id, 0, FIRST, point=point, text="My words say just that, if you read them kindly."
    )
    await process.appeals.uphold(OWNER, number, by=JUDGE, phrase=PHRASE)
    await process.store.close()


def copy(path: Path, answers: int) -> None:
    """The one round that is there, as the round of other people."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.row_factory = sqlite3.Row
        first = {table: [dict(row) for row in connection.execute(f"SELECT * FROM {table}")] for table in COPIED}
        person = dict(connection.execute("SELECT * FROM people").fetchone())
        for number in range(1, answers):
            user = FIRST + number
            _insert(connection, "people", {**person, "id": user})
            for table, rows in first.items():
                for row in rows:
                    changed: dict[str, Any] = {name: user if one == FIRST else one for name, one in row.items()}
                    if "round_id" in row:
                        changed["round_id"] = row["round_id"] + number
                    if "id" in row:
                        changed["id"] = row["id"] + number
                    for name in {"state", "payload"} & row.keys():
                        mine = str(changed[name]).replace(str(FIRST), str(user))
                        changed[name] = mine.replace('"attempt":1', f'"attempt":{1 + number}')
                    _insert(connection, table, changed)


def _insert(connection: sqlite3.Connection, table: str, row: dict[str, Any]) -> None:
    names, marks = ", ".join(f'"{name}"' for name in row), ", ".join("?" * len(row))
    connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(row.values()))


async def regrade(path: Path) -> None:
    """The child: regrades without a pause until nothing is left, and says how the loop and the clicks fared."""
    process = Process(path)
    gc.freeze()  # as `bot.app` does
    stop = asyncio.Event()
    most = {"tick": 0.0, "held": 0.0, "work": 0.0, "click": 0.0}
    watching = [asyncio.create_task(watch(most, stop)), asyncio.create_task(click(process, most, stop))]
    while True:
        async with process.store.read() as connection:
            if not await appeals.open_regrades(connection):
                break
        began = time.perf_counter()
        await process.regrading.tick()
        most["tick"] = max(most["tick"], time.perf_counter() - began)
        say(most)
    stop.set()
    await asyncio.gather(*watching)
    await process.store.close()


async def watch(most: dict[str, float], stop: asyncio.Event) -> None:
    """Notes for how long the event loop did not come round, and how much of that was work of its own thread."""
    while not stop.is_set():
        began, worked = time.perf_counter(), time.thread_time()
        await asyncio.sleep(LOOK_S)
        most["held"] = max(most["held"], time.perf_counter() - began - LOOK_S)
        most["work"] = max(most["work"], time.thread_time() - worked)


async def click(process: Process, most: dict[str, float], stop: asyncio.Event) -> None:
    """Somebody answers a question, as far as the database has a part in it: read the round, write."""
    chance = random.Random(1)
    while not stop.is_set():
        began = time.perf_counter()
        await process.rounds.load(chance.randint(1, 50))
        async with process.store.write() as connection:
            await appeals.notify(connection, FIRST, "click", SystemClock().now())
        most["click"] = max(most["click"], time.perf_counter() - began)
        await asyncio.sleep(CLICK_S)


def say(line: object) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def run(path: Path, answers: int, kills: int) -> None:
    chance = random.Random(7)
    most = dict.fromkeys(("tick", "held", "work", "click"), 0.0)
    began = time.perf_counter()
    for number in range(kills + 1):
        command = [sys.executable, "-m", "bench.regrading", "--child", str(path)]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        until = chance.randint(3, max(4, answers // 10 // (kills + 1)))
        for lines, line in enumerate(child.stdout, 1):
            with contextlib.suppress(json.JSONDecodeError):  # cut off by the kill
                most = {name: max(value, json.loads(line)[name]) for name, value in most.items()}
            if number < kills and lines == until:
                child.send_signal(signal.SIGKILL)
        child.wait()
    taken = time.perf_counter() - began
    tick, held, work, click = (1000 * most[name] for name in ("tick", "held", "work", "click"))
    sys.stdout.write(
        f"{answers:,} answers in {taken:.0f} s ({answers / taken:.0f} a second), {kills} kills\n"
        f"a tick takes {tick:.0f} ms at most, a click meanwhile {click:.0f} ms\n"
        f"the event loop held up for {held:.0f} ms at most, {work:.0f} ms of it by our own work\n"
    )
    check(path, answers)


def check(path: Path, answers: int) -> None:
    """Raises SystemExit where an answer was not corrected, or not just once."""
    with closing(sqlite3.connect(path)) as connection:
        twice = connection.execute(
            "SELECT count(*), count(DISTINCT round_id) FROM round_events WHERE type = 'regraded'"
        ).fetchone()
        scores = connection.execute("SELECT count(*), min(score), max(score) FROM results").fetchone()
        told = connection.execute(
            "SELECT count(*), count(DISTINCT user_id) FROM notices WHERE text LIKE '%counts for more now%'"
        ).fetchone()
    sys.stdout.write(f"events {twice}, results {scores}, notices {told}\n")
    if (
        twice != (answers, answers)
        or told != (answers, answers)
        or scores[0] != answers
        or not 0 < scores[1] == scores[2]
    ):
        raise SystemExit("NOT every answer was corrected once")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--answers", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child is not None:
        asyncio.run(regrade(options.child))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.db"
        asyncio.run(prepare(path, options.answers))
        run(path, options.answers, options.kills)


if __name__ == "__main__":
    main()
