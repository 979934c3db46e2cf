"""What results add up to, as it is kept: abilities, active days, and everybody's row on every board."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    CompoundSelect,
    Float,
    Select,
    String,
    Table,
    bindparam,
    delete,
    func,
    literal,
    null,
    select,
    type_coerce,
    union_all,
    update,
)
from sqlalchemy.dialects.sqlite import Insert, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.abilities.ledger import Board, Spot, Standing
from bot.store import meta as meta_store
from bot.store.results import AnyColumns, several
from bot.store.schema import abilities, active_days, helps, meta, people, results, standings

Owner = tuple[int, int]
"""A scope and a person."""

_REDONE = "boards-redone"
_PART = 2000
"""Rows of a board that are read at a time."""
_NONE_AFTER = 2**62
FOLLOWED = 1000
"""At most so many results, and so many helps, are followed up; beyond, reading the whole board costs less."""


# What one result looks at and changes


@dataclass(frozen=True)
class Kept:
    """What is kept of people, as far as it was asked for."""

    abilities: dict[Owner, bytes]
    days: list[tuple[Owner, str, date]]
    """Active days, by owner and track."""
    rows: list[tuple[Owner, Spot, Standing]]


def _kept() -> CompoundSelect[*AnyColumns]:
    scopes, users = several("scopes"), several("users")
    nothing, number = literal("", String), literal(None, Float)
    day, row = active_days.c.day, standings.c

    def columns(*found: ColumnElement[Any]) -> Select[*AnyColumns]:
        names = ("scope", "user", "state", "board", "track", "period", "value", "base")
        return select(*(column.label(name) for name, column in zip(names, found, strict=True)))

    return union_all(
        columns(
            abilities.c.scope, abilities.c.user_id, abilities.c.state, nothing, nothing, nothing, number, number
        ).where(abilities.c.scope.in_(scopes), abilities.c.user_id.in_(several("rated"))),
        columns(
            active_days.c.scope,
            active_days.c.user_id,
            null(),
            nothing,
            active_days.c.track,
            type_coerce(day, String),
            number,
            number,
        ).where(
            active_days.c.scope.in_(scopes),
            active_days.c.user_id.in_(users),
            active_days.c.track.in_(several("tracks")),
            day.in_(several("days")),
        ),
        columns(
            row.scope,
            row.user_id,
            null(),
            row.board,
            row.track,
            row.period,
            row.value,
            row.base,
        ).where(
            row.scope.in_(scopes),
            row.user_id.in_(users),
            row.board.in_(several("boards")),
            row.track.in_(several("tracks")),
            row.period.in_(several("periods")),
        ),
    )


_KEPT = _kept()
"""Built once, as all that every result asks: building a statement takes longer than carrying it out."""


async def kept(
    connection: AsyncConnection,
    scopes: Collection[int],
    users: Collection[int],
    rated: Collection[int],
    days: Collection[date],
    spots: Collection[Spot],
) -> Kept:
    """The abilities of the people in `rated`; of `users`, which of these days are active ones on the tracks in `spots`,
    and the rows on the boards, tracks and periods in `spots`.

    In one statement, since each is a trip to the driver's thread.
    """
    asked = {
        "scopes": list(scopes),
        "users": list(users),
        "rated": list(rated),
        "days": list(days),
        "boards": list({spot.board.value for spot in spots}),
        "tracks": list({spot.track for spot in spots}),
        "periods": list({spot.period for spot in spots}),
    }
    found = Kept({}, [], [])
    for row in await connection.execute(_KEPT, asked):
        owner = row.scope, row.user
        if row.board:
            spot = Spot(Board(row.board), row.track, row.period)
            found.rows.append((owner, spot, Standing(row.value, row.base)))
        elif row.period:
            found.days.append((owner, row.track, date.fromisoformat(row.period)))
        else:
            found.abilities[owner] = row.state
    return found


async def ability(connection: AsyncConnection, scope: int, user: int) -> bytes | None:
    """The person's stored ability; None where nothing counted yet."""
    query = select(abilities.c.state).where(abilities.c.scope == scope, abilities.c.user_id == user)
    return await connection.scalar(query)


def _upsert(table: Table) -> Insert:
    """Writes whole rows, over those with the same key."""
    statement = insert(table)
    key = list(table.primary_key.columns)
    rest = {column.name: statement.excluded[column.name] for column in table.columns if not column.primary_key}
    return (
        statement.on_conflict_do_update(index_elements=key, set_=rest) if rest else statement.on_conflict_do_nothing()
    )


_PUT_ABILITIES, _PUT_DAYS, _PUT_ROWS = _upsert(abilities), _upsert(active_days), _upsert(standings)


async def put_abilities(connection: AsyncConnection, states: Mapping[Owner, bytes]) -> None:
    rows = [{"scope": scope, "user_id": user, "state": state} for (scope, user), state in states.items()]
    if rows:
        await connection.execute(_PUT_ABILITIES, rows)


async def put_days(connection: AsyncConnection, days: Iterable[tuple[Owner, str, date]]) -> None:
    rows = [{"scope": scope, "user_id": user, "track": track, "day": day} for (scope, user), track, day in days]
    if rows:
        await connection.execute(_PUT_DAYS, rows)


async def put_rows(
    connection: AsyncConnection, found: Mapping[tuple[Owner, Spot], Standing], hidden: Collection[int]
) -> None:
    """Rows as they are now. `hidden`: the people who are not listed."""
    rows = [
        {
            "scope": scope,
            "board": spot.board.value,
            "track": spot.track,
            "period": spot.period,
            "user_id": user,
            "value": standing.value,
            "base": standing.base,
            "visible": user not in hidden,
        }
        for ((scope, user), spot), standing in found.items()
    ]
    if rows:
        await connection.execute(_PUT_ROWS, rows)


# Anew


async def clear(connection: AsyncConnection, scope: int | None = None, user: int | None = None) -> None:
    """Takes away what is kept of a scope, of a person, of a person in a scope, or everything."""
    for table in (abilities, active_days, standings):
        await connection.execute(delete(table).where(*_part_of(table, scope, user)))
    await _redo(connection)


def _part_of(table: Table, scope: int | None, user: int | None) -> list[ColumnElement[bool]]:
    wanted = {"scope": scope, "user_id": user}
    return [table.c[name] == value for name, value in wanted.items() if value is not None]


async def show(connection: AsyncConnection, user: int, *, visible: bool) -> None:
    """Lists the person on boards, or does not."""
    await connection.execute(update(standings).where(standings.c.user_id == user).values(visible=visible))
    await _redo(connection)


async def _redo(connection: AsyncConnection) -> None:
    """Notes that rows changed by other means than a new result or help."""
    times = int(await meta_store.get(connection, _REDONE) or 0)
    await meta_store.put(connection, _REDONE, str(times + 1))


# Boards


@dataclass(frozen=True)
class Version:
    """What boards were made of: as long as it is the same, so are they."""

    redone: int
    result: int
    """The id of the latest result."""
    help: int
    """The id of the latest help."""

    def follows(self, other: Version) -> bool:
        """Whether what came after the other version can be followed up."""
        new = self.result - other.result, self.help - other.help
        return self.redone == other.redone and min(new) >= 0 and max(new) <= FOLLOWED


def _on_board() -> list[ColumnElement[bool]]:
    return [
        standings.c.scope == bindparam("scope"),
        standings.c.board == bindparam("board"),
        standings.c.track == bindparam("track"),
        standings.c.period == bindparam("period"),
    ]


def _named(scope: int, spot: Spot) -> dict[str, Any]:
    return {"scope": scope, "board": spot.board.value, "track": spot.track, "period": spot.period}


def _look() -> CompoundSelect[*AnyColumns]:
    def since(table: Table, name: str) -> Select[*AnyColumns]:
        newer = select(table.c.user_id).where(table.c.id > bindparam(name)).order_by(table.c.id)
        return select(newer.limit(bindparam("most")).subquery().c.user_id)

    touched = union_all(select(bindparam("viewer", type_=BigInteger)), since(results, "result"), since(helps, "help"))
    rows = select(standings.c.user_id, standings.c.value, standings.c.visible, null(), null(), null())
    return union_all(
        select(
            type_coerce(null(), BigInteger).label("user"),
            type_coerce(null(), Float).label("value"),
            type_coerce(null(), Boolean).label("visible"),
            select(func.max(results.c.id)).scalar_subquery().label("result"),
            select(func.max(helps.c.id)).scalar_subquery().label("help"),
            select(meta.c.value).where(meta.c.key == _REDONE).scalar_subquery().label("redone"),
        ),
        rows.where(*_on_board(), standings.c.user_id.in_(touched)),
    )


_LOOK = _look()


async def look(
    connection: AsyncConnection, scope: int, spot: Spot, viewer: int | None, since: Version | None
) -> tuple[Version, dict[int, tuple[float, bool]]]:
    """The version of boards as they are, and rows of one, as value and whether it is listed: the viewer's, and those of
    everybody whose row may have changed by up to `FOLLOWED` results and helps since a version."""
    asked = {
        **_named(scope, spot),
        "viewer": viewer,
        "result": since.result if since is not None else _NONE_AFTER,
        "help": since.help if since is not None else _NONE_AFTER,
        "most": FOLLOWED,
    }
    found: dict[int, tuple[float, bool]] = {}
    version = Version(0, 0, 0)
    for row in await connection.execute(_LOOK, asked):
        if row.user is None:
            version = Version(int(row.redone or 0), row.result or 0, row.help or 0)
        else:
            found[row.user] = row.value, row.visible
    return version, found


async def listed(
    connection: AsyncConnection, scope: int, spot: Spot, above: float | None = None
) -> AsyncGenerator[list[tuple[int, float]]]:
    """Everybody listed on a board with their value, in parts and in no order. `above`: only with more than that."""
    query = select(standings.c.user_id, standings.c.value).where(*_on_board(), standings.c.visible)
    if above is not None:
        query = query.where(standings.c.value > above)
    stream = await connection.stream(query, _named(scope, spot))
    async for part in stream.partitions(_PART):
        yield [(row[0], row[1]) for row in part]


async def nicknames(connection: AsyncConnection) -> dict[int, str]:
    """Every nickname in use, by person."""
    query = select(people.c.id, people.c.nickname).where(people.c.nickname.is_not(None))
    return {row.id: row.nickname for row in await connection.execute(query)}


async def name(connection: AsyncConnection, user: int, *, hidden: bool, nickname: str | None) -> None:
    """What a known person wishes to be called on boards, and whether they want to be listed."""
    await connection.execute(update(people).where(people.c.id == user).values(hidden=hidden, nickname=nickname))


# Renewal, person by person: the boards of a server whose seasons have another length

RENEWING = "boards-renew:"


async def renew(connection: AsyncConnection, scope: int, after: int = 0) -> None:
    """The standings of the scope are to be computed anew, from the person after `after` on."""
    await meta_store.put(connection, f"{RENEWING}{scope}", str(after))


async def renewing(connection: AsyncConnection) -> dict[int, int]:
    """The scopes whose standings are to be computed anew, and the person up to whom that is done."""
    query = select(meta.c.key, meta.c.value).where(meta.c.key.startswith(RENEWING))
    return {int(key.removeprefix(RENEWING)): int(value) for key, value in await connection.execute(query)}


async def renewed(connection: AsyncConnection, scope: int) -> None:
    """The standings of the scope are as they should be."""
    await connection.execute(delete(meta).where(meta.c.key == f"{RENEWING}{scope}"))
