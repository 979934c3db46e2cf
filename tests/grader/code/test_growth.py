from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.code.growth import FLOOR_S, growth, share, slope

SIZES = [1000.0, 2000.0, 4000.0, 8000.0]


def times(power: float, first: float = 0.01) -> list[float]:
    return [first * (size / SIZES[0]) ** power for size in SIZES]


@given(st.floats(0, 3), st.floats(0.006, 1))
def test_the_slope_is_the_exponent(power: float, first: float) -> None:
    assert slope(SIZES, times(power, first)) == pytest.approx(power, abs=1e-9)


@given(st.floats(0, 3), st.lists(st.floats(0.95, 1.05), min_size=4, max_size=4))
def test_five_percent_of_noise_moves_the_slope_little(power: float, noise: list[float]) -> None:
    measured = slope(SIZES, [t * n for t, n in zip(times(power), noise, strict=True)])
    assert measured == pytest.approx(power, abs=0.08)


def test_times_below_the_floor_do_not_count() -> None:
    flat_start = [FLOOR_S / 10, *times(2.0)[1:]]
    assert slope(SIZES, flat_start) == pytest.approx(2.0)
    assert slope(SIZES, [FLOOR_S / 2, FLOOR_S / 2, 0.1, 0.2]) is None
    assert slope([5.0, 5.0, 5.0], [0.1, 0.2, 0.3]) is None


def test_a_growth_is_within_if_it_exceeds_the_references_by_no_more_than_allowed() -> None:
    right = growth("speed", SIZES, times(1.3), times(1.0), 0.4)
    slow = growth("speed", SIZES, times(2.0), times(1.0), 0.4)
    assert right is not None
    assert slow is not None
    assert (right.within, slow.within) == (True, False)
    assert slow.ratio == pytest.approx(8.0)
    assert share(right) == 1.0
    assert share(slow) == pytest.approx(0.4)


def test_without_enough_long_times_only_the_limit_counts() -> None:
    assert growth("speed", SIZES, times(2.0), times(1.0, 1e-5), 0.4) is None


def test_a_growth_far_beyond_the_allowed_earns_nothing() -> None:
    found = growth("speed", SIZES, times(3.0), times(1.0), 0.4)
    assert found is not None
    assert share(found) == 0.0
