"""Erasing a person, and how long what they typed is kept. `bot.store.held` says what becomes of every table's rows.

**Rounds.** A round of one person is deleted with its events and messages. A round that others share stays, or their
boards and their replays would change: in its state and events the person becomes a *former member*, a negative number
that is theirs in this round alone and names nobody. A replay gives the stored state as before, since an engine only
compares people. A row in `people` stands for each such number, because a host must be somebody.

**People.** Their row goes last. What still named the person would then violate a foreign key, and nothing is erased at
all: everything happens in one transaction.

**Messages.** What the bot said in a deleted round still stands in Discord. Where, is noted in `meta` in the same
transaction, until the messages are removed there.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, bindparam, delete, exists, func, insert, or_, select, union, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rounds.group import GROUP
from bot.rounds.pair import PAIR
from bot.store import meta as meta_store
from bot.store import server_questions as question_store
from bot.store import standings as standings_store
from bot.store.held import (
    REMOVED,
    SHARED_ENGINES,
    Fate,
    Row,
    Rule,
    acted_on,
    keyed,
    may_name,
    names_person,
    people_in,
    shared_ids,
    with_people,
)
from bot.store.schema import (
    appeals,
    attempts,
    audit_log,
    messages,
    meta,
    participants,
    people,
    pictures,
    question_drafts,
    round_events,
    rounds,
    server_question_versions,
    server_questions,
    switched_off,
)

FORMER = -1
"""Stands for somebody who is gone, where a person's id must stand."""
FORMER_NAME = "a former member"
_REFS = 50
"""Messages that are noted together."""
_ERASED = "erased-messages:"
_SWEPT = "retention-swept"


# Rounds of several people


@dataclass(frozen=True)
class Invitations:
    """Peer interviews that name the person although they are not in them: nobody has replied yet, or ever did."""

    ids: tuple[int, ...]
    upto: int
    """The newest round that was looked at."""


async def invitations(connection: AsyncConnection, user: int) -> Invitations:
    """Looks through all peer interviews, so it takes a while: not for a writing transaction."""
    upto = await connection.scalar(select(func.max(rounds.c.id))) or 0
    return Invitations(tuple(await _naming(connection, user, rounds.c.id <= upto)), upto)


async def _naming(connection: AsyncConnection, user: int, where: ColumnElement[bool]) -> list[int]:
    query = select(rounds.c.id).where(where, rounds.c.engine == PAIR.name, may_name(rounds.c.state, user))
    return list((await connection.scalars(query)).all())


async def open_shared(connection: AsyncConnection, user: int, invited: Invitations) -> list[tuple[int, str]]:
    """Rounds of several people that are not over and name the person, with their engines."""
    ids = or_(rounds.c.id.in_(shared_ids(user)), rounds.c.id.in_(invited.ids))
    query = select(rounds.c.id, rounds.c.engine, rounds.c.state).where(rounds.c.status == "open", ids)
    rows = await connection.execute(query.order_by(rounds.c.id))
    return [(row.id, row.engine) for row in rows if names_person(row.state, user)]


def _renamed(text: str, user: int, former: int) -> str:
    value = with_people(json.loads(text), lambda person: former if person == user else person)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


# Erasing


@dataclass(frozen=True)
class Erased:
    """What was done."""

    rounds: int
    """Rounds that were deleted."""
    shared: tuple[tuple[int, str], ...]
    """Rounds in which the person is a former member now, with their engines; their messages are to be edited."""
    messages: int
    """Messages in Discord that are to be removed."""


async def erase(connection: AsyncConnection, user: int, invited: Invitations, at: datetime) -> Erased:
    """Takes away everything that names the person or that they typed, but what `Fate.KEPT` says.

    To be called in a writing transaction of its own. Raises IntegrityError, so that all is rolled back, when something
    was overlooked.
    """
    if connection.dialect.name == "sqlite":
        # Deleted rows would else be readable in the file until their pages are used again.
        await connection.exec_driver_sql("PRAGMA secure_delete = ON")
    candidates = {*invited.ids, *await _naming(connection, user, rounds.c.id > invited.upto)}
    shared = await _load_shared(connection, user, candidates)
    await connection.execute(delete(participants).where(participants.c.user_id == user))
    alone = {row.id for row in shared if await _alone(connection, row.id)}
    own = (rounds.c.owner_id == user) & rounds.c.engine.not_in(SHARED_ENGINES)
    noted = await _note_messages(connection, user, own | rounds.c.id.in_(alone))
    deleted = (await connection.execute(delete(rounds).where(own))).rowcount
    deleted += (await connection.execute(delete(rounds).where(rounds.c.id.in_(alone)))).rowcount
    left = [row for row in shared if row.id not in alone]
    for row in left:
        await _become_former(connection, row, user, at)
    await standings_store.clear(connection, user=user)
    banks = await _banks_naming(connection, user)
    await _forget_phrasings(connection, user)
    await _forget_reasons(connection, user)
    for table, person, rule in keyed():
        if table is not people and rule.fate is not Fate.ROUND:
            await _apply(connection, table, person, rule, user, at)
    for table, name, acted in acted_on():
        values = {name: _nobody(table, name), **acted.blanked}
        await connection.execute(update(table).where(table.c[name] == user).values(values))
    for server in banks:
        await question_store.touch(connection, server)
    # The one value of `meta` that names people: up to whom boards were computed anew.
    renewing = meta.c.key.startswith(standings_store.RENEWING) & (meta.c.value == str(user))
    await connection.execute(update(meta).where(renewing).values(value=str(user - 1)))
    await connection.execute(delete(people).where(people.c.id == user))
    return Erased(deleted, tuple((row.id, row.engine) for row in left), noted)


async def _banks_naming(connection: AsyncConnection, user: int) -> list[int]:
    """The servers whose questions say that the person wrote, approved or switched off one: processes keep copies."""
    own, versions = server_questions, server_question_versions
    wrote = select(own.c.server_id).where(own.c.author_id == user)
    cared = select(own.c.server_id).join(versions, versions.c.id == own.c.id)
    cared = cared.where(or_(versions.c.author_id == user, versions.c.approved_by == user))
    switched = select(switched_off.c.server_id).where(switched_off.c.by == user)
    return list((await connection.scalars(union(wrote, cared, switched))).all())


async def _forget_phrasings(connection: AsyncConnection, user: int) -> None:
    """The person's words that moderators repeated when they upheld an appeal, where they said why. In the question they
    stay."""
    upheld = select(appeals.c.id, appeals.c.server_id).where(appeals.c.user_id == user, appeals.c.state == "upheld")
    for number, server in (await connection.execute(upheld)).all():
        told, left = f"appeal {number}: ", f"appeal {number}"
        logged = (audit_log.c.server_id == server) & audit_log.c.detail.startswith(told, autoescape=True)
        await connection.execute(update(audit_log).where(logged).values(detail=left))
        versions = server_question_versions
        own = select(server_questions.c.id).where(server_questions.c.server_id == server)
        reasoned = versions.c.id.in_(own) & versions.c.reason.startswith(told, autoescape=True)
        await connection.execute(update(versions).where(reasoned).values(reason=left))


async def _forget_reasons(connection: AsyncConnection, user: int) -> None:
    """What the person wrote as a moderator on why a question rests: whose words they are, the log alone knows."""
    own = server_questions.c
    theirs = (audit_log.c.user_id == user) & (audit_log.c.server_id == own.server_id)
    theirs &= audit_log.c.subject == own.file_id
    # The log keeps more of a long reason than the question does.
    theirs &= func.substr(audit_log.c.detail, 1, func.length(own.reason)) == own.reason
    wrote = select(audit_log.c.id).where(theirs, own.reason != "").correlate(server_questions)
    await connection.execute(update(server_questions).where(exists(wrote)).values(reason=None))


async def _apply(connection: AsyncConnection, table: Table, person: str, rule: Rule, user: int, at: datetime) -> None:
    mine = table.c[person] == user
    match rule.fate:
        case Fate.DELETED:
            await connection.execute(delete(table).where(mine))
        case Fate.ANONYMIZED:
            if rule.gone is not None:
                await connection.execute(delete(table).where(mine, rule.gone))
            if not await connection.scalar(select(exists().where(mine))):
                return
            if table.c[person].foreign_keys:
                await _ensure_former(connection, FORMER, at)
            values = {person: _nobody(table, person), **rule.blanked}
            await connection.execute(update(table).where(mine).values(values))
        case Fate.KEPT:
            await connection.execute(update(table).where(mine).values(dict(rule.blanked)))
        case Fate.WITH_PARENT | Fate.ROUND | Fate.NOBODY:
            raise AssertionError(f"{table.name} has no person")


def _nobody(table: Table, column: str) -> int | None:
    return None if table.c[column].nullable else FORMER


@dataclass(frozen=True)
class _Shared:
    id: int
    engine: str
    seq: int
    owner_id: int
    state: str


async def _load_shared(connection: AsyncConnection, user: int, candidates: Collection[int]) -> list[_Shared]:
    ids = or_(rounds.c.id.in_(shared_ids(user)), rounds.c.id.in_(candidates))
    columns = rounds.c.id, rounds.c.engine, rounds.c.seq, rounds.c.owner_id, rounds.c.state
    found: list[_Shared] = []
    stream = await connection.stream(select(*columns).where(ids).order_by(rounds.c.id))
    async for row in stream:
        one = _Shared(*row)
        if one.id not in candidates or names_person(one.state, user):
            found.append(one)
    return found


async def _alone(connection: AsyncConnection, round_id: int) -> bool:
    """Whether nobody is in the round any more, so that nobody misses it."""
    return not await connection.scalar(select(exists().where(participants.c.round_id == round_id)))


async def _ensure_former(connection: AsyncConnection, former: int, at: datetime) -> None:
    statement = upsert(people).values(id=former, first_seen_at=at, name=FORMER_NAME, hidden=True)
    await connection.execute(statement.on_conflict_do_nothing())


_RENAME = (
    update(round_events)
    .where(round_events.c.round_id == bindparam("round"), round_events.c.seq == bindparam("number"))
    .values(payload=bindparam("text"), by=bindparam("who"))
)


async def _become_former(connection: AsyncConnection, row: _Shared, user: int, at: datetime) -> None:
    """In this round the person is from now on somebody who is gone."""
    table = round_events
    lowest = await connection.scalar(select(func.min(table.c.by)).where(table.c.round_id == row.id)) or 0
    # Who was only invited stands in the state alone, and a host who only moderated, in the events alone.
    former = min(0, lowest, *people_in(json.loads(row.state))) - 1
    await _ensure_former(connection, former, at)
    query = select(table.c.seq, table.c.payload, table.c.by)
    mine = (table.c.by == user) | may_name(table.c.payload, user)
    events = (await connection.execute(query.where(table.c.round_id == row.id, mine))).all()
    changed = [
        {
            "round": row.id,
            "number": event.seq,
            "text": _renamed(event.payload, user, former),
            "who": former if event.by == user else event.by,
        }
        for event in events
    ]
    if changed:
        await connection.execute(_RENAME, changed)
    values: dict[str, Any] = {"state": _renamed(row.state, user, former)}
    if row.owner_id == user:
        values["owner_id"] = former
    # As if the last event had not been shown: should the process end before the messages are edited, the next one does.
    values |= {"shown_seq": row.seq - 1, "touched_at": at}
    await connection.execute(update(rounds).where(rounds.c.id == row.id).values(values))
    # Every message is looked at again, but questions that are over, which name nobody, and the note about a thread.
    faces = (messages.c.round_id == row.id) & messages.c.key.not_like("room:%")
    if row.engine == GROUP.name:
        faces &= messages.c.key.not_like("ask:%")
    await connection.execute(update(messages).where(faces).values(face=""))


# Messages that are left in Discord


async def _note_messages(connection: AsyncConnection, user: int, where: ColumnElement[bool]) -> int:
    """Notes where the bot's messages of these rounds, and of the person's drafts, stand; how many there are."""
    posted = select(messages.c.channel_id, messages.c.message_id).join(rounds)
    posted = posted.where(where, messages.c.message_id.is_not(None), rounds.c.surface == "channel")
    drafts = select(question_drafts.c.channel_id, question_drafts.c.message_id)
    drafts = drafts.where(question_drafts.c.author_id == user, question_drafts.c.message_id.is_not(None))
    token, total = secrets.token_hex(6), 0
    found: list[Row] = []
    for query in (posted, drafts):
        for row in await connection.execute(query):
            if total % _REFS == 0:
                found.append({"key": f"{_ERASED}{token}:{total // _REFS}", "value": []})
            found[-1]["value"].append([row.channel_id, row.message_id])
            total += 1
    if found:
        noted = [{"key": row["key"], "value": json.dumps(row["value"])} for row in found]
        await connection.execute(insert(meta), noted)
    return total


@dataclass(frozen=True)
class Leftover:
    """Messages of erased rounds that still stand in Discord."""

    key: str
    refs: tuple[tuple[int, int], ...]
    """Channel and message."""


async def leftover(connection: AsyncConnection) -> Leftover | None:
    """Some of the messages that are to be removed; None: there are none."""
    row = (await connection.execute(select(meta).where(meta.c.key.startswith(_ERASED)).limit(1))).first()
    return Leftover(row.key, tuple((one[0], one[1]) for one in json.loads(row.value))) if row else None


async def removed(connection: AsyncConnection, key: str, left: Sequence[tuple[int, int]] = ()) -> None:
    """These messages are removed, but those in `left`."""
    if left:
        await meta_store.put(connection, key, json.dumps(left))
    else:
        await connection.execute(delete(meta).where(meta.c.key == key))


# How long what people typed is kept


async def set_retention(connection: AsyncConnection, user: int, days: int | None) -> None:
    """The person must exist in `people`."""
    await connection.execute(update(people).where(people.c.id == user).values(retention_days=days))


async def retentions(connection: AsyncConnection) -> list[tuple[int, int]]:
    """Everybody who wants what they typed removed after some days, with the days."""
    query = select(people.c.id, people.c.retention_days).where(people.c.retention_days.is_not(None))
    return [(row[0], row[1]) for row in await connection.execute(query)]


def _outdated(user: int, before: datetime) -> ColumnElement[bool]:
    """Words that are older, but a chosen option, which is no word of the person's.

    A round that is open needs its answers, unless nobody has touched it for as long.
    """
    over = (rounds.c.status != "open") | (rounds.c.touched_at < before)
    chosen = attempts.c.grade.is_not(None) & attempts.c.grade.contains('"choice":{')
    mine = (attempts.c.user_id == user) & (attempts.c.created_at < before)
    return mine & (attempts.c.text != REMOVED) & over & ~chosen


async def outdated_counts(connection: AsyncConnection, user: int, before: datetime) -> tuple[int, int]:
    """How many answers and programs, and how many pictures, of theirs are older."""
    joined = attempts.join(rounds, rounds.c.id == attempts.c.round_id)
    words = select(func.count()).select_from(joined).where(_outdated(user, before))
    drawn = select(func.count()).select_from(joined.join(pictures, pictures.c.attempt_id == attempts.c.id))
    drawn = drawn.where(_outdated(user, before), pictures.c.number == 0)
    return await connection.scalar(words) or 0, await connection.scalar(drawn) or 0


async def outdated(
    connection: AsyncConnection, user: int, before: datetime, limit: int
) -> list[tuple[int, str | None]]:
    """Some of the person's answers that are older, with their grades (JSON)."""
    query = select(attempts.c.id, attempts.c.grade).join(rounds, rounds.c.id == attempts.c.round_id)
    rows = await connection.execute(query.where(_outdated(user, before)).order_by(attempts.c.id).limit(limit))
    return [(row.id, row.grade) for row in rows]


_FORGET = update(attempts).where(attempts.c.id == bindparam("attempt")).values(text=REMOVED, grade=bindparam("left"))


async def forget_words(connection: AsyncConnection, grades: Mapping[int, str | None]) -> None:
    """Removes the words and pictures of these attempts; `grades` is what stays of their grades (JSON)."""
    if not grades:
        return
    if connection.dialect.name == "sqlite":
        await connection.exec_driver_sql("PRAGMA secure_delete = ON")
    await connection.execute(_FORGET, [{"attempt": attempt, "left": grade} for attempt, grade in grades.items()])
    await connection.execute(delete(pictures).where(pictures.c.attempt_id.in_(grades)))


async def swept_at(connection: AsyncConnection) -> datetime | None:
    """When everybody's words were last looked through."""
    value = await meta_store.get(connection, _SWEPT)
    return datetime.fromisoformat(value) if value else None


async def swept(connection: AsyncConnection, at: datetime) -> None:
    await meta_store.put(connection, _SWEPT, at.isoformat())
