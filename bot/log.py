"""Logging to standard error. What people typed is never logged."""

from __future__ import annotations

import logging

FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"


def start(level: str) -> None:
    logging.basicConfig(level=level, format=FORMAT)
    # discord.py warns about intents and rate limits; its INFO is about every reconnect.
    logging.getLogger("discord").setLevel(max(logging.getLevelName(level), logging.WARNING))
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("aiosqlite").setLevel(logging.WARNING)
