"""XGBoost's trees, read from the JSON of its model, -> TREES."""

from __future__ import annotations

import json
import math

import numpy as np
from numpy.typing import NDArray

from vox_embed.models.classic.base import ClassicEstimator
from vox_embed.program.classic.chain import Chain
from vox_embed.program.classic.forests import lower_odds, lower_value
from vox_embed.program.program import Program
from vox_embed.program.trees import Ensemble, Tree


def xgboost_ensemble(estimator: ClassicEstimator) -> Ensemble:
    """Margins. XGBoost goes left where x < t, with t a float32: for integers, x <= ceil(t) - 1."""
    booster = estimator.model_.get_booster()
    learner = json.loads(bytes(booster.save_raw("json")))["learner"]
    model = learner["gradient_booster"]["model"]
    outputs = estimator.classes_ if estimator.classes_ > 2 else 1
    trees = []
    for tree, output in zip(model["trees"], model["tree_info"], strict=True):
        left = np.array(tree["left_children"])
        right = np.array(tree["right_children"])
        # The value of a leaf stands where an inner node has its threshold.
        conditions = np.array(tree["split_conditions"], np.float32).astype(np.float64)
        below = np.ceil(conditions) - 1.0
        feature = np.array(tree["split_indices"])
        trees.append(Tree.make(feature, below, left, right, conditions[:, None], output))
    base = np.atleast_1d(np.array(json.loads(learner["learner_model_param"]["base_score"]), np.float64))
    if learner["objective"]["name"] == "binary:logistic":
        base = np.array([math.log(p / (1.0 - p)) for p in base])
    return Ensemble.make(trees, estimator.features_, outputs, np.broadcast_to(base, (outputs,)))


def lower_xgboost(estimator: ClassicEstimator, X: NDArray[np.int16]) -> Program:
    """Sums of margins."""
    ensemble = xgboost_ensemble(estimator)
    chain = Chain(estimator.features_)
    if estimator.task == "regression":
        return lower_value(chain, ensemble, 1)
    return lower_odds(chain, ensemble, favour_second=False)
