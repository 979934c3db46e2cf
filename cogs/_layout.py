"""The frame of every message: blocks of text, files and pictures with thin lines between, then rows of buttons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord
from discord import ui

from cogs._text import MESSAGE_LIMIT, fit

Accent = discord.Colour
NEUTRAL = Accent(0x5865F2)
FOLLOW_UP = Accent(0x8B5CF6)
QUIET = Accent(0x4E5058)
BANDS = {1: Accent(0xD83C3E), 2: Accent(0xE67E22), 3: Accent(0xA3BE3C), 4: Accent(0x2E9E5B)}

Rows = Sequence[Sequence[ui.Item[Any]]]


def layout(blocks: Sequence[str | ui.Item[Any]], rows: Rows = (), *, accent: Accent = NEUTRAL) -> ui.LayoutView:
    """One framed message. Texts that are too long together are cut; files and pictures follow without a line."""
    view = ui.LayoutView(timeout=None)
    container: ui.Container[Any] = ui.Container(accent_colour=accent)
    texts = iter(fit([block for block in blocks if isinstance(block, str)], MESSAGE_LIMIT - 50))
    first = True
    for block in blocks:
        if not isinstance(block, str):
            container.add_item(block)
            continue
        if not block.strip():
            continue
        if not first:
            container.add_item(ui.Separator())
        container.add_item(ui.TextDisplay(next(texts)))
        first = False
    for row in rows:
        if row:
            container.add_item(ui.ActionRow(*row))
    view.add_item(container)
    return view
