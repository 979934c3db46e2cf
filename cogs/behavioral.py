"""/behavioral start: a story in STAR form, with follow-ups for what is missing."""

from __future__ import annotations

from dataclasses import replace

import discord
from discord import app_commands
from discord.ext import commands

from bot.rounds.events import Kind
from bot.services.starting import STORIES
from cogs._errors import acknowledge
from cogs._start import known_topic, level_and_mode, start_round, topic_choices, wish_here

SURPRISE = "surprise"


class BehavioralCog(commands.Cog, name="Behavioral"):
    """Stories from your own work, read sentence by sentence."""

    behavioral = app_commands.Group(
        name="behavioral",
        description="Tell a story from your work and get it read like an interviewer would",
        allowed_installs=app_commands.AppInstallationType(guild=True, user=True),
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True),
    )

    @behavioral.command(name="start", description="Start a behavioral round: one story, with follow-ups")
    @app_commands.describe(competency="What the story should show (leave empty for a surprise)")
    @level_and_mode()
    async def start(
        self,
        interaction: discord.Interaction,
        competency: str | None = None,
        level: app_commands.Choice[str] | None = None,
        mode: app_commands.Choice[str] | None = None,
    ) -> None:
        await acknowledge(interaction)
        wanted = None if competency == SURPRISE else await known_topic(interaction, competency, STORIES)
        wish = await wish_here(interaction, Kind.BEHAVIORAL, level, mode)
        await start_round(interaction, replace(wish, topic=wanted))

    @start.autocomplete("competency")
    async def competencies(self, interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        surprise = app_commands.Choice(name="Surprise me", value=SURPRISE)
        found = await topic_choices(interaction, current, STORIES)
        return [surprise, *found][:25] if current.casefold() in "surprise me" else found


async def setup(bot: commands.Bot) -> None:
    await bot.add_cog(BehavioralCog())
