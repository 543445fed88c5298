"""A layer and the next, a band of rows after the other: of what lies between, a few rows live at a time.

A network's first tensors are its largest. Where the peak of memory is the output of one convolution that only
the next one reads, both are cut into bands of rows: each band of the second one is computed as soon as the
rows that it needs are there, and those that the next band needs again move to the front. No value is computed
twice, and every result has the bits that it had.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from vox_embed.program.ops import Conv2D, Depthwise2D, Op, Part, Reshape, Tensor
from vox_embed.program.program import Program
from vox_embed.spec.model_format import ALIGNMENT, MAX_OPS, MAX_TENSORS

_MOST_BANDS = 8
_WORTH = 0.9
"""Bands are made where they take the arena below this share of what it was."""
_ENOUGH = 1.1
"""The fewest bands that come this close to the smallest arena."""

_Convolution = Conv2D | Depthwise2D
_CONVOLUTIONS = (Conv2D, Depthwise2D)


def in_bands(program: Program) -> Program:
    """The same network with at most one pair of convolutions in bands; itself where that would save little.

    What it computes is the same, bit for bit; its arena is smaller, its list of operators longer.
    """
    found = list(_candidates(program))
    if not found:
        return program
    smallest, worth = min(candidate.arena_size for candidate in found), _WORTH * program.arena_size
    if smallest > worth:
        return program
    return next(c for c in found if c.arena_size <= min(_ENOUGH * smallest, worth))


def _candidates(program: Program) -> Iterator[Program]:
    """The fewest bands first."""
    pairs = [at for at in range(len(program.ops) - 1) if _is_pair(program, at)]
    for bands in range(2, _MOST_BANDS + 1):
        for at in pairs:
            candidate = _Cut(program, at, bands).program()
            if candidate is not None:
                yield candidate


def _is_pair(program: Program, at: int) -> bool:
    """Two convolutions, what lies between them read by the second one alone."""
    first, second = program.ops[at : at + 2]
    if not isinstance(first, _CONVOLUTIONS) or not isinstance(second, _CONVOLUTIONS):
        return False
    between = first.output
    readers = [op for op in program.ops if between in op.inputs]
    plain = all(
        program.tensors[t].part is None and not program.tensors[t].state
        for t in (first.input, between, second.output)
    )
    apart = len({first.input, between, second.output}) == 3
    return plain and apart and second.input == between and len(readers) == 1 and between != program.output


@dataclass(frozen=True)
class _Rows:
    """Rows of a tensor that some rows of a convolution's output need."""

    first: int
    end: int
    pad: int
    """Rows above them that lie outside."""


def _needs(op: _Convolution, height: int, first: int, end: int) -> _Rows:
    window = op.window
    reach = (window.kernel[0] - 1) * window.dilation[0] + 1
    top = first * window.stride[0] - window.pad[0]
    bottom = (end - 1) * window.stride[0] - window.pad[0] + reach
    return _Rows(max(top, 0), min(bottom, height), max(-top, 0))


class _Cut:
    """Ops `at` and `at` + 1 of a program in bands."""

    def __init__(self, program: Program, at: int, bands: int) -> None:
        self._program, self._at, self._bands = program, at, bands
        self._tensors = list(program.tensors)
        self._ops: list[Op] = []
        self._known: dict[tuple[int, int, int, bool], int] = {}

    def program(self) -> Program | None:
        """None where the rows do not lie so that they can be cut."""
        first, second = self._program.ops[self._at : self._at + 2]
        assert isinstance(first, _CONVOLUTIONS) and isinstance(second, _CONVOLUTIONS)
        if not self._cut(first, second) or len(self._tensors) > MAX_TENSORS:
            return None
        ops = (*self._program.ops[: self._at], *self._ops, *self._program.ops[self._at + 2 :])
        return replace(self._program, tensors=tuple(self._tensors), ops=ops) if len(ops) <= MAX_OPS else None

    def _cut(self, first: _Convolution, second: _Convolution) -> bool:
        between = first.output
        heights = [self._program.tensors[t].shape[1] for t in (first.input, between, second.output)]
        most, held, done = 0, 0, 0
        for at, end in self._rows_of_bands(heights[2]):
            needed = _needs(second, heights[1], at, end)
            again = max(done - needed.first, 0)  # rows that are there already, at the end of those held
            new = _Rows(max(done, needed.first), needed.end, 0)
            if new.first >= new.end or not self._move(between, held, again):
                return False
            source = _needs(first, heights[0], new.first, new.end)
            rows = again + new.end - new.first
            self._append(
                first,
                self._part(first.input, source.first, source.end),
                source.pad,
                self._part(between, again, rows, written=True),
            )
            self._append(
                second,
                self._part(between, 0, rows),
                needed.pad,
                self._part(second.output, at, end, written=True),
            )
            held, done, most = rows, new.end, max(most, rows)
        self._tensors[between] = _of_height(self._tensors[between], most)
        return self._lies_well()

    def _rows_of_bands(self, height: int) -> Iterator[tuple[int, int]]:
        bounds = [height * i // self._bands for i in range(self._bands + 1)]
        return ((a, b) for a, b in pairwise(bounds) if a < b)

    def _move(self, between: int, held: int, again: int) -> bool:
        """The last `again` rows to the front. False: they would lie over themselves."""
        if again in (0, held):
            return True
        if held < 2 * again:
            return False
        source, target = self._part(between, held - again, held), self._part(between, 0, again, written=True)
        self._ops.append(Reshape(source, target))
        return True

    def _append(self, op: _Convolution, source: int, pad: int, target: int) -> None:
        window = replace(op.window, pad=(pad, op.window.pad[1]))
        self._ops.append(replace(op, input=source, output=target, window=window))

    def _part(self, whole: int, first: int, end: int, written: bool = False) -> int:
        """Rows of a tensor, as one of its own; what is written is never read as the same one."""
        key = (whole, first, end, written)
        if key not in self._known:
            tensor = self._program.tensors[whole]
            row = tensor.size // tensor.shape[1]
            self._known[key] = len(self._tensors)
            self._tensors.append(replace(_of_height(tensor, end - first), part=Part(whole, first * row)))
        return self._known[key]

    def _lies_well(self) -> bool:
        return all(tensor.part is None or tensor.part.offset % ALIGNMENT == 0 for tensor in self._tensors)


def _of_height(tensor: Tensor, rows: int) -> Tensor:
    return replace(tensor, shape=(1, rows, *tensor.shape[2:]))
