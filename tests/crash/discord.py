"""A Discord that outlives the bot: what it received stands in an append-only file, flushed to the disk."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import random
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bot.services.cards import AskCard
from bot.services.posting import AnyCard, MessageRef, PostError, Sent
from bot.store.rounds import Place
from tests.services.party import lasting
from tests.services.recorder import key_of


@dataclass
class Delivered:
    """A message as it stands."""

    id: int
    channel_id: int
    round_id: int
    key: str
    nonce: str
    face: str
    """A digest of the card that it shows."""


def face_of(card: AnyCard) -> str:
    if isinstance(card, AskCard) and card.outcome is not None:
        # Hints taken on a later follow-up are not written into questions that are over.
        card = replace(card, hints=(), next_hint=None)
    return hashlib.sha256(repr(lasting(card)).encode()).hexdigest()[:16]


def read(path: Path) -> list[Delivered]:
    """Every message that was ever posted, as it looks now."""
    messages: dict[int, Delivered] = {}
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            entry: dict[str, Any] = json.loads(line)
            if entry.pop("op") == "post":
                messages[entry["id"]] = Delivered(**entry)
            else:
                messages[entry["id"]].face = entry["face"]
    return list(messages.values())


class FileDiscord:
    """Implements `bot.services.posting.Poster`. Loses replies and fails now and then, as Discord does."""

    def __init__(self, path: Path, chance: random.Random, *, forget_nonces: bool, trouble: float) -> None:
        """`forget_nonces`: the outage was so long that the nonces of earlier processes count no more.
        `trouble`: the share of posts and edits that fail."""
        self.messages = read(path)
        self._file = path.open("a", encoding="utf-8")
        self._chance = chance
        self._trouble = trouble
        self._nonces = {} if forget_nonces else {(m.channel_id, m.nonce): m for m in self.messages}

    def _write(self, **entry: object) -> None:
        self._file.write(json.dumps(entry) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    async def _travel(self) -> None:
        await asyncio.sleep(self._chance.random() * 0.004)

    def _fail(self, why: str) -> None:
        if self._chance.random() < self._trouble:
            raise PostError(why)

    async def post(self, place: Place, round_id: int, card: AnyCard, nonce: str) -> MessageRef:
        await self._travel()
        self._fail("it did not arrive")
        message = self._nonces.get((place.channel_id, nonce))
        if message is None:
            number = 1 + max((m.id for m in self.messages), default=1000)
            message = Delivered(number, place.channel_id, round_id, key_of(card), nonce, face_of(card))
            self._write(op="post", **vars(message))
            self.messages.append(message)
            self._nonces[place.channel_id, nonce] = message
        await self._travel()
        self._fail("the reply was lost")
        return MessageRef(message.channel_id, message.id)

    async def edit(self, place: Place, round_id: int, ref: MessageRef, card: AnyCard) -> None:
        await self._travel()
        self._fail("it did not arrive")
        message = next(m for m in self.messages if m.id == ref.message_id)
        message.face = face_of(card)
        self._write(op="edit", id=message.id, face=message.face)
        await self._travel()
        self._fail("the reply was lost")

    async def find(self, place: Place, card: AnyCard) -> MessageRef | None:
        await self._travel()
        for message in self.messages:
            if (message.channel_id, message.round_id, message.key) == (place.channel_id, card.round_id, key_of(card)):
                return MessageRef(message.channel_id, message.id)
        return None

    async def typed_since(self, place: Place, after: int, user_id: int) -> list[Sent]:
        return []
