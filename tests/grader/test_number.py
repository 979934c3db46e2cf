from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.grade import Context, Gate, Turn
from grader.text import grade
from grader.text.normalise import read
from grader.text.number import candidates
from tests.grader.samples import LEAF, PRECISION


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.06", 0.06),
        ("about 0.06", 0.06),
        ("0,06", 0.06),
        ("1/3", 1 / 3),
        ("1,200", 1200),
        ("1 200 000", 1_200_000),
        ("2e-3", 0.002),
        ("2 × 10⁻³", 0.002),
        ("2*10^-3", 0.002),
        ("−0.5", -0.5),
        ("- 0.5", -0.5),
        (".5", 0.5),
        ("½", 0.5),
        ("3.5 million", 3.5e6),
        ("3.5M", 3.5e6),
        ("12k", 12_000),
        ("3 m", 3),
        ("$5", 5),
        ("= 0.06 because 6/10 is 0.6 and a tenth of it is that", 0.06),
        ("0.06, because 0.1 times 0.6 is that", 0.06),
        ("0.1 × 0.6 = 0.06", 0.06),
        ("-(-6)/(8+2) = 0.6; 0.1 * 0.6 = 0.06", 0.06),
        ("The answer is 0.06, not 0.6", 0.06),
        ("I get 0.06 after scaling 0.6 by 0.1", 0.06),
        ("0.6 for the leaf, so 0.06", 0.06),
        ("a third", 1 / 3),
        ("two thirds of it", 2 / 3),
        ("the F1 score of model2 is 0.8", 0.8),
        ("x = 5 - 3 = 2", 2),
    ],
)
def test_the_number_that_is_meant_is_read(text: str, value: float) -> None:
    assert candidates(read(text))[0].value == pytest.approx(value)


@pytest.mark.parametrize("text", ["", "no number here", "F1", "x2", "a1b"])
def test_without_a_number_nothing_is_read(text: str) -> None:
    assert candidates(read(text)) == []


@pytest.mark.parametrize("answer", ["0.06", "0.0595", "+0.06", "6/100", "0.6 × 0.1 = 0.06", "6e-2", "6%"])
def test_the_right_value_earns_everything(answer: str) -> None:
    result = grade(answer, LEAF)
    assert (result.score, result.band) == (1, 4)
    assert result.number is not None
    assert result.number.read == pytest.approx(0.06, rel=0.02)
    span = result.rows[0].span
    assert span is not None
    assert answer[span.start : span.end] == span.text


def test_a_foreseen_slip_is_named() -> None:
    result = grade("-0.06", LEAF)
    assert result.score == 0
    assert result.number is not None
    assert result.number.slip == "The sign is lost. A step goes against the gradient."
    assert result.findings[0].span.text == "-0.06"


def test_another_wrong_value_has_no_slip() -> None:
    result = grade("42", LEAF)
    assert result.number is not None
    assert (result.score, result.number.read, result.number.slip) == (0, 42, "")


def test_the_draw_decides_what_is_right() -> None:
    params = LEAF.draw(1)
    assert params["g"] == -12
    assert grade("0.12", LEAF, Context(variant=1)).score == 1
    assert grade("0.06", LEAF, Context(variant=1)).score == 0


def test_the_working_is_filled_in() -> None:
    result = grade("1", LEAF)
    assert result.number is not None
    assert result.number.working == "−(-6) / (8 + 2) = 0.6; times 0.1 is 0.06."
    assert result.number.shown == "0.06"


@pytest.mark.parametrize("answer", ["40%", "40", "0.4", "40 percent", "60/150", "2/5"])
def test_percent_may_be_written_as_a_share(answer: str) -> None:
    assert grade(answer, PRECISION).score == 1


@pytest.mark.parametrize("answer", ["0.4%", "60%", "4", "0.6"])
def test_another_percentage_is_wrong(answer: str) -> None:
    assert grade(answer, PRECISION).score == 0


@pytest.mark.parametrize(
    ("answer", "gate"), [("", Gate.EMPTY), ("idk", Gate.DONT_KNOW), ("quite small", Gate.UNREADABLE)]
)
def test_no_number_is_said_so(answer: str, gate: Gate) -> None:
    result = grade(answer, LEAF)
    assert (result.gate, result.score) == (gate, 0)
    assert result.notes


def test_hints_and_a_second_try_leave_less() -> None:
    assert grade("0.06", LEAF, Context(hints=3)).score == 0.5
    second = grade("0.06", LEAF, Context(hints=2, earlier=(Turn("0.6"),)))
    assert second.score == pytest.approx(0.75 * 0.7)
    assert grade("I don't know", LEAF, Context(earlier=(Turn("0.06"),))).score == 1


@settings(deadline=None)
@given(st.text(max_size=80))
def test_any_text_gets_a_sound_grade(answer: str) -> None:
    for question in (LEAF, PRECISION):
        result = grade(answer, question)
        assert result.score in {0, 1}
        for span in [row.span for row in result.rows if row.span] + [finding.span for finding in result.findings]:
            assert answer[span.start : span.end] == span.text


@settings(deadline=None)
@given(st.floats(-1e9, 1e9).filter(lambda value: abs(value) > 1e-6))
def test_every_plain_number_is_read_back(value: float) -> None:
    text = repr(value)
    assert candidates(read(text))[0].value == pytest.approx(value)
