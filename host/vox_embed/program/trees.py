"""Decision trees on integer features as immutable arrays: what every trainer's trees are turned into.

A row x goes left where x[feature] <= threshold. Thresholds are integers: for an integer x, x <= t is
x <= floor(t), so that no row goes another way than in the trained tree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

MIN_VALUE, MAX_VALUE = -32768, 32767
"""Of a feature."""


def _frozen(values: Any, dtype: Any) -> NDArray[Any]:
    result = np.array(values, dtype)
    result.flags.writeable = False
    return result


@dataclass(frozen=True, eq=False)
class Tree:
    """Inner nodes in the order of a walk down (the root first, a child behind its parent), and leaves."""

    feature: NDArray[np.int32]
    """[nodes]"""
    threshold: NDArray[np.int32]
    """[nodes], MIN_VALUE..MAX_VALUE."""
    left: NDArray[np.int32]
    """[nodes]: a node's index, or -1 - leaf."""
    right: NDArray[np.int32]
    leaves: NDArray[np.float64]
    """[leaves, width]: values of each leaf, as the trainer has them."""
    output: int = 0
    """The score that a leaf of width 1 belongs to."""

    @classmethod
    def make(  # noqa: PLR0917
        cls,
        feature: NDArray[Any],
        threshold: NDArray[Any],
        left: NDArray[Any],
        right: NDArray[Any],
        values: NDArray[Any],
        output: int = 0,
    ) -> Tree:
        """From a trainer's arrays, one entry for each inner node and leaf, node 0 the root.

        left, right: node indices; a leaf's left is negative. threshold: real, `<=` goes left. values:
        [nodes, width], of which those of leaves count. Splits that no int16 value can tell apart are left
        out.
        """
        floors = np.floor(np.asarray(threshold, np.float64))
        places: list[list[int]] = []  # feature, threshold, left, right of the new inner nodes
        leaves: list[NDArray[np.float64]] = []
        todo: list[tuple[int, int, int]] = [(0, -1, 0)]  # old node, new parent, side
        while todo:
            node, parent, side = todo.pop()
            while left[node] >= 0 and not MIN_VALUE <= floors[node] < MAX_VALUE:
                node = int(left[node] if floors[node] >= MAX_VALUE else right[node])
            if left[node] < 0:
                place = -1 - len(leaves)
                leaves.append(np.asarray(values[node], np.float64).reshape(-1))
            else:
                place = len(places)
                places.append([int(feature[node]), int(floors[node]), 0, 0])
                todo += [(int(right[node]), place, 1), (int(left[node]), place, 0)]
            if parent >= 0:
                places[parent][2 + side] = place
        table = np.array(places, np.int32).reshape(-1, 4)
        return cls(
            _frozen(table[:, 0], np.int32),
            _frozen(table[:, 1], np.int32),
            _frozen(table[:, 2], np.int32),
            _frozen(table[:, 3], np.int32),
            leaves=_frozen(np.stack(leaves), np.float64),
            output=output,
        )

    @property
    def nodes(self) -> int:
        """Inner nodes."""
        return len(self.feature)

    @property
    def depth(self) -> int:
        """Comparisons on the longest way down."""
        depth = np.zeros(self.nodes, int)
        for node in range(self.nodes):
            for child in (int(self.left[node]), int(self.right[node])):
                if child >= 0:
                    depth[child] = depth[node] + 1
        return int(depth.max()) + 1 if self.nodes else 0

    def apply(self, rows: NDArray[Any]) -> NDArray[np.int64]:
        """Leaf of each row: [rows, features] -> int64 [rows]."""
        at = np.full(len(rows), 0 if self.nodes else -1, np.int64)
        walking = np.flatnonzero(at >= 0)
        while len(walking):
            node = at[walking]
            goes_left = rows[walking, self.feature[node]] <= self.threshold[node]
            at[walking] = np.where(goes_left, self.left[node], self.right[node])
            walking = walking[at[walking] >= 0]
        return -1 - at


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Trees whose leaves add up to scores."""

    trees: tuple[Tree, ...]
    features: int
    outputs: int
    bias: NDArray[np.float64]
    """[outputs], added to the sums."""

    @classmethod
    def make(
        cls, trees: Sequence[Tree], features: int, outputs: int, bias: NDArray[Any] | None = None
    ) -> Ensemble:
        """bias: zeros where it is left out."""
        start = np.zeros(outputs) if bias is None else bias
        return cls(tuple(trees), features, outputs, _frozen(start, np.float64))

    @property
    def width(self) -> int:
        """Values of a leaf: 1, or all outputs."""
        return int(self.trees[0].leaves.shape[1])

    @property
    def nodes(self) -> int:
        """Inner nodes of all trees."""
        return sum(tree.nodes for tree in self.trees)

    @property
    def leaves(self) -> int:
        """Leaves of all trees."""
        return sum(len(tree.leaves) for tree in self.trees)

    @property
    def depth(self) -> int:
        """Of the deepest tree."""
        return max(tree.depth for tree in self.trees)

    def scores(self, rows: NDArray[Any]) -> NDArray[np.float64]:
        """Sums of the leaves' values as they are: [rows, features] -> float64 [rows, outputs]."""
        sums = np.tile(self.bias, (len(rows), 1))
        for tree in self.trees:
            values = tree.leaves[tree.apply(rows)]
            if values.shape[1] == 1:
                sums[:, tree.output] += values[:, 0]
            else:
                sums += values
        return sums
