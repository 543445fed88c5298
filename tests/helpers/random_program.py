"""Programs of random shape, one operator or a chain of them, that reach into the corners of the format."""

from __future__ import annotations

import numpy as np

from helpers import arrange_program, stream_program
from vox_embed.program.fixed import softmax_table
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
    padded_rows,
)
from vox_embed.program.program import Program

KINDS = (
    "conv",
    "pointwise",
    "depthwise",
    "dense",
    "max",
    "average",
    "mean",
    "softmax",
    "reshape",
    "add",
    "relu",
    "plane",
    "plane_over",
    "plane_in_time",
    "pointwise_over",
    *arrange_program.MAKE,
    *stream_program.MAKE,
)


class Maker:
    """Grows a program from its last tensor on."""

    def __init__(self, rng: np.random.Generator, shape: tuple[int, int, int] | None = None) -> None:
        self.rng = rng
        self.tensors: list[Tensor] = []
        self.ops: list[Op] = []
        self._tensor(shape or tuple(int(v) for v in rng.integers(1, 9, 3)))  # type: ignore[arg-type]

    def _tensor(self, shape: tuple[int, int, int]) -> int:
        zero = int(self.rng.choice([-128, 127, self.rng.integers(-128, 128)]))
        self.tensors.append(Tensor(f"t{len(self.tensors)}", (1, *shape), 0.1, zero))
        return len(self.tensors) - 1

    def _limits(self) -> Limits:
        low, high = sorted(int(v) for v in self.rng.integers(-128, 128, 2))
        return (-128, 127) if self.rng.random() < 0.6 else (low, high)

    def _affine(self, weights: np.ndarray, channel_axis: int, terms: int, once: bool = False) -> Affine:
        channels = weights.shape[channel_axis]
        typical = 1.0 / (np.sqrt(terms) * 74)
        weights = weights * (self.rng.random(channels) > self.rng.choice([0.0, 0.1])).astype(
            np.int64
        ).reshape([-1 if axis == channel_axis else 1 for axis in range(weights.ndim)])  # some are dead
        corner = self.rng.random()
        if corner < 0.6:
            factors = typical * self.rng.uniform(0.5, 2.0, channels)
        elif corner < 0.8:  # shifts of -1, 0 and above
            factors = self.rng.uniform(0.2, 9.0, channels)
        else:  # so small that only the bias is seen, and accumulators need all 32 bits
            factors = np.exp(self.rng.uniform(np.log(2.0**-29), np.log(2.0**-6), channels))
        if corner < 0.4:  # one of another kind among them
            factors[self.rng.integers(channels)] = self.rng.choice([0.3, 0.9, 3.0, 2.0**-29, 2.0**-20])
        small = self.rng.integers(-9000, 9000, channels)
        large = self.rng.integers(-(2**31) + 2**25, 2**31 - 2**25, channels)
        bias = np.where((corner > 0.8) & (self.rng.random(channels) < 0.5), large, small).astype(np.int64)
        return Affine.make(
            weights.astype(np.int8),
            channel_axis=channel_axis,
            bias=bias,
            factors=[float(f) for f in factors],
            input_zero_point=self.tensors[-1].zero_point,
            terms=terms,
            where="random",
            once=once,
        )

    def _window(self, kernel: tuple[int, int], dilated: bool) -> tuple[Window, tuple[int, int]]:
        """A window that touches the input everywhere, and the output's height and width."""
        _, height, width, _ = self.tensors[-1].shape
        stride = tuple(int(v) for v in self.rng.integers(1, 4, 2))
        dilation = tuple(int(v) for v in self.rng.integers(1, 3, 2)) if dilated else (1, 1)
        pad = tuple(int(self.rng.integers(0, (kernel[i] - 1) * dilation[i] + 1)) for i in (0, 1))
        most = [(n + pad[i] - 1) // stride[i] + 1 for i, n in enumerate((height, width))]
        out = tuple(int(self.rng.integers(1, n + 1)) for n in most)
        return Window(kernel, stride, pad, dilation), out  # type: ignore[arg-type,return-value]

    def _append(self, kind: type[Op], shape: tuple[int, int, int], **fields: object) -> None:
        source = len(self.tensors) - 1
        self.ops.append(kind(input=source, output=self._tensor(shape), **fields))  # type: ignore[call-arg]

    def add(self, kind: str) -> None:
        """One more operator, of one of KINDS."""
        rng = self.rng
        h, w, c = self.tensors[-1].shape[1:]
        if kind.startswith(("conv", "pointwise", "depthwise", "plane")):
            self._convolution(kind)
        elif kind == "dense":
            self._dense()
        elif kind in ("max", "average"):
            kernel = (int(rng.integers(1, 5)), int(rng.integers(1, 5)))
            window, out = self._window(kernel, False)
            op_type = MaxPool if kind == "max" else AveragePool
            self._append(op_type, (*out, c), window=window, limits=self._limits())
        elif kind == "mean":
            bias = -self.tensors[-1].zero_point * h * w
            multiplier = int(rng.integers(2**28, 2**31)) // (h * w)
            self._append(
                Mean,
                (1, 1, c),
                bias=bias,
                multiplier=multiplier,
                shift=int(rng.integers(-2, 3)),
                limits=self._limits(),
            )
        elif kind == "softmax":
            self._append(Softmax, (h, w, c), table=tuple(softmax_table(float(rng.uniform(0.001, 1.0)), 1.0)))
        elif kind == "reshape":
            self._append(Reshape, (1, h * w, c))
        elif kind == "add":
            other = next(
                i
                for i, t in enumerate(self.tensors)
                if t.elements == self.tensors[-1].elements and t.name not in ("ring", "sums", "h", "cell")
            )  # perhaps itself
            multipliers = tuple(int(v) for v in rng.integers(2**30, 2**31, 3))
            shifts = (int(rng.integers(-4, 1)), int(rng.integers(-4, 1)), int(rng.integers(-22, -17)))
            self._append(
                Add, (h, w, c), input_b=other, multipliers=multipliers, shifts=shifts, limits=self._limits()
            )
        elif kind == "relu":
            multiplier, shift = int(rng.integers(2**30, 2**31)), int(rng.integers(-4, 4))
            self._append(Relu, (h, w, c), multiplier=multiplier, shift=shift, limits=self._limits())
        elif kind in stream_program.MAKE:
            source = len(self.tensors) - 1
            states, make = stream_program.MAKE[kind](rng, self.tensors[-1], source)
            self.tensors += states
            self.ops.append(make(len(self.tensors) - 1))
        else:
            made, shape, fields = arrange_program.MAKE[kind](rng, self.tensors[-1])
            here = len(self.tensors) - 1
            if "more" in fields:
                fields["more"] = (here,) * len(fields["more"])
            if isinstance(fields.get("operand"), int):
                fields["operand"] = here
            self._append(made, shape, **fields)

    def _convolution(self, kind: str) -> None:
        rng = self.rng
        h, w, c = self.tensors[-1].shape[1:]
        kernel = (1, 1) if kind == "pointwise" else (int(rng.integers(1, 5)), int(rng.integers(1, 5)))
        terms = kernel[0] * kernel[1] * c
        if kind.startswith("plane"):
            self._plane(kind)
        elif kind == "pointwise_over":
            affine = self._affine(padded_rows(rng.integers(-128, 128, (c, c))), 0, c)
            self._append(Conv2D, (h, w, c), affine=affine, window=Window((1, 1)), limits=self._limits())
        elif kind == "depthwise":
            window, out = self._window(kernel, True)
            channels = c * int(rng.choice([1, 1, 2, 3]))
            affine = self._affine(rng.integers(-128, 128, (*kernel, channels)), 2, kernel[0] * kernel[1])
            self._append(Depthwise2D, (*out, channels), affine=affine, window=window, limits=self._limits())
        else:
            window, out = self._window(kernel, True)
            channels = int(rng.integers(1, 10))
            affine = self._affine(padded_rows(rng.integers(-128, 128, (channels, terms))), 0, terms)
            self._append(Conv2D, (*out, channels), affine=affine, window=window, limits=self._limits())

    def _dense(self) -> None:
        rng = self.rng
        h, w, c = self.tensors[-1].shape[1:]
        rows, inputs = (h * w, c) if rng.random() < 0.3 else (1, h * w * c)
        weights = rng.integers(-128, 128, (int(rng.integers(1, 13)), inputs))
        affine = self._affine(padded_rows(weights), 0, inputs, once=True)
        self._append(Dense, (1, rows, len(weights)), affine=affine, inputs_each=inputs, limits=self._limits())

    def _plane(self, kind: str) -> None:
        """A depthwise convolution of one output channel each, not dilated; over its input, or one wide."""
        rng = self.rng
        h, w, c = self.tensors[-1].shape[1:]
        kernel = (int(rng.integers(1, 7)), 1 if kind == "plane_in_time" else int(rng.integers(1, 7)))
        kernel = (3, 3) if rng.random() < 0.4 and kind != "plane_in_time" else kernel  # type: ignore[assignment]
        if kind == "plane_over":
            window, out = Window(kernel, pad=tuple(int(rng.integers(0, k)) for k in kernel)), (h, w)  # type: ignore[arg-type]
        else:
            stride = (int(rng.integers(1, 3)), int(rng.integers(1, 3)))
            pad = (int(rng.integers(0, kernel[0])), int(rng.integers(0, kernel[1])))
            window = Window(kernel, stride, pad)
            out = ((h + pad[0] - 1) // stride[0] + 1, (w + pad[1] - 1) // stride[1] + 1)
        affine = self._affine(rng.integers(-128, 128, (*kernel, c)), 2, kernel[0] * kernel[1])
        self._append(Depthwise2D, (*out, c), affine=affine, window=window, limits=self._limits())

    def program(self) -> Program:
        """What has grown so far: from the first tensor to the last."""
        return Program(tuple(self.tensors), tuple(self.ops), 0, len(self.tensors) - 1)


def single(kind: str, seed: int) -> Program:
    """One operator. Every third has many channels: what vectors take at once, and what they leave."""
    rng = np.random.default_rng([seed, KINDS.index(kind)])
    deep = (int(rng.integers(1, 5)), int(rng.integers(1, 5)), int(rng.integers(8, 41)))
    wide = (int(rng.integers(5, 18)), int(rng.integers(5, 18)), int(rng.integers(1, 5)))
    column = (int(rng.integers(1, 40)), 1, int(rng.integers(1, 20)))
    shapes = {1: wide, 2: deep} if kind.startswith("plane") else {2: deep}
    maker = Maker(rng, column if kind == "plane_in_time" else shapes.get(seed % 3))
    maker.add(kind)
    return maker.program()


def chain(seed: int, length: int = 8) -> Program:
    """Several operators in a row, each at most a few times."""
    rng = np.random.default_rng([seed, 77])
    maker = Maker(rng, (9, 8, 8))
    for _ in range(length):
        maker.add(str(rng.choice(KINDS)))
    return maker.program()


class _Tall(Maker):
    """Convolutions over many rows, the first one's output the largest tensor."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng([seed, 5])
        super().__init__(rng, (int(rng.integers(20, 60)), int(rng.integers(1, 5)), 8))
        for _ in range(int(rng.integers(2, 4))):
            self.convolve(bool(rng.random() < 0.5))

    def convolve(self, depthwise: bool) -> None:
        rng = self.rng
        h, w, c = self.tensors[-1].shape[1:]
        kernel = (int(rng.integers(1, 6)), int(rng.integers(1, 4)))
        stride = (int(rng.integers(1, 3)), 1)
        dilation = (int(rng.choice([1, 1, 2])), 1)
        reach = (kernel[0] - 1) * dilation[0] + 1
        pad = (int(rng.integers(0, min(reach, h))), int(rng.integers(0, kernel[1])))
        window = Window(kernel, stride, pad, dilation)
        rows = (h + pad[0] - 1) // stride[0] + 1  # the last windows hang over the lower edge
        out = (int(rng.integers(max(rows - 3, 1), rows + 1)), w)
        terms = kernel[0] * kernel[1]
        if depthwise:
            affine = self._affine(rng.integers(-128, 128, (*kernel, c)), 2, terms)
            self._append(Depthwise2D, (*out, c), affine=affine, window=window, limits=self._limits())
        else:
            channels = int(rng.choice([8, 16, 24]))
            affine = self._affine(padded_rows(rng.integers(-128, 128, (channels, terms * c))), 0, terms * c)
            self._append(Conv2D, (*out, channels), affine=affine, window=window, limits=self._limits())


def tall(seed: int) -> Program:
    """Two or three convolutions over many rows, the first one's output often the largest tensor."""
    return _Tall(seed).program()
