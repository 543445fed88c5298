"""From a program of whole windows to one that runs with the stream, and computes the same bits.

Every `step` frames the stream program takes the new ones alone. A layer whose rows look back only sees the
rows that arrive behind those that it still needs (ROLL), a mean over all rows is kept as a sum (WINDOW_MEAN),
and what needs all rows at once, a dense layer over the window for one, finds them in a history of their own.
Once a window of frames is in, every result equals that of the whole-window program on the last window.
Recurrent layers go on from what they know instead: the first window's result is the whole-window program's,
and every later one that of the same network over all frames since the reset.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from vox_embed.experiment.errors import VoxError
from vox_embed.program.arrange_ops import Binary, Concat, L2Norm, MatMul, Pad, Reduce, Table, View
from vox_embed.program.ops import (
    Add,
    AveragePool,
    Conv2D,
    Dense,
    Depthwise2D,
    Kind,
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
from vox_embed.program.recurrent_ops import Gru, Lstm, Recurrent
from vox_embed.program.stream_ops import Roll, WindowMean
from vox_embed.spec.operators import MAX_WINDOW_COLUMNS, MAX_WINDOW_ROWS, ReduceKind, WindowMeanKind

Shape = tuple[int, int, int, int]


def stream_program(program: Program, step: int) -> Program:
    """The program that takes `step` new frames a run, [1, step, bands, 1], and keeps the rest as state.

    program: its input's rows are the frames of a window. step: frames between windows. Raises VoxError, with
    the layer's name, where a layer looks ahead, where strides in time do not divide the rows that arrive, and
    where nothing could run with the stream.
    """
    return _Schedule(program, step).program()


@dataclass(frozen=True)
class _Flow:
    """A tensor of which rows arrive: the window has `rows`, a run brings the last `arriving` of them."""

    tensor: int
    """In the stream program: [1, arriving, ...]."""
    rows: int
    arriving: int


def _time_axis(shape: Shape, rows: int) -> int:
    """Which axis is time: the first that is not 1, if it has as many places as the window rows; 0: none."""
    if shape[1] == rows:
        return 1
    return 2 if shape[1] == 1 and shape[2] == rows else 0


def _upright(shape: Shape, rows: int, count: int) -> Shape:
    """`count` of the tensor's rows, time along the height."""
    return (1, count, *shape[2:]) if shape[1] == rows else (1, count, 1, shape[3])


def _renamed(op: Op, output: int, index_of: Callable[[int], int]) -> Op:
    """The op between other tensors."""
    fields: dict[str, Any] = {"input": index_of(op.input), "output": output}
    if isinstance(op, Add):
        fields["input_b"] = index_of(op.input_b)
    elif isinstance(op, (Binary, MatMul)) and isinstance(op.operand, int):
        fields["operand"] = index_of(op.operand)
    elif isinstance(op, Concat):
        fields["more"] = tuple(index_of(tensor) for tensor in op.more)
    return replace(op, **fields)


class _Schedule:
    """Takes over one operator after the other."""

    def __init__(self, program: Program, step: int) -> None:
        source = program.input_tensor
        if any(tensor.state for tensor in program.tensors):
            raise VoxError("the network keeps state already: it runs with the stream as it is")
        rows = source.shape[1] if source.shape[1] > 1 else source.shape[2]
        if not 1 <= step <= rows:
            raise ValueError(f"a step of {step} frames, the window has {rows}")
        self.old = program
        self.rows = rows
        """Frames of the window."""
        self.step = step
        self.tensors: list[Tensor] = []
        self.ops: list[Op] = []
        self.flows: dict[int, _Flow] = {}
        self.wholes: dict[int, int] = {}
        self._kept: dict[tuple[int, int], int] = {}
        self._needs_all = ""
        self._layers = 0
        first = self.tensor(replace(source, shape=_upright(source.shape, rows, step)))
        self.flows[program.input] = _Flow(first, rows, step)

    def program(self) -> Program:
        """All operators."""
        for op in self.old.ops:
            if not any(tensor in self.flows for tensor in op.inputs):
                self.append_whole(op)
            elif not _HANDLERS.get(type(op), _never)(self, op):
                self._needs_all = self._needs_all or self.name(op)
                self.append_whole(op)
        if not self._layers:
            raise VoxError(
                f"no layer can run with the stream: {self._needs_all or 'nothing'} needs the whole window",
                "begin with convolutions that are not padded in time",
            )
        output = self.whole(self.old.output)
        return Program(tuple(self.tensors), tuple(self.ops), 0, output)

    # ---- tensors -------------------------------------------------------------------------------------

    def name(self, op: Op) -> str:
        """How messages call a layer."""
        return f"{op.kind} `{self.old.tensors[op.output].name}`"

    def tensor(self, tensor: Tensor) -> int:
        """A new tensor's index."""
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def state(self, name: str, shape: Shape, kind: Kind, like: Tensor | None = None) -> int:
        """A new state tensor's index. like: has its scale and zero point, which is what a reset leaves."""
        if like is None:
            return self.tensor(Tensor(name, shape, 1.0, 0, kind, state=True))
        zero = like.zero_point
        return self.tensor(Tensor(name, shape, like.scale, zero, kind, state=True, initial=zero))

    def last_rows(self, old: int, count: int) -> int:
        """The window's last `count` rows of a tensor that flows: what arrives, behind or without the rest."""
        flow = self.flows[old]
        if count == flow.arriving:
            return flow.tensor
        if (old, count) not in self._kept:
            like = self.old.tensors[old]
            shape = _upright(like.shape, flow.rows, count)
            if count > flow.arriving:
                index = self.state(f"{like.name}/history", shape, like.kind, like)
                self.ops.append(Roll(flow.tensor, index))
            else:
                index = self.tensor(replace(like, name=f"{like.name}/last", shape=shape))
                each = like.elements // flow.rows
                loop = ((count, each), (each, 1))
                self.ops.append(View(flow.tensor, index, (flow.arriving - count) * each, loop))
            self._kept[old, count] = index
        return self._kept[old, count]

    def whole(self, old: int) -> int:
        """All rows of a tensor at once."""
        if old not in self.wholes:
            flow, like = self.flows[old], self.old.tensors[old]
            rows = self.last_rows(old, flow.rows)
            if self.tensors[rows].shape != like.shape:
                flat = self.tensor(replace(like, name=f"{like.name}/whole"))
                self.ops.append(Reshape(rows, flat))
                rows = flat
            self.wholes[old] = rows
        return self.wholes[old]

    # ---- operators -----------------------------------------------------------------------------------

    def append_whole(self, op: Op) -> None:
        """The op as it was, on all rows."""
        inputs = {tensor: self.whole(tensor) for tensor in op.inputs}
        self.wholes[op.output] = self.tensor(self.old.tensors[op.output])
        self.ops.append(_renamed(op, self.wholes[op.output], inputs.__getitem__))

    def flowing(self, op: Op, inputs: dict[int, int], rows: int, arriving: int, **changes: Any) -> bool:
        """The op on the rows that arrive, with other fields; `rows` in the whole window. True."""
        like = self.old.tensors[op.output]
        output = self.tensor(replace(like, shape=_upright(like.shape, rows, arriving)))
        self.flows[op.output] = _Flow(output, rows, arriving)
        self.ops.append(replace(_renamed(op, output, inputs.__getitem__), **changes))
        return True

    def layer(self) -> None:
        """One with work to do, that runs with the stream."""
        self._layers += 1

    def arriving_inputs(self, op: Op) -> dict[int, int] | None:
        """The inputs' rows that arrive, where all of them flow alike; None: they do not."""
        flows = [self.flows.get(tensor) for tensor in op.inputs]
        alike = {None if flow is None else (flow.rows, flow.arriving) for flow in flows}
        if len(alike) > 1 or None in alike:
            return None
        return {tensor: self.flows[tensor].tensor for tensor in op.inputs}


def _never(schedule: _Schedule, op: Op) -> bool:
    del schedule, op
    return False


# ---- layers with a window in time --------------------------------------------------------------------

_Windowed = Conv2D | Depthwise2D | MaxPool | AveragePool


def _along(window: Window, axis: int) -> Window:
    """The window with time along the height: of [1, 1, rows, channels] it lies along the width."""
    if axis == 1:
        return window
    pairs = (window.kernel, window.stride, window.pad, window.dilation)
    return Window(*((b, a) for a, b in pairs))


def _refuse_padding(schedule: _Schedule, op: _Windowed, window: Window, rows: int, out: int) -> None:
    reach = (out - 1) * window.stride[0] + (window.kernel[0] - 1) * window.dilation[0] + 1
    if window.pad[0] or reach > rows:
        raise VoxError(
            f"{schedule.name(op)} is padded in time: its last rows need frames that are not there yet",
            "build the network with `valid` padding in time",
        )


def _arriving(schedule: _Schedule, op: Op, arriving: int, stride: int) -> int:
    if arriving % stride:
        raise VoxError(
            f"{schedule.name(op)} has a stride of {stride} in time, and {arriving} rows arrive in every "
            f"{schedule.step} frames",
            "make the stride between windows a multiple of the network's strides in time",
        )
    return arriving // stride


def _windowed(schedule: _Schedule, op: Op) -> bool:
    assert isinstance(op, _Windowed)
    flow, source, result = (
        schedule.flows[op.input],
        schedule.old.tensors[op.input],
        schedule.old.tensors[op.output],
    )
    axis = _time_axis(source.shape, flow.rows)
    if not axis or (axis == 2 and (op.window.kernel[0] > 1 or op.window.pad[0] or result.shape[1] > 1)):
        return False
    window, out = _along(op.window, axis), result.shape[axis]
    _refuse_padding(schedule, op, window, flow.rows, out)
    if out == 1:
        return isinstance(op, AveragePool) and _pooled(schedule, op, window)
    arriving = _arriving(schedule, op, flow.arriving, window.stride[0])
    seen = schedule.last_rows(op.input, flow.rows + (arriving - out) * window.stride[0])
    schedule.layer()
    return schedule.flowing(op, {op.input: seen}, out, arriving, window=window)


# ---- means over all rows ------------------------------------------------------------------------------


def _window_mean(schedule: _Schedule, op: Op, columns: int, **fields: Any) -> bool:
    """WINDOW_MEAN in the place of op, over all rows and `columns` of each."""
    flow, source, result = (
        schedule.flows[op.input],
        schedule.old.tensors[op.input],
        schedule.old.tensors[op.output],
    )
    if columns > MAX_WINDOW_COLUMNS or flow.rows > MAX_WINDOW_ROWS:
        return False
    kind = Kind.S8 if columns == 1 else Kind.S16
    ring = schedule.state(f"{source.name}/ring", (1, flow.rows, 1, result.elements), kind)
    sums = schedule.state(f"{source.name}/sums", (1, 1, 1, result.elements + 1), Kind.S32)
    schedule.wholes[op.output] = schedule.tensor(result)
    between = (flow.tensor, schedule.wholes[op.output])
    schedule.ops.append(WindowMean(*between, ring=ring, sums=sums, **fields))
    schedule.layer()
    return True


def _pooled(schedule: _Schedule, op: AveragePool, window: Window) -> bool:
    """A pool over all rows, and over each column by itself or all of them."""
    rows, width = schedule.flows[op.input].rows, schedule.old.tensors[op.input].elements
    width //= rows * schedule.old.tensors[op.input].shape[3]
    out = schedule.old.tensors[op.output].elements // schedule.old.tensors[op.output].shape[3]
    by_column = window.kernel[1] == 1 and out == width
    over_all = window.kernel[1] == width and out == 1
    if window.kernel[0] != rows or window.pad[1] or not (by_column or over_all):
        return False
    return _window_mean(
        schedule,
        op,
        1 if by_column else width,
        function=WindowMeanKind.DIVIDED,
        bias=0,
        multiplier=0,
        shift=0,
        limits=op.limits,
    )


def _rescaled_mean(schedule: _Schedule, op: Mean | Reduce, columns: int) -> bool:
    return _window_mean(
        schedule,
        op,
        columns,
        function=WindowMeanKind.RESCALED,
        bias=op.bias,
        multiplier=op.multiplier,
        shift=op.shift,
        limits=op.limits,
    )


def _mean(schedule: _Schedule, op: Op) -> bool:
    assert isinstance(op, Mean)
    source = schedule.old.tensors[op.input]
    return _rescaled_mean(schedule, op, source.elements // schedule.flows[op.input].rows // source.shape[3])


def _reduce(schedule: _Schedule, op: Op) -> bool:
    assert isinstance(op, Reduce)
    flow, result = schedule.flows[op.input], schedule.old.tensors[op.output]
    if op.outer % flow.rows == 0 and _time_axis(result.shape, flow.rows):
        outer = op.outer // flow.rows * flow.arriving
        return schedule.flowing(op, {op.input: flow.tensor}, flow.rows, flow.arriving, outer=outer)
    if op.function != ReduceKind.SUM or op.outer != 1 or op.count % flow.rows:
        return False
    return _rescaled_mean(schedule, op, op.count // flow.rows)


# ---- layers that keep rows apart ----------------------------------------------------------------------


def _by_rows(schedule: _Schedule, op: Op, **changes: Any) -> bool:
    """An op whose row of output depends on the same row of every input."""
    inputs, flow = schedule.arriving_inputs(op), schedule.flows.get(op.input)
    if inputs is None or flow is None or not _time_axis(schedule.old.tensors[op.output].shape, flow.rows):
        return False
    return schedule.flowing(op, inputs, flow.rows, flow.arriving, **changes)


def _dense(schedule: _Schedule, op: Op) -> bool:
    assert isinstance(op, Dense)
    each = schedule.old.tensors[op.input].elements // schedule.flows[op.input].rows
    if each % op.inputs_each or not _by_rows(schedule, op):
        return False
    schedule.layer()
    return True


def _binary(schedule: _Schedule, op: Op) -> bool:
    assert isinstance(op, Binary)
    flow = schedule.flows.get(op.input)
    if flow is None:
        return False
    axis = _time_axis(schedule.old.tensors[op.output].shape, flow.rows)
    strides = op.strides if axis == 1 else (op.strides[1], 0, op.strides[2])
    each = 0
    if isinstance(op.operand, int):
        each = schedule.old.tensors[op.operand].elements // flow.rows
    return strides[0] == each and _by_rows(schedule, op, strides=strides)


def _concat(schedule: _Schedule, op: Op) -> bool:
    assert isinstance(op, Concat)
    flow = schedule.flows.get(op.input)
    if flow is None or op.outer % flow.rows:
        return False
    return _by_rows(schedule, op, outer=op.outer // flow.rows * flow.arriving)


def _pad(schedule: _Schedule, op: Op) -> bool:
    assert isinstance(op, Pad)
    rows, source = schedule.flows[op.input].rows, schedule.old.tensors[op.input].shape
    if source[1] != rows:
        return False
    if op.before[0] or schedule.old.tensors[op.output].shape[1] != rows:
        raise VoxError(
            f"{schedule.name(op)} pads in time: what it adds would lie inside of later windows",
            "build the network with `valid` padding in time",
        )
    return _by_rows(schedule, op)


def _view(schedule: _Schedule, op: Op) -> bool:
    """A slice in time, every so many rows, whatever it does within a row."""
    assert isinstance(op, View)
    flow, source, result = (
        schedule.flows[op.input],
        schedule.old.tensors[op.input],
        schedule.old.tensors[op.output],
    )
    each = source.elements // flow.rows
    loops = [loop for loop in op.loops if loop[0] > 1]
    rows = next((result.shape[axis] for axis in (1, 2) if result.shape[axis] > 1), 1)
    if rows == 1 or not loops or loops[0][0] % rows:
        return False
    inner, jump = loops[0][0] // rows, loops[0][1] * (loops[0][0] // rows)
    if jump < each or jump % each:
        return False
    return _slice(schedule, op, rows, jump // each, [(inner, loops[0][1]), *loops[1:]])


def _slice(schedule: _Schedule, op: View, rows: int, stride: int, inner: list[tuple[int, int]]) -> bool:
    flow = schedule.flows[op.input]
    each = schedule.old.tensors[op.input].elements // flow.rows
    first, within = divmod(op.offset, each)
    reach = [sum((turns - 1) * way for turns, way in inner if way * sign > 0) for sign in (1, -1)]
    if within + reach[0] >= each or within + reach[1] < 0:
        return False
    arriving = _arriving(schedule, op, flow.arriving, stride)
    seen = schedule.last_rows(op.input, flow.rows - first + (arriving - rows) * stride)
    loops = ((arriving, stride * each), *(loop for loop in inner if loop[0] > 1))
    return schedule.flowing(op, {op.input: seen}, rows, arriving, offset=within, loops=loops)


# ---- recurrent layers ---------------------------------------------------------------------------------


def _recurrent(schedule: _Schedule, op: Op) -> bool:
    """Row after row, with what it knows of the rows before; those before the first window do not count."""
    assert isinstance(op, Recurrent)
    flow, result = schedule.flows[op.input], schedule.old.tensors[op.output]
    every = result.elements > op.units
    if flow.rows % op.rows or (every and not _time_axis(result.shape, op.rows)):
        return False
    arriving = _arriving(schedule, op, flow.arriving, flow.rows // op.rows)
    skip = -(-schedule.rows // schedule.step) * arriving - op.rows
    kept: dict[str, Any] = {"state": schedule.state(f"{result.name}/h", (1, 1, 1, op.units + 1), Kind.S16)}
    if isinstance(op, Lstm):
        kept["cell"] = schedule.state(f"{result.name}/cell", (1, 1, 1, op.units), Kind.S16)
    schedule.layer()
    made = replace(op, rows=arriving, skip=skip, **kept)
    if every:
        return schedule.flowing(made, {op.input: flow.tensor}, op.rows, arriving)
    schedule.wholes[op.output] = schedule.tensor(result)
    schedule.ops.append(replace(made, input=flow.tensor, output=schedule.wholes[op.output]))
    return True


_HANDLERS: dict[type[Op], Callable[[_Schedule, Op], bool]] = {
    Conv2D: _windowed,
    Depthwise2D: _windowed,
    MaxPool: _windowed,
    AveragePool: _windowed,
    Mean: _mean,
    Reduce: _reduce,
    Dense: _dense,
    Binary: _binary,
    Concat: _concat,
    Pad: _pad,
    View: _view,
    Gru: _recurrent,
    Lstm: _recurrent,
    **dict.fromkeys((Add, L2Norm, Relu, Reshape, Softmax, Table), _by_rows),
}
"""True where the op was taken over to run on what arrives; False: it needs all rows."""
