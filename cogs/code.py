"""/code start and /code challenge: tasks that are answered with Python, run in a sandbox."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.rounds.events import Kind, Mode
from bot.services.starting import FORMATS, Format, Wish
from cogs._errors import acknowledge
from cogs._places import place_here
from cogs._start import known_topic, start_round, topic_choices
from cogs.quiz import LEVELS
from questions.model import Level

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
        level="The level you interview for (mid unless you say otherwise)",
        time_limit="Time for the task (none unless you say otherwise)",
        mode="Practice or exam (practice unless you say otherwise)",
    )
    @app_commands.choices(level=LEVELS, mode=MODES)
    @app_commands.choices(time_limit=LIMITS)
    async def start(
        self,
        interaction: discord.Interaction,
        topic: str | None = None,
        level: app_commands.Choice[str] | None = None,
        time_limit: app_commands.Choice[int] | None = None,
        mode: app_commands.Choice[str] | None = None,
    ) -> None:
        await acknowledge(interaction)
        limit_s = time_limit.value if time_limit else None
        await start_round(interaction, await _wish(interaction, Format.CODE, topic, level, mode, limit_s))

    @code.command(name="challenge", description="Predict hidden labels over several days, scored by a metric")
    @app_commands.describe(
        topic="What the data should be about (leave empty for a surprise)",
        level="The level you interview for (mid unless you say otherwise)",
        mode="Practice or exam (practice unless you say otherwise)",
    )
    @app_commands.choices(level=LEVELS, mode=MODES)
    async def challenge(
        self,
        interaction: discord.Interaction,
        topic: str | None = None,
        level: app_commands.Choice[str] | None = None,
        mode: app_commands.Choice[str] | None = None,
    ) -> None:
        await acknowledge(interaction)
        await start_round(interaction, await _wish(interaction, Format.CHALLENGE, topic, level, mode, None))

    @start.autocomplete("topic")
    async def topics(self, interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        return topic_choices(interaction, current, FORMATS[Format.CODE])

    @challenge.autocomplete("topic")
    async def challenges(self, interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        return topic_choices(interaction, current, FORMATS[Format.CHALLENGE], challenge=True)


async def _wish(
    interaction: discord.Interaction,
    wanted: Format,
    topic: str | None,
    level: app_commands.Choice[str] | None,
    mode: app_commands.Choice[str] | None,
    limit_s: int | None,
) -> Wish:
    challenge = wanted is Format.CHALLENGE
    return Wish(
        user_id=interaction.user.id,
        place=await place_here(interaction),
        kind=Kind.CODE,
        level=Level(level.value) if level else Level.MID,
        mode=Mode(mode.value) if mode else Mode.PRACTICE,
        topic=known_topic(interaction, topic, FORMATS[wanted], challenge=challenge),
        format=wanted,
        limit_s=limit_s,
    )


async def setup(bot: commands.Bot) -> None:
    await bot.add_cog(CodeCog())
