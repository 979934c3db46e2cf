"""Daily questions by the services: what is due when, in which order, once, and what becomes of what fails."""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event, text

from bot.errors import UserError
from bot.rounds.events import Kind, Mode
from bot.services.daily import MIX, ClosedError, Daily, DailyKind, DailyPlan, NotSubscribedError
from bot.services.daily_delivery import ASKED, BATCH, Deliveries, Headers
from bot.services.daily_draw import DailyDraw, NextQuestion
from bot.services.daily_schedule import (
    AT_MOST_LATE,
    EVERY_DAY,
    WEEKEND,
    WORKDAYS,
    Pace,
    comes_by,
    fall_due,
    paces,
    retry_after,
    weekdays,
)
from bot.services.posting import MessageRef, PlaceGoneError, PostError
from bot.services.rounds import Rounds
from bot.services.starting import Format, Wish
from bot.store import daily as daily_store
from bot.store.daily import Became, DueRow, Reason, Status
from bot.store.engine import Store
from bot.store.rounds import Place, Surface
from questions.bank import Bank
from questions.kinds import AnyQuestion
from questions.model import Level
from tests.clock import ManualClock
from tests.services.recorder import Message, RecordingPoster
from tests.services.scripted import ScriptedJudge

HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)
PLAN = DailyPlan(9, 30, EVERY_DAY, (DailyKind.MULTIPLE_CHOICE,), 1, Level.MID)
ALICE, BOB = 1, 2


def dm(user: int) -> Place:
    return Place(None, 1000 + user, Surface.CHANNEL)


class Mail(RecordingPoster):
    """Implements `bot.services.daily.Mail`."""

    def __init__(self) -> None:
        super().__init__()
        self.closed: set[int] = set()
        """Channels of direct messages that are closed."""
        self.times: list[datetime] = []
        self.clock: ManualClock | None = None

    async def post(self, place: Place, round_id: int, card: Any, nonce: str) -> MessageRef:
        if place.channel_id in self.closed:
            raise ClosedError("Cannot send messages to this user")
        if self.clock is not None:
            self.times.append(self.clock.now())
        return await super().post(place, round_id, card, nonce)

    async def open_dm(self, user_id: int) -> int:
        if dm(user_id).channel_id in self.closed:
            raise ClosedError("Cannot send messages to this user")
        return dm(user_id).channel_id


@dataclass
class Chooser:
    """Implements `NextQuestion`: says what a test says."""

    ids: list[str] | None = None
    reason: str = ""
    asked: list[tuple[Any, ...]] = field(default_factory=list[tuple[Any, ...]])
    failing: set[int] = field(default_factory=set[int])

    async def choose(
        self, user_id: int, kinds: tuple[type[AnyQuestion], ...], level: Level, count: int
    ) -> tuple[list[str] | None, str]:
        self.asked.append((user_id, kinds, level, count))
        if user_id in self.failing:
            raise RuntimeError("the chooser is broken")
        return self.ids, self.reason


class Office:
    """One process."""

    def __init__(
        self,
        store: Store,
        bank: Bank,
        clock: ManualClock,
        mail: Mail,
        rate: float = 5,
        chooser: NextQuestion | None = None,
    ) -> None:
        self.store = store
        self.bank = bank
        self.clock = clock
        self.mail = mail
        judge = ScriptedJudge()
        chance = random.Random(1)
        self.rounds = Rounds(store, bank, clock, mail, chance, judge)
        self.headers = Headers(store)
        draw = DailyDraw(store, bank, clock, chance, judge, chooser=chooser)
        self.daily = Daily(store, clock, rate)
        self.deliveries = Deliveries(store, clock, self.rounds, draw, mail, self.headers, rate)

    async def on(self, user: int, plan: DailyPlan = PLAN, zone: str = "UTC") -> None:
        await self.daily.turn_on(user, plan, dm(user), zone)

    async def tick(self, seconds: float = 1) -> None:
        self.clock.move(seconds)
        await self.deliveries.tick()
        await self.deliveries.settled()

    async def go(self, to: datetime, step: float = 60) -> None:
        """Time passes to a moment, in steps that are none too small."""
        while self.clock.now() < to:
            await self.tick(min(step, (to - self.clock.now()).total_seconds()))
        await self.tick()
        await self.tick()

    async def days(self, user: int = ALICE) -> list[tuple[date, str, str | None]]:
        async with self.store.read() as connection:
            rows = await daily_store.latest(connection, user, 1000)
        return [(row.day, row.status.value, row.reason.value if row.reason else None) for row in reversed(rows)]

    async def outcomes(self, user: int = ALICE) -> list[str]:
        return [reason or status for _, status, reason in await self.days(user)]

    def asked(self, user: int = ALICE) -> list[Message]:
        return [message for message in self.mail.posted(dm(user).channel_id) if message.key == ASKED]


@pytest.fixture
def mail(clock: ManualClock) -> Mail:
    mail = Mail()
    mail.clock = clock
    return mail


@pytest.fixture
def office(store: Store, bank: Bank, clock: ManualClock, mail: Mail) -> Office:
    return Office(store, bank, clock, mail)


@pytest_asyncio.fixture
async def other(database: Path, bank: Bank, clock: ManualClock, mail: Mail) -> AsyncGenerator[Office]:
    """A second process on the same database and Discord."""
    store = Store(database)
    yield Office(store, bank, clock, mail)
    await store.close()


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """In March 2026; the clock begins on Monday the 2nd at 9:00 UTC."""
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


# Due


async def test_every_day_comes_once_at_its_time(office: Office) -> None:
    await office.on(ALICE)
    for day in (2, 3, 4):
        await office.go(at(day, 9, 29), step=600)
        assert len(office.asked()) == day - 2
        await office.go(at(day, 9, 31))
        assert len(office.asked()) == day - 1
    assert [day for day, _, _ in await office.days()] == [date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)]
    assert await office.outcomes() == ["sent"] * 3


async def test_only_the_chosen_weekdays_are_due(office: Office) -> None:
    await office.on(ALICE, replace(PLAN, days=WEEKEND))
    await office.go(at(10, 12), step=1800)
    assert [day for day, _, _ in await office.days()] == [date(2026, 3, 7), date(2026, 3, 8)]


@pytest.mark.parametrize(
    ("zone", "days", "moments"),
    [
        ("America/New_York", (7, 8, 9), [(7, 7, 30), (8, 7, 0), (9, 6, 30)]),  # 2:30 is skipped on the 8th
        ("America/Havana", (7, 8, 9), [(7, 7, 30), (8, 6, 30), (9, 6, 30)]),
    ],
)
async def test_where_the_clock_is_put_forward_it_comes_once(
    office: Office, zone: str, days: Sequence[int], moments: Sequence[tuple[int, int, int]]
) -> None:
    office.clock.at = at(7, 1)
    await office.on(ALICE, replace(PLAN, hour=2, minute=30), zone)
    await office.go(at(9, 12), step=900)
    async with office.store.read() as connection:
        rows = await daily_store.latest(connection, ALICE, 10)
    assert [(row.day.day, row.due_at) for row in reversed(rows)] == [
        (day, at(*moment)) for day, moment in zip(days, moments, strict=True)
    ]


async def test_a_short_absence_delays_and_a_long_one_skips(office: Office) -> None:
    await office.on(ALICE)
    office.clock.at = at(2, 15, 29)
    await office.tick()
    await office.tick()
    assert await office.outcomes() == ["sent"]
    office.clock.at = at(5, 15, 30)
    await office.tick()
    await office.tick()
    assert await office.outcomes() == ["sent", "late", "late", "late"]
    assert len(office.asked()) == 1


async def test_what_waited_in_the_queue_too_long_is_late_too(office: Office) -> None:
    await office.on(ALICE)
    office.clock.at = at(2, 9, 31)
    await office.deliveries.queue()
    office.clock.at = at(2, 15, 30)
    await office.tick()
    assert await office.outcomes() == ["late"]


async def test_a_day_is_never_given_twice_however_the_settings_change(office: Office) -> None:
    await office.on(ALICE)
    await office.go(at(2, 9, 31))
    for hour, zone in ((20, "UTC"), (11, "UTC"), (9, "Pacific/Honolulu"), (23, "Asia/Tokyo")):
        await office.on(ALICE, replace(PLAN, hour=hour), zone)
    await office.go(at(4, 12), step=900)
    found = [day for day, _, _ in await office.days()]
    assert len(set(found)) == len(found)
    assert found[:2] == [date(2026, 3, 2), date(2026, 3, 3)]


async def test_a_change_in_the_very_minute_does_not_swallow_the_day(office: Office) -> None:
    await office.on(ALICE)
    office.clock.at = at(2, 9, 30)
    await office.on(ALICE, replace(PLAN, hour=20))
    await office.tick()
    await office.tick()
    assert await office.outcomes() == ["sent"]


async def test_who_moves_to_another_zone_gets_it_by_the_new_clock(office: Office) -> None:
    await office.on(ALICE, zone="Europe/Berlin")
    async with office.store.write() as connection:
        await connection.execute(text("UPDATE people SET zone = 'America/New_York'"))
    assert await office.daily.after_use(ALICE) is None
    row = await office.daily.get(ALICE)
    assert row.next_at == at(2, 14, 30)
    await office.go(at(2, 12))
    assert not office.asked()
    await office.go(at(2, 14, 31))
    assert len(office.asked()) == 1


async def test_a_move_that_nobody_noticed_does_not_send_at_the_old_time(office: Office) -> None:
    await office.on(ALICE, zone="Europe/Berlin")
    async with office.store.write() as connection:
        await connection.execute(text("UPDATE people SET zone = 'America/New_York'"))
    await office.go(at(3, 12), step=600)
    assert not office.asked()
    await office.go(at(3, 14, 31))
    assert len(office.asked()) == 1


zones = st.sampled_from(
    [
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "America/Havana",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "Asia/Kolkata",
    ]
)


@settings(max_examples=200, deadline=None)
@given(
    st.integers(0, 23),
    st.integers(0, 59),
    st.integers(1, EVERY_DAY),
    zones,
    st.datetimes(datetime(2011, 12, 1), datetime(2012, 1, 20), timezones=st.just(UTC)),  # noqa: DTZ001
    st.lists(st.floats(60, 400_000), max_size=8),
)
def test_whenever_it_is_looked_every_day_falls_due_once(
    hour: int, minute: int, days: int, zone: str, begin: datetime, steps: list[float]
) -> None:
    row = DueRow(ALICE, hour, minute, days, begin, zone)
    now = begin
    pieces: list[tuple[date, datetime]] = []
    for step in steps:
        now += timedelta(seconds=step)
        if row.next_at <= now:
            fallen = fall_due(row, now)
            pieces += [(day.day, day.due_at) for day in fallen.days]
            assert fallen.next_at > now
            assert all((now - day.due_at >= AT_MOST_LATE) == (day.status is Became.SKIPPED) for day in fallen.days)
            row = replace(row, next_at=fallen.next_at)
    at_once = fall_due(DueRow(ALICE, hour, minute, days, begin, zone), now) if steps else None
    assert pieces == [(day.day, day.due_at) for day in at_once.days] if at_once else not pieces
    found = [day for day, _ in pieces]
    assert found == sorted(set(found))
    assert all(day.weekday() in weekdays(days) for day in found)
    tz = ZoneInfo(zone)
    assert all(moment.astimezone(tz).date() - day <= DAY for day, moment in pieces)


# Once


async def test_a_lost_reply_is_looked_for_and_not_sent_again(office: Office) -> None:
    office.mail.remembers_nonces = False
    office.mail.lost_replies = 1
    await office.on(ALICE)
    await office.go(at(2, 9, 35))
    assert len(office.asked()) == 1
    assert office.mail.searches == 1
    assert await office.outcomes() == ["sent"]


@pytest.mark.parametrize("arrived", [True, False])
async def test_killed_while_sending_the_next_process_finds_out(office: Office, other: Office, arrived: bool) -> None:
    """The claim is stored and the message sent (or not), but nobody noted it."""
    office.mail.remembers_nonces = False
    office.mail.lost_replies = 1 if arrived else 0
    if not arrived:
        office.mail.failures.append(PostError("it did not arrive"))
    await office.on(ALICE)
    office.clock.at = at(2, 9, 30)
    await office.tick()
    await office.tick()
    assert len(office.asked()) == arrived
    assert await office.outcomes() == ["queued"]
    await other.deliveries.recover()
    await other.tick(30)
    await other.tick()
    assert len(office.asked()) == 1
    assert await office.outcomes() == ["sent"]
    await office.go(at(2, 9, 50))
    assert len(office.asked()) == 1


async def test_two_processes_send_everything_once(office: Office, other: Office) -> None:
    office.mail.remembers_nonces = False
    for user in range(1, 31):
        await office.on(user)
    office.clock.at = at(2, 9, 30)
    for _ in range(15):
        office.clock.move(1)
        await office.deliveries.tick()
        await other.deliveries.tick()
        await office.deliveries.settled()
        await other.deliveries.settled()
    assert [len(office.asked(user)) for user in range(1, 31)] == [1] * 30


async def test_a_process_that_comes_back_too_late_does_not_send_what_was_begun(office: Office, other: Office) -> None:
    office.mail.failures.append(PostError("it did not arrive"))
    await office.on(ALICE)
    office.clock.at = at(2, 9, 30)
    await office.tick()
    await office.tick()
    office.clock.at = at(2, 16)
    await other.deliveries.recover()
    await other.rounds.take_up([])
    assert await other.outcomes() == ["late"]
    assert not office.asked()
    [row] = await _rounds(office)
    assert row == ("stopped", 1, 1), "it is over, and nothing of it is to be shown"


async def _rounds(office: Office) -> list[Any]:
    async with office.store.read() as connection:
        found = await connection.execute(text("SELECT status, seq, shown_seq FROM rounds ORDER BY id"))
        return [tuple(row) for row in found]


async def test_an_ordinary_carry_out_of_a_left_round_posts_nothing(office: Office) -> None:
    """A click on its old message, or a restart, must not bring a summary of nothing."""
    await office.on(ALICE)
    await office.go(at(3, 9, 31), step=600)
    count = len(office.mail.messages)
    await office.rounds.carry_out(1)
    assert len(office.mail.messages) == count
    assert await _rounds(office) == [("stopped", 1, 1), ("open", 0, 0)]


# In order, at a rate


async def test_the_rate_is_kept_and_the_oldest_come_first(office: Office) -> None:
    for user in range(1, 41):
        minute = 31 if user % 2 else 30
        await office.on(user, replace(PLAN, minute=minute))
    office.clock.at = at(2, 9, 31)
    office.mail.times.clear()
    per_tick: list[int] = []
    for _ in range(12):
        before = len(office.mail.times)
        await office.tick()
        per_tick.append(len(office.mail.times) - before)
    assert sum(per_tick) == 40
    assert all(count <= 10 for count in per_tick)
    assert sum(per_tick[:4]) <= 5 * 6
    users = [message.channel_id - 1000 for message in office.mail.messages if message.author is None]
    assert all(user % 2 == 0 for user in users[:20]), "those who were due a minute before"


async def test_after_a_pause_in_sending_little_is_caught_up_with(office: Office) -> None:
    for user in range(1, 61):
        await office.on(user)
    office.clock.at = at(2, 10)
    await office.tick()
    await office.tick(600)
    assert len(office.mail.times) <= 10


async def test_people_of_one_minute_take_turns_in_being_first(office: Office) -> None:
    for user in range(1, 8):
        await office.on(user * 1500)
    firsts: set[int] = set()
    for day in range(2, 12):
        office.mail.messages.clear()
        office.clock.at = at(day, 9, 30)
        await office.tick()
        for _ in range(4):
            await office.tick()
        firsts.add(office.mail.messages[0].channel_id)
    assert len(firsts) > 2


def test_a_crowd_of_ten_thousand_takes_half_an_hour_at_five_a_second() -> None:
    due = at(2, 8, 30)
    assert comes_by([(due, 10_000)], due, 5) == at(2, 9, 5)
    assert comes_by([(due, 300)], due, 5) is None
    assert comes_by([(due, 301)], due, 5) == at(2, 8, 35)
    assert comes_by([(due - HOUR, 10_000)], due, 5) is None, "an hour is enough for them"
    assert comes_by([(due - MINUTE, 10_000), (due, 1)], due, 5) == at(2, 9, 5), "those before go first"
    assert comes_by([], due, 5) is None


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 300), st.integers(1, 5000)), max_size=8), st.floats(0.5, 50))
def test_the_span_is_never_shorter_than_a_queue_second_by_second(crowd: list[tuple[int, int]], rate: float) -> None:
    due = at(2, 12)
    counts: dict[datetime, int] = {}
    for minutes, count in crowd:
        counts[due - minutes * MINUTE] = counts.get(due - minutes * MINUTE, 0) + count
    told = comes_by(sorted(counts.items()), due, rate) or due + MINUTE
    left, moment = 0.0, due - 301 * MINUTE
    while moment < due or left > 0:
        left = max(0.0, left + counts.get(moment, 0) - rate * 60)
        moment += MINUTE
    assert moment <= told + MINUTE


async def test_nothing_due_costs_one_statement_that_uses_indexes(office: Office) -> None:
    await office.on(ALICE)
    statements: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        await office.tick()
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    [asked] = [statement for statement in statements if not statement.startswith("BEGIN")]
    async with office.store.read() as connection:
        plan = (await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked.replace('?', repr('2026-03-02'))}")).all()
    steps = [step for *_, step in map(tuple[Any, ...], plan) if "daily" in step]
    assert len(steps) == 2
    assert all("USING COVERING INDEX" in step for step in steps)


# Failures


async def test_discords_failures_are_tried_again_for_six_hours_and_then_told(office: Office) -> None:
    await office.on(ALICE)
    await office.on(BOB, replace(PLAN, hour=18))
    office.mail.failures.extend(PostError("503") for _ in range(1000))
    await office.go(at(2, 15, 29))
    assert await office.outcomes() == ["queued"]
    tries = 1000 - len(office.mail.failures)
    assert 15 < tries < 60, "the waits grow, up to twenty minutes"
    await office.go(at(2, 15, 55))
    assert await office.outcomes() == ["error"]
    office.mail.failures.clear()
    await office.go(at(2, 18, 30))
    assert await office.outcomes(BOB) == ["sent"]
    await office.go(at(3, 9, 31))
    header = await office.headers.of(3)
    assert header is not None
    assert [row.day for row in header.missed] == [date(2026, 3, 2)]
    assert not header.reason


async def test_what_arrived_although_it_failed_counts_as_sent_even_after_six_hours(office: Office) -> None:
    office.mail.remembers_nonces = False
    await office.on(ALICE)
    office.mail.lost_replies = 1
    office.clock.at = at(2, 9, 30)
    await office.tick()
    await office.tick()
    office.clock.at = at(2, 16)
    await office.tick()
    assert await office.outcomes() == ["sent"]
    assert len(office.asked()) == 1


async def test_closed_messages_let_it_rest_until_it_is_turned_on_again(office: Office) -> None:
    await office.on(ALICE)
    office.mail.closed.add(dm(ALICE).channel_id)
    await office.go(at(4, 12), step=900)
    assert await office.outcomes() == ["closed"]
    row = await office.daily.get(ALICE)
    assert (row.status, row.next_at) == (Status.CLOSED, None)
    notice = await office.daily.after_use(ALICE)
    assert notice is not None
    assert "your direct messages are closed to me" in notice
    assert await office.daily.told(ALICE, notice)
    assert not await office.daily.told(ALICE, notice), "once"
    office.mail.closed.clear()
    assert (await office.daily.resume(ALICE)).next_at == at(5, 9, 30)
    await office.go(at(5, 9, 31))
    assert await office.outcomes() == ["closed", "sent"]


async def test_a_channel_that_was_never_opened_is_opened_then(office: Office) -> None:
    await office.on(ALICE)
    async with office.store.write() as connection:
        await connection.execute(text("UPDATE daily_subscriptions SET dm_channel_id = NULL"))
    await office.go(at(2, 9, 31))
    assert await office.outcomes() == ["sent"]
    assert (await office.daily.get(ALICE)).dm_channel_id == dm(ALICE).channel_id


async def test_a_refused_message_is_skipped_at_once(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    await office.on(ALICE)
    office.mail.failures.append(PlaceGoneError("400 Bad Request"))
    await office.go(at(2, 9, 31))
    assert await office.outcomes() == ["error"]
    assert "was refused" in caplog.text
    await office.go(at(3, 9, 31), step=600)
    assert await office.outcomes() == ["error", "sent"]


async def test_one_broken_delivery_holds_up_nobody(
    store: Store, bank: Bank, clock: ManualClock, mail: Mail, caplog: pytest.LogCaptureFixture
) -> None:
    chooser = Chooser(failing={BOB})
    office = Office(store, bank, clock, mail, chooser=chooser)
    for user in (ALICE, BOB, 3, 4):
        await office.on(user)
    await office.go(at(2, 9, 31))
    assert [await office.outcomes(user) for user in (ALICE, BOB, 3, 4)] == [["sent"], ["queued"], ["sent"], ["sent"]]
    assert "each is tried alone" in caplog.text
    await office.go(at(2, 16), step=300)
    assert await office.outcomes(BOB) == ["error"]
    chooser.failing.clear()
    await office.go(at(3, 9, 31), step=600)
    assert await office.outcomes(BOB) == ["error", "sent"]


async def test_what_is_turned_off_while_it_waits_is_not_sent(office: Office) -> None:
    await office.on(ALICE)
    office.clock.at = at(2, 9, 30)
    await office.deliveries.queue()
    await office.daily.turn_off(ALICE)
    await office.tick()
    assert await office.outcomes() == ["paused"]
    assert not office.asked()


@pytest.mark.thorough
async def test_with_trouble_only_a_few_try(office: Office) -> None:
    for user in range(1, 101):
        await office.on(user)
    office.mail.failures.extend(PostError("503") for _ in range(10_000))
    await office.go(at(2, 10, 30))
    assert 10_000 - len(office.mail.failures) < 100
    office.mail.failures.clear()
    await office.go(at(2, 11), step=1)
    assert [await office.outcomes(user) for user in range(1, 101)] == [["sent"]] * 100


@pytest.mark.thorough
async def test_after_a_long_outage_those_who_are_too_late_hold_up_nobody(office: Office) -> None:
    for user in range(1, 301):
        await office.on(user)
    await office.on(500, replace(PLAN, hour=14, minute=0))
    office.mail.failures.extend(PostError("503") for _ in range(10_000))
    await office.go(at(2, 18, 30), step=300)
    for user in range(1, 301):
        assert await office.outcomes(user) in (["error"], ["queued"]), "the few that were tried are looked for first"
    office.mail.failures.clear()
    await office.go(at(2, 19), step=60)
    assert [await office.outcomes(user) for user in range(1, 301)] == [["error"]] * 300
    assert await office.outcomes(500) == ["sent"]


# Unanswered


async def unanswered(office: Office, user: int = ALICE) -> tuple[int, bool]:
    row = await office.daily.get(user)
    return row.unanswered, row.slow_asked


async def test_untouched_questions_are_counted_and_asked_about_once(office: Office) -> None:
    await office.on(ALICE)
    found: list[tuple[int, bool]] = []
    asked: list[bool] = []
    for day in range(2, 9):
        await office.go(at(day, 9, 31), step=1800)
        found.append(await unanswered(office))
        header = await office.headers.of(day - 1)
        asked.append(header is not None and bool(header.paces))
    assert found == [(0, False), (1, False), (2, False), (3, True), (4, True), (5, True), (6, True)]
    assert asked == [False, False, False, True, False, False, False]


async def test_a_hint_or_an_answer_starts_the_count_anew(office: Office) -> None:
    await office.on(ALICE, replace(PLAN, kinds=(DailyKind.FREE_TEXT,)))
    await office.go(at(4, 9, 31), step=1800)
    assert await unanswered(office) == (2, False)
    await office.rounds.hint(3, by=ALICE, turn=0)
    await office.go(at(5, 9, 31), step=1800)
    assert await unanswered(office) == (0, False)


async def test_a_day_that_did_not_come_counts_neither_way(office: Office) -> None:
    await office.on(ALICE)
    await office.go(at(4, 9, 31), step=1800)
    assert await unanswered(office) == (2, False)
    office.clock.at = at(5, 16)
    await office.tick()
    await office.tick()
    await office.go(at(6, 9, 31), step=1800)
    assert await office.outcomes() == ["sent", "sent", "sent", "late", "sent"]
    assert await unanswered(office) == (3, True)


@pytest.mark.parametrize(
    ("pace", "days", "status"),
    [
        (Pace.WORKDAYS, WORKDAYS, Status.ON),
        (Pace.WEEKLY, 1, Status.ON),
        (Pace.PAUSE, EVERY_DAY, Status.PAUSED),
        (Pace.KEEP, EVERY_DAY, Status.ON),
    ],
)
async def test_slowing_down(office: Office, pace: Pace, days: int, status: Status) -> None:
    await office.on(ALICE)
    row = await office.daily.slow_down(ALICE, pace)
    assert (row.days, row.status) == (days, status)
    assert (row.next_at is None) == (status is Status.PAUSED)


def test_only_slower_rhythms_are_offered() -> None:
    assert paces(EVERY_DAY) == (Pace.WORKDAYS, Pace.WEEKLY, Pace.PAUSE, Pace.KEEP)
    assert paces(WEEKEND) == (Pace.WEEKLY, Pace.PAUSE, Pace.KEEP)
    assert paces(0b1000) == (Pace.PAUSE, Pace.KEEP)


async def test_an_exam_that_waits_is_not_ended(office: Office) -> None:
    wish = Wish(ALICE, dm(ALICE), Kind.QUIZ, Level.MID, Mode.EXAM, None, Format.NUMERIC, 1)
    exam = await office.rounds.start(wish)
    await office.rounds.carry_out(exam.id)
    await office.on(ALICE)
    await office.go(at(3, 9, 31), step=1800)
    assert (await office.rounds.load(exam.id)).state.finished_at is None


# Which question


@pytest.mark.parametrize("ids", [["ml.regularization.penalties"], ["nonsense", "ml.regularization.penalties"]])
async def test_a_chooser_says_what_comes_and_why(
    store: Store, bank: Bank, clock: ManualClock, mail: Mail, ids: list[str]
) -> None:
    chooser = Chooser(ids, "You missed the penalty point nine days ago")
    office = Office(store, bank, clock, mail, chooser=chooser)
    await office.on(ALICE, replace(PLAN, kinds=MIX, count=2, level=Level.SENIOR))
    await office.go(at(2, 9, 31))
    [(user, kinds, level, count)] = chooser.asked
    assert (user, level, count) == (ALICE, Level.SENIOR, 2)
    assert [kind.__name__ for kind in kinds] == ["FreeText", "MultipleChoice", "Numeric"]
    row = await office.rounds.load(1)
    assert [item.question for item in row.state.items] == ["ml.regularization.penalties"]
    header = await office.headers.of(1)
    assert header is not None
    assert header.reason == "You missed the penalty point nine days ago"


@pytest.mark.parametrize("ids", [None, [], ["nonsense"], ["behav.conflict.shipping"]])
async def test_without_a_fitting_choice_it_is_drawn_and_no_reason_is_told(
    store: Store, bank: Bank, clock: ManualClock, mail: Mail, ids: list[str] | None
) -> None:
    office = Office(store, bank, clock, mail, chooser=Chooser(ids, "because"))
    await office.on(ALICE)
    await office.go(at(2, 9, 31))
    assert await office.outcomes() == ["sent"]
    header = await office.headers.of(1)
    assert header is not None
    assert header.reason == ""


@pytest.mark.parametrize(
    ("kind", "round_kind"),
    [(DailyKind.BEHAVIORAL, Kind.BEHAVIORAL), (DailyKind.CODE, Kind.CODE), (DailyKind.NUMERIC, Kind.QUIZ)],
)
async def test_each_kind_is_a_round_of_its_kind(office: Office, kind: DailyKind, round_kind: Kind) -> None:
    await office.on(ALICE, replace(PLAN, kinds=(kind,)))
    await office.go(at(2, 9, 31))
    row = await office.rounds.load(1)
    assert (row.kind, row.state.mode) == (round_kind, Mode.PRACTICE)


async def test_a_mixture_brings_every_kind_over_time_and_never_two_in_one_round(office: Office) -> None:
    await office.on(ALICE, replace(PLAN, kinds=tuple(DailyKind), count=3))
    for day in range(2, 22):
        office.clock.at = at(day, 9, 30)
        await office.tick()
        await office.tick()
    async with office.store.read() as connection:
        kinds = set((await connection.scalars(text("SELECT kind FROM rounds"))).all())
    assert kinds == {"quiz", "behavioral", "code"}


async def test_without_any_question_of_the_kind_the_day_is_skipped_and_told(
    store: Store, bank: Bank, clock: ManualClock, mail: Mail
) -> None:
    only = Bank([item for item in bank.loaded.values() if item.question.id.startswith("behav")])
    office = Office(store, only, clock, mail)
    await office.on(ALICE)
    await office.go(at(2, 9, 31))
    assert await office.outcomes() == ["no-question"]
    with pytest.raises(UserError):
        await office.deliveries.send_now(await office.daily.get(ALICE))


# Settings


async def test_who_has_none_is_told_so(office: Office) -> None:
    for wanted in (office.daily.get, office.daily.resume, office.daily.turn_off):
        with pytest.raises(NotSubscribedError):
            await wanted(ALICE)
    assert await office.daily.after_use(ALICE) is None


@pytest.mark.parametrize("broken", [{"kinds": ()}, {"days": 0}])
async def test_a_plan_by_which_nothing_would_come_is_refused(office: Office, broken: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="nothing would ever come"):
        await office.on(ALICE, replace(PLAN, **broken))


async def test_a_pause_to_a_day_ends_by_itself(office: Office) -> None:
    await office.on(ALICE)
    row = await office.daily.pause(ALICE, date(2026, 3, 5))
    assert row.next_at == at(5, 9, 30)
    await office.go(at(5, 9, 31), step=900)
    assert await office.outcomes() == ["sent"]
    row = await office.daily.get(ALICE)
    assert (row.status, row.paused_until) == (Status.ON, None)


async def test_lately_tells_each_day(office: Office) -> None:
    await office.on(ALICE)
    await office.go(at(3, 9, 31), step=900)
    await office.rounds.skip(2, by=ALICE, turn=0)
    lines = await office.daily.lately(ALICE)
    assert [(line.delivery.day.day, line.answered) for line in lines] == [(3, True), (2, False)]


def test_waits_between_tries_grow_to_twenty_minutes() -> None:
    waits = [retry_after(number).total_seconds() for number in range(1, 12)]
    assert waits == [20, 40, 80, 160, 320, 640, 1200, 1200, 1200, 1200, 1200]
    assert retry_after(10_000) == timedelta(minutes=20)


def test_batches_are_bounded() -> None:
    assert BATCH <= 100
    assert {reason.value for reason in Reason} == {"closed", "late", "paused", "no-question", "blocked", "error"}
