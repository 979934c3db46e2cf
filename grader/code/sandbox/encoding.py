"""Values as JSON, inside the sandboxed process, where the candidate's objects live.

`encode` takes exact types only and calls no method of a class that the candidate wrote: what an object claims to be
equal to, or how it prints, never matters. The one exception by inheritance is a tuple's subclass (a named tuple, as
`np.linalg.eigh` returns), whose items are read with tuple's own iterator. Numpy and pandas are looked up among the
modules that are loaded already, so that a submission which needs neither pays for neither.

Plain JSON stands for None, bool, int, float, str, list and dict with plain keys; `1` is an int and `1.0` a float.
Everything else is an object with one key that starts with `$`:

    $tuple $set $frozenset $deque     items                $range              [start, stop, step]
    $dict $ordereddict $counter       [[key, value], …]    $int $decimal       text
    $defaultdict                      pairs, factory       $fraction           "1/3"
    $float                            nan | inf | -inf     $complex            [real, imaginary]
    $bytes                            base64               $datetime $date     ISO text ($time too)
    $timedelta                        [days, s, µs]        $exception          {type, message, bases}
    $npscalar                         {dtype, value}       $ndarray            {dtype, shape, data | b64}
    $pandasarray $index $series       {dtype, data | b64}  $dataframe          {columns, columns_name, index}
    $timestamp                        ISO text, tz         $pandastimedelta    nanoseconds
    $na                               NA | NaT             $period $interval   [text, freq], [left, right, closed]

`data` is flat, in row-major order. `b64` holds the little-endian bytes of a numeric array. Only authors may write
`{"$fn": name}`, a function of the fixtures, and `{"$rng": seed}`, a numpy Generator.
"""

from __future__ import annotations

import abc
import base64
import collections
import datetime
import decimal
import fractions
import importlib
import math
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Json = Any

MAX_DEPTH = 60
MAX_ITEMS = 1_000_000
"""Of all containers and arrays of one value together."""
MAX_BYTES = 32 * 1024 * 1024
"""Of all texts, bytes and arrays of one value together, before they are written as JSON."""
MAX_INT_BITS = 13_000
"""About 3,900 decimal digits; Python itself refuses to read more than 4,300."""
BINARY_FROM = 65
"""Numeric arrays of at least this many elements travel as base64."""

NUMERIC = frozenset(
    {"bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64",
     "complex64", "complex128"}
)  # fmt: skip

_EXACT_INT = 2**63
_FACTORIES: dict[str, Any] = {"int": int, "float": float, "list": list, "dict": dict, "set": set, "str": str}
_FACTORY_NAMES: dict[object, str] = {factory: name for name, factory in _FACTORIES.items()}
_DICT_VIEWS: frozenset[type] = frozenset({type({}.keys()), type({}.values()), type({}.items())})  # pyright: ignore
_ISO_TAGS: dict[type, str] = {datetime.datetime: "$datetime", datetime.date: "$date", datetime.time: "$time"}
_COARSE_UNITS = {"Y": "D", "M": "D", "W": "D", "h": "s", "m": "s"}
"""Units of datetime64 that are written in a finer one, so that every text is a full date or a full time."""
_ZONED = re.compile(r"datetime64\[(\w+), (.+)\]")

# The descriptors of `type` itself: attribute access could run code of a metaclass.
_name_of: Callable[[type], str] = type.__dict__["__name__"].__get__
_mro_of: Callable[[type], tuple[type, ...]] = type.__dict__["__mro__"].__get__
_module_of: Callable[[type], object] = type.__dict__["__module__"].__get__
_type_of: Callable[[object], type] = type
_tuple_items: Callable[[Any], Iterator[Any]] = tuple.__dict__["__iter__"]


class Unsupported(Exception):  # noqa: N818 - it is an outcome, not an error of this program
    """The value holds something that has no encoding."""

    def __init__(self, type_name: str, path: str = "") -> None:
        super().__init__(type_name, path)
        self.type_name = type_name
        self.path = path
        """From the whole value to the culprit: `[1]['model']`."""

    def inside(self, piece: str) -> Unsupported:
        """The same, seen from the container."""
        return Unsupported(self.type_name, piece + self.path)

    def __str__(self) -> str:
        return f"result{self.path}: {self.type_name}"


class TooLarge(Exception):  # noqa: N818
    """The value is deeper, longer or larger than what is taken; the message says which."""


@dataclass(frozen=True)
class RaisedMark:
    """Stands for an exception in the results of a script, and for `raises(ValueError)` in what is expected."""

    type: str
    message: str = ""
    bases: tuple[str, ...] = ()
    """The names of its classes, itself first."""


def raised_mark(error: BaseException | type[BaseException]) -> RaisedMark:
    """The mark of an exception that was caught, or of a class that is expected."""
    kind: type = error if isinstance(error, type) else type(error)
    bases = tuple(_name_of(base) for base in _mro_of(kind) if base is not object)
    if kind is error:
        return RaisedMark(_name_of(kind), "", bases)
    try:
        message = str(error)[:2000]
    except Exception:  # noqa: BLE001 - a candidate's __str__ may do anything
        message = ""
    return RaisedMark(_name_of(kind), message, bases)


def encode(value: object) -> Json:
    """The value as JSON data. Raises Unsupported and TooLarge."""
    return _Encoder().encode(value, 0)


def decode(data: Json, names: Mapping[str, object] | None = None) -> Any:
    """The object that encoded data stands for. `names` is what `$fn` may refer to. Raises ValueError for bad data."""
    return _Decoder(names or {}).decode(data)


class _Encoder:
    def __init__(self) -> None:
        self._items = MAX_ITEMS
        self._bytes = MAX_BYTES

    def encode(self, value: Any, depth: int) -> Json:
        kind = _type_of(value)
        if value is None or kind is bool:
            return value
        if kind is int:
            return self._int(value)
        if kind is float:
            return _float(value)
        if kind is str:
            self._spend_bytes(len(value))
            return value
        if depth >= MAX_DEPTH:
            raise TooLarge(f"more than {MAX_DEPTH} levels deep")
        if kind is list:
            return self._list(value, depth)
        if kind is dict:
            return self._dict(value, depth)
        if kind is tuple:
            return {"$tuple": self._list(value, depth)}
        if (meta := _type_of(kind)) is not type and meta is not abc.ABCMeta:  # another one's code could run below
            raise Unsupported(_name_of(kind))
        return self._standard(value, kind, depth)

    def _spend(self, count: int) -> None:
        self._items -= count
        if self._items < 0:
            raise TooLarge(f"more than {MAX_ITEMS:,} items")

    def _spend_bytes(self, count: int) -> None:
        self._bytes -= count
        if self._bytes < 0:
            raise TooLarge(f"more than {MAX_BYTES // 2**20} MB")

    def _int(self, value: int) -> Json:
        if -_EXACT_INT <= value < _EXACT_INT:
            return value
        if value.bit_length() > MAX_INT_BITS:
            raise TooLarge("an integer of more than 3,900 digits")
        return {"$int": str(value)}

    def _list(self, items: list[Any] | tuple[Any, ...], depth: int) -> list[Json]:
        self._spend(len(items))
        result: list[Json] = []
        append = result.append
        for item in items:
            kind = _type_of(item)
            if kind is float:
                append(item if math.isfinite(item) else _float(item))
            elif kind is bool:
                append(item)
            else:
                try:
                    append(self.encode(item, depth + 1))
                except Unsupported as found:
                    raise found.inside(f"[{len(result)}]") from None
        return result

    def _dict(self, value: dict[Any, Any], depth: int) -> Json:
        if any(type(key) is not str or key.startswith("$") for key in value):
            return {"$dict": self._pairs(value, depth)}
        self._spend(len(value))
        result: dict[str, Json] = {}
        for key, item in value.items():
            self._spend_bytes(len(key))
            result[key] = self._entry(key, item, depth)
        return result

    def _entry(self, key: object, item: object, depth: int) -> Json:
        try:
            return self.encode(item, depth + 1)
        except Unsupported as found:
            shown = repr(key)[:40] if type(key) in {str, int, float, bool} else "…"
            raise found.inside(f"[{shown}]") from None

    def _pairs(self, value: dict[Any, Any], depth: int) -> list[Json]:
        self._spend(len(value))
        return [[self._entry(key, key, depth), self._entry(key, item, depth)] for key, item in value.items()]

    def _raw(self, value: bytes | bytearray) -> Json:
        self._spend_bytes(len(value))
        return {"$bytes": base64.b64encode(value).decode()}

    def _standard(self, value: Any, kind: type, depth: int) -> Json:
        """Values of the standard library's types."""
        if kind is set:
            return {"$set": self._list(list(value), depth)}
        if kind is frozenset:
            return {"$frozenset": self._list(list(value), depth)}
        if kind in _DICT_VIEWS:
            return self._list(list(value), depth)
        if kind is collections.deque:
            items = self._list(list(value), depth)
            return {"$deque": items} if value.maxlen is None else {"$deque": items, "maxlen": value.maxlen}
        if kind is collections.OrderedDict:
            return {"$ordereddict": self._pairs(value, depth)}
        if kind is collections.Counter:
            return {"$counter": self._pairs(value, depth)}
        if kind is collections.defaultdict:
            pairs, factory = self._pairs(value, depth), value.default_factory
            name = _FACTORY_NAMES.get(factory) if type(factory) is type else None
            return {"$defaultdict": pairs} if name is None else {"$defaultdict": pairs, "factory": name}
        if kind is range:
            return {"$range": [self._int(value.start), self._int(value.stop), self._int(value.step)]}
        if kind is complex:
            return _complex(value)
        if kind is bytes or kind is bytearray:
            return self._raw(value)
        if kind is decimal.Decimal:
            return {"$decimal": str(value)}
        if kind is fractions.Fraction:
            if max(value.numerator.bit_length(), value.denominator.bit_length()) > MAX_INT_BITS:
                raise TooLarge("a fraction of more than 3,900 digits")
            return {"$fraction": f"{value.numerator}/{value.denominator}"}
        if kind in _ISO_TAGS:
            return {_ISO_TAGS[kind]: value.isoformat()}
        if kind is datetime.timedelta:
            return {"$timedelta": [value.days, value.seconds, value.microseconds]}
        if kind is RaisedMark:
            return {"$exception": {"type": value.type, "message": value.message, "bases": list(value.bases)}}
        if tuple in _mro_of(kind):
            return {"$tuple": self._list(list(_tuple_items(value)), depth)}
        return self._library(value, kind, depth)

    # Libraries

    def _library(self, value: Any, kind: type, depth: int) -> Json:
        numpy = sys.modules.get("numpy")
        if numpy is not None:
            if kind is numpy.ndarray:
                return {"$ndarray": {"shape": list(value.shape), **self._array(value, depth)}}
            if numpy.generic in _mro_of(kind) and _defined_in(kind, "numpy"):
                return self._numpy_scalar(value)
        if (pandas := sys.modules.get("pandas")) is not None and _defined_in(kind, "pandas"):
            return self._pandas(value, kind, pandas, depth)
        if (sparse := sys.modules.get("scipy.sparse")) is not None and _defined_in(kind, "scipy"):
            bases = _mro_of(kind)
            if sparse.spmatrix in bases or sparse.sparray in bases:
                self._spend(math.prod(value.shape))
                self._items += math.prod(value.shape)  # the dense array below counts them
                return self.encode(value.toarray(), depth)
        raise Unsupported(_name_of(kind))

    def _array(self, array: Any, depth: int) -> dict[str, Json]:
        """`dtype` and the elements of a numpy array, flat."""
        numpy = sys.modules["numpy"]
        self._spend(array.size)
        self._spend_bytes(array.nbytes)
        dtype = array.dtype
        name: str = dtype.name
        match dtype.kind:
            case "b" | "i" | "u" | "f" | "c":
                if name not in NUMERIC:  # long doubles
                    array = array.astype("complex128" if dtype.kind == "c" else "float64")
                    name = array.dtype.name
                if array.size >= BINARY_FROM:
                    raw = numpy.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")).tobytes()
                    return {"dtype": name, "b64": base64.b64encode(raw).decode()}
                items = array.ravel().tolist()
                if dtype.kind == "f":
                    return {"dtype": name, "data": [_float(item) for item in items]}
                return {"dtype": name, "data": [_complex(i) for i in items] if dtype.kind == "c" else items}
            case "U":
                return {"dtype": dtype.str, "data": array.ravel().tolist()}
            case "S":
                return {"dtype": dtype.str, "data": [self._raw(item) for item in array.ravel().tolist()]}
            case "M":
                return {"dtype": name, "data": _moments(array.ravel())}
            case "m":
                counts = array.ravel().astype("int64").tolist()
                missing = numpy.isnat(array.ravel()).tolist()
                return {"dtype": name, "data": [None if gone else n for n, gone in zip(counts, missing, strict=True)]}
            case "O":
                self._items += array.size  # _list counts them
                return {"dtype": "object", "data": self._list(array.ravel().tolist(), depth)}
            case _:
                raise Unsupported(f"ndarray of {name}")

    def _numpy_scalar(self, value: Any) -> Json:
        numpy = sys.modules["numpy"]
        dtype = value.dtype
        match dtype.kind:
            case "b" | "i" | "u":
                plain: Json = value.item()
            case "f":
                plain = _float(float(value))
            case "c":
                plain = _complex(complex(value))
            case "U":
                plain = self.encode(str(value), 0)
            case "S":
                plain = self._raw(bytes(value))
            case "M":
                plain = _moments(numpy.array([value]))[0]
            case "m":
                plain = None if numpy.isnat(value) else int(value.astype("int64"))
            case _:
                raise Unsupported(_name_of(_type_of(value)))
        name = {"U": "str", "S": "bytes"}.get(dtype.kind, dtype.name)
        if dtype.kind in "fc" and name not in NUMERIC:
            name = "float64" if dtype.kind == "f" else "complex128"
        return {"$npscalar": {"dtype": name, "value": plain}}

    def _pandas(self, value: Any, kind: type, pandas: Any, depth: int) -> Json:
        bases = _mro_of(kind)
        if kind is pandas.DataFrame:
            return {"$dataframe": self._frame(value, depth)}
        if kind is pandas.Series:
            column = self._column(value.array, depth)
            name = self.encode(value.name, 0)
            return {"$series": {"name": name, **column, "index": self._index(value.index, depth)}}
        if pandas.Index in bases:
            return {"$index": self._index(value, depth)}
        if value is pandas.NA or value is pandas.NaT:
            return {"$na": "NA" if value is pandas.NA else "NaT"}
        if kind is pandas.Timestamp:
            if value.tz is None:
                return {"$timestamp": value.isoformat()}
            return {"$timestamp": value.tz_convert("UTC").tz_localize(None).isoformat(), "tz": str(value.tz)}
        if kind is pandas.Timedelta:
            return {"$pandastimedelta": value.value}
        if kind is pandas.Period:
            return {"$period": [str(value), value.freqstr]}
        if kind is pandas.Interval:
            return {"$interval": [self.encode(value.left, depth + 1), self.encode(value.right, depth + 1),
                                  value.closed]}  # fmt: skip
        if pandas.api.extensions.ExtensionArray in bases:
            return {"$pandasarray": self._column(value, depth)}
        raise Unsupported(_name_of(kind))

    def _frame(self, frame: Any, depth: int) -> Json:
        self._spend(frame.shape[1])
        columns: list[Json] = []
        for position, name in enumerate(frame.columns.tolist()):
            try:
                column = self._column(frame.iloc[:, position].array, depth)
            except Unsupported as found:
                raise found.inside(f"[{name!r}]" if type(name) is str else f".iloc[:, {position}]") from None
            columns.append({"name": self.encode(name, 0), **column})
        return {
            "columns": columns,
            "columns_name": self._names(frame.columns),
            "index": self._index(frame.index, depth),
        }

    def _names(self, index: Any) -> Json:
        return self.encode(tuple(index.names) if index.nlevels > 1 else index.name, 0)

    def _index(self, index: Any, depth: int) -> Json:
        pandas = sys.modules["pandas"]
        name = self._names(index)
        if type(index) is pandas.RangeIndex:
            data = {"$range": [index.start, index.stop, index.step]}
            return {"dtype": "range", "data": data, "name": name}
        if index.nlevels > 1:
            return {"dtype": "multiindex", "data": self._list(index.tolist(), depth), "name": name}
        found = {**self._column(index.array, depth), "name": name}
        if type(index) is pandas.DatetimeIndex and index.freqstr is not None:
            found["freq"] = index.freqstr
        return found

    def _column(self, array: Any, depth: int) -> dict[str, Json]:
        """`dtype` and the elements of a pandas array."""
        numpy, pandas = sys.modules["numpy"], sys.modules["pandas"]
        dtype = array.dtype
        if numpy.dtype in _mro_of(_type_of(dtype)):
            return self._array(numpy.asarray(array), depth)
        if type(dtype) is pandas.DatetimeTZDtype:
            return {"dtype": str(dtype), "data": _moments(numpy.asarray(array.tz_convert("UTC").tz_localize(None)))}
        if type(dtype) is pandas.CategoricalDtype:
            categories = self._column(dtype.categories.array, depth)
            codes = array.codes.tolist()
            self._spend(len(codes))
            return {"dtype": "category", "data": codes, "categories": categories, "ordered": bool(dtype.ordered)}
        return {"dtype": str(dtype), "data": self._list(array.astype(object).tolist(), depth)}


def _defined_in(kind: type, package: str) -> bool:
    """Whether a class comes from a package, as it says itself: this chooses how a value is read, nothing else."""
    module = _module_of(kind)
    return type(module) is str and module.partition(".")[0] == package


def _float(value: float) -> Json:
    if math.isfinite(value):
        return value
    return {"$float": "nan" if value != value else "inf" if value > 0 else "-inf"}  # noqa: PLR0124


def _complex(value: complex) -> Json:
    return {"$complex": [_float(value.real), _float(value.imag)]}


def _moments(array: Any) -> list[str | None]:
    """datetime64 as ISO texts, None for NaT."""
    numpy = sys.modules["numpy"]
    unit, step = numpy.datetime_data(array.dtype)
    if step != 1:
        array = array.astype(f"datetime64[{unit}]")
    if unit in _COARSE_UNITS:
        array = array.astype(f"datetime64[{_COARSE_UNITS[unit]}]")
    return [None if text == "NaT" else text for text in numpy.datetime_as_string(array).tolist()]


def _module(name: str) -> Any:
    return importlib.import_module(name)


class _Decoder:
    def __init__(self, names: Mapping[str, object]) -> None:
        self._names = names

    def decode(self, data: Json) -> Any:
        kind = _type_of(data)
        if kind is list:
            return [item if type(item) in _PLAIN else self.decode(item) for item in data]
        if kind is not dict:
            return data
        for key in data:
            if key.startswith("$"):
                return self._tagged(key, data[key], data)
        return {key: self.decode(item) for key, item in data.items()}

    def _tagged(self, tag: str, value: Any, whole: dict[str, Any]) -> Any:
        match tag:
            case "$tuple":
                return tuple(self.decode(value))
            case "$set":
                return set(self.decode(value))
            case "$frozenset":
                return frozenset(self.decode(value))
            case "$deque":
                return collections.deque(self.decode(value), whole.get("maxlen"))
            case "$dict":
                return dict(self._pairs(value))
            case "$ordereddict":
                return collections.OrderedDict(self._pairs(value))
            case "$counter":
                return collections.Counter(dict(self._pairs(value)))
            case "$defaultdict":
                return collections.defaultdict(_FACTORIES.get(whole.get("factory", "")), self._pairs(value))
            case "$range":
                return range(*self.decode(value))
            case "$int":
                return int(value)
            case "$float":
                return float(value)
            case "$complex":
                return complex(*self.decode(value))
            case "$bytes":
                return base64.b64decode(value)
            case "$decimal":
                return decimal.Decimal(value)
            case "$fraction":
                return fractions.Fraction(value)
            case "$datetime":
                return datetime.datetime.fromisoformat(value)
            case "$date":
                return datetime.date.fromisoformat(value)
            case "$time":
                return datetime.time.fromisoformat(value)
            case "$timedelta":
                return datetime.timedelta(*value)
            case "$exception":
                if isinstance(value, str):
                    return RaisedMark(value)
                return RaisedMark(value["type"], value.get("message", ""), tuple(value.get("bases", ())))
            case "$fn":
                if value not in self._names:
                    raise ValueError(f"the fixtures define no {value}")
                return self._names[value]
            case "$rng" | "$ndarray" | "$npscalar":
                return self._numpy(tag, value)
            case _:
                return self._pandas(tag, value, whole)

    def _pairs(self, data: Json) -> list[tuple[Any, Any]]:
        return [(self.decode(key), self.decode(item)) for key, item in data]

    def _numpy(self, tag: str, value: Any) -> Any:
        numpy = _module("numpy")
        if tag == "$rng":
            return numpy.random.default_rng(value)
        if tag == "$ndarray":
            return self._array(value).reshape(value["shape"])
        name: str = value["dtype"]
        if name.startswith(_TIMES):
            return numpy.array([_time_or_nat(value["value"])], dtype=name)[0]
        return numpy.dtype(name).type(self.decode(value["value"]))

    def _array(self, data: Json) -> Any:
        """A flat numpy array from `dtype` and `data` (authors may nest its lists) or `b64`."""
        numpy = _module("numpy")
        name: str = data["dtype"]
        if "b64" in data:
            dtype = numpy.dtype(name)
            return numpy.frombuffer(base64.b64decode(data["b64"]), dtype.newbyteorder("<")).astype(dtype)
        items = data["data"]
        if name == "object":
            result = numpy.empty(len(items), dtype=object)
            for position, item in enumerate(items):  # an assignment of the whole would unpack lists
                result[position] = self.decode(item)
            return result
        if name.startswith(_TIMES):
            return numpy.array([_time_or_nat(item) for item in items], dtype=name)
        return numpy.array(self.decode(items), dtype=name).ravel()

    def _pandas(self, tag: str, value: Any, whole: dict[str, Any]) -> Any:
        pandas = _module("pandas")
        match tag:
            case "$dataframe":
                return self._frame(value)
            case "$series":
                array, index = self._column(value), self._index(value.get("index"))
                return pandas.Series(array, index=index, name=self.decode(value.get("name")), dtype=array.dtype)
            case "$index":
                return self._index(value)
            case "$pandasarray":
                return self._column(value)
            case "$timestamp":
                found = pandas.Timestamp(value)
                return found if "tz" not in whole else found.tz_localize("UTC").tz_convert(whole["tz"])
            case "$pandastimedelta":
                return pandas.Timedelta(value, unit="ns")
            case "$period":
                return pandas.Period(value[0], freq=value[1])
            case "$interval":
                return pandas.Interval(self.decode(value[0]), self.decode(value[1]), closed=value[2])
            case "$na":
                return pandas.NA if value == "NA" else pandas.NaT
            case _:
                raise ValueError(f"unknown tag {tag}")

    def _column(self, data: Json) -> Any:
        """A pandas or numpy array from `dtype` and `data` or `b64`."""
        pandas = _module("pandas")
        name: str = data["dtype"]
        if name == "category":
            categories = pandas.Index(self._column(data["categories"]))
            return pandas.Categorical.from_codes(data["data"], categories, ordered=data["ordered"])
        if zoned := _ZONED.fullmatch(name):
            return pandas.to_datetime(data["data"], utc=True).tz_convert(zoned[2]).as_unit(zoned[1]).array
        if name in NUMERIC or name == "object" or name.startswith((*_TIMES, "<U", "|S")):
            return self._array(data)
        return pandas.array(self.decode(data["data"]), dtype=name)

    def _index(self, data: Json) -> Any:
        if data is None:
            return None
        pandas = _module("pandas")
        name = self.decode(data.get("name"))
        if data["dtype"] == "range":
            return pandas.RangeIndex(*self.decode(data["data"]["$range"]), name=name)
        if data["dtype"] == "multiindex":
            return pandas.MultiIndex.from_tuples(self.decode(data["data"]), names=name)
        array = self._column(data)
        found = pandas.Index(array, dtype=array.dtype, name=name)
        return pandas.DatetimeIndex(found, freq=data["freq"], name=name) if "freq" in data else found

    def _frame(self, data: Json) -> Any:
        pandas = _module("pandas")
        index = self._index(data.get("index"))
        columns: dict[int, Any] = {}
        for position, column in enumerate(data["columns"]):
            array = self._column(column)
            # Without dtype=, pandas would guess another one for an array of objects.
            columns[position] = pandas.Series(array, index=index, dtype=array.dtype)
        frame = pandas.DataFrame(columns, index=index)
        labels = [self.decode(column["name"]) for column in data["columns"]]
        name = self.decode(data.get("columns_name"))
        if labels and all(type(label) is tuple for label in labels):
            frame.columns = pandas.MultiIndex.from_tuples(labels, names=name)
        elif labels == list(range(len(labels))):
            frame.columns = pandas.RangeIndex(len(labels), name=name)
        else:
            frame.columns = pandas.Index(labels, name=name)
        return frame


_PLAIN = frozenset({int, float, str, bool, type(None)})
_TIMES = ("datetime64", "timedelta64")


def _time_or_nat(item: Json) -> Json:
    return "NaT" if item is None else item
