"""/streak as a person sees it."""

from __future__ import annotations

from datetime import date

import pytest

from bot.practice.streak import calendar, streak
from bot.services.streaks import StreakView
from cogs.streak import streak_blocks
from tests.cogs.world import CHOICE, Player, World, said

DAY = 86_400
TODAY = date(2026, 3, 20)


async def practice(player: Player) -> None:
    await player.start(where=player.dm, **CHOICE)
    await player.press(player.dm, "A")


def march(*numbers: int) -> str:
    """What is said on the 20th to somebody with practice on these days of March."""
    active = {date(2026, 3, number) for number in numbers}
    found = streak(active, TODAY)
    return "\n".join(
        streak_blocks(StreakView(found, calendar(active, found.frozen, TODAY), found.frozen, bool(active)))
    )


async def test_before_the_first_question_it_says_how_it_begins(alice: Player) -> None:
    told = said(await alice.slash("streak"))
    assert "It begins with the first question that you finish." in told
    assert "```" not in told


async def test_days_add_up_and_a_missed_day_is_told_once_and_kindly(world: World, alice: Player) -> None:
    await practice(alice)
    told = said(await alice.slash("streak"))
    assert "## 1 day in a row\nToday is in. Your longest so far." in told
    assert "Both of this month's freezes are left." in told
    await world.wait(2 * DAY)
    await practice(alice)
    told = said(await alice.slash("streak"))
    assert "## 2 days in a row" in told
    assert (
        "Friday the 2nd went by without practice; a freeze took its place, and your streak of 2 days goes on." in told
    )
    assert "One of this month's two freezes is left." in told
    assert "Dec 29        ■ ○ ■" in told
    assert "went by without practice" not in said(await alice.slash("streak"))


async def test_it_is_shown_to_the_person_alone(world: World, alice: Player, bob: Player) -> None:
    await alice.slash("streak")
    assert bob.cards(world.channel) == []


@pytest.mark.parametrize(
    ("days", "told"),
    [
        ((20,), "Today is in. Your longest so far."),
        ((18, 19), "One question keeps it going today. Your longest so far."),
        ((1, 2, 3, 19, 20), "Today is in. Your longest is 3 days."),
        ((1, 2, 3), "Nothing is lost: your longest is 3 days, and one question today begins the next one."),
        ((17, 20), "This month's two freezes are used."),
        ((17, 20), "Wednesday the 18th and Thursday the 19th went by without practice; freezes took their place"),
    ],
)
def test_what_is_said_is_friendly(days: tuple[int, ...], told: str) -> None:
    assert told in march(*days)


@pytest.mark.parametrize("days", [(), (1, 2, 3), (17, 20), (20,), (5,)])
def test_nobody_is_blamed(days: tuple[int, ...]) -> None:
    assert not [word for word in ("lost your", "failed", "broke", "missed", "only") if word in march(*days).casefold()]


async def practice_on(world: World, player: Player, *pauses: int) -> None:
    """A question now, and one after each pause of so many days."""
    await practice(player)
    for days in pauses:
        await world.wait(days * DAY)
        await practice(player)


async def test_a_freeze_is_told_beside_whatever_somebody_does_and_once(world: World, alice: Player) -> None:
    await practice_on(world, alice, 1, 1)
    await world.wait(2 * DAY)
    beside = "Sunday the 4th went by without practice; a freeze took its place, and your streak of 3 days goes on."
    told = said(await alice.slash("timezone"))
    assert beside in told
    assert told.endswith("**/streak** shows it.")
    await world.wait(DAY / 12)
    assert "freeze" not in said(await alice.slash("timezone"))
    assert "went by" not in said(await alice.slash("streak"))


async def test_a_streak_of_a_day_or_two_is_not_spoken_of_unasked(world: World, alice: Player) -> None:
    await practice_on(world, alice, 1)
    await world.wait(2 * DAY)
    assert "freeze" not in said(await alice.slash("timezone"))
    assert "a freeze took its place" in said(await alice.slash("streak"))


async def test_the_streak_itself_tells_its_freezes_once(world: World, alice: Player) -> None:
    await practice_on(world, alice, 1, 1)
    await world.wait(2 * DAY)
    assert said(await alice.slash("streak")).count("went by") == 1
