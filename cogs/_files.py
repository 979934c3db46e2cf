"""Files that people send and get."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from io import BytesIO

import aiohttp
import discord

from bot.errors import UserError
from bot.services.code_cards import CardFile
from cogs._components import Upload
from questions.code_task import MAX_CODE

DOWNLOAD_S = 20
"""How long fetching a file may take."""


def as_files(files: Sequence[CardFile]) -> list[discord.File]:
    return [discord.File(BytesIO(file.content), file.name, description=file.description or None) for file in files]


def uploads_of(message: discord.Message) -> tuple[Upload, ...]:
    return tuple(Upload(file.filename, file.size, file.url) for file in message.attachments)


async def program_in(client: discord.Client, uploads: Sequence[Upload]) -> str | None:
    """The contents of the first Python file; None when there is none.

    Raises UserError, in words for the person, for a file that is too large, no text, or cannot be fetched.
    """
    file = next((upload for upload in uploads if upload.name.lower().endswith(".py")), None)
    if file is None:
        return None
    if file.size > MAX_CODE:
        raise UserError(f"That file has {file.size / 1024:,.0f} kB; I take programs up to {MAX_CODE // 1024} kB.")
    try:
        async with asyncio.timeout(DOWNLOAD_S):
            content = await client.http.get_from_cdn(file.url)
    except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as error:
        raise UserError(
            "I could not fetch your file from Discord. Please send it once more, or paste the program as text."
        ) from error
    if len(content) > MAX_CODE:
        raise UserError(f"That file is too large; I take programs up to {MAX_CODE // 1024} kB.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError("That file is not UTF-8 text. Save it as UTF-8 and send it again.") from error
