"""The labeller's weights: what `python -m bench.train_star` learned from labelled stories."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

PATH = Path(__file__).resolve().parent.parent / "weights" / "star.json"

Scores = list[float]
"""One number a label, in the order of LABELS."""


@dataclass(frozen=True)
class Linear:
    """Scores of the labels, linear in named features. Names that it does not know say nothing."""

    intercept: tuple[float, ...]
    coefficients: Mapping[str, tuple[float, ...]]

    def log_probabilities(self, features: Mapping[str, float]) -> Scores:
        scores = list(self.intercept)
        for name, value in features.items():
            if weights := self.coefficients.get(name):
                for index, weight in enumerate(weights):
                    scores[index] += value * weight
        total = log_sum(scores)
        return [score - total for score in scores]


@dataclass(frozen=True)
class Model:
    wording: Linear
    """Labels of a piece by its wording alone."""
    place: Linear
    """The same, with what its neighbours say, its place, and headings."""
    start: tuple[float, ...]
    """How much likelier than elsewhere each label is at the beginning of a story; a logarithm."""
    transitions: tuple[tuple[float, ...], ...]
    """The same after each label."""


def log_sum(values: Sequence[float]) -> float:
    top = max(values)
    return top + math.log(sum(math.exp(value - top) for value in values))


def parse(stored: Mapping[str, Any]) -> Model:
    """A model as the training writes it."""

    def linear(part: Mapping[str, Any]) -> Linear:
        named: Mapping[str, Sequence[float]] = part["coefficients"]
        return Linear(tuple(part["intercept"]), {name: tuple(row) for name, row in named.items()})

    return Model(
        linear(stored["wording"]),
        linear(stored["place"]),
        tuple(stored["start"]),
        tuple(tuple(row) for row in stored["transitions"]),
    )


@cache
def stored_model() -> Model:
    """The model that comes with the grader."""
    return parse(json.loads(PATH.read_text(encoding="utf-8")))
