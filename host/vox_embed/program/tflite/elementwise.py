"""ADD, RELU, RELU6."""

from __future__ import annotations

import numpy as np

from vox_embed.program.fixed import quantise_multiplier
from vox_embed.program.ops import Add, Limits, Relu
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
    _limited(low, op, highest=False)


def relu6(low: Lowering, op: Operator) -> None:
    """RELU6."""
    _limited(low, op, highest=True)


def _limited(low: Lowering, op: Operator, *, highest: bool) -> None:
    """Rescaling between limits: at 0, and at 6 where `highest`."""
    source, result, x, y = low.between(op)
    kinds = low.graph.tflite.ActivationFunctionType
    bottom = low.limits(kinds.RELU, y.scale, y.zero_point)[0]
    top = low.limits(kinds.RELU6, y.scale, y.zero_point)[1] if highest else FULL_RANGE[1]
    rescaling(low, source, result, float(np.float32(x.scale) / np.float32(y.scale)), (bottom, top))


def rescaling(low: Lowering, source: int, result: int, factor: float, limits: Limits = FULL_RANGE) -> None:
    """Appends the rescaling of program tensor `source` to `result`."""
    multiplier, shift = quantise_multiplier(factor)
    if shift > 15:
        x, y = low.tensors[source], low.tensors[result]
        raise low.fail(f"scales {x.scale:g} and {y.scale:g} are too far apart")
    if shift < -30:
        multiplier, shift = 0, 0
    low.ops.append(Relu(source, result, multiplier, shift, limits))
