"""Values from the candidate's process to ours: what `encode` writes, `decode` reads, on both sides."""

from __future__ import annotations

import base64
import collections
import datetime
import enum
import json
import math
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from grader.code import values
from grader.code.compare import compare
from grader.code.sandbox import encoding
from grader.code.values import MalformedValue
from questions.code_task import Checker, Compare

quick = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
pd_: Any = pd  # its types are looser than its documentation


def is_nan(value: object) -> bool:
    return isinstance(value, float | complex) and (math.isnan(value.real) or math.isnan(value.imag))


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats()
    | st.text(max_size=8)
    | st.binary(max_size=8)
    | st.complex_numbers()
    | st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**6), max_value=10**6)
    | st.fractions()
    | st.dates()
    | st.datetimes()
    | st.timedeltas()
)
HASHABLE = st.recursive(
    SCALARS.filter(lambda value: not is_nan(value)), lambda inner: st.tuples(inner, inner), max_leaves=4
)
ARRAYS = hnp.arrays(
    dtype=st.sampled_from(["bool", "int8", "int64", "uint64", "float32", "float64", "complex128", "<U3"]),
    shape=hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=6),
)


def objects(leaves: Any) -> Any:
    return st.recursive(
        leaves,
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.lists(inner, max_size=4).map(tuple)
            | st.dictionaries(st.text(max_size=4), inner, max_size=4)
            | st.dictionaries(HASHABLE, inner, max_size=4)
            | st.sets(HASHABLE, max_size=4)
            | st.frozensets(HASHABLE, max_size=4)
            | st.lists(inner, max_size=3).map(collections.deque)
            | st.dictionaries(st.text(max_size=3), inner, max_size=3).map(collections.OrderedDict)
        ),
        max_leaves=12,
    )


def through(value: object) -> Any:
    """The value's encoding as it comes out of a pipe. JSON's own parser must never see NaN."""
    return json.loads(json.dumps(encoding.encode(value), allow_nan=False))


def same(first: Any, second: Any) -> bool:
    """Equality with types, NaN equal to NaN."""
    if type(first) is not type(second):
        return False
    match first:
        case float() | complex():
            return first == second or (is_nan(first) and is_nan(second))
        case list() | tuple() | collections.deque():
            pairs = zip(cast(Any, first), second, strict=True)
            return len(cast(Any, first)) == len(second) and all(same(a, b) for a, b in pairs)
        case dict():
            left, right = cast("dict[Any, Any]", first), second
            return list(left) == list(right) and all(same(left[key], right[key]) for key in left)
        case np.ndarray():
            one, two = cast(Any, first), second
            alike = one.dtype == two.dtype and one.shape == two.shape
            return alike and bool(np.array_equal(one, two, equal_nan=one.dtype.kind in "fc"))
        case _:
            return first == second


@pytest.mark.thorough
@quick
@given(objects(SCALARS | ARRAYS))
def test_the_child_reads_back_what_it_wrote(value: object) -> None:
    assert same(encoding.decode(through(value)), value)


@quick
@given(objects(SCALARS | ARRAYS))
def test_every_value_that_can_be_encoded_is_read_outside_and_equals_itself(value: object) -> None:
    for checker in (Checker.APPROX, Checker.EXACT):
        found = compare(values.decode(through(value)), values.decode(through(value)), Compare(checker=checker))
        assert found is None


TABLES = [
    pd_.DataFrame({"a": ["x", None], "b": [1, 2], "c": [0.5, np.nan]}),
    pd_.DataFrame({"b": [True, False]}, index=pd_.Index(["r", "s"], name="row")),
    pd_.DataFrame({"a": [1, 1, 2], "v": [3.0, 4.0, 5.0]}).groupby("a").agg({"v": ["mean", "max"]}),
    pd_.DataFrame({0: [1], 1: [2]}),
    pd_.DataFrame({"when": pd_.to_datetime(["2024-02-29 12:30:00.5", None])}),
    pd_.DataFrame({"when": pd_.date_range("2024-03-30", periods=3, tz="Europe/Berlin")}),
    pd_.DataFrame({"size": pd_.Categorical(["s", "l", None], categories=["s", "m", "l"], ordered=True)}),
    pd_.DataFrame({"n": pd_.array([1, None], dtype="Int64"), "f": pd_.array([True, None], dtype="boolean")}),
    pd_.DataFrame({"took": pd_.to_timedelta([1, None], unit="s"), "any": [1, "two"]}),
    pd_.DataFrame({"month": pd_.period_range("2024-01", periods=2, freq="M")}),
    pd_.DataFrame(),
    pd_.DataFrame(index=[3, 4]),
    pd_.DataFrame([[1, 2]], columns=pd_.MultiIndex.from_tuples([("a", 1), ("a", 2)], names=["x", "y"])),
    pd_.DataFrame({"v": [1, 2]}, index=pd_.MultiIndex.from_tuples([("a", 1), ("b", 2)], names=["x", "y"])),
]


@pytest.mark.parametrize("table", TABLES, ids=range(len(TABLES)))
def test_tables_come_back_as_they_were(table: Any) -> None:
    data = through(table)
    pd_.testing.assert_frame_equal(encoding.decode(data), table)
    assert compare(values.decode(data), values.decode(data), Compare(checker=Checker.FRAME, index="check")) is None


@pytest.mark.parametrize(
    "value",
    [
        pd_.Series([1.5, 2.5], index=["a", "b"], name="s"),
        pd_.Series([], dtype="float64"),
        pd_.Index(["x", "y"], name="labels"),
        pd_.date_range("2024-01-01", periods=3, name="day"),
        pd_.RangeIndex(4),
    ],
    ids=["series", "empty", "index", "dates", "range"],
)
def test_series_and_indexes_come_back_as_they_were(value: Any) -> None:
    back = encoding.decode(through(value))
    assert type(back) is type(value)
    assert back.equals(value)
    assert back.name == value.name


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (np.float64(0.5), {"$npscalar": {"dtype": "float64", "value": 0.5}}),
        (float("-inf"), {"$float": "-inf"}),
        (2**70, {"$int": str(2**70)}),
        ((1, 1.0), {"$tuple": [1, 1.0]}),
        ({"$set": 1}, {"$dict": [["$set", 1]]}),
        (np.array([[True], [False]]), {"$ndarray": {"shape": [2, 1], "dtype": "bool", "data": [True, False]}}),
        (Decimal("1.50"), {"$decimal": "1.50"}),
        (Fraction(1, 3), {"$fraction": "1/3"}),
        (datetime.timedelta(hours=-1), {"$timedelta": [-1, 82800, 0]}),
        (np.linalg.eigh(np.eye(1)).eigenvalues, {"$ndarray": {"shape": [1], "dtype": "float64", "data": [1.0]}}),
    ],
    ids=repr,
)
def test_how_values_are_written(value: object, written: object) -> None:
    assert encoding.encode(value) == written


def test_a_named_tuple_is_written_as_a_tuple() -> None:
    assert list(through(np.linalg.eigh(np.eye(2)))) == ["$tuple"]


def test_large_numeric_arrays_travel_as_bytes_of_either_byte_order() -> None:
    for dtype in (">f8", "<f8", "bool", "<i2"):
        array = (np.arange(100) % 2).astype(dtype).reshape(4, 25)[::2]
        data = through(np.vstack([array, array]))
        assert "b64" in data["$ndarray"]
        outside = values.decode(data)
        assert outside.shape == (4, 25)
        assert outside.items() == np.vstack([array, array]).ravel().tolist()


class Hostile(type):
    """A metaclass whose every answer would be a lie."""

    def __hash__(cls) -> int:
        raise AssertionError("the encoder asked the candidate's class")

    def __eq__(cls, other: object) -> bool:
        raise AssertionError("the encoder asked the candidate's class")

    def __instancecheck__(cls, instance: object) -> bool:
        raise AssertionError("the encoder asked the candidate's class")


class Liar(metaclass=Hostile):
    @property
    def __class__(self) -> type:  # pyright: ignore
        raise AssertionError("the encoder asked the candidate's object")

    def __getattr__(self, name: str) -> object:
        raise AssertionError("the encoder asked the candidate's object")


class EqualToAll(float):
    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 1


class Colour(enum.Enum):
    RED = 1


class Own(dict[str, int]):
    pass


UNSUPPORTED: list[tuple[Callable[[], Any], str]] = [
    (lambda: Liar(), "result: Liar"),  # noqa: PLW0108 - pytest itself looks at classes that are parameters
    (lambda: [1, {"model": Liar()}], "result[1]['model']: Liar"),
    (lambda: EqualToAll(1), "result: EqualToAll"),
    (lambda: Colour.RED, "result: Colour"),
    (lambda: Own(), "result: Own"),  # noqa: PLW0108
    (lambda: cast(Any, np.ma).array([1]), "result: MaskedArray"),
    (lambda: np.zeros(1, dtype=[("a", int)]), "result: ndarray of void64"),
    (lambda: len, "result: builtin_function_or_method"),
    (lambda: iter([1]), "result: list_iterator"),
    (lambda: pd_.DataFrame({"q": [1, object()]}), "result['q'][1]: object"),
]


@pytest.mark.parametrize(("make", "said"), UNSUPPORTED, ids=[said for _, said in UNSUPPORTED])
def test_what_has_no_encoding_is_named_with_its_place_and_never_asked(make: Callable[[], Any], said: str) -> None:
    with pytest.raises(encoding.Unsupported) as caught:
        encoding.encode(make())
    assert str(caught.value) == said


def nested(levels: int) -> object:
    value: object = 1
    for _ in range(levels):
        value = [value]
    return value


def shared(levels: int) -> object:
    """A list that is small in memory and has 2 to the power of `levels` items."""
    value: object = 1
    for _ in range(levels):
        value = [value, value]
    return value


@pytest.mark.parametrize(
    "value", [nested(70), shared(40), 10**4000, np.broadcast_to(1.0, (10**9,)), Fraction(1, 10**4000)], ids=range(5)
)
def test_what_is_too_deep_or_too_long_is_refused_before_it_costs_anything(value: object) -> None:
    with pytest.raises(encoding.TooLarge):
        encoding.encode(value)


def test_sparse_matrices_become_dense() -> None:
    sparse = pytest.importorskip("scipy.sparse")
    assert through(sparse.csr_matrix(np.eye(2))) == through(np.eye(2))


def test_authors_may_name_functions_of_the_fixtures_and_seed_generators() -> None:
    decoded = encoding.decode([{"$fn": "square"}, {"$rng": 3}], {"square": abs})
    assert decoded[0] is abs
    assert decoded[1].random() == np.random.default_rng(3).random()
    with pytest.raises(ValueError, match="no cube"):
        encoding.decode({"$fn": "cube"}, {})


# Outside, nothing is believed

JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["float64", "nan"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
TAGS = st.sampled_from(
    ["$tuple", "$set", "$frozenset", "$deque", "$dict", "$ordereddict", "$counter", "$defaultdict", "$range", "$int",
     "$float", "$complex", "$bytes", "$decimal", "$fraction", "$datetime", "$date", "$time", "$timedelta", "$exception",
     "$npscalar", "$ndarray", "$dataframe", "$series", "$index", "$pandasarray", "$timestamp", "$pandastimedelta",
     "$period", "$interval", "$na", "$fn", "$rng", "$unknown"]
)  # fmt: skip
NAMES = ["dtype", "shape", "data", "b64", "value", "name", "index", "columns", "columns_name", "categories", "type"]
FIELDS = st.dictionaries(
    st.sampled_from(NAMES),
    JUNK | st.just([2, 3]) | st.sampled_from(["int64", "category", "datetime64[ns]", "multiindex", "range", "AAAA"]),
    max_size=5,
)


def tagged(inner: Any) -> Any:
    return st.tuples(TAGS, inner | FIELDS).map(lambda pair: {pair[0]: pair[1]})


@settings(max_examples=400, deadline=None)
@given(st.recursive(JUNK, tagged, max_leaves=4))
def test_hostile_json_is_a_value_or_a_malformed_value_and_nothing_else(data: object) -> None:
    try:
        value = values.decode(data)
    except MalformedValue:
        return
    assert compare(value, value, Compare()) is None


def encoded(shape: list[Any], **payload: Any) -> dict[str, Any]:
    return {"$ndarray": {"dtype": "float64", "shape": shape, **payload}}


LIES: list[Any] = [
        encoded([3], data=[1.0, 2.0]),
        encoded([10**18, 0], data=[]),
        encoded([-1, -2], data=[1.0, 2.0]),
        encoded([True], data=[1.0]),
        encoded([1], b64="!!!!"),
        encoded([1], b64=base64.b64encode(b"1234567").decode()),
        encoded([1], data=[True]),
        encoded([1], data=[1.0], b64=""),
        encoded([1] * 40, data=[1.0]),
        {"$ndarray": {"dtype": "bool", "shape": [1], "b64": base64.b64encode(b"\x02").decode()}},
        {"$ndarray": {"dtype": "int8", "shape": [1], "data": [300]}},
        {"$ndarray": {"dtype": "object); import os", "shape": [0], "data": []}},
        {"$set": [[1]]},
        {"$set": [1, 1.0]},
        {"$dict": [[1, 2], [True, 3]]},
        {"$range": [0, 10**15, 1]},
        {"$int": "9" * 5000},
        {"$int": "١"},
        {"$decimal": "1E+99999"},
        {"$fraction": "1/0"},
        {"$datetime": "2024-13-01"},
        {"$fn": "open"},
        {"$rng": 1},
        {"$tuple": [], "extra": 1},
        {"$index": {"dtype": "range", "data": {"$range": [0, 10**9, 1]}}},
        {"$series": {"name": None, "dtype": "int64", "data": [1], "index": {"dtype": "int64", "data": [1, 2]}}},
        {"$dataframe": {"columns": [{"name": "a", "dtype": "int64", "data": [1]}, {"name": "b", "dtype": "int64",
                                    "data": []}], "index": None}},
        {"$pandasarray": {"dtype": "category", "data": [1], "categories": {"dtype": "str", "data": ["a"]}}},
        {"$npscalar": {"dtype": "float64", "value": "1"}},
        (1, 2),
]  # fmt: skip


@pytest.mark.parametrize("data", LIES, ids=[json.dumps(data)[:60] for data in LIES])
def test_lies_about_counts_types_and_names_are_found(data: object) -> None:
    with pytest.raises(MalformedValue):
        values.decode(data)


def deep(tag: str, levels: int) -> Any:
    data: Any = 1
    for _ in range(levels):
        data = {tag: [data]}
    return data


@pytest.mark.parametrize("tag", ["$tuple", "$set", "$deque"])
def test_depth_is_limited(tag: str) -> None:
    with pytest.raises(MalformedValue):
        values.decode(deep(tag, 200))


def colliding() -> Iterator[dict[str, Any]]:
    """Integers that Python's hash cannot tell apart."""
    prime = 2**61 - 1
    yield from ({"$int": str(prime * k)} for k in range(1, 30_000))


def test_keys_made_to_collide_do_not_slow_the_judge_down() -> None:
    items = list(colliding())
    assert len(values.decode({"$set": items}).items) == len(items)  # a set of Python's would take minutes here


def test_lone_surrogates_survive_until_they_are_shown() -> None:
    assert values.decode(json.loads('"\\ud800"')) == "\ud800"
