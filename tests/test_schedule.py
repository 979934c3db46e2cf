"""Clocks on walls: the hour that a clock skips, the hour that it shows twice, and every hour in between."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.schedule import (
    DAY,
    WEEK,
    WEEKDAYS,
    at_local,
    at_local_if_any,
    daily_between,
    find_zone,
    local_day,
    next_daily,
    next_weekly,
    zone_names,
)

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
HOUR = timedelta(hours=1)

quick = settings(max_examples=200, deadline=None)
zones = st.sampled_from(sorted(zone_names())).map(ZoneInfo)
moments = st.datetimes(datetime(2005, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
days = st.dates(date(2005, 1, 1), date(2037, 1, 1))
weekdays, hours, minutes = st.integers(0, 6), st.integers(0, 23), st.integers(0, 59)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


def wall(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)


def offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return wall(moment, zone) - wall(moment, ZoneInfo("UTC"))


# Days


@pytest.mark.parametrize(
    ("zone", "expected"),
    [("UTC", date(2026, 3, 2)), ("Asia/Tokyo", date(2026, 3, 3)), ("America/New_York", date(2026, 3, 2))],
)
def test_the_day_is_the_one_on_the_calendar_there(zone: str, expected: date) -> None:
    assert local_day(utc(2026, 3, 2, 15, 30), ZoneInfo(zone)) == expected


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a time zone"):
        local_day(datetime(2026, 3, 2, 9), UTC)  # noqa: DTZ001 - the point of the test


# One time of one day


@pytest.mark.parametrize(
    ("day", "hour", "minute", "zone", "expected"),
    [
        (date(2026, 3, 2), 9, 30, BERLIN, utc(2026, 3, 2, 8, 30)),
        (date(2026, 7, 6), 9, 30, BERLIN, utc(2026, 7, 6, 7, 30)),
        # 29 March 2026, 2:00 becomes 3:00 in Berlin
        (date(2026, 3, 29), 1, 59, BERLIN, utc(2026, 3, 29, 0, 59)),
        (date(2026, 3, 29), 2, 0, BERLIN, utc(2026, 3, 29, 1, 0)),
        (date(2026, 3, 29), 2, 30, BERLIN, utc(2026, 3, 29, 1, 0)),
        (date(2026, 3, 29), 3, 0, BERLIN, utc(2026, 3, 29, 1, 0)),
        # 25 October 2026, 3:00 becomes 2:00
        (date(2026, 10, 25), 2, 0, BERLIN, utc(2026, 10, 25, 0, 0)),
        (date(2026, 10, 25), 2, 30, BERLIN, utc(2026, 10, 25, 0, 30)),
        (date(2026, 10, 25), 3, 0, BERLIN, utc(2026, 10, 25, 2, 0)),
        # Half an hour is skipped on Lord Howe Island, midnight in Havana, a whole day on Samoa
        (date(2026, 10, 4), 2, 15, ZoneInfo("Australia/Lord_Howe"), utc(2026, 10, 3, 15, 30)),
        (date(2026, 3, 8), 0, 0, ZoneInfo("America/Havana"), utc(2026, 3, 8, 5, 0)),
        (date(2011, 12, 30), 9, 0, ZoneInfo("Pacific/Apia"), utc(2011, 12, 30, 10, 0)),
    ],
)
def test_a_time_of_a_day_is_found(day: date, hour: int, minute: int, zone: ZoneInfo, expected: datetime) -> None:
    assert at_local(day, hour, minute, zone) == expected


@quick
@given(days, hours, minutes, zones)
def test_the_clock_shows_the_time_or_has_just_jumped_over_it(day: date, hour: int, minute: int, zone: ZoneInfo) -> None:
    wanted = datetime(day.year, day.month, day.day, hour, minute)  # noqa: DTZ001 - what a clock shows
    moment = at_local(day, hour, minute, zone)
    shown = wall(moment, zone)
    assert shown >= wanted
    if shown != wanted:
        assert wall(moment - timedelta(seconds=1), zone) < wanted, "there was no earlier moment after the gap"
    assert moment.utcoffset() == timedelta(0)


@quick
@given(days, hours, minutes, zones)
def test_of_a_time_that_is_shown_twice_the_first_is_taken(day: date, hour: int, minute: int, zone: ZoneInfo) -> None:
    moment = at_local(day, hour, minute, zone)
    shown = wall(moment, zone)
    earlier = [moment - HOUR * quarters / 4 for quarters in range(1, 13)]
    assert all(wall(before, zone) != shown for before in earlier)


def test_a_day_that_a_calendar_leaves_out_has_no_times() -> None:
    apia = ZoneInfo("Pacific/Apia")
    assert at_local_if_any(date(2011, 12, 30), 9, 0, apia) is None
    assert at_local_if_any(date(2011, 12, 31), 0, 0, apia) == utc(2011, 12, 30, 10)


def test_a_time_that_is_skipped_at_the_end_of_a_day_belongs_to_it_still() -> None:
    """Nuuk, 28 March 2026: 23:00 becomes 0:00 of the next day, one hour before its end."""
    nuuk = ZoneInfo("America/Nuuk")
    moment = at_local_if_any(date(2026, 3, 28), 23, 30, nuuk)
    assert moment is not None
    assert moment == utc(2026, 3, 29, 1)
    assert local_day(moment, nuuk) == date(2026, 3, 29)


# Every day


ALL = range(7)


@pytest.mark.parametrize(
    ("now", "weekdays", "after", "expected"),
    [
        (utc(2026, 3, 2, 8, 29), ALL, None, (date(2026, 3, 2), utc(2026, 3, 2, 8, 30))),
        (utc(2026, 3, 2, 8, 30), ALL, None, (date(2026, 3, 3), utc(2026, 3, 3, 8, 30))),
        (utc(2026, 3, 2, 8, 30), [4], None, (date(2026, 3, 6), utc(2026, 3, 6, 8, 30))),
        (utc(2026, 3, 2, 8, 30), [0], None, (date(2026, 3, 9), utc(2026, 3, 9, 8, 30))),
        (utc(2026, 3, 2, 8, 29), ALL, date(2026, 3, 2), (date(2026, 3, 3), utc(2026, 3, 3, 8, 30))),
        (utc(2026, 3, 2, 8, 29), [0], date(2026, 3, 10), (date(2026, 3, 16), utc(2026, 3, 16, 8, 30))),
        (utc(2026, 3, 2, 8, 29), ALL, date(2026, 2, 1), (date(2026, 3, 2), utc(2026, 3, 2, 8, 30))),
        (utc(2026, 3, 28, 8, 30), ALL, None, (date(2026, 3, 29), utc(2026, 3, 29, 7, 30))),  # summer time began
    ],
)
def test_the_next_half_past_nine_in_berlin(
    now: datetime, weekdays: list[int], after: date | None, expected: tuple[date, datetime]
) -> None:
    assert next_daily(now, 9, 30, weekdays, BERLIN, after=after) == expected


def test_in_the_gap_and_in_the_repeated_hour_a_day_comes_once() -> None:
    spring = daily_between(utc(2026, 3, 27), utc(2026, 3, 31), 2, 30, ALL, BERLIN)
    assert [moment for _, moment in spring][1:3] == [utc(2026, 3, 28, 1, 30), utc(2026, 3, 29, 1, 0)]
    autumn = daily_between(utc(2026, 10, 24, 12), utc(2026, 10, 26, 12), 2, 30, ALL, BERLIN)
    assert autumn == [(date(2026, 10, 25), utc(2026, 10, 25, 0, 30)), (date(2026, 10, 26), utc(2026, 10, 26, 1, 30))]


@quick
@given(moments, hours, minutes, st.sets(weekdays, min_size=1), zones)
def test_the_next_day_is_the_first_one_that_is_found_between(
    now: datetime, hour: int, minute: int, chosen: set[int], zone: ZoneInfo
) -> None:
    day, moment = next_daily(now, hour, minute, chosen, zone)
    assert moment > now
    assert day.weekday() in chosen
    assert daily_between(now + timedelta(microseconds=1), moment, hour, minute, chosen, zone) == [(day, moment)]


@quick
@given(moments, st.integers(0, 30 * 24), hours, minutes, zones)
def test_between_two_moments_every_day_has_its_time(
    first: datetime, length: int, hour: int, minute: int, zone: ZoneInfo
) -> None:
    last = first + HOUR * length
    found = daily_between(first, last, hour, minute, ALL, zone)
    days_ = [day for day, _ in found]
    assert days_ == sorted(set(days_))
    begin, end = local_day(first, zone), local_day(last, zone)
    inner = [begin + DAY * number for number in range(1, (end - begin).days)]
    missing = set(inner) - set(days_)
    assert all(at_local_if_any(day, hour, minute, zone) is None or hour == 23 for day in missing)
    for day, moment in found:
        assert first <= moment <= last
        assert moment == at_local(day, hour, minute, zone)


@pytest.mark.parametrize("chosen", [[], [7], [-1, 3]])
def test_a_day_needs_weekdays(chosen: list[int]) -> None:
    with pytest.raises(ValueError, match="not weekdays"):
        next_daily(utc(2026, 3, 2), 9, 30, chosen, BERLIN)


# Every week


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (utc(2026, 3, 2, 7, 59), utc(2026, 3, 2, 8, 0)),  # Monday, 8:59 in Berlin
        (utc(2026, 3, 2, 8, 0), utc(2026, 3, 9, 8, 0)),
        (utc(2026, 3, 8, 23, 59), utc(2026, 3, 9, 8, 0)),
        (utc(2026, 3, 23, 8, 0), utc(2026, 3, 30, 7, 0)),  # summer time has begun in between
        (utc(2026, 10, 19, 7, 0), utc(2026, 10, 26, 8, 0)),  # and ended
    ],
)
def test_the_next_monday_at_nine_in_berlin(now: datetime, expected: datetime) -> None:
    assert next_weekly(now, 0, 9, BERLIN) == expected


def test_a_post_in_the_skipped_hour_comes_right_after_the_gap_and_once() -> None:
    """New York, 8 March 2026: 2:00 becomes 3:00."""
    sunday = 6
    first = next_weekly(utc(2026, 3, 1, 7), sunday, 2, NEW_YORK)
    assert first == utc(2026, 3, 8, 7)
    assert wall(first, NEW_YORK).hour == 3
    assert next_weekly(first, sunday, 2, NEW_YORK) == utc(2026, 3, 15, 6)


def test_a_post_in_the_repeated_hour_comes_at_the_first_time_and_once() -> None:
    """New York, 1 November 2026: 2:00 becomes 1:00."""
    sunday = 6
    first = next_weekly(utc(2026, 10, 30), sunday, 1, NEW_YORK)
    assert first == utc(2026, 11, 1, 5)
    again = first + HOUR
    assert wall(again, NEW_YORK) == wall(first, NEW_YORK), "the same time on the clock"
    for now in (first, first + HOUR / 2, again - timedelta(seconds=1), again):
        assert next_weekly(now, sunday, 1, NEW_YORK) == utc(2026, 11, 8, 6)


@quick
@given(moments, weekdays, hours, zones)
def test_the_next_post_lies_ahead_at_its_hour_or_where_that_is_skipped(
    now: datetime, weekday: int, hour: int, zone: ZoneInfo
) -> None:
    moment = next_weekly(now, weekday, hour, zone)
    assert moment > now
    shown, before = wall(moment, zone), wall(moment - timedelta(seconds=1), zone)
    if (shown.weekday(), shown.hour, shown.minute) != (weekday, hour, 0):
        skipped = [before.replace(minute=0) + HOUR * number for number in range(1, 30)]
        assert any((at.weekday(), at.hour) == (weekday, hour) and before < at < shown for at in skipped)
    set_back = offset(now, zone) - offset(moment, zone)
    assert moment - now <= WEEK + max(set_back, timedelta(0))


@quick
@given(moments, weekdays, hours, zones)
def test_no_earlier_post_is_missed(now: datetime, weekday: int, hour: int, zone: ZoneInfo) -> None:
    moment = next_weekly(now, weekday, hour, zone)
    today = local_day(now, zone)
    coming = [today + timedelta(days=number) for number in range(-1, 9)]
    posts = [at_local(day, hour, 0, zone) for day in coming if day.weekday() == weekday]
    assert moment == min(post for post in posts if post > now)


@quick
@given(moments, weekdays, hours, st.sampled_from([BERLIN, NEW_YORK, ZoneInfo("Asia/Kolkata"), ZoneInfo("UTC")]))
def test_a_post_is_at_most_a_week_and_an_hour_away(now: datetime, weekday: int, hour: int, zone: ZoneInfo) -> None:
    assert timedelta(0) < next_weekly(now, weekday, hour, zone) - now <= WEEK + HOUR


@pytest.mark.parametrize(("weekday", "hour"), [(7, 9), (-1, 9), (0, 24), (0, -1)])
def test_what_no_calendar_has_is_refused(weekday: int, hour: int) -> None:
    with pytest.raises(ValueError, match=r"weekday|hour"):
        next_weekly(utc(2026, 3, 2), weekday, hour, BERLIN)


def test_weekdays_are_named_as_dates_count_them() -> None:
    assert [date(2026, 3, 2 + number).strftime("%A") for number in range(7)] == list(WEEKDAYS)


# Zones


def test_all_zones_can_be_loaded() -> None:
    assert len(zone_names()) > 500
    assert all(find_zone(name) is not None for name in zone_names())


@pytest.mark.parametrize(
    "name", ["", "America", "localtime", "../etc/passwd", "europe/berlin", "Berlin", "x" * 5000, "\0"]
)
def test_other_names_are_no_zones(name: str) -> None:
    assert find_zone(name) is None
