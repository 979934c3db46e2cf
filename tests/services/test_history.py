"""What a person can reread of their rounds, and what stays hidden."""

from __future__ import annotations

import pytest

from bot.errors import UserError
from bot.rounds.dialogue import Outcome
from bot.rounds.events import Kind, Mode
from bot.services.history import PAGE, History
from bot.services.starting import COOLDOWN, Format
from questions.taxonomy import taxonomy
from tests.clock import START
from tests.services.conftest import OTHER, OWNER, ScriptedGrader, Table


@pytest.fixture
def history(table: Table) -> History:
    return History(table.store, table.bank)


async def finished(table: Table, score: str = "70%", **wish: Mode | int | str | None) -> int:
    round_id = await table.start(**wish)  # type: ignore[arg-type]
    await table.answer(round_id, score)
    return round_id


async def test_nobody_begins_with_rounds(history: History) -> None:
    page = await history.page(OWNER)
    assert (page.lines, page.page, page.pages, page.total) == ((), 0, 1, 0)


async def test_rounds_are_listed_newest_first_with_what_came_of_them(
    table: Table, history: History, grader: ScriptedGrader
) -> None:
    done = await finished(table)
    stopped = await table.start(wanted=Format.MIXED, count=3, mode=Mode.EXAM)
    await table.rounds.stop(stopped, by=OWNER)
    story = await table.start(kind=Kind.BEHAVIORAL)
    lines = (await history.page(OWNER)).lines
    assert [line.round_id for line in lines] == [story, stopped, done]
    newest, middle, oldest = lines
    assert (newest.open, newest.score, newest.topic, newest.kind) == (
        True,
        None,
        taxonomy().name("behav.conflict"),
        Kind.BEHAVIORAL,
    )
    assert (middle.open, middle.stopped, middle.score, middle.asked, middle.total) == (False, True, None, 0, 3)
    assert (middle.mode, middle.topic) == ("exam", "Mixed topics")
    assert (oldest.open, oldest.stopped, oldest.score, oldest.asked) == (False, False, 0.7, 1)
    assert (oldest.level, oldest.at) == ("mid", START)


async def test_a_topic_that_was_asked_for_is_named(table: Table, history: History, grader: ScriptedGrader) -> None:
    await finished(table, topic="ml.regularization")
    assert (await history.page(OWNER)).lines[0].topic == "Regularization"


@pytest.mark.parametrize(("asked", "shown"), [(0, 0), (1, 1), (99, 1), (-1, 0)])
async def test_a_page_beyond_the_end_is_the_last_one(table: Table, history: History, asked: int, shown: int) -> None:
    ids: list[int] = []
    for _ in range(PAGE + 2):
        ids.append(await table.start())
        await table.rounds.stop(ids[-1], by=OWNER)
        table.clock.move(COOLDOWN.total_seconds())
    page = await history.page(OWNER, asked)
    assert (page.page, page.pages, page.total) == (shown, 2, PAGE + 2)
    newest = ids[::-1]
    assert [line.round_id for line in page.lines] == (newest[:PAGE] if shown == 0 else newest[PAGE:])


async def test_each_sees_their_own_rounds_alone(table: Table, history: History, grader: ScriptedGrader) -> None:
    round_id = await finished(table)
    assert (await history.page(OTHER)).total == 0
    for user, number in ((OTHER, round_id), (OWNER, round_id + 1)):
        with pytest.raises(UserError, match="not in your history"):
            await history.item(user, number, 0)


async def test_a_question_is_reread_with_its_follow_ups_and_what_was_not_scored(
    table: Table, history: History, grader: ScriptedGrader
) -> None:
    round_id = await table.start()
    await table.answer(round_id, "10% short")
    await table.answer(round_id, "40% ?p1")
    await table.answer(round_id, "too late for that one", turn=0)
    await table.rounds.skip(round_id, by=OWNER, turn=1)
    item = await history.item(OWNER, round_id, 0)
    first, followup = item.exchanges
    assert first.asked.startswith("Explain how an L1")
    assert (first.answer, first.outcome, first.followup) == ("40% ?p1", Outcome.ANSWERED, False)
    assert first.extra == ("10% short", "too late for that one")
    assert (followup.asked, followup.answer, followup.outcome) == ("What about p1?", None, Outcome.SKIPPED)
    assert item.feedback is not None
    assert item.feedback.score == 0.4
    assert item.model_answer.startswith("L1 sets some weights")
    assert (item.number, item.total, item.topic) == (1, 1, "Regularization")


async def test_a_choice_is_reread_with_the_letter_and_words_that_were_shown(table: Table, history: History) -> None:
    round_id = await table.start(wanted=Format.MULTIPLE_CHOICE)
    await table.answer(round_id, "B")
    item = await history.item(OWNER, round_id, 0)
    assert item.exchanges[0].answer == "B. Recall"
    assert [option.letter for option in item.exchanges[0].options] == ["A", "B", "C", "D"]


async def test_a_numeric_question_is_reread_with_the_numbers_that_were_drawn(table: Table, history: History) -> None:
    round_id = await table.start(wanted=Format.NUMERIC)
    await table.answer(round_id, "0.25")
    variant = (await table.row(round_id)).state.items[0].variant
    item = await history.item(OWNER, round_id, 0)
    assert item.exchanges[0].asked.startswith(f"You flip {(2, 3)[variant % 2]} fair coins.")


@pytest.mark.parametrize(("asked", "number"), [(0, 1), (1, 2), (7, 2), (-3, 1)])
async def test_a_question_number_beyond_the_end_is_the_nearest(
    table: Table, history: History, grader: ScriptedGrader, asked: int, number: int
) -> None:
    round_id = await table.start(wanted=Format.MIXED, count=2)
    await table.rounds.stop(round_id, by=OWNER)
    assert (await history.item(OWNER, round_id, asked)).number == number


async def test_a_question_that_was_never_asked_has_no_exchange_and_no_answer(table: Table, history: History) -> None:
    round_id = await table.start(wanted=Format.MIXED, count=2)
    await table.rounds.stop(round_id, by=OWNER)
    for number, exchanges in ((0, 1), (1, 0)):
        item = await history.item(OWNER, round_id, number)
        assert (len(item.exchanges), item.feedback, item.model_answer) == (exchanges, None, "")


async def test_an_exam_shows_no_answer_before_it_is_over(
    table: Table, history: History, grader: ScriptedGrader
) -> None:
    round_id = await table.start(wanted=Format.MIXED, count=2, mode=Mode.EXAM)
    state = (await table.row(round_id)).state
    choice = state.items[0].order
    await table.answer(round_id, choice[0] if choice else "40%", source="interaction:1")
    item = await history.item(OWNER, round_id, 0)
    assert item.feedback is not None
    assert item.feedback.hidden
    assert item.model_answer == ""
    await table.rounds.stop(round_id, by=OWNER)
    item = await history.item(OWNER, round_id, 0)
    assert item.feedback is not None
    assert not item.feedback.hidden


async def test_a_round_whose_answers_were_erased_can_be_reread(
    table: Table, history: History, grader: ScriptedGrader
) -> None:
    round_id = await finished(table)
    await table.erase_attempts()
    item = await history.item(OWNER, round_id, 0)
    assert (item.exchanges[0].answer, item.exchanges[0].extra) == (None, ())
    assert item.feedback is not None
    assert item.feedback.grade is None
    assert (await history.page(OWNER)).lines[0].score == 0.7
