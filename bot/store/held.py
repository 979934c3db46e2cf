"""What the store holds on people: a rule for every table, by which it is counted, told, and erased.

`RULES` says whose the rows of a table are, what of them is told to the person, and what becomes of them when the person
is erased (`bot.store.privacy`).
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, Table, func, literal, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rounds.group import GROUP
from bot.rounds.pair import PAIR
from bot.store.schema import appeals, attempts, messages, metadata, participants, people, pictures, round_events, rounds

REMOVED = "(no longer kept)"
"""Stands where a person's words stood, in rows that stay."""
SHARED_ENGINES = frozenset({GROUP.name, PAIR.name})
"""The engines whose rounds several people share."""
PERSON_FIELDS = frozenset(
    {"by", "owner", "user", "partner", "first", "awaiting", "ended_by", "arrived", "missing", "settled"}
)
"""The fields of states and events, of any engine, that hold people's ids."""

_CHUNK = 300
"""Rows that are read at a time, so that nobody else waits for it."""

Row = dict[str, Any]


class Fate(StrEnum):
    """What becomes of a table's rows when their person is erased."""

    DELETED = "deleted"
    ANONYMIZED = "anonymized"
    """They stay, without the person and without what they typed."""
    KEPT = "kept"
    """They stay and name the person, without what was typed."""
    WITH_PARENT = "with parent"
    """They belong to a round or an answer, and go with it."""
    ROUND = "round"
    """Rounds of their own are deleted; in those of several people the person becomes a former member."""
    NOBODY = "nobody"
    """They are about nobody."""


@dataclass(frozen=True)
class Acted:
    """A column that says who did something in a row that is somebody else's, or a server's."""

    what: str
    """What the person did, in plain words."""
    shown: tuple[str, ...]
    """Columns that the person is told: nothing of anybody else's."""
    blanked: Mapping[str, object] = field(default_factory=dict[str, object])
    """What they typed there, with what takes its place."""


@dataclass(frozen=True)
class Rule:
    """How a table is told to a person and erased."""

    fate: Fate
    what: str = ""
    """The rows of one person, in plain words; '' where they are no kind of their own."""
    person: str | None = None
    """The column that says whose the row is."""
    acted: Mapping[str, Acted] = field(default_factory=dict[str, Acted])
    """Further columns that hold a person's id."""
    blanked: Mapping[str, object] = field(default_factory=dict[str, object])
    """Of rows that stay: what the person typed, or what leads to it, with what takes its place."""
    withheld: frozenset[str] = frozenset()
    """Columns that are not told, because they hold other people's words or ids."""
    gone: ColumnElement[bool] | None = None
    """Rows that are deleted though the others stay: they are worth nothing without what was typed."""
    why: str = ""
    """Why something stays."""


def _own(what: str, person: str = "user_id", withheld: Collection[str] = ()) -> Rule:
    return Rule(Fate.DELETED, what, person, withheld=frozenset(withheld))


_NOBODY = Rule(Fate.NOBODY)

RULES: Mapping[str, Rule] = {
    # The person
    "people": Rule(Fate.DELETED, person="id"),
    # Rounds and what was typed in them
    "rounds": Rule(Fate.ROUND, "rounds of your own", "owner_id"),
    "participants": _own("rounds that you were in"),
    "round_events": Rule(Fate.ROUND, "steps in rounds", "by"),
    "messages": Rule(Fate.WITH_PARENT, "my messages in your own rounds"),
    "attempts": _own("answers and programs that you sent, with their grades"),
    "pictures": Rule(Fate.WITH_PARENT, "pictures of submitted figures"),
    "reports": Rule(
        Fate.ANONYMIZED,
        "reports about questions",
        "user_id",
        blanked={"text": REMOVED, "round_id": None},
        why="How often a question was reported stays.",
    ),
    # What they add up to
    "results": _own("results of questions"),
    "abilities": _own("ratings"),
    "active_days": _own("days on which you practiced, by server and track"),
    "helps": _own("things that you did for others"),
    "standings": _own("places on boards"),
    # Practicing
    "seekers": _own("searches for a partner"),
    "daily_subscriptions": _own("daily questions that you asked for"),
    "daily_deliveries": _own("days with a daily question"),
    "review_cards": _own("review cards"),
    "streak_freezes": _own("days off in a streak"),
    "plans": _own("plans for an interview"),
    "notices": _own("things to tell you", withheld=["text"]),
    # Caring for questions
    "question_drafts": _own("drafts of questions", "author_id", ["note"]),
    "server_questions": Rule(
        Fate.ANONYMIZED,
        "questions that you contributed",
        "author_id",
        withheld=frozenset({"reason"}),
        why="A published question belongs to its server: it stays, without its author.",
    ),
    "server_question_versions": Rule(
        Fate.ANONYMIZED,
        "versions of questions that you wrote",
        "author_id",
        acted={"approved_by": Acted("versions of questions that you approved", ("id", "version", "at"))},
        blanked={"reason": ""},
        withheld=frozenset({"approved_by"}),
        why="Rounds that were played with them must be read as they were.",
    ),
    "switched_off": Rule(
        Fate.ANONYMIZED,
        "questions that you switched off in a server",
        "by",
        why="A server's question stays switched off, whoever did it.",
    ),
    "audit_log": Rule(
        Fate.ANONYMIZED,
        "entries in servers' logs",
        "user_id",
        blanked={"detail": ""},
        why="What was done to a server's questions stays, without who did it.",
    ),
    "appeals": Rule(
        Fate.ANONYMIZED,
        "appeals",
        "user_id",
        acted={
            "decided_by": Acted(
                "appeals that you decided",
                ("server_id", "question_id", "question_version", "point", "state", "note", "decided_at"),
                {"note": None},
            )
        },
        blanked={"text": REMOVED, "note": None, "round_id": None, "attempt_id": None, "told": True},
        withheld=frozenset({"note", "decided_by"}),
        gone=appeals.c.state == "open",
        why="How often appeals on a question were upheld stays.",
    ),
    # Servers
    "blocks": Rule(
        Fate.KEPT,
        "servers' blocklists that you are on",
        "user_id",
        acted={"by": Acted("people whom you blocked as a moderator", ("server_id", "reason", "at"), {"reason": ""})},
        blanked={"reason": ""},
        withheld=frozenset({"by", "reason"}),
        why="Being erased must not lift a block: the id and the server stay, the reason goes.",
    ),
    **dict.fromkeys(("servers", "allowed_channels", "moderator_roles", "weekly_posts"), _NOBODY),
    # Neither people's nor servers'
    **dict.fromkeys(("meta", "question_versions", "regrades"), _NOBODY),
}
"""By table. A test compares them with the schema, so that a new table has to be decided on."""


def keyed() -> list[tuple[Table, str, Rule]]:
    """Tables whose rows say whose they are, with the column, the children before their parents."""
    found = ((table, RULES[table.name]) for table in reversed(metadata.sorted_tables) if table.name in RULES)
    return [(table, rule.person, rule) for table, rule in found if rule.person is not None]


def acted_on() -> list[tuple[Table, str, Acted]]:
    tables = (table for table in metadata.sorted_tables if table.name in RULES)
    return [(table, name, acted) for table in tables for name, acted in RULES[table.name].acted.items()]


# Counting


async def counts(connection: AsyncConnection, user: int) -> dict[str, int]:
    """How many rows there are of each kind, by the kind in plain words; kinds without any are left out."""
    queries: list[Select[str, int]] = [
        _count(rule.what, table, table.c[person] == user)
        for table, person, rule in keyed()
        if rule.what and rule.fate is not Fate.ROUND
    ]
    queries += [_count(acted.what, table, table.c[name] == user) for table, name, acted in acted_on()]
    own = (rounds.c.owner_id == user) & rounds.c.engine.not_in(SHARED_ENGINES)
    queries.append(_count(RULES["rounds"].what, rounds, own))
    mine = select(attempts.c.id).where(attempts.c.user_id == user)
    queries.append(_count(RULES["pictures"].what, pictures, pictures.c.attempt_id.in_(mine) & (pictures.c.number == 0)))
    order = {rule.what: number for number, rule in enumerate(RULES.values())}
    found = [(row[0], row[1]) for row in await connection.execute(union_all(*queries)) if row[1]]
    return dict(sorted(found, key=lambda one: order.get(one[0], len(order))))


def _count(what: str, table: Table, where: ColumnElement[bool]) -> Select[str, int]:
    return select(literal(what), func.count()).select_from(table).where(where)


# Reading


async def person_of(connection: AsyncConnection, user: int) -> Row | None:
    """The person's own row; None for somebody who is not known."""
    row = (await connection.execute(select(people).where(people.c.id == user))).mappings().first()
    return dict(row) if row is not None else None


async def held(
    connection: AsyncConnection, user: int, invited: Collection[int]
) -> AsyncGenerator[tuple[str, list[Row]]]:
    """Everything that is held on a person but pictures, as parts of tables with the table's name.

    `invited`: rounds that name the person though they are not in them (`bot.store.privacy.invitations`).

    `shared_rounds` and `shared_events` are parts of rounds that others share, as they are stored: the caller leaves out
    what is not the person's. Rows that say what the person did to others' are named `table.column`.
    """
    for table, person, rule in keyed():
        if rule.fate is not Fate.ROUND:
            shown = [column for column in table.c if column.name not in rule.withheld]
            async for part in _parts(connection, table.name, select(*shown).where(table.c[person] == user)):
                yield part
    for table, name, acted in acted_on():
        query = select(*(table.c[column] for column in acted.shown)).where(table.c[name] == user)
        async for part in _parts(connection, f"{table.name}.{name}", query):
            yield part
    own = (rounds.c.owner_id == user) & rounds.c.engine.not_in(SHARED_ENGINES)
    shared = or_(rounds.c.id.in_(shared_ids(user)), rounds.c.id.in_(invited))
    for name, query in (
        ("rounds", select(rounds).where(own)),
        ("round_events", select(round_events).join(rounds).where(own)),
        ("messages", select(messages).join(rounds).where(own)),
        ("shared_rounds", select(rounds).where(shared)),
        ("shared_events", select(round_events).join(rounds).where(shared, may_name(round_events.c.payload, user))),
    ):
        async for part in _parts(connection, name, query):
            yield part


async def _parts(
    connection: AsyncConnection, name: str, query: Select[*tuple[Any, ...]]
) -> AsyncGenerator[tuple[str, list[Row]]]:
    stream = await connection.stream(query)
    async for part in stream.mappings().partitions(_CHUNK):
        yield name, [dict(row) for row in part]


@dataclass(frozen=True)
class PictureRow:
    attempt: int
    size: int
    """Bytes."""


async def picture_sizes(connection: AsyncConnection, user: int) -> list[PictureRow]:
    """The pictures of figures that the person submitted, the newest first."""
    query = (
        select(pictures.c.attempt_id, func.length(pictures.c.png))
        .join(attempts, attempts.c.id == pictures.c.attempt_id)
        .where(attempts.c.user_id == user, pictures.c.number == 0)
    )
    return [PictureRow(*row) for row in await connection.execute(query.order_by(attempts.c.id.desc()))]


async def picture(connection: AsyncConnection, attempt: int) -> bytes | None:
    query = select(pictures.c.png).where(pictures.c.attempt_id == attempt, pictures.c.number == 0)
    return await connection.scalar(query)


def may_name(text: ColumnElement[Any], user: int) -> ColumnElement[bool]:
    """Whether a JSON text may name the person: it holds the digits of their id."""
    return text.contains(str(user))


def shared_ids(user: int) -> Select[int]:
    """Rounds of several people that the person is in, or hosts."""
    mine = select(participants.c.round_id).where(participants.c.user_id == user)
    where = or_(rounds.c.id.in_(mine), rounds.c.owner_id == user)
    return select(rounds.c.id).where(where, rounds.c.engine.in_(SHARED_ENGINES))


# People in states and events


def names_person(text: str, user: int) -> bool:
    """Whether a state or an event, as stored, names the person."""
    return str(user) in text and user in people_in(json.loads(text))


def people_in(value: Any) -> set[int]:
    """The ids of all people in a decoded state or event."""
    found: set[int] = set()

    def note(person: int) -> int:
        found.add(person)
        return person

    with_people(value, note)
    return found


def with_people(value: Any, change: Callable[[int], int | None]) -> Any:
    """A decoded state or event with every person's id changed; where `change` gives None, the id is left out."""
    if isinstance(value, list):
        return [with_people(one, change) for one in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    result: dict[str, Any] = {}
    for key, inner in cast("dict[str, Any]", value).items():
        if key not in PERSON_FIELDS:
            result[key] = with_people(inner, change)
        elif isinstance(inner, list):
            changed = (change(one) for one in cast("list[int]", inner))
            result[key] = [one for one in changed if one is not None]
        elif not isinstance(inner, int):
            result[key] = inner  # nobody
        elif (one := change(inner)) is not None:
            result[key] = one
    return result
