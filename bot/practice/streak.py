"""Streaks of days with practice, which a missed day does not end while there are freezes.

A streak reaches back from a day over the days before it. It may pass over missed days, but over no more than two in any
calendar month: those are the freezes, and nobody has to do anything for them. It begins on the earliest day with
practice from which this holds, so it is looked at from its end: one missed day too many drops the oldest days from it
instead of ending it, and practicing on one day more can never make it shorter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

FREEZES_A_MONTH = 2
DAY = timedelta(days=1)
WEEKS_SHOWN = 5


@dataclass(frozen=True)
class Streak:
    """A streak as it stands on a day."""

    days: int
    """Days with practice in it; 0 where there is no streak."""
    since: date | None
    """Its first day."""
    longest: int
    """The most days that a streak ever had."""
    frozen: tuple[date, ...]
    """Days without practice that it passes over, oldest first."""
    freezes_left: int
    """Of this month."""
    today: bool
    """Whether today has practice already."""


def streak(active: Collection[date], today: date) -> Streak:
    """The streak of somebody with practice on these days. Today counts once it has practice, and is not missed yet."""
    days = sorted({day for day in active if day <= today})
    last_day = today if days and days[-1] == today else today - DAY
    first = _begin(days, last_day)
    kept = days[first:] if first is not None else []
    frozen = _missed(kept[0], last_day, kept) if kept else ()
    this_month = sum(_month(day) == _month(today) for day in frozen)
    return Streak(
        days=len(kept),
        since=kept[0] if kept else None,
        longest=_longest(days),
        frozen=frozen,
        freezes_left=FREEZES_A_MONTH - this_month,
        today=last_day == today,
    )


def _begin(days: Sequence[date], last_day: date) -> int | None:
    """The index of the day on which the streak that reaches up to `last_day` began; None where none does."""
    used: Counter[tuple[int, int]] = Counter()
    found: int | None = None
    expected = last_day
    for index in range(len(days) - 1, -1, -1):
        while expected > days[index]:
            used[_month(expected)] += 1
            if used[_month(expected)] > FREEZES_A_MONTH:
                return found
            expected -= DAY
        found, expected = index, days[index] - DAY
    return found


def _longest(days: Sequence[date]) -> int:
    """The most days that a streak ended with: both of its ends move forward only."""
    used: Counter[tuple[int, int]] = Counter()
    start = best = 0
    for end, day in enumerate(days):
        if end:
            gap = (day - days[end - 1]).days - 1
            if gap > 2 * FREEZES_A_MONTH:  # two months hold no more
                used.clear()
                start = end
            else:
                used.update(_month(missed) for missed in _between(days[end - 1], day))
                while max(used.values(), default=0) > FREEZES_A_MONTH:
                    used.subtract(_month(missed) for missed in _between(days[start], days[start + 1]))
                    start += 1
        best = max(best, end - start + 1)
    return best


def _between(first: date, second: date) -> Iterable[date]:
    """The days that lie between two."""
    return (first + DAY * number for number in range(1, (second - first).days))


def _missed(first: date, last: date, active: Collection[date]) -> tuple[date, ...]:
    kept = frozenset(active)
    everything = (first + DAY * number for number in range((last - first).days + 1))
    return tuple(day for day in everything if day not in kept)


def _month(day: date) -> tuple[int, int]:
    return day.year, day.month


@dataclass(frozen=True)
class CalendarWeek:
    monday: date
    marks: str
    """Seven characters, Monday first: # practiced, * frozen, . missed, - not yet, a space before anything began."""


def calendar(active: Collection[date], frozen: Collection[date], today: date) -> tuple[CalendarWeek, ...]:
    """The last five weeks, this one included, oldest first."""
    first = min(active, default=today)
    monday = today - DAY * today.weekday()
    weeks: list[CalendarWeek] = []
    for back in range(WEEKS_SHOWN - 1, -1, -1):
        start = monday - timedelta(weeks=back)
        marks = "".join(_mark(start + DAY * number, active, frozen, first, today) for number in range(7))
        weeks.append(CalendarWeek(start, marks))
    return tuple(weeks)


def _mark(day: date, active: Collection[date], frozen: Collection[date], first: date, today: date) -> str:
    if day in active:
        return "#"
    if day >= today:
        return "-"
    if day in frozen:
        return "*"
    return "." if day > first else " "
