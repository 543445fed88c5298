"""DIV of int8 values: a quotient in the reference's fixed-point arithmetic, of all pairs of values."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from vox_embed.program.fixed import multiply_q31, quantise_multiplier, reciprocal, round_shift
from vox_embed.program.ops import Limits
from vox_embed.program.tflite.floats import append_values
from vox_embed.program.tflite.graph import Operator
from vox_embed.program.tflite.lowering import Lower, Lowering, Stretch
from vox_embed.program.tflite.traced import common_roots

_MOST_PLACES = 31


def div(low: Lowering, op: Operator) -> None:
    """DIV of two tensors that are computed, or with one constant."""
    result = low.tensor(op.outputs[0])
    y = low.tensors[result]
    limits = low.limits(low.graph.options(op, "DivOptions").FusedActivationFunction(), y)
    a, b = (low.activation(index) for index in op.inputs)
    factor = float(np.float32(a.scales[0]) / (np.float32(b.scales[0]) * np.float32(y.scale)))
    zeros = (int(a.zero_points[0]), int(b.zero_points[0]), y.zero_point)
    quotients = _all(quantise_multiplier(factor), zeros, limits)
    raw = [_raw(low, index) for index in op.inputs]
    together = common_roots(low, [one for one in raw if isinstance(one, Stretch)])
    if not together:
        raise low.fail("its operands depend on more than two tensors, or are constant")
    rest = iter(together)
    values = [next(rest).values if isinstance(one, Stretch) else np.array(one) for one in raw]
    places = [v.astype(np.int64) + 128 for v in values]
    stretch = Stretch(together[0].roots, together[0].shapes, np.zeros(0, np.float32))
    results = np.broadcast_to(quotients[places[0], places[1]], (256,) * len(stretch.roots))
    append_values(low, stretch, results, result, low.value(op.outputs[0]).shape)


def _raw(low: Lowering, index: int) -> Stretch | int:
    value = low.value(index)
    if value.data:
        values = np.frombuffer(value.data, np.int8)
        if np.any(values != values[0]):
            raise low.fail(f"constant `{value.name}` has values that differ")
        return int(values[0])
    return Stretch((low.source(index),), (value.shape,), np.arange(-128, 128).astype(np.float32))


def _shifted(x: int, places: int) -> int:
    """x / 2^places. Of dividends next to 0 the reference shifts by more than 31: as it then comes
    out on x86, by what is left of 32, with a mask of ones.
    """
    if places > _MOST_PLACES:
        return (x >> places % 32) + (0 if x < 0 else 1)
    return round_shift(x, places) if places >= 0 else x << -places


def _all(factor: tuple[int, int], zeros: tuple[int, int, int], limits: Limits) -> NDArray[np.int8]:
    """Of every dividend and divisor, -128 first. By 0 the reference leaves it open: here it is by 1."""
    found = np.empty((256, 256), np.int8)
    for b in range(256):
        divisor = b - 128 - zeros[1]
        inverse, digits = reciprocal(max(abs(divisor), 1))
        for a in range(256):
            x = (a - 128 - zeros[0]) * (-1 if divisor < 0 else 1)
            room = 31 - (x if x >= 0 else -x - 1).bit_length() if x else 31
            quotient = multiply_q31(x << room, inverse)
            y = zeros[2] + _shifted(multiply_q31(quotient, factor[0]), digits + room - factor[1])
            found[a, b] = max(limits[0], min(limits[1], y))
    return found


LOWER: Mapping[str, Lower] = {
    "DIV": div,
}
