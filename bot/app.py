"""The composition root: opens everything with `async with` and closes it in reverse."""

from __future__ import annotations

import gc
import logging
import os
import random
from collections.abc import AsyncGenerator, Collection
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

import aiohttp
import discord

from bot.client import MockloopBot
from bot.clock import Clock, SystemClock
from bot.errors import StartError
from bot.services.judging import CodeJudge, Judging, NoJudge
from bot.settings import Settings
from bot.store.engine import Store
from bot.store.migrate import migrate
from grader.code.bundles import Bundles
from grader.code.check import check_task
from grader.code.client import Sandbox
from grader.code.job import NoSandboxError
from grader.code.judge import Judge
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
    judge: Judging | None = None,
    daily_rate: float = 5.0,
    owners: Collection[int] = (),
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
            judge=judge,
            daily_rate=daily_rate,
            owners=owners,
        )
    finally:
        await store.close()


@asynccontextmanager
async def open_judge(settings: Settings) -> AsyncGenerator[Judging]:
    """The judge of code, or one that says why there is none on this machine."""
    at_once = settings.code_at_once or os.cpu_count() or 1
    async with AsyncExitStack() as stack:
        try:
            sandbox = await stack.enter_async_context(Sandbox.open(at_once, unsafe=settings.unsafe_code))
            tier = await sandbox.start()
        except NoSandboxError as error:
            _log.warning("no coding rounds: %s", error)
            yield NoJudge(f"There are no coding rounds here: {error}.")
            return
        if tier:
            _log.info("submitted code runs in a sandbox of tier %s, %s at once", tier, at_once)
        else:
            _log.warning("MOCKLOOP_UNSAFE_CODE is on: submitted code runs without a sandbox, %s at once", at_once)
        examiner = partial(check_task, sandbox=sandbox)
        judge = CodeJudge(Bundles(settings.data / "bundles", sandbox), Judge(sandbox), at_once, examiner)
        stack.callback(judge.close)
        yield judge


async def run(settings: Settings) -> None:
    """Joins Discord and runs until stopped. Raises StartError with one line that says what to do."""
    assert settings.token is not None
    bank = Bank.open()
    # The bank stays. Collections that look through it each time hold the event loop up for a tenth of a second.
    gc.freeze()
    async with (
        open_judge(settings) as judge,
        open_bot(
            settings.database,
            bank=bank,
            clock=SystemClock(),
            message_content=settings.message_content,
            sync_commands=settings.sync_commands,
            judge=judge,
            daily_rate=settings.daily_rate,
            owners=settings.owners or (),
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
