"""The composition root: opens everything with `async with` and closes it in reverse."""

from __future__ import annotations

import logging
import random
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import discord

from bot.client import MockloopBot
from bot.clock import Clock, SystemClock
from bot.errors import StartError
from bot.settings import Settings
from bot.store.engine import Store
from bot.store.migrate import migrate
from questions.bank import Bank

_log = logging.getLogger(__name__)

PORTAL = "https://discord.com/developers/applications"


@asynccontextmanager
async def open_bot(
    database: Path,
    *,
    bank: Bank,
    clock: Clock,
    message_content: bool = False,
    sync_commands: bool = True,
    chance: random.Random | None = None,
) -> AsyncGenerator[MockloopBot]:
    """A bot on a migrated database, not yet connected. Raises StartError."""
    copy = migrate(database, clock.now())
    if copy is not None:
        _log.info("the database was migrated; a copy of the old one is %s", copy)
    store = Store(database)
    try:
        yield MockloopBot(
            store,
            bank,
            clock,
            message_content=message_content,
            sync_commands=sync_commands,
            chance=chance,
        )
    finally:
        await store.close()


async def run(settings: Settings) -> None:
    """Joins Discord and runs until stopped. Raises StartError with one line that says what to do."""
    assert settings.token is not None
    bank = Bank.open()
    async with (
        open_bot(
            settings.database,
            bank=bank,
            clock=SystemClock(),
            message_content=settings.message_content,
            sync_commands=settings.sync_commands,
        ) as bot,
        bot,
    ):
        try:
            await bot.start(settings.token.get_secret_value().strip())
        except discord.LoginFailure as error:
            raise StartError(
                f"Discord refused the token. Copy it again from {PORTAL} (Bot, Reset Token) into DISCORD_TOKEN in .env."
            ) from error
        except discord.PrivilegedIntentsRequired as error:
            raise StartError(
                f"MOCKLOOP_MESSAGE_CONTENT is on, but the message content intent is off. Switch it on at {PORTAL} "
                "(Bot, Privileged Gateway Intents), or set MOCKLOOP_MESSAGE_CONTENT=false."
            ) from error
        except (aiohttp.ClientError, OSError) as error:
            raise StartError(f"Discord cannot be reached: {error}. Check the network and start again.") from error
