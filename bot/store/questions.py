"""Every version of a question that somebody was asked, so that old rounds keep theirs."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.schema import attempts, question_versions


async def keep(connection: AsyncConnection, question_id: str, version: int, body: str) -> None:
    """Stores a version's body (JSON) unless it is there."""
    statement = insert(question_versions).values(id=question_id, version=version, body=body)
    await connection.execute(statement.on_conflict_do_nothing())


async def body(connection: AsyncConnection, question_id: str, version: int) -> str | None:
    table = question_versions
    return await connection.scalar(select(table.c.body).where(table.c.id == question_id, table.c.version == version))


async def met_before(connection: AsyncConnection, user_id: int, question_id: str, round_id: int) -> bool:
    """Whether the person has answered the question in another round."""
    query = select(attempts.c.id).where(
        attempts.c.user_id == user_id, attempts.c.question_id == question_id, attempts.c.round_id != round_id
    )
    return await connection.scalar(query.limit(1)) is not None


async def seen(connection: AsyncConnection, user_id: int) -> frozenset[str]:
    """Ids of the questions that the person has answered."""
    query = select(attempts.c.question_id).where(attempts.c.user_id == user_id).distinct()
    return frozenset((await connection.scalars(query)).all())
