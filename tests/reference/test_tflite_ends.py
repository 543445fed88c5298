"""P2, several inputs and several outputs: they lie one behind the other, in the order of the .tflite."""

from __future__ import annotations

import numpy as np
import pytest

from vox_embed.core import Model
from vox_embed.experiment.errors import VoxError
from vox_embed.program.build import build_network
from vox_embed.program.tflite import lower_tflite

pytest.importorskip("ai_edge_litert", reason="needs ai-edge-litert, the reference interpreter (extra `dev`)")

from helpers.tflite_writer import Network, Reference, options


def two_headed(rng: np.random.Generator, inputs: int, outputs: int) -> bytes:
    """Tensors of several shapes and scales, of which every other is needed late; one is not needed."""
    net = Network()
    shapes = [(1, int(rng.integers(1, 5)), 6) for _ in range(inputs)]
    sources = [net.tensor(s, float(rng.uniform(0.01, 0.1)), int(rng.integers(-128, 128))) for s in shapes]
    kept = [(source, shape) for source, shape in zip(sources, shapes, strict=True)][: max(1, inputs - 1)]
    results = []
    for head in range(outputs):
        source, shape = kept[head % len(kept)]
        results.append(net.tensor(shape, float(rng.uniform(0.01, 0.1)), int(rng.integers(-128, 128))))
        net.op("LEAKY_RELU", [source], results[-1], options("LeakyReluOptions", alpha=0.1 + 0.1 * head))
    order = [int(i) for i in rng.permutation(outputs)]
    return net.bytes(sources, [results[i] for i in order])


@pytest.mark.parametrize("outputs", [1, 2, 3, 11])
@pytest.mark.parametrize("inputs", [1, 2, 3, 5])
def test_every_output_byte(inputs: int, outputs: int) -> None:
    rng = np.random.default_rng([inputs, outputs])
    data = two_headed(rng, inputs, outputs)
    program = lower_tflite(data)
    assert (len(program.inputs), len(program.outputs)) == (inputs * (inputs > 1), outputs * (outputs > 1))
    rows = rng.integers(-128, 128, (30, program.input_tensor.elements), dtype=np.int8)
    got = Model(build_network(program, {})).run(rows)
    np.testing.assert_array_equal(got, Reference(data).run(rows))


def test_an_input_that_is_an_output_and_one_named_twice() -> None:
    net = Network()
    a, b, c = (net.tensor((1, 4), 0.1, zero) for zero in (1, 2, 3))
    net.op("TANH", [a], c)
    data = net.bytes([a, b], [b, c, c])
    rows = np.arange(-20, 20, dtype=np.int8).reshape(5, 8)
    got = Model(build_network(lower_tflite(data), {})).run(rows)
    np.testing.assert_array_equal(got[:, :4], rows[:, 4:])
    np.testing.assert_array_equal(got[:, 4:8], got[:, 8:])


def test_floats_and_unsigned_bytes_at_the_ends() -> None:
    """Each quantised by an operator of its own."""
    net = Network()
    real, raw = net.tensor((1, 4), kind="float32"), net.tensor((1, 4), 0.1, 128, kind="uint8")
    a, b, total = net.tensor((1, 4), 0.1, 5), net.tensor((1, 4), 0.1, 0), net.tensor((1, 4), 0.2, 3)
    out = net.tensor((1, 4), kind="float32")
    net.op("QUANTIZE", [real], a)
    net.op("QUANTIZE", [raw], b)
    net.op("ADD", [a, b], total, options("AddOptions"))
    net.op("DEQUANTIZE", [total], out)
    program = lower_tflite(net.bytes([real, raw], [out, total]))
    assert [(part.scale, part.zero_point, part.first) for part in program.inputs] == [
        (pytest.approx(0.1), 5, 0),
        (pytest.approx(0.1), 0, 4),
    ]
    rows = np.array([[5, 15, 25, -5, 0, 20, -10, 40]], np.int8)
    got = Model(build_network(program, {})).run(rows)
    np.testing.assert_array_equal(got, [[3, 18, 8, 18, 3, 18, 8, 18]])


def test_a_float_input_that_nothing_needs() -> None:
    net = Network()
    a, b, c = net.tensor((1, 4), 0.1), net.tensor((1, 4), kind="float32"), net.tensor((1, 4), 0.1)
    net.op("TANH", [a], c)
    with pytest.raises(VoxError, match="nothing depends on the network's input `t1`"):
        lower_tflite(net.bytes([a, b], c))
