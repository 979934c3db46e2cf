"""Questions that people add by commands: a server's own ones with all their versions, drafts, and what is switched off.

With server 0 they are the bot owner's versions of shipped questions. Every query names its server, so that nobody
reaches into another one by an id.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, insert, select, update
from sqlalchemy import Row as SqlRow
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.abilities.ledger import EVERYWHERE
from bot.store import meta
from bot.store.schema import (
    question_drafts,
    question_versions,
    server_question_versions,
    server_questions,
    switched_off,
)

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


class State(StrEnum):
    """What has become of a published question."""

    BETA = "beta"
    """Asked, but not rated."""
    ACTIVE = "active"
    RETIRED = "retired"
    QUARANTINED = "quarantined"
    """Something is wrong with it; not asked until somebody has looked."""


ASKED = frozenset({State.BETA, State.ACTIVE})


class DraftState(StrEnum):
    DRAFT = "draft"
    REVIEW = "review"
    RETURNED = "returned"
    REJECTED = "rejected"


@dataclass(frozen=True)
class QuestionRow:
    """A published question of a server."""

    id: str
    """Unique in the bot; `own_id` makes it."""
    server_id: int
    file_id: str
    """As authors write it."""
    state: State
    version: int
    """The current one."""
    author_id: int | None
    """Who wrote its first version; None: nobody knows any more."""
    self_approved: bool
    """Nobody but its author has looked at the current version."""
    reason: str | None
    """Why it is in its state."""
    created_at: datetime
    updated_at: datetime
    once_tried: State | None = None
    """It was imported untried, and is quarantined; its state once the lab has found nothing wrong."""


@dataclass(frozen=True)
class VersionRow:
    id: str
    version: int
    body: str
    """The text of the question's file."""
    author_id: int | None
    approved_by: int | None
    reason: str
    lab: str | None
    """What the lab said when it was published."""
    at: datetime


@dataclass(frozen=True)
class DraftRow:
    """A question in the making."""

    id: int
    server_id: int
    author_id: int
    question_id: str | None
    """The published question that it changes."""
    kind: str
    state: DraftState
    body: str
    """JSON of `bot.services.drafts`."""
    lab: str | None
    note: str | None
    """What the reviewer said to the author."""
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class Off:
    """Something shipped that a server does not want."""

    what: str
    """A track, or the id of a shipped question."""
    by: int | None
    at: datetime


def own_id(file_id: str, server_id: int) -> str:
    """The id under which the bot keeps a server's own question."""
    if server_id == EVERYWHERE:
        return file_id
    digits = ""
    while server_id:
        server_id, digit = divmod(server_id, 36)
        digits = _DIGITS[digit] + digits
    return f"{file_id}~{digits}"


def file_id_of(question_id: str) -> str:
    """The id as it stands in the question's file."""
    return question_id.partition("~")[0]


# Published questions


async def find(connection: AsyncConnection, server_id: int, file_id: str) -> QuestionRow | None:
    mine = and_(server_questions.c.server_id == server_id, server_questions.c.file_id == file_id)
    row = (await connection.execute(select(server_questions).where(mine))).first()
    return _question(row) if row else None


async def server_of(connection: AsyncConnection, question_id: str) -> int:
    """Whose question it is: a server's, or everybody's (0)."""
    query = select(server_questions.c.server_id).where(server_questions.c.id == question_id)
    return await connection.scalar(query) or EVERYWHERE


async def all_of(connection: AsyncConnection, server_id: int) -> list[QuestionRow]:
    """All questions of a server, in whatever state, in the order of their ids."""
    query = select(server_questions).where(server_questions.c.server_id == server_id)
    return [_question(row) for row in await connection.execute(query.order_by(server_questions.c.file_id))]


async def put(connection: AsyncConnection, row: QuestionRow) -> None:
    """Adds a question, or changes what is known of it."""
    values = asdict(row) | {"state": row.state.value, "once_tried": row.once_tried and row.once_tried.value}
    changed = {name: value for name, value in values.items() if name not in {"id", "server_id", "file_id"}}
    statement = upsert(server_questions).values(values)
    await connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=changed))
    await touch(connection, row.server_id)


async def add_version(connection: AsyncConnection, row: VersionRow) -> None:
    await connection.execute(insert(server_question_versions).values(asdict(row)))


async def versions(connection: AsyncConnection, server_id: int, question_id: str) -> list[VersionRow]:
    """All versions of a question of the server, the newest first."""
    table = server_question_versions
    query = (
        select(table)
        .join(server_questions, server_questions.c.id == table.c.id)
        .where(table.c.id == question_id, server_questions.c.server_id == server_id)
        .order_by(table.c.version.desc())
    )
    return [_version(row) for row in await connection.execute(query)]


async def version(connection: AsyncConnection, server_id: int, question_id: str, number: int) -> VersionRow | None:
    found = await versions(connection, server_id, question_id)
    return next((row for row in found if row.version == number), None)


async def current_texts(connection: AsyncConnection, server_id: int) -> dict[str, str]:
    """The file of the current version of every question of a server, by the question's id in its file."""
    table = server_question_versions
    both = and_(server_questions.c.id == table.c.id, server_questions.c.version == table.c.version)
    query = (
        select(server_questions.c.file_id, table.c.body)
        .join(table, both)
        .where(server_questions.c.server_id == server_id)
        .order_by(server_questions.c.file_id)
    )
    return {row[0]: row[1] for row in await connection.execute(query)}


async def current_bodies(
    connection: AsyncConnection, server_id: int, states: Collection[State], known: Collection[tuple[str, int]]
) -> tuple[list[tuple[str, int]], dict[tuple[str, int], str]]:
    """Ids and versions of a server's questions in these states, and the bodies (JSON) of those that are not `known`."""
    both = and_(
        server_questions.c.id == question_versions.c.id, server_questions.c.version == question_versions.c.version
    )
    mine = and_(
        server_questions.c.server_id == server_id, server_questions.c.state.in_([state.value for state in states])
    )
    query = select(server_questions.c.id, server_questions.c.version).where(mine).order_by(server_questions.c.id)
    names = [(row[0], row[1]) for row in await connection.execute(query)]
    if all(name in known for name in names):
        return names, {}
    wanted = select(question_versions.c.id, question_versions.c.version, question_versions.c.body)
    found = await connection.execute(wanted.join(server_questions, both).where(mine))
    return names, {(row[0], row[1]): row[2] for row in found if (row[0], row[1]) not in known}


async def not_asked(connection: AsyncConnection, server_id: int) -> dict[str, int]:
    """Questions of a server that are quarantined or retired, by their ids in files, with their current versions."""
    query = select(server_questions.c.file_id, server_questions.c.version).where(
        server_questions.c.server_id == server_id,
        server_questions.c.state.in_([state.value for state in set(State) - ASKED]),
    )
    return {row.file_id: row.version for row in await connection.execute(query)}


async def next_asked(connection: AsyncConnection, after: str) -> tuple[QuestionRow, str] | None:
    """The first question of any server whose id comes after `after` and that is asked, with its file."""
    asked = server_questions.c.state.in_([state.value for state in ASKED])
    return await _first(connection, and_(server_questions.c.id > after, asked), server_questions.c.id)


async def next_untried(connection: AsyncConnection) -> tuple[QuestionRow, str] | None:
    """The question of any server that has waited longest for the lab, with its file."""
    waits = server_questions.c.once_tried.is_not(None)
    return await _first(connection, waits, server_questions.c.updated_at, server_questions.c.id)


async def untried(connection: AsyncConnection, server_id: int) -> int:
    """How many questions of a server wait for the lab."""
    table = server_questions
    query = select(func.count()).where(table.c.server_id == server_id, table.c.once_tried.is_not(None))
    return await connection.scalar(query) or 0


async def _first(
    connection: AsyncConnection, wanted: ColumnElement[bool], *order: ColumnElement[Any]
) -> tuple[QuestionRow, str] | None:
    table = server_question_versions
    both = and_(server_questions.c.id == table.c.id, server_questions.c.version == table.c.version)
    query = select(server_questions, table.c.body).join(table, both).where(wanted).order_by(*order).limit(1)
    row = (await connection.execute(query)).first()
    return (_question(row), row.body) if row else None


@dataclass(frozen=True)
class Standing:
    """What keeps a question from being rated."""

    insiders: frozenset[int]
    """Who wrote or approved a version of it, and so knows the answer."""
    beta: bool


async def standings(connection: AsyncConnection, question_ids: Collection[str]) -> dict[str, Standing]:
    """Of questions that people added; shipped ones are left out."""
    table = server_question_versions
    query = (
        select(server_questions.c.id, server_questions.c.state, table.c.author_id, table.c.approved_by)
        .join(table, server_questions.c.id == table.c.id)
        .where(server_questions.c.id.in_(question_ids))
    )
    found: dict[str, Standing] = {}
    for row in await connection.execute(query):
        people = frozenset({row.author_id, row.approved_by} - {None})
        before = found.get(row.id, Standing(frozenset(), beta=row.state == State.BETA.value))
        found[row.id] = Standing(before.insiders | people, before.beta)
    return found


def _question(row: SqlRow[Any]) -> QuestionRow:
    return QuestionRow(
        id=row.id,
        server_id=row.server_id,
        file_id=row.file_id,
        state=State(row.state),
        version=row.version,
        author_id=row.author_id,
        self_approved=row.self_approved,
        reason=row.reason,
        created_at=row.created_at,
        updated_at=row.updated_at,
        once_tried=State(row.once_tried) if row.once_tried else None,
    )


def _version(row: SqlRow[Any]) -> VersionRow:
    return VersionRow(
        id=row.id,
        version=row.version,
        body=row.body,
        author_id=row.author_id,
        approved_by=row.approved_by,
        reason=row.reason,
        lab=row.lab,
        at=row.at,
    )


# Which bank a server has


async def touch(connection: AsyncConnection, server_id: int) -> None:
    """Notes that the server's bank has changed, for every process that keeps a copy."""
    key = _bank_key(server_id)
    await meta.put(connection, key, str(int(await meta.get(connection, key) or 0) + 1))


async def bank_number(connection: AsyncConnection, server_id: int) -> int:
    """Grows with every change of the server's bank."""
    return int(await meta.get(connection, _bank_key(server_id)) or 0)


def _bank_key(server_id: int) -> str:
    return f"bank:{server_id}"


async def off(connection: AsyncConnection, server_id: int) -> list[Off]:
    """What the server has switched off, in the order of its ids."""
    query = select(switched_off).where(switched_off.c.server_id == server_id).order_by(switched_off.c.what)
    return [Off(row.what, row.by, row.at) for row in await connection.execute(query)]


async def switch_off(connection: AsyncConnection, server_id: int, what: str, by: int, at: datetime) -> bool:
    """Whether it was on before."""
    statement = upsert(switched_off).values(server_id=server_id, what=what, by=by, at=at)
    changed = (await connection.execute(statement.on_conflict_do_nothing())).rowcount > 0
    if changed:
        await touch(connection, server_id)
    return changed


async def switch_on(connection: AsyncConnection, server_id: int, what: str) -> bool:
    """Whether it was off before."""
    statement = delete(switched_off).where(switched_off.c.server_id == server_id, switched_off.c.what == what)
    changed = (await connection.execute(statement)).rowcount > 0
    if changed:
        await touch(connection, server_id)
    return changed


# Drafts


async def add_draft(
    connection: AsyncConnection,
    *,
    server_id: int,
    author_id: int,
    question_id: str | None,
    kind: str,
    body: str,
    at: datetime,
) -> int:
    """The draft's number. Its author must be known (`people.ensure`)."""
    values = {
        "server_id": server_id,
        "author_id": author_id,
        "question_id": question_id,
        "kind": kind,
        "state": DraftState.DRAFT.value,
        "body": body,
        "created_at": at,
        "updated_at": at,
    }
    key = (await connection.execute(insert(question_drafts).values(values))).inserted_primary_key
    assert key is not None
    return int(key[0])


async def draft(connection: AsyncConnection, server_id: int, draft_id: int) -> DraftRow | None:
    mine = and_(question_drafts.c.server_id == server_id, question_drafts.c.id == draft_id)
    row = (await connection.execute(select(question_drafts).where(mine))).first()
    return _draft(row) if row else None


async def put_draft(connection: AsyncConnection, row: DraftRow) -> None:
    """Changes a draft that is there."""
    values = {
        "state": row.state.value,
        "kind": row.kind,
        "body": row.body,
        "lab": row.lab,
        "note": row.note,
        "question_id": row.question_id,
        "updated_at": row.updated_at,
    }
    mine = and_(question_drafts.c.server_id == row.server_id, question_drafts.c.id == row.id)
    await connection.execute(update(question_drafts).where(mine).values(values))


async def drop_draft(connection: AsyncConnection, server_id: int, draft_id: int) -> None:
    mine = and_(question_drafts.c.server_id == server_id, question_drafts.c.id == draft_id)
    await connection.execute(delete(question_drafts).where(mine))


async def drafts_of(connection: AsyncConnection, server_id: int, author_id: int) -> list[DraftRow]:
    """A person's drafts in a server, the one they worked on last first."""
    query = select(question_drafts).where(
        question_drafts.c.server_id == server_id, question_drafts.c.author_id == author_id
    )
    return [_draft(row) for row in await connection.execute(query.order_by(question_drafts.c.updated_at.desc()))]


async def queue(connection: AsyncConnection, server_id: int) -> list[DraftRow]:
    """What waits for a review in a server, the oldest first."""
    query = select(question_drafts).where(
        question_drafts.c.server_id == server_id, question_drafts.c.state == DraftState.REVIEW.value
    )
    return [_draft(row) for row in await connection.execute(query.order_by(question_drafts.c.updated_at))]


async def taken_names(connection: AsyncConnection, server_id: int, beginning: str) -> set[str]:
    """Ids, as in files, of the server's questions that begin so."""
    query = select(server_questions.c.file_id).where(
        server_questions.c.server_id == server_id, server_questions.c.file_id.startswith(beginning, autoescape=True)
    )
    return set((await connection.scalars(query)).all())


def _draft(row: SqlRow[Any]) -> DraftRow:
    return DraftRow(
        id=row.id,
        server_id=row.server_id,
        author_id=row.author_id,
        question_id=row.question_id,
        kind=row.kind,
        state=DraftState(row.state),
        body=row.body,
        lab=row.lab,
        note=row.note,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
