"""What counts as a sequence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

from grader.code.values import Array, Deque, Index, Series, Value


def is_sequence(value: Value) -> bool:
    return isinstance(value, list | tuple | range | Deque | Series | Index) or (
        isinstance(value, Array) and len(value.shape) > 0
    )


def sequence_of(value: Value) -> Sequence[Value] | None:
    """The items of what counts as a sequence: of an array its rows. None for anything else."""
    match value:
        case list() | tuple() | range():
            return cast("Sequence[Value]", value)
        case Deque():
            return value.items
        case Series() | Index():
            return value.values.items()
        case Array(shape=()):
            return None
        case Array(shape=(_,)):
            return value.items()
        case Array():
            rows, *rest = value.shape
            size = math.prod(rest)
            return [Array(value.dtype, tuple(rest), value.data[i * size : (i + 1) * size]) for i in range(rows)]
        case _:
            return None
