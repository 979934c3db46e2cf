"""What was earned on questions, by question: for those who care for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.schema import attempts, reports, results, rounds


@dataclass(frozen=True)
class Earned:
    """One person's first result on a question."""

    user_id: int
    score: float
    hints: int
    seconds: float
    told: bool
    engine: str


async def first_results(
    connection: AsyncConnection, question_id: str, *, server_id: int | None = None, most: int = 2000
) -> list[Earned]:
    """The latest first results on a question, at most `most`; in a server alone where one is named."""
    table = results
    query = select(table.c.user_id, table.c.score, table.c.hints, table.c.seconds, table.c.told, table.c.engine).where(
        table.c.question_id == question_id, table.c.first
    )
    if server_id is not None:
        query = query.where(table.c.server_id == server_id)
    return [Earned(*row) for row in await connection.execute(query.order_by(table.c.id.desc()).limit(most))]


async def elsewhere(
    connection: AsyncConnection, question_id: str, users: Sequence[int]
) -> dict[int, tuple[float, int]]:
    """The mean first score of these people on all other questions, and how many those are."""
    table = results
    query = (
        select(table.c.user_id, func.avg(table.c.score), func.count())
        .where(table.c.user_id.in_(users), table.c.first, table.c.question_id != question_id)
        .group_by(table.c.user_id)
    )
    return {row[0]: (float(row[1]), int(row[2])) for row in await connection.execute(query)}


async def chosen(connection: AsyncConnection, question_id: str, *, server_id: int | None = None) -> dict[str, int]:
    """How often each option of a choice was chosen, by the option's id; in a server alone where one is named."""
    table = attempts
    query = select(table.c.text, func.count()).where(table.c.question_id == question_id, table.c.grade.is_not(None))
    if server_id is not None:
        query = query.join(rounds, rounds.c.id == table.c.round_id).where(rounds.c.server_id == server_id)
    return {row[0]: int(row[1]) for row in await connection.execute(query.group_by(table.c.text))}


async def asked(connection: AsyncConnection, *, server_id: int | None = None, least: int = 1) -> list[str]:
    """Ids of questions with at least so many first results, the most asked first; in a server where one is named."""
    table = results
    query = select(table.c.question_id).where(table.c.first)
    if server_id is not None:
        query = query.where(table.c.server_id == server_id)
    grouped = query.group_by(table.c.question_id).having(func.count() >= least)
    return list((await connection.scalars(grouped.order_by(func.count().desc()))).all())


async def reported(connection: AsyncConnection, question_id: str) -> int:
    """How many reports say that something is wrong with a question."""
    query = select(func.count()).select_from(reports).where(reports.c.question_id == question_id)
    return await connection.scalar(query) or 0
