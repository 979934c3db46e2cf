"""A server's settings and its blocklist."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.schema import blocks, servers


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


async def place(connection: AsyncConnection, server_id: int) -> RoundPlace:
    """Where the server wants rounds; a private thread unless it said otherwise."""
    value = await connection.scalar(select(servers.c.place).where(servers.c.id == server_id))
    return RoundPlace(value) if value else RoundPlace.THREAD


async def set_place(connection: AsyncConnection, server_id: int, wanted: RoundPlace, at: datetime) -> None:
    statement = insert(servers).values(id=server_id, place=wanted.value, updated_at=at)
    update = {"place": wanted.value, "updated_at": at}
    await connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=update))


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
