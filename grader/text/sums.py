"""Many weighted sums over the words of a text, taken for all texts at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """What each word, or any other mark of a text, adds to which of some sums."""

    rows: dict[str, int]
    """For each mark, its row of the table."""
    starts: np.ndarray
    slots: np.ndarray
    values: np.ndarray
    """Row `i` of the table adds `values[starts[i]:starts[i + 1]]` to the sums `slots[starts[i]:starts[i + 1]]`."""
    width: int
    """How many sums there are."""

    def over(self, texts: Sequence[Iterable[str]]) -> np.ndarray:
        """For each text, given by its marks, what these add up to: texts × sums."""
        which: list[int] = []
        rows, row_of = self.rows, self.rows.get
        for number, marks in enumerate(texts):
            base = number * len(rows)
            which += [base + row for row in map(row_of, marks) if row is not None]
        if not which:
            return np.zeros((len(texts), self.width))
        # Sorted: floats must add up in the same order, in whatever order a set gives its members in this process.
        whose, chosen = np.divmod(np.sort(np.array(which, np.int64)), len(rows))
        starts = self.starts[chosen]
        counts = self.starts[chosen + 1] - starts
        offsets = np.repeat(starts - np.cumsum(counts) + counts, counts)
        places: np.ndarray = np.arange(int(counts.sum())) + offsets
        slots = self.slots[places] + np.repeat(self.width * whose, counts)
        return np.bincount(slots, self.values[places], self.width * len(texts)).reshape(len(texts), self.width)


class Adds:
    """Collects what each mark adds to which sum."""

    def __init__(self) -> None:
        self._adds: dict[str, list[tuple[int, float]]] = {}

    def add(self, mark: str, slot: int, value: float) -> None:
        self._adds.setdefault(mark, []).append((slot, value))

    def compiled(self, width: int) -> Sums:
        """The table; `width` is the number of sums."""
        # In order of the marks: sets give theirs in another order in each process, and floats would add up otherwise.
        marks = sorted(self._adds)
        flat = [add for mark in marks for add in self._adds[mark]]
        return Sums(
            {mark: row for row, mark in enumerate(marks)},
            np.cumsum([0, *(len(self._adds[mark]) for mark in marks)]),
            np.array([slot for slot, _ in flat], np.int32),
            np.array([value for _, value in flat], np.float64),
            width,
        )
