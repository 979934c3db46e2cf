"""A person's own preferences, and the names that people go by."""

from __future__ import annotations

from collections.abc import Collection
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.errors import UserError
from bot.schedule import find_zone
from bot.store import people
from bot.store.engine import Store
from bot.store.people import Person

NAME_LIMIT = 100
"""Characters of a name that are kept."""
UTC = ZoneInfo("UTC")


class People:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._names: dict[int, str] = {}

    # Names

    async def remember(self, user_id: int, name: str) -> None:
        """Keeps the name that Discord shows, of people who have begun something; nobody becomes known by it.

        A name that has not changed costs nothing.
        """
        name = name[:NAME_LIMIT]
        if self._names.get(user_id) == name:
            return
        async with self._store.read() as connection:
            person = await people.find(connection, user_id)
        if person is None:
            return
        if person.name != name:
            async with self._store.write() as connection:
                await people.set_name(connection, user_id, name)
        self._names[user_id] = name

    def forget(self, user_id: int) -> None:
        """Drops the name from memory: for whoever erases it from the store, so that it may be kept again later."""
        self._names.pop(user_id, None)

    async def names(self, user_ids: Collection[int]) -> dict[int, str]:
        """What each person is to be called: the nickname that they chose, else their name. Others are left out."""
        async with self._store.read() as connection:
            return await people.names(connection, user_ids)

    # Time zone

    async def zone(self, user_id: int) -> ZoneInfo:
        """The person's time zone; UTC where they chose none."""
        name = await self.known_zone(user_id)
        return (find_zone(name) if name else None) or UTC

    async def known_zone(self, user_id: int) -> str | None:
        """The IANA name of the zone that the person chose."""
        async with self._store.read() as connection:
            person = await people.find(connection, user_id)
        return person.zone if person else None

    async def set_zone(self, user_id: int, zone: str) -> None:
        """Raises UserError when it is not the name of an IANA time zone."""
        if find_zone(zone) is None:
            raise UserError("I do not know that time zone. Pick one from the list that opens while you type.")
        async with self._store.write() as connection:
            await people.ensure(connection, user_id, self._clock.now())
            await people.set_zone(connection, user_id, zone)

    # What they have chosen

    async def preferences(self, user_id: int) -> Person:
        """All that the person has chosen; what holds for everybody where they have not."""
        async with self._store.read() as connection:
            person = await people.find(connection, user_id)
        return person or Person(user_id, name=None, nickname=None, zone=None, hidden=False, quotes=None)

    async def quotes(self, user_id: int) -> bool | None:
        """Whether the person's answers may be quoted to others; None when they were never asked."""
        async with self._store.read() as connection:
            person = await people.find(connection, user_id)
        return person.quotes if person else None

    async def set_quotes(self, user_id: int, allowed: bool) -> None:
        async with self._store.write() as connection:
            await people.ensure(connection, user_id, self._clock.now())
            await people.set_quotes(connection, user_id, allowed)
