"""The two small models that weigh the measurements, and their stored form."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.text.reference._alignment import Background, Floats
from grader.text.reference._measurements import NAMES

CENTRE = 0.6
"""Where an average answer is put. Exam grades differ more in their mean than in what earns them."""
RIDGE_SHARE = 0.4


@dataclass(frozen=True, eq=False)
class Forest:
    """Regression trees as arrays over all nodes, each tree in pre-order. A leaf is its own child."""

    roots: NDArray[np.int32]
    split: NDArray[np.int32]
    number: NDArray[np.float32]
    """Of a leaf its value, of other nodes the threshold up to which rows go left."""
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    depth: int

    def mean(self, rows: Floats) -> Floats:
        """The mean of the trees' values for each row."""
        at = np.broadcast_to(self.roots, (len(rows), len(self.roots))).copy()
        number = np.arange(len(rows))[:, None]
        single = rows.astype(np.float32)
        for _ in range(self.depth):
            at = np.where(single[number, self.split[at]] <= self.number[at], self.left[at], self.right[at])
        return self.number[at].astype(np.float64).mean(1)


@dataclass(frozen=True, eq=False)
class Model:
    background: Background
    mean: Floats
    spread: Floats
    ridge: Floats
    """A coefficient for each value, then for each value of a copied question."""
    forest: Forest
    stretch: float
    doubt: Floats
    """How the expected error grows: constant, disagreement of the two models, nearness of the score to the middle."""

    def raw(self, values: Floats, copied: Floats) -> tuple[Floats, Floats]:
        """What both models give for rows of values, each with the values of the copied question; 0 is average."""
        scaled = np.hstack([self.scaled(values), 0.5 * self.scaled(copied)])
        return scaled @ self.ridge, self.forest.mean(np.hstack([values, copied]))

    def mixed(self, values: Floats, copied: Floats) -> tuple[Floats, Floats]:
        """Scores before they are cut to 0–1, and how far the two models disagree."""
        ridge, trees = self.raw(values, copied)
        together = RIDGE_SHARE * ridge + (1 - RIDGE_SHARE) * trees
        return CENTRE + self.stretch * together, np.abs(ridge - trees)

    def error(self, scores: Floats, apart: Floats) -> Floats:
        """The absolute error to expect."""
        return np.clip(self.doubt[0] + self.doubt[1] * apart + self.doubt[2] * scores * (1 - scores), 0.0, 0.95)

    def scaled(self, values: Floats) -> Floats:
        """Values as standard deviations from the training answers' mean, cut at four."""
        return np.clip((values - self.mean) / self.spread, -4, 4)


def model_of(stored: Mapping[str, Any]) -> Model:
    """A model from its stored form."""
    if tuple(stored["names"]) != NAMES:
        raise ValueError("the stored weights are for other measurements; run python -m bench.train_reference")
    language = stored["background"]
    terms: list[str] = language["terms"]
    width = int(language["width"])
    vectors = _unpacked(language["vectors"], np.int8).reshape(-1, width).astype(np.float64)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    documents = int(language["documents"])
    background = Background(
        {t: math.log(1 + documents / (n + 1)) for t, n in zip(terms, language["seen"], strict=True)},
        math.log(1 + documents),
        {term: i for i, term in enumerate(terms[: len(vectors)])},
        np.vstack([vectors, np.zeros(width)]),
    )
    return Model(
        background,
        np.array(stored["mean"], dtype=np.float64),
        np.array(stored["spread"], dtype=np.float64),
        np.array(stored["ridge"], dtype=np.float64),
        forest_of(stored["trees"]),
        float(stored["stretch"]),
        np.array(stored["doubt"], dtype=np.float64),
    )


def forest_of(stored: Mapping[str, Any]) -> Forest:
    """Trees from their stored form: a left child follows its parent, a right one stands so far on (0: a leaf)."""
    step = _unpacked(stored["right"], np.int16).astype(np.int32)
    here = np.arange(len(step), dtype=np.int32)
    return Forest(
        np.array(stored["roots"], dtype=np.int32),
        _unpacked(stored["split"], np.uint8).astype(np.int32),
        _unpacked(stored["number"], np.float16).astype(np.float32),
        here + (step > 0),
        here + step,
        int(stored["depth"]),
    )


def _unpacked(text: str, kind: type[np.generic]) -> NDArray[Any]:
    return np.frombuffer(base64.b64decode(text), dtype=np.dtype(kind).newbyteorder("<"))


@lru_cache(maxsize=1)
def model() -> Model:
    """The shipped one."""
    return model_of(json.loads((files("grader.text") / "weights" / "reference.json").read_text(encoding="utf-8")))
