"""Models that are one dot product a class, or one in all."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from vox_embed.models.classic.base import ClassicEstimator, Task
from vox_embed.models.classic.learned import KernelValue, Learned, Linear
from vox_embed.models.classic.scaling import ScaleKind
from vox_embed.models.classic.svm import gamma_of


class _Linear(ClassicEstimator):
    learns = Linear

    def _numbers(self, trained: Any) -> Linear:
        weights = np.atleast_2d(np.asarray(trained.coef_, np.float64))
        bias = np.atleast_1d(np.asarray(trained.intercept_, np.float64))
        return Linear(weights, bias, self.task == "regression")


class LogisticRegression(_Linear):
    """Multinomial logistic regression. c: inverse of the L2 penalty."""

    def __init__(
        self, c: float = 1.0, class_weight: bool = False, scale: ScaleKind = "standard", seed: int = 7
    ) -> None:
        super().__init__(scale=scale, seed=seed)
        self.c = c
        self.class_weight = class_weight

    def _train(self, rows: NDArray[np.float64], target: NDArray[Any]) -> Any:
        from sklearn.linear_model import LogisticRegression as Trained

        weight = "balanced" if self.class_weight else None
        return Trained(C=self.c, class_weight=weight, max_iter=2000, random_state=self.seed).fit(rows, target)


class Discriminant(_Linear):
    """Linear discriminant analysis: Gaussians of one covariance, shrunk as Ledoit and Wolf found best."""

    def __init__(self, class_weight: bool = False, scale: ScaleKind = "standard", seed: int = 7) -> None:
        super().__init__(scale=scale, seed=seed)
        self.class_weight = class_weight

    def _train(self, rows: NDArray[np.float64], target: NDArray[Any]) -> Any:
        from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

        priors = np.full(self.n_classes_, 1 / self.n_classes_) if self.class_weight else None
        return LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto", priors=priors).fit(rows, target)


class LinearSvm(_Linear):
    """Linear support vector machine, one against the rest (liblinear)."""

    def __init__(
        self, c: float = 1.0, class_weight: bool = False, scale: ScaleKind = "standard", seed: int = 7
    ) -> None:
        super().__init__(scale=scale, seed=seed)
        self.c = c
        self.class_weight = class_weight

    def _train(self, rows: NDArray[np.float64], target: NDArray[Any]) -> Any:
        from sklearn.svm import LinearSVC

        weight = "balanced" if self.class_weight else None
        # More values than rows: liblinear's dual problem is the smaller one.
        return LinearSVC(
            C=self.c, class_weight=weight, dual="auto", max_iter=10000, random_state=self.seed
        ).fit(rows, target)


class Ridge(_Linear):
    """Least squares with an L2 penalty `alpha`, on values or on classes as targets of -1 and 1."""

    def __init__(
        self,
        alpha: float = 1.0,
        class_weight: bool = False,
        scale: ScaleKind = "standard",
        task: Task = "classification",
        seed: int = 7,
    ) -> None:
        super().__init__(scale=scale, seed=seed)
        self.alpha = alpha
        self.class_weight = class_weight
        self.task = task

    def _train(self, rows: NDArray[np.float64], target: NDArray[Any]) -> Any:
        from sklearn import linear_model

        if self.task == "regression":
            return linear_model.Ridge(alpha=self.alpha, random_state=self.seed).fit(rows, target)
        weight = "balanced" if self.class_weight else None
        return linear_model.RidgeClassifier(
            alpha=self.alpha, class_weight=weight, random_state=self.seed
        ).fit(rows, target)


class Svr(_Linear):
    """Support vector regression: linear (liblinear), or with a Gaussian kernel (libsvm), which learns the
    target in units of its deviation. epsilon: errors below it cost nothing."""

    task = "regression"

    def __init__(  # noqa: PLR0917
        self,
        kernel: Literal["rbf", "linear"] = "linear",
        c: float = 1.0,
        epsilon: float = 0.1,
        gamma: float | Literal["scale", "auto"] = "scale",
        scale: ScaleKind = "standard",
        seed: int = 7,
    ) -> None:
        super().__init__(scale=scale, seed=seed)
        self.kernel = kernel
        self.c = c
        self.epsilon = epsilon
        self.gamma = gamma

    def _kind(self) -> type[Learned]:
        return KernelValue if self.kernel == "rbf" else Linear

    def _numbers(self, trained: Any) -> Learned:  # type: ignore[override]
        if self.kernel == "linear":
            return super()._numbers(trained)
        machine, middle, unit = trained
        return KernelValue(
            vectors=machine.support_vectors_,
            coefficients=unit * machine.dual_coef_.T,
            bias=unit * machine.intercept_ + middle,
            counts=np.array([len(machine.support_vectors_)], np.int64),
            gamma=float(machine.gamma),
        )

    def _train(self, rows: NDArray[np.float64], target: NDArray[Any]) -> Any:
        from sklearn.svm import SVR, LinearSVR

        if self.kernel == "rbf":
            middle, unit = float(target.mean()), float(target.std()) or 1.0
            machine = SVR(C=self.c, epsilon=self.epsilon, gamma=gamma_of(self.gamma, rows))
            return machine.fit(rows, (target - middle) / unit), middle, unit

        # liblinear penalises the intercept as a weight: of targets far from zero it would cost much.
        middle = float(target.mean())
        model = LinearSVR(
            C=self.c,
            epsilon=self.epsilon,
            dual="auto",
            max_iter=20000,
            loss="squared_epsilon_insensitive",
            random_state=self.seed,
        ).fit(rows, target - middle)
        model.intercept_ = model.intercept_ + middle
        return model
