"""The default comparison: numbers within a tolerance, everything else equal, in the structure that is expected.

Unless types are strict, a list, tuple, array, deque, range and Series are alike, and 1 is 1.0. Dictionaries and sets
have no order. NaN equals NaN. A bool is no number. Tables are equal by columns and cells, missing cells alike; their
index matters unless it is a plain 0, 1, 2 …
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

import numpy as np

from grader.code.checkers.matching import unmatched
from grader.code.checkers.mismatch import Kind, Mismatch, brief, differs, named
from grader.code.checkers.numbers import Numbers, Tolerance, is_number, numbers_of
from grader.code.checkers.sequences import is_sequence, sequence_of
from grader.code.values import (
    Array,
    Column,
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
    key_of,
    type_name,
)
from questions.code_task import Checker, Compare

_DTYPE_KINDS = (
    ("bool", "bool"), ("int", "integer"), ("uint", "integer"), ("float", "float"), ("complex", "complex"),
    ("datetime64", "datetime"), ("timedelta64", "timedelta"), ("<u", "text"), ("str", "text"),
    ("period", "period"), ("category", "category"), ("object", "object"),
)  # fmt: skip


class Equality:
    """`Equality(spec)(expected, got)` is None or the first mismatch."""

    def __init__(self, spec: Compare) -> None:
        self.spec = spec
        exact = spec.checker is Checker.EXACT
        self.tolerance = Tolerance() if exact else Tolerance(spec.rtol, spec.atol)
        self._strict = spec.types == "strict"

    def __call__(self, expected: Value, got: Value) -> Mismatch | None:
        expected, got = self._bare(expected), self._bare(got)
        if isinstance(expected, RaisedValue) or isinstance(got, RaisedValue):
            return _raised(expected, got)
        if self._strict and type_name(expected) != type_name(got):
            return _types(expected, got)
        if isinstance(expected, Frame) or isinstance(got, Frame):
            both = isinstance(expected, Frame) and isinstance(got, Frame)
            return self.frames(cast(Frame, expected), cast(Frame, got)) if both else _types(expected, got)
        if is_number(expected) or is_number(got):
            return self._numbers(expected, got)
        if is_sequence(expected):
            return self._sequences(expected, got) if is_sequence(got) else _types(expected, got)
        if (pairs := _pairs(expected)) is not None:
            return self._mappings(expected, got, pairs)
        if isinstance(expected, Set):
            return self._sets(expected, got)
        return None if _plainly_equal(expected, got) else _unequal(expected, got)

    def _bare(self, value: Value) -> Value:
        """A numpy scalar or an array of no dimension as the native that it stands for."""
        if isinstance(value, Scalar) and not value.dtype.startswith(("interval", "period")):
            return value.value
        if isinstance(value, Array) and not value.shape and not self._strict:
            return value.items()[0]
        return value

    def _numbers(self, expected: Value, got: Value) -> Mismatch | None:
        if self.spec.bool_as_int:
            expected = int(expected) if isinstance(expected, bool) else expected
            got = int(got) if isinstance(got, bool) else got
        if isinstance(got, float | complex) and got != got and self.spec.nan == "reject":  # noqa: PLR0124
            return differs(Kind.NAN, expected, got)
        if isinstance(got, Missing) and isinstance(expected, float) and math.isnan(expected):
            return None if self.spec.nan == "equal" else differs(Kind.NAN, expected, got)
        if not (is_number(expected) and is_number(got)) or isinstance(expected, bool) is not isinstance(got, bool):
            return _types(expected, got)
        return None if self.tolerance.agree(expected, got) else differs(Kind.VALUE, expected, got)

    # Sequences

    def _sequences(self, expected: Value, got: Value) -> Mismatch | None:
        if found := self._dtypes(expected, got):
            return found
        if isinstance(expected, Array) and isinstance(got, Array) and expected.shape != got.shape:
            return _shapes(expected.shape, got.shape)
        if (
            isinstance(expected, Series)
            and isinstance(got, Series)
            and (found := self._index(expected.index, got.index))
        ):
            return found
        first, second = numbers_of(expected), numbers_of(got)
        if first is not None and second is not None and self._wholesale(expected, got):
            return self.arrays(first, second)
        items, other = sequence_of(expected) or (), sequence_of(got) or ()
        if len(items) != len(other):
            return differs_in_length(len(items), len(other))
        cells = isinstance(expected, Series | Index) or isinstance(got, Series | Index)
        for position, (one, two) in enumerate(zip(items, other, strict=True)):
            if cells and is_missing(one) and is_missing(two):
                continue
            if found := self(one, two):
                return found.inside(f"[{position}]")
        return None

    def _wholesale(self, expected: Value, got: Value) -> bool:
        """Whether the items may be compared without a look at the type of each."""
        return not self._strict or (isinstance(expected, Array) and isinstance(got, Array))

    def arrays(self, expected: Numbers, got: Numbers) -> Mismatch | None:
        """The same for blocks of numbers."""
        if expected.shape != got.shape:
            if expected.ndim == got.ndim == 1:
                return differs_in_length(len(expected), len(got))
            return _shapes(expected.shape, got.shape)
        if (expected.dtype.kind == "b") != (got.dtype.kind == "b"):
            if not self.spec.bool_as_int:
                return self._at(Kind.TYPE, expected, got, (0,) * expected.ndim)
            expected, got = expected.astype(np.int64), got.astype(np.int64)
        if self.spec.nan == "reject" and (nan := _nans(got)).any():
            return self._at(Kind.NAN, expected, got, _first(nan))
        differing = self.tolerance.differing(expected, got)
        return self._at(Kind.VALUE, expected, got, _first(differing)) if differing.any() else None

    def _at(self, kind: Kind, expected: Numbers, got: Numbers, place: tuple[int, ...]) -> Mismatch:
        path = "".join(f"[{position}]" for position in place)
        return differs(kind, expected[place].item(), got[place].item()).inside(path)

    def _dtypes(self, expected: Value, got: Value) -> Mismatch | None:
        first, second = _dtype(expected), _dtype(got)
        if self.spec.dtype == "ignore" or first is None:
            return None
        same = second is not None and (
            first == second if self.spec.dtype == "exact" else _dtype_kind(first) == _dtype_kind(second)
        )
        return None if same else Mismatch(Kind.DTYPE, first, second or type_name(got))

    # Dictionaries and sets

    def _mappings(self, expected: Value, got: Value, pairs: dict[str, tuple[Value, Value]]) -> Mismatch | None:
        other = _pairs(got)
        if other is None:
            return _types(expected, got)
        for key, (name, _) in pairs.items():
            if key not in other:
                return Mismatch(Kind.KEYS, f"the key {brief(name, 60)}", "none such")
        for key, (name, _) in other.items():
            if key not in pairs:
                return Mismatch(Kind.KEYS, f"{len(pairs)} keys", f"also {brief(name, 60)}")
        if self.spec.ordered and list(pairs) != list(other):
            return Mismatch(
                Kind.ORDER,
                "the keys " + ", ".join(brief(name, 20) for name, _ in pairs.values()),
                ", ".join(brief(name, 20) for name, _ in other.values()),
            )
        for key, (name, item) in pairs.items():
            if found := self(item, other[key][1]):
                return found.inside(f"[{brief(name, 60)}]")
        return None

    def _sets(self, expected: Set, got: Value) -> Mismatch | None:
        if not isinstance(got, Set):
            return _types(expected, got)
        missing, surplus = unmatched(expected.items, got.items, self)
        if missing is None and surplus is None:
            return None
        wanted = f"a set with {brief(expected.items[missing], 60)}" if missing is not None else brief(expected, 60)
        return Mismatch(Kind.VALUE, wanted, brief(got, 60))

    # Tables

    def frames(self, expected: Frame, got: Frame) -> Mismatch | None:
        """The same for tables, rows and columns in the order that is expected."""
        if len(expected.columns) != len(got.columns) or [key_of(c.name) for c in expected.columns] != [
            key_of(c.name) for c in got.columns
        ]:
            return Mismatch(Kind.COLUMNS, f"the columns {_names(expected)}", _names(got))
        if expected.rows != got.rows:
            return Mismatch(Kind.LENGTH, f"{expected.rows} rows", str(got.rows))
        if found := self._index(expected.index, got.index):
            return found
        for one, two in zip(expected.columns, got.columns, strict=True):
            if found := self._columns(one, two):
                return found.inside(f"[{brief(one.name, 60)}]")
        return None

    def _columns(self, expected: Column, got: Column) -> Mismatch | None:
        if found := self._dtypes(expected.values, got.values):
            return found
        if expected.values.numeric and got.values.numeric:
            first, second = cast(Numbers, expected.values.data), cast(Numbers, got.values.data)
            return self.arrays(first, second) if first.size else None
        for position, (one, two) in enumerate(zip(expected.values.items(), got.values.items(), strict=True)):
            if is_missing(one) and is_missing(two):
                if self.spec.nan == "reject":
                    return differs(Kind.NAN, one, two).inside(f"[{position}]")
                continue
            if found := self(one, two):
                return found.inside(f"[{position}]")
        return None

    def _index(self, expected: Index, got: Index) -> Mismatch | None:
        if self.spec.index == "ignore" or (self.spec.index == "auto" and expected.plain):
            return None
        if expected.values.size != got.values.size:
            return differs_in_length(expected.values.size, got.values.size)
        found = self._columns(Column(None, expected.values), Column(None, got.values))
        return None if found is None else Mismatch(Kind.INDEX, found.expected, found.got, ".index" + found.path)


def is_missing(value: Value) -> bool:
    """Whether a cell of a table is empty, in any of the ways that pandas has."""
    return value is None or isinstance(value, Missing) or (isinstance(value, float) and math.isnan(value))


def differs_in_length(expected: int, got: int) -> Mismatch:
    return Mismatch(Kind.LENGTH, f"{expected} item{'' if expected == 1 else 's'}", str(got))


def _shapes(expected: Sequence[int], got: Sequence[int]) -> Mismatch:
    return Mismatch(Kind.SHAPE, f"shape {tuple(expected)}", f"shape {tuple(got)}")


def _types(expected: Value, got: Value) -> Mismatch:
    if type_name(expected) == type_name(got):  # the difference is finer than the names
        return differs(Kind.TYPE, expected, got)
    return Mismatch(Kind.TYPE, named(expected), named(got))


def _raised(expected: Value, got: Value) -> Mismatch | None:
    if isinstance(expected, RaisedValue) and isinstance(got, RaisedValue) and expected.type in got.bases:
        return None
    wanted = f"{expected.type} to be raised" if isinstance(expected, RaisedValue) else brief(expected, 60)
    return Mismatch(Kind.RAISES, wanted, f"raised {got.type}" if isinstance(got, RaisedValue) else brief(got, 60))


def _pairs(value: Value) -> dict[str, tuple[Value, Value]] | None:
    """The items of a dictionary by comparable keys."""
    if isinstance(value, dict):
        return {"s" + key: (key, item) for key, item in cast("dict[str, Value]", value).items()}
    return {key_of(key): (key, item) for key, item in value.pairs} if isinstance(value, Dict) else None


def _plainly_equal(expected: Value, got: Value) -> bool:
    match expected, got:
        case (Moment(), Moment()):
            return (expected.ns, expected.aware) == (got.ns, got.aware)
        case (Span(), Span()):
            return expected.ns == got.ns
        case (Missing(), Missing()):
            return True
        case (Missing(), float()):
            return math.isnan(got)
        case (Scalar(), Scalar()):
            return expected.dtype == got.dtype and key_of(expected) == key_of(got)
        case _:
            return type(expected) is type(got) and expected == got


def _unequal(expected: Value, got: Value) -> Mismatch:
    return differs(Kind.VALUE, expected, got) if type(expected) is type(got) else _types(expected, got)


def _dtype(value: Value) -> str | None:
    match value:
        case Array(dtype=dtype):
            return dtype
        case Series() | Index():
            return value.values.dtype
        case _:
            return None


def _dtype_kind(dtype: str) -> str:
    name = dtype.lower()
    return next((kind for prefix, kind in _DTYPE_KINDS if name.startswith(prefix)), name)


def _nans(array: Numbers) -> Numbers:
    return np.isnan(array) if array.dtype.kind in "fc" else np.zeros(array.shape, dtype=bool)


def _first(where: Numbers) -> tuple[int, ...]:
    return tuple(int(position) for position in np.unravel_index(int(np.argmax(where)), where.shape))


def _names(frame: Frame) -> str:
    return brief([column.name for column in frame.columns], 100)
