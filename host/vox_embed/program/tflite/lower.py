"""From the file to the program."""

from __future__ import annotations

from pathlib import Path

from vox_embed.experiment.errors import VoxError
from vox_embed.gate.files import read_bytes
from vox_embed.gate.limits import TFLITE_BYTES
from vox_embed.program.program import Program
from vox_embed.program.tflite.graph import ACCESSOR_ERRORS, Graph, Operator
from vox_embed.program.tflite.lowering import Lowering
from vox_embed.program.tflite.operators import LOWER

_SHAPE_OPS = frozenset({"SHAPE", "STRIDED_SLICE", "PACK", "CAST", "REDUCE_PROD", "GATHER", "CONCATENATION"})
"""Some networks compute shapes with these, on int32 or int64 tensors."""
_LISTED = 12


def lower_tflite(source: bytes | Path, name: str | None = None) -> Program:
    """A .tflite file, or its bytes, as a Program.

    name: how to call it in messages (default: the path). The graph must be quantised to int8 throughout
    (activations per tensor, weights symmetric, per channel or per tensor), with one input and one output.
    These may be float32 or uint8: the program begins with the int8 values that they are quantised to, and
    ends with those that they are made from.
    Raises VoxError that names the operators and tensors which do not fit.
    """
    if isinstance(source, Path):
        name = name or str(source)
        try:
            data = read_bytes(source, TFLITE_BYTES)
        except OSError as error:
            raise VoxError(f"{source}: cannot be read: {error.strerror}") from error
    else:
        data = source
    label = name or "model"
    if len(data) < 8 or data[4:8] != b"TFL3":
        raise VoxError(f"{label}: not a .tflite file")
    try:
        return _lower(Graph(data))
    except VoxError as error:
        raise VoxError(f"{label}: {error.message}", error.hint) from error
    except ACCESSOR_ERRORS as error:
        raise VoxError(f"{label}: damaged .tflite ({error})", "convert or fetch it again") from error


def _lower(graph: Graph) -> Program:
    if len(graph.inputs) != 1 or len(graph.outputs) != 1:
        raise VoxError(
            f"the network has {len(graph.inputs)} inputs and {len(graph.outputs)} outputs",
            "networks with one of each are supported",
        )
    operators = [op for op in graph.operators if not _computes_a_shape(graph, op)]
    _refuse_unknown(graph, operators)
    low = Lowering(graph)
    low.where = "input"
    low.begin(graph.inputs[0])
    for op in operators:
        low.where = _where(graph, op)
        LOWER[op.name](low, op)
    low.where = "output"
    last = low.outside.get(graph.outputs[0])
    result = low.source(graph.outputs[0]) if last is None else last
    if low.first is None:
        raise low.fail("nothing depends on the network's input")
    return Program(tuple(low.tensors), tuple(low.ops), low.first, result)


def _computes_a_shape(graph: Graph, op: Operator) -> bool:
    """Then there is nothing to do: all shapes are known already."""
    return (
        op.name in _SHAPE_OPS and op.outputs != () and graph.value(op.outputs[0]).type in ("int32", "int64")
    )


def _where(graph: Graph, op: Operator) -> str:
    name = graph.value(op.outputs[0]).name if op.outputs else ""
    return f"op {op.number} `{op.name}`" + (f" at tensor `{name}`" if name else "")


def _refuse_unknown(graph: Graph, operators: list[Operator]) -> None:
    """All operators that cannot be lowered, at once."""
    unknown = [op for op in operators if op.name not in LOWER]
    if not unknown:
        return
    supported = f"supported are: {', '.join(sorted(LOWER))}"
    if len(unknown) == 1:
        raise VoxError(f"{_where(graph, unknown[0])} is not supported", supported)
    lines = [f"  {_where(graph, op)}" for op in unknown[:_LISTED]]
    if len(unknown) > _LISTED:
        lines.append(f"  and {len(unknown) - _LISTED} more")
    names = sorted({op.name for op in unknown})
    raise VoxError(
        f"{len(unknown)} operators are not supported ({', '.join(names)}):\n" + "\n".join(lines), supported
    )
