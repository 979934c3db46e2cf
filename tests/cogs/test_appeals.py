""" "This was right" as a candidate uses it."""

from __future__ import annotations

import simcord

from tests.cogs.world import FREE, Player, World, said, skip_followups

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
