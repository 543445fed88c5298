"""FULLY_CONNECTED."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from vox_embed.program.ops import Affine, Dense, Kind, Window, padded_rows
from vox_embed.program.tflite.constants import constant
from vox_embed.program.tflite.filters import Filters, append_16
from vox_embed.program.tflite.graph import Operator
from vox_embed.program.tflite.lowering import Lower, Lowering, factors
from vox_embed.program.tflite.products import multiply
from vox_embed.program.tflite.unsigned import repeated_vectors
from vox_embed.spec.operators import Round16Kind


def fully_connected(low: Lowering, op: Operator) -> None:
    """FULLY_CONNECTED; with weights that are computed, a product of matrices."""
    options = low.graph.options(op, "FullyConnectedOptions")
    if options.WeightsFormat() != 0:
        raise low.fail("shuffled weights are not supported")
    if not low.value(op.inputs[1]).data:
        _computed(low, op, options)
        return
    source, result, x, y = low.between(op)
    weights, scales = low.wide_weights(op.inputs[1], 0)
    if weights.ndim != 2:
        raise low.fail(f"weights of shape {list(weights.shape)}: two axes are supported")
    channels, terms = weights.shape
    rows, rest = divmod(x.elements, terms)
    if rest or y.elements != rows * channels:
        raise low.fail(f"input of shape {list(x.shape)} does not fit {terms} weights an output")
    if rows > 1:
        source = low.reshaped(source, 1, rows, terms)
    limits = low.limits(options.FusedActivationFunction(), y)
    if x.kind == Kind.S16:
        narrow = weights.astype(np.int8).reshape(channels, 1, 1, terms)
        filters = Filters(
            narrow, low.bias(op, channels), factors(scales, x, y, channels), limits, Round16Kind.PRODUCT
        )
        column = low.reshaped(source, 1, rows, terms)
        wanted = result if y.shape == (1, 1, rows, channels) else low.like(y, 1, rows, channels)
        append_16(low, (column, wanted), filters, Window((1, 1)))
        if wanted != result:
            low.same(wanted, result)
        return
    if _is_nothing(low, op, source, channels):
        values = np.full(y.elements, y.zero_point, np.int8)
        low.same(constant(low, y, values), result)
        return
    source, weights = repeated_vectors(low, source, terms, weights)
    terms = weights.shape[1]
    affine = Affine.make(
        padded_rows(weights),
        channel_axis=0,
        bias=low.bias(op, channels),
        factors=factors(scales, x, y, channels),
        input_zero_point=x.zero_point,
        terms=terms,
        where=low.where,
        once=True,
    )
    low.ops.append(Dense(source, result, affine, terms, limits))


def _is_nothing(low: Lowering, op: Operator, source: int, channels: int) -> bool:
    """Whether it sees 0 alone, as of an unrolled recurrent layer's first state; its scale may be anything."""
    values = low.fixed.get(source)
    if values is None or np.any(values != low.tensors[source].zero_point):
        return False
    return not np.any(low.bias(op, channels))


def _computed(low: Lowering, op: Operator, options: Any) -> None:
    if op.input(2) >= 0 and np.any(low.bias(op, low.value(op.inputs[1]).shape[0])):
        raise low.fail("a bias beside weights that are computed is not supported", "add it behind the layer")
    shape = low.value(op.inputs[1]).shape
    if len(shape) != 2:
        raise low.fail(f"weights of shape {list(shape)}: two axes are supported")
    between = (low.source(op.inputs[0]), low.source(op.inputs[1]), low.tensor(op.outputs[0]))
    y = low.tensors[between[2]]
    limits = low.limits(options.FusedActivationFunction(), y)
    multiply(low, between, 1, shape[1], (limits, True))


LOWER: Mapping[str, Lower] = {
    "FULLY_CONNECTED": fully_connected,
}
