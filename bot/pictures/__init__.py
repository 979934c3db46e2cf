"""Pictures drawn for messages: a card comes in, a `Picture` goes out.

`bot.pictures.progress`, `bot.pictures.group` and `bot.pictures.weekly` each hold a card and the function that draws it.
Importing them is cheap: matplotlib is loaded by the first drawing. Drawing takes a fraction of a second of one core, so
call it from a worker thread; calls from several threads take turns.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Picture:
    """A PNG and what it shows in sentences, at most 1,000 characters."""

    png: bytes
    alt: str
    width: int
    height: int
    """Width and height in pixels."""
