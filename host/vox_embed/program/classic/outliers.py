"""Anomaly detectors -> a score and THRESHOLD: posteriors of NORMAL and ANOMALY."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from vox_embed.models.classic.base import ClassicEstimator
from vox_embed.models.classic.learned import NORMAL, Isolation
from vox_embed.program.classic.chain import Chain
from vox_embed.program.classic.forests import dense_trees, ensemble_of
from vox_embed.program.classic.run import scores_of
from vox_embed.program.classic_ops import Threshold
from vox_embed.program.ops import Kind
from vox_embed.program.program import Program
from vox_embed.program.trees import Ensemble
from vox_embed.spec.operators import MAX_FRACTION


def isolation_ensemble(estimator: ClassicEstimator) -> tuple[Ensemble, float]:
    """Sum of path lengths, and the sum from which on a row is normal."""
    model = estimator.model_
    assert isinstance(model, Isolation)
    border = -len(model.trees) * model.mean_path * math.log2(model.border)
    return ensemble_of(model.trees, model.width), border


def lower_isolation(estimator: ClassicEstimator, X: NDArray[np.int16]) -> Program:
    """TREES and THRESHOLD. X: rows to set the threshold by, where rounding leaves a choice."""
    ensemble, threshold = isolation_ensemble(estimator)
    largest = sum(float(tree.leaves.max()) for tree in ensemble.trees)
    bits = min(MAX_FRACTION, math.floor(math.log2(2**30 / largest)))
    chain = Chain(estimator.n_features_in_)
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
