"""Anomaly detectors -> a score and THRESHOLD: posteriors of NORMAL and ANOMALY."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from vox_embed.models.classic.base import NORMAL, ClassicEstimator
from vox_embed.program.classic.chain import Chain
from vox_embed.program.classic.forests import dense_trees, sklearn_tree
from vox_embed.program.classic.run import scores_of
from vox_embed.program.classic_ops import Threshold
from vox_embed.program.ops import Kind
from vox_embed.program.program import Program
from vox_embed.program.trees import Ensemble
from vox_embed.spec.operators import MAX_FRACTION

_EULER = 0.577215664901532860606512090082402431


def _average_path(rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Mean depth of an unsuccessful search in a tree of so many rows (Liu et al. 2008)."""
    n = np.maximum(rows, 3).astype(np.float64)
    path = 2.0 * (np.log(n - 1.0) + _EULER) - 2.0 * (n - 1.0) / n
    return np.where(rows <= 1, 0.0, np.where(rows == 2, 1.0, path))


def isolation_ensemble(estimator: ClassicEstimator) -> tuple[Ensemble, float]:
    """Sum of path lengths, and the sum from which on a row is normal."""
    model = estimator.model_
    trees = []
    for member, columns in zip(model.estimators_, model.estimators_features_, strict=True):
        tree = member.tree_
        depth = np.zeros(tree.node_count)
        for node in range(tree.node_count):
            for child in (tree.children_left[node], tree.children_right[node]):
                if child >= 0:
                    depth[child] = depth[node] + 1
        lengths = depth + _average_path(tree.n_node_samples)
        made = sklearn_tree(tree, lengths[:, None])
        feature = np.asarray(columns, np.int32)[made.feature]
        trees.append(type(made)(feature, made.threshold, made.left, made.right, made.leaves))
    mean = float(_average_path(np.array([model.max_samples_]))[0])
    # A row is normal where 2^(-sum / (trees * mean)) <= -offset.
    return Ensemble.make(trees, estimator.features_, 1), -len(trees) * mean * math.log2(-model.offset_)


def lower_isolation(estimator: ClassicEstimator, X: NDArray[np.int16]) -> Program:
    """TREES and THRESHOLD. X: rows to set the threshold by, where rounding leaves a choice."""
    ensemble, threshold = isolation_ensemble(estimator)
    largest = sum(float(tree.leaves.max()) for tree in ensemble.trees)
    bits = min(MAX_FRACTION, math.floor(math.log2(2**30 / largest)))
    chain = Chain(estimator.features_)
    chain.add(*dense_trees(ensemble, 2.0**bits))
    return end_with_threshold(estimator, chain, threshold * 2.0**bits, X)


def end_with_threshold(
    estimator: ClassicEstimator, chain: Chain, threshold: float, X: NDArray[np.int16]
) -> Program:
    """The score so far is normal from `threshold` on. Decisions about X move it within its rounding."""
    scores = scores_of(chain.program(), X)[:, 0].astype(np.int64)
    normal = estimator.predict(X) == NORMAL
    whole = math.ceil(threshold)
    below = int(scores[~normal].max(initial=-(2**31) + 1))
    above = int(scores[normal].min(initial=2**31 - 1))
    if below < above:
        whole = min(max(whole, below + 1), above)
    # A typical distance from the threshold shall mean odds of about 4 to 1.
    typical = max(float(np.median(np.abs(scores - whole))), 1.0)
    fraction = int(np.clip(round(math.log2(typical / 2.0)), 0, MAX_FRACTION))
    chain.add(Threshold, {"threshold": whole, "above": NORMAL, "fraction": fraction}, 2, Kind.S16)
    return chain.program()
