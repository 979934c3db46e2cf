"""What candidates say was right although it earned nothing, and what was decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row as SqlRow
from sqlalchemy import Select, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.schema import appeals, notices, regrades, results, rounds

OWNER = 0
"""The queue of the bot's owner, in place of a server's id."""


class AppealState(StrEnum):
    OPEN = "open"
    UPHELD = "upheld"
    DECLINED = "declined"


@dataclass(frozen=True)
class AppealRow:
    id: int
    server_id: int
    user_id: int
    round_id: int | None
    attempt_id: int | None
    question_id: str
    question_version: int
    point: str
    text: str
    """Why it was right, in the candidate's words."""
    state: AppealState
    note: str | None
    decided_by: int | None
    at: datetime


async def add(
    connection: AsyncConnection,
    *,
    server_id: int,
    user_id: int,
    round_id: int,
    attempt_id: int,
    question_id: str,
    version: int,
    point: str,
    text: str,
    at: datetime,
) -> int | None:
    """The number of the new appeal; None where there is one on this point of this answer already."""
    values = {
        "server_id": server_id,
        "user_id": user_id,
        "round_id": round_id,
        "attempt_id": attempt_id,
        "question_id": question_id,
        "question_version": version,
        "point": point,
        "text": text,
        "state": AppealState.OPEN.value,
        "at": at,
    }
    result = await connection.execute(upsert(appeals).values(**values).on_conflict_do_nothing())
    key = result.inserted_primary_key
    return int(key[0]) if result.rowcount == 1 and key is not None else None


async def find(connection: AsyncConnection, server_id: int, appeal_id: int) -> AppealRow | None:
    """An appeal of this queue."""
    query = select(appeals).where(appeals.c.id == appeal_id, appeals.c.server_id == server_id)
    row = (await connection.execute(query)).first()
    return _appeal(row) if row else None


async def page(
    connection: AsyncConnection, server_id: int, state: AppealState, *, limit: int, after: int = 0
) -> tuple[list[AppealRow], int]:
    """Appeals of a queue in a state with numbers above `after`, oldest first, and how many there are in all."""
    wanted = (appeals.c.server_id == server_id) & (appeals.c.state == state.value)
    query = select(appeals).where(wanted, appeals.c.id > after).order_by(appeals.c.id).limit(limit)
    total = await connection.scalar(select(func.count()).select_from(appeals).where(wanted))
    return [_appeal(row) for row in await connection.execute(query)], total or 0


async def made_since(connection: AsyncConnection, user_id: int, since: datetime) -> int:
    """How many appeals the person has made since `since`."""
    wanted = (appeals.c.user_id == user_id) & (appeals.c.at > since)
    return await connection.scalar(select(func.count()).select_from(appeals).where(wanted)) or 0


async def decide(
    connection: AsyncConnection, appeal_id: int, state: AppealState, *, by: int, note: str | None, at: datetime
) -> bool:
    """False where it was decided before."""
    statement = (
        update(appeals)
        .where(appeals.c.id == appeal_id, appeals.c.state == AppealState.OPEN.value)
        .values(state=state.value, decided_by=by, note=note, decided_at=at)
    )
    return (await connection.execute(statement)).rowcount == 1


async def upheld_of(connection: AsyncConnection, question_id: str) -> int:
    """How many appeals on a question were upheld."""
    wanted = (appeals.c.question_id == question_id) & (appeals.c.state == AppealState.UPHELD.value)
    return await connection.scalar(select(func.count()).select_from(appeals).where(wanted)) or 0


async def counts(connection: AsyncConnection, question_ids: Sequence[str]) -> dict[str, int]:
    """How many appeals each of these questions has had."""
    query = (
        select(appeals.c.question_id, func.count().label("many"))
        .where(appeals.c.question_id.in_(question_ids))
        .group_by(appeals.c.question_id)
    )
    return {row.question_id: row.many for row in await connection.execute(query)}


def _appeal(row: SqlRow[Any]) -> AppealRow:
    return AppealRow(
        id=row.id,
        server_id=row.server_id,
        user_id=row.user_id,
        round_id=row.round_id,
        attempt_id=row.attempt_id,
        question_id=row.question_id,
        question_version=row.question_version,
        point=row.point,
        text=row.text,
        state=AppealState(row.state),
        note=row.note,
        decided_by=row.decided_by,
        at=row.at,
    )


# Grading again


@dataclass(frozen=True)
class Regrade:
    """A question whose stored answers are graded again. `after_round`: rounds up to this one are done."""

    id: int
    question_id: str
    version: int
    after_round: int
    changed: int


async def order_regrade(connection: AsyncConnection, question_id: str, version: int, at: datetime) -> None:
    """All stored answers to the question are to be graded again by this version of it."""
    await connection.execute(insert(regrades).values(question_id=question_id, version=version, at=at))


async def open_regrades(connection: AsyncConnection) -> list[Regrade]:
    query = select(regrades).where(regrades.c.done.is_(False)).order_by(regrades.c.id)
    return [
        Regrade(row.id, row.question_id, row.version, row.after_round, row.changed)
        for row in await connection.execute(query)
    ]


async def rounds_with(connection: AsyncConnection, question_id: str, after: int, limit: int) -> list[tuple[int, str]]:
    """Rounds after one in which the question was answered, with their engines, oldest first."""
    query = (
        select(rounds.c.id, rounds.c.engine)
        .where(rounds.c.id > after, rounds.c.id.in_(_answered(question_id, after)))
        .order_by(rounds.c.id)
        .limit(limit)
    )
    return [(row.id, row.engine) for row in await connection.execute(query)]


def _answered(question_id: str, after: int) -> Select[int]:
    mine = (results.c.question_id == question_id) & (results.c.round_id > after)
    return select(results.c.round_id).where(mine)


async def correct(
    connection: AsyncConnection, round_id: int, item: int, user_id: int, *, score: float, band: int
) -> bool:
    """What somebody earned on an item is `score` (0–1) and `band`; False where nothing of it was noted."""
    mine = (results.c.round_id == round_id) & (results.c.item == item) & (results.c.user_id == user_id)
    return (await connection.execute(update(results).where(mine).values(score=score, band=band))).rowcount == 1


async def went_on(connection: AsyncConnection, regrade: Regrade, *, after_round: int, changed: int, done: bool) -> None:
    """Notes how far a regrade has come."""
    values = {"after_round": after_round, "changed": changed, "done": done}
    await connection.execute(update(regrades).where(regrades.c.id == regrade.id).values(**values))


# Telling


async def notify(connection: AsyncConnection, user_id: int, text: str, at: datetime) -> None:
    """The person is told at their next command."""
    await connection.execute(insert(notices).values(user_id=user_id, text=text, at=at))
