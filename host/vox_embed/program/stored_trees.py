"""The TREES of a .vxm, read back: what exports write as code."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vox_embed.experiment.errors import VoxError
from vox_embed.program.classic_ops import LEAF, LEAF_LAST, Trees
from vox_embed.program.vxm import read_sections

_PROGRAM = struct.Struct("<4H4I")
_TENSOR = struct.Struct("<B3x4H")
_OP = struct.Struct("<4H")
_RECORD = struct.Struct("<4I2IHBB")
_LOGMEL, _RAW, _SLOPE = 1, 3, 11


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
    sections = read_sections(data)
    prog, weights = sections["PROG"], sections["WGHT"]
    _, op_count, _, _, _, tensors, ops, _ = _PROGRAM.unpack_from(prog)
    code, _, source, target = _OP.unpack_from(prog, ops) if op_count else (0, 0, 0, 0)
    if code != Trees.code:
        raise VoxError("the model holds no trees", "trees, forests and boosting are written as plain code")
    record = _RECORD.unpack_from(prog, ops + _OP.size)
    trees_at, nodes_at, leaves_at, bias_at, node_count, leaf_count, tree_count, kind, _ = record
    features, outputs = (
        int(np.prod(_TENSOR.unpack_from(prog, tensors + 24 * index)[1:])) for index in (source, target)
    )
    if outputs < 2:
        raise VoxError(
            "the trees give one value, not classes",
            "regressions and isolation forests run through the library: export without --style and --format",
        )
    nodes = np.frombuffer(weights, "<u2", 4 * node_count, nodes_at).reshape(-1, 4).astype(np.int64)
    nodes[:, 1] = nodes[:, 1].astype(np.uint16).view(np.int16)
    entries = np.frombuffer(weights, "<u4", leaf_count, leaves_at).astype(np.int64)
    starts: dict[int, int] = {}
    leaves: list[tuple[tuple[int, int], ...]] = []
    trees, at = [], 0
    for i in range(tree_count):
        count, output, first = struct.unpack_from("<HHI", weights, trees_at + 8 * i)
        rows = nodes[at : at + count].copy()
        at += count
        for side in (2, 3):
            rows[rows[:, side] >= LEAF, side] = [
                LEAF + _leaf(first + int(c) - LEAF, entries, kind, output, starts, leaves)
                for c in rows[rows[:, side] >= LEAF, side]
            ]
        root = 0 if count else LEAF + _leaf(first, entries, kind, output, starts, leaves)
        feature, threshold, left, right = rows.T
        trees.append(StoredTree(feature, threshold, left, right, output, root))
    bias = tuple(struct.unpack_from(f"<{outputs}i", weights, bias_at))
    return StoredTrees(
        tuple(trees), features, outputs, bias, tuple(leaves), bool(kind), _nonnegative(sections, features)
    )


def _leaf(  # noqa: PLR0917
    place: int,
    entries: NDArray[np.int64],
    kind: int,
    output: int,
    starts: dict[int, int],
    leaves: list[tuple[tuple[int, int], ...]],
) -> int:
    """Number of the leaf that starts at `place` of the table."""
    key = place if kind else (place << 16) | output
    if key not in starts:
        starts[key] = len(leaves)
        if kind:
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


def _nonnegative(sections: dict[str, bytes], features: int) -> frozenset[int]:
    """Log-mel features are never negative, nor are their functionals, but for the slope."""
    front, norm = sections.get("FRNT"), sections.get("NORM")
    if front is None or norm is None or front[0] != _LOGMEL or norm[0] != _RAW:
        return frozenset()
    functionals = sections.get("FUNC")
    if functionals is None:
        return frozenset(range(features))
    count, offset = struct.unpack_from("<2xH4xI", functionals)
    codes = functionals[offset + 1 : offset + 2 * count : 2]
    return frozenset(i for i, code in enumerate(codes) if code != _SLOPE)
