"""Small models with random weights, for tests that need a .vxm but nothing that it has learned.

The weights are drawn so that the posteriors move with the sound: verdicts and events differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vox_embed.features import Descriptors, LogMel, Micro
from vox_embed.features.functionals import Functionals
from vox_embed.features.running import RunningMean
from vox_embed.program.fixed import softmax_table
from vox_embed.program.ops import (
    Add,
    Affine,
    AveragePool,
    Conv2D,
    Dense,
    Depthwise2D,
    MaxPool,
    Mean,
    Op,
    Relu,
    Reshape,
    Softmax,
    Tensor,
    Window,
    padded_rows,
)
from vox_embed.program.program import Program
from vox_embed.program.vxm import (
    Decision,
    Normaliser,
    labels_section,
    meta_section,
    write_container,
)

RATE = 8000
LABELS = ("yes", "no", "background")
FRAMES, BANDS = 24, 16
FEATURES = LogMel(sample_rate=RATE, window=200, hop=100, fft_size=256, bands=BANDS, fmin=60.0, fmax=3800.0)
DESCRIPTORS = Descriptors(
    LogMel(
        sample_rate=RATE, window=160, hop=80, fft_size=256, bands=26, fmin=20.0, fmax=4000.0, taper="hamming"
    ),
    (
        *("loudness", "energy", "zero_crossings", "centroid", "rolloff_85", "flux", "entropy", "slope_0_500"),
        *("alpha_ratio", "hammarberg", "harmonicity", "mfcc_1", "mfcc_2", "loudness_delta", "mfcc_1_delta"),
        "mfcc_1_delta2",
    ),
)
"""As many values as FEATURES has bands, of most kinds."""
KINDS = ("dense", "conv", "every_op")
"""dense: DENSE and SOFTMAX alone. conv: a small DS-CNN. every_op: each operator at least once.

And, not among them, deep: more work than small boards do in time."""

_FULL = (-128, 127)
_HALF = 2**30  # multiplier of 1/2


@dataclass
class _Net:
    """A network while it grows; the newest tensor is the last."""

    random: np.random.Generator
    tensors: list[Tensor]
    ops: list[Op]

    def _shape(self) -> tuple[int, int, int, int]:
        return self.tensors[-1].shape

    def _add(self, op_type: type[Op], shape: tuple[int, int, int, int], **fields: object) -> None:
        source, place = len(self.tensors) - 1, len(self.tensors)
        self.tensors.append(Tensor(f"t{place}", shape, 0.05, -5))
        self.ops.append(op_type(input=source, output=place, **fields))  # type: ignore[call-arg]

    def _affine(self, rows: int, terms: int, gain: float) -> tuple[NDArray[np.int8], Affine]:
        weights = self.random.integers(-127, 128, (rows, terms)).astype(np.int8)
        affine = Affine.make(
            weights,
            channel_axis=0,
            bias=self.random.integers(-500, 500, rows).astype(np.int64),
            factors=(gain / np.sqrt(terms) / 74 * self.random.uniform(0.7, 1.3, rows)).tolist(),
            input_zero_point=self.tensors[-1].zero_point,
            terms=terms,
            where="tiny",
        )
        return weights, affine

    def conv(self, channels: int, kernel: int, stride: int) -> None:
        _, h, w, c = self._shape()
        weights, affine = self._affine(channels, kernel * kernel * c, 1.0)
        affine = Affine(padded_rows(weights), affine.bias, affine.multiplier, affine.shift)
        pad = (kernel - 1) // 2
        self._add(
            Conv2D,
            (1, -(-h // stride), -(-w // stride), channels),
            affine=affine,
            window=Window((kernel, kernel), (stride, stride), (pad, pad)),
            limits=(-5, 127),
        )

    def depthwise(self) -> None:
        _, h, w, c = self._shape()
        weights, affine = self._affine(c, 9, 1.0)
        laid_out = np.ascontiguousarray(weights.T.reshape(3, 3, c))
        affine = Affine(laid_out, affine.bias, affine.multiplier, affine.shift)
        self._add(
            Depthwise2D, (1, h, w, c), affine=affine, window=Window((3, 3), (1, 1), (1, 1)), limits=(-5, 127)
        )

    def dense(self, outputs: int, gain: float) -> None:
        inputs = self.tensors[-1].elements
        weights, affine = self._affine(outputs, inputs, gain)
        affine = Affine(padded_rows(weights), affine.bias, affine.multiplier, affine.shift)
        self._add(Dense, (1, 1, 1, outputs), affine=affine, inputs_each=inputs, limits=_FULL)

    def pool(self, op_type: type[Op], kernel: tuple[int, int]) -> None:
        _, h, w, c = self._shape()
        window = Window(kernel, kernel)
        self._add(op_type, (1, h // kernel[0], w // kernel[1], c), window=window, limits=_FULL)

    def mean(self) -> None:
        _, h, w, c = self._shape()
        count = h * w
        zero_point = self.tensors[-1].zero_point
        self._add(
            Mean,
            (1, 1, 1, c),
            bias=-zero_point * count,
            multiplier=_HALF // count,
            shift=1,
            limits=_FULL,
        )

    def relu_and_add(self) -> None:
        before = len(self.tensors) - 1
        self._add(Relu, self._shape(), multiplier=_HALF, shift=1, limits=(-5, 100))
        self._add(
            Add,
            self._shape(),
            input_b=before,
            multipliers=(_HALF, _HALF, _HALF),
            shifts=(0, 0, -18),
            limits=_FULL,
        )

    def reshape(self, shape: tuple[int, int, int, int]) -> None:
        self._add(Reshape, shape)

    def softmax(self) -> None:
        logits = self.tensors[-1]
        self.ops.append(
            Softmax(
                input=len(self.tensors) - 1,
                output=len(self.tensors),
                table=tuple(softmax_table(logits.scale, 1.0)),
            )
        )
        self.tensors.append(Tensor("scores", logits.shape, 1 / 256, -128))


def tiny_program(
    kind: str = "conv", labels: int = len(LABELS), seed: int = 1, frames: int = FRAMES, bands: int = BANDS
) -> Program:
    """A network over int8 [1, frames, bands, 1] with softmax scores of `labels`."""
    net = _Net(np.random.default_rng(seed), [Tensor("input", (1, frames, bands, 1), 0.04, 3)], [])
    if kind == "dense":
        net.dense(labels, 1.5)
    elif kind == "conv":
        net.conv(8, 3, 2)
        net.depthwise()
        net.conv(8, 1, 1)
        net.pool(AveragePool, (frames // 2, bands // 2))
        net.dense(labels, 3.0)
    elif kind == "every_op":
        net.conv(6, 3, 2)
        net.relu_and_add()
        net.depthwise()
        net.pool(MaxPool, (2, 1))
        net.pool(AveragePool, (1, 2))
        net.reshape((1, frames // 2 // 2, bands // 2 // 2, 6))
        net.mean()
        net.dense(labels, 3.0)
    elif kind == "deep":
        for _ in range(4):
            net.conv(16, 3, 1)
        net.pool(AveragePool, (frames, bands))
        net.dense(labels, 3.0)
    else:
        raise ValueError(f"kind {kind!r}: choose one of {', '.join(KINDS)}")
    net.softmax()
    return Program(tuple(net.tensors), tuple(net.ops), 0, len(net.tensors) - 1)


def tiny_model(
    kind: str = "conv",
    *,
    labels: Sequence[str] = LABELS,
    features: LogMel | Descriptors | Micro = FEATURES,
    seed: int = 1,
    functionals: Sequence[str] = (),
    running: RunningMean | None = None,
    **decision: object,
) -> bytes:
    """A .vxm that hears, as bytes. functionals: names of statistics that take the frames' place. running: in
    place of the mean over the window. decision: fields of program.vxm.Decision to differ.
    """
    statistics = Functionals.of(features, functionals) if functionals else None
    if statistics is None:
        program = tiny_program(kind, len(labels), seed, bands=features.bands)
        source = program.input_tensor
        normaliser = Normaliser.from_statistics(
            "mean" if running is None else "running",
            np.zeros(features.bands),
            np.full(features.bands, 900.0),
            source.scale,
            source.zero_point,
            running,
        )
    else:
        count = len(statistics.names)
        program = tiny_program("dense", len(labels), seed, frames=1, bands=count)
        random = np.random.default_rng(seed)
        normaliser = Normaliser.scaled(
            random.uniform(0, 9000, count), random.uniform(0.001, 0.1, count), program.input_tensor.zero_point
        )
    settings: dict[str, object] = {
        "window": FRAMES,
        "stride": 5,
        "labels": len(labels),
        "stream": "mean",
        "history": 2,
        "threshold_on": 0.5,
        "threshold_off": 0.45,
        "gate_level": 9000,
        "refractory": 4,
        "background": frozenset({len(labels) - 1}),
    }
    prog, weights = program.sections()
    return write_container(
        {
            "META": meta_section({"name": "tiny", "kind": kind, "seed": seed}),
            "LABL": labels_section(labels),
            "FRNT": features.section(),
            **({} if statistics is None else {"FUNC": statistics.section()}),
            "NORM": normaliser.section(),
            "PROG": prog,
            "DECI": Decision(**(settings | decision)).section(),  # type: ignore[arg-type]
            "WGHT": weights,
        }
    )


def tiny_network(kind: str = "conv", seed: int = 1) -> bytes:
    """A .vxm that is a bare network."""
    prog, weights = tiny_program(kind, seed=seed).sections()
    return write_container({"PROG": prog, "WGHT": weights})


def clip(kind: str, seconds: float = 1.0, rate: int = RATE, seed: int = 0) -> NDArray[np.int16]:
    """A test sound, int16, one of CLIPS. bursts: noise between silences. square: at full scale."""
    n = round(seconds * rate)
    t = np.arange(n) / rate
    random = np.random.default_rng(seed)
    noise = random.standard_normal(n)
    sounds = {
        "tone": 8000 * np.sin(2 * np.pi * (300 + 100 * seed) * t),
        "chirp": 12000 * np.sin(2 * np.pi * (200 * t + 1500 * t**2 / max(seconds, 1e-9))),
        "noise": 3000 * noise,
        "bursts": 6000 * noise * (np.sin(2 * np.pi * 1.7 * t) > 0.3),
        "quiet": 2 * noise,
        "silence": np.zeros(n),
        "square": 32767 * np.sign(np.sin(2 * np.pi * 440 * t) + 1e-9),
    }
    return np.clip(np.round(sounds[kind]), -32768, 32767).astype(np.int16)


CLIPS = ("tone", "chirp", "noise", "bursts", "quiet", "silence", "square")
