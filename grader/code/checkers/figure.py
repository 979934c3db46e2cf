"""Compares descriptions of figures (`grader.code.sandbox.figure` makes them) in the parts that a task names.

Words of titles and labels must be there, whatever else is; lines, bars and points may come in any order, and so may
axes' legends and texts. A line of two points that is not expected, such as a diagonal or a threshold, does no harm.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from grader.code.checkers.equality import Equality
from grader.code.checkers.matching import unmatched
from grader.code.checkers.mismatch import Kind, Mismatch, brief
from grader.code.values import Value

LIMITS = 0.02
"""How far the limits of an axis may be off, as a share of their span."""
EXTRA_LINE = 2
"""Points of a line that may be there without being expected."""

Axes = dict[str, Any]


def compare(expected: Value, got: Value, parts: Sequence[str], equal: Equality) -> Mismatch | None:
    """The first part in which the figure differs. Anything that is no description differs."""
    wanted, found = _axes_of(expected), _axes_of(got)
    if wanted is None:
        raise ValueError("the expected value is no description of a figure")
    if found is None:
        return Mismatch(Kind.TYPE, "a figure", brief(got, 60))
    if len(wanted) != len(found):
        return Mismatch(Kind.FIGURE, f"{len(wanted)} axes", str(len(found)), part="number of axes")
    for part in parts:
        for number, (one, two) in enumerate(zip(wanted, found, strict=True)):
            pair = _Pair(one, two, (_text(expected, "title"), _text(got, "title")), equal)
            compared: Callable[[], Mismatch | None] = getattr(pair, part)
            if mismatch := compared():
                return mismatch.inside(f"axes[{number}]" if len(wanted) > 1 else "")
    return None


@dataclass(frozen=True)
class _Pair:
    """Two axes; each method compares the part of its name."""

    expected: Axes
    got: Axes
    figure: tuple[str, str]
    """The titles of the whole figures."""
    equal: Equality

    def axes(self) -> Mismatch | None:
        return None  # their number is compared anyway

    def titles(self) -> Mismatch | None:
        """The words of the axes' title and of the figure's, in either of the two."""
        wanted = f"{self.figure[0]} {_text(self.expected, 'title')}"
        return _words_missing(wanted, f"{self.figure[1]} {_text(self.got, 'title')}", "title")

    def labels(self) -> Mismatch | None:
        for name in ("xlabel", "ylabel"):
            if found := _words_missing(_text(self.expected, name), _text(self.got, name), name):
                return found
        return None

    def scales(self) -> Mismatch | None:
        for name in ("xscale", "yscale"):
            if _text(self.expected, name) != _text(self.got, name):
                return _other(name, _text(self.expected, name), _text(self.got, name))
        return None

    def limits(self) -> Mismatch | None:
        for name in ("xlim", "ylim"):
            wanted, found = _numbers(self.expected, name), _numbers(self.got, name)
            span = abs(wanted[-1] - wanted[0]) if wanted else 0.0
            if len(wanted) != len(found) or any(
                not abs(one - two) <= LIMITS * span for one, two in zip(wanted, found, strict=True)
            ):
                return _other(name, brief(wanted), brief(found))
        return None

    def legend(self) -> Mismatch | None:
        return _each_text("legend", _texts(self.expected, "legend"), _texts(self.got, "legend"))

    def texts(self) -> Mismatch | None:
        return _each_text("texts", _texts(self.expected, "texts"), _texts(self.got, "texts"))

    def lines(self) -> Mismatch | None:
        wanted = [[entry.get("x"), entry.get("y")] for entry in _entries(self.expected, "lines")]
        found = [[entry.get("x"), entry.get("y")] for entry in _entries(self.got, "lines")]
        missing, _ = unmatched(wanted, found, self.equal)
        if missing is not None:
            return _other("lines", f"a line {_points_shown(wanted[missing])}", f"{len(found)} lines without it")
        surplus = found
        while len(surplus) > len(wanted):
            _, extra = unmatched(wanted, surplus, self.equal)
            if extra is None:
                break
            if not _is_helper(surplus[extra]):
                return _other("lines", f"{len(wanted)} lines", f"also {_points_shown(surplus[extra])}")
            surplus = [line for number, line in enumerate(surplus) if number != extra]
        return None

    def bars(self) -> Mismatch | None:
        wanted, found = _entries(self.expected, "bars"), _entries(self.got, "bars")
        names, others = _bar_names(self.expected, wanted), _bar_names(self.got, found)
        if names is not None and others is not None:
            places: list[Any] = [[name, bar.get("value")] for name, bar in zip(names, wanted, strict=True)]
            given: list[Any] = [[name, bar.get("value")] for name, bar in zip(others, found, strict=True)]
        else:
            places = [[bar.get("place"), bar.get("value")] for bar in wanted]
            given = [[bar.get("place"), bar.get("value")] for bar in found]
        return _all_there("bars", places, given, self.equal)

    def points(self) -> Mismatch | None:
        wanted = [point for group in _list(self.expected, "points") for point in _as_list(group)]
        found = [point for group in _list(self.got, "points") for point in _as_list(group)]
        return _all_there("points", wanted, found, self.equal)

    def images(self) -> Mismatch | None:
        found = self.equal(_list(self.expected, "images"), _list(self.got, "images"))
        return None if found is None else _other("images", found.expected, found.got)

    def histogram(self) -> Mismatch | None:
        return _all_there("histogram", _list(self.expected, "histogram"), _list(self.got, "histogram"), self.equal)


def _other(part: str, expected: str, got: str) -> Mismatch:
    return Mismatch(Kind.FIGURE, expected, got, f".{part}", part)


def _words_missing(expected: str, got: str, part: str) -> Mismatch | None:
    missing = _words(expected) - _words(got)
    return _other(part, f"the words {brief(expected.strip(), 100)}", brief(got.strip(), 100)) if missing else None


def _each_text(part: str, expected: Iterable[str], got: Sequence[str]) -> Mismatch | None:
    """Every expected text has one among the others that holds all its words."""
    for text in expected:
        if not any(_words(text) <= _words(other) for other in got):
            return _other(part, brief(text, 100), brief(list(got), 100))
    return None


def _all_there(part: str, expected: list[Any], got: list[Any], equal: Equality) -> Mismatch | None:
    if len(expected) != len(got):
        return _other(part, str(len(expected)), str(len(got)))
    missing, surplus = unmatched(expected, got, equal)
    if missing is None:
        return None
    return _other(part, brief(expected[missing], 60), brief(got[surplus], 60) if surplus is not None else "none such")


def _bar_names(axes: Axes, bars: Sequence[Axes]) -> list[str] | None:
    """The names of bars that stand at tick labels which are no numbers; None if they do not all."""
    names: list[str] = []
    for bar in bars:
        ticks = axes.get("yticks" if bar.get("horizontal") else "xticks")
        labels = _texts(ticks, "texts") if isinstance(ticks, dict) else []
        places = _numbers(cast(Axes, ticks), "places") if isinstance(ticks, dict) else []
        place = bar.get("place")
        at = [
            text
            for text, x in zip(labels, places, strict=False)
            if isinstance(place, float | int) and abs(x - place) < 0.01
        ]
        if not at or not any(map(str.isalpha, at[0])):
            return None
        names.append(at[0].strip().casefold())
    return names


def _is_helper(line: list[Any]) -> bool:
    return isinstance(line[0], list) and len(cast("list[Any]", line[0])) <= EXTRA_LINE


def _points_shown(line: list[Any]) -> str:
    count = len(cast("list[Any]", line[0])) if isinstance(line[0], list) else 0
    return f"of {count} points, y = {brief(line[1], 60)}"


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))


def _axes_of(value: Value) -> list[Axes] | None:
    if not isinstance(value, dict):
        return None
    axes = cast(Axes, value).get("axes")
    if not isinstance(axes, list):
        return None
    entries = cast("list[Any]", axes)
    return entries if all(isinstance(entry, dict) for entry in entries) else None


def _text(axes: Value, name: str) -> str:
    value = cast(Axes, axes).get(name)
    return value if isinstance(value, str) else ""


def _list(axes: Axes, name: str) -> list[Any]:
    return _as_list(axes.get(name))


def _as_list(value: Value) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []


def _texts(axes: Value, name: str) -> list[str]:
    return [text for text in _list(cast(Axes, axes), name) if isinstance(text, str)]


def _entries(axes: Axes, name: str) -> list[Axes]:
    return [entry for entry in _list(axes, name) if isinstance(entry, dict)]


def _numbers(axes: Axes, name: str) -> list[float]:
    return [float(x) for x in _list(axes, name) if isinstance(x, float | int) and abs(x) < 1e300]
