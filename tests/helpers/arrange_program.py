"""Random operators that move values, and operators on single values; and what they compute, in Python."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.program.arrange_ops import (
    Binary,
    Concat,
    L2Norm,
    LogSoftmax,
    MatMul,
    Pad,
    Reduce,
    Resize,
    Table,
    View,
)
from vox_embed.program.fixed import (
    INT32_MAX,
    log_softmax_tables,
    multiply_q31,
    reciprocal,
    rescale,
    round_shift,
)
from vox_embed.program.ops import Op, Tensor
from vox_embed.program.tflite.tables import inverse_root
from vox_embed.spec.operators import MIN_LOG_STEP, BinaryKind, ReduceKind

Shape = tuple[int, int, int]
Values = NDArray[np.int64]
Made = tuple[type[Op], Shape, dict[str, Any]]
HEADROOM = 20
SQUARES_HEADROOM = 7


def _limits(rng: np.random.Generator) -> tuple[int, int]:
    low, high = sorted(int(v) for v in rng.integers(-128, 128, 2))
    return (-128, 127) if rng.random() < 0.6 else (low, high)


def _factor(rng: np.random.Generator, lowest: int, highest: int) -> tuple[int, int]:
    return int(rng.integers(2**30, 2**31)), int(rng.integers(lowest, highest))


def _table(rng: np.random.Generator, x: Tensor) -> Made:
    return Table, x.shape[1:], {"results": tuple(int(v) for v in rng.integers(-128, 128, 256))}


def _concat(rng: np.random.Generator, x: Tensor) -> Made:
    """The same tensor some times."""
    h, w, c = x.shape[1:]
    times, axis = int(rng.integers(1, 9)), int(rng.integers(0, 3))
    shape = [h, w, c]
    shape[axis] *= times
    return Concat, tuple(shape), {"more": (-1,) * (times - 1), "outer": (1, h, h * w)[axis]}  # type: ignore[return-value]


def _view(rng: np.random.Generator, x: Tensor) -> Made:
    """Axes in any order, forwards or backwards, some places of each; now and then every element twice."""
    sizes, strides = x.shape[1:], (x.shape[2] * x.shape[3], x.shape[3], 1)
    offset, loops = 0, []
    for axis in rng.permutation(3):
        first, step = int(rng.integers(0, sizes[axis])), int(rng.choice([1, 1, -1, 2]))
        taken = range(first, sizes[axis] if step > 0 else -1, step)
        offset += taken[0] * strides[axis]
        loops.append((len(taken), step * strides[axis]))
    shape = tuple(turns for turns, _ in loops)
    if rng.random() < 0.3:
        loops.insert(int(rng.integers(0, 4)), (2, 0))
        shape = (1, 1, 2 * int(np.prod(shape)))
    return View, shape, {"offset": offset, "loops": tuple(loops)}  # type: ignore[return-value]


def _pad(rng: np.random.Generator, x: Tensor) -> Made:
    before, behind = rng.integers(0, 3, 3), rng.integers(0, 3, 3)
    shape = tuple(int(n + a + b) for n, a, b in zip(x.shape[1:], before, behind, strict=True))
    return Pad, shape, {"before": tuple(int(b) for b in before), "value": int(rng.integers(-128, 128))}  # type: ignore[return-value]


def _binary(rng: np.random.Generator, x: Tensor) -> Made:
    """With itself, or with constants that are repeated along some axes."""
    sizes = x.shape[1:]
    kept = [n if rng.random() < 0.6 else 1 for n in sizes]
    natural = (kept[1] * kept[2], kept[2], 1)
    strides = tuple(0 if n == 1 else s for n, s in zip(kept, natural, strict=True))
    operand: Any = rng.integers(-128, 128, int(np.prod(kept)), dtype=np.int8)
    zero = int(rng.integers(-128, 128))
    if rng.random() < 0.3:
        operand, zero, strides = -1, x.zero_point, (sizes[1] * sizes[2], sizes[2], 1)
    function = BinaryKind(int(rng.integers(0, len(BinaryKind))))
    table = None
    if function == BinaryKind.TABLE:
        operand, zero, strides = -1, x.zero_point, (sizes[1] * sizes[2], sizes[2], 1)
        table = rng.integers(-128, 128, 65536, dtype=np.int8)
    a, b = _factor(rng, -4, 1), _factor(rng, -4, 1)
    y = _factor(rng, -14, -6) if function == BinaryKind.MULTIPLY else _factor(rng, -22, -17)
    if function == BinaryKind.SQUARED_DIFFERENCE:
        a, b = _factor(rng, -4, 0), (2**30, 0)
    return (
        Binary,
        sizes,
        {
            "function": function,
            "operand": operand,
            "zero_point": zero,
            "strides": strides,
            "multipliers": (a[0], b[0], y[0]),
            "shifts": (a[1], b[1], y[1]),
            "limits": _limits(rng),
            "table": table,
        },
    )


def _resize(rng: np.random.Generator, x: Tensor) -> Made:
    axes = []
    for size in x.shape[1:3]:
        axis = []
        for _ in range(int(rng.integers(1, 2 * size + 2))):
            first, second = (int(v) for v in rng.integers(0, size, 2))
            axis.append((first, second, int(rng.integers(-512 if first == second else 0, 1025))))
        axes.append(tuple(axis))
    shape = (len(axes[0]), len(axes[1]), x.shape[3])
    return Resize, shape, {"rows": axes[0], "columns": axes[1]}


def _log_softmax(rng: np.random.Generator, x: Tensor) -> Made:
    exponentials, steps = log_softmax_tables(float(rng.uniform(0.001, 0.5)), MIN_LOG_STEP)
    return LogSoftmax, x.shape[1:], {"exponentials": tuple(exponentials), "steps": tuple(steps)}


def _reduce(rng: np.random.Generator, x: Tensor) -> Made:
    h, w, c = x.shape[1:]
    outer, count, inner = [(1, h, w * c), (h, w, c), (h * w, c, 1), (h, w * c, 1)][int(rng.integers(0, 4))]
    function = ReduceKind(int(rng.integers(0, len(ReduceKind))))
    summed = function == ReduceKind.SUM
    return (
        Reduce,
        (1, outer, inner),
        {
            "function": function,
            "outer": outer,
            "count": count,
            "inner": inner,
            "bias": -x.zero_point * count if summed else 0,
            "multiplier": int(rng.integers(2**28, 2**31)) // count if summed else 0,
            "shift": int(rng.integers(-2, 3)) if summed else 0,
            "limits": _limits(rng),
        },
    )


def _matmul(rng: np.random.Generator, x: Tensor) -> Made:
    """With itself, turned."""
    h, w, c = x.shape[1:]
    batches, rows, terms = [(1, h * w, c), (h, w, c), (h, 1, w * c), (1, 1, h * w * c)][
        int(rng.integers(0, 4))
    ]
    multiplier, shift = _factor(rng, -14, -5)
    fields = {"batches": batches, "terms": terms, "multiplier": multiplier, "shift": shift}
    return MatMul, (batches, rows, rows), {"operand": -1, "limits": _limits(rng), **fields}


def _l2_norm(rng: np.random.Generator, x: Tensor) -> Made:
    del rng
    return L2Norm, x.shape[1:], {}


MAKE: dict[str, Callable[[np.random.Generator, Tensor], Made]] = {
    "table": _table,
    "concat": _concat,
    "view": _view,
    "pad": _pad,
    "binary": _binary,
    "reduce": _reduce,
    "l2_norm": _l2_norm,
    "matmul": _matmul,
    "resize": _resize,
    "log_softmax": _log_softmax,
}
"""Class, output shape and fields of an operator on a tensor; tensor indices of -1 mean that tensor."""


def _two(op: Binary, a: int, b: int, x: Tensor, y: Tensor) -> int:
    if op.table is not None:
        return int(op.table[(a + 128) * 256 + b + 128])
    if op.function == BinaryKind.LARGER:
        return max(a, b)
    if op.function == BinaryKind.SMALLER:
        return min(a, b)
    a, b = a - x.zero_point, b - op.zero_point
    (ma, mb, my), (sa, sb, sy) = op.multipliers, op.shifts
    if op.function == BinaryKind.MULTIPLY:
        return rescale(a * b, my, sy) + y.zero_point
    bits = SQUARES_HEADROOM if op.function == BinaryKind.SQUARED_DIFFERENCE else HEADROOM
    p, q = rescale(a << bits, ma, sa), rescale(b << bits, mb, sb)
    if op.function == BinaryKind.SQUARED_DIFFERENCE:
        return rescale((p - q) ** 2, my, sy) + y.zero_point
    signed = {BinaryKind.ADD: p + q, BinaryKind.SUBTRACT: p - q, BinaryKind.SUBTRACT_FROM: q - p}
    return rescale(signed[op.function], my, sy) + y.zero_point


def _run_binary(op: Binary, values: dict[int, Values], tensors: tuple[Tensor, ...]) -> Values:
    x, y = tensors[op.input], tensors[op.output]
    a = values[op.input].ravel()
    operand = (
        values[op.operand].ravel() if isinstance(op.operand, int) else op.operand.astype(np.int64).ravel()
    )
    places = np.indices(y.shape[1:]).reshape(3, -1).T @ np.array(op.strides)
    both = zip(a, operand[places], strict=True)
    return np.array([min(max(_two(op, int(p), int(q), x, y), op.limits[0]), op.limits[1]) for p, q in both])


def _run_matmul(op: MatMul, values: dict[int, Values], tensors: tuple[Tensor, ...]) -> Values:
    a, b = (
        values[index].reshape(op.batches, -1, op.terms) - tensors[index].zero_point
        for index in (op.input, op.operand)
    )
    sums = (a @ b.transpose(0, 2, 1)).ravel()
    zero = tensors[op.output].zero_point
    return np.clip([rescale(int(s), op.multiplier, op.shift) + zero for s in sums], *op.limits)


def _run_reduce(op: Reduce, x: Values, y: Tensor) -> Values:
    rows = x.reshape(op.outer, op.count, op.inner)
    if op.function == ReduceKind.SUM:
        sums = rows.sum(axis=1).ravel() + op.bias
        found = np.array([rescale(int(s), op.multiplier, op.shift) + y.zero_point for s in sums])
    else:
        found = (rows.max if op.function == ReduceKind.LARGEST else rows.min)(axis=1).ravel()
    return np.clip(found, *op.limits)


def _run_l2_norm(x: Values, zero: int) -> Values:
    rows = x.reshape(-1, x.shape[-1]) - zero
    found = []
    for row in rows:
        multiplier, shift = inverse_root(int((row**2).sum()))
        found += [min(max(rescale(int(v), multiplier, shift + 7), -128), 127) for v in row]
    return np.array(found)


def _run_resize(op: Resize, x: Values) -> Values:
    def between(values: Values, axis: tuple[tuple[int, int, int], ...]) -> Values:
        first, second, share = np.array(axis).T
        share = share.reshape(-1, *(1,) * (values.ndim - 1))
        return values[first] * (1024 - share) + values[second] * share

    fine = between(between(x, op.rows).transpose(1, 0, 2), op.columns).transpose(1, 0, 2)
    return np.sign(fine) * ((np.abs(fine) + 2**19) >> 20)


def _logarithm(x: int) -> int:
    """In Q26 of x in Q19, as the reference has it."""
    half, quarter, top, m = 1518500250, 1805811301, INT32_MAX, multiply_q31
    zeros = 32 - x.bit_length()
    a = min(m(x << (zeros - 1), half) << 1, top)
    room = 31 - m(x, half).bit_length()
    b = min(x << room, top)
    r = min(a, b)
    power = max(((12 - zeros) << 25) + (1 << 23), ((12 - room) << 25) - (1 << 23))
    p, q = (r + quarter + 1) >> 1, 2 * (r - quarter)
    above = m(q, r) + m(m(q, m(q, q)), 117049297)
    below = m(p, 1057819769 + q + m(127690142, m(q, q))) + m(638450708, q)
    inverse, _ = reciprocal(below + 2**31)
    return 2 * (m(power, 1488522236) + m(round_shift(above, 6), inverse))


def _run_log_softmax(op: LogSoftmax, x: Values) -> Values:
    found = []
    for row in x.reshape(-1, x.shape[-1]):
        down = [int(d) for d in row.max() - row]
        log = _logarithm(sum(op.exponentials[d] for d in down if d < len(op.steps)))
        results = [round_shift(op.steps[d] - log, 22) + 127 if d < len(op.steps) else -128 for d in down]
        found += [min(max(result, -128), 127) for result in results]
    return np.array(found)


def run(op: Op, values: dict[int, Values], tensors: tuple[Tensor, ...]) -> Values:
    """What the operator computes, in its output's shape."""
    x, y = values[op.input], tensors[op.output]
    if isinstance(op, Table):
        found = np.array(op.results)[x.ravel() + 128]
    elif isinstance(op, Concat):
        rows = [values[index].reshape(op.outer, -1) for index in op.inputs]
        found = np.concatenate(rows, axis=1)
    elif isinstance(op, View):
        places = np.array([op.offset])
        for turns, stride in op.loops:
            places = (places[:, None] + np.arange(turns) * stride).ravel()
        found = x.ravel()[places]
    elif isinstance(op, Pad):
        amounts = [(b, n - b - s) for b, n, s in zip(op.before, y.shape[1:], x.shape, strict=True)]
        found = np.pad(x, amounts, constant_values=op.value)
    elif isinstance(op, Binary):
        found = _run_binary(op, values, tensors)
    elif isinstance(op, MatMul):
        found = _run_matmul(op, values, tensors)
    elif isinstance(op, Resize):
        found = _run_resize(op, x)
    elif isinstance(op, LogSoftmax):
        found = _run_log_softmax(op, x)
    elif isinstance(op, L2Norm):
        found = _run_l2_norm(x, tensors[op.input].zero_point)
    else:
        assert isinstance(op, Reduce)
        found = _run_reduce(op, x, y)
    return found.reshape(y.shape[1:])
