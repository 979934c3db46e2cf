"""Matches the items of two collections whose order does not matter."""

from __future__ import annotations

import bisect
import math
import zlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import cast

from grader.code.checkers.mismatch import Mismatch
from grader.code.checkers.sequences import sequence_of
from grader.code.values import Array, Deque, Dict, MalformedValue, Scalar, Set, Value, key_of

PAIRS = 60_000
"""How many pairs of items are tried one by one; beyond, only those that are likely partners."""

WINDOW = 1e-4
"""How near projections of partners must be, as a share."""

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
        return _nearby(expected, got, rest, others, equal)
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


def _nearby(
    expected: Sequence[Value], got: Sequence[Value], rest: list[int], others: list[int], equal: Equal
) -> tuple[int | None, int | None]:
    """As `unmatched`, for many items: partners are looked for among those that have nearly the same projection."""
    places = sorted((_projection(got[position]), position) for position in others)
    taken: set[int] = set()
    for position in rest:
        place = _projection(expected[position])
        window = WINDOW * (1.0 + abs(place))
        start = bisect.bisect_left(places, (place - window, -1))
        end = bisect.bisect_right(places, (place + window, len(got)), lo=start)
        near = sorted(places[start:end], key=lambda pair: abs(pair[0] - place))
        partner = next((p for _, p in near if p not in taken and equal(expected[position], got[p]) is None), None)
        if partner is None:
            return position, next((p for p in others if p not in taken), None)
        taken.add(partner)
    return None, next((p for p in others if p not in taken), None)


def _projection(value: Value) -> float:
    """A number that is nearly the same for items that nearly agree, and mostly another one for others."""
    items = sequence_of(value)
    total = 0.0
    for place, item in enumerate([value] if items is None else items[:64]):
        size = _size(item) if _is_real(item) else zlib.crc32((item_key(item) or "").encode("utf-8", "replace")) / 2**32
        if math.isfinite(size):
            total += math.copysign(math.log1p(abs(size)), size) * math.sin(place + 1.0)
    return total
