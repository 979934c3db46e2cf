"""Whose answer it is, what it answers, and who may see it, where several people and rounds share a place."""

from __future__ import annotations

import discord
import pytest
import simcord

from bot.services.posting import MessageRef
from bot.store import rounds
from bot.store.rounds import Place, Surface
from cogs._text import fit, shorten
from tests.cogs.world import FREE, Player, World, said


@pytest.fixture
async def shared(world: World, alice: Player) -> simcord.ChannelHandle:
    """A channel in which everybody sees everybody's round."""
    await alice.slash("settings rounds", place="channel")
    return world.channel


async def test_a_strangers_click_never_brings_them_the_cards_of_a_round_that_only_answers_clicks(
    world: World, alice: Player, bob: Player, shared: simcord.ChannelHandle
) -> None:
    await alice.start(**FREE)
    row = (await world.bot.services.rounds.open_of(alice.id))[0]
    here = Place(row.place.server_id, row.place.channel_id, Surface.INTERACTION)
    await world.bot.services.rounds.resume(row.id, here)
    told = await bob.press(shared, "Skip")
    assert "belongs to" in said(told)
    assert await _shown(world, row.id) == [], "nothing was shown through a stranger's click"
    await alice.press(shared, "Hint 1")
    assert await _shown(world, row.id) == ["ask:0"], "it was still owed to its owner"


async def _shown(world: World, round_id: int) -> list[str]:
    async with world.bot.store.read() as connection:
        found = await rounds.messages_of(connection, round_id)
    return [key for key, message in found.items() if message.message_id is not None]


async def test_of_two_messages_typed_in_a_row_the_second_answers_no_followup(world: World, alice: Player) -> None:
    room = await alice.start("quiz start", alice.dm, **FREE)
    posted: list[MessageRef] = []
    poster = world.bot.poster
    post = poster.post

    async def slow(*args: object, **options: object) -> MessageRef:
        if not posted:  # typed while the follow-up was on its way
            posted.append(MessageRef(0, 0))
            await services.answer(
                row.id, by=alice.id, text="And one more thing.", source=f"message:{sent.id + 1}", message_id=sent.id + 1
            )
        return await post(*args, **options)  # type: ignore[arg-type]

    services = world.bot.services.rounds
    row = (await services.open_of(alice.id))[0]
    sent = alice.cards(room)[-1].message
    poster.post = slow  # type: ignore[method-assign]
    await alice.type(room, world.calibrated("partial"))
    poster.post = post  # type: ignore[method-assign]
    state = (await services.load(row.id)).state
    assert state.turn == 1
    assert state.current.outcome is None, "the follow-up is still open"


async def test_a_reply_to_somebody_elses_question_is_no_answer_to_ones_own(
    alice: Player, bob: Player, shared: simcord.ChannelHandle
) -> None:
    await alice.start(**FREE)
    theirs = alice.card(shared)
    await bob.start(**FREE)
    mine = bob.card(shared)
    await bob.type(shared, "<@1> you could say that L1 zeroes weights exactly, and L2 shrinks them.", reply_to=theirs)
    assert "Answered" not in bob.cards(shared)[-1].text
    assert mine.text == bob.card(shared).text


async def test_chatter_in_a_public_thread_is_asked_about_not_scored(reading_world: World) -> None:
    world = reading_world
    alice = world.alice
    thread = await _public_thread(world)
    room = await alice.start("quiz start", thread, **FREE)
    await alice.type(room, "brb, getting some coffee, does anybody want one, too?")
    assert "Was that your answer?" in alice.frames(room)[-1].text
    assert "Answered" not in alice.cards(room)[0].text


async def _public_thread(world: World) -> simcord.ChannelHandle:
    channel = world.bot.get_channel(world.channel.id)
    assert isinstance(channel, discord.TextChannel)
    await channel.create_thread(name="study", type=discord.ChannelType.public_thread)
    return world.channel.threads[-1]


async def test_a_second_round_cannot_be_moved_to_where_one_is_open(world: World, alice: Player) -> None:
    await alice.start("quiz start", alice.dm, **FREE)
    thread = await alice.start(**FREE)
    services = world.bot.services.rounds
    in_thread = await services.open_in(thread.id, alice.id)
    assert in_thread is not None
    with pytest.raises(Exception, match="another open quiz round"):
        await services.resume(in_thread.id, Place(None, alice.dm.id, Surface.CHANNEL))
    assert (await services.load(in_thread.id)).place.channel_id == thread.id


async def test_a_whole_round_can_be_had_as_a_file(world: World, alice: Player) -> None:
    long = "L1 sets some weights to exactly zero. " + "It matters a lot to me, really. " * 60
    room = await alice.start(**FREE)
    await alice.answer(room, long)
    while alice.find(room, "Skip follow-up"):
        await alice.press(room, "Skip follow-up")
    row = await world.bot.services.history.page(alice.id)
    text = await world.bot.services.history.transcript(alice.id, row.lines[0].round_id)
    assert " ".join(long.split()) in " ".join(text.split())
    with pytest.raises(Exception, match="not in your history"):
        await world.bot.services.history.transcript(alice.id + 1, row.lines[0].round_id)


def test_long_blocks_are_cut_alike_and_none_is_wiped_out() -> None:
    blocks = fit(["head", "first " * 200, "second " * 200, "third " * 200, "tail"], 1000)
    assert sum(map(len, blocks)) <= 1000
    assert [block.split()[0] for block in blocks] == ["head", "first", "second", "third", "tail"]
    assert min(map(len, blocks[1:4])) > 250


def test_a_text_is_cut_at_a_word_and_shows_three_dots_at_most() -> None:
    assert shorten("It is 0.81. Why?", 14) == "It is 0.81…"
    assert shorten("It is so, and why?", 15) == "It is so, and…"
    assert shorten("It is so, or not?", 12) == "It is so…"
    assert shorten("...........", 4) == "…"
    assert shorten("It is 0.81.", 14) == "It is 0.81."


async def test_a_hint_is_seen_though_the_card_cannot_be_changed(world: World, alice: Player) -> None:
    room = await alice.start(**FREE)
    world.env.inject_error("PATCH", "/channels/*/messages/*", status=403)
    told = said(await alice.press(room, "Hint 1"))
    assert "Think of a model with many useless features." in told
    await alice.press(room, "Hint 1")
    assert "Hint 2" in alice.card(room).text, "and the card catches up"
