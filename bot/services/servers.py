"""A server's own settings: where rounds live, and who may not start any."""

from __future__ import annotations

from bot.clock import Clock
from bot.store import servers
from bot.store.engine import Store
from bot.store.servers import Block, RoundPlace


class Servers:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def place(self, server_id: int) -> RoundPlace:
        """Where this server wants rounds."""
        async with self._store.read() as connection:
            return await servers.place(connection, server_id)

    async def set_place(self, server_id: int, wanted: RoundPlace) -> None:
        async with self._store.write() as connection:
            await servers.set_place(connection, server_id, wanted, self._clock.now())

    async def block(self, server_id: int, user_id: int, *, by: int, reason: str) -> None:
        """The person may start no more rounds in this server; rounds that are open go on."""
        async with self._store.write() as connection:
            await servers.block(connection, server_id, Block(user_id, by, reason[:500], self._clock.now()))

    async def unblock(self, server_id: int, user_id: int) -> bool:
        """Whether the person was blocked."""
        async with self._store.write() as connection:
            return await servers.unblock(connection, server_id, user_id)

    async def blocked(self, server_id: int) -> list[Block]:
        async with self._store.read() as connection:
            return await servers.blocked(connection, server_id)
