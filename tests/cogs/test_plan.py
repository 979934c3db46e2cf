"""/plan as a person sees it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from bot.store import practice
from questions.resources import resources
from questions.taxonomy import taxonomy
from tests.cogs.limits import texts
from tests.cogs.world import NUMBER, Player, World, said

DAY = 86_400
POSTING = "We look for somebody who knows fraud detection, time series and SQL. **We** are a startup. @everyone"


async def make(player: Player, **options: Any) -> str:
    return said(await player.slash("plan set", player.dm, **{"target": "in 8 weeks", "role": "ML engineer", **options}))


async def test_without_a_plan_it_says_how_to_make_one(alice: Player) -> None:
    assert "You have no plan yet. **/plan set** makes one" in said(await alice.slash("plan show"))
    assert said(await alice.slash("plan remove")) == "You have no plan."


async def test_a_plan_shows_its_goal_today_the_week_and_what_to_read(world: World, alice: Player) -> None:
    told = await make(alice, hours=8.0, level="senior")
    assert "**ML engineer**, senior level · interview **Thu 26 Feb** (in 56 days) · 8 h a week" in told
    assert "**Today** ·" in told
    assert "**Week 1 of 8** · Thu 1 Jan to Wed 7 Jan" in told
    new = next(line for line in told.splitlines() if line.startswith("· **"))
    slug = next(slug for slug, topic in taxonomy().topics.items() if topic.name == new.split("**")[1])
    assert f"{new}\n-# {resources().on(slug)[0]}" in told
    assert "min reviews" in told or "h reviews" in told
    assert "These hours do not hold everything." in told
    assert said(await alice.slash("plan show", alice.dm)) == told


async def test_shortly_before_the_interview_no_hours_are_promised_to_bring_anything_new(
    world: World, alice: Player
) -> None:
    told = await make(alice, target="in 5 days")
    assert re.search(r"topics to go\n", told)
    assert "Nothing new in the last week" in told
    assert "Left for after it, the most valuable first: " in told
    assert "fit" not in told
    assert "More hours" not in told
    await world.wait(4 * DAY)
    told = said(await alice.slash("plan show"))
    assert "**Week 1 of 1** · Mon 5 Jan\nThe day before is for rest." in told
    await world.wait(DAY)
    told = said(await alice.slash("plan show"))
    assert "interview **Tue 6 Jan** (today)\n**The day has come.**" in told


async def test_weeks_are_turned_like_pages(world: World, alice: Player) -> None:
    await make(alice)
    assert "Earlier" not in alice.card(alice.dm).buttons
    for number in range(2, 9):
        await alice.press(alice.dm, "Later")
        assert f"**Week {number} of 8**" in alice.card(alice.dm).text
    assert "Nothing new in the last week" in alice.card(alice.dm).text
    assert "Later" not in alice.card(alice.dm).buttons
    await world.restart()
    await alice.press(alice.dm, "Earlier")
    assert "**Week 7 of 8**" in alice.card(alice.dm).text
    assert len(alice.frames(alice.dm)) == 1


async def test_one_button_starts_todays_step(alice: Player) -> None:
    told = await make(alice)
    assert "**Today** · **Probability & Bayes' rule**: read up on it, then a quiz of 1 question." in told
    await alice.press(alice.dm, "Start today's step")
    assert "fair coins" in alice.card(alice.dm).text


async def test_what_was_missed_comes_first(world: World, alice: Player) -> None:
    await alice.start(where=alice.dm, **NUMBER)
    await alice.press(alice.dm, "Show answer")
    await world.wait(DAY)
    assert "**Today, first** · review: 1 question for what you missed." in await make(alice)
    await alice.press(alice.dm, "Start today's step")
    assert "fair coins" in alice.card(alice.dm).text


async def test_a_job_description_is_pasted_in_a_form_and_it_is_shown_what_was_found(
    world: World, alice: Player
) -> None:
    await make(alice)
    form = await alice.press(alice.dm, "Paste a job description")
    await alice.fill(alice.dm, form, POSTING)
    told = alice.card(alice.dm).text
    assert "I found **3 topics** in it; they weigh more in your plan now." in told
    assert "Time series & forecasting (“time series”)" in told
    assert "Fraud, anomaly & trust-and-safety (“fraud detection”)" in told
    assert "It reads like a start-up" in told
    assert "@everyone" not in told
    async with world.bot.store.read() as connection:
        row = await practice.plan(connection, alice.id)
    assert row is not None
    assert "look for somebody" not in row.emphasis
    form = await alice.press(alice.dm, "Another job description")
    await alice.fill(alice.dm, form, "Nothing that I know.")
    assert "I found none of my topics in that text" in alice.card(alice.dm).text
    assert "“time series”" in alice.card(alice.dm).text


async def test_the_command_itself_can_open_the_form(alice: Player) -> None:
    result = await alice.slash("plan set", alice.dm, target="in 8 weeks", role="data scientist", description=True)
    assert result.modal is not None
    await alice.fill(alice.dm, result, POSTING)
    assert "**data scientist**" in alice.card(alice.dm).text
    assert "“fraud detection”" in alice.card(alice.dm).text


async def test_a_form_that_was_open_over_a_restart_is_not_lost(world: World, alice: Player) -> None:
    result = await alice.slash("plan set", alice.dm, target="in 8 weeks", role="MLOps engineer", description=True)
    assert result.modal is not None
    record, payload = alice.form_payload(alice.dm, dict(result.modal), POSTING)
    await world.restart()
    await world.deliver((record, payload))
    assert "“fraud detection”" in alice.card(alice.dm).text


async def test_a_description_without_a_plan_is_handed_back(alice: Player) -> None:
    result = await alice.slash("plan set", alice.dm, target="in 8 weeks", role="ML engineer", description=True)
    await alice.slash("plan remove", alice.dm)
    await alice.fill(alice.dm, result, POSTING)
    last = alice.cards(alice.dm)[-1]
    assert "You have no plan yet." in last.text
    assert last.files == ["your-answer.txt"]


@pytest.mark.parametrize(("target", "told"), [("soon", "I do not understand that day"), ("2020-01-01", "not ahead")])
async def test_a_day_that_is_none_is_told(alice: Player, target: str, told: str) -> None:
    assert told in await make(alice, target=target)
    assert told in said(await alice.slash("plan set", alice.dm, target=target, role="ML engineer", description=True))


async def test_days_are_suggested(world: World, alice: Player) -> None:
    found = await alice.member.autocomplete(world.channel, "plan set", "target", "")
    day = (world.env.now() + timedelta(weeks=6)).date()
    assert {"name": f"in 6 weeks · {day:%A}, {day:%Y-%m-%d}", "value": f"{day:%Y-%m-%d}"} in found
    assert await alice.member.autocomplete(world.channel, "plan set", "target", "6 w") == [
        {"name": f"in 6 weeks · {day:%A}, {day:%Y-%m-%d}", "value": f"{day:%Y-%m-%d}"}
    ]


async def test_the_last_days_and_the_day_itself(world: World, alice: Player) -> None:
    told = await make(alice, target="in 2 days")
    assert "**Today** · a mixed" in told
    assert "Fri 2 Jan is for rest." in told
    await world.wait(DAY)
    told = said(await alice.slash("plan show", alice.dm))
    assert "**Today** · rest." in told
    assert "Start today's step" not in alice.card(alice.dm).buttons
    await world.wait(DAY)
    told = said(await alice.slash("plan show", alice.dm))
    assert "**The day has come.**" in told
    await alice.slash("plan remove", alice.dm)
    assert "You have no plan yet" in said(await alice.slash("plan show", alice.dm))


async def test_the_longest_plan_fits_a_message(alice: Player) -> None:
    await make(alice, target="in 52 weeks", hours=40.0, level="senior")
    form = await alice.press(alice.dm, "Paste a job description")
    await alice.fill(alice.dm, form, POSTING * 30)
    for _ in range(12):
        card = alice.card(alice.dm)
        assert len("\n".join(texts(card.message.components))) <= 4000
        await alice.press(alice.dm, "Later")


async def test_it_is_shown_to_the_person_alone(world: World, alice: Player, bob: Player) -> None:
    await alice.slash("plan set", target="in 8 weeks", role="ML engineer")
    assert bob.cards(world.channel) == []
