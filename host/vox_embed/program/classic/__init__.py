"""Lowering fitted classic estimators to integer programs: int16 features in, Q15 posteriors out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from vox_embed.models.classic import ClassicEstimator, learned
from vox_embed.program.classic.forests import lower_boosting, lower_forest
from vox_embed.program.classic.gaussians import (
    lower_bayes,
    lower_density,
    lower_envelope,
    lower_mixtures,
)
from vox_embed.program.classic.kernels import (
    lower_kernel_value,
    lower_neighbour_values,
    lower_neighbours,
    lower_one_class,
    lower_svm,
)
from vox_embed.program.classic.linears import lower_linear, lower_pairs
from vox_embed.program.classic.mlp import lower_mlp
from vox_embed.program.classic.outliers import lower_isolation
from vox_embed.program.program import Program

Lower = Callable[[ClassicEstimator, NDArray[np.int16]], Program]

# A new kind of learned numbers is one line here, and its function.
LOWER: dict[type[learned.Learned], Lower] = {
    learned.Voting: lower_forest,
    learned.Boosted: lower_boosting,
    learned.Isolation: lower_isolation,
    learned.Linear: lower_linear,
    learned.Pairs: lower_pairs,
    learned.Kernels: lower_svm,
    learned.OneClass: lower_one_class,
    learned.Gaussians: lower_bayes,
    learned.Mixtures: lower_mixtures,
    learned.Envelope: lower_envelope,
    learned.Prototypes: lower_neighbours,
    learned.Layers: lower_mlp,
    learned.KernelValue: lower_kernel_value,
    learned.PrototypeValues: lower_neighbour_values,
    learned.Density: lower_density,
}


def lower(estimator: ClassicEstimator, X: NDArray[np.int16]) -> Program:
    """The integer program of a fitted estimator: S16 features [values] -> S16 posteriors [classes].

    A regression gives one S32 value in the unit that the output tensor's scale says. X: rows that the
    estimator was trained on, or the like: integer ranges are set by them. Raises VoxError where the model
    does not fit the format.
    """
    return LOWER[type(estimator.model_)](estimator, np.ascontiguousarray(X, np.int16))
