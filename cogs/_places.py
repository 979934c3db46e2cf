"""Where a round lives: a private thread, in place, a DM, or only in answers to clicks."""

from __future__ import annotations

import logging
from typing import Any, cast

import discord

from bot.errors import UserError
from bot.rounds.dialogue import State
from bot.store.rounds import Place, RoundRow, Surface
from bot.store.servers import RoundPlace
from cogs._components import services
from cogs._errors import UNSENT
from cogs._poster import DiscordPoster

_log = logging.getLogger(__name__)

CLOSED_TO_US = 50007
"""Discord's code for direct messages that are closed to the bot; it comes with status 403 or 400."""


def poster(interaction: discord.Interaction) -> DiscordPoster:
    return cast(Any, interaction.client).poster


async def carry_out(interaction: discord.Interaction, row: RoundRow[State]) -> bool:
    """Shows what has become of a round; where nothing else is possible, as an answer to this interaction.

    Only its owner's interaction may show it: answers to somebody else's click would go to them. Returns whether
    everything stands where the round lives.
    """
    rounds = services(interaction).rounds
    if interaction.user.id != row.owner_id:
        return await rounds.carry_out(row.id)
    with poster(interaction).through(row.id, interaction):
        return await rounds.carry_out(row.id)


async def place_here(interaction: discord.Interaction) -> Place:
    """The channel of the interaction as a place for a round, with what the bot may do there."""
    channel_id = interaction.channel_id
    if channel_id is None:
        raise UserError("I cannot tell which channel this is. Please use the command in a channel or a direct message.")
    if interaction.context.dm_channel:
        return Place(None, channel_id, Surface.CHANNEL)
    if interaction.guild_id is None or (interaction.is_user_integration() and not interaction.is_guild_integration()):
        # A group DM, or a server that the app was not added to.
        return Place(interaction.guild_id, channel_id, Surface.INTERACTION)
    allowed = interaction.app_permissions
    in_thread = isinstance(interaction.channel, discord.Thread)
    may_post = allowed.view_channel and (allowed.send_messages_in_threads if in_thread else allowed.send_messages)
    return Place(interaction.guild_id, channel_id, Surface.CHANNEL if may_post else Surface.INTERACTION)


async def place_for_round(interaction: discord.Interaction, title: str) -> Place:
    """Where a new round goes: a private thread where the server wants one and the bot may make it, else here."""
    here = await place_here(interaction)
    channel = interaction.channel
    if here.server_id is None or here.surface is Surface.INTERACTION or not isinstance(channel, discord.TextChannel):
        return here
    allowed = interaction.app_permissions
    if not (allowed.create_private_threads and allowed.send_messages_in_threads):
        return here
    if await services(interaction).servers.place(here.server_id) is RoundPlace.CHANNEL:
        return here
    thread: discord.Thread | None = None
    try:
        thread = await channel.create_thread(
            name=title[:100], type=discord.ChannelType.private_thread, invitable=False, auto_archive_duration=1440
        )
        await thread.add_user(interaction.user)
    except UNSENT as error:
        _log.warning("no private thread in server %s, so the round goes in place: %s", here.server_id, error)
        if thread is not None:
            await _remove(thread)
        return here
    return Place(here.server_id, thread.id, Surface.CHANNEL)


async def abandon(interaction: discord.Interaction, place: Place) -> None:
    """Removes the thread that was made for a round which then could not begin."""
    thread = interaction.client.get_channel(place.channel_id)
    if isinstance(thread, discord.Thread):
        await _remove(thread)


async def _remove(thread: discord.Thread) -> None:
    """A thread that its person cannot enter is of no use."""
    try:
        await thread.delete()
    except discord.HTTPException as error:
        _log.warning("an empty thread stays behind: %s", error)


async def direct_message(user: discord.User | discord.Member) -> Place:
    """The person's direct messages with the bot. Raises UserError when they are closed."""
    closed = (
        "I cannot write to you: your direct messages are closed to me. Open them in the privacy settings of a "
        "server that we share, or install me for your account, and try again."
    )
    try:
        channel = await user.create_dm()
        # Opening a channel mostly works; only a message shows whether it is closed.
        await channel.send("Your round goes on here.")
    except discord.HTTPException as error:
        if error.status == 403 or error.code == CLOSED_TO_US:
            raise UserError(closed) from error
        raise
    return Place(None, channel.id, Surface.CHANNEL)


def link(place: Place) -> str:
    """The place as something that opens it. Discord shows no mention of direct messages."""
    return f"[our direct messages]({url(place)})" if place.server_id is None else f"<#{place.channel_id}>"


def url(place: Place, message_id: int | None = None) -> str:
    """Where a click leads to the place, or to a message in it."""
    whole = f"https://discord.com/channels/{place.server_id or '@me'}/{place.channel_id}"
    return whole if message_id is None else f"{whole}/{message_id}"
