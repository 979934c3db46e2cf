"""What the driver promises beyond what every test of the store uses."""

from __future__ import annotations

import asyncio
import threading

import pytest
from sqlalchemy import text

from bot.store.driver import FIRST, connect
from bot.store.engine import Store

COUNT = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :most) SELECT i FROM n"


@pytest.mark.parametrize("most", [0, 1, FIRST - 1, FIRST, FIRST + 1, 5 * FIRST])
async def test_all_rows_arrive_whether_or_not_they_came_along(store: Store, most: int) -> None:
    expected = list(range(1, most + 1)) or [1]  # the recursion has a first row in any case
    async with store.read() as connection:
        assert list(await connection.scalars(text(COUNT), {"most": most})) == expected


@pytest.mark.parametrize("size", [1, 7, FIRST, 3 * FIRST])
async def test_a_stream_comes_in_parts_and_may_be_left(store: Store, size: int) -> None:
    async with store.read() as connection:
        stream = await connection.stream(text(COUNT), {"most": 5 * FIRST})
        parts = [[row[0] for row in part] async for part in stream.partitions(size)]
        assert all(len(part) <= size for part in parts)
        assert [number for part in parts for number in part] == list(range(1, 5 * FIRST + 1))
        stream = await connection.stream(text(COUNT), {"most": 5 * FIRST})
        async for part in stream.partitions(size):
            assert part[0][0] == 1
            break
        await stream.close()
        assert await connection.scalar(text("SELECT 7")) == 7


async def test_what_a_statement_changed_is_told(store: Store) -> None:
    async with store.write() as connection:
        await connection.execute(text("CREATE TABLE seen (id INTEGER PRIMARY KEY, name TEXT)"))
        added = await connection.execute(
            text("INSERT INTO seen (name) VALUES (:name)"), [{"name": "ann"}, {"name": "bob"}]
        )
        assert added.rowcount == 2
        returned = await connection.execute(text("INSERT INTO seen (name) VALUES ('carl') RETURNING id"))
        assert returned.scalar_one() == 3
        changed = await connection.execute(text("UPDATE seen SET name = 'x' WHERE id > 1"))
        assert changed.rowcount == 2


async def test_a_statement_that_was_cut_off_leaves_no_transaction_behind(store: Store) -> None:
    async def count_long() -> None:
        async with store.write() as connection:
            await connection.execute(text(COUNT.replace("SELECT i FROM", "SELECT max(i) FROM")), {"most": 300_000})

    task = asyncio.create_task(count_long())
    for _ in range(20):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with store.write() as connection:
        assert await connection.scalar(text("SELECT 7")) == 7


async def test_rolling_back_what_was_cut_off_before_it_began_waits_for_it() -> None:
    connection = connect(":memory:", isolation_level=None)
    await connection
    busy = threading.Event()
    waiting = asyncio.create_task(connection.visit(busy.wait))
    begin = asyncio.create_task(connection.cursor().execute("BEGIN"))
    await asyncio.sleep(0)
    begin.cancel()
    await asyncio.gather(begin, return_exceptions=True)
    undone = asyncio.create_task(connection.rollback())
    await asyncio.sleep(0)
    busy.set()
    await asyncio.gather(waiting, undone)
    assert not await connection.visit(lambda: connection.in_transaction)
    await connection.close()
