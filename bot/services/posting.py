"""How the services speak: a `Poster` puts cards where a round lives. Discord's is in `cogs`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.services.cards import Card
from bot.services.group_cards import GroupCard
from bot.services.pair_cards import PairCard
from bot.store.rounds import Place

AnyCard = Card | GroupCard | PairCard


@dataclass(frozen=True)
class MessageRef:
    """Where a posted message stands."""

    channel_id: int
    message_id: int


@dataclass(frozen=True)
class Sent:
    """Something a person typed in a round's channel."""

    message_id: int
    text: str
    at: datetime
    program: str | None = None
    """The contents of a Python file that came with it."""


class PostError(Exception):
    """A message could not be posted or edited now; it will be tried again."""


class PlaceGoneError(PostError):
    """The place can no longer be reached (deleted, closed to us): the round waits for `/round resume`."""


class NoInteractionError(PostError):
    """The bot may only answer a click here, and there is none to answer: the next one will show everything."""


class Poster(Protocol):
    async def post(self, place: Place, round_id: int, card: AnyCard, nonce: str) -> MessageRef:
        """Posts a card; the same nonce sent again within minutes is the same message."""
        ...

    async def edit(self, place: Place, round_id: int, ref: MessageRef, card: AnyCard) -> None:
        """Makes a posted message look like `card`; a message that is gone counts as edited."""
        ...

    async def find(self, place: Place, card: AnyCard) -> MessageRef | None:
        """The message of an unclear send of this card, when it did arrive."""
        ...

    async def typed_since(self, place: Place, after: int, user_id: int) -> list[Sent]:
        """What the person typed in the round's channel after message `after`, oldest first."""
        ...
