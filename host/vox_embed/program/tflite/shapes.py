"""RESHAPE, EXPAND_DIMS, SQUEEZE."""

from __future__ import annotations

from vox_embed.program.ops import Reshape
from vox_embed.program.tflite.graph import Operator
from vox_embed.program.tflite.lowering import Lowering


def reshape(low: Lowering, op: Operator) -> None:
    """The same values in another shape."""
    if op.inputs[0] in low.outside:
        low.outside[op.outputs[0]] = low.outside[op.inputs[0]]
        return
    source, result, x, y = low.between(op)
    if x.elements != y.elements:
        raise low.fail("the number of values changes", "convert with static shapes and a batch size of 1")
    low.ops.append(Reshape(source, result))
