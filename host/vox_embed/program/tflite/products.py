"""BATCH_MATMUL: products of two matrices that are both computed."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

import numpy as np

from vox_embed.program.arrange_ops import MatMul
from vox_embed.program.fixed import quantise_multiplier
from vox_embed.program.ops import Limits
from vox_embed.program.tflite.graph import Operator
from vox_embed.program.tflite.loops import append_view, repeated, strides_of
from vox_embed.program.tflite.lowering import FULL_RANGE, Lower, Lowering
from vox_embed.spec.operators import MAX_MATMUL_TERMS


def batch_matmul(low: Lowering, op: Operator) -> None:
    """BATCH_MATMUL of two tensors, either of which may be turned, or repeated along its batches."""
    options = low.graph.options(op, "BatchMatMulOptions")
    a, b = (low.value(index).shape for index in op.inputs[:2])
    if min(len(a), len(b)) < 2:
        raise low.fail(f"shapes {list(a)} and {list(b)} are no matrices")
    batch = np.broadcast_shapes(a[:-2], b[:-2])
    first = _matrices(low, op.inputs[0], batch, bool(options.AdjX()))
    second = _matrices(low, op.inputs[1], batch, not options.AdjY())
    terms = a[-2] if options.AdjX() else a[-1]
    multiply(low, (first, second, low.tensor(op.outputs[0])), prod(batch), terms)


def multiply(
    low: Lowering,
    tensors: tuple[int, int, int],
    batches: int,
    terms: int,
    rounded: tuple[Limits, bool] = (FULL_RANGE, False),
) -> None:
    """Appends [batches][rows][terms] times [batches][columns][terms] turned, between program tensors."""
    a, b, y = (low.tensors[index] for index in tensors)
    columns = b.elements // (batches * terms)
    if a.elements // terms * columns != y.elements:
        raise low.fail(f"shapes {list(a.shape)} and {list(b.shape)} do not fit each other")
    if terms > MAX_MATMUL_TERMS:
        raise low.fail(f"sums of {terms} products; up to {MAX_MATMUL_TERMS} are supported")
    multiplier, shift = quantise_multiplier(a.scale * b.scale / y.scale)
    if shift > 0:
        raise low.fail("the output's scale is too small for its inputs")
    if shift < -30:
        multiplier, shift = 0, 0
    low.ops.append(MatMul(tensors[0], tensors[2], tensors[1], batches, terms, multiplier, shift, *rounded))


def _matrices(low: Lowering, index: int, batch: tuple[int, ...], turned: bool) -> int:
    """A program tensor of a matrix for each batch, rows and columns the other way round where `turned`."""
    shape, source = low.value(index).shape, low.source(index)
    wanted = (*batch, *shape[-2:])
    loops = repeated(shape, wanted)
    if loops is None:
        raise low.fail(f"shapes {list(shape)} and {list(wanted)} do not fit each other")
    if turned:
        loops[-1], loops[-2] = loops[-2], loops[-1]
    natural = strides_of([turns for turns, _ in loops])
    if all(turns == 1 or stride == want for (turns, stride), want in zip(loops, natural, strict=True)):
        return source
    rows, columns = loops[-2][0], loops[-1][0]
    result = low.like(low.tensors[source], prod(batch), rows, columns)
    append_view(low, (source, result), 0, loops)
    return result


LOWER: Mapping[str, Lower] = {
    "BATCH_MATMUL": batch_matmul,
}
