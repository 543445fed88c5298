"""Kernel machines and nearest neighbours -> SCALE, RBF or KNN, and votes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.models.classic.base import ClassicEstimator
from vox_embed.program.classic.chain import Chain
from vox_embed.program.classic.linears import LOG2_E, bits_for, end_with_votes, lower_pairs, with_shift
from vox_embed.program.classic.outliers import end_with_threshold
from vox_embed.program.classic.scaling import Scaling, scaling_of
from vox_embed.program.classic_ops import Knn, Rbf, Share
from vox_embed.program.ops import Kind
from vox_embed.program.program import Program

_KERNEL_BITS = 16
_OCTAVES = 64.0
"""A kernel of 2^-64 is 0 all the same: distances beyond may be cut."""


def _gamma_fields(gamma: float, scaling: Scaling) -> dict[str, int]:
    """gamma of distances in the model's space, for squared distances of integers."""
    octaves = gamma * LOG2_E * float(np.mean(scaling.slope**2))  # for a squared distance of 1
    reduce = int(np.clip(math.ceil(math.log2(_OCTAVES / octaves)) - 32, 0, 31))
    each = octaves * 2.0 ** (reduce + 16)
    shift = int(np.clip(math.floor(math.log2((2**32 - 1) / each)), 0, 63))
    return {"gamma": min(round(each * 2.0**shift), 2**32 - 1), "gamma_shift": shift, "reduce": reduce}


def _machine(
    estimator: ClassicEstimator,
    X: NDArray[np.int16],
    coefficients: NDArray[np.float64],
    bias: NDArray[np.float64],
    counts: NDArray[np.int64],
) -> tuple[Chain, int]:
    """A program up to the decisions, and their fraction bits."""
    scaling = scaling_of(estimator, X, common=True)
    chain = Chain(estimator.features_)
    scaling.add_to(chain)
    up = math.floor(math.log2(32767.0 / np.abs(coefficients).max()))
    largest = float(np.abs(estimator.model_.decision_function(estimator.scaled(X))).max())
    fraction = min(bits_for(largest, 20), up + _KERNEL_BITS)
    pairs = [with_shift(value * 2.0 ** (up + _KERNEL_BITS)) for value in bias]
    bias_shift = max(shift for _, shift in pairs)
    fields: dict[str, Any] = {
        "vectors": scaling.integers(estimator.model_.support_vectors_),
        "coefficients": np.round(coefficients * 2.0**up).astype(np.int64),
        "class_counts": counts,
        "bias": np.array([value >> (bias_shift - shift) for value, shift in pairs], np.int64),
        "bias_shift": bias_shift,
        "shift": up + _KERNEL_BITS - fraction,
        **_gamma_fields(float(estimator.model_.gamma), scaling),
    }
    chain.add(Rbf, fields, len(bias), Kind.S32)
    return chain, fraction


def lower_svm(estimator: ClassicEstimator, X: NDArray[np.int16]) -> Program:
    """libsvm's votes of pairs."""
    model = estimator.model_
    if model.kernel == "linear":
        return lower_pairs(estimator, X)
    # scikit-learn turns the sign of two classes round: above 0 is the second.
    sign = -1.0 if estimator.classes_ == 2 else 1.0
    counts = np.asarray(model.n_support_, np.int64)
    chain, _ = _machine(estimator, X, sign * model.dual_coef_.T, sign * model.intercept_, counts)
    end_with_votes(chain, estimator.classes_)
    return chain.program()


def lower_one_class(estimator: ClassicEstimator, X: NDArray[np.int16]) -> Program:
    """Normal where the decision is above 0."""
    model = estimator.model_
    counts = np.array([len(model.support_vectors_)], np.int64)
    chain, _ = _machine(estimator, X, model.dual_coef_.T, model.intercept_, counts)
    return end_with_threshold(estimator, chain, 1.0, X)


def lower_neighbours(estimator: ClassicEstimator, X: NDArray[np.int16]) -> Program:
    """Shares of the k nearest."""
    model: Any = estimator
    scaling = scaling_of(estimator, X, common=True)
    chain = Chain(estimator.features_)
    scaling.add_to(chain)
    fields = {
        "vectors": scaling.integers(model.prototypes_),
        "labels": model.labels_,
        "neighbours": estimator.model_.n_neighbors,
    }
    chain.add(Knn, fields, estimator.classes_, Kind.S32)
    chain.add(Share, {}, estimator.classes_, Kind.S16)
    return chain.program()
