"""Networks that keep state between runs: step by step the bytes of the reference interpreter."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
import pytest
from numpy.typing import NDArray

from vox_embed.core import Model
from vox_embed.experiment.errors import VoxError
from vox_embed.program.build import build_network
from vox_embed.program.tflite import lower_tflite

pytest.importorskip("ai_edge_litert", reason="needs ai-edge-litert, the reference interpreter (extra `dev`)")

from ai_edge_litert import schema_py_generated as schema

from helpers.tflite_writer import Network, Reference, options
from helpers.wake_word import variable, with_subgraph

STEPS = 300


def stateful(rng: np.random.Generator, *, late: bool = False, first: int = 0) -> bytes:
    """A causal convolution over the last rows, and behind it a variable that holds what came out before.

    late: that variable is read before it is assigned, and used after. first: initial value of the other one.
    """
    net, inner = Network(), Network()
    rows, width, out = int(rng.integers(2, 5)), int(rng.integers(2, 7)), int(rng.integers(1, 6))
    scale, zero = float(np.float32(rng.uniform(0.02, 0.1))), int(rng.integers(-128, 128))
    y_scale, y_zero = float(np.float32(scale * 2)), int(rng.integers(-128, 128))
    for name, shape, value, of in (
        ("past", (1, rows, 1, width), first, (scale, zero)),
        ("last", (1, 1, 1, out), y_zero, (y_scale, y_zero)),
    ):
        held = inner.tensor(shape, *of, data=np.full(shape, value, np.int8))
        inner.op("ASSIGN_VARIABLE", [variable(inner, name), held], [], options("AssignVariableOptions"))
    net.op("CALL_ONCE", [], [], options("CallOnceOptions", initSubgraphIndex=1))
    past, last = variable(net, "past"), variable(net, "last")
    source = net.tensor((1, 1, 1, width), scale, zero)
    read = net.tensor((1, rows, 1, width), scale, zero)
    net.op("READ_VARIABLE", [past], read, options("ReadVariableOptions"))
    whole = net.tensor((1, rows + 1, 1, width), scale, zero)
    net.op("CONCATENATION", [read, source], whole, options("ConcatenationOptions", axis=1))
    bounds = [
        net.tensor((4,), data=np.array(v, np.int32), kind="int32")
        for v in ([0, 1, 0, 0], [1, rows + 1, 1, width], [1, 1, 1, 1])
    ]
    kept = net.tensor((1, rows, 1, width), scale, zero)
    net.op("STRIDED_SLICE", [whole, *bounds], kept, options("StridedSliceOptions"))
    net.op("ASSIGN_VARIABLE", [past, kept], [], options("AssignVariableOptions"))
    values = rng.integers(-127, 128, (out, rows + 1, 1, width), dtype=np.int8)
    weights = net.tensor(values.shape, float(np.float32(rng.uniform(0.005, 0.02))), 0, data=values)
    y = net.tensor((1, 1, 1, out), y_scale, y_zero)
    window = options("Conv2DOptions", padding=1, strideH=1, strideW=1, dilationHFactor=1, dilationWFactor=1)
    bias = net.tensor((out,), None, data=rng.integers(-2000, 2000, out).astype(np.int32), kind="int32")
    net.op("CONV_2D", [whole, weights, bias], y, window)
    before = net.tensor((1, 1, 1, out), y_scale, y_zero)
    net.op("READ_VARIABLE", [last], before, options("ReadVariableOptions"))
    result = net.tensor((1, 1, 1, out), y_scale, y_zero)
    steps: list[Any] = [
        ("ADD", [before, y], result, options("AddOptions")),
        ("ASSIGN_VARIABLE", [last, y], [], options("AssignVariableOptions")),
    ]
    for step in reversed(steps) if late else steps:
        net.op(*step)
    return with_subgraph(net, source, result, inner)


def inputs_of(data: bytes | Path, rng: np.random.Generator, steps: int) -> NDArray[np.int8]:
    elements = lower_tflite(data).input_tensor.elements
    return rng.integers(-128, 128, (steps, elements), dtype=np.int8)


@pytest.mark.parametrize("first", [0, -128, 17])
@pytest.mark.parametrize("late", [False, True], ids=["in order", "read late"])
@pytest.mark.parametrize("seed", range(4))
def test_steps_equal_the_reference(seed: int, late: bool, first: int) -> None:
    rng = np.random.default_rng([seed, late, first + 128])
    data = stateful(rng, late=late, first=first)
    inputs = inputs_of(data, rng, STEPS)
    model = Model(build_network(lower_tflite(data), {}))
    assert model.state_bytes > 0
    got = model.run(inputs)
    np.testing.assert_array_equal(got, Reference(data).run(inputs))
    assert len(np.unique(got)) > 10
    np.testing.assert_array_equal(model.run(inputs), got, err_msg="every call begins anew")


def test_variables_that_begin_with_a_pattern_are_refused() -> None:
    rng = np.random.default_rng(3)
    data = stateful(rng, first=5)
    model = schema.ModelT.InitFromPackedBuf(data)
    held = next(t for t in model.subgraphs[1].tensors if t.buffer)
    model.buffers[held.buffer].data = np.array([9, *model.buffers[held.buffer].data[1:]], np.uint8)
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    with pytest.raises(VoxError, match=r"CALL_ONCE.*`/past` does not begin with one value"):
        lower_tflite(bytes(builder.Output()))


@pytest.mark.parametrize("name", ["okay_nabu", "vad"])
def test_microwakewords_networks(vox_models: Path, name: str, request: pytest.FixtureRequest) -> None:
    """Published streaming networks; --full: 10,000 steps."""
    steps = 10_000 if request.config.getoption("--full") else 300
    path = vox_models / f"{name}.tflite"
    if not path.exists():
        pytest.skip(f"{path.name} is not in VOX_MODELS")
    rng = np.random.default_rng(9)
    inputs = inputs_of(path, rng, steps)
    inputs[steps // 2 :] //= 4  # calmer input, other outputs
    got = Model(build_network(lower_tflite(path), {})).run(inputs)
    expected = Reference(path.read_bytes()).run(inputs)
    np.testing.assert_array_equal(got.astype(np.int16) + 128, expected.astype(np.int16))
