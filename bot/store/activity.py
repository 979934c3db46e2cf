"""What was done when: a person's active days, and the week of a server."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.schema import active_days, results, weekly_posts


async def days(connection: AsyncConnection, user_id: int, since: date) -> frozenset[date]:
    """The person's active days since `since`, wherever and on whatever they were."""
    table = active_days
    query = select(table.c.day).where(table.c.user_id == user_id, table.c.track == "", table.c.day >= since)
    return frozenset((await connection.scalars(query)).all())


async def latest_level(connection: AsyncConnection, user_id: int) -> str | None:
    """The level of the person's latest result."""
    query = select(results.c.level).where(results.c.user_id == user_id).order_by(results.c.id.desc())
    return await connection.scalar(query.limit(1))


@dataclass(frozen=True)
class Answered:
    """A question that somebody finished in a server."""

    user_id: int
    topic: str
    score: float
    at: datetime


async def answered_in(connection: AsyncConnection, server_id: int, since: datetime, until: datetime) -> list[Answered]:
    """What was finished in a server from `since` to before `until`, oldest first."""
    table = results
    query = select(table.c.user_id, table.c.topic, table.c.score, table.c.at).where(
        table.c.server_id == server_id, table.c.at >= since, table.c.at < until
    )
    return [Answered(*row) for row in await connection.execute(query.order_by(table.c.at))]


@dataclass(frozen=True)
class DueWeekly:
    """A weekly post whose hour has come. `nonce` is set if it was about to be sent once before."""

    server_id: int
    channel_id: int
    weekday: int
    hour: int
    zone: str
    due_at: datetime
    nonce: str | None


async def due_weekly(connection: AsyncConnection, now: datetime) -> list[DueWeekly]:
    """Weekly posts that are due, the oldest first."""
    table = weekly_posts
    query = select(table).where(table.c.next_at <= now).order_by(table.c.next_at)
    return [
        DueWeekly(row.server_id, row.channel_id, row.weekday, row.hour, row.zone, row.next_at, row.nonce)
        for row in await connection.execute(query)
    ]


async def claim_weekly(connection: AsyncConnection, due: DueWeekly, nonce: str) -> bool:
    """Notes that the post is about to be sent; False where another process was first, or it was changed."""
    table = weekly_posts
    same = (
        (table.c.server_id == due.server_id) & (table.c.next_at == due.due_at) & (table.c.channel_id == due.channel_id)
    )
    statement = update(table).where(same, table.c.nonce.is_(due.nonce)).values(nonce=nonce)
    return (await connection.execute(statement)).rowcount == 1


async def weekly_done(connection: AsyncConnection, due: DueWeekly, next_at: datetime) -> None:
    """The post of `due` is dealt with; the next comes at `next_at`. Nothing where it was changed meanwhile."""
    table = weekly_posts
    same = (table.c.server_id == due.server_id) & (table.c.next_at == due.due_at)
    await connection.execute(update(table).where(same).values(next_at=next_at, nonce=None))
