"""What all tests share: a small bank, a migrated database, and where shared data may lie."""

from __future__ import annotations

import shutil
import sqlite3
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

BANK = Path(__file__).parent / "bank.yaml"
TASKS = Path(__file__).parent / "tasks"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Function]) -> None:
    """The first case of a table is played by the fast suite, the others by the thorough one."""
    played: set[tuple[Path, str]] = set()
    for item in items:
        if item.path.parent.name in TABLES and hasattr(item, "callspec"):
            if (item.path, item.originalname) in played:
                item.add_marker(pytest.mark.thorough)
            played.add((item.path, item.originalname))


@pytest.fixture(scope="session")
def bank() -> Bank:
    """A small bank: one question of each kind, and three code tasks."""
    written = load_text(BANK.read_text(encoding="utf-8"), "tests/bank.yaml")
    tasks = [load_task(path.read_text(encoding="utf-8"), path.name) for path in sorted(TASKS.glob("*.md"))]
    return Bank([*written, *tasks])


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
