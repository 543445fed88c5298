"""Programs run slowly and plainly: docs/numerics.md, "Neural operators", in Python integers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from helpers import arrange_program, stream_program
from vox_embed.program.fixed import rescale, rescale_once, round_shift
from vox_embed.program.ops import (
    Add,
    Affine,
    AveragePool,
    Conv2D,
    Dense,
    Depthwise2D,
    Limits,
    MaxPool,
    Mean,
    Op,
    Relu,
    Reshape,
    Softmax,
    Tensor,
    Window,
)
from vox_embed.program.program import Program
from vox_embed.program.recurrent_ops import Recurrent
from vox_embed.program.stream_ops import Roll, WindowMean
from vox_embed.spec.operators import SHIFT_WIDE

Values = NDArray[np.int64]


def _limited(value: int, limits: Limits) -> int:
    return min(max(value, limits[0]), limits[1])


def _finish(total: int, affine: Affine, channel: int, zero_point: int, limits: Limits) -> int:
    shift = int(affine.shift[channel])
    if shift < -30:
        shift += SHIFT_WIDE
    scaled = rescale(total + int(affine.bias[channel]), int(affine.multiplier[channel]), shift)
    return _limited(scaled + zero_point, limits)


def _taps(window: Window, y: int, x: int) -> list[tuple[int, int, int]]:
    """(index, row, column) of each tap of the output pixel (y, x)."""
    (kh, kw), (sh, sw), (pt, pl), (dh, dw) = window.kernel, window.stride, window.pad, window.dilation
    return [(i * kw + j, y * sh - pt + i * dh, x * sw - pl + j * dw) for i in range(kh) for j in range(kw)]


def _at(x: Values, row: int, column: int, outside: int) -> Values:
    inside = 0 <= row < x.shape[0] and 0 <= column < x.shape[1]
    return x[row, column] if inside else np.full(x.shape[2], outside, np.int64)


def _convolution(op: Conv2D | Depthwise2D, x: Values, source: Tensor, result: Tensor) -> Values:
    _, height, width, channels = result.shape
    depthwise = isinstance(op, Depthwise2D)
    weights = op.affine.weights.astype(np.int64)
    out = np.zeros((height, width, channels), np.int64)
    for oy in range(height):
        for ox in range(width):
            taps = [
                (tap, _at(x, row, column, source.zero_point)) for tap, row, column in _taps(op.window, oy, ox)
            ]
            patch = np.concatenate([values for _, values in taps])
            for c in range(channels):
                if depthwise:
                    flat = weights.reshape(-1, channels)
                    total = sum(int(v[c * x.shape[2] // channels]) * int(flat[tap, c]) for tap, v in taps)
                else:
                    total = int(patch @ weights[c, : len(patch)])
                out[oy, ox, c] = _finish(total, op.affine, c, result.zero_point, op.limits)
    return out


def _pool(op: MaxPool | AveragePool, x: Values, result: Tensor) -> Values:
    out = np.zeros(result.shape[1:], np.int64)
    for oy, ox in np.ndindex(*out.shape[:2]):
        rows = [
            x[row, column]
            for _, row, column in _taps(op.window, oy, ox)
            if 0 <= row < x.shape[0] and 0 <= column < x.shape[1]
        ]
        for c in range(out.shape[2]):
            values = [int(row[c]) for row in rows]
            if isinstance(op, MaxPool):
                value = max(values)
            else:
                total, count = abs(sum(values)), len(values)
                value = (2 * total + count - count % 2) // (2 * count) * (1 if sum(values) >= 0 else -1)
            out[oy, ox, c] = _limited(value, op.limits)
    return out


def _softmax(op: Softmax, x: Values) -> Values:
    out = np.zeros_like(x)
    for index in np.ndindex(*x.shape[:2]):
        row = [int(v) for v in x[index]]
        exps = [op.table[max(row) - v] if max(row) - v < len(op.table) else 0 for v in row]
        total = sum(round_shift(e, 12) for e in exps)  # Q19
        headroom = 32 - total.bit_length()
        scale = _reciprocal((total << headroom) - 2**31)
        for c, e in enumerate(exps):
            product = (scale * e + 2**30) >> 31
            out[index][c] = _limited(round_shift(product, 35 - headroom) - 128, (-128, 127))
    return out


def _reciprocal(x: int) -> int:
    """1 / (1 + x), Q31, by three steps of Newton's iteration in Q29."""

    def times(a: int, b: int) -> int:
        return (a * b + 2**30) >> 31

    half = (x + 2**31) >> 1
    y = 1515870810 + times(half, -1010580540)
    for _ in range(3):
        y += 4 * times(y, 2**29 - times(half, y))
    return min(2 * y, 2**31 - 1)


def _add(op: Add, a: Values, b: Values, tensors: tuple[Tensor, ...]) -> Values:
    za, zb, zero = (tensors[i].zero_point for i in (op.input, op.input_b, op.output))

    def one(p: int, q: int) -> int:
        x = rescale((p - za) << 20, op.multipliers[0], op.shifts[0])
        y = rescale((q - zb) << 20, op.multipliers[1], op.shifts[1])
        return _limited(rescale(x + y, op.multipliers[2], op.shifts[2]) + zero, op.limits)

    flat = [one(int(p), int(q)) for p, q in zip(a.ravel(), b.ravel(), strict=True)]
    return np.array(flat, np.int64).reshape(tensors[op.output].shape[1:])


def _each(x: Values, function: Callable[[int], int]) -> Values:
    return np.array([function(int(v)) for v in x.ravel()], np.int64)


def _run(op: Op, values: dict[int, Values], tensors: tuple[Tensor, ...]) -> Values:  # noqa: PLR0911
    x, source, result = values[op.input], tensors[op.input], tensors[op.output]
    shape = result.shape[1:]
    if isinstance(op, Conv2D | Depthwise2D):
        return _convolution(op, x, source, result)
    if isinstance(op, MaxPool | AveragePool):
        return _pool(op, x, result)
    if isinstance(op, Dense):
        weights = op.affine.weights[:, : op.inputs_each].astype(np.int64)
        totals = x.reshape(-1, op.inputs_each) @ weights.T + op.affine.bias
        out = np.zeros(totals.shape, np.int64)
        for row, c in np.ndindex(*totals.shape):
            y = rescale_once(int(totals[row, c]), int(op.affine.multiplier[c]), int(op.affine.shift[c]))
            out[row, c] = _limited(y + result.zero_point, op.limits)
        return out.reshape(shape)
    if isinstance(op, Mean):
        sums = x.sum(axis=(0, 1)) + op.bias
        return _each(
            sums, lambda s: _limited(rescale(s, op.multiplier, op.shift) + result.zero_point, op.limits)
        ).reshape(shape)
    if isinstance(op, Softmax):
        return _softmax(op, x)
    if isinstance(op, Add):
        return _add(op, x, values[op.input_b], tensors)
    if isinstance(op, Relu):
        return _each(
            x,
            lambda v: _limited(
                rescale(v - source.zero_point, op.multiplier, op.shift) + result.zero_point, op.limits
            ),
        ).reshape(shape)
    if isinstance(op, Reshape):
        return x.reshape(shape)
    if isinstance(op, Roll | WindowMean | Recurrent):
        return stream_program.run(op, values, tensors)
    return arrange_program.run(op, values, tensors)


def run_slowly(program: Program, inputs: NDArray[np.int8]) -> NDArray[np.int8]:
    """int8[n, inputs] -> int8[n, outputs], one run after the other from a reset on."""
    rows = []
    values = {
        i: np.full(tensor.shape[1:], tensor.initial, np.int64)
        for i, tensor in enumerate(program.tensors)
        if tensor.state
    }
    for row in inputs:
        values = {i: values[i] for i, tensor in enumerate(program.tensors) if tensor.state}
        values |= {program.input: row.astype(np.int64).reshape(program.input_tensor.shape[1:])}
        for op in program.ops:
            values[op.output] = _run(op, values, program.tensors)
        rows.append(values[program.output].ravel())
    return np.array(rows).astype(np.int8)
