"""Whole quizzes, from the command to the summary."""

from __future__ import annotations

import simcord

from tests.cogs.world import Player, World, coins_answer, numbers_in, said

TOPIC = "ml.regularization"


async def test_a_strong_answer_gets_feedback_with_its_words_and_ends_the_round(world: World, alice: Player) -> None:
    room = await alice.start(questions=1, topic=TOPIC, format="free text")
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
    while alice.find(room, "Skip follow-up"):
        await alice.press(room, "Skip follow-up")
    asked, *_, feedback, summary = alice.cards(room)
    assert "✓ Answered" in asked.text
    assert not asked.buttons
    assert "strong yes (4 of 4)" in feedback.text
    assert "exactly zero" in feedback.text
    assert "“" in feedback.text
    assert list(feedback.buttons) == ["Model answer", "🚩 Report question"]
    assert "Quiz finished" in summary.text
    assert list(summary.buttons) == ["Another round like this", "Reread this round"]
