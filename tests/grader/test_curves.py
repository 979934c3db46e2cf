"""Step curves: what each number adds, and how they are made of boosted trees."""

from __future__ import annotations

import math
from bisect import bisect_left

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.text.curves import curves_of

NAMES = ("cover", "topic")
STORED = {"start": -1.0, "curves": {"topic": {"up to": [0.0, 0.5], "adds": [0.0, 0.25, 2.0]}}}


def test_a_number_adds_the_step_that_it_stands_on() -> None:
    curves = curves_of(STORED, NAMES)
    assert [curves.counts((9.0, number))[1] for number in (-1.0, 0.0, 0.1, 0.5, 0.6)] == [0.0, 0.0, 0.25, 0.25, 2.0]
    assert curves.probability((9.0, 0.6)) == pytest.approx(1 / (1 + math.exp(-1.0)))


def test_a_name_without_a_curve_adds_nothing() -> None:
    assert curves_of(STORED, NAMES).counts((9.0, 0.0))[0] == 0.0


@pytest.mark.parametrize(
    "curves",
    [
        {"nonsense": {"up to": [], "adds": [1.0]}},
        {"topic": {"up to": [0.5, 0.5], "adds": [0.0, 1.0, 2.0]}},
        {"topic": {"up to": [0.5], "adds": [0.0]}},
    ],
)
def test_curves_that_make_no_sense_are_refused(curves: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"nonsense|topic"):
        curves_of({"start": 0.0, "curves": curves}, NAMES)


@given(
    st.lists(st.floats(-1, 2), min_size=1, max_size=8, unique=True).map(sorted),
    st.lists(st.floats(-3, 3), min_size=9, max_size=9),
    st.floats(-2, 3),
)
def test_a_curve_says_what_a_search_through_its_steps_says(
    edges: list[float], adds: list[float], number: float
) -> None:
    curves = curves_of({"start": 0.0, "curves": {"topic": {"up to": edges, "adds": adds[: len(edges) + 1]}}}, NAMES)
    expected = next((add for edge, add in zip(edges, adds, strict=False) if number <= edge), adds[len(edges)])
    assert curves.counts((0.0, number))[1] == expected == adds[bisect_left(edges, number)]
