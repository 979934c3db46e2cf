"""The formula language of numeric questions: what it can say, and what no text can make it do."""

from __future__ import annotations

import math
import string
import time

import hypothesis.strategies as st
import pytest
from hypothesis import example, given, settings

from questions.expression import MAX_LENGTH, Expression, ExpressionError, fill, format_number, placeholders

PARAMS = {"n": 3.0, "x": -0.5, "big": 1e300, "zero": 0.0}
SECONDS = 1.0
"""Far more than any formula takes, far less than one that runs away."""


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("1", 1.0),
        ("  2 + 3 * 4 ", 14.0),
        ("-n", -3.0),
        ("+n", 3.0),
        ("7 // 2", 3.0),
        ("7 % 4", 3.0),
        ("2 ** 10", 1024.0),
        ("2 ** -1", 0.5),
        ("n / (n + 1)", 0.75),
        ("sqrt(n ** 2)", 3.0),
        ("log(8, 2)", 3.0),
        ("log2(8) + log10(100)", 5.0),
        ("max(1, n, 2) - min(4, 2)", 1.0),
        ("round(2.567, 2)", 2.57),
        ("round(1234, -2)", 1200.0),
        ("round(2.5)", 2.0),
        ("floor(2.9) + ceil(2.1) + abs(-1)", 6.0),
        ("comb(5, 2) * factorial(3)", 60.0),
        ("erf(0) + exp(0)", 1.0),
        ("pi", math.pi),
        ("e", math.e),
        ("1_000 + 1e3", 2000.0),
    ],
)
def test_a_formula_has_a_value(formula: str, value: float) -> None:
    assert Expression(formula).value(PARAMS) == pytest.approx(value)


def test_a_parameter_named_like_a_constant_is_the_parameter() -> None:
    assert Expression("e + pi").value({"e": 1.0}) == 1.0 + math.pi


def test_the_names_of_a_formula_are_its_parameters() -> None:
    assert Expression("sqrt(n) + k * pi + e").names == {"n", "k"}


@pytest.mark.parametrize(
    "formula",
    [
        "",
        "n +",
        "n n",
        "n = 3",
        "n; n",
        "import os",
        "n.real",
        "(1).__class__",
        "__import__('os')",
        "print(n)",
        "eval('1')",
        "open",
        "sqrt.__call__(4)",
        "(sqrt)(4)(2)",
        "sqrt(x=4)",
        "max(*n)",
        "max(**n)",
        "[1][0]",
        "{1: 2}[1]",
        "(1, 2)",
        "'a' * 9",
        "b'a'",
        "f'{n}'",
        "lambda: 1",
        "(n := 4)",
        "[n for n in n]",
        "n if n else 1",
        "n and 1",
        "not n",
        "~1",
        "1 << 9",
        "1 | 2",
        "1 @ 2",
        "n < 2",
        "True",
        "None",
        "...",
        "1j",
        "await n",
        "n\0",
        "1" * (MAX_LENGTH + 1),
        "(" * 150 + "1" + ")" * 40,
    ],
)
def test_what_is_not_arithmetic_is_no_formula(formula: str) -> None:
    with pytest.raises(ExpressionError):
        Expression(formula).value(PARAMS)


@pytest.mark.parametrize(
    "formula",
    [
        "1 / zero",
        "1 // 0",
        "1 % 0",
        "0 ** -1",
        "x ** 0.5",
        "sqrt(-1)",
        "log(0)",
        "exp(1000)",
        "big * big",
        "big ** 64",
        "1e308 * 10 - 1e308 * 10",
        "unknown + 1",
        "sqrt",
        "sqrt()",
        "sqrt(1, 2)",
        "min(1)",
        "comb(2000, 2)",
        "comb(5, -1)",
        "factorial(171)",
        "factorial(-1)",
        "floor(big * big)",
    ],
)
def test_what_has_no_value_says_so(formula: str) -> None:
    with pytest.raises(ExpressionError):
        Expression(formula).value(PARAMS)


@pytest.mark.parametrize(
    "formula",
    [
        "9 ** 9 ** 9",
        "9 ** 65",
        "(((((((9 ** 64) ** 64) ** 64) ** 64) ** 64) ** 64) ** 64)",
        "10 ** 64" + " * 10 ** 64" * 15,
        "round(5, -999999999)",
        "round(5, 999999999)",
        "comb(1000, 10 ** 64)",
        "factorial(10 ** 64)",
        "comb(10 ** 64, 2)",
        "1e300 // 1e-300",
        "-" * 190 + "1",
        "(" * 90 + "1" + ")" * 90,
    ],
)
def test_no_formula_runs_away(formula: str) -> None:
    began = time.process_time()
    try:
        value = Expression(formula).value({})
    except ExpressionError:
        value = 0.0
    assert math.isfinite(value)
    assert time.process_time() - began < SECONDS


PIECES = st.sampled_from(
    [*"0123456789+-*/%()., e", "**", "//", "64", "999", "n", "x", "big", "zero", "pi", "sqrt(", "round(", "comb(",
     "factorial(", "max(", "log(", "floor(", ".__class__", "__import__(", "lambda:", "'a'", "[", "]", "if", "=="]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=30).map("".join)))
@example("9**64**64")
@example("\ud800")
def test_any_text_gives_a_finite_number_or_an_expression_error(text: str) -> None:
    began = time.process_time()
    try:
        value = Expression(text).value(PARAMS)
    except ExpressionError:
        pass
    else:
        assert math.isfinite(value)
    assert time.process_time() - began < SECONDS


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.sampled_from("{}|.,fgd%+ 0123456789nxes()*/" + string.ascii_lowercase), max_size=60))
@example("{1|999999999.0f}")
@example("{1|.999999999f}")
def test_any_template_gives_short_text_or_an_expression_error(text: str) -> None:
    try:
        filled = fill(text, PARAMS)
    except ExpressionError:
        return
    assert len(filled) < 100_000


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_arithmetic_is_python_s(a: float, b: float) -> None:
    assert Expression("(a + b) * a - b / 3").value({"a": a, "b": b}) == (a + b) * a - b / 3


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("no placeholder", "no placeholder"),
        ("{n}", "3"),
        ("{n} of {n + 1}", "3 of 4"),
        ("{n / 8}", "0.375"),
        ("{1 / 3|.3f}", "0.333"),
        ("{0.25|.0%}", "25%"),
        ("{1234567|,.0f}", "1,234,567"),
        ("{1e6}", "1,000,000"),
        ("{n|+}", "+3.0"),
        ("{}", "{}"),
    ],
)
def test_a_template_is_filled_in(template: str, text: str) -> None:
    assert fill(template, PARAMS) == text


@pytest.mark.parametrize("template", ["{import os}", "{n|d}", "{n|.3q}", "{n|>999999999}", "{n|.9999f}", "{n!r}"])
def test_a_template_that_cannot_be_filled_in_is_refused_before_it_is_asked(template: str) -> None:
    with pytest.raises(ExpressionError):
        list(placeholders(template))


@pytest.mark.parametrize(
    ("value", "text"),
    [(3.0, "3"), (0.25, "0.25"), (1200.0, "1,200"), (1 / 3, "0.333333"), (1e20, "1e+20"), (-2.0, "-2"), (0.0, "0")],
)
def test_numbers_print_as_people_write_them(value: float, text: str) -> None:
    assert format_number(value) == text
