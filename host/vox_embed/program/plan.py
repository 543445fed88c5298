"""Memory plan: tensors and scratch overlaid in one arena by their lifetimes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vox_embed.program.ops import Op, Reshape, Tensor
from vox_embed.spec.model_format import ALIGNMENT


@dataclass(frozen=True)
class Plan:
    """Where everything lies in the arena, in bytes; all offsets are multiples of 8."""

    tensors: tuple[int, ...]
    scratch: tuple[int, ...]
    """Of each op; 0 where it needs none."""
    size: int


@dataclass
class _Block:
    size: int
    first: int  # op that writes it first; -1: before all
    last: int  # op that reads it last


def _home(tensors: Sequence[Tensor], tensor: int) -> int:
    """The tensor in whose place it lies: itself, or the whole that it is part of."""
    part = tensors[tensor].part
    return tensor if part is None else part.whole


def _blocks(
    tensors: Sequence[Tensor], ops: Sequence[Op], source: int, result: int
) -> tuple[list[_Block], list[int], list[int]]:
    """Blocks of memory, the block of each tensor, and the block of each op's scratch (-1: none).

    State has no block: its place is its own.
    """
    last_read = [-1] * len(tensors)
    for step, op in enumerate(ops):
        for tensor in op.inputs:
            last_read[_home(tensors, tensor)] = step
    last_read[result] = len(ops)

    blocks = [_Block(tensors[source].size, -1, last_read[source])]
    of_tensor = [-1] * len(tensors)
    of_tensor[source] = 0
    of_scratch = []
    for step, op in enumerate(ops):
        need = op.scratch(tensors)
        of_scratch.append(len(blocks) if need else -1)
        if need:
            blocks.append(_Block(need, step, step))
        output = _home(tensors, op.output)
        if tensors[output].state:
            continue
        home = of_tensor[output]
        if home < 0 and output == op.output:
            home = _overwritten(tensors, op, step, blocks, of_tensor)
        if home < 0:
            home = len(blocks)
            blocks.append(_Block(tensors[output].size, step, step))
        of_tensor[output] = home
        blocks[home].last = max(blocks[home].last, step, last_read[output])
    for tensor, home in enumerate(of_tensor):
        if (
            home < 0 and not tensors[tensor].state and tensors[tensor].part is None
        ):  # nobody's: give it a place all the same
            of_tensor[tensor] = len(blocks)
            blocks.append(_Block(tensors[tensor].size, -1, len(ops)))
    of_tensor = [of_tensor[_home(tensors, tensor)] for tensor in range(len(tensors))]
    return blocks, of_tensor, of_scratch


def _overwritten(
    tensors: Sequence[Tensor], op: Op, step: int, blocks: Sequence[_Block], of_tensor: Sequence[int]
) -> int:
    """The block of an input in whose place the op's output may lie; -1: none."""
    found = -1
    for tensor in op.inputs if op.overwrites(tensors) else ():
        if tensors[tensor].state or tensors[tensor].part is not None:
            continue
        block = blocks[of_tensor[tensor]]
        same = tensors[tensor].size == tensors[op.output].size
        # A reshape changes no byte, so others may go on reading; the rest overwrite.
        if isinstance(op, Reshape) or (block.last == step and same):
            found = of_tensor[tensor]
    return found


def _place(blocks: Sequence[_Block], order: Sequence[int]) -> tuple[list[int], int]:
    """Each block, in the order given, at the lowest offset that is free while it lives."""
    offsets = [0] * len(blocks)
    placed: list[int] = []
    for index in order:
        block = blocks[index]
        busy = sorted(
            (offsets[other], offsets[other] + blocks[other].size)
            for other in placed
            if blocks[other].first <= block.last and block.first <= blocks[other].last
        )
        at = 0
        for start, end in busy:
            if at + block.size <= start:
                break
            at = max(at, (end + ALIGNMENT - 1) // ALIGNMENT * ALIGNMENT)
        offsets[index] = at
        placed.append(index)
    total = max((o + b.size for o, b in zip(offsets, blocks, strict=True)), default=0)
    return offsets, (total + ALIGNMENT - 1) // ALIGNMENT * ALIGNMENT


def plan_memory(tensors: Sequence[Tensor], ops: Sequence[Op], source: int, result: int) -> Plan:
    """State first, then greedy placement, biggest first, then by time; the smaller arena of a few orders is
    taken.

    source, result: input and output tensor of the program. The same program gives the same plan.
    """
    blocks, of_tensor, of_scratch = _blocks(tensors, ops, source, result)
    keys: tuple[Callable[[int], tuple[int, int]], ...] = (
        lambda i: (-blocks[i].size, blocks[i].first),
        lambda i: (blocks[i].first, -blocks[i].size),
        lambda i: (-blocks[i].size * (blocks[i].last - blocks[i].first + 1), blocks[i].first),
    )
    candidates = [_place(blocks, sorted(range(len(blocks)), key=key)) for key in keys]
    offsets, size = min(candidates, key=lambda candidate: candidate[1])
    kept, end = _state(tensors)
    return Plan(
        tensors=tuple(
            kept.get(i, end + offsets[home]) + (part.offset if part is not None else 0)
            for i, (home, part) in enumerate(zip(of_tensor, (t.part for t in tensors), strict=True))
        ),
        scratch=tuple(end + offsets[home] if home >= 0 else end for home in of_scratch),
        size=end + size,
    )


def _state(tensors: Sequence[Tensor]) -> tuple[dict[int, int], int]:
    """Offset of each state tensor, and where the last of them ends."""
    offsets, at = {}, 0
    for index, tensor in enumerate(tensors):
        if tensor.state:
            offsets[index] = at
            at += (tensor.size + ALIGNMENT - 1) // ALIGNMENT * ALIGNMENT
    return offsets, at
