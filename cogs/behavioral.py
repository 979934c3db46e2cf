"""/behavioral start: a story in STAR form, with follow-ups for what is missing."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.rounds.events import Kind, Mode
from bot.services.starting import STORIES, Wish
from cogs._errors import acknowledge
from cogs._places import place_here
from cogs._start import known_topic, start_round, topic_choices
from cogs.quiz import LEVELS, MODES
from questions.model import Level

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
    @app_commands.describe(
        competency="What the story should show (leave empty for a surprise)",
        level="The level you interview for (mid unless you say otherwise)",
        mode="Practice or exam (practice unless you say otherwise)",
    )
    @app_commands.choices(level=LEVELS, mode=MODES)
    async def start(
        self,
        interaction: discord.Interaction,
        competency: str | None = None,
        level: app_commands.Choice[str] | None = None,
        mode: app_commands.Choice[str] | None = None,
    ) -> None:
        await acknowledge(interaction)
        wanted = None if competency == SURPRISE else known_topic(interaction, competency, STORIES)
        await start_round(
            interaction,
            Wish(
                user_id=interaction.user.id,
                place=await place_here(interaction),
                kind=Kind.BEHAVIORAL,
                level=Level(level.value) if level else Level.MID,
                mode=Mode(mode.value) if mode else Mode.PRACTICE,
                topic=wanted,
            ),
        )

    @start.autocomplete("competency")
    async def competencies(self, interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        surprise = app_commands.Choice(name="Surprise me", value=SURPRISE)
        found = topic_choices(interaction, current, STORIES)
        return [surprise, *found][:25] if current.casefold() in "surprise me" else found


async def setup(bot: commands.Bot) -> None:
    await bot.add_cog(BehavioralCog())
