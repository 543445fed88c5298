"""What all classic estimators share: scaling, classes, the trained model's decision on integer features."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from vox_embed.experiment.errors import VoxError

Task = Literal["classification", "regression", "anomaly"]
ScaleKind = Literal["none", "standard", "robust", "minmax", "maxabs"]
NORMAL, ANOMALY = 0, 1
"""Targets of anomaly detectors, and the order of their posteriors."""


class ClassicEstimator(ABC):
    """An estimator over vectors of integer features: int16 X [rows, values].

    Constructors take parameters only. y: classes 0..c-1 (all of them occur), real values of a regression, or
    NORMAL and ANOMALY for anomaly detectors, which learn from the NORMAL rows. After `fit`: `model_` (the
    scikit-learn estimator, or what comes closest), `scaler_` (a fitted scikit-learn scaler, None for none),
    `classes_` (how many; 2 for anomaly detectors, 0 for regressions) and `features_`.
    """

    task: ClassVar[Task] = "classification"
    needs: ClassVar[tuple[str, ...]] = ()
    """Packages that training takes beside those that are always there."""

    def __init__(self, *, scale: ScaleKind = "none", seed: int = 7) -> None:
        self.scale = scale
        self.seed = seed

    def fit(self, X: NDArray[np.int16], y: NDArray[Any]) -> ClassicEstimator:
        """Learn from rows and their targets. Raises VoxError where they cannot be learned from."""
        rows = np.asarray(X, np.float64)
        if rows.ndim != 2 or len(rows) != len(y) or not len(rows):
            raise ValueError(
                f"X {rows.shape} and y {np.shape(y)}: rows of values and a target each are needed"
            )
        self.features_ = rows.shape[1]
        target = np.asarray(y)
        self.classes_ = self._count_classes(target)
        if self.task == "anomaly":
            rows, target = rows[target == NORMAL], target[target == NORMAL]
        self.scaler_ = _scaler(self.scale)
        scaled = rows if self.scaler_ is None else self.scaler_.fit_transform(rows)
        self.model_ = self._train(scaled, target)
        return self

    def _count_classes(self, y: NDArray[Any]) -> int:
        if self.task == "regression":
            return 0
        found = np.unique(y)
        if self.task == "anomaly":
            if not np.isin(found, (NORMAL, ANOMALY)).all() or NORMAL not in found:
                raise VoxError("anomaly detectors learn from normal rows, of which there are none")
            return 2
        if not np.array_equal(found, np.arange(len(found))):
            raise VoxError(
                "a class has no rows to train on", "take it out of data.labels, or choose another split"
            )
        if len(found) < 2:
            raise VoxError("all rows to train on are of one class: there is nothing to tell apart")
        return len(found)

    @abstractmethod
    def _train(self, rows: NDArray[np.float64], target: NDArray[Any]) -> Any:
        """The trained model from scaled rows."""

    def scaled(self, X: NDArray[np.int16]) -> NDArray[np.float64]:
        """Rows as the trained model takes them."""
        rows = np.asarray(X, np.float64)
        return rows if self.scaler_ is None else np.asarray(self.scaler_.transform(rows), np.float64)

    def predict(self, X: NDArray[np.int16]) -> NDArray[Any]:
        """The trained model's decision: classes, NORMAL or ANOMALY, or values."""
        decided = np.asarray(self.model_.predict(self.scaled(X)))
        if self.task == "anomaly":
            return np.where(decided < 0, ANOMALY, NORMAL)
        return decided if self.task == "regression" else decided.astype(np.int64)

    def predict_float(self, X: NDArray[np.int16]) -> NDArray[np.float64]:
        """Posteriors of the trained model [rows, classes]; one-hot decisions where it has none."""
        if hasattr(self.model_, "predict_proba"):
            return np.asarray(self.model_.predict_proba(self.scaled(X)), np.float64)
        chosen: NDArray[np.float64] = np.eye(self.classes_)[self.predict(X)]
        return chosen


def _scaler(kind: ScaleKind) -> Any:
    if kind == "none":
        return None
    from sklearn import preprocessing

    return {
        "standard": preprocessing.StandardScaler,
        "robust": preprocessing.RobustScaler,
        "minmax": preprocessing.MinMaxScaler,
        "maxabs": preprocessing.MaxAbsScaler,
    }[kind]()
