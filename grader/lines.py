"""Grades many answers: JSON lines in, one JSON line out for each, in order."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TextIO, cast

Row = Mapping[str, object]


class LineError(Exception):
    """A line that cannot be graded; the message names it."""


def grade_lines(source: str, target: str, one: Callable[[Row], object]) -> int:
    """Writes what `one` gives for each line of `source`; how many there were.

    Both are paths, or `-` for standard input and output. `one` says with ValueError what is wrong with its row. Raises
    LineError, with the line's number, and OSError.
    """
    with ExitStack() as stack:
        lines = sys.stdin if source == "-" else stack.enter_context(Path(source).open(encoding="utf-8"))
        out = sys.stdout if target == "-" else stack.enter_context(Path(target).open("w", encoding="utf-8"))
        return _graded(lines, out, one)


def _graded(lines: Iterable[str], out: TextIO, one: Callable[[Row], object]) -> int:
    count = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = cast(object, json.loads(line))
        except ValueError as error:
            raise LineError(f"line {number} is not JSON") from error
        if not isinstance(row, dict):
            raise LineError(f"line {number} is not an object")
        try:
            found = one(cast(Row, row))
        except ValueError as error:
            raise LineError(f"line {number}: {error}") from error
        out.write(json.dumps(found, ensure_ascii=False) + "\n")
        out.flush()
        count += 1
    return count


def text_of(row: Row, name: str) -> str:
    """A field that must be text. Raises ValueError."""
    value = row.get(name)
    if not isinstance(value, str):
        raise ValueError(f"{name} must be text")
    return value
