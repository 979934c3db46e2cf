"""Boosted decision trees, evaluated on many rows at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class Trees:
    """A sum of trees on the scale of log-odds, the nodes of all of them in one row."""

    start: float
    roots: np.ndarray
    """Where each tree begins."""
    column: np.ndarray
    """What a node asks about."""
    at_most: np.ndarray
    """It goes left up to here."""
    left: np.ndarray
    right: np.ndarray
    """A leaf leads to itself."""
    value: np.ndarray
    depth: int

    def probabilities(self, numbers: np.ndarray) -> np.ndarray:
        """For each row of numbers, 0–1."""
        rows = numbers.shape[1] * np.arange(len(numbers))[:, None]
        flat = numbers.ravel()
        node = np.repeat(self.roots[None, :], len(numbers), axis=0)
        for _ in range(self.depth):
            goes_left = flat.take(rows + self.column.take(node)) <= self.at_most.take(node)
            node = np.where(goes_left, self.left.take(node), self.right.take(node))
        total = self.start + self.value.take(node).sum(axis=1)
        return 1 / (1 + np.exp(-np.clip(total, -40, 40)))


def trees_of(stored: Mapping[str, Any], names: Sequence[str]) -> Trees:
    """Trees from their stored form: nested lists `[name, at most, left, right]`, leaves are numbers."""
    nodes: list[tuple[int, float, int, int, float]] = []
    deepest = 0

    def put(node: Any, depth: int) -> int:
        nonlocal deepest
        index = len(nodes)
        deepest = max(deepest, depth)
        if isinstance(node, int | float):
            nodes.append((0, 0.0, index, index, float(node)))
            return index
        name, at_most, left, right = node
        if name not in names:
            raise ValueError(f"a tree asks about an unknown number: {name}")
        nodes.append((0, 0.0, index, index, 0.0))
        first, second = put(left, depth + 1), put(right, depth + 1)
        nodes[index] = (names.index(name), float(at_most), first, second, 0.0)
        return index

    roots = np.array([put(tree, 0) for tree in stored["trees"]])
    column, at_most, left, right, value = (np.array(each) for each in zip(*nodes, strict=True))
    return Trees(stored["start"], roots, column, at_most, left, right, value, deepest)
