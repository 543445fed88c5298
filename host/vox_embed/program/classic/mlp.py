"""Multilayer perceptrons -> SCALE to int8, int8 DENSE with ReLU, LINEAR, and the softmax of its scores.

Hidden layers have int8 weights with a scale for each unit, and int8 values in between; every unit has a range
of its own, which is folded into the weights of the layer after it. The last layer has int16 weights and gives
32-bit scores, so that near classes are not rounded into ties.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vox_embed.models.classic.base import ClassicEstimator
from vox_embed.models.classic.learned import Layers
from vox_embed.models.classic.learned.layers import LIMIT
from vox_embed.program.classic.chain import Chain
from vox_embed.program.classic.linears import LOG2_E, linear_fields
from vox_embed.program.classic.scaling import Scaling, centre_and_spread
from vox_embed.program.classic_ops import Linear, Scale, Softmax32
from vox_embed.program.ops import Affine, Dense, Kind, padded_rows
from vox_embed.program.program import Program

_LEAST = 1e-6
"""Largest value of a unit that the training rows never wake, of a row of zeros."""


def lower_mlp(estimator: ClassicEstimator, X: NDArray[np.int16]) -> Program:
    """Classes: the softmax of the scores. A regression: the value."""
    layers = estimator.model_
    assert isinstance(layers, Layers)
    rows = estimator.scaled(X)
    chain = Chain(estimator.n_features_in_)
    scaling, zero_point = _inputs(estimator), 0
    fields = {"offset": scaling.offset, "multiplier": scaling.multiplier, "shift": scaling.shift}
    chain.add(Scale, fields, len(scaling.slope), Kind.S8, float(scaling.slope.mean()))
    return mlp_layers(chain, layers, scaling, zero_point, rows)


def mlp_layers(
    chain: Chain, layers: Layers, scaling: Scaling, zero_point: int, rows: NDArray[np.float64]
) -> Program:
    """The layers behind int8 values that `scaling` is about. rows: as the first layer takes them."""
    seen = rows
    for i, values in enumerate(layers.hidden(rows)):
        highest = np.maximum(values.max(axis=0), _LEAST)
        affine = _affine(layers.weights[i].T, layers.biases[i], scaling, zero_point, highest / 255.0, seen)
        dense = {"affine": affine, "inputs_each": len(scaling.slope), "limits": (-128, 127)}
        chain.add(Dense, dense, len(highest), Kind.S8, float(highest.mean()) / 255.0, -128)
        scaling, zero_point = _given(highest), -128
        seen = values
    weights, bias = layers.weights[-1].T, layers.biases[-1]
    if layers.regression:
        fields, fraction = linear_fields(weights, bias, scaling, seen)
        chain.add(Linear, fields, 1, Kind.S32, 2.0**-fraction)
        return chain.program()
    fields, fraction = linear_fields(weights * LOG2_E, bias * LOG2_E, scaling, seen)
    chain.add(Linear, fields, len(weights), Kind.S32)
    chain.add(Softmax32, {"fraction": fraction}, len(weights), Kind.S16)
    return chain.program()


def _inputs(estimator: ClassicEstimator) -> Scaling:
    """LIMIT deviations to either side of the mean are 127 steps."""
    centre, spread = centre_and_spread(estimator)
    factor = 127.0 / (LIMIT * spread)
    shift = np.clip(np.floor(np.log2(32767.0 / factor)), 0, 30)
    multiplier = np.clip(np.round(factor * 2.0**shift), 1, 32767)
    offset = np.round(centre)
    return Scaling(
        offset.astype(np.int64),
        multiplier.astype(np.int64),
        shift.astype(np.int64),
        2.0**shift / (multiplier * spread),
        (offset - centre) / spread,
        plain=False,
    )


def _given(highest: NDArray[np.float64]) -> Scaling:
    """What the integers -128..127 of a hidden layer stand for: 0..highest."""
    none = np.zeros(0, np.int64)
    return Scaling(none, none, none, highest / 255.0, 128.0 * highest / 255.0, plain=False)


def _affine(  # noqa: PLR0917
    weights: NDArray[np.float64],
    bias: NDArray[np.float64],
    scaling: Scaling,
    zero_point: int,
    steps: NDArray[np.float64],
    seen: NDArray[np.float64],
) -> Affine:
    """int8 weights [units, inputs] for the integers that `scaling` is about.

    steps: of the unit's output. seen: training rows as the layer sees them. What rounding the weights adds on
    the average of these rows is taken off the bias (Nagel et al. 2019).
    """
    folded = weights * scaling.slope
    scales = np.maximum(np.abs(folded).max(axis=1), _LEAST * steps) / 127.0
    whole = np.round(folded / scales[:, None])
    typical = (seen.mean(axis=0) - scaling.start) / scaling.slope
    start = scaling.start + zero_point * scaling.slope  # of the integers less their zero point
    bias = bias + weights @ start - (whole * scales[:, None] - folded) @ (typical - zero_point)
    return Affine.make(
        padded_rows(whole.astype(np.int8)),
        channel_axis=0,
        bias=np.round(bias / scales).astype(np.int64),
        factors=[float(factor) for factor in scales / steps],
        input_zero_point=zero_point,
        terms=weights.shape[1],
        where="mlp",
        once=True,
    )
