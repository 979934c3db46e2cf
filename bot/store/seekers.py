"""People who look for a partner for a peer interview, and who has met whom.

A pair that was brought together is a round of the format `FOUND`. While it is open its two people keep their place in
the queue but are not waiting; they leave the queue when both have agreed.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, exists, select, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rounds.partners import Days
from bot.store.schema import participants, rounds, seekers
from questions.model import Level

FOUND = "found"
"""The format of a peer interview that nobody asked for: the queue brought the two together."""

_A_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class SeekerRow:
    server_id: int
    user_id: int
    channel_id: int
    """Where they asked, so where they are told."""
    level: Level
    days: Days
    first_hour: int
    """0-23, as a clock in `zone` shows it."""
    last_hour: int
    """0-23, included."""
    zone: str
    since: datetime


async def put(connection: AsyncConnection, row: SeekerRow) -> None:
    """Puts a person in the server's queue; who is there keeps their place. They must exist in `people`."""
    values = {
        "channel_id": row.channel_id,
        "level": row.level.value,
        "days": row.days.value,
        "first_hour": row.first_hour,
        "last_hour": row.last_hour,
        "zone": row.zone,
    }
    statement = insert(seekers).values(server_id=row.server_id, user_id=row.user_id, since=row.since, **values)
    await connection.execute(statement.on_conflict_do_update(index_elements=["server_id", "user_id"], set_=values))


async def remove(connection: AsyncConnection, server_id: int, user_ids: Collection[int]) -> int:
    """Takes people out of the server's queue; returns how many were there."""
    statement = delete(seekers).where(seekers.c.server_id == server_id, seekers.c.user_id.in_(user_ids))
    return (await connection.execute(statement)).rowcount


async def wait_again(connection: AsyncConnection, server_id: int, user_ids: Collection[int], since: datetime) -> None:
    """Those of these people who are in the queue wait as from `since`."""
    chosen = (seekers.c.server_id == server_id) & seekers.c.user_id.in_(user_ids)
    await connection.execute(update(seekers).where(chosen).values(since=since))


def _matched() -> ColumnElement[bool]:
    """Whether the queue has brought a seeker together with somebody, and that is not over."""
    joined = participants.join(rounds, rounds.c.id == participants.c.round_id)
    return exists(
        select(participants.c.round_id)
        .select_from(joined)
        .where(
            participants.c.user_id == seekers.c.user_id,
            rounds.c.server_id == seekers.c.server_id,
            rounds.c.engine == "pair",
            rounds.c.format == FOUND,
            rounds.c.status == "open",
        )
    )


async def waiting(connection: AsyncConnection, server_id: int) -> list[SeekerRow]:
    """Who waits in the server, longest first."""
    query = select(seekers).where(seekers.c.server_id == server_id, ~_matched())
    rows = await connection.execute(query.order_by(seekers.c.since, seekers.c.user_id))
    return [
        SeekerRow(
            row.server_id,
            row.user_id,
            row.channel_id,
            Level(row.level),
            Days(row.days),
            row.first_hour,
            row.last_hour,
            row.zone,
            row.since,
        )
        for row in rows
    ]


async def servers_waiting(connection: AsyncConnection) -> list[int]:
    """The servers in whose queue anybody is."""
    return list((await connection.scalars(select(seekers.c.server_id).distinct())).all())


async def partners_since(
    connection: AsyncConnection, user_ids: Collection[int], since: datetime
) -> dict[int, frozenset[int]]:
    """With whom each of these people was in a peer interview that was proposed since then."""
    one, another = participants.alias(), participants.alias()
    joined = rounds.join(one, one.c.round_id == rounds.c.id).join(another, another.c.round_id == rounds.c.id)
    query = select(one.c.user_id, another.c.user_id.label("partner")).select_from(joined)
    query = query.where(
        rounds.c.engine == "pair",
        rounds.c.created_at >= since,
        one.c.user_id.in_(user_ids),
        another.c.user_id != one.c.user_id,
    )
    found: dict[int, frozenset[int]] = {user: frozenset() for user in user_ids}
    for row in await connection.execute(query.distinct()):
        found[row.user_id] |= {row.partner}
    return found


# Both of a pair that was brought together are in the round from the beginning. `joined_at` lies after it once they
# have said that the time suits them.


async def said_yes(connection: AsyncConnection, round_id: int, user_id: int, at: datetime) -> None:
    """The time of a found round suits the person."""
    created = await connection.scalar(select(rounds.c.created_at).where(rounds.c.id == round_id))
    assert created is not None
    mine = (participants.c.round_id == round_id) & (participants.c.user_id == user_id)
    statement = update(participants).where(mine).values(joined_at=max(at, created + _A_MOMENT))
    await connection.execute(statement)


async def agreeing(connection: AsyncConnection, round_id: int) -> frozenset[int]:
    """Whom the time of a found round suits."""
    joined = participants.join(rounds, rounds.c.id == participants.c.round_id)
    query = select(participants.c.user_id).select_from(joined)
    query = query.where(rounds.c.id == round_id, participants.c.joined_at > rounds.c.created_at)
    return frozenset((await connection.scalars(query)).all())
