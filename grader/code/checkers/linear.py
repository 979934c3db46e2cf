"""Vectors that are right up to a sign, a factor or a change of basis."""

from __future__ import annotations

from typing import cast

import numpy as np

from grader.code.checkers.equality import Equality
from grader.code.checkers.mismatch import Kind, Mismatch
from grader.code.checkers.numbers import Numbers, numbers_of
from grader.code.values import Value

RANK = 1e-10
"""Singular values below this share of the largest count as zero."""
MAX_SIDE = 600
"""Of matrices whose span is compared: a decomposition takes time that grows like the cube of it."""


def up_to_sign(expected: Value, got: Value, equal: Equality, axis: int) -> Mismatch | None:
    """Each vector may be negated: the columns of a matrix (`axis` 0) or its rows (1), a vector as a whole."""
    pair = _pair(expected, got)
    if pair is None:
        return equal(expected, got)
    first, second = pair
    if first.ndim > 2:
        return equal.arrays(first, second)
    rows = first[None] if first.ndim == 1 else first.T if axis == 0 else first
    others = second[None] if first.ndim == 1 else second.T if axis == 0 else second
    for position, (one, two) in enumerate(zip(rows, others, strict=True)):
        found = equal.arrays(one, two)
        if found is not None and equal.arrays(one, -two) is not None:
            path = "" if first.ndim == 1 else f"[:, {position}]" if axis == 0 else f"[{position}]"
            return found.inside(path)
    return None


def up_to_scale(expected: Value, got: Value, equal: Equality) -> Mismatch | None:
    """The answer as a whole may be multiplied by any number but zero."""
    pair = _pair(expected, got)
    if pair is None:
        return equal(expected, got)
    first, second = _unit(pair[0]), _unit(pair[1])
    if first is None or second is None:  # all zeros, or not finite: no factor helps
        return equal.arrays(*pair)
    factor = np.vdot(first, second)
    if factor == 0:
        return Mismatch(Kind.VALUE, "a multiple of the answer", "another direction")
    found = equal.arrays(first, second * (abs(factor) / factor))
    return None if found is None else Mismatch(Kind.VALUE, "a multiple of the answer", "another direction", found.path)


def same_span(expected: Value, got: Value, equal: Equality) -> Mismatch | None:
    """The columns span the same space; a vector is one column."""
    first, second = numbers_of(expected), numbers_of(got)
    if (
        first is None
        or second is None
        or max(first.ndim, second.ndim) > 2
        or "b" in {first.dtype.kind, second.dtype.kind}
    ):
        return equal(expected, got)
    columns, others = (array[:, None] if array.ndim == 1 else array for array in (first, second))
    if len(columns) != len(others):
        return Mismatch(Kind.SHAPE, f"columns of length {len(columns)}", str(len(others)))
    bases = _basis(columns), _basis(others)
    if bases[0] is None or bases[1] is None:
        return Mismatch(Kind.VALUE, "a basis of finite numbers and moderate size", "something else")
    one, two = cast("tuple[Numbers, Numbers]", bases)
    if one.shape != two.shape:
        return Mismatch(Kind.VALUE, f"a space of {one.shape[1]} dimensions", str(two.shape[1]))
    outside = np.abs(one - two @ (two.conj().T @ one)).max(initial=0.0)
    if outside <= max(equal.tolerance.rtol, equal.tolerance.atol, 1e-12):
        return None
    return Mismatch(Kind.VALUE, "the same space", f"one that differs by {outside:.2g}")


def _pair(expected: Value, got: Value) -> tuple[Numbers, Numbers] | None:
    """Both as blocks of numbers of one shape, or None."""
    first, second = numbers_of(expected), numbers_of(got)
    if first is None or second is None or first.shape != second.shape or "b" in {first.dtype.kind, second.dtype.kind}:
        return None
    return (first.astype(np.float64) if first.dtype.kind == "u" else first), (
        second.astype(np.float64) if second.dtype.kind == "u" else second  # -x of an unsigned x wraps around
    )


def _unit(array: Numbers) -> Numbers | None:
    """The array divided by its length, if that is possible."""
    wide = array.astype(np.complex128 if array.dtype.kind == "c" else np.float64)
    largest = np.abs(wide).max()
    if not np.isfinite(largest) or largest == 0:
        return None
    wide /= largest  # squares of very large or small numbers would not be finite
    return wide / np.linalg.norm(wide)


def _basis(columns: Numbers) -> Numbers | None:
    """Orthonormal columns with the same span; None for what is too large, not finite or beyond LAPACK."""
    unit = _unit(columns)
    if unit is None:
        return np.zeros((len(columns), 0)) if not columns.any() else None
    if min(unit.shape) > MAX_SIDE:
        return None
    try:
        left, sizes, _ = np.linalg.svd(unit, full_matrices=False)
    except np.linalg.LinAlgError:
        return None
    return left[:, sizes > RANK * sizes[0]]
