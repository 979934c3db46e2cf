"""Opens the database and hands out transactions.

SQLite in WAL mode: readers never wait; a writing transaction begins with BEGIN IMMEDIATE, because a deferred one
that upgrades ignores the busy timeout. Within the process writers queue on a lock, so that the busy handler is
for other processes only.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from bot.store.driver import connect

BUSY_TIMEOUT_MS = 10_000
CACHE_KIB = 65_536
"""Of pages, a connection. SQLite's own 2 MB make a result cost twice as much in a database of a million."""


class Store:
    """The database of one process. Close it when done."""

    def __init__(self, path: Path) -> None:
        """`path` is the SQLite file; it must be migrated (`bot.store.migrate`)."""
        self.path = path
        self._engine = create_async_engine(
            URL.create("sqlite+aiosqlite", database=str(path)),
            connect_args={"async_creator_fn": connect},
            hide_parameters=True,  # errors are logged, and what people typed must not be
        )
        event.listen(self._engine.sync_engine, "connect", _configure)
        event.listen(self._engine.sync_engine, "begin", begin)
        self._writing = asyncio.Lock()

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[AsyncConnection]:
        """A connection in a read transaction: one consistent view."""
        async with self._engine.connect() as connection, connection.begin():
            yield connection

    @asynccontextmanager
    async def write(self) -> AsyncGenerator[AsyncConnection]:
        """A connection in a write transaction: committed at the end, rolled back on any exception or cancellation."""
        async with self._writing, self._engine.connect() as connection:
            await connection.execution_options(immediate=True)
            async with connection.begin():
                yield connection

    async def close(self) -> None:
        await self._engine.dispose()


def manual_begin(connection: Any, _entry: ConnectionPoolEntry) -> None:
    """The driver's own BEGIN would come too late and without IMMEDIATE."""
    connection.isolation_level = None


def _configure(connection: Any, entry: ConnectionPoolEntry) -> None:
    manual_begin(connection, entry)
    cursor = connection.cursor()
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        f"cache_size = -{CACHE_KIB}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def begin(connection: Connection) -> None:
    """Begins a transaction; IMMEDIATE where the connection's options ask for it."""
    immediate = connection.get_execution_options().get("immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
