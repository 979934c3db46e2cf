"""Clocks on walls: which day it is in a time zone, and when a clock there shows a given hour.

Where a clock is put forward, a time that it skips stands for the first moment after the gap; where it is put back, a
time that it shows twice stands for the first of the two. All moments that come out are in UTC.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
"""Their names by number, as `date.weekday` counts."""
SECOND = timedelta(seconds=1)
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
