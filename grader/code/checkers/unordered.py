"""Answers whose order, repetitions or labels are free."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from grader.code.checkers.equality import Equality, differs_in_length
from grader.code.checkers.matching import item_key, unmatched
from grader.code.checkers.mismatch import Kind, Mismatch, brief, differs
from grader.code.checkers.numbers import Numbers, numbers_of
from grader.code.checkers.sequences import sequence_of
from grader.code.values import Frame, Set, Value


def items_of(value: Value) -> Sequence[Value] | None:
    """The items of a sequence or a set."""
    return value.items if isinstance(value, Set) else sequence_of(value)


def multiset(expected: Value, got: Value, equal: Equality) -> Mismatch | None:
    """The same items, as often, in any order."""
    first, second = items_of(expected), items_of(got)
    if first is None or second is None:
        return equal(expected, got)
    if len(first) != len(second):
        return differs_in_length(len(first), len(second))
    one, two = _plain_numbers(expected), _plain_numbers(got)
    if one is not None and two is not None and equal.arrays(np.sort(one), np.sort(two)) is None:
        return None  # in order of size each number meets its nearest partner
    return _difference(first, second, equal)


def as_set(expected: Value, got: Value, equal: Equality) -> Mismatch | None:
    """The same items, however often and in any order."""
    first, second = items_of(expected), items_of(got)
    if first is None or second is None:
        return equal(expected, got)
    one, two = _plain_numbers(expected), _plain_numbers(got)
    if one is not None and two is not None and equal.arrays(np.unique(one), np.unique(two)) is None:
        return None
    return _difference(_unique(first), _unique(second), equal)


def rows_any_order(expected: Value, got: Value, equal: Equality) -> Mismatch | None:
    """A matrix or a table with the same rows in any order."""
    if isinstance(expected, Frame) and isinstance(got, Frame):
        names = [item_key(column.name) for column in expected.columns]
        if names != [item_key(column.name) for column in got.columns]:
            return equal(expected, got)  # says which columns differ
        return _difference(frame_rows(expected), frame_rows(got), equal)
    return multiset(expected, got, equal)


def topk(expected: Value, got: Value, equal: Equality, k: int) -> Mismatch | None:
    """The same first `k` items in any order; what follows is free."""
    first, second = items_of(expected), items_of(got)
    if first is None or second is None:
        return equal(expected, got)
    if len(second) < min(k, len(first)):
        return Mismatch(Kind.LENGTH, f"at least {min(k, len(first))} items", str(len(second)))
    return _difference(first[:k], second[:k], equal)


def up_to_permutation(expected: Value, got: Value, equal: Equality) -> Mismatch | None:
    """The same groups: labels may be renamed one to one."""
    first, second = sequence_of(expected), sequence_of(got)
    if first is None or second is None:
        return equal(expected, got)
    if len(first) != len(second):
        return differs_in_length(len(first), len(second))
    one, two = _plain_numbers(expected), _plain_numbers(got)
    if one is not None and two is not None and _one_to_one(one, two):
        return None
    there: dict[str, str] = {}
    back: dict[str, str] = {}
    for position, (one, two) in enumerate(zip(first, second, strict=True)):
        key, other = item_key(one), item_key(two)
        if key is None or other is None:
            return differs(Kind.TYPE, one, two).inside(f"[{position}]")
        if there.setdefault(key, other) != other or back.setdefault(other, key) != key:
            wanted = (
                f"a label of its own for {brief(one, 40)}"
                if back.get(other, key) != key
                else "the same label as before"
            )
            return Mismatch(Kind.VALUE, wanted, brief(two, 40), f"[{position}]")
    return None


def frame_rows(frame: Frame) -> list[tuple[Value, ...]]:
    """The rows of a table as tuples, without its index."""
    return list(zip(*(column.values.items() for column in frame.columns), strict=True))


def _plain_numbers(value: Value) -> Numbers | None:
    """The value as a vector of numbers that are no bools."""
    found = numbers_of(value)
    return found if found is not None and found.ndim == 1 and found.dtype.kind != "b" else None


def _one_to_one(first: Numbers, second: Numbers) -> bool:
    labels, one = np.unique(first, return_inverse=True)
    others, two = np.unique(second, return_inverse=True)
    return len(labels) == len(others) == len(np.unique(one * len(others) + two))


def _unique(items: Sequence[Value]) -> list[Value]:
    seen: set[str] = set()
    kept: list[Value] = []
    for item in items:
        key = item_key(item)
        if key is None or key not in seen:
            kept.append(item)
        if key is not None:
            seen.add(key)
    return kept


def _difference(expected: Sequence[Value], got: Sequence[Value], equal: Equality) -> Mismatch | None:
    missing, surplus = unmatched(expected, got, equal)
    if missing is None and surplus is None:
        return None
    wanted = f"an item {brief(expected[missing], 60)}" if missing is not None else f"{len(expected)} items"
    return Mismatch(Kind.VALUE, wanted, f"also {brief(got[surplus], 60)}" if surplus is not None else "none such")
