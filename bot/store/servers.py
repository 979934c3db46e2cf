"""A server's settings and its blocklist."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Table, delete, func, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.abilities.periods import SEASON_MONTHS
from bot.store.schema import allowed_channels as channels_table
from bot.store.schema import blocks, moderator_roles, servers, weekly_posts


class RoundPlace(StrEnum):
    """Where a server wants single-person rounds."""

    THREAD = "thread"
    CHANNEL = "channel"


@dataclass(frozen=True)
class Block:
    user_id: int
    by: int
    reason: str
    at: datetime


@dataclass(frozen=True)
class Weekly:
    """When and where a server gets its weekly post: at a full hour of a weekday (0: Monday) in a time zone."""

    channel_id: int
    weekday: int
    hour: int
    zone: str
    next_at: datetime


@dataclass(frozen=True)
class ServerSettings:
    """All that a server has chosen, or what holds where it has not."""

    place: RoundPlace
    season_months: int
    channels: tuple[int, ...]
    """Where rounds may be started; none: everywhere."""
    roles: tuple[int, ...]
    """The roles whose members are moderators."""
    weekly: Weekly | None
    blocked: int
    """How many people are on the blocklist."""


async def settings(connection: AsyncConnection, server_id: int) -> ServerSettings:
    row = (await connection.execute(select(servers).where(servers.c.id == server_id))).first()
    blocked_query = select(func.count()).select_from(blocks).where(blocks.c.server_id == server_id)
    return ServerSettings(
        place=RoundPlace(row.place) if row else RoundPlace.THREAD,
        season_months=row.season_months if row else SEASON_MONTHS,
        channels=await allowed_channels(connection, server_id),
        roles=await roles(connection, server_id),
        weekly=await weekly(connection, server_id),
        blocked=await connection.scalar(blocked_query) or 0,
    )


async def place(connection: AsyncConnection, server_id: int) -> RoundPlace:
    """Where the server wants rounds; a private thread unless it said otherwise."""
    value = await connection.scalar(select(servers.c.place).where(servers.c.id == server_id))
    return RoundPlace(value) if value else RoundPlace.THREAD


async def set_place(connection: AsyncConnection, server_id: int, wanted: RoundPlace, at: datetime) -> None:
    await _put(connection, server_id, at, {"place": wanted.value})


async def season_months(connection: AsyncConnection, server_id: int) -> int:
    value = await connection.scalar(select(servers.c.season_months).where(servers.c.id == server_id))
    return value or SEASON_MONTHS


async def set_season(connection: AsyncConnection, server_id: int, months: int, at: datetime) -> None:
    await _put(connection, server_id, at, {"season_months": months})


async def _put(connection: AsyncConnection, server_id: int, at: datetime, values: dict[str, Any]) -> None:
    first = {"id": server_id, "place": RoundPlace.THREAD.value, "season_months": SEASON_MONTHS}
    statement = insert(servers).values(first | values | {"updated_at": at})
    changed = statement.on_conflict_do_update(index_elements=["id"], set_=values | {"updated_at": at})
    await connection.execute(changed)


async def allowed_channels(connection: AsyncConnection, server_id: int) -> tuple[int, ...]:
    """Where rounds may be started; none: everywhere."""
    return await _listed(connection, channels_table, server_id)


async def allow_channel(connection: AsyncConnection, server_id: int, channel_id: int) -> bool:
    """Whether it was not on the list before."""
    return await _list(connection, channels_table, server_id, channel_id)


async def disallow_channels(connection: AsyncConnection, server_id: int, channel_ids: Collection[int]) -> bool:
    """Whether one of them was on the list."""
    return await _unlist(connection, channels_table, server_id, channel_ids)


async def roles(connection: AsyncConnection, server_id: int) -> tuple[int, ...]:
    """The roles whose members are moderators."""
    return await _listed(connection, moderator_roles, server_id)


async def add_role(connection: AsyncConnection, server_id: int, role_id: int) -> bool:
    """Whether it was not on the list before."""
    return await _list(connection, moderator_roles, server_id, role_id)


async def remove_roles(connection: AsyncConnection, server_id: int, role_ids: Collection[int]) -> bool:
    """Whether one of them was on the list."""
    return await _unlist(connection, moderator_roles, server_id, role_ids)


async def _listed(connection: AsyncConnection, table: Table, server_id: int) -> tuple[int, ...]:
    """The ids in a table of (server, id), oldest first: Discord's ids grow."""
    listed = table.c[1]
    query = select(listed).where(table.c.server_id == server_id).order_by(listed)
    return tuple((await connection.scalars(query)).all())


async def _list(connection: AsyncConnection, table: Table, server_id: int, listed: int) -> bool:
    statement = insert(table).values({table.c.server_id.name: server_id, table.c[1].name: listed})
    return (await connection.execute(statement.on_conflict_do_nothing())).rowcount > 0


async def _unlist(connection: AsyncConnection, table: Table, server_id: int, listed: Collection[int]) -> bool:
    statement = delete(table).where(table.c.server_id == server_id, table.c[1].in_(listed))
    return (await connection.execute(statement)).rowcount > 0


async def weekly(connection: AsyncConnection, server_id: int) -> Weekly | None:
    row = (await connection.execute(select(weekly_posts).where(weekly_posts.c.server_id == server_id))).first()
    return Weekly(row.channel_id, row.weekday, row.hour, row.zone, row.next_at) if row else None


async def set_weekly(connection: AsyncConnection, server_id: int, post: Weekly) -> None:
    """Replaces what was chosen before; a post that was on its way then belongs to nobody."""
    values = {
        "channel_id": post.channel_id,
        "weekday": post.weekday,
        "hour": post.hour,
        "zone": post.zone,
        "next_at": post.next_at,
        "nonce": None,
    }
    statement = insert(weekly_posts).values(server_id=server_id, **values)
    await connection.execute(statement.on_conflict_do_update(index_elements=["server_id"], set_=values))


async def stop_weekly(connection: AsyncConnection, server_id: int) -> bool:
    """Whether there was one."""
    statement = delete(weekly_posts).where(weekly_posts.c.server_id == server_id)
    return (await connection.execute(statement)).rowcount > 0


async def block(connection: AsyncConnection, server_id: int, entry: Block) -> None:
    values = {"user_id": entry.user_id, "by": entry.by, "reason": entry.reason, "at": entry.at}
    statement = insert(blocks).values(server_id=server_id, **values)
    await connection.execute(statement.on_conflict_do_update(index_elements=["server_id", "user_id"], set_=values))


async def unblock(connection: AsyncConnection, server_id: int, user_id: int) -> bool:
    """Whether the person was on the blocklist."""
    statement = delete(blocks).where(blocks.c.server_id == server_id, blocks.c.user_id == user_id)
    return (await connection.execute(statement)).rowcount > 0


async def is_blocked(connection: AsyncConnection, server_id: int, user_id: int) -> bool:
    query = select(blocks.c.user_id).where(blocks.c.server_id == server_id, blocks.c.user_id == user_id)
    return await connection.scalar(query) is not None


async def blocked(connection: AsyncConnection, server_id: int) -> list[Block]:
    """The server's blocklist, newest first."""
    query = select(blocks).where(blocks.c.server_id == server_id).order_by(blocks.c.at.desc())
    return [Block(row.user_id, row.by, row.reason, row.at) for row in await connection.execute(query)]
