"""The score of a code task, by its formula."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given

from bot.rounds.code_score import Try, code_score

AC = Try(1.0, 0, accepted=True, counted=False)


def wa(score: float, *, hints: int = 0, counted: bool = True) -> Try:
    return Try(score, hints, accepted=False, counted=counted)


def test_code_accepted_at_once_with_perfect_follow_ups_is_worth_everything() -> None:
    found = code_score([AC], [1.0, 1.0], 2)
    assert (found.score, found.band, found.accepted) == (1.0, 4, True)


def test_code_without_follow_ups_counts_whole() -> None:
    assert code_score([AC], [], 0).score == 1.0


def test_follow_ups_that_were_skipped_or_not_reached_earn_nothing() -> None:
    assert code_score([AC], [0.8], 2).score == pytest.approx(0.75 + 0.25 * 0.4)
    assert code_score([AC], [0.8, 0.0], 2).score == pytest.approx(0.75 + 0.25 * 0.4)


def test_a_follow_up_that_we_could_not_grade_is_left_out() -> None:
    assert code_score([AC], [None, 0.6], 2).score == pytest.approx(0.75 + 0.25 * 0.6)
    assert code_score([AC], [None], 1).score == 1.0


@pytest.mark.parametrize(("hints", "factor"), [(0, 1.0), (1, 1.0), (2, 0.75), (3, 0.5)])
def test_hints_cost_what_their_buttons_say(hints: int, factor: float) -> None:
    found = code_score([Try(1.0, hints, accepted=True, counted=False)], [], 0)
    assert (found.score, found.hint_factor) == (factor, factor)


@pytest.mark.parametrize(("failures", "factor"), [(0, 1.0), (1, 0.95), (3, 0.85), (4, 0.8), (9, 0.8)])
def test_each_counted_failure_costs_a_twentieth_down_to_four_fifths(failures: int, factor: float) -> None:
    found = code_score([*[wa(0.0)] * failures, AC], [], 0)
    assert found.score == pytest.approx(factor)
    assert found.failures == failures


def test_failing_at_the_samples_costs_nothing() -> None:
    assert code_score([wa(0.1, counted=False)] * 5 + [AC], [], 0).score == 1.0


def test_the_best_try_counts_with_the_factors_of_its_own_moment() -> None:
    found = code_score([wa(0.9), Try(1.0, 3, accepted=True, counted=False)], [], 0)
    assert (found.score, found.best) == (0.9, 0)
    assert found.band == 4, "it was accepted in the end"


def test_code_that_was_never_accepted_is_in_the_second_band_at_most_and_earns_no_follow_ups() -> None:
    found = code_score([wa(0.95)], [1.0], 1)
    assert found.score == pytest.approx(0.75 * 0.95)
    assert (found.band, found.accepted) == (2, False)


def test_nothing_sent_is_worth_nothing() -> None:
    found = code_score([], [], 2)
    assert (found.score, found.band, found.best) == (0.0, 1, None)


TRIES = st.builds(Try, st.floats(0, 1), st.integers(0, 3), st.booleans(), st.booleans())
EARNED = st.lists(st.one_of(st.none(), st.floats(0, 1)), max_size=3)


@given(st.lists(TRIES, max_size=8), EARNED, TRIES)
def test_scores_stay_in_range_and_one_more_try_never_lowers_them(
    tries: list[Try], earned: list[float | None], more: Try
) -> None:
    planned = max(len(earned), 1)
    before, after = code_score(tries, earned, planned), code_score([*tries, more], earned, planned)
    assert 0.0 <= before.score <= after.score + 1e-12 <= 1.0 + 1e-9
    assert 1 <= before.band <= 4
    assert before.accepted or before.band <= 2
