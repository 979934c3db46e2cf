"""What everybody earned on every question they finished, and what they did for others."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    bindparam,
    insert,
    literal,
    or_,
    select,
    type_coerce,
    union,
    union_all,
)
from sqlalchemy import Row as SqlRow
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.abilities.ledger import EVERYWHERE
from bot.rounds.events import Mode
from bot.store.schema import helps, participants, people, results, rounds, servers
from questions.model import Level


@dataclass(frozen=True)
class ResultRow:
    round_id: int
    item: int
    user_id: int
    question_id: str
    question_version: int
    track: str
    topic: str
    level: Level
    mode: Mode
    engine: str
    server_id: int | None
    score: float
    band: int
    hints: int
    told: bool
    seconds: float
    """From the question to the end of its item."""
    first: bool
    """Whether the person had not met the question before."""
    rated: bool
    """Whether it counts for the person's ability."""
    day: date
    """The person's own calendar day."""
    at: datetime


@dataclass(frozen=True)
class HelpRow:
    user_id: int
    server_id: int | None
    source: str
    """Which interview or question; counts once a person."""
    track: str
    """'' where it belongs to none."""
    day: date
    at: datetime


@dataclass(frozen=True)
class Preferences:
    """What a person has chosen that results depend on."""

    zone: str | None
    hidden: bool


async def preferences(connection: AsyncConnection, users: Collection[int]) -> dict[int, Preferences]:
    query = select(people.c.id, people.c.zone, people.c.hidden).where(people.c.id.in_(users))
    return {row.id: Preferences(row.zone, row.hidden) for row in await connection.execute(query)}


async def season_months(connection: AsyncConnection, scopes: Collection[int]) -> dict[int, int]:
    """The months of a season, for the servers that have settings."""
    query = select(servers.c.id, servers.c.season_months).where(servers.c.id.in_(scopes))
    return {row.id: row.season_months for row in await connection.execute(query)}


# Results


@dataclass(frozen=True)
class Known:
    """What is known before new results of a round are kept."""

    noted: set[tuple[int, int]]
    """Item and person of the results that the round has."""
    preferences: dict[int, Preferences]
    met: set[tuple[int, str]]
    """Who has a result on which question, in any version."""
    others: set[int]
    """The other rounds of the engine asked for that these people were in."""
    season_months: int | None
    """Of the server; None where it did not choose."""


AnyColumns = tuple[Any, ...]


def several(name: str) -> BindParameter[Any]:
    """A parameter of a statement that is built once, to be given a list for `IN`."""
    return bindparam(name, expanding=True)


def _known() -> CompoundSelect[*AnyColumns]:
    users, nothing = several("users"), literal("")
    joined = participants.join(rounds, rounds.c.id == participants.c.round_id)

    def tagged(kind: str, *columns: ColumnElement[Any]) -> Select[*AnyColumns]:
        names = ("number", "user", "text")
        named = (column.label(name) for name, column in zip(names, columns, strict=True))
        return select(literal(kind).label("kind"), *named)

    return union_all(
        tagged("noted", results.c.item, results.c.user_id, nothing).where(results.c.round_id == bindparam("round")),
        tagged("person", type_coerce(people.c.hidden, Integer), people.c.id, people.c.zone).where(
            people.c.id.in_(users)
        ),
        tagged("met", literal(0), results.c.user_id, results.c.question_id).where(
            results.c.user_id.in_(users), results.c.question_id.in_(several("questions"))
        ),
        tagged("other", rounds.c.id, participants.c.user_id, nothing)
        .select_from(joined)
        .where(
            participants.c.user_id.in_(users),
            rounds.c.engine == bindparam("engine"),
            rounds.c.id != bindparam("round"),
        ),
        tagged("season", servers.c.season_months, servers.c.id, nothing).where(servers.c.id == bindparam("server")),
    )


_KNOWN = _known()
"""Built once, as all that every result asks: building a statement takes longer than carrying it out."""


async def known(
    connection: AsyncConnection,
    round_id: int,
    server_id: int | None,
    users: Collection[int],
    questions: Collection[str],
    engine: str,
) -> Known:
    """What is known of a round, of people and of questions, and which rounds of an engine these people were in.

    In one statement, since each is a trip to the driver's thread.
    """
    asked = {
        "round": round_id,
        "server": server_id,
        "users": list(users),
        "questions": list(questions),
        "engine": engine,
    }
    found: dict[str, list[tuple[int, int, str]]] = {}
    for row in await connection.execute(_KNOWN, asked):
        found.setdefault(row.kind, []).append((row.number, row.user, row.text))
    return Known(
        noted={(item, user) for item, user, _ in found.get("noted", ())},
        preferences={user: Preferences(zone, bool(hidden)) for hidden, user, zone in found.get("person", ())},
        met={(user, question) for _, user, question in found.get("met", ())},
        others={number for number, _, _ in found.get("other", ())},
        season_months=next((months for months, _, _ in found.get("season", ())), None),
    )


async def states_naming(
    connection: AsyncConnection, round_ids: Collection[int], questions: Collection[str]
) -> list[tuple[int, str]]:
    """Person and state of these rounds, for everybody in them, where one of the questions was drawn."""
    joined = participants.join(rounds, rounds.c.id == participants.c.round_id)
    names = or_(*(rounds.c.state.contains(f'"{question}"', autoescape=True) for question in questions))
    query = select(participants.c.user_id, rounds.c.state).select_from(joined)
    rows = await connection.execute(query.where(rounds.c.id.in_(round_ids), names))
    return [(row.user_id, row.state) for row in rows]


_ADD = insert(results)


async def add(connection: AsyncConnection, rows: Sequence[ResultRow]) -> None:
    """Keeps results, in this order. Round, item and person of each must be new."""
    await connection.execute(_ADD, [vars(row) for row in rows])


async def of_people(
    connection: AsyncConnection, users: Collection[int], scope: int | None = None, *, rated: bool = False
) -> list[ResultRow]:
    """The results of people, one person after the other, each in the order in which they were stored.

    `scope`: only those of a server. `rated`: only those that count for the ability.
    """
    query = select(results).where(results.c.user_id.in_(users)).order_by(results.c.user_id, results.c.id)
    if scope is not None and scope != EVERYWHERE:
        query = query.where(results.c.server_id == scope)
    if rated:
        query = query.where(results.c.rated)
    return [_result(row) for row in await connection.execute(query)]


def _result(row: SqlRow[Any]) -> ResultRow:
    return ResultRow(
        round_id=row.round_id,
        item=row.item,
        user_id=row.user_id,
        question_id=row.question_id,
        question_version=row.question_version,
        track=row.track,
        topic=row.topic,
        level=Level(row.level),
        mode=Mode(row.mode),
        engine=row.engine,
        server_id=row.server_id,
        score=row.score,
        band=row.band,
        hints=row.hints,
        told=row.told,
        seconds=row.seconds,
        first=row.first,
        rated=row.rated,
        day=row.day,
        at=row.at,
    )


async def people_with_any(connection: AsyncConnection, scope: int | None = None) -> list[int]:
    """Everybody who has results or helped, or did in a server."""
    earned, given = select(results.c.user_id), select(helps.c.user_id)
    if scope is not None and scope != EVERYWHERE:
        earned, given = earned.where(results.c.server_id == scope), given.where(helps.c.server_id == scope)
    return sorted((await connection.scalars(union(earned, given))).all())


# Help


async def add_help(connection: AsyncConnection, row: HelpRow) -> bool:
    """Keeps a help; whether it is new (a source counts once a person)."""
    statement = upsert(helps).values(**asdict(row)).on_conflict_do_nothing()
    return (await connection.execute(statement)).rowcount == 1


async def helps_of(connection: AsyncConnection, users: Collection[int], scope: int | None = None) -> list[HelpRow]:
    """What people did for others, one person after the other, oldest first. `scope`: only in a server."""
    query = select(helps).where(helps.c.user_id.in_(users)).order_by(helps.c.user_id, helps.c.id)
    if scope is not None and scope != EVERYWHERE:
        query = query.where(helps.c.server_id == scope)
    return [
        HelpRow(row.user_id, row.server_id, row.source, row.track, row.day, row.at)
        for row in await connection.execute(query)
    ]


# Rounds that were scored before results were kept


async def rounds_after(connection: AsyncConnection, engine: str, after: int, limit: int) -> list[int]:
    """Ids of the engine's rounds that follow round `after`, in order."""
    query = select(rounds.c.id).where(rounds.c.id > after, rounds.c.engine == engine)
    return list((await connection.scalars(query.order_by(rounds.c.id).limit(limit))).all())
