"""Who fits whom for a peer interview: by level, by common hours, and not the same two again and again.

Hours of the week are numbered in UTC: 0 is Monday 00:00–01:00, 167 Sunday 23:00–24:00.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from questions.model import Level

HOURS = 168
"""Hours of a week."""
NOTICE = timedelta(hours=1)
"""A common hour begins at least so far ahead."""
WITHIN = timedelta(days=7)
"""And at most so far."""
AGAIN_AFTER = timedelta(days=7)
"""Two who met lately meet again only when both have waited so long."""

_HOUR = timedelta(hours=1)
_SATURDAY = 5
_QUARTERS = tuple(timedelta(minutes=minutes) for minutes in (0, 15, 30, 45))
"""Zones lie a multiple of 15 minutes from UTC, so an hour that is free at these moments is free as a whole."""
_LEVELS = tuple(Level)


class Days(StrEnum):
    WEEKDAYS = "weekdays"
    WEEKEND = "weekend"
    ANY = "any"


@dataclass(frozen=True)
class Seeker:
    user: int
    level: Level
    hours: frozenset[int]
    """The hours of the week that suit, as `hours_of_week` gives them."""
    since: datetime
    """When they began to wait."""
    recent: frozenset[int] = frozenset()
    """With whom they met lately."""


@dataclass(frozen=True)
class Match:
    seeker: Seeker
    start: datetime
    """The first hour that suits both (UTC)."""


class UnknownZoneError(ValueError):
    """There is no time zone of that name."""


def hour_of_week(moment: datetime) -> int:
    """The number (0–167) of the UTC hour that holds a moment."""
    utc = moment.astimezone(UTC)
    return utc.weekday() * 24 + utc.hour


def hours_of_week(zone: str, days: Days, first_hour: int, last_hour: int, now: datetime) -> frozenset[int]:
    """The UTC hours in the seven days from `now` that lie wholly in the local hours `first_hour` to `last_hour`.

    Both are hours of the clock, 0–23, and included: 18 to 21 means from 18:00 to 22:00. A span over midnight (22 to 1)
    belongs to the day on which it begins. Clock changes of the coming seven days are counted, those after are not: ask
    again each week. Where the zone lies off the full hour, the UTC hours that overlap only partly are left out, so a
    single hour there gives none. Raises UnknownZoneError, and ValueError for hours that no clock shows.
    """
    if not (0 <= first_hour < 24 and 0 <= last_hour < 24):
        raise ValueError("an hour is 0 to 23")
    local = _zone(zone)
    begin = _next_hour(now)
    starts = (begin + number * _HOUR for number in range(HOURS))
    return frozenset(
        hour_of_week(start)
        for start in starts
        if all(_suits((start + part).astimezone(local), days, first_hour, last_hour) for part in _QUARTERS)
    )


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # OSError: the name of a folder of zones
        raise UnknownZoneError(name) from error


def _suits(local: datetime, days: Days, first_hour: int, last_hour: int) -> bool:
    over_midnight = last_hour < first_hour
    if over_midnight and local.hour <= last_hour:
        return _on(local.date() - timedelta(days=1), days)
    free = local.hour >= first_hour if over_midnight else first_hour <= local.hour <= last_hour
    return free and _on(local.date(), days)


def _on(day: date, days: Days) -> bool:
    weekend = day.weekday() >= _SATURDAY
    return days is Days.ANY or weekend == (days is Days.WEEKEND)


def _next_hour(moment: datetime) -> datetime:
    """The first full UTC hour at or after a moment."""
    utc = moment.astimezone(UTC)
    whole = utc.replace(minute=0, second=0, microsecond=0)
    return whole if whole == utc else whole + _HOUR


def first_common_hour(one: Collection[int], another: Collection[int], now: datetime) -> datetime | None:
    """When the first hour of the week begins that both hold, at least `NOTICE` and at most `WITHIN` after `now`."""
    earliest = _next_hour(now + NOTICE)
    base = hour_of_week(earliest)
    common = set(one).intersection(another)
    if not common:
        return None
    start = earliest + min((hour - base) % HOURS for hour in common) * _HOUR
    return start if start <= now + WITHIN else None


def best_match(new: Seeker, waiting: Iterable[Seeker], now: datetime) -> Match | None:
    """Who of `waiting` suits `new` best, and when they both can; None: nobody yet.

    The level is the same, or the next one where nobody of the same fits; among equals, who has waited longest comes
    first. Recent partners match only when nobody else fits and both have waited for `AGAIN_AFTER`. The order of
    `waiting`, in which everybody stands once, does not matter.
    """
    fits: list[tuple[tuple[bool, int, datetime, int, datetime], Match]] = []
    for seeker in waiting:
        apart = abs(_LEVELS.index(new.level) - _LEVELS.index(seeker.level))
        if seeker.user == new.user or apart > 1:
            continue
        again = seeker.user in new.recent or new.user in seeker.recent
        if again and now - max(new.since, seeker.since) < AGAIN_AFTER:
            continue
        start = first_common_hour(new.hours, seeker.hours, now)
        if start is not None:
            fits.append(((again, apart, seeker.since, seeker.user, start), Match(seeker, start)))
    return min(fits, key=lambda fit: fit[0])[1] if fits else None
