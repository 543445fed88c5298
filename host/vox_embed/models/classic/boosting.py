"""Gradient boosting of small trees."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.experiment.needs import EXTRAS, need_packages
from vox_embed.models.classic.base import ClassicEstimator, Task


class _Boosting(ClassicEstimator):
    def __init__(  # noqa: PLR0917
        self,
        rounds: int = 50,
        depth: int = 3,
        learning_rate: float = 0.1,
        subsample: float = 1.0,
        task: Task = "classification",
        seed: int = 7,
    ) -> None:
        super().__init__(seed=seed)
        self.rounds = rounds
        self.depth = depth
        self.learning_rate = learning_rate
        self.subsample = subsample
        self.task = task  # type: ignore[misc]

    def _settings(self) -> dict[str, Any]:
        return {
            "n_estimators": self.rounds,
            "max_depth": self.depth,
            "learning_rate": self.learning_rate,
            "subsample": self.subsample,
            "random_state": self.seed,
        }


class GradientBoosting(_Boosting):
    """scikit-learn's gradient boosting (Friedman 2001): `rounds` trees a class, or one a round for two."""

    def __init__(  # noqa: PLR0917
        self,
        rounds: int = 50,
        depth: int = 3,
        learning_rate: float = 0.1,
        subsample: float = 1.0,
        max_features: float | None = None,
        task: Task = "classification",
        seed: int = 7,
    ) -> None:
        super().__init__(rounds, depth, learning_rate, subsample, task, seed)
        self.max_features = max_features

    def _train(self, rows: NDArray[np.float64], target: NDArray[Any]) -> Any:
        from sklearn import ensemble

        kind = (
            ensemble.GradientBoostingRegressor
            if self.task == "regression"
            else ensemble.GradientBoostingClassifier
        )
        return kind(max_features=self.max_features, **self._settings()).fit(rows, target)


class XgBoost(_Boosting):
    """XGBoost's histogram trees (Chen & Guestrin 2016). Needs the extra `xgboost`."""

    needs = EXTRAS["xgboost"]

    def _train(self, rows: NDArray[np.float64], target: NDArray[Any]) -> Any:
        need_packages("model.type: xgboost", self.needs)
        import xgboost

        kind = xgboost.XGBRegressor if self.task == "regression" else xgboost.XGBClassifier
        return kind(tree_method="hist", n_jobs=1, **self._settings()).fit(rows, target)
