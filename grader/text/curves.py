"""An additive model: each number adds what its own step curve says, and the sum is a log-odds."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any


@dataclass(frozen=True, slots=True)
class Curve:
    """Steps: up to `edges[0]` it adds `adds[0]`, from there up to `edges[1]` it adds `adds[1]`, and so on."""

    edges: tuple[float, ...]
    """Ascending."""
    adds: tuple[float, ...]
    """One more than edges."""

    def at(self, number: float) -> float:
        return self.adds[bisect_left(self.edges, number)]


FLAT = Curve((), (0.0,))


@dataclass(frozen=True, slots=True)
class Curves:
    """`1 / (1 + exp(-(start + Σ curve(number))))`, a generalized additive model (Hastie and Tibshirani, 1986)."""

    start: float
    curves: tuple[Curve, ...]

    def counts(self, numbers: Sequence[float]) -> list[float]:
        """What each number adds to the log-odds; a number of 0 adds nothing."""
        return [curve.at(number) for curve, number in zip(self.curves, numbers, strict=True)]

    def probability(self, numbers: Sequence[float]) -> float:
        """0–1."""
        total = self.start + math.fsum(self.counts(numbers))
        return 1 / (1 + math.exp(-max(-40.0, min(40.0, total))))


def curves_of(stored: Mapping[str, Any], names: Sequence[str]) -> Curves:
    """From the stored form, `{"start": …, "curves": {name: {"up to": […], "adds": […]}}}`.

    A name without a curve adds nothing. Raises ValueError for a curve of an unknown name, and for one whose edges do
    not rise or do not fit its steps.
    """
    named: Mapping[str, Mapping[str, Sequence[float]]] = stored["curves"]
    if unknown := named.keys() - set(names):
        raise ValueError(f"weights for unknown signals: {', '.join(sorted(unknown))}")
    curves: dict[str, Curve] = {}
    for name, curve in named.items():
        edges, adds = tuple(curve["up to"]), tuple(curve["adds"])
        if len(adds) != len(edges) + 1 or any(low >= high for low, high in pairwise(edges)):
            raise ValueError(f"the curve of {name} has {len(adds)} steps and the edges {edges}")
        curves[name] = Curve(edges, adds)
    return Curves(stored["start"], tuple(curves.get(name, FLAT) for name in names))
