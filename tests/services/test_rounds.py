"""Rounds as people play them, on a real database and a stand-in for Discord."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Sequence
from datetime import timedelta

import pytest

from bot.errors import UserError
from bot.rounds.dialogue import GRACE, Outcome, Phase, Reply
from bot.rounds.events import Answered, Extended, Kind, Mode, TimedOut
from bot.services.cards import AskCard, Card, FeedbackCard, SummaryCard
from bot.services.carrying import RETRY, NoRoundError
from bot.services.posting import MessageRef, NoInteractionError, PlaceGoneError, PostError
from bot.services.rounds import ANSWER_LIMIT, NotAChoiceError, Rounds
from bot.services.servers import Servers
from bot.services.starting import COOLDOWN, ROUNDS_A_PERSON, ROUNDS_A_SERVER, Format, Wish
from bot.store.rounds import Place, Surface, messages_of
from bot.store.schema import reports as reports_table
from bot.store.schema import rounds as rounds_table
from questions.bank import Bank, Choice
from questions.kinds import AnyQuestion
from questions.loader import load_text
from questions.model import Level
from tests.clock import START
from tests.conftest import BANK
from tests.services.conftest import DM, OTHER, OWNER, ScriptedGrader, Table
from tests.services.recorder import RecordingPoster

CHANNEL = DM.channel_id
LIMIT = 60
RETRY_S = RETRY.total_seconds()


# Whole rounds


@pytest.mark.parametrize("mode", Mode)
async def test_a_whole_quiz_with_the_best_answers_is_a_strong_yes(table: Table, mode: Mode) -> None:
    round_id = await table.start(wanted=Format.MIXED, count=3, mode=mode)
    for _ in range(30):
        record = await table.rounds.record(round_id)
        state = record.state
        if state.phase is Phase.FINISHED:
            break
        if state.phase is Phase.REVIEWING:
            await table.advance(round_id)
        elif state.current.probe is not None:
            await table.rounds.skip(round_id, by=OWNER, turn=state.turn)
            await table.rounds.carry_out(round_id)
        else:
            item = state.items[state.current.item]
            best = table.best(record.question(state.current.item), item.variant)
            assert (await table.answer(round_id, best)).replies == ()
        await table.check_shown(round_id)
    row = await table.row(round_id)
    assert row.state.phase is Phase.FINISHED
    assert len({item.question for item in row.state.items}) == 3
    assert row.state.score is not None
    assert row.state.score >= 0.8
    last = table.poster.posted(CHANNEL)[-1].card
    assert isinstance(last, SummaryCard)
    assert last.score == row.state.score
    assert all(attempt.grade is not None for attempt in await table.attempts(round_id))


async def test_a_whole_behavioral_round_probes_and_ends_in_a_self_rating(table: Table) -> None:
    round_id = await table.start(kind=Kind.BEHAVIORAL)
    await table.answer(
        round_id,
        "Last spring our team planned to replace the churn model before a campaign. My colleague wanted to ship it at "
        "once, and I was responsible for the evaluation of the model.",
    )
    row = await table.row(round_id)
    assert (row.state.phase, row.state.turn) == (Phase.ASKING, 1)
    asked = table.poster.posted(CHANNEL)[-1].card
    assert isinstance(asked, AskCard)
    assert asked.followup
    question = (await table.rounds.record(round_id)).question(0)
    await table.answer(round_id, table.best(question, 0))
    for _ in range(3):
        row = await table.row(round_id)
        if row.state.phase is Phase.ASKING:
            await table.rounds.skip(round_id, by=OWNER, turn=row.state.turn)
            await table.rounds.carry_out(round_id)
    assert (await table.rounds.rate_self(round_id, by=OWNER, band=3)).replies == ()
    await table.rounds.carry_out(round_id)
    await table.check_shown(round_id)
    last = table.poster.posted(CHANNEL)[-1].card
    assert isinstance(last, SummaryCard)
    assert last.self_rating == 3
    assert last.story is not None


async def test_follow_ups_know_what_was_said_before(table: Table, grader: ScriptedGrader) -> None:
    round_id = await table.start(count=1)
    await table.rounds.hint(round_id, by=OWNER, turn=0)
    await table.answer(round_id, "30% ?p1 ?p2")
    await table.answer(round_id, "50% ?p1 ?p2")
    await table.answer(round_id, "70%")
    first, second, third = grader.contexts
    assert (first.probe, first.hints, first.earlier) == (None, 1, ())
    assert (second.probe, [turn.answer for turn in second.earlier]) == ("p1", ["30% ?p1 ?p2"])
    assert (third.probe, [turn.probe for turn in third.earlier]) == ("p2", [None, "p1"])
    assert table.poster.keys(CHANNEL) == ["ask:0", "ask:1", "ask:2", "feedback:2", "summary:2"]
    asked = table.poster.posted(CHANNEL)[2].card
    assert isinstance(asked, AskCard)
    assert asked.followup == "What about p2?"
    assert (await table.row(round_id)).state.score == 0.7
    await table.check_shown(round_id)


async def test_a_short_answer_may_be_expanded(table: Table, grader: ScriptedGrader) -> None:
    round_id = await table.start()
    await table.answer(round_id, "10% short")
    assert table.poster.keys(CHANNEL) == ["ask:0", "expand:0"]
    await table.check_shown(round_id)
    await table.answer(round_id, "90%")
    assert (await table.row(round_id)).state.score == 0.9
    assert grader.contexts[1].earlier == ()
    await table.check_shown(round_id)


async def test_a_short_answer_may_stay_as_it_is(table: Table, grader: ScriptedGrader) -> None:
    round_id = await table.start()
    assert (await table.rounds.accept_draft(round_id, by=OWNER, turn=0)).replies == (Reply.STALE,)
    await table.answer(round_id, "10% short")
    assert (await table.rounds.accept_draft(round_id, by=OTHER, turn=0)).replies == (Reply.NOT_YOURS,)
    assert (await table.rounds.accept_draft(round_id, by=OWNER, turn=0)).replies == ()
    await table.rounds.carry_out(round_id)
    assert (await table.row(round_id)).state.score == 0.1
    assert len(await table.attempts(round_id)) == 1
    await table.check_shown(round_id)


# Answers


async def test_the_same_message_twice_is_one_answer(table: Table, grader: ScriptedGrader) -> None:
    round_id = await table.start()
    assert (await table.answer(round_id, "50% ?p1", source="message:1")).replies == ()
    assert (await table.answer(round_id, "50% ?p1", source="message:1")).replies == ()
    assert len(await table.attempts(round_id)) == 1
    assert (await table.row(round_id)).state.turn == 1


async def test_of_two_answers_at_once_one_counts_and_both_are_kept(
    table: Table, second: Table, grader: ScriptedGrader
) -> None:
    round_id = await table.start()
    outcomes = await asyncio.gather(
        table.rounds.answer(round_id, by=OWNER, text="40%", source="message:1", turn=0),
        second.rounds.answer(round_id, by=OWNER, text="60%", source="message:2", turn=0),
    )
    assert sorted(outcome.replies for outcome in outcomes) == [(), (Reply.ALREADY_ANSWERED,)]
    await table.rounds.carry_out(round_id)
    attempts = await table.attempts(round_id)
    assert len(attempts) == 2
    assert [attempt.grade is not None for attempt in attempts].count(True) == 1
    await table.check_shown(round_id)


async def test_somebody_elses_answer_is_not_kept(table: Table) -> None:
    round_id = await table.start()
    outcome = await table.rounds.answer(round_id, by=OTHER, text="mine", source="message:1")
    assert outcome.replies == (Reply.NOT_YOURS,)
    assert await table.attempts(round_id) == []


@pytest.mark.parametrize("turn", [-1, 1, 99])
async def test_an_answer_to_a_turn_that_was_never_asked_is_stale(table: Table, turn: int) -> None:
    round_id = await table.start()
    assert (await table.answer(round_id, "x", turn=turn)).replies == (Reply.STALE,)
    assert (await table.row(round_id)).seq == 0


async def test_an_answer_to_an_earlier_turn_is_kept_there_and_not_scored(table: Table, grader: ScriptedGrader) -> None:
    round_id = await table.start()
    await table.answer(round_id, "40% ?p1")
    assert (await table.answer(round_id, "90%", turn=0)).replies == (Reply.ALREADY_ANSWERED,)
    kept = (await table.attempts(round_id))[1]
    assert (kept.text, kept.turn, kept.grade) == ("90%", 0, None)
    assert (await table.row(round_id)).state.turn == 1


async def test_an_answer_is_cut_to_what_a_form_holds_and_has_no_nul(table: Table, grader: ScriptedGrader) -> None:
    round_id = await table.start()
    await table.answer(round_id, "  a\0b " + "x" * 5000)
    text = (await table.attempts(round_id))[0].text
    assert text.startswith("ab x")
    assert len(text) == ANSWER_LIMIT


async def test_the_letter_that_is_shown_is_the_option_that_is_meant(table: Table) -> None:
    questions = BANK.read_text(encoding="utf-8").replace("shuffle: false", "shuffle: true")
    shuffled = Table(table.store, Bank(load_text(questions)), table.clock, table.poster)
    shuffled.rounds = Rounds(table.store, shuffled.bank, table.clock, table.poster, random.Random(3))
    round_id = await shuffled.start(wanted=Format.MULTIPLE_CHOICE)
    order = (await shuffled.row(round_id)).state.items[0].order
    assert order[1] != "b", "pick another seed"
    asked = table.poster.posted(CHANNEL)[-1].card
    assert isinstance(asked, AskCard)
    shown = next(option for option in asked.options if option.letter == "B")
    await shuffled.rounds.answer(round_id, by=OWNER, text="b", source="message:1")
    assert [attempt.text for attempt in await shuffled.attempts(round_id)] == [shown.id] == [order[1]]


async def test_an_article_is_no_choice(table: Table) -> None:
    round_id = await table.start(wanted=Format.MULTIPLE_CHOICE)
    with pytest.raises(NotAChoiceError):
        await table.rounds.answer(round_id, by=OWNER, text="A good question, let me think.", source="message:1")


@pytest.mark.parametrize(
    ("text", "option"),
    [
        ("B", "b"),
        ("(c)", "c"),
        ("d.", "d"),
        ("Option A", "a"),
        ("answer b", "b"),
        ("C because it is so", "c"),
        ("b: it is", "b"),
    ],
)
async def test_a_choice_may_be_typed(table: Table, text: str, option: str) -> None:
    round_id = await table.start(wanted=Format.MULTIPLE_CHOICE)
    await table.answer(round_id, text)
    assert [attempt.text for attempt in await table.attempts(round_id)] == [option]


async def test_a_button_names_the_option_itself(table: Table) -> None:
    round_id = await table.start(wanted=Format.MULTIPLE_CHOICE)
    await table.answer(round_id, "a", source="interaction:1")
    assert (await table.row(round_id)).state.score == 1.0


@pytest.mark.parametrize("text", ["I do not know", "e", "abc", "", "17"])
async def test_typed_text_that_names_no_option_is_refused_and_not_kept(table: Table, text: str) -> None:
    round_id = await table.start(wanted=Format.MULTIPLE_CHOICE)
    with pytest.raises(NotAChoiceError):
        await table.answer(round_id, text)
    assert await table.attempts(round_id) == []
    assert await table.phase(round_id) is Phase.ASKING


async def test_a_round_that_is_not_there_says_so(table: Table) -> None:
    for call in (
        table.rounds.answer(77, by=OWNER, text="x", source="message:1"),
        table.rounds.hint(77, by=OWNER, turn=0),
        table.rounds.load(77),
        table.rounds.record(77),
        table.rounds.resume(77, DM),
        table.rounds.report(77, by=OWNER, turn=0, text="x"),
    ):
        with pytest.raises(NoRoundError):
            await call
    await table.rounds.carry_out(77)


# Carrying out


async def test_carrying_out_twice_does_nothing_twice(table: Table, grader: ScriptedGrader) -> None:
    round_id = await table.start()
    await table.answer(round_id, "40% ?p1")
    sends, edits = table.poster.sends, table.poster.edits
    await table.rounds.carry_out(round_id)
    await asyncio.gather(*(table.rounds.carry_out(round_id) for _ in range(3)))
    await table.restart().rounds.carry_out(round_id)
    assert (table.poster.sends, table.poster.edits, len(grader.contexts)) == (sends, edits, 1)


async def test_carrying_out_at_once_posts_once(table: Table, poster: RecordingPoster) -> None:
    wish = Wish(OWNER, DM, Kind.QUIZ, Level.MID)
    row = await table.rounds.start(wish)
    poster.gate = asyncio.Event()
    both = asyncio.gather(table.rounds.carry_out(row.id), table.rounds.carry_out(row.id))
    await poster.waiting.acquire()
    poster.gate.set()
    await both
    assert poster.keys(CHANNEL) == ["ask:0"]
    assert poster.sends == 1


async def test_two_processes_that_carry_out_at_once_post_one_message(
    table: Table, second: Table, poster: RecordingPoster
) -> None:
    row = await table.rounds.start(Wish(OWNER, DM, Kind.QUIZ, Level.MID))
    poster.gate = asyncio.Event()
    first = asyncio.create_task(table.rounds.carry_out(row.id))
    await poster.waiting.acquire()
    other = asyncio.create_task(second.rounds.carry_out(row.id))
    await poster.waiting.acquire()
    poster.gate.set()
    await asyncio.gather(first, other)
    assert poster.keys(CHANNEL) == ["ask:0"]
    await table.check_shown(row.id)


async def test_a_message_whose_send_was_unclear_is_found_and_not_sent_again(
    table: Table, poster: RecordingPoster
) -> None:
    poster.lost_replies = 1
    poster.remembers_nonces = False
    round_id = await table.start()
    assert (poster.keys(CHANNEL), poster.sends, poster.searches) == (["ask:0"], 1, 0)
    table.clock.move(RETRY_S)
    await table.pulse.tick()
    assert (poster.keys(CHANNEL), poster.sends, poster.searches) == (["ask:0"], 1, 1)
    await table.check_shown(round_id)


async def test_a_found_message_that_looks_out_of_date_is_edited(table: Table, poster: RecordingPoster) -> None:
    poster.lost_replies = 1
    round_id = await table.start()
    await table.rounds.hint(round_id, by=OWNER, turn=0)
    await table.rounds.carry_out(round_id)
    assert (poster.sends, poster.edits) == (1, 1)
    shown = poster.posted(CHANNEL)[0].card
    assert isinstance(shown, AskCard)
    assert len(shown.hints) == 1
    await table.check_shown(round_id)


async def test_a_message_that_never_arrived_is_sent_again_under_the_same_nonce(
    table: Table, poster: RecordingPoster
) -> None:
    poster.failures.append(PostError("503"))
    round_id = await table.start()
    assert poster.keys(CHANNEL) == []
    async with table.store.read() as connection:
        noted = (await messages_of(connection, round_id))["ask:0"]
    table.clock.move(RETRY_S)
    await table.pulse.tick()
    assert poster.keys(CHANNEL) == ["ask:0"]
    assert poster.posted(CHANNEL)[0].nonce == noted.nonce
    assert 0 < len(noted.nonce) <= 25, "Discord takes at most 25 characters"
    await table.check_shown(round_id)


async def test_a_failed_post_is_tried_again_only_after_a_while(table: Table, poster: RecordingPoster) -> None:
    poster.failures.append(PostError("503"))
    round_id = await table.start()
    table.clock.move(RETRY_S - 1)
    await table.pulse.tick()
    assert (poster.keys(CHANNEL), poster.sends) == ([], 1)
    poster.failures.append(PostError("503"))
    table.clock.move(1)
    await table.pulse.tick()
    assert (poster.keys(CHANNEL), poster.sends) == ([], 2)
    table.clock.move(RETRY_S)
    await table.pulse.tick()
    await table.check_shown(round_id)
    table.clock.move(10 * RETRY_S)
    sends = poster.sends
    await table.pulse.tick()
    assert poster.sends == sends


async def test_a_failed_edit_holds_up_nothing_and_is_tried_again(
    table: Table, poster: RecordingPoster, grader: ScriptedGrader
) -> None:
    round_id = await table.start()
    poster.failures.append(PostError("503"))
    await table.answer(round_id, "40% ?p1")
    assert poster.keys(CHANNEL) == ["ask:0", "ask:1"]
    with pytest.raises(AssertionError):
        await table.check_shown(round_id)
    table.clock.move(RETRY_S)
    await table.pulse.tick()
    await table.check_shown(round_id)


async def test_a_place_that_is_gone_is_not_tried_again_and_the_round_waits(
    table: Table, poster: RecordingPoster, grader: ScriptedGrader
) -> None:
    round_id = await table.start()
    poster.gone.add(CHANNEL)
    await table.answer(round_id, "40% ?p1")
    sends = poster.sends
    table.clock.move(RETRY_S)
    await table.pulse.tick()
    assert poster.sends == sends
    there = Place(None, 60, Surface.CHANNEL)
    await table.rounds.resume(round_id, there)
    await table.rounds.carry_out(round_id)
    assert poster.keys(60) == ["ask:1"]
    await table.answer(round_id, "60%")
    assert poster.keys(60) == ["ask:1", "feedback:1", "summary:1"]


async def test_without_a_click_to_answer_everything_waits_for_the_next_one(
    table: Table, poster: RecordingPoster, grader: ScriptedGrader
) -> None:
    place = Place(7, 70, Surface.INTERACTION)
    row = await table.rounds.start(Wish(OWNER, place, Kind.QUIZ, Level.MID, format=Format.FREE_TEXT, count=1))
    with poster.click(row.id):
        await table.rounds.carry_out(row.id)
    assert poster.keys(70) == ["ask:0"]
    await table.answer(row.id, "40% ?p1")
    assert poster.keys(70) == ["ask:0"]
    table.clock.move(RETRY_S)
    await table.pulse.tick()
    assert poster.sends == 2, "nothing is tried without a click"
    await table.answer(row.id, "60%")
    with poster.click(row.id):
        await table.rounds.carry_out(row.id)
    assert poster.keys(70) == ["ask:0", "ask:1", "feedback:1", "summary:1"]
    await table.check_shown(row.id)


@pytest.mark.parametrize("error", [PostError("503"), PlaceGoneError("gone"), NoInteractionError("no click")])
async def test_a_failing_send_never_reaches_the_person(table: Table, poster: RecordingPoster, error: PostError) -> None:
    poster.failures.append(error)
    round_id = await table.start()
    await table.rounds.carry_out(round_id)
    await table.check_shown(round_id)


# The grader


async def test_a_grader_that_crashes_leaves_the_question_out_and_the_round_goes_on(
    table: Table, grader: ScriptedGrader
) -> None:
    round_id = await table.start(wanted=Format.MIXED, count=2)
    for _ in range(2):
        await _answer_something(table, round_id, "crash")
        await table.check_shown(round_id)
        if await table.phase(round_id) is Phase.REVIEWING:
            await table.advance(round_id)
    row = await table.row(round_id)
    assert row.state.phase is Phase.FINISHED
    assert row.state.score is None or any(not item.judged for item in row.state.item_states)
    shown = [message.card for message in table.poster.posted(CHANNEL)]
    assert any(isinstance(card, FeedbackCard) and card.score is None for card in shown)


async def _answer_something(table: Table, round_id: int, text: str) -> None:
    row = await table.row(round_id)
    order = row.state.items[row.state.current.item].order
    await table.answer(round_id, order[0] if order else text, source=f"interaction:{row.seq}")


@pytest.mark.parametrize("score", ["nan%", "inf%"])
async def test_a_score_that_is_no_number_is_a_failure_of_the_grader(
    table: Table, grader: ScriptedGrader, score: str
) -> None:
    assert not math.isfinite(float(score[:-1]))
    round_id = await table.start()
    await table.answer(round_id, score)
    row = await table.row(round_id)
    assert (row.state.phase, row.state.score, row.state.item_states[0].judged) == (Phase.FINISHED, None, False)
    await table.check_shown(round_id)


async def test_an_answer_erased_before_it_was_graded_does_not_stop_the_round(
    table: Table, grader: ScriptedGrader
) -> None:
    round_id = await table.start()
    await table.rounds.answer(round_id, by=OWNER, text="90%", source="message:1")
    await table.erase_attempts()
    await table.rounds.carry_out(round_id)
    await table.check_shown(round_id)
    await table.rounds.skip(round_id, by=OWNER, turn=0)
    await table.rounds.carry_out(round_id)
    assert (await table.row(round_id)).state.score == 0.0
    await table.check_shown(round_id)


async def test_a_round_whose_answers_were_erased_can_still_be_shown_and_played(
    table: Table, grader: ScriptedGrader
) -> None:
    round_id = await table.start()
    await table.answer(round_id, "40% ?p1")
    await table.erase_attempts()
    table.clock.move(1)
    await table.rounds.resume(round_id, DM)
    await table.rounds.carry_out(round_id)
    asked = table.poster.posted(CHANNEL)[-1].card
    assert isinstance(asked, AskCard)
    assert asked.followup == "Tell me more about that."
    await table.answer(round_id, "60%")
    row = await table.row(round_id)
    assert (row.state.phase, row.state.score) == (Phase.FINISHED, 0.6)


# Time


async def test_a_deadline_ends_the_turn_after_the_grace(table: Table) -> None:
    round_id = await table.start(limit_s=LIMIT, wanted=Format.MIXED, count=2)
    table.clock.move(LIMIT + GRACE.total_seconds() - 0.1)
    await table.pulse.tick()
    assert await table.phase(round_id) is Phase.ASKING
    table.clock.move(0.1)
    await table.pulse.tick()
    row = await table.row(round_id)
    assert (row.state.phase, row.state.turns[0].outcome) == (Phase.REVIEWING, Outcome.TIMED_OUT)
    assert table.poster.keys(CHANNEL) == ["ask:0", "feedback:0"]
    await table.check_shown(round_id)
    seq = row.seq
    table.clock.move(1000)
    await table.pulse.tick()
    assert (await table.row(round_id)).seq == seq


async def test_an_answer_sent_just_after_the_time_counts_though_the_clock_ticks(
    table: Table, grader: ScriptedGrader
) -> None:
    round_id = await table.start(limit_s=LIMIT)
    for _ in range(4):
        table.clock.move(16)
        await table.pulse.tick()
    assert (table.clock.now() - START).total_seconds() == LIMIT + 4
    assert (await table.answer(round_id, "80%")).replies == ()
    assert (await table.row(round_id)).state.score == 0.8


async def test_a_late_answer_is_kept_and_not_scored(table: Table, grader: ScriptedGrader) -> None:
    round_id = await table.start(limit_s=LIMIT)
    table.clock.move(LIMIT + GRACE.total_seconds() + 0.1)
    assert (await table.answer(round_id, "90%")).replies == (Reply.TOO_LATE,)
    row = await table.row(round_id)
    assert (row.state.phase, row.state.score) == (Phase.FINISHED, 0.0)
    kept = (await table.attempts(round_id))[0]
    assert (kept.text, kept.grade, kept.score) == ("90%", None, None)
    assert grader.contexts == []
    await table.check_shown(round_id)


async def test_one_broken_round_keeps_no_other_from_its_deadline(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    first = await table.start(limit_s=LIMIT, count=1)
    second = await table.start(limit_s=LIMIT + 1, count=1, place=Place(None, 51, Surface.CHANNEL))
    _break(table.poster, first, monkeypatch)
    table.clock.move(LIMIT + 10)
    await table.pulse.tick()
    assert await table.phase(second) is Phase.FINISHED
    await table.check_shown(second)
    monkeypatch.undo()
    table.clock.move(RETRY_S)
    await table.pulse.tick()
    await table.check_shown(first)


def _break(poster: RecordingPoster, round_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Posting for this round fails by a mistake of ours."""
    real = poster.post

    async def broken(place: Place, which: int, card: Card, nonce: str) -> MessageRef:
        if which == round_id:
            raise TypeError("our mistake")
        return await real(place, which, card, nonce)

    monkeypatch.setattr(poster, "post", broken)


async def test_a_round_that_is_deleted_is_not_tried_for_ever(
    table: Table, poster: RecordingPoster, caplog: pytest.LogCaptureFixture
) -> None:
    poster.failures.append(PostError("503"))
    await table.start()
    async with table.store.write() as connection:
        await connection.execute(rounds_table.delete())
    for _ in range(3):
        table.clock.move(RETRY_S)
        await table.pulse.tick()
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


# After a restart


async def test_deadlines_move_by_the_outage(table: Table) -> None:
    running = await table.start(limit_s=LIMIT)
    table.clock.move(10)
    await table.pulse.tick()
    table.clock.move(1000)
    again = table.restart()
    await again.pulse.recover()
    row = await again.row(running)
    assert row.state.current.deadline == START + timedelta(seconds=LIMIT + 1000)
    assert isinstance((await again.events(running))[-1], Extended)
    await again.pulse.tick()
    assert await again.phase(running) is Phase.ASKING
    await again.check_shown(running)
    table.clock.move(LIMIT - 10 + GRACE.total_seconds())
    await again.pulse.tick()
    assert isinstance((await again.events(running))[-1], TimedOut)


async def test_a_deadline_that_passed_before_the_outage_is_not_moved(table: Table) -> None:
    round_id = await table.start(limit_s=LIMIT)
    table.clock.move(LIMIT + 1)
    await table.pulse.note_alive()
    table.clock.move(1000)
    again = table.restart()
    await again.pulse.recover()
    await again.pulse.tick()
    assert (await again.row(round_id)).state.turns[0].outcome is Outcome.TIMED_OUT


async def test_recovering_twice_in_a_row_moves_a_deadline_once(table: Table) -> None:
    round_id = await table.start(limit_s=LIMIT)
    await table.pulse.note_alive()
    table.clock.move(1000)
    for _ in range(2):
        await table.restart().pulse.recover()
    assert (await table.row(round_id)).state.current.deadline == START + timedelta(seconds=LIMIT + 1000)


async def test_the_first_start_on_a_database_extends_nothing(table: Table) -> None:
    round_id = await table.start(limit_s=LIMIT)
    await table.restart().pulse.recover()
    assert (await table.row(round_id)).seq == 0


async def test_an_answer_typed_during_the_outage_is_found_once(
    table: Table, poster: RecordingPoster, grader: ScriptedGrader
) -> None:
    round_id = await table.start(limit_s=LIMIT)
    await table.pulse.note_alive()
    poster.type(CHANNEL, OTHER, "chatter", table.clock.move(20))
    poster.type(CHANNEL, OWNER, "80%", table.clock.move(20))
    table.clock.move(1000)
    for _ in range(2):
        await table.restart().pulse.recover()
    row = await table.row(round_id)
    assert (row.state.phase, row.state.score) == (Phase.FINISHED, 0.8)
    kept = await table.attempts(round_id)
    assert [(attempt.text, attempt.created_at) for attempt in kept] == [("80%", START + timedelta(seconds=40))]
    await table.check_shown(round_id)


async def test_an_answer_that_was_heard_before_the_crash_is_not_taken_again(
    table: Table, poster: RecordingPoster, grader: ScriptedGrader
) -> None:
    round_id = await table.start()
    sent = poster.type(CHANNEL, OWNER, "40% ?p1", table.clock.now())
    await table.rounds.answer(round_id, by=OWNER, text=sent.text, source=f"message:{sent.id}")
    again = table.restart()  # killed before it was graded
    await again.pulse.recover()
    assert [attempt.text for attempt in await again.attempts(round_id)] == ["40% ?p1"]
    assert (await again.row(round_id)).state.turn == 1
    assert poster.keys(CHANNEL) == ["ask:0", "ask:1"]


async def test_two_messages_typed_during_the_outage_do_not_answer_a_question_never_seen(
    table: Table, poster: RecordingPoster, grader: ScriptedGrader
) -> None:
    round_id = await table.start()
    poster.type(CHANNEL, OWNER, "40% ?p1", table.clock.move(1))
    poster.type(CHANNEL, OWNER, "and another thing", table.clock.move(1))
    await table.restart().pulse.recover()
    row = await table.row(round_id)
    assert (row.state.phase, row.state.turn) == (Phase.ASKING, 1)
    assert [(a.text, a.turn) for a in await table.attempts(round_id)] == [("40% ?p1", 0), ("and another thing", 0)]
    assert poster.keys(CHANNEL) == ["ask:0", "ask:1"]


async def test_a_short_answer_and_a_better_one_typed_during_the_outage_are_both_taken(
    table: Table, poster: RecordingPoster, grader: ScriptedGrader
) -> None:
    round_id = await table.start()
    poster.type(CHANNEL, OWNER, "10% short", table.clock.move(1))
    poster.type(CHANNEL, OWNER, "80%", table.clock.move(1))
    await table.restart().pulse.recover()
    assert (await table.row(round_id)).state.score == 0.8
    await table.check_shown(round_id)


async def test_typed_text_that_is_no_choice_keeps_no_round_from_recovering(
    table: Table, poster: RecordingPoster
) -> None:
    round_id = await table.start(wanted=Format.MULTIPLE_CHOICE)
    poster.type(CHANNEL, OWNER, "hello?", table.clock.move(1))
    poster.type(CHANNEL, OWNER, "A", table.clock.move(1))
    await table.restart().pulse.recover()
    assert (await table.row(round_id)).state.score == 1.0


async def test_a_crash_before_anything_was_posted_is_made_up_for(table: Table, grader: ScriptedGrader) -> None:
    row = await table.rounds.start(Wish(OWNER, DM, Kind.QUIZ, Level.MID, format=Format.FREE_TEXT))
    await table.restart().pulse.recover()
    assert table.poster.keys(CHANNEL) == ["ask:0"]
    await table.check_shown(row.id)


async def test_an_end_that_was_not_shown_before_the_crash_is_shown_after_it(
    table: Table, monkeypatch: pytest.MonkeyPatch, grader: ScriptedGrader
) -> None:
    round_id = await table.start()
    _break(table.poster, round_id, monkeypatch)
    with pytest.raises(TypeError):
        await table.answer(round_id, "80%")
    assert await table.phase(round_id) is Phase.FINISHED
    assert table.poster.keys(CHANNEL) == ["ask:0"]
    monkeypatch.undo()
    monkeypatch.setattr("bot.services.grading.grade_text", grader)
    await table.restart().pulse.recover()
    assert table.poster.keys(CHANNEL) == ["ask:0", "feedback:0", "summary:0"]
    await table.check_shown(round_id)


async def test_what_is_typed_after_the_end_of_a_round_is_no_answer_to_it(
    table: Table, poster: RecordingPoster, grader: ScriptedGrader
) -> None:
    round_id = await table.start()
    poster.gone.add(CHANNEL)
    await table.answer(round_id, "80%")
    poster.gone.clear()
    poster.type(CHANNEL, OWNER, "thanks", table.clock.move(1))
    await table.restart().pulse.recover()
    assert [attempt.text for attempt in await table.attempts(round_id)] == ["80%"]
    await table.check_shown(round_id)


async def test_one_broken_round_keeps_no_other_from_recovering(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    first = (await table.rounds.start(Wish(OWNER, DM, Kind.QUIZ, Level.MID))).id
    second = (await table.rounds.start(Wish(OTHER, Place(None, 51, Surface.CHANNEL), Kind.QUIZ, Level.MID))).id
    _break(table.poster, first, monkeypatch)
    again = table.restart()
    await again.pulse.recover()
    await again.check_shown(second)
    monkeypatch.undo()
    table.clock.move(RETRY_S)
    await again.pulse.tick()
    await again.check_shown(first)


async def test_a_round_in_a_channel_that_is_gone_keeps_no_other_from_recovering(
    table: Table, poster: RecordingPoster
) -> None:
    await table.start()
    second = (await table.rounds.start(Wish(OTHER, Place(None, 51, Surface.CHANNEL), Kind.QUIZ, Level.MID))).id
    poster.gone.add(CHANNEL)
    again = table.restart()
    await again.pulse.recover()
    await again.check_shown(second)


# Starting


async def test_one_round_a_channel_is_open_for_a_person(table: Table) -> None:
    round_id = await table.start()
    with pytest.raises(UserError, match="already have a quiz round open here"):
        await table.start()
    with pytest.raises(UserError, match="already have a quiz round open here"):
        await table.rounds.may_start(Wish(OWNER, DM, Kind.BEHAVIORAL, Level.MID))
    elsewhere = await table.start(place=Place(None, 51, Surface.CHANNEL))
    assert await table.start(by=OTHER)
    assert [row.id for row in await table.rounds.open_of(OWNER)] == [elsewhere, round_id]
    here = await table.rounds.open_in(CHANNEL, OWNER)
    assert here is not None
    assert here.id == round_id
    await table.rounds.stop(round_id, by=OWNER)
    assert await table.rounds.open_in(CHANNEL, OWNER) is None
    await table.start()


async def test_starting_twice_at_once_starts_one_round(table: Table, second: Table) -> None:
    wish = Wish(OWNER, DM, Kind.QUIZ, Level.MID)
    results = await asyncio.gather(table.rounds.start(wish), second.rounds.start(wish), return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["RoundRow", "UserError"]
    assert len(await table.rounds.open_of(OWNER)) == 1


async def test_too_many_rounds_in_a_row_have_to_wait(table: Table) -> None:
    for _ in range(ROUNDS_A_PERSON):
        await table.rounds.stop(await table.start(), by=OWNER)
        table.clock.move(1)
    ends = int((START + COOLDOWN).timestamp()) + 1
    with pytest.raises(UserError, match=rf"Take a breath.*<t:{ends}:R>"):
        await table.start()
    await table.start(by=OTHER)
    table.clock.at = START + COOLDOWN
    with pytest.raises(UserError, match="Take a breath"):
        await table.start()
    table.clock.move(1)
    await table.start()


async def test_a_busy_server_has_to_wait_and_direct_messages_need_not(table: Table) -> None:
    for number in range(ROUNDS_A_SERVER):
        row = await table.rounds.start(Wish(1000 + number, Place(7, 70, Surface.CHANNEL), Kind.QUIZ, Level.MID))
        assert row.place.server_id == 7
    with pytest.raises(UserError, match="very busy"):
        await table.start(place=Place(7, 70, Surface.CHANNEL))
    await table.start(place=Place(8, 80, Surface.CHANNEL))
    await table.start(place=DM)


async def test_who_is_blocked_in_a_server_starts_nothing_there(table: Table) -> None:
    servers = Servers(table.store, table.clock)
    here = Place(7, 70, Surface.CHANNEL)
    open_ = await table.start(place=here)
    await servers.block(7, OWNER, by=99, reason="x" * 900)
    assert [len(entry.reason) for entry in await servers.blocked(7)] == [500]
    with pytest.raises(UserError, match="blocked you"):
        await table.start(place=Place(7, 71, Surface.CHANNEL))
    with pytest.raises(UserError, match="blocked you"):
        await table.rounds.may_start(Wish(OWNER, Place(7, 71, Surface.CHANNEL), Kind.QUIZ, Level.MID))
    assert (await table.rounds.skip(open_, by=OWNER, turn=0)).replies == ()
    await table.start(place=DM)
    await table.start(place=Place(8, 80, Surface.CHANNEL))
    assert await servers.unblock(7, OWNER)
    await table.start(place=Place(7, 71, Surface.CHANNEL))


@pytest.mark.parametrize("call", ["start", "may_start"])
@pytest.mark.parametrize(
    ("topic", "wanted", "message"),
    [("nlp.embeddings", Format.MIXED, "no mixed questions on"), ("math", Format.FREE_TEXT, "no free text questions")],
)
async def test_a_topic_without_questions_says_what_there_is(
    table: Table, call: str, topic: str, wanted: Format, message: str
) -> None:
    wish = Wish(OWNER, DM, Kind.QUIZ, Level.MID, topic=topic, format=wanted)
    with pytest.raises(UserError, match=message):
        await getattr(table.rounds, call)(wish)
    assert await table.rounds.open_of(OWNER) == []


async def test_what_was_answered_counts_as_seen_at_the_next_draw(table: Table, grader: ScriptedGrader) -> None:
    seen: list[frozenset[str]] = []

    class Watching(Bank):
        def draw(self, choice: Choice, count: int, chance: object) -> Sequence[AnyQuestion]:  # type: ignore[override]
            seen.append(choice.seen)
            return super().draw(choice, count, chance)  # type: ignore[arg-type]

    watched = Table(table.store, Watching(table.bank.loaded.values()), table.clock, table.poster)
    round_id = await watched.start()
    await watched.answer(round_id, "80%")
    await watched.start()
    assert seen == [frozenset(), {"ml.regularization.penalties"}]


async def test_a_question_that_was_edited_meanwhile_is_asked_and_graded_as_it_was(
    table: Table, grader: ScriptedGrader
) -> None:
    round_id = await table.start()
    text = BANK.read_text(encoding="utf-8").replace("version: 1", "version: 2", 1).replace("Explain how", "Say how")
    changed = Table(table.store, Bank(load_text(text)), table.clock, table.poster)
    await changed.answer(round_id, "40% ?p1")
    question = (await changed.rounds.record(round_id)).question(0)
    assert (question.version, question.prompt.split()[0]) == (1, "Explain")
    without = Table(table.store, Bank([]), table.clock, table.poster)
    await without.answer(round_id, "60%")
    await without.check_shown(round_id)


# Moving and reporting


async def test_a_round_goes_on_in_another_place(table: Table, poster: RecordingPoster, grader: ScriptedGrader) -> None:
    round_id = await table.start(wanted=Format.MIXED, count=2)
    await table.rounds.skip(round_id, by=OWNER, turn=0)
    await table.rounds.carry_out(round_id)
    there = Place(7, 60, Surface.CHANNEL)
    await table.rounds.resume(round_id, there)
    await table.rounds.carry_out(round_id)
    assert poster.keys(60) == ["feedback:0"]
    assert (await table.row(round_id)).place == there
    await table.advance(round_id)
    assert poster.keys(60) == ["feedback:0", "ask:1"]
    assert poster.keys(CHANNEL) == ["ask:0", "feedback:0"]
    await table.check_shown(round_id)


async def test_resuming_where_the_round_is_shows_the_question_again(table: Table, poster: RecordingPoster) -> None:
    round_id = await table.start()
    await table.rounds.resume(round_id, DM)
    table.clock.move(0.001)
    await table.rounds.carry_out(round_id)
    assert poster.keys(CHANNEL) == ["ask:0", "ask:0"]
    assert len({message.nonce for message in poster.posted(CHANNEL)}) == 2


async def test_resuming_while_the_old_place_is_posted_to_shows_the_question_in_the_new_one(
    table: Table, poster: RecordingPoster
) -> None:
    row = await table.rounds.start(Wish(OWNER, DM, Kind.QUIZ, Level.MID))
    poster.gate = asyncio.Event()
    posting = asyncio.create_task(table.rounds.carry_out(row.id))
    await poster.waiting.acquire()
    resuming = asyncio.create_task(table.rounds.resume(row.id, Place(None, 60, Surface.CHANNEL)))
    await asyncio.sleep(0.05)
    poster.gate.set()
    await asyncio.gather(posting, resuming)
    await table.rounds.carry_out(row.id)
    assert poster.keys(60) == ["ask:0"]


async def test_a_report_keeps_who_said_what_about_which_version(table: Table) -> None:
    round_id = await table.start()
    first = await table.rounds.report(round_id, by=OTHER, turn=0, text="x" * 5000)
    second = await table.rounds.report(round_id, by=OWNER, turn=99, text="a stale button")
    assert second == first + 1
    async with table.store.read() as connection:
        rows = (await connection.execute(reports_table.select().order_by(reports_table.c.id))).all()
    item = (await table.row(round_id)).state.items[0]
    assert [(row.user_id, row.question_id, row.question_version) for row in rows] == [
        (OTHER, item.question, item.version),
        (OWNER, item.question, item.version),
    ]
    assert len(rows[0].text) == ANSWER_LIMIT


async def test_an_event_that_changes_nothing_is_not_stored(table: Table) -> None:
    round_id = await table.start()
    await table.rounds.skip(round_id, by=OTHER, turn=0)
    await table.rounds.hint(round_id, by=OWNER, turn=5)
    await table.rounds.act(round_id, lambda state, at: Answered(at, OTHER, state.turn, 1))
    assert (await table.row(round_id)).seq == 0
    assert len(await table.events(round_id)) == 1
