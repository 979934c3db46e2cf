"""Calendar periods for boards. A person's own calendar day decides to which week, month and season something belongs.

A period is named by a key: `2026-W47` (ISO week), `2026-11`, `2026-3m-4` (the fourth season of three months), `all`.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from bot.schedule import find_zone, local_day

SEASON_LENGTHS = (1, 2, 3, 4, 6, 12)
"""Months that a season can have: whole seasons make a year."""
SEASON_MONTHS = 3
"""A season's months where nobody chose."""
EVER = "all"
"""The key of all time."""

_WEEK = re.compile(r"(\d{4})-W(\d\d)")
_MONTH = re.compile(r"(\d{4})-(\d\d)")
_SEASON = re.compile(r"(\d{4})-([1-9]\d?)m-([1-9]\d?)")


class Period(StrEnum):
    WEEK = "week"
    MONTH = "month"
    SEASON = "season"
    ALL = "all"


def key(period: Period, day: date, season_months: int = SEASON_MONTHS) -> str:
    """The key of the period that holds a day. Raises ValueError for a season of another length than allowed."""
    match period:
        case Period.WEEK:
            year, week, _ = day.isocalendar()
            return f"{year:04}-W{week:02}"
        case Period.MONTH:
            return f"{day.year:04}-{day.month:02}"
        case Period.SEASON:
            if season_months not in SEASON_LENGTHS:
                raise ValueError(f"a season has {SEASON_LENGTHS} months, not {season_months}")
            return f"{day.year:04}-{season_months}m-{(day.month - 1) // season_months + 1}"
        case Period.ALL:
            return EVER


@lru_cache(maxsize=4096)
def keys(day: date, season_months: int = SEASON_MONTHS) -> tuple[str, ...]:
    """The keys of all periods that hold a day. Raises ValueError for a season of another length than allowed."""
    return tuple(key(period, day, season_months) for period in Period)


def span(name: str) -> tuple[date, date] | None:
    """The first and the last day of the period with this key; None for all time. Raises ValueError for no key."""
    if name == EVER:
        return None
    if found := _WEEK.fullmatch(name):
        first = date.fromisocalendar(int(found[1]), int(found[2]), 1)
        return first, first + timedelta(days=6)
    if found := _MONTH.fullmatch(name):
        return _months(int(found[1]), int(found[2]), 1)
    if found := _SEASON.fullmatch(name):
        year, months, number = (int(part) for part in found.groups())
        if months in SEASON_LENGTHS and 1 <= number <= 12 // months:
            return _months(year, (number - 1) * months + 1, months)
    raise ValueError(f"{name!r} is not a period")


def _months(year: int, month: int, count: int) -> tuple[date, date]:
    first = date(year, month, 1)
    after = date(year + (month + count - 1) // 12, (month + count - 1) % 12 + 1, 1)
    return first, after - timedelta(days=1)


def day_of(at: datetime, zone: str | None) -> date:
    """The day that a person's calendar shows at a moment. `zone`: its IANA name; UTC for None and for any other text.

    Raises ValueError for a moment without a time zone.
    """
    return local_day(at, (find_zone(zone) if zone else None) or UTC)
