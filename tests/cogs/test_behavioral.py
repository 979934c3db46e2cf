"""Whole behavioral rounds: a story, follow-ups for what is missing, the interviewer's sheet, the self-rating."""

from __future__ import annotations

import pytest

from questions.model import Behavioral, Part
from tests.cogs.world import STORY, Player, World, said, skip_followups

HALF = (
    "Last spring our team planned to replace the churn model before a sales campaign. I was responsible for the "
    "offline evaluation. I checked the scores by region and found that the gain came from one country."
)
RESULT = "In the end he agreed, and wasted calls fell by 14 percent."


async def test_a_whole_story_gets_a_sheet_an_outline_and_a_rating(world: World, alice: Player) -> None:
    room = await alice.start("behavioral start")
    asked = alice.card(room)
    assert "Your story · " in asked.text
    assert "disagreed with a colleague" in asked.text
    await alice.answer(room, world.strong(STORY))
    await skip_followups(alice, room)
    sheet, summary = alice.cards(room)[-2:]
    assert "Interviewer's sheet" in sheet.text
    assert all(part in sheet.text for part in ("Situation", "Task", "Action", "Result"))
    assert "Keep" in sheet.text
    assert "Change" in sheet.text
    assert "Behavioral round finished" in summary.text
    assert "Your story, in order" in summary.text
    assert "I cannot judge that offline" in summary.text
    assert "Blames others, no own action." in summary.text
    assert summary.select is not None
    assert [option["value"] for option in summary.select["options"]] == ["1", "2", "3", "4"]


async def test_the_own_rating_is_shown_and_can_be_changed(world: World, alice: Player) -> None:
    room = await alice.start("behavioral start")
    await alice.answer(room, world.strong(STORY))
    await skip_followups(alice, room)
    await alice.rate(room, 3)
    assert "You rated yourself **3 of 4**." in alice.card(room).text
    await alice.rate(room, 4)
    summary = alice.card(room)
    assert "You rated yourself **4 of 4**." in summary.text
    assert summary.select is not None
    assert [option["value"] for option in summary.select["options"] if option.get("default")] == ["4"]


async def test_followups_ask_for_what_is_missing_and_the_answer_joins_the_outline(world: World, alice: Player) -> None:
    room = await alice.start("behavioral start")
    await alice.answer(room, HALF)
    followup = alice.card(room)
    assert "Follow-up 1" in followup.text
    question = world.bank.get(STORY)
    assert isinstance(question, Behavioral)
    missing = [*question.probes[Part.RESULT], *question.probes[Part.LEARNING], *question.probes[Part.ACTION]]
    own_words = [sentence for sentence in HALF.split(". ") if sentence[:30] in followup.text]
    assert own_words or any(probe in followup.text for probe in missing)
    await alice.answer(room, RESULT)
    await skip_followups(alice, room)
    summary = alice.card(room)
    assert "wasted calls fell by 14 percent" in summary.text
    assert "a gap: add this" in summary.text


@pytest.mark.parametrize("label", ["hypothetical", "thin"])
async def test_talk_without_a_story_earns_the_lowest_band(world: World, alice: Player, label: str) -> None:
    room = await alice.start("behavioral start")
    await alice.answer(room, world.calibrated(label, STORY))
    await skip_followups(alice, room)
    assert "strong no (1 of 4)" in alice.cards(room)[-2].text


async def test_the_one_hint_of_a_story_is_free(alice: Player) -> None:
    room = await alice.start("behavioral start")
    await alice.press(room, "Hint 1 (free)")
    assert "wanted different models" in alice.card(room).text
    assert not alice.find(room, "Hint")


async def test_an_exam_shows_the_sheet_at_the_end(world: World, alice: Player) -> None:
    room = await alice.start("behavioral start", mode="exam", competency="behav.conflict")
    assert "exam" in alice.card(room).text
    await alice.answer(room, world.strong(STORY))
    await skip_followups(alice, room)
    assert "Interviewer's sheet" in alice.cards(room)[-2].text


async def test_another_story_can_be_told(world: World, alice: Player) -> None:
    room = await alice.start("behavioral start", competency="surprise")
    await alice.answer(room, world.strong(STORY))
    await skip_followups(alice, room)
    result = await alice.press(room, "Tell another story")
    assert "Your behavioral round is ready" in said(result)
    assert "Your story" in alice.card(room).text


async def test_a_skipped_story_says_what_to_tell(alice: Player) -> None:
    room = await alice.start("behavioral start")
    await alice.press(room, "Skip")
    sheet, summary = alice.cards(room)[-2:]
    assert "What to tell" in sheet.text
    assert "Behavioral round finished" in summary.text


async def test_an_example_story_comes_with_the_sheet(world: World, alice: Player) -> None:
    room = await alice.start("behavioral start")
    await alice.press(room, "Skip")
    assert world.strong(STORY)[:60] in said(await alice.press(room, "Model answer"))
