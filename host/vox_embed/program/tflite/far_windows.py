"""Windows that reach further than the bytes of a record say, as stacks of dilated convolutions have them."""

from __future__ import annotations

from math import prod

from vox_embed.program.arrange_ops import Pad
from vox_embed.program.ops import Window
from vox_embed.program.tflite.loops import Loop, append_view
from vox_embed.program.tflite.lowering import LARGEST_FIELD, MAX_DIM, Lowering
from vox_embed.program.tflite.unsigned import Weights


def is_far(window: Window) -> bool:
    """Whether its dilation has to be taken apart."""
    return max(window.dilation) > LARGEST_FIELD


def with_border(low: Lowering, source: int, window: Window, outs: tuple[int, int]) -> tuple[int, Window]:
    """The input with what a wide padding puts around it, and the window without it."""
    if max(window.pad) <= LARGEST_FIELD and not is_far(window):
        return source, window
    _, *sizes, channels = low.tensors[source].shape
    for axis in (0, 1):
        reach = (outs[axis] - 1) * window.stride[axis] + (window.kernel[axis] - 1) * window.dilation[axis] + 1
        sizes[axis] = max(reach, sizes[axis] + window.pad[axis])
    if (1, *sizes, channels) == low.tensors[source].shape:
        return source, window
    padded = low.like(low.tensors[source], sizes[0], sizes[1], channels)
    low.ops.append(Pad(source, padded, (*window.pad, 0), low.tensors[source].zero_point))
    return padded, Window(window.kernel, window.stride, (0, 0), window.dilation)


def gathered(
    low: Lowering, source: int, weights: Weights, window: Window, outs: tuple[int, int]
) -> tuple[int, Weights, Window]:
    """The taps of each window side by side as channels, and weights and window that see one of them."""
    _, _, width, channels = low.tensors[source].shape
    taps = prod(window.kernel)
    if taps * channels > MAX_DIM:
        raise low.fail(f"{taps} taps of {channels} channels, dilated by {max(window.dilation)}, are too many")
    beside = low.like(low.tensors[source], outs[0], outs[1], taps * channels)
    append_view(
        low,
        (source, beside),
        0,
        [*_loops(outs, window.stride, width, channels), *_taps(window, width, channels)],
    )
    return beside, weights.reshape(len(weights), 1, 1, -1), Window((1, 1), (1, 1))


def stacked(
    low: Lowering, source: int, weights: Weights, window: Window, outs: tuple[int, int]
) -> tuple[int, Weights, Window]:
    """Of a depthwise one: a row for each tap, a column for each output."""
    _, _, width, channels = low.tensors[source].shape
    taps = prod(window.kernel)
    rows = low.like(low.tensors[source], taps, prod(outs), channels)
    first, last = _taps(window, width, channels)[:2], _loops(outs, window.stride, width, channels)
    append_view(low, (source, rows), 0, [*first, *last, (channels, 1)])
    return rows, weights.reshape(1, taps, 1, -1), Window((taps, 1), (1, 1))


def _loops(
    turns: tuple[int, int], steps: tuple[int, int], width: int, channels: int
) -> list[tuple[int, int]]:
    return [(turns[0], steps[0] * width * channels), (turns[1], steps[1] * channels)]


def _taps(window: Window, width: int, channels: int) -> list[Loop]:
    return [*_loops(window.kernel, window.dilation, width, channels), (channels, 1)]
