"""Where rounds live: a private thread, the channel itself, direct messages, and a server without the bot."""

from __future__ import annotations

from typing import Any

import discord
import pytest
import simcord
from simcord import interactions

from tests.cogs.world import CHOICE, FREE, NUMBER, Player, World, coins_answer, said, skip_followups

# A private thread


async def test_a_round_in_a_server_opens_a_private_thread_for_its_person_alone(
    world: World, alice: Player, bob: Player
) -> None:
    room = await alice.start(**FREE)
    assert room.is_thread
    assert room.name == "Quiz · Regularization · alice"
    assert room.history(viewer=alice.member)
    with pytest.raises(simcord.SetupError, match="cannot read"):
        room.history(viewer=bob.member)


async def test_several_people_have_rounds_at_once(world: World, alice: Player, bob: Player) -> None:
    hers, his = await alice.start(**FREE), await bob.start(**FREE)
    assert hers.id != his.id
    await alice.answer(hers, world.strong())
    assert len(bob.cards(his)) == 1
    await bob.press(his, "Skip")
    assert "Quiz finished" in bob.card(his).text


async def test_a_very_long_name_still_fits_the_thread(world: World) -> None:
    user = world.env.create_user("carol", global_name="C" * 32)
    carol = Player(world, world.guild.add_member(user, nick="𝕮" * 32))
    room = await carol.start(**FREE, mode="exam")
    assert len(room.name or "") <= 100


async def test_plain_typing_in_a_thread_is_answered_once_with_how_to_answer(world: World, alice: Player) -> None:
    """Without the message-content intent the bot sees that something was typed, not what."""
    room = await alice.start(**FREE)
    await alice.type(room, world.strong())
    assert "I cannot read plain messages" in alice.cards(room)[-1].text
    count = len(alice.cards(room))
    await alice.type(room, "hello?")
    assert len(alice.cards(room)) == count
    await alice.answer(room, world.strong())
    assert "✓ Answered" in alice.cards(room)[0].text


async def test_a_mention_makes_typing_readable(world: World, alice: Player) -> None:
    room = await alice.start(**FREE)
    await alice.type(room, f"<@{world.env.backend.bot_user.id}> {world.strong()}")
    await skip_followups(alice, room)
    assert "strong yes" in alice.cards(room)[-2].text


async def test_with_the_intent_plain_typing_in_a_thread_is_the_answer(reading_world: World) -> None:
    alice = reading_world.alice
    room = await alice.start(**FREE)
    await alice.type(room, reading_world.strong())
    await skip_followups(alice, room)
    assert "strong yes" in alice.cards(room)[-2].text


# In place


async def test_a_server_can_keep_rounds_in_the_channel(world: World, alice: Player) -> None:
    assert "in the channel" in said(await alice.slash("settings rounds", place="channel"))
    room = await alice.start(**FREE)
    assert room.id == world.channel.id
    await alice.answer(room, world.strong())
    await skip_followups(alice, room)
    assert "Quiz finished" in alice.card(room).text
    await alice.slash("settings rounds", place="thread")
    assert (await alice.start(**NUMBER)).is_thread


async def test_without_the_permission_for_threads_the_round_goes_in_place(world: World, alice: Player) -> None:
    no_threads = discord.PermissionOverwrite(create_private_threads=False)
    narrow = world.guild.create_text_channel("narrow", overwrites={world.guild.default_role: no_threads})
    room = await alice.start(where=narrow, **FREE)
    assert room.id == narrow.id
    await alice.answer(room, world.strong())
    await skip_followups(alice, room)
    assert "Quiz finished" in alice.card(room).text


async def test_where_the_bot_may_not_write_it_speaks_in_answers_alone(world: World, alice: Player) -> None:
    """It then needs no permission in the channel: the person sees the round, nobody else does."""
    bot = world.env.bot.user
    assert bot is not None
    silent = world.guild.create_text_channel(
        "silent", overwrites={bot: discord.PermissionOverwrite(send_messages=False, create_private_threads=False)}
    )
    room = await alice.start(where=silent, **FREE)
    assert alice.card(room).message.ephemeral
    await alice.answer(room, world.strong())
    await skip_followups(alice, room)
    assert "Quiz finished" in alice.card(room).text
    assert not world.bob.cards(room)


async def test_a_reply_that_pings_the_bot_is_an_answer_in_a_channel(world: World, alice: Player) -> None:
    await alice.slash("settings rounds", place="channel")
    room = await alice.start(**FREE)
    mention = f"<@{world.env.backend.bot_user.id}>"
    await alice.type(room, f"{mention} {world.strong()}", reply_to=alice.card(room))
    await skip_followups(alice, room)
    assert "strong yes" in alice.cards(room)[-2].text


async def test_chatter_in_a_channel_is_never_taken_as_an_answer(reading_world: World) -> None:
    world, alice, bob = reading_world, reading_world.alice, reading_world.bob
    await alice.slash("settings rounds", place="channel")
    room = await alice.start(**FREE)
    await bob.type(room, "How was your weekend?")
    assert "Question 1" in alice.card(room).text
    await alice.type(room, "Lasso can push weights to exactly zero, I think.")
    offer = alice.card(room)
    assert "Was that your answer?" in offer.text
    count = len(alice.cards(room))
    await alice.type(room, "Anyway, lunch?")
    assert len(alice.cards(room)) == count, "it is asked once a question"
    refused = await world.deliver(bob.click_payload(room, offer, "Yes, take it"))
    assert "somebody else's" in said(refused[0])
    await alice.press(room, "Yes, take it")
    assert "Taken as your answer" in "".join(card.text for card in alice.cards(room))
    assert "✓ Answered" in "".join(card.text for card in alice.cards(room)) or alice.find(room, "Edit my answer")


async def test_a_deleted_message_cannot_be_taken_as_an_answer(reading_world: World) -> None:
    alice = reading_world.alice
    await alice.slash("settings rounds", place="channel")
    room = await alice.start(**FREE)
    typed = await alice.type(room, "Lasso can push weights to exactly zero, I think.")
    await alice.member.delete(typed)
    assert "That message is gone" in said(await alice.press(room, "Yes, take it"))
    assert alice.find(room, "Answer")


async def test_a_voice_channels_chat_has_no_threads_and_serves_as_it_is(world: World, alice: Player) -> None:
    voice = world.guild.create_voice_channel("talk")
    room = await alice.start(where=voice, **FREE)
    assert room.id == voice.id
    await alice.answer(room, world.strong())
    await skip_followups(alice, room)
    assert "Quiz finished" in alice.card(room).text


async def test_a_round_started_in_a_thread_stays_in_it(alice: Player) -> None:
    room = await alice.start(**FREE)
    await alice.press(room, "Skip")
    assert (await alice.start(where=room, **NUMBER)).id == room.id
    assert "You flip" in alice.card(room).text


async def test_a_deleted_thread_does_not_take_the_answer_with_it(world: World, alice: Player) -> None:
    room = await alice.start(**FREE)
    form = await alice.press(room, "Answer")
    click = alice.form_payload(room, form.modal, world.calibrated("wrong"), alice.card(room))
    world.env.backend.delete_channel(room.id)
    await world.deliver(click)
    assert "question 1 of 1" in said(await alice.slash("round resume", alice.dm))
    assert "Follow-up 1" in alice.card(alice.dm).text
    await alice.answer(alice.dm, world.strong())
    await skip_followups(alice, alice.dm)
    assert "Quiz finished" in alice.card(alice.dm).text


# Direct messages


async def test_a_round_in_a_direct_message_is_answered_by_typing(world: World, alice: Player) -> None:
    room = await alice.start(where=alice.dm, **FREE)
    assert room.id == alice.dm.id
    assert "or just type here" in alice.card(room).text
    await alice.type(room, world.strong())
    await skip_followups(alice, room)
    assert "strong yes" in alice.cards(room)[-2].text


async def test_a_choice_may_be_typed_as_its_letter(alice: Player) -> None:
    room = await alice.start(where=alice.dm, **CHOICE)
    await alice.type(room, "the first one?")
    assert "Answer with one of the letters" in alice.cards(room)[-1].text
    await alice.type(room, "a")
    assert "100%" in alice.cards(room)[-2].text


async def test_a_number_may_be_typed(alice: Player) -> None:
    room = await alice.start(where=alice.dm, **NUMBER)
    await alice.type(room, coins_answer(alice.card(room)))
    assert "100%" in alice.cards(room)[-2].text


async def test_a_followup_may_be_typed(world: World, alice: Player) -> None:
    room = await alice.start(where=alice.dm, **FREE)
    await alice.type(room, world.calibrated("wrong"))
    assert "Follow-up 1" in alice.card(room).text
    await alice.type(room, world.strong())
    await skip_followups(alice, room)
    assert "Quiz finished" in alice.card(room).text


async def test_a_short_typed_answer_may_be_typed_again(world: World, alice: Player) -> None:
    room = await alice.start(where=alice.dm, **FREE)
    await alice.type(room, "Sparse weights.")
    assert "Leave it as it is" in alice.card(room).buttons
    await alice.type(room, world.strong())
    await skip_followups(alice, room)
    assert "strong yes" in alice.cards(room)[-2].text


async def test_typing_between_questions_says_what_to_press(alice: Player) -> None:
    room = await alice.start(where=alice.dm, questions=2)
    await alice.press(room, "Skip")
    await alice.type(room, "Interesting, thanks!")
    assert "Press **Next question**" in alice.cards(room)[-1].text


async def test_a_picture_is_not_an_answer(alice: Player) -> None:
    room = await alice.start(where=alice.dm, **FREE)
    drawing = alice.world.env.backend.store_attachments(room.id, [("drawing.png", b"png")])
    await alice.member.user.send_dm("", attachments=drawing)
    assert "Please answer in words" in alice.cards(room)[-1].text


async def test_typing_without_a_round_is_told_how_to_begin(world: World, alice: Player) -> None:
    await alice.type(alice.dm, "Good morning!")
    told = alice.cards(alice.dm)[-1].text
    assert "There is no open round here" in told
    assert "/quiz start" in told


# By user install, in a server that the bot is no member of


@pytest.fixture
def stranger(world: World, monkeypatch: pytest.MonkeyPatch) -> tuple[Player, simcord.ChannelHandle]:
    """Alice in a server without the bot: it knows nothing of the server but the interactions it gets."""
    build = interactions.base_payload
    backend = world.env.backend
    listeners, backend.subscribers = backend.subscribers, []  # no gateway event of that server arrives
    guild = world.env.create_guild("Elsewhere")
    there = guild.create_text_channel("lounge")
    alice = Player(world, guild.add_member(world.alice.member.user))
    del backend.guilds[guild.id].members[backend.bot_user.id]
    backend.subscribers = listeners

    def by_user_install(*args: Any, **options: Any) -> Any:
        record, payload = build(*args, **options)
        payload["authorizing_integration_owners"] = {"1": str(options["user_id"])}
        if options["guild_id"] == guild.id:
            payload["guild"] = {"id": str(guild.id), "locale": "en-US", "features": []}
        return record, payload

    monkeypatch.setattr(interactions, "base_payload", by_user_install)
    return alice, there


def posted_by_itself(world: World) -> list[str]:
    """Requests that make a message outside an answer to an interaction."""
    return [
        request.path
        for request in world.requests
        if request.method in {"POST", "PATCH", "PUT"} and request.path.startswith(("/channels/", "/guilds/"))
    ]


async def test_where_the_bot_is_no_member_a_whole_round_is_played_in_answers_to_clicks(
    world: World, stranger: tuple[Player, simcord.ChannelHandle]
) -> None:
    alice, there = stranger
    result = await alice.slash("quiz start", there, questions=3)
    assert "I am not a member here" in said(result)
    for number in (1, 2, 3):
        card = alice.card(there)
        assert f"Question {number} of 3" in card.text
        assert card.message.ephemeral
        assert "Continue in DM" in card.buttons
        if "A" in card.buttons:
            await alice.press(there, "A")
        elif "You flip" in card.text:
            await alice.answer(there, coins_answer(card))
        else:
            await alice.press(there, "Hint 1")
            assert "many useless features" in alice.card(there).text
            await alice.answer(there, world.calibrated("wrong"))
            assert "Follow-up 1" in alice.card(there).text
            await alice.answer(there, world.strong())
            await skip_followups(alice, there)
        if number < 3:
            await alice.press(there, "Next question")
    assert "Quiz finished" in alice.card(there).text
    assert not posted_by_itself(world)


async def test_where_the_bot_is_no_member_a_story_is_told_and_rated(
    world: World, stranger: tuple[Player, simcord.ChannelHandle]
) -> None:
    alice, there = stranger
    await alice.slash("behavioral start", there)
    await alice.answer(there, world.strong("behav.conflict.shipping"))
    await skip_followups(alice, there)
    await alice.rate(there, 2)
    assert "You rated yourself **2 of 4**." in alice.card(there).text
    assert not posted_by_itself(world)


async def test_where_the_bot_is_no_member_a_passed_deadline_shows_at_the_next_click(
    world: World, stranger: tuple[Player, simcord.ChannelHandle]
) -> None:
    alice, there = stranger
    await alice.slash("quiz start", there, **FREE, time_limit=60)
    await world.wait(80)
    assert len(alice.cards(there)) == 2
    result = await alice.press(there, "Hint 1")
    assert "over" in said(result)
    assert "Quiz finished" in alice.card(there).text
    assert not posted_by_itself(world)


async def test_where_the_bot_is_no_member_a_round_outlives_the_interaction_token(
    world: World, stranger: tuple[Player, simcord.ChannelHandle]
) -> None:
    """A token lives for 15 minutes; the next click brings a new one."""
    alice, there = stranger
    await alice.slash("quiz start", there, **FREE)
    await world.wait(3600)
    await alice.press(there, "Hint 1")
    assert "many useless features" in alice.card(there).text
    await world.wait(3600)
    await alice.answer(there, world.strong())
    await skip_followups(alice, there)
    assert "Quiz finished" in alice.card(there).text


async def test_where_the_bot_is_no_member_a_round_outlives_a_restart(
    world: World, stranger: tuple[Player, simcord.ChannelHandle]
) -> None:
    alice, there = stranger
    await alice.slash("quiz start", there, **FREE)
    await world.restart(away=60)
    await alice.answer(there, world.strong())
    await skip_followups(alice, there)
    assert "Quiz finished" in alice.card(there).text
    assert not posted_by_itself(world)


async def test_a_round_continues_in_direct_messages(
    world: World, stranger: tuple[Player, simcord.ChannelHandle]
) -> None:
    alice, there = stranger
    await alice.slash("quiz start", there, **FREE)
    result = await alice.press(there, "Continue in DM")
    assert f"<#{alice.dm.id}>" in said(result)
    assert "Question 1 of 1" in alice.card(alice.dm).text
    assert "Continue in DM" not in alice.card(alice.dm).buttons
    await alice.type(alice.dm, world.strong())
    await skip_followups(alice, alice.dm)
    assert "Quiz finished" in alice.card(alice.dm).text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/channels/*/messages", 403),
        ("POST", "/users/@me/channels", 403),
        ("POST", "/users/@me/channels", 400),
    ],
)
async def test_closed_direct_messages_are_told_and_the_round_stays(
    world: World, stranger: tuple[Player, simcord.ChannelHandle], method: str, path: str, status: int
) -> None:
    alice, there = stranger
    await alice.slash("quiz start", there, **FREE)
    world.env.inject_error(method, path, status=status, code=50007, message="Cannot send messages to this user")
    result = await alice.press(there, "Continue in DM")
    assert "your direct messages are closed to me" in said(result)
    await alice.answer(there, world.strong())
    await skip_followups(alice, there)
    assert "Quiz finished" in alice.card(there).text


async def test_resume_elsewhere_moves_the_round_along(
    world: World, stranger: tuple[Player, simcord.ChannelHandle]
) -> None:
    alice, there = stranger
    await alice.slash("quiz start", there, **FREE)
    await alice.slash("round resume", alice.dm)
    assert "Question 1 of 1" in alice.card(alice.dm).text
    await alice.type(alice.dm, world.strong())
    await skip_followups(alice, alice.dm)
    assert "Quiz finished" in alice.card(alice.dm).text
