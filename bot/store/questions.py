"""Every version of a question that somebody was asked, so that old rounds keep theirs."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rounds.pair import PAIR
from bot.store.schema import attempts, participants, question_versions, rounds


async def keep(connection: AsyncConnection, question_id: str, version: int, body: str) -> None:
    """Stores a version's body (JSON) unless it is there."""
    statement = insert(question_versions).values(id=question_id, version=version, body=body)
    await connection.execute(statement.on_conflict_do_nothing())


async def body(connection: AsyncConnection, question_id: str, version: int) -> str | None:
    table = question_versions
    return await connection.scalar(select(table.c.body).where(table.c.id == question_id, table.c.version == version))


async def met_before(connection: AsyncConnection, user_id: int, question_id: str, round_id: int) -> bool:
    """Whether the person has answered the question in another round, or had its rubric as an interviewer."""
    query = select(attempts.c.id).where(
        attempts.c.user_id == user_id, attempts.c.question_id == question_id, attempts.c.round_id != round_id
    )
    if await connection.scalar(query.limit(1)) is not None:
        return True
    return question_id in await _interviewed(connection, user_id, except_in=round_id)


async def seen(connection: AsyncConnection, user_id: int) -> frozenset[str]:
    """Ids of the questions that the person has answered, or has asked as an interviewer."""
    query = select(attempts.c.question_id).where(attempts.c.user_id == user_id).distinct()
    answered = frozenset((await connection.scalars(query)).all())
    return answered | await _interviewed(connection, user_id)


async def _interviewed(connection: AsyncConnection, user_id: int, except_in: int | None = None) -> frozenset[str]:
    """Ids of the questions of the person's peer interviews, whichever of the two they were."""
    joined = rounds.join(participants, participants.c.round_id == rounds.c.id)
    query = select(rounds.c.state).select_from(joined)
    mine = (participants.c.user_id == user_id) & (rounds.c.engine == PAIR.name)
    query = query.where(mine, rounds.c.id != (except_in or 0))
    states = [PAIR.codec.decode_state(text) for text in await connection.scalars(query)]
    return frozenset(item.question for state in states for item in state.items[: len(state.parts)])
