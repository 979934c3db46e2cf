"""People's and authors' words made safe and fitting for Discord messages."""

from __future__ import annotations

import re
from collections.abc import Sequence

import discord

MESSAGE_LIMIT = 4000
"""Characters of all text in one Components V2 message."""


def escape(text: str) -> str:
    """A person's words as plain text: no Markdown, no mentions, one line."""
    line = " ".join(text.split())
    return discord.utils.escape_mentions(discord.utils.escape_markdown(line))


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters, cut at a word, with … where something was cut, in place of a comma or a period."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    head, space, _ = cut.rpartition(" ")
    return (head if space and len(head) > limit // 2 else cut).rstrip(" ,;:.") + "…"


def quote(text: str, limit: int = 160) -> str:
    """A person's words in quotation marks; isolated, so that right-to-left text leaves the rest alone."""
    return f"“\u2068{escape(shorten(' '.join(text.split()), limit))}\u2069”"


FENCE = "```"


def code_block(text: str, *, lines: int = 12, limit: int = 600, language: str = "") -> str:
    """Text from a program in a code block, shortened, that nothing in it can leave or turn round."""
    shown = _TRICKS.sub("\ufffd", text.replace("\r\n", "\n").expandtabs(4)).strip("\n")
    shown = re.sub("`{3,}", lambda found: "\u02cb" * len(found[0]), shown)
    kept = shown.split("\n")
    more = len(kept) > lines
    shown = "\n".join(kept[:lines])
    if len(shown) > limit:
        shown, more = shown[: limit - 1] + "…", False
    return f"{FENCE}{language}\n{shown or ' '}{chr(10) + '…' if more else ''}\n{FENCE}"


_TRICKS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e0fff]"
)
"""Control and invisible characters, and those that turn the direction of writing."""


def plain(text: str, limit: int = 300) -> str:
    """Text from a program as plain text in one line: shortened, and without characters that play tricks."""
    return escape(shorten(_TRICKS.sub("\ufffd", text), limit))


def percent(score: float) -> str:
    return f"{round(score * 100)}%"


def _cut(block: str, limit: int) -> str:
    """At most `limit` characters; a code block that is cut in two is closed again."""
    cut = shorten(block, limit)
    if cut.count(FENCE) % 2 == 0:
        return cut
    room = limit - len(FENCE) - 1
    return f"{shorten(block, room)}\n{FENCE}" if room > 2 * len(FENCE) else shorten(block.partition(FENCE)[0], limit)


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
            result[index] = _cut(result[index], share)
        excess = sum(map(len, result)) - limit
    return result
