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
    """The blocks within `limit` characters in all: the longest ones are cut to one length, at a word."""
    result = [block for block in blocks if block.strip()]
    excess = sum(map(len, result)) - limit
    while excess > 0:
        sizes = sorted({len(block) for block in result}, reverse=True)
        longest = [index for index, block in enumerate(result) if len(block) == sizes[0]]
        floor = sizes[1] if len(sizes) > 1 else 0
        share = max(sizes[0] - max(-(-excess // len(longest)), 1), floor, 1)
        if share >= sizes[0]:
            share = sizes[0] - 1
        for index in longest:
            result[index] = shorten(result[index], share)
        excess = sum(map(len, result)) - limit
    return result
