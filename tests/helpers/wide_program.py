"""Programs of operators on 16-bit activations of random shape, and what each computes, in Python integers."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from helpers import arrange_program
from vox_embed.program.arrange_ops import Concat, Pad, View
from vox_embed.program.fixed import rescale
from vox_embed.program.ops import Affine, Kind, Limits, Op, Reshape, Tensor, Window, padded_rows
from vox_embed.program.program import Program
from vox_embed.program.tflite.sixteen import logistic_table, softmax_tables
from vox_embed.program.wide_ops import (
    NARROW,
    Affine16,
    Binary16,
    Conv16,
    Curve16,
    Pool16,
    Reduce16,
    Rescale16,
    Softmax16,
    Svdf16,
)
from vox_embed.spec.operators import BinaryKind, Curve16Kind, Pool16Kind, ReduceKind, Round16Kind

Values = NDArray[np.int64]
KINDS = (
    "conv_16",
    "depthwise_16",
    "dense_16",
    "pool_16",
    "reduce_16",
    "binary_16",
    "rescale_16",
    "narrow_16",
    "curve_16",
    "softmax_16",
    "svdf_16",
    "reshape_16",
    "view_16",
    "pad_16",
    "concat_16",
)
_ENDS = ("narrow_16", "svdf_16")
"""Kinds whose output has 8 bits."""


class Maker:
    """Grows a program from its last tensor on."""

    def __init__(self, rng: np.random.Generator, shape: tuple[int, int, int], kind: Kind = Kind.S16) -> None:
        self.rng = rng
        self.tensors: list[Tensor] = []
        self.ops: list[Op] = []
        self.append_tensor(shape, kind)

    def append_tensor(self, shape: tuple[int, int, int], kind: Kind = Kind.S16) -> int:
        zero = int(self.rng.integers(-128, 128)) if kind == Kind.S8 else 0
        self.tensors.append(Tensor(f"t{len(self.tensors)}", (1, *shape), 0.1, zero, kind))
        return len(self.tensors) - 1

    def limits(self) -> Limits:
        low, high = sorted(int(v) for v in self.rng.integers(-32768, 32768, 2))
        return NARROW if self.rng.random() < 0.6 else (low, high)

    def append(self, op: type[Op], shape: tuple[int, int, int], kind: Kind = Kind.S16, **fields: Any) -> None:
        source = len(self.tensors) - 1
        fields = {name: source if value is _ITSELF else value for name, value in fields.items()}
        self.ops.append(op(source, self.append_tensor(shape, kind), **fields))

    def add(self, kind: str) -> None:
        """One more operator, of one of KINDS."""
        _MAKE[kind](self, *self.tensors[-1].shape[1:])

    def program(self) -> Program:
        return Program(tuple(self.tensors), tuple(self.ops), 0, self.ops[-1].output)


_ITSELF = object()


def _window(maker: Maker, h: int, w: int, dilated: bool) -> tuple[Window, tuple[int, int]]:
    rng = maker.rng
    kernel = (int(rng.integers(1, 5)), int(rng.integers(1, 5)))
    stride = (int(rng.integers(1, 4)), int(rng.integers(1, 4)))
    dilation = (int(rng.integers(1, 3)), int(rng.integers(1, 3))) if dilated else (1, 1)
    pad = tuple(int(rng.integers(0, (k - 1) * d + 1)) for k, d in zip(kernel, dilation, strict=True))
    most = [(n + pad[i] - 1) // stride[i] + 1 for i, n in enumerate((h, w))]
    out = (int(rng.integers(1, most[0] + 1)), int(rng.integers(1, most[1] + 1)))
    return Window(kernel, stride, (pad[0], pad[1]), dilation), out


def _affine(maker: Maker, shape: tuple[int, ...], rounding: Round16Kind) -> Affine16:
    rng, channels, terms = maker.rng, shape[0], int(np.prod(shape[1:]))
    weights = rng.integers(-128, 128, shape, dtype=np.int8)
    typical = 1.0 / (np.sqrt(terms) * 74)
    corner = rng.random()
    spread = (0.5, 2.0) if corner < 0.7 else (1.0, 100.0) if corner < 0.85 else (1e-7, 1e-3)
    factors = typical * np.exp(rng.uniform(*np.log(spread), channels))
    most = 10**6 if rounding == Round16Kind.TWICE or rng.random() < 0.6 else 2**45
    bias = rng.integers(-most, most, channels)
    return Affine16.make(weights, bias, [float(f) for f in factors], rounding, "random")


def _conv(maker: Maker, h: int, w: int, c: int) -> None:
    window, out = _window(maker, h, w, True)
    groups = int(maker.rng.choice([g for g in range(1, c + 1) if c % g == 0]))
    channels = groups * int(maker.rng.integers(1, 5))
    rounding = Round16Kind(int(maker.rng.integers(0, 3)))
    affine = _affine(maker, (channels, *window.kernel, c // groups), rounding)
    maker.append(Conv16, (*out, channels), affine=affine, window=window, limits=maker.limits(), groups=groups)


def _depthwise(maker: Maker, h: int, w: int, c: int) -> None:
    window, out = _window(maker, h, w, True)
    channels = c * int(maker.rng.choice([1, 1, 2]))
    affine = _affine(maker, (channels, *window.kernel, 1), Round16Kind.ONCE)
    maker.append(Conv16, (*out, channels), affine=affine, window=window, limits=maker.limits(), groups=c)


def _dense(maker: Maker, h: int, w: int, c: int) -> None:
    channels = int(maker.rng.integers(1, 13))
    affine = _affine(maker, (channels, 1, 1, c), Round16Kind.PRODUCT)
    maker.append(Conv16, (h, w, channels), affine=affine, window=Window((1, 1)), limits=maker.limits())


def _pool(maker: Maker, h: int, w: int, c: int) -> None:
    window, out = _window(maker, h, w, False)
    function = Pool16Kind(int(maker.rng.integers(0, 2)))
    maker.append(Pool16, (*out, c), function=function, window=window, limits=maker.limits())


def _reduce(maker: Maker, h: int, w: int, c: int) -> None:
    rng = maker.rng
    outer, count, inner = [(1, h, w * c), (h, w, c), (h * w, c, 1), (h, w * c, 1)][int(rng.integers(0, 4))]
    function = ReduceKind(int(rng.integers(0, 3)))
    summed = function == ReduceKind.SUM
    multiplier = int(rng.integers(2**28, 2**31)) // count if summed else 0
    shift = int(rng.integers(-4, 3)) if summed else 0
    sizes = {"outer": outer, "count": count, "inner": inner}
    factor = {"multiplier": multiplier, "shift": shift}
    maker.append(Reduce16, (1, outer, inner), function=function, limits=maker.limits(), **sizes, **factor)


def _binary(maker: Maker, h: int, w: int, c: int) -> None:
    rng = maker.rng
    kept = [n if rng.random() < 0.6 else 1 for n in (h, w, c)]
    natural = (kept[1] * kept[2], kept[2], 1)
    strides = tuple(0 if n == 1 else s for n, s in zip(kept, natural, strict=True))
    operand: Any = rng.integers(-32768, 32768, int(np.prod(kept))).astype(np.int16)
    if rng.random() < 0.4:
        operand, strides = _ITSELF, (w * c, c, 1)
    function = BinaryKind(int(rng.integers(0, 6)))
    multipliers, shifts = tuple(int(v) for v in rng.integers(2**30, 2**31, 3)), (0, 0, 0)
    if function == BinaryKind.MULTIPLY:
        multipliers, shifts = (0, 0, multipliers[2]), (0, 0, int(rng.integers(-18, -12)))
    elif function in (BinaryKind.LARGER, BinaryKind.SMALLER):
        multipliers = (0, 0, 0)
    else:
        shifts = (int(rng.integers(-4, 1)), int(rng.integers(-4, 1)), int(rng.integers(-17, -11)))
    maker.append(
        Binary16,
        (h, w, c),
        function=function,
        operand=operand,
        strides=strides,
        multipliers=multipliers,
        shifts=shifts,
        limits=maker.limits(),
    )


def _rescale(maker: Maker, h: int, w: int, c: int) -> None:
    multiplier, other = (int(v) for v in maker.rng.integers(2**30, 2**31, 2))
    shift, below = int(maker.rng.integers(-4, 4)), (other, int(maker.rng.integers(-8, 2)))
    maker.append(Rescale16, (h, w, c), multiplier=multiplier, shift=shift, below=below, limits=maker.limits())


def _narrow(maker: Maker, h: int, w: int, c: int) -> None:
    """To 8 bits, and now and then back: the last has 8."""
    factor = (int(maker.rng.integers(2**30, 2**31)), int(maker.rng.integers(-9, -6)))
    low, high = sorted(int(v) for v in maker.rng.integers(-128, 128, 2))
    fields = {"multiplier": factor[0], "shift": factor[1], "below": factor}
    maker.append(Rescale16, (h, w, c), Kind.S8, limits=(low, high), **fields)
    back = (factor[0], -factor[1])
    fields = {"multiplier": back[0], "shift": back[1], "below": back}
    maker.append(Rescale16, (h, w, c), limits=NARROW, **fields)
    fields = {"multiplier": factor[0], "shift": factor[1], "below": factor}
    maker.append(Rescale16, (h, w, c), Kind.S8, limits=(-128, 127), **fields)


def _curve(maker: Maker, h: int, w: int, c: int) -> None:
    rng = maker.rng
    shift = int(rng.integers(0, 16))
    multiplier = int(rng.integers(0, 65536) if shift == 0 else rng.integers(16384, 32768))
    function = Curve16Kind(int(rng.integers(0, 2)))
    maker.append(
        Curve16, (h, w, c), function=function, table=logistic_table(), multiplier=multiplier, shift=shift
    )


def _softmax(maker: Maker, h: int, w: int, c: int) -> None:
    exponentials, reciprocals = softmax_tables()
    fields = {"multiplier": int(maker.rng.integers(2**30, 2**31)), "shift": int(maker.rng.integers(-6, 6))}
    maker.append(Softmax16, (h, w, c), exponentials=exponentials, reciprocals=reciprocals, **fields)


def _svdf(maker: Maker, h: int, w: int, c: int) -> None:
    """Of 8 bits, which it comes from first where it has not."""
    rng = maker.rng
    if maker.tensors[-1].kind != Kind.S8:
        _narrow(maker, h, w, c)
    inputs, units, rank, runs = h * w * c, *(int(v) for v in rng.integers(1, 6, 3))
    filters = units * rank
    affine = Affine.make(
        padded_rows(rng.integers(-128, 128, (filters, inputs), dtype=np.int8)),
        channel_axis=0,
        bias=np.zeros(filters, np.int64),
        factors=[float(f) for f in rng.uniform(0.2, 2, filters)],
        input_zero_point=maker.tensors[-1].zero_point,
        terms=inputs,
        where="random",
        largest=2**17,
    )
    source = len(maker.tensors) - 1
    maker.tensors.append(Tensor("runs", (1, 1, filters, runs), 0.1, 0, Kind.S16, state=True))
    result = maker.append_tensor((1, 1, units), Kind.S8)
    times = rng.integers(-32768, 32768, (filters, runs)).astype(np.int16)
    bias = rng.integers(-(10**6), 10**6, units).astype(np.int32)
    factor = (int(rng.integers(2**30, 2**31)), int(rng.integers(-24, -18)))
    maker.ops.append(Svdf16(source, result, affine, times, bias, source + 1, rank, *factor, (-128, 127)))


def _reshape(maker: Maker, h: int, w: int, c: int) -> None:
    maker.append(Reshape, (1, h * w, c))


def _moved(kind: str) -> Callable[[Maker, int, int, int], None]:
    def make(maker: Maker, h: int, w: int, c: int) -> None:
        op, shape, fields = arrange_program.MAKE[kind](maker.rng, maker.tensors[-1])
        fields = {name: 0 if name == "value" else value for name, value in fields.items()}
        if "more" in fields:
            fields["more"] = (len(maker.tensors) - 1,) * len(fields["more"])
        maker.append(op, shape, **fields)

    return make


_MAKE: dict[str, Callable[[Maker, int, int, int], None]] = {
    "conv_16": _conv,
    "depthwise_16": _depthwise,
    "dense_16": _dense,
    "pool_16": _pool,
    "reduce_16": _reduce,
    "binary_16": _binary,
    "rescale_16": _rescale,
    "narrow_16": _narrow,
    "curve_16": _curve,
    "softmax_16": _softmax,
    "svdf_16": _svdf,
    "reshape_16": _reshape,
    "view_16": _moved("view"),
    "pad_16": _moved("pad"),
    "concat_16": _moved("concat"),
}


def single(kind: str, seed: int) -> Program:
    """One operator, or the few that its types take. Every third has many channels."""
    rng = np.random.default_rng([seed, KINDS.index(kind), 16])
    shape = tuple(int(v) for v in rng.integers(1, 7, 3))
    if seed % 3 == 2:
        shape = (int(rng.integers(1, 4)), int(rng.integers(1, 4)), int(rng.integers(8, 41)))
    maker = Maker(rng, shape, Kind.S8 if kind == "svdf_16" and seed % 2 else Kind.S16)  # type: ignore[arg-type]
    maker.add(kind)
    return maker.program()


def chain(seed: int, length: int = 7) -> Program:
    """Several operators in a row; the last may end in 8 bits."""
    rng = np.random.default_rng([seed, 1616])
    maker = Maker(rng, (7, 6, 6))
    inner = [kind for kind in KINDS if kind not in _ENDS]
    for _ in range(length - 1):
        maker.add(str(rng.choice(inner)))
    maker.add(str(rng.choice(KINDS)))
    return maker.program()


def inputs_of(program: Program, rows: int, seed: int) -> NDArray[Any]:
    """Random values of the input's type, extremes among them."""
    kind = np.dtype(np.int16 if program.input_tensor.kind == Kind.S16 else np.int8)
    low, high = np.iinfo(kind).min, np.iinfo(kind).max
    rng = np.random.default_rng(seed)
    inputs = rng.integers(low, high + 1, (rows, program.input_tensor.elements), dtype=kind)
    inputs[0] = rng.choice(np.array([low, high], kind), inputs.shape[1])
    return inputs


# ---- what they compute


def _limited(value: int, limits: Limits) -> int:
    return min(max(value, limits[0]), limits[1])


def double_product(total: int, multiplier: int, shift: int) -> int:
    """As Python's floats have it; limited to 32 bits."""
    product = float(total) * float(Fraction(multiplier) * Fraction(2) ** (shift - 53))
    size = int(Fraction(abs(product)) + Fraction(1, 2))
    return min(size, 2**31 - 1) * (1 if product >= 0 else -1)


def _rounded(affine: Affine16, total: int, channel: int) -> int:
    multiplier, shift = int(affine.multiplier[channel]), int(affine.shift[channel])
    if affine.rounding == Round16Kind.PRODUCT:
        return double_product(total, multiplier, shift)
    if affine.rounding == Round16Kind.ONCE:
        return _lower_32((total * multiplier + (1 << (14 - shift))) >> (15 - shift))
    return rescale(_lower_32(total), multiplier, shift)


def _lower_32(value: int) -> int:
    return (value + 2**31) % 2**32 - 2**31


def _windows(window: Window, x: Values, y: int, column: int) -> list[tuple[int, int, Values]]:
    """(row, column of the kernel, channels) of taps inside."""
    found = []
    for i, j in np.ndindex(*window.kernel):
        row = y * window.stride[0] - window.pad[0] + i * window.dilation[0]
        place = column * window.stride[1] - window.pad[1] + j * window.dilation[1]
        if 0 <= row < x.shape[0] and 0 <= place < x.shape[1]:
            found.append((i, j, x[row, place]))
    return found


def _run_conv(op: Conv16, x: Values, out: Values) -> None:
    weights, each = op.affine.weights.astype(np.int64), op.affine.weights.shape[3]
    of_group = out.shape[2] // op.groups
    for y, column in np.ndindex(*out.shape[:2]):
        taps = _windows(op.window, x, y, column)
        for c in range(out.shape[2]):
            first = c // of_group * each
            total = int(op.affine.bias[c])
            total += sum(int(v[first : first + each] @ weights[c, i, j]) for i, j, v in taps)
            out[y, column, c] = _limited(_rounded(op.affine, total, c), op.limits)


def _run_pool(op: Pool16, x: Values, out: Values) -> None:
    for y, column in np.ndindex(*out.shape[:2]):
        values = np.array([v for _, _, v in _windows(op.window, x, y, column)])
        for c in range(out.shape[2]):
            found, count = int(values[:, c].max()), len(values)
            if op.function == Pool16Kind.MEAN:
                total = int(values[:, c].sum())
                size = (abs(total) + count // 2) // count
                found = size if total > 0 else -size
            out[y, column, c] = _limited(found, op.limits)


def _run_reduce(op: Reduce16, x: Values) -> list[int]:
    rows = x.reshape(op.outer, op.count, op.inner)
    if op.function == ReduceKind.SUM:
        found = [rescale(int(s), op.multiplier, op.shift) for s in rows.sum(axis=1).ravel()]
    else:
        found = list((rows.max if op.function == ReduceKind.LARGEST else rows.min)(axis=1).ravel())
    return [_limited(int(v), op.limits) for v in found]


def _two(op: Binary16, a: int, b: int) -> int:
    if op.function == BinaryKind.LARGER:
        return max(a, b)
    if op.function == BinaryKind.SMALLER:
        return min(a, b)
    if op.function == BinaryKind.MULTIPLY:
        return rescale(a * b, op.multipliers[2], op.shifts[2])
    p = rescale(a << 15, op.multipliers[0], op.shifts[0])
    q = rescale(b << 15, op.multipliers[1], op.shifts[1])
    total = {BinaryKind.ADD: p + q, BinaryKind.SUBTRACT: p - q}.get(op.function, q - p)
    return rescale(total, op.multipliers[2], op.shifts[2])


def _run_binary(op: Binary16, values: dict[int, Values], shape: tuple[int, ...]) -> list[int]:
    constant = not isinstance(op.operand, int)
    second = op.operand.astype(np.int64) if constant else values[op.operand].ravel()  # type: ignore[union-attr,index]
    places = np.indices(shape).reshape(3, -1).T @ np.array(op.strides)
    pairs = zip(values[op.input].ravel(), second[places], strict=True)
    return [_limited(_two(op, int(a), int(b)), op.limits) for a, b in pairs]


def _curve_of(op: Curve16, value: int) -> int:
    x = (value * op.multiplier + ((1 << op.shift) >> 1)) >> op.shift
    bits = 8 if op.function == Curve16Kind.TANH else 9
    place, part = abs(x) >> bits, abs(x) & ((1 << bits) - 1)
    most = 65535 << 8 if op.function == Curve16Kind.TANH else 32767 << 10
    y = most
    if place < 255:
        y = (op.table[place] << bits) + part * (op.table[place + 1] - op.table[place])
    if op.function == Curve16Kind.TANH:
        y -= 1 << 23
        return ((y if x >= 0 else -y - 1) + 128) >> 8
    return ((y if x >= 0 else (1 << 25) - y - 1) + 512) >> 10


def _look_up(table: tuple[int, ...], x: int) -> int:
    place, part = divmod(x + 32768, 128)
    return table[place] + (((table[place + 1] - table[place]) * part + 64) >> 7)


def _softmax_of(op: Softmax16, row: list[int]) -> list[int]:
    down = [rescale(v - max(row), op.multiplier, op.shift) for v in row]
    exps = [_look_up(op.exponentials, _limited(d + 32767, NARROW)) for d in down]
    total = sum(exps)
    headroom = 32 - total.bit_length()
    scaled = ((total << (headroom - 1)) + 2**13) >> 14
    scale = _look_up(op.reciprocals, _limited(scaled - 3 * 2**15, NARROW))
    return [_limited((e * scale + (1 << (30 - headroom))) >> (31 - headroom), (0, 32767)) for e in exps]


def _run_svdf(op: Svdf16, values: dict[int, Values], zero: int) -> list[int]:
    x = values[op.input].ravel()
    weights = op.affine.weights[:, : len(x)].astype(np.int64)
    state = values[op.state].reshape(op.times.shape)
    state[:, :-1] = state[:, 1:]
    for f, total in enumerate(weights @ x + op.affine.bias):
        shift = int(op.affine.shift[f])
        shift += 64 if shift < -30 else 0
        state[f, -1] = _limited(rescale(int(total), int(op.affine.multiplier[f]), shift), NARROW)
    sums = (state * op.times).sum(axis=1).reshape(-1, op.rank).sum(axis=1) + op.bias
    found = [rescale(_lower_32(int(s)), op.multiplier, op.shift) + zero for s in sums]
    return [_limited(value, op.limits) for value in found]


def _run(op: Op, values: dict[int, Values], tensors: tuple[Tensor, ...]) -> Values:
    x, source, result = values[op.input], tensors[op.input], tensors[op.output]
    shape = result.shape[1:]
    out = np.zeros(shape, np.int64)
    found: list[int] = []
    if isinstance(op, Conv16):
        _run_conv(op, x, out)
    elif isinstance(op, Pool16):
        _run_pool(op, x, out)
    elif isinstance(op, Reduce16):
        found = _run_reduce(op, x)
    elif isinstance(op, Binary16):
        found = _run_binary(op, values, shape)
    elif isinstance(op, Rescale16):
        for value in x.ravel():
            v = int(value) - source.zero_point
            factor = op.below if v < 0 else (op.multiplier, op.shift)
            found.append(_limited(rescale(v, *factor) + result.zero_point, op.limits))
    elif isinstance(op, Curve16):
        found = [_curve_of(op, int(v)) for v in x.ravel()]
    elif isinstance(op, Softmax16):
        for row in x.reshape(-1, x.shape[2]):
            found += _softmax_of(op, [int(v) for v in row])
    elif isinstance(op, Svdf16):
        found = _run_svdf(op, values, result.zero_point)
    elif isinstance(op, Reshape):
        out = x.reshape(shape)
    else:
        assert isinstance(op, View | Pad | Concat)
        out = arrange_program.run(op, values, tensors)
    return np.array(found, np.int64).reshape(shape) if found else out


def run_slowly(program: Program, inputs: NDArray[Any]) -> Values:
    """[n, inputs] -> [n, outputs], one run after the other from a reset on."""
    rows = []
    state = {i: np.zeros(t.shape[1:], np.int64) for i, t in enumerate(program.tensors) if t.state}
    for row in inputs:
        values = state | {program.input: row.astype(np.int64).reshape(program.input_tensor.shape[1:])}
        for op in program.ops:
            values[op.output] = _run(op, values, program.tensors)
        rows.append(values[program.output].ravel())
    return np.array(rows)
