"""Where an answer first differs from what is expected."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from grader.code.show import show
from grader.code.values import Value, type_name

SHOWN = 120
"""Characters of a value in a sentence."""


class Kind(StrEnum):
    """What differs, in words that give no value away."""

    VALUE = "another value"
    TYPE = "another type"
    SHAPE = "another shape"
    LENGTH = "another length"
    DTYPE = "another dtype"
    KEYS = "other keys"
    COLUMNS = "other columns"
    INDEX = "another index"
    ORDER = "the right items in another order"
    NAN = "NaN where a number is expected"
    RAISES = "no such exception"
    QUALITY = "not good enough"
    FIGURE = "another figure"


@dataclass(frozen=True)
class Mismatch:
    """`str()` of it is for a sample: it shows values. `hidden` is for a hidden case: it shows none."""

    kind: Kind
    expected: str = ""
    got: str = ""
    path: str = ""
    """From the whole answer to the place: `[2][0]`, `['total']`."""
    part: str = ""
    """FIGURE: what of it (`title`, `lines`)."""

    @property
    def hidden(self) -> str:
        if not self.part:
            return self.kind.value
        return f"{'other' if self.part.endswith('s') and ' ' not in self.part else 'another'} {self.part}"

    def inside(self, piece: str) -> Mismatch:
        """The same, seen from the container."""
        return replace(self, path=piece + self.path)

    def __str__(self) -> str:
        where = f"{self.path}: " if self.path else ""
        return f"{where}expected {self.expected}, got {self.got}"


def differs(kind: Kind, expected: Value, got: Value) -> Mismatch:
    """A mismatch of two values."""
    return Mismatch(kind, brief(expected, SHOWN), brief(got, SHOWN))


def brief(value: Value, limit: int = 60) -> str:
    """The value within a sentence."""
    return show(value, limit, tables=False)


def named(value: Value) -> str:
    """The value with the name of its type, where it does not say it itself."""
    name, text = type_name(value), brief(value)
    return text if text.startswith(name) else f"{name} {text}"
