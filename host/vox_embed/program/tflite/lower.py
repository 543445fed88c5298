"""From the file to the program."""

from __future__ import annotations

from pathlib import Path

from vox_embed.experiment.errors import VoxError
from vox_embed.gate.files import read_bytes
from vox_embed.gate.limits import TFLITE_BYTES
from vox_embed.program.program import Program
from vox_embed.program.tflite.ends import join_inputs, join_outputs
from vox_embed.program.tflite.floats import float_step, is_floating
from vox_embed.program.tflite.folding import FOLDED, is_integer
from vox_embed.program.tflite.graph import ACCESSOR_ERRORS, Graph, Operator
from vox_embed.program.tflite.inference import infer_shapes
from vox_embed.program.tflite.lowering import KINDS, Lowering
from vox_embed.program.tflite.operators import LOWER, lowering_of
from vox_embed.program.tflite.refused import hint_of, other_reason

_LISTED = 12
_SUPPORTED = f"supported are: {', '.join(sorted(LOWER))}"


def lower_tflite(source: bytes | Path, name: str | None = None) -> Program:
    """A .tflite file, or its bytes, as a Program.

    name: how to call it in messages (default: the path). The graph must be quantised to int8 throughout
    (activations per tensor, weights symmetric, per channel or per tensor). Several inputs or outputs lie one
    behind the other in the program's, in the order of the .tflite. They may be float32 or uint8: the program
    begins with the int8 values that they are quantised to, and ends with those that they are made from.
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
    if not graph.inputs or not graph.outputs:
        raise VoxError("the network has no input or no output", "convert it again")
    infer_shapes(graph)
    operators = [op for op in graph.operators if not _computes_a_shape(graph, op)]
    operators.sort(key=lambda op: not (op.name == "QUANTIZE" and op.inputs[0] in graph.inputs))
    _refuse_others(graph, operators)
    low = Lowering(graph)
    low.where = "input"
    for index in dict.fromkeys(graph.inputs):
        low.begin(index)
    faults = []
    for op in operators:
        low.where = _where(graph, op)
        fault = _fault(low, op)
        if fault is not None:
            faults.append(fault)
    _refuse(faults)
    low.types = tuple(KINDS)
    low.where = "input"
    first, inputs = join_inputs(low)
    low.where = "output"
    last, outputs = join_outputs(low)
    return Program(tuple(low.tensors), tuple(low.ops), first, last, inputs, outputs)


def _fault(low: Lowering, op: Operator) -> VoxError | None:
    """Lowers the operator, or says why not.

    Then what it makes is taken as computed, so that those behind it are looked at, too; and what depends on a
    tensor that cannot be is passed over.
    """
    if low.lost.intersection(op.inputs):
        low.lost.update(op.outputs)
        return None
    try:
        if is_floating(low, op):
            float_step(low, op)
            return None
        if op.name not in LOWER:
            raise VoxError(f"{low.where} is not supported", hint_of(op, _SUPPORTED))
        lower, low.types = lowering_of(low, op)
        lower(low, op)
        return None
    except VoxError as error:
        low.types = tuple(KINDS)
        for output in op.outputs:
            try:
                low.tensor(output)
            except VoxError:
                low.lost.add(output)
        return error
    finally:
        low.types = ("int8",)


def _refuse_others(graph: Graph, operators: list[Operator]) -> None:
    """Layers with weights that compute in floats or in 16 bits, all of them."""
    reasons = [(op, other_reason(graph, op)) for op in operators]
    _refuse([VoxError(f"{_where(graph, op)}: {why[0]}", why[1]) for op, why in reasons if why is not None])


def _refuse(faults: list[VoxError]) -> None:
    """All of them at once."""
    if not faults:
        return
    if len(faults) == 1:
        raise faults[0]
    lines = [f"  {fault.message}" for fault in faults[:_LISTED]]
    if len(faults) > _LISTED:
        lines.append(f"  and {len(faults) - _LISTED} more")
    hints = list(dict.fromkeys(fault.hint for fault in faults if fault.hint))
    raise VoxError(
        f"{len(faults)} layers cannot be carried over:\n" + "\n".join(lines), "; ".join(hints) or None
    )


def _computes_a_shape(graph: Graph, op: Operator) -> bool:
    """Then there is nothing to do: all shapes are known already."""
    return op.name in FOLDED and op.outputs != () and all(is_integer(graph.value(i)) for i in op.outputs)


def _where(graph: Graph, op: Operator) -> str:
    name = graph.value(op.outputs[0]).name if op.outputs else ""
    return f"op {op.number} `{op.name}`" + (f" at tensor `{name}`" if name else "")
