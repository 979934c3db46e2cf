"""Numbers of decoded values: whole arrays of them, and when two are near enough."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeGuard, cast

import numpy as np
import numpy.typing as npt

from grader.code.values import Array, Deque, Frame, Index, Scalar, Series, Value

Numbers = npt.NDArray[Any]
EXACT = 2**53
"""Up to here every whole number is a float."""


@dataclass(frozen=True)
class Tolerance:
    """Two numbers agree if they differ by at most `atol` or by `rtol` of the expected one; with `summed`, by at most
    the sum of both. Whole numbers agree only if they are equal, infinities only with the same sign."""

    rtol: float = 0.0
    atol: float = 0.0
    summed: bool = False
    exact_integers: bool = True

    @property
    def _any(self) -> bool:
        return self.rtol > 0 or self.atol > 0

    def within(self, expected: float | complex, got: float | complex) -> bool:
        """Whether two finite numbers agree."""
        difference, size = abs(got - expected), abs(expected)
        if self.summed:
            return difference <= self.atol + self.rtol * size
        return difference <= self.atol or difference <= self.rtol * size

    def agree(self, expected: Value, got: Value) -> bool:
        """Whether two natives are the same number, NaN being equal to NaN."""
        if self.exact_integers and type(expected) is int and type(got) is int:
            return expected == got
        if expected == got or _same(expected, got):
            return True
        try:
            first, second = _inexact(expected), _inexact(got)
        except OverflowError:  # beyond 1e308, where no tolerance can be meant
            return False
        if not (_finite(first) and _finite(second)):
            return _nan(first) and _nan(second)
        return self._any and self.within(first, second)

    def differing(self, expected: Numbers, got: Numbers) -> npt.NDArray[np.bool_]:
        """Where two arrays of the same shape disagree."""
        if self.exact_integers and expected.dtype.kind in "biu" and got.dtype.kind in "biu":
            return expected != got
        if not self._any and expected.dtype.kind != got.dtype.kind:
            expected, got = (
                expected.astype(object),
                got.astype(object),
            )  # Python compares 2**53 + 1 with a float exactly
            return (expected != got).astype(bool)
        with np.errstate(all="ignore"):
            first, second = _wide(expected), _wide(got)
            difference, size = np.abs(second - first), np.abs(first)
            if self.summed:
                near = difference <= self.atol + self.rtol * size
            else:
                near = (difference <= self.atol) | (difference <= self.rtol * size)
            near &= np.isfinite(first) & np.isfinite(second)
            near |= (first == second) | (np.isnan(first) & np.isnan(second))
        return ~near


def is_number(value: Value) -> bool:
    return isinstance(value, int | float | complex | Decimal | Fraction)


def numbers_of(value: Value) -> Numbers | None:
    """The value as an array, if it is a rectangular block of numbers or of bools (a list, nested lists, an array, a
    Series, a table of them); else None. A bare number is none."""
    match value:
        case list() | tuple():
            return _from_list(cast("list[Value] | tuple[Value, ...]", value))
        case Array(data=np.ndarray() as data, shape=shape):
            return data.reshape(shape) if data.size and shape else None
        case Array():
            return _from_list(value.items()) if len(value.shape) == 1 else None
        case Series() | Index():
            return numbers_of(value.values)
        case Deque():
            return _from_list(value.items)
        case range():
            return np.array(value)
        case Frame():
            columns = [numbers_of(column.values) for column in value.columns]
            known = [column for column in columns if column is not None]
            flat = all(column.ndim == 1 for column in known)
            return np.column_stack(known) if known and flat and len(known) == len(columns) else None
        case _:
            return None


def flat_numbers(value: Value) -> npt.NDArray[np.float64] | None:
    """The numbers (bools are 0 and 1) of a sequence without nesting as floats, or None."""
    if isinstance(value, Array) and len(value.shape) == 2 and value.shape[1] == 1:
        value = Array(value.dtype, (value.size,), value.data)
    found = numbers_of(value)
    if found is None or found.ndim != 1 or found.dtype.kind == "c":
        return None
    return found.astype(np.float64)


def _from_list(items: list[Value] | tuple[Value, ...]) -> Numbers | None:
    if not items:
        return None
    kinds: set[type] = set(map(type, items))
    if kinds & {Scalar}:
        items = [item.value if type(item) is Scalar else item for item in items]
        kinds = set(map(type, items))
    if kinds == {int, float} and any(type(item) is int and abs(item) > EXACT for item in items):
        return None  # as floats they would not be themselves
    if kinds <= {int, float} or kinds == {bool} or kinds <= {int, float, complex}:
        try:
            found = np.array(items)
        except OverflowError:
            return None
        return found if found.dtype.kind in "biufc" else None  # integers beyond 64 bits become objects
    if kinds <= {list, tuple}:
        width = len(items[0])
        if any(len(item) != width for item in items):
            return None
        # Opened up level by level, so that numpy is asked once, whatever the depth.
        flat = _from_list([inner for item in items for inner in item])
        return None if flat is None else flat.reshape(len(items), width, *flat.shape[1:])
    if not kinds <= {list, tuple, Array}:
        return None
    parts: list[Numbers] = []
    for item in items:
        part = numbers_of(item)
        if part is None or part.shape != (parts or [part])[0].shape:
            return None
        parts.append(part)
    if len({part.dtype.kind == "b" for part in parts}) > 1:
        return None
    return np.stack(parts)


def _wide(array: Numbers) -> Numbers:
    return array.astype(np.complex128 if array.dtype.kind == "c" else np.float64, copy=False)


def _inexact(value: Value) -> float | complex:
    return value if isinstance(value, complex) else float(value)


def _finite(value: float | complex) -> bool:
    return math.isfinite(value.real) and math.isfinite(value.imag)


def _nan(value: float | complex) -> bool:
    return math.isnan(value.real) or math.isnan(value.imag)


def _same(first: Value, second: Value) -> bool:
    """Whether a Decimal and a Fraction, which Python never finds equal, are the same number."""
    pair = [item for item in (first, second) if isinstance(item, Fraction) or _is_finite_decimal(item)]
    return len(pair) == 2 and Fraction(pair[0]) == Fraction(pair[1])


def _is_finite_decimal(value: Value) -> TypeGuard[Decimal]:
    return isinstance(value, Decimal) and value.is_finite()
