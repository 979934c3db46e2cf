"""Values and texts from the sandbox, for people: short, and without characters that play tricks on a reader."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import cast

from grader.code.values import (
    Array,
    Deque,
    Dict,
    Frame,
    Index,
    Missing,
    Moment,
    RaisedValue,
    Scalar,
    Series,
    Set,
    Span,
    Value,
)

FRAME_ROWS = 8
FRAME_COLUMNS = 8
CELL = 24
"""Characters of a cell of a table."""

_TRICKS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_SURROGATES = re.compile("[\ud800-\udfff]")
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


def clean(text: str, limit: int) -> str:
    """The text without control characters, invisible ones and lone surrogates, at most `limit` characters long."""
    text = text[: 4 * limit + 100]
    text = _SURROGATES.sub("\ufffd", _TRICKS.sub("", text.replace("\r\n", "\n")))
    return text if len(text) <= limit else text[: max(limit - 1, 0)] + "…"


def show(value: Value, limit: int = 300, *, tables: bool = True) -> str:
    """The value as Python would write it, at most `limit` characters; with `tables` a DataFrame as a small table."""
    if isinstance(value, Frame) and tables:
        return clean(_table(value), limit)
    pieces: list[str] = []
    length = 0
    for piece in _pieces(value):
        pieces.append(piece)
        length += len(piece)
        if length > limit:
            break
    return clean("".join(pieces), limit)


def _pieces(value: Value) -> Iterator[str]:
    """The parts of the text, made as far as they are asked for."""
    match value:
        case str():
            yield repr(value[:10_000])
        case list():
            yield from _listed("[", cast("list[Value]", value), "]")
        case tuple():
            items = cast("tuple[Value, ...]", value)
            yield from _listed("(", items, ",)" if len(items) == 1 else ")")
        case dict():
            yield from _mapping(cast("dict[str, Value]", value).items())
        case Dict(kind="dict"):
            yield from _mapping(value.pairs)
        case Dict():
            yield value.kind + "("
            yield from _mapping(value.pairs)
            yield ")"
        case Set():
            if not value.items:
                yield f"{value.kind}()"
            elif value.kind == "set":
                yield from _listed("{", value.items, "}")
            else:
                yield from _listed("frozenset({", value.items, "})")
        case Deque():
            yield from _listed("deque([", value.items, "])")
        case Array():
            yield "array("
            yield from _nested(value.shape, iter(value.items()))
            yield ")"
        case Series() | Index():
            yield from _listed(f"{type(value).__name__}([", value.values.items(), "]")
            if isinstance(value, Series) and not value.index.plain:
                yield from _listed(", index=[", value.index.values.items(), "]")
            yield ")"
        case Frame():
            yield f"DataFrame({value.rows} rows × {len(value.columns)} columns)"
        case Scalar():
            yield from _pieces(value.value)
        case Missing():
            yield value.kind
        case Moment():
            yield _moment(value)
        case Span():
            yield f"{value.kind}({value.ns / 1e9:g} s)"
        case RaisedValue():
            yield f"{value.type}({value.message!r})" if value.message else value.type
        case int():
            yield str(value)
        case _:
            yield repr(value)[:10_000]


def _listed(opening: str, items: Iterable[Value], closing: str) -> Iterator[str]:
    yield opening
    for number, item in enumerate(items):
        if number:
            yield ", "
        yield from _pieces(item)
    yield closing


def _mapping(pairs: Iterable[tuple[Value, Value]]) -> Iterator[str]:
    yield "{"
    for number, (key, item) in enumerate(pairs):
        if number:
            yield ", "
        yield from _pieces(key)
        yield ": "
        yield from _pieces(item)
    yield "}"


def _nested(shape: Sequence[int], items: Iterator[Value]) -> Iterator[str]:
    if not shape:
        for item in islice(items, 1):
            yield from _pieces(item)
        return
    yield "["
    for number in range(shape[0]):
        if number:
            yield ", "
        yield from _nested(shape[1:], items)
    yield "]"


def _moment(value: Moment) -> str:
    try:
        moment = _EPOCH + datetime.timedelta(microseconds=value.ns // 1000)
    except OverflowError:
        return f"{value.kind}({value.ns} ns)"
    text = moment.strftime("%Y-%m-%d %H:%M:%S.%f").rstrip("0").removesuffix(".")
    return f"{value.kind}({text.removesuffix(' 00:00:00')!r}{', UTC' if value.aware else ''})"


def _table(frame: Frame) -> str:
    """The first rows and columns of a table, in columns of text."""
    columns = frame.columns[:FRAME_COLUMNS]
    rows = min(frame.rows, FRAME_ROWS)
    grid: list[list[str]] = []
    if not frame.index.plain:
        grid.append(["", *(_cell(label) for label in frame.index.values.items()[:rows])])
    grid += [[_cell(column.name), *(_cell(item) for item in column.values.items()[:rows])] for column in columns]
    widths = [max(map(len, column), default=0) for column in grid]
    lines = [
        "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in zip(*grid, strict=True)
    ]
    if frame.rows > rows or len(frame.columns) > len(columns):
        lines.append(f"… {frame.rows} rows × {len(frame.columns)} columns")
    return "\n".join(lines) if grid else f"DataFrame({frame.rows} rows × 0 columns)"


def _cell(value: Value) -> str:
    text = value if isinstance(value, str) else show(value, CELL)
    return clean(text.replace("\n", " "), CELL)
