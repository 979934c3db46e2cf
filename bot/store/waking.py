"""What waits in the database for its time: asked once a second, so that idling costs one short statement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BindParameter, bindparam, exists, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import ColumnElement
from sqlalchemy.sql.schema import Table

from bot.store import daily
from bot.store.schema import meta, regrades, weekly_posts
from bot.store.standings import RENEWING


@dataclass(frozen=True)
class Waiting:
    """Which services have something to do now."""

    daily: bool
    weekly: bool
    regrades: bool
    renewals: bool


def _any(table: Table, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists(select(literal(1)).select_from(table).where(condition))


_NOW: BindParameter[datetime] = bindparam("now")
_WAITING = select(
    or_(daily.IS_DUE, daily.IS_QUEUED),
    _any(weekly_posts, weekly_posts.c.next_at <= _NOW),
    _any(regrades, regrades.c.done.is_(False)),
    _any(meta, meta.c.key.startswith(RENEWING)),
)


async def waiting(connection: AsyncConnection, now: datetime) -> Waiting:
    """What has something to do at `now`."""
    row = (await connection.execute(_WAITING, {"now": now})).one()
    return Waiting(*(bool(value) for value in row))
