"""Whole quizzes, from the command to the summary."""

from __future__ import annotations

import re

import pytest
import simcord

from grader import text as grader_text
from grader.grade import Grade
from questions.bank import Bank
from questions.model import Accept, FreeText, Tier
from tests.cogs.world import CHOICE, FREE, NUMBER, Player, World, coins_answer, said, skip_followups


async def test_a_strong_answer_gets_feedback_with_its_words_and_ends_the_round(world: World, alice: Player) -> None:
    room = await alice.start(**FREE)
    first = alice.card(room)
    assert "Question 1 of 1" in first.text
    assert "L1 and an L2 penalty" in first.text
    assert list(first.buttons) == [
        "Answer",
        "Hint 1 (free)",
        "Skip",
        "Show answer (0 points)",
        "Stop round",
        "🚩 Report question",
    ]
    await alice.answer(room, world.strong())
    await skip_followups(alice, room)
    asked, *_, feedback, summary = alice.cards(room)
    assert "✓ Answered" in asked.text
    assert not asked.buttons
    assert "strong yes (4 of 4)" in feedback.text
    assert "exactly zero" in feedback.text
    assert "“" in feedback.text
    assert list(feedback.buttons) == ["Model answer", "🚩 Report question"]
    assert "Quiz finished" in summary.text
    assert list(summary.buttons) == ["Another round like this", "Reread this round"]


async def test_a_wrong_answer_gets_a_followup_and_the_better_second_answer_counts(world: World, alice: Player) -> None:
    room = await alice.start(**FREE)
    await alice.answer(room, world.calibrated("wrong"))
    followup = alice.card(room)
    assert "Follow-up 1" in followup.text
    assert "Show answer (0 points)" not in followup.buttons
    await alice.answer(room, world.strong())
    await skip_followups(alice, room)
    *_, feedback, summary = alice.cards(room)
    assert "strong no" not in feedback.text
    assert "follow-up" in summary.text


async def test_followups_end_after_three(world: World, alice: Player) -> None:
    room = await alice.start(**FREE)
    await alice.answer(room, world.calibrated("wrong"))
    asked = 0
    while alice.find(room, "Skip follow-up") and asked < 10:
        asked += 1
        await alice.answer(room, f"I would still say number {asked} that ridge gives sparse weights for the model.")
    assert 1 <= asked <= 3
    assert "Quiz finished" in alice.card(room).text


async def test_each_hint_says_what_it_costs_before_it_is_taken(world: World, alice: Player) -> None:
    room = await alice.start(**FREE)
    for label, hint in (
        ("Hint 1 (free)", "many useless features"),
        ("Hint 2 (×¾)", "close to zero"),
        ("Hint 3 (×½)", "has a corner"),
    ):
        assert label in alice.card(room).buttons
        assert hint not in alice.card(room).text
        await alice.press(room, label)
        assert hint in alice.card(room).text
    assert not alice.find(room, "Hint")
    await alice.answer(room, world.strong())
    await skip_followups(alice, room)
    *_, feedback, summary = alice.cards(room)
    assert "×0.5" in feedback.text
    assert "3 hints" in summary.text


async def test_a_short_answer_may_be_expanded_and_the_form_holds_what_was_sent(world: World, alice: Player) -> None:
    room = await alice.start(**FREE)
    await alice.answer(room, "Sparse weights.")
    offer = alice.card(room)
    assert "2 words" in offer.text
    assert list(offer.buttons) == ["Edit my answer", "Leave it as it is"]
    form = await alice.press(room, "Edit my answer")
    assert form.modal["components"][0]["component"]["value"] == "Sparse weights."
    await alice.fill(room, form, world.strong())
    await skip_followups(alice, room)
    closed = next(card for card in alice.cards(room) if "2 words" in card.text)
    assert not closed.buttons
    assert "strong yes" in alice.cards(room)[-2].text


async def test_a_short_answer_may_be_left_as_it_is(alice: Player) -> None:
    room = await alice.start(**FREE)
    await alice.answer(room, "Sparse weights.")
    await alice.press(room, "Leave it as it is")
    await skip_followups(alice, room)
    assert "Quiz finished" in alice.card(room).text


async def test_a_round_can_end_by_skipping(alice: Player) -> None:
    room = await alice.start(**FREE)
    await alice.press(room, "Skip")
    *_, feedback, summary = alice.cards(room)
    assert "You skipped this one." in feedback.text
    assert "In short" in feedback.text
    assert "skipped" in summary.text


async def test_the_shown_answer_earns_nothing(alice: Player) -> None:
    room = await alice.start(**FREE)
    await alice.press(room, "Show answer")
    *_, feedback, _summary = alice.cards(room)
    assert "0%" in feedback.text
    assert "L1 zeroes some weights" in feedback.text


async def test_a_choice_is_made_by_one_press_and_every_option_is_explained(alice: Player) -> None:
    room = await alice.start(**CHOICE)
    asked = alice.card(room)
    assert "**A** · Accuracy" in asked.text
    assert list(asked.buttons)[:4] == ["A", "B", "C", "D"]
    assert "Answer" not in asked.buttons
    await alice.press(room, "B")
    asked, feedback, _summary = alice.cards(room)
    assert "**B** · Recall  ← your choice" in asked.text
    assert re.search(r"✗ .*\*\*Recall\*\* ← your choice", feedback.text)
    assert "It finds no positive" in feedback.text
    assert "0%" in feedback.text


async def test_the_right_choice_earns_everything(alice: Player) -> None:
    room = await alice.start(**CHOICE)
    await alice.press(room, "A")
    assert "100%" in alice.cards(room)[1].text


async def test_a_number_is_read_and_its_working_is_shown(alice: Player) -> None:
    room = await alice.start(**NUMBER)
    await alice.answer(room, coins_answer(alice.card(room)))
    _asked, feedback, _summary = alice.cards(room)
    assert "✓ You wrote" in feedback.text
    assert "Working" in feedback.text
    assert "100%" in feedback.text


async def test_a_known_slip_is_named(alice: Player) -> None:
    room = await alice.start(**NUMBER)
    coins = 2 if "flip 2" in alice.card(room).text else 3
    await alice.answer(room, str(1 / (coins + 3)))
    feedback = alice.cards(room)[1]
    assert "✗ You wrote" in feedback.text
    assert "Counts heads instead of outcomes" in feedback.text


async def test_an_answer_without_a_number_may_be_sent_again(alice: Player) -> None:
    room = await alice.start(**NUMBER)
    right = coins_answer(alice.card(room))
    await alice.answer(room, "one quarter I guess, or some such")
    if alice.find(room, "Edit my answer"):
        assert "no number" in alice.card(room).text
        await alice.answer(room, right, label="Edit my answer")
    assert "Quiz finished" in alice.card(room).text


async def test_a_long_typed_answer_without_a_number_can_be_edited_in_the_short_form(alice: Player) -> None:
    room = await alice.start(where=alice.dm, **NUMBER)
    right = coins_answer(alice.card(room))
    await alice.type(room, "I know it well, but words come easier to me than figures do. " * 3)
    form = await alice.press(room, "Edit my answer")
    await alice.fill(room, form, right)
    assert "✓ You wrote" in alice.cards(room)[-2].text


async def test_a_mixed_quiz_asks_every_kind_and_sums_them_up(world: World, alice: Player) -> None:
    room = await alice.start(questions=3)
    for number in (1, 2, 3):
        card = alice.card(room)
        assert f"Question {number} of 3" in card.text
        if "A" in card.buttons:
            await alice.press(room, "A")
        elif "You flip" in card.text:
            await alice.answer(room, coins_answer(card))
        else:
            await alice.answer(room, world.strong())
            await skip_followups(alice, room)
        if number < 3:
            assert f"Feedback {number} of 3" in alice.card(room).text
            assert f"Next question ({number + 1} of 3)" in alice.card(room).buttons
            await alice.press(room, "Next question")
            assert not alice.find(room, f"Next question ({number + 1} of 3)")
    summary = alice.card(room)
    assert "Quiz finished" in summary.text
    assert "Best moments" in summary.text
    assert all(f"{number}. **" in summary.text for number in (1, 2, 3))


async def test_an_exam_keeps_scores_and_answers_to_its_end(world: World, alice: Player) -> None:
    room = await alice.start(questions=3, mode="exam")
    for number in (1, 2, 3):
        card = alice.card(room)
        assert "exam" in card.text
        assert "Show answer (0 points)" not in card.buttons
        if "A" in card.buttons:
            await alice.press(room, "B")
        elif "You flip" in card.text:
            await alice.answer(room, "0.9")
        else:
            await alice.press(room, "Hint 1")
            await alice.press(room, "Hint 2")
            assert not alice.find(room, "Hint 3")
            await alice.answer(room, world.calibrated("partial"))
            assert "So far" not in alice.card(room).text
            await skip_followups(alice, room)
        if number < 3:
            hidden = alice.card(room)
            assert "Your answer is recorded. Scores come at the end" in hidden.text
            assert "%" not in hidden.text
            assert "Model answer" not in hidden.buttons
            await alice.press(room, "Next question")
    cards = alice.cards(room)
    told = [card for card in cards if "Feedback" in card.text]
    assert len(told) == 3
    assert all("Scores come at the end" not in card.text for card in told)
    assert "exam" not in cards[-1].text
    assert "Quiz finished" in cards[-1].text
    # Key points that were not made stay hidden; the questions that would find them are told.
    penalties = next(card for card in told if "Regularization" in card.text)
    assert "picks one arbitrarily" not in penalties.text
    assert "not made" in penalties.text


async def test_the_model_answer_comes_with_the_feedback(world: World, alice: Player) -> None:
    room = await alice.start(**FREE)
    await alice.press(room, "Skip")
    result = await alice.press(room, "Model answer")
    assert world.strong()[:60] in said(result)
    assert result.followups[0].ephemeral


async def test_a_skipped_number_shows_its_working(alice: Player) -> None:
    room = await alice.start(**NUMBER)
    await alice.press(room, "Skip")
    assert "0.5 to the power" in alice.cards(room)[1].text


async def test_another_round_like_this_starts_with_the_same_settings(alice: Player) -> None:
    room = await alice.start(**NUMBER, level="senior")
    await alice.press(room, "Skip")
    result = await alice.press(room, "Another round like this")
    assert "Your quiz is ready" in said(result)
    again = alice.card(room)
    assert "Question 1 of 1" in again.text
    assert "senior level" in again.text
    assert "You flip" in again.text


async def test_a_round_can_be_reread_from_its_summary(alice: Player) -> None:
    room = await alice.start(**CHOICE)
    await alice.press(room, "A")
    reread = said(await alice.press(room, "Reread this round"))
    assert "> A. Accuracy" in reread
    assert "It is right on 99 of 100 cases" in reread


async def test_a_click_is_acknowledged_before_the_grader_starts(
    world: World, alice: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = await alice.start(**FREE)
    form = await alice.press(room, "Answer")
    before = len(world.requests)
    seen: list[list[str]] = []

    def watched(answer: str, question: object, context: object) -> Grade:
        seen.append([request.path for request in world.requests[before:]])
        return grader_text.grade(answer, question, context)  # type: ignore[arg-type]

    monkeypatch.setattr("bot.services.grading.grade_text", watched)
    await alice.fill(room, form, world.strong())
    assert len(seen) == 1
    assert [path.endswith("/callback") for path in seen[0]] == [True]


async def test_a_click_on_a_choice_is_acknowledged_before_the_grader_starts(
    world: World, alice: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = await alice.start(**CHOICE)
    before = len(world.requests)
    seen: list[list[str]] = []

    def watched(answer: str, question: object, context: object) -> Grade:
        seen.append([request.path for request in world.requests[before:]])
        return grader_text.grade(answer, question, context)  # type: ignore[arg-type]

    monkeypatch.setattr("bot.services.grading.grade_text", watched)
    await alice.press(room, "A")
    assert [path.endswith("/callback") for path in seen[0]] == [True]


async def test_when_the_grader_fails_the_answer_is_kept_and_the_question_does_not_count(
    world: World, alice: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Grade:
        raise ZeroDivisionError

    room = await alice.start(**FREE)
    monkeypatch.setattr("bot.services.grading.grade_text", broken)
    await alice.answer(room, world.strong())
    *_, feedback, summary = alice.cards(room)
    assert "My grader failed on this answer" in feedback.text
    assert "Nothing was scored" in summary.text
    assert "the grader failed" in world.complaints.lines.pop()
    reread = said(await alice.press(room, "Reread this round"))
    assert world.strong()[:40] in reread


async def test_an_answer_that_is_half_in_doubt_gets_no_score_and_is_told_why(
    world: World, bank: Bank, alice: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    [question] = [one for one in bank.questions.values() if isinstance(one, FreeText) and "L1 and an L2" in one.prompt]
    points = tuple(
        point.model_copy(update={"accept": Accept(phrases=point.accept.phrases[:2])}) for point in question.key_points
    )
    monkeypatch.setitem(bank.questions, question.id, question.model_copy(update={"key_points": points}))
    room = await alice.start(**FREE)
    await alice.answer(
        room,
        "The absolute one leaves a few weights at zero in the end, and the squared one makes the weights smaller "
        "without ever taking them away, since its pull fades.",
    )
    await skip_followups(alice, room)
    *_, feedback, summary = alice.cards(room)
    assert "not scored" in feedback.text
    assert "I could not judge half of what counts" in feedback.text
    assert "my fault" not in feedback.text
    assert all(point.claim in feedback.text for point in points if point.tier is Tier.CORE)
    assert "Nothing was scored" in summary.text


async def test_the_time_limit_ends_a_question_and_a_late_answer_is_kept_not_scored(world: World, alice: Player) -> None:
    room = await alice.start(**FREE, time_limit=60)
    assert "Time ends <t:1767225660:R>" in alice.card(room).text
    form = await alice.press(room, "Answer")
    await world.wait(70)
    *_, feedback, summary = alice.cards(room)
    assert "Time was up before an answer came." in feedback.text
    assert "time was up" in summary.text
    late = await alice.fill(room, form, world.strong())
    assert "This round is over" in said(late)
    reread = said(await alice.press(room, "Reread this round"))
    assert "Kept, not scored" in reread
    assert world.strong()[:40] in reread


async def test_an_answer_within_the_grace_still_counts(world: World, alice: Player) -> None:
    """The clock of a person's client is a little behind; the click was on its way."""
    room = await alice.start(**FREE, time_limit=60)
    form = await alice.press(room, "Answer")
    world.env.backend.advance_clock(61)
    [result] = await world.deliver(alice.form_payload(room, form.modal, world.strong(), alice.card(room)))
    assert "Time was up" not in said(result)
    assert "strong yes" in "".join(card.text for card in alice.cards(room)) or alice.find(room, "Skip follow-up")


async def test_each_followup_has_its_own_time(world: World, alice: Player) -> None:
    room = await alice.start(**FREE, time_limit=60)
    await world.wait(30)
    await alice.answer(room, world.calibrated("wrong"))
    assert "Follow-up" in alice.card(room).text
    await world.wait(45)
    assert alice.find(room, "Skip follow-up")
    await world.wait(25)
    assert "Quiz finished" in alice.card(room).text


async def test_stopping_shows_what_there_is(world: World, alice: Player) -> None:
    room = await alice.start(questions=3)
    await alice.press(room, "Skip")
    await alice.press(room, "Stop round")
    summary = alice.card(room)
    assert "Quiz stopped" in summary.text
    assert "not asked" in summary.text
    assert not alice.find(room, "Next question")


async def test_a_report_on_a_question_reaches_the_moderators(world: World, alice: Player) -> None:
    room = await alice.start(**FREE)
    form = await alice.press(room, "🚩 Report question")
    assert form.modal["title"] == "Report this question"
    result = await alice.fill(room, form, "The second hint gives the answer away.")
    assert "Your report is number 1" in said(result)
    await alice.press(room, "Skip")
    result = await alice.fill(room, await alice.press(room, "🚩 Report question"), "It does so still.")
    assert "number 2" in said(result)


async def test_a_first_message_tells_where_the_round_is(world: World, alice: Player) -> None:
    result = await alice.slash("quiz start", **FREE)
    room = world.channel.threads[0]
    assert f"<#{room.id}>, a private thread of yours" in said(result)
    assert "I have" not in said(result)
    assert result.response is not None
    assert result.response.ephemeral


async def test_fewer_questions_than_wished_are_announced(alice: Player) -> None:
    result: simcord.InteractionResult = await alice.slash("quiz start", topic="ml.regularization", questions=5)
    assert "I have 1 that fit, not 5." in said(result)
