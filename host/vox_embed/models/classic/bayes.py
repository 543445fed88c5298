"""Gaussian naive Bayes, and a mixture of Gaussians for each class."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from vox_embed.experiment.errors import VoxError
from vox_embed.models.classic.base import ClassicEstimator
from vox_embed.models.classic.learned import Density, Gaussians, Mixtures
from vox_embed.models.classic.scaling import ScaleKind


class NaiveBayes(ClassicEstimator):
    """Gaussian naive Bayes. smoothing: share of the largest variance that is added to all."""

    def __init__(
        self,
        smoothing: float = 1e-3,
        class_weight: bool = False,
        scale: ScaleKind = "standard",
        seed: int = 7,
    ) -> None:
        super().__init__(scale=scale, seed=seed)
        self.smoothing = smoothing
        self.class_weight = class_weight

    learns = Gaussians

    def _train(self, rows: NDArray[np.float64], target: NDArray[Any]) -> Any:
        from sklearn.naive_bayes import GaussianNB

        priors = np.full(self.n_classes_, 1 / self.n_classes_) if self.class_weight else None
        return GaussianNB(priors=priors, var_smoothing=self.smoothing).fit(rows, target)

    def _numbers(self, trained: Any) -> Gaussians:
        return Gaussians(trained.theta_, trained.var_, trained.class_prior_)


class MixtureClassifier(ClassicEstimator):
    """A Gaussian mixture for each class (Reynolds & Rose 1995). regularise: added to every variance."""

    learns = Mixtures

    def __init__(  # noqa: PLR0917
        self,
        components: int = 2,
        covariance: Literal["diag", "full"] = "diag",
        regularise: float = 1e-3,
        equal_priors: bool = False,
        scale: ScaleKind = "standard",
        seed: int = 7,
    ) -> None:
        super().__init__(scale=scale, seed=seed)
        self.components = components
        self.covariance = covariance
        self.regularise = regularise
        self.equal_priors = equal_priors

    def _train(self, rows: NDArray[np.float64], target: NDArray[Any]) -> Any:
        counts = np.bincount(target, minlength=self.n_classes_)
        if counts.min() < self.components:
            raise VoxError(
                f"a class has {counts.min()} rows to train on: too few for {self.components} components",
                "lower model.components",
            )
        mixtures = [_mixture(self, rows[target == c]) for c in range(self.n_classes_)]
        priors = np.full(len(counts), 1 / len(counts)) if self.equal_priors else counts / counts.sum()
        return mixtures, priors

    def _numbers(self, trained: Any) -> Mixtures:
        mixtures, priors = trained
        return Mixtures(
            means=np.concatenate([one.means_ for one in mixtures]),
            whiteners=np.concatenate([one.precisions_cholesky_ for one in mixtures]),
            weights=np.concatenate([one.weights_ for one in mixtures]),
            priors=priors,
            counts=np.full(len(mixtures), self.components),
        )


class OneClassMixture(ClassicEstimator):
    """A Gaussian mixture of the normal rows; what is less dense than almost all of them is an anomaly.

    contamination: share of the training rows that are called anomalies.
    """

    task = "anomaly"
    learns = Density

    def __init__(  # noqa: PLR0917
        self,
        components: int = 2,
        covariance: Literal["diag", "full"] = "diag",
        regularise: float = 1e-3,
        contamination: float = 0.05,
        scale: ScaleKind = "standard",
        seed: int = 7,
    ) -> None:
        super().__init__(scale=scale, seed=seed)
        self.components = components
        self.covariance = covariance
        self.regularise = regularise
        self.contamination = contamination

    def _train(self, rows: NDArray[np.float64], target: NDArray[Any]) -> Any:
        if len(rows) < self.components:
            raise VoxError(
                f"there are {len(rows)} normal rows to train on: too few for {self.components} components",
                "lower model.components",
            )
        mixture = _mixture(self, rows)
        return mixture, float(np.quantile(mixture.score_samples(rows), self.contamination))

    def _numbers(self, trained: Any) -> Density:
        one, limit = trained
        whole = Mixtures(
            one.means_, one.precisions_cholesky_, one.weights_, np.ones(1), np.array([self.components])
        )
        return Density(whole, limit)


def _mixture(settings: MixtureClassifier | OneClassMixture, rows: NDArray[np.float64]) -> Any:
    from sklearn.mixture import GaussianMixture

    return GaussianMixture(
        settings.components,
        covariance_type=settings.covariance,
        reg_covar=settings.regularise,
        random_state=settings.seed,
        max_iter=200,
    ).fit(rows)
