"""Every checker, with answers that are right and answers that are wrong, and what a person is told of those."""

from __future__ import annotations

import collections
import math
import time
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.code.checkers.numbers import Tolerance
from grader.code.checkers.python import PythonEquality
from grader.code.compare import Kind, Mismatch, compare, statistic
from grader.code.sandbox.encoding import encode, raised_mark
from grader.code.values import decode
from questions.code_task import Compare

NAN = math.nan
pd_: Any = pd
quick = settings(max_examples=150, deadline=None)


def value(obj: object) -> Any:
    return decode(encode(obj))


def differs(expected: object, got: object, checker: str = "approx", **options: Any) -> Mismatch | None:
    return compare(value(expected), value(got), Compare.model_validate({"checker": checker, **options}))


def frame(**columns: Any) -> Any:
    return pd_.DataFrame(columns)


SAME: list[tuple[Any, Any, str, dict[str, Any]]] = [
    (0.1 + 0.2, 0.3, "approx", {}),
    (3, 3.0000001, "approx", {}),
    (1e-9, 0.0, "approx", {}),
    ([0, 0.5], np.array([0.0, 0.5]), "approx", {}),
    ((1, [2, 3]), [np.int64(1), (2, 3)], "approx", {}),
    ([[1, 2], [3, 4]], np.array([[1.0, 2], [3, 4]]), "approx", {}),
    ([1.0, 2.0], pd_.Series([1.0, 2.0], index=[5, 6]), "approx", {}),
    ({"a": NAN, "b": [1]}, collections.OrderedDict([("b", (1,)), ("a", np.float32("nan"))]), "approx", {}),
    (collections.Counter("aab"), {"b": 1, "a": 2}, "approx", {}),
    ({1, 2.5}, {2.5 + 1e-12, 1}, "approx", {}),
    (True, np.bool_(True), "approx", {}),
    (True, 1, "approx", {"bool_as_int": True}),
    ([True, False], np.array([1, 0]), "approx", {"bool_as_int": True}),
    ("a  \nb\n", "a\nb", "approx", {}),
    ("x", np.str_("x"), "approx", {}),
    (np.array(5.0), 5, "approx", {}),
    (pd_.Timestamp("2024-01-01"), np.datetime64("2024-01-01"), "approx", {}),
    (frame(a=[1, 2]), pd_.DataFrame({"a": [1.0, 2.0]}, index=[7, 8]), "approx", {}),
    (frame(a=["x", None]), frame(a=np.array(["x", np.nan], dtype=object)), "approx", {}),
    (raised_mark(ValueError), raised_mark(UnicodeDecodeError("utf-8", b"", 0, 1, "")), "approx", {}),
    ([1, None, raised_mark(KeyError)], [1, None, raised_mark(KeyError("x"))], "approx", {}),
    (0.5, np.float64(0.5), "exact", {}),
    ([1, 2, 2], [2, 1, 2], "multiset", {}),
    ([0.1, 0.2], [0.2 + 1e-9, 0.1], "multiset", {}),
    ([[1, 2], [3]], [[3], [1, 2]], "multiset", {}),
    ([[1.0, "a"], [2.0, "b"]], [[2.0 + 1e-9, "b"], [1.0, "a"]], "multiset", {}),
    ([1, 2], [2, 2, 1], "as_set", {}),
    ({1, 2}, [2, 1, 1], "as_set", {}),
    ([[1, 2], [3, 4]], np.array([[3.0, 4 + 1e-9], [1, 2]]), "rows_any_order", {}),
    (frame(a=[1, 2], b=["x", "y"]), frame(a=[2, 1], b=["y", "x"]), "rows_any_order", {}),
    (["a", "b", "c"], ["b", "a", "z", "y"], "topk", {"k": 2}),
    ([0.6, -0.8], [-0.6, 0.8], "up_to_sign", {}),
    (np.array([[1.0, 2], [3, 4]]), np.array([[1.0, -2], [3, -4]]), "up_to_sign", {"axis": 0}),
    (np.array([[1.0, 2], [3, 4]]), np.array([[-1.0, -2], [3, 4]]), "up_to_sign", {"axis": 1}),
    ([0, 0, 1, 2], np.array([5, 5, 3, 0]), "up_to_permutation", {}),
    (["a", "a", "b"], [1, 1, 0], "up_to_permutation", {}),
    ([1.0, 2, 3], [-2e200, -4e200, -6e200], "up_to_scale", {}),
    ([[1.0, 0], [0, 1], [0, 0]], [[1.0, 1], [1, -1], [0, 0]], "same_span", {}),
    ([1.0, 1], [[-2.0, 4], [-2, 4]], "same_span", {}),
    ([[1, 2], [2, 1]], [2, 1], "one_of", {}),
    ("Hello  World", "  hello  world\n", "string", {"fold": True}),
    (r"\d+ rows?", "12 rows", "string", {"regex": True}),
    (frame(a=[1, 2], b=[3, 4]), frame(b=[4, 3], a=[2, 1]), "frame", {"rows": "any", "columns": "any"}),
    (pd_.DataFrame({"a": [1]}, index=["x"]), frame(a=[1]), "frame", {"index": "ignore"}),
    (0.5, [0, 1, 1, 0], "stat", {"statistic": "mean", "tolerance": 0.01}),
    ([0, 1, 1, 0], [0.1, 0.9, 0.8, 0.4], "metric", {"metric": "roc_auc", "at_least": 1.0}),
    ([1.0, 2.0], [1.0, 2.5], "metric", {"metric": "rmse", "at_most": 0.4}),
    (10.0, 10.4, "vs_reference", {"ratio": 1.05}),
    (-10.0, -9.6, "vs_reference", {"ratio": 1.05}),
    (10.0, 9.6, "vs_reference", {"ratio": 1.05, "better": "higher"}),
    (10.0, 3.0, "vs_reference", {"ratio": 1.05}),
    ([[1.0, 2.0], "x"], [[-1.0, -2.0], "x"], "approx", {"fields": {"0": {"checker": "up_to_sign"}}}),
    ({"l": [0, 1], "n": 1}, {"n": 1, "l": [1, 0]}, "approx", {"fields": {"l": {"checker": "up_to_permutation"}}}),
]  # fmt: skip

DIFFERENT: list[tuple[Any, Any, str, dict[str, Any], Kind, str]] = [
    (0.25, 0.5, "approx", {}, Kind.VALUE, "expected 0.25, got 0.5"),
    (1_000_000, 1_000_001, "approx", {}, Kind.VALUE, "expected 1000000, got 1000001"),
    ([1, 2, [0.25]], (1, 2, [0.5]), "approx", {}, Kind.VALUE, "[2][0]: expected 0.25, got 0.5"),
    ([[1.0, 2], [3, 4]], np.array([[1, 2], [3, 5]]), "approx", {}, Kind.VALUE, "[1][1]: expected 4.0, got 5"),
    ([1, 2], [1, 2, 3], "approx", {}, Kind.LENGTH, "expected 2 items, got 3"),
    (np.zeros((2, 3)), np.zeros((3, 2)), "approx", {}, Kind.SHAPE, "expected shape (2, 3), got shape (3, 2)"),
    (np.zeros((0, 3)), np.zeros((0, 2)), "approx", {}, Kind.SHAPE, "expected shape (0, 3), got shape (0, 2)"),
    ([[1, 2], [3]], [[1, 2], [3, 4]], "approx", {}, Kind.LENGTH, "[1]: expected 1 item, got 2"),
    ([3, 1, 2], [1, 2, 3], "approx", {}, Kind.ORDER, "[0]: expected 3, got 1"),
    (True, 1, "approx", {}, Kind.TYPE, "expected bool True, got int 1"),
    ([True], np.array([1]), "approx", {}, Kind.TYPE, "[0]: expected True, got 1"),
    (1, "1", "approx", {}, Kind.TYPE, "expected int 1, got str '1'"),
    (None, 0, "approx", {}, Kind.TYPE, "expected None, got int 0"),
    (None, NAN, "approx", {}, Kind.TYPE, "expected None, got float nan"),
    (1.0, NAN, "approx", {}, Kind.VALUE, "expected 1.0, got nan"),
    (NAN, NAN, "approx", {"nan": "reject"}, Kind.NAN, "expected nan, got nan"),
    ([1.0, NAN], [1.0, NAN], "approx", {"nan": "reject"}, Kind.NAN, "[1]: expected nan, got nan"),
    (math.inf, -math.inf, "approx", {}, Kind.VALUE, "expected inf, got -inf"),
    (math.inf, 5.0, "approx", {}, Kind.VALUE, "expected inf, got 5.0"),
    ([math.inf], [5.0], "approx", {}, Kind.VALUE, "[0]: expected inf, got 5.0"),
    ({"a": 1}, {"b": 1}, "approx", {}, Kind.KEYS, "expected the key 'a', got none such"),
    ({"a": {"b": 1}}, {"a": {"b": 2}}, "approx", {}, Kind.VALUE, "['a']['b']: expected 1, got 2"),
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}, "approx", {"ordered": True}, Kind.ORDER,
     "expected the keys 'a', 'b', got 'b', 'a'"),
    ({1, 2}, [1, 2], "approx", {}, Kind.TYPE, "expected set {1, 2}, got list [1, 2]"),
    ({1, 2}, {1, 3}, "approx", {}, Kind.VALUE, "expected a set with 2, got {1, 3}"),
    ([1, 2], (1, 2), "approx", {"types": "strict"}, Kind.TYPE, "expected list [1, 2], got tuple (1, 2)"),
    ([1], [1.0], "approx", {"types": "strict"}, Kind.TYPE, "[0]: expected int 1, got float 1.0"),
    (np.array([1]), np.array([1.0]), "approx", {"dtype": "kind"}, Kind.DTYPE, "expected int64, got float64"),
    (np.array([1.0]), np.array([1.0], "f4"), "approx", {"dtype": "exact"}, Kind.DTYPE,
     "expected float64, got float32"),
    ("a", "b", "approx", {}, Kind.VALUE, "expected 'a', got 'b'"),
    (["a "], ["a"], "approx", {}, Kind.VALUE, "[0]: expected 'a ', got 'a'"),
    (frame(a=[1]), frame(b=[1]), "approx", {}, Kind.COLUMNS, "expected the columns ['a'], got ['b']"),
    (frame(a=[1, 2]), frame(a=[1, 3]), "approx", {}, Kind.VALUE, "['a'][1]: expected 2, got 3"),
    (frame(a=[1, 2]), frame(a=[1]), "approx", {}, Kind.LENGTH, "expected 2 rows, got 1"),
    (pd_.DataFrame({"a": [1]}, index=["x"]), frame(a=[1]), "approx", {}, Kind.INDEX,
     ".index[0]: expected str 'x', got int 0"),
    (pd_.Series([1, 2], index=["a", "b"]), pd_.Series([1, 2], index=["b", "a"]), "approx", {}, Kind.INDEX,
     ".index[0]: expected 'a', got 'b'"),
    (frame(a=[1]), [1], "approx", {}, Kind.TYPE, "expected DataFrame(1 rows × 1 columns), got list [1]"),
    (raised_mark(ValueError), raised_mark(KeyError("x")), "approx", {}, Kind.RAISES,
     "expected ValueError to be raised, got raised KeyError"),
    (1, raised_mark(KeyError("x")), "approx", {}, Kind.RAISES, "expected 1, got raised KeyError"),
    (raised_mark(ValueError), 1, "approx", {}, Kind.RAISES, "expected ValueError to be raised, got 1"),
    (0.3, 0.1 + 0.2, "exact", {}, Kind.VALUE, "expected 0.3, got 0.30000000000000004"),
    ([2**53 + 1], [float(2**53)], "exact", {}, Kind.VALUE, "[0]: expected 9007199254740993, got 9007199254740992.0"),
    ([1, 2, 2], [1, 1, 2], "multiset", {}, Kind.VALUE, "expected an item 2, got also 1"),
    ([1, 2], [1, 3], "as_set", {}, Kind.VALUE, "expected an item 2, got also 3"),
    ([[1, 2], [3, 4]], [[1, 3], [2, 4]], "rows_any_order", {}, Kind.VALUE, "expected an item [1, 2], got also [1, 3]"),
    (["a", "b", "c"], ["a", "c", "b"], "topk", {"k": 2}, Kind.VALUE, "expected an item 'b', got also 'c'"),
    (["a", "b"], ["a"], "topk", {"k": 2}, Kind.LENGTH, "expected at least 2 items, got 1"),
    (np.array([[1.0, 2], [3, 4]]), np.array([[1.0, -2], [3, 4]]), "up_to_sign", {}, Kind.VALUE,
     "[:, 1][0]: expected 2.0, got -2.0"),
    ([0, 0, 1], [1, 0, 0], "up_to_permutation", {}, Kind.VALUE, "[1]: expected the same label as before, got 0"),
    ([0, 1], [5, 5], "up_to_permutation", {}, Kind.VALUE, "[1]: expected a label of its own for 1, got 5"),
    ([1.0, 2.0], [0.0, 0.0], "up_to_scale", {}, Kind.VALUE, "[0]: expected 1.0, got 0.0"),
    ([1.0, 2.0], [2.0, 1.0], "up_to_scale", {}, Kind.VALUE,
     "[0]: expected a multiple of the answer, got another direction"),
    ([[1.0], [0], [0]], [[1.0], [0], [1e-3]], "same_span", {}, Kind.VALUE,
     "expected the same space, got one that differs by 0.001"),
    (np.eye(3)[:, :2], np.eye(3), "same_span", {}, Kind.VALUE, "expected a space of 2 dimensions, got 3"),
    ([1, 2], 3, "one_of", {}, Kind.VALUE, "expected one of [1, 2], got 3"),
    ("abc", "ABC", "string", {}, Kind.VALUE, "expected 'abc', got 'ABC'"),
    (r"\d+", "12 rows", "string", {"regex": True}, Kind.VALUE, r"expected a text like '\\d+', got '12 rows'"),
    ("abc", 3, "string", {}, Kind.TYPE, "expected 'abc', got 3"),
    (frame(a=[1, 2]), frame(a=[1, 1]), "frame", {"rows": "any"}, Kind.VALUE, "expected an item (2,), got also (1,)"),
    (frame(a=[1]), frame(a=[1.0]), "frame", {"dtype": "kind"}, Kind.DTYPE, "['a']: expected int64, got float64"),
    (frame(a=[1]), pd_.DataFrame({"a": [1]}, index=[5]), "frame", {"index": "check"}, Kind.INDEX,
     ".index[0]: expected 0, got 5"),
    (0.5, [0, 0, 1, 0], "stat", {"statistic": "mean", "tolerance": 0.01}, Kind.QUALITY,
     "expected a mean of 0.5 ± 0.01, got 0.25"),
    (0.5, ["x"], "stat", {"statistic": "mean", "tolerance": 0.01}, Kind.TYPE,
     "expected finite numbers, got finite numbers are needed"),
    ([0, 1], [0.9, 0.1], "metric", {"metric": "roc_auc", "at_least": 0.8}, Kind.QUALITY,
     "expected roc_auc of at least 0.8, got 0"),
    ([0, 1], [0.9], "metric", {"metric": "roc_auc", "at_least": 0.8}, Kind.TYPE,
     "expected 2 predictions, got 2 predictions are needed, one a row of the test set, not 1"),
    (10.0, 10.6, "vs_reference", {"ratio": 1.05}, Kind.QUALITY, "expected at most 10.5, got 10.6"),
    (-10.0, -9.0, "vs_reference", {"ratio": 1.05}, Kind.QUALITY, "expected at most -9.52381, got -9"),
    (10.0, NAN, "vs_reference", {"ratio": 1.05}, Kind.NAN, "expected 10.0, got nan"),
    ([[1.0, 2.0], "x"], [[-1.0, -2.0], "y"], "approx", {"fields": {"0": {"checker": "up_to_sign"}}}, Kind.VALUE,
     "[1]: expected 'x', got 'y'"),
    (({"a": 1}, 2), 5, "approx", {"fields": {"0": {"checker": "exact"}}}, Kind.TYPE,
     "expected tuple ({'a': 1}, 2), got int 5"),
]  # fmt: skip


@pytest.mark.parametrize(("expected", "got", "checker", "options"), SAME, ids=range(len(SAME)))
def test_right_answers_are_accepted(expected: Any, got: Any, checker: str, options: dict[str, Any]) -> None:
    assert differs(expected, got, checker, **options) is None


@pytest.mark.parametrize(
    ("expected", "got", "checker", "options", "kind", "said"), DIFFERENT, ids=range(len(DIFFERENT))
)
def test_wrong_answers_are_told_by_place_and_kind(
    expected: Any, got: Any, checker: str, options: dict[str, Any], kind: Kind, said: str
) -> None:
    found = differs(expected, got, checker, **options)
    assert found is not None
    assert (found.kind, str(found)) == (kind, said)


@pytest.mark.parametrize(
    ("expected", "checker", "options"),
    [
        (1, "string", {}),
        ("x", "vs_reference", {"ratio": 2}),
        ("x", "metric", {"metric": "f1", "at_least": 0.5}),
        (3, "one_of", {}),
        ("(", "string", {"regex": True}),
        (3, "approx", {"fields": {"0": {}}}),
        (3, "figure", {"parts": ["axes"]}),
    ],
)
def test_an_expected_value_that_the_checker_does_not_know_is_the_authors_mistake(
    expected: Any, checker: str, options: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        differs(expected, "text", checker, **options)


ODD: list[Any] = [
    None, True, 0, -1.5, NAN, math.inf, 1j, "", "text", b"x", [], (), {}, set[int](), [[]], [None], [[1], [2, 3]],
    np.zeros((2, 0)), np.array(3), np.array(["a"]), np.array([1, "a"], dtype=object), np.array([1 + 2j]),
    np.zeros((2, 2, 2)), pd_.DataFrame(), frame(a=[1], b=["x"]), pd_.Series(["a"]), pd_.Index([1]), {1: 2}, range(3),
    collections.deque([1]), 10**400, [10**400, 1.5], [NAN, math.inf], np.array([255], "u1"), pd_.NaT,
    raised_mark(KeyError), np.datetime64("2024"), {"axes": [1]}, {"axes": [{}]}, [[True, False]], [{}],
    [[1e308, -1e308]],
]  # fmt: skip
KNOWN: list[tuple[Any, str, dict[str, Any]]] = [
    ([1.5, 2], "approx", {}),
    ([1, 2], "exact", {}),
    ([1, 2], "multiset", {}),
    ({1, 2}, "as_set", {}),
    ([[1, 2], [3, 4]], "rows_any_order", {}),
    (frame(a=[1]), "rows_any_order", {}),
    ([3, 2, 1], "topk", {"k": 2}),
    ([[1.0, 2], [3, 4]], "up_to_sign", {"axis": 1}),
    ([0, 1, 1], "up_to_permutation", {}),
    ([1.0, 2], "up_to_scale", {}),
    ([[1.0], [2]], "same_span", {}),
    ([1, 2], "one_of", {}),
    ("text", "string", {}),
    ("t.*", "string", {"regex": True}),
    (frame(a=[1]), "frame", {"rows": "any", "columns": "any", "index": "check", "dtype": "exact"}),
    (0.5, "stat", {"statistic": "std", "tolerance": 0.1}),
    ([0, 1], "metric", {"metric": "log_loss", "at_most": 0.5}),
    (3.0, "vs_reference", {"ratio": 1.1}),
    ({"title": "t", "axes": [{}]}, "figure", {"parts": ["titles", "lines", "bars", "limits", "images", "histogram"]}),
    ((1, [2]), "approx", {"fields": {"1": {"checker": "multiset"}}}),
    ([1.0, "x"], "approx", {"types": "strict", "nan": "reject", "dtype": "kind", "ordered": True}),
]


@pytest.mark.parametrize(
    ("expected", "checker", "options"), KNOWN, ids=[f"{c}{i}" for i, (_, c, _) in enumerate(KNOWN)]
)
def test_no_answer_whatever_breaks_a_checker(expected: Any, checker: str, options: dict[str, Any]) -> None:
    for odd in ODD:
        found = differs(expected, odd, checker, **options)
        if found is not None:
            assert found.hidden
            assert not any(character.isdigit() for character in found.hidden)


@quick
@given(st.floats(), st.floats())
def test_exact_numbers_are_alike_from_both_sides(first: float, second: float) -> None:
    assert (differs(first, second, "exact") is None) == (differs(second, first, "exact") is None)
    assert (differs([first], [second], "exact") is None) == (differs(first, second, "exact") is None)


@quick
@given(
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.floats(-1, 1, width=32),
    st.sampled_from([0.0, 1e-6, 0.1]),
    st.sampled_from([0.0, 1e-8, 0.5]),
)
def test_a_number_is_near_if_either_tolerance_says_so_alone_and_in_arrays(
    expected: float, shift: float, rtol: float, atol: float
) -> None:
    got = expected + shift
    near = abs(got - expected) <= atol or abs(got - expected) <= rtol * abs(expected)
    assert (differs(expected, got, rtol=rtol, atol=atol) is None) == near
    assert (differs([expected] * 3, np.array([expected, got, expected]), rtol=rtol, atol=atol) is None) == near


@quick
@given(st.lists(st.integers(-5, 5) | st.text(max_size=2) | st.none(), max_size=8), st.randoms(use_true_random=False))
def test_a_shuffled_list_is_the_same_multiset_and_a_changed_one_is_not(items: list[Any], chance: Any) -> None:
    shuffled = list(items)
    chance.shuffle(shuffled)
    assert differs(items, shuffled, "multiset") is None
    assert differs([*items, "extra"], [*shuffled, "other"], "multiset") is not None


@quick
@given(st.lists(st.integers(0, 4), min_size=1, max_size=12), st.permutations(range(5)))
def test_renamed_labels_are_the_same_groups(labels: list[int], names: list[int]) -> None:
    assert differs(labels, [names[label] for label in labels], "up_to_permutation") is None
    assert (
        differs([*labels, 8], [*[names[label] for label in labels], names[labels[0]]], "up_to_permutation") is not None
    )


def test_ten_thousand_rows_in_another_order_with_noise_are_matched_quickly() -> None:
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(10_000, 4))
    expected, got = value(rows), value(rows[rng.permutation(10_000)] * (1 + 1e-12))
    begin = time.process_time()
    assert compare(expected, got, Compare.model_validate({"checker": "rows_any_order"})) is None
    assert time.process_time() - begin < 5


def test_a_hundred_thousand_floats_are_compared_in_a_moment() -> None:
    items = np.random.default_rng(1).normal(size=100_000)
    expected, got = value(items.tolist()), value((items * (1 + 1e-9)).tolist())
    fastest = math.inf
    for _ in range(3):
        begin = time.process_time()
        assert compare(expected, got, Compare()) is None
        fastest = min(fastest, time.process_time() - begin)
    assert fastest < 0.05


def test_a_hidden_case_is_told_the_kind_and_no_value() -> None:
    found = differs({"secret": [1, 2]}, {"secret": [1, 3]})
    assert found is not None
    assert found.hidden == "another value"


@pytest.mark.parametrize(
    ("name", "draws", "expected"),
    [
        ("mean", [1, 2, 6], 3.0),
        ("median", [1, 2, 6], 2.0),
        ("std", [1.0, 3.0], math.sqrt(2)),
        ("var", np.array([[1.0], [3.0]]), 2.0),
        ("share", [True, False, True, True], 0.75),
    ],
)
def test_statistics_of_draws(name: Any, draws: Any, expected: float) -> None:
    spec = Compare(statistic=name)
    assert statistic(value(draws), spec) == pytest.approx(expected)


EXACT_PYTHON: list[tuple[Any, Any, bool]] = [
    (1, 1.0, True),
    (1, True, True),
    ([1, 0], [True, False], True),
    ([1, 2], (1, 2), False),
    ([[1, 2]], [(1, 2)], False),
    ([1, 2], np.array([1, 2]), False),
    (np.array([1, 2]), np.array([1.0, 2.0]), True),
    (np.array([1, 2]), np.array([[1, 2]]), False),
    (np.array([NAN]), np.array([NAN]), True),
    (NAN, NAN, True),
    (0.3, 0.1 + 0.2, False),
    ({"a": 1}, collections.OrderedDict(a=1), True),
    ({1, 2}, frozenset([2, 1]), True),
    ({1: "a"}, {True: "a"}, True),
    (2**53 + 1, float(2**53), False),
    ("a ", "a", False),
    (frame(a=[1, 2]), frame(a=[1, 2]), True),
    (frame(a=[1, 2]), pd_.DataFrame({"a": [1, 2]}, index=[1, 2]), False),
    (np.float64(0.5), 0.5, True),
    (None, NAN, False),
]


@pytest.mark.parametrize(("expected", "got", "equal"), EXACT_PYTHON, ids=range(len(EXACT_PYTHON)))
def test_the_batchs_exact_is_pythons_equality(expected: Any, got: Any, equal: bool) -> None:
    assert (PythonEquality()(value(expected), value(got)) is None) is equal


@quick
@given(st.floats(-1e6, 1e6), st.floats(-1, 1))
def test_the_batchs_approx_adds_both_tolerances(expected: float, shift: float) -> None:
    equality = PythonEquality(Tolerance(1e-3, 0.1, summed=True, exact_integers=False))
    got = expected + shift
    near = abs(got - expected) <= 0.1 + 1e-3 * abs(expected)
    assert (equality(value([expected]), value((got,))) is None) == near
    assert (equality(value(expected), value(np.float64(got))) is None) == near


def test_the_batchs_approx_allows_integers_to_differ_and_takes_sequences_alike() -> None:
    equality = PythonEquality(Tolerance(0.0, 1.0, summed=True, exact_integers=False))
    assert equality(value([10, 20]), value(np.array([11, 19]))) is None
    assert equality(value([10, 20]), value((12, 20))) is not None


def test_the_batchs_sets_ignore_order_repetition_and_the_kind_of_sequence() -> None:
    equality = PythonEquality()
    assert equality.as_sets(value([1, 2]), value((2, 1, 1.0))) is None
    assert equality.as_sets(value([1, 2]), value({1, 3})) is not None
    assert equality.as_sets(value(5), value(5)) is None
