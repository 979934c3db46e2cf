"""Matches the items of two collections whose order does not matter."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import cast

from grader.code.checkers.mismatch import Mismatch
from grader.code.values import Array, Deque, Dict, MalformedValue, Scalar, Set, Value, key_of

PAIRS = 60_000
"""How many pairs of items are tried one by one; beyond, both sides are put in order and compared in step."""

Equal = Callable[[Value, Value], Mismatch | None]


def unmatched(expected: Sequence[Value], got: Sequence[Value], equal: Equal) -> tuple[int | None, int | None]:
    """The positions of an expected item and of a given one without a partner; None where all have one.

    Twins are paired first, then numbers in order of size, then the others each with the first that agrees.
    """
    rest, others = _without_twins(expected, got, equal)
    numbers = sorted((p for p in rest if _is_real(expected[p])), key=lambda p: _size(expected[p]))
    other_numbers = sorted((p for p in others if _is_real(got[p])), key=lambda p: _size(got[p]))
    missing, surplus = _in_step(expected, got, numbers, other_numbers, equal)
    if missing is not None or surplus is not None:
        return missing, surplus
    rest = [p for p in rest if not _is_real(expected[p])]
    others = [p for p in others if not _is_real(got[p])]
    if len(rest) * len(others) > PAIRS:
        rest.sort(key=lambda p: _rough(expected[p]))
        others.sort(key=lambda p: _rough(got[p]))
        for one, two in zip(rest, others, strict=False):
            if equal(expected[one], got[two]) is not None:
                return one, two
        rest, others = rest[len(others) :], others[len(rest) :]
    for position in rest:
        partner = next((p for p in others if equal(expected[position], got[p]) is None), None)
        if partner is None:
            return position, others[0] if others else None
        others.remove(partner)
    return None, others[0] if others else None


def item_key(value: Value) -> str | None:
    """A text that equal items share (sequences of all kinds alike); None for what has none, such as a table."""
    match value:
        case list() | tuple():
            keys = [item_key(item) for item in cast("Sequence[Value]", value)]
        case Deque():
            keys = [item_key(item) for item in value.items]
        case Array():
            keys = [str(value.shape) if len(value.shape) != 1 else "", *map(item_key, value.items())]
            keys = keys if keys[0] else keys[1:]
        case Set():
            keys = ["{}", *sorted(map(key_of, value.items))]
        case dict():
            keys = ["{:}", *sorted(cast("dict[str, Value]", value))]
        case Dict():
            keys = ["{:}", *sorted(key_of(key) for key, _ in value.pairs)]
        case _:
            try:
                return key_of(value)
            except MalformedValue:
                return None
    if None in keys:
        return None
    return "[" + "".join(f"{len(key)}:{key}" for key in cast("list[str]", keys))


def _without_twins(expected: Sequence[Value], got: Sequence[Value], equal: Equal) -> tuple[list[int], list[int]]:
    """The positions that remain when items with the same key have been paired."""
    known: defaultdict[str | None, list[int]] = defaultdict(list)
    for position in reversed(range(len(got))):
        known[item_key(got[position])].append(position)
    rest: list[int] = []
    taken: set[int] = set()
    for position, item in enumerate(expected):
        key = item_key(item)
        twins = known.get(key) if key is not None else None
        if twins and equal(item, got[twins[-1]]) is None:
            taken.add(twins.pop())
        else:
            rest.append(position)
    return rest, [position for position in range(len(got)) if position not in taken]


def _in_step(
    expected: Sequence[Value], got: Sequence[Value], first: list[int], second: list[int], equal: Equal
) -> tuple[int | None, int | None]:
    """The first of two lists of positions, sorted by size, whose numbers have no partner."""
    for one, two in zip(first, second, strict=False):
        if equal(expected[one], got[two]) is not None:
            return one, two
    return (
        first[len(second)] if len(first) > len(second) else None,
        second[len(first)] if len(second) > len(first) else None,
    )


def _is_real(value: Value) -> bool:
    value = value.value if isinstance(value, Scalar) else value
    return isinstance(value, int | float | Decimal | Fraction) and not (isinstance(value, float) and math.isnan(value))


def _size(value: Value) -> float:
    value = value.value if isinstance(value, Scalar) else value
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _rough(value: Value) -> tuple[str, ...]:
    """An order in which items that nearly agree are mostly at the same place."""
    items = cast("Sequence[Value]", value) if isinstance(value, list | tuple) else [value]
    return tuple(f"{_size(item):+.3e}" if _is_real(item) else item_key(item) or "" for item in items)
