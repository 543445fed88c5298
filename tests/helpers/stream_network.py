"""Random networks over a window of frames whose layers look back only."""

from __future__ import annotations

from typing import Any

import numpy as np

from helpers.random_program import Maker
from vox_embed.program.arrange_ops import Binary, Concat, L2Norm, Pad, Reduce, Table, View
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
    Relu,
    Reshape,
    Softmax,
    Tensor,
    Window,
    padded_rows,
)
from vox_embed.program.program import Program
from vox_embed.spec.operators import BinaryKind, ReduceKind

LAYERS = (
    "conv",
    "depthwise",
    "max",
    "average",
    "relu",
    "table",
    "softmax",
    "l2_norm",
    "dense",
    "reshape",
    "lying_conv",
    "add",
    "binary",
    "constants",
    "concat",
    "slice",
    "pad",
    "reduce",
)
HEADS = ("mean", "average", "by_column", "sum", "sum_by_column", "largest", "max", "conv", "dense", "rows")
_LEAST_ROWS = 3


class Grower(Maker):
    """Appends layers whose every row depends on rows of the window alone."""

    def __init__(self, rng: np.random.Generator, shape: tuple[int, int, int]) -> None:
        super().__init__(rng, shape)
        self.stride = 1
        """Frames from one row to the next."""

    def _tensor(self, shape: tuple[int, int, int]) -> int:
        self.tensors.append(
            Tensor(f"t{len(self.tensors)}", (1, *shape), 0.1, int(self.rng.integers(-25, 26)))
        )
        return len(self.tensors) - 1

    def _affine(self, weights: np.ndarray, channel_axis: int, terms: int, once: bool = False) -> Affine:
        """Outputs fill the range: what saturates would hide differences."""
        channels = weights.shape[channel_axis]
        return Affine.make(
            weights.astype(np.int8),
            channel_axis=channel_axis,
            bias=self.rng.integers(-3000, 3000, channels),
            factors=[float(f) for f in self.rng.uniform(0.8, 1.6, channels) / (np.sqrt(terms) * 74)],
            input_zero_point=self.tensors[-1].zero_point,
            terms=terms,
            where="random",
            once=once,
        )

    @property
    def shape(self) -> tuple[int, int, int]:
        """Rows, columns and channels of the last tensor."""
        return self.tensors[-1].shape[1:]

    def layer(self, kind: str) -> None:
        """One of LAYERS."""
        h, w, c = self.shape
        if kind in ("conv", "depthwise", "max", "average", "lying_conv"):
            self._sliding(kind)
        elif kind in ("relu", "table", "softmax", "l2_norm"):
            self._single(kind)
        elif kind == "dense":
            inputs = w * c if self.rng.random() < 0.6 else c
            self._rows_dense(h * w * c // inputs, inputs)
        elif kind == "reshape":
            self._append(Reshape, (h, 1, w * c))
        elif kind in ("add", "binary", "constants"):
            self._two(kind)
        else:
            self._moved(kind)

    def _sliding(self, kind: str) -> None:
        rng = self.rng
        if kind == "lying_conv":  # of one dimension, as converters write it: [1, 1, rows, channels]
            h, w, c = self.shape
            self._append(Reshape, (1, h, w * c))
        h, w, c = self.shape
        lying = kind == "lying_conv"
        rows = w if lying else h
        dilation = int(rng.integers(1, 3)) if kind in ("conv", "depthwise", "lying_conv") else 1
        most = max(1, min(5, (rows - _LEAST_ROWS) // dilation + 1))
        size = int(rng.integers(1, most + 1))
        stride = int(rng.choice([1, 1, 2, 3])) if rows > 3 * size * dilation + 6 else 1
        self.stride *= stride
        out = (rows - (size - 1) * dilation - 1) // stride + 1
        if lying:
            window, places = Window((1, size), (1, stride), dilation=(1, dilation)), (1, out)
        else:
            across = int(rng.integers(1, min(4, w) + 1))
            left = int(rng.integers(0, across))
            window = Window((size, across), (stride, 1), (0, left), (dilation, 1))
            places = (out, w)
        self.slide(kind, window, places)
        if lying:
            self._append(Reshape, (out, 1, self.shape[2]))

    def slide(self, kind: str, window: Window, places: tuple[int, int]) -> None:
        """A layer of this window: `places` rows and columns come out."""
        rng, c = self.rng, self.shape[2]
        taps = window.kernel[0] * window.kernel[1]
        if kind in ("max", "average"):
            op = MaxPool if kind == "max" else AveragePool
            self._append(op, (*places, c), window=window, limits=(-128, 127))
        elif kind == "depthwise":
            affine = self._affine(rng.integers(-128, 128, (*window.kernel, c)), 2, taps)
            self._append(Depthwise2D, (*places, c), affine=affine, window=window, limits=(-128, 127))
        else:
            channels = int(rng.integers(1, 7))
            weights = padded_rows(rng.integers(-128, 128, (channels, taps * c)))
            affine = self._affine(weights, 0, taps * c)
            self._append(Conv2D, (*places, channels), affine=affine, window=window, limits=(-128, 127))

    def _rows_dense(self, rows: int, inputs: int) -> None:
        units = int(self.rng.integers(1, 8))
        affine = self._affine(
            padded_rows(self.rng.integers(-128, 128, (units, inputs))), 0, inputs, once=True
        )
        shape = (self.shape[0], rows // self.shape[0], units) if rows > 1 else (1, 1, units)
        self._append(Dense, shape, affine=affine, inputs_each=inputs, limits=(-128, 127))

    def _single(self, kind: str) -> None:
        rng = self.rng
        if kind == "relu":
            self._append(Relu, self.shape, multiplier=2**30 + 7, shift=1, limits=(-120, 121))
        elif kind == "table":
            results = tuple(int(v) for v in rng.permutation(256) - 128)
            self._append(Table, self.shape, results=results)
        elif kind == "softmax":
            self._append(Softmax, self.shape, table=tuple(softmax_table(0.02, 1.0)))
        else:
            self._append(L2Norm, self.shape)

    def _alike(self) -> int:
        """A tensor of the same shape, perhaps the last itself."""
        return next(i for i, tensor in enumerate(self.tensors) if tensor.shape[1:] == self.shape)

    def _two(self, kind: str) -> None:
        h, w, c = self.shape
        factors = {"multipliers": (2**30, 2**30 + 9, 2**30 + 5), "limits": (-128, 127)}
        if kind == "add":
            self._append(Add, self.shape, input_b=self._alike(), shifts=(0, -1, -18), **factors)
            return
        other: Any = self._alike()
        strides, zero = (w * c, c, 1), self.tensors[other].zero_point
        if kind == "constants":
            other, strides = self.rng.integers(-128, 128, w * c, dtype=np.int8), (0, c, 1)
        fields = {"operand": other, "zero_point": zero, "strides": strides, "shifts": (0, -1, -18)}
        self._append(Binary, (h, w, c), function=BinaryKind.SUBTRACT, **fields, **factors)

    def _moved(self, kind: str) -> None:
        rng = self.rng
        h, w, c = self.shape
        if kind == "concat":
            wide = rng.random() < 0.5
            shape = (h, 2 * w, c) if wide else (h, w, 2 * c)
            self._append(Concat, shape, more=(self._alike(),), outer=h if wide else h * w)
        elif kind == "slice" and h > _LEAST_ROWS + 2:
            first, stride = int(rng.integers(0, 3)), 1 if h < 12 else int(rng.choice([1, 2]))
            last = h - int(rng.integers(0, 2))
            rows = len(range(first, last, stride))
            self.stride *= stride
            loops = ((rows, stride * w * c), (w * c, 1)) if stride > 1 else ((rows * w * c, 1),)
            self._append(View, (rows, w, c), offset=first * w * c, loops=loops)
        elif kind == "pad":
            self._append(Pad, (h, w + 2, c), before=(0, 1, 0), value=int(rng.integers(-128, 128)))
        elif kind == "reduce":
            fields = {"bias": 0, "multiplier": 0, "shift": 0, "limits": (-128, 127)}
            self._append(Reduce, (h, 1, c), function=ReduceKind.LARGEST, outer=h, count=w, inner=c, **fields)

    def head(self, kind: str) -> None:
        """One of HEADS: the window's rows become one, or stay."""
        h, w, c = self.shape
        pools = {
            "average": (AveragePool, (h, w)),
            "by_column": (AveragePool, (h, 1)),
            "max": (MaxPool, (h, w)),
        }
        if kind in pools:
            op, kernel = pools[kind]
            out = (1, w if kernel[1] == 1 else 1, c)
            self._append(op, out, window=Window(kernel, kernel), limits=(-120, 121))
        elif kind == "dense":
            self._rows_dense(1, h * w * c)
        elif kind == "conv":
            self.slide("conv", Window((h, w)), (1, 1))
        elif kind != "rows":
            self._summed(kind)

    def _summed(self, kind: str) -> None:
        h, w, c = self.shape
        columns = 1 if kind == "sum_by_column" else w
        zero = self.tensors[-1].zero_point
        scale = {"bias": -zero * h * columns, "multiplier": 2**30 // (h * columns) * 2, "shift": 0}
        if kind == "mean":
            self._append(Mean, (1, 1, c), **scale, limits=(-120, 121))
            return
        if kind == "largest":
            scale = dict.fromkeys(scale, 0)
        function = ReduceKind.LARGEST if kind == "largest" else ReduceKind.SUM
        shape = (1, w // columns, c)
        sizes = {"outer": 1, "count": h * columns, "inner": w // columns * c}
        self._append(Reduce, shape, function=function, **sizes, **scale, limits=(-128, 127))


def network(seed: int, layers: int = 5, last: str | None = None) -> tuple[Program, int]:
    """A network, and the frames from one row of its last layer to the next."""
    rng = np.random.default_rng([seed, 4711])
    grower = Grower(rng, (int(rng.integers(24, 61)), int(rng.integers(1, 6)), int(rng.integers(1, 3))))
    grower.layer("conv")
    for _ in range(layers):
        grower.layer(str(rng.choice(LAYERS)))
    grower.head(last or HEADS[seed % len(HEADS)])
    return grower.program(), grower.stride
