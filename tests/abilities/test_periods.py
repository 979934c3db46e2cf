"""Weeks, months and seasons, and the day that a person's calendar shows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import given

from bot.abilities.periods import EVER, SEASON_LENGTHS, Period, day_of, key, keys, span

DAYS = st.dates(date(1900, 1, 1), date(2999, 12, 31))
LENGTHS = st.sampled_from(SEASON_LENGTHS)
NAMED = st.sampled_from([Period.WEEK, Period.MONTH, Period.SEASON])


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 11, 21), 3, ("2026-W47", "2026-11", "2026-3m-4", "all")),
        (date(2026, 1, 1), 1, ("2026-W01", "2026-01", "2026-1m-1", "all")),
        (date(2027, 1, 3), 6, ("2026-W53", "2027-01", "2027-6m-1", "all")),
        (date(2024, 12, 30), 12, ("2025-W01", "2024-12", "2024-12m-1", "all")),
        (date(2026, 12, 31), 4, ("2026-W53", "2026-12", "2026-4m-3", "all")),
        (date(2026, 2, 28), 2, ("2026-W09", "2026-02", "2026-2m-1", "all")),
    ],
)
def test_a_day_has_four_periods(day: date, months: int, expected: tuple[str, ...]) -> None:
    assert keys(day, months) == expected


@given(DAYS, LENGTHS)
def test_keys_fit_their_column_and_differ(day: date, months: int) -> None:
    found = keys(day, months)
    assert max(map(len, found)) <= 16
    assert len(set(found)) == len(Period)


@given(NAMED, DAYS, LENGTHS)
def test_a_period_holds_its_days_and_no_others(period: Period, day: date, months: int) -> None:
    days = span(key(period, day, months))
    assert days is not None
    first, last = days
    assert first <= day <= last
    assert key(period, first, months) == key(period, last, months) == key(period, day, months)
    assert key(period, first - timedelta(days=1), months) != key(period, day, months)
    assert key(period, last + timedelta(days=1), months) != key(period, day, months)


def test_all_time_has_no_beginning() -> None:
    assert span(EVER) is None


@pytest.mark.parametrize(
    "name",
    ["", "2026", "2026-13", "2026-W54", "2025-W53", "2026-5m-1", "2026-3m-5", "2026-3m-0", "2026-03m-1", "0000-01"],
)
def test_what_names_no_period_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        span(name)


@pytest.mark.parametrize("months", [0, 5, 7, 24, -3])
def test_a_season_of_another_length_is_refused(months: int) -> None:
    with pytest.raises(ValueError, match="a season has"):
        key(Period.SEASON, date(2026, 1, 1), months)


@pytest.mark.parametrize(
    ("at", "zone", "expected"),
    [
        (datetime(2026, 3, 1, 23, 30, tzinfo=UTC), None, date(2026, 3, 1)),
        (datetime(2026, 3, 1, 23, 30, tzinfo=UTC), "Asia/Tokyo", date(2026, 3, 2)),
        (datetime(2026, 3, 2, 7, 59, tzinfo=UTC), "America/Los_Angeles", date(2026, 3, 1)),
        # The clocks of Berlin are put forward on 29 March 2026 and back on 25 October.
        (datetime(2026, 3, 28, 22, 59, tzinfo=UTC), "Europe/Berlin", date(2026, 3, 28)),
        (datetime(2026, 3, 28, 23, 0, tzinfo=UTC), "Europe/Berlin", date(2026, 3, 29)),
        (datetime(2026, 3, 29, 21, 59, tzinfo=UTC), "Europe/Berlin", date(2026, 3, 29)),
        (datetime(2026, 3, 29, 22, 0, tzinfo=UTC), "Europe/Berlin", date(2026, 3, 30)),
        (datetime(2026, 10, 24, 22, 0, tzinfo=UTC), "Europe/Berlin", date(2026, 10, 25)),
        (datetime(2026, 10, 25, 22, 59, tzinfo=UTC), "Europe/Berlin", date(2026, 10, 25)),
        (datetime(2026, 10, 25, 23, 0, tzinfo=UTC), "Europe/Berlin", date(2026, 10, 26)),
    ],
)
def test_a_persons_day_is_that_of_their_calendar(at: datetime, zone: str | None, expected: date) -> None:
    assert day_of(at, zone) == expected


@pytest.mark.parametrize("zone", ["", "Nowhere/Land", "../etc/passwd", "Europe", "\0"])
def test_an_unknown_zone_is_utc(zone: str) -> None:
    assert day_of(datetime(2026, 3, 1, 23, 59, tzinfo=UTC), zone) == date(2026, 3, 1)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        day_of(datetime(2026, 3, 1), None)  # noqa: DTZ001 - it is the mistake
