"""Who cares for a server's questions, and whether there is anybody else who does."""

from __future__ import annotations

import logging
from typing import Any, cast

import discord
from discord import app_commands

from bot.errors import UserError
from bot.services.question_admin import QuestionAdmin
from cogs._components import services
from cogs._errors import UNSENT
from cogs._moderators import require_keeper

_log = logging.getLogger(__name__)

ASKED = 5
"""Other moderators who are looked up; one of them is enough."""


def admin(interaction: discord.Interaction) -> QuestionAdmin:
    return services(interaction).questions


def server_of(interaction: discord.Interaction) -> int:
    """The server that an interaction came from, as Discord says. Raises UserError outside of one."""
    if interaction.guild_id is None:
        raise UserError("A server's questions are cared for in that server.")
    return interaction.guild_id


def server_name(interaction: discord.Interaction) -> str:
    name = discord.utils.escape_markdown(interaction.guild.name) if interaction.guild is not None else "a server"
    return f"**{name}**"


async def _keeps(interaction: discord.Interaction) -> bool:
    await require_keeper(interaction)
    return True


keepers_only = app_commands.check(_keeps)
"""Decorates a command that is for moderators."""


async def others(interaction: discord.Interaction) -> bool:
    """Whether another moderator is known who could look at what this one wrote.

    Discord does not tell a bot who moderates a server: known are those who have used these commands lately.
    """
    server = server_of(interaction)
    roles = await services(interaction).servers.moderator_roles(server)
    guild = interaction.guild
    for user_id in (await admin(interaction).review.others(server, interaction.user.id))[:ASKED]:
        if guild is None:
            return True
        try:
            member = await guild.fetch_member(user_id)
        except discord.NotFound:  # has left
            continue
        except UNSENT as error:
            _log.warning("member %s could not be looked up, and counts as a moderator: %s", user_id, error)
            return True
        allowed = member.guild_permissions
        runs = allowed.manage_guild or allowed.administrator or guild.owner_id == user_id
        if runs or any(member.get_role(role) is not None for role in roles):
            return True
    return False


async def tell_author(interaction: discord.Interaction, user_id: int, text: str) -> bool:
    """Writes to somebody directly; False where that cannot be."""
    try:
        user = await cast(Any, interaction.client).fetch_user(user_id)
        await user.send(text[:2000])
    except UNSENT as error:
        _log.info("the author of a question hears of the decision at their next command: %s", error)
        return False
    return True
