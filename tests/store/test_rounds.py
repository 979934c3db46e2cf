"""Rounds, events, attempts and messages in the store."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from bot.rounds.dialogue import DIALOGUE, State, replay, start, step
from bot.rounds.engine import GRACE, CodecError
from bot.rounds.events import (
    Advanced,
    Answered,
    Event,
    Graded,
    HintAsked,
    Item,
    Kind,
    Mode,
    Result,
    Skipped,
    Started,
    Stopped,
)
from bot.store import people, questions, reports, rounds
from bot.store.engine import Store
from bot.store.rounds import ConflictError, MessageRow, Place, RoundRow, Surface
from bot.store.schema import attempts, messages, participants, round_events
from bot.store.schema import reports as reports_table
from bot.store.schema import rounds as rounds_table
from questions.model import Level
from tests.clock import START

DM = Place(None, 50, Surface.CHANNEL)
OWNER = 1


def started(*, by: int = OWNER, at: datetime = START, items: int = 2, limit_s: int | None = None) -> Started:
    drawn = tuple(Item(f"ml.boosting.q{number}", number + 1) for number in range(items))
    return Started(at, by, Kind.QUIZ, Level.MID, Mode.PRACTICE, drawn, limit_s)


async def new(
    store: Store,
    *,
    by: int = OWNER,
    at: datetime = START,
    place: Place = DM,
    topic: str | None = None,
    items: int = 2,
    limit_s: int | None = None,
) -> RoundRow[State]:
    event = started(by=by, at=at, items=items, limit_s=limit_s)
    async with store.write() as connection:
        await people.ensure(connection, by, at)
        return await rounds.create(connection, DIALOGUE, start(event), event, place, topic, asked=items)


async def take(store: Store, row: RoundRow[State], *events: Event) -> RoundRow[State]:
    for event in events:
        async with store.write() as connection:
            row = await rounds.save(connection, DIALOGUE, row, step(row.state, event)[0], event)
    return row


async def attempt(store: Store, row: RoundRow[State], source: str, text: str = "x", turn: int = 0) -> tuple[int, bool]:
    async with store.write() as connection:
        found, fresh = await rounds.add_attempt(
            connection,
            row.id,
            row.state.items[row.state.turns[turn].item],
            turn=turn,
            user_id=row.owner_id,
            source=source,
            text=text,
            hints=1,
            at=START,
        )
    return found.id, fresh


async def load(store: Store, round_id: int) -> RoundRow[State]:
    async with store.read() as connection:
        row = await rounds.load(connection, DIALOGUE, round_id)
    assert row is not None
    return row


async def test_a_round_comes_back_as_it_was_stored(store: Store) -> None:
    row = await new(store, place=Place(7, 51, Surface.INTERACTION), topic="ml.boosting", limit_s=60)
    assert await load(store, row.id) == row
    assert (row.seq, row.topic, row.place.surface, row.created_at) == (0, "ml.boosting", Surface.INTERACTION, START)
    async with store.read() as connection:
        assert await rounds.load(connection, DIALOGUE, row.id + 1) is None
        assert (await connection.scalars(select(participants.c.user_id))).all() == [OWNER]


async def test_the_events_replay_to_the_stored_state(store: Store) -> None:
    row = await new(store)
    number, _ = await attempt(store, row, "message:1")
    row = await take(
        store,
        row,
        HintAsked(START, OWNER, 0),
        Answered(START, OWNER, 0, number),
        Graded(START, None, 0, number, Result(0.5, 2, ("p1",))),
        Skipped(START, OWNER, 1),
        Advanced(START, OWNER, 1),
    )
    async with store.read() as connection:
        stored = await rounds.events(connection, DIALOGUE, row.id)
    assert len(stored) == row.seq + 1 == 6
    assert replay(stored) == row.state == (await load(store, row.id)).state


async def test_an_event_of_a_newer_program_is_not_skipped(store: Store) -> None:
    row = await new(store)
    async with store.write() as connection:
        await connection.execute(update(round_events).values(version=99))
    with pytest.raises(CodecError):
        async with store.read() as connection:
            await rounds.events(connection, DIALOGUE, row.id)


async def test_who_saves_on_an_old_state_gets_a_conflict_and_writes_nothing(store: Store) -> None:
    row = await new(store)
    newer = await take(store, row, HintAsked(START, OWNER, 0))
    with pytest.raises(ConflictError):
        await take(store, row, Skipped(START, OWNER, 0))
    assert await load(store, row.id) == newer
    async with store.read() as connection:
        assert [type(event) for event in await rounds.events(connection, DIALOGUE, row.id)] == [Started, HintAsked]


async def test_an_event_number_that_is_taken_is_a_conflict(store: Store) -> None:
    row = await new(store)
    async with store.write() as connection:
        await connection.execute(
            round_events.insert().values(
                round_id=row.id, seq=1, type="stopped", version=1, payload="{}", by=None, at=START
            )
        )
    with pytest.raises(ConflictError):
        await take(store, row, HintAsked(START, OWNER, 0))
    assert (await load(store, row.id)).seq == 0


async def test_of_two_processes_that_save_at_once_one_gets_a_conflict(store: Store) -> None:
    row = await new(store)
    other = Store(store.path)
    try:
        results = await asyncio.gather(
            take(store, row, HintAsked(START, OWNER, 0)),
            take(other, row, Skipped(START, OWNER, 0)),
            return_exceptions=True,
        )
    finally:
        await other.close()
    assert sorted(type(result).__name__ for result in results) == ["ConflictError", "RoundRow"]
    assert (await load(store, row.id)).seq == 1


async def test_the_same_source_is_kept_once(store: Store) -> None:
    row = await new(store)
    other = await new(store, at=START)
    first, fresh = await attempt(store, row, "message:1", "the answer")
    again, repeated = await attempt(store, row, "message:1", "the answer")
    assert (first, fresh, repeated) == (again, True, False)
    assert (await attempt(store, row, "message:2"))[1]
    assert (await attempt(store, other, "message:1"))[1]
    async with store.read() as connection:
        assert [a.text for a in await rounds.attempts_of(connection, row.id)] == ["the answer", "x"]


async def test_an_attempt_remembers_what_was_asked_and_gets_its_grade(store: Store) -> None:
    row = await new(store)
    number, _ = await attempt(store, row, "message:1", "the answer")
    async with store.write() as connection:
        await rounds.set_grade(connection, number, '{"score": 0.5}', 0.5)
    async with store.read() as connection:
        found = next(a for a in await rounds.attempts_of(connection, row.id) if a.id == number)
    assert (found.question_id, found.question_version, found.hints, found.created_at) == ("ml.boosting.q0", 1, 1, START)
    assert (found.text, found.grade, found.score) == ("the answer", '{"score": 0.5}', 0.5)


async def test_due_rounds_come_with_the_oldest_deadline_first(store: Store) -> None:
    late = await new(store, limit_s=90)
    early = await new(store, limit_s=60)
    await new(store)
    over = await new(store, limit_s=30)
    await take(store, over, Stopped(START, OWNER))
    reviewing = await new(store, limit_s=30)
    await take(store, reviewing, Skipped(START, OWNER, 0))

    async def due(seconds: float) -> dict[str, list[int]]:
        async with store.read() as connection:
            return await rounds.due(connection, START + GRACE + timedelta(seconds=seconds))

    assert await due(59.9) == {}
    assert await due(60) == {"dialogue": [early.id]}
    assert await due(90) == {"dialogue": [early.id, late.id]}


async def test_open_rounds_are_found_by_owner_and_channel(store: Store) -> None:
    mine = await new(store)
    elsewhere = await new(store, place=Place(None, 51, Surface.CHANNEL))
    theirs = await new(store, by=2)
    over = await new(store)
    await take(store, over, Stopped(START, OWNER))
    async with store.read() as connection:
        assert [row.id for row in await rounds.open_rounds(connection, DIALOGUE)] == [theirs.id, elsewhere.id, mine.id]
        assert [row.id for row in await rounds.open_rounds(connection, DIALOGUE, owner=1)] == [elsewhere.id, mine.id]
        assert [row.id for row in await rounds.open_rounds(connection, DIALOGUE, owner=1, channel=50)] == [mine.id]
        assert await rounds.open_rounds(connection, DIALOGUE, owner=3) == []


async def test_past_rounds_come_in_pages_newest_first(store: Store) -> None:
    ids = [(await new(store)).id for _ in range(5)]
    await new(store, by=2)
    async with store.read() as connection:
        first, total = await rounds.past(connection, (DIALOGUE,), OWNER, limit=2)
        last, _ = await rounds.past(connection, (DIALOGUE,), OWNER, limit=2, offset=4)
        beyond, same = await rounds.past(connection, (DIALOGUE,), OWNER, limit=2, offset=6)
        nobody = await rounds.past(connection, (DIALOGUE,), 99, limit=2)
    assert [row.id for row in first] == [ids[4], ids[3]]
    assert [row.id for row in last] == [ids[0]]
    assert (total, beyond, same, nobody) == (5, [], 5, ([], 0))


async def test_recent_starts_are_counted_by_person_and_by_server(store: Store) -> None:
    server = Place(7, 51, Surface.CHANNEL)
    moments = [START + timedelta(minutes=minute) for minute in range(4)]
    for moment in reversed(moments):
        await new(store, at=moment, place=server)
    await new(store, by=2, at=START + timedelta(minutes=9), place=server)
    await new(store, at=START + timedelta(minutes=8), place=Place(8, 52, Surface.CHANNEL))
    async with store.read() as connection:
        mine = await rounds.recently_started(connection, moments[2], owner=OWNER)
        theirs = await rounds.recently_started_in(connection, moments[2], server=7)
    assert mine == [moments[2], moments[3], START + timedelta(minutes=8)]
    assert theirs == [moments[2], moments[3], START + timedelta(minutes=9)]


async def test_a_finished_round_keeps_its_score_and_has_no_deadline(store: Store) -> None:
    row = await new(store, items=1, limit_s=60)
    number, _ = await attempt(store, row, "message:1")
    open_ = await take(store, row, Answered(START, OWNER, 0, number))
    async with store.read() as connection:
        before = (await connection.execute(select(rounds_table))).one()
    await take(store, open_, Graded(START, None, 0, number, Result(0.75, 3)))
    async with store.read() as connection:
        after = (await connection.execute(select(rounds_table))).one()
    assert (before.status, before.score, before.finished_at) == ("open", None, None)
    assert (after.status, after.score, after.next_wake_at, after.finished_at) == ("finished", 0.75, None, START)


async def test_a_stopped_round_says_so(store: Store) -> None:
    await take(store, await new(store), Stopped(START, None))
    async with store.read() as connection:
        assert await connection.scalar(select(rounds_table.c.status)) == "stopped"


async def test_messages_are_noted_changed_and_forgotten(store: Store) -> None:
    row = await new(store)
    sending = MessageRow("ask:0", 50, None, "open-0-0", "1-a0-5")
    sent = MessageRow("ask:0", 50, 900, "reading", "1-a0-5")
    other = MessageRow("feedback:0", 50, 901, "grade", "1-f0-6")

    async def noted() -> dict[str, MessageRow]:
        async with store.read() as connection:
            return await rounds.messages_of(connection, row.id)

    async def put(message: MessageRow) -> None:
        async with store.write() as connection:
            await rounds.put_message(connection, row.id, message, START)

    await put(sending)
    assert await noted() == {"ask:0": sending}
    await put(sent)
    await put(other)
    assert await noted() == {"ask:0": sent, "feedback:0": other}
    async with store.write() as connection:
        await rounds.forget_messages(connection, row.id, ["ask:0", "ask:7"])
    assert await noted() == {"feedback:0": other}


async def test_the_last_message_is_the_newest_where_the_round_lives_now(store: Store) -> None:
    row = await new(store)

    async def last() -> int | None:
        async with store.read() as connection:
            return await rounds.last_message(connection, row.id)

    assert await last() is None
    async with store.write() as connection:
        for key, channel, number in (("ask:0", 50, 900), ("ask:1", 50, None), ("feedback:0", 50, 899)):
            await rounds.put_message(connection, row.id, MessageRow(key, channel, number, "f", "n"), START)
    assert await last() == 900
    async with store.write() as connection:
        await rounds.move(connection, row.id, Place(7, 60, Surface.CHANNEL))
    assert await last() is None
    assert (await load(store, row.id)).place == Place(7, 60, Surface.CHANNEL)
    async with store.write() as connection:
        await rounds.put_message(connection, row.id, MessageRow("ask:2", 60, 700, "f", "n"), START)
    assert await last() == 700


async def test_what_belongs_to_a_round_goes_with_it_and_reports_stay(store: Store) -> None:
    row = await new(store)
    await attempt(store, row, "message:1")
    async with store.write() as connection:
        await rounds.put_message(connection, row.id, MessageRow("ask:0", 50, 1, "f", "n"), START)
        number = await reports.add(
            connection, user_id=1, round_id=row.id, question_id="ml.boosting.q0", version=1, text="wrong", at=START
        )
        await connection.execute(rounds_table.delete())
    async with store.read() as connection:
        for table in (round_events, attempts, messages, participants):
            assert (await connection.execute(select(table))).all() == [], table.name
        report = (await connection.execute(select(reports_table))).one()
    assert (report.id, report.round_id, report.text) == (number, None, "wrong")


async def test_a_round_of_somebody_unknown_is_refused(store: Store) -> None:
    event = started()
    with pytest.raises(Exception, match="FOREIGN KEY"):
        async with store.write() as connection:
            await rounds.create(connection, DIALOGUE, start(event), event, DM, None, asked=2)


async def test_a_version_of_a_question_is_kept_as_it_was_first_asked(store: Store) -> None:
    async with store.write() as connection:
        await questions.keep(connection, "ml.boosting.q0", 1, "first")
        await questions.keep(connection, "ml.boosting.q0", 1, "changed")
        await questions.keep(connection, "ml.boosting.q0", 2, "second")
    async with store.read() as connection:
        assert await questions.body(connection, "ml.boosting.q0", 1) == "first"
        assert await questions.body(connection, "ml.boosting.q0", 2) == "second"
        assert await questions.body(connection, "ml.boosting.q0", 3) is None


async def test_a_question_counts_as_seen_once_the_person_answered_it(store: Store) -> None:
    row = await new(store)
    theirs = await new(store, by=2)
    await attempt(store, row, "message:1")
    await attempt(store, row, "message:2")
    async with store.write() as connection:
        await rounds.add_attempt(
            connection,
            theirs.id,
            theirs.state.items[1],
            turn=0,
            user_id=2,
            source="message:3",
            text="x",
            hints=0,
            at=START,
        )
    async with store.read() as connection:
        assert await questions.seen(connection, OWNER) == {"ml.boosting.q0"}
        assert await questions.seen(connection, 2) == {"ml.boosting.q1"}
        assert await questions.seen(connection, 3) == frozenset()


async def test_the_id_of_a_deleted_row_is_never_given_again(store: Store) -> None:
    row = await new(store)
    number, _ = await attempt(store, row, "message:1")
    async with store.write() as connection:
        await connection.execute(attempts.delete())
    later, _ = await attempt(store, row, "message:2")
    assert later > number, "events still name the erased attempt"
    async with store.write() as connection:
        await connection.execute(rounds_table.delete())
    assert (await new(store)).id > row.id, "buttons still name the deleted round"


async def test_rounds_that_are_open_or_not_fully_shown_are_unsettled(store: Store) -> None:
    open_ = await new(store)
    ended = await take(store, await new(store), Stopped(START, OWNER))
    told = await take(store, await new(store), Stopped(START, OWNER))
    idle = await new(store, at=START - timedelta(days=1))
    async with store.write() as connection:
        await rounds.shown(connection, open_.id, open_.seq)
        await rounds.shown(connection, told.id, told.seq)
        await rounds.shown(connection, told.id, 0)

    async def unsettled(since: datetime) -> list[int]:
        async with store.read() as connection:
            return [row.id for row in await rounds.unsettled(connection, DIALOGUE, since)]

    assert await unsettled(START) == [open_.id, ended.id]
    assert await unsettled(START - timedelta(days=1)) == [open_.id, ended.id, idle.id]
    await take(store, idle, HintAsked(START, OWNER, 0))
    assert await unsettled(START) == [open_.id, ended.id, idle.id]
