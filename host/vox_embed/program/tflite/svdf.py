"""SVDF of 8 bits whose state has 16, in TensorFlow Lite's arithmetic."""

from __future__ import annotations

import numpy as np

from vox_embed.program.fixed import quantise_multiplier
from vox_embed.program.ops import Affine, Kind, Tensor, padded_rows
from vox_embed.program.tflite.graph import Operator
from vox_embed.program.tflite.lowering import FULL_RANGE, Lowering, values_of
from vox_embed.program.wide_ops import NARROW, Svdf16


def svdf_16(low: Lowering, op: Operator) -> None:
    """One operator, whose state goes on from run to run. The reference lets RELU, the only activation that it
    takes, limit nothing: the output's zero point is to do that."""
    source, result, x, y = low.between(op)
    options = low.graph.options(op, "SVDFOptions")
    features, feature_scales = low.weights(op.inputs[1], 0)
    times, held = low.value(op.inputs[2]), low.value(op.inputs[4])
    rank = options.Rank()
    if times.type != "int16" or len(times.data) != 2 * int(np.prod(times.shape)) or len(times.shape) != 2:
        raise low.fail(f"weights `{times.name}` over time must be constant int16 beside a state of int16")
    for value in (times, held):
        if len(value.scales) != 1 or value.zero_points[0] != 0 or not 0 < value.scales[0] < np.inf:
            raise low.fail(f"`{value.name}` must have one scale, and a zero point of 0")
    filters, runs = times.shape
    if features.ndim != 2 or features.shape != (filters, x.elements) or len(feature_scales) != 1:
        raise low.fail(
            f"weights of {list(features.shape)} and {list(times.shape)} do not fit {x.elements} inputs"
        )
    if rank < 1 or y.elements * rank != filters or int(np.prod(held.shape)) != filters * runs:
        raise low.fail(f"{filters} filters of {runs} runs do not fit {y.elements} outputs")
    scale = float(held.scales[0])
    affine = Affine.make(
        padded_rows(features),
        channel_axis=0,
        bias=np.zeros(filters, np.int64),
        factors=[_factor(x.scale, feature_scales[0], scale)] * filters,
        input_zero_point=x.zero_point,
        terms=x.elements,
        where=low.where,
        largest=2 * NARROW[1],
    )
    multiplier, shift = quantise_multiplier(_factor(scale, times.scales[0], y.scale))
    if shift > -1:
        raise low.fail("the output's scale is too small for its state")
    factor = (multiplier, shift) if shift >= -30 else (0, -30)
    state = low.make(Tensor(held.name, (1, 1, filters, runs), scale, 0, Kind.S16, state=True))
    kinds = low.graph.tflite.ActivationFunctionType
    if options.FusedActivationFunction() not in (kinds.NONE, kinds.RELU):
        raise low.fail(f"fused activation {options.FusedActivationFunction()} is not supported here")
    bias = low.bias(op, y.elements, 3).astype(np.int32)
    weights = values_of(times).astype(np.int16).reshape(times.shape)
    low.ops.append(Svdf16(source, result, affine, weights, bias, state, rank, *factor, FULL_RANGE))


def _factor(source: float, weight: float, result: float) -> float:
    """Of scales in single precision, as the reference has it."""
    return float(np.float32(source) * np.float32(weight) / np.float32(result))
