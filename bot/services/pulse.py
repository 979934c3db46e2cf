"""The bot's sense of time: it notes that it is alive, so that after an outage deadlines move by its length."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from bot.clock import Clock
from bot.services.carrying import Carrier
from bot.store import meta, rounds
from bot.store.engine import Store
from bot.store.rounds import RoundRow

HEARTBEAT = timedelta(seconds=15)
"""How often the process notes that it is alive, so how exactly an outage is known."""

AnyCarrier = Carrier[Any, Any, Any, Any]


class Pulse:
    """Drives the rounds of one process by the clock."""

    def __init__(self, store: Store, clock: Clock, carriers: Sequence[AnyCarrier]) -> None:
        self._store = store
        self._clock = clock
        self._carriers = tuple(carriers)
        self._beat = clock.now()

    async def recover(self) -> None:
        """What a new process owes: `extend_deadlines`, then `take_up`."""
        await self.take_up(await self.extend_deadlines())

    async def extend_deadlines(self) -> list[tuple[AnyCarrier, list[RoundRow[Any]]]]:
        """Deadlines move by the outage; returns the rounds to take up."""
        now = self._clock.now()
        async with self._store.write() as connection:
            alive = await meta.last_alive(connection)
            waiting = [(carrier, await carrier.extend_deadlines(connection, alive)) for carrier in self._carriers]
            await meta.still_alive(connection, now)
        return waiting

    async def take_up(self, waiting: Sequence[tuple[AnyCarrier, list[RoundRow[Any]]]]) -> None:
        """Carries out every round that is open, or ended without its end being shown."""
        for carrier, rows in waiting:
            await carrier.take_up(rows)

    async def tick(self) -> None:
        """Called every second: ends turns whose time is up, tries failed posts again, notes that the process lives."""
        now = self._clock.now()
        if now >= self._beat:
            await self.note_alive()
            self._beat = now + HEARTBEAT
        async with self._store.read() as connection:
            due = await rounds.due(connection, now)
        for carrier in self._carriers:
            await carrier.tick(due.get(carrier.engine.name, ()))

    async def note_alive(self) -> None:
        """Notes that the process is running now, so that the length of an outage is known."""
        async with self._store.write() as connection:
            await meta.still_alive(connection, self._clock.now())

    async def rest(self) -> None:
        """Breaks off what goes on in the background; the next process does it."""
        for carrier in self._carriers:
            await carrier.rest()
