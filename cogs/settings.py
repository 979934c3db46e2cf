"""/settings: what the people who manage a server decide about it."""

from __future__ import annotations

from typing import Any, cast

import discord
from discord import app_commands
from discord.ext import commands

from bot.abilities.periods import SEASON_LENGTHS, Period, key, span
from bot.counting import counted
from bot.errors import UserError
from bot.schedule import WEEKDAYS
from bot.services.servers import Servers, mentions
from bot.store.servers import RoundPlace, ServerSettings, Weekly
from cogs._components import services
from cogs._errors import acknowledge, tell
from cogs._layout import layout
from cogs._moderators import require_manager
from cogs._text import escape
from cogs._zones import chosen_zone, zone_choices, zone_label

PLACES = [
    app_commands.Choice(name="in a private thread", value=RoundPlace.THREAD.value),
    app_commands.Choice(name="in the channel", value=RoundPlace.CHANNEL.value),
]
SEASONS = [app_commands.Choice(name=counted(n, "month"), value=n) for n in SEASON_LENGTHS]
DAYS = [app_commands.Choice(name=name, value=number) for number, name in enumerate(WEEKDAYS)]
BLOCKED_SHOWN = 20


class _Channel(app_commands.Transformer):
    """A channel as Discord sent it, whether or not the bot has heard of it."""

    _types: tuple[discord.ChannelType, ...] = ()

    @property
    def type(self) -> discord.AppCommandOptionType:
        return discord.AppCommandOptionType.channel

    @property
    def channel_types(self) -> list[discord.ChannelType]:
        return list(self._types)

    async def transform(self, _: discord.Interaction, value: Any, /) -> app_commands.AppCommandChannel:
        return value


class RoundChannel(_Channel):
    """One in which, or in whose threads, commands can be used."""

    _types = (
        discord.ChannelType.text,
        discord.ChannelType.news,
        discord.ChannelType.voice,
        discord.ChannelType.stage_voice,
        discord.ChannelType.forum,
    )


class PostChannel(_Channel):
    """One that people read."""

    _types = (discord.ChannelType.text, discord.ChannelType.news)


class SettingsCog(commands.Cog, name="Settings"):
    """A server's settings; every command of it is for people who manage the server."""

    def __init__(self, bot: commands.Bot) -> None:
        self.bot = bot
        self.servers: Servers = cast(Any, bot).services.servers

    settings = app_commands.Group(
        name="settings",
        description="This server's settings: rounds, channels, seasons, the weekly post, moderators, blocklist",
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False),
        default_permissions=discord.Permissions(manage_guild=True),
        allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
    )

    async def interaction_check(self, interaction: discord.Interaction, /) -> bool:
        """Said before every command here: a server's own settings may show them to anybody."""
        await require_manager(interaction)
        return True

    @settings.command(name="show", description="All settings of this server, and how to change each")
    async def show(self, interaction: discord.Interaction) -> None:
        await acknowledge(interaction)
        found = await self._present(interaction)
        obstacle = self._obstacle(_server(interaction), found.weekly.channel_id) if found.weekly else ""
        await interaction.followup.send(view=settings_card(found, interaction, obstacle), ephemeral=True)

    # Rounds

    @settings.command(name="rounds", description="Where rounds of one person live in this server")
    @app_commands.describe(place="A private thread for each round, or the channel it was started in")
    @app_commands.choices(place=PLACES)
    async def rounds(self, interaction: discord.Interaction, place: app_commands.Choice[str]) -> None:
        await acknowledge(interaction)
        await self.servers.set_place(_server(interaction), RoundPlace(place.value))
        await tell(interaction, f"From now on rounds start {place.name}.")

    @settings.command(name="channels", description="In which channels rounds may be started")
    @app_commands.describe(
        add="Rounds may be started here, and in threads of it",
        remove="Take this channel from the list; with an empty list rounds start everywhere",
    )
    async def channels(
        self,
        interaction: discord.Interaction,
        add: app_commands.Transform[app_commands.AppCommandChannel, RoundChannel] | None = None,
        remove: app_commands.Transform[app_commands.AppCommandChannel, RoundChannel] | None = None,
    ) -> None:
        await acknowledge(interaction)
        server = _server(interaction)
        said: list[str] = []
        if add is not None and not await self.servers.allow_channel(server, add.id):
            said.append(f"{add.mention} was on the list already.")
        if remove is not None and not await self.servers.disallow_channel(server, remove.id):
            said.append(f"{remove.mention} was not on the list.")
        said.append(_where(await self._present(interaction)))
        if add is None and remove is None:
            said.append("**/settings channels** with **add** or **remove** changes that.")
        await tell(interaction, "\n".join(said))

    # Seasons and the weekly post

    @settings.command(name="season", description="How long a season of this server's boards lasts")
    @app_commands.describe(months="Seasons follow one another from January on")
    @app_commands.choices(months=SEASONS)
    async def season(self, interaction: discord.Interaction, months: app_commands.Choice[int]) -> None:
        await acknowledge(interaction)
        changed = await self.servers.set_season(_server(interaction), months.value)
        already = "" if changed else " That is how it was before."
        await tell(interaction, f"{_season(months.value, interaction)}{already}")

    @settings.command(name="weekly", description="Post once a week how the week went, in a channel of your choice")
    @app_commands.describe(
        channel="Where to post",
        day="On which day",
        hour="At which hour of that day, 0 to 23",
        zone="By which clock: a city, a country or an offset (yours unless you say otherwise)",
    )
    @app_commands.choices(day=DAYS)
    async def weekly(
        self,
        interaction: discord.Interaction,
        channel: app_commands.Transform[app_commands.AppCommandChannel, PostChannel],
        day: app_commands.Choice[int],
        hour: app_commands.Range[int, 0, 23],
        zone: str | None = None,
    ) -> None:
        await acknowledge(interaction)
        meant = (
            chosen_zone(zone, interaction.created_at)
            if zone is not None
            else await services(interaction).people.known_zone(interaction.user.id)
        )
        if meant is None:
            raise UserError(
                "By which clock? Add **zone**, such as “Berlin”, or set your own once with **/timezone**; "
                "I then use yours."
            )
        obstacle = self._obstacle(_server(interaction), channel.id)
        if obstacle:
            raise UserError(f"I cannot post in {channel.mention}: {obstacle}. Change that, or choose another channel.")
        post = await self.servers.set_weekly(
            _server(interaction), channel_id=channel.id, weekday=day.value, hour=hour, zone=meant
        )
        await tell(interaction, f"{_weekly(post)} **/settings weekly-off** ends it.")

    @weekly.autocomplete("zone")
    async def zones(self, interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        return zone_choices(current, interaction.created_at)

    @settings.command(name="weekly-off", description="No weekly post any more")
    async def weekly_off(self, interaction: discord.Interaction) -> None:
        await acknowledge(interaction)
        ended = await self.servers.stop_weekly(_server(interaction))
        await tell(interaction, "There will be no weekly post any more." if ended else "There was no weekly post.")

    # Moderators

    @settings.command(name="moderators", description="Roles whose members care for questions, beside you who manage")
    @app_commands.describe(add="Members of this role become moderators", remove="Members of this role no longer are")
    async def moderators(
        self, interaction: discord.Interaction, add: discord.Role | None = None, remove: discord.Role | None = None
    ) -> None:
        await acknowledge(interaction)
        server = _server(interaction)
        said: list[str] = []
        if add is not None and not await self.servers.add_role(server, add.id):
            said.append(f"Members of {add.mention} were moderators already.")
        if remove is not None and not await self.servers.remove_role(server, remove.id):
            said.append(f"Members of {remove.mention} were no moderators.")
        said.append(_moderators(await self._present(interaction)))
        if add is None and remove is None:
            said.append("**/settings moderators** with **add** or **remove** changes that.")
        await tell(interaction, "\n".join(said))

    # Blocklist

    @settings.command(name="block", description="Keep somebody from starting rounds in this server")
    @app_commands.describe(person="Who", reason="Why, for the other moderators")
    async def block(
        self,
        interaction: discord.Interaction,
        person: discord.User,
        reason: app_commands.Range[str, 0, 500] = "",
    ) -> None:
        await acknowledge(interaction)
        await self.servers.block(_server(interaction), person.id, by=interaction.user.id, reason=reason)
        await tell(interaction, f"{person.mention} can start no more rounds here. **/settings unblock** takes it back.")

    @settings.command(name="unblock", description="Let somebody start rounds again")
    @app_commands.describe(person="Who")
    async def unblock(self, interaction: discord.Interaction, person: discord.User) -> None:
        await acknowledge(interaction)
        was_blocked = await self.servers.unblock(_server(interaction), person.id)
        done = f"{person.mention} can start rounds again." if was_blocked else f"{person.mention} was not blocked."
        await tell(interaction, done)

    @settings.command(name="blocked", description="Who may not start rounds in this server")
    async def blocked(self, interaction: discord.Interaction) -> None:
        await acknowledge(interaction)
        found = await self.servers.blocked(_server(interaction))
        lines = [
            f"<@{block.user_id}> · since <t:{int(block.at.timestamp())}:d>, by <@{block.by}>"
            + (f" · {escape(block.reason)}" if block.reason else "")
            for block in found[:BLOCKED_SHOWN]
        ]
        more = f"\n…and {len(found) - BLOCKED_SHOWN} more" if len(found) > BLOCKED_SHOWN else ""
        await tell(interaction, ("\n".join(lines) + more)[:2000] if lines else "Nobody is blocked in this server.")

    # What is gone

    @commands.Cog.listener()
    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        await self.servers.forget_channels(channel.guild.id, [channel.id])

    @commands.Cog.listener()
    async def on_guild_role_delete(self, role: discord.Role) -> None:
        await self.servers.forget_roles(role.guild.id, [role.id])

    def _obstacle(self, server: int, channel_id: int) -> str:
        """What keeps the bot from posting in a channel; empty when nothing does."""
        guild = self.bot.get_guild(server)
        channel = guild.get_channel(channel_id) if guild is not None else None
        if guild is None or channel is None:
            return "only my commands were added to this server, and I am no member of it"
        allowed = channel.permissions_for(guild.me)
        wanted = {
            "View Channel": allowed.view_channel,
            "Send Messages": allowed.send_messages,
            "Attach Files": allowed.attach_files,
        }
        missing = [f"**{name}**" for name, given in wanted.items() if not given]
        return f"there I lack {' and '.join(missing)}" if missing else ""

    async def _present(self, interaction: discord.Interaction) -> ServerSettings:
        """The settings, without channels and roles that were deleted while the bot was away."""
        server = _server(interaction)
        found = await self.servers.settings(server)
        guild = self.bot.get_guild(server)
        if guild is None:  # only the commands were added to that server: its channels are not told
            return found
        listed = {*found.channels, *([found.weekly.channel_id] if found.weekly else [])}
        channels = [channel for channel in listed if guild.get_channel(channel) is None]
        roles = [role for role in found.roles if guild.get_role(role) is None]
        if not channels and not roles:
            return found
        await self.servers.forget_channels(server, channels)
        await self.servers.forget_roles(server, roles)
        return await self.servers.settings(server)


def settings_card(found: ServerSettings, interaction: discord.Interaction, obstacle: str) -> discord.ui.LayoutView:
    """All settings in words, each with the command that changes it; `obstacle` keeps the weekly post from coming."""
    threads = found.place is RoundPlace.THREAD
    rounds = "Each opens in a private thread, if I may make one." if threads else "Each goes on where it was started."
    weekly = _weekly(found.weekly) if found.weekly else "There is none."
    if obstacle:
        weekly += f"\n⚠️ I cannot post there now: {obstacle}."
    blocked = "Nobody is blocked."
    if found.blocked:
        blocked = f"{found.blocked} {'person' if found.blocked == 1 else 'people'} may start no rounds here."
    lines = [
        ("Rounds of one person", rounds, "rounds"),
        ("Channels", _where(found), "channels"),
        ("Seasons", _season(found.season_months, interaction), "season"),
        ("Weekly post", weekly, "weekly** or **/settings weekly-off" if found.weekly else "weekly"),
        ("Moderators", _moderators(found), "moderators"),
        ("Blocklist", blocked, "block**, **/settings unblock** and **/settings blocked"),
    ]
    blocks = [f"**{name}** · {words}\n-# **/settings {command}**" for name, words, command in lines]
    return layout(["## Settings of this server\n-# The command below each one changes it.", *blocks])


def _where(found: ServerSettings) -> str:
    if not found.channels:
        return "Rounds may be started in every channel."
    return (
        f"Rounds may be started in {mentions(found.channels)}, and in threads there. "
        "In other channels I tell people where."
    )


def _season(months: int, interaction: discord.Interaction) -> str:
    """How long seasons are, and when the present one ends."""
    days = span(key(Period.SEASON, interaction.created_at.date(), months))
    assert days is not None
    first, last = days
    long = "1 month" if months == 1 else f"{months} months"
    return f"A season of the boards lasts {long}. The present one: {first:%B} {first.day} to {last:%B} {last.day}."


def _weekly(post: Weekly) -> str:
    when = f"{WEEKDAYS[post.weekday]} at {post.hour:02}:00 {zone_label(post.zone)}"
    moment = int(post.next_at.timestamp())
    return (
        f"Each **{when}** I post in <#{post.channel_id}> how the week went. The next time: "
        f"<t:{moment}:F>, by your own clock."
    )


def _moderators(found: ServerSettings) -> str:
    if not found.roles:
        return "People who may manage this server are its moderators."
    named = " or ".join(f"<@&{role}>" for role in found.roles)
    return f"People who may manage this server are its moderators, and so are those with the role {named}."


def _server(interaction: discord.Interaction) -> int:
    assert interaction.guild_id is not None  # the command exists in servers alone
    return interaction.guild_id


async def setup(bot: commands.Bot) -> None:
    await bot.add_cog(SettingsCog(bot))
