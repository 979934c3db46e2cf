"""Checks what the bot needs and says what is fine and what is not."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import discord
from sqlalchemy.exc import DatabaseError

from bot.app import PORTAL
from bot.settings import Settings
from bot.store.migrate import head, revision
from grader.code.sandbox.probe import probe
from questions.bank import Bank
from questions.loader import QuestionFileError

PERMISSIONS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    create_private_threads=True,
    send_messages_in_threads=True,
    read_message_history=True,
    attach_files=True,
)
"""What the bot asks for when it is added to a server."""


@dataclass(frozen=True)
class Finding:
    """One checked thing; `fine` None means that it could not be checked and need not be."""

    name: str
    fine: bool | None
    detail: str

    def __str__(self) -> str:
        mark = {True: "ok  ", False: "BAD ", None: "-   "}[self.fine]
        return f"{mark}{self.name}: {self.detail}"


def check_machine(settings: Settings) -> Iterator[Finding]:
    """Python, settings, data folder, database and bank."""
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("python", sys.version_info >= (3, 11), version)
    where = "set" if settings.token else "not set: `run` opens the playground"
    yield Finding("DISCORD_TOKEN", True if settings.token else None, where)
    yield from _data(settings)
    for path in (settings.database, settings.playground_database):
        yield _database(path)
    try:
        bank = Bank.open()
    except QuestionFileError as error:
        yield Finding("question bank", False, f"{len(error.problems)} mistakes; `python -m bot bank check` lists them")
    else:
        yield Finding("question bank", True, f"{len(bank)} questions")
    yield _sandbox(settings)
    simulator = importlib.util.find_spec("simcord") is not None
    yield Finding("playground", simulator or None, "simcord is installed" if simulator else "simcord is not installed")


def _sandbox(settings: Settings) -> Finding:
    """Whether submitted code can be run, and how well it is walled in."""
    found = probe()
    if found.tier is not None:
        return Finding("sandbox", True, found.line)
    if settings.unsafe_code:
        return Finding("sandbox", False, f"{found.line}; MOCKLOOP_UNSAFE_CODE runs submitted code without one")
    return Finding("sandbox", None, f"{found.line}: there are no coding rounds; all else works")


def _data(settings: Settings) -> Iterator[Finding]:
    folder = settings.data.resolve()
    nearest = next(parent for parent in (folder, *folder.parents) if parent.exists())
    writable = os.access(nearest, os.W_OK)
    yield Finding(
        "data folder", writable, f"{folder}" if writable else f"{folder} cannot be written: set MOCKLOOP_DATA"
    )


def _database(path: Path) -> Finding:
    name = f"database {path.name}"
    if not path.exists():
        return Finding(name, None, "not there yet; it is made at the first start")
    try:
        found = revision(path)
    except DatabaseError:
        return Finding(name, False, "not a SQLite database: move it away, or restore a backup over it")
    if found == head():
        return Finding(name, True, f"revision {found}, up to date")
    return Finding(name, None, f"revision {found}; this program works with {head()} and migrates at the next start")


async def check_discord(settings: Settings) -> list[Finding]:
    """The token, the intents and the permissions in each server, asked of Discord."""
    if settings.token is None:
        return []
    client = discord.Client(intents=discord.Intents(guilds=True))
    try:
        async with client:
            await client.login(settings.token.get_secret_value().strip())
            info = await client.application_info()
            findings = [Finding("token", True, f"valid for {info.name}")]
            allowed = info.flags.gateway_message_content or info.flags.gateway_message_content_limited
            if settings.message_content:
                detail = "on" if allowed else f"off: switch it on at {PORTAL}, or set MOCKLOOP_MESSAGE_CONTENT=false"
                findings.append(Finding("message content intent", allowed, detail))
            findings += [await _server(client, guild) async for guild in client.fetch_guilds(limit=100)]
            link = discord.utils.oauth_url(info.id, permissions=PERMISSIONS, scopes=("bot", "applications.commands"))
            findings.append(Finding("invite link", None, link))
            return findings
    except discord.LoginFailure:
        return [Finding("token", False, f"refused by Discord: copy it again from {PORTAL}")]
    except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
        return [Finding("Discord", False, f"cannot be reached: {error}")]


async def _server(client: discord.Client, guild: discord.Guild) -> Finding:
    """The bot's permissions in a server, as its roles there give them (a channel may still take some away)."""
    assert client.user is not None
    try:
        full = await client.fetch_guild(guild.id)
        me = await full.fetch_member(client.user.id)
    except discord.HTTPException as error:
        return Finding(f"server {guild.name}", None, f"permissions cannot be read: {error}")
    missing = [name for name, wanted in PERMISSIONS if wanted and not getattr(me.guild_permissions, name)]
    detail = f"missing {', '.join(missing)}" if missing else "all permissions"
    return Finding(f"server {guild.name}", not missing, detail)


async def doctor(settings: Settings) -> bool:
    """Prints every finding; returns whether nothing is bad. Raises StartError only for unreadable settings."""
    findings = [*check_machine(settings), *await check_discord(settings)]
    for finding in findings:
        sys.stdout.write(f"{finding}\n")
    return all(finding.fine is not False for finding in findings)
