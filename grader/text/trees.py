"""Boosted decision trees, evaluated on many rows at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class Trees:
    """A sum of trees on the scale of log-odds. All arrays have a row a tree and a column a node."""

    start: float
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
        width = self.column.shape[1]
        trees = width * np.arange(len(self.column))
        rows = numbers.shape[1] * np.arange(len(numbers))[:, None]
        flat = numbers.ravel()
        column, at_most, left, right = (each.ravel() for each in (self.column, self.at_most, self.left, self.right))
        node = np.repeat(trees[None, :], len(numbers), axis=0)
        for _ in range(self.depth):
            goes_left = flat.take(rows + column.take(node)) <= at_most.take(node)
            node = trees + np.where(goes_left, left.take(node), right.take(node))
        total = self.start + self.value.ravel().take(node).sum(axis=1)
        return 1 / (1 + np.exp(-np.clip(total, -40, 40)))


def trees_of(stored: Mapping[str, Any], names: Sequence[str]) -> Trees:
    """Trees from their stored form: nested lists `[name, at most, left, right]`, leaves are numbers."""
    flat = [_flat(tree, names) for tree in stored["trees"]]
    width = max((len(nodes) for nodes, _ in flat), default=1)
    shape = (len(flat), width)
    column, left, right = np.zeros(shape, np.int64), np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    at_most, value = np.zeros(shape), np.zeros(shape)
    for row, (nodes, _) in enumerate(flat):
        for index, node in enumerate(nodes):
            column[row, index], at_most[row, index], left[row, index], right[row, index], value[row, index] = node
    return Trees(stored["start"], column, at_most, left, right, value, max((depth for _, depth in flat), default=0))


def _flat(tree: Any, names: Sequence[str]) -> tuple[list[tuple[int, float, int, int, float]], int]:
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

    put(tree, 0)
    return nodes, deepest
