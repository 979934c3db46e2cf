"""/privacy as people use it: what is held, taken along, limited, erased; and what is left in Discord."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
import simcord
from sqlalchemy import select

from bot.services.privacy import RETRY
from bot.store import servers
from bot.store.schema import people, rounds
from bot.store.servers import Block
from tests.cogs.world import FREE, NUMBER, Card, Player, World, said, skip_followups

DAY = 24 * 3600


async def finish(player: Player, world: World, room: simcord.ChannelHandle) -> None:
    await player.answer(room, world.strong())
    await skip_followups(player, room)


async def background(world: World) -> None:
    """Everything is done that follows from an erasure."""
    await world.bot.services.privacy.settled()
    await world.env.settle()


async def erase(player: Player, world: World, where: simcord.ChannelHandle | None = None) -> str:
    where = where or world.channel
    await player.slash("privacy erase", where)
    result = await player.press(where, "Erase everything of mine")
    await background(world)
    return said(result) or player.card(where).text


async def known(world: World) -> list[int]:
    async with world.bot.store.read() as connection:
        return list((await connection.scalars(select(people.c.id).where(people.c.id > 0))).all())


def files(world: World, card: Card) -> dict[str, bytes]:
    """What is in the archives on a message."""
    found: dict[str, bytes] = {}
    for attachment in card.message.attachments:
        content = world.env.backend.cdn.get(attachment.url)
        assert content is not None
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            found |= {name: archive.read(name) for name in archive.namelist()}
    return found


# Looking


async def test_somebody_new_is_told_that_nothing_is_held_and_stays_unknown(world: World, alice: Player) -> None:
    told = said(await alice.slash("privacy show"))
    assert "I hold nothing on you." in told
    assert "Never kept" in told
    assert await known(world) == []


@pytest.mark.parametrize("where", ["server", "dm"])
async def test_what_is_held_is_told_in_plain_words_to_the_person_alone(
    world: World, alice: Player, bob: Player, where: str
) -> None:
    place = alice.dm if where == "dm" else world.channel
    await finish(alice, world, await alice.start(**FREE))
    await alice.slash("leaderboard privacy", nickname="Ada L")
    await alice.slash("timezone", zone="Europe/Berlin")
    result = await alice.slash("privacy show", place)
    assert all(answer.ephemeral for answer in [result.response, *result.followups] if answer is not None)
    told = said(result)
    assert f"Since <t:{int(world.env.now().timestamp())}:D>" in told
    for line in ("Rounds of your own · **1**", "Results of questions · **1**", "server and track · **", "as **Ada L**"):
        assert line in told
    assert "**Your name** · **alice**" in told
    assert "**What you type** · kept until you erase it" in told
    assert "Europe/Berlin" in told
    assert "block" not in told
    assert len(told) < 4000
    assert all("What I hold" not in card.text for card in bob.cards(world.channel))


async def test_somebody_who_is_blocked_is_told_that_there_is_a_note_that_stays(world: World, alice: Player) -> None:
    entry = Block(alice.id, by=1, reason="spam", at=world.env.now())
    async with world.bot.store.write() as connection:
        await servers.block(connection, world.guild.id, entry)
    told = said(await alice.slash("privacy show"))
    assert "Servers' blocklists that you are on · **1**" in told
    assert "it stays when you are erased" in told
    assert "spam" not in told
    await erase(alice, world)
    assert "have blocked you" in said(await alice.slash("quiz start"))


# Taking along


async def by_direct_message(player: Player) -> simcord.InteractionResult:
    return await player.member.slash(player.world.channel, "privacy export", where="dm")


async def test_an_export_comes_to_the_person_alone_and_holds_their_words(
    world: World, alice: Player, bob: Player, channel: simcord.ChannelHandle
) -> None:
    await finish(alice, world, await alice.start(**FREE))
    result = await alice.slash("privacy export")
    assert "README.txt in it explains the files" in said(result)
    card = alice.cards(channel)[-1]
    assert card.message.ephemeral
    assert card.files == ["mockloop-data.zip"]
    found = files(world, card)
    data = json.loads(found["data.json"])
    assert [row["text"] for row in data["attempts"]] == [world.strong()]
    assert "data.json" in found["README.txt"].decode()
    assert bob.frames(channel) == []
    assert not any(card.files for card in bob.cards(channel))


async def test_an_export_by_direct_message_and_one_that_cannot_be_sent_there(world: World, alice: Player) -> None:
    await finish(alice, world, await alice.start(**FREE))
    assert "It is in our direct messages." in said(await by_direct_message(alice))
    assert "data.json" in files(world, alice.cards(alice.dm)[-1])
    world.env.inject_error("POST", f"/channels/{alice.dm.id}/messages", status=403, code=50007)
    told = said(await by_direct_message(alice))
    assert "direct messages are closed to me" in told


async def test_exports_cannot_be_asked_for_all_the_time(alice: Player) -> None:
    for _ in range(3):
        await alice.slash("privacy export")
    assert "That was quick" in said(await alice.slash("privacy export"))


# Erasing


async def test_everything_is_erased_after_one_question_and_the_next_round_begins_anew(
    world: World, alice: Player, channel: simcord.ChannelHandle
) -> None:
    await finish(alice, world, await alice.start(where=alice.dm, **FREE))
    await alice.start(where=alice.dm, **NUMBER)
    await alice.slash("leaderboard privacy", nickname="Ada L")
    await alice.slash("privacy erase")
    asked = alice.card(channel)
    assert asked.message.ephemeral
    assert "There is no way back." in asked.text
    assert await known(world) == [alice.id], "nothing happens before the button is pressed"
    await alice.press(channel, "Erase everything of mine")
    told = alice.card(channel)
    assert told.id == asked.id
    assert "2 rounds of yours deleted" in told.text
    assert told.buttons == {}
    await background(world)
    assert await known(world) == []
    assert "No rounds yet." in said(await alice.slash("history"))
    assert "I hold nothing on you." in said(await alice.slash("privacy show"))
    await finish(alice, world, await alice.start(where=alice.dm, **FREE))
    assert await known(world) == [alice.id]
    assert "**Your name** · **alice**" in said(await alice.slash("privacy show")), "the name is learned again"


async def test_the_bots_messages_go_from_direct_messages_and_threads_and_the_persons_own_stay(
    world: World, alice: Player, bob: Player
) -> None:
    room = await alice.start(**FREE)
    await finish(alice, world, room)
    await alice.start(where=alice.dm, **FREE)
    await alice.type(alice.dm, world.strong())
    await skip_followups(alice, alice.dm)
    theirs = await bob.start(**FREE)
    before = [card.id for card in bob.cards(theirs)]
    assert alice.frames(room)
    assert alice.frames(alice.dm)
    assert "will go from Discord" in await erase(alice, world)
    assert alice.frames(room) == alice.frames(alice.dm) == []
    typed = world.env.backend.messages[alice.dm.id].values()
    assert [message.content for message in typed if message.author_id == alice.id] == [world.strong()]
    assert [card.id for card in bob.cards(theirs)] == before


async def test_a_click_on_a_message_that_still_stands_is_answered_kindly(world: World, alice: Player) -> None:
    room = await alice.start(**FREE)
    world.env.inject_error("DELETE", "/channels/*/messages/*", status=403, code=50001, times=None)
    await erase(alice, world)
    assert alice.frames(room), "it could not be removed"
    for label in ("Hint 1", "Answer", "Skip"):
        assert "I cannot find that round any more." in said(await alice.press(room, label))
    world.env.backend.faults.clear()


async def test_a_thread_that_is_archived_is_opened_to_remove_what_stands_in_it(world: World, alice: Player) -> None:
    room = await alice.start(**FREE)
    world.env.inject_error("DELETE", f"/channels/{room.id}/messages/*", status=400, code=50083)
    await erase(alice, world)
    assert alice.frames(room) == []
    changed = [request for request in world.requests if request.path == f"/channels/{room.id}"]
    assert any(request.method == "PATCH" and request.json == {"archived": False} for request in changed)


async def test_what_discord_does_not_take_now_is_removed_a_minute_later(world: World, alice: Player) -> None:
    room = await alice.start(**FREE)
    world.env.inject_error("DELETE", f"/channels/{room.id}/messages/*", status=500, times=None)
    await erase(alice, world)
    assert alice.frames(room)
    world.env.backend.faults.clear()
    await world.wait(RETRY.total_seconds() + 2)
    await background(world)
    assert alice.frames(room) == []


async def test_a_restart_in_between_does_not_keep_messages_from_going(world: World, alice: Player) -> None:
    room = await alice.start(**FREE)
    world.env.inject_error("DELETE", f"/channels/{room.id}/messages/*", status=500, times=None)
    await erase(alice, world)
    world.env.backend.faults.clear()
    await world.restart()
    await world.wait(2)
    await background(world)
    assert alice.frames(room) == []


async def test_the_button_is_valid_for_five_minutes(
    world: World, alice: Player, channel: simcord.ChannelHandle
) -> None:
    await alice.start(**FREE)
    await alice.slash("privacy erase")
    await world.wait(5 * 60 + 2)
    assert "more than five minutes ago" in said(await alice.press(channel, "Erase everything of mine"))
    assert await known(world) == [alice.id]


async def test_the_button_is_for_whoever_asked(
    world: World, alice: Player, bob: Player, channel: simcord.ChannelHandle
) -> None:
    room = await alice.start(**FREE)
    await alice.slash("privacy erase")
    pressed = next(iter(alice.card(channel).buttons.values()))
    forged: dict[str, Any] = {"type": 2, "style": 4, "label": "x", "custom_id": pressed}
    await bob.start(where=bob.dm, **FREE)
    [result] = await world.deliver(bob.forged_payload(bob.dm, bob.card(bob.dm), forged))
    assert "for somebody else" in said(result)
    assert sorted(await known(world)) == sorted([alice.id, bob.id])
    assert alice.frames(room)


async def test_the_button_works_after_a_restart(world: World, alice: Player, channel: simcord.ChannelHandle) -> None:
    await alice.start(**FREE)
    await alice.slash("privacy erase")
    await world.restart()
    await alice.press(channel, "Erase everything of mine")
    await background(world)
    assert await known(world) == []


async def test_pressed_twice_at_once_it_erases_once_and_nothing_breaks(
    world: World, alice: Player, channel: simcord.ChannelHandle
) -> None:
    await alice.start(**FREE)
    await alice.slash("privacy erase")
    asked = alice.card(channel)
    clicks = [alice.click_payload(channel, asked, "Erase everything of mine") for _ in range(2)]
    await world.deliver(*clicks)
    await background(world)
    assert await known(world) == []


async def test_a_group_round_goes_on_without_the_person_and_names_them_nowhere(
    world: World, alice: Player, bob: Player, channel: simcord.ChannelHandle
) -> None:
    await bob.slash("mock host", questions=1, topic="ml.regularization", format="free text")
    await alice.press(channel, "Join")
    await bob.press(channel, "Start")
    await alice.answer(channel, world.strong(), "Answer in private")
    assert any(f"<@{alice.id}>" in card.text for card in bob.cards(channel) if not card.message.ephemeral)
    await erase(alice, world, alice.dm)
    await bob.answer(channel, world.strong(), "Answer in private")
    await world.wait(3)
    public = [card for card in bob.cards(channel) if not card.message.ephemeral]
    assert public[-1].text.startswith("## Group round finished")
    assert not any(str(alice.id) in card.text for card in public)
    assert world.strong() not in "\n".join(card.text for card in public)
    async with world.bot.store.read() as connection:
        assert (await connection.scalars(select(rounds.c.status))).all() == ["finished"]
    assert "alice" not in said(await bob.slash("leaderboard show", board="effort"))


async def test_a_host_who_is_erased_can_be_replaced(
    world: World, alice: Player, bob: Player, channel: simcord.ChannelHandle
) -> None:
    await alice.slash("mock host", questions=2, topic="ml.regularization", format="free text")
    await bob.press(channel, "Join")
    await alice.press(channel, "Start")
    await erase(alice, world, alice.dm)
    await bob.press(channel, "No sign of the host: take over")
    await bob.press(channel, "Host: end round")
    assert any("Group round ended by the host" in card.text for card in bob.cards(channel))


# How long words are kept


async def test_a_limit_that_removes_nothing_now_holds_at_once(world: World, alice: Player) -> None:
    await finish(alice, world, await alice.start(**FREE))
    told = said(await alice.slash("privacy retention", days=30))
    assert "removed after 30 days" in told
    assert "Nothing is as old as that now." in told
    assert "removed after 30 days" in said(await alice.slash("privacy show"))
    assert "kept until you erase it" in said(await alice.slash("privacy retention", days=0))


async def test_a_limit_that_removes_something_says_what_and_asks_first(
    world: World, alice: Player, channel: simcord.ChannelHandle
) -> None:
    await finish(alice, world, await alice.start(**FREE))
    await world.wait(31 * DAY)
    told = said(await alice.slash("privacy retention", days=30))
    assert "**1 answer** of yours, older than 30 days, would go now." in told
    assert "kept until you erase it" in said(await alice.slash("privacy show"))
    await alice.press(channel, "Remove after 30 days")
    shown = alice.find(channel, "Remove after 30 days")
    assert shown is None
    assert any("✓ 1 answer removed." in card.text for card in alice.cards(channel))
    assert "removed after 30 days" in said(await alice.slash("privacy show"))


async def test_old_words_go_by_themselves_and_the_history_still_tells_how_it_went(
    world: World, alice: Player, channel: simcord.ChannelHandle
) -> None:
    room = await alice.start(**FREE)
    await finish(alice, world, room)
    story = await alice.start("behavioral start")
    await alice.answer(story, world.strong("behav.conflict.shipping"))
    await skip_followups(alice, story)
    await alice.slash("privacy retention", days=30)
    await world.wait(31 * DAY)
    for _ in range(4):
        await world.wait(1)
    reread = said(await alice.press(room, "Reread this round"))
    assert "(no longer kept)" in reread
    assert "strong yes" in reread
    assert world.strong()[:40] not in reread.partition("Model answer")[0]
    sheet = said(await alice.press(story, "Reread this round"))
    assert "(no longer kept)" in sheet
    assert "Interviewer's sheet" in sheet


# Boards


async def test_boards_is_the_same_as_the_leaderboards_privacy(world: World, alice: Player) -> None:
    shown = said(await alice.slash("privacy boards", listed=False, quotes=True))
    assert "you are on none" in shown
    assert shown == said(await alice.slash("leaderboard privacy"))
    assert "2 to 32 characters" in said(await alice.slash("privacy boards", nickname="x"))
    assert "as **Ada L**" in said(await alice.slash("privacy boards", listed=True, nickname="Ada L"))
