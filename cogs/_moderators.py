"""Who may do what in a server: people who manage it, and its moderators."""

from __future__ import annotations

from typing import cast

import discord
from discord import app_commands
from discord.ext import commands

from bot.errors import UserError
from cogs._components import services


class NotAllowedError(UserError, app_commands.CheckFailure):
    """Somebody used what is not for them; a check of a command may raise it."""


def is_manager(interaction: discord.Interaction) -> bool:
    """Whether the person may manage the server, as Discord resolved it for this very interaction."""
    guild = interaction.guild
    if guild is None:
        return False
    allowed = interaction.permissions
    return allowed.manage_guild or allowed.administrator or guild.owner_id == interaction.user.id


async def is_moderator(interaction: discord.Interaction) -> bool:
    """Whether the person manages the server, or has one of the roles that its settings name."""
    if is_manager(interaction):
        return True
    if interaction.guild_id is None or not isinstance(interaction.user, discord.Member):
        return False
    roles = await services(interaction).servers.moderator_roles(interaction.guild_id)
    return any(interaction.user.get_role(role) is not None for role in roles)


async def is_owner(interaction: discord.Interaction) -> bool:
    """Whether the person decides about what is shipped: the settings name them, or they own the application."""
    return await cast("commands.Bot", interaction.client).is_owner(interaction.user)


async def require_manager(interaction: discord.Interaction) -> None:
    """Raises NotAllowedError for anybody who may not manage the server."""
    if not is_manager(interaction):
        raise NotAllowedError("Only people who may manage this server can use that command.")


async def require_moderator(interaction: discord.Interaction) -> None:
    """Raises NotAllowedError, saying who may, for anybody who is no moderator of the server."""
    if await is_moderator(interaction):
        return
    if interaction.guild_id is None:
        raise NotAllowedError("That is for a server's moderators, so it works in a server, not in a direct message.")
    roles = sorted(await services(interaction).servers.moderator_roles(interaction.guild_id))
    named = " or ".join(f"<@&{role}>" for role in roles)
    raise NotAllowedError(
        f"Only moderators can do that: people who may manage this server, or who have the role {named}."
        if roles
        else "Only moderators can do that: people who may manage this server, or who have a role that they name "
        "with **/settings moderators**."
    )


async def require_keeper(interaction: discord.Interaction) -> None:
    """Raises NotAllowedError as `require_moderator` does; moderators are noted as somebody to wait for, and to tell."""
    await require_moderator(interaction)
    assert interaction.guild_id is not None
    await services(interaction).questions.review.noticed(interaction.guild_id, interaction.user.id)
