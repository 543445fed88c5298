"""RESIZE_BILINEAR."""

from __future__ import annotations

from collections.abc import Mapping

from vox_embed.program.arrange_ops import Resize
from vox_embed.program.tflite.filters import each_batch
from vox_embed.program.tflite.graph import Operator
from vox_embed.program.tflite.lowering import Lower, Lowering

_ONE = 1024


def resize_bilinear(low: Lowering, op: Operator) -> None:
    """RESIZE_BILINEAR, in whichever way places are counted."""
    options = low.graph.options(op, "ResizeBilinearOptions")
    source, result, x, y = low.between(op)
    if (x.scale, x.zero_point) != (y.scale, y.zero_point):
        raise low.fail("input and output must have the same scale and zero point")
    before, after = low.value(op.inputs[0]).shape, low.value(op.outputs[0]).shape
    corners, centres = bool(options.AlignCorners()), bool(options.HalfPixelCenters())
    axes = [_axis(before[i], after[i], corners, centres) for i in (1, 2)]

    def emit(source: int, wanted: int) -> None:
        low.ops.append(Resize(source, wanted, axes[0], axes[1]))

    each_batch(low, source, result, before[0], emit)


def _axis(size: int, wanted: int, corners: bool, centres: bool) -> tuple[tuple[int, int, int], ...]:
    """Of each place: the two that it lies between, and the second's share in 1/1024."""
    step = (_ONE * size + wanted // 2) // wanted
    if corners and wanted > 1:
        step = (_ONE * (size - 1) + (wanted - 1) // 2) // (wanted - 1)
    found = []
    for place in range(wanted):
        at = place * step + (step // 2 - _ONE // 2 if centres else 0)
        lower, upper = int(at / _ONE), int((at + _ONE - 1) / _ONE)  # towards 0, as in C
        first, second = max(lower, 0), min(upper, size - 1)
        share = at - _ONE * first
        if first == second:
            share = max(-_ONE // 2, min(share, _ONE))
        found.append((first, second, share))
    return tuple(found)


LOWER: Mapping[str, Lower] = {
    "RESIZE_BILINEAR": resize_bilinear,
}
