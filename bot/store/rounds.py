"""Rounds, their events, what people answered, and the messages that stand for them in Discord."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from sqlalchemy import Row as SqlRow
from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rounds.engine import Engine, RoundEvent, RoundState
from bot.rounds.events import Item, Kind
from bot.store.schema import attempts, messages, participants, pictures, round_events, rounds

S = TypeVar("S", bound=RoundState)
E = TypeVar("E", bound=RoundEvent)
AnyEngine = Engine[Any, Any, Any, Any]


class ConflictError(Exception):
    """Somebody else wrote the round's next event first: load again, step again."""


class Surface(StrEnum):
    """How the bot can speak where the round lives."""

    CHANNEL = "channel"
    """It may post by itself: a thread, a DM, a channel it can write in."""
    INTERACTION = "interaction"
    """Only in answer to a click: a server or group that the app was not added to."""


@dataclass(frozen=True)
class Place:
    server_id: int | None
    channel_id: int
    surface: Surface


@dataclass(frozen=True)
class RoundRow(Generic[S]):
    """A round as it is stored; `state` is its engine's."""

    id: int
    engine: str
    kind: Kind
    owner_id: int
    place: Place
    topic: str | None
    """The topic, track or competency asked for; None for a mixture."""
    format: str
    """The kind of questions asked for."""
    asked: int
    """How many questions were asked for; fewer may have been found."""
    seq: int
    state: S
    created_at: datetime


@dataclass(frozen=True)
class AttemptRow:
    id: int
    round_id: int
    turn: int
    user_id: int
    question_id: str
    question_version: int
    text: str
    hints: int
    grade: str | None
    """The grade as JSON."""
    score: float | None
    created_at: datetime


@dataclass(frozen=True)
class MessageRow:
    key: str
    channel_id: int
    message_id: int | None
    """None while it is being sent."""
    face: str
    nonce: str
    """Under which it is sent: the same nonce sent twice is one message to Discord."""


def _columns(engine: Engine[S, E, Any, Any], state: S) -> dict[str, Any]:
    finished = state.finished_at is not None
    return {
        "owner_id": state.owner,
        "status": ("stopped" if state.stopped else "finished") if finished else "open",
        "state": engine.codec.encode_state(state),
        "score": state.score if finished else None,
        "next_wake_at": None if finished else engine.wake_at(state),
        "finished_at": state.finished_at,
    }


async def create(
    connection: AsyncConnection,
    engine: Engine[S, E, Any, Any],
    state: S,
    event: E,
    place: Place,
    topic: str | None,
    *,
    format: str = "",  # noqa: A002 - the name that people see
    asked: int,
) -> RoundRow[S]:
    """A new round with its first event. The owner must exist in `people`."""
    values = {
        "engine": engine.name,
        "kind": state.kind.value,
        "server_id": place.server_id,
        "channel_id": place.channel_id,
        "surface": place.surface.value,
        "level": state.level.value,
        "mode": state.mode.value,
        "topic": topic,
        "format": format,
        "asked": asked,
        "seq": 0,
        "shown_seq": -1,
        "touched_at": state.started_at,
        "created_at": state.started_at,
        **_columns(engine, state),
    }
    key = (await connection.execute(insert(rounds).values(**values))).inserted_primary_key
    assert key is not None
    round_id = int(key[0])
    await _append(connection, engine, round_id, 0, event)
    await take_part(connection, round_id, state.owner, state.started_at)
    created = await load(connection, engine, round_id)
    assert created is not None
    return created


async def save(
    connection: AsyncConnection, engine: Engine[S, E, Any, Any], row: RoundRow[S], state: S, event: E
) -> RoundRow[S]:
    """Appends `event` and stores the state after it. Raises ConflictError when `row` is no longer the latest."""
    seq = row.seq + 1
    statement = (
        update(rounds)
        .where(rounds.c.id == row.id, rounds.c.seq == row.seq)
        .values(seq=seq, touched_at=event.at, **_columns(engine, state))
    )
    if (await connection.execute(statement)).rowcount != 1:
        raise ConflictError
    await _append(connection, engine, row.id, seq, event)
    return replace(row, seq=seq, state=state, owner_id=state.owner)


async def _append(
    connection: AsyncConnection, engine: Engine[S, E, Any, Any], round_id: int, seq: int, event: E
) -> None:
    name, version, payload = engine.codec.encode_event(event)
    try:
        await connection.execute(
            insert(round_events).values(
                round_id=round_id, seq=seq, type=name, version=version, payload=payload, by=event.by, at=event.at
            )
        )
    except IntegrityError as error:
        raise ConflictError from error


async def take_part(connection: AsyncConnection, round_id: int, user_id: int, at: datetime) -> None:
    """The person is in the round; said again, nothing changes. They must exist in `people`."""
    statement = upsert(participants).values(round_id=round_id, user_id=user_id, joined_at=at)
    await connection.execute(statement.on_conflict_do_nothing())


async def load(connection: AsyncConnection, engine: Engine[S, E, Any, Any], round_id: int) -> RoundRow[S] | None:
    """None when there is no such round of this engine."""
    query = select(rounds).where(rounds.c.id == round_id, rounds.c.engine == engine.name)
    row = (await connection.execute(query)).first()
    return _round(engine, row) if row else None


async def events(connection: AsyncConnection, engine: Engine[S, E, Any, Any], round_id: int) -> list[E]:
    """The round's events in order."""
    table = round_events
    query = select(table.c.type, table.c.version, table.c.payload).where(table.c.round_id == round_id)
    rows = await connection.execute(query.order_by(table.c.seq))
    return [engine.codec.decode_event(row.type, row.version, row.payload) for row in rows]


async def move(connection: AsyncConnection, round_id: int, place: Place) -> None:
    """The round goes on elsewhere; its messages are to be posted there."""
    values = {"server_id": place.server_id, "channel_id": place.channel_id, "surface": place.surface.value}
    await connection.execute(update(rounds).where(rounds.c.id == round_id).values(**values))


async def open_rounds(
    connection: AsyncConnection,
    engine: Engine[S, E, Any, Any],
    *,
    owner: int | None = None,
    channel: int | None = None,
) -> list[RoundRow[S]]:
    """Rounds that are not over, newest first."""
    query = select(rounds).where(rounds.c.status == "open", rounds.c.engine == engine.name)
    if owner is not None:
        query = query.where(rounds.c.owner_id == owner)
    if channel is not None:
        query = query.where(rounds.c.channel_id == channel)
    return [_round(engine, row) for row in await connection.execute(query.order_by(rounds.c.id.desc()))]


async def hosted(connection: AsyncConnection, engine: Engine[Any, Any, Any, Any]) -> list[tuple[int, int, int]]:
    """Of the rounds that are not over: channel, owner and id."""
    query = select(rounds.c.channel_id, rounds.c.owner_id, rounds.c.id)
    found = await connection.execute(query.where(rounds.c.status == "open", rounds.c.engine == engine.name))
    return [(row.channel_id, row.owner_id, row.id) for row in found]


async def unsettled(connection: AsyncConnection, engine: Engine[S, E, Any, Any], since: datetime) -> list[RoundRow[S]]:
    """Rounds touched since `since` that are open or whose last events were not shown yet, oldest first."""
    owing = or_(rounds.c.status == "open", rounds.c.shown_seq < rounds.c.seq)
    query = select(rounds).where(rounds.c.touched_at >= since, rounds.c.engine == engine.name, owing)
    return [_round(engine, row) for row in await connection.execute(query.order_by(rounds.c.id))]


async def shown(connection: AsyncConnection, round_id: int, seq: int) -> None:
    """Everything up to event `seq` stands in the channel."""
    statement = update(rounds).where(rounds.c.id == round_id, rounds.c.shown_seq < seq).values(shown_seq=seq)
    await connection.execute(statement)


async def past(
    connection: AsyncConnection, engines: Sequence[AnyEngine], user_id: int, *, limit: int, offset: int = 0
) -> tuple[list[RoundRow[Any]], int]:
    """A page of the rounds of these engines that the person was in, newest first, and how many there are in all."""
    by_name = {engine.name: engine for engine in engines}
    mine = (participants.c.user_id == user_id) & rounds.c.engine.in_(by_name)
    joined = rounds.join(participants, participants.c.round_id == rounds.c.id)
    query = select(rounds).select_from(joined).where(mine).order_by(rounds.c.id.desc()).limit(limit).offset(offset)
    total = await connection.scalar(select(func.count()).select_from(joined).where(mine))
    return [_round(by_name[row.engine], row) for row in await connection.execute(query)], total or 0


async def recently_started(connection: AsyncConnection, since: datetime, *, owner: int) -> list[datetime]:
    """When the person started rounds since `since`, oldest first."""
    query = select(rounds.c.created_at).where(rounds.c.owner_id == owner, rounds.c.created_at >= since)
    return list((await connection.scalars(query.order_by(rounds.c.created_at))).all())


async def recently_started_in(connection: AsyncConnection, since: datetime, *, server: int) -> list[datetime]:
    """When rounds were started in the server since `since`, oldest first."""
    query = select(rounds.c.created_at).where(rounds.c.server_id == server, rounds.c.created_at >= since)
    return list((await connection.scalars(query.order_by(rounds.c.created_at))).all())


async def due(connection: AsyncConnection, now: datetime) -> dict[str, list[int]]:
    """Open rounds whose deadline has passed, by the name of their engine, the oldest deadline first."""
    query = select(rounds.c.engine, rounds.c.id).where(rounds.c.status == "open", rounds.c.next_wake_at <= now)
    found: dict[str, list[int]] = {}
    for engine, round_id in await connection.execute(query.order_by(rounds.c.next_wake_at)):
        found.setdefault(engine, []).append(round_id)
    return found


def _round(engine: Engine[S, E, Any, Any], row: SqlRow[Any]) -> RoundRow[S]:
    return RoundRow(
        id=row.id,
        engine=row.engine,
        kind=Kind(row.kind),
        owner_id=row.owner_id,
        place=Place(row.server_id, row.channel_id, Surface(row.surface)),
        topic=row.topic,
        format=row.format,
        asked=row.asked,
        seq=row.seq,
        state=engine.codec.decode_state(row.state),
        created_at=row.created_at,
    )


# Attempts


async def add_attempt(
    connection: AsyncConnection,
    round_id: int,
    item: Item,
    *,
    turn: int,
    user_id: int,
    source: str,
    text: str,
    hints: int,
    at: datetime,
) -> tuple[AttemptRow, bool]:
    """Keeps what a person sent; `source` names the message or form it came from.

    Returns the attempt and whether it is new: the same source is kept once, however often it arrives.
    """
    values = {
        "round_id": round_id,
        "turn": turn,
        "user_id": user_id,
        "question_id": item.question,
        "question_version": item.version,
        "source": source,
        "text": text,
        "hints": hints,
        "created_at": at,
    }
    result = await connection.execute(upsert(attempts).values(**values).on_conflict_do_nothing())
    query = select(attempts).where(attempts.c.round_id == round_id, attempts.c.source == source)
    return _attempt((await connection.execute(query)).one()), result.rowcount == 1


async def set_grade(connection: AsyncConnection, attempt_id: int, grade: str, score: float | None) -> None:
    await connection.execute(update(attempts).where(attempts.c.id == attempt_id).values(grade=grade, score=score))


async def attempts_of(connection: AsyncConnection, round_id: int) -> list[AttemptRow]:
    """All that was sent in a round, in order."""
    query = select(attempts).where(attempts.c.round_id == round_id).order_by(attempts.c.id)
    return [_attempt(row) for row in await connection.execute(query)]


async def attempt(connection: AsyncConnection, attempt_id: int) -> AttemptRow | None:
    row = (await connection.execute(select(attempts).where(attempts.c.id == attempt_id))).first()
    return _attempt(row) if row else None


async def scored_since(
    connection: AsyncConnection, user_id: int, question_id: str, since: datetime
) -> list[AttemptRow]:
    """What the person sent to this question since `since` and was scored, oldest first."""
    mine = (attempts.c.user_id == user_id) & (attempts.c.question_id == question_id)
    query = select(attempts).where(mine, attempts.c.score.is_not(None), attempts.c.created_at > since)
    return [_attempt(row) for row in await connection.execute(query.order_by(attempts.c.created_at))]


async def keep_pictures(connection: AsyncConnection, attempt_id: int, found: Sequence[bytes]) -> None:
    """Keeps the pictures of a submission, in place of those kept before."""
    await connection.execute(delete(pictures).where(pictures.c.attempt_id == attempt_id))
    for number, png in enumerate(found):
        await connection.execute(insert(pictures).values(attempt_id=attempt_id, number=number, png=png))


async def pictures_of(connection: AsyncConnection, round_id: int) -> dict[int, tuple[bytes, ...]]:
    """The pictures of a round's submissions, by attempt."""
    query = select(pictures).join(attempts, attempts.c.id == pictures.c.attempt_id)
    rows = await connection.execute(query.where(attempts.c.round_id == round_id).order_by(pictures.c.number))
    found: dict[int, tuple[bytes, ...]] = {}
    for row in rows:
        found[row.attempt_id] = (*found.get(row.attempt_id, ()), row.png)
    return found


def _attempt(row: SqlRow[Any]) -> AttemptRow:
    return AttemptRow(
        id=row.id,
        round_id=row.round_id,
        turn=row.turn,
        user_id=row.user_id,
        question_id=row.question_id,
        question_version=row.question_version,
        text=row.text,
        hints=row.hints,
        grade=row.grade,
        score=row.score,
        created_at=row.created_at,
    )


# Messages


async def messages_of(connection: AsyncConnection, round_id: int) -> dict[str, MessageRow]:
    query = select(messages).where(messages.c.round_id == round_id)
    rows = await connection.execute(query)
    return {row.key: MessageRow(row.key, row.channel_id, row.message_id, row.face, row.nonce) for row in rows}


def _message_values(message: MessageRow, at: datetime) -> dict[str, Any]:
    return {
        "channel_id": message.channel_id,
        "message_id": message.message_id,
        "face": message.face,
        "nonce": message.nonce,
        "at": at,
    }


async def put_message(connection: AsyncConnection, round_id: int, message: MessageRow, at: datetime) -> None:
    """Records that a message is being sent (`message_id` None), was sent, or was edited to another face."""
    values = _message_values(message, at)
    statement = upsert(messages).values(round_id=round_id, key=message.key, **values)
    await connection.execute(statement.on_conflict_do_update(index_elements=["round_id", "key"], set_=values))


async def claim_message(connection: AsyncConnection, round_id: int, message: MessageRow, at: datetime) -> MessageRow:
    """Records that a message is about to be sent, unless another process was first; returns the row that holds."""
    values = _message_values(message, at)
    await connection.execute(
        upsert(messages).values(round_id=round_id, key=message.key, **values).on_conflict_do_nothing()
    )
    return (await messages_of(connection, round_id))[message.key]


async def message_owner(connection: AsyncConnection, message_id: int) -> tuple[int, str] | None:
    """The round and the key of a message that the bot posted."""
    query = select(messages.c.round_id, messages.c.key).where(messages.c.message_id == message_id)
    row = (await connection.execute(query)).first()
    return (row.round_id, row.key) if row else None


async def forget_messages(connection: AsyncConnection, round_id: int, keys: list[str]) -> None:
    """These messages are to be posted anew."""
    statement = delete(messages).where(messages.c.round_id == round_id, messages.c.key.in_(keys))
    await connection.execute(statement)


async def last_message(connection: AsyncConnection, round_id: int) -> int | None:
    """The newest message that the bot posted for the round where it lives now."""
    query = (
        select(messages.c.message_id)
        .join(rounds, (rounds.c.id == messages.c.round_id) & (rounds.c.channel_id == messages.c.channel_id))
        .where(messages.c.round_id == round_id, messages.c.message_id.is_not(None))
    )
    return await connection.scalar(query.order_by(messages.c.message_id.desc()).limit(1))
