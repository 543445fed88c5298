"""Autoencoders of windows -> integers: the network, the squares of its errors, their sum, a threshold.

Weights are int8 with a scale for each row, what goes from layer to layer has 8 bits with ranges from the
representative windows. Squares of errors are kept in 8 bits, from 0 up to what few normal values exceed;
their sum has 32.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from vox_embed.core import Model
from vox_embed.models.autoencoder import (
    AutoencoderDetector,
    ConvLayer,
    DenseLayer,
    Double,
    Layer,
    Repeat,
    Rows,
    spread_of,
)
from vox_embed.program.arrange_ops import Binary, View
from vox_embed.program.build import build_network
from vox_embed.program.classic.chain import POSTERIOR_SCALE
from vox_embed.program.classic_ops import Linear, Threshold
from vox_embed.program.fixed import quantise_multiplier
from vox_embed.program.ops import Conv2D, Dense, Kind, Tensor, Window
from vox_embed.program.program import Program
from vox_embed.program.recurrent import RecurrentLowering, Scales, affine_of, range_of, tensor_of
from vox_embed.spec.operators import MAX_FRACTION, BinaryKind

Floats = NDArray[np.float64]

_LARGEST = 2.0
"""Squares reach so many times beyond what one in a thousand of the representative windows' exceeds."""
_ROOM = 1.5
"""Features may go beyond those of the representative windows: what is no normal sound does."""
_SQUARES_HEADROOM = 7
"""Bits, as nn/binary.c."""


def lower_autoencoder(detector: AutoencoderDetector) -> Program:
    """The fitted detector over whole windows: int8 [1, frames, bands, 1] -> posteriors of both labels."""
    scored = lower_errors(detector.trained_, detector.representative_)
    return with_threshold(
        scored, detector.judged_, detector.model.contamination, anomaly=1 - detector.normal_index
    )


def with_threshold(
    scored: Program, judged: NDArray[np.float32], contamination: float, *, anomaly: int
) -> Program:
    """What `lower_errors` gave, and THRESHOLD behind it. judged: normal windows [n, frames, bands], of which
    the share `contamination` is called anomalies. anomaly: index of their label."""
    source = scored.input_tensor
    steps = np.round(judged / source.scale) + source.zero_point
    integers = np.clip(steps, -128, 127).astype(np.int8).reshape(len(steps), -1)
    scores = Model(build_network(scored, {})).run(integers)[:, 0].astype(np.float64)
    whole = math.floor(float(np.quantile(scores, 1.0 - contamination))) + 1  # from which on it is one
    fraction = int(np.clip(round(math.log2(max(spread_of(scores, whole), 1.0))), 0, MAX_FRACTION))
    tensor = Tensor("posteriors", (1, 1, 1, 2), POSTERIOR_SCALE, 0, Kind.S16)
    op = Threshold(scored.output, len(scored.tensors), whole, anomaly, fraction)
    return Program((*scored.tensors, tensor), (*scored.ops, op), scored.input, op.output)


def lower_errors(layers: tuple[Layer, ...], windows: NDArray[np.float32]) -> Program:
    """int8 [1, frames, bands, 1] -> the sum of the squares of its errors, S32 [1].

    windows: [n, frames, bands], as the float network takes them, that set the ranges of tensors.
    """
    return _Lowering(windows.astype(np.float64)).errors(layers)


class _Lowering(RecurrentLowering):
    """A program while it grows, and what goes through the float network meanwhile."""

    def __init__(self, windows: Floats) -> None:
        super().__init__(windows, windows[:1], _ROOM)
        self._windows = windows

    def errors(self, layers: tuple[Layer, ...]) -> Program:
        """All of it."""
        for i, layer in enumerate(layers):
            match layer:
                case Rows():
                    self.gather(layer.together, 0)
                case DenseLayer():
                    self._dense(layer)
                case ConvLayer():
                    self._convolve_padded(layer)
                case Double():
                    self._double()
                case Repeat():
                    self._repeat(layer.rows)
                case _:  # the encoder's last state alone goes on
                    self.recur(layer, every=not isinstance(layers[i + 1], Repeat))
        self._square()
        self._sum()
        return Program(tuple(self.tensors), tuple(self.ops), 0, len(self.tensors) - 1)

    def _all(self, change: object, shape: tuple[int, int, int, int], name: str, *, relu: bool) -> Tensor:
        """Both sounds through `change`; the tensor that holds them."""
        assert callable(change)
        made = [np.maximum(change(sound), 0) if relu else change(sound) for sound in self.sounds]
        self.sounds = (made[0], made[1])
        return tensor_of(f"{name}_{len(self.ops) + 1}", shape, *range_of(*self.sounds))

    def _dense(self, layer: DenseLayer) -> None:
        inputs, units = layer.kernel.shape
        x, rows = self.last, self.last.elements // inputs

        def change(sound: Floats) -> Floats:
            made: Floats = sound.reshape(len(sound), rows, inputs) @ layer.kernel + layer.bias
            return made

        y = self._all(change, (1, rows, 1, units), "dense", relu=layer.relu)
        affine = affine_of(
            layer.kernel.T, layer.bias, Scales(x.scale, x.zero_point, y.scale), "dense", once=True
        )
        limits = (y.zero_point if layer.relu else -128, 127)
        self.append(Dense(*self.between, affine, inputs, limits), y)

    def _convolve_padded(self, layer: ConvLayer) -> None:
        x, (high, wide, channels, out) = self.last, layer.kernel.shape
        _, height, width, _ = x.shape
        result = (-(-height // layer.stride), -(-width // layer.stride))
        pads = [
            max((size - 1) * layer.stride + kernel - given, 0)
            for size, kernel, given in zip(result, (high, wide), (height, width), strict=True)
        ]
        flat = layer.kernel.reshape(-1, out)

        def change(sound: Floats) -> Floats:
            image = sound.reshape(len(sound), height, width, channels)
            edges = [(pad // 2, pad - pad // 2) for pad in pads]
            image = np.pad(image, ((0, 0), *edges, (0, 0)))
            seen = sliding_window_view(image, (high, wide), axis=(1, 2))[:, :: layer.stride, :: layer.stride]
            made: Floats = (
                seen.transpose(0, 1, 2, 4, 5, 3).reshape(len(sound), *result, -1) @ flat + layer.bias
            )
            return made

        y = self._all(change, (1, *result, out), "conv", relu=layer.relu)
        affine = affine_of(flat.T, layer.bias, Scales(x.scale, x.zero_point, y.scale), "conv")
        window = Window((high, wide), (layer.stride, layer.stride), (pads[0] // 2, pads[1] // 2))
        limits = (y.zero_point if layer.relu else -128, 127)
        self.append(Conv2D(*self.between, affine, window, limits), y)

    def _double(self) -> None:
        x = self.last
        _, height, width, channels = x.shape

        def change(sound: Floats) -> Floats:
            return sound.reshape(len(sound), height, width, channels).repeat(2, axis=1).repeat(2, axis=2)

        self.sounds = (change(self.sounds[0]), change(self.sounds[1]))
        row = width * channels
        loops = ((height, row), (2, 0), (width, channels), (2, 0), (channels, 1))
        shape = (1, 2 * height, 2 * width, channels)
        y = Tensor(f"double_{len(self.ops) + 1}", shape, x.scale, x.zero_point)
        self.append(View(*self.between, 0, loops), y)

    def _repeat(self, rows: int) -> None:
        x = self.last
        self.sounds = (self.sounds[0].repeat(rows, axis=1), self.sounds[1].repeat(rows, axis=1))
        self.rows = rows
        y = Tensor("repeat", (1, rows, 1, x.elements), x.scale, x.zero_point)
        self.append(View(*self.between, 0, ((rows, 0), (x.elements, 1))), y)

    def _square(self) -> None:
        """Of window less what was rebuilt of it."""
        a, b = self.tensors[0], self.last
        away = (self.sounds[0].reshape(self._windows.shape) - self._windows) ** 2
        # What 8-bit tensors add is in every error.
        floor = (a.scale**2 + b.scale**2) / 12
        step = _LARGEST * (float(np.quantile(away, 0.999)) + floor) / 255
        largest = 2.0 * max(a.scale, b.scale)
        step = max(step, 2.0 * largest * largest / (1 << 2 * _SQUARES_HEADROOM))
        last = largest * largest / ((1 << 2 * _SQUARES_HEADROOM) * step)
        pairs = [quantise_multiplier(factor) for factor in (a.scale / largest, b.scale / largest, last)]
        multipliers, shifts = zip(*pairs, strict=True)
        place = len(self.tensors) - 1
        op = Binary(
            input=0,
            output=place + 1,
            function=BinaryKind.SQUARED_DIFFERENCE,
            operand=place,
            zero_point=b.zero_point,
            strides=(a.shape[2], 1, 1),
            multipliers=(multipliers[0], multipliers[1], multipliers[2]),
            shifts=(shifts[0], shifts[1], shifts[2]),
            limits=(-128, 127),
        )
        self.append(op, Tensor("squares", a.shape, step, -128))

    def _sum(self) -> None:
        count = self.last.elements
        op = Linear(
            *self.between,
            np.ones((1, count), np.int64),
            np.array([128 * count], np.int64),
            np.zeros((1, 2), np.int64),
        )
        self.append(op, Tensor("errors", (1, 1, 1, 1), self.last.scale, 0, Kind.S32))
