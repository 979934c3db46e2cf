"""/leaderboard and /progress as people use them."""

from __future__ import annotations

from datetime import timedelta

import simcord

from bot.store import servers
from bot.store.servers import Weekly
from tests.cogs.world import CHOICE, Player, World, said


async def exam(player: Player, world: World) -> None:
    """Finishes a question of an exam."""
    room = await player.start(questions=1, mode="exam")
    await player.press(room, "Skip")


async def test_boards_say_how_to_get_on_them_while_they_are_empty(alice: Player) -> None:
    told = said(await alice.slash("leaderboard show"))
    assert "Skill · this season" in told
    assert "this server · all tracks" in told
    assert "Nobody has enough rated questions yet" in told
    assert "You are not on it yet" in told


async def test_a_finished_question_is_an_active_day_on_both_boards(
    world: World, alice: Player, bob: Player, channel: simcord.ChannelHandle
) -> None:
    await exam(alice, world)
    assert "🥇 **alice** · 1 day ← you" in said(await alice.slash("leaderboard show", board="effort"))
    assert "everywhere" in said(await alice.press(channel, "Everywhere"))
    theirs = said(await bob.slash("leaderboard show", board="effort"))
    assert "🥇 alice · 1 day" in theirs
    assert "You are not on it yet" in theirs


async def test_a_board_is_shown_to_the_person_alone_and_its_buttons_change_it_in_place(
    world: World, alice: Player, bob: Player, channel: simcord.ChannelHandle
) -> None:
    await exam(alice, world)
    await alice.slash("leaderboard show")
    shown = alice.card(channel)
    await alice.press(channel, "Effort")
    assert alice.card(channel).id == shown.id
    assert "Effort · this season" in alice.card(channel).text
    await alice.press(channel, "This week")
    assert "Effort · this week" in alice.card(channel).text
    assert bob.frames(channel) == []


async def test_another_servers_board_is_refused(world: World, alice: Player, channel: simcord.ChannelHandle) -> None:
    await alice.slash("leaderboard show")
    forged = {"type": 2, "style": 2, "label": "x", "custom_id": "board:4242:skill:all:season:1"}
    [result] = await world.deliver(alice.forged_payload(channel, alice.card(channel), forged))
    assert "belongs to another server" in said(result)


async def test_somebody_who_hides_is_on_no_board_but_sees_their_own_place(
    world: World, alice: Player, bob: Player
) -> None:
    await exam(alice, world)
    told = said(await alice.slash("leaderboard privacy", listed=False))
    assert "you are on none" in told
    assert "Only you see this line" in said(await alice.slash("leaderboard show", board="effort"))
    assert "alice" not in said(await bob.slash("leaderboard show", board="effort"))
    await alice.slash("leaderboard privacy", listed=True, nickname="Ada L")
    assert "🥇 Ada L · 1 day" in said(await bob.slash("leaderboard show", board="effort"))
    await alice.slash("leaderboard privacy", nickname="-")
    assert "🥇 alice · 1 day" in said(await bob.slash("leaderboard show", board="effort"))


async def test_a_nickname_that_cannot_be_is_refused_in_words(alice: Player) -> None:
    assert "leave out" in said(await alice.slash("leaderboard privacy", nickname="<@1234>"))
    assert "2 to 32 characters" in said(await alice.slash("leaderboard privacy", nickname="x"))


async def test_quotes_can_be_allowed_and_taken_back(alice: Player) -> None:
    assert "not decided" in said(await alice.slash("leaderboard privacy"))
    assert "may be quoted" in said(await alice.slash("leaderboard privacy", quotes=True))
    assert "not quoted" in said(await alice.slash("leaderboard privacy", quotes=False))


async def test_an_unknown_track_is_refused_and_a_known_one_narrows_the_board(world: World, alice: Player) -> None:
    assert "I do not know that track" in said(await alice.slash("leaderboard show", track="alchemy"))
    assert "Mathematics" in said(await alice.slash("leaderboard show", track="math"))


async def test_progress_is_one_picture_for_the_person_alone(
    world: World, alice: Player, bob: Player, channel: simcord.ChannelHandle
) -> None:
    await exam(alice, world)
    await alice.slash("progress")
    card = alice.card(channel)
    assert card.files == ["progress.png"]
    assert bob.frames(channel) == []


async def test_the_weekly_post_comes_once_names_movers_and_opens_the_board(
    world: World, alice: Player, bob: Player, channel: simcord.ChannelHandle
) -> None:
    await alice.start(**CHOICE)
    room = next(thread for thread in channel.threads)
    await alice.press(room, "A")
    due = world.env.now() + timedelta(hours=1)
    async with world.bot.store.write() as connection:
        await servers.set_weekly(connection, world.guild.id, Weekly(channel.id, due.weekday(), due.hour, "UTC", due))
    await world.wait(3700)
    posts = [card for card in bob.cards(channel) if "This group answered" in card.text]
    assert len(posts) == 1
    assert posts[0].files == ["week.png"]
    assert "1 question" in posts[0].text
    assert "Skill · this week" in said(await bob.press(channel, "Leaderboard", posts[0]))
    await world.wait(3600)
    assert len([card for card in bob.cards(channel) if "This group answered" in card.text]) == 1


async def test_a_quiet_week_has_no_post(world: World, bob: Player, channel: simcord.ChannelHandle) -> None:
    due = world.env.now() + timedelta(hours=1)
    async with world.bot.store.write() as connection:
        await servers.set_weekly(connection, world.guild.id, Weekly(channel.id, due.weekday(), due.hour, "UTC", due))
    await world.wait(3700)
    assert bob.frames(channel) == []
