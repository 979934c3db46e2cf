"""Several places where results are noted, as one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.rounds.engine import Scored
from bot.services.carrying import Scorebook
from bot.store.rounds import RoundRow


class Scorebooks:
    """Notes in one after the other, in the same transaction. Implements `bot.services.carrying.Scorebook`."""

    def __init__(self, *books: Scorebook) -> None:
        self._books = books

    async def note(
        self, connection: AsyncConnection, row: RoundRow[Any], scored: Sequence[Scored], at: datetime
    ) -> None:
        for book in self._books:
            await book.note(connection, row, scored, at)
