"""A server's own settings: where rounds live and start, who moderates, its seasons, its weekly post, its blocklist."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.abilities.periods import SEASON_LENGTHS
from bot.clock import Clock
from bot.errors import UserError
from bot.schedule import find_zone, next_weekly
from bot.store import servers, standings
from bot.store.engine import Store
from bot.store.servers import Block, RoundPlace, ServerSettings, Weekly

LISTED = 25
"""Channels, and roles, that a server may list."""


class Servers:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def settings(self, server_id: int) -> ServerSettings:
        async with self._store.read() as connection:
            return await servers.settings(connection, server_id)

    # Where rounds live and start

    async def place(self, server_id: int) -> RoundPlace:
        """Where this server wants rounds."""
        async with self._store.read() as connection:
            return await servers.place(connection, server_id)

    async def set_place(self, server_id: int, wanted: RoundPlace) -> None:
        async with self._store.write() as connection:
            await servers.set_place(connection, server_id, wanted, self._clock.now())

    async def allow_channel(self, server_id: int, channel_id: int) -> bool:
        """From now on rounds start in listed channels alone; returns whether this one is new on the list.

        Raises UserError when the list is full.
        """
        async with self._store.write() as connection:
            added = await servers.allow_channel(connection, server_id, channel_id)
            if len(await servers.allowed_channels(connection, server_id)) > LISTED:
                raise UserError(
                    f"{LISTED} channels are listed already. Take one away first, or all to allow every one."
                )
            return added

    async def disallow_channel(self, server_id: int, channel_id: int) -> bool:
        """Whether it was on the list. Without any on the list, rounds start everywhere."""
        async with self._store.write() as connection:
            return await servers.disallow_channels(connection, server_id, [channel_id])

    async def forget_channels(self, server_id: int, channel_ids: Collection[int]) -> None:
        """These channels are gone: from the list, and with them a weekly post that went there."""
        async with self._store.write() as connection:
            await servers.disallow_channels(connection, server_id, channel_ids)
            post = await servers.weekly(connection, server_id)
            if post is not None and post.channel_id in channel_ids:
                await servers.stop_weekly(connection, server_id)

    # Moderators

    async def moderator_roles(self, server_id: int) -> frozenset[int]:
        """The roles whose members are moderators, beside the people who manage the server."""
        async with self._store.read() as connection:
            return frozenset(await servers.roles(connection, server_id))

    async def add_role(self, server_id: int, role_id: int) -> bool:
        """Makes the members of a role moderators; returns whether they were not. Raises UserError when too many are."""
        if role_id == server_id:
            raise UserError("Everybody here has that role, so everybody would be a moderator. Choose another one.")
        async with self._store.write() as connection:
            added = await servers.add_role(connection, server_id, role_id)
            if len(await servers.roles(connection, server_id)) > LISTED:
                raise UserError(f"{LISTED} roles are moderators already. Take one away first.")
            return added

    async def remove_role(self, server_id: int, role_id: int) -> bool:
        """Whether its members were moderators."""
        async with self._store.write() as connection:
            return await servers.remove_roles(connection, server_id, [role_id])

    async def forget_roles(self, server_id: int, role_ids: Collection[int]) -> None:
        """These roles are gone."""
        async with self._store.write() as connection:
            await servers.remove_roles(connection, server_id, role_ids)

    # Seasons and the weekly post

    async def set_season(self, server_id: int, months: int) -> bool:
        """How many months a season of this server's boards has; returns whether that changed.

        The boards follow within seconds: `Ratings.tick` computes them anew.
        Raises ValueError for a length that does not divide a year into whole seasons.
        """
        if months not in SEASON_LENGTHS:
            raise ValueError(f"a season has {SEASON_LENGTHS} months, not {months}")
        async with self._store.write() as connection:
            if await servers.season_months(connection, server_id) == months:
                return False
            await servers.set_season(connection, server_id, months, self._clock.now())
            await standings.renew(connection, server_id)
            return True

    async def set_weekly(self, server_id: int, *, channel_id: int, weekday: int, hour: int, zone: str) -> Weekly:
        """Subscribes a channel to the weekly post, at a full hour (0-23) of a weekday (0: Monday) in an IANA zone.

        Raises UserError for an unknown zone.
        """
        known = find_zone(zone)
        if known is None:
            raise UserError("I do not know that time zone. Pick one from the list that opens while you type.")
        post = Weekly(channel_id, weekday, hour, zone, next_weekly(self._clock.now(), weekday, hour, known))
        async with self._store.write() as connection:
            await servers.set_weekly(connection, server_id, post)
        return post

    async def stop_weekly(self, server_id: int) -> bool:
        """Whether there was a weekly post."""
        async with self._store.write() as connection:
            return await servers.stop_weekly(connection, server_id)

    # Blocklist

    async def block(self, server_id: int, user_id: int, *, by: int, reason: str) -> None:
        """The person may start no more rounds in this server; rounds that are open go on."""
        async with self._store.write() as connection:
            await servers.block(connection, server_id, Block(user_id, by, reason[:500], self._clock.now()))

    async def unblock(self, server_id: int, user_id: int) -> bool:
        """Whether the person was blocked."""
        async with self._store.write() as connection:
            return await servers.unblock(connection, server_id, user_id)

    async def blocked(self, server_id: int) -> list[Block]:
        async with self._store.read() as connection:
            return await servers.blocked(connection, server_id)


async def require_channel(connection: AsyncConnection, server_id: int, channel_id: int) -> None:
    """Raises UserError, saying where they may, when rounds may not be started in this channel of a server.

    For a thread, `channel_id` is that of the channel around it.
    """
    allowed = await servers.allowed_channels(connection, server_id)
    if allowed and channel_id not in allowed:
        raise UserError(
            f"In this server rounds are started in {mentions(allowed)}. Use the command there; "
            "a direct message to me works, too."
        )


def mentions(channel_ids: Collection[int]) -> str:
    """Channels, one at least, as people read them in a sentence: “#a, #b or #c”."""
    *others, last = [f"<#{channel_id}>" for channel_id in channel_ids]
    return f"{', '.join(others)} or {last}" if others else last
