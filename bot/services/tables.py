"""Tables from the sandbox as CSV files for people."""

from __future__ import annotations

import csv
import io
import math
from datetime import UTC, datetime, timedelta

from grader.code.values import Frame, Missing, Moment, Scalar, Value

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def as_csv(frame: Frame) -> bytes:
    """The table with a header line, as `pandas.read_csv` reads it back; row labels only if they are not 0, 1, 2 …"""
    columns = [(str(column.name), column.values.items()) for column in frame.columns]
    if not frame.index.plain:
        columns.insert(0, (str(frame.index.name or "index"), frame.index.values.items()))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([name for name, _ in columns])
    writer.writerows([_cell(value) for value in row] for row in zip(*(values for _, values in columns), strict=True))
    return text.getvalue().encode()


def _cell(value: Value) -> str:
    match value:
        case None | Missing():
            return ""
        case float() if math.isnan(value):
            return ""
        case Moment(ns=ns):
            return (_EPOCH + timedelta(microseconds=ns // 1000)).replace(tzinfo=None).isoformat(sep=" ")
        case Scalar(value=inner):
            return _cell(inner)
        case _:
            return str(value)
