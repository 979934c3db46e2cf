"""pandas tables, with free order of rows or columns."""

from __future__ import annotations

from dataclasses import replace

from grader.code.checkers.equality import Equality, is_missing
from grader.code.checkers.mismatch import Mismatch
from grader.code.checkers.unordered import multiset
from grader.code.values import Column, Frame, Value, key_of
from questions.code_task import Compare


def frame(expected: Value, got: Value, spec: Compare, equal: Equality) -> Mismatch | None:
    """The same table; `spec` says whether the order of columns and of rows, the index and the dtypes matter."""
    if not (isinstance(expected, Frame) and isinstance(got, Frame)):
        return equal(expected, got)
    if spec.columns == "any":
        got = _columns_like(expected, got)
    if spec.rows == "ordered":
        return equal.frames(expected, got)
    if found := equal.frames(_head(expected), _head(got)):
        return found  # other columns or dtypes
    return multiset(_rows(expected, spec), _rows(got, spec), equal)


def _columns_like(expected: Frame, got: Frame) -> Frame:
    """`got` with its columns in the order of `expected`, as far as they have the same names."""
    places = {key_of(column.name): position for position, column in enumerate(expected.columns)}
    columns = sorted(got.columns, key=lambda column: places.get(key_of(column.name), len(places)))
    return replace(got, columns=tuple(columns))


def _head(table: Frame) -> Frame:
    """The table without its rows."""
    columns = tuple(Column(c.name, replace(c.values, shape=(0,), data=c.values.data[:0])) for c in table.columns)
    labels = table.index.values
    return Frame(columns, replace(table.index, values=replace(labels, shape=(0,), data=labels.data[:0])))


def _rows(table: Frame, spec: Compare) -> list[Value]:
    """The rows as tuples; with their labels if the index is checked."""
    columns = [column.values.items() for column in table.columns]
    if spec.index == "check":
        columns.insert(0, table.index.values.items())
    if not columns:
        return [()] * table.rows
    return [tuple(map(_cell, row)) for row in zip(*columns, strict=True)]


def _cell(value: Value) -> Value:
    """Empty cells are alike, however they are empty."""
    return None if is_missing(value) else value
