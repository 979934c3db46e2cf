"""/timezone: by which clock a person lives."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.schedule import find_zone
from cogs._components import services
from cogs._errors import acknowledge, tell
from cogs._zones import chosen_zone, clock, here_and_there, zone_choices, zone_label


class TimezoneCog(commands.Cog, name="Time zone"):
    """The time zone that a person's days and hours are counted in."""

    @app_commands.command(name="timezone", description="Set your time zone, so that your days begin when yours do")
    @app_commands.describe(zone="A city, a country or an offset, such as Berlin, India or UTC+2")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def timezone(self, interaction: discord.Interaction, zone: str | None = None) -> None:
        await acknowledge(interaction)
        people, now = services(interaction).people, interaction.created_at
        if zone is not None:
            meant = chosen_zone(zone, now)
            await people.set_zone(interaction.user.id, meant)
        else:
            meant = await people.known_zone(interaction.user.id)
        known = find_zone(meant) if meant else None
        if meant is None or known is None:
            utc = await people.zone(interaction.user.id)
            await tell(
                interaction,
                f"You have set no time zone, so I count your days in UTC, where it is {clock(utc, now)} now. "
                "Set yours with **/timezone zone:** and a city, a country or an offset.",
            )
            return
        told = "From now on your time zone is" if zone is not None else "Your time zone is"
        await tell(interaction, f"{told} **{zone_label(meant)}**. {here_and_there(known, now)}")

    @timezone.autocomplete("zone")
    async def zones(self, interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        return zone_choices(current, interaction.created_at)


async def setup(bot: commands.Bot) -> None:
    await bot.add_cog(TimezoneCog())
