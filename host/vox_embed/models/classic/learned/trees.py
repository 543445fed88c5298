"""Trees whose leaves are averaged, added up, or tell how early a row is parted from all others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from vox_embed.models.classic.learned.base import ANOMALY, NORMAL, Learned, softmax
from vox_embed.models.classic.learned.numbers import Numbers, need

TreeArrays = tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]
"""feature, threshold, left, right, values"""
_WALKING = 1 << 14
"""Rows times trees that are walked through together."""


@dataclass(frozen=True, eq=False)
class Trees(Numbers):
    """Some trees, one behind the other in common tables; a row goes left where its value is `<=` threshold.

    feature, threshold, left, right: [nodes], left and right as nodes of the same tree behind this one, -1 in
    leaves. leaves: [leaves, width], in the order of the nodes. starts: first node of each tree, and the
    number of nodes.
    """

    feature: NDArray[np.int32]
    threshold: NDArray[np.float64]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    leaves: NDArray[np.float64]
    starts: NDArray[np.int64]

    def __post_init__(self) -> None:
        nodes = len(self.feature)
        tables = (self.feature, self.threshold, self.left, self.right)
        need(all(table.shape == (nodes,) for table in tables), "tables of nodes differ")
        need(self.starts.ndim == 1 and len(self.starts) >= 2, "no trees")
        need(self.starts[0] == 0 and self.starts[-1] == nodes, "trees do not fill the table")
        need((np.diff(self.starts) > 0).all(), "a tree without nodes")
        inner = self.left >= 0
        need(self.leaves.ndim == 2 and len(self.leaves) == nodes - inner.sum(), "values of every leaf")
        own = np.arange(nodes) - np.repeat(self.starts[:-1], np.diff(self.starts))
        sizes = np.repeat(np.diff(self.starts), np.diff(self.starts))
        for side in (self.left, self.right):
            need((side[inner] > own[inner]).all() and (side[inner] < sizes[inner]).all(), "a tree is no tree")
        need((self.feature[inner] >= 0).all(), "a feature below 0")

    @classmethod
    def make(cls, trees: Sequence[TreeArrays]) -> Trees:
        """Of a trainer's arrays (feature, threshold, left, right, values), node 0 the root; a leaf's left is
        negative, values [nodes, width] count for leaves."""
        leaf = [left < 0 for _, _, left, _, _ in trees]
        columns = [
            np.concatenate([np.where(end, filler, tree[i]) for tree, end in zip(trees, leaf, strict=True)])
            for i, filler in enumerate((0, 0.0, -1, -1))
        ]
        values = [tree[4][end] for tree, end in zip(trees, leaf, strict=True)]
        return cls(
            columns[0].astype(np.int32),
            columns[1].astype(np.float64),
            columns[2].astype(np.int32),
            columns[3].astype(np.int32),
            np.concatenate(values).astype(np.float64),
            np.cumsum([0, *(len(end) for end in leaf)]),
        )

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def highest_feature(self) -> int:
        """Index of the last value that a node asks for."""
        return int(self.feature.max())

    def tree(self, index: int) -> TreeArrays:
        """One of them, as `make` takes it; values of inner nodes are 0."""
        nodes = slice(int(self.starts[index]), int(self.starts[index + 1]))
        end = self.left[nodes] < 0
        values = np.zeros((len(end), self.leaves.shape[1]))
        before = int((self.left[: nodes.start] < 0).sum())
        values[end] = self.leaves[before : before + int(end.sum())]
        return self.feature[nodes], self.threshold[nodes], self.left[nodes], self.right[nodes], values

    def reached(self, rows: NDArray[Any]) -> NDArray[np.int64]:
        """Index into `leaves` of each row in each tree [rows, trees]."""
        number = np.cumsum(self.left < 0) - 1
        found = np.zeros((len(rows), len(self)), np.int64)
        together = max(1, _WALKING // max(1, len(rows)))
        for first in range(0, len(self), together):
            starts = self.starts[:-1][first : first + together]
            found[:, first : first + together] = number[self._walked(rows, starts)]
        return found

    def _walked(self, rows: NDArray[Any], starts: NDArray[np.int64]) -> NDArray[np.int64]:
        """Leaves that rows reach in trees that start there, as nodes of the tables [rows, trees]."""
        at = np.tile(starts, (len(rows), 1)).ravel()
        own = np.repeat(np.arange(len(rows)), len(starts))
        start = at.copy()
        walking = np.flatnonzero(self.left[at] >= 0)
        while len(walking):
            node = at[walking]
            goes_left = rows[own[walking], self.feature[node]] <= self.threshold[node]
            at[walking] = start[walking] + np.where(goes_left, self.left[node], self.right[node])
            walking = walking[self.left[at[walking]] >= 0]
        return at.reshape(len(rows), len(starts))


@dataclass(frozen=True, eq=False)
class _OfTrees(Learned):
    parts: ClassVar[Mapping[str, type[Numbers]]] = {"trees": Trees}

    trees: Trees
    values: int
    """Of a row."""

    def __post_init__(self) -> None:
        need(self.trees.highest_feature < self.values, "a node asks for a value that rows do not have")

    @property
    def width(self) -> int:
        """Values of a row."""
        return self.values


@dataclass(frozen=True, eq=False)
class Voting(_OfTrees):
    """The mean of the leaves: class probabilities, or a value. regression: the latter."""

    regression: bool

    def _mean(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        leaves = self.trees.leaves
        sums = np.zeros((len(rows), leaves.shape[1]))
        for leaf in self.trees.reached(rows.astype(np.float32)).T:  # scikit-learn's trees compare float32
            sums += leaves[leaf]
        return sums / len(self.trees)

    def predict(self, rows: NDArray[np.float64]) -> NDArray[Any]:
        """The likeliest class, or the value."""
        mean = self._mean(rows)
        return mean[:, 0] if self.regression else mean.argmax(axis=1)

    def posteriors(self, rows: NDArray[np.float64]) -> NDArray[np.float64] | None:
        """Class probabilities."""
        return None if self.regression else self._mean(rows)


@dataclass(frozen=True, eq=False)
class Boosted(_OfTrees):
    """Sums of leaves: log odds of the second of two classes, of each class, or a value.

    outputs: [trees], the score that a tree's leaves belong to. start: [scores]. second_wins: whether the
    second of two classes is taken at odds of exactly one. regression: the score is a value. single: sums are
    float32, as XGBoost's.
    """

    outputs: NDArray[np.int64]
    start: NDArray[np.float64]
    second_wins: bool
    regression: bool
    single: bool

    def __post_init__(self) -> None:
        super().__post_init__()
        need(self.outputs.shape == (len(self.trees),) and self.trees.leaves.shape[1] == 1, "a score a tree")
        need(
            self.start.ndim == 1 and 0 <= self.outputs.min() <= self.outputs.max() < len(self.start), "score"
        )

    def scores(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """[rows, scores]"""
        kind = np.float32 if self.single else np.float64
        sums = np.tile(self.start.astype(kind), (len(rows), 1))
        leaves = self.trees.leaves[:, 0].astype(kind)
        for output, leaf in zip(self.outputs, self.trees.reached(rows.astype(np.float32)).T, strict=True):
            sums[:, output] += leaves[leaf]
        return sums.astype(np.float64)

    def predict(self, rows: NDArray[np.float64]) -> NDArray[Any]:
        """The likeliest class, or the value."""
        scores = self.scores(rows)
        if self.regression:
            return scores[:, 0]
        if len(self.start) > 1:
            best: NDArray[np.int64] = scores.argmax(axis=1)
            return best
        second: NDArray[np.bool_] = scores[:, 0] >= 0 if self.second_wins else scores[:, 0] > 0
        return second.astype(np.int64)

    def posteriors(self, rows: NDArray[np.float64]) -> NDArray[np.float64] | None:
        """The softmax of the scores."""
        if self.regression:
            return None
        scores = self.scores(rows)
        return softmax(scores if len(self.start) > 1 else scores[:, 0])


@dataclass(frozen=True, eq=False)
class Isolation(_OfTrees):
    """Sums of the leaves, which are the lengths of paths: a row that is parted late is normal.

    mean_path: of a tree. border: a row is normal where 2^-(sum / (trees * mean_path)) is not above it.
    """

    mean_path: float
    border: float

    def predict(self, rows: NDArray[np.float64]) -> NDArray[np.int64]:
        """NORMAL or ANOMALY."""
        lengths = np.zeros(len(rows))
        for leaf in self.trees.reached(rows.astype(np.float32)).T:
            lengths += self.trees.leaves[leaf, 0]
        score = 2.0 ** -(lengths / (len(self.trees) * self.mean_path))
        return np.where(score <= self.border, NORMAL, ANOMALY)
