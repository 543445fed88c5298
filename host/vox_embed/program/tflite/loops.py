"""Nested loops over a tensor's elements: how shapes, orders and repetitions become what a View takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import prod

from vox_embed.program.arrange_ops import LOOPS, Concat, View
from vox_embed.program.ops import Reshape
from vox_embed.program.tflite.lowering import MAX_DIM, Lowering
from vox_embed.spec.operators import MAX_CONCAT

Loop = tuple[int, int]
"""Turns, elements from one to the next."""


def strides_of(shape: Sequence[int]) -> list[int]:
    """Elements from one place of each axis to the next."""
    return [prod(shape[axis + 1 :]) for axis in range(len(shape))]


def repeated(shape: Sequence[int], target: Sequence[int]) -> list[Loop] | None:
    """Loops over `target` that read a tensor of `shape`, repeated along its axes of length 1.

    None where the two do not fit each other.
    """
    have = [1] * (len(target) - len(shape)) + list(shape)
    if len(have) > len(target) or any(n not in (1, want) for n, want in zip(have, target, strict=True)):
        return None
    return [
        (want, 0 if n == 1 else stride)
        for n, want, stride in zip(have, target, strides_of(have), strict=True)
    ]


def merged(loops: Sequence[Loop]) -> list[Loop]:
    """The same order with as few loops as it takes."""
    kept: list[Loop] = []
    for turns, stride in loops:
        if turns == 1:
            continue
        if kept and kept[-1][1] == turns * stride and kept[-1][0] * turns <= MAX_DIM:
            kept[-1] = (kept[-1][0] * turns, stride)
        else:
            kept.append((turns, stride))
    return kept or [(1, 1)]


def grouped(loops: Sequence[Loop], dims: Sequence[int]) -> tuple[int, ...] | None:
    """One stride for each of `dims`, which are products of neighbouring turns; or None."""
    left = [loop for loop in loops if loop[0] > 1]
    strides = []
    for n in dims:
        turns, group = 1, []
        while turns < n and left:
            group.append(left.pop(0))
            turns *= group[-1][0]
        one = merged(group)
        if turns != n or len(one) > 1:
            return None
        strides.append(one[0][1] if n > 1 else 0)
    return tuple(strides)


def append_view(low: Lowering, between: tuple[int, int], offset: int, loops: Sequence[Loop]) -> None:
    """Appends what takes elements of one program tensor in the order of the loops to another."""
    source, result = between
    x, y = low.tensors[source], low.tensors[result]
    kept = merged(loops)
    if prod(turns for turns, _ in kept) != y.elements:
        raise low.fail("the output's shape does not fit", "the .tflite is damaged; convert again")
    ends = [(turns - 1) * stride for turns, stride in kept]
    if (
        offset + sum(min(end, 0) for end in ends) < 0
        or offset + sum(max(end, 0) for end in ends) >= x.elements
    ):
        raise low.fail(f"it reaches out of tensor `{x.name}`", "the .tflite is damaged; convert again")
    if offset == 0 and prod(turns for turns, _ in kept) == x.elements and _in_order(kept):
        low.ops.append(Reshape(source, result))
    elif len(kept) <= LOOPS:
        low.ops.append(View(source, result, offset, tuple(kept)))
    else:
        raise low.fail(f"it takes {len(kept)} nested loops; {LOOPS} are supported", "move fewer axes at once")


def _in_order(loops: Sequence[Loop]) -> bool:
    return [stride for _, stride in loops] == strides_of([turns for turns, _ in loops])


def viewed(
    low: Lowering, source: int, offset: int, loops: Sequence[Loop], shape: tuple[int, int, int]
) -> int:
    """A new program tensor of elements of `source`."""
    result = low.like(low.tensors[source], *shape)
    append_view(low, (source, result), offset, loops)
    return result


def taken(low: Lowering, index: int, shape: Sequence[int], axis: int, places: Sequence[int]) -> int:
    """A new program tensor [in front][places][behind] of a tensor of `shape`.

    places: of an axis, in their order, any of them as often as it is named.
    """
    outer, size, inner = prod(shape[:axis]), shape[axis], prod(shape[axis + 1 :])
    parts = []
    for first, turns, step, times in runs(places):
        loops = [(outer, size * inner), (turns, step * inner), (times, 0), (inner, 1)]
        parts.append(viewed(low, index, first * inner, loops, (outer, turns * times, inner)))
    return joined(low, parts, outer, (outer, len(places), inner))


def runs(places: Sequence[int]) -> list[tuple[int, int, int, int]]:
    """Places as (first, turns, step, times): a progression of which every member comes `times` times."""
    found, at = [], 0
    while at < len(places):
        times = _equal(places, at)
        step, turns = 1, 1
        if at + times < len(places):
            step = places[at + times] - places[at]
            while (
                at + turns * times < len(places)
                and places[at + turns * times] == places[at] + turns * step
                and _equal(places, at + turns * times) >= times
            ):
                turns += 1
        found.append((places[at], turns, step, times))
        at += turns * times
    return found


def _equal(places: Sequence[int], at: int) -> int:
    count = 1
    while at + count < len(places) and places[at + count] == places[at]:
        count += 1
    return count


def joined(low: Lowering, parts: Sequence[int], outer: int, shape: tuple[int, int, int]) -> int:
    """Program tensors put together behind `outer` rows each; the one itself, where there is one."""
    left = list(parts)
    while len(left) > 1:
        some = left[:MAX_CONCAT]
        elements = sum(low.tensors[one].elements for one in some)
        last = len(left) <= MAX_CONCAT
        whole = shape if last else (1, outer, elements // outer)
        result = low.make(replace(low.tensors[some[0]], shape=(1, *whole), state=False, initial=0))
        low.ops.append(Concat(some[0], result, tuple(some[1:]), outer))
        left = [result, *left[MAX_CONCAT:]]
    return low.reshaped(left[0], *shape)
