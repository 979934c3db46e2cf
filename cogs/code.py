"""/code start and /code challenge: tasks that are answered with Python, run in a sandbox."""

from __future__ import annotations

from dataclasses import replace

import discord
from discord import app_commands
from discord.ext import commands

from bot.rounds.events import Kind, Mode
from bot.services.starting import FORMATS, Format
from cogs._errors import acknowledge
from cogs._start import known_topic, level_and_mode, start_round, topic_choices, wish_here

MODES = [
    app_commands.Choice(name="practice: all hints, and the solution on request", value=Mode.PRACTICE.value),
    app_commands.Choice(name="exam: two hints, no solution until the end", value=Mode.EXAM.value),
]
LIMITS = [app_commands.Choice(name=f"{minutes} minutes", value=minutes * 60) for minutes in (20, 30, 45, 60)]


class CodeCog(commands.Cog, name="Code"):
    """Programs, judged by running them, and the questions that an interviewer asks about them."""

    code = app_commands.Group(
        name="code",
        description="Write Python for a task, see what it does, and explain it",
        allowed_installs=app_commands.AppInstallationType(guild=True, user=True),
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True),
    )

    @code.command(name="start", description="Start a coding round: one task, as often as you need")
    @app_commands.describe(
        topic="What the task should be about (leave empty for a surprise)",
        time_limit="Time for the task (none unless you say otherwise)",
    )
    @level_and_mode(MODES)
    @app_commands.choices(time_limit=LIMITS)
    async def start(
        self,
        interaction: discord.Interaction,
        topic: str | None = None,
        level: app_commands.Choice[str] | None = None,
        time_limit: app_commands.Choice[int] | None = None,
        mode: app_commands.Choice[str] | None = None,
    ) -> None:
        limit_s = time_limit.value if time_limit else None
        await _start(interaction, Format.CODE, topic, level, mode, limit_s)

    @code.command(name="challenge", description="Predict hidden labels over several days, scored by a metric")
    @app_commands.describe(topic="What the data should be about (leave empty for a surprise)")
    @level_and_mode(MODES)
    async def challenge(
        self,
        interaction: discord.Interaction,
        topic: str | None = None,
        level: app_commands.Choice[str] | None = None,
        mode: app_commands.Choice[str] | None = None,
    ) -> None:
        await _start(interaction, Format.CHALLENGE, topic, level, mode, None)

    @start.autocomplete("topic")
    async def topics(self, interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        return await topic_choices(interaction, current, FORMATS[Format.CODE])

    @challenge.autocomplete("topic")
    async def challenges(self, interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        return await topic_choices(interaction, current, FORMATS[Format.CHALLENGE], challenge=True)


async def _start(
    interaction: discord.Interaction,
    wanted: Format,
    topic: str | None,
    level: app_commands.Choice[str] | None,
    mode: app_commands.Choice[str] | None,
    limit_s: int | None,
) -> None:
    await acknowledge(interaction)
    wish = await wish_here(interaction, Kind.CODE, level, mode)
    found = await known_topic(interaction, topic, FORMATS[wanted], challenge=wanted is Format.CHALLENGE)
    await start_round(interaction, replace(wish, topic=found, format=wanted, limit_s=limit_s))


async def setup(bot: commands.Bot) -> None:
    await bot.add_cog(CodeCog())
