"""Logging to standard error. What people typed is never logged."""

from __future__ import annotations

import logging

FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"


def start(level: str) -> None:
    """Starts logging at `level` (DEBUG, INFO, WARNING, ERROR)."""
    logging.basicConfig(level=level, format=FORMAT)
    # Their INFO is about every reconnect and every statement.
    for chatty in ("discord", "alembic", "aiosqlite", "aiohttp"):
        logging.getLogger(chatty).setLevel(max(logging.getLevelNamesMapping()[level], logging.WARNING))
    # Voice is not used, so its missing libraries are no news.
    logging.getLogger("discord.client").addFilter(lambda record: "voice will NOT" not in record.getMessage())
