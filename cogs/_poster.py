"""Posts cards in Discord: as messages where the bot may speak, else as answers to the latest click."""

from __future__ import annotations

import logging
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from datetime import timedelta
from typing import assert_never

import aiohttp
import discord
from discord import ui
from discord.utils import MISSING

from bot.errors import UserError
from bot.services.cards import AskCard, ExpandCard, FeedbackCard, SummaryCard
from bot.services.code_cards import CardFile, TaskCard, VerdictCard
from bot.services.group_cards import FinalCard, GroupAskCard, LobbyCard, RevealCard
from bot.services.pair_cards import GatherCard, PairAskCard, PairSummaryCard, ProposalCard, RateCard
from bot.services.posting import AnyCard, MessageRef, NoInteractionError, PlaceGoneError, PostError, Sent
from bot.services.weekly import WeeklyPost
from bot.store.rounds import Place, Surface
from cogs._files import as_files, program_in, uploads_of
from cogs._render import render
from cogs._render_boards import weekly_id, weekly_view

_log = logging.getLogger(__name__)

_answerable: ContextVar[tuple[int, discord.Interaction] | None] = ContextVar("answerable", default=None)
"""The round that the current task may show by answering an interaction."""

UNCLEAR = timedelta(days=3)
"""A weekly post that was sent so long ago was not sent just before a crash."""
SEARCHED = 50
"""How many messages back an unclear send is looked for."""


class DiscordPoster:
    """The services' `Poster` on a discord.py client."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    @contextmanager
    def through(self, round_id: int, interaction: discord.Interaction) -> Generator[None]:
        """While this lasts, and in this task alone, the round may speak by answering `interaction`."""
        token = _answerable.set((round_id, interaction))
        try:
            yield
        finally:
            _answerable.reset(token)

    async def post(self, place: Place, round_id: int, card: AnyCard, nonce: str) -> MessageRef:
        view = render(card)
        if place.surface is Surface.INTERACTION:
            interaction = self._interaction(round_id)
            with _translated():
                message = await interaction.followup.send(view=view, files=files_of(card), ephemeral=True, wait=True)
            return MessageRef(place.channel_id, message.id)
        with _translated():
            message = await self._channel(place).send(
                view=view, files=files_of(card), nonce=nonce, allowed_mentions=_notified(card)
            )
        return MessageRef(message.channel.id, message.id)

    async def edit(self, place: Place, round_id: int, ref: MessageRef, card: AnyCard) -> None:
        view = render(card)
        if place.surface is Surface.INTERACTION:
            try:
                with _translated():
                    await self._edit_answer(round_id, ref, view, files_of(card))
            except PlaceGoneError as error:
                # Answers to a click can be edited for a quarter of an hour only.
                _log.info("a message of round %s is not edited: %s", round_id, error)
            return
        channel = self._client.get_partial_messageable(ref.channel_id)
        with _translated():
            try:
                # Files are sent again: which of those that are there a card still shows, Discord does not say.
                await channel.get_partial_message(ref.message_id).edit(view=view, attachments=files_of(card) or MISSING)
            except discord.NotFound as error:
                # Deleted by somebody: there is nothing left to make look right.
                _log.info("a message of round %s is not edited: %s", round_id, error)

    async def _edit_answer(
        self, round_id: int, ref: MessageRef, view: ui.LayoutView, files: list[discord.File]
    ) -> None:
        interaction = self._interaction(round_id)
        source = interaction.message
        if source is not None and source.id == ref.message_id:
            await interaction.edit_original_response(view=view, attachments=files or MISSING)
        else:
            await interaction.followup.edit_message(ref.message_id, view=view, attachments=files or MISSING)

    def _interaction(self, round_id: int) -> discord.Interaction:
        answerable = _answerable.get()
        if answerable is None or answerable[0] != round_id or answerable[1].is_expired():
            raise NoInteractionError("there is no click to answer")
        return answerable[1]

    async def find(self, place: Place, card: AnyCard) -> MessageRef | None:
        if place.surface is Surface.INTERACTION or self._client.user is None:
            return None
        engine, actions = _telling(card)
        wanted = {f"{engine}:{card.round_id}:{card.turn}:{action}" for action in actions}
        try:
            with _translated():
                async for message in self._channel(place).history(limit=SEARCHED):
                    if message.author.id == self._client.user.id and wanted & set(_custom_ids(message)):
                        return MessageRef(message.channel.id, message.id)
        except PlaceGoneError as error:
            # Without the permission to read the history the nonce alone must keep the message from being doubled.
            _log.info("an unclear send cannot be looked for: %s", error)
        return None

    async def typed_since(self, place: Place, after: int, user_id: int) -> list[Sent]:
        if place.surface is Surface.INTERACTION:
            return []
        # In a channel that others use, too, a plain message may be chatter.
        everything = place.server_id is None or is_own_thread(self._client.get_channel(place.channel_id))
        with _translated():
            history = self._channel(place).history(limit=100, after=discord.Object(after), oldest_first=True)
            return [
                Sent(message.id, text, message.created_at, program)
                async for message in history
                if message.author.id == user_id and (everything or is_addressed(message, self._client.user))
                for text, program in [(answer_text(message, self._client.user), await self._program(message))]
                if text or program is not None
            ]

    async def _program(self, message: discord.Message) -> str | None:
        """A Python file that came with a message; one that cannot be read is logged, and not there."""
        try:
            return await program_in(self._client, uploads_of(message))
        except UserError as error:
            _log.info("message %s: its file is not read: %s", message.id, error)
            return None

    # Weekly posts

    async def server_name(self, server_id: int) -> str:
        guild = self._client.get_guild(server_id)
        return guild.name if guild is not None else "Your server"

    async def announce(self, channel_id: int, post: WeeklyPost, nonce: str) -> None:
        channel = self._client.get_partial_messageable(channel_id)
        with _translated():
            await channel.send(
                view=weekly_view(post),
                files=as_files(post.files),
                nonce=nonce,
                allowed_mentions=discord.AllowedMentions.none(),
            )

    async def announced(self, channel_id: int, post: WeeklyPost) -> bool:
        if self._client.user is None:
            return False
        channel, wanted = self._client.get_partial_messageable(channel_id), weekly_id(post)
        with _translated():
            async for message in channel.history(limit=SEARCHED):
                if message.author.id == self._client.user.id and wanted in _custom_ids(message):
                    return message.created_at > discord.utils.utcnow() - UNCLEAR
        return False

    async def open_thread(self, place: Place, name: str, users: Sequence[int], *, again: bool) -> Place:
        """A private thread with these people in it; `place` itself where none can be made (`bot.services.pairs`)."""
        channel = self._client.get_channel(place.channel_id)
        if not isinstance(channel, discord.TextChannel) or not _may_open_threads(channel):
            return place
        thread: discord.Thread | None = None
        try:
            thread = await self._thread_named(channel, name) if again else None
            if thread is None:
                thread = await channel.create_thread(
                    name=name[:100],
                    type=discord.ChannelType.private_thread,
                    invitable=False,
                    auto_archive_duration=1440,
                )
            for user in users:
                await thread.add_user(discord.Object(user))
        except discord.HTTPException as error:
            if error.status == 429 or error.status >= 500:
                raise PostError(str(error)) from error
            _log.warning("no private thread in server %s, so it stays in place: %s", place.server_id, error)
            if thread is not None:
                await _remove(thread)
            return place
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise PostError(str(error)) from error
        return replace(place, channel_id=thread.id)

    async def _thread_named(self, channel: discord.TextChannel, name: str) -> discord.Thread | None:
        """The bot's own thread of this name in a channel."""
        for thread in await channel.guild.active_threads():
            if (thread.parent_id, thread.owner_id, thread.name) == (channel.id, channel.guild.me.id, name[:100]):
                return thread
        return None

    def _channel(self, place: Place) -> discord.PartialMessageable:
        return self._client.get_partial_messageable(place.channel_id, guild_id=place.server_id)


def _may_open_threads(channel: discord.TextChannel) -> bool:
    allowed = channel.permissions_for(channel.guild.me)
    return allowed.view_channel and allowed.create_private_threads and allowed.send_messages_in_threads


async def _remove(thread: discord.Thread) -> None:
    """A thread that its people cannot enter is of no use."""
    try:
        await thread.delete()
    except discord.HTTPException as error:
        _log.warning("an empty thread stays behind: %s", error)


def answer_text(message: discord.Message, me: discord.ClientUser | None) -> str:
    """What a person typed, without the mention of the bot in front."""
    text = message.content
    if me is not None:
        for mention in (f"<@{me.id}>", f"<@!{me.id}>"):
            text = text.removeprefix(mention)
    return text.strip()


def is_own_thread(channel: object) -> bool:
    """Whether a channel is a private thread, in which a round is alone; public ones are for talk, too."""
    return isinstance(channel, discord.Thread) and channel.is_private()


def is_addressed(message: discord.Message, me: discord.ClientUser | None) -> bool:
    """Whether a message mentions the bot or replies to one of its messages."""
    if me is None:
        return False
    replied = message.reference.resolved if message.reference else None
    return me in message.mentions or (isinstance(replied, discord.Message) and replied.author.id == me.id)


def files_of(card: AnyCard) -> list[discord.File]:
    """The files on a card, ready to be sent."""
    files: tuple[CardFile, ...] = getattr(card, "files", ())
    return as_files(files)


def _notified(card: AnyCard) -> discord.AllowedMentions:
    """Whom the message of a card may ping: those whom the card says it is for."""
    people: tuple[int, ...] = getattr(card, "notify", ())
    if not people:
        return discord.AllowedMentions.none()
    wanted = [discord.Object(person) for person in people]
    return discord.AllowedMentions(everyone=False, roles=False, replied_user=False, users=wanted)


def _telling(card: AnyCard) -> tuple[str, tuple[str, ...]]:
    """The engine, and actions that only this kind of card has, so that its message can be told from others of the
    turn."""
    match card:
        case AskCard():
            return "round", ("answer", "skip")
        case TaskCard():
            return "round", ("report",)
        case VerdictCard():
            return "round", ("mine",)
        case ExpandCard():
            return "round", ("edit",)
        case FeedbackCard():
            return "round", ("flag",)
        case SummaryCard():
            return "round", ("again",)
        case LobbyCard():
            return "group", ("join",)
        case GroupAskCard():
            return "group", ("report",)
        case RevealCard():
            return "group", ("feedback",)
        case FinalCard():
            return "group", ("again",)
        case ProposalCard():
            return "pair", ("withdraw",)
        case GatherCard():
            return "pair", ("here", "cancel")
        case PairAskCard():
            return "pair", ("guide",)
        case RateCard():
            return "pair", ("mark",)
        case PairSummaryCard():
            return "pair", ("mine",)
        case _:
            assert_never(card)


def _custom_ids(message: discord.Message) -> list[str]:
    view = ui.LayoutView.from_message(message) if message.flags.components_v2 else ui.View.from_message(message)
    return [str(getattr(item, "custom_id", "")) for item in view.walk_children()]


@contextmanager
def _translated() -> Generator[None]:
    """Discord's errors as the services know them."""
    try:
        yield
    except discord.HTTPException as error:
        if error.status == 429 or error.status >= 500:
            raise PostError(str(error)) from error
        if error.status == 400:
            _log.error("Discord refused a message that we built: %s", error)
        raise PlaceGoneError(str(error)) from error
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise PostError(str(error)) from error
