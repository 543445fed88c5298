"""Lowering fitted classic estimators to integer programs: int16 features in, Q15 posteriors out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from vox_embed.models import classic
from vox_embed.models.classic import ClassicEstimator
from vox_embed.program.classic.forests import lower_boosting, lower_forest
from vox_embed.program.classic.gaussians import lower_bayes, lower_envelope, lower_mixtures
from vox_embed.program.classic.kernels import lower_neighbours, lower_one_class, lower_svm
from vox_embed.program.classic.linears import lower_linear
from vox_embed.program.classic.mlp import lower_mlp
from vox_embed.program.classic.outliers import lower_isolation
from vox_embed.program.classic.xgboost import lower_xgboost
from vox_embed.program.program import Program

Lower = Callable[[ClassicEstimator, NDArray[np.int16]], Program]

LOWER: dict[str, Lower] = {
    "tree": lower_forest,
    "forest": lower_forest,
    "extra_trees": lower_forest,
    "gradient_boosting": lower_boosting,
    "xgboost": lower_xgboost,
    "logistic": lower_linear,
    "linear_svm": lower_linear,
    "svm": lower_svm,
    "ridge": lower_linear,
    "svr": lower_linear,
    "naive_bayes": lower_bayes,
    "gmm": lower_mixtures,
    "knn": lower_neighbours,
    "mlp": lower_mlp,
    "isolation_forest": lower_isolation,
    "mahalanobis": lower_envelope,
    "one_class_svm": lower_one_class,
}


def lower(estimator: ClassicEstimator, X: NDArray[np.int16]) -> Program:
    """The integer program of a fitted estimator: S16 features [values] -> S16 posteriors [classes].

    A regression gives one S32 value in the unit that the output tensor's scale says. X: rows that the
    estimator was trained on, or the like: integer ranges are set by them. Raises VoxError where the model
    does not fit the format.
    """
    kind = next(name for name, made in classic.CLASSIC.items() if made is type(estimator))
    return LOWER[kind](estimator, np.ascontiguousarray(X, np.int16))
