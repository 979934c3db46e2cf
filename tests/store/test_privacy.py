"""What is held on people: that every table is decided on, and what becomes of ids in rounds that people share."""

from __future__ import annotations

import dataclasses
import importlib
import json
import pkgutil
import typing
from collections.abc import Generator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    event,
    insert,
    select,
)
from sqlalchemy.pool import Pool

import bot.rounds
from bot.rounds.dialogue import DIALOGUE
from bot.rounds.engine import Engine
from bot.rounds.events import Advanced, Answered, Item, Kind, Mode, Regraded, Result, Skipped, Started, TimedOut
from bot.rounds.group import GROUP, Phase, State, board, open_round, replay, step
from bot.rounds.group_events import Begun, Ended, Graded, GroupEvent, Joined, Left, Opened, TookOver
from bot.rounds.pair import PAIR, propose
from bot.rounds.pair_events import Proposed
from bot.store import held, privacy
from bot.store import people as people_store
from bot.store import rounds as round_store
from bot.store.engine import Store
from bot.store.held import PERSON_FIELDS, REMOVED, RULES, SHARED_ENGINES, Fate, Rule, people_in, with_people
from bot.store.rounds import Place, Surface
from bot.store.schema import attempts, meta, metadata, people, pictures, rounds
from questions.model import Level
from tests.services.scoring import begin

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ME, ANN, BOB = 300_000_000_000_000_001, 300_000_000_000_000_002, 300_000_000_000_000_003

NUMBERS = {
    *("turn", "attempt", "attempts", "variant", "version", "band", "best", "hints", "limit_s", "self_rating", "item"),
    *("draft", "probe_from", "from_item", "added_s", "asked", "seconds", "hints_available", "communication"),
    *("correctness", "depth", "clarity", "help", "pace", "note", "answer_hints", "minutes", "draws"),
}
"""Whole numbers in states and events that are no ids of people."""


# Every table is decided on

NAMES_OF_PEOPLE = ("user", "owner", "author", "person", "member", "moderator", "actor", "partner", "host", "candidate")


def may_hold_a_person(column: Column[Any]) -> bool:
    """Whether a column looks as if it held a person's id."""
    if any(key.column.table.name == "people" for key in column.foreign_keys):
        return True
    if not isinstance(column.type, BigInteger | Integer) or column.foreign_keys:
        return False
    named = column.name.removesuffix("_id") in NAMES_OF_PEOPLE
    return named or column.name == "by" or column.name.endswith("_by")


def undecided(found: MetaData, rules: Mapping[str, Rule]) -> list[str]:
    """What the rules do not say of a schema, and what they say of columns that are not there."""
    problems = [f"{name}: there is no such table" for name in rules if name not in found.tables]
    for table in found.sorted_tables:
        rule = rules.get(table.name)
        if rule is None:
            problems.append(f"{table.name}: how is it exported and erased?")
            continue
        decided = {name for name in (rule.person, *rule.acted) if name is not None}
        people = {column.name for column in table.c if may_hold_a_person(column)}
        people |= {"id"} if table.name == "people" else set[str]()
        problems += [f"{table.name}.{name}: whose id is it?" for name in people - decided]
        acted = [name for one in rule.acted.values() for name in (*one.shown, *one.blanked)]
        named = [*decided, *rule.blanked, *rule.withheld, *acted]
        problems += [f"{table.name}.{name}: there is no such column" for name in named if name not in table.c]
        problems += _untold(table, rule)
    return problems


def _untold(table: Table, rule: Rule) -> list[str]:
    """Whatever is kept of a person needs its reason, and other people's ids are never told."""
    problems: list[str] = []
    if rule.fate in {Fate.ANONYMIZED, Fate.KEPT} and not rule.why:
        problems.append(f"{table.name}: why does it stay?")
    if rule.fate is Fate.NOBODY and (rule.person or rule.acted):
        problems.append(f"{table.name}: is it somebody's or nobody's?")
    told = [name for name in rule.acted if rule.person is not None and name not in rule.withheld]
    told += [str(rule.person) for acted in rule.acted.values() if rule.person in acted.shown]
    return problems + [f"{table.name}.{name}: somebody else's id would be told" for name in told]


def test_every_table_and_every_column_that_names_a_person_is_decided_on() -> None:
    assert undecided(metadata, RULES) == []


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("user_id", BigInteger()),
        ("reviewer", ForeignKey("people.id")),
        ("approved_by", BigInteger()),
        ("by", BigInteger()),
        ("moderator_id", Integer()),
    ],
)
def test_a_new_table_or_column_with_a_person_in_it_is_noticed(name: str, kind: Any) -> None:
    grown = MetaData()
    for table in metadata.sorted_tables:
        table.to_metadata(grown)
    later = Table("later", grown, Column("id", Integer, primary_key=True), Column("text", Text))
    assert undecided(grown, RULES) == ["later: how is it exported and erased?"]
    rules = {**RULES, "later": Rule(Fate.NOBODY)}
    assert undecided(grown, rules) == []
    later.append_column(Column(name, kind))
    assert undecided(grown, rules) == [f"later.{name}: whose id is it?"]


def test_a_rule_for_a_column_that_is_gone_and_one_that_would_tell_of_others_are_noticed() -> None:
    blocks = dataclasses.replace(RULES["blocks"], withheld=frozenset({"reason", "gone"}), why="")
    assert sorted(undecided(metadata, {**RULES, "blocks": blocks})) == [
        "blocks.by: somebody else's id would be told",
        "blocks.gone: there is no such column",
        "blocks: why does it stay?",
    ]


def test_what_stays_of_a_person_names_them_in_one_table_alone() -> None:
    assert [name for name, rule in RULES.items() if rule.fate is Fate.KEPT] == ["blocks"]


def test_all_text_and_bytes_of_tables_that_are_nobodys_are_written_by_nobody() -> None:
    texts = {
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.c
        if RULES[table.name].fate is Fate.NOBODY and isinstance(column.type, Text | LargeBinary)
    }
    # The process's own values, and questions as they were asked.
    assert texts == {"meta.value", "question_versions.body"}


# People in states and events


def engines() -> dict[str, Engine[Any, Any, Any, Any]]:
    modules = [
        importlib.import_module(f"bot.rounds.{found.name}") for found in pkgutil.iter_modules(bot.rounds.__path__)
    ]
    return {one.name: one for module in modules for one in vars(module).values() if isinstance(one, Engine)}


def whole_numbers(kind: Any, seen: set[Any]) -> set[str]:
    """The names of all fields, however deep, that hold whole numbers."""
    found: set[str] = set()
    if dataclasses.is_dataclass(kind) and kind not in seen:
        seen.add(kind)
        hints = typing.get_type_hints(kind)
        for one in dataclasses.fields(kind):
            inner = hints[one.name]
            if holds_a_number(inner):
                found.add(one.name)
            found |= whole_numbers(inner, seen)
    for inner in typing.get_args(kind):
        found |= whole_numbers(inner, seen)
    return found


def holds_a_number(kind: Any) -> bool:
    return kind is int or (not dataclasses.is_dataclass(kind) and any(map(holds_a_number, typing.get_args(kind))))


def test_every_whole_number_of_every_engine_is_known_to_be_a_person_or_not() -> None:
    found: set[str] = set()
    for engine in engines().values():
        codec: Any = engine.codec
        for kind in [codec._state._type, *codec._names]:
            found |= whole_numbers(kind, set())
    assert found - PERSON_FIELDS == NUMBERS
    assert found >= PERSON_FIELDS


def test_every_engine_is_known_to_be_shared_or_not() -> None:
    assert set(engines()) - SHARED_ENGINES == {DIALOGUE.name}


@st.composite
def group_rounds(draw: st.DrawFn) -> tuple[list[GroupEvent], State]:
    """A group round of people whose ids are also numbers of turns and attempts."""
    first = Opened(T0, 1, draw(st.sampled_from([Kind.QUIZ, Kind.CODE])), Level.MID, 2, 60, draw(st.booleans()))
    events: list[GroupEvent] = [first]
    state, at, attempt = open_round(first), T0, 0
    for _ in range(draw(st.integers(0, 25))):
        at += timedelta(seconds=draw(st.sampled_from([1, 40, 400])))
        who, turn = draw(st.integers(1, 4)), state.turn
        if state.phase in {Phase.ASKING, Phase.CLOSING} and draw(st.booleans()):
            waiting = next((entry for entry in state.current.entries if entry.waiting), None)
            if waiting is not None:
                result = Result(draw(st.floats(0, 1)), 3)
                event: GroupEvent = Graded(at, None, turn, waiting.user, waiting.attempts[-1], result)
            else:
                attempt += 1
                event = Answered(at, who, turn, attempt)
        else:
            event = draw(
                st.sampled_from(
                    [
                        Joined(at, who),
                        Joined(at, who),
                        Left(at, who),
                        TookOver(at, who),
                        Begun(at, state.owner, (Item("a", 1), Item("b", 1))),
                        Advanced(at, state.owner, turn),
                        Skipped(at, state.owner, turn),
                        Regraded(at, None, who, max(turn - 1, 0), 0.9, 4),
                        TimedOut(at, None, turn),
                        Ended(at, state.owner),
                    ]
                )
            )
        after, _ = step(state, event)
        if after != state:
            events.append(event)
            state = after
    return events, state


@given(group_rounds(), st.integers(1, 4))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_round_in_which_somebody_has_become_a_former_member_replays_to_its_state(
    played: tuple[list[GroupEvent], State], gone: int
) -> None:
    events, state = played

    def change(person: int) -> int:
        return -1 if person == gone else person

    def renamed(text: str) -> str:
        return json.dumps(with_people(json.loads(text), change))

    texts = [GROUP.codec.encode_event(event) for event in events]
    again = [GROUP.codec.decode_event(name, version, renamed(payload)) for name, version, payload in texts]
    left = GROUP.codec.decode_state(renamed(GROUP.codec.encode_state(state)))
    assert replay(again) == left
    assert gone not in people_in(json.loads(GROUP.codec.encode_state(left)))
    before = [(change(line.user), line.rank, line.points, line.items, line.answered) for line in board(state)]
    assert [(line.user, line.rank, line.points, line.items, line.answered) for line in board(left)] == before


def test_people_are_left_out_where_they_are_not_to_be_told() -> None:
    event = {"by": ME, "at": "2026", "partner": ANN, "first": ANN, "turn": 3, "sheet": {"note": ANN}, "ended_by": None}
    told = with_people(event, lambda person: person if person == ME else None)
    assert told == {"by": ME, "at": "2026", "turn": 3, "sheet": {"note": ANN}, "ended_by": None}
    lists = with_people({"parts": [{"settled": [ANN, ME]}], "missing": [BOB]}, lambda one: one if one == ME else None)
    assert lists == {"parts": [{"settled": [ME]}], "missing": []}
    assert people_in({"entries": [{"user": ANN, "attempts": [7]}], "owner": ME}) == {ANN, ME}


# In the store


async def state_of(store: Store, round_id: int) -> dict[str, Any]:
    async with store.read() as connection:
        return dict((await connection.execute(select(rounds).where(rounds.c.id == round_id))).mappings().one())


async def group_of(store: Store, *users: int) -> int:
    """A group round whose lobby these people have joined, the first as its host."""
    first = Opened(T0, users[0], Kind.QUIZ, Level.MID, 1, 60)
    async with store.write() as connection:
        await people_store.ensure(connection, users[0], T0)
        place = Place(7, 70, Surface.CHANNEL)
        row = await round_store.create(connection, GROUP, open_round(first), first, place, None, asked=1)
        for user in users[1:]:
            await people_store.ensure(connection, user, T0)
            event = Joined(T0, user)
            state, _ = step(row.state, event)
            row = await round_store.save(connection, GROUP, row, state, event)
            await round_store.take_part(connection, row.id, user, T0)
    return row.id


async def gone(store: Store, *users: int) -> list[privacy.Erased]:
    found: list[privacy.Erased] = []
    for user in users:
        async with store.read() as connection:
            invited = await privacy.invitations(connection, user)
        async with store.write() as connection:
            found.append(await privacy.erase(connection, user, invited, T0 + DAY))
    return found


async def test_several_who_go_from_one_round_stay_apart_and_the_last_one_takes_it_along(store: Store) -> None:
    round_id = await group_of(store, ME, ANN, BOB)
    await gone(store, ANN, ME)
    row = await state_of(store, round_id)
    state = GROUP.codec.decode_state(row["state"])
    assert (row["owner_id"], state.owner) == (-2, -2)
    assert [one.user for one in state.participants] == [-2, -1, BOB]
    async with store.read() as connection:
        assert replay(await round_store.events(connection, GROUP, round_id)) == state
        assert await round_store.load(connection, GROUP, round_id) is not None
    [erased] = await gone(store, BOB)
    assert (erased.rounds, erased.shared) == (1, ())
    async with store.read() as connection:
        assert (await connection.execute(select(rounds))).all() == []


async def test_a_host_who_only_moderated_and_was_replaced_stays_apart_from_the_next_one_who_goes(store: Store) -> None:
    first = Opened(T0, ME, Kind.QUIZ, Level.MID, 1, 60, plays=False)
    later: list[GroupEvent] = [Joined(T0, ANN), Joined(T0, BOB), Left(T0, ME), TookOver(T0, BOB)]
    async with store.write() as connection:
        for user in (ME, ANN, BOB):
            await people_store.ensure(connection, user, T0)
        place = Place(7, 70, Surface.CHANNEL)
        row = await round_store.create(connection, GROUP, open_round(first), first, place, None, asked=1)
        for one in later:
            row = await round_store.save(connection, GROUP, row, step(row.state, one)[0], one)
        for user in (ANN, BOB):
            await round_store.take_part(connection, row.id, user, T0)
    await gone(store, ME, ANN)
    state = GROUP.codec.decode_state((await state_of(store, row.id))["state"])
    assert [one.user for one in state.participants] == [-2, BOB]
    async with store.read() as connection:
        assert replay(await round_store.events(connection, GROUP, row.id)) == state


async def test_an_invitation_that_comes_while_somebody_is_erased_does_not_name_them(store: Store) -> None:
    async with store.read() as connection:
        invited = await privacy.invitations(connection, ME)
    event = Proposed(T0, ANN, ME, Kind.QUIZ, Level.MID, T0 + DAY, ANN)
    async with store.write() as connection:
        await people_store.ensure(connection, ANN, T0)
        place = Place(7, 70, Surface.CHANNEL)
        row = await round_store.create(connection, PAIR, propose(event), event, place, None, asked=2)
        erased = await privacy.erase(connection, ME, invited, T0)
        left = await round_store.load(connection, PAIR, row.id)
    assert erased.shared == ((row.id, "pair"),)
    assert left is not None
    assert left.state.people == (ANN, -1)


async def test_somebody_who_comes_back_is_somebody_else_than_the_former_member(store: Store) -> None:
    round_id = await group_of(store, ANN, ME)
    await gone(store, ME)
    async with store.write() as connection:
        row = await round_store.load(connection, GROUP, round_id)
        assert row is not None
        await people_store.ensure(connection, ME, T0 + DAY)
        state, _ = step(row.state, Joined(T0 + DAY, ME))
        await round_store.save(connection, GROUP, row, state, Joined(T0 + DAY, ME))
        await round_store.take_part(connection, round_id, ME, T0 + DAY)
    await gone(store, ME)
    state = GROUP.codec.decode_state((await state_of(store, round_id))["state"])
    assert [one.user for one in state.participants] == [ANN, -1, -2]


async def test_a_round_is_shown_again_by_the_next_process_if_this_one_ends(store: Store) -> None:
    round_id = await group_of(store, ANN, ME)
    async with store.write() as connection:
        await connection.execute(rounds.update().values(status="finished"))
        await round_store.shown(connection, round_id, 1)
        await round_store.put_message(connection, round_id, round_store.MessageRow("lobby:0", 70, 5, "x", "n"), T0)
    await gone(store, ME)
    async with store.read() as connection:
        [waiting] = await round_store.unsettled(connection, GROUP, T0 + DAY)
        assert (await round_store.messages_of(connection, round_id))["lobby:0"].face == ""
    assert waiting.id == round_id


async def test_boards_that_are_being_computed_anew_go_on_behind_somebody_who_is_gone(store: Store) -> None:
    async with store.write() as connection:
        await connection.execute(insert(meta), [{"key": "boards-renew:7", "value": str(ME)}])
    await gone(store, ME)
    async with store.read() as connection:
        assert (await connection.scalars(select(meta.c.value).where(meta.c.key == "boards-renew:7"))).one() == str(
            ME - 1
        )


async def test_somebody_of_whom_nothing_is_known_can_be_erased(store: Store) -> None:
    assert await gone(store, ME) == [privacy.Erased(0, (), 0)]
    async with store.read() as connection:
        assert (await connection.execute(select(people))).all() == []


async def test_messages_of_deleted_rounds_are_noted_until_they_are_removed(store: Store) -> None:
    async with store.write() as connection:
        for number in range(3):
            row = await begin(connection, ["ml.regularization.penalties"], T0, users=[ME])
            for turn in range(25):
                message = round_store.MessageRow(f"ask:{turn}", 50, 100 * number + turn, "", "n")
                await round_store.put_message(connection, row.id, message, T0)
    [erased] = await gone(store, ME)
    assert erased.messages == 75
    seen: list[tuple[int, int]] = []
    while True:
        async with store.write() as connection:
            found = await privacy.leftover(connection)
            if found is None:
                break
            seen += found.refs[:20]
            await privacy.removed(connection, found.key, found.refs[20:])
    assert sorted(seen) == sorted((50, 100 * number + turn) for number in range(3) for turn in range(25))


# How long words are kept


async def attempt_of(store: Store, at: datetime, text: str, *, grade: str | None = None, over: bool = True) -> int:
    async with store.write() as connection:
        row = await begin(connection, ["ml.regularization.penalties"], at, users=[ME])
        status = "finished" if over else "open"
        await connection.execute(rounds.update().where(rounds.c.id == row.id).values(status=status))
        values = {"round_id": row.id, "turn": 0, "user_id": ME, "question_id": "q", "question_version": 1}
        values |= {"source": "s", "text": text, "hints": 0, "grade": grade, "created_at": at}
        key = (await connection.execute(insert(attempts).values(**values))).inserted_primary_key
        assert key is not None
        await connection.execute(insert(pictures).values(attempt_id=key[0], number=0, png=b"png"))
    return int(key[0])


async def test_only_words_that_are_old_and_that_no_open_round_needs_are_outdated(store: Store) -> None:
    old = await attempt_of(
        store, T0 - 31 * DAY, "old", grade='{"score":0.5,"band":2,"notes":["the \\"choice\\":{ is open"]}'
    )
    ungraded = await attempt_of(store, T0 - 31 * DAY, "ungraded")
    await attempt_of(store, T0 - 31 * DAY, "b", grade='{"score":1.0,"band":4,"choice":{"chosen":"b"}}')
    await attempt_of(store, T0 - 29 * DAY, "new")
    left = await attempt_of(store, T0 - 40 * DAY, "left alone", over=False)
    before = T0 - 30 * DAY
    async with store.write() as connection:
        await connection.execute(rounds.update().where(rounds.c.status == "open").values(touched_at=T0))
        assert await privacy.outdated_counts(connection, ME, before) == (2, 2)
        assert [one for one, _ in await privacy.outdated(connection, ME, before, 9)] == [old, ungraded]
        await connection.execute(rounds.update().where(rounds.c.status == "open").values(touched_at=T0 - 35 * DAY))
        assert [one for one, _ in await privacy.outdated(connection, ME, before, 9)] == [old, ungraded, left]
        await privacy.forget_words(connection, {old: '{"score":0.5,"band":2}', ungraded: None})
        assert await privacy.outdated(connection, ANN, before, 9) == []
        assert [one for one, _ in await privacy.outdated(connection, ME, before, 9)] == [left]
        kept = (await connection.execute(select(attempts).where(attempts.c.id == old))).mappings().one()
        assert (kept["text"], kept["grade"]) == (REMOVED, '{"score":0.5,"band":2}')
        assert len((await connection.execute(select(pictures))).all()) == 3


@pytest.fixture
def careless() -> Generator[None]:
    """A SQLite that leaves deleted rows in the file, as some builds do."""

    def leave(connection: Any, _: object) -> None:
        connection.execute("PRAGMA secure_delete = OFF")

    event.listen(Pool, "connect", leave)
    yield
    event.remove(Pool, "connect", leave)


async def test_what_was_erased_cannot_be_read_in_the_file(careless: None, store: Store) -> None:
    for number in range(20):
        await attempt_of(store, T0, f"xylophone {number} " * 200)
    await gone(store, ME)
    await store.close()  # the write-ahead log goes into the file
    assert b"xylophone" not in store.path.read_bytes()


async def test_counts_name_each_kind_and_leave_out_what_is_not_there(store: Store) -> None:
    await attempt_of(store, T0, "x")
    async with store.read() as connection:
        assert await held.counts(connection, ME) == {
            "rounds of your own": 1,
            "rounds that you were in": 1,
            "answers and programs that you sent, with their grades": 1,
            "pictures of submitted figures": 1,
        }
        assert await held.counts(connection, ANN) == {}


def test_no_two_kinds_have_the_same_name() -> None:
    names = [rule.what for rule in RULES.values() if rule.what]
    names += [acted.what for rule in RULES.values() for acted in rule.acted.values()]
    assert len(set(names)) == len(names)


def test_a_start_of_a_dialogue_names_its_owner_alone() -> None:
    _, _, payload = DIALOGUE.codec.encode_event(Started(T0, ME, Kind.QUIZ, Level.MID, Mode.EXAM, (Item("a", 1),)))
    assert people_in(json.loads(payload)) == {ME}
