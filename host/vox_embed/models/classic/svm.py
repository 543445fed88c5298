"""Support vector machines of libsvm: one against one, each pair of classes a vote."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from vox_embed.models.classic.base import ClassicEstimator
from vox_embed.models.classic.learned import Kernels, Learned, OneClass, Pairs
from vox_embed.models.classic.scaling import ScaleKind


def gamma_of(gamma: float | str, rows: NDArray[np.float64]) -> float:
    """scikit-learn's meaning of gamma: "scale" is 1 / (values * variance), "auto" 1 / values."""
    if gamma == "auto":
        return 1.0 / float(rows.shape[1])
    if gamma == "scale":
        spread = float(rows.var())
        return 1.0 / (rows.shape[1] * spread) if spread else 1.0
    return float(gamma)


class Svm(ClassicEstimator):
    """SVM (Cortes & Vapnik 1995) with a linear or a Gaussian kernel."""

    def __init__(  # noqa: PLR0917
        self,
        kernel: Literal["rbf", "linear"] = "rbf",
        c: float = 1.0,
        gamma: float | Literal["scale", "auto"] = "scale",
        class_weight: bool = False,
        scale: ScaleKind = "standard",
        seed: int = 7,
    ) -> None:
        super().__init__(scale=scale, seed=seed)
        self.kernel = kernel
        self.c = c
        self.gamma = gamma
        self.class_weight = class_weight

    def _train(self, rows: NDArray[np.float64], target: NDArray[Any]) -> Any:
        from sklearn.svm import SVC

        weight = "balanced" if self.class_weight else None
        return SVC(
            C=self.c,
            kernel=self.kernel,
            gamma=gamma_of(self.gamma, rows),
            class_weight=weight,
            decision_function_shape="ovo",
            random_state=self.seed,
        ).fit(rows, target)

    def _kind(self) -> type[Learned]:
        return Pairs if self.kernel == "linear" else Kernels

    def _numbers(self, trained: Any) -> Learned:
        # scikit-learn turns the sign of two classes round: above 0 is the second.
        sign = -1.0 if self.n_classes_ == 2 else 1.0
        if self.kernel == "linear":
            return Pairs(sign * trained.coef_, sign * trained.intercept_)
        return Kernels(
            vectors=trained.support_vectors_,
            coefficients=sign * trained.dual_coef_.T,
            bias=sign * trained.intercept_,
            counts=np.asarray(trained.n_support_, np.int64),
            gamma=float(trained.gamma),
        )


class OneClassSvm(ClassicEstimator):
    """One-class SVM with a Gaussian kernel (Scholkopf et al. 2001).

    nu: share of the training rows that may be outside.
    """

    task = "anomaly"
    learns = OneClass

    def __init__(
        self,
        nu: float = 0.1,
        gamma: float | Literal["scale", "auto"] = "scale",
        scale: ScaleKind = "standard",
        seed: int = 7,
    ) -> None:
        super().__init__(scale=scale, seed=seed)
        self.nu = nu
        self.gamma = gamma

    def _train(self, rows: NDArray[np.float64], target: NDArray[Any]) -> Any:
        from sklearn.svm import OneClassSVM

        return OneClassSVM(nu=self.nu, kernel="rbf", gamma=gamma_of(self.gamma, rows)).fit(rows)

    def _numbers(self, trained: Any) -> OneClass:
        return OneClass(
            vectors=trained.support_vectors_,
            coefficients=trained.dual_coef_.T,
            bias=trained.intercept_,
            counts=np.array([len(trained.support_vectors_)], np.int64),
            gamma=float(trained.gamma),
        )
