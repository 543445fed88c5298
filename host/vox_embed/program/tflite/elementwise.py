"""ADD, RELU, RELU6, QUANTIZE."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from vox_embed.program.fixed import quantise_multiplier
from vox_embed.program.ops import Add, Relu
from vox_embed.program.tflite.graph import Operator
from vox_embed.program.tflite.lowering import FULL_RANGE, Lowering

_ADD_HEADROOM = 20


def add(low: Lowering, op: Operator) -> None:
    """ADD of two tensors of one shape."""
    options = low.graph.options(op, "AddOptions")
    a, b, result = low.source(op.inputs[0]), low.source(op.inputs[1]), low.tensor(op.outputs[0])
    x, z, y = low.tensors[a], low.tensors[b], low.tensors[result]
    if x.shape != z.shape:
        raise low.fail(f"shapes {list(x.shape)} and {list(z.shape)} differ; only equal ones can be added")
    largest = 2.0 * max(x.scale, z.scale)
    factors = (x.scale / largest, z.scale / largest, largest / ((1 << _ADD_HEADROOM) * y.scale))
    quantised = [quantise_multiplier(f) for f in factors]
    if any(shift > 0 for _, shift in quantised):
        raise low.fail("the output's scale is too small for its inputs")
    shifts = tuple(max(shift, -30) for _, shift in quantised)
    limits = low.limits(options.FusedActivationFunction(), y.scale, y.zero_point)
    multipliers = tuple(m for m, _ in quantised)
    low.ops.append(Add(a, result, b, multipliers, shifts, limits))  # type: ignore[arg-type]


def relu(low: Lowering, op: Operator) -> None:
    """RELU."""
    _rescaling(low, op, _single, lowest=True, highest=False)


def relu6(low: Lowering, op: Operator) -> None:
    """RELU6."""
    _rescaling(low, op, _single, lowest=True, highest=True)


def quantize(low: Lowering, op: Operator) -> None:
    """QUANTIZE from int8 to int8 of another scale."""
    _rescaling(low, op, lambda a, b: a / b, lowest=False, highest=False)


def _single(a: float, b: float) -> float:
    return float(np.float32(a) / np.float32(b))


def _rescaling(
    low: Lowering, op: Operator, factor: Callable[[float, float], float], *, lowest: bool, highest: bool
) -> None:
    """Rescaling between limits: at 0 where `lowest`, at 6 where `highest`."""
    source, result, x, y = low.between(op)
    multiplier, shift = quantise_multiplier(factor(x.scale, y.scale))
    if shift > 15:
        raise low.fail(f"scales {x.scale:g} and {y.scale:g} are too far apart")
    if shift < -30:
        multiplier, shift = 0, 0
    kinds = low.graph.tflite.ActivationFunctionType
    bottom, top = FULL_RANGE
    if lowest:
        bottom = low.limits(kinds.RELU, y.scale, y.zero_point)[0]
    if highest:
        top = low.limits(kinds.RELU6, y.scale, y.zero_point)[1]
    low.ops.append(Relu(source, result, multiplier, shift, (bottom, top)))
