"""/review: what was missed comes back, a few questions at a time."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from cogs._errors import acknowledge
from cogs._practice import PracticeGo, start_reviews


class ReviewCog(commands.Cog, name="Review"):
    """Spaced repetition of what was missed."""

    @app_commands.command(name="review", description="Repeat what you missed, when it is about to fade")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def review(self, interaction: discord.Interaction) -> None:
        await acknowledge(interaction)
        await start_reviews(interaction)


async def setup(bot: commands.Bot) -> None:
    bot.add_dynamic_items(PracticeGo)
    await bot.add_cog(ReviewCog())
