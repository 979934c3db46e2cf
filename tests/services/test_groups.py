"""Group rounds as people play them, on a real database and a stand-in for Discord."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import delete

from bot.errors import UserError
from bot.rounds.dialogue import Outcome
from bot.rounds.events import Kind
from bot.rounds.group import FEWEST, MOST, SILENCE, TIME_AT_ONCE_S, TIME_IN_ALL_S, Phase, Reply, board
from bot.services import groups as groups_module
from bot.services.carrying import LIVE, RETRY, NoRoundError
from bot.services.code_cards import CardFile
from bot.services.group_cards import (
    FinalCard,
    GroupAskCard,
    LobbyCard,
    MissedPoint,
    PersonScore,
    Share,
    own_feedback,
)
from bot.services.group_picture import drawn_board
from bot.services.group_record import GroupRecord, load_group
from bot.services.groups import GroupWish
from bot.services.judging import Facts, Judged
from bot.services.posting import PostError
from bot.services.rounds import ANSWER_LIMIT
from bot.services.servers import Servers
from bot.services.starting import Format
from bot.store import people
from bot.store import rounds as round_store
from bot.store.engine import Store
from bot.store.rounds import Place, Surface
from bot.store.schema import attempts as attempts_table
from bot.store.schema import participants as participants_table
from grader.code.verdict import Code
from grader.grade import Gate, Grade
from questions.bank import Bank
from questions.code_task import CodeTask
from questions.kinds import AnyQuestion
from questions.model import FreeText, Level, MultipleChoice, Numeric
from tests.clock import ManualClock
from tests.services.conftest import ScriptedGrader
from tests.services.party import (
    ANN,
    BOB,
    CARL,
    CHANNEL,
    DORA,
    HOST,
    LIMIT_S,
    PLACE,
    SERVER,
    Party,
    with_more,
)
from tests.services.recorder import RecordingPoster
from tests.services.scripted import PICTURES, program

LATE_S = LIMIT_S + 6
"""When the grace after the time is over, too."""
RETRY_S = RETRY.total_seconds()
STRANGER = 99


@pytest.fixture
def party(store: Store, bank: Bank, clock: ManualClock, poster: RecordingPoster) -> Party:
    return Party(store, with_more(bank), clock, poster)


@pytest_asyncio.fixture
async def second(
    database: Path, bank: Bank, clock: ManualClock, poster: RecordingPoster, party: Party
) -> AsyncGenerator[Party]:
    """A second process on the same database and Discord."""
    store = Store(database)
    yield Party(store, party.bank, clock, poster, party.book)
    await store.close()


def best(question: AnyQuestion, variant: int) -> str:
    """The best answer to a question."""
    match question:
        case MultipleChoice():
            return question.key.id
        case Numeric():
            return str(0.5 ** question.draw(variant)["n"])
        case CodeTask():
            return question.solution
        case _:
            return question.model_answer.full


def wrong(question: AnyQuestion) -> str:
    """An answer that earns nothing."""
    if isinstance(question, MultipleChoice):
        return next(option.id for option in question.options if not option.correct)
    return (
        "17" if isinstance(question, Numeric) else "It depends on many things, and I would look at all of them first."
    )


# Whole rounds


async def test_a_whole_quiz_from_the_lobby_to_the_final_board(party: Party) -> None:
    round_id = await party.open(ANN, BOB, CARL, wanted=Format.MIXED, count=3)
    lobby = party.card(round_id, "lobby:0")
    assert isinstance(lobby, LobbyCard)
    assert (lobby.joined, lobby.open, lobby.asked) == ((HOST, ANN, BOB, CARL), True, 3)
    await party.groups.begin(round_id, by=HOST)
    await party.show(round_id)
    for number in range(3):
        await party.check(round_id)
        record = await party.groups.record(round_id)
        question, variant = record.question(number), record.state.items[number].variant
        await party.answers(
            round_id, {ANN: best(question, variant), HOST: wrong(question), BOB: best(question, variant)}
        )
        assert await party.phase(round_id) is Phase.ASKING, "Carl thinks"
        await party.pass_time(LATE_S)
        state = await party.check(round_id)
        assert state.item_states[number].outcome is Outcome.TIMED_OUT
        if number < 2:
            assert state.phase is Phase.REVEALED
            await party.advance(round_id)
    state = await party.state(round_id)
    assert state.phase is Phase.FINISHED
    assert party.keys(round_id) == [
        "lobby:0", "ask:1", "reveal:1", "ask:2", "reveal:2", "ask:3", "reveal:3", "final:3",
    ]  # fmt: skip
    final = party.card(round_id, "final:3")
    assert isinstance(final, FinalCard)
    assert [(line.user, line.rank, line.items, line.answered) for line in final.board] == [
        (ANN, 1, 3, 3), (BOB, 1, 3, 3), (HOST, 3, 3, 3), (CARL, 3, 3, 0),
    ]  # fmt: skip
    assert final.board[0].points > 2.7
    assert final.board[3].points == 0
    means = [line.mean for line in final.lines]
    assert all(mean is not None and 0.4 < mean <= 0.5 for mean in means)
    assert {user for user, _ in party.book.of(round_id)} == {HOST, ANN, BOB, CARL}
    assert len(party.book.of(round_id)) == 12


async def test_a_whole_behavioral_round(party: Party) -> None:
    round_id = await party.begin(ANN, kind=Kind.BEHAVIORAL, limit_s=480)
    record = await party.groups.record(round_id)
    question = record.question(0)
    await party.answers(round_id, {ANN: best(question, 0), HOST: wrong(question)})
    state = await party.check(round_id)
    assert (state.phase, state.current.outcome) == (Phase.FINISHED, Outcome.ANSWERED)
    noted = party.book.of(round_id)
    assert noted[ANN, 0] > 0.8
    assert noted[HOST, 0] < 0.3
    card = own_feedback(await party.groups.record(round_id), 0, ANN)
    assert card is not None
    assert card.grade is not None
    assert card.grade.star is not None
    assert [share.count for share in party.reveal(round_id).shares if share.right] == [1, 0]


async def test_a_whole_code_round(party: Party) -> None:
    round_id = await party.begin(ANN, BOB, CARL, kind=Kind.CODE, limit_s=1200)
    ask = party.card(round_id, "ask:1")
    assert isinstance(ask, GroupAskCard)
    assert [file.name for file in ask.files][:1] == ["starter.py"]
    assert ask.facts is not None
    await party.answers(round_id, {ANN: program("WA 40%"), BOB: program("WA 70%"), HOST: program("CE")})
    assert not (await party.entry(round_id, ANN)).over, "it may be tried again"
    await party.answers(round_id, {ANN: program("AC")})
    assert (await party.entry(round_id, ANN)).over
    assert (await party.groups.done(round_id, by=BOB, turn=1)).replies == ()
    await party.show(round_id)
    assert await party.phase(round_id) is Phase.ASKING
    await party.pass_time(1206)
    state = await party.check(round_id)
    assert state.phase is Phase.FINISHED
    assert party.book.of(round_id) == {(HOST, 0): 0.0, (ANN, 0): 0.95, (BOB, 0): 0.7, (CARL, 0): 0.0}
    card = party.reveal(round_id)
    assert card.shares == (
        Share("accepted", 1, True), Share("partly right", 1), Share("nothing passed", 1), Share("no answer", 1),
    )  # fmt: skip
    assert card.scores == (
        PersonScore(ANN, 0.95, True), PersonScore(BOB, 0.7, True),
        PersonScore(HOST, 0.0, True), PersonScore(CARL, 0.0, False),
    )  # fmt: skip


async def test_in_a_group_code_counts_whole_because_nothing_is_followed_up(party: Party) -> None:
    running_mean = [
        found
        for found in party.bank.loaded.values()
        if isinstance(found.question, CodeTask) and found.question.entry == "running_mean"
    ]
    party = Party(party.store, Bank(running_mean), party.clock, party.poster)
    round_id = await party.begin(ANN, kind=Kind.CODE)
    record = await party.groups.record(round_id)
    assert record.task(0).followups
    await party.answers(round_id, {ANN: program("WA 80%"), HOST: program("AC")})
    await party.pass_time(LATE_S)
    card = own_feedback(await party.groups.record(round_id), 0, ANN)
    assert card is not None
    assert card.code is not None
    assert (card.score, card.outcome, card.code.task.followups) == (0.8, Outcome.TIMED_OUT, ())


# People


async def test_who_joins_late_is_asked_from_the_next_question_on(party: Party, grader: ScriptedGrader) -> None:
    round_id = await party.begin(ANN, count=3)
    outcome = await party.groups.join(round_id, by=BOB)
    assert outcome.replies == (Reply.ENTERS_NEXT,)
    taken = await party.answer(round_id, BOB, "100%")
    assert (taken.attempt, taken.replies) == (None, (Reply.JOINED_LATE,))
    assert await party.attempts(round_id) == []
    await party.groups.skip(round_id, by=HOST, turn=1)
    await party.show(round_id)
    await party.advance(round_id)
    assert [entry.user for entry in (await party.state(round_id)).current.entries] == [HOST, ANN, BOB]
    await party.pass_time(LATE_S)
    await party.check(round_id)
    assert party.book.of(round_id) == {(HOST, 1): 0.0, (ANN, 1): 0.0, (BOB, 1): 0.0}


async def test_nobody_joins_after_the_last_question_was_asked(party: Party) -> None:
    round_id = await party.begin(ANN)
    assert (await party.groups.join(round_id, by=BOB)).replies == (Reply.NOTHING_LEFT,)
    assert BOB not in await members(party, round_id)


async def test_who_leaves_and_comes_back_in_time_may_still_answer(party: Party, grader: ScriptedGrader) -> None:
    round_id = await party.begin(ANN, BOB)
    assert (await party.groups.leave(round_id, by=ANN)).replies == ()
    await party.show(round_id)
    away = await party.answer(round_id, ANN, "10%")
    assert away.replies == (Reply.NOT_IN_ROUND,)
    assert away.attempt is not None, "it is kept all the same"
    assert (await party.groups.join(round_id, by=ANN)).replies == ()
    await party.answers(round_id, {ANN: "80%", HOST: "50%"})
    assert await party.phase(round_id) is Phase.ASKING, "Bob is awaited"
    assert (await party.groups.leave(round_id, by=BOB)).replies == ()
    await party.show(round_id)
    state = await party.check(round_id)
    assert state.phase is Phase.FINISHED
    assert party.book.of(round_id) == {(HOST, 0): 0.5, (ANN, 0): 0.8, (BOB, 0): 0.0}


async def test_whoever_the_moderators_blocked_cannot_join(party: Party) -> None:
    round_id = await party.open(ANN)
    await Servers(party.store, party.clock).block(SERVER, BOB, by=HOST, reason="")
    with pytest.raises(UserError, match="blocked"):
        await party.groups.join(round_id, by=BOB)
    assert (await party.state(round_id)).active == (HOST, ANN)
    assert await members(party, round_id) == {HOST, ANN}


async def members(party: Party, round_id: int) -> set[int]:
    """Whose history has the round."""
    async with party.store.read() as connection:
        query = participants_table.select().where(participants_table.c.round_id == round_id)
        return {row.user_id for row in await connection.execute(query)}


async def test_one_too_many_is_turned_away_and_has_no_part_in_it(party: Party) -> None:
    round_id = await party.open(*range(2, MOST + 1))
    assert (await party.groups.join(round_id, by=1000)).replies == (Reply.FULL,)
    assert 1000 not in await members(party, round_id)
    await party.groups.leave(round_id, by=7)
    assert (await party.groups.join(round_id, by=1000)).replies == ()
    assert 1000 in await members(party, round_id)
    await party.show(round_id)
    await party.check(round_id)


async def test_a_host_may_moderate_alone_and_join_later(party: Party, grader: ScriptedGrader) -> None:
    round_id = await party.begin(ANN, BOB, plays=False, count=3)
    assert [entry.user for entry in (await party.state(round_id)).current.entries] == [ANN, BOB]
    assert (await party.answer(round_id, HOST, "90%")).replies == (Reply.NOT_IN_ROUND,)
    assert (await party.groups.join(round_id, by=HOST)).replies == (Reply.ENTERS_NEXT,)
    await party.pass_time(LATE_S)
    await party.advance(round_id)
    assert [entry.user for entry in (await party.state(round_id)).current.entries] == [ANN, BOB, HOST]


async def test_strangers_change_nothing(party: Party, grader: ScriptedGrader) -> None:
    round_id = await party.begin(ANN)
    before = await party.state(round_id)
    taken = await party.answer(round_id, STRANGER, "100%")
    assert (taken.attempt, taken.replies) == (None, (Reply.NOT_IN_ROUND,))
    assert (await party.groups.leave(round_id, by=STRANGER)).replies == (Reply.NOT_IN_ROUND,)
    assert (await party.groups.take_over(round_id, by=STRANGER)).replies == (Reply.NOT_IN_ROUND,)
    assert await party.state(round_id) == before


# The lobby


async def test_it_takes_two_to_begin(party: Party) -> None:
    round_id = await party.open()
    assert (await party.groups.begin(round_id, by=HOST)).replies == (Reply.TOO_FEW,)
    assert FEWEST == 2
    await party.groups.join(round_id, by=ANN)
    assert (await party.groups.begin(round_id, by=HOST)).replies == ()
    assert (await party.groups.begin(round_id, by=HOST)).replies == (Reply.STALE,)


async def test_who_joins_while_the_start_is_refused_does_not_begin_it_with_nothing_drawn(
    party: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    round_id = await party.open()
    load = party.groups.load

    async def slow(number: int) -> Any:
        found = await load(number)
        await party.groups.join(number, by=ANN)  # between the look and the step
        return found

    monkeypatch.setattr(party.groups, "load", slow)
    assert (await party.groups.begin(round_id, by=HOST)).replies == (Reply.TOO_FEW,)
    monkeypatch.undo()
    assert await party.phase(round_id) is Phase.LOBBY
    assert (await party.groups.begin(round_id, by=HOST)).replies == ()
    await party.show(round_id)
    await party.check(round_id)


async def test_a_round_without_a_fitting_question_is_not_opened(party: Party) -> None:
    with pytest.raises(UserError, match="no numeric questions"):
        await party.open(wanted=Format.NUMERIC, topic="ml.regularization")


async def test_no_code_round_opens_where_nothing_can_be_run(party: Party) -> None:
    party.judge.refusal = "no sandbox here"
    with pytest.raises(UserError, match="no sandbox here"):
        await party.open(kind=Kind.CODE)


async def test_in_a_thread_the_channel_around_it_is_the_one_that_counts(party: Party) -> None:
    await Servers(party.store, party.clock).allow_channel(SERVER, 500)
    wish = GroupWish(HOST, PLACE, Kind.QUIZ, Level.MID, None, Format.MIXED, 1, LIMIT_S)
    with pytest.raises(UserError, match="<#500>"):
        await party.groups.open(wish)
    inside = GroupWish(HOST, PLACE, Kind.QUIZ, Level.MID, None, Format.MIXED, 1, LIMIT_S, channel_id=500)
    assert (await party.groups.open(inside)).place == PLACE


async def test_an_open_lobby_of_the_same_settings_is_found(party: Party) -> None:
    round_id = await party.open(ANN, topic="ml.regularization")
    wish = GroupWish(BOB, PLACE, Kind.QUIZ, Level.MID, "ml.regularization", Format.FREE_TEXT, 1, LIMIT_S)
    found = await party.groups.lobby_like(wish)
    assert found is not None
    assert found.id == round_id
    other = GroupWish(BOB, PLACE, Kind.QUIZ, Level.MID, None, Format.FREE_TEXT, 1, LIMIT_S)
    assert await party.groups.lobby_like(other) is None
    await party.groups.begin(round_id, by=HOST)
    assert await party.groups.lobby_like(wish) is None


async def test_a_closed_lobby_says_so_and_scores_nothing(party: Party) -> None:
    round_id = await party.open(ANN)
    assert (await party.groups.end(round_id, by=ANN)).replies == (Reply.NOT_HOST,)
    assert (await party.groups.end(round_id, by=HOST)).replies == ()
    await party.show(round_id)
    state = await party.check(round_id)
    card = party.card(round_id, "lobby:0")
    assert isinstance(card, LobbyCard)
    assert (state.phase, card.open, card.ended) == (Phase.FINISHED, False, True)
    assert (await party.groups.join(round_id, by=BOB)).replies == (Reply.FINISHED,)


# What the host does


async def test_a_skipped_question_counts_for_nobody(party: Party, grader: ScriptedGrader) -> None:
    round_id = await party.begin(ANN, BOB, count=3)
    await party.answers(round_id, {ANN: "90%"})
    assert (await party.groups.skip(round_id, by=HOST, turn=1)).replies == ()
    await party.show(round_id)
    state = await party.check(round_id)
    assert (state.phase, state.current.outcome) == (Phase.REVEALED, Outcome.SKIPPED)
    card = party.reveal(round_id)
    assert (card.void, card.scores, card.best, card.board) == (True, (), None, ())
    assert party.book.noted == []
    feedback = own_feedback(await party.groups.record(round_id), 0, ANN)
    assert feedback is not None
    assert feedback.grade is not None, "what was sent is graded all the same"
    assert feedback.grade.score == 0.9


async def test_the_host_gives_more_time(party: Party, grader: ScriptedGrader) -> None:
    round_id = await party.begin(ANN)
    began = party.clock.now()
    assert (await party.groups.add_time(round_id, by=HOST, turn=1, seconds=60)).replies == ()
    await party.show(round_id)
    card = party.card(round_id, "ask:1")
    assert isinstance(card, GroupAskCard)
    assert card.deadline == began + timedelta(seconds=LIMIT_S + 60)
    await party.pass_time(LIMIT_S + 30)
    await party.answers(round_id, {ANN: "70%"})
    await party.pass_time(40)
    state = await party.check(round_id)
    assert state.phase is Phase.FINISHED
    assert party.book.of(round_id) == {(HOST, 0): 0.0, (ANN, 0): 0.7}


async def test_not_more_than_an_hour_can_be_added(party: Party) -> None:
    round_id = await party.begin(ANN)
    for _ in range(TIME_IN_ALL_S // TIME_AT_ONCE_S):
        outcome = await party.groups.add_time(round_id, by=HOST, turn=1, seconds=TIME_AT_ONCE_S)
        assert outcome.replies == ()
    outcome = await party.groups.add_time(round_id, by=HOST, turn=1, seconds=60)
    assert outcome.replies == (Reply.ENOUGH_TIME,)


async def test_ending_in_the_middle_keeps_the_board_of_what_was_revealed(party: Party, grader: ScriptedGrader) -> None:
    round_id = await party.begin(ANN, count=3)
    await party.answers(round_id, {ANN: "80%", HOST: "40%"})
    await party.advance(round_id)
    await party.answers(round_id, {ANN: "100%"})
    assert (await party.groups.end(round_id, by=HOST)).replies == ()
    await party.show(round_id)
    state = await party.check(round_id)
    assert (state.phase, state.stopped) == (Phase.FINISHED, True)
    final = party.card(round_id, "final:2")
    assert isinstance(final, FinalCard)
    assert [(line.user, line.points) for line in final.board] == [(ANN, 0.8), (HOST, 0.4)]
    assert [line.mean for line in final.lines] == [pytest.approx(0.6), None]
    assert "reveal:2" not in party.keys(round_id)
    assert len(party.book.of(round_id)) == 2


@pytest.mark.parametrize("by", [ANN, STRANGER])
async def test_only_the_host_moves_the_round_on(party: Party, grader: ScriptedGrader, by: int) -> None:
    groups = party.groups
    round_id = await party.open(ANN, count=3)
    assert (await groups.begin(round_id, by=by)).replies == (Reply.NOT_HOST,)
    await groups.begin(round_id, by=HOST)
    before = await party.state(round_id)
    assert (await groups.skip(round_id, by=by, turn=1)).replies == (Reply.NOT_HOST,)
    assert (await groups.add_time(round_id, by=by, turn=1, seconds=60)).replies == (Reply.NOT_HOST,)
    assert (await groups.end(round_id, by=by)).replies == (Reply.NOT_HOST,)
    await party.pass_time(LATE_S)
    assert (await groups.advance(round_id, by=by, turn=1)).replies == (Reply.NOT_HOST,)
    after = await party.state(round_id)
    assert (before.turn, after.turn, after.phase) == (1, 1, Phase.REVEALED)


async def test_a_host_who_vanished_can_be_replaced(party: Party) -> None:
    round_id = await party.begin(ANN, BOB, count=3, limit_s=1200)
    assert (await party.groups.take_over(round_id, by=ANN)).replies == (Reply.HOST_IS_HERE,)
    await party.pass_time(SILENCE.total_seconds())
    card = party.card(round_id, "ask:1")
    assert isinstance(card, GroupAskCard)
    assert card.vacant, "the card offers to take over"
    assert (await party.groups.take_over(round_id, by=ANN)).replies == ()
    await party.show(round_id)
    card = party.card(round_id, "ask:1")
    assert isinstance(card, GroupAskCard)
    assert (card.host, card.vacant) == (ANN, False)
    assert (await party.groups.skip(round_id, by=BOB, turn=1)).replies == (Reply.NOT_HOST,)
    assert (await party.groups.skip(round_id, by=ANN, turn=1)).replies == ()
    await party.show(round_id)
    await party.check(round_id)
    assert (await party.groups.load(round_id)).owner_id == ANN
    assert (await party.groups.advance(round_id, by=HOST, turn=1)).replies == (), "the host is back"
    assert (await party.groups.skip(round_id, by=ANN, turn=2)).replies == (Reply.NOT_HOST,)
    await party.show(round_id)
    await party.check(round_id)
    assert (await party.groups.load(round_id)).owner_id == HOST


async def test_a_host_who_writes_in_the_channel_is_not_missed(party: Party) -> None:
    groups = party.groups
    round_id = await party.begin(ANN, BOB, count=3, limit_s=3600)
    channel = (await groups.load(round_id)).place.channel_id
    for _ in range(3):
        await party.pass_time(SILENCE.total_seconds() - 1)
        await groups.seen_in(channel, HOST)
    await party.pass_time(SILENCE.total_seconds() - 1)
    assert not (await party.state(round_id)).vacant
    assert (await groups.take_over(round_id, by=ANN)).replies == (Reply.HOST_IS_HERE,)
    for channel_, user in ((channel, ANN), (channel + 1, HOST)):
        await groups.seen_in(channel_, user)
    await party.pass_time(2)
    assert (await party.state(round_id)).vacant, "neither others nor other channels count"
    await groups.seen_in(channel, HOST)
    await groups.settled()
    card = party.card(round_id, "ask:1")
    assert isinstance(card, GroupAskCard)
    assert not card.vacant, "the card does not offer to take over any more"


async def test_that_a_host_is_there_is_noted_once_a_minute(party: Party) -> None:
    round_id = await party.begin(ANN, count=3, limit_s=3600)
    before = (await party.groups.load(round_id)).seq
    await party.pass_time(61)
    for _ in range(5):
        await party.groups.seen(round_id, by=HOST)
        await party.groups.seen(round_id, by=ANN)
        await party.pass_time(1)
    assert (await party.groups.load(round_id)).seq == before + 1
    await party.groups.end(round_id, by=HOST)
    await party.pass_time(120)
    await party.groups.seen(round_id, by=HOST)
    assert (await party.groups.load(round_id)).seq == before + 2, "a round that is over misses nobody"


async def test_a_host_who_leaves_can_be_replaced_at_once(party: Party) -> None:
    round_id = await party.begin(ANN)
    await party.groups.leave(round_id, by=HOST)
    assert (await party.groups.take_over(round_id, by=ANN)).replies == ()


async def test_a_lobby_that_nobody_starts_is_closed_after_a_day(party: Party) -> None:
    round_id = await party.open(ANN)
    await party.pass_time(24 * 3600)
    state = await party.check(round_id)
    assert (state.phase, state.stopped) == (Phase.FINISHED, True)


async def test_a_reveal_that_nobody_leaves_ends_the_round_after_a_day(party: Party, grader: ScriptedGrader) -> None:
    round_id = await party.begin(ANN, count=3)
    await party.answers(round_id, {HOST: "20%", ANN: "40%"})
    await party.pass_time(25 * 3600)
    state = await party.check(round_id)
    assert (state.phase, len(board(state))) == (Phase.FINISHED, 2)


# Answers


@pytest.mark.parametrize(("after_s", "counts"), [(LIMIT_S - 1, True), (LIMIT_S + 4, True), (LIMIT_S + 6, False)])
async def test_an_answer_after_the_time_is_kept_and_not_scored(
    party: Party, grader: ScriptedGrader, after_s: float, counts: bool
) -> None:
    round_id = await party.begin(ANN, BOB)
    party.clock.move(after_s)  # the waker was late
    taken = await party.answer(round_id, ANN, "90%")
    assert taken.replies == (() if counts else (Reply.TOO_LATE,))
    assert [attempt.text for attempt in await party.attempts(round_id)] == ["90%"]
    await party.pass_time(10)
    await party.check(round_id)
    assert party.book.of(round_id)[ANN, 0] == (0.9 if counts else 0.0)


async def test_of_two_answers_the_first_counts_and_both_are_kept(party: Party, grader: ScriptedGrader) -> None:
    round_id = await party.begin(ANN, BOB)
    await party.answers(round_id, {ANN: "40%"})
    taken = await party.answer(round_id, ANN, "90%")
    assert taken.replies == (Reply.ALREADY_ANSWERED,)
    assert [attempt.text for attempt in await party.attempts(round_id)] == ["40%", "90%"]
    await party.pass_time(LATE_S)
    await party.check(round_id)
    assert party.book.of(round_id)[ANN, 0] == 0.4
    assert [attempt.grade is not None for attempt in await party.attempts(round_id)] == [True, False]


async def test_two_people_who_answer_at_once_both_count(party: Party, second: Party, grader: ScriptedGrader) -> None:
    round_id = await party.begin(ANN, BOB)
    taken = await asyncio.gather(
        *(
            process.groups.answer(round_id, by=by, turn=1, text=text, source=f"interaction:{by}")
            for process, by, text in [(party, HOST, "10%"), (second, ANN, "20%"), (party, BOB, "30%")]
        )
    )
    assert [one.replies for one in taken] == [(), (), ()]
    await asyncio.gather(party.show(round_id), second.show(round_id))
    await party.check(round_id)
    assert party.book.of(round_id) == {(HOST, 0): 0.1, (ANN, 0): 0.2, (BOB, 0): 0.3}


async def test_the_same_form_delivered_twice_is_one_attempt(party: Party, grader: ScriptedGrader) -> None:
    round_id = await party.begin(ANN, BOB)
    first = await party.answer(round_id, ANN, "50%", source="interaction:9")
    again = await party.answer(round_id, ANN, "50%", source="interaction:9")
    assert (first.replies, again.replies) == ((), ())
    assert first.attempt is not None
    assert again.attempt is not None
    assert again.attempt.id == first.attempt.id
    assert len(await party.attempts(round_id)) == 1


async def test_a_form_that_was_refused_is_refused_when_it_comes_again(party: Party, grader: ScriptedGrader) -> None:
    round_id = await party.begin(ANN, BOB, count=2)
    party.clock.move(LATE_S)
    for _ in range(2):
        taken = await party.answer(round_id, ANN, "50%", source="interaction:9", turn=1)
        assert taken.replies == (Reply.TOO_LATE,)
    assert len(await party.attempts(round_id)) == 1


async def test_an_answer_to_an_earlier_question_is_kept_there(party: Party, grader: ScriptedGrader) -> None:
    """A form held open over the reveal."""
    round_id = await party.begin(ANN, count=3)
    await party.answers(round_id, {HOST: "10%"})
    await party.pass_time(LATE_S)
    await party.advance(round_id)
    taken = await party.answer(round_id, ANN, "100%", turn=1)
    assert taken.replies == (Reply.TOO_LATE,)
    assert taken.attempt is not None
    assert taken.attempt.turn == 1
    await party.check(round_id)
    assert party.book.of(round_id)[ANN, 0] == 0.0


@pytest.mark.parametrize("turn", [0, -1, 2, 99])
async def test_an_answer_to_what_was_never_asked_is_refused(party: Party, turn: int) -> None:
    round_id = await party.begin(ANN)
    taken = await party.groups.answer(round_id, by=ANN, turn=turn, text="x", source="interaction:1")
    assert (taken.attempt, taken.replies) == (None, (Reply.STALE,))


async def test_a_choice_is_the_id_of_an_option(party: Party) -> None:
    round_id = await party.begin(ANN, BOB, wanted=Format.MULTIPLE_CHOICE)
    with pytest.raises(UserError, match="not one of the options"):
        await party.answer(round_id, ANN, "zz")
    assert await party.attempts(round_id) == []
    await party.answers(round_id, {ANN: "a", BOB: "b", HOST: "b"})
    await party.check(round_id)
    assert party.book.of(round_id) == {(HOST, 0): 0.0, (ANN, 0): 1.0, (BOB, 0): 0.0}
    assert [(share.label, share.count, share.right) for share in party.reveal(round_id).shares] == [
        ("A", 1, True), ("B", 2, False), ("C", 0, False), ("D", 0, False),
    ]  # fmt: skip


async def test_a_long_text_is_cut_to_what_a_form_holds_and_has_no_nul(party: Party, grader: ScriptedGrader) -> None:
    round_id = await party.begin(ANN, BOB)
    await party.answer(round_id, ANN, "  a\0b " + "x" * 5000)
    [attempt] = await party.attempts(round_id)
    assert attempt.text.startswith("ab x")
    assert len(attempt.text) == ANSWER_LIMIT


@pytest.mark.parametrize("text", ["", "   \n ", "\0"])
async def test_an_empty_form_does_not_use_up_the_answer(party: Party, grader: ScriptedGrader, text: str) -> None:
    round_id = await party.begin(ANN)
    with pytest.raises(UserError, match="nothing in that form"):
        await party.answer(round_id, ANN, text)
    assert await party.attempts(round_id) == []
    await party.answers(round_id, {ANN: "60%"})


async def test_a_number_without_digits_does_not_use_up_the_answer(party: Party) -> None:
    round_id = await party.begin(ANN, BOB, wanted=Format.NUMERIC)
    with pytest.raises(UserError, match="no number"):
        await party.answer(round_id, ANN, "it depends on the coins")
    assert await party.attempts(round_id) == []
    record = await party.groups.record(round_id)
    right = best(record.question(0), record.state.items[0].variant)
    await party.answers(round_id, {ANN: f"about {right}", BOB: "17", HOST: "I do not know"})
    await party.check(round_id)
    assert party.book.of(round_id) == {(HOST, 0): 0.0, (ANN, 0): 1.0, (BOB, 0): 0.0}
    assert [(share.label, share.count) for share in party.reveal(round_id).shares] == [("right", 1), ("wrong", 2)]


async def test_what_is_not_in_english_is_not_judged(party: Party) -> None:
    round_id = await party.begin(ANN, BOB)
    await party.answers(
        round_id,
        {
            ANN: "Die L1-Strafe setzt einige Gewichte genau auf null, während die L2-Strafe alle Gewichte nur "
            "verkleinert, ohne dass eines davon ganz verschwindet, und deshalb nimmt man sie für die Auswahl.",
            BOB: "I have really no idea about this one, sorry, I would have to look it up in a book somewhere.",
        },
    )
    await party.pass_time(LATE_S)
    await party.check(round_id)
    record = await party.groups.record(round_id)
    grade = record.grade(0, ANN)
    assert grade is not None
    assert grade.gate is Gate.LANGUAGE
    assert set(party.book.of(round_id)) == {(HOST, 0), (BOB, 0)}
    card = party.reveal(round_id)
    assert Share("not graded", 1) in card.shares
    assert PersonScore(ANN, None, True) in card.scores
    assert all(point.of == 1 for point in card.missed), "of Bob's answer alone"


async def test_what_the_grader_fails_on_is_left_out(party: Party, grader: ScriptedGrader) -> None:
    round_id = await party.begin(ANN, BOB)
    await party.answers(round_id, {ANN: "crash", BOB: "60%", HOST: "nan%"})
    state = await party.check(round_id)
    assert state.phase is Phase.FINISHED
    assert party.book.of(round_id) == {(BOB, 0): 0.6}
    assert [line.user for line in board(state)] == [BOB]
    card = own_feedback(await party.groups.record(round_id), 0, ANN)
    assert card is not None
    assert (card.score, card.grade) == (None, None)


async def test_an_ungraded_number_is_not_called_wrong(party: Party, grader: ScriptedGrader) -> None:
    round_id = await party.begin(ANN, BOB, wanted=Format.NUMERIC)
    await party.answers(round_id, {ANN: "crash 1", BOB: "100% 2", HOST: "50% 3"})
    assert [(share.label, share.count) for share in party.reveal(round_id).shares] == [
        ("right", 1), ("close", 1), ("wrong", 0), ("not graded", 1),
    ]  # fmt: skip


async def test_who_was_erased_before_the_grade_is_scored_zero_and_stops_nothing(
    party: Party, grader: ScriptedGrader
) -> None:
    round_id = await party.begin(ANN)
    await party.groups.answer(round_id, by=ANN, turn=1, text="90%", source="interaction:1")
    async with party.store.write() as connection:
        await connection.execute(delete(attempts_table))
    await party.show(round_id)
    await party.answers(round_id, {HOST: "50%"})
    await party.check(round_id)
    assert party.book.of(round_id) == {(HOST, 0): 0.5, (ANN, 0): 0.0}
    assert party.reveal(round_id).best is None


async def test_a_question_that_somebody_met_before_is_graded_as_such(party: Party, grader: ScriptedGrader) -> None:
    for _ in range(2):
        round_id = await party.begin(ANN, BOB, wanted=Format.MULTIPLE_CHOICE)
        await party.answers(round_id, {ANN: "b"})
        await party.pass_time(LATE_S)
    assert [context.seen_model_answer for context in grader.contexts] == [False, True]


async def test_a_round_that_is_not_there_says_so(party: Party) -> None:
    groups = party.groups
    for call in (
        groups.answer(77, by=ANN, turn=1, text="x", source="interaction:1"),
        groups.keep(77, by=ANN, turn=1, text="x", source="interaction:1"),
        groups.submit_kept(77, by=ANN, turn=1, attempt=5),
        groups.join(77, by=ANN),
        groups.begin(77, by=ANN),
        groups.record(77),
        groups.load(77),
    ):
        with pytest.raises(NoRoundError):
            await call
    assert await groups.carry_out(77)


# Code


async def test_what_the_judge_fails_on_does_not_count_and_may_be_sent_again(party: Party) -> None:
    round_id = await party.begin(ANN, kind=Kind.CODE)
    await party.answers(round_id, {ANN: program("IE")})
    entry = await party.entry(round_id, ANN)
    assert (entry.waiting, entry.over, entry.score) == (False, False, None)
    await party.answers(round_id, {ANN: program("AC"), HOST: program("IE")})
    await party.pass_time(LATE_S)
    await party.check(round_id)
    assert party.book.of(round_id) == {(ANN, 0): 1.0}, "a failure of ours is no failed try; the host's is left out"
    assert party.reveal(round_id).shares == (
        Share("accepted", 1, True), Share("partly right", 0), Share("nothing passed", 0), Share("not graded", 1),
    )  # fmt: skip
    assert [attempt.score for attempt in await party.attempts(round_id)] == [None, 1.0, None]


async def test_a_judge_that_breaks_down_is_asked_again_by_the_waker(
    party: Party, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    round_id = await party.begin(ANN, kind=Kind.CODE)

    async def broken(task: CodeTask, code: str, **_: object) -> Judged:
        raise RuntimeError("the judge broke down")

    monkeypatch.setattr(party.judge, "judge", broken)
    await party.answers(round_id, {ANN: program("AC")})
    assert "could not be judged" in caplog.text
    monkeypatch.undo()
    await party.pass_time(RETRY_S - 1)
    assert (await party.entry(round_id, ANN)).waiting
    await party.pass_time(2)
    assert (await party.entry(round_id, ANN)).score == 1.0


async def test_a_submission_while_the_last_one_runs_is_kept_for_later(party: Party) -> None:
    round_id = await party.begin(ANN, kind=Kind.CODE)
    party.judge.gate = asyncio.Event()
    first = await party.groups.answer(round_id, by=ANN, turn=1, text=program("WA 30%"), source="interaction:1")
    await party.groups.carry_out(round_id)
    await party.judge.waiting.acquire()
    assert first.attempt is not None
    assert party.groups.judgement(first.attempt.id) is not None
    taken = await party.groups.answer(round_id, by=ANN, turn=1, text=program("AC"), source="interaction:2")
    assert taken.replies == (Reply.STILL_RUNNING,)
    party.judge.gate.set()
    await party.groups.settled()
    again = await party.answer(round_id, ANN, program("AC"), source="interaction:2")
    assert again.replies == (), "the same form, now that it can be judged"
    assert party.judge.judged == [program("WA 30%"), program("AC")]
    assert (await party.entry(round_id, ANN)).score == 0.95


async def test_a_program_that_was_run_on_the_samples_is_submitted_once(party: Party) -> None:
    round_id = await party.begin(ANN, kind=Kind.CODE)
    kept = await party.groups.keep(round_id, by=ANN, turn=1, text=program("WA 50%"), source="interaction:1")
    assert kept.attempt is not None
    card = await party.groups.run_samples(kept)
    assert (card.attempt, card.verdict.code) == (kept.attempt.id, Code.WA)
    assert (await party.entry(round_id, ANN)).attempts == ()
    stolen = await party.groups.submit_kept(round_id, by=HOST, turn=1, attempt=kept.attempt.id)
    assert (stolen.attempt, stolen.replies) == (None, (Reply.NOT_IN_ROUND,))
    for _ in range(2):
        taken = await party.groups.submit_kept(round_id, by=ANN, turn=1, attempt=kept.attempt.id)
        assert taken.replies == ()
        await party.show(round_id)
    entry = await party.entry(round_id, ANN)
    assert (len(entry.attempts), entry.score) == (1, 0.5)


async def test_samples_are_for_tasks_alone_and_for_who_is_in_it(party: Party, grader: ScriptedGrader) -> None:
    quiz = await party.begin(ANN)
    with pytest.raises(UserError, match="no samples"):
        await party.groups.keep(quiz, by=ANN, turn=1, text="x", source="interaction:1")
    coding = await party.begin(ANN, kind=Kind.CODE)
    kept = await party.groups.keep(coding, by=BOB, turn=1, text="x", source="interaction:1")
    assert (kept.attempt, kept.replies) == (None, (Reply.NOT_IN_ROUND,))


async def test_being_done_needs_a_try_and_ends_the_task_for_one_person(party: Party) -> None:
    round_id = await party.begin(ANN, kind=Kind.CODE)
    assert (await party.groups.done(round_id, by=ANN, turn=1)).replies == (Reply.NO_TRY_YET,)
    await party.answers(round_id, {ANN: program("WA 20%")})
    assert (await party.groups.done(round_id, by=ANN, turn=1)).replies == ()
    assert (await party.answer(round_id, ANN, program("AC"))).replies == (Reply.ALREADY_ANSWERED,)
    await party.answers(round_id, {HOST: program("AC")})
    await party.check(round_id)
    assert party.book.of(round_id) == {(HOST, 0): 1.0, (ANN, 0): 0.2}


async def test_time_that_is_up_waits_for_the_verdict_of_what_was_sent(party: Party) -> None:
    round_id = await party.begin(ANN, kind=Kind.CODE)
    party.judge.gate = asyncio.Event()
    await party.groups.answer(round_id, by=ANN, turn=1, text=program("AC"), source="interaction:1")
    await party.groups.carry_out(round_id)
    await party.judge.waiting.acquire()
    party.clock.move(LATE_S)
    await party.pulse.tick()
    assert await party.phase(round_id) is Phase.CLOSING
    card = party.card(round_id, "ask:1")
    assert isinstance(card, GroupAskCard)
    assert (card.closing, card.deadline) == (True, None)
    party.judge.gate.set()
    await party.groups.settled()
    await party.check(round_id)
    assert party.book.of(round_id) == {(HOST, 0): 0.0, (ANN, 0): 1.0}


async def test_what_was_drawn_is_kept_with_the_submission(party: Party) -> None:
    round_id = await party.begin(ANN, kind=Kind.CODE)
    await party.answers(round_id, {ANN: program("WA 50% draw")})
    [attempt] = await party.attempts(round_id)
    judged = party.groups.judgement(attempt.id)
    assert judged is not None, "its author may not have been told yet"
    assert [file.content for file in judged.pictures] == list(PICTURES)
    async with party.store.read() as connection:
        pictures = await round_store.pictures_of(connection, round_id)
    assert list(pictures.values()) == [PICTURES]


async def test_each_task_is_shown_with_its_own_limits(party: Party, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first task's message is edited when the second is open already."""

    async def facts(task: CodeTask) -> Facts:
        return Facts(len(task.title), 128)

    monkeypatch.setattr(party.judge, "facts", facts)
    round_id = await party.begin(ANN, kind=Kind.CODE, count=2)
    await party.answers(round_id, {ANN: program("AC")})
    party.poster.failures.extend(PostError("Discord is down") for _ in range(2))
    await party.answers(round_id, {HOST: program("AC")})
    assert ask_of(party, round_id).deadline is not None, "its last edits have failed"
    await party.advance(round_id)
    first, second = ask_of(party, round_id, 1), ask_of(party, round_id, 2)
    assert first.outcome is Outcome.ANSWERED
    assert first.facts is not None
    assert second.facts is not None
    assert first.facts.time_s != second.facts.time_s
    await party.check(round_id)


# Restarts


async def _lobby(party: Party) -> int:
    return await party.open(ANN, BOB, count=2)


async def _asking(party: Party) -> int:
    return await party.begin(ANN, BOB, count=2)


async def _ungraded(party: Party) -> int:
    """Killed after an answer was kept, and before it was graded."""
    round_id = await _asking(party)
    await party.groups.answer(round_id, by=ANN, turn=1, text="70%", source="interaction:1")
    return round_id


async def _closing(party: Party) -> int:
    """Killed with all answers there, none graded."""
    round_id = await _ungraded(party)
    for by in (HOST, BOB):
        await party.groups.answer(round_id, by=by, turn=1, text="30%", source=f"interaction:2-{by}")
    assert await party.phase(round_id) is Phase.CLOSING
    return round_id


async def _unshown(party: Party) -> int:
    """Killed when all was graded, and nothing of it shown."""
    round_id = await _asking(party)
    party.poster.failures.extend(PostError("Discord is down") for _ in range(3))
    await party.answers(round_id, {HOST: "10%", ANN: "20%", BOB: "30%"})
    party.poster.failures.clear()
    assert await party.phase(round_id) is Phase.REVEALED
    return round_id


async def _revealed(party: Party) -> int:
    round_id = await _asking(party)
    await party.answers(round_id, {HOST: "10%", ANN: "20%", BOB: "30%"})
    return round_id


async def _finished(party: Party) -> int:
    """Killed at the end, before the board was shown."""
    round_id = await _revealed(party)
    await party.groups.end(round_id, by=HOST)
    return round_id


REACH: list[Callable[[Party], Awaitable[int]]] = [_lobby, _asking, _ungraded, _closing, _unshown, _revealed, _finished]


@pytest.mark.parametrize("reach", REACH, ids=lambda reach: reach.__name__.strip("_"))
async def test_after_a_restart_the_round_goes_on_to_its_end(
    party: Party, grader: ScriptedGrader, reach: Callable[[Party], Awaitable[int]]
) -> None:
    round_id = await reach(party)
    before = await party.state(round_id)
    party = await party.restart(away=30)
    await party.check(round_id)
    state = await party.state(round_id)
    if before.phase is Phase.ASKING:
        assert state.current.deadline == before.current.deadline + timedelta(seconds=30)
    if state.phase is Phase.LOBBY:
        await party.groups.begin(round_id, by=HOST)
        await party.show(round_id)
    while (state := await party.state(round_id)).phase is not Phase.FINISHED:
        if state.phase is Phase.REVEALED:
            await party.advance(round_id)
        party = await party.restart(away=5)
        await party.pass_time(LATE_S)
    await party.check(round_id)
    if reach in {_closing, _ungraded}:
        assert party.book.of(round_id)[ANN, 0] == 0.7


async def test_a_process_killed_while_it_grades_leaves_the_grade_to_the_next(
    party: Party, grader: ScriptedGrader, monkeypatch: pytest.MonkeyPatch
) -> None:
    round_id = await party.begin(ANN, BOB)
    began = asyncio.Event()

    async def hang(*_: object) -> Grade | None:
        began.set()
        await asyncio.get_running_loop().create_future()

    monkeypatch.setattr(groups_module, "graded", hang)
    for by in (HOST, ANN, BOB):
        await party.groups.answer(round_id, by=by, turn=1, text="60%", source=f"interaction:{by}")
    grading = asyncio.create_task(party.groups.carry_out(round_id))
    await began.wait()
    grading.cancel()
    monkeypatch.undo()
    monkeypatch.setattr("bot.services.grading.grade_text", grader)
    party = await party.restart(away=3)
    state = await party.check(round_id)
    assert state.phase is Phase.FINISHED
    assert set(party.book.of(round_id).values()) == {0.6}


async def test_a_process_killed_while_it_judges_leaves_the_verdict_to_the_next(party: Party) -> None:
    round_id = await party.begin(ANN, BOB, kind=Kind.CODE)
    party.judge.gate = asyncio.Event()
    for by in (ANN, BOB):
        await party.groups.answer(round_id, by=by, turn=1, text=program("AC"), source=f"interaction:{by}")
    await party.groups.carry_out(round_id)
    await party.judge.waiting.acquire()
    await party.judge.waiting.acquire()
    await party.groups.rest()
    party = await party.restart(away=3)
    await party.groups.settled()
    assert party.judge.judged == [program("AC")] * 2
    await party.pass_time(LATE_S)
    await party.check(round_id)
    assert party.book.of(round_id) == {(HOST, 0): 0.0, (ANN, 0): 1.0, (BOB, 0): 1.0}


async def test_two_processes_grade_and_note_everything_once(
    party: Party, second: Party, grader: ScriptedGrader
) -> None:
    round_id = await party.begin(ANN, BOB)
    for by in (HOST, ANN, BOB):
        await party.groups.answer(round_id, by=by, turn=1, text="60%", source=f"interaction:{by}")
    await asyncio.gather(*(process.groups.carry_out(round_id) for process in (party, second)))
    await party.pass_time(RETRY_S)
    await second.pass_time(RETRY_S)
    await party.check(round_id)
    assert len(party.book.noted) == 3


async def test_an_outage_takes_no_time_from_anybody(party: Party, grader: ScriptedGrader) -> None:
    round_id = await party.begin(ANN)
    await party.pulse.note_alive()
    party = await party.restart(away=3600)
    await party.answers(round_id, {ANN: "70%"})
    state = await party.state(round_id)
    assert state.phase is Phase.ASKING
    assert not state.vacant, "the host could do nothing, too"


# Several rounds


async def test_groups_in_one_channel_and_one_server_do_not_disturb_each_other(
    party: Party, grader: ScriptedGrader
) -> None:
    here = await party.begin(ANN, BOB, count=3)
    beside = await party.begin(ANN, CARL, host=DORA, count=3)
    elsewhere = await party.begin(BOB, place=Place(SERVER, 71, Surface.CHANNEL), kind=Kind.CODE, limit_s=3600)
    await party.answers(here, {HOST: "10%", ANN: "20%"})
    await party.answers(beside, {ANN: "90%", CARL: "80%"})
    await party.answers(elsewhere, {BOB: program("WA 50%")})
    assert (await party.groups.skip(beside, by=HOST, turn=1)).replies == (Reply.NOT_HOST,)
    await party.answers(here, {BOB: "30%"})
    assert await party.phase(here) is Phase.REVEALED
    assert await party.phase(beside) is Phase.ASKING
    await party.groups.end(here, by=HOST)
    await party.show(here)
    await party.answers(beside, {DORA: "70%"})
    await party.answers(elsewhere, {BOB: program("AC"), HOST: program("CE")})
    for round_id in (here, beside, elsewhere):
        await party.check(round_id)
    assert party.book.of(here) == {(HOST, 0): 0.1, (ANN, 0): 0.2, (BOB, 0): 0.3}
    assert party.book.of(beside) == {(DORA, 0): 0.7, (ANN, 0): 0.9, (CARL, 0): 0.8}
    assert await party.phase(elsewhere) is Phase.ASKING, "the host has tries left"
    channels = {
        m.channel_id: {m.card.round_id for m in party.poster.posted(m.channel_id)} for m in party.poster.messages
    }
    assert channels == {CHANNEL: {here, beside}, 71: {elsewhere}}


# The live line


async def test_many_answers_in_one_second_cause_few_edits_and_the_last_state_is_shown_soon(
    party: Party, grader: ScriptedGrader, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int] = []

    async def load(connection: Any, bank: Bank, round_id: int) -> GroupRecord | None:
        looks.append(round_id)
        return await load_group(connection, bank, round_id)

    crowd = list(range(2, 22))
    round_id = await party.begin(*crowd)
    await party.pass_time(5)
    before = party.poster.edits
    for by in crowd:
        await party.groups.answer(round_id, by=by, turn=1, text="50%", source=f"interaction:{by}")
    monkeypatch.setattr(groups_module, "load_group", load)
    for _ in crowd:
        party.groups.carry_out_later(round_id)
    await party.groups.settled()
    assert len(looks) <= 4, "the round is carried out once or twice for all of them"
    assert party.poster.edits - before == 1
    for by in (HOST,):
        assert by in ask_of(party, round_id).waiting
    shown_after = 0
    while len(ask_of(party, round_id).ready) < len(crowd):
        await party.pass_time(1)
        shown_after += 1
        assert shown_after <= 3
    assert party.poster.edits - before <= 2
    edits = party.poster.edits
    await party.pass_time(10)
    assert party.poster.edits == edits, "nothing changes any more"


def ask_of(party: Party, round_id: int, turn: int = 1) -> GroupAskCard:
    card = party.card(round_id, f"ask:{turn}")
    assert isinstance(card, GroupAskCard)
    return card


async def test_answers_that_trickle_in_are_shown_no_more_often_than_every_two_seconds(
    party: Party, grader: ScriptedGrader
) -> None:
    crowd = list(range(2, 14))
    round_id = await party.begin(*crowd)
    await party.pass_time(5)
    before = party.poster.edits
    for by in crowd:
        await party.answer(round_id, by, "50%")
        await party.pass_time(0.5)
    took_s = len(crowd) * 0.5
    assert party.poster.edits - before <= took_s / LIVE.total_seconds() + 1
    await party.pass_time(3)
    assert len(ask_of(party, round_id).ready) == len(crowd)


async def test_what_is_no_count_is_shown_at_once(party: Party, grader: ScriptedGrader) -> None:
    round_id = await party.begin(ANN, BOB, CARL)
    await party.answers(round_id, {ANN: "50%", BOB: "50%"})
    assert ask_of(party, round_id).ready == (ANN,), "Bob's part of it waits"
    await party.groups.add_time(round_id, by=HOST, turn=1, seconds=60)
    await party.show(round_id)
    assert ask_of(party, round_id).ready == (ANN, BOB)
    await party.answers(round_id, {CARL: "50%", HOST: "20%"})
    assert ask_of(party, round_id).outcome is Outcome.ANSWERED
    assert party.keys(round_id)[-1] == "final:1"


# Quotes, and what most missed


async def consent(party: Party, **answers: bool) -> None:
    for name, allowed in answers.items():
        await party.people.set_quotes({"ann": ANN, "bob": BOB, "host": HOST}[name], allowed)


async def test_the_best_answer_of_those_who_agreed_is_quoted(party: Party, grader: ScriptedGrader) -> None:
    round_id = await party.begin(ANN, BOB, CARL)
    await consent(party, ann=True, host=True, bob=False)
    await party.answers(round_id, {HOST: "70% mine", ANN: "90% hers", BOB: "100% his", CARL: "95% not asked"})
    quoted = party.reveal(round_id).best
    assert quoted is not None
    assert (quoted.user, quoted.text, quoted.score) == (ANN, "90% hers", 0.9)


async def test_of_equally_good_answers_the_first_is_quoted(party: Party, grader: ScriptedGrader) -> None:
    round_id = await party.begin(ANN, BOB)
    await consent(party, ann=True, bob=True)
    await party.answers(round_id, {BOB: "90% first", ANN: "90% second", HOST: "10%"})
    quoted = party.reveal(round_id).best
    assert quoted is not None
    assert quoted.user == BOB


async def test_without_consent_or_a_good_answer_nobody_is_quoted(party: Party, grader: ScriptedGrader) -> None:
    round_id = await party.begin(ANN)
    await consent(party, ann=True)
    await party.answers(round_id, {HOST: "90%", ANN: "59%"})
    assert party.reveal(round_id).best is None


async def test_who_takes_their_consent_back_is_no_longer_quoted(party: Party, grader: ScriptedGrader) -> None:
    round_id = await party.begin(ANN, count=3)
    await consent(party, ann=True)
    await party.answers(round_id, {HOST: "10%", ANN: "90% hers"})
    assert party.reveal(round_id).best is not None
    await consent(party, ann=False)
    await party.advance(round_id)
    assert party.reveal(round_id).best is None, "the message is edited when the round goes on"
    later = await party.begin(ANN)
    await party.answers(later, {HOST: "10%", ANN: "90% hers"})
    assert party.reveal(later).best is None


async def test_the_code_that_is_quoted_is_the_best_submission(party: Party) -> None:
    round_id = await party.begin(ANN, kind=Kind.CODE)
    await consent(party, ann=True)
    await party.answers(round_id, {ANN: program("WA 80%"), HOST: program("CE")})
    await party.answers(round_id, {ANN: program("WA 10%")})
    await party.pass_time(LATE_S)
    quoted = party.reveal(round_id).best
    assert quoted is not None
    assert (quoted.text, quoted.score, quoted.code) == (program("WA 80%"), 0.8, True)


async def test_points_that_at_least_half_missed_are_told_the_most_missed_first(party: Party) -> None:
    round_id = await party.begin(ANN, BOB, CARL)
    record = await party.groups.record(round_id)
    question = record.question(0)
    assert isinstance(question, FreeText)
    partial = next(answer.text for answer in question.calibration_answers if answer.label == "partial")
    await party.answers(
        round_id, {ANN: best(question, 0), BOB: partial, CARL: wrong(question), HOST: partial + " Truly so."}
    )
    claims = {point.id: point.claim for point in question.key_points}
    assert party.reveal(round_id).missed == (
        MissedPoint(claims["l2-shrinks"], 3, 4), MissedPoint(claims["correlated"], 3, 4),
    )  # fmt: skip


# Alike answers


LONG = (
    "With an absolute penalty the optimum often lies on an axis, so some weights become exactly zero, while the "
    "squared penalty pulls all of them towards zero by a factor and none of them vanishes."
)


async def test_alike_answers_are_found_once_they_are_revealed_and_count_against_nobody(
    party: Party, grader: ScriptedGrader
) -> None:
    round_id = await party.begin(ANN, BOB, CARL)
    await party.answers(round_id, {ANN: LONG + " 50%", BOB: LONG.upper() + "  50%", CARL: "50% " + LONG[::-1]})
    assert await party.groups.alike(await party.groups.record(round_id), 0) == ()
    await party.answers(round_id, {HOST: "50%"})
    [pair] = await party.groups.alike(await party.groups.record(round_id), 0)
    assert (pair.first, pair.second) == (ANN, BOB)
    assert pair.similarity > 95
    assert set(party.book.of(round_id).values()) == {0.5}


async def test_equal_choices_and_short_answers_are_nothing_unusual(party: Party, grader: ScriptedGrader) -> None:
    choice = await party.begin(ANN, wanted=Format.MULTIPLE_CHOICE)
    await party.answers(choice, {ANN: "a", HOST: "a"})
    short = await party.begin(ANN)
    await party.answers(short, {ANN: "Lasso. 50%", HOST: "Lasso. 50%"})
    for round_id in (choice, short):
        assert await party.groups.alike(await party.groups.record(round_id), 0) == ()


# Own feedback


async def test_feedback_is_for_who_was_in_the_question(party: Party, grader: ScriptedGrader) -> None:
    round_id = await party.begin(ANN, BOB)
    await party.answers(round_id, {ANN: "80%"})
    await party.pass_time(LATE_S)
    record = await party.groups.record(round_id)
    mine, silent = own_feedback(record, 0, ANN), own_feedback(record, 0, BOB)
    assert mine is not None
    assert (mine.score, mine.outcome) == (0.8, Outcome.ANSWERED)
    assert silent is not None
    assert (silent.score, silent.outcome, silent.grade) == (0.0, Outcome.TIMED_OUT, None)
    assert own_feedback(record, 0, STRANGER) is None


# The final picture


async def test_the_final_board_is_drawn_once_with_everybodys_name(
    store: Store, bank: Bank, clock: ManualClock, poster: RecordingPoster, grader: ScriptedGrader
) -> None:
    drawn: list[int] = []

    def draw(record: GroupRecord) -> tuple[CardFile, str]:
        drawn.append(record.row.id)
        return drawn_board(record)

    party = Party(store, with_more(bank), clock, poster, draw=draw)
    round_id = await party.begin(ANN, BOB, count=3)
    async with store.write() as connection:
        await people.set_name(connection, ANN, "Ann")
        await people.set_name(connection, BOB, "山田")
    await party.answers(round_id, {ANN: "90%", BOB: "40%", HOST: "60%"})
    await party.advance(round_id)
    await party.groups.skip(round_id, by=HOST, turn=2)
    await party.show(round_id)
    assert drawn == []
    await party.groups.end(round_id, by=HOST)
    await party.show(round_id)
    final = party.card(round_id, "final:2")
    assert isinstance(final, FinalCard)
    [file] = final.files
    assert file.content.startswith(b"\x89PNG")
    for words in ("1. Ann with 90", "2. somebody with 60", "3. 山田 with 40", "Of 100 points"):
        assert words in final.alt
    assert [line.mean for line in final.lines] == [pytest.approx(190 / 300), None]
    await party.show(round_id)
    party = await party.restart()
    await party.show(round_id)
    assert drawn == [round_id]
    await party.check(round_id)


async def test_a_board_that_cannot_be_drawn_is_shown_without_a_picture(
    store: Store, bank: Bank, clock: ManualClock, poster: RecordingPoster, grader: ScriptedGrader
) -> None:
    def draw(record: GroupRecord) -> tuple[CardFile, str]:
        raise RuntimeError("no font")

    party = Party(store, with_more(bank), clock, poster, draw=draw)
    round_id = await party.begin(ANN)
    await party.answers(round_id, {ANN: "90%", HOST: "10%"})
    final = party.card(round_id, "final:1")
    assert isinstance(final, FinalCard)
    assert (final.files, len(final.board)) == ((), 2)


async def test_where_nothing_was_scored_nothing_is_drawn(
    store: Store, bank: Bank, clock: ManualClock, poster: RecordingPoster
) -> None:
    party = Party(store, with_more(bank), clock, poster, draw=drawn_board)
    round_id = await party.begin(ANN)
    await party.groups.end(round_id, by=HOST)
    await party.show(round_id)
    final = party.card(round_id, "final:1")
    assert isinstance(final, FinalCard)
    assert (final.files, final.board) == ((), ())
