"""Brings a database to this program's schema: a new one from empty, an older one after a backup copy."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.engine import URL
from sqlalchemy.pool import NullPool

from bot.errors import StartError


def config(path: Path) -> Config:
    """Alembic's settings for the database at `path`."""
    result = Config()
    result.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    result.attributes["url"] = URL.create("sqlite", database=str(path))
    return result


def revision(path: Path) -> str | None:
    """The revision of the database at `path`; None for an empty or missing one."""
    if not path.exists():
        return None
    engine = create_engine(URL.create("sqlite", database=str(path)), poolclass=NullPool)
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head() -> str:
    """The revision that this program works with."""
    found = ScriptDirectory.from_config(config(Path("unused"))).get_current_head()
    assert found is not None
    return found


def migrate(path: Path, now: datetime) -> Path | None:
    """Migrates the database at `path`, making it if need be; returns the backup copy of an older one, if any.

    Raises StartError when the folder cannot be written or the database is newer than this program.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("BEGIN IMMEDIATE")
            connection.rollback()
    except (OSError, sqlite3.OperationalError) as error:
        raise StartError(
            f"cannot write {path} ({error}). Give the bot a writable data folder: set MOCKLOOP_DATA in .env."
        ) from error
    except sqlite3.DatabaseError as error:
        raise StartError(f"{path} is not a SQLite database. Move it away, or restore a backup over it.") from error
    current = revision(path)
    if current == head():
        return None
    known = {script.revision for script in ScriptDirectory.from_config(config(path)).walk_revisions()}
    if current is not None and current not in known:
        raise StartError(
            f"{path} was written by a newer Mockloop (revision {current}). Update the program, "
            "or restore the backup that the newer one made beside it."
        )
    copy = None
    if current is not None:
        copy = path.with_name(f"{path.stem}-before-{head()}-{now:%Y%m%dT%H%M%SZ}{path.suffix}")
        backup(path, copy)
    command.upgrade(config(path), "head")
    return copy


def backup(path: Path, copy: Path) -> None:
    """Writes a consistent copy of the database at `path` to `copy`, also while a bot is using it.

    Raises StartError when there is no database, `copy` exists, or it cannot be written.
    """
    if not path.exists():
        raise StartError(f"there is no database at {path} yet")
    if copy.exists():
        raise StartError(f"{copy} exists already; name another file")
    unfinished = copy.with_name(copy.name + ".part")
    try:
        copy.parent.mkdir(parents=True, exist_ok=True)
        unfinished.unlink(missing_ok=True)
        with (
            closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(unfinished)) as target,
        ):
            source.backup(target)
            # One file that needs no -wal beside it.
            target.execute("PRAGMA journal_mode = DELETE")
        unfinished.rename(copy)
    except (OSError, sqlite3.Error) as error:
        raise StartError(f"cannot write the copy to {copy}: {error}") from error
