"""Random recurrent layers; and what they compute, in Python."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from vox_embed.program.fixed import rescale, round_shift
from vox_embed.program.ops import Affine, Kind, Op, Tensor, padded_rows
from vox_embed.program.recurrent_ops import (
    LARGEST_SUM,
    NARROW_TERM,
    WIDE_TERM,
    Gru,
    Lstm,
    Lstm8,
    Recurrent,
    tanh_table,
)
from vox_embed.spec.operators import SHIFT_WIDE

Values = NDArray[np.int64]
Made = tuple[list[Tensor], Callable[[int], Op]]
"""Tensors to append, and the operator when the last of them is its output."""


def affine(
    rng: np.random.Generator, x: Tensor, units: int, gates: int, inputs: int, *, wide: bool, size: int = 32768
) -> Affine:
    """Random weights and factors of one part; wide: of h, up to `size`.

    Sums are mostly within 2, some beyond 8.
    """
    rows = units * gates
    size = size if wide else 128
    typical = 4096 / (np.sqrt(inputs) * 74 * size * 0.6)
    factors = typical * rng.uniform(0.2, 2.0, rows) * float(rng.choice([1.0, 1.0, 6.0]))
    if rng.random() < 0.3:  # one of another kind among them
        factors[rng.integers(rows)] = float(
            rng.choice([0.3, 2.0**-29, 2.0**-20] if wide else [9.0, 2.0**-29])
        )
    return Affine.make(
        padded_rows(rng.integers(-128, 128, (rows, inputs)).astype(np.int8)),
        channel_axis=0,
        bias=rng.integers(-20 * size, 20 * size, rows),
        factors=[float(f) for f in factors],
        input_zero_point=0 if wide else x.zero_point,
        terms=inputs * (WIDE_TERM if size > 255 else NARROW_TERM) if wide else inputs,
        where="random",
        largest=LARGEST_SUM,
    )


def _layer(rng: np.random.Generator, x: Tensor, source: int, kind: type[Recurrent]) -> Made:
    """Over the rows of x, or over all at once; with state or without, all rows of output or the last."""
    _, h, w, c = x.shape
    rows = h if rng.random() < 0.8 else 1
    units = int(rng.integers(1, 21))
    kept, every = rng.random() < 0.6, rng.random() < 0.5
    of_input = affine(rng, x, units, kind.gates, h * w * c // rows, wide=False)
    size = 255 if kind is Lstm8 else 32768
    of_h = affine(rng, x, units, kind.gates, units, wide=True, size=size)
    low, high = (-128, 127) if rng.random() < 0.6 else sorted(int(v) for v in rng.integers(-128, 128, 2))
    tensors, fields = [], {}
    if kept:
        tensors.append(Tensor("h", (1, 1, 1, units + 1), 1.0, 0, Kind.S16, state=True))
        fields |= {"state": 1, "skip": int(rng.choice([0, 0, 1, 5]))}
    if kept and kind is not Gru:
        tensors.append(Tensor("cell", (1, 1, 1, units), 1.0, 0, Kind.S16, state=True))
        fields |= {"state": 2, "cell": 1}
    if kind is Lstm:
        fields["fraction"] = int(rng.integers(8, 13))
    if kind is Lstm8:
        fields |= {"fraction": int(rng.integers(9, 16)), "clip": int(rng.choice([0, 0, 300, 20000]))}
    places = {name: value for name, value in fields.items() if name in ("state", "cell")}
    rest = {name: value for name, value in fields.items() if name not in places}
    shape = (1, rows, 1, units) if every else (1, 1, 1, units)
    tensors.append(Tensor("rows", shape, 1 / 128, int(rng.integers(-60, 61))))
    multiplier, shift = int(rng.integers(2**30, 2**31)), -int(rng.integers(6, 9))
    shift -= 15 if kind is Lstm8 else 0

    def make(output: int) -> Op:
        behind = {name: output - back for name, back in places.items()}
        return kind(source, output, of_input, of_h, rows, multiplier, shift, (low, high), **behind, **rest)

    return tensors, make


def gru(rng: np.random.Generator, x: Tensor, source: int) -> Made:
    """A GRU on x, which is tensor `source`."""
    return _layer(rng, x, source, Gru)


def lstm(rng: np.random.Generator, x: Tensor, source: int) -> Made:
    """An LSTM on x, which is tensor `source`."""
    return _layer(rng, x, source, Lstm)


def lstm_8(rng: np.random.Generator, x: Tensor, source: int) -> Made:
    """TensorFlow Lite's LSTM on x, which is tensor `source`."""
    return _layer(rng, x, source, Lstm8)


def _narrow(value: int) -> int:
    return max(-32768, min(32767, value))


def _tanh(x: int, bits: int) -> int:
    """Between entries of the table; x / 2^(5 + bits)."""
    table, size = tanh_table(), min(abs(x), 32767)
    entry, part = divmod(size, 2**bits)
    y = table[entry] + (((table[entry + 1] - table[entry]) * part + 2 ** (bits - 1)) >> bits)
    return -y if x < 0 else y


def tanh(x: int) -> int:
    """Q12 -> Q15"""
    return _tanh(x, 7)


def sigmoid(x: int) -> int:
    """Q12 -> Q15, up to 32768"""
    return (32769 + _tanh(x, 8)) >> 1


def _part(table: Affine, x: Values) -> list[int]:
    """Q12, not limited."""
    totals = table.weights[:, : len(x)].astype(np.int64) @ x + table.bias
    shifts = [int(s) + (SHIFT_WIDE if s < -30 else 0) for s in table.shift]
    return [
        rescale(int(total), int(multiplier), shift)
        for total, multiplier, shift in zip(totals, table.multiplier, shifts, strict=True)
    ]


def _gru_unit(a: list[int], b: list[int], h: int) -> int:
    keep, reset = sigmoid(_narrow(a[0] + b[0])), sigmoid(_narrow(a[1] + b[1]))
    fresh = tanh(_narrow(a[2] + round_shift(reset * _narrow(b[2]), 15)))
    return _narrow(round_shift(keep * h + (32768 - keep) * fresh, 15))


def _lstm_unit(a: list[int], b: list[int], cell: int, fraction: int) -> tuple[int, int]:
    sums = [_narrow(p + q) for p, q in zip(a, b, strict=True)]
    take, keep, give = sigmoid(sums[0]), sigmoid(sums[1]), sigmoid(sums[3])
    cell = _narrow(round_shift(keep * cell, 15) + round_shift(take * tanh(sums[2]), 30 - fraction))
    return _narrow(round_shift(give * tanh(_narrow(cell << (12 - fraction))), 15)), cell


def _times(a: int, b: int) -> int:
    """Q15"""
    return (a * b + 2**14) >> 15


def _saturated_times(x: int, factor: int) -> int:
    return _narrow(x * factor)


def _exp(x: int, integer: int) -> int:
    """e^x in Q15 of x <= 0 with so many bits before the point: a Taylor series about -1/8, then factors."""
    if x == 0:
        return 32767
    if integer > 5 and x < -(2 ** (20 - integer)):
        return 0
    quarter = 2 ** (13 - integer)
    part = (x & (quarter - 1)) - quarter
    a = part * 2**integer + 4096
    a2 = _times(a, a)
    third = _times(round_shift(_times(a2, a2), 2) + _times(a2, a), 10923)
    result = _narrow(28918 + _times(28918, a + round_shift(third + a2, 1)))
    for power, factor in zip(range(-2, integer), (25520, 19875, 12055, 4435, 600, 11, 0), strict=False):
        if (part - x) & (quarter * 4 * 2**power if power >= 0 else quarter * 4 // 2**-power):
            result = _times(result, factor)
    return result


def _reciprocal(x: int) -> int:
    """2 / (1 + x): Q15 -> Q13"""
    half = (x + 32768) >> 1
    y = 23130 + _times(half, -15420)
    for _ in range(3):
        y += _saturated_times(_times(y, 8192 - _times(half, y)), 4)
    return y


def logistic_8(x: int) -> int:
    """TensorFlow Lite's: Q12 -> Q15"""
    if x == 0:
        return 16384
    y = _saturated_times(_reciprocal(_exp(-abs(x), 3)), 2)
    return y if x > 0 else 32767 - y


def tanh_8(x: int, integer: int) -> int:
    """TensorFlow Lite's, of x with so many bits before the point."""
    y = 0 if x == 0 else _saturated_times(_reciprocal(_exp(-abs(x), integer + 1)) - 8192, 4)
    return -y if x < 0 else y


def _lstm_8_unit(op: Recurrent, a: list[int], b: list[int], cell: int, zero: int) -> tuple[int, int]:
    sums = [_narrow(p + q) for p, q in zip(a, b, strict=True)]
    take, keep, give = logistic_8(sums[0]), logistic_8(sums[1]), logistic_8(sums[3])
    added = round_shift(take * tanh_8(sums[2], 3), 30 - op.fraction)
    cell = _narrow(round_shift(keep * cell, 15) + added)
    if op.clip:
        cell = max(-op.clip, min(op.clip, cell))
    h = rescale(give * tanh_8(cell, 15 - op.fraction), op.multiplier, op.shift)
    return max(-128, min(127, h + zero)) - zero, cell


def _step(op: Recurrent, x: Values, h: Values, cell: Values, zero: int) -> tuple[Values, Values]:
    a, b, gates = [_narrow(v) for v in _part(op.of_input, x)], _part(op.of_h, h), op.gates
    groups = [(a[i : i + gates], b[i : i + gates]) for i in range(0, len(a), gates)]
    if isinstance(op, Gru):
        return np.array([_gru_unit(*group, int(old)) for group, old in zip(groups, h, strict=True)]), cell
    if isinstance(op, Lstm8):
        pairs = [_lstm_8_unit(op, *group, int(old), zero) for group, old in zip(groups, cell, strict=True)]
    else:
        pairs = [_lstm_unit(*group, int(old), op.fraction) for group, old in zip(groups, cell, strict=True)]
    return np.array([pair[0] for pair in pairs]), np.array([pair[1] for pair in pairs])


def run(op: Recurrent, values: dict[int, Values], tensors: tuple[Tensor, ...]) -> Values:
    """What the operator computes, in its output's shape; state in `values` is renewed."""
    y, units = tensors[op.output], op.units
    h, cell, gone = np.zeros(units, np.int64), np.zeros(units, np.int64), 0
    if op.state is not None:
        kept = values[op.state].ravel()
        h, gone = kept[:units], int(kept[units])
    if op.cell is not None:
        cell = values[op.cell].ravel()
    rows = []
    for x in values[op.input].reshape(op.rows, -1):
        if op.state is not None and gone < op.skip:
            gone += 1
        else:
            h, cell = _step(op, x, h, cell, y.zero_point)
        own = isinstance(op, Lstm8)
        shown = [int(v) if own else rescale(int(v), op.multiplier, op.shift) for v in h]
        rows.append([v + y.zero_point for v in shown])
    if op.state is not None:
        values[op.state] = np.append(h, gone).reshape(values[op.state].shape)
    if op.cell is not None:
        values[op.cell] = cell.reshape(values[op.cell].shape)
    last = rows if y.elements > units else rows[-1:]
    return np.clip(np.array(last), *op.limits).reshape(y.shape[1:])
