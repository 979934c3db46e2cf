"""Clocks on walls: which day it is in a time zone, and when a clock there shows a given hour.

Where a clock is put forward, a time that it skips stands for the first moment after the gap; where it is put back, a
time that it shows twice stands for the first of the two. All moments that come out are in UTC.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
"""Their names by number, as `date.weekday` counts."""
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
WEEK = timedelta(days=7)


@cache
def zone_names() -> frozenset[str]:
    """The names of all IANA time zones, old ones included; the same on every machine, whatever its own database has."""
    return frozenset((files("tzdata") / "zones").read_text(encoding="utf-8").split())


def find_zone(name: str) -> ZoneInfo | None:
    """The time zone of an IANA name; None for any other text."""
    # ZoneInfo would also take names of files that are zones on this machine alone, such as "localtime".
    return _load(name) if name in zone_names() else None


@cache
def _load(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def local_day(moment: datetime, zone: tzinfo) -> date:
    """The day that a calendar in the zone shows at an aware moment."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(zone).date()


def at_local(day: date, hour: int, minute: int, zone: tzinfo) -> datetime:
    """The moment when a clock in the zone shows this time of this day, or the first one after it where it skips it."""
    wall = datetime.combine(day, time(hour, minute))
    moment = wall.replace(tzinfo=zone).astimezone(UTC)
    if _wall(moment, zone) == wall:
        return moment
    # In a gap the two readings of a time lie on its two sides; the clock jumps somewhere between them.
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    while moment - before > SECOND:
        middle = (before + (moment - before) / 2).replace(microsecond=0)
        if _wall(middle, zone) < wall:
            before = middle
        else:
            moment = middle
    return moment


def at_local_if_any(day: date, hour: int, minute: int, zone: tzinfo) -> datetime | None:
    """The same; None where the calendar of the zone has no such day, as Samoa's had no 30 December 2011."""
    moment = at_local(day, hour, minute, zone)
    if local_day(moment, zone) != day and local_day(at_local(day, 0, 0, zone), zone) != day:
        return None
    return moment


def daily_between(
    first: datetime, last: datetime, hour: int, minute: int, weekdays: Collection[int], zone: tzinfo
) -> list[tuple[date, datetime]]:
    """The days among these weekdays (0: Monday) whose time lies between two moments, both included; and that time."""
    # A time that the clock skips around midnight comes on the next day.
    day, end = local_day(first, zone) - DAY, local_day(last, zone) + DAY
    found: list[tuple[date, datetime]] = []
    while day <= end:
        if day.weekday() in weekdays:
            moment = at_local_if_any(day, hour, minute, zone)
            if moment is not None and first <= moment <= last:
                found.append((day, moment))
        day += DAY
    return found


def next_daily(
    now: datetime, hour: int, minute: int, weekdays: Collection[int], zone: tzinfo, *, after: date | None = None
) -> tuple[date, datetime]:
    """The first day whose time lies after `now`, and that time.

    Of these weekdays (0: Monday), and later than `after`. Raises ValueError without any weekday.
    """
    if not weekdays or not all(0 <= weekday <= 6 for weekday in weekdays):
        raise ValueError(f"{weekdays} are not weekdays")
    day = local_day(now, zone) - DAY
    if after is not None:
        day = max(day, after + DAY)
    while True:
        if day.weekday() in weekdays:
            moment = at_local_if_any(day, hour, minute, zone)
            if moment is not None and moment > now:
                return day, moment
        day += DAY


def next_weekly(now: datetime, weekday: int, hour: int, zone: tzinfo) -> datetime:
    """The first moment after `now` when a clock in the zone shows this full hour (0-23) of this weekday (0: Monday)."""
    if not 0 <= weekday <= 6:
        raise ValueError(f"{weekday} is not a weekday")
    today = local_day(now, zone)
    day = today + timedelta(days=(weekday - today.weekday()) % 7)
    moment = at_local(day, hour, 0, zone)
    return moment if moment > now else at_local(day + WEEK, hour, 0, zone)


def _wall(moment: datetime, zone: tzinfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)
