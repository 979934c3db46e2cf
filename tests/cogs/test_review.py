"""/review as a person sees it."""

from __future__ import annotations

from typing import Any

import pytest

from bot.practice.review import LEECH
from tests.cogs.world import CHOICE, NUMBER, Player, World, coins_answer, said

DAY = 86_400


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
