"""Pools, reductions over axes, SOFTMAX, L2_NORMALIZATION."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import prod

import numpy as np

from vox_embed.program.arrange_ops import L2Norm, LogSoftmax, Reduce
from vox_embed.program.fixed import log_softmax_tables, quantise_multiplier, softmax_table
from vox_embed.program.ops import AveragePool, Limits, MaxPool, Mean, Softmax, Tensor, Window
from vox_embed.program.tflite.filters import each_batch
from vox_embed.program.tflite.graph import Operator
from vox_embed.program.tflite.loops import strides_of, viewed
from vox_embed.program.tflite.lowering import FULL_RANGE, Lower, Lowering
from vox_embed.program.tflite.shapes import constants_of
from vox_embed.program.tflite.unsigned_pool import unsigned_mean
from vox_embed.spec.operators import MAX_L2_CHANNELS, MAX_SOFTMAX_CHANNELS, MIN_LOG_STEP, ReduceKind


def max_pool_2d(low: Lowering, op: Operator) -> None:
    """MAX_POOL_2D."""
    _pool(low, op, MaxPool)


def average_pool_2d(low: Lowering, op: Operator) -> None:
    """AVERAGE_POOL_2D."""
    _pool(low, op, AveragePool)


def _pool(low: Lowering, op: Operator, kind: type[MaxPool] | type[AveragePool]) -> None:
    def append(source: int, wanted: int, window: Window, limits: Limits) -> None:
        if kind is AveragePool and low.value(op.inputs[0]).unsigned:
            unsigned_mean(low, (source, wanted), window, limits)
        else:
            low.ops.append(kind(source, wanted, window, limits))

    pooled(low, op, append)


def pooled(low: Lowering, op: Operator, append: Callable[[int, int, Window, Limits], None]) -> None:
    """A pool of any type. append: adds the operator of one example, from tensor to tensor."""
    options = low.graph.options(op, "Pool2DOptions")
    source, result, x, y = low.between(op)
    if (x.scale, x.zero_point) != (y.scale, y.zero_point):
        raise low.fail("input and output of a pool must have the same scale and zero point")
    kernel = (options.FilterHeight(), options.FilterWidth())
    stride = (options.StrideH(), options.StrideW())
    if min(*stride, *kernel) < 1:
        raise low.fail(f"stride {stride}, kernel {kernel}: each must be at least 1")
    low.fields(kernel_h=kernel[0], kernel_w=kernel[1], stride_h=stride[0], stride_w=stride[1])
    limits = low.limits(options.FusedActivationFunction(), y)

    def emit(source: int, wanted: int) -> None:
        x, y = low.tensors[source], low.tensors[wanted]
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
        append(source, wanted, Window(kernel, stride, (top, left)), limits)

    each_batch(low, source, result, low.value(op.inputs[0]).shape[0], emit)


def summed(of_mean: bool) -> Lower:
    """MEAN or SUM over any axes."""

    def lower(low: Lowering, op: Operator) -> None:
        source, (outer, count, inner) = axes_of(low, op)
        result = low.tensor(op.outputs[0])
        x, y = low.tensors[source], low.tensors[result]
        multiplier, shift = quantise_multiplier(x.scale / y.scale)
        if of_mean:
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
            sizes = (outer, count, inner)
            low.ops.append(
                Reduce(source, result, ReduceKind.SUM, *sizes, bias, multiplier, shift, FULL_RANGE)
            )

    return lower


def extreme(kind: ReduceKind) -> Lower:
    """REDUCE_MAX, REDUCE_MIN."""

    def lower(low: Lowering, op: Operator) -> None:
        source, (outer, count, inner) = axes_of(low, op)
        result = low.tensor(op.outputs[0])
        x, y = low.tensors[source], low.tensors[result]
        if (x.scale, x.zero_point) != (y.scale, y.zero_point):
            raise low.fail("input and output must have the same scale and zero point")
        low.ops.append(Reduce(source, result, kind, outer, count, inner, 0, 0, 0, FULL_RANGE))

    return lower


def axes_of(low: Lowering, op: Operator) -> tuple[int, tuple[int, int, int]]:
    """The input as [outer][count][inner], of which the axis in the middle goes; its values in another order,
    where axes go that do not lie side by side.
    """
    shape, source = low.value(op.inputs[0]).shape, low.source(op.inputs[0])
    axes = {axis % len(shape) for axis in constants_of(low, op.inputs[1])} if shape else set()
    gone = sorted(axis for axis in axes if shape[axis] > 1)
    if not gone:  # of single values each
        return source, (1, 1, prod(shape))
    kept = [axis for axis in range(len(shape)) if axis not in axes and shape[axis] > 1]
    if any(gone[0] < axis < gone[-1] for axis in kept):
        strides = strides_of(shape)
        loops = [(shape[axis], strides[axis]) for axis in [*kept, *gone]]
        outer, count = (prod(shape[axis] for axis in some) for some in (kept, gone))
        return viewed(low, source, 0, loops, (1, outer, count)), (outer, count, 1)
    return source, (
        prod(shape[: gone[0]]),
        prod(shape[gone[0] : gone[-1] + 1]),
        prod(shape[gone[-1] + 1 :]),
    )


def softmax(low: Lowering, op: Operator) -> None:
    """SOFTMAX over the channels. One that gives int16 gives int8 here: the same probabilities in 256ths."""
    options = low.graph.options(op, "SoftmaxOptions")
    if low.value(op.outputs[0]).type == "int16":
        readers = [other.name for other in low.graph.operators if op.outputs[0] in other.inputs]
        if any(name not in _AT_THE_END for name in readers):
            raise low.fail(
                "of int8 to int16, and not at the network's output, it is not supported",
                "let it take int16, or give int8",
            )
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


def log_softmax(low: Lowering, op: Operator) -> None:
    """LOG_SOFTMAX over the channels."""
    source, result, x, y = low.between(op)
    if y.scale != 16 / 256 or y.zero_point != 127:
        raise low.fail(
            f"the output must have scale 16/256 and zero point 127, not {y.scale:g} and {y.zero_point}"
        )
    if x.shape[3] > MAX_SOFTMAX_CHANNELS:
        raise low.fail(f"{x.shape[3]} channels; up to {MAX_SOFTMAX_CHANNELS} are supported")
    exponentials, steps = log_softmax_tables(x.scale, MIN_LOG_STEP)
    low.ops.append(LogSoftmax(source, result, tuple(exponentials), tuple(steps)))


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


_AT_THE_END = ("QUANTIZE", "DEQUANTIZE", "CAST", "RESHAPE", "SQUEEZE", "EXPAND_DIMS", "ARG_MAX")

LOWER: Mapping[str, Lower] = {
    "L2_NORMALIZATION": l2_normalization,
    "AVERAGE_POOL_2D": average_pool_2d,
    "LOG_SOFTMAX": log_softmax,
    "MAX_POOL_2D": max_pool_2d,
    "MEAN": summed(True),
    "REDUCE_MAX": extreme(ReduceKind.LARGEST),
    "REDUCE_MIN": extreme(ReduceKind.SMALLEST),
    "SOFTMAX": softmax,
    "SUM": summed(False),
}
