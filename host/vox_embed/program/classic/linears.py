"""Dot products -> SCALE, LINEAR and what makes posteriors of the scores."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.experiment.errors import VoxError
from vox_embed.models.classic import learned
from vox_embed.models.classic.base import ClassicEstimator
from vox_embed.program.classic.chain import Chain
from vox_embed.program.classic.scaling import Scaling, scaling_of
from vox_embed.program.classic_ops import Linear, Share, Softmax32, Vote
from vox_embed.program.ops import Kind
from vox_embed.program.program import Program
from vox_embed.spec.model_format import MAX_LABELS
from vox_embed.spec.operators import MAX_FRACTION

LOG2_E = math.log2(math.e)
_ROOM = 4.0
"""How far beyond those of the training rows scores may go before they saturate."""


def bits_for(largest: float, most: int) -> int:
    """Bits behind the point with which a value still fits 31 bits, at most `most`."""
    return int(np.clip(math.floor(math.log2(2.0**31 / max(_ROOM * largest, 1e-9))), 0, most))


def with_shift(value: float) -> tuple[int, int]:
    """value as i32 * 2^shift, shift 0..31, to 31 bits."""
    shift = max(0, math.ceil(math.log2(max(abs(value), 1.0) / 2**30)))
    return round(value / 2.0**shift), shift


def linear_fields(
    weights: NDArray[np.float64], bias: NDArray[np.float64], scaling: Scaling, rows: NDArray[np.float64]
) -> tuple[dict[str, Any], int]:
    """LINEAR for weights [outputs, values] on scaled values, and the fraction bits of its scores.

    rows: scaled training rows, by which the range of the scores is judged.
    """
    scores = np.abs(rows @ weights.T + bias).max(axis=0)
    folded = weights * scaling.slope
    offsets = bias + weights @ scaling.start
    peaks = np.maximum(np.abs(folded).max(axis=1), 1e-12)
    ups = np.floor(np.log2(32767.0 / peaks)).astype(int)
    fraction = min(bits_for(float(scores.max()), MAX_FRACTION), int(ups.min()))
    if fraction < 0:
        raise VoxError("the weights of the model are too large for integers", "use another model.scale")
    ups = np.minimum(ups, fraction + 40)
    pairs = [with_shift(value * 2.0**up) for value, up in zip(offsets, ups, strict=True)]
    fields = {
        "weights": np.round(folded * 2.0 ** ups[:, None]).astype(np.int64),
        "bias": np.array([value for value, _ in pairs], np.int64),
        "shifts": np.stack([[shift for _, shift in pairs], ups - fraction], axis=1).astype(np.int64),
    }
    return fields, fraction


def lower_linear(estimator: ClassicEstimator, X: NDArray[np.int16]) -> Program:
    """One dot product a class: the softmax of the scores. A regression: the value."""
    scaling = scaling_of(estimator, X)
    chain = Chain(estimator.n_features_in_)
    scaling.add_to(chain)
    model = estimator.model_
    assert isinstance(model, learned.Linear)
    weights, bias = model.weights, model.bias
    rows = estimator.scaled(X)
    if model.regression:
        fields, fraction = linear_fields(weights, bias, scaling, rows)
        chain.add(Linear, fields, 1, Kind.S32, 2.0**-fraction)
        return chain.program()
    if len(weights) == 1:  # log odds of the second of two classes
        weights, bias = np.concatenate([0 * weights, weights]), np.concatenate([0 * bias, bias])
    fields, fraction = linear_fields(weights * LOG2_E, bias * LOG2_E, scaling, rows)
    chain.add(Linear, fields, len(weights), Kind.S32)
    chain.add(Softmax32, {"fraction": fraction}, len(weights), Kind.S16)
    return chain.program()


def lower_pairs(estimator: ClassicEstimator, X: NDArray[np.int16]) -> Program:
    """libsvm's linear machine: one dot product a pair of classes, and votes."""
    scaling = scaling_of(estimator, X)
    chain = Chain(estimator.n_features_in_)
    scaling.add_to(chain)
    return pairs_behind(estimator, chain, scaling, estimator.scaled(X))


def pairs_behind(
    estimator: ClassicEstimator, chain: Chain, scaling: Scaling, rows: NDArray[np.float64]
) -> Program:
    """The same behind integers that `scaling` is about. rows: as the machine takes them."""
    classes = estimator.n_classes_
    model = estimator.model_
    assert isinstance(model, learned.Pairs)
    weights, bias = model.weights, model.bias
    if len(weights) > MAX_LABELS:
        raise VoxError(
            f"a linear machine for {classes} classes has {len(weights)} pairs; {MAX_LABELS} fit",
            "use type: linear_svm",
        )
    fields, _ = linear_fields(weights, bias, scaling, rows)
    chain.add(Linear, fields, len(weights), Kind.S32)
    end_with_votes(chain, classes)
    return chain.program()


def end_with_votes(chain: Chain, classes: int) -> None:
    """Decisions of pairs -> shares of the votes."""
    chain.add(Vote, {}, classes, Kind.S32)
    chain.add(Share, {}, classes, Kind.S16)
