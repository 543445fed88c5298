"""Gaussian naive Bayes, and a mixture of Gaussians for each class."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from vox_embed.experiment.errors import VoxError
from vox_embed.models.classic.base import ClassicEstimator, ScaleKind


class NaiveBayes(ClassicEstimator):
    """Gaussian naive Bayes. smoothing: share of the largest variance that is added to all."""

    def __init__(self, smoothing: float = 1e-3, scale: ScaleKind = "standard", seed: int = 7) -> None:
        super().__init__(scale=scale, seed=seed)
        self.smoothing = smoothing

    def _train(self, rows: NDArray[np.float64], target: NDArray[Any]) -> Any:
        from sklearn.naive_bayes import GaussianNB

        return GaussianNB(var_smoothing=self.smoothing).fit(rows, target)


class Mixtures:
    """A fitted mixture and a prior for each class."""

    def __init__(self, mixtures: list[Any], priors: NDArray[np.float64]) -> None:
        self.mixtures = mixtures
        self.priors = priors

    def scores(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Natural logarithm of prior times density [rows, classes]."""
        densities = np.stack([mixture.score_samples(rows) for mixture in self.mixtures], axis=1)
        logs: NDArray[np.float64] = densities + np.log(self.priors)
        return logs

    def predict(self, rows: NDArray[np.float64]) -> NDArray[np.int64]:
        """The likelier class."""
        best: NDArray[np.int64] = self.scores(rows).argmax(axis=1)
        return best

    def predict_proba(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Posteriors [rows, classes]."""
        scores = self.scores(rows)
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
        return shares


class MixtureClassifier(ClassicEstimator):
    """A Gaussian mixture for each class (Reynolds & Rose 1995). regularise: added to every variance."""

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
        from sklearn.mixture import GaussianMixture

        counts = np.bincount(target, minlength=self.classes_)
        if counts.min() < self.components:
            raise VoxError(
                f"a class has {counts.min()} rows to train on: too few for {self.components} components",
                "lower model.components",
            )
        mixtures = [
            GaussianMixture(
                self.components,
                covariance_type=self.covariance,
                reg_covar=self.regularise,
                random_state=self.seed,
                max_iter=200,
            ).fit(rows[target == c])
            for c in range(self.classes_)
        ]
        priors = np.full(len(counts), 1 / len(counts)) if self.equal_priors else counts / counts.sum()
        return Mixtures(mixtures, priors)
