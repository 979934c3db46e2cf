"""What people report about questions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.schema import reports


async def add(
    connection: AsyncConnection, *, user_id: int, round_id: int, question_id: str, version: int, text: str, at: datetime
) -> int:
    """The report's number."""
    statement = insert(reports).values(
        user_id=user_id, round_id=round_id, question_id=question_id, question_version=version, text=text, at=at
    )
    key = (await connection.execute(statement)).inserted_primary_key
    assert key is not None
    return int(key[0])
