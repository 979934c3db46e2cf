"""Who is matched with whom, and when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from bot.rounds.partners import (
    AGAIN_AFTER,
    NOTICE,
    WITHIN,
    Days,
    Match,
    Seeker,
    UnknownZoneError,
    best_match,
    first_common_hour,
    hour_of_week,
    hours_of_week,
)
from questions.model import Level

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
EVENINGS = frozenset(range(18, 22))
"""Monday 18:00 to 22:00 UTC."""
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe"]


def seeker(
    user: int,
    level: Level = Level.MID,
    hours: frozenset[int] = EVENINGS,
    *,
    days: float = 1,
    recent: frozenset[int] = frozenset(),
) -> Seeker:
    """Somebody who has waited for `days` on Monday at nine."""
    return Seeker(user, level, hours, MONDAY - timedelta(days=days), recent)


def user_of(match: Match | None) -> int | None:
    return match.seeker.user if match else None


# Hours of the week


def test_hours_are_numbered_from_monday_in_utc() -> None:
    assert hour_of_week(datetime(2026, 3, 2, 0, 59, tzinfo=UTC)) == 0
    assert hour_of_week(datetime(2026, 3, 8, 23, 0, tzinfo=UTC)) == 167
    assert hour_of_week(datetime(2026, 3, 2, 0, 30, tzinfo=ZoneInfo("Europe/Berlin"))) == 167


def test_the_last_hour_is_included() -> None:
    found = hours_of_week("UTC", Days.WEEKDAYS, 18, 21, MONDAY)
    assert found == {day * 24 + hour for day in range(5) for hour in (18, 19, 20, 21)}
    assert hours_of_week("UTC", Days.WEEKEND, 7, 7, MONDAY) == {5 * 24 + 7, 6 * 24 + 7}
    assert hours_of_week("UTC", Days.ANY, 0, 23, MONDAY) == frozenset(range(168))


def test_local_hours_become_utc_hours() -> None:
    winter = hours_of_week("America/New_York", Days.ANY, 20, 20, datetime(2026, 1, 5, 12, 0, tzinfo=UTC))
    assert winter == {day * 24 + 1 for day in range(7)}
    friday_evening = hours_of_week("America/New_York", Days.WEEKDAYS, 20, 20, datetime(2026, 1, 5, 12, 0, tzinfo=UTC))
    assert friday_evening == {day * 24 + 1 for day in (1, 2, 3, 4, 5)}  # Friday evening there is Saturday in UTC


def test_a_span_over_midnight_belongs_to_the_day_on_which_it_begins() -> None:
    found = hours_of_week("UTC", Days.WEEKEND, 22, 1, MONDAY)
    saturday, sunday = 5 * 24, 6 * 24
    assert found == {saturday + 22, saturday + 23, sunday, sunday + 1, sunday + 22, sunday + 23, 0, 1}
    assert hours_of_week("UTC", Days.ANY, 5, 4, MONDAY) == frozenset(range(168))


def test_a_clock_change_within_the_week_is_counted_from_its_day_on() -> None:
    before = datetime(2026, 3, 26, 12, 0, tzinfo=UTC)  # Thursday; on Sunday clocks in Berlin go from 2 to 3
    found = hours_of_week("Europe/Berlin", Days.ANY, 20, 20, before)
    assert found == {3 * 24 + 19, 4 * 24 + 19, 5 * 24 + 19, 6 * 24 + 18, 18, 24 + 18, 2 * 24 + 18}


def test_the_hour_that_is_skipped_does_not_come_and_the_one_that_is_repeated_comes_twice() -> None:
    spring = hours_of_week("Europe/Berlin", Days.WEEKEND, 2, 2, datetime(2026, 3, 27, 12, 0, tzinfo=UTC))
    assert spring == {5 * 24 + 1}  # Saturday only
    autumn = hours_of_week("Europe/Berlin", Days.WEEKEND, 2, 2, datetime(2026, 10, 23, 12, 0, tzinfo=UTC))
    assert autumn == {5 * 24, 6 * 24, 6 * 24 + 1}


def test_off_the_full_hour_only_whole_utc_hours_count() -> None:
    assert hours_of_week("Asia/Kolkata", Days.ANY, 18, 18, MONDAY) == frozenset()
    found = hours_of_week("Asia/Kolkata", Days.ANY, 18, 20, MONDAY)  # 12:30 to 15:30 UTC
    assert found == {day * 24 + hour for day in range(7) for hour in (13, 14)}


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd", "Europe", "a\0b"])
def test_a_zone_that_does_not_exist_is_refused(zone: str) -> None:
    with pytest.raises(UnknownZoneError):
        hours_of_week(zone, Days.ANY, 18, 21, MONDAY)


@pytest.mark.parametrize(("first", "last"), [(-1, 3), (3, 24), (24, 3)])
def test_an_hour_that_no_clock_shows_is_refused(first: int, last: int) -> None:
    with pytest.raises(ValueError, match="0 to 23"):
        hours_of_week("UTC", Days.ANY, first, last, MONDAY)


@given(
    zone=st.sampled_from(ZONES),
    days=st.sampled_from(Days),
    first=st.integers(0, 23),
    last=st.integers(0, 23),
    now=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
@settings(deadline=None, max_examples=60)
def test_every_minute_of_an_hour_found_is_free_at_home(
    zone: str, days: Days, first: int, last: int, now: datetime
) -> None:
    found = hours_of_week(zone, days, first, last, now)
    span = (last - first) % 24
    moment = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    for number in range(167):
        start = moment + timedelta(hours=number)
        free = True
        for minute in (0, 14, 29, 44, 59):
            local = (start + timedelta(minutes=minute)).astimezone(ZoneInfo(zone))
            since_first = (local.hour - first) % 24
            began = local.date() - timedelta(days=1 if local.hour < since_first else 0)
            free = free and since_first <= span and (days is Days.ANY or (began.weekday() >= 5) == (days == "weekend"))
        assert (hour_of_week(start) in found) == free


# The first common hour


def test_the_first_common_hour_leaves_an_hours_notice() -> None:
    assert first_common_hour({10, 18}, {10, 18}, MONDAY) == datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
    later = MONDAY + timedelta(seconds=1)
    assert first_common_hour({10, 18}, {10, 18}, later) == datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
    assert first_common_hour({9}, {9}, MONDAY) == MONDAY + timedelta(days=7)
    assert first_common_hour({10}, {10}, later) is None  # today it is too soon, in a week too late
    assert first_common_hour({10}, {11}, MONDAY) is None
    assert first_common_hour(set(), {11}, MONDAY) is None


# Matching


def test_the_same_level_comes_first_then_who_has_waited_longest() -> None:
    waiting = [
        seeker(2, Level.SENIOR, days=9),
        seeker(3, Level.MID, days=2),
        seeker(4, Level.MID, days=3),
        seeker(5, Level.JUNIOR, days=20),
    ]
    match = best_match(seeker(1), waiting, MONDAY)
    assert match == Match(waiting[2], datetime(2026, 3, 2, 18, 0, tzinfo=UTC))
    assert user_of(best_match(seeker(1), [waiting[0], waiting[3]], MONDAY)) == 5


def test_levels_that_are_not_next_to_each_other_do_not_match() -> None:
    assert best_match(seeker(1, Level.JUNIOR), [seeker(2, Level.SENIOR)], MONDAY) is None
    assert user_of(best_match(seeker(1, Level.JUNIOR), [seeker(2, Level.MID)], MONDAY)) == 2


def test_a_common_hour_is_needed() -> None:
    assert best_match(seeker(1), [seeker(2, hours=frozenset({22, 23}))], MONDAY) is None
    match = best_match(seeker(1), [seeker(2, hours=frozenset({21, 22}))], MONDAY)
    assert match is not None
    assert match.start == datetime(2026, 3, 2, 21, 0, tzinfo=UTC)


def test_nobody_is_matched_with_themself() -> None:
    assert best_match(seeker(1), [seeker(1, days=30)], MONDAY) is None


@pytest.mark.parametrize(("mine", "theirs"), [({2}, set[int]()), (set[int](), {1}), ({2}, {1})])
def test_recent_partners_meet_again_only_when_both_have_waited_a_week(mine: set[int], theirs: set[int]) -> None:
    new, old = seeker(1, days=7, recent=frozenset(mine)), seeker(2, days=7, recent=frozenset(theirs))
    assert user_of(best_match(new, [old], MONDAY)) == 2
    assert best_match(replace(new, since=MONDAY - AGAIN_AFTER + timedelta(seconds=1)), [old], MONDAY) is None
    assert best_match(new, [replace(old, since=MONDAY - timedelta(days=6))], MONDAY) is None


def test_anybody_else_who_fits_comes_before_a_recent_partner() -> None:
    new = seeker(1, days=10, recent=frozenset({2}))
    waiting = [seeker(2, days=30), seeker(3, Level.SENIOR, days=0)]
    assert user_of(best_match(new, waiting, MONDAY)) == 3


SEEKERS = st.builds(
    Seeker,
    user=st.integers(1, 6),
    level=st.sampled_from(Level),
    hours=st.frozensets(st.integers(0, 167), max_size=60),
    since=st.integers(0, 20 * 24).map(lambda hours: MONDAY - timedelta(hours=hours)),
    recent=st.frozensets(st.integers(1, 6), max_size=2),
)
NOWS = st.timedeltas(timedelta(0), timedelta(days=10)).map(lambda passed: MONDAY + passed)


@given(new=SEEKERS, waiting=st.lists(SEEKERS, max_size=6, unique_by=lambda one: one.user), now=NOWS)
def test_a_match_suits_both_and_does_not_hang_on_the_order(new: Seeker, waiting: list[Seeker], now: datetime) -> None:
    match = best_match(new, waiting, now)
    fits = [other for other in waiting if best_match(new, [other], now)]
    assert (match is None) == (not fits)
    if match is not None:
        assert match.seeker in fits
        assert match.seeker.user != new.user
        assert hour_of_week(match.start) in new.hours & match.seeker.hours
        assert (match.start.minute, match.start.second, match.start.microsecond) == (0, 0, 0)
        assert NOTICE <= match.start - now <= WITHIN
    assert best_match(new, waiting[::-1], now) == match
    assert best_match(new, sorted(waiting, key=lambda other: (other.user, other.since)), now) == match


@given(one=SEEKERS, another=SEEKERS, now=NOWS)
def test_two_fit_each_other_or_neither_does(one: Seeker, another: Seeker, now: datetime) -> None:
    there, back = best_match(one, [another], now), best_match(another, [one], now)
    assert (there is None) == (back is None)
    if there is not None and back is not None:
        assert there.start == back.start
