from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.code.sandbox.encoding import encode, raised_mark
from grader.code.show import clean, show
from grader.code.values import decode

pd_: Any = pd


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ([1, 2.5, "a", None, (True,)], "[1, 2.5, 'a', None, (True,)]"),
        ({"a": {1: {2}}}, "{'a': {1: {2}}}"),
        (np.array([[1, 2], [3, 4]]), "array([[1, 2], [3, 4]])"),
        (np.array(5.0), "array(5.0)"),
        (np.float64(0.1), "0.1"),
        (frozenset([1]), "frozenset({1})"),
        (set[int](), "set()"),
        (pd_.Series([1, 2], index=["x", "y"]), "Series([1, 2], index=['x', 'y'])"),
        (pd_.Timestamp("2024-02-01 10:00"), "Timestamp('2024-02-01 10:00:00')"),
        (raised_mark(KeyError("x")), "KeyError(\"'x'\")"),
        (pd_.DataFrame({"a": [1, 22], "b": ["x", "yy"]}), " a   b\n 1   x\n22  yy"),
        (pd_.DataFrame({"a": [1]}, index=["r"]), "   a\nr  1"),
    ],
    ids=range(12),
)
def test_values_are_written_as_python_would(value: object, text: str) -> None:
    assert show(decode(encode(value))) == text


def test_long_values_are_cut_without_being_written_out() -> None:
    text = show(decode(encode(np.zeros((1000, 100)))), 40)
    assert text == "array([[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0…"
    assert len(show(decode({"$ndarray": {"dtype": "float64", "shape": [1_000_000, 0], "data": []}}), 30)) == 30


def test_a_large_table_says_how_large_it_is() -> None:
    text = show(decode(encode(pd_.DataFrame({f"c{i}": range(50) for i in range(20)}))), 600)
    assert text.endswith("… 50 rows × 20 columns")


@given(st.text(), st.integers(1, 50))
def test_cleaned_text_is_short_and_has_no_tricks(text: str, limit: int) -> None:
    cleaned = clean(text, limit)
    assert len(cleaned) <= limit
    assert not any(ord(c) < 32 and c not in "\n\t" for c in cleaned)
    cleaned.encode()  # no lone surrogates


def test_text_that_turns_or_hides_text_is_taken_out() -> None:
    assert clean("a\x1b[31m\u202eb\u200b\u0000\ud800", 20) == "a[31mb\ufffd"
