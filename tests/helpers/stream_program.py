"""Random operators that keep state; and what they compute, in Python."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from helpers import recurrent_program
from vox_embed.program.fixed import rescale
from vox_embed.program.ops import Kind, Op, Tensor
from vox_embed.program.recurrent_ops import Recurrent
from vox_embed.program.stream_ops import Roll, WindowMean
from vox_embed.spec.operators import WindowMeanKind

Values = NDArray[np.int64]
Made = tuple[list[Tensor], Callable[[int], Op]]
"""Tensors to append, and the operator when the last of them is its output."""


def _roll(rng: np.random.Generator, x: Tensor, source: int) -> Made:
    """A history of some rows more, or of none."""
    _, h, w, c = x.shape
    shape = (1, h + int(rng.integers(0, 6)), w, c)
    initial = int(rng.choice([0, x.zero_point]))
    history = Tensor("history", shape, x.scale, x.zero_point, state=True, initial=initial)
    return [history], lambda output: Roll(source, output)


def _window_mean(rng: np.random.Generator, x: Tensor, source: int) -> Made:
    """Over all columns, or each by itself."""
    _, _, w, c = x.shape
    columns, each = (w, c) if rng.random() < 0.6 else (1, w * c)
    rows = int(rng.integers(1, 12))
    divided = rng.random() < 0.4
    low, high = (-128, 127) if rng.random() < 0.6 else sorted(int(v) for v in rng.integers(-128, 128, 2))
    zero = int(rng.integers(-128, 128))
    tensors = [
        Tensor("ring", (1, rows, 1, each), 1.0, 0, Kind.S8 if columns == 1 else Kind.S16, state=True),
        Tensor("sums", (1, 1, 1, each + 1), 1.0, 0, Kind.S32, state=True),
        Tensor("mean", (1, 1, 1, each), 0.1, zero),
    ]
    count = rows * columns
    bias = 0 if divided else -x.zero_point * count
    multiplier = 0 if divided else int(rng.integers(2**28, 2**31)) // count
    shift = 0 if divided else int(rng.integers(-2, 3))
    kind = WindowMeanKind.DIVIDED if divided else WindowMeanKind.RESCALED
    return tensors, lambda output: WindowMean(
        source, output, output - 2, output - 1, kind, bias, multiplier, shift, (low, high)
    )


MAKE: dict[str, Callable[[np.random.Generator, Tensor, int], Made]] = {
    "roll": _roll,
    "window_mean": _window_mean,
    "gru": recurrent_program.gru,
    "lstm": recurrent_program.lstm,
    "lstm_8": recurrent_program.lstm_8,
}


def _quotient(total: int, count: int) -> int:
    """Ties away from zero."""
    size = (2 * abs(total) + count - count % 2) // (2 * count)
    return size if total >= 0 else -size


def run(op: Roll | WindowMean | Recurrent, values: dict[int, Values], tensors: tuple[Tensor, ...]) -> Values:
    """What the operator computes, in its output's shape; state in `values` is renewed."""
    x, y = values[op.input], tensors[op.output]
    if isinstance(op, Recurrent):
        return recurrent_program.run(op, values, tensors)
    if isinstance(op, Roll):
        whole = np.concatenate([values[op.output].ravel(), x.ravel()])
        return whole[x.size :].reshape(y.shape[1:])
    ring = values[op.ring].reshape(-1, y.elements)
    arriving = x.reshape(x.shape[0], -1, y.elements)
    for row in arriving:  # the oldest first: what the ring holds, not where
        ring = np.concatenate([ring[1:], row.sum(axis=0)[None]])
    values[op.ring] = ring.reshape(values[op.ring].shape)
    count = len(ring) * arriving.shape[1]
    found = [
        _quotient(int(total), count)
        if op.function == WindowMeanKind.DIVIDED
        else rescale(int(total) + op.bias, op.multiplier, op.shift) + y.zero_point
        for total in ring.sum(axis=0)
    ]
    return np.clip(np.array(found), *op.limits).reshape(y.shape[1:])
