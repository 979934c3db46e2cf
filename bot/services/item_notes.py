"""The weekly note to a server's moderators: questions that look broken by what people earned on them.

A note comes at the next command of each moderator, and takes the place of last week's where that was not read. Weeks
without such a question have none. Server 0 stands for the owners of the bot and all results on shipped questions.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta

from bot.abilities.ledger import EVERYWHERE
from bot.clock import Clock
from bot.schedule import WEEK
from bot.services.background import Background
from bot.services.banks import Banks
from bot.services.item_stats import ItemStatistics, ItemStats
from bot.services.moderator_news import tell_moderators
from bot.store import audit, meta
from bot.store.engine import Store
from bot.store.server_questions import file_id_of

_log = logging.getLogger(__name__)

LOOK_EVERY = timedelta(hours=1)
LISTED = 8
"""Questions that a note names."""
_HEAD = "📊 **Questions that look broken**"


class ItemNotes:
    """The weekly notes that one bot process writes."""

    def __init__(self, store: Store, banks: Banks, clock: Clock, statistics: ItemStatistics) -> None:
        self._store = store
        self._banks = banks
        self._clock = clock
        self._statistics = statistics
        self._look_at: datetime | None = None
        self._task: asyncio.Task[None] | None = None
        self._background = Background(_log)

    def tick(self) -> None:
        """Called every second: looks once an hour, in the background, which servers have a note due."""
        now = self._clock.now()
        if (self._look_at is not None and now < self._look_at) or (self._task is not None and not self._task.done()):
            return
        self._look_at = now + LOOK_EVERY
        self._task = self._background.start(self.write, "the weekly notes to moderators failed")

    async def rest(self) -> None:
        """Waits for the note that is being written."""
        self._look_at = datetime.max.replace(tzinfo=self._clock.now().tzinfo)
        await self._background.settled()

    async def write(self) -> int:
        """Writes the notes that are due; how many servers got one."""
        written = 0
        async with self._store.read() as connection:
            servers = await audit.servers(connection)
        for server_id in servers:
            now = self._clock.now()
            async with self._store.read() as connection:
                last = await meta.get(connection, _key(server_id))
            if last is not None and now - datetime.fromisoformat(last) < WEEK:
                continue
            found = await self._broken(server_id)
            async with self._store.write() as connection:
                if await meta.get(connection, _key(server_id)) != last:  # another process was first
                    continue
                await meta.put(connection, _key(server_id), now.isoformat())
                if found:
                    written += await tell_moderators(connection, server_id, note(found), now, instead=_HEAD) > 0
        return written

    async def _broken(self, server_id: int) -> list[ItemStats]:
        """Questions that look broken in a server and are still asked there."""
        shipped = server_id == EVERYWHERE
        bank = await self._banks.of(None if shipped else server_id)
        found = await self._statistics.suspects(None if shipped else server_id, among=bank.questions.keys())
        return found[:LISTED]


def note(found: list[ItemStats]) -> str:
    """What moderators read."""
    lines = [f"- `{file_id_of(one.question_id)}`: {one.suspect} ({one.attempts} answers)" for one in found]
    end = (
        "**/question stats** tells more of each; **/question edit** mends one, **/question retire** or "
        "**/question switch-off** takes it out."
    )
    return "\n".join([f"{_HEAD}, by what people earned on them:", *lines, end])


def _key(server_id: int) -> str:
    return f"items-noted:{server_id}"
