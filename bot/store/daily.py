"""Daily questions: who gets them and when, and what became of every day.

What many people share at one minute is read and written for all of them at once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import and_, bindparam, exists, func, insert, literal, select, tuple_, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rounds.dialogue import DIALOGUE, DialoguePost, State
from bot.rounds.events import Event, Kind
from bot.store.rounds import MessageRow, Place, RoundRow, Surface
from bot.store.schema import (
    attempts,
    daily_deliveries,
    daily_subscriptions,
    messages,
    participants,
    people,
    question_versions,
    round_events,
    rounds,
)
from questions.model import Level

_CROWD = 9973
"""A prime: people who are due at the same moment stand in a ring of so many places, which `turn` turns."""
NOT_POSTED = 0
"""The id of a message that is never to be posted: it counts as being there."""
Key = tuple[int, date]
"""A person and a day of theirs."""


class Status(StrEnum):
    ON = "on"
    PAUSED = "paused"
    CLOSED = "closed"
    """The place where the question goes cannot be written in."""
    OFF = "off"


class Became(StrEnum):
    """What became of a day's question."""

    QUEUED = "queued"
    SENT = "sent"
    SKIPPED = "skipped"


class Reason(StrEnum):
    """Why a day's question was skipped."""

    CLOSED = "closed"
    LATE = "late"
    PAUSED = "paused"
    NO_QUESTION = "no-question"
    BLOCKED = "blocked"
    ERROR = "error"


@dataclass(frozen=True)
class SubscriptionRow:
    user_id: int
    hour: int
    """0-23, as a clock in the person's zone shows it."""
    minute: int
    days: int
    """A bit for each weekday; 1 is Monday."""
    kinds: tuple[str, ...]
    count: int
    """Questions a day."""
    level: Level
    status: Status
    paused_until: date | None
    """The day on which a pause ends by itself."""
    server_id: int | None
    fallback_channel_id: int | None
    """Where the question is posted; None: in a direct message."""
    dm_channel_id: int | None
    next_at: datetime | None
    """When the next one is due; None while nothing comes."""
    unanswered: int
    """How many in a row were never touched."""
    slow_asked: bool
    """Whether a slower rhythm was offered since something was last answered."""
    notice: str | None
    """What to tell the person at their next command or click."""
    created_at: datetime
    zone: str | None = None
    """The person's time zone, which stands in `people`."""

    @property
    def place(self) -> Place | None:
        """Where the question goes; None where the direct message has never been opened."""
        return _place(self.server_id, self.fallback_channel_id, self.dm_channel_id)


def _place(server_id: int | None, fallback_channel_id: int | None, dm_channel_id: int | None) -> Place | None:
    if fallback_channel_id is not None:
        return Place(server_id, fallback_channel_id, Surface.CHANNEL)
    return Place(None, dm_channel_id, Surface.CHANNEL) if dm_channel_id is not None else None


@dataclass(frozen=True)
class DeliveryRow:
    user_id: int
    day: date
    """Of the person's own calendar."""
    due_at: datetime
    status: Became
    reason: Reason | None
    round_id: int | None
    at: datetime
    """When it came to this."""


# Subscriptions


def _subscription(row: Any) -> SubscriptionRow:
    return SubscriptionRow(
        user_id=row.user_id,
        hour=row.hour,
        minute=row.minute,
        days=row.days,
        kinds=tuple(row.kinds.split(",")),
        count=row.count,
        level=Level(row.level),
        status=Status(row.status),
        paused_until=row.paused_until,
        server_id=row.server_id,
        fallback_channel_id=row.fallback_channel_id,
        dm_channel_id=row.dm_channel_id,
        next_at=row.next_at,
        unanswered=row.unanswered,
        slow_asked=row.slow_asked,
        notice=row.notice,
        created_at=row.created_at,
        zone=row.zone,
    )


_WITH_ZONE = select(daily_subscriptions, people.c.zone).join(people, people.c.id == daily_subscriptions.c.user_id)


async def find(connection: AsyncConnection, user_id: int) -> SubscriptionRow | None:
    row = (await connection.execute(_WITH_ZONE.where(daily_subscriptions.c.user_id == user_id))).first()
    return _subscription(row) if row else None


async def put(connection: AsyncConnection, row: SubscriptionRow) -> None:
    """Keeps the subscription in place of an earlier one. The person must exist in `people`, where their zone stands."""
    values = {
        "hour": row.hour,
        "minute": row.minute,
        "days": row.days,
        "kinds": ",".join(row.kinds),
        "count": row.count,
        "level": row.level.value,
        "status": row.status.value,
        "paused_until": row.paused_until,
        "server_id": row.server_id,
        "fallback_channel_id": row.fallback_channel_id,
        "dm_channel_id": row.dm_channel_id,
        "next_at": row.next_at,
        "unanswered": row.unanswered,
        "slow_asked": row.slow_asked,
        "notice": row.notice,
    }
    statement = upsert(daily_subscriptions).values(user_id=row.user_id, created_at=row.created_at, **values)
    await connection.execute(statement.on_conflict_do_update(index_elements=["user_id"], set_=values))


async def take_notice(connection: AsyncConnection, user_id: int, notice: str) -> bool:
    """Removes a notice; False where it was told or changed meanwhile."""
    table = daily_subscriptions
    statement = update(table).where(table.c.user_id == user_id, table.c.notice == notice).values(notice=None)
    return (await connection.execute(statement)).rowcount == 1


async def due_at_each(connection: AsyncConnection, first: datetime, last: datetime) -> list[tuple[datetime, int]]:
    """How many are due at each moment from `first` to `last`, oldest first."""
    moment = daily_subscriptions.c.next_at
    query = select(moment, func.count()).where(moment >= first, moment <= last).group_by(moment).order_by(moment)
    return [(row[0], row[1]) for row in await connection.execute(query)]


IS_DUE = exists(select(literal(1)).where(daily_subscriptions.c.next_at <= bindparam("now")))
"""Whether the time of any subscription has come; `now` is to be given."""
IS_QUEUED = exists(select(literal(1)).where(daily_deliveries.c.status == Became.QUEUED.value))
_WAITING = select(IS_DUE, IS_QUEUED)


async def waiting(connection: AsyncConnection, now: datetime) -> tuple[bool, bool]:
    """Whether any subscription is due, and whether any delivery is queued."""
    row = (await connection.execute(_WAITING, {"now": now})).one()
    return bool(row[0]), bool(row[1])


@dataclass(frozen=True)
class DueRow:
    """A subscription whose time has come."""

    user_id: int
    hour: int
    minute: int
    days: int
    next_at: datetime
    zone: str | None


async def due(connection: AsyncConnection, now: datetime, limit: int) -> list[DueRow]:
    """Up to `limit` subscriptions that are due, the oldest first."""
    table = daily_subscriptions
    query = (
        select(table.c.user_id, table.c.hour, table.c.minute, table.c.days, table.c.next_at, people.c.zone)
        .join(people, people.c.id == table.c.user_id)
        .where(table.c.next_at <= now)
    )
    rows = await connection.execute(query.order_by(table.c.next_at).limit(limit))
    return [DueRow(*row) for row in rows]


_ADVANCE = (
    update(daily_subscriptions)
    .where(daily_subscriptions.c.user_id == bindparam("user"))
    .values(next_at=bindparam("next"), status=Status.ON.value, paused_until=None)
)


async def advance(connection: AsyncConnection, next_at: Mapping[int, datetime]) -> None:
    """The subscriptions of these people are next due then; a pause that ended is over."""
    if next_at:
        await connection.execute(_ADVANCE, [{"user": user, "next": moment} for user, moment in next_at.items()])


# Deliveries


async def enqueue(connection: AsyncConnection, rows: Sequence[DeliveryRow]) -> None:
    """Adds days; one that a person has already had, whatever became of it, stays as it is."""
    if rows:
        values = [
            {
                "user_id": row.user_id,
                "day": row.day,
                "due_at": row.due_at,
                "status": row.status.value,
                "reason": row.reason.value if row.reason else None,
                "at": row.at,
            }
            for row in rows
        ]
        await connection.execute(upsert(daily_deliveries).on_conflict_do_nothing(), values)


async def queued(connection: AsyncConnection, limit: int, turn: int) -> list[Key]:
    """Up to `limit` queued deliveries, the oldest due first; `turn` shifts who of those due at one moment is first."""
    table = daily_deliveries
    place = (table.c.user_id + turn) % _CROWD
    query = select(table.c.user_id, table.c.day).where(table.c.status == Became.QUEUED)
    rows = await connection.execute(query.order_by(table.c.due_at, place, table.c.user_id).limit(limit))
    return [(row[0], row[1]) for row in rows]


@dataclass(frozen=True)
class Letter:
    """A queued delivery with the subscription that it belongs to."""

    delivery: DeliveryRow
    subscription: SubscriptionRow
    after_skipped: bool
    """Whether the person's last day before it was skipped."""


def _delivery(row: Any) -> DeliveryRow:
    return DeliveryRow(
        user_id=row.user_id,
        day=row.day,
        due_at=row.due_at,
        status=Became(row.became),
        reason=Reason(row.reason) if row.reason else None,
        round_id=row.round_id,
        at=row.at,
    )


_DELIVERY = (
    daily_deliveries.c.user_id,
    daily_deliveries.c.day,
    daily_deliveries.c.due_at,
    daily_deliveries.c.status.label("became"),
    daily_deliveries.c.reason,
    daily_deliveries.c.round_id,
    daily_deliveries.c.at,
)


def _are(keys: Collection[Key]) -> Any:
    return tuple_(daily_deliveries.c.user_id, daily_deliveries.c.day).in_(list(keys))


async def letters(connection: AsyncConnection, keys: Collection[Key]) -> list[Letter]:
    """Those of these deliveries that are still queued."""
    mine = [column for column in daily_subscriptions.c if column.name != "user_id"]
    earlier = daily_deliveries.alias()
    before = (
        select(earlier.c.status)
        .where(earlier.c.user_id == daily_deliveries.c.user_id, earlier.c.day < daily_deliveries.c.day)
        .order_by(earlier.c.day.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = (
        select(*_DELIVERY, *mine, people.c.zone, before.label("before"))
        .join(daily_subscriptions, daily_subscriptions.c.user_id == daily_deliveries.c.user_id)
        .join(people, people.c.id == daily_deliveries.c.user_id)
        .where(_are(keys), daily_deliveries.c.status == Became.QUEUED)
    )
    rows = await connection.execute(query)
    return [Letter(_delivery(row), _subscription(row), row.before == Became.SKIPPED) for row in rows]


async def not_begun(connection: AsyncConnection, keys: Collection[Key]) -> dict[Key, Place | None]:
    """Those of these deliveries that are queued without a round, and still wanted; and where they go by now."""
    table = daily_subscriptions
    query = (
        select(
            daily_deliveries.c.user_id,
            daily_deliveries.c.day,
            table.c.server_id,
            table.c.fallback_channel_id,
            table.c.dm_channel_id,
        )
        .join(table, table.c.user_id == daily_deliveries.c.user_id)
        .where(_are(keys), daily_deliveries.c.status == Became.QUEUED, daily_deliveries.c.round_id.is_(None))
        .where(table.c.status == Status.ON)
    )
    return {(row[0], row[1]): _place(*row[2:]) for row in await connection.execute(query)}


async def due_before(connection: AsyncConnection, moment: datetime) -> list[Key]:
    """Queued deliveries that were due before then."""
    table = daily_deliveries
    query = select(table.c.user_id, table.c.day).where(table.c.status == Became.QUEUED, table.c.due_at < moment)
    return [(row[0], row[1]) for row in await connection.execute(query.order_by(table.c.due_at))]


async def never_begun_before(connection: AsyncConnection, moment: datetime, limit: int) -> list[Key]:
    """Queued days that were due by a moment and whose round has not begun, the oldest first."""
    table = daily_deliveries.c
    query = select(table.user_id, table.day).where(
        table.status == Became.QUEUED, table.due_at <= moment, table.round_id.is_(None)
    )
    return [(row[0], row[1]) for row in await connection.execute(query.order_by(table.due_at).limit(limit))]


async def last_day(connection: AsyncConnection, user_id: int) -> date | None:
    """The latest day of theirs that somebody had a delivery for, whatever became of it."""
    table = daily_deliveries
    return await connection.scalar(select(func.max(table.c.day)).where(table.c.user_id == user_id))


async def latest(connection: AsyncConnection, user_id: int, limit: int) -> list[DeliveryRow]:
    """The person's latest days, newest first."""
    query = select(*_DELIVERY).where(daily_deliveries.c.user_id == user_id)
    rows = await connection.execute(query.order_by(daily_deliveries.c.day.desc()).limit(limit))
    return [_delivery(row) for row in rows]


async def of_round(connection: AsyncConnection, round_id: int) -> DeliveryRow | None:
    """The delivery that a round is the question of."""
    row = (await connection.execute(select(*_DELIVERY).where(daily_deliveries.c.round_id == round_id))).first()
    return _delivery(row) if row else None


async def skipped_since_sent(connection: AsyncConnection, keys: Collection[Key]) -> list[DeliveryRow]:
    """Of each of these people the days before that day which were skipped since they last got one, oldest first."""
    if not keys:
        return []
    earlier = daily_deliveries.alias()
    later_sent = daily_deliveries.alias()
    sent_after = exists(
        select(literal(1)).where(
            later_sent.c.user_id == earlier.c.user_id,
            later_sent.c.day > earlier.c.day,
            later_sent.c.day < daily_deliveries.c.day,
            later_sent.c.status == Became.SENT,
        )
    )
    query = (
        select(
            earlier.c.user_id,
            earlier.c.day,
            earlier.c.due_at,
            earlier.c.status.label("became"),
            earlier.c.reason,
            earlier.c.round_id,
            earlier.c.at,
        )
        .select_from(daily_deliveries)
        .join(earlier, and_(earlier.c.user_id == daily_deliveries.c.user_id, earlier.c.day < daily_deliveries.c.day))
        .where(_are(keys), earlier.c.status == Became.SKIPPED, ~sent_after)
    )
    return [_delivery(row) for row in await connection.execute(query.order_by(earlier.c.day))]


_BECOME = (
    update(daily_deliveries)
    .where(
        daily_deliveries.c.user_id == bindparam("user"),
        daily_deliveries.c.day == bindparam("which"),
        daily_deliveries.c.status == Became.QUEUED.value,
    )
    .values(status=bindparam("became"), reason=bindparam("why"), at=bindparam("moment"))
)


async def become(connection: AsyncConnection, ended: Mapping[Key, Reason | None], at: datetime) -> None:
    """These queued deliveries were sent (None), or are skipped for a reason."""
    if ended:
        values = [
            {
                "user": user,
                "which": day,
                "became": (Became.SKIPPED if reason else Became.SENT).value,
                "why": reason.value if reason else None,
                "moment": at,
            }
            for (user, day), reason in ended.items()
        ]
        await connection.execute(_BECOME, values)


# Rounds


@dataclass(frozen=True)
class OpenRound:
    """A question-and-answer round that is open where a daily question goes."""

    row: RoundRow[State]
    touched_at: datetime
    begun: bool
    """Whether the person did anything in it."""
    daily: bool
    """Whether it is the question of an earlier day."""


async def open_rounds(connection: AsyncConnection, places: Mapping[int, int]) -> list[OpenRound]:
    """The rounds that people (keys) have open in a channel each (values), the newest first."""
    if not places:
        return []
    answered = exists(select(literal(1)).where(attempts.c.round_id == rounds.c.id))
    earlier = exists(select(literal(1)).where(daily_deliveries.c.round_id == rounds.c.id))
    query = select(rounds, answered.label("answered"), earlier.label("daily")).where(
        rounds.c.engine == DIALOGUE.name,
        rounds.c.status == "open",
        rounds.c.channel_id.in_(set(places.values())),
        rounds.c.owner_id.in_(places),
    )
    return [
        OpenRound(_round(row), row.touched_at, begun=row.seq > 0 or bool(row.answered), daily=bool(row.daily))
        for row in await connection.execute(query.order_by(rounds.c.id.desc()))
        if places[row.owner_id] == row.channel_id
    ]


def _round(row: Any) -> RoundRow[State]:
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
        state=DIALOGUE.codec.decode_state(row.state),
        created_at=row.created_at,
    )


def _acted(round_id: Any, user_id: Any) -> Any:
    """Whether the person did anything in the round beside starting it."""
    clicked = exists(
        select(literal(1)).where(
            round_events.c.round_id == round_id, round_events.c.seq > 0, round_events.c.by == user_id
        )
    )
    return clicked | exists(select(literal(1)).where(attempts.c.round_id == round_id))


async def begun(connection: AsyncConnection, round_ids: Collection[int]) -> frozenset[int]:
    """Those of these rounds in which their person did anything."""
    if not round_ids:
        return frozenset()
    query = select(rounds.c.id).where(rounds.c.id.in_(round_ids), _acted(rounds.c.id, rounds.c.owner_id))
    return frozenset((await connection.scalars(query)).all())


async def touched_last(connection: AsyncConnection, user_ids: Collection[int]) -> frozenset[int]:
    """Those of these people who did anything in the question that they were last sent."""
    if not user_ids:
        return frozenset()
    mine, newer = daily_deliveries.alias(), daily_deliveries.alias()
    sent_later = exists(
        select(literal(1)).where(
            newer.c.user_id == mine.c.user_id, newer.c.day > mine.c.day, newer.c.status == Became.SENT
        )
    )
    query = select(mine.c.user_id).where(
        mine.c.user_id.in_(user_ids),
        mine.c.status == Became.SENT,
        ~sent_later,
        _acted(mine.c.round_id, mine.c.user_id),
    )
    return frozenset((await connection.scalars(query)).all())


async def asked_lately(connection: AsyncConnection, user_id: int, days: int) -> frozenset[str]:
    """Ids of the questions that the person's last so many days brought, touched or not."""
    mine = daily_deliveries.c
    query = (
        select(rounds.c.state)
        .join(daily_deliveries, mine.round_id == rounds.c.id)
        .where(mine.user_id == user_id, mine.status == Became.SENT)
        .order_by(mine.day.desc())
        .limit(days)
    )
    states = [DIALOGUE.codec.decode_state(text) for text in await connection.scalars(query)]
    return frozenset(item.question for state in states for item in state.items)


async def first_messages(connection: AsyncConnection, round_ids: Collection[int], key: str) -> dict[int, MessageRow]:
    """The message of this key of each of these rounds that has one."""
    if not round_ids:
        return {}
    query = select(messages).where(messages.c.round_id.in_(round_ids), messages.c.key == key)
    rows = await connection.execute(query)
    return {r.round_id: MessageRow(r.key, r.channel_id, r.message_id, r.face, r.nonce) for r in rows}


async def ended_silently(connection: AsyncConnection, round_id: int) -> bool:
    """Whether `end_rounds` has ended the round."""
    query = select(literal(1)).where(messages.c.round_id == round_id, messages.c.message_id == NOT_POSTED)
    return await connection.scalar(query.limit(1)) is not None


async def untouched(connection: AsyncConnection, round_ids: Collection[int]) -> frozenset[int]:
    """Those of these rounds that are open and in which nothing has happened."""
    if not round_ids:
        return frozenset()
    answered = exists(select(literal(1)).where(attempts.c.round_id == rounds.c.id))
    query = select(rounds.c.id).where(
        rounds.c.id.in_(round_ids), rounds.c.status == "open", rounds.c.seq == 0, ~answered
    )
    return frozenset((await connection.scalars(query)).all())


@dataclass(frozen=True)
class NewRound:
    """A round that begins, and the claim to its first message."""

    state: State
    event: Event
    place: Place
    format: str
    asked: int
    first: DialoguePost
    nonce: str


async def create_rounds(connection: AsyncConnection, new: Sequence[NewRound]) -> list[RoundRow[State]]:
    """Stores rounds as they begin. Their owners must exist in `people`."""
    codec = DIALOGUE.codec
    statement = insert(rounds).returning(rounds.c.id, sort_by_parameter_order=True)
    values = [
        {
            "engine": DIALOGUE.name,
            "kind": one.state.kind.value,
            "owner_id": one.state.owner,
            "server_id": one.place.server_id,
            "channel_id": one.place.channel_id,
            "surface": one.place.surface.value,
            "level": one.state.level.value,
            "mode": one.state.mode.value,
            "topic": None,
            "format": one.format,
            "asked": one.asked,
            "status": "open",
            "seq": 0,
            "state": codec.encode_state(one.state),
            "score": None,
            "next_wake_at": DIALOGUE.wake_at(one.state),
            "shown_seq": -1,
            "touched_at": one.state.started_at,
            "created_at": one.state.started_at,
            "finished_at": None,
        }
        for one in new
    ]
    ids = [int(number) for number in (await connection.scalars(statement, values)).all()]
    await _append(connection, [(number, 0, one.event) for number, one in zip(ids, new, strict=True)])
    await connection.execute(
        insert(participants),
        [
            {"round_id": number, "user_id": one.state.owner, "joined_at": one.state.started_at}
            for number, one in zip(ids, new, strict=True)
        ],
    )
    claims = [
        (number, MessageRow(one.first.key, one.place.channel_id, None, one.first.face, one.nonce))
        for number, one in zip(ids, new, strict=True)
    ]
    await put_messages(connection, claims, new[0].state.started_at)
    return [
        RoundRow(
            id=number,
            engine=DIALOGUE.name,
            kind=one.state.kind,
            owner_id=one.state.owner,
            place=one.place,
            topic=None,
            format=one.format,
            asked=one.asked,
            seq=0,
            state=one.state,
            created_at=one.state.started_at,
        )
        for number, one in zip(ids, new, strict=True)
    ]


async def _append(connection: AsyncConnection, appended: Sequence[tuple[int, int, Event]]) -> None:
    rows: list[dict[str, Any]] = []
    for number, seq, event in appended:
        name, version, payload = DIALOGUE.codec.encode_event(event)
        rows.append(
            {
                "round_id": number,
                "seq": seq,
                "type": name,
                "version": version,
                "payload": payload,
                "by": event.by,
                "at": event.at,
            }
        )
    if rows:
        await connection.execute(insert(round_events), rows)


_END = (
    update(rounds)
    .where(rounds.c.id == bindparam("which"), rounds.c.seq == 0)
    .values(
        seq=1,
        status="stopped",
        state=bindparam("text"),
        next_wake_at=None,
        finished_at=bindparam("moment"),
        touched_at=bindparam("moment"),
        shown_seq=bindparam("seen"),
    )
)


async def end_rounds(
    connection: AsyncConnection,
    ended: Sequence[tuple[RoundRow[State], Event]],
    silent: Collection[DialoguePost],
    *,
    shown: bool,
) -> None:
    """Stores the end of rounds in which nothing had happened: the state after the event, and the event.

    The messages `silent` count as posted, so that they never are; `shown` says that no other message has to change.
    """
    if not ended:
        return
    values = [
        {
            "which": row.id,
            "text": DIALOGUE.codec.encode_state(row.state),
            "moment": event.at,
            "seen": 1 if shown else 0,
        }
        for row, event in ended
    ]
    await connection.execute(_END, values)
    await _append(connection, [(row.id, 1, event) for row, event in ended])
    claims = [
        (row.id, MessageRow(post.key, row.place.channel_id, NOT_POSTED, post.face, ""))
        for row, _ in ended
        for post in silent
    ]
    await put_messages(connection, claims, ended[0][1].at)


_CLAIM = upsert(messages)
_PUT = _CLAIM.on_conflict_do_update(
    index_elements=["round_id", "key"],
    set_={name: _CLAIM.excluded[name] for name in ("channel_id", "message_id", "face", "nonce", "at")},
)


async def put_messages(connection: AsyncConnection, rows: Sequence[tuple[int, MessageRow]], at: datetime) -> None:
    """Notes messages of rounds, as `bot.store.rounds.put_message` does."""
    if rows:
        values = [
            {
                "round_id": number,
                "key": row.key,
                "channel_id": row.channel_id,
                "message_id": row.message_id,
                "face": row.face,
                "nonce": row.nonce,
                "at": at,
            }
            for number, row in rows
        ]
        await connection.execute(_PUT, values)


async def note_sent(connection: AsyncConnection, rows: Sequence[tuple[int, MessageRow]], at: datetime) -> None:
    """Notes which messages were sent, where that is not known yet."""
    if rows:
        table = messages
        statement = (
            update(table)
            .where(table.c.round_id == bindparam("which"), table.c.key == bindparam("what"))
            .where(table.c.message_id.is_(None))
            .values(message_id=bindparam("number"), face=bindparam("look"), at=bindparam("moment"))
        )
        values = [
            {"which": number, "what": row.key, "number": row.message_id, "look": row.face, "moment": at}
            for number, row in rows
        ]
        await connection.execute(statement, values)


async def shown(connection: AsyncConnection, up_to: Mapping[int, int]) -> None:
    """Everything up to an event (values) of these rounds (keys) stands in their channels."""
    if up_to:
        statement = (
            update(rounds)
            .where(rounds.c.id == bindparam("which"), rounds.c.shown_seq < bindparam("seq_shown"))
            .values(shown_seq=bindparam("seq_shown"))
        )
        await connection.execute(statement, [{"which": number, "seq_shown": seq} for number, seq in up_to.items()])


async def link_rounds(connection: AsyncConnection, round_of: Mapping[Key, int], at: datetime) -> None:
    """These queued deliveries are carried by these rounds."""
    if round_of:
        statement = (
            update(daily_deliveries)
            .where(daily_deliveries.c.user_id == bindparam("user"), daily_deliveries.c.day == bindparam("which"))
            .values(round_id=bindparam("number"), at=bindparam("moment"))
        )
        values = [
            {"user": user, "which": day, "number": number, "moment": at} for (user, day), number in round_of.items()
        ]
        await connection.execute(statement, values)


@dataclass(frozen=True)
class Habit:
    """What the deliveries change in a person's subscription."""

    unanswered: int
    slow_asked: bool
    dm_channel_id: int | None


async def put_habits(connection: AsyncConnection, habits: Mapping[int, Habit]) -> None:
    if habits:
        statement = (
            update(daily_subscriptions)
            .where(daily_subscriptions.c.user_id == bindparam("user"))
            .values(unanswered=bindparam("number"), slow_asked=bindparam("asked"), dm_channel_id=bindparam("channel"))
        )
        values = [
            {"user": user, "number": habit.unanswered, "asked": habit.slow_asked, "channel": habit.dm_channel_id}
            for user, habit in habits.items()
        ]
        await connection.execute(statement, values)


async def close(connection: AsyncConnection, user_ids: Collection[int], notice: str) -> None:
    """Nothing more comes to these people until they turn it on again; they are told why."""
    table = daily_subscriptions
    statement = update(table).where(table.c.user_id.in_(user_ids), table.c.status == Status.ON)
    await connection.execute(statement.values(status=Status.CLOSED, next_at=None, notice=notice))


# Questions


async def keep_questions(connection: AsyncConnection, bodies: Mapping[tuple[str, int], str]) -> None:
    """Stores versions of questions (id and version) unless they are there."""
    if bodies:
        values = [{"id": key[0], "version": key[1], "body": body} for key, body in bodies.items()]
        await connection.execute(upsert(question_versions).on_conflict_do_nothing(), values)
