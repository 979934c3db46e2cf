"""A simulated year of daily questions: each exactly once or skipped with its reason, whatever is killed or fails.

What was due is worked out here from the calendar alone, day by day, without the code that is tested.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from bot.services.daily import Daily
from bot.store.engine import Store
from bot.store.migrate import migrate
from bot.store.rounds import Place, Surface
from tests.crash.year import ZONES, Story
from tests.crash.year_bot import RATE, REST, FarDiscord, JumpingClock, plan_of

ROOT = Path(__file__).parent.parent.parent
SIX_HOURS = timedelta(hours=6)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
ENOUGH = timedelta(minutes=30)
"""With the bot and Discord up for so long in the six hours after it was due, a question must have come."""
OUTAGES = (0.1, 9.0, 0.1, 1.0, 0.1)
"""Hours for which the bot is away after it was killed, about."""


ROOM = 3 * 2**30
"""Bytes that the database of a year needs."""


# The calendar


@cache
def due_at(zone: str, hour: int, minute: int, day: date) -> datetime:
    """The first minute at which a clock there has reached this time of this day."""
    tz = ZoneInfo(zone)
    wall = datetime(day.year, day.month, day.day, hour, minute)  # noqa: DTZ001 - what a clock shows
    around = [wall.replace(tzinfo=UTC) + timedelta(hours=hours) for hours in (-30, 30)]
    offsets = {moment.astimezone(tz).utcoffset() for moment in around}
    if len(offsets) == 1:
        [offset] = offsets
        assert offset is not None
        return wall.replace(tzinfo=UTC) - offset
    moment = wall.replace(tzinfo=UTC) - timedelta(hours=16)
    while moment.astimezone(tz).replace(tzinfo=None) < wall:
        moment += MINUTE
    return moment


@dataclass(frozen=True)
class Since:
    """How somebody's question is set from a moment on; `days` 0: not at all."""

    moment: datetime
    zone: str
    hour: int
    minute: int
    days: int


@dataclass(frozen=True)
class Delivery:
    user: int
    day: date
    due: datetime
    status: str
    reason: str | None
    round_id: int | None


def expected(settings: Sequence[Since], rested: dict[date, bool], end: datetime) -> list[tuple[date, datetime]]:
    """The days that were due. After a day in `rested` nothing is until the settings are next touched."""
    found: list[tuple[date, datetime]] = []
    last = date.min
    for now, following in zip(settings, [*settings[1:], replace(settings[0], moment=end)], strict=True):
        day, until = now.moment.date() - DAY - DAY, following.moment
        while now.days and day <= until.date() + DAY:
            if now.days >> day.weekday() & 1 and day > last:
                moment = due_at(now.zone, now.hour, now.minute, day)
                if now.moment < moment <= until:
                    found.append((day, moment))
                    last = day
                    if rested.get(day):
                        break
            day += DAY
    return found


# What happens


@dataclass
class Run:
    """One simulated stretch of time, and what the parent saw of it."""

    folder: Path
    seed: int
    count: int
    begin: datetime
    end: datetime
    kills: int = 0
    up: list[tuple[datetime, datetime]] = field(default_factory=list[tuple[datetime, datetime]])
    """When a bot was running."""
    settings: dict[int, list[Since]] = field(default_factory=lambda: defaultdict[int, list[Since]](list))

    def __post_init__(self) -> None:
        self.story = Story.of(self.seed, self.count, self.begin, self.end)
        self.chance = random.Random(f"run {self.seed}")
        # In memory where that can be: a killed process loses nothing of it, and the disk costs more than all the rest.
        memory = Path("/dev/shm")
        roomy = memory.is_dir() and shutil.disk_usage(memory).free > ROOM
        self.place = tempfile.TemporaryDirectory(prefix="year-", dir=memory if roomy else self.folder)
        self.database = Path(self.place.name) / "mockloop.db"
        # The name of a socket may have 100 characters at most, and a test's folder often has more.
        self.sockets = tempfile.TemporaryDirectory(prefix="year-")
        self.socket = Path(self.sockets.name) / "discord"
        self.held = self.folder / "discord.json"

    async def spawn(self, module: str, path: Path, *moments: datetime) -> asyncio.subprocess.Process:
        facts = [str(self.seed), str(self.count), *(moment.isoformat() for moment in (self.begin, self.end, *moments))]
        return await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", module, str(self.socket), str(path), *facts),
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    @asynccontextmanager
    async def discord(self) -> AsyncGenerator[None]:
        """Discord, for all the lives of the bot; at the end what it holds is in `held`."""
        process = await self.spawn("tests.crash.year", self.held)
        assert process.stdout is not None
        assert process.stderr is not None
        assert await process.stdout.readline() == b"up\n", (await process.stderr.read()).decode()
        try:
            yield
            line = await FarDiscord.connect(self.socket, JumpingClock(self.end))
            await line.ask("end")
            await line.close()
            assert await process.wait() == 0, (await process.stderr.read()).decode()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
            self.sockets.cleanup()

    def clean(self) -> None:
        self.place.cleanup()

    async def life(self, begin: datetime, kill_at: datetime | None) -> datetime:
        """A bot that is killed once its clock is past `kill_at` (None: never); returns its last moment."""
        process = await self.spawn("tests.crash.year_bot", self.database, begin)
        assert process.stdout is not None
        assert process.stderr is not None
        last, done, killing = begin, False, False
        while line := (await process.stdout.readline()).decode():
            if not line.endswith("\n"):
                break
            word, _, rest = line.strip().partition(" ")
            done = done or word == "done"
            if word == "at":
                last = datetime.fromisoformat(rest)
            if kill_at is not None and last >= kill_at and not killing:
                killing = True
                await asyncio.sleep(self.chance.random() * 0.05)
                with contextlib.suppress(ProcessLookupError):
                    process.send_signal(signal.SIGKILL)
        errors = (await process.stderr.read()).decode()
        code = await process.wait()
        assert errors == "", errors
        assert code == (-signal.SIGKILL if not done else 0)
        self.kills += not done
        self.up.append((begin, last))
        return last

    async def play(self, kills: int) -> None:
        """The whole time, with so many kills spread over it."""
        migrate(self.database, self.begin)
        await self.turn_on_all()
        length = (self.end - self.begin).total_seconds()
        # On the last day the bot is left alone, so that everybody can turn their question off at its end.
        moments = sorted(self.begin + timedelta(seconds=self.chance.random() * (length - 86_400)) for _ in range(kills))
        async with self.discord():
            now = self.begin
            for moment in moments:
                last = await self.life(now, max(moment, now))
                hours = OUTAGES[self.kills % len(OUTAGES)] * (0.8 + 0.4 * self.chance.random())
                now = min(last + timedelta(hours=hours), self.end - DAY).replace(microsecond=0)
                await self.commands(now)
            await self.life(now, None)
        for user, settings in self.settings.items():
            self.note(user, self.end, settings[-1].zone, 0)

    # What people do; the bot's own services take it, in a process that is not killed.

    @asynccontextmanager
    async def services(self, at: datetime) -> AsyncGenerator[tuple[Store, Daily]]:
        store = Store(self.database)
        try:
            yield store, Daily(store, JumpingClock(at), RATE)
        finally:
            await store.close()

    def note(self, user: int, at: datetime, zone: str, days: int) -> None:
        person = self.story.people[user]
        self.settings[user].append(Since(at, zone, person.hour, person.minute, days))

    async def turn_on_all(self) -> None:
        async with self.services(self.begin) as (_, daily):
            for person in self.story.people.values():
                place = Place(None, person.channel, Surface.CHANNEL)
                await daily.turn_on(person.id, plan_of(person), place, person.zone)
                self.note(person.id, self.begin, person.zone, person.days)

    async def commands(self, at: datetime) -> None:
        """Some turn on again what rests because their messages were closed; some have moved to another zone."""
        async with self.services(at) as (store, daily):
            async with store.read() as connection:
                rows = await connection.execute(text("SELECT user_id, status FROM daily_subscriptions"))
                found = [(row[0], row[1]) for row in rows]
            for user, status in found:
                person, zone = self.story.people[user], self.settings[user][-1].zone
                if status == "closed" and not person.is_closed(at) and self.chance.random() < 0.7:
                    await daily.resume(user)
                    self.note(user, at, zone, person.days)
                elif status == "on" and self.chance.random() < 0.01:
                    zone = self.chance.choice(ZONES)
                    await daily.change(user, plan_of(person), zone)
                    self.note(user, at, zone, person.days)

    # What came of it

    async def deliveries(self) -> list[Delivery]:
        store = Store(self.database)
        try:
            async with store.read() as connection:
                rows = await connection.execute(
                    text("SELECT user_id, day, due_at, status, reason, round_id FROM daily_deliveries ORDER BY 1, 2")
                )
                return [
                    Delivery(
                        row[0],
                        date.fromisoformat(row[1]),
                        datetime.fromisoformat(row[2]).replace(tzinfo=UTC),
                        row[3],
                        row[4],
                        row[5],
                    )
                    for row in rows
                ]
        finally:
            await store.close()

    def available(self, first: datetime, last: datetime) -> timedelta:
        """How long both the bot and Discord were up between two moments."""
        total = timedelta()
        for begin, end in self.up:
            span = (max(begin, first), min(end, last))
            if span[0] < span[1]:
                total += span[1] - span[0]
                for out, back in self.story.outages:
                    total -= max(min(back, span[1]) - max(out, span[0]), timedelta())
        return total

    async def check(self) -> Counter[str]:
        """Holds what was due against what came; returns what there was to count."""
        rows = await self.deliveries()
        held = json.loads(self.held.read_text(encoding="utf-8"))
        came: defaultdict[int, list[datetime]] = defaultdict(list)
        everything: Counter[tuple[int, str]] = Counter()
        for channel, number, key, at in held["posted"]:
            everything[number, key] += 1
            if key == "ask:0":
                came[number].append(datetime.fromisoformat(at))
            del channel
        refused: defaultdict[int, list[datetime]] = defaultdict(list)
        for user, at in held["refused"]:
            refused[user].append(datetime.fromisoformat(at))
        assert [message for message, count in everything.items() if count > 1] == [], "something was said twice"

        by_user: defaultdict[int, list[Delivery]] = defaultdict(list)
        for row in rows:
            by_user[row.user].append(row)
        counts: Counter[str] = Counter(due=0, kills=self.kills, messages=len(held["posted"]))
        for user, settings in self.settings.items():
            mine = by_user[user]
            rested = {row.day: row.reason == "closed" for row in mine}
            wanted = expected(settings, rested, self.end + REST)
            assert [(row.day, row.due) for row in mine] == wanted, f"person {user}, {settings}"
            counts["due"] += len(wanted)
        for row in rows:
            counts[row.reason or row.status] += 1
            arrived = came.pop(row.round_id, []) if row.round_id is not None else []
            if row.status == "sent":
                assert len(arrived) == 1, f"{row} came {len(arrived)} times"
                assert row.due <= arrived[0] < row.due + SIX_HOURS, f"{row} came at {arrived[0]}"
                continue
            assert row.status == "skipped", row
            assert arrived == [], f"{row} came nevertheless"
            if row.reason == "paused":
                assert self.end - SIX_HOURS < row.due <= self.end, f"{row} was not under way when all turned it off"
            elif row.reason == "closed":
                assert any(row.due <= at < row.due + SIX_HOURS for at in refused[row.user]), f"{row}: nobody refused it"
            else:
                assert row.reason in {"late", "error"}, row
                time_enough = self.available(row.due, row.due + SIX_HOURS)
                assert time_enough < ENOUGH, f"{row} could have come: {time_enough} were left"
        assert came == {}, "questions came that nobody was due"
        counts.update(held["counts"])
        return counts


async def outcome(run: Run, kills: int) -> Counter[str]:
    """Plays, checks and reports; returns what there was to count."""
    began = time.monotonic()
    try:
        await run.play(kills)
        counts = await run.check()
    finally:
        run.clean()
    figures = ", ".join(f"{count:,} {name}" for name, count in counts.items())
    zones = len({since.zone for settings in run.settings.values() for since in settings})
    print(f"{run.count} people in {zones} zones: {figures}; {time.monotonic() - began:.0f} s")
    return counts


@pytest.mark.thorough
async def test_three_weeks_with_both_changes_of_the_clock_and_three_kills(tmp_path: Path) -> None:
    run = Run(tmp_path, 20260307, 50, datetime(2026, 3, 7, 12, tzinfo=UTC), datetime(2026, 3, 30, 12, tzinfo=UTC))
    counts = await outcome(run, 3)
    assert counts["kills"] == 3
    assert counts["sent"] > 300
    assert counts["closed"] > 0
    assert counts["late"] + counts["error"] > 0


@pytest.mark.soak
@pytest.mark.timeout(4 * 3600)
async def test_a_year_of_two_thousand_people_in_forty_zones(tmp_path: Path) -> None:
    run = Run(tmp_path, 20260101, 2000, datetime(2026, 1, 1, 12, tzinfo=UTC), datetime(2027, 1, 1, 12, tzinfo=UTC))
    counts = await outcome(run, 60)
    assert counts["kills"] == 60
    assert counts["due"] > 300_000
    assert all(counts[name] > 0 for name in ("closed", "late", "error"))
