"""Telling moderators what happened without them.

Discord does not tell a bot who moderates a server. Known are those who have used the moderators' commands; they are
told at their next command in that server, if they are moderators then. The owners of the bot moderate server 0.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import audit, notices, people
from bot.store.audit import MODERATORS_ONLY

ACTIVE_FOR = timedelta(days=90)
"""Who has not used a moderators' command for so long is not waited for, nor told, while there is somebody else."""
TOLD = 20
"""Moderators who are told."""
_EVER = datetime(1970, 1, 1, tzinfo=UTC)


async def tell_moderators(
    connection: AsyncConnection, server_id: int, text: str, now: datetime, *, instead: str = ""
) -> int:
    """Leaves a notice for the moderators of a server; how many of them there are.

    A notice that begins like `instead` and is not read yet makes room for this one.
    """
    if instead:
        await notices.take_back(connection, server_id, instead)
    known = await audit.actors(connection, server_id, MODERATORS_ONLY, now - ACTIVE_FOR)
    known = known or await audit.actors(connection, server_id, MODERATORS_ONLY, _EVER)
    for user_id in known[:TOLD]:
        await people.ensure(connection, user_id, now)
        await notices.add(connection, user_id, text, now, server_id=server_id)
    return len(known[:TOLD])
