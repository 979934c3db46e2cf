"""Days in a row: what a person's active days come to, and which frozen days they have not been told of."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import date, datetime

from bot.clock import Clock
from bot.practice.streak import CalendarWeek, Streak, calendar, streak
from bot.schedule import local_day
from bot.services.people import People
from bot.store import activity, practice
from bot.store.engine import Store

WORTH_TELLING = 3
"""From so many days on a streak is spoken of unasked."""
REMEMBERED = 20_000
"""People of whom it is known when it was last looked for news."""


@dataclass(frozen=True)
class StreakView:
    """A streak as it is shown."""

    streak: Streak
    weeks: tuple[CalendarWeek, ...]
    """The last five, this one included, oldest first."""
    news: tuple[date, ...]
    """Frozen days of the streak that the person was not told of before."""
    ever: bool
    """Whether there was any day with practice."""


class Streaks:
    """Tells people's streaks."""

    def __init__(self, store: Store, clock: Clock, people: People) -> None:
        self._store = store
        self._clock = clock
        self._people = people
        self._looked: OrderedDict[int, datetime] = OrderedDict()
        """In which hour it was last looked for news of somebody."""

    async def view(self, user_id: int) -> StreakView:
        """The person's streak today, by their own calendar; days in all servers and outside of them count alike."""
        today = local_day(self._clock.now(), await self._people.zone(user_id))
        async with self._store.read() as connection:
            days = await activity.days(connection, user_id, date.min)
            told = await practice.told_freezes(connection, user_id)
        found = streak(days, today)
        news = tuple(day for day in found.frozen if day not in told)
        return StreakView(found, calendar(days, found.frozen, today), news, bool(days))

    async def told(self, user_id: int, view: StreakView) -> None:
        """The person has seen this; its frozen days are no news any more."""
        if view.news:
            async with self._store.write() as connection:
                await practice.tell_freezes(connection, user_id, view.news)

    async def news(self, user_id: int) -> StreakView | None:
        """The streak, where freezes have kept it and the person was not told; looked for once an hour at most, as this
        is asked with whatever they do."""
        hour = self._clock.now().replace(minute=0, second=0, microsecond=0)
        if self._looked.get(user_id) == hour:
            return None
        self._looked[user_id] = hour
        self._looked.move_to_end(user_id)
        while len(self._looked) > REMEMBERED:
            self._looked.popitem(last=False)
        view = await self.view(user_id)
        return view if view.news and view.streak.days >= WORTH_TELLING else None
