"""Densities -> SCALE, GAUSSIAN, LOG_SUM for mixtures, SOFTMAX_32; distances -> THRESHOLD."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.models.classic import learned
from vox_embed.models.classic.base import ClassicEstimator
from vox_embed.models.classic.learned import NORMAL
from vox_embed.program.classic.chain import Chain
from vox_embed.program.classic.linears import LOG2_E, bits_for
from vox_embed.program.classic.outliers import end_with_threshold
from vox_embed.program.classic.scaling import Scaling, scaling_of
from vox_embed.program.classic_ops import Gaussian, LogSum, Softmax32
from vox_embed.program.ops import Kind
from vox_embed.program.program import Program

_U_BITS = 10
_MOST_FRACTION = 12
"""Half a million octaves are in reach then: rows far from everything keep their order."""
_CENTRE_BITS = 12
_CENTRE_LIMIT = 2.0**30 - 1
_HALF_NAT = math.sqrt(LOG2_E / 2.0)
"""u = _HALF_NAT * (z - mean) / deviation: its square is a density's exponent in octaves."""


def _int16_with_shift(
    factors: NDArray[np.float64], low: int, high: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """[.., values] as int16 * 2^-shift, one shift for the last axis."""
    peak = np.maximum(np.abs(factors).max(axis=-1, keepdims=True), 1e-12)
    shift = np.clip(np.floor(np.log2(32767.0 / peak)), low, high)
    return np.clip(np.round(factors * 2.0**shift), -32767, 32767).astype(np.int64), shift[..., 0].astype(
        np.int64
    )


def _half(shift: NDArray[np.int64]) -> NDArray[np.float64]:
    """What makes a shift to the right round."""
    return np.where(shift > 0, 2.0 ** (shift - 1.0), 0.0)


def diagonal_fields(
    means: NDArray[np.float64], deviations: NDArray[np.float64], scaling: Scaling, gain: float
) -> dict[str, Any]:
    """GAUSSIAN with u = gain * (value - mean) / deviation; means, deviations: [components, values]."""
    factors = 2.0**_U_BITS * gain / deviations * scaling.slope
    scale, shift = _int16_with_shift(factors[..., None], -15, 30)
    scale = scale[..., 0]
    centre = scale * (means - scaling.start) / scaling.slope - _half(shift)
    centre = np.clip(np.round(centre), -_CENTRE_LIMIT, _CENTRE_LIMIT)
    return {"scale": scale, "centre": centre.astype(np.int64), "shift": shift, "full": False}


def full_fields(
    means: NDArray[np.float64], whiteners: NDArray[np.float64], scaling: Scaling, gain: float
) -> dict[str, Any]:
    """GAUSSIAN with u = gain * (value - mean) @ whitener; whiteners: [components, values, values], upper."""
    scales, centres, shifts = [], [], []
    for mean, whitener in zip(means, whiteners, strict=True):
        rows = 2.0**_U_BITS * gain * whitener.T * scaling.slope  # row i has values 0..i
        scale, shift = _int16_with_shift(rows, 0, 40)
        scales.append(np.concatenate([row[: i + 1] for i, row in enumerate(scale)]))
        centre = scale @ ((mean - scaling.start) / scaling.slope) - _half(shift)
        centres.append(np.clip(np.round(centre / 2.0**_CENTRE_BITS), -(2.0**31), 2.0**31 - 1))
        shifts.append(shift)
    return {
        "scale": np.stack(scales),
        "centre": np.stack(centres).astype(np.int64),
        "shift": np.stack(shifts),
        "full": True,
    }


def _end(
    chain: Chain,
    fields: dict[str, Any],
    constants: NDArray[np.float64],
    scores: NDArray[np.float64],
    classes: int,
) -> Program:
    """constants: [components]; scores: those of training rows [rows, classes]; both in octaves."""
    # Whoever is far behind may saturate; the winner must not.
    largest = max(float(np.abs(scores.max(axis=1)).max()), float(np.abs(constants).max()))
    fraction = bits_for(largest, _MOST_FRACTION)
    constant = np.round(constants * 2.0**fraction).astype(np.int64)
    chain.add(Gaussian, fields | {"constant": constant, "fraction": fraction}, len(constants), Kind.S32)
    if len(constants) > classes:
        chain.add(LogSum, {"fraction": fraction}, classes, Kind.S32)
    chain.add(Softmax32, {"fraction": fraction}, classes, Kind.S16)
    return chain.program()


def _log2_norm(deviations: NDArray[np.float64]) -> NDArray[np.float64]:
    """log2 of a diagonal Gaussian's factor [components]."""
    norm: NDArray[np.float64] = -np.log2(deviations * math.sqrt(2.0 * math.pi)).sum(axis=1)
    return norm


def lower_bayes(estimator: ClassicEstimator, X: NDArray[np.int16]) -> Program:
    """Priors times densities."""
    model = estimator.model_
    scaling = scaling_of(estimator, X)
    chain = Chain(estimator.n_features_in_)
    scaling.add_to(chain)
    assert isinstance(model, learned.Gaussians)
    deviations = np.sqrt(model.variances)
    constants = np.log2(model.priors) + _log2_norm(deviations)
    fields = diagonal_fields(model.means, deviations, scaling, _HALF_NAT)
    scores = model.scores(estimator.scaled(X)) * LOG2_E
    return _end(chain, fields, constants, scores, estimator.n_classes_)


def lower_mixtures(estimator: ClassicEstimator, X: NDArray[np.int16]) -> Program:
    """Priors times sums of densities."""
    model = estimator.model_
    scaling = scaling_of(estimator, X)
    chain = Chain(estimator.n_features_in_)
    scaling.add_to(chain)
    assert isinstance(model, learned.Mixtures)
    fields, constants = _of_mixture(model, scaling)
    scores = model.scores(estimator.scaled(X)) * LOG2_E
    return _end(chain, fields, constants, scores, estimator.n_classes_)


def _of_mixture(model: learned.Mixtures, scaling: Scaling) -> tuple[dict[str, Any], NDArray[np.float64]]:
    """Of GAUSSIAN all fields but the constants, and these in octaves [components]."""
    means, whiteners = model.means, model.whiteners
    weights = np.repeat(model.priors, model.counts) * model.weights
    if not model.full:
        fields = diagonal_fields(means, 1.0 / whiteners, scaling, _HALF_NAT)
        norm = _log2_norm(1.0 / whiteners)
    else:
        fields = full_fields(means, whiteners, scaling, _HALF_NAT)
        diagonal = np.diagonal(whiteners, axis1=1, axis2=2)
        norm = np.log2(diagonal / math.sqrt(2.0 * math.pi)).sum(axis=1)
    return fields, np.log2(weights) + norm


def lower_density(estimator: ClassicEstimator, X: NDArray[np.int16]) -> Program:
    """The density of a mixture, from its limit on."""
    model = estimator.model_
    scaling = scaling_of(estimator, X)
    chain = Chain(estimator.n_features_in_)
    scaling.add_to(chain)
    assert isinstance(model, learned.Density)
    fields, constants = _of_mixture(model.mixture, scaling)
    normal = estimator.scaled(X)[estimator.predict(X) == NORMAL]
    scores = model.mixture.scores(normal)[:, 0] * LOG2_E
    largest = max(float(np.abs(scores).max(initial=1.0)), float(np.abs(constants).max()))
    fraction = bits_for(4.0 * largest, _MOST_FRACTION)
    constant = np.round(constants * 2.0**fraction).astype(np.int64)
    chain.add(Gaussian, fields | {"constant": constant, "fraction": fraction}, len(constants), Kind.S32)
    if len(constants) > 1:
        chain.add(LogSum, {"fraction": fraction}, 1, Kind.S32)
    return end_with_threshold(estimator, chain, model.limit * LOG2_E * 2.0**fraction, X)


def upper_root(precision: NDArray[np.float64]) -> NDArray[np.float64]:
    """Upper triangular U with U U' = precision, which may be short of full rank."""
    from scipy.linalg import rq

    values, vectors = np.linalg.eigh(precision)
    root: NDArray[np.float64] = rq(vectors * np.sqrt(np.maximum(values, 0.0)), mode="r")
    return root


def lower_envelope(estimator: ClassicEstimator, X: NDArray[np.int16]) -> Program:
    """Minus the squared distance, from minus the limit on."""
    model = estimator.model_
    scaling = scaling_of(estimator, X)
    chain = Chain(estimator.n_features_in_)
    scaling.add_to(chain)
    assert isinstance(model, learned.Envelope)
    whitener = upper_root(model.precision)
    fields = full_fields(model.centre[None], whitener[None], scaling, 1.0)
    fraction = bits_for(4.0 * model.limit, _MOST_FRACTION)
    fields |= {"constant": np.zeros(1, np.int64), "fraction": fraction}
    chain.add(Gaussian, fields, 1, Kind.S32)
    return end_with_threshold(estimator, chain, -model.limit * 2.0**fraction, X)
