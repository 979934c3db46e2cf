from __future__ import annotations

import pytest

from grader.grade import Context, Gate, Turn
from grader.text import grade
from tests.grader.samples import ALERTS


def test_the_key_earns_everything_and_says_why() -> None:
    result = grade("baseline", ALERTS)
    assert (result.score, result.band) == (1, 4)
    assert result.choice is not None
    assert result.choice.why_chosen == result.choice.why_correct == "The all-negative baseline is better."
    assert result.takeaway == ALERTS.takeaway


def test_another_option_earns_nothing_and_names_the_misconception() -> None:
    result = grade("strong", ALERTS)
    assert (result.score, result.band) == (0, 1)
    assert [finding.id for finding in result.findings] == ["accuracy-under-imbalance"]
    assert result.choice is not None
    assert result.choice.correct == "baseline"


@pytest.mark.parametrize("answer", ["zzz", "the first one", "baseline strong"])
def test_what_is_no_option_is_unreadable(answer: str) -> None:
    assert grade(answer, ALERTS).gate is Gate.UNREADABLE


def test_hints_and_a_second_try_leave_less() -> None:
    assert grade("baseline", ALERTS, Context(hints=2)).score == 0.75
    second = grade("baseline", ALERTS, Context(earlier=(Turn("strong"),)))
    assert second.score == pytest.approx(0.7)
    assert second.rows[0].span is not None
    assert second.rows[0].span.turn == 1
