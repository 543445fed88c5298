"""Trees, forests and boosting -> TREES and an op that makes posteriors of the scores."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vox_embed.experiment.errors import VoxError
from vox_embed.models.classic import learned
from vox_embed.models.classic.base import ClassicEstimator
from vox_embed.program.classic.chain import Chain, Step
from vox_embed.program.classic_ops import Share, Softmax32, Trees
from vox_embed.program.ops import Kind
from vox_embed.program.program import Program
from vox_embed.program.trees import Ensemble, Tree
from vox_embed.spec.operators import LEAF, LEAF_LAST, MAX_FRACTION, MAX_TREE_NODES

_LOG2_E = math.log2(math.e)
_ENTRY_MAX = 2**24 - 1
_SCORE_MAX = 2**31 - 1


def ensemble_of(
    trees: learned.Trees, features: int, outputs: Sequence[int] = (), bias: NDArray[np.float64] | None = None
) -> Ensemble:
    """Learned trees with integers for thresholds. outputs: the score of each, where leaves have one value of
    several."""
    owners = outputs or [0] * len(trees)
    made = [Tree.make(*trees.tree(i), owner) for i, owner in enumerate(owners)]
    return Ensemble.make(made, features, trees.leaves.shape[1] if bias is None else len(bias), bias)


def forest_ensemble(estimator: ClassicEstimator) -> Ensemble:
    """A decision tree or a forest: leaves hold class probabilities, or a value."""
    model = estimator.model_
    assert isinstance(model, learned.Voting)
    return ensemble_of(model.trees, model.width)


def boosting_ensemble(estimator: ClassicEstimator) -> Ensemble:
    """Gradient boosting: log odds of the second class, or of each class, or a value."""
    model = estimator.model_
    assert isinstance(model, learned.Boosted)
    return ensemble_of(model.trees, model.width, model.outputs.tolist(), model.start)


def lower_forest(estimator: ClassicEstimator, X: NDArray[np.int16]) -> Program:
    """Class probabilities are summed in units in which leaves of few rows have exact shares."""
    ensemble = forest_ensemble(estimator)
    chain = Chain(estimator.n_features_in_)
    if estimator.task == "regression":
        return lower_value(chain, ensemble, len(ensemble.trees))
    chain.add(*sparse_trees(ensemble))
    chain.add(Share, {}, ensemble.outputs, Kind.S16)
    return chain.program()


def lower_boosting(estimator: ClassicEstimator, X: NDArray[np.int16]) -> Program:
    """Sums of log odds, or of values."""
    model = estimator.model_
    assert isinstance(model, learned.Boosted)
    ensemble = boosting_ensemble(estimator)
    chain = Chain(estimator.n_features_in_)
    if model.regression:
        return lower_value(chain, ensemble, 1)
    return lower_odds(chain, ensemble, favour_second=model.second_wins)


def lower_odds(chain: Chain, ensemble: Ensemble, *, favour_second: bool) -> Program:
    """Natural log odds -> posteriors. One output: of the second of two classes, the first has 0.

    favour_second: whether the second wins at odds of exactly one.
    """
    fraction = _fraction(ensemble, _LOG2_E)
    factor = _LOG2_E * 2.0**fraction
    if ensemble.outputs == 1:
        pair = [replace(tree, output=1) for tree in ensemble.trees]
        first = -1.0 / factor if favour_second else 0.0
        ensemble = Ensemble.make(pair, ensemble.features, 2, np.array([first, ensemble.bias[0]]))
    chain.add(*dense_trees(ensemble, factor))
    chain.add(Softmax32, {"fraction": fraction}, ensemble.outputs, Kind.S16)
    return chain.program()


def lower_value(chain: Chain, ensemble: Ensemble, count: int) -> Program:
    """One value, in an S32 tensor whose scale says its unit. count: what the sum is divided by."""
    fraction = _fraction(ensemble, 1.0)
    chain.add(*dense_trees(ensemble, 2.0**fraction), scale=2.0**-fraction / count)
    return chain.program()


def _fraction(ensemble: Ensemble, factor: float) -> int:
    """Bits behind the point with which no sum can leave 31 bits."""
    most = np.abs(ensemble.bias)
    for tree in ensemble.trees:
        most[tree.output] += np.abs(tree.leaves).max()
    largest = max(float(most.max()) * factor, 1e-9)
    return int(np.clip(math.floor(math.log2(0.9 * 2**31 / largest)), 0, MAX_FRACTION))


def dense_trees(ensemble: Ensemble, factor: float) -> Step:
    """Leaves of one value each, times `factor` and rounded."""
    leaves = [[(int(value),) for value in np.round(tree.leaves[:, 0] * factor)] for tree in ensemble.trees]
    bias = np.round(ensemble.bias * factor).astype(np.int64)
    return _trees_op(ensemble, leaves, bias, sparse=False)


def sparse_trees(ensemble: Ensemble) -> Step:
    """Leaves of class probabilities: a run of those that are not 0."""
    unit = _common_unit(ensemble)
    leaves = []
    for tree in ensemble.trees:
        runs = []
        for values in np.round(tree.leaves * unit).astype(np.int64):
            classes = np.flatnonzero(values)
            last = [0] * (len(classes) - 1) + [LEAF_LAST]
            runs.append(
                tuple(int(values[c]) << 8 | end | int(c) for c, end in zip(classes, last, strict=True))
            )
        leaves.append(runs)
    return _trees_op(ensemble, leaves, np.zeros(ensemble.outputs, np.int64), sparse=True)


def _common_unit(ensemble: Ensemble) -> int:
    """What 1 is counted as: a number that as many leaves' shares as possible are whole multiples of.

    Shares are fractions with small denominators, the number of training rows in the leaf. Where classes are
    tied in exact arithmetic, they then mostly are in the integers too.
    """
    most = min(_ENTRY_MAX, _SCORE_MAX // len(ensemble.trees))
    values = np.unique(np.concatenate([tree.leaves.ravel() for tree in ensemble.trees]))
    best, best_hits = 1, -1
    for top in range(1, 23):
        common = math.lcm(*range(1, top + 1))
        if common > most:
            break
        unit = common << int(math.log2(most // common))
        scaled = values * unit
        hits = int(np.count_nonzero(np.abs(scaled - np.round(scaled)) < 1e-6))
        if hits >= best_hits:
            best, best_hits = unit, hits
    return best


def _trees_op(
    ensemble: Ensemble, leaves: Sequence[Sequence[tuple[int, ...]]], bias: NDArray[np.int64], *, sparse: bool
) -> Step:
    starts, places, stored = _lay_out(leaves)
    rows, nodes = [], []
    for tree, start, place in zip(ensemble.trees, starts, places, strict=True):
        if tree.nodes > MAX_TREE_NODES:
            raise VoxError(
                f"a tree of {tree.nodes} nodes; {MAX_TREE_NODES} fit",
                "lower model.depth, or model.max_samples of an isolation forest",
            )
        if max(place) >= LEAF:
            raise VoxError("the leaves of a tree do not fit", "lower model.depth or raise model.min_leaf")
        child = np.array(place) + LEAF
        sides = [
            np.where(side < 0, child[-1 - np.minimum(side, -1)], side) for side in (tree.left, tree.right)
        ]
        nodes.append(np.stack([tree.feature, tree.threshold, *sides], axis=1).astype(np.int64))
        only = place[0] if tree.nodes == 0 else 0
        rows.append((tree.nodes, tree.output, start + only))
    fields = {
        "trees": np.array(rows, np.int64),
        "nodes": np.concatenate(nodes),
        "leaves": np.array(stored, np.int64),
        "sparse": sparse,
        "bias": bias,
    }
    return Trees, fields, ensemble.outputs, Kind.S32


def _lay_out(
    leaves: Sequence[Sequence[tuple[int, ...]]],
) -> tuple[list[int], list[list[int]], list[int]]:
    """First leaf of each tree, places of its leaves behind that, and the table. Equal leaves are stored once:
    in the whole table where 15 bits can name them all, else in each tree.
    """
    for shared in (True, False):
        everywhere: dict[tuple[int, ...], int] = {}
        stored: list[int] = []
        starts: list[int] = []
        places: list[list[int]] = []
        for tree in leaves:
            start = 0 if shared else len(stored)
            known = everywhere if shared else {}
            for leaf in tree:
                if leaf not in known:
                    known[leaf] = len(stored) - start
                    stored += leaf
            starts.append(start)
            places.append([known[leaf] for leaf in tree])
        if not shared or max(max(place) for place in places) < LEAF:
            break
    return starts, places, stored
