"""What somebody who practices alone has: cards to review, frozen days, a plan; and what they have met so far."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from pydantic import TypeAdapter
from sqlalchemy import delete, select
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.practice.review import Card, Memory
from bot.rounds.events import Mode
from bot.store.schema import attempts, plans, results, review_cards, streak_freezes
from questions.model import Level

_MEMORY: TypeAdapter[Memory] = TypeAdapter(Memory)


# Cards


@dataclass(frozen=True)
class CardRow:
    card: Card
    due_at: datetime
    """When the day on which it is due begins."""
    missed_at: datetime
    """When it was missed last."""
    created_at: datetime


async def cards(connection: AsyncConnection, user_id: int) -> list[CardRow]:
    """All cards of a person."""
    return (await cards_of(connection, [user_id])).get(user_id, [])


async def cards_of(
    connection: AsyncConnection, users: Collection[int], questions: Collection[str] | None = None
) -> dict[int, list[CardRow]]:
    """People's cards, of these questions or all."""
    query = select(review_cards).where(review_cards.c.user_id.in_(users))
    if questions is not None:
        query = query.where(review_cards.c.question_id.in_(questions))
    found: dict[int, list[CardRow]] = {}
    for row in await connection.execute(query.order_by(review_cards.c.question_id, review_cards.c.point)):
        card = Card(row.question_id, row.point, row.topic, _MEMORY.validate_json(row.state), row.lapses)
        found.setdefault(row.user_id, []).append(CardRow(card, row.due_at, row.missed_at, row.created_at))
    return found


async def put_cards(connection: AsyncConnection, rows: Sequence[tuple[int, CardRow]]) -> None:
    """Keeps new cards and changes of old ones, each with its person, who must exist in `people`."""
    if not rows:
        return
    statement = upsert(review_cards)
    changing = {name: statement.excluded[name] for name in ("topic", "state", "due_at", "lapses", "missed_at")}
    statement = statement.on_conflict_do_update(index_elements=["user_id", "question_id", "point"], set_=changing)
    values = [
        {
            "user_id": user,
            "question_id": row.card.question,
            "point": row.card.point,
            "topic": row.card.topic,
            "state": _MEMORY.dump_json(row.card.memory).decode(),
            "due_at": row.due_at,
            "lapses": row.card.lapses,
            "missed_at": row.missed_at,
            "created_at": row.created_at,
        }
        for user, row in rows
    ]
    await connection.execute(statement, values)


async def begun_since(
    connection: AsyncConnection, users: Collection[int], since: datetime
) -> dict[int, list[datetime]]:
    """When each of these people got cards since `since`."""
    table = review_cards
    query = select(table.c.user_id, table.c.created_at).where(table.c.user_id.in_(users), table.c.created_at >= since)
    found: dict[int, list[datetime]] = {}
    for row in await connection.execute(query):
        found.setdefault(row.user_id, []).append(row.created_at)
    return found


async def grades(
    connection: AsyncConnection, round_id: int, users: Collection[int], questions: Collection[str]
) -> dict[tuple[int, str], str]:
    """The latest grade (JSON) of each of these people for each of these questions in a round."""
    table = attempts
    query = select(table.c.user_id, table.c.question_id, table.c.grade).where(
        table.c.round_id == round_id,
        table.c.user_id.in_(users),
        table.c.question_id.in_(questions),
        table.c.grade.is_not(None),
    )
    rows = await connection.execute(query.order_by(table.c.id))
    return {(row.user_id, row.question_id): row.grade for row in rows}


# Streaks


async def told_freezes(connection: AsyncConnection, user_id: int) -> frozenset[date]:
    """The frozen days that the person was told of."""
    table = streak_freezes
    query = select(table.c.day).where(table.c.user_id == user_id, table.c.told)
    return frozenset((await connection.scalars(query)).all())


async def tell_freezes(connection: AsyncConnection, user_id: int, days: Collection[date]) -> None:
    """The person was told of these frozen days. They must exist in `people`."""
    for day in sorted(days):
        statement = upsert(streak_freezes).values(user_id=user_id, day=day, told=True)
        keys = ["user_id", "day"]
        await connection.execute(statement.on_conflict_do_update(index_elements=keys, set_={"told": True}))


# Plans


@dataclass(frozen=True)
class PlanRow:
    role: str
    level: Level
    target: date
    hours: float
    """A week."""
    emphasis: str
    """JSON of `bot.services.plans`."""
    updated_at: datetime


async def plan(connection: AsyncConnection, user_id: int) -> PlanRow | None:
    row = (await connection.execute(select(plans).where(plans.c.user_id == user_id))).first()
    if row is None:
        return None
    return PlanRow(row.role, Level(row.level), row.target, row.hours, row.emphasis, row.updated_at)


async def targets(connection: AsyncConnection, users: Collection[int]) -> dict[int, date]:
    """The day that each of these people prepares for, if they have a plan."""
    query = select(plans.c.user_id, plans.c.target).where(plans.c.user_id.in_(users))
    return {row.user_id: row.target for row in await connection.execute(query)}


async def put_plan(connection: AsyncConnection, user_id: int, row: PlanRow) -> None:
    """The person must exist in `people`."""
    values = {**vars(row), "level": row.level.value}
    statement = upsert(plans).values(user_id=user_id, **values)
    await connection.execute(statement.on_conflict_do_update(index_elements=["user_id"], set_=values))


async def drop_plan(connection: AsyncConnection, user_id: int) -> bool:
    """Whether there was one."""
    return (await connection.execute(delete(plans).where(plans.c.user_id == user_id))).rowcount == 1


# What was met


@dataclass(frozen=True)
class Met:
    """A question that the person finished."""

    question_id: str
    topic: str
    score: float
    band: int
    level: Level
    mode: Mode
    engine: str
    round_id: int
    rated: bool
    day: date
    at: datetime


async def met(connection: AsyncConnection, user_id: int) -> list[Met]:
    """Everything that the person finished, oldest first."""
    table = results
    query = select(
        table.c.question_id,
        table.c.topic,
        table.c.score,
        table.c.band,
        table.c.level,
        table.c.mode,
        table.c.engine,
        table.c.round_id,
        table.c.rated,
        table.c.day,
        table.c.at,
    ).where(table.c.user_id == user_id)
    return [
        Met(row.question_id, row.topic, row.score, row.band, Level(row.level), Mode(row.mode), *row[6:])
        for row in await connection.execute(query.order_by(table.c.id))
    ]
