"""Networks with recurrent layers -> integers, without TensorFlow Lite, whose converter cannot take them.

Weights are int8 with a scale for each row, h and cells have 16 bits, what goes from layer to layer has 8 bits
with ranges from the representative windows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.models.recurrent import Cell, Convolution, RecurrentClassifier, Trained
from vox_embed.program.arrange_ops import Table, View
from vox_embed.program.fixed import quantise_multiplier, softmax_table
from vox_embed.program.ops import Affine, Conv2D, Dense, Limits, Op, Softmax, Tensor, Window, padded_rows
from vox_embed.program.program import Program
from vox_embed.program.recurrent_ops import (
    GATE_BITS,
    H_BITS,
    LARGEST_SUM,
    WIDE_TERM,
    Gru,
    Lstm,
    Recurrent,
)
from vox_embed.program.tflite.tables import Between, logistic
from vox_embed.spec.operators import MAX_CELL_FRACTION, MIN_CELL_FRACTION

Floats = NDArray[np.float64]

_FULL: Limits = (-128, 127)
_LARGEST_BIAS = 2**27
"""In steps of its products: a row of tiny weights gets a coarser scale than they need."""
_CELL_ROOM = 1.5
"""Cells may grow beyond those of the representative windows."""


def lower_recurrent(classifier: RecurrentClassifier) -> Program:
    """The fitted classifier over whole windows: int8 [1, frames, bands, 1] -> posteriors."""
    windows = classifier.representative_
    led = classifier.with_lead(windows)
    return lower_trained(classifier.trained_, windows, led, tags=classifier.tags)


def lower_trained(
    trained: Trained, windows: NDArray[Any], led: NDArray[Any], *, tags: bool = False
) -> Program:
    """The same from its numbers. tags: the posteriors are those of tags. windows [n, frames, bands], as
    the float network takes them, and the same
    behind others set the ranges of tensors."""
    made = _Classifier(trained, windows.astype(np.float64), led.astype(np.float64))
    made.tags = tags
    return made.program()


def run_cell(cell: Cell, x: Floats) -> tuple[Floats, float]:
    """h after every row, [n, rows, inputs] -> [n, rows, units], and the largest magnitude of a cell."""
    h = np.zeros((len(x), cell.units))
    c, rows, most = h, [], 0.0
    for row in x.transpose(1, 0, 2):
        a, b = row @ cell.kernel + cell.bias, h @ cell.recurrent + cell.back
        if cell.kind == "gru":
            (az, ar, an), (bz, br, bn) = np.split(a, 3, axis=1), np.split(b, 3, axis=1)
            keep = _sigmoid(az + bz)
            h = keep * h + (1 - keep) * np.tanh(an + _sigmoid(ar + br) * bn)
        else:
            take, forget, new, give = np.split(a + b, 4, axis=1)
            c = _sigmoid(forget) * c + _sigmoid(take) * np.tanh(new)
            h = _sigmoid(give) * np.tanh(c)
            most = max(most, float(np.abs(c).max()))
        rows.append(h)
    return np.stack(rows, axis=1), most


def _sigmoid(x: Floats) -> Floats:
    return 1 / (1 + np.exp(-x))


class RecurrentLowering:
    """A program while it grows, and what goes through the float network meanwhile."""

    def __init__(self, windows: Floats, led: Floats, room: float = 1.0) -> None:
        """room: of the features' range beyond that of the windows."""
        self.rows = windows.shape[1]
        self.sounds = (windows, led)
        """Of the last tensor: [n, rows, values]; of the windows, and of windows behind others."""
        low, high = range_of(*self.sounds)
        self.tensors = [tensor_of("features", (1, *windows.shape[1:], 1), room * low, room * high)]
        self.ops: list[Op] = []

    def append(self, op: Op, tensor: Tensor) -> None:
        """One more operator, and its output."""
        self.ops.append(op)
        self.tensors.append(tensor)

    @property
    def between(self) -> tuple[int, int]:
        """Input and output of the operator that comes next."""
        return len(self.tensors) - 1, len(self.tensors)

    @property
    def last(self) -> Tensor:
        """The newest tensor."""
        return self.tensors[-1]

    def gather(self, together: int, rest: int) -> None:
        """Rows of `together` frames, without the `rest` at the beginning that make none."""
        x = self.last
        self.rows //= together
        if rest:
            bands = x.shape[2]
            frames = self.rows * together
            loop = ((frames * bands, 1),)
            self.append(
                View(*self.between, rest * bands, loop),
                Tensor("rows", (1, frames, bands, 1), x.scale, x.zero_point),
            )
        width = together * x.shape[2]
        self.sounds = tuple(sound[:, rest:].reshape(len(sound), -1, width) for sound in self.sounds)  # type: ignore[assignment]

    def recur(self, cell: Cell, *, every: bool) -> None:
        """A recurrent layer, what it knows after every row or the last."""
        place = sum(isinstance(op, Recurrent) for op in self.ops) + 1
        ran = [run_cell(cell, sound) for sound in self.sounds]
        self.sounds = (ran[0][0], ran[1][0])
        if not every:
            self.sounds = (self.sounds[0][:, -1:], self.sounds[1][:, -1:])
        x, rows = self.last, self.rows
        y = tensor_of(
            f"{cell.kind}_{place}", (1, rows if every else 1, 1, cell.units), *range_of(*self.sounds)
        )
        kind = Gru if cell.kind == "gru" else Lstm
        step, h_step = 2.0**-GATE_BITS, 2.0**-H_BITS
        seen = Scales(x.scale, x.zero_point, step, largest=LARGEST_SUM)
        known = Scales(h_step, 0, step, WIDE_TERM, LARGEST_SUM)
        of_input = affine_of(
            _by_unit(cell.kernel.T, kind.gates), _by_unit(cell.bias, kind.gates), seen, y.name
        )
        of_h = affine_of(
            _by_unit(cell.recurrent.T, kind.gates), _by_unit(cell.back, kind.gates), known, y.name
        )
        multiplier, shift = quantise_multiplier(h_step / y.scale)
        most = max(most for _, most in ran)
        fraction = _fraction(most) if kind is Lstm else 0
        op = kind(*self.between, of_input, of_h, rows, multiplier, shift, _FULL, fraction=fraction)
        self.append(op, y)


class _Classifier(RecurrentLowering):
    """Of a recurrent network with its head."""

    tags = False

    def __init__(self, trained: Trained, windows: Floats, led: Floats) -> None:
        super().__init__(windows, led)
        self.trained = trained

    def program(self) -> Program:
        """All of it."""
        if self.trained.first is not None:
            self._convolve(self.trained.first)
        else:
            self.gather(self.trained.together, self.trained.rest)
        for place, cell in enumerate(self.trained.cells):
            self.recur(cell, every=place + 1 < len(self.trained.cells))
        self._classify()
        return Program(tuple(self.tensors), tuple(self.ops), 0, len(self.tensors) - 1)

    def _convolve(self, layer: Convolution) -> None:
        kernel, bands, channels = layer.kernel.shape
        flat = layer.kernel.reshape(kernel * bands, channels)
        made = []
        for sound in self.sounds:
            starts = range(0, sound.shape[1] - kernel + 1, layer.stride)
            patches = np.stack([sound[:, at : at + kernel].reshape(len(sound), -1) for at in starts], axis=1)
            made.append(np.maximum(patches @ flat + layer.bias, 0))
        self.sounds = (made[0], made[1])
        self.rows = made[0].shape[1]
        x, y = self.last, tensor_of("conv", (1, self.rows, 1, channels), *range_of(*self.sounds))
        affine = affine_of(flat.T, layer.bias, Scales(x.scale, x.zero_point, y.scale), "conv")
        window = Window((kernel, bands), (layer.stride, 1))
        self.append(Conv2D(*self.between, affine, window, (y.zero_point, 127)), y)

    def _classify(self) -> None:
        labels = len(self.trained.bias)
        logits = [sound[:, -1] @ self.trained.dense + self.trained.bias for sound in self.sounds]
        x, y = self.last, tensor_of("logits", (1, 1, 1, labels), *range_of(*logits))
        scales = Scales(x.scale, x.zero_point, y.scale)
        affine = affine_of(self.trained.dense.T, self.trained.bias, scales, "dense", once=True)
        self.append(Dense(*self.between, affine, x.elements, _FULL), y)
        posteriors = Tensor("posteriors", y.shape, 1 / 256, -128)
        if self.tags:
            between = Between(y.scale, y.zero_point, posteriors.scale, posteriors.zero_point)
            self.append(Table(*self.between, tuple(logistic(between))), posteriors)
            return
        table = tuple(softmax_table(y.scale, 1.0))
        self.append(Softmax(*self.between, table), posteriors)


@dataclass(frozen=True)
class Scales:
    """Of what goes into a layer and what comes out."""

    source: float
    zero_point: int
    result: float
    each: int = 1
    """Terms of an int8 product that a term counts as."""
    largest: int = 512
    """Beyond every result."""


def affine_of(weights: Floats, bias: Floats, scales: Scales, where: str, *, once: bool = False) -> Affine:
    """Float rows [channels, terms] as int8 with a scale for each, and the bias."""
    source = scales.source
    most = np.abs(weights).max(axis=1)
    least = np.abs(bias) / (source * _LARGEST_BIAS)
    steps = np.maximum.reduce([most / 127, least, np.full(len(most), 1e-9)])
    rows = np.clip(np.round(weights / steps[:, None]), -127, 127).astype(np.int8)
    return Affine.make(
        padded_rows(rows),
        channel_axis=0,
        bias=np.round(bias / (source * steps)).astype(np.int64),
        factors=[float(f) for f in source * steps / scales.result],
        input_zero_point=scales.zero_point,
        terms=weights.shape[1] * scales.each,
        where=where,
        once=once,
        largest=scales.largest,
    )


def _by_unit(values: Floats, gates: int) -> Floats:
    """[gates * units, ...] -> [units * gates, ...]"""
    return values.reshape(gates, -1, *values.shape[1:]).swapaxes(0, 1).reshape(values.shape)


def _fraction(most: float) -> int:
    """Bits behind the point of a cell."""
    bits = np.floor(np.log2(2**15 / max(most * _CELL_ROOM, 1e-9)))
    return int(np.clip(bits, MIN_CELL_FRACTION, MAX_CELL_FRACTION))


def range_of(*values: Floats) -> tuple[float, float]:
    """Lowest and highest, 0 among them."""
    return min(0.0, *(float(v.min()) for v in values)), max(0.0, *(float(v.max()) for v in values))


def tensor_of(name: str, shape: tuple[int, ...], low: float, high: float) -> Tensor:
    """An int8 tensor for values from low to high, with an integer for 0."""
    scale = float(np.float32(max(high - low, 1e-6) / 255))
    return Tensor(name, shape, scale, int(np.clip(round(-128 - low / scale), -128, 127)))  # type: ignore[arg-type]
