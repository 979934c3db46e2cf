"""Single values, servers and their blocklists."""

from __future__ import annotations

from datetime import timedelta

from bot.store import meta, servers
from bot.store.engine import Store
from bot.store.servers import Block, RoundPlace
from tests.clock import START


async def test_a_value_is_put_and_replaced(store: Store) -> None:
    async with store.write() as connection:
        assert await meta.get(connection, "key") is None
        await meta.put(connection, "key", "one")
        await meta.put(connection, "key", "two")
        assert await meta.get(connection, "key") == "two"


async def test_the_moment_of_the_last_sign_of_life_is_kept(store: Store) -> None:
    async with store.write() as connection:
        assert await meta.last_alive(connection) is None
        await meta.still_alive(connection, START)
        await meta.still_alive(connection, START + timedelta(seconds=1.5))
    async with store.read() as connection:
        assert await meta.last_alive(connection) == START + timedelta(seconds=1.5)


async def test_a_server_says_where_rounds_live(store: Store) -> None:
    async with store.write() as connection:
        assert await servers.place(connection, 7) is RoundPlace.THREAD
        await servers.set_place(connection, 7, RoundPlace.CHANNEL, START)
        assert await servers.place(connection, 7) is RoundPlace.CHANNEL
        await servers.set_place(connection, 7, RoundPlace.THREAD, START)
        assert await servers.place(connection, 7) is RoundPlace.THREAD
        assert await servers.place(connection, 8) is RoundPlace.THREAD


async def test_a_blocklist_belongs_to_its_server(store: Store) -> None:
    older = Block(1, 99, "spam", START)
    newer = Block(2, 98, "", START + timedelta(seconds=1))
    again = Block(1, 97, "more spam", START + timedelta(seconds=2))
    async with store.write() as connection:
        await servers.block(connection, 7, older)
        await servers.block(connection, 7, newer)
        assert await servers.blocked(connection, 7) == [newer, older]
        assert await servers.blocked(connection, 8) == []
        await servers.block(connection, 7, again)
        assert await servers.blocked(connection, 7) == [again, newer]
        assert await servers.is_blocked(connection, 7, 1)
        assert not await servers.is_blocked(connection, 8, 1)
        assert await servers.unblock(connection, 7, 1)
        assert not await servers.unblock(connection, 7, 1)
        assert not await servers.is_blocked(connection, 7, 1)
