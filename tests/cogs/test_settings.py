"""/settings: what the people who manage a server decide about it, and what everybody else sees of that."""

from __future__ import annotations

from typing import Any, cast

import discord
import pytest
import simcord
from discord import app_commands
from simcord.backend.models import Overwrite
from simcord.enums import OverwriteType

from bot.client import MockloopBot
from bot.store.servers import ServerSettings
from cogs.questions._access import keepers_only
from tests.cogs.world import CHOICE, FREE, NUMBER, Player, World, said, skip_followups

ONLY_MANAGERS = "Only people who may manage this server"


async def settings(world: World) -> ServerSettings:
    return await world.bot.services.servers.settings(world.guild.id)


def subcommands(world: World) -> list[dict[str, Any]]:
    root = world.env.backend.find_command("settings", None)
    assert root is not None
    return cast("list[dict[str, Any]]", root["options"])


def silent_for_bot(world: World, **permissions: bool) -> simcord.ChannelHandle:
    """A channel in which the bot lacks these permissions."""
    bot = world.env.bot.user
    assert bot is not None
    return world.guild.create_text_channel("silent", overwrites={bot: discord.PermissionOverwrite(**permissions)})


# Who may


async def test_others_do_not_see_the_settings(world: World, bob: Player) -> None:
    assert len(subcommands(world)) > 8
    for command in subcommands(world):
        name = f"settings {command['name']}"
        assert name not in bob.member.available_commands(world.channel)
        assert name not in bob.member.user.available_commands()
    with pytest.raises(simcord.SetupError, match="not visible"):
        await bob.slash("settings show")


VALUES: dict[int, Any] = {3: "channel", 4: 1, 6: "1", 7: "1", 8: "1"}
"""Something to send for an option of each type."""


async def test_others_are_refused_every_command_even_where_a_server_shows_it_to_them(world: World, bob: Player) -> None:
    """A server's own settings may show a command to anybody; the bot checks the permission itself."""
    root = world.env.backend.find_command("settings", None)
    assert root is not None
    before = await settings(world)
    for command in subcommands(world):
        given = [
            {"type": option["type"], "name": option["name"], "value": _value(option)}
            for option in command.get("options", [])
            if option.get("required")
        ]
        sub = {"type": 1, "name": command["name"], "options": given}
        data: dict[str, Any] = {"id": root["id"], "name": "settings", "type": 1, "options": [sub]}
        data["resolved"] = {
            "users": {"1": {"id": "1", "username": "someone", "discriminator": "0", "avatar": None}},
            "channels": {"1": {"id": "1", "type": 0, "name": "somewhere", "permissions": "0"}},
        }
        [result] = await world.deliver(bob.payload(world.channel, 2, data, None))
        assert ONLY_MANAGERS in said(result), command["name"]
    assert await settings(world) == before


def _value(option: dict[str, Any]) -> Any:
    choices = option.get("choices")
    return choices[0]["value"] if choices else VALUES[option["type"]]


async def test_a_moderators_role_does_not_open_the_settings(world: World, alice: Player) -> None:
    role = world.guild.create_role("keepers")
    carol = Player(world, world.guild.add_member(world.env.create_user("carol"), roles=[role]))
    await alice.slash("settings moderators", add=role)
    root = world.env.backend.find_command("settings", None)
    assert root is not None
    sub: dict[str, Any] = {"type": 1, "name": "show", "options": []}
    data: dict[str, Any] = {"id": root["id"], "name": "settings", "type": 1, "options": [sub]}
    [result] = await world.deliver(carol.payload(world.channel, 2, data, None))
    assert ONLY_MANAGERS in said(result)


async def test_the_owner_and_administrators_may_change_the_settings(world: World) -> None:
    rules = world.guild.create_role("rules", permissions=discord.Permissions(administrator=True))
    dora = Player(world, world.guild.add_member(world.env.create_user("dora"), roles=[rules]))
    assert "Settings of this server" in said(await dora.slash("settings show"))
    eve = world.env.create_user("eve")
    guild = world.env.create_guild("Hers", owner=eve)
    there = guild.create_text_channel("general")
    owner = Player(world, guild.add_member(eve))
    assert "Settings of this server" in said(await owner.slash("settings show", there))


# Show


async def test_everything_stands_on_one_card_with_the_command_that_changes_it(world: World, alice: Player) -> None:
    result = await alice.slash("settings show")
    told = said(result)
    assert result.followups == [] or all(answer.ephemeral for answer in result.followups)
    for words in (
        "Each opens in a private thread",
        "Rounds may be started in every channel.",
        "A season of the boards lasts 3 months. The present one: January 1 to March 31.",
        "**Weekly post** · There is none.",
        "People who may manage this server are its moderators.",
        "Nobody is blocked.",
    ):
        assert words in told
    for command in subcommands(world):
        if command["name"] not in {"show", "weekly-off"}:  # the latter has nothing to end yet
            assert f"**/settings {command['name']}**" in told


async def test_the_card_tells_what_was_changed(world: World, alice: Player, bob: Player) -> None:
    quiet = world.guild.create_text_channel("quiet")
    role = world.guild.create_role("keepers")
    await alice.slash("settings rounds", place="channel")
    await alice.slash("settings channels", add=quiet)
    await alice.slash("settings season", months=12)
    await alice.slash("settings weekly", channel=quiet, day=6, hour=18, zone="Asia/Kolkata")
    await alice.slash("settings moderators", add=role)
    await alice.slash("settings block", person=bob.member)
    told = said(await alice.slash("settings show"))
    for words in (
        "Each goes on where it was started.",
        f"Rounds may be started in {quiet.mention}, and in threads there.",
        "lasts 12 months. The present one: January 1 to December 31.",
        f"Each **Sunday at 18:00 Asia/Kolkata** I post in {quiet.mention}",
        "**/settings weekly-off**",
        f"those with the role {role.mention}.",
        "1 person may start no rounds here.",
    ):
        assert words in told


async def test_a_full_card_stays_within_the_limits(world: World, alice: Player) -> None:
    for number in range(25):
        await alice.slash("settings channels", add=world.guild.create_text_channel(f"room-{number}"))
        await alice.slash("settings moderators", add=world.guild.create_role(f"role-{number}"))
    assert "25 channels are listed already" in said(await alice.slash("settings channels", add=world.channel))
    assert "Seasons" in said(await alice.slash("settings show"))


# Channels


async def test_in_another_channel_a_person_is_told_where_rounds_start(world: World, alice: Player, bob: Player) -> None:
    quiet, more = world.guild.create_text_channel("quiet"), world.guild.create_voice_channel("more")
    told = said(await alice.slash("settings channels", add=quiet))
    assert (
        told
        == f"Rounds may be started in {quiet.mention}, and in threads there. In other channels I tell people where."
    )
    assert f"{quiet.mention} or {more.mention}" in said(await alice.slash("settings channels", add=more))
    for player in (alice, bob):  # who manages the server is bound by it as well
        for command in ("quiz start", "behavioral start"):
            told = said(await player.slash(command))
            assert f"rounds are started in {quiet.mention} or {more.mention}. Use the command there" in told
    assert not world.channel.threads
    assert (await bob.start(where=quiet, **FREE)).is_thread
    assert (await bob.start(where=more, **NUMBER)).id == more.id
    assert (await bob.start(where=bob.dm, **CHOICE)).id == bob.dm.id


async def test_threads_below_an_allowed_channel_are_allowed(world: World, alice: Player, bob: Player) -> None:
    elsewhere = await bob.start(**NUMBER)
    quiet = world.guild.create_text_channel("quiet")
    await alice.slash("settings channels", add=quiet)
    room = await bob.start(where=quiet, **NUMBER)
    await bob.press(room, "Skip")
    assert "is ready." in said(await bob.press(room, "Another round like this"))
    await bob.press(elsewhere, "Skip")  # a round that was open goes on
    refused = said(await bob.press(elsewhere, "Another round like this"))
    assert f"rounds are started in {quiet.mention}." in refused
    assert f"rounds are started in {quiet.mention}." in said(await bob.slash("quiz start", elsewhere, **NUMBER))


async def test_the_last_channel_that_is_taken_away_opens_all_of_them(world: World, alice: Player, bob: Player) -> None:
    quiet = world.guild.create_text_channel("quiet")
    await alice.slash("settings channels", add=quiet)
    told = said(await alice.slash("settings channels", remove=quiet))
    assert told == "Rounds may be started in every channel."
    assert (await bob.start(**FREE)).is_thread


async def test_a_channel_named_twice_or_in_vain_is_told(world: World, alice: Player) -> None:
    quiet = world.guild.create_text_channel("quiet")
    assert "was not on the list" in said(await alice.slash("settings channels", remove=quiet))
    await alice.slash("settings channels", add=quiet)
    assert "was on the list already" in said(await alice.slash("settings channels", add=quiet))
    moved = said(await alice.slash("settings channels", add=world.channel, remove=quiet))
    assert moved.startswith(f"Rounds may be started in {world.channel.mention}, ")
    assert "with **add** or **remove** changes that" in said(await alice.slash("settings channels"))


@pytest.mark.parametrize("away", [False, True])
async def test_a_deleted_channel_leaves_the_settings(world: World, alice: Player, bob: Player, away: bool) -> None:
    quiet = world.guild.create_text_channel("quiet")
    await alice.slash("settings channels", add=quiet)
    await alice.slash("settings weekly", channel=quiet, day=0, hour=9, zone="UTC")
    if away:
        await world.restart(meanwhile=lambda: world.env.backend.delete_channel(quiet.id))
        assert (await settings(world)).channels == (quiet.id,)
        told = said(await alice.slash("settings show"))
        assert "in every channel" in told
        assert "**Weekly post** · There is none." in told
    else:
        world.env.backend.delete_channel(quiet.id)
        await world.env.settle()
    found = await settings(world)
    assert (found.channels, found.weekly) == ((), None)
    assert (await bob.start(**FREE)).is_thread


# Seasons


async def test_a_season_is_chosen_and_told_in_words(world: World, alice: Player) -> None:
    told = said(await alice.slash("settings season", months=1))
    assert told == "A season of the boards lasts 1 month. The present one: January 1 to January 31."
    assert (await settings(world)).season_months == 1
    assert "That is how it was before." in said(await alice.slash("settings season", months=1))
    await world.wait(200 * 86_400)
    assert "July 1 to September 30" in said(await alice.slash("settings season", months=3))


async def test_only_lengths_that_divide_a_year_are_offered(world: World) -> None:
    [season] = [command for command in subcommands(world) if command["name"] == "season"]
    assert [choice["value"] for choice in season["options"][0]["choices"]] == [1, 2, 3, 4, 6, 12]


# The weekly post


async def test_the_weekly_post_is_confirmed_with_its_next_time(world: World, alice: Player) -> None:
    """simcord begins on Thursday, 1 January 2026."""
    told = said(await alice.slash("settings weekly", channel=world.channel, day=0, hour=9, zone="Europe/Berlin"))
    found = (await settings(world)).weekly
    assert found is not None
    assert f"{found.next_at:%Y-%m-%d %H:%M}" == "2026-01-05 08:00"
    assert f"Each **Monday at 09:00 Europe/Berlin** I post in {world.channel.mention}" in told
    assert f"<t:{int(found.next_at.timestamp())}:F>" in told
    assert "**/settings weekly-off** ends it" in told
    assert "no weekly post any more" in said(await alice.slash("settings weekly-off"))
    assert (await settings(world)).weekly is None
    assert "There was no weekly post." in said(await alice.slash("settings weekly-off"))


async def test_without_a_zone_the_managers_own_clock_counts(world: World, alice: Player) -> None:
    where: dict[str, Any] = {"channel": world.channel, "day": 4, "hour": 17}
    told = said(await alice.slash("settings weekly", **where))
    assert "By which clock? Add **zone**" in told
    assert "**/timezone**" in told
    assert (await settings(world)).weekly is None
    await alice.slash("timezone", zone="America/New_York")
    assert "**Friday at 17:00 America/New York**" in said(await alice.slash("settings weekly", **where))


async def test_zones_are_suggested_and_a_city_typed_by_hand_is_understood(world: World, alice: Player) -> None:
    offered = await alice.member.autocomplete(world.channel, "settings weekly", "zone", "berl")
    assert [choice["value"] for choice in offered] == ["Europe/Berlin"]
    where: dict[str, Any] = {"channel": world.channel, "day": 0, "hour": 0}
    assert "Europe/Berlin" in said(await alice.slash("settings weekly", **where, zone=" berlin "))
    assert "I know no time zone “Narnia”" in said(await alice.slash("settings weekly", **where, zone="Narnia"))
    found = (await settings(world)).weekly
    assert found is not None
    assert found.zone == "Europe/Berlin", "a mistake changes nothing"


@pytest.mark.parametrize(
    ("lacking", "named"),
    [
        ({"attach_files": False}, "there I lack **Attach Files**."),
        ({"send_messages": False}, "there I lack **Send Messages** and **Attach Files**."),
        ({"view_channel": False}, "there I lack **View Channel** and **Send Messages** and **Attach Files**."),
    ],
)
async def test_where_the_bot_may_not_post_it_says_what_it_lacks(
    world: World, alice: Player, lacking: dict[str, bool], named: str
) -> None:
    silent = silent_for_bot(world, **lacking)
    told = said(await alice.slash("settings weekly", channel=silent, day=0, hour=9, zone="UTC"))
    assert f"I cannot post in {silent.mention}: {named}" in told
    assert (await settings(world)).weekly is None


async def test_a_weekly_post_that_cannot_come_any_more_is_shown(world: World, alice: Player) -> None:
    open_ = world.guild.create_text_channel("open")
    await alice.slash("settings weekly", channel=open_, day=0, hour=9, zone="UTC")
    assert "⚠️" not in said(await alice.slash("settings show"))
    assert world.bot.user is not None
    deny = discord.Permissions(send_messages=True)
    world.env.backend.set_overwrite(open_.id, Overwrite(world.bot.user.id, OverwriteType.MEMBER, deny=deny.value))
    await world.env.settle()
    told = said(await alice.slash("settings show"))
    assert "⚠️ I cannot post there now: there I lack **Send Messages**" in told


# Moderators


async def test_a_role_makes_moderators_and_is_taken_back(world: World, alice: Player) -> None:
    role = world.guild.create_role("keepers")
    told = said(await alice.slash("settings moderators", add=role))
    assert told.endswith(f"are its moderators, and so are those with the role {role.mention}.")
    assert "were moderators already" in said(await alice.slash("settings moderators", add=role))
    assert said(await alice.slash("settings moderators", remove=role)).endswith("this server are its moderators.")
    assert "were no moderators" in said(await alice.slash("settings moderators", remove=role))
    assert "with **add** or **remove** changes that" in said(await alice.slash("settings moderators"))


async def test_everybody_cannot_be_made_a_moderator(world: World, alice: Player) -> None:
    told = said(await alice.slash("settings moderators", add=world.guild.default_role))
    assert "everybody would be a moderator" in told
    assert (await settings(world)).roles == ()


@pytest.mark.parametrize("away", [False, True])
async def test_a_deleted_role_leaves_the_settings(world: World, alice: Player, away: bool) -> None:
    role = world.guild.create_role("keepers")
    await alice.slash("settings moderators", add=role)

    def delete() -> None:
        world.env.backend.delete_role(world.guild.id, role.id)

    if away:
        await world.restart(meanwhile=delete)
        assert role.mention not in said(await alice.slash("settings show"))
    else:
        delete()
        await world.env.settle()
    assert (await settings(world)).roles == ()


@pytest.fixture
async def caring(world: World) -> World:
    """The bot with one command more, which is for moderators."""
    make_bot = world.make_bot

    @app_commands.command(name="care", description="Something that moderators do")
    @keepers_only
    async def care(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("Cared for.", ephemeral=True)

    def with_care() -> MockloopBot:
        bot = make_bot()
        bot.tree.add_command(cast(Any, care))
        return bot

    world.make_bot = with_care  # type: ignore[method-assign]
    await world.restart()
    return world


async def test_moderators_are_who_manages_the_server_and_who_has_a_named_role(caring: World) -> None:
    world, alice, bob = caring, caring.alice, caring.bob
    role = world.guild.create_role("keepers")
    carol = Player(world, world.guild.add_member(world.env.create_user("carol"), roles=[role]))
    assert "Cared for." in said(await alice.slash("care"))
    for player in (bob, carol):
        told = said(await player.slash("care"))
        assert "Only moderators can do that: people who may manage this server" in told
        assert "**/settings moderators**" in told
    await alice.slash("settings moderators", add=role)
    assert "Cared for." in said(await carol.slash("care"))
    assert f"or who have the role {role.mention}." in said(await bob.slash("care"))
    assert "works in a server" in said(await carol.slash("care", carol.dm))
    await alice.slash("settings moderators", remove=role)
    assert "Only moderators" in said(await carol.slash("care"))


async def test_a_role_counts_in_its_own_server_alone(caring: World) -> None:
    world = caring
    role = world.guild.create_role("keepers")
    await world.alice.slash("settings moderators", add=role)
    carol = world.env.create_user("carol")
    world.guild.add_member(carol, roles=[role])
    other = world.env.create_guild("Other")
    there = other.create_text_channel("general")
    assert "Only moderators" in said(await Player(world, other.add_member(carol)).slash("care", there))


# Blocklist


async def test_a_blocked_person_cannot_start_and_is_told(alice: Player, bob: Player) -> None:
    told = said(await alice.slash("settings block", person=bob.member, reason="spoils answers"))
    assert bob.member.mention in told
    assert "have blocked you" in said(await bob.slash("quiz start", **FREE))
    assert "have blocked you" in said(await bob.slash("behavioral start"))
    listed = said(await alice.slash("settings blocked"))
    assert bob.member.mention in listed
    assert "spoils answers" in listed
    room = await bob.start(where=bob.dm, **FREE)
    assert "Question 1" in bob.card(room).text, "direct messages are not the server's"
    assert "can start rounds again" in said(await alice.slash("settings unblock", person=bob.member))
    assert "was not blocked" in said(await alice.slash("settings unblock", person=bob.member))
    assert (await bob.start(**NUMBER)).is_thread


async def test_the_blocklist_is_empty_at_first(alice: Player) -> None:
    assert "Nobody is blocked" in said(await alice.slash("settings blocked"))


async def test_a_reason_cannot_format_or_ping(alice: Player, bob: Player) -> None:
    await alice.slash("settings block", person=bob.member, reason="@everyone **look** [here](https://example.com)")
    listed = said(await alice.slash("settings blocked"))
    assert "@everyone" not in listed
    assert "**look**" not in listed


async def test_a_long_blocklist_fits_one_message(world: World, alice: Player) -> None:
    for number in range(24):
        user = world.env.create_user(f"person{number}")
        await alice.slash("settings block", person=world.guild.add_member(user), reason="r" * 500)
    listed = said(await alice.slash("settings blocked"))
    assert 0 < len(listed) <= 2000
    assert "24 people may start no rounds here." in said(await alice.slash("settings show"))


# The playing goes on


async def test_a_round_that_is_open_goes_on_when_its_channel_is_closed_to_new_ones(
    world: World, alice: Player, bob: Player
) -> None:
    await alice.slash("settings rounds", place="channel")
    room = await bob.start(**FREE)
    quiet = world.guild.create_text_channel("quiet")
    await alice.slash("settings channels", add=quiet)
    await bob.answer(room, world.strong())
    await skip_followups(bob, room)
    assert "Quiz finished" in bob.card(room).text
