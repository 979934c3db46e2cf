"""How fast boards are, and what a new result costs, however much has been earned before.

    python -m bench.boards [--results 10000 100000 1000000] [--seed 1]

Fills a database with results of a tenth as many people, computes everything from them, and measures on it, side by
side for each size: a page of each board while results go on coming in (one before every page), the same page added up
by SQL from the results, and what a new result or help costs, commit included. Beside the time stand the processor's
time and the pages of the database that are written, which no other load on the machine changes. At the end a sample
of people is computed anew and compared with what is stored, to the last bit.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.abilities.ledger import ALL_TRACKS, EVERYWHERE, Board
from bot.abilities.periods import EVER
from bot.clock import SystemClock
from bot.rounds.dialogue import DIALOGUE, State, start
from bot.rounds.engine import Scored
from bot.rounds.events import Item, Kind, Mode, Started
from bot.services.boards import LINES, Boards
from bot.services.ratings import Ratings
from bot.store import people, rounds
from bot.store.engine import Store
from bot.store.migrate import migrate
from bot.store.rounds import Place, RoundRow, Surface
from questions.bank import Bank
from questions.kinds import AnyQuestion
from questions.model import Level

SIZES = (10_000, 100_000, 1_000_000)
A_PERSON = 10
"""Results of a person, on average."""
COUNTS = ((4, 0.5), (10, 0.3), (20, 0.15), (40, 0.05))
"""How many results people have, and how many people have so many."""
A_ROUND = 4
SERVERS = 50
IN_SERVERS = 0.5
"""How many of the people play in a server, each in one."""
EXAMS = 0.7
HELPS = 0.2
"""How many of the rounds are followed by a help: an interview given, or a question contributed."""
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
DAYS = 400
TRACK = "ml"
PAGES = 15
"""Measured pages of each kind."""
SAMPLE = 200
"""People who are computed anew."""


@dataclass
class Figures:
    """What was measured at one size; times in milliseconds."""

    results: int
    filled_s: float
    rebuilt_s: float
    megabytes: float
    rows: int
    """Rows of all boards."""
    listed: dict[str, int] = field(default_factory=dict[str, int])
    """How many are listed on each measured board."""
    cold: list[float] = field(default_factory=list[float])
    """The first look at each board after a start."""
    pages: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    new: list[float] = field(default_factory=list[float])
    """New results, commit included."""
    busy: list[float] = field(default_factory=list[float])
    """The processor's time of them."""
    helps: list[float] = field(default_factory=list[float])
    """New helps, commit included."""
    written: list[float] = field(default_factory=list[float])
    """Pages that a new result writes."""
    empty: list[float] = field(default_factory=list[float])
    """Transactions that write one value, for comparison."""
    summed: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    """Pages of the effort board, added up from the results."""
    differing: int = -1
    """Stored rows of the sample that came out otherwise when computed anew."""


# Filling


def synthetic(bank: Bank, count: int, draw: random.Random) -> Iterator[tuple[int, int | None, datetime, list[Any]]]:
    """Rounds in the order in which they are played: person, server, end, and what was drawn with its score."""
    by_track: dict[str, list[AnyQuestion]] = {}
    for question in bank.questions.values():
        by_track.setdefault(question.track, []).append(question)
    tracks = sorted(track for track, found in by_track.items() if len(found) >= 2 * A_ROUND)
    weights = [len(by_track[track]) for track in tracks]
    sizes, shares = [size for size, _ in COUNTS], [share for _, share in COUNTS]
    played: list[tuple[datetime, int]] = []
    user = 0
    while len(played) * A_ROUND < count:
        user += 1
        last = draw.uniform(0, DAYS)
        for _ in range(draw.choices(sizes, shares)[0] // A_ROUND + int(draw.random() < 0.5)):
            played.append((NOW - timedelta(days=last), user))
            last = max(0.0, last - draw.expovariate(0.2))
    played.sort()
    for at, who in played[: count // A_ROUND]:
        server = 1000 + who % SERVERS if who % 10 < 10 * IN_SERVERS else None
        track = draw.choices(tracks, weights)[0]
        questions = draw.sample(by_track[track], A_ROUND)
        skill = ((who * 2_654_435_761) % 1000) / 1000
        yield who, server, at, [(question, min(1.0, max(0.0, draw.gauss(skill, 0.25)))) for question in questions]


def fill(path: Path, bank: Bank, count: int, seed: int) -> None:
    """Writes results as `Ratings.note` would have, all but what adds up."""
    draw = random.Random(seed)
    met: set[tuple[int, str]] = set()
    users: set[int] = set()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        for number, (user, server, at, earned) in enumerate(synthetic(bank, count, draw), 1):
            stamp = at.replace(tzinfo=None).isoformat(" ", "microseconds")
            if user not in users:
                users.add(user)
                person = user, stamp, f"p{user}"
                connection.execute("INSERT INTO people (id, first_seen_at, name) VALUES (?, ?, ?)", person)
            exam = draw.random() < EXAMS
            mode = Mode.EXAM if exam else Mode.PRACTICE
            connection.execute(
                "INSERT INTO rounds (id, kind, owner_id, server_id, channel_id, surface, level, mode, format, asked, "
                "status, seq, state, shown_seq, touched_at, created_at) "
                "VALUES (?, 'quiz', ?, ?, 1, 'channel', 'mid', ?, '', 4, 'finished', 0, '{}', 0, ?, ?)",
                (number, user, server, mode.value, stamp, stamp),
            )
            rows: list[tuple[Any, ...]] = []
            for item, (question, score) in enumerate(earned):
                first = (user, question.id) not in met
                met.add((user, question.id))
                rows.append(
                    (number, item, user, question.id, question.version, question.track, question.topic, "mid",
                     mode.value, "dialogue", server, score, max(1, round(4 * score)), 0, False, 60.0, first,
                     first and exam, at.date().isoformat(), stamp)
                )  # fmt: skip
            connection.executemany(
                "INSERT INTO results (round_id, item, user_id, question_id, question_version, track, topic, level, "
                "mode, engine, server_id, score, band, hints, told, seconds, first, rated, day, at) "
                f"VALUES ({', '.join('?' * 20)})",
                rows,
            )
            if draw.random() < HELPS:
                connection.execute(
                    "INSERT INTO helps (user_id, server_id, source, track, day, at) VALUES (?, ?, ?, ?, ?, ?)",
                    (user, server, f"interview:{number}", earned[0][0].track, at.date().isoformat(), stamp),
                )
        connection.commit()


# Measuring


@dataclass
class Traffic:
    """People who go on earning results: one at a time, each in a round of its own."""

    store: Store
    ratings: Ratings
    bank: Bank
    people: int
    draw: random.Random
    at: datetime = NOW
    seen: set[int] = field(default_factory=set[int])

    async def one(self) -> tuple[float, float]:
        """What one more result adds to what the round writes anyway, in a transaction of its own: milliseconds, and
        milliseconds of the processor."""
        self.at += timedelta(minutes=1)
        user = self.draw.randrange(1, self.people + 1)
        self.seen.add(user)
        question = self.draw.choice(list(self.bank.questions.values()))
        event = Started(self.at, user, Kind.QUIZ, Level.MID, Mode.EXAM, (Item(question.id, question.version),))
        place = Place(1000 + user % SERVERS, 1, Surface.CHANNEL)
        async with self.store.write() as connection:
            await people.ensure(connection, user, self.at)
            row = await rounds.create(connection, DIALOGUE, start(event), event, place, None, asked=1)
        scored = Scored(user, 0, self.draw.random(), 2, 0, False, self.at)
        return await self._note(row, scored)

    async def _note(self, row: RoundRow[State], scored: Scored) -> tuple[float, float]:
        began, busy = time.perf_counter(), time.process_time()
        async with self.store.write() as connection:
            await self.ratings.note(connection, row, [scored], self.at)
        return _since(began), (time.process_time() - busy) * 1000

    async def help(self) -> float:
        """Milliseconds of one more help, in a transaction of its own."""
        self.at += timedelta(minutes=1)
        user = self.draw.randrange(1, self.people + 1)
        self.seen.add(user)
        began = time.perf_counter()
        async with self.store.write() as connection:
            source = f"question:{self.at.isoformat()}"
            await self.ratings.helped(connection, user, 1000 + user % SERVERS, source, TRACK, self.at)
        return _since(began)

    async def pages(self) -> int:
        """Pages that are written for one more result and its round."""
        with closing(sqlite3.connect(self.store.path)) as other:
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            await self.one()
            return int(other.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()[1])

    async def nothing(self) -> float:
        """Milliseconds of a transaction that writes one value."""
        began = time.perf_counter()
        async with self.store.write() as connection:
            await people.set_name(connection, 1, f"p{self.at}")
        return _since(began)


def _since(began: float) -> float:
    return (time.perf_counter() - began) * 1000


def kinds(listed: int) -> dict[str, int]:
    """Which page is which, of a board with so many people."""
    last = max(1, -(-listed // LINES))
    return {"first": 1, "middle": (last + 1) // 2, "last": last}


async def measure(path: Path, bank: Bank, figures: Figures, seed: int) -> None:
    store = Store(path)
    try:
        ratings, draw = Ratings(store, bank), random.Random(seed + 1)
        everybody = _value(path, "SELECT max(id) FROM people")
        traffic = Traffic(store, ratings, bank, everybody, draw)
        for _ in range(20):
            await traffic.one()  # warms up
        boards = Boards(store, SystemClock())
        for board in Board:
            for track in (ALL_TRACKS, TRACK):
                await _board(boards, traffic, figures, board, track)
        for _ in range(50):
            figures.empty.append(await traffic.nothing())
            figures.written.append(await traffic.pages())
        for track in (ALL_TRACKS, TRACK):
            for kind, number in kinds(figures.listed[_name(Board.EFFORT, track)]).items():
                viewer = draw.randrange(1, everybody + 1)
                took = [summed(path, track, number, viewer) for _ in range(3)]
                figures.summed[f"{_name(Board.EFFORT, track)} {kind}"] = took
        users = [*traffic.seen, *draw.sample(range(1, everybody + 1), SAMPLE)][:SAMPLE]
        before = stored(path, users)
        async with store.write() as connection:
            for user in users:
                await ratings.rebuild(connection, user=user)
        after = stored(path, users)
        figures.differing = len(before ^ after)
        assert before, "nobody in the sample has anything"
    finally:
        await store.close()
    figures.rows = _value(path, "SELECT count(*) FROM standings")


async def _board(boards: Boards, traffic: Traffic, figures: Figures, board: Board, track: str) -> None:
    async def page(number: int) -> tuple[float, int]:
        viewer = traffic.draw.randrange(1, traffic.people + 1)
        began = time.perf_counter()
        found = await boards.page(EVERYWHERE, board, track, EVER, number, viewer)
        return _since(began), found.total

    took, listed = await page(1)
    figures.cold.append(took)
    figures.listed[_name(board, track)] = listed
    for kind, number in kinds(listed).items():
        times = figures.pages.setdefault(f"{_name(board, track)} {kind}", [])
        for _ in range(PAGES):
            if board is Board.HELP:
                figures.helps.append(await traffic.help())
            else:
                took, busy = await traffic.one()
                figures.new.append(took)
                figures.busy.append(busy)
            times.append((await page(number))[0])


def _name(board: Board, track: str) -> str:
    return f"{board.value}, {track or 'all tracks'}"


def summed(path: Path, track: str, number: int, viewer: int) -> float:
    """Milliseconds in which SQL adds up a page of the effort board from the results: lines, total, one's own rank."""
    where = "WHERE track = :track" if track else "WHERE :track = ''"
    days = f"SELECT user_id, count(DISTINCT day) AS value FROM results {where} GROUP BY user_id"
    asked = {"track": track, "skip": (number - 1) * LINES, "viewer": viewer}
    with closing(sqlite3.connect(path)) as connection:
        began = time.perf_counter()
        connection.execute(f"{days} ORDER BY value DESC, user_id LIMIT {LINES} OFFSET :skip", asked).fetchall()
        connection.execute(
            f"WITH days AS ({days}) SELECT count(*), sum(value > (SELECT value FROM days WHERE user_id = :viewer)) "
            "FROM days",
            asked,
        ).fetchall()
        return _since(began)


def stored(path: Path, users: Sequence[int]) -> set[tuple[Any, ...]]:
    """Every row that adds up, of these people."""
    found: set[tuple[Any, ...]] = set()
    marks = ", ".join("?" * len(users))
    with closing(sqlite3.connect(path)) as connection:
        for table in ("abilities", "active_days", "standings"):
            rows = connection.execute(f"SELECT * FROM {table} WHERE user_id IN ({marks})", users)
            found.update((table, *row) for row in rows)
    return found


def _value(path: Path, query: str) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute(query).fetchone()[0])


async def run(path: Path, bank: Bank, count: int, seed: int) -> Figures:
    migrate(path, NOW)
    began = time.perf_counter()
    fill(path, bank, count, seed)
    filled = time.perf_counter()
    store = Store(path)
    async with store.write() as connection:
        await Ratings(store, bank).rebuild(connection)
    await store.close()
    rebuilt = time.perf_counter()
    size = _value(path, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
    results = _value(path, "SELECT count(*) FROM results")
    figures = Figures(results, filled - began, rebuilt - filled, size / 1e6, 0)
    await measure(path, bank, figures, seed)
    return figures


# Telling


def table(title: str, names: Sequence[str], columns: Sequence[Sequence[str]]) -> None:
    print(f"\n{title}")
    for number, name in enumerate(names):
        print(f"  {name:34}" + "".join(f"{column[number]:>22}" for column in columns))


def times(found: Sequence[float]) -> str:
    return f"{statistics.median(found):8.2f} {sorted(found)[int(len(found) * 0.95)]:8.2f}"


def tell(sizes: Sequence[Figures]) -> None:
    effort = _name(Board.EFFORT, ALL_TRACKS)
    table(
        "what there is",
        ["results", "people listed for effort", "rows of boards", "database, MB", "computed from nothing, s"],
        [
            [f"{f.results:,}", f"{f.listed[effort]:,}", f"{f.rows:,}", f"{f.megabytes:,.0f}", f"{f.rebuilt_s:,.0f}"]
            for f in sizes
        ],
    )
    names = list(sizes[0].pages)
    table("a page, ms: median, 95%", names, [[times(f.pages[name]) for name in names] for f in sizes])
    table("the first look at a board after a start", ["all boards"], [[times(f.cold)] for f in sizes])
    names = list(sizes[0].summed)
    table(
        "the same page added up by SQL, ms: median, times ours",
        names,
        [[_beside(f.summed[name], f.pages[name]) for name in names] for f in sizes],
    )
    table(
        "something new, ms: median, 95%",
        ["a result, commit included", "  of it the processor", "a help", "a transaction that writes one value"],
        [[times(f.new), times(f.busy), times(f.helps), times(f.empty)] for f in sizes],
    )
    table("pages written for a result and its round: median, 95%", ["pages"], [[times(f.written)] for f in sizes])
    table("rows of a sample that differ, computed anew", ["rows"], [[str(f.differing)] for f in sizes])


def _beside(theirs: Sequence[float], ours: Sequence[float]) -> str:
    median = statistics.median(theirs)
    return f"{median:8.1f} {median / statistics.median(ours):7.0f}x"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--results", type=int, nargs="+", default=SIZES)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    bank = Bank.open()
    found: list[Figures] = []
    for count in options.results:
        with tempfile.TemporaryDirectory() as folder:
            found.append(asyncio.run(run(Path(folder) / "boards.db", bank, count, options.seed)))
    tell(found)


if __name__ == "__main__":
    main()
