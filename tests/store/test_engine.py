"""Transactions: all or nothing on errors and cancellation, one writer at a time, readers that never wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import meta, people
from bot.store.engine import Store
from bot.store.schema import participants, rounds
from bot.store.schema import people as people_table
from tests.clock import START


@pytest_asyncio.fixture
async def second(database: Path) -> AsyncGenerator[Store]:
    """Another process's view of the same database."""
    opened = Store(database)
    yield opened
    await opened.close()


async def count(store: Store) -> int:
    async with store.read() as connection:
        return await connection.scalar(select(func.count()).select_from(people_table)) or 0


async def add(store: Store, number: int) -> None:
    async with store.write() as connection:
        await people.ensure(connection, number, START)


async def test_a_write_is_committed(store: Store, second: Store) -> None:
    await add(store, 1)
    assert await count(store) == 1
    assert await count(second) == 1


async def test_an_exception_rolls_everything_back(store: Store) -> None:
    async def write() -> None:
        async with store.write() as connection:
            await people.ensure(connection, 1, START)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await write()
    assert await count(store) == 0
    await add(store, 2)
    assert await count(store) == 1


async def test_a_cancelled_write_is_rolled_back_and_the_next_one_works(store: Store) -> None:
    begun = asyncio.Event()

    async def write() -> None:
        async with store.write() as connection:
            await people.ensure(connection, 1, START)
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(write())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await count(store) == 0
    async with asyncio.timeout(5):
        await add(store, 2)
    assert await count(store) == 1


async def test_a_write_cancelled_at_any_moment_is_all_or_nothing(store: Store) -> None:
    """Cancels ever later: while it waits for the lock, connects, begins, writes, commits, is done."""

    async def write(first: int) -> None:
        async with store.write() as connection:
            for number in range(first, first + 4):
                await people.ensure(connection, number, START)

    await write(1000)  # opens the connection
    loop = asyncio.get_running_loop()
    began = loop.time()
    await write(2000)
    whole = loop.time() - began
    steps = 40
    outcomes: set[int] = set()
    for step in range(steps):
        before = await count(store)
        task = asyncio.create_task(write(step * 10))
        await asyncio.sleep(3 * whole * step / steps)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        written = await count(store) - before
        assert written in {0, 4}
        outcomes.add(written)
        async with asyncio.timeout(5):
            await add(store, step * 10 + 5)
    assert 0 in outcomes, "every write was done before it was cancelled"


async def test_a_write_cancelled_while_it_waits_for_another_leaves_both_intact(store: Store) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        async with store.write() as connection:
            await people.ensure(connection, 1, START)
            begun.set()
            await go_on.wait()

    first = asyncio.create_task(slow())
    await begun.wait()
    waiting = asyncio.create_task(add(store, 2))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    go_on.set()
    await first
    await add(store, 3)
    assert await count(store) == 2


async def test_two_processes_that_write_at_once_both_succeed(store: Store, second: Store) -> None:
    async def many(which: Store, start: int) -> None:
        for number in range(start, start + 25):
            async with which.write() as connection:
                # Reading first is what makes a deferred transaction fail at once instead of waiting.
                before = await connection.scalar(select(func.count()).select_from(people_table)) or 0
                await people.ensure(connection, number, START)
                await meta.put(connection, "count", str(before + 1))

    await asyncio.gather(many(store, 0), many(second, 100), many(store, 200), many(second, 300))
    assert await count(store) == 100
    async with store.read() as connection:
        assert await meta.get(connection, "count") == "100"


async def test_a_reader_does_not_wait_for_a_writer_and_sees_what_was_before(store: Store, second: Store) -> None:
    await add(store, 1)
    async with store.write() as connection:
        await people.ensure(connection, 2, START)
        async with asyncio.timeout(5):
            assert await count(store) == 1
            assert await count(second) == 1
    assert await count(store) == 2


async def test_a_reader_keeps_one_view_while_others_write(store: Store) -> None:
    async def seen(connection: AsyncConnection) -> int:
        return await connection.scalar(select(func.count()).select_from(people_table)) or 0

    async with store.read() as connection:
        assert await seen(connection) == 0
        await add(store, 1)
        assert await seen(connection) == 0
    assert await count(store) == 1


async def test_foreign_keys_are_enforced(store: Store) -> None:
    with pytest.raises(IntegrityError, match="FOREIGN KEY"):
        async with store.write() as connection:
            await connection.execute(participants.insert().values(round_id=77, user_id=1, joined_at=START))


async def test_commits_are_flushed_to_the_disk_and_readers_need_no_lock(store: Store) -> None:
    async with store.read() as connection:
        pragmas = {
            name: await connection.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


async def test_a_naive_moment_is_refused(store: Store) -> None:
    with pytest.raises(StatementError, match="naive datetime"):
        async with store.write() as connection:
            await people.ensure(connection, 1, datetime(2026, 3, 2, 9, 0))  # noqa: DTZ001 - the point of the test
    with pytest.raises(StatementError, match="naive datetime"):
        async with store.read() as connection:
            await connection.execute(select(rounds.c.id).where(rounds.c.next_wake_at <= datetime(2026, 3, 2)))  # noqa: DTZ001


async def test_moments_come_back_in_utc_to_the_microsecond(store: Store) -> None:
    moment = datetime(2026, 3, 2, 10, 30, 15, 123456, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    async with store.write() as connection:
        await people.ensure(connection, 1, moment)
    async with store.read() as connection:
        found = await connection.scalar(select(people_table.c.first_seen_at))
    assert found == moment
    assert found is not None
    assert found.tzinfo is UTC
    assert found.hour == 5
