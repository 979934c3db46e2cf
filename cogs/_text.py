"""People's and authors' words made safe and fitting for Discord messages."""

from __future__ import annotations

from collections.abc import Sequence

import discord

MESSAGE_LIMIT = 4000
"""Characters of all text in one Components V2 message."""


def escape(text: str) -> str:
    """A person's words as plain text: no Markdown, no mentions, one line."""
    line = " ".join(text.split())
    return discord.utils.escape_mentions(discord.utils.escape_markdown(line))


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters, cut at a word, with … where something was cut."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    head, space, _ = cut.rpartition(" ")
    return (head if space and len(head) > limit // 2 else cut).rstrip(" ,;:") + "…"


def quote(text: str, limit: int = 160) -> str:
    """A person's words in quotation marks; isolated, so that right-to-left text leaves the rest alone."""
    return f"“\u2068{escape(shorten(' '.join(text.split()), limit))}\u2069”"


def percent(score: float) -> str:
    return f"{round(score * 100)}%"


def fit(blocks: Sequence[str], limit: int = MESSAGE_LIMIT) -> list[str]:
    """The blocks within `limit` characters in all: the longest blocks are cut first, line by line."""
    result = [block for block in blocks if block.strip()]
    while sum(map(len, result)) > limit:
        longest = max(range(len(result)), key=lambda i: len(result[i]))
        excess = sum(map(len, result)) - limit
        lines = result[longest].removesuffix("\n…").split("\n")
        if len(lines) > 2:
            result[longest] = "\n".join([*lines[:-1], "…"])
        else:
            result[longest] = shorten(result[longest], max(len(result[longest]) - excess, 2))
    return result
