"""Functions of one value: RELU and its kin by rescaling, all others by table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from vox_embed.program.arrange_ops import Table
from vox_embed.program.fixed import quantise_multiplier, round_half_away
from vox_embed.program.ops import Limits, Relu
from vox_embed.program.tflite import tables
from vox_embed.program.tflite.graph import Operator
from vox_embed.program.tflite.lowering import FULL_RANGE, Lower, Lowering
from vox_embed.program.tflite.tables import Between


def limited(lowest: float, highest: float | None) -> Lower:
    """RELU, RELU6, ...: rescaling between two real numbers."""

    def lower(low: Lowering, op: Operator) -> None:
        source, result, x, y = low.between(op)

        def quantised(real: float) -> int:
            return y.zero_point + round_half_away(float(np.float32(real) / np.float32(y.scale)))

        bottom = max(FULL_RANGE[0], quantised(lowest))
        top = FULL_RANGE[1] if highest is None else min(FULL_RANGE[1], quantised(highest))
        rescaling(low, source, result, float(np.float32(x.scale) / np.float32(y.scale)), (bottom, top))

    return lower


def rescaling(low: Lowering, source: int, result: int, factor: float, limits: Limits = FULL_RANGE) -> None:
    """Appends the rescaling of program tensor `source` to `result`."""
    multiplier, shift = quantise_multiplier(factor)
    if shift > 15:
        x, y = low.tensors[source], low.tensors[result]
        raise low.fail(f"scales {x.scale:g} and {y.scale:g} are too far apart")
    if shift < -30:
        multiplier, shift = 0, 0
    low.ops.append(Relu(source, result, multiplier, shift, limits))


def by_table(function: Callable[[Between], list[int]]) -> Lower:
    """Any function of one value."""

    def lower(low: Lowering, op: Operator) -> None:
        source, result, x, y = low.between(op)
        between = Between(x.scale, x.zero_point, y.scale, y.zero_point)
        low.ops.append(Table(source, result, tuple(function(between))))

    return lower


def leaky_relu(low: Lowering, op: Operator) -> None:
    """LEAKY_RELU."""
    alpha = float(low.graph.options(op, "LeakyReluOptions").Alpha())
    by_table(partial(tables.leaky_relu, alpha=alpha))(low, op)


def gelu(low: Lowering, op: Operator) -> None:
    """GELU, by the error function or by its approximation."""
    approximate = bool(low.graph.options(op, "GeluOptions").Approximate())
    by_table(tables.gelu_approximate if approximate else tables.gelu)(low, op)


LOWER: Mapping[str, Lower] = {
    "ABS": by_table(tables.absolute),
    "ELU": by_table(tables.elu),
    "EXP": by_table(tables.exponential),
    "GELU": gelu,
    "HARD_SWISH": by_table(tables.hard_swish),
    "LEAKY_RELU": leaky_relu,
    "LOG": by_table(tables.logarithm),
    "LOGISTIC": by_table(tables.logistic),
    "RELU": limited(0.0, None),
    "RELU6": limited(0.0, 6.0),
    "RELU_0_TO_1": limited(0.0, 1.0),
    "RELU_N1_TO_1": limited(-1.0, 1.0),
    "RSQRT": by_table(tables.inverse_square_root),
    "SQRT": by_table(tables.square_root),
    "TANH": by_table(tables.tanh),
}
