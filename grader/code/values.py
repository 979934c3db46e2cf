"""Values as the judge holds them: what came out of the sandbox, checked and made plain.

The JSON is whatever a hostile process cared to write (`grader.code.sandbox.encoding` says what it should be). `decode`
believes no count, dtype or name before it has checked it, imports no pandas and makes no object with behavior of its
own: natives stay natives, everything else becomes a frozen dataclass. Dictionaries with other than text keys and sets
keep their items in tuples: Python's own would be slow to build from keys chosen to collide.
"""

from __future__ import annotations

import base64
import builtins
import datetime
import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal, cast

import numpy as np
import numpy.typing as npt

from grader.code.job import Json
from grader.code.sandbox.encoding import NUMERIC

MAX_DEPTH = 70
"""Deeper than what `encode` writes, by the levels that tables add."""
MAX_ITEMS = 2_000_000
MAX_DIMENSIONS = 32
MAX_EXPONENT = 3_900
MAX_NAME = 200
"""Characters of a dtype or of an exception's name."""

Flat = npt.NDArray[Any] | tuple["Value", ...]
"""Elements in row-major order: a one-dimensional numpy array for numeric dtypes, else a tuple."""


class MalformedValue(ValueError):  # noqa: N818 - named as what it is about
    """The JSON is not an encoded value; the message says where it stops being one."""


@dataclass(frozen=True, eq=False, slots=True)
class Array:
    """A numpy array, or the elements of a pandas array."""

    dtype: str
    shape: tuple[int, ...]
    data: Flat

    @property
    def size(self) -> int:
        return len(self.data)

    @property
    def numeric(self) -> bool:
        return isinstance(self.data, np.ndarray)

    def items(self) -> list[Any]:
        """The elements as Python's own values, flat."""
        return self.data.tolist() if isinstance(self.data, np.ndarray) else list(self.data)


@dataclass(frozen=True, slots=True)
class Scalar:
    """A scalar of numpy or pandas that is neither a time nor missing: its dtype and its value as a native."""

    dtype: str
    value: Any


@dataclass(frozen=True, slots=True)
class Missing:
    """pandas' NA or NaT."""

    kind: Literal["NA", "NaT"]


@dataclass(frozen=True, slots=True)
class Moment:
    """A datetime, Timestamp or datetime64: nanoseconds since 1970, in UTC if it knows its zone."""

    ns: int
    aware: bool = False
    kind: str = "datetime"


@dataclass(frozen=True, slots=True)
class Span:
    """A timedelta, Timedelta or timedelta64, in nanoseconds."""

    ns: int
    kind: str = "timedelta"


@dataclass(frozen=True, slots=True)
class RaisedValue:
    """An exception as an entry of a script's results; `bases` are the names of its classes, itself first."""

    type: str
    bases: tuple[str, ...]
    message: str = ""


@dataclass(frozen=True, eq=False, slots=True)
class Dict:
    """A dictionary whose keys are not all text, or one of a class of its own. No two keys are equal."""

    kind: str
    pairs: tuple[tuple[Value, Value], ...]


@dataclass(frozen=True, eq=False, slots=True)
class Set:
    """A set or frozenset. No two items are equal."""

    kind: str
    items: tuple[Value, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Deque:
    items: list[Value]


@dataclass(frozen=True, eq=False, slots=True)
class Index:
    """The labels of rows. `name` is a tuple for several levels, whose labels are tuples."""

    name: Value
    values: Array

    @property
    def plain(self) -> bool:
        """Whether it is 0, 1, 2 …"""
        data = self.values.data
        return self.name is None and isinstance(data, np.ndarray) and data.dtype.kind in "iu" and bool(
            np.array_equal(data, np.arange(len(data)))
        )  # fmt: skip


@dataclass(frozen=True, eq=False, slots=True)
class Series:
    name: Value
    values: Array
    index: Index

    @property
    def data(self) -> Flat:
        return self.values.data


@dataclass(frozen=True, eq=False, slots=True)
class Column:
    name: Value
    values: Array


@dataclass(frozen=True, eq=False, slots=True)
class Frame:
    columns: tuple[Column, ...]
    index: Index
    columns_name: Value = None

    @property
    def rows(self) -> int:
        return self.index.values.size


Value = Any
"""None, bool, int, float, complex, str, bytes, Decimal, Fraction, date, time, range, list, tuple, dict with text keys,
or one of the classes above."""


def decode(data: Json) -> Value:
    """The value that encoded JSON stands for. Raises MalformedValue, and nothing else."""
    try:
        return _Decoder().value(data, 0)
    except MalformedValue:
        raise
    except (ValueError, TypeError, KeyError, ArithmeticError) as error:
        raise MalformedValue(f"not an encoded value: {str(error)[:100]}") from error


def type_name(value: Value) -> str:
    """What a person would call the value's type."""
    match value:
        case None:
            return "None"
        case Array():
            return "array"
        case Frame():
            return "DataFrame"
        case Series() | Index() | Deque():
            return type(value).__name__.replace("Deque", "deque")
        case Scalar(dtype=dtype):
            return dtype
        case Missing(kind=kind) | Dict(kind=kind) | Set(kind=kind) | Moment(kind=kind) | Span(kind=kind):
            return kind
        case RaisedValue():
            return "exception"
        case _:
            return type(value).__name__


def key_of(value: Value) -> str:
    """A text that two hashable values share exactly if Python finds them equal (and NaN equals NaN).

    Text, because its hash is salted: a table of such keys cannot be made slow from inside the sandbox. Raises
    MalformedValue for what has no hash.
    """
    match value:
        case None | Missing():
            return f"?{type_name(value)}"
        case str():
            return "s" + value
        case bool() | int():
            return f"n{int(value)}"
        case float():
            return f"n{int(value)}" if value.is_integer() else f"f{value!r}"
        case complex():
            return key_of(value.real) if value.imag == 0 else f"c{value.real!r},{value.imag!r}"
        case Decimal() | Fraction():
            return _exact_key(value)
        case bytes():
            return "b" + value.hex()
        case tuple():
            return _joined("t", (key_of(item) for item in cast("tuple[Value, ...]", value)))
        case Set(kind="frozenset", items=items):
            return _joined("z", sorted(key_of(item) for item in items))
        case Scalar():
            return key_of(value.value)
        case Moment():
            return f"m{value.ns}{'z' if value.aware else ''}"
        case Span():
            return f"d{value.ns}"
        case datetime.date() | datetime.time() | range():
            return f"{type(value).__name__}{value}"
        case _:
            raise MalformedValue(f"{type_name(value)} cannot be a key or an item of a set")


def _joined(mark: str, keys: Iterable[str]) -> str:
    return mark + "".join(f"{len(key)}:{key}" for key in keys)


def _exact_key(value: Decimal | Fraction) -> str:
    if isinstance(value, Decimal) and not value.is_finite():
        return key_of(float(value)) if not value.is_snan() else "fnan"
    exact = Fraction(value)
    if exact.denominator == 1:
        return f"n{exact.numerator}"
    try:
        near = float(exact)
    except OverflowError:
        near = math.inf
    return f"f{near!r}" if math.isfinite(near) and Fraction(near) == exact else f"q{exact}"


_INT = re.compile(r"-?[0-9]{1,3950}", re.ASCII)
_FRACTION = re.compile(r"(-?[0-9]{1,3950})/([0-9]{1,3950})", re.ASCII)
_DECIMAL = re.compile(r"-?([0-9.]{1,3950}(E[+-]?[0-9]{1,5})?|Infinity|s?NaN)", re.ASCII)
_ISO = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,12}))?)?(Z|[+-]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)?",
    re.ASCII,
)
_UNIT = re.compile(r"(datetime64|timedelta64)(?:\[(\w+)(?:, ([\w/+: -]{1,60}))?\])?", re.ASCII)
_NAME = re.compile(r"[\w<>=|\[\](),./+: -]{1,200}", re.ASCII)
_NANOSECONDS = {"D": 86_400_000_000_000, "h": 3_600_000_000_000, "m": 60_000_000_000, "s": 1_000_000_000,
                "ms": 1_000_000, "us": 1_000, "ns": 1, "W": 604_800_000_000_000}  # fmt: skip
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_EXTRAS = {"$deque": "maxlen", "$defaultdict": "factory", "$timestamp": "tz"}


class _Decoder:
    """Reads one value, counting what it holds."""

    def __init__(self) -> None:
        self._left = MAX_ITEMS

    def _spend(self, count: int) -> None:
        self._left -= count
        if self._left < 0:
            raise MalformedValue(f"more than {MAX_ITEMS:,} items")

    def value(self, data: Json, depth: int) -> Value:
        kind = _type_of(data)
        if data is None or kind is str or kind is float or kind is bool or kind is int:
            return data
        if depth > MAX_DEPTH:
            raise MalformedValue("too deep")
        if kind is list:
            return self._values(data, depth)
        if kind is not dict:
            raise MalformedValue(f"{kind.__name__} is no JSON")
        fields = cast("dict[str, Json]", data)
        tags = [key for key in fields if key[:1] == "$"]
        if not tags:
            self._spend(len(fields))
            return {key: self.value(item, depth + 1) for key, item in fields.items()}
        tag = tags[0]
        if len(fields) > 1 and set(fields) != {tag, _EXTRAS.get(tag)}:
            raise MalformedValue(f"{tag[:MAX_NAME]} with other keys beside it")
        return self._tagged(tag, fields[tag], fields, depth + 1)

    def _values(self, data: Json, depth: int) -> list[Value]:
        items = _checked(data, list)
        self._spend(len(items))
        return [
            item if type(item) is float or type(item) is int else self.value(item, depth + 1) for item in items
        ]  # fmt: skip

    def _tagged(self, tag: str, data: Json, whole: dict[str, Json], depth: int) -> Value:
        match tag:
            case "$tuple":
                return tuple(self._values(data, depth))
            case "$set" | "$frozenset":
                items = tuple(self._values(data, depth))
                _distinct(items)
                return Set(tag[1:], items)
            case "$deque":
                return Deque(self._values(data, depth))
            case "$dict" | "$ordereddict" | "$counter" | "$defaultdict":
                pairs = self._pairs(data, depth)
                _distinct([key for key, _ in pairs])
                kind = {"$ordereddict": "OrderedDict", "$counter": "Counter"}.get(tag, tag[1:])
                return Dict(kind, pairs)
            case "$ndarray":
                return self._ndarray(data, depth)
            case "$npscalar":
                return self._scalar(_fields(data, {"dtype", "value"}), depth)
            case "$dataframe":
                return self._frame(data, depth)
            case "$series":
                fields = _fields(data, {"dtype", "name"}, _COLUMN | {"index"})
                values = self._column(fields, depth)
                return Series(
                    self._label(fields["name"], depth), values, self._index(fields.get("index"), values.size, depth)
                )
            case "$index":
                return self._index(data, None, depth)
            case "$pandasarray":
                return self._column(_fields(data, {"dtype"}, _COLUMN), depth)
            case "$period":
                text, freq = (_name(part) for part in _checked(data, list))
                return Scalar(f"period[{freq}]", text)
            case "$interval":
                left, right, closed = _checked(data, list)
                return Scalar(f"interval[{_name(closed)}]", (self.value(left, depth), self.value(right, depth)))
            case "$timestamp":
                if "tz" in whole:
                    _name(whole["tz"])
                return _moment(data, "Timestamp", aware="tz" in whole)
            case _:
                return _PLAIN_TAGS[tag](data) if tag in _PLAIN_TAGS else _unknown(tag)

    def _pairs(self, data: Json, depth: int) -> tuple[tuple[Value, Value], ...]:
        if type(data) is dict:
            data = [[key, item] for key, item in cast("dict[str, Json]", data).items()]
        pairs: list[tuple[Value, Value]] = []
        self._spend(len(_checked(data, list)))
        for pair in data:
            key, item = _checked(pair, list)
            pairs.append((self.value(key, depth), self.value(item, depth)))
        return tuple(pairs)

    # Arrays

    def _ndarray(self, data: Json, depth: int) -> Array:
        fields = _fields(data, {"dtype", "shape"}, _COLUMN)
        shape = tuple(_count(size) for size in _checked(fields["shape"], list))
        if len(shape) > MAX_DIMENSIONS:
            raise MalformedValue(f"more than {MAX_DIMENSIONS} dimensions")
        dtype = _name(fields["dtype"])
        if "data" in fields and dtype != "object":
            fields["data"] = _flat(_checked(fields["data"], list), len(shape))
        found = self._array(dtype, fields, depth)
        if math.prod(shape) != found.size:
            raise MalformedValue("the shape does not fit the number of elements")
        return Array(found.dtype, shape, found.data)

    def _array(self, dtype: str, fields: dict[str, Json], depth: int) -> Array:
        """A flat array of a numpy dtype."""
        if ("data" in fields) == ("b64" in fields):
            raise MalformedValue("an array needs either data or b64")
        if "b64" in fields:
            if dtype not in NUMERIC:
                raise MalformedValue(f"no base64 for {dtype}")
            return self._flat_array(dtype, _from_bytes(fields["b64"], dtype))
        items = _checked(fields["data"], list)
        self._spend(len(items))
        if dtype in NUMERIC:
            return self._flat_array(dtype, _numbers(items, dtype), counted=True)
        if dtype == "object":
            return self._flat_array(dtype, tuple(self.value(item, depth + 1) for item in items), counted=True)
        if re.fullmatch(r"[<>=|]?U\d{1,9}|str", dtype):
            return self._flat_array(dtype, tuple(_checked(item, str) for item in items), counted=True)
        if re.fullmatch(r"\|?S\d{1,9}", dtype):
            return self._flat_array(dtype, tuple(self.value(item, depth + 1) for item in items), counted=True)
        if _UNIT.fullmatch(dtype):
            return self._flat_array(dtype, tuple(_time(item, dtype) for item in items), counted=True)
        raise MalformedValue(f"unknown dtype {dtype}")

    def _flat_array(self, dtype: str, data: Flat, *, counted: bool = False) -> Array:
        if not counted:
            self._spend(len(data))
        return Array(dtype, (len(data),), data)

    def _scalar(self, fields: dict[str, Json], depth: int) -> Value:
        dtype, data = _name(fields["dtype"]), fields["value"]
        if dtype in NUMERIC:
            return Scalar(dtype, _numbers([data], dtype).tolist()[0])
        if dtype in {"str", "bytes"}:
            return Scalar(dtype, _checked(self.value(data, depth), str if dtype == "str" else bytes))
        if _UNIT.fullmatch(dtype):
            return _time(data, dtype)
        raise MalformedValue(f"unknown dtype {dtype}")

    # pandas

    def _column(self, fields: dict[str, Json], depth: int) -> Array:
        dtype = _name(fields["dtype"])
        if dtype == "category":
            categories = self._column(_fields(fields["categories"], {"dtype"}, _COLUMN), depth + 1).items()
            codes = _checked(fields["data"], list)
            self._spend(len(codes))
            if not all(type(code) is int and -1 <= code < len(categories) for code in codes):
                raise MalformedValue("a code that stands for no category")
            return Array(dtype, (len(codes),), tuple(math.nan if c < 0 else categories[c] for c in codes))
        if dtype in NUMERIC or dtype == "object" or _UNIT.fullmatch(dtype) or re.fullmatch(r"<U\d+|\|S\d+", dtype):
            return self._array(dtype, fields, depth)
        return Array(dtype, (len(items := self._values(fields["data"], depth)),), tuple(items))

    def _label(self, data: Json, depth: int) -> Value:
        label = self.value(data, depth)
        key_of(label)  # labels are hashable
        return label

    def _index(self, data: Json, rows: int | None, depth: int) -> Index:
        """Row labels; `rows` is how many there must be, None: any number."""
        if data is None:
            count = rows or 0
            self._spend(count)
            return Index(None, Array("int64", (count,), np.arange(count)))
        fields = _fields(data, {"dtype", "data"} if "data" in data else {"dtype"}, _COLUMN | {"name", "freq"})
        if fields["dtype"] == "range":
            span = _range(_fields(fields["data"], {"$range"})["$range"])
            self._spend(len(span))
            labels = np.arange(span.start, span.stop, span.step, dtype=np.int64)
            values = Array("int64", (len(labels),), labels)
        elif fields["dtype"] == "multiindex":
            values = self._array("object", {"data": fields["data"]}, depth)
            if not all(isinstance(label, tuple) for label in values.data):
                raise MalformedValue("the labels of several levels are tuples")
        else:
            values = self._column(fields, depth)
        if rows is not None and values.size != rows:
            raise MalformedValue("as many labels as rows are needed")
        return Index(self._label(fields.get("name"), depth), values)

    def _frame(self, data: Json, depth: int) -> Frame:
        fields = _fields(data, {"columns"}, {"columns_name", "index"})
        columns: list[Column] = []
        for column in _checked(fields["columns"], list):
            parts = _fields(column, {"name", "dtype"}, _COLUMN)
            columns.append(Column(self._label(parts["name"], depth), self._column(parts, depth + 1)))
        self._spend(len(columns))
        if len({column.values.size for column in columns}) > 1:
            raise MalformedValue("columns of different lengths")
        index = self._index(fields.get("index"), columns[0].values.size if columns else None, depth)
        return Frame(tuple(columns), index, self._label(fields.get("columns_name"), depth))


_type_of: Callable[[object], type] = type
_COLUMN = frozenset({"data", "b64", "categories", "ordered"})


def _checked(data: Json, kind: type) -> Any:
    if type(data) is not kind:
        raise MalformedValue(f"{kind.__name__} expected, not {type(data).__name__}")
    return data


def _fields(data: Json, needed: set[str], optional: Iterable[str] = ()) -> dict[str, Json]:
    fields = cast("dict[str, Json]", _checked(data, dict))
    if not needed <= set(fields) <= needed.union(optional):
        raise MalformedValue(f"the keys {', '.join(sorted(needed))} are needed")
    return dict(fields)


def _count(data: Json) -> int:
    if type(data) is not int or not 0 <= data <= MAX_ITEMS:
        raise MalformedValue("a size is a small whole number")
    return data


def _name(data: Json) -> str:
    if type(data) is not str or len(data) > MAX_NAME or not _NAME.fullmatch(data):
        raise MalformedValue("a name is a short text")
    return data


def _distinct(items: Iterable[Value]) -> None:
    keys = [key_of(item) for item in items]
    if len(set(keys)) != len(keys):
        raise MalformedValue("two keys or items of a set are equal")


def _flat(items: list[Json], dimensions: int) -> list[Json]:
    """The elements of lists nested as deep as there are dimensions; a flat list stays as it is."""
    for _ in range(dimensions - 1):
        if not items or not all(type(item) is list for item in items):
            break
        items = [inner for item in items for inner in item]
    return items


def _from_bytes(data: Json, dtype: str) -> npt.NDArray[Any]:
    raw = base64.b64decode(_checked(data, str), validate=True)
    kind = np.dtype(dtype)
    if len(raw) % kind.itemsize:
        raise MalformedValue("a broken element")
    if dtype == "bool" and raw.translate(None, b"\0\1"):
        raise MalformedValue("a bool is 0 or 1")
    return np.frombuffer(raw, kind.newbyteorder("<")).astype(kind, copy=False)


def _numbers(items: list[Json], dtype: str) -> npt.NDArray[Any]:
    kind = np.dtype(dtype)
    plain: list[Any] = []
    if kind.kind in "biu":
        wanted = bool if kind.kind == "b" else int
        if any(type(item) is not wanted for item in items):
            raise MalformedValue(f"{dtype} expected")
        if kind.kind != "b" and items and not (np.iinfo(kind).min <= min(items) and max(items) <= np.iinfo(kind).max):
            raise MalformedValue(f"too large for {dtype}")
        plain = items
    else:
        for item in items:
            if type(item) is float or type(item) is int:
                plain.append(item)
            elif kind.kind == "c" and "$complex" in _checked(item, dict):
                plain.append(_complex(_fields(item, {"$complex"})["$complex"]))
            else:
                plain.append(_real(item))
    with np.errstate(over="ignore"):
        return np.array(plain, dtype=kind)


def _special_float(data: Json) -> float:
    if data not in {"nan", "inf", "-inf"}:
        raise MalformedValue("$float is nan, inf or -inf")
    return float(data)


def _real(data: Json) -> float:
    if _type_of(data) is dict:
        return _special_float(_fields(data, {"$float"})["$float"])
    if type(data) is not float and type(data) is not int:
        raise MalformedValue("a number is expected")
    return float(data)


def _complex(data: Json) -> complex:
    real, imaginary = _checked(data, list)
    return complex(_real(real), _real(imaginary))


def _int(data: Json) -> int:
    if type(data) is not str or not _INT.fullmatch(data):
        raise MalformedValue("$int is a whole number as text")
    return int(data)


def _range(data: Json) -> range:
    start, stop, step = (_int(e["$int"]) if type(e) is dict else _checked(e, int) for e in _checked(data, list))
    found = range(start, stop, step)
    if not found or (found[-1].bit_length() < 63 and found[0].bit_length() < 63 and len(found) <= MAX_ITEMS):
        return found
    raise MalformedValue("a range of too many or too large numbers")


def _decimal(data: Json) -> Decimal:
    if not _DECIMAL.fullmatch(_checked(data, str)):
        raise MalformedValue("$decimal is a number as text")
    found = Decimal(data)
    if found.is_snan():
        raise MalformedValue("a signaling NaN cannot be compared")
    _, digits, exponent = found.as_tuple()
    if isinstance(exponent, int) and max(abs(exponent), abs(found.adjusted()), len(digits)) > MAX_EXPONENT:
        raise MalformedValue("a decimal with too large an exponent")
    return found


def _fraction(data: Json) -> Fraction:
    if not (parts := _FRACTION.fullmatch(_checked(data, str))):
        raise MalformedValue("$fraction is like 1/3")
    return Fraction(int(parts[1]), int(parts[2]))


def _moment(data: Json, kind: str, *, aware: bool = False) -> Moment:
    parts = _ISO.fullmatch(_checked(data, str))
    if not parts:
        raise MalformedValue("a time is ISO text")
    day, clock, fraction, offset = parts.groups()
    whole = datetime.datetime.fromisoformat(f"{day}T{clock or '00:00'}{(offset or '+00:00').replace('Z', '+00:00')}")
    seconds = whole - _EPOCH
    ns = (seconds.days * 86_400 + seconds.seconds) * 1_000_000_000 + seconds.microseconds * 1_000
    return Moment(ns + int((fraction or "").ljust(9, "0")[:9]), aware or offset is not None, kind)


def _time(data: Json, dtype: str) -> Value:
    """An element of datetime64 or timedelta64."""
    if data is None:
        return Missing("NaT")
    unit = _UNIT.fullmatch(dtype)
    assert unit is not None
    if unit[1] == "datetime64":
        return _moment(data, "datetime64", aware=unit[3] is not None)
    if unit[2] not in _NANOSECONDS:
        raise MalformedValue(f"unknown unit of {dtype}")
    count = _checked(data, int)
    if count.bit_length() > 64:
        raise MalformedValue(f"too large for {dtype}")
    return Span(count * _NANOSECONDS[unit[2]], "timedelta64")


def _delta(data: Json) -> Span:
    days, seconds, micros = (_checked(part, int) for part in _checked(data, list))
    delta = datetime.timedelta(days, seconds, micros)
    return Span((delta.days * 86_400 + delta.seconds) * 1_000_000_000 + delta.microseconds * 1_000)


def _pandas_delta(data: Json) -> Span:
    if type(data) is not int or data.bit_length() > 64:
        raise MalformedValue("$pandastimedelta is a count of nanoseconds")
    return Span(data, "Timedelta")


def _missing(data: Json) -> Missing:
    if data not in {"NA", "NaT"}:
        raise MalformedValue("$na is NA or NaT")
    return Missing(data)


def _raised(data: Json) -> RaisedValue:
    if type(data) is str:
        data = {"type": data}
    fields = _fields(data, {"type"}, {"message", "bases"})
    name = _name(fields["type"])
    bases = tuple(_name(base) for base in _checked(fields.get("bases", []), list))
    message = _checked(fields.get("message", ""), str)
    return RaisedValue(name, bases or builtin_bases(name), message)


def builtin_bases(name: str) -> tuple[str, ...]:
    """The names of an exception's classes, itself first; of one that is not built in only its own."""
    found = getattr(builtins, name, None)
    if not isinstance(found, type) or not issubclass(found, BaseException):
        return (name,)
    return tuple(base.__name__ for base in found.__mro__ if base is not object)


def _unknown(tag: str) -> Value:
    raise MalformedValue(f"unknown tag {tag[:40]}")


_PLAIN_TAGS: dict[str, Callable[[Json], Value]] = {
    "$float": _special_float,
    "$int": _int,
    "$complex": _complex,
    "$bytes": lambda data: base64.b64decode(_checked(data, str), validate=True),
    "$range": _range,
    "$decimal": _decimal,
    "$fraction": _fraction,
    "$datetime": lambda data: _moment(data, "datetime"),
    "$date": lambda data: datetime.date.fromisoformat(_checked(data, str)),
    "$time": lambda data: datetime.time.fromisoformat(_checked(data, str)),
    "$timedelta": _delta,
    "$pandastimedelta": _pandas_delta,
    "$na": _missing,
    "$exception": _raised,
}
