"""Python's own equality on decoded values: what a batch of foreign cases means by `exact` and `approx`.

`exact` is `==` as Python has it: a list is no tuple, 1 == 1.0 == True, arrays agree element by element with the same
shape, tables by columns, cells and index; but NaN equals NaN. `approx` allows numbers to differ by
`atol + rtol·|expected|` and takes a list, a tuple and an array for the same.
"""

from __future__ import annotations

from typing import cast

from grader.code.checkers.equality import Equality
from grader.code.checkers.mismatch import Kind, Mismatch, differs
from grader.code.checkers.numbers import Tolerance
from grader.code.checkers.unordered import as_set, items_of
from grader.code.values import Array, Deque, Dict, Index, Series, Set, Value
from questions.code_task import Compare


class PythonEquality(Equality):
    """`PythonEquality()(expected, got)` is `exact`; with a tolerance it is `approx`."""

    def __init__(self, tolerance: Tolerance | None = None) -> None:
        super().__init__(Compare(bool_as_int=True, index="check"))
        self._exact = tolerance is None
        self.tolerance = tolerance or Tolerance()

    def __call__(self, expected: Value, got: Value) -> Mismatch | None:
        if self._exact and _family(expected) != _family(got):
            return differs(Kind.TYPE, expected, got)
        return super().__call__(expected, got)

    def as_sets(self, expected: Value, got: Value) -> Mismatch | None:
        """The same with both taken for sets, whatever sequences they are."""
        if items_of(expected) is None or items_of(got) is None:
            return self(expected, got)
        return as_set(expected, got, self)

    def _wholesale(self, expected: Value, got: Value) -> bool:
        return not self._exact or not (_nests(expected) or _nests(got))


def _nests(value: Value) -> bool:
    return isinstance(value, list | tuple) and any(
        isinstance(item, list | tuple | Array) for item in cast("list[Value] | tuple[Value, ...]", value)
    )


def _family(value: Value) -> str:
    """What Python's == asks of the types of two containers; empty for what is none."""
    match value:
        case Array(shape=()):
            return ""
        case list() | tuple() | range():
            return type(cast(object, value)).__name__
        case Array() | Series() | Index() | Deque() | Set():
            return type(value).__name__
        case dict() | Dict():
            return "dict"
        case _:
            return ""
