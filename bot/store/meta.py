"""Single values that the process remembers: when it was last alive, which commands Discord knows."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.schema import meta

ALIVE_AT = "alive-at"


async def get(connection: AsyncConnection, key: str) -> str | None:
    return await connection.scalar(select(meta.c.value).where(meta.c.key == key))


async def put(connection: AsyncConnection, key: str, value: str) -> None:
    statement = insert(meta).values(key=key, value=value)
    await connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_={"value": value}))


async def last_alive(connection: AsyncConnection) -> datetime | None:
    """When a bot last said that it was running on this database."""
    value = await get(connection, ALIVE_AT)
    return datetime.fromisoformat(value) if value else None


async def still_alive(connection: AsyncConnection, at: datetime) -> None:
    await put(connection, ALIVE_AT, at.isoformat())
