"""People, as far as the bot knows them: an id, when it was first seen, a name, and what they have chosen."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.schema import people

QUOTES = {"yes": True, "no": False}


@dataclass(frozen=True)
class Person:
    id: int
    name: str | None
    """As Discord shows it."""
    nickname: str | None
    """As they want to be named on boards."""
    zone: str | None
    hidden: bool
    quotes: bool | None
    """Whether their answers may be quoted; None: never asked."""


async def ensure(connection: AsyncConnection, user_id: int, at: datetime) -> None:
    await connection.execute(insert(people).values(id=user_id, first_seen_at=at).on_conflict_do_nothing())


async def find(connection: AsyncConnection, user_id: int) -> Person | None:
    row = (await connection.execute(select(people).where(people.c.id == user_id))).first()
    if row is None:
        return None
    quotes = QUOTES.get(row.quotes)
    return Person(row.id, row.name, row.nickname, row.zone, row.hidden, quotes)


async def set_name(connection: AsyncConnection, user_id: int, name: str) -> None:
    """Does nothing for somebody who is not known."""
    await connection.execute(update(people).where(people.c.id == user_id).values(name=name))


async def set_zone(connection: AsyncConnection, user_id: int, zone: str) -> None:
    await connection.execute(update(people).where(people.c.id == user_id).values(zone=zone))


async def set_quotes(connection: AsyncConnection, user_id: int, allowed: bool) -> None:
    await connection.execute(update(people).where(people.c.id == user_id).values(quotes="yes" if allowed else "no"))


async def names(connection: AsyncConnection, user_ids: Collection[int]) -> dict[int, str]:
    """What each person is to be called: as they wish, else as Discord shows them. Who has no name is left out."""
    called = func.coalesce(people.c.nickname, people.c.name)
    query = select(people.c.id, called).where(people.c.id.in_(user_ids), called.is_not(None))
    return {row[0]: row[1] for row in await connection.execute(query)}


async def quotable(connection: AsyncConnection, user_ids: Collection[int]) -> frozenset[int]:
    """Those of these people who let their answers be quoted."""
    query = select(people.c.id).where(people.c.id.in_(user_ids), people.c.quotes == "yes")
    return frozenset((await connection.scalars(query)).all())
