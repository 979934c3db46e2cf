"""Open rounds that several people share, for one who asks where theirs are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from bot.rounds.engine import Engine, RoundState
from bot.store import rounds
from bot.store.engine import Store
from bot.store.rounds import RoundRow

S = TypeVar("S", bound=RoundState)
LOOKED_AT = 50
"""Of somebody's rounds of an engine, so many of the newest are looked at."""


@dataclass(frozen=True)
class Shared(Generic[S]):
    """An open round that somebody takes part in."""

    row: RoundRow[S]
    message_id: int | None
    """Its newest message where it lives; None while there is none."""


async def open_shared(store: Store, engine: Engine[S, Any, Any, Any], user: int) -> list[Shared[S]]:
    """The engine's open rounds that the person was ever in, newest first."""
    async with store.read() as connection:
        rows, _ = await rounds.past(connection, [engine], user, limit=LOOKED_AT)
        return [
            Shared(row, await rounds.last_message(connection, row.id)) for row in rows if row.state.finished_at is None
        ]
