"""/quiz start: a machine-learning breadth quiz."""

from __future__ import annotations

from dataclasses import replace

import discord
from discord import app_commands
from discord.ext import commands

from bot.rounds.events import Kind
from bot.services.starting import FORMATS, Format
from cogs._errors import acknowledge
from cogs._start import QUIZ_FORMATS, known_topic, level_and_mode, start_round, topic_choices, wish_here

LIMITS = [
    app_commands.Choice(name="1 minute", value=60),
    app_commands.Choice(name="2 minutes", value=120),
    app_commands.Choice(name="3 minutes", value=180),
    app_commands.Choice(name="5 minutes", value=300),
    app_commands.Choice(name="10 minutes", value=600),
]


class QuizCog(commands.Cog, name="Quiz"):
    """Machine-learning breadth questions with follow-ups and feedback."""

    quiz = app_commands.Group(
        name="quiz",
        description="Machine-learning questions with follow-ups and feedback",
        allowed_installs=app_commands.AppInstallationType(guild=True, user=True),
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True),
    )

    @quiz.command(name="start", description="Start a machine-learning quiz")
    @app_commands.describe(
        topic="What to be asked about (leave empty for a mixture)",
        questions="How many questions, 1 to 10 (3 unless you say otherwise)",
        format="The kind of questions (a mixture unless you say otherwise)",
        time_limit="Time for each question (none unless you say otherwise)",
    )
    @level_and_mode()
    @app_commands.choices(format=QUIZ_FORMATS)
    @app_commands.choices(time_limit=LIMITS)
    async def start(
        self,
        interaction: discord.Interaction,
        topic: str | None = None,
        level: app_commands.Choice[str] | None = None,
        questions: app_commands.Range[int, 1, 10] = 3,
        format: app_commands.Choice[str] | None = None,  # noqa: A002 - the name that people see
        time_limit: app_commands.Choice[int] | None = None,
        mode: app_commands.Choice[str] | None = None,
    ) -> None:
        await acknowledge(interaction)
        wanted = Format(format.value) if format else Format.MIXED
        wish = replace(
            await wish_here(interaction, Kind.QUIZ, level, mode),
            topic=await known_topic(interaction, topic, FORMATS[wanted]),
            format=wanted,
            count=questions,
            limit_s=time_limit.value if time_limit else None,
        )
        await start_round(interaction, wish)

    @start.autocomplete("topic")
    async def topics(self, interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        return await topic_choices(interaction, current, FORMATS[Format.MIXED])


async def setup(bot: commands.Bot) -> None:
    await bot.add_cog(QuizCog())
