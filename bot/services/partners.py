"""The queue of people who look for a partner for a peer interview."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.clock import Clock
from bot.errors import UserError
from bot.rounds.partners import Days, Seeker, UnknownZoneError, best_match, hours_of_week
from bot.services.servers import require_channel
from bot.services.starting import Starting
from bot.store import people, seekers
from bot.store.engine import Store
from bot.store.seekers import SeekerRow
from questions.model import Level

_log = logging.getLogger(__name__)

MATCH_EVERY = timedelta(hours=1)
"""How often those who wait are looked at again: hours come near, partners become less recent."""
RECENT = timedelta(days=30)
"""Two who were brought together or met within it are not brought together again so soon."""


@dataclass(frozen=True)
class Search:
    """What a person looks for, with the hours as their own clock shows them."""

    server_id: int
    user_id: int
    channel_id: int
    listed_channel: int
    """The channel that the server may have listed: around `channel_id` if that is a thread."""
    level: Level
    days: Days
    first_hour: int
    """0-23."""
    last_hour: int
    """0-23, included."""
    zone: str


@dataclass(frozen=True)
class Searching:
    """What came of a search: a round that was proposed, or (None) a place in the queue."""

    round_id: int | None
    others: int
    """How many others wait in the server."""


class Pairing(Protocol):
    """Who makes a round of two that fit."""

    async def bring_together(self, one: SeekerRow, another: SeekerRow, when: datetime) -> int | None:
        """Proposes an interview to two who wait; None when they no longer wait as these rows say."""
        ...


class Partners:
    """The queues of all servers, as one process looks after them."""

    def __init__(self, store: Store, clock: Clock, starting: Starting, pairing: Pairing) -> None:
        self._store = store
        self._clock = clock
        self._starting = starting
        self._pairing = pairing
        self._due: datetime | None = None

    async def find(self, search: Search) -> Searching:
        """Puts the person in the queue, or changes what they look for, and sees who fits.

        Raises UserError where they may not, or where their hours hold no full hour.
        """
        now = self._clock.now()
        if not _hours(search.zone, search.days, search.first_hour, search.last_hour, now):
            raise UserError("In your time zone I need a span of at least two hours. Please choose a longer one.")
        row = SeekerRow(
            search.server_id,
            search.user_id,
            search.channel_id,
            search.level,
            search.days,
            search.first_hour,
            search.last_hour,
            search.zone,
            now,
        )
        async with self._store.write() as connection:
            await self._starting.check_blocked(connection, search.server_id, search.user_id)
            await require_channel(connection, search.server_id, search.listed_channel)
            await people.ensure(connection, search.user_id, now)
            await seekers.put(connection, row)
        round_id = await self._match(search.server_id, search.user_id)
        async with self._store.read() as connection:
            waiting = await seekers.waiting(connection, search.server_id)
        return Searching(round_id, sum(one.user_id != search.user_id for one in waiting))

    async def stop(self, server_id: int, user_id: int) -> bool:
        """The person looks no longer; whether they did."""
        async with self._store.write() as connection:
            return await seekers.remove(connection, server_id, [user_id]) > 0

    async def _match(self, server_id: int, user_id: int) -> int | None:
        """The round that was proposed to this person and whoever fits best; None: nobody yet."""
        now = self._clock.now()
        rows, waiting = await self._waiting(server_id, now)
        if user_id not in waiting:
            return None
        found = best_match(waiting[user_id], waiting.values(), now)
        if found is None:
            return None
        return await self._pairing.bring_together(rows[user_id], rows[found.seeker.user], found.start)

    async def _match_all(self, server_id: int) -> None:
        """Brings together whoever fits, those first who have waited longest."""
        now = self._clock.now()
        rows, waiting = await self._waiting(server_id, now)
        for user_id in rows:
            seeker = waiting.pop(user_id, None)
            found = best_match(seeker, waiting.values(), now) if seeker is not None else None
            if found is not None:
                del waiting[found.seeker.user]
                await self._pairing.bring_together(rows[user_id], rows[found.seeker.user], found.start)

    async def _waiting(self, server_id: int, now: datetime) -> tuple[dict[int, SeekerRow], dict[int, Seeker]]:
        """Who waits in a server, longest first: as stored, and as they are matched."""
        async with self._store.read() as connection:
            rows = await seekers.waiting(connection, server_id)
            met = await seekers.partners_since(connection, [row.user_id for row in rows], now - RECENT)
        # A millisecond a person: in a long queue others would feel it.
        found = await asyncio.to_thread(_seekers, rows, met, now)
        return {row.user_id: row for row in rows}, {seeker.user: seeker for seeker in found}

    async def tick(self) -> None:
        """Called every second: now and then looks whether some of those who wait fit by now."""
        now = self._clock.now()
        if self._due is not None and now < self._due:
            return
        self._due = now + MATCH_EVERY
        async with self._store.read() as connection:
            servers = await seekers.servers_waiting(connection)
        for server in servers:
            try:
                await self._match_all(server)
            except Exception:  # noqa: BLE001 - one server's trouble must not keep the others waiting
                _log.exception("server %s: its queue for peer interviews could not be looked at", server)


def _seekers(rows: Sequence[SeekerRow], met: Mapping[int, frozenset[int]], now: datetime) -> list[Seeker]:
    return [
        Seeker(
            row.user_id,
            row.level,
            _hours(row.zone, row.days, row.first_hour, row.last_hour, now),
            row.since,
            met.get(row.user_id, frozenset()),
        )
        for row in rows
    ]


def _hours(zone: str, days: Days, first_hour: int, last_hour: int, now: datetime) -> frozenset[int]:
    try:
        return hours_of_week(zone, days, first_hour, last_hour, now)
    except UnknownZoneError:
        _log.warning("the machine does not know the time zone %s", zone)
        return frozenset()
