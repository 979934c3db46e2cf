"""When daily questions are due, how long the crowd of one minute takes, when to try again. Time is an argument."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.schedule import daily_between, find_zone, next_daily
from bot.store.daily import Became, DeliveryRow, DueRow, Reason

AT_MOST_LATE = timedelta(hours=6)
"""A question that could not be sent for so long is left out."""
MINUTE = timedelta(minutes=1)
EVERY_DAY, WORKDAYS, WEEKEND = 0b1111111, 0b0011111, 0b1100000
_FIRST_RETRY, _LAST_RETRY = timedelta(seconds=20), timedelta(minutes=20)
_SLACK = 1.05
"""The share by which a window is wider than the rate alone would have it."""


class Pace(StrEnum):
    """What a person may choose who was asked whether to slow down."""

    WORKDAYS = "workdays"
    WEEKLY = "weekly"
    PAUSE = "pause"
    KEEP = "keep"


def weekdays(days: int) -> frozenset[int]:
    """The weekdays (0: Monday) whose bits are set."""
    return frozenset(number for number in range(7) if days >> number & 1)


def paces(days: int) -> tuple[Pace, ...]:
    """The rhythms that are slower than these days, and the two other ways out."""
    slower = [Pace.WORKDAYS] if days == EVERY_DAY else []
    slower += [Pace.WEEKLY] if len(weekdays(days)) > 1 else []
    return (*slower, Pace.PAUSE, Pace.KEEP)


def zone_of(name: str | None) -> ZoneInfo:
    """The time zone that somebody lives by; UTC where they chose none."""
    return (find_zone(name) if name else None) or ZoneInfo("UTC")


@dataclass(frozen=True)
class Fallen:
    """What has become due of a subscription by now: its days, oldest first, and when the next one is."""

    days: tuple[DeliveryRow, ...]
    next_at: datetime


def fall_due(row: DueRow, now: datetime) -> Fallen:
    """Days that are too late already are skipped. Also right when the person has moved to another time zone since
    `next_at` was worked out."""
    zone, chosen = zone_of(row.zone), weekdays(row.days)
    days = [
        DeliveryRow(row.user_id, day, moment, Became.SKIPPED, Reason.LATE, None, now)
        if now - moment >= AT_MOST_LATE
        else DeliveryRow(row.user_id, day, moment, Became.QUEUED, None, None, now)
        for day, moment in daily_between(row.next_at, now, row.hour, row.minute, chosen, zone)
    ]
    _, following = next_daily(now, row.hour, row.minute, chosen, zone)
    return Fallen(tuple(days), following)


def retry_after(failures: int) -> timedelta:
    """How long to wait after so many failures in a row: 20 seconds, then twice as long each time, up to 20 minutes."""
    return min(_FIRST_RETRY * 2 ** min(failures - 1, 10), _LAST_RETRY)


def comes_by(crowd: Sequence[tuple[datetime, int]], due: datetime, rate: float) -> datetime | None:
    """By when everybody who is due at `due` has got their question; None if that takes a minute at most.

    `crowd` tells how many are due at each moment up to then, oldest first; `rate` is in questions a second. What is
    left of earlier moments goes first. Rounded up to five minutes.
    """
    left, last = 0.0, due
    for moment, count in crowd:
        if moment <= due:
            left = max(0.0, left - rate * (moment - last).total_seconds()) if left else 0.0
            left, last = left + count, moment
    left = max(0.0, left - rate * (due - last).total_seconds())
    if left / rate <= MINUTE.total_seconds():
        return None
    end = due.astimezone(UTC).timestamp() + left / rate * _SLACK
    return datetime.fromtimestamp(math.ceil(end / 300) * 300, UTC)
