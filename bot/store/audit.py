"""The audit log: who did what to a server's questions, and when. Entries are only ever added."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, func, insert, select
from sqlalchemy import Row as SqlRow
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.schema import audit_log

DETAIL = 1000
"""Characters of a detail that are kept."""


class Action(StrEnum):
    BEGAN = "began"
    """Somebody used a moderators' command for the first time in a while."""
    SUBMITTED = "submitted"
    WITHDREW = "withdrew"
    EDITED = "edited"
    """A moderator changed somebody else's draft."""
    APPROVED = "approved"
    RETURNED = "returned"
    REJECTED = "rejected"
    ACTIVATED = "activated"
    RETIRED = "retired"
    QUARANTINED = "quarantined"
    RESTORED = "restored"
    REVERTED = "reverted"
    """An earlier version was published again."""
    SWITCHED_OFF = "switched off"
    SWITCHED_ON = "switched on"
    IMPORTED = "imported"
    EXPORTED = "exported"
    UPHELD = "upheld an appeal"
    DECLINED = "declined an appeal"


MODERATORS_ONLY = frozenset(set(Action) - {Action.SUBMITTED, Action.WITHDREW, Action.QUARANTINED})
"""What only moderators can do: whoever did one of these was a moderator at that time."""


@dataclass(frozen=True)
class Entry:
    id: int
    user_id: int | None
    """None: the person was erased."""
    action: Action
    subject: str
    """The question's id in its file, a track, or a draft."""
    detail: str
    at: datetime


async def add(
    connection: AsyncConnection,
    server_id: int,
    user_id: int | None,
    action: Action,
    subject: str,
    detail: str,
    at: datetime,
) -> None:
    """`user_id` None: nobody did it, a rule of the bot did."""
    values = {"server_id": server_id, "user_id": user_id, "action": action.value, "subject": subject}
    await connection.execute(insert(audit_log).values(**values, detail=detail[:DETAIL], at=at))


async def page(connection: AsyncConnection, server_id: int, first: int, count: int) -> tuple[list[Entry], int]:
    """Entries `first` (0-based) and following of a server's log, newest first, and how many there are in all."""
    mine = audit_log.c.server_id == server_id
    total = await connection.scalar(select(func.count()).select_from(audit_log).where(mine))
    query = select(audit_log).where(mine).order_by(audit_log.c.id.desc()).offset(first).limit(count)
    return [_entry(row) for row in await connection.execute(query)], total or 0


async def of_question(
    connection: AsyncConnection, server_id: int, subject: str, actions: Collection[Action]
) -> list[Entry]:
    """What was done to one question of a server, the latest first."""
    return await _entries(connection, server_id, actions, audit_log.c.subject == subject)


async def of_draft(
    connection: AsyncConnection, server_id: int, beginning: str, actions: Collection[Action]
) -> list[Entry]:
    """What was done with one draft, whose entries' details begin so; the latest first."""
    return await _entries(connection, server_id, actions, audit_log.c.detail.startswith(beginning, autoescape=True))


async def _entries(
    connection: AsyncConnection, server_id: int, actions: Collection[Action], which: ColumnElement[bool]
) -> list[Entry]:
    wanted = and_(
        audit_log.c.server_id == server_id, audit_log.c.action.in_([action.value for action in actions]), which
    )
    query = select(audit_log).where(wanted).order_by(audit_log.c.id.desc())
    return [_entry(row) for row in await connection.execute(query)]


def _entry(row: SqlRow[Any]) -> Entry:
    return Entry(row.id, row.user_id, Action(row.action), row.subject, row.detail, row.at)


async def servers(connection: AsyncConnection) -> list[int]:
    """Servers with anything in their logs."""
    query = select(audit_log.c.server_id).distinct().order_by(audit_log.c.server_id)
    return list((await connection.scalars(query)).all())


async def actors(
    connection: AsyncConnection, server_id: int, actions: Collection[Action], since: datetime
) -> list[int]:
    """Who did any of these in a server since then, the latest first."""
    latest = func.max(audit_log.c.id)
    query = (
        select(audit_log.c.user_id)
        .where(
            audit_log.c.server_id == server_id,
            audit_log.c.action.in_([action.value for action in actions]),
            audit_log.c.at >= since,
            audit_log.c.user_id.is_not(None),
        )
        .group_by(audit_log.c.user_id)
        .order_by(latest.desc())
    )
    return list((await connection.scalars(query)).all())
