"""/progress: one picture of how a person is doing, shown to them alone."""

from __future__ import annotations

from io import BytesIO

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.errors import UserError
from cogs._components import services
from cogs._errors import UNSENT, acknowledge
from cogs._layout import NEUTRAL, layout

PICTURE = "progress.png"


class ProgressCog(commands.Cog, name="Progress"):
    """Ratings, their course, active days, strongest and weakest topics."""

    @app_commands.command(name="progress", description="Your ratings, their course, your active days: one picture")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def progress(self, interaction: discord.Interaction) -> None:
        await acknowledge(interaction)
        user = interaction.user
        picture = await services(interaction).progress.picture(user.id, user.display_name)
        shown = discord.MediaGalleryItem(f"attachment://{PICTURE}", description=picture.alt[:1024])
        note = (
            "-# Rated are exam rounds and group rounds, the first time that you meet a question. ± holds the true "
            "value eight times in ten. **/leaderboard show** compares, **/history** has every answer."
        )
        view = layout([ui.MediaGallery(shown), note], accent=NEUTRAL)
        try:
            await interaction.followup.send(
                view=view, files=[discord.File(BytesIO(picture.png), PICTURE)], ephemeral=True
            )
        except UNSENT as error:
            raise UserError("I drew your progress, but could not show it. Please try once more.") from error


async def setup(bot: commands.Bot) -> None:
    await bot.add_cog(ProgressCog())
