"""One place that shows errors: a UserError as it is, anything else as an apology with a reference."""

from __future__ import annotations

import logging
import secrets
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from io import BytesIO

import aiohttp
import discord
from discord import app_commands

from bot.errors import UserError

_log = logging.getLogger(__name__)

UNSENT = (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError)
"""What a call to Discord raises when it did not arrive."""


async def acknowledge(interaction: discord.Interaction) -> None:
    """Tells Discord at once that the interaction arrived; a click then shows no new message, a command "thinking".

    A failure is logged only: what the person sent is still worth handling.
    """
    if interaction.response.is_done():
        return
    try:
        if interaction.type is discord.InteractionType.application_command:
            await interaction.response.defer(ephemeral=True, thinking=True)
        else:
            await interaction.response.defer()
    except UNSENT as error:
        _log.warning("an interaction could not be acknowledged: %s", error)


async def tell(
    interaction: discord.Interaction,
    text: str,
    *,
    files: Sequence[discord.File] = (),
) -> None:
    """Says something to this person alone. A failure is logged: there is nobody else to tell."""
    try:
        if interaction.response.is_done():
            await interaction.followup.send(text, ephemeral=True, files=list(files))
        else:
            await interaction.response.send_message(text, ephemeral=True, files=list(files))
    except UNSENT as error:
        _log.warning("a person could not be told: %s", error)


def cause(error: BaseException) -> BaseException:
    """The error that a command's wrapper holds."""
    return error.original if isinstance(error, app_commands.CommandInvokeError) else error


async def show_error(interaction: discord.Interaction, error: BaseException, *, typed: str | None = None) -> None:
    """Tells the person what went wrong; `typed` is handed back so that nothing is lost."""
    error = cause(error)
    files = [discord.File(BytesIO(typed.encode()), "your-answer.txt")] if typed else []
    if isinstance(error, UserError):
        await tell(interaction, str(error), files=files)
        return
    if isinstance(error, app_commands.CommandOnCooldown):
        await tell(interaction, f"That was quick. Try again in {max(round(error.retry_after), 1)} seconds.")
        return
    if isinstance(error, app_commands.MissingPermissions):
        await tell(interaction, "Only people who may manage this server can use that command.")
        return
    if isinstance(error, app_commands.NoPrivateMessage):
        await tell(interaction, "That command works in a server, not in a direct message.")
        return
    if isinstance(error, app_commands.CheckFailure):
        await tell(interaction, "You may not use that command here.")
        return
    reference = secrets.token_hex(3)
    _log.error("reference %s: %s", reference, type(error).__name__, exc_info=error)
    kept = " What you typed is in the file below, so nothing is lost." if typed else ""
    await tell(
        interaction,
        f"Sorry, that went wrong on my side (reference `{reference}`). Please try once more.{kept}",
        files=files,
    )


@asynccontextmanager
async def failures_told(interaction: discord.Interaction, *, typed: str | None = None) -> AsyncGenerator[None]:
    """What fails inside is told to the person, as `show_error` does, and goes no further."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - every failure is told and logged
        await show_error(interaction, error, typed=typed)
