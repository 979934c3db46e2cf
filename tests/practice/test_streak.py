"""Streaks: what freezes do, and what no set of days may break."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import date, timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from bot.practice.streak import FREEZES_A_MONTH, calendar, streak

TODAY = date(2026, 3, 20)
DAY = timedelta(days=1)

Days = st.sets(st.integers(0, 130).map(lambda back: TODAY - DAY * back), max_size=130)


def march(*numbers: int) -> set[date]:
    return {date(2026, 3, number) for number in numbers}


@pytest.mark.parametrize(
    ("active", "days", "frozen", "left"),
    [
        (march(), 0, march(), 2),
        (march(20), 1, march(), 2),
        (march(19), 1, march(), 2),
        (march(18, 19, 20), 3, march(), 2),
        (march(18, 20), 2, march(19), 1),
        (march(17, 20), 2, march(18, 19), 0),
        (march(17), 1, march(18, 19), 0),
        (march(16), 0, march(), 2),
        (march(16, 20), 1, march(), 2),
    ],
)
def test_freezes_are_used_on_missed_days_by_themselves(
    active: set[date], days: int, frozen: set[date], left: int
) -> None:
    found = streak(active, TODAY)
    assert (found.days, set(found.frozen), found.freezes_left) == (days, frozen, left)


def test_every_month_has_its_own_freezes() -> None:
    active = {date(2026, 2, 26), date(2026, 3, 3)}  # 27 and 28 February, 1 and 2 March lie between
    found = streak(active, date(2026, 3, 3))
    assert found.days == 2
    assert len(found.frozen) == 4
    assert found.freezes_left == 0


def test_one_missed_day_too_many_drops_the_oldest_days_instead_of_all() -> None:
    found = streak(march(1, 3, 5, 6, 7, 9), date(2026, 3, 9))
    assert (found.days, found.since) == (5, date(2026, 3, 3))
    assert found.longest == 5


def test_today_is_not_missed_before_it_is_over() -> None:
    assert not streak(march(19), TODAY).today
    assert streak(march(19), TODAY).freezes_left == FREEZES_A_MONTH
    assert streak(march(19, 20), TODAY).today


def test_days_of_the_future_do_not_count() -> None:
    assert streak(march(20, 21, 22), TODAY).days == 1


@settings(max_examples=400, deadline=None)
@given(Days)
def test_what_holds_for_any_set_of_days(active: set[date]) -> None:
    found = streak(active, TODAY)
    assert 0 <= found.days <= found.longest <= len(active)
    assert 0 <= found.freezes_left <= FREEZES_A_MONTH
    assert max(Counter((day.year, day.month) for day in found.frozen).values(), default=0) <= FREEZES_A_MONTH
    assert not set(found.frozen) & active
    assert (found.since is None) == (found.days == 0)
    if found.since is not None:
        assert found.since in active
        last = TODAY if found.today else TODAY - DAY
        assert found.days + len(found.frozen) == (last - found.since).days + 1
    if active & {TODAY, TODAY - DAY}:
        assert found.days >= 1


@settings(max_examples=400, deadline=None)
@given(Days, st.integers(0, 140))
def test_a_day_more_never_shortens_a_streak(active: set[date], back: int) -> None:
    before, after = streak(active, TODAY), streak({*active, TODAY - DAY * back}, TODAY)
    assert after.days >= before.days
    assert after.longest >= before.longest


def brute_longest(active: Collection[date]) -> int:
    """The longest streak there was, looked for on the evening of every day."""
    return max((streak_on(active, day) for day in active), default=0)


def streak_on(active: Collection[date], evening: date) -> int:
    return streak({day for day in active if day <= evening}, evening).days


@settings(max_examples=200, deadline=None)
@given(Days)
def test_the_longest_streak_is_the_longest_there_was_on_any_evening(active: set[date]) -> None:
    assert streak(active, TODAY).longest == brute_longest(active)


@settings(max_examples=200, deadline=None)
@given(Days)
def test_no_day_without_practice_makes_a_streak_longer(active: set[date]) -> None:
    tomorrow = streak(active, TODAY + DAY)
    assert tomorrow.days <= streak(active, TODAY).days
    assert tomorrow.longest == streak(active, TODAY).longest


@settings(max_examples=200, deadline=None)
@given(Days)
def test_the_calendar_marks_every_day_of_five_weeks_once(active: set[date]) -> None:
    found = streak(active, TODAY)
    weeks = calendar(active, found.frozen, TODAY)
    assert len(weeks) == 5
    assert all(len(week.marks) == 7 and week.monday.weekday() == 0 for week in weeks)
    marks = {week.monday + DAY * number: mark for week in weeks for number, mark in enumerate(week.marks)}
    assert {day for day, mark in marks.items() if mark == "#"} == active & set(marks)
    assert {day for day, mark in marks.items() if mark == "*"} == set(found.frozen) & set(marks)
    assert all(day >= TODAY for day, mark in marks.items() if mark == "-")


def test_the_calendar_does_not_blame_anybody_for_days_before_they_began() -> None:
    weeks = calendar(march(18, 20), march(19), TODAY)
    assert [week.marks for week in weeks] == ["       "] * 4 + ["  #*#--"]
