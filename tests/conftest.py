"""What all tests share: a small bank, a migrated database, and where their files lie."""

from __future__ import annotations

import gc
import os
import shutil
import sqlite3
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import closing
from pathlib import Path

import pytest
import pytest_asyncio

from bot.clock import SystemClock
from bot.store.engine import Store
from bot.store.migrate import migrate
from questions.bank import Bank
from questions.loader import load_text
from questions.task_file import load_task

TABLES = ("cogs", "services", "pictures")
"""Here each case has a world, a database or a picture of its own."""

MEMORY = Path("/dev/shm")
"""On Linux, files here lie in memory."""
ROOM = 500_000_000
"""Bytes that must be free there: containers may have only a little."""

BANK = Path(__file__).parent / "bank.yaml"
TASKS = Path(__file__).parent / "tasks"


def pytest_configure(config: pytest.Config) -> None:
    """Databases of tests lie in memory where that can be: each commit would wait for the disk."""
    if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))
    gc.disable()  # until everything is collected


def pytest_collection_finish(session: pytest.Session) -> None:
    """Modules and collected tests stay until the end: looking through them for garbage takes a sixth of the time."""
    gc.enable()
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Function]) -> None:
    """The first case of a table, or each one that `every` asks for, is played by the fast suite, the others by the
    thorough one."""
    seen = Counter[tuple[Path, str]]()
    for item in items:
        if hasattr(item, "callspec"):
            every = item.get_closest_marker("every")
            before = seen[item.path, item.originalname]
            if before % every.args[0] if every else before and item.path.parent.name in TABLES:
                item.add_marker(pytest.mark.thorough)
            seen[item.path, item.originalname] += 1


@pytest.fixture(scope="session")
def bank() -> Bank:
    """A small bank: one question of each kind, and three code tasks."""
    written = load_text(BANK.read_text(encoding="utf-8"), "tests/bank.yaml")
    tasks = [load_task(path.read_text(encoding="utf-8"), path.name) for path in sorted(TASKS.glob("*.md"))]
    return Bank([*written, *tasks])


@pytest.fixture(scope="session")
def shipped() -> Bank:
    """The whole bank: reading it takes seconds."""
    return Bank.open()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database to copy: migrating takes longer than most tests."""
    path = tmp_path_factory.mktemp("migrated") / "mockloop.db"
    migrate(path, SystemClock().now())
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture
def database(tmp_path: Path, migrated: Path) -> Path:
    """A migrated database file."""
    return Path(shutil.copy(migrated, tmp_path / "mockloop.db"))


@pytest_asyncio.fixture
async def store(database: Path) -> AsyncGenerator[Store]:
    opened = Store(database)
    yield opened
    await opened.close()
