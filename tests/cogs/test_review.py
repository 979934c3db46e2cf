"""/review as a person sees it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.practice.review import LEECH
from bot.rounds.events import Kind
from bot.services.reviews import ReviewDay
from cogs._practice import PracticeGo, review_blocks, review_rows
from questions.model import Level
from tests.cogs.world import CHOICE, NUMBER, Player, World, coins_answer, said

DAY = 86_400
NOTHING = ReviewDay(Level.MID, Kind.QUIZ, (), 0, False, 0, (), 0, 0, 30, 0, 3)
SOME = replace(NOTHING, questions=("a", "b", "c"), points=5)


async def miss(player: Player, **options: Any) -> None:
    """A round of one question in the person's direct messages, whose answer is asked for instead of given."""
    await player.start(where=player.dm, **options)
    await player.press(player.dm, "Show answer")


async def test_with_nothing_missed_it_says_what_it_is_for(alice: Player) -> None:
    result = await alice.slash("review", alice.dm)
    assert "Nothing to repeat yet." in said(result)
    assert "Your quiz is ready" not in said(result)


@pytest.mark.parametrize("where", ["server", "dm"])
async def test_what_was_missed_is_asked_the_next_day(world: World, alice: Player, where: str) -> None:
    await miss(alice, **NUMBER)
    assert "The next of your 1 thing comes tomorrow." in said(await alice.slash("review", alice.dm))
    await world.wait(DAY)
    room = world.channel if where == "server" else alice.dm
    before = {thread.id for thread in world.channel.threads}
    told = said(await alice.slash("review", room))
    assert "**One question** for something that you once missed." in told
    assert "Your quiz is ready." in told
    room = next((thread for thread in world.channel.threads if thread.id not in before), room)
    card = alice.card(room)
    assert "fair coins" in card.text
    await alice.answer(room, coins_answer(card))
    assert "That is all for today: 1 thing repeated. Well done." in said(await alice.slash("review", alice.dm))


async def test_what_was_just_asked_waits_for_something_else(world: World, alice: Player) -> None:
    await miss(alice, **CHOICE)
    await world.wait(DAY)
    assert "What is due was just asked." in said(await alice.slash("review", alice.dm))
    await miss(alice, **NUMBER)
    assert "**One question** for something that you once missed." in said(await alice.slash("review", alice.dm))
    assert "One case in a hundred is positive." in alice.card(alice.dm).text


async def test_a_round_that_is_open_is_not_cut_off(world: World, alice: Player) -> None:
    await miss(alice, **NUMBER)
    await world.wait(DAY)
    await alice.start(where=alice.dm, **NUMBER)
    assert "You already have a quiz round open here" in said(await alice.slash("review", alice.dm))


@pytest.mark.thorough
async def test_what_keeps_slipping_is_explained_and_something_simpler_is_one_press_away(
    world: World, alice: Player
) -> None:
    for _ in range(LEECH + 1):
        await miss(alice, **CHOICE)
        await miss(alice, **NUMBER)
        await world.wait(2 * DAY)
    result = await alice.slash("review", alice.dm)
    told = said(result)
    assert "**These keep slipping.** Read them once; I ask about them tomorrow." in told
    assert "**Classification metrics & thresholds** · Accuracy\nIt is right on 99 of 100 cases" in told
    assert "Your quiz is ready" not in told
    await alice.press(alice.dm, "First: Probability & Bayes' rule")
    assert "fair coins" in alice.card(alice.dm).text
    await alice.press(alice.dm, "Stop round")
    assert "These keep slipping" not in said(await alice.slash("review", alice.dm))


async def test_a_button_outlives_a_restart(world: World, alice: Player) -> None:
    for _ in range(LEECH + 1):
        await miss(alice, **CHOICE)
        await miss(alice, **NUMBER)
        await world.wait(2 * DAY)
    await alice.slash("review", alice.dm)
    await world.restart()
    await alice.press(alice.dm, "First: Probability & Bayes' rule")
    assert "fair coins" in alice.card(alice.dm).text


async def test_others_see_nothing_of_it(world: World, alice: Player, bob: Player) -> None:
    await miss(alice, **NUMBER)
    await world.wait(DAY)
    await alice.slash("review")
    assert bob.frames(world.channel) == []
    assert "Nothing to repeat yet." in said(await bob.slash("review"))


# What a day looks like in words


@pytest.mark.parametrize(
    ("day", "told"),
    [
        (NOTHING, "Nothing is due today. The next of your 30 things comes in 3 days."),
        (SOME, "**3 questions** for 5 things that you once missed."),
        (replace(SOME, between=True), "Another question on the topic comes first, so that it is not just recited."),
        (replace(SOME, waiting=4), "4 more things today after that."),
        (replace(SOME, questions=("a",), kind=Kind.CODE), "**A coding task** for 5 things"),
        (
            replace(SOME, later=23, tomorrow=10),
            "And 23 more over the next days, the most important first: about 10 tomorrow.",
        ),
        (replace(NOTHING, done=10, later=13, tomorrow=10), "That is all for today: 10 things repeated. Well done."),
        (replace(NOTHING, tomorrow=2), "Tomorrow: 2 things."),
    ],
)
def test_a_day_is_told_without_pressing(day: ReviewDay, told: str) -> None:
    assert told in "\n".join(review_blocks(day))


def test_more_is_offered_once_todays_measure_is_done_and_something_waits() -> None:
    done = replace(NOTHING, done=10, later=13)
    [[button]] = review_rows(done)
    assert isinstance(button, PracticeGo)
    assert (button.item.label, button.what) == ("Some more today", "more")
    for day in (NOTHING, SOME, replace(SOME, later=5)):
        assert list(map(list, review_rows(day))) == [[]]
