"""Peer interviews as two people hold them in Discord: commands, forms, buttons, and somebody who clicks everything."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import discord
import pytest
import pytest_asyncio
import simcord
from discord import ui

from bot.rounds.calibration import calibration
from bot.rounds.events import Kind
from bot.rounds.pair import End, Outcome, Phase
from bot.rounds.pair_events import CandidateSheet, InterviewerSheet
from bot.rounds.partners import Days
from bot.services.hints import HINT_COSTS
from bot.services.pair_cards import (
    CandidateReport,
    GatherCard,
    Guide,
    InterviewerReport,
    PairAskCard,
    PairSummaryCard,
    PointLine,
    ProposalCard,
    RateCard,
)
from bot.services.pair_record import follow_ups_of, points_of
from cogs._pair_forms import asked_for, rating_form, time_form
from cogs._render_pair import (
    OF_CANDIDATE,
    OF_INTERVIEWER,
    candidate_view,
    guide_view,
    interviewer_view,
    model_texts,
    pair_view,
    retry_view,
    sure_view,
)
from grader.grade import Grade, Row, Span, Verdict
from questions.bank import Bank
from questions.model import Behavioral, FreeText, Level, Tier
from tests.cogs.limits import breaches, texts, walk
from tests.cogs.world import Card, Payload, Player, World, open_world, said
from tests.services.pairing import interview_bank

TIME = {"day": ["2026-01-02"], "hour": ["18"], "minute": ["0"]}
"""18:00 on the second of January, by the clock of whoever fills in the form."""
SIX_IN_BERLIN = 1767373200
STRANGE = "This is between <@"
CLAIMS = ("drives some weights to exactly zero", "shrinks all weights smoothly", "picks one arbitrarily")
"""What the rubric says, and nobody else."""


@pytest_asyncio.fixture
async def world(database: Path, bank: Bank) -> AsyncGenerator[World]:
    async with open_world(database, interview_bank(bank)) as opened:
        for person in (opened.alice, opened.bob):
            await person.slash("timezone", zone="Europe/Berlin")
        yield opened


@pytest.fixture
def eve(world: World) -> Player:
    """Somebody else in the server."""
    return Player(world, world.guild.add_member(world.env.create_user("eve")))


def shown(player: Player, where: simcord.ChannelHandle, words: str) -> Card:
    """The newest message that says this."""
    found = [card for card in player.cards(where) if words in card.text]
    assert found, f"{words!r} is nowhere in {player.cards(where)}"
    return found[-1]


async def ask(
    asker: Player, partner: Player, where: simcord.ChannelHandle | None = None, first: str = "me", **options: Any
) -> str:
    """Asks for an interview; returns what is said to the asker."""
    where = where or asker.world.channel
    form = await asker.slash("mock pair", where, partner=partner.member, **options)
    assert form.modal is not None, said(form)
    return said(await asker.actor(where).submit_modal(form, TIME | {"first": [first]}))


async def submit(
    player: Player, where: simcord.ChannelHandle, form: simcord.InteractionResult, values: dict[str, Any]
) -> str:
    assert form.modal is not None, said(form)
    return said(await player.actor(where).submit_modal(form, values))


async def rate(player: Player, where: simcord.ChannelHandle, marks: str = "432", note: str = "") -> str:
    """Rates the other one, whatever the form asks."""
    form = await player.press(where, "Rate")
    assert form.modal is not None, said(form)
    fields = [label["component"]["custom_id"] for label in form.modal["components"]]
    values: dict[str, Any] = {field: [mark] for field, mark in zip(fields[:3], marks, strict=True)}
    return await submit(player, where, form, values | {"note": note})


async def pick(player: Player, where: simcord.ChannelHandle, action: str, values: list[str]) -> Any:
    """Picks from a list on the newest sheet."""
    sheet = shown(player, where, "### Interviewer's sheet")
    [custom_id] = [item for item in ids(sheet) if item.endswith(f":pick-{action}")]
    return await player.actor(where).select(sheet.message, values, custom_id=custom_id)


def ids(card: Card) -> list[str]:
    return [item["custom_id"] for item in walk(card.message.components) if "custom_id" in item]


async def agree(world: World) -> None:
    """Alice asks Bob for six o'clock, and it suits him."""
    await ask(world.alice, world.bob)
    await world.bob.press(world.channel, "That suits me")


async def wait_until(world: World, stamp: int) -> None:
    await world.wait(stamp - world.env.now().timestamp())


async def meet(world: World) -> simcord.ChannelHandle:
    """Both are called together; returns where."""
    await agree(world)
    before = {thread.id for thread in world.channel.threads}
    await wait_until(world, SIX_IN_BERLIN - 15 * 60 + 2)
    return next((thread for thread in world.channel.threads if thread.id not in before), world.channel)


async def begin(world: World) -> simcord.ChannelHandle:
    """Alice interviews Bob since five minutes before six."""
    room = await meet(world)
    await world.bob.press(room, "I am here")
    await world.alice.press(room, "I am here")
    await wait_until(world, SIX_IN_BERLIN - 5 * 60 + 2)
    shown(world.bob, room, "### Interview 1 of 2")
    return room


async def rest(world: World, room: simcord.ChannelHandle) -> None:
    """The first interview is closed and rated, the second one, too."""
    for asks in (world.alice, world.bob):
        await asks.press(room, "End the interview")
        for person in (world.alice, world.bob):
            await rate(person, room, note=f"from {person.member.user.name}")


def form_payload(
    player: Player, where: simcord.ChannelHandle, form: dict[str, Any] | None, values: dict[str, Any], card: Card | None
) -> Payload:
    """A form of lists and texts that was shown, as it is sent in by a client that had it open."""
    assert form is not None
    components: list[dict[str, Any]] = []
    for label in form["components"]:
        field = label["component"]
        given = values[field["custom_id"]]
        content: dict[str, Any] = {"values" if isinstance(given, list) else "value": given}
        component = {"type": field["type"], "id": 2, "custom_id": field["custom_id"], **content}
        components.append({"type": 18, "id": 1, "component": component})
    return player.payload(where, 5, {"custom_id": form["custom_id"], "components": components}, card)


# Asking


async def test_without_a_time_zone_the_way_to_set_one_is_told(world: World, eve: Player, bob: Player) -> None:
    told = said(await eve.slash("mock pair", partner=bob.member))
    assert "/timezone" in told
    await eve.slash("timezone", zone="America/New_York")
    form = await eve.slash("mock pair", partner=bob.member)
    assert form.modal is not None
    assert form.modal["components"][0]["description"] == "In your time zone, America/New York"


async def test_the_form_begins_with_a_time_soon_in_the_persons_own_zone(world: World, alice: Player) -> None:
    """It is one o'clock in Berlin."""
    form = await alice.slash("mock pair", partner=world.bob.member)
    assert form.modal is not None
    labels = [label["component"] for label in form.modal["components"]]
    chosen = {
        field["custom_id"]: [option["value"] for option in field["options"] if option["default"]] for field in labels
    }
    assert chosen == {"day": ["2026-01-01"], "hour": ["3"], "minute": ["0"], "first": ["me"]}
    days = [option["label"] for option in labels[0]["options"]]
    assert days[:2] == ["Thursday, 1 January · today", "Friday, 2 January · tomorrow"]
    assert len(days) == 14


async def test_a_proposal_pings_the_partner_alone_and_names_the_time(world: World, alice: Player, bob: Player) -> None:
    told = await ask(alice, bob)
    assert f"<t:{SIX_IN_BERLIN}:F>" in told
    card = shown(bob, world.channel, "asks")
    assert f"<@{alice.id}> asks <@{bob.id}> for a peer interview" in card.text
    assert f"<t:{SIX_IN_BERLIN}:F>" in card.text
    assert f"<t:{SIX_IN_BERLIN}:R>" in card.text
    assert list(card.buttons) == ["That suits me", "Another time", "No, thanks", "Withdraw"]
    assert pings(world) == [[bob.id]]


def pings(world: World) -> list[list[int]]:
    """Whom the bot's messages could notify, message by message."""
    found: list[list[int]] = []
    for request in world.requests:
        body: Any = request.json
        if request.method == "POST" and isinstance(body, dict) and "allowed_mentions" in body:
            mentions = cast("dict[str, Any]", body["allowed_mentions"])
            users = [int(user) for user in cast("list[int]", mentions.get("users") or [])]
            found += [users] if users else []
    return found


async def test_people_who_cannot_be_asked_are_refused_in_words(world: World, alice: Player, bob: Player) -> None:
    assert "It takes two" in said(await alice.slash("mock pair", partner=alice.member))
    robot = world.guild.add_member(world.env.create_user("robot", bot=True))
    assert "Bots do not take interviews" in said(await alice.slash("mock pair", partner=robot))
    await alice.slash("settings block", person=bob.member)
    assert "cannot take part in rounds here" in said(await alice.slash("mock pair", partner=bob.member))
    assert "blocked you" in said(await bob.slash("mock pair", partner=alice.member))
    assert [card for card in bob.cards(world.channel) if "asks" in card.text] == []


async def test_somebody_who_left_while_the_form_was_open_is_not_asked(world: World, alice: Player, eve: Player) -> None:
    form = await alice.slash("mock pair", partner=eve.member)
    world.env.backend.remove_member(world.guild.id, eve.id)
    told = await submit(alice, world.channel, form, TIME | {"first": ["me"]})
    assert "not a member of this server" in told
    assert pings(world) == []


async def test_somebody_who_cannot_see_the_channel_is_not_asked_there(world: World, alice: Player, bob: Player) -> None:
    hidden = world.guild.create_text_channel(
        "hidden", overwrites={bob.member: discord.PermissionOverwrite(view_channel=False)}
    )
    told = said(await alice.slash("mock pair", hidden, partner=bob.member))
    assert "cannot see this channel" in told


@pytest.mark.thorough
async def test_a_time_that_is_past_can_be_chosen_anew_and_nothing_is_lost(
    world: World, alice: Player, bob: Player, channel: simcord.ChannelHandle
) -> None:
    form = await alice.slash("mock pair", partner=bob.member, kind="behavioral", level="senior", minutes=30)
    told = await submit(
        alice, channel, form, {"day": ["2026-01-01"], "hour": ["0"], "minute": ["0"], "first": ["partner"]}
    )
    assert "too soon, or past" in told
    assert pings(world) == []
    again = await alice.press(channel, "Choose another time")
    await submit(alice, channel, again, TIME | {"first": ["partner"]})
    card = shown(bob, channel, "asks")
    assert "behavioral questions · senior level" in card.text
    assert f"<@{bob.id}> interviews <@{alice.id}> for 30 minutes" in card.text


async def test_each_reads_and_chooses_times_by_their_own_clock(
    world: World, alice: Player, bob: Player, channel: simcord.ChannelHandle
) -> None:
    await bob.slash("timezone", zone="America/New_York")
    await ask(alice, bob)
    form = await bob.press(channel, "Another time")
    assert form.modal is not None
    hour = form.modal["components"][1]["component"]["options"]
    assert [option["value"] for option in hour if option["default"]] == ["12"], "18:00 in Berlin is noon there"
    assert len(form.modal["components"]) == 3
    await submit(bob, channel, form, TIME | {"hour": ["13"], "minute": ["30"]})
    later = SIX_IN_BERLIN + 5400
    card = shown(alice, channel, "asks")
    assert f"<t:{later}:F>" in card.text
    assert f"I wait for <@{alice.id}>" in card.text
    assert pings(world) == [[bob.id], [alice.id]], "an edit notifies nobody, so Alice is told by a message"
    assert f"Now <@{alice.id}> has to reply" in said(await bob.press(channel, "That suits me"))
    await alice.press(channel, "That suits me")
    assert "✓ **Agreed.**" in shown(bob, channel, "Peer interview ·").text


@pytest.mark.parametrize(
    ("who", "label", "words"), [("bob", "No, thanks", "declined"), ("alice", "Withdraw", "called it off")]
)
async def test_a_proposal_ends_kindly(world: World, who: str, label: str, words: str) -> None:
    await ask(world.alice, world.bob)
    player = world.bob if who == "bob" else world.alice
    await player.press(world.channel, label)
    card = shown(world.alice, world.channel, "asks")
    assert f"<@{player.id}> {words}" in card.text
    assert card.buttons == {}
    assert await ask(world.alice, world.bob)


async def test_a_click_on_a_time_that_has_changed_meanwhile_does_not_agree_to_it(
    world: World, alice: Player, bob: Player, channel: simcord.ChannelHandle
) -> None:
    await ask(alice, bob)
    stale = bob.click_payload(channel, shown(bob, channel, "asks"), "That suits me")
    for player, hour in ((bob, "19"), (alice, "20")):
        form = await player.press(channel, "Another time")
        await submit(player, channel, form, TIME | {"hour": [hour]})
    [result] = await world.deliver(stale)
    assert f"The time has changed meanwhile: it is <t:{SIX_IN_BERLIN + 7200}:F>" in said(result)
    assert "I wait for" in shown(bob, channel, "asks").text


# Meeting


async def test_both_are_called_into_a_private_thread(world: World, alice: Player, bob: Player, eve: Player) -> None:
    room = await meet(world)
    assert room.id != world.channel.id
    stored = world.env.backend.get_thread(room.id)
    assert {alice.id, bob.id} <= set(stored.thread_members)
    assert eve.id not in stored.thread_members
    card = shown(bob, room, "your peer interview")
    assert "Only you two" in card.text
    assert pings(world)[-1] == [alice.id, bob.id]
    assert f"You meet in <#{room.id}>" in shown(eve, world.channel, "asks").text


@pytest.mark.parametrize("path", ["/channels/*/threads", "/channels/*/thread-members/*"])
async def test_where_no_thread_can_be_made_it_is_held_in_the_channel(world: World, path: str) -> None:
    method = "POST" if path.endswith("threads") else "PUT"
    world.env.inject_error(method, path, status=403, code=50013, message="Missing Permissions")
    room = await meet(world)
    assert "everybody in this channel can read along" in shown(world.bob, room, "your peer interview").text
    assert room.id == world.channel.id or room.id not in {thread.id for thread in world.channel.threads}
    assert "your peer interview" in shown(world.bob, world.channel, "your peer interview").text


async def test_a_thread_that_discord_could_not_make_at_first_is_made_once(world: World) -> None:
    world.env.inject_error("PUT", "/channels/*/thread-members/*", status=500, code=0, message="Internal Server Error")
    await agree(world)
    await wait_until(world, SIX_IN_BERLIN - 15 * 60 + 2)
    await world.wait(25)
    [room] = world.channel.threads
    assert "Only you two" in shown(world.bob, room, "your peer interview").text


@pytest.mark.thorough
async def test_a_process_that_dies_with_the_thread_just_made_leaves_one_thread(world: World) -> None:
    await agree(world)
    poster = world.bot.poster
    make = poster.open_thread

    async def make_and_die(*arguments: Any, **options: Any) -> Any:
        await make(*arguments, **options)
        world.expect(RuntimeError)
        raise RuntimeError("killed")

    object.__setattr__(poster, "open_thread", make_and_die)
    await wait_until(world, SIX_IN_BERLIN - 15 * 60 + 2)
    world.complaints.lines.clear()
    assert len(world.channel.threads) == 1
    await world.restart(away=1)
    await world.wait(45)
    [room] = world.channel.threads
    assert shown(world.bob, room, "your peer interview")


async def test_who_does_not_come_is_told_without_blame(world: World, alice: Player, bob: Player) -> None:
    room = await meet(world)
    await alice.press(room, "I am here")
    assert f"✓ <@{alice.id}> is here" in shown(bob, room, "your peer interview").text
    await wait_until(world, SIX_IN_BERLIN + 10 * 60 + 2)
    for card in (shown(bob, room, "your peer interview"), shown(bob, world.channel, "asks")):
        assert f"<@{bob.id}> did not come. That happens; **/mock pair** finds another time." in card.text
        assert card.buttons == {}


async def test_here_said_twice_and_too_late_are_answered(world: World, alice: Player, bob: Player) -> None:
    room = await meet(world)
    await alice.press(room, "I am here")
    assert f"I wait for <@{bob.id}>" in said(await alice.press(room, "I am here"))
    await wait_until(world, SIX_IN_BERLIN + 11 * 60)
    late = {"type": 2, "style": 3, "label": "I am here", "custom_id": "pair:1:0:here"}
    [result] = await world.deliver(bob.forged_payload(room, shown(bob, room, "your peer interview"), late))
    assert "This interview is over" in said(result)


# The whole conversation


async def test_two_people_interview_each_other(world: World, alice: Player, bob: Player, eve: Player) -> None:
    room = await begin(world)
    asked = shown(bob, room, "### Interview 1 of 2")
    assert f"<@{alice.id}> asks, <@{bob.id}> answers" in asked.text

    # Alice reads her sheet, ticks, helps and asks on.
    sheet = await alice.press(room, "Interviewer's sheet")
    assert all(answer.ephemeral for answer in sheet.followups)
    assert all(claim in said(sheet) for claim in CLAIMS)
    await pick(alice, room, "ticks", ["l1-zeros", "l2-shrinks"])
    assert "✓ An L1 penalty" in shown(alice, room, "### Interviewer's sheet").text
    await alice.press(room, "Give hint 1 (free)")
    assert "Hint 1** (given)" in shown(alice, room, "### Interviewer's sheet").text
    assert "💡 **Hint 1** · Think of a model" in shown(bob, room, "### Interview 1 of 2").text
    await pick(alice, room, "followup", ["point:correlated"])
    assert "↪ **Two of your features" in shown(bob, room, "### Interview 1 of 2").text

    # Bob answers in writing; Alice reads it, nobody else.
    form = await bob.press(room, "Answer in writing")
    question = next(q for q in world.bank.questions.values() if isinstance(q, FreeText))
    told = said(await bob.fill(room, form, question.model_answer.full))
    assert "Your answer is in" in told
    card = shown(bob, room, "### Interview 1 of 2")
    assert "has answered in writing" in card.text
    assert "Answer in writing" not in card.buttons
    assert "**They wrote**" in shown(alice, room, "### Interviewer's sheet").text, "her sheet shows it by itself"
    assert not any("**They wrote**" in one.text for one in bob.cards(room))

    # They rate each other, and swap.
    await alice.press(room, "End the interview", shown(alice, room, "### Interviewer's sheet"))
    assert "The other one sees it at the end" in await rate(alice, room, "432", "Name the corner at zero.")
    assert "✓ " in shown(bob, room, "how was it?").text
    await rate(bob, room, "443", "Clear, and kind.")
    second = shown(alice, room, "### Interview 2 of 2")
    assert f"<@{bob.id}> asks, <@{alice.id}> answers" in second.text
    form = await alice.press(room, "Answer in writing")
    await alice.fill(room, form, "Ridge shrinks all weights and keeps them, as far as I know, and lasso does not.")
    await bob.press(room, "End the interview")
    await rate(bob, room, "222")
    await rate(alice, room, "444")

    # The end, in public without scores, in private with them.
    over = shown(eve, world.channel, "asks")
    assert "It was held" in over.text
    summary = shown(bob, room, "## Peer interview over")
    assert "Both have interviewed and been interviewed." in summary.text
    assert "%" not in summary.text
    mine = said(await bob.press(room, "My sheet"))
    assert "What you typed: **100%** · strong yes (4 of 4) · 1 hint given" in mine
    assert "✓ ✓ · An L1 penalty drives some weights to exactly zero." in mine
    assert "– ✓ · Among correlated features" in mine
    assert "Correctness · **4 of 4**, very well" in mine
    assert "Name the corner at zero." in mine
    given = said(await alice.press(room, "How I interviewed"))
    assert "agree to **71%**" in given
    assert "**Only I found**" in given
    assert "κ" not in given, "three points say nothing about chance"
    assert "Clear, and kind." in given
    assert "Name the corner at zero." not in given
    models = said(await alice.press(room, "Model answers"))
    assert models.count("L1 sets some weights to exactly zero") == 2


async def test_the_candidate_never_sees_the_rubric(world: World, alice: Player, bob: Player) -> None:
    """Not by asking for the sheet, not through a forged click, and not on any message."""
    room = await begin(world)
    await alice.press(room, "Interviewer's sheet")
    sheet = shown(alice, room, "### Interviewer's sheet")
    told = said(await bob.press(room, "Interviewer's sheet"))
    assert f"That is for <@{alice.id}>, who interviews" in told
    forged = [
        {"type": 2, "style": 2, "label": "x", "custom_id": "pair:1:0:refresh"},
        {"type": 2, "style": 2, "label": "x", "custom_id": "pair:1:0:hint-1"},
        {
            "type": 3,
            "custom_id": "pair:1:0:pick-ticks",
            "options": [{"label": "x", "value": "l1-zeros"}],
        },
        {
            "type": 3,
            "custom_id": "pair:1:0:pick-followup",
            "options": [{"label": "x", "value": "point:l1-zeros"}],
        },
    ]
    asked = shown(bob, room, "### Interview 1 of 2")
    results = await world.deliver(*(bob.forged_payload(room, asked, component) for component in forged))
    await alice.press(room, "Give hint 1 (free)")
    everything = "\n".join([*(said(result) for result in results), *(card.text for card in bob.cards(room))])
    assert not any(claim in everything for claim in CLAIMS)
    assert sheet.id not in {card.id for card in bob.cards(room)}
    assert "▢ An L1" in shown(alice, room, "### Interviewer's sheet").text, "nothing was ticked for her"


async def test_the_second_candidate_does_not_get_the_first_sheet_anew(world: World, alice: Player, bob: Player) -> None:
    """After the swap Bob has the sheet of his question, and Alice only that of the one that she asked."""
    room = await begin(world)
    await alice.press(room, "End the interview")
    for person in (alice, bob):
        await rate(person, room)
    sheet = said(await bob.press(room, "Interviewer's sheet"))
    assert all(claim in sheet for claim in CLAIMS)
    assert f"That is for <@{bob.id}>" in said(await alice.press(room, "Interviewer's sheet"))


@pytest.mark.thorough
async def test_a_strangers_clicks_change_nothing_at_any_point(
    world: World, alice: Player, bob: Player, eve: Player, channel: simcord.ChannelHandle
) -> None:
    """Held in the open, with somebody pressing every button that there is."""
    await alice.slash("settings rounds", place="channel")

    async def meddle() -> None:
        before = [(card.id, card.text) for card in alice.cards(channel)]
        pressed = 0
        for card in eve.cards(channel):
            for label in card.buttons:
                result = await eve.press(channel, label, card)
                pressed += 1
                if label == "🚩 Report question":
                    assert "number" in said(await eve.fill(channel, result, "A typo."))
                    continue
                assert result.modal is None
                assert STRANGE in said(result), (label, said(result))
                assert all(answer.ephemeral for answer in result.followups)
        assert pressed
        assert [(card.id, card.text) for card in alice.cards(channel)] == before

    await ask(alice, bob)
    await meddle()
    await bob.press(channel, "That suits me")
    await meddle()
    await wait_until(world, SIX_IN_BERLIN - 15 * 60 + 2)
    await meddle()
    await alice.press(channel, "I am here")
    await bob.press(channel, "I am here")
    await meddle()
    await wait_until(world, SIX_IN_BERLIN - 5 * 60 + 2)
    await meddle()
    await alice.press(channel, "End the interview")
    await meddle()
    await rate(alice, channel)
    await meddle()
    await rate(bob, channel)
    await bob.press(channel, "Stop for both")
    await bob.press(channel, "Yes, stop it")
    assert f"Ended early by <@{bob.id}>" in shown(alice, channel, "## Peer interview over").text
    await meddle()


async def test_a_strangers_forms_are_refused_and_handed_back(
    world: World, alice: Player, bob: Player, eve: Player
) -> None:
    """The forms of somebody's interview, sent in by another client."""
    await alice.slash("settings rounds", place="channel")
    await eve.slash("timezone", zone="UTC")
    await ask(alice, bob)
    form = await bob.press(world.channel, "Another time")
    [result] = await world.deliver(form_payload(eve, world.channel, form.modal, TIME, None))
    assert STRANGE in said(result)
    assert f"<t:{SIX_IN_BERLIN}:F>" in shown(alice, world.channel, "asks").text
    await bob.press(world.channel, "That suits me")
    await wait_until(world, SIX_IN_BERLIN - 15 * 60 + 2)
    for person in (alice, bob):
        await person.press(world.channel, "I am here")
    await wait_until(world, SIX_IN_BERLIN - 5 * 60 + 2)
    form = await bob.press(world.channel, "Answer in writing")
    asked = shown(eve, world.channel, "### Interview 1 of 2")
    [result] = await world.deliver(form_payload(eve, world.channel, form.modal, {"text": "Mine."}, asked))
    assert STRANGE in said(result)
    assert result.followups[-1].attachments[0].filename == "your-answer.txt"
    await alice.press(world.channel, "End the interview")
    form = await alice.press(world.channel, "Rate")
    marks = {"correctness": ["1"], "depth": ["1"], "communication": ["1"], "note": "Bad."}
    [result] = await world.deliver(form_payload(eve, world.channel, form.modal, marks, None))
    assert STRANGE in said(result)
    assert "is done" not in shown(alice, world.channel, "how was it?").text


async def test_buttons_of_the_first_interview_are_stale_after_the_swap(
    world: World, alice: Player, bob: Player
) -> None:
    room = await begin(world)
    await alice.press(room, "Interviewer's sheet")
    sheet = shown(alice, room, "### Interviewer's sheet")
    asked = shown(alice, room, "### Interview 1 of 2")
    clicks = [
        alice.click_payload(room, asked, "End the interview"),
        alice.click_payload(room, sheet, "Give hint 1 (free)"),
        bob.click_payload(room, asked, "Answer in writing"),
    ]
    await alice.press(room, "End the interview")
    rating = alice.click_payload(room, shown(alice, room, "how was it?"), "Rate")
    for person in (alice, bob):
        await rate(person, room)
    results = await world.deliver(*clicks, rating)
    assert "something that is over" in said(results[0])
    assert "something that is over" in said(results[1])
    assert "came too late" in said(results[2])
    assert "You have rated this interview" in said(results[3])
    second = shown(bob, room, "### Interview 2 of 2")
    assert "End the interview" in second.buttons
    assert "Hint" not in second.text


async def test_a_hint_clicked_twice_at_once_is_given_once(world: World, alice: Player, bob: Player) -> None:
    room = await begin(world)
    await alice.press(room, "Interviewer's sheet")
    sheet = shown(alice, room, "### Interviewer's sheet")
    await world.deliver(*(alice.click_payload(room, sheet, "Give hint 1 (free)") for _ in range(3)))
    text = shown(bob, room, "### Interview 1 of 2").text
    assert "Hint 1" in text
    assert "Hint 2" not in text


@pytest.mark.parametrize("turn", [1, 7, 999_999])
@pytest.mark.parametrize(
    "action",
    [
        "answer",
        "guide",
        "refresh",
        "close",
        "mark",
        "pass",
        "hint-1",
        "hint-x",
        "report",
        "accept-x",
        "mine",
    ],
)
async def test_a_button_that_never_was_does_no_harm(world: World, alice: Player, action: str, turn: int) -> None:
    room = await begin(world)
    component = {"type": 2, "style": 2, "label": "x", "custom_id": f"pair:1:{turn}:{action}"}
    [result] = await world.deliver(alice.forged_payload(room, shown(alice, room, "### Interview 1 of 2"), component))
    assert result.acknowledged
    assert "went wrong" not in said(result)
    assert "End the interview" in shown(alice, room, "### Interview 1 of 2").buttons


@pytest.mark.parametrize("action", ["accept-1", "time", "answer", "guide", "mine", "mark", "withdraw", "stop"])
async def test_a_button_of_an_unknown_round_is_answered_kindly(world: World, alice: Player, action: str) -> None:
    await ask(alice, world.bob)
    card = shown(alice, world.channel, "asks")
    component = {"type": 2, "style": 2, "label": "x", "custom_id": f"pair:999:0:{action}"}
    [result] = await world.deliver(alice.forged_payload(world.channel, card, component))
    assert "I cannot find that round any more" in said(result)


@pytest.mark.parametrize("action", ["ask-1", "ask-x-q-m-20", "ask-1-z-m-20", "ask-1-q-m-99", "ask-1-q-m-20-1"])
async def test_a_form_that_asks_for_nonsense_is_refused(world: World, alice: Player, action: str) -> None:
    await ask(alice, world.bob)
    card = shown(alice, world.channel, "asks")
    component = {"type": 2, "style": 2, "label": "x", "custom_id": f"pair:0:0:{action}"}
    [result] = await world.deliver(alice.forged_payload(world.channel, card, component))
    assert "I do not know that form any more" in said(result)


# Restarts


@pytest.mark.thorough
async def test_forms_held_open_over_a_restart_arrive(world: World, alice: Player, bob: Player) -> None:
    channel = world.channel
    form = await alice.slash("mock pair", partner=bob.member)
    await world.restart(away=60)
    [result] = await world.deliver(form_payload(alice, channel, form.modal, TIME | {"first": ["me"]}, None))
    assert "I have asked" in said(result)
    form = await bob.press(channel, "Another time")
    await world.restart(away=60)
    card = shown(bob, channel, "asks")
    await world.deliver(form_payload(bob, channel, form.modal, TIME, card))
    await alice.press(channel, "That suits me")
    await wait_until(world, SIX_IN_BERLIN - 15 * 60 + 2)
    [room] = channel.threads
    for person in (alice, bob):
        await person.press(room, "I am here")
    await wait_until(world, SIX_IN_BERLIN - 5 * 60 + 2)
    form = await bob.press(room, "Answer in writing")
    await world.restart(away=60)
    asked = shown(bob, room, "### Interview 1 of 2")
    [result] = await world.deliver(form_payload(bob, room, form.modal, {"text": "Lasso selects."}, asked))
    assert "Your answer is in" in said(result)
    await alice.press(room, "End the interview")
    form = await alice.press(room, "Rate")
    await world.restart(away=60)
    marks = {"correctness": ["4"], "depth": ["3"], "communication": ["2"], "note": "Good."}
    [result] = await world.deliver(form_payload(alice, room, form.modal, marks, shown(alice, room, "how was it?")))
    assert "Thank you" in said(result)
    assert f"✓ <@{alice.id}> is done" in shown(bob, room, "how was it?").text


Reach = Callable[[World], Awaitable[simcord.ChannelHandle]]


async def _asked(world: World) -> simcord.ChannelHandle:
    await ask(world.alice, world.bob)
    return world.channel


async def _agreed(world: World) -> simcord.ChannelHandle:
    await agree(world)
    return world.channel


async def _here(world: World) -> simcord.ChannelHandle:
    room = await meet(world)
    await world.alice.press(room, "I am here")
    return room


async def _helped(world: World) -> simcord.ChannelHandle:
    room = await begin(world)
    await world.alice.press(room, "Interviewer's sheet")
    await world.alice.press(room, "Give hint 1 (free)")
    return room


async def _rating(world: World) -> simcord.ChannelHandle:
    room = await begin(world)
    await world.alice.press(room, "End the interview")
    await rate(world.bob, room)
    return room


async def _over(world: World) -> simcord.ChannelHandle:
    room = await begin(world)
    await rest(world, room)
    return room


def looks(world: World, room: simcord.ChannelHandle) -> list[tuple[int, str]]:
    """What stands there but for the moments, which an outage moves."""
    return [(card.id, re.sub(r"<t:\d+", "<t:", card.text)) for card in world.alice.cards(room)]


@pytest.mark.parametrize("reach", [_asked, _agreed, _here, _helped, _rating, _over], ids=lambda reach: reach.__name__)
async def test_after_a_restart_nothing_is_posted_twice_and_it_goes_on(world: World, reach: Reach) -> None:
    room = await reach(world)
    before = looks(world, room)
    await world.restart(away=5)
    assert looks(world, room) == before
    await world.wait(30)
    assert looks(world, room) == before
    match reach.__name__:
        case "_asked":
            await world.bob.press(room, "That suits me")
            assert "Agreed" in shown(world.alice, room, "asks").text
        case "_agreed":
            await wait_until(world, SIX_IN_BERLIN - 15 * 60 + 2)
            assert len(world.channel.threads) == 1
        case "_here":
            await world.bob.press(room, "I am here")
            assert "both here" in shown(world.alice, room, "your peer interview").text
        case "_helped":
            await world.alice.press(room, "Give hint 2")
            assert "Hint 2" in shown(world.bob, room, "### Interview 1 of 2").text
        case "_rating":
            await rate(world.alice, room)
            assert shown(world.bob, room, "### Interview 2 of 2")
        case _:
            assert "from bob" in said(await world.alice.press(room, "My sheet"))


# The queue


async def find(player: Player, begin: int = 18, end: int = 22, **options: Any) -> str:
    """Looks for a partner; returns what is said."""
    hours: dict[str, Any] = {"from": begin, "to": end}
    return said(await player.slash("mock find", **hours, **options))


async def test_two_who_look_for_a_partner_are_brought_together(
    world: World, alice: Player, bob: Player, channel: simcord.ChannelHandle
) -> None:
    told = await find(bob)
    assert "You are in this server's queue; nobody else waits there" in told
    assert "I found somebody for you" in await find(alice)
    card = shown(bob, channel, "I found you a partner")
    today = int(datetime(2026, 1, 1, 17, tzinfo=UTC).timestamp())
    assert f"<t:{today}:F>" in card.text
    assert pings(world) == [[alice.id, bob.id]]
    assert f"I wait for <@{bob.id}>" in said(await alice.press(channel, "That suits me"))
    assert f"✓ It suits <@{alice.id}>. I wait for <@{bob.id}>" in shown(bob, channel, "I found you").text
    await bob.press(channel, "That suits me")
    assert "✓ **Agreed.**" in shown(alice, channel, "I found you").text
    for person in (alice, bob):
        assert "You were not in the queue" in said(await person.slash("mock stop-finding"))


async def test_a_found_pair_that_declines_looks_on_until_it_stops(
    world: World, alice: Player, bob: Player, eve: Player, channel: simcord.ChannelHandle
) -> None:
    for person in (bob, alice):
        await find(person)
    await alice.press(channel, "No, thanks")
    assert (
        "I go on looking" in shown(bob, channel, "I found you").text
        or "/mock find" in shown(bob, channel, "I found you").text
    )
    assert "You are out of the queue" in said(await alice.slash("mock stop-finding"))
    await eve.slash("timezone", zone="Europe/Berlin")
    await find(eve)
    assert f"<@{eve.id}> and <@{bob.id}>, I found you a partner" in shown(bob, channel, "I found you").text


async def test_a_found_pair_can_choose_another_time_from_either_side(
    world: World, alice: Player, bob: Player, channel: simcord.ChannelHandle
) -> None:
    for person in (bob, alice):
        await find(person)
    form = await alice.press(channel, "Another time")
    await submit(alice, channel, form, TIME)
    card = shown(bob, channel, f"✓ It suits <@{alice.id}>")
    assert f"<t:{SIX_IN_BERLIN}:F>" in card.text
    assert pings(world) == [[alice.id, bob.id], [bob.id]]
    await bob.press(channel, "That suits me")
    assert "✓ **Agreed.**" in shown(alice, channel, "Peer interview ·").text


async def test_looking_without_a_zone_or_with_no_whole_hour_is_refused(world: World, eve: Player, bob: Player) -> None:
    assert "/timezone" in await find(eve)
    await bob.slash("timezone", zone="Asia/Kolkata")
    assert "at least two hours" in await find(bob, 18, 19)
    assert "You were not in the queue" in said(await bob.slash("mock stop-finding"))


async def test_hours_over_midnight_and_whole_days_are_understood(world: World, alice: Player, bob: Player) -> None:
    """From 22 to 1 at home, and from 0 to 24: the whole day."""
    await find(bob, 22, 1)
    await find(alice, 0, 24)
    late = int(datetime(2026, 1, 1, 21, tzinfo=UTC).timestamp())
    assert f"<t:{late}:F>" in shown(bob, world.channel, "I found you").text


# The largest messages there can be

LONG = "A point that takes its time and names one thing after the other. " * 20
A, B = 10**18 + 1, 10**18 + 2
AT = datetime(2026, 1, 2, 17, tzinfo=UTC)


def check(view: ui.LayoutView) -> None:
    body: dict[str, Any] = {"components": view.to_components(), "allowed_mentions": {"parse": []}}
    assert not breaches(simcord.HttpLogEntry("POST", "/channels/1/messages", {}, body, None))
    assert texts(body["components"])


def check_form(form: ui.Modal) -> None:
    body = {"type": 9, "data": form.to_dict()}
    assert not breaches(simcord.HttpLogEntry("POST", "/interactions/1/x/callback", {}, body, None))


@dataclass(frozen=True)
class Largest:
    question: FreeText | Behavioral

    def guide(self) -> Guide:
        question = self.question
        story = isinstance(question, Behavioral)
        points = tuple(replace(point, claim=point.claim + LONG) for point in points_of(question))
        return Guide(
            round_id=10**17,
            turn=1,
            kind=Kind.BEHAVIORAL if story else Kind.QUIZ,
            candidate=A,
            prompt=LONG,
            points=points,
            ticks=tuple(point.id for point in points),
            in_short=LONG,
            anchors=tuple(question.anchors.values()) if isinstance(question, Behavioral) else (),
            hints=tuple(zip(question.hints, HINT_COSTS, strict=False)),
            given=0,
            follow_ups=follow_ups_of(question),
            suggested=tuple(one.id for one in follow_ups_of(question)),
            answer=LONG * 3,
            deadline=AT,
        )


@pytest.mark.thorough
async def test_every_question_of_the_bank_fits_the_interviewers_sheet(shipped: Bank) -> None:
    """Also with claims, prompts and answers far longer than any there is."""
    asked = [q for q in shipped.questions.values() if isinstance(q, FreeText | Behavioral)]
    assert len(asked) > 100
    for question in asked:
        sheet = Largest(question).guide()
        for settled in (False, True):
            check(guide_view(sheet, settled=settled))
        check(guide_view(replace(sheet, deadline=None), settled=False))


def proposal(**changes: Any) -> ProposalCard:
    card = ProposalCard(
        10**17, 0, Kind.BEHAVIORAL, Level.SENIOR, 60, A, B, B, AT, Phase.PROPOSED, B, False, None, None, (), None
    )
    return replace(card, **changes)


async def test_every_card_fits_whatever_has_become_of_it() -> None:
    for found in (False, True):
        for awaiting in (None, A, B):
            check(pair_view(proposal(found=found, awaiting=awaiting)))
        for phase in (Phase.AGREED, Phase.GATHERING, Phase.INTERVIEW):
            check(pair_view(proposal(found=found, phase=phase, awaiting=None, room=5)))
        for end in End:
            over = proposal(found=found, phase=Phase.FINISHED, awaiting=None, end=end, ended_by=A, missing=(A, B))
            check(pair_view(over))
            assert not over.notify
    gather = GatherCard(10**17, 0, Kind.QUIZ, (A, B), A, AT, False, False, (), AT, AT, True, None, None, ())
    for changed in (gather, replace(gather, ready=True), replace(gather, begun=True), replace(gather, apart=False)):
        check(pair_view(changed))
    asked = PairAskCard(
        10**17, 1, Kind.QUIZ, Level.MID, A, B, "Regularization", 3, LONG, (LONG,) * 3, (LONG,) * 9, False, AT, None
    )
    check(pair_view(asked))
    for outcome in Outcome:
        check(pair_view(replace(asked, outcome=outcome, deadline=None, answered=True)))
    for until in (AT, None):
        for last in (False, True):
            check(pair_view(RateCard(10**17, 1, A, B, Outcome.CLOSED, (A,), until, last)))
    for end in (End.COMPLETE, End.STOPPED):
        check(pair_view(PairSummaryCard(10**17, 1, (A, B), Level.MID, end, A, ((A, B, LONG), (B, A, LONG)))))
    check(sure_view(10**17, 1))
    check(retry_view(LONG[:500], asked_for(A, Kind.BEHAVIORAL, Level.SENIOR, 60)))
    assert len(model_texts([(LONG, LONG * 3)] * 2)) <= 2000


async def test_the_reports_fit_and_tell_kappa_only_where_it_means_something() -> None:
    span = Span(0, 0, 4, LONG)
    rows = tuple(
        Row(f"p{n}", LONG, Tier.CORE, 1.0, verdict, credit, span=span if credit else None)
        for n, (verdict, credit) in enumerate([(Verdict.HIT, 1.0), (Verdict.HALF, 0.5), (Verdict.MISSED, 0.0)] * 3)
    )
    report = CandidateReport(
        turn=0,
        interviewer=A,
        topic="Regularization",
        prompt=LONG,
        lines=tuple(PointLine(LONG, n % 2 == 0, row) for n, row in enumerate(rows)),
        grade=Grade(0.5, 2, rows),
        score=0.5,
        band=2,
        hints=3,
        typed=True,
        sheet=CandidateSheet(1, 2, 3),
        note=LONG,
        model=LONG,
    )
    for changed in (
        report,
        replace(report, typed=False, score=None, band=None, grade=None),
        replace(report, sheet=None),
    ):
        check(candidate_view(changed))
    given = InterviewerReport(
        turn=0,
        candidate=B,
        topic="Regularization",
        claims={row.id: LONG for row in rows},
        rows={row.id: row for row in rows},
        comparison=calibration({"p0", "p1", "p5", "p6"}, rows),
        sheet=InterviewerSheet(4, 4, 4),
        note=LONG,
    )
    view = interviewer_view(given)
    check(view)
    assert "κ = " in "\n".join(texts(view.to_components()))
    check(interviewer_view(replace(given, comparison=None, sheet=None)))
    few = replace(given, comparison=calibration({"p0"}, rows[:3]))
    assert "κ" not in "\n".join(texts(interviewer_view(few).to_components()))


async def test_the_forms_fit() -> None:
    zone = "America/Argentina/ComodRivadavia"
    custom_id = f"pair:0:0:form-{asked_for(10**19, Kind.BEHAVIORAL, Level.SENIOR, 60)}"
    check_form(time_form(custom_id, "When?", zone, AT, AT, "x" * 32))
    for names in (OF_CANDIDATE, OF_INTERVIEWER):
        check_form(rating_form(10**17, 1, names, "Rate the interviewing"))


async def test_the_queue_knows_the_days_that_the_command_offers(world: World, alice: Player) -> None:
    for days in Days:
        told = await find(alice, days=days.value)
        assert "You are in this server's queue" in told
