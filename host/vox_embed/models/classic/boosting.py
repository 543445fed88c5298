"""Gradient boosting of small trees."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.experiment.needs import EXTRAS, need_packages
from vox_embed.models.classic.base import ClassicEstimator, Task
from vox_embed.models.classic.learned import Boosted, TreeArrays, Trees
from vox_embed.models.classic.trees import arrays_of


class _Boosting(ClassicEstimator):
    learns = Boosted

    def __init__(  # noqa: PLR0917
        self,
        rounds: int = 50,
        depth: int = 3,
        learning_rate: float = 0.1,
        subsample: float = 1.0,
        class_weight: bool = False,
        patience: int | None = None,
        validation: float = 0.1,
        task: Task = "classification",
        seed: int = 7,
    ) -> None:
        super().__init__(seed=seed)
        self.class_weight = class_weight
        self.patience = patience
        self.validation = validation
        self.rounds = rounds
        self.depth = depth
        self.learning_rate = learning_rate
        self.subsample = subsample
        self.task = task

    def _settings(self) -> dict[str, Any]:
        return {
            "n_estimators": self.rounds,
            "max_depth": self.depth,
            "learning_rate": self.learning_rate,
            "subsample": self.subsample,
            "random_state": self.seed,
        }

    def _weights(self, target: NDArray[Any]) -> NDArray[np.float64] | None:
        """Of rows; None where all count alike."""
        if not self.class_weight or self.task == "regression":
            return None
        from sklearn.utils.class_weight import compute_sample_weight

        return np.asarray(compute_sample_weight("balanced", target), np.float64)


class GradientBoosting(_Boosting):
    """scikit-learn's gradient boosting (Friedman 2001): `rounds` trees a class, or one a round for two."""

    def __init__(  # noqa: PLR0917
        self,
        rounds: int = 50,
        depth: int = 3,
        learning_rate: float = 0.1,
        subsample: float = 1.0,
        max_features: float | None = None,
        class_weight: bool = False,
        patience: int | None = None,
        validation: float = 0.1,
        task: Task = "classification",
        seed: int = 7,
    ) -> None:
        super().__init__(
            rounds, depth, learning_rate, subsample, class_weight, patience, validation, task, seed
        )
        self.max_features = max_features

    def _train(self, rows: NDArray[np.float64], target: NDArray[Any]) -> Any:
        from sklearn import ensemble

        kind = (
            ensemble.GradientBoostingRegressor
            if self.task == "regression"
            else ensemble.GradientBoostingClassifier
        )
        stop = {"n_iter_no_change": self.patience, "validation_fraction": self.validation}
        more = {} if self.patience is None else stop
        return kind(max_features=self.max_features, **more, **self._settings()).fit(
            rows, target, sample_weight=self._weights(target)
        )

    def _numbers(self, trained: Any) -> Boosted:
        rounds, outputs = trained.estimators_.shape
        members = trained.estimators_.reshape(-1)
        trees = Trees.make(
            [arrays_of(m.tree_, trained.learning_rate * m.tree_.value.reshape(-1, 1)) for m in members]
        )
        owner = np.tile(np.arange(outputs), rounds)
        # What is there before the first tree: the sum for some row, less the leaves it reaches.
        zero = np.zeros((1, self.n_features_in_))
        total = trained.predict(zero) if self.task == "regression" else trained.decision_function(zero)
        reached = trees.leaves[trees.reached(zero)[0], 0]
        start = np.reshape(total, -1) - np.array([reached[owner == i].sum() for i in range(outputs)])
        return Boosted(
            trees,
            self.n_features_in_,
            outputs=owner,
            start=start,
            second_wins=True,
            regression=self.task == "regression",
            single=False,
        )


class XgBoost(_Boosting):
    """XGBoost's histogram trees (Chen & Guestrin 2016). Needs the extra `xgboost`."""

    needs = EXTRAS["xgboost"]

    def _train(self, rows: NDArray[np.float64], target: NDArray[Any]) -> Any:
        need_packages("model.type: xgboost", self.needs)
        import xgboost

        kind = xgboost.XGBRegressor if self.task == "regression" else xgboost.XGBClassifier
        weights = self._weights(target)
        if self.patience is None:
            return kind(tree_method="hist", n_jobs=1, **self._settings()).fit(
                rows, target, sample_weight=weights
            )
        from sklearn.model_selection import train_test_split

        stratify = None if self.task == "regression" else target
        learn, check = train_test_split(
            np.arange(len(rows)), test_size=self.validation, random_state=self.seed, stratify=stratify
        )
        made = kind(tree_method="hist", n_jobs=1, early_stopping_rounds=self.patience, **self._settings())
        return made.fit(
            rows[learn],
            target[learn],
            sample_weight=None if weights is None else weights[learn],
            eval_set=[(rows[check], target[check])],
            verbose=False,
        )

    def _numbers(self, trained: Any) -> Boosted:
        booster = trained.get_booster()
        if self.patience is not None:
            booster = booster[: trained.best_iteration + 1]
        learner = json.loads(bytes(booster.save_raw("json")))["learner"]
        model = learner["gradient_booster"]["model"]
        base = np.atleast_1d(np.array(json.loads(learner["learner_model_param"]["base_score"]), np.float64))
        if learner["objective"]["name"] == "binary:logistic":
            base = np.array([math.log(p / (1.0 - p)) for p in base])
        return Boosted(
            Trees.make([_arrays(tree) for tree in model["trees"]]),
            self.n_features_in_,
            outputs=np.array(model["tree_info"], np.int64),
            start=np.broadcast_to(base, (self.n_classes_ if self.n_classes_ > 2 else 1,)),
            second_wins=False,
            regression=self.task == "regression",
            single=True,
        )


def _arrays(tree: dict[str, Any]) -> TreeArrays:
    """XGBoost goes left where x < t, with t a float32: x <= the float32 below t."""
    # The value of a leaf stands where an inner node has its threshold.
    conditions = np.array(tree["split_conditions"], np.float32)
    return (
        np.array(tree["split_indices"]),
        np.nextafter(conditions, np.float32(-np.inf)).astype(np.float64),
        np.array(tree["left_children"]),
        np.array(tree["right_children"]),
        conditions.astype(np.float64)[:, None],
    )
