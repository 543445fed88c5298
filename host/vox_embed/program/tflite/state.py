"""Variables: what a stateful network keeps from one run to the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from vox_embed.program.ops import Reshape
from vox_embed.program.tflite.graph import Graph, Operator
from vox_embed.program.tflite.lowering import KINDS, Lower, Lowering, values_of


def variable_of(graph: Graph, op: Operator) -> str:
    """Which variable a VAR_HANDLE means."""
    options = graph.options(op, "VarHandleOptions")
    container, name = options.Container() or b"", options.SharedName() or b""
    return f"{container.decode(errors='replace')}/{name.decode(errors='replace')}"


def call_once(low: Lowering, op: Operator) -> None:
    """CALL_ONCE: what the variables hold at first, from constants."""
    number = low.graph.options(op, "CallOnceOptions").InitSubgraphIndex()
    graph = Graph(low.graph.data, number)
    handles: dict[int, str] = {}
    for inner in graph.operators:
        if inner.name == "VAR_HANDLE":
            handles[inner.outputs[0]] = variable_of(graph, inner)
        elif inner.name == "ASSIGN_VARIABLE":
            value = graph.value(inner.inputs[1])
            found = np.unique(values_of(value))
            if value.type not in KINDS or found.size != 1 or (value.type == "int16" and found[0] != 0):
                raise low.fail(
                    f"variable `{handles[inner.inputs[0]]}` does not begin with one value everywhere"
                )
            low.initial[handles[inner.inputs[0]]] = int(found[0])
        else:
            raise low.fail(f"operator `{inner.name}` in what is called once is not supported")


def var_handle(low: Lowering, op: Operator) -> None:
    """VAR_HANDLE: a name."""
    low.handles[op.outputs[0]] = variable_of(low.graph, op)


def read_variable(low: Lowering, op: Operator) -> None:
    """READ_VARIABLE: the state itself, or a copy where it is still wanted after it was assigned anew."""
    name, output = _variable(low, op.inputs[0]), op.outputs[0]
    place = _state(low, name, output)
    if _is_read_late(low.graph, op, name):
        result = low.tensor(output)
        low.ops.append(Reshape(place, result))
    else:
        low.index_of[output] = place


def assign_variable(low: Lowering, op: Operator) -> None:
    """ASSIGN_VARIABLE: a copy into the state."""
    source = low.source(op.inputs[1])
    place = _state(low, _variable(low, op.inputs[0]), op.inputs[1])
    if low.tensors[source].elements != low.tensors[place].elements:
        raise low.fail("the variable has another size")
    low.ops.append(Reshape(source, place))


def _variable(low: Lowering, handle: int) -> str:
    if handle not in low.handles:
        raise low.fail("the variable has no name", "the .tflite is damaged; convert again")
    return low.handles[handle]


def _state(low: Lowering, name: str, index: int) -> int:
    """The program tensor of a variable; `index` is read from it or assigned to it."""
    value = low.activation(index)
    zero_point = int(value.zero_points[0])
    if name not in low.variables:
        tensor = replace(low.shaped(value, zero_point), state=True, initial=low.initial.get(name, 0))
        low.variables[name] = low.make(tensor)
    place = low.variables[name]
    known = low.tensors[place]
    if (known.scale, known.zero_point) != (float(value.scales[0]), zero_point):
        raise low.fail(f"variable `{name}` is read and assigned with different scales")
    return place


def _is_read_late(graph: Graph, read: Operator, name: str) -> bool:
    """Whether what was read is used after the variable was assigned anew."""
    handles: dict[int, str] = {}
    assigned = False
    for op in graph.operators:
        if op.name == "VAR_HANDLE":
            handles[op.outputs[0]] = variable_of(graph, op)
        if op.number <= read.number:
            continue
        if assigned and read.outputs[0] in op.inputs:
            return True
        assigned |= op.name == "ASSIGN_VARIABLE" and handles.get(op.inputs[0]) == name
    return assigned and read.outputs[0] in graph.outputs


LOWER: Mapping[str, Lower] = {
    "ASSIGN_VARIABLE": assign_variable,
    "CALL_ONCE": call_once,
    "READ_VARIABLE": read_variable,
    "VAR_HANDLE": var_handle,
}
