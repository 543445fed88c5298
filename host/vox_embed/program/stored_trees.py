"""The TREES of a .vxm, read back: what exports write as code."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vox_embed.experiment.errors import VoxError
from vox_embed.program.stored import StoredModel, read_model
from vox_embed.spec.model_format import FrontendKind, FunctionalCode, NormMode
from vox_embed.spec.operators import LEAF, LEAF_LAST, LeafKind, Tree, TreeNode, Trees
from vox_embed.spec.record import Record


@dataclass(frozen=True, eq=False)
class StoredTree:
    """One tree; children of LEAF or more are leaves, by their index in `StoredTrees.leaves`."""

    feature: NDArray[np.int64]
    threshold: NDArray[np.int64]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    output: int
    root: int
    """0, or the only leaf as a child would name it."""


@dataclass(frozen=True, eq=False)
class StoredTrees:
    """An ensemble as the device has it."""

    trees: tuple[StoredTree, ...]
    features: int
    outputs: int
    bias: tuple[int, ...]
    leaves: tuple[tuple[tuple[int, int], ...], ...]
    """(output, value) pairs of each leaf, in the order of their table."""
    shares: bool
    """Leaves hold class probabilities, in units that add up to one sum in every leaf, as far as rounding lets
    them; else one value each."""
    nonnegative: frozenset[int]
    """Features that the front end never makes negative."""


def read_trees(data: bytes) -> StoredTrees:
    """The ensemble that a model begins with. Raises VoxError where it is another kind of model."""
    model = read_model(data)
    op = model.ops[0] if model.ops else None
    if op is None or not isinstance(op.record, Trees):
        raise VoxError("the model holds no trees", "trees, forests and boosting are written as plain code")
    record, weights = op.record, model.weights
    features, outputs = (int(np.prod(model.tensors[i].dims)) for i in (op.head.input, op.head.output))
    if outputs < 2:
        raise VoxError(
            "the trees give one value, not classes",
            "regressions and isolation forests run through the library: export without --style and --format",
        )
    nodes = _table(weights, TreeNode, record.node_count, record.nodes)
    entries = np.frombuffer(weights, "<u4", record.leaf_count, record.leaves).astype(np.int64)
    sparse = record.leaf_kind == LeafKind.SPARSE
    starts: dict[int, int] = {}
    leaves: list[tuple[tuple[int, int], ...]] = []
    trees, at = [], 0
    for count, output, first in _table(weights, Tree, record.tree_count, record.trees).tolist():
        rows = nodes[at : at + count].copy()
        at += count
        for side in (2, 3):
            rows[rows[:, side] >= LEAF, side] = [
                LEAF + _leaf(first + int(c) - LEAF, entries, sparse, output, starts, leaves)
                for c in rows[rows[:, side] >= LEAF, side]
            ]
        root = 0 if count else LEAF + _leaf(first, entries, sparse, output, starts, leaves)
        feature, threshold, left, right = rows.T
        trees.append(StoredTree(feature, threshold, left, right, output, root))
    bias = tuple(np.frombuffer(weights, "<i4", outputs, record.bias).tolist())
    return StoredTrees(
        tuple(trees), features, outputs, bias, tuple(leaves), sparse, _nonnegative(model, features)
    )


def _table(weights: bytes, record: type[Record], count: int, offset: int) -> NDArray[np.int64]:
    """[count, numbers of the record]"""
    rows = np.frombuffer(weights, np.dtype(record.columns()), count, offset)
    return np.stack([rows[name].astype(np.int64) for name in rows.dtype.names or ()], axis=1)


def _leaf(  # noqa: PLR0917
    place: int,
    entries: NDArray[np.int64],
    sparse: bool,
    output: int,
    starts: dict[int, int],
    leaves: list[tuple[tuple[int, int], ...]],
) -> int:
    """Number of the leaf that starts at `place` of the table."""
    key = place if sparse else (place << 16) | output
    if key not in starts:
        starts[key] = len(leaves)
        if sparse:
            run = []
            while True:
                entry = int(entries[place])
                run.append((entry & (LEAF_LAST - 1), entry >> 8))
                place += 1
                if entry & LEAF_LAST:
                    break
            leaves.append(tuple(run))
        else:
            value = int(entries[place])
            leaves.append(((output, value - (1 << 32) if value >> 31 else value),))
    return starts[key]


def _nonnegative(model: StoredModel, features: int) -> frozenset[int]:
    """Log-mel features are never negative, nor are their functionals, but for the slope."""
    front, norm = model.frontend, model.norm
    if front is None or norm is None or front.kind != FrontendKind.LOGMEL or norm.mode != NormMode.RAW:
        return frozenset()
    if not model.functionals:
        return frozenset(range(features))
    return frozenset(i for i, f in enumerate(model.functionals) if f.code != FunctionalCode.SLOPE)
