"""Alembic's entry: runs the migrations on the database that `bot.store.migrate.config` names.

All of them in one transaction, so that a process killed halfway leaves the database as it was.
"""

from __future__ import annotations

from alembic import context
from sqlalchemy import create_engine, event
from sqlalchemy.pool import NullPool

from bot.store.engine import begin, manual_begin
from bot.store.schema import metadata


def run() -> None:
    engine = create_engine(context.config.attributes["url"], poolclass=NullPool)
    event.listen(engine, "connect", manual_begin)
    event.listen(engine, "begin", begin)
    with engine.connect().execution_options(immediate=True) as connection:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            render_as_batch=True,
            compare_type=True,
            transactional_ddl=True,  # SQLite can; Alembic leaves it off because the driver's own BEGIN comes too late
        )
        with context.begin_transaction():
            context.run_migrations()


run()
