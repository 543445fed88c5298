"""MAX_POOL_2D, AVERAGE_POOL_2D, MEAN, REDUCE_MAX, REDUCE_MIN, SOFTMAX."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from vox_embed.program.arrange_ops import L2Norm, Reduce
from vox_embed.program.fixed import quantise_multiplier, softmax_table
from vox_embed.program.ops import AveragePool, MaxPool, Mean, Softmax, Tensor, Window
from vox_embed.program.tflite.graph import Operator
from vox_embed.program.tflite.lowering import FULL_RANGE, Lower, Lowering
from vox_embed.spec.operators import MAX_L2_CHANNELS, MAX_SOFTMAX_CHANNELS, ReduceKind


def max_pool_2d(low: Lowering, op: Operator) -> None:
    """MAX_POOL_2D."""
    _pool(low, op, MaxPool)


def average_pool_2d(low: Lowering, op: Operator) -> None:
    """AVERAGE_POOL_2D."""
    _pool(low, op, AveragePool)


def _pool(low: Lowering, op: Operator, kind: type[MaxPool] | type[AveragePool]) -> None:
    options = low.graph.options(op, "Pool2DOptions")
    source, result, x, y = low.between(op)
    if (x.scale, x.zero_point) != (y.scale, y.zero_point):
        raise low.fail("input and output of a pool must have the same scale and zero point")
    kernel = (options.FilterHeight(), options.FilterWidth())
    stride = (options.StrideH(), options.StrideW())
    top, left = (
        low.padding(
            options.Padding(),
            size=x.shape[1 + i],
            out=y.shape[1 + i],
            kernel=kernel[i],
            stride=stride[i],
            dilation=1,
        )
        for i in (0, 1)
    )
    low.fields(kernel_h=kernel[0], kernel_w=kernel[1], stride_h=stride[0], stride_w=stride[1])
    limits = low.limits(options.FusedActivationFunction(), y.scale, y.zero_point)
    low.ops.append(kind(source, result, Window(kernel, stride, (top, left)), limits))


def mean(low: Lowering, op: Operator) -> None:
    """MEAN over any axes that lie side by side."""
    outer, count, inner = _axes(low, op)
    source, result, x, y = low.between(op)
    multiplier, shift = quantise_multiplier(x.scale / y.scale)
    # 1 / count goes into the multiplier, which first takes as many bits from the shift as count has.
    moved = min(count.bit_length() - 1, 32, 31 + shift)
    multiplier, shift = (multiplier << moved) // count, shift - moved
    if not -30 <= shift <= 15:
        raise low.fail(f"scales {x.scale:g} and {y.scale:g} are too far apart")
    bias = -x.zero_point * count
    if (outer, inner) == (1, x.shape[3]):
        low.tensors[result] = replace(y, shape=(1, 1, 1, inner))
        low.ops.append(Mean(source, result, bias, multiplier, shift, FULL_RANGE))
    else:
        low.ops.append(
            Reduce(source, result, ReduceKind.SUM, outer, count, inner, bias, multiplier, shift, FULL_RANGE)
        )


def extreme(kind: ReduceKind) -> Callable[[Lowering, Operator], None]:
    """REDUCE_MAX, REDUCE_MIN."""

    def lower(low: Lowering, op: Operator) -> None:
        outer, count, inner = _axes(low, op)
        source, result, x, y = low.between(op)
        if (x.scale, x.zero_point) != (y.scale, y.zero_point):
            raise low.fail("input and output must have the same scale and zero point")
        low.ops.append(Reduce(source, result, kind, outer, count, inner, 0, 0, 0, FULL_RANGE))

    return lower


def _axes(low: Lowering, op: Operator) -> tuple[int, int, int]:
    """The input as [outer][count][inner], of which the axis in the middle goes."""
    shape, value = low.value(op.inputs[0]).shape, low.value(op.inputs[1])
    if not value.data:
        raise low.fail("the axes must be constant")
    axes = {int(axis) % len(shape) for axis in value.integers()}
    gone = sorted(axis for axis in axes if shape[axis] > 1)
    if not gone:  # of single values each
        return 1, 1, int(np.prod(shape))
    if any(axis not in axes and shape[axis] > 1 for axis in range(gone[0], gone[-1])):
        raise low.fail(f"over axes {sorted(axes)} of {list(shape)}: only axes side by side are supported")
    return (
        int(np.prod(shape[: gone[0]])),
        int(np.prod(shape[gone[0] : gone[-1] + 1])),
        int(np.prod(shape[gone[-1] + 1 :])),
    )


def softmax(low: Lowering, op: Operator) -> None:
    """SOFTMAX over the channels. One that gives int16 gives int8 here: the same probabilities in 256ths."""
    options = low.graph.options(op, "SoftmaxOptions")
    if low.value(op.outputs[0]).type == "int16":
        source, x = low.source(op.inputs[0]), low.tensors[low.source(op.inputs[0])]
        result = low.make(Tensor(low.value(op.outputs[0]).name, x.shape, 1 / 256, -128))
        low.outside[op.outputs[0]] = result
        y = low.tensors[result]
    else:
        source, result, x, y = low.between(op)
    if y.scale != 1 / 256 or y.zero_point != -128:
        raise low.fail(
            f"the output must have scale 1/256 and zero point -128, not {y.scale:g} and {y.zero_point}"
        )
    if x.shape[3] > MAX_SOFTMAX_CHANNELS:
        raise low.fail(f"{x.shape[3]} channels; up to {MAX_SOFTMAX_CHANNELS} are supported")
    table = softmax_table(x.scale, float(np.float32(options.Beta())))
    low.ops.append(Softmax(source, result, tuple(table)))


def l2_normalization(low: Lowering, op: Operator) -> None:
    """L2_NORMALIZATION over the channels."""
    options = low.graph.options(op, "L2NormOptions")
    if options.FusedActivationFunction() != low.graph.tflite.ActivationFunctionType.NONE:
        raise low.fail("a fused activation is not supported")
    source, result, x, y = low.between(op)
    if y.scale != 1 / 128 or y.zero_point != 0:
        raise low.fail(
            f"the output must have scale 1/128 and zero point 0, not {y.scale:g} and {y.zero_point}"
        )
    if x.shape[3] > MAX_L2_CHANNELS:
        raise low.fail(f"{x.shape[3]} channels; up to {MAX_L2_CHANNELS} are supported")
    low.ops.append(L2Norm(source, result))


LOWER: Mapping[str, Lower] = {
    "L2_NORMALIZATION": l2_normalization,
    "AVERAGE_POOL_2D": average_pool_2d,
    "MAX_POOL_2D": max_pool_2d,
    "MEAN": mean,
    "REDUCE_MAX": extreme(ReduceKind.LARGEST),
    "REDUCE_MIN": extreme(ReduceKind.SMALLEST),
    "SOFTMAX": softmax,
}
