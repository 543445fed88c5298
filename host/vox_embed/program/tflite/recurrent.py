"""SVDF: a layer over the last runs, of which it keeps one number for each filter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vox_embed.program.arrange_ops import Concat, View
from vox_embed.program.ops import Affine, Conv2D, Depthwise2D, Reshape, Tensor, Window, padded_rows
from vox_embed.program.tflite.graph import Operator
from vox_embed.program.tflite.lowering import FULL_RANGE, Lower, Lowering, factors
from vox_embed.program.tflite.svdf import svdf_16


@dataclass(frozen=True)
class _Filters:
    over_features: NDArray[np.int8]
    """[filters, inputs]."""
    over_time: NDArray[np.int8]
    """[filters, runs], the newest last."""
    rank: int
    """Filters that are summed to an output."""

    @property
    def units(self) -> int:
        return len(self.over_time) // self.rank


def svdf(low: Lowering, op: Operator) -> None:
    """SVDF with an int8 state, in TensorFlow Lite Micro's arithmetic: LiteRT's own kernel takes such a state
    for int16. A layer without padding, what is kept of the runs before, and a filter over time.
    """
    source, result = low.source(op.inputs[0]), low.tensor(op.outputs[0])
    x, y = low.tensors[source], low.tensors[result]
    options = low.graph.options(op, "SVDFOptions")
    held = low.value(op.inputs[4])
    if held.type == "int16":
        svdf_16(low, op)
        return
    if held.type != "int8":
        raise low.fail(f"its state is {held.type}; int8 and int16 are supported")
    (features, feature_scales), (times, time_scales) = (low.weights(op.inputs[i], 0) for i in (1, 2))
    filters = _Filters(features, times, options.Rank())
    if x.elements != features.shape[1] or len(features) != len(times) or len(times) % options.Rank():
        raise low.fail(
            f"weights of {list(features.shape)} and {list(times.shape)} do not fit {x.elements} inputs"
        )
    if y.elements != filters.units:
        raise low.fail(f"{filters.units} filters do not fit {y.elements} outputs")
    low.fields(runs=times.shape[1] * filters.rank)
    state = low.activation(op.inputs[4])
    shape = (1, 1, len(times), times.shape[1])
    tensor = Tensor(state.name, shape, float(state.scales[0]), int(state.zero_points[0]))
    newest = _newest(low, source, filters, feature_scales, tensor)
    kept = _kept(low, newest, filters, tensor)
    _over_time(low, op, (kept, result), filters, time_scales)


def _newest(
    low: Lowering, source: int, filters: _Filters, scales: NDArray[np.float32], tensor: Tensor
) -> int:
    """One number for each filter, of this run's input."""
    x, count = low.tensors[source], len(filters.over_features)
    flat = source
    if x.shape[3] != x.elements:
        flat = low.make(Tensor(x.name, (1, 1, 1, x.elements), x.scale, x.zero_point))
        low.ops.append(Reshape(source, flat))
    result = low.make(replace(tensor, shape=(1, 1, 1, count)))
    affine = Affine.make(
        padded_rows(filters.over_features),
        channel_axis=0,
        bias=np.zeros(count, np.int64),
        factors=factors(scales, x, tensor, count),
        input_zero_point=x.zero_point,
        terms=x.elements,
        where=low.where,
    )
    low.ops.append(Conv2D(flat, result, affine, Window((1, 1), (1, 1)), FULL_RANGE))
    return result


def _kept(low: Lowering, newest: int, filters: _Filters, tensor: Tensor) -> int:
    """The numbers of the last runs, [filters, runs], in the state; returns it."""
    count, runs = filters.over_time.shape
    state = low.make(replace(tensor, name=f"{tensor.name} state", state=True, initial=tensor.zero_point))
    if runs == 1:
        low.ops.append(Reshape(newest, state))
        return state
    before = low.make(replace(tensor, shape=(1, 1, count, runs - 1)))
    low.ops.append(View(state, before, 1, ((count, runs), (runs - 1, 1))))
    whole = low.make(tensor)
    low.ops.append(Concat(before, whole, (newest,), count))
    low.ops.append(Reshape(whole, state))
    return state


def _over_time(
    low: Lowering, op: Operator, between: tuple[int, int], filters: _Filters, scales: NDArray[np.float32]
) -> None:
    """Each output: the sum over its filters and the runs."""
    kept, result = between
    x, y = low.tensors[kept], low.tensors[result]
    units, taps = filters.units, filters.rank * filters.over_time.shape[1]
    turned = low.make(replace(x, name=f"{x.name} turned", shape=(1, taps, 1, units), state=False, initial=0))
    low.ops.append(View(kept, turned, 0, ((taps, 1), (units, taps))))
    column = result if y.shape[3] == units else low.make(replace(y, shape=(1, 1, 1, units)))
    weights = np.ascontiguousarray(filters.over_time.reshape(units, taps).T.reshape(taps, 1, units))
    affine = Affine.make(
        weights,
        channel_axis=2,
        bias=low.bias(op, units, 3),
        factors=factors(scales, x, y, units),
        input_zero_point=x.zero_point,
        terms=taps,
        where=low.where,
    )
    limits = low.limits(low.graph.options(op, "SVDFOptions").FusedActivationFunction(), y)
    low.ops.append(Depthwise2D(turned, column, affine, Window((taps, 1), (1, 1)), limits))
    if column != result:
        low.ops.append(Reshape(column, result))


LOWER: Mapping[str, Lower] = {
    "SVDF": svdf,
}
