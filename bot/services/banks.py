"""Which questions a place has: the shipped ones, as a server wants them, and its own.

A bank never changes; a server that changes something gets another one. Banks are kept per server and thrown away when
the server's number in the store has grown, whichever process has changed it.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.abilities.ledger import EVERYWHERE
from bot.store import server_questions
from bot.store.engine import Store
from bot.store.server_questions import ASKED, file_id_of
from questions.bank import Bank
from questions.kinds import AnyQuestion
from questions.loader import Loaded, decode
from questions.taxonomy import taxonomy

_log = logging.getLogger(__name__)

REMEMBERED = 200
"""Servers whose bank is kept in memory."""
_SLOW = 20
"""Questions that are read within the event loop; more of them are read in a thread."""

Key = tuple[str, int]
"""A question's id and version."""


@dataclass(frozen=True)
class _Kept:
    numbers: tuple[int, int]
    """Of the bank of everywhere and of this server, when it was made."""
    bank: Bank
    own: Mapping[Key, AnyQuestion] = field(default_factory=dict[Key, AnyQuestion])


class Banks:
    """The banks of all places, as one process sees them."""

    def __init__(self, store: Store, shipped: Bank) -> None:
        self._store = store
        self._kept: OrderedDict[int, _Kept] = OrderedDict()
        self._filed: tuple[Bank, Bank] | None = None
        self.shipped = shipped

    async def of(self, server_id: int | None) -> Bank:
        """What is asked in a server; outside of servers (None) what is asked everywhere."""
        server = EVERYWHERE if server_id is None else server_id
        async with self._store.read() as connection:
            numbers = await self._numbers(connection, server)
            kept = self._kept.get(server)
            if kept is not None and kept.numbers == numbers:
                self._kept.move_to_end(server)
                return kept.bank
            known: Mapping[Key, AnyQuestion] = kept.own if kept is not None else {}
            names, bodies = await server_questions.current_bodies(connection, server, ASKED, known.keys())
            off = frozenset(row.what for row in await server_questions.off(connection, server))
            if server == EVERYWHERE:
                # A release with a newer version of a shipped question has mended it.
                out = await server_questions.not_asked(connection, EVERYWHERE)
                off |= {name for name, number in out.items() if self._shipped_version(name) <= number}
        base = self.shipped if server == EVERYWHERE else await self.of(None)
        read = await _read(bodies)
        own = {name: known.get(name) or read[name] for name in names if name in known or name in read}
        kept = _Kept(numbers, _composed(base, off, own, newer=server == EVERYWHERE), own)
        self._kept[server] = kept
        self._kept.move_to_end(server)
        while len(self._kept) > REMEMBERED:
            self._kept.popitem(last=False)
        return kept.bank

    async def as_filed(self, server_id: int) -> Bank:
        """The server's bank with its own questions under the ids that they have in files."""
        bank = await self.of(server_id)
        if self._filed is not None and self._filed[0] is bank:
            return self._filed[1]
        own = [name for name in bank.questions if name != file_id_of(name)]
        if not own:
            return bank
        found = dict(bank.loaded)
        for name in own:
            question = found.pop(name).question.model_copy(update={"id": file_id_of(name)})
            found[question.id] = Loaded(question, question.id, 1)
        filed = Bank(found[name] for name in sorted(found))
        self._filed = bank, filed
        return filed

    def _shipped_version(self, name: str) -> int:
        question = self.shipped.get(name)
        return question.version if question is not None else 0

    @staticmethod
    async def _numbers(connection: AsyncConnection, server: int) -> tuple[int, int]:
        everywhere = await server_questions.bank_number(connection, EVERYWHERE)
        if server == EVERYWHERE:
            return everywhere, 0
        return everywhere, await server_questions.bank_number(connection, server)


def _composed(base: Bank, off: frozenset[str], own: Mapping[Key, AnyQuestion], *, newer: bool) -> Bank:
    """The base without what is off and what `own` replaces, and `own`; `newer`: only what is newer than the base."""
    if not off and not own:
        return base
    added = {
        question.id: question
        for question in own.values()
        if not newer or (known := base.get(question.id)) is None or question.version > known.version
    }
    replaced = {file_id_of(name) for name in added}
    found = {
        name: item
        for name, item in base.loaded.items()
        if name not in replaced and name not in off and item.question.track not in off
    }
    found |= {name: Loaded(question, file_id_of(name), 1) for name, question in added.items()}
    return Bank(found[name] for name in sorted(found))


async def _read(bodies: Mapping[Key, str]) -> dict[Key, AnyQuestion]:
    return await asyncio.to_thread(_decoded, bodies) if len(bodies) > _SLOW else _decoded(bodies)


def _decoded(bodies: Mapping[Key, str]) -> dict[Key, AnyQuestion]:
    """What this release of the bot can still ask of what was published with an earlier one."""
    found: dict[Key, AnyQuestion] = {}
    topics = taxonomy().topics
    for name, body in bodies.items():
        try:
            question = decode(body)
        except ValidationError as error:
            _log.warning("%s version %s is not asked any more: %s", *name, error)
            continue
        if unknown := [topic for topic in question.topics if topic not in topics]:
            _log.warning("%s version %s is not asked: there is no topic %s any more", *name, unknown[0])
            continue
        found[name] = question
    return found
