"""Forests as emlearn 0.23 and emlearn-micropython load them (https://github.com/emlearn).

Their decisions differ from the trained forest's: the table of the C form keeps class shares in 8 bits, and
the CSV form, which emlearn-micropython reads, counts one vote a tree. `Forest.decide` computes what they
decide, so that the difference can be said before anybody uses them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vox_embed.experiment.errors import VoxError
from vox_embed.export.inline import plain_c
from vox_embed.program.stored_trees import StoredTrees
from vox_embed.spec.operators import LEAF

MAX_FEATURES = 127  # EmlTreesNode.feature is an int8_t
MAX_CLASSES = 30  # EMTREES_MAX_CLASSES
_MAX_JUMP = 32767


@dataclass(frozen=True, eq=False)
class Forest:
    """Nodes of all trees in one table; a row goes left where x[feature] < value."""

    nodes: NDArray[np.int64]
    """[nodes, 4]: feature, value, left, right. Children: how many nodes further on, or -1 - leaf."""
    roots: NDArray[np.int64]
    shares: NDArray[np.float64]
    """[leaves, classes]."""
    features: int

    @classmethod
    def make(cls, trees: StoredTrees) -> Forest:
        """Raises VoxError where emlearn has no such model."""
        if not trees.shares:
            raise VoxError(
                "emlearn's trees vote; the trees of this model add up odds or values",
                f"use a decision tree, a forest or extra trees; or {plain_c(trees)}",
            )
        for what, count, most in (
            ("features", trees.features, MAX_FEATURES),
            ("classes", trees.outputs, MAX_CLASSES),
            ("leaves", len(trees.leaves), _MAX_JUMP),
        ):
            if count > most:
                raise VoxError(f"{count} {what}; emlearn's trees have at most {most}", plain_c(trees))
        nodes: list[tuple[int, int, int, int]] = []
        roots = []
        for tree in trees.trees:
            roots.append(len(nodes))
            if tree.root >= LEAF:  # one leaf: a node whose sides are both that leaf
                leaf = -1 - (tree.root - LEAF)
                nodes.append((0, 0, leaf, leaf))
            for at, row in enumerate(zip(tree.feature, tree.threshold, tree.left, tree.right, strict=True)):
                feature, threshold, *children = map(int, row)
                sides = [c - at if c < LEAF else -1 - (c - LEAF) for c in children]
                if max(sides) > _MAX_JUMP:
                    raise VoxError(
                        "a tree has too many nodes for emlearn", f"lower model.depth; or {plain_c(trees)}"
                    )
                nodes.append((feature, threshold + 1, *sides))  # type: ignore[arg-type]
        shares = np.zeros((len(trees.leaves), trees.outputs))
        for leaf, pairs in enumerate(trees.leaves):
            for output, value in pairs:
                shares[leaf, output] = value
        shares /= shares.sum(axis=1, keepdims=True)
        return cls(np.array(nodes, np.int64), np.array(roots, np.int64), shares, trees.features)

    @property
    def bytes_of_shares(self) -> NDArray[np.int64]:
        """[leaves, classes] as the C form keeps them: 255 levels, spread over 0..255."""
        return (np.round(self.shares * 254) / 254 * 255).astype(np.uint8).astype(np.int64)

    def leaves_of(self, rows: NDArray[np.int16]) -> NDArray[np.int64]:
        """[rows, features] -> leaf of each tree, [rows, trees]."""
        at = np.tile(self.roots, (len(rows), 1))
        while (at >= 0).any():
            row, tree = np.nonzero(at >= 0)
            node = self.nodes[at[row, tree]]
            child = np.where(rows[row, node[:, 0]] < node[:, 1], node[:, 2], node[:, 3])
            at[row, tree] = np.where(child >= 0, at[row, tree] + child, child)
        return -1 - at

    def decide(self, rows: NDArray[np.int16], *, votes: bool) -> NDArray[np.int64]:
        """Classes: by the CSV form's votes, or by the C form's shares."""
        leaves = self.leaves_of(rows)
        if votes:
            table = np.eye(self.shares.shape[1], dtype=np.int64)[self.shares.argmax(axis=1)]
        else:
            table = self.bytes_of_shares
        decided: NDArray[np.int64] = table[leaves].sum(axis=1).argmax(axis=1)
        return decided


def csv_form(forest: Forest) -> str:
    """For emlearn-micropython's `emltrees.load_model`: one vote a tree."""
    lines = [f"f,{forest.features}", f"c,{forest.shares.shape[1]}", "lb,0"]
    lines += [f"l,{label}" for label in forest.shares.argmax(axis=1)]
    lines += [f"r,{root}" for root in forest.roots]
    lines += ["n," + ",".join(map(str, node)) for node in forest.nodes]
    return "\r\n".join(lines)


def c_form(forest: Forest, name: str) -> str:
    """A header for C programs with emlearn's eml_trees.h: class shares in 8 bits."""
    classes = forest.shares.shape[1]
    nodes = ",\n".join("    {" + ", ".join(map(str, node)) + "}" for node in forest.nodes)
    leaves = ",\n".join("    " + ", ".join(map(str, row)) for row in forest.bytes_of_shares)
    return f"""/* {len(forest.roots)} decision trees for emlearn. Made by vox-embed. */
#include <eml_trees.h>

static const EmlTreesNode {name}_nodes[{len(forest.nodes)}] = {{
{nodes}
}};
static const int32_t {name}_roots[{len(forest.roots)}] = {{{", ".join(map(str, forest.roots))}}};
static const uint8_t {name}_leaves[{classes * len(forest.shares)}] = {{
{leaves}
}};
static const EmlTrees {name} = {{
    {len(forest.nodes)}, (EmlTreesNode *){name}_nodes,
    {len(forest.roots)}, (int32_t *){name}_roots,
    {classes * len(forest.shares)}, (uint8_t *){name}_leaves,
    8, {forest.features}, {classes},
}};

/* Class of int16 features[{forest.features}], or a negative number. */
static inline int32_t {name}_predict(const int16_t *features)
{{
    return eml_trees_predict(&{name}, features, {forest.features});
}}
"""
