"""People, as far as the bot knows them: an id and when it was first seen."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.schema import people


async def ensure(connection: AsyncConnection, user_id: int, at: datetime) -> None:
    await connection.execute(insert(people).values(id=user_id, first_seen_at=at).on_conflict_do_nothing())
