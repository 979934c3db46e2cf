"""Tables as the CSV files that people get."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pandas as pd

from bot.services.tables import as_csv
from grader.code.values import Array, Column, Frame, Index, Missing, Moment, Scalar, Value


def column(name: str, dtype: str, *values: Value) -> Column:
    return Column(name, Array(dtype, (len(values),), values))


def index(*labels: int) -> Index:
    return Index(None, Array("int64", (len(labels),), np.array(labels)))


def test_a_table_is_read_back_by_pandas_as_it_was() -> None:
    frame = Frame(
        (
            column("size", "float64", 0.1, float("nan"), 1e-300),
            column("rooms", "int64", 1, 2, 3),
            column("city, district", "str", 'Bonn "north"', Missing("NA"), "line\nbreak"),
            column("when", "datetime64[ns]", Moment(0), Moment(86_400_000_000_000), Missing("NaT")),
            column("flag", "object", Scalar("bool", True), False, None),
        ),
        index(0, 1, 2),
    )
    read: Any = pd.read_csv(io.BytesIO(as_csv(frame)), parse_dates=["when"])
    assert list(read.columns) == ["size", "rooms", "city, district", "when", "flag"]
    assert read["size"].tolist()[::2] == [0.1, 1e-300]
    assert np.isnan(read["size"][1])
    assert read["city, district"].tolist()[::2] == ['Bonn "north"', "line\nbreak"]
    assert read["when"].tolist()[:2] == [pd.Timestamp("1970-01-01"), pd.Timestamp("1970-01-02")]
    assert read["flag"].tolist()[:2] == [True, False]


def test_row_labels_are_written_only_where_they_say_something() -> None:
    values = (column("x", "int64", 5, 6),)
    assert as_csv(Frame(values, index(0, 1))) == b"x\n5\n6\n"
    assert as_csv(Frame(values, index(7, 9))) == b"index,x\n7,5\n9,6\n"
