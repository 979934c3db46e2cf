"""What all pictures share: Discord's dark colors, sizes that a phone can show, and words that the font can draw.

Pictures are 1,200 pixels wide and a phone shows them about 400 wide, so a text of 27 pixels is seen at 9.
"""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from grader.text.score import BANDS as BAND_LIMITS

if TYPE_CHECKING:
    from bot.pictures.canvas import Canvas

WIDTH = 1200
MARGIN = 28
"""From the edge of the picture to its panels."""
GAP = 20
"""Between two panels."""
PAD = 36
"""From the edge of a panel to what it holds."""
LEFT = MARGIN + PAD
RIGHT = WIDTH - MARGIN - PAD

TITLE, LARGE, BODY, SMALL = 48, 32, 28, 26
"""Sizes of text in pixels."""

BACKGROUND = "#2b2d31"
PANEL = "#36383e"
TRACK = "#43464d"
"""What a bar runs in, and a cell of the calendar without activity."""
GRID = "#565a63"
BRIGHT = "#f2f3f5"
TEXT = "#dbdee1"
MUTED = "#a9afb8"
BLURPLE = "#5865f2"
BLURPLE_LIGHT = "#8c95f8"
GREEN = "#3fbf75"
ORANGE = "#f0923a"
DARK = "#17181a"

BANDS = {1: "#d83c3e", 2: "#e67e22", 3: "#a3be3c", 4: "#2e9e5b"}
"""The colors of the four bands, as messages have them."""
MEDALS = {1: "#f0b232", 2: "#c4c9ce", 3: "#cd8350"}
"""The colors of the first three ranks."""

ALT_LIMIT = 1000
_DRAWING = threading.Lock()
_MARKS_A_LETTER = 2
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn"}
_JOINERS = "\u200c\u200d"
"""Invisible, but they make one emoji or one word of several characters."""


@contextmanager
def drawing() -> Generator[Canvas]:
    """An empty canvas. One thread draws at a time, because matplotlib's fonts are not safe to share."""
    with _DRAWING:
        from bot.pictures.canvas import Canvas  # noqa: PLC0415 - loads matplotlib, which takes half a second

        yield Canvas(WIDTH)


def legible(text: str, has: frozenset[int]) -> str:
    """The text in one line, with only those characters that a font has; empty if none is left.

    A character that is missing is replaced by what it is compatible with (𝓐 by A), or left out; pictographs always are.
    """
    kept: list[str] = []
    marks = 0
    for char in " ".join(text.split()):
        for shown in _drawable(char, has):
            marks = marks + 1 if unicodedata.category(shown) in {"Mn", "Me"} else 0
            if marks <= _MARKS_A_LETTER and (kept or not marks):
                kept.append(shown)
    return " ".join("".join(kept).split())


def _drawable(char: str, has: frozenset[int]) -> str:
    if char.isascii():
        return char if char.isprintable() else ""
    if unicodedata.category(char) in _INVISIBLE:
        return ""
    code = ord(char)
    if code in has:
        return "" if code >= 0x1F000 else char
    return "".join(part for part in unicodedata.normalize("NFKD", char) if ord(part) in has and part != char)


def spoken(text: str, limit: int = 40) -> str:
    """Somebody's words for an alt text: one line, without invisible characters, at most `limit` characters.

    Characters that the font lacks stay: alt texts are read aloud, not drawn.
    """
    line = "".join(
        char for char in " ".join(text.split()) if unicodedata.category(char) not in _INVISIBLE or char in _JOINERS
    )
    return shortened(" ".join(line.split()).strip(_JOINERS), limit)


def shortened(text: str, limit: int) -> str:
    """At most `limit` characters, with … where something was cut."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def alt_text(sentences: Sequence[str]) -> str:
    """The sentences that are not empty as one text within Discord's limit."""
    return shortened(" ".join(sentence for sentence in sentences if sentence), ALT_LIMIT)


def listed(items: Sequence[str]) -> str:
    """The items as one enumeration: a, b and c."""
    return " and ".join(filter(None, (", ".join(items[:-1]), *items[-1:])))


def band_limits() -> dict[int, str]:
    """What each band means in percent, best first."""
    limits = {band: round(least * 100) for least, band in BAND_LIMITS}
    texts = {4: f"{limits[4]}% and more"}
    for band in (3, 2):
        texts[band] = f"{limits[band]}–{limits[band + 1] - 1}%"
    texts[1] = f"below {limits[2]}%"
    return texts
