"""Decision trees and forests of them."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from vox_embed.models.classic.base import ClassicEstimator, Task
from vox_embed.models.classic.learned import TreeArrays, Trees, Voting

Criterion = Literal["gini", "entropy", "log_loss"]


class _Trees(ClassicEstimator):
    learns = Voting

    def __init__(  # noqa: PLR0917
        self,
        depth: int | None = 10,
        min_leaf: int = 1,
        max_features: float | Literal["sqrt", "log2"] | None = None,
        criterion: Criterion = "gini",
        class_weight: bool = False,
        task: Task = "classification",
        seed: int = 7,
    ) -> None:
        super().__init__(seed=seed)
        self.depth = depth
        self.min_leaf = min_leaf
        self.max_features = max_features
        self.criterion = criterion
        self.class_weight = class_weight
        self.task = task

    def _settings(self) -> dict[str, Any]:
        settings = {
            "max_depth": self.depth,
            "min_samples_leaf": self.min_leaf,
            "max_features": self.max_features,
            "random_state": self.seed,
        }
        if self.task == "regression":
            return settings
        return settings | {
            "criterion": self.criterion,
            "class_weight": "balanced" if self.class_weight else None,
        }

    def _numbers(self, trained: Any) -> Voting:
        members = getattr(trained, "estimators_", [trained])
        trees = [arrays_of(one.tree_, one.tree_.value.reshape(-1, self.n_classes_ or 1)) for one in members]
        return Voting(Trees.make(trees), self.n_features_in_, self.task == "regression")


def arrays_of(tree: Any, values: NDArray[np.float64]) -> TreeArrays:
    """scikit-learn's `tree_` as Trees.make takes it; values: [nodes, width]."""
    return tree.feature, tree.threshold, tree.children_left, tree.children_right, values


class DecisionTree(_Trees):
    """One tree (Breiman et al. 1984): `depth` comparisons at most, leaves of at least `min_leaf` rows."""

    def _train(self, rows: NDArray[np.float64], target: NDArray[Any]) -> Any:
        from sklearn import tree

        kind = tree.DecisionTreeRegressor if self.task == "regression" else tree.DecisionTreeClassifier
        return kind(**self._settings()).fit(rows, target)


class Forest(_Trees):
    """Random forest (Breiman 2001): `trees` trees on resampled rows, splits among `max_features` values."""

    def __init__(  # noqa: PLR0917
        self,
        trees: int = 50,
        depth: int | None = 10,
        min_leaf: int = 1,
        max_features: float | Literal["sqrt", "log2"] | None = "sqrt",
        criterion: Criterion = "gini",
        class_weight: bool = False,
        task: Task = "classification",
        seed: int = 7,
    ) -> None:
        super().__init__(depth, min_leaf, max_features, criterion, class_weight, task, seed)
        self.trees = trees

    def _kinds(self) -> tuple[type[Any], type[Any]]:
        from sklearn import ensemble

        return ensemble.RandomForestClassifier, ensemble.RandomForestRegressor

    def _train(self, rows: NDArray[np.float64], target: NDArray[Any]) -> Any:
        classifier, regressor = self._kinds()
        kind = regressor if self.task == "regression" else classifier
        return kind(n_estimators=self.trees, **self._settings()).fit(rows, target)


class ExtraTrees(Forest):
    """Extremely randomised trees (Geurts et al. 2006): a forest with random thresholds."""

    def _kinds(self) -> tuple[type[Any], type[Any]]:
        from sklearn import ensemble

        return ensemble.ExtraTreesClassifier, ensemble.ExtraTreesRegressor
