"""The SQLite driver: a statement costs one visit to the connection's thread.

SQLAlchemy asks aiosqlite for a cursor, to execute, to fetch and to close, and each of these waits for the thread anew:
a select of one row takes four times as long as it has to. Here the cursor does all of it when it executes.
"""

# pyright: reportPrivateUsage=false
# aiosqlite offers no other way to run a function of one's own in the connection's thread.

from __future__ import annotations

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, ParamSpec, Self, TypeVar

import aiosqlite

P = ParamSpec("P")
T = TypeVar("T")

FIRST = 200
"""Rows that come along with the execution; few results are longer."""


class Connection(aiosqlite.Connection):
    """A connection whose cursors fetch as they execute, and which rolls back only what was begun."""

    _cut_off = False
    """Whether somebody stopped waiting for a statement, which may still be running."""

    def cursor(self) -> Cursor:  # pyright: ignore[reportIncompatibleMethodOverride] - SQLAlchemy enters it
        return Cursor(self)

    async def rollback(self) -> None:
        # SQLAlchemy rolls back whatever returns to its pool.
        if self.in_transaction or self._cut_off:
            await super().rollback()

    async def visit(self, work: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
        """Runs `work` in the connection's thread."""
        try:
            return await self._execute(work, *args, **options)  # pyright: ignore[reportUnknownMemberType]
        except asyncio.CancelledError:
            self._cut_off = True
            raise


class Cursor:
    """One statement and its rows, as far as SQLAlchemy's adapters for cursors ask."""

    arraysize = 1

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._open: sqlite3.Cursor | None = None
        """Set while there may be more rows than those that came along."""
        self._rows: deque[Any] = deque()
        self.description: Sequence[Any] | None = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Self:
        """Runs a statement and fetches its first rows."""
        return await self._connection.visit(self._run, sqlite3.Cursor.execute, sql, parameters)

    async def executemany(self, sql: str, parameters: Iterable[Sequence[Any]]) -> Self:
        """Runs a statement for each of the parameters."""
        return await self._connection.visit(self._run, sqlite3.Cursor.executemany, sql, parameters)

    def _run(self, execute: Callable[[sqlite3.Cursor, str, Any], object], sql: str, parameters: Any) -> Self:
        self._open = self._connection._conn.cursor()
        try:
            execute(self._open, sql, parameters)
            self.description = self._open.description
            if self.description is not None:
                self._fetch(FIRST)
        finally:
            if len(self._rows) < FIRST:
                self._end()
        return self

    def _fetch(self, most: int) -> None:
        assert self._open is not None
        rows = self._open.fetchmany(most)
        self._rows.extend(rows)
        if len(rows) < most:
            self._end()

    def _end(self) -> None:
        if self._open is None:
            return
        # With RETURNING it is known only after the rows were fetched.
        self.rowcount, self.lastrowid = self._open.rowcount, self._open.lastrowid
        self._open.close()
        self._open = None

    async def fetchone(self) -> Any:
        """The next row, or None."""
        return next(iter(await self.fetchmany(1)), None)

    async def fetchmany(self, size: int = 1) -> list[Any]:
        """Up to `size` rows."""
        if self._open is not None and len(self._rows) < size:
            await self._connection.visit(self._fetch, max(size, FIRST))
        return [self._rows.popleft() for _ in range(min(size, len(self._rows)))]

    async def fetchall(self) -> list[Any]:
        """All rows that are left."""
        rows = list(self._rows)
        self._rows.clear()
        if self._open is not None:
            rows += await self._connection.visit(self._rest)
        return rows

    def _rest(self) -> list[Any]:
        assert self._open is not None
        rows = self._open.fetchall()
        self._end()
        return rows

    async def close(self) -> None:
        """Forgets the rows that are left."""
        self._rows.clear()
        if self._open is not None:
            await self._connection.visit(self._end)


def connect(database: str, **options: Any) -> Connection:
    """A connection that is opened when it is awaited, in a thread that does not keep the process alive."""
    connection = Connection(partial(sqlite3.connect, database, **options), iter_chunk_size=64)
    connection._thread.daemon = True
    return connection
