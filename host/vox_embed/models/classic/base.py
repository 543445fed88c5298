"""What all classic estimators share: scaling, classes, the trained model's decision on integer features."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

from vox_embed.models.classic.learned import ANOMALY, NORMAL, Learned
from vox_embed.models.classic.params import Parameters
from vox_embed.models.classic.scaling import SCALERS, ScaleKind

Task = Literal["classification", "regression", "anomaly"]

_MODEL, _SCALER, _CLASSES = "model.", "scaler.", "classes"


class ClassicEstimator(Parameters, ABC):
    """An estimator over vectors of integer features: int16 X [rows, values].

    A scikit-learn estimator in its ways: the constructor stores parameters only, `fit` checks and learns. y:
    classes, real values of a regression, or NORMAL and ANOMALY for anomaly detectors, which learn from the
    NORMAL rows. After `fit`, or `restore`: `model_` (what was learned, see learned/), `scaler_` (numbers, or
    None for none), `classes_` (in rising order; NORMAL and ANOMALY of detectors; none of regressions) and
    `n_features_in_`.
    """

    task: Task = "classification"
    learns: ClassVar[type[Learned]]
    needs: ClassVar[tuple[str, ...]] = ()
    """Packages that training takes beside those that are always there."""

    def __init__(self, *, scale: ScaleKind = "none", seed: int = 7) -> None:
        self.scale = scale
        self.seed = seed

    @property
    def n_classes_(self) -> int:
        """How many classes there are; 0 of a regression."""
        return len(self.classes_)

    def fit(self, X: NDArray[Any], y: NDArray[Any] | None = None) -> Self:
        """Learn from rows and their targets; of detectors without targets all rows are NORMAL. Raises
        ValueError where they cannot be learned from."""
        rows, target = self._checked(X, y)
        self.classes_, target = self._numbered(target)
        if self.task == "anomaly":
            rows, target = rows[target == NORMAL], target[target == NORMAL]
        self.scaler_ = None if self.scale == "none" else SCALERS[self.scale][0](rows)
        self.model_ = self._numbers(self._train(self._scaled(rows), target))
        return self

    def _checked(self, X: Any, y: Any) -> tuple[NDArray[np.float64], NDArray[Any]]:
        from sklearn.utils.multiclass import check_classification_targets
        from sklearn.utils.validation import validate_data

        if y is None and self.task == "anomaly":
            rows = validate_data(self, X, dtype=np.float64)
            return rows, np.full(len(rows), NORMAL)
        rows, target = validate_data(self, X, y, dtype=np.float64, y_numeric=self.task == "regression")
        if self.task != "regression" and target.dtype.kind not in "iub":  # whole numbers are classes
            check_classification_targets(target)
        return rows, target

    def _numbered(self, target: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Classes, and the targets as indices of them; of a regression as they are."""
        if self.task == "regression":
            return np.zeros(0, np.int64), target.astype(np.float64)
        found, indices = np.unique(target, return_inverse=True)
        if self.task == "anomaly":
            if not np.isin(found, (NORMAL, ANOMALY)).all() or NORMAL not in found:
                raise ValueError(f"targets of normal rows are {NORMAL}, of others {ANOMALY}; none is normal")
            return np.array([NORMAL, ANOMALY]), target
        if len(found) < 2:
            raise ValueError("all rows to train on are of one class: there is nothing to tell apart")
        return found, indices

    @abstractmethod
    def _train(self, rows: NDArray[np.float64], target: NDArray[Any]) -> Any:
        """A library's estimator, trained on scaled rows and indices of classes, or values."""

    @abstractmethod
    def _numbers(self, trained: Any) -> Learned:
        """The numbers of what `_train` gave."""

    def _kind(self) -> type[Learned]:
        """What kind of numbers these parameters give."""
        return self.learns

    def _scaled(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        return rows if self.scaler_ is None else self.scaler_.scaled(rows)

    # ---- decisions -----------------------------------------------------------------------------------

    def scaled(self, X: NDArray[Any]) -> NDArray[np.float64]:
        """Rows as the trained model takes them."""
        from sklearn.utils.validation import check_is_fitted, validate_data

        check_is_fitted(self)
        return self._scaled(validate_data(self, X, dtype=np.float64, reset=False))

    def predict(self, X: NDArray[Any]) -> NDArray[Any]:
        """The trained model's decision: classes, NORMAL or ANOMALY, or values."""
        rows = self.scaled(X)
        decided = self.model_.predict(rows)
        return decided if self.task == "regression" else self.classes_[decided]

    def predict_float(self, X: NDArray[Any]) -> NDArray[np.float64]:
        """Posteriors of the trained model [rows, classes]; one-hot decisions where it has none."""
        rows = self.scaled(X)
        posteriors = self.model_.posteriors(rows)
        return np.eye(self.n_classes_)[self.model_.predict(rows)] if posteriors is None else posteriors

    def score(self, X: NDArray[Any], y: NDArray[Any]) -> float:
        """Share of right decisions; of a regression R^2."""
        from sklearn.metrics import accuracy_score, r2_score

        return float((r2_score if self.task == "regression" else accuracy_score)(y, self.predict(X)))

    # ---- keeping -------------------------------------------------------------------------------------

    @property
    def count_(self) -> int:
        """Numbers that were learned, the scaler's included."""
        return self.model_.count + (0 if self.scaler_ is None else self.scaler_.count)

    def state(self) -> dict[str, NDArray[Any]]:
        """What was learned, as arrays."""
        arrays = {_CLASSES: self.classes_}
        arrays |= {_MODEL + name: array for name, array in self.model_.arrays().items()}
        if self.scaler_ is not None:
            arrays |= {_SCALER + name: array for name, array in self.scaler_.arrays().items()}
        return arrays

    def restore(self, state: Mapping[str, NDArray[Any]]) -> Self:
        """Take over what `state` of an estimator with the same parameters gave. KeyError, TypeError or
        ValueError where it does not fit."""

        def part(prefix: str) -> dict[str, NDArray[Any]]:
            return {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}

        model = self._kind().of(part(_MODEL))
        scaler = None if self.scale == "none" else SCALERS[self.scale][1].of(part(_SCALER))
        if scaler is not None and len(scaler.centre) != model.width:
            raise ValueError(f"a scaler of {len(scaler.centre)} values, a model of {model.width}")
        self.classes_, self.model_, self.scaler_ = state[_CLASSES], model, scaler
        self.n_features_in_ = model.width
        return self

    # ---- scikit-learn --------------------------------------------------------------------------------

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "model_")

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import ClassifierTags, RegressorTags, Tags, TargetTags

        kind = {"classification": "classifier", "regression": "regressor"}.get(self.task)
        return Tags(
            estimator_type=kind,
            target_tags=TargetTags(required=kind is not None),
            classifier_tags=ClassifierTags() if kind == "classifier" else None,
            regressor_tags=RegressorTags() if kind == "regressor" else None,
        )
