"""How the time of a program grows with the size of its input: the slope of log time over log size.

Only times above a floor count, where starting a clock and calling a function no longer matter. The candidate's growth
is held against the reference's, measured in the same session on the same machine; absolute times are for the limit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from grader.code.verdict import Growth

FLOOR_S = 0.005
"""Times below this are mostly noise."""
POINTS = 3
"""How many times above the floor a slope needs."""


def slope(sizes: Sequence[float], times: Sequence[float]) -> float | None:
    """The exponent with which time grows, by least squares; None if too few of the times (seconds) are long enough."""
    points = [
        (math.log(size), math.log(seconds))
        for size, seconds in zip(sizes, times, strict=True)
        if size > 0 and seconds >= FLOOR_S
    ]
    if len({x for x, _ in points}) < POINTS:
        return None
    mean_x = math.fsum(x for x, _ in points) / len(points)
    mean_y = math.fsum(y for _, y in points) / len(points)
    spread = math.fsum((x - mean_x) ** 2 for x, _ in points)
    return math.fsum((x - mean_x) * (y - mean_y) for x, y in points) / spread


def growth(
    group: str, sizes: Sequence[float], yours: Sequence[float], reference: Sequence[float], allowed: float
) -> Growth | None:
    """How two growths compare; None if one of them cannot be told, so that only the time limit counts.

    `allowed` is by how much the exponent may exceed the reference's.
    """
    mine, best = slope(sizes, yours), slope(sizes, reference)
    if mine is None or best is None:
        return None
    return Growth(group, mine, best, allowed, yours[-1] / max(reference[-1], 1e-9), within=mine <= best + allowed)


def share(found: Growth) -> float:
    """What part of a group's points a growth earns: all within the allowance, none from one power of n beyond it."""
    return max(0.0, 1.0 - max(0.0, found.yours - found.reference - found.allowed))
