"""/server: what the people who manage a server decide about rounds in it."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.store.servers import RoundPlace
from cogs._components import services
from cogs._errors import acknowledge, tell
from cogs._text import escape

PLACES = [
    app_commands.Choice(name="in a private thread", value=RoundPlace.THREAD.value),
    app_commands.Choice(name="in the channel", value=RoundPlace.CHANNEL.value),
]


class ServerCog(commands.Cog, name="Server"):
    """Settings and blocklist of a server."""

    server = app_commands.Group(
        name="server",
        description="Rounds in this server: where they live and who may start them",
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False),
        default_permissions=discord.Permissions(manage_guild=True),
        allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
    )

    @server.command(name="rounds", description="Where rounds of one person live in this server")
    @app_commands.describe(place="A private thread for each round, or the channel it was started in")
    @app_commands.choices(place=PLACES)
    @app_commands.checks.has_permissions(manage_guild=True)
    async def rounds(self, interaction: discord.Interaction, place: app_commands.Choice[str]) -> None:
        await acknowledge(interaction)
        assert interaction.guild_id is not None
        await services(interaction).servers.set_place(interaction.guild_id, RoundPlace(place.value))
        await tell(interaction, f"From now on rounds start {place.name}.")

    @server.command(name="block", description="Keep somebody from starting rounds in this server")
    @app_commands.describe(person="Who", reason="Why, for the other moderators")
    @app_commands.checks.has_permissions(manage_guild=True)
    async def block(
        self,
        interaction: discord.Interaction,
        person: discord.User,
        reason: app_commands.Range[str, 0, 500] = "",
    ) -> None:
        await acknowledge(interaction)
        assert interaction.guild_id is not None
        await services(interaction).servers.block(
            interaction.guild_id, person.id, by=interaction.user.id, reason=reason
        )
        await tell(interaction, f"{person.mention} can start no more rounds here. **/server unblock** takes it back.")

    @server.command(name="unblock", description="Let somebody start rounds again")
    @app_commands.describe(person="Who")
    @app_commands.checks.has_permissions(manage_guild=True)
    async def unblock(self, interaction: discord.Interaction, person: discord.User) -> None:
        await acknowledge(interaction)
        assert interaction.guild_id is not None
        was_blocked = await services(interaction).servers.unblock(interaction.guild_id, person.id)
        done = f"{person.mention} can start rounds again." if was_blocked else f"{person.mention} was not blocked."
        await tell(interaction, done)

    @server.command(name="blocked", description="Who may not start rounds in this server")
    @app_commands.checks.has_permissions(manage_guild=True)
    async def blocked(self, interaction: discord.Interaction) -> None:
        await acknowledge(interaction)
        assert interaction.guild_id is not None
        found = await services(interaction).servers.blocked(interaction.guild_id)
        lines = [
            f"<@{block.user_id}> · since <t:{int(block.at.timestamp())}:d>, by <@{block.by}>"
            + (f" · {escape(block.reason)}" if block.reason else "")
            for block in found[:20]
        ]
        more = f"\n…and {len(found) - 20} more" if len(found) > 20 else ""
        await tell(interaction, ("\n".join(lines) + more)[:2000] if lines else "Nobody is blocked in this server.")


async def setup(bot: commands.Bot) -> None:
    await bot.add_cog(ServerCog())
