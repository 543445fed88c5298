"""One network twice: over whole windows, and with the stream, its state moved by CONCAT and VIEW."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from helpers.tiny_model import BANDS, LABELS
from vox_embed.program.arrange_ops import Concat, View
from vox_embed.program.fixed import quantise_multiplier, softmax_table
from vox_embed.program.ops import Affine, Conv2D, Dense, Mean, Op, Softmax, Tensor, Window, padded_rows
from vox_embed.program.program import Program

KERNEL, CHANNELS = 5, 6
FULL = (-128, 127)


@dataclass
class _Net:
    rng: np.random.Generator
    frames: int
    tensors: list[Tensor] = field(default_factory=list)
    ops: list[Op] = field(default_factory=list)

    def tensor(self, shape: tuple[int, int, int], state: bool = False) -> int:
        zero = -7
        initial = zero if state else 0
        name = f"t{len(self.tensors)}"
        self.tensors.append(Tensor(name, (1, *shape), 0.05, zero, state=state, initial=initial))
        return len(self.tensors) - 1

    def affine(self, channels: int, terms: int, factor: float, once: bool = False) -> Affine:
        return Affine.make(
            padded_rows(self.rng.integers(-127, 128, (channels, terms)).astype(np.int8)),
            channel_axis=0,
            bias=self.rng.integers(-2000, 2000, channels),
            factors=[factor] * channels,
            input_zero_point=-7,
            terms=terms,
            where="test",
            once=once,
        )

    def kept(self, new: int, rows: int) -> int:
        """State: the newest rows of what comes in."""
        _, fresh, width, depth = self.tensors[new].shape
        state = self.tensor((rows, width, depth), state=True)
        both = self.tensor((rows + fresh, width, depth))
        self.ops.append(Concat(state, both, (new,), 1))
        self.ops.append(View(both, state, fresh * width * depth, ((rows * width * depth, 1),)))
        return state

    def grow(self, source: int, step: int, rows: int, stream: bool) -> None:
        """Convolution with a stride of `step` in time, mean over rows, dense, softmax."""
        place = self.kept(source, KERNEL) if stream else source
        made = self.tensor((1 if stream else rows, 1, CHANNELS))
        window = Window((KERNEL, BANDS), (step, 1))
        self.ops.append(Conv2D(place, made, self.affine(CHANNELS, KERNEL * BANDS, 0.0008), window, FULL))
        place = self.kept(made, rows) if stream else made
        mean = self.tensor((1, 1, CHANNELS))
        self.ops.append(Mean(place, mean, 7 * rows, *quantise_multiplier(2.0 / rows), FULL))
        scores = self.tensor((1, 1, len(LABELS)))
        affine = self.affine(len(LABELS), CHANNELS, 0.004, once=True)
        self.ops.append(Dense(mean, scores, affine, CHANNELS, FULL))
        last = self.tensor((1, 1, len(LABELS)))
        self.ops.append(Softmax(scores, last, tuple(softmax_table(0.05, 1.0))))
        self.tensors[last] = replace(self.tensors[last], scale=1 / 256, zero_point=-128)


def network(seed: int, window: int, step: int, stream: bool) -> Program:
    """Over windows of so many frames; with the stream: in runs of `step`."""
    rows, rest = divmod(window - KERNEL, step)
    assert rest == 0
    net = _Net(np.random.default_rng(seed), window)
    source = net.tensor((step if stream else window, BANDS, 1))
    net.grow(source, step, rows + 1, stream)
    return Program(tuple(net.tensors), tuple(net.ops), source, len(net.tensors) - 1)
