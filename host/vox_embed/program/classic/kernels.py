"""Kernel machines and nearest neighbours -> SCALE, RBF or KNN, and votes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.models.classic import learned
from vox_embed.models.classic.base import ClassicEstimator
from vox_embed.program.classic.chain import Chain
from vox_embed.program.classic.linears import LOG2_E, bits_for, end_with_votes, with_shift
from vox_embed.program.classic.outliers import end_with_threshold
from vox_embed.program.classic.scaling import Scaling, scaling_of
from vox_embed.program.classic_ops import Knn, Linear, Rbf, Share
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
    estimator: ClassicEstimator, model: learned.Kernels | learned.OneClass, X: NDArray[np.int16]
) -> Chain:
    """A program up to the decisions; the last tensor's scale is their unit."""
    scaling = scaling_of(estimator, X, common=True)
    chain = Chain(estimator.n_features_in_)
    scaling.add_to(chain)
    up = math.floor(math.log2(32767.0 / np.abs(model.coefficients).max()))
    largest = float(np.abs(model.decided(estimator.scaled(X))).max())
    fraction = min(bits_for(largest, 20), up + _KERNEL_BITS)
    pairs = [with_shift(value * 2.0 ** (up + _KERNEL_BITS)) for value in model.bias]
    bias_shift = max(shift for _, shift in pairs)
    fields: dict[str, Any] = {
        "vectors": scaling.integers(model.vectors),
        "coefficients": np.round(model.coefficients * 2.0**up).astype(np.int64),
        "class_counts": model.counts,
        "bias": np.array([value >> (bias_shift - shift) for value, shift in pairs], np.int64),
        "bias_shift": bias_shift,
        "shift": up + _KERNEL_BITS - fraction,
        **_gamma_fields(model.gamma, scaling),
    }
    chain.add(Rbf, fields, len(model.bias), Kind.S32, 2.0**-fraction)
    return chain


def lower_kernel_value(estimator: ClassicEstimator, X: NDArray[np.int16]) -> Program:
    """The decision is the value."""
    model = estimator.model_
    assert isinstance(model, learned.KernelValue)
    return _machine(estimator, model, X).program()


def lower_svm(estimator: ClassicEstimator, X: NDArray[np.int16]) -> Program:
    """libsvm's votes of pairs."""
    model = estimator.model_
    assert isinstance(model, learned.Kernels)
    chain = _machine(estimator, model, X)
    end_with_votes(chain, estimator.n_classes_)
    return chain.program()


def lower_one_class(estimator: ClassicEstimator, X: NDArray[np.int16]) -> Program:
    """Normal where the decision is above 0."""
    model = estimator.model_
    assert isinstance(model, learned.OneClass)
    return end_with_threshold(estimator, _machine(estimator, model, X), 1.0, X)


def lower_neighbours(estimator: ClassicEstimator, X: NDArray[np.int16]) -> Program:
    """Shares of the k nearest."""
    model = estimator.model_
    assert isinstance(model, learned.Prototypes)
    scaling = scaling_of(estimator, X, common=True)
    chain = Chain(estimator.n_features_in_)
    scaling.add_to(chain)
    fields = {
        "vectors": scaling.integers(model.prototypes),
        "labels": model.labels,
        "neighbours": model.k,
    }
    chain.add(Knn, fields, estimator.n_classes_, Kind.S32)
    chain.add(Share, {}, estimator.n_classes_, Kind.S16)
    return chain.program()


def lower_neighbour_values(estimator: ClassicEstimator, X: NDArray[np.int16]) -> Program:
    """Shares of the levels among the k nearest, and the mean of these levels' values."""
    model = estimator.model_
    assert isinstance(model, learned.PrototypeValues)
    scaling = scaling_of(estimator, X, common=True)
    chain = Chain(estimator.n_features_in_)
    scaling.add_to(chain)
    levels = len(model.levels)
    fields = {
        "vectors": scaling.integers(model.prototypes),
        "labels": model.labels,
        "neighbours": model.k,
    }
    chain.add(Knn, fields, levels, Kind.S32)
    chain.add(Share, {}, levels, Kind.S16)
    centre = float((model.levels.min() + model.levels.max()) / 2)
    each = 32767.0 / max(float(np.abs(model.levels - centre).max()), 1e-9)
    unit = each * 32767.0  # of the sum
    largest = unit * float(np.abs(model.levels).max())
    shift = max(0, math.ceil(math.log2(max(largest, 1.0) / 2**30)))
    bias, bias_shift = with_shift(centre * unit)
    linear = {
        "weights": np.round((model.levels - centre) * each).astype(np.int64)[None],
        "bias": np.array([bias], np.int64),
        "shifts": np.array([[bias_shift, shift]], np.int64),
    }
    chain.add(Linear, linear, 1, Kind.S32, 2.0**shift / unit)
    return chain.program()
