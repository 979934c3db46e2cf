"""What a matplotlib figure shows, as plain data, and its picture. Runs inside the sandboxed process.

The description is compared outside (`grader.code.checkers.figure`); the picture is for people. Nothing is compared by
pixels, which fonts and versions move.
"""

from __future__ import annotations

import base64
import importlib
import io
import math
from collections.abc import Iterable, Iterator
from itertools import takewhile
from typing import Any

from grader.code.sandbox.encoding import Json, Unsupported

WIDTH, HEIGHT = 800, 500
"""Pixels of the picture."""
MAX_PICTURE = 500_000
"""Bytes; a picture that is larger is drawn smaller, or left out."""
MAX_AXES = 24
MAX_NUMBERS = 40_000
"""Of a whole description; what exceeds it is cut, in the reference's description as well."""
MAX_ENTRIES = 200
"""Lines, texts, tick labels … of one axes."""
MAX_TEXT = 200
COLORBAR = "<colorbar>"


def describe(result: object) -> dict[str, Json]:
    """`{"figure": description, "png": base64 text or None}` of the figure that a call gave or left current.

    `result` is a Figure, an Axes or another artist of one, a tuple or array that holds one of these, or None. Raises
    Unsupported if there is no figure. All figures are closed, so that the next case starts without one.
    """
    pyplot = importlib.import_module("matplotlib.pyplot")
    try:
        figure = _figure_of(result)
        if figure is None:
            if not pyplot.get_fignums():
                raise Unsupported("None, and no figure is open" if result is None else type(result).__name__)
            figure = pyplot.gcf()
        png = _draw(figure)
        return {"figure": _Description().of(figure), "png": png}
    finally:
        pyplot.close("all")


def _figure_of(result: Any, depth: int = 0) -> Any:
    """The figure that a value is, belongs to or holds; None if there is none."""
    kinds = {f"{kind.__module__}.{kind.__name__}" for kind in type(result).__mro__}
    if "matplotlib.figure.FigureBase" in kinds:
        return result.figure  # of a part of a figure, the whole
    if "matplotlib.artist.Artist" in kinds:
        return None if result.figure is None else result.figure.figure
    if depth < 3 and (kinds & {"builtins.tuple", "builtins.list", "numpy.ndarray"}):
        items = result.ravel().tolist() if "numpy.ndarray" in kinds else result
        return next((found for item in items if (found := _figure_of(item, depth + 1)) is not None), None)
    return None


def _draw(figure: Any) -> str | None:
    agg = importlib.import_module("matplotlib.backends.backend_agg")
    for dpi in (100, 60):
        figure.set_size_inches(WIDTH / 100, HEIGHT / 100)
        figure.set_dpi(dpi)
        target = io.BytesIO()
        agg.FigureCanvasAgg(figure).print_png(target)
        if target.tell() <= MAX_PICTURE:
            return base64.b64encode(target.getvalue()).decode()
    return None


class _Description:
    """Describes one drawn figure, counting numbers."""

    def __init__(self) -> None:
        self._left = MAX_NUMBERS

    def of(self, figure: Any) -> Json:
        axes = [one for one in figure.axes if one.get_label() != COLORBAR]
        title = figure.get_suptitle()
        return {
            "title": _text(title),
            "colorbar": len(axes) < len(figure.axes),
            "axes": [self._axes(one) for one in axes[:MAX_AXES]],
        }

    def _axes(self, axes: Any) -> Json:
        legend = axes.get_legend()
        lines = _first(axes.get_lines())
        drawn = [line for line in lines if line.get_linestyle() not in {"None", "none", "", " "}]
        marked = [
            line for line in lines if line not in drawn and line.get_marker() not in {"None", "none", "", " ", None}
        ]
        return {
            "title": _text(" ".join(filter(None, (axes.get_title(loc) for loc in ("left", "center", "right"))))),
            "xlabel": _text(axes.get_xlabel()),
            "ylabel": _text(axes.get_ylabel()),
            "xscale": _text(axes.get_xscale()),
            "yscale": _text(axes.get_yscale()),
            "xlim": self._numbers(axes.get_xlim()),
            "ylim": self._numbers(axes.get_ylim()),
            "xticks": self._ticks(axes.get_xticks(), axes.get_xticklabels()),
            "yticks": self._ticks(axes.get_yticks(), axes.get_yticklabels()),
            "legend": None if legend is None else [_text(text.get_text()) for text in _first(legend.get_texts())],
            "lines": [
                {
                    "x": self._numbers(line.get_xdata(orig=False)),
                    "y": self._numbers(line.get_ydata(orig=False)),
                    "label": _text(line.get_label()),
                }
                for line in drawn
            ],
            "bars": [bar for container in _bar_containers(axes) for bar in self._bars(container)],
            "points": [
                *(self._points(collection.get_offsets()) for collection in _first(_scatters(axes))),
                *(self._points(line.get_xydata()) for line in marked),
            ],
            "images": [self._image(image) for image in _first(_images(axes))],
            "texts": [_text(text.get_text()) for text in _first(axes.texts)],
            "histogram": [
                {"edges": self._numbers(edges), "counts": self._numbers(counts)}
                for edges, counts in _first(_histograms(axes))
            ],
        }

    def _numbers(self, values: Iterable[Any]) -> list[Json]:
        found: list[Json] = []
        for value in values:
            if self._left <= 0:
                break
            self._left -= 1
            found.append(_number(value))
        return found

    def _ticks(self, places: Iterable[Any], labels: Iterable[Any]) -> Json:
        pairs = [
            (place, _text(label.get_text())) for place, label in zip(places, labels, strict=False) if label.get_text()
        ][:MAX_ENTRIES]
        return {"places": self._numbers(place for place, _ in pairs), "texts": [text for _, text in pairs]}

    def _bars(self, container: Any) -> Iterator[Json]:
        flat = container.orientation == "horizontal"
        for patch in _first(container.patches):
            x, y, width, height = patch.get_x(), patch.get_y(), patch.get_width(), patch.get_height()
            place, base, value = (y + height / 2, x, width) if flat else (x + width / 2, y, height)
            numbers = self._numbers((place, base, value))
            if len(numbers) == 3:
                yield {"place": numbers[0], "base": numbers[1], "value": numbers[2], "horizontal": flat}

    def _points(self, offsets: Any) -> Json:
        return [self._numbers(point) for point in offsets.tolist() if self._left > 1]

    def _image(self, image: Any) -> Json:
        numpy = importlib.import_module("numpy")
        array = numpy.ma.filled(numpy.ma.asarray(image.get_array(), dtype=float), math.nan)
        return {"shape": list(array.shape), "data": self._numbers(array.ravel()[: self._left])}


def _first(entries: Iterable[Any]) -> list[Any]:
    return list(entries)[:MAX_ENTRIES]


def _bar_containers(axes: Any) -> list[Any]:
    return [container for container in axes.containers if type(container).__name__ == "BarContainer"]


def _scatters(axes: Any) -> list[Any]:
    return [collection for collection in axes.collections if type(collection).__name__ == "PathCollection"]


def _images(axes: Any) -> list[Any]:
    meshes = [one for one in axes.collections if type(one).__name__ in {"QuadMesh", "PolyQuadMesh"}]
    return [*axes.get_images(), *meshes]


def _histograms(axes: Any) -> Iterator[tuple[list[float], list[float]]]:
    """Bars side by side without gaps, `stairs`, and the outlines that `hist(histtype="step")` draws."""
    for container in _bar_containers(axes):
        patches = sorted(container.patches, key=lambda patch: patch.get_x())
        if len(patches) < 1 or container.orientation == "horizontal":
            continue
        edges = [float(patch.get_x()) for patch in patches]
        edges.append(edges[-1] + float(patches[-1].get_width()))
        ends = [float(patch.get_x() + patch.get_width()) for patch in patches]
        span = abs(edges[-1] - edges[0]) or 1.0
        if all(abs(end - edge) <= 1e-6 * span for end, edge in zip(ends, edges[1:], strict=True)):
            yield edges, [float(patch.get_height()) for patch in patches]
    for patch in axes.patches:
        if type(patch).__name__ == "StepPatch":
            steps = patch.get_data()
            yield list(steps.edges), list(steps.values)
        elif type(patch).__name__ == "Polygon":
            # Up at the first edge, two corners a bin: (edge, count), (next edge, count). A filled outline goes back.
            corners = patch.get_xy()[1:].tolist()
            bins = list(takewhile(lambda ends: ends[0][0] < ends[1][0], zip(corners[::2], corners[1::2], strict=False)))
            if bins and all(left[1] == right[1] for left, right in bins):
                yield [*(left[0] for left, _ in bins), bins[-1][1][0]], [left[1] for left, _ in bins]


def _text(value: object) -> str:
    return str(value)[:MAX_TEXT]


def _number(value: Any) -> Json:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if math.isfinite(number):
        return number
    return {"$float": "nan" if math.isnan(number) else "inf" if number > 0 else "-inf"}
