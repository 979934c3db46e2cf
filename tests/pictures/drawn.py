"""Looking at pictures: their size, their pixels, and where their texts stand."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image

from bot.pictures import Picture
from bot.pictures.canvas import Canvas

Pixels = np.ndarray[tuple[int, ...], np.dtype[Any]]

HOSTILE = (
    "$x^2$",
    "$\\frac{$",
    "\\",
    "two\nlines\r\n\tand a tab",
    "\u202eturned \u2066round",
    "שלום (3) abc",
    "محمد",
    "W" * 200,
    "word " * 40,
    "👩‍👩‍👧‍👦😀",
    "山田太郎",
    "𝓐𝓵𝓲𝓬𝓮",
    "Z̷̧̨͐͐͐͐a̸͐͐͐l̷g̷o̷",
    "\x00\x07\ud800",
    "",
    "   ",
    "%s {0} <@123> @everyone",
)


@dataclass(frozen=True)
class Written:
    """A text with the box it stands in."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    def touches(self, other: Written) -> bool:
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom


def check(picture: Picture) -> None:
    """It is a PNG of the size it tells, small enough to send, with an alt text that Discord takes."""
    assert picture.png.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", picture.png[16:24]) == (picture.width, picture.height)
    assert picture.width == 1200
    assert len(picture.png) < 150_000
    assert 0 < len(picture.alt) <= 1000
    assert "\n" not in picture.alt


def pixels(picture: Picture) -> Pixels:
    """Rows of columns of red, green and blue."""
    return np.asarray(Image.open(BytesIO(picture.png)).convert("RGB")).astype(np.int16)


def colored(picture: Picture, color: str) -> Pixels:
    """Which pixels have a color, but for what the palette rounds."""
    wanted = np.array([int(color[place : place + 2], 16) for place in (1, 3, 5)])
    return np.abs(pixels(picture) - wanted).max(axis=2) <= 4


def longest_run(marks: Pixels) -> int:
    """The most marked pixels side by side in one row."""
    best = 0
    run = np.zeros(marks.shape[0], dtype=int)
    for column in marks.T:
        run = np.where(column, run + 1, 0)
        best = max(best, int(run.max()))
    return best


def written(monkeypatch: pytest.MonkeyPatch, draw: Callable[[], Picture]) -> tuple[Picture, list[Written]]:
    """A picture, and each text in it with its box."""
    texts: list[Written] = []
    original = Canvas.text

    def text(self: Canvas, x: float, y: float, text: str, size: float = 28, *args: Any, **options: Any) -> float:
        width = original(self, x, y, text, size, *args, **options)
        left = x - {"left": 0, "center": width / 2, "right": width}[options.get("align", "left")]
        texts.append(Written(text, left, y - size * 0.4, left + width, y + size * 0.4))
        return width

    with monkeypatch.context() as patch:
        patch.setattr(Canvas, "text", text)
        picture = draw()
    return picture, [one for one in texts if one.right > one.left]


def check_texts(picture: Picture, texts: list[Written]) -> None:
    """No text lies on another or leaves the picture."""
    for number, one in enumerate(texts):
        assert one.left >= 20, one
        assert one.right <= picture.width - 20, one
        assert one.top >= 10, one
        assert one.bottom <= picture.height - 10, one
        for other in texts[:number]:
            assert not one.touches(other), (one, other)
