""" "This was right" as a candidate uses it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest_asyncio
import simcord
from sqlalchemy import select

from bot.app import open_bot
from bot.services.question_versions import Publication
from bot.store import audit, notices, people
from bot.store.audit import Action
from bot.store.schema import appeals, question_versions, regrades, server_questions
from questions.writer import write
from tests.cogs.world import CHOICE, FREE, FREE_TEXT, Player, World, said, skip_followups

SHIPPED_CHOICE = "eval.classification-metrics.rare-positives"
PHRASE = "throws features overboard entirely"
ODD = (
    "The absolute one throws features overboard entirely, while the squared one keeps every column and only turns the "
    "volume down on each of them a little bit."
)


async def graded(world: World, player: Player) -> simcord.ChannelHandle:
    """Where a finished round of one answered question lives."""
    room = await player.start(**FREE)
    await player.answer(room, ODD)
    await skip_followups(player, room)
    return room


async def appeal(player: Player, room: simcord.ChannelHandle, words: str) -> str:
    """Presses the button, picks the first point, sends the form; what is answered."""
    await player.press(room, "This was right")
    asked = next(card for card in reversed(player.cards(room)) if card.select is not None)
    assert asked.select is not None
    form = await player.actor(room).select(asked.message, [asked.select["options"][0]["value"]])
    return said(await player.fill(room, form, words))


async def test_a_candidate_appeals_in_three_steps_and_gets_a_number(world: World, alice: Player) -> None:
    room = await graded(world, alice)
    assert "That is appeal 1" in await appeal(alice, room, "I wrote that it throws features overboard.")
    assert "asked about this point already" in await appeal(alice, room, "Once more.")


async def test_nobody_else_can_appeal_for_somebody(world: World, alice: Player, bob: Player) -> None:
    await alice.slash("settings rounds", place="channel")
    room = await graded(world, alice)
    assert "answers of your own alone" in said(await bob.press(room, "This was right"))


async def test_there_is_nothing_to_appeal_after_full_marks(world: World, alice: Player) -> None:
    room = await alice.start(**FREE)
    await alice.answer(room, world.strong())
    await skip_followups(alice, room)
    assert alice.find(room, "This was right") is None


async def test_a_forged_appeal_on_an_unknown_round_is_answered_kindly(world: World, alice: Player) -> None:
    room = await graded(world, alice)
    card = alice.find(room, "This was right")
    assert card is not None
    forged = {"type": 2, "style": 2, "label": "x", "custom_id": "appeal:ask:dialogue:999999:3"}
    [result] = await world.deliver(alice.forged_payload(room, card, forged))
    assert "answers of your own alone" in said(result)


async def test_moderators_see_statistics_and_the_queue_of_their_server(
    world: World, alice: Player, bob: Player
) -> None:
    await graded(world, alice)
    assert "None looks broken" in said(await alice.slash("question stats"))
    shown = said(await alice.slash("question stats", id="ml.regularization.penalties"))
    assert "**First answers** · 1" in shown
    assert "No appeal is open" in said(await alice.slash("question appeals"))
    for command in ("question stats", "question appeals"):
        assert "Only moderators" in said(await bob.slash(command))
    assert "decided by the bot's owner" in said(await bob.slash("question appeals", queue="owner"))


async def test_statistics_of_a_choice_say_how_often_each_option_was_chosen(
    world: World, alice: Player, bob: Player
) -> None:
    for player, letter in ((alice, "B"), (bob, "A")):
        room = await player.start(**CHOICE)
        await player.press(room, letter)
    shown = said(await alice.slash("question stats", id=SHIPPED_CHOICE))
    assert "**Chosen** (of 2 answers)" in shown
    assert re.search(r"✓ Accuracy · \*\*50% · 1\*\*", shown)
    assert re.search(r"✗ Recall · \*\*50% · 1\*\*", shown)
    assert shown.count(" · **0% · 0**") == 2
    found = await alice.member.autocomplete(world.channel, "question stats", "id", "rare")
    assert [choice["value"] for choice in found] == [SHIPPED_CHOICE]


async def test_statistics_of_an_unknown_question_say_so(alice: Player) -> None:
    assert "There is no question `nothing`" in said(await alice.slash("question stats", id="nothing"))


# Who decides


@dataclass
class Case:
    """An appeal of Bob's in the queue of the server (or the owner's), and all that could change."""

    world: World
    queue: int
    number: int = 1

    async def kept(self) -> list[list[tuple[Any, ...]]]:
        async with self.world.bot.store.read() as connection:
            return [
                [tuple(row) for row in await connection.execute(select(table))]
                for table in (appeals, regrades, server_questions, question_versions)
            ]

    async def press(self, who: Player, where: simcord.ChannelHandle, action: str) -> simcord.InteractionResult:
        """Presses a button of the card of an appeal, which this person was never shown."""
        if not who.frames(where):
            await who.slash("help", where)
        custom_id = f"appeal:judge:{self.queue}:{self.number}:{action}"
        component = {"type": 2, "style": 2, "label": "x", "custom_id": custom_id}
        [result] = await self.world.deliver(who.forged_payload(where, who.card(where), component))
        return result

    async def send(self, who: Player, where: simcord.ChannelHandle, action: str, queue: int | None = None) -> str:
        """Sends in the form behind such a button."""
        custom_id = f"appeal:form:{self.queue if queue is None else queue}:{self.number}:{action}"
        field = {"type": 4, "id": 2, "custom_id": "text", "value": PHRASE}
        data = {"custom_id": custom_id, "components": [{"type": 18, "id": 1, "component": field}]}
        [result] = await self.world.deliver(who.payload(where, 5, data, None))
        return said(result)

    async def refused(self, who: Player, where: simcord.ChannelHandle, words: str) -> None:
        """Whatever this person sends is refused with these words, and changes nothing."""
        before = await self.kept()
        for action in ("uphold", "decline", "next"):
            result = await self.press(who, where, action)
            assert result.modal is None, action
            assert words in said(result), action
        for action in ("uphold", "decline"):
            assert words in await self.send(who, where, action), action
        assert await self.kept() == before


async def publish(world: World, name: str, server: int, by: Player) -> None:
    """A server's (0: the owner's) version of a shipped question."""
    shipped = world.bank.questions[name]
    changed = shipped.model_copy(update={"version": shipped.version + 1})
    async with world.bot.store.write() as connection:
        new = Publication(changed, write(changed), by.id, by.id, "")
        await world.bot.services.questions.versions.publish(connection, server, new)


@pytest_asyncio.fixture
async def case(world: World, alice: Player, bob: Player) -> Case:
    """An appeal on this server's version of a question."""
    await publish(world, FREE_TEXT, world.guild.id, by=alice)
    room = await graded(world, bob)
    await appeal(bob, room, "I wrote that it throws features overboard.")
    return Case(world, world.guild.id)


@pytest_asyncio.fixture
async def owners_case(world: World, bob: Player) -> Case:
    """An appeal on a shipped question."""
    room = await graded(world, bob)
    await appeal(bob, room, "I wrote that it throws features overboard.")
    return Case(world, 0)


async def test_a_member_decides_no_appeal_and_least_of_all_their_own(case: Case, world: World, bob: Player) -> None:
    carol = Player(world, world.guild.add_member(world.env.create_user("carol")))
    for who in (bob, carol):
        await case.refused(who, world.channel, "Only moderators")
        assert await who.member.autocomplete(world.channel, "question stats", "id", "") == []


async def test_who_runs_another_server_decides_no_appeal_of_this_one(case: Case, world: World) -> None:
    dora = world.env.create_user("dora")
    guild = world.env.create_guild("Hers", owner=dora)
    hers = Player(world, guild.add_member(dora))
    there = guild.create_text_channel("general")
    await case.refused(hers, there, "belong to another server")
    before = await case.kept()
    for action in ("uphold", "decline"):
        assert "no such appeal here" in await case.send(hers, there, action, guild.id)
    assert "No appeal is open" in said(await hers.slash("question appeals", there))
    assert await case.kept() == before


async def test_appeals_of_a_server_are_not_decided_in_direct_messages(case: Case, alice: Player) -> None:
    await case.refused(alice, alice.dm, "belong to another server")


async def test_moderators_do_not_decide_about_what_is_shipped(owners_case: Case, world: World, alice: Player) -> None:
    await owners_case.refused(alice, world.channel, "decided by the bot's owner")
    await owners_case.refused(alice, alice.dm, "decided by the bot's owner")


async def test_who_is_no_moderator_any_more_cannot_send_the_form_that_is_open(
    case: Case, world: World, alice: Player
) -> None:
    role = world.guild.create_role("keepers")
    await alice.slash("settings moderators", add=role)
    dave = Player(world, world.guild.add_member(world.env.create_user("dave"), roles=[role]))
    await dave.slash("question appeals")
    opened = await dave.press(world.channel, "Uphold…")
    await alice.slash("settings moderators", remove=role)
    before = await case.kept()
    result = await dave.fill(world.channel, opened, PHRASE)
    assert "Only moderators" in said(result)
    assert any(one.attachments for one in [result.response, *result.followups] if one), "what was typed is not lost"
    assert await case.kept() == before


async def test_a_moderator_upholds_and_the_same_button_is_stale_afterwards(
    case: Case, world: World, alice: Player
) -> None:
    """Else the refusals above would prove nothing."""
    shown = said(await alice.slash("question appeals"))
    assert "Appeal 1 · 1 open" in shown
    assert f"`{FREE_TEXT}` version 2" in shown
    opened = await alice.press(world.channel, "Uphold…")
    assert "is upheld" in said(await alice.fill(world.channel, opened, PHRASE))
    assert alice.card(world.channel).text == "No appeal is open.", "the card is done with"
    assert "upheld already" in await case.send(alice, world.channel, "decline")


async def test_the_setting_names_who_decides_about_what_is_shipped(
    owners_case: Case, world: World, alice: Player, bob: Player, database: Path
) -> None:
    async with open_bot(database, bank=world.bank, clock=world.clock, owners=[bob.id]) as other:
        assert await other.is_owner(bob.member.user)  # type: ignore[arg-type]
    world.bot.owner_ids = {alice.id}
    assert "Appeal 1 · 1 open" in said(await alice.slash("question appeals", queue="owner"))
    opened = await alice.press(world.channel, "Decline…")
    assert "is declined" in said(await alice.fill(world.channel, opened, "It does not say which penalty."))


# What moderators are told


async def test_moderators_are_told_of_a_quarantine_at_their_next_command_and_nobody_else(
    case: Case, world: World, alice: Player, bob: Player
) -> None:
    await alice.slash("question review")  # from now on she is known as somebody who moderates
    versions = world.bot.services.questions.versions
    async with world.bot.store.write() as connection:
        await versions.quarantine(connection, world.guild.id, FREE_TEXT, reason="three appeals on it were upheld")
        await notices.add(connection, bob.id, "A secret.", world.clock.now(), server_id=world.guild.id)
        await people.ensure(connection, alice.id, world.clock.now())
        await notices.add(connection, alice.id, "Of another place.", world.clock.now(), server_id=5)
    assert "quarantined" not in said(await alice.slash("help", alice.dm)), "it waits for a command in its server"
    told = said(await alice.slash("streak"))
    assert f"The question `{FREE_TEXT}` is quarantined: three appeals on it were upheld." in told
    assert "quarantined" not in said(await alice.slash("streak"))
    assert "A secret" not in said(await bob.slash("streak"))
    async with world.bot.store.read() as connection:
        assert await notices.waiting(connection, bob.id) == []
        assert [one.text for one in await notices.waiting(connection, alice.id)] == ["Of another place."]


async def test_the_owner_restores_a_shipped_question_that_is_quarantined(world: World, alice: Player) -> None:
    world.bot.owner_ids = {alice.id}
    await publish(world, SHIPPED_CHOICE, 0, by=alice)
    async with world.bot.store.write() as connection:
        await audit.add(connection, 0, alice.id, Action.UPHELD, SHIPPED_CHOICE, "", world.clock.now())
        versions = world.bot.services.questions.versions
        await versions.quarantine(connection, 0, SHIPPED_CHOICE, reason="it is odd")
    assert "The shipped question" in said(await alice.slash("streak"))
    assert "I have no" in said(await alice.slash("quiz start", **CHOICE))
    world.bot.owner_ids = {5}
    assert "There is no question" in said(await alice.slash("question restore", id=SHIPPED_CHOICE))
    world.bot.owner_ids = {alice.id}
    assert "is active again" in said(await alice.slash("question restore", id=SHIPPED_CHOICE))
    await alice.start(**CHOICE)
