"""What people are told at their next command, because it could not be told at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.schema import notices


@dataclass(frozen=True)
class Notice:
    id: int
    user_id: int
    text: str
    server_id: int | None = None
    """It is for a moderator of that server (0: for an owner of the bot), and for nobody who is none any more."""


async def add(
    connection: AsyncConnection, user_id: int, text: str, at: datetime, *, server_id: int | None = None
) -> Notice:
    """The person must be known (`people.ensure`)."""
    statement = insert(notices).values(user_id=user_id, text=text, at=at, server_id=server_id)
    key = (await connection.execute(statement)).inserted_primary_key
    assert key is not None
    return Notice(int(key[0]), user_id, text, server_id)


async def waiting(connection: AsyncConnection, user_id: int) -> list[Notice]:
    """What a person has not been told yet, the oldest first."""
    query = select(notices).where(notices.c.user_id == user_id).order_by(notices.c.id)
    return [Notice(row.id, row.user_id, row.text, row.server_id) for row in await connection.execute(query)]


async def take(connection: AsyncConnection, notice_id: int) -> bool:
    """The person is about to be told, or has been; False where somebody else was first."""
    return (await connection.execute(delete(notices).where(notices.c.id == notice_id))).rowcount > 0


async def take_back(connection: AsyncConnection, server_id: int, beginning: str) -> None:
    """What moderators of a server have not been told yet and begins like this: newer words come in its place."""
    mine = (notices.c.server_id == server_id) & notices.c.text.startswith(beginning, autoescape=True)
    await connection.execute(delete(notices).where(mine))
