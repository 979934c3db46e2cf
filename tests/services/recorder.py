"""A stand-in for Discord: it keeps what is posted, honours nonces, and can fail the ways Discord does."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from bot.services.cards import AskCard, ExpandCard, FeedbackCard
from bot.services.code_cards import TaskCard, VerdictCard
from bot.services.group_cards import FinalCard, GroupAskCard, LobbyCard, RevealCard
from bot.services.pair_cards import GatherCard, PairAskCard, ProposalCard, RateCard
from bot.services.posting import AnyCard, MessageRef, NoInteractionError, PlaceGoneError, PostError, Sent
from bot.store.rounds import Place, Surface


@dataclass
class Message:
    """A message in a channel; `author` None is the bot."""

    id: int
    channel_id: int
    author: int | None
    cards: list[AnyCard] = field(default_factory=list[AnyCard])
    """What it showed, the latest last; empty for a typed one."""
    nonce: str = ""
    text: str = ""
    at: datetime | None = None

    @property
    def card(self) -> AnyCard:
        return self.cards[-1]

    @property
    def key(self) -> str:
        return key_of(self.card)


def key_of(card: AnyCard) -> str:
    """The name that the engine gives to the post of this card."""
    match card:
        case AskCard() | TaskCard() | GroupAskCard() | PairAskCard():
            kind = "ask"
        case VerdictCard():
            kind = "verdict"
        case ExpandCard():
            kind = "expand"
        case FeedbackCard():
            kind = "feedback"
        case LobbyCard():
            kind = "lobby"
        case RevealCard():
            kind = "reveal"
        case FinalCard():
            kind = "final"
        case ProposalCard():
            kind = "proposal"
        case GatherCard():
            kind = "gather"
        case RateCard():
            kind = "rate"
        case _:
            kind = "summary"
    return f"{kind}:{card.turn}"


class RecordingPoster:
    """Implements `bot.services.posting.Poster`."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.failures: deque[PostError] = deque()
        """Each is raised by one later post or edit, which then does nothing."""
        self.lost_replies = 0
        """That many posts arrive, but their reply is lost on the way."""
        self.gone: set[int] = set()
        """Channels that were deleted."""
        self.remembers_nonces = True
        self.sends = 0
        """Posts that Discord was asked for, whatever came of them."""
        self.edits = 0
        self.searches = 0
        self.gate: asyncio.Event | None = None
        """When set to an event, posts wait for it."""
        self.waiting = asyncio.Semaphore(0)
        """Released by every post that waits at the gate."""
        self._clicked: set[int] = set()
        self._changed = asyncio.Event()

    # What the services call

    async def post(self, place: Place, round_id: int, card: AnyCard, nonce: str) -> MessageRef:
        self.sends += 1
        self._changed.set()
        if self.gate is not None:
            self.waiting.release()
            await self.gate.wait()
        self._may_speak(place, round_id)
        message = next((m for m in self._in(place.channel_id) if m.nonce == nonce), None)
        if message is None or not self.remembers_nonces:
            message = Message(self._new_id(), place.channel_id, None, [card], nonce)
            self.messages.append(message)
            self._changed.set()
        if self.lost_replies:
            self.lost_replies -= 1
            raise PostError("the connection was lost")
        return MessageRef(message.channel_id, message.id)

    async def edit(self, place: Place, round_id: int, ref: MessageRef, card: AnyCard) -> None:
        self.edits += 1
        if self.failures:
            raise self.failures.popleft()
        if place.surface is Surface.INTERACTION and round_id not in self._clicked:
            raise NoInteractionError("there is no click to answer")
        for message in self.messages:
            if (message.channel_id, message.id) == (ref.channel_id, ref.message_id):
                message.cards.append(card)
                self._changed.set()

    async def find(self, place: Place, card: AnyCard) -> MessageRef | None:
        self.searches += 1
        for message in self._in(place.channel_id):
            if message.author is None and (message.card.round_id, message.key) == (card.round_id, key_of(card)):
                return MessageRef(message.channel_id, message.id)
        return None

    async def typed_since(self, place: Place, after: int, user_id: int) -> list[Sent]:
        if place.channel_id in self.gone:
            raise PlaceGoneError("unknown channel")
        return [
            Sent(m.id, m.text, m.at)
            for m in self._in(place.channel_id)
            if m.author == user_id and m.id > after and m.at
        ]

    def _may_speak(self, place: Place, round_id: int) -> None:
        if place.channel_id in self.gone:
            raise PlaceGoneError("unknown channel")
        if self.failures:
            raise self.failures.popleft()
        if place.surface is Surface.INTERACTION and round_id not in self._clicked:
            raise NoInteractionError("there is no click to answer")

    def _in(self, channel_id: int) -> list[Message]:
        return [message for message in self.messages if message.channel_id == channel_id]

    def _new_id(self) -> int:
        return 1000 + len(self.messages)

    # What tests do

    @contextmanager
    def click(self, round_id: int) -> Generator[None]:
        """While this lasts there is a click of the round to answer."""
        self._clicked.add(round_id)
        try:
            yield
        finally:
            self._clicked.discard(round_id)

    async def until(self, condition: Callable[[], object]) -> None:
        """Returns once the condition holds; it is looked at after every post and edit."""
        async with asyncio.timeout(10):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    def type(self, channel_id: int, user_id: int, text: str, at: datetime) -> Message:
        """A person types a message."""
        message = Message(self._new_id(), channel_id, user_id, text=text, at=at)
        self.messages.append(message)
        return message

    def posted(self, channel_id: int) -> list[Message]:
        """The bot's messages in a channel, in order."""
        return [message for message in self._in(channel_id) if message.author is None]

    def keys(self, channel_id: int) -> list[str]:
        return [message.key for message in self.posted(channel_id)]
