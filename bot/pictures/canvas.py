"""A surface of pixels, y downward, on which matplotlib draws. Importing this module loads matplotlib.

It takes no setting from matplotlib's configuration files: the font is the one that comes with it, and no text is read
as mathematics.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path as File
from typing import Literal

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.ft2font import FT2Font
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Affine2D
from PIL import Image

from bot.pictures import Picture
from bot.pictures.style import BACKGROUND, BODY, BRIGHT, GAP, LARGE, LEFT, MARGIN, PANEL, TEXT, legible

Point = tuple[float, float]
Box = tuple[float, float, float, float]
"""Left, top, width and height."""
Align = Literal["left", "center", "right"]

_DPI = 72
"""One point is one pixel."""
_CAP_HEIGHT = 0.729
"""Of the font's capitals and digits, in sizes."""
_LONGEST = 400
"""Characters of one text that are looked at: more never fit."""
_KAPPA = 0.5523
"""Control points of a Bézier curve at this share of a radius draw a quarter of a circle."""


@lru_cache(maxsize=2)
def _file(bold: bool) -> str:
    return str(File(mpl.get_data_path()) / "fonts" / "ttf" / ("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"))


@lru_cache(maxsize=2)
def _font(bold: bool) -> FT2Font:
    return FT2Font(_file(bold))


@lru_cache(maxsize=2)
def _characters(bold: bool) -> frozenset[int]:
    return frozenset(_font(bold).get_charmap())


@lru_cache(maxsize=1024)
def _legible(text: str, bold: bool) -> str:
    return legible(text[:_LONGEST], _characters(bold))


@lru_cache(maxsize=1024)
def _width(text: str, size: float, bold: bool) -> float:
    font = _font(bold)
    font.set_size(size, _DPI)
    font.set_text(text, 0.0)
    return font.get_width_height()[0] / 64


class Canvas:
    """What is drawn later lies above what was drawn before. The height is told at the end."""

    def __init__(self, width: int) -> None:
        self.width = width
        self._figure = Figure(figsize=(width / _DPI, 1), dpi=_DPI, facecolor=BACKGROUND)
        self._pixels = Affine2D()
        self._count = 0

    def _add(self, artist: Artist) -> None:
        self._count += 1
        artist.set_zorder(self._count)
        self._figure.add_artist(artist)

    def can_show(self, text: str, *, bold: bool = False) -> bool:
        """Whether anything is left of the text in the font's characters."""
        return bool(_legible(text, bold))

    def measure(self, text: str, size: float = BODY, *, bold: bool = False) -> float:
        """The width of a text as it will be drawn."""
        shown = _legible(text, bold)
        return _width(shown, size, bold) if shown else 0.0

    def fit(self, text: str, width: float, size: float = BODY, *, bold: bool = False) -> str:
        """The text, cut with … if it is wider than `width`."""
        text = _legible(text, bold)
        if self.measure(text, size, bold=bold) <= width:
            return text
        low, high = 0, len(text)
        while low < high:
            middle = (low + high + 1) // 2
            if self.measure(text[:middle].rstrip() + "…", size, bold=bold) <= width:
                low = middle
            else:
                high = middle - 1
        return text[:low].rstrip() + "…"

    def wrap(self, text: str, width: float, size: float = BODY, *, lines: int = 2, bold: bool = False) -> list[str]:
        """The text in as few lines as it needs, at most `lines`, of about the same length; a long last one is cut."""
        words = _legible(text, bold).split()
        greedy = self._broken(words, width, size, lines, bold)
        low, high = width / 2, width
        while high - low > 4:
            middle = (low + high) / 2
            tried = self._broken(words, middle, size, lines, bold)
            if len(tried) > len(greedy) or any(self.measure(line, size, bold=bold) > middle for line in tried):
                low = middle
            else:
                high = middle
        return [self.fit(line, width, size, bold=bold) for line in self._broken(words, high, size, lines, bold)]

    def _broken(self, words: Sequence[str], width: float, size: float, lines: int, bold: bool) -> list[str]:
        """As many words a line as fit, at least one; the last line takes the rest."""
        broken: list[str] = []
        for word in words:
            longer = f"{broken[-1]} {word}" if broken else word
            if broken and (len(broken) == lines or self.measure(longer, size, bold=bold) <= width):
                broken[-1] = longer
            else:
                broken.append(word)
        return broken

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float = BODY,
        color: str = TEXT,
        *,
        bold: bool = False,
        align: Align = "left",
    ) -> float:
        """Writes one line whose capitals have their middle at `y`, and returns its width."""
        shown = _legible(text, bold)
        if not shown:
            return 0.0
        self._add(
            Text(
                x,
                y + size * _CAP_HEIGHT / 2,
                shown,
                color=color,
                horizontalalignment=align,
                verticalalignment="baseline",
                fontproperties=FontProperties(fname=_file(bold), size=size),
                transform=self._pixels,
                parse_math=False,
                usetex=False,
            )
        )
        return _width(shown, size, bold)

    def boxes(self, boxes: Iterable[Box], color: str, radius: float = 0) -> None:
        """Fills boxes, with `radius` pixels of their corners rounded."""
        paths = [_rounded(box, radius) for box in boxes if box[2] > 0 and box[3] > 0]
        if not paths:
            return
        self._add(PathPatch(Path.make_compound_path(*paths), facecolor=color, linewidth=0, transform=self._pixels))

    def box(self, box: Box, color: str, radius: float = 0) -> None:
        self.boxes([box], color, radius)

    def frame(self, box: Box, color: str, radius: float = 0, thickness: float = 3) -> None:
        """Draws the outline of a box."""
        self._add(
            PathPatch(_rounded(box, radius), fill=False, edgecolor=color, linewidth=thickness, transform=self._pixels)
        )

    def line(self, points: Sequence[Point], color: str, thickness: float = 2) -> None:
        xs, ys = zip(*points, strict=True)
        self._add(
            Line2D(
                xs,
                ys,
                color=color,
                linewidth=thickness,
                solid_capstyle="round",
                solid_joinstyle="round",
                transform=self._pixels,
            )
        )

    def stripes(self, boxes: Iterable[Box], color: str, thickness: float = 3, apart: float = 13) -> None:
        """Hatches boxes with lines that rise to the right."""
        ends: list[Point] = []
        for left, top, width, height in boxes:
            for step in range(1, math.ceil((width + height) / apart)):
                across = step * apart  # x + y on the line, from the left upper corner
                ends.append((left + max(0.0, across - height), top + min(height, across)))
                ends.append((left + min(width, across), top + max(0.0, across - width)))
        if ends:
            path = Path(ends, [Path.MOVETO, Path.LINETO] * (len(ends) // 2))
            self._add(PathPatch(path, fill=False, edgecolor=color, linewidth=thickness, transform=self._pixels))

    def area(self, points: Sequence[Point], color: str, alpha: float = 1.0, outline: float = 0) -> None:
        """Fills a polygon; `outline` is the thickness of an opaque line around it."""
        path = Path([*points, points[0]], closed=True)
        if alpha > 0:
            self._add(PathPatch(path, facecolor=color, alpha=alpha, linewidth=0, transform=self._pixels))
        if outline:
            self._add(
                PathPatch(
                    path, fill=False, edgecolor=color, linewidth=outline, joinstyle="round", transform=self._pixels
                )
            )

    def dot(self, x: float, y: float, radius: float, color: str) -> None:
        self.box((x - radius, y - radius, 2 * radius, 2 * radius), color, radius)

    def panel(self, top: float, height: float, title: str = "", note: str = "") -> None:
        """A panel over the whole width, with a title at its left and a note at its right."""
        self.box((MARGIN, top, self.width - 2 * MARGIN, height), PANEL, 18)
        self.text(LEFT, top + 46, title, LARGE, BRIGHT, bold=True)
        if note:
            self.text(self.width - LEFT, top + 46, note, BODY, align="right")

    def picture(self, bottom: float, alt: str) -> Picture:
        """The picture as PNG; it ends one gap below `bottom`."""
        height = round(bottom + GAP)
        self._figure.set_size_inches(self.width / _DPI, height / _DPI)
        self._pixels.clear().scale(1, -1).translate(0, height)
        surface = FigureCanvasAgg(self._figure)
        surface.draw()
        return Picture(_png(np.asarray(surface.buffer_rgba())), alt, self.width, height)


def _rounded(box: Box, radius: float) -> Path:
    left, top, width, height = box
    right, bottom = left + width, top + height
    if (radius := min(radius, width / 2, height / 2)) <= 0:
        corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
        return Path(corners, closed=True)
    near = radius * (1 - _KAPPA)
    curve = [Path.CURVE4] * 3
    vertices = [
        (left + radius, top),
        (right - radius, top),
        *((right - near, top), (right, top + near), (right, top + radius)),
        (right, bottom - radius),
        *((right, bottom - near), (right - near, bottom), (right - radius, bottom)),
        (left + radius, bottom),
        *((left + near, bottom), (left, bottom - near), (left, bottom - radius)),
        (left, top + radius),
        *((left, top + near), (left + near, top), (left + radius, top)),
        (left + radius, top),
    ]
    codes = [Path.MOVETO, *([Path.LINETO, *curve] * 4), Path.CLOSEPOLY]
    return Path(vertices, codes)


def _png(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> bytes:
    """With a palette: a third of the size, and no difference that one sees."""
    target = io.BytesIO()
    image = Image.fromarray(pixels).convert("RGB")
    image.quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(target, "PNG")
    return target.getvalue()
