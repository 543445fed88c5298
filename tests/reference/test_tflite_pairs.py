"""P2 for functions of two values, int8 or left in floats, RESIZE_BILINEAR, LOG_SOFTMAX, products with
computed weights, and windows that reach far: every output byte equals that of the reference kernels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from vox_embed.core import Model
from vox_embed.experiment.errors import VoxError
from vox_embed.program.build import build_network
from vox_embed.program.tflite import lower_tflite

pytest.importorskip("ai_edge_litert", reason="needs ai-edge-litert, the reference interpreter (extra `dev`)")

from helpers.tflite_writer import SAME, VALID, Network, Reference, options

ROWS = 40
_COMPARED = ("EQUAL", "GREATER", "GREATER_EQUAL", "LESS", "LESS_EQUAL", "NOT_EQUAL")
SEEDS = range(6)


def scale_of(rng: np.random.Generator, low: float = 1e-3, high: float = 0.3) -> float:
    return float(np.float32(np.exp(rng.uniform(np.log(low), np.log(high)))))


def zero_of(rng: np.random.Generator) -> int:
    return int(rng.integers(-128, 128))


def same_bytes(model: bytes, inputs: np.ndarray) -> None:
    program = lower_tflite(model)
    got = Model(build_network(program, {})).run(inputs)
    np.testing.assert_array_equal(got, Reference(model).run(inputs).reshape(got.shape))


def random(rng: np.random.Generator, elements: int) -> np.ndarray:
    inputs = rng.integers(-128, 128, (ROWS, elements), dtype=np.int8)
    inputs[0], inputs[1] = -128, 127
    return inputs


def parted(
    net: Network, source: int, scales: list[float], zeros: list[int], shape: tuple[int, ...]
) -> list[int]:
    """Parts of the input along its first axis behind the batch, each in a scale of its own."""
    axis = net.tensor((), data=np.array(1, np.int32), kind="int32")
    pieces = [net.tensor(shape, scales[0], zeros[0]) for _ in scales]
    net.op("SPLIT", [axis, source], pieces, options("SplitOptions", numSplits=len(pieces)))
    found = [pieces[0]]
    for piece, scale, zero in zip(pieces[1:], scales[1:], zeros[1:], strict=True):
        found.append(net.tensor(shape, scale, zero))
        net.op("QUANTIZE", [piece], found[-1])
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_quotients(seed: int) -> None:
    """Of two tensors, one of them repeated, and by a constant; never by 0."""
    rng = np.random.default_rng(seed)
    net, shape = Network(), (1, 5, 3)
    scales, zeros = [scale_of(rng, 0.01), scale_of(rng, 0.01)], [zero_of(rng), -128]
    source = net.tensor((1, 10, 3), scales[0], zeros[0])
    a, b = parted(net, source, scales, zeros, shape)
    positive = net.tensor(shape, scales[1], -128)
    one = net.tensor((), scales[1], -128, data=np.array(-100, np.int8))
    net.op("MAXIMUM", [b, one], positive, options("MaximumMinimumOptions"))
    scale = scales[0] / scales[1] * float(rng.uniform(0.05, 0.8))
    y = net.tensor(shape, scale, zero_of(rng))
    net.op("DIV", [a, positive], y, options("DivOptions"))
    fixed = net.tensor((1,), scales[1], 3, data=np.array([-90], np.int8))
    z = net.tensor(shape, scale, zero_of(rng))
    net.op("DIV", [y, fixed], z, options("DivOptions"))
    same_bytes(net.bytes(source, z), random(rng, 30))


@pytest.mark.parametrize("name", _COMPARED)
@pytest.mark.parametrize("seed", range(2))
def test_choices(seed: int, name: str) -> None:
    """Between two tensors by a comparison of them, between another and constants, and of three tensors."""
    rng = np.random.default_rng(seed)
    net, shape, kind = Network(), (1, 4, 6), options(f"{name.title().replace('_', '')}Options")
    scales, zeros = [scale_of(rng), scale_of(rng)], [zero_of(rng), zero_of(rng)]
    scales[1] = scales[0] if seed else scales[1]
    source = net.tensor((1, 12, 6), scales[0], zeros[0])
    a, b, c = parted(net, source, [*scales, scales[0]], [*zeros, zeros[0]], shape)
    limit = net.tensor((), scales[1], 5, data=np.array(rng.integers(-60, 60), np.int8))
    results = []
    for first, second, yes, no in ((a, b, a, c), (a, limit, c, a), (b, limit, a, c)):
        truth = net.tensor(shape, kind="bool")
        net.op(name, [first, second], truth, kind)
        results.append(net.tensor(shape, scales[0], zeros[0]))
        net.op("SELECT_V2", [truth, yes, no], results[-1], options("SelectV2Options"))
    y = net.tensor((1, 12, 6), scales[0], zeros[0])
    net.op("CONCATENATION", results, y, options("ConcatenationOptions", axis=1))
    same_bytes(net.bytes(source, y), random(rng, 72))


@pytest.mark.parametrize("seed", SEEDS)
def test_stretches_of_two_tensors_in_floats(seed: int) -> None:
    """x / (1 + |x|) and the quotient of two tensors, of which the second is repeated."""
    rng = np.random.default_rng(seed)
    net, shape = Network(), (1, 4, 6)
    source = net.tensor(shape, scale_of(rng, 0.01), zero_of(rng))
    other = net.tensor((1, 4, 1), scale_of(rng, 0.01), zero_of(rng))
    axis = net.tensor((1,), data=np.array([2], np.int32), kind="int32")
    net.op("REDUCE_MAX", [source, axis], other, options("ReducerOptions", keepDims=True))
    net._tensors[other].quantization = net._tensors[source].quantization
    floats = [net.tensor(s, kind="float32") for s in (shape, (1, 4, 1), shape, shape, shape, shape, shape)]
    x, most, size, more, soft, part, wave = floats
    one = net.tensor((), data=np.array(1, np.float32), kind="float32")
    net.op("DEQUANTIZE", [source], x)
    net.op("DEQUANTIZE", [other], most)
    net.op("ABS", [x], size, options("AbsOptions"))
    net.op("ADD", [size, one], more, options("AddOptions"))
    net.op("DIV", [x, more], soft, options("DivOptions"))
    net.op("SUB", [soft, most], part, options("SubOptions"))
    net.op("MUL", [part, x], wave, options("MulOptions"))
    y = net.tensor(shape, scale_of(rng, 0.01), zero_of(rng))
    net.op("QUANTIZE", [wave], y)
    same_bytes(net.bytes(source, y), random(rng, 24))


@pytest.mark.parametrize("corners, centres", [(False, False), (True, False), (False, True)])
@pytest.mark.parametrize("seed", SEEDS)
def test_bilinear(seed: int, corners: bool, centres: bool) -> None:
    rng = np.random.default_rng(seed)
    before, after = rng.integers(1, 9, 2), rng.integers(1, 14, 2)
    net, channels, scale, zero = Network(), int(rng.integers(1, 5)), scale_of(rng), zero_of(rng)
    source = net.tensor((1, *before.tolist(), channels), scale, zero)
    y = net.tensor((1, *after.tolist(), channels), scale, zero)
    size = net.tensor((2,), data=after.astype(np.int32), kind="int32")
    net.op(
        "RESIZE_BILINEAR",
        [source, size],
        y,
        options("ResizeBilinearOptions", alignCorners=corners, halfPixelCenters=centres),
    )
    same_bytes(net.bytes(source, y), random(rng, int(np.prod(before)) * channels))


@pytest.mark.parametrize("channels", [1, 2, 12, 35, 400])
@pytest.mark.parametrize("seed", range(3))
def test_logarithm_of_softmax(seed: int, channels: int) -> None:
    rng = np.random.default_rng(seed)
    net = Network()
    source = net.tensor((1, 4, channels), scale_of(rng, 1e-3, 0.9), zero_of(rng))
    y = net.tensor((1, 4, channels), 16 / 256, 127)
    net.op("LOG_SOFTMAX", [source], y, options("LogSoftmaxOptions"))
    same_bytes(net.bytes(source, y), random(rng, 4 * channels))


@pytest.mark.parametrize("seed", SEEDS)
def test_products_with_weights_that_are_computed(seed: int) -> None:
    rng = np.random.default_rng(seed)
    net, terms, outputs = Network(), int(rng.integers(3, 30)), int(rng.integers(1, 7))
    scale, zero = scale_of(rng), zero_of(rng)
    source = net.tensor((2 + outputs, terms), scale, zero)
    x, w = net.tensor((2, terms), scale, zero), net.tensor((outputs, terms), scale, zero)
    sizes = net.tensor((2,), data=np.array([2, outputs], np.int32), kind="int32")
    axis = net.tensor((), data=np.array(0, np.int32), kind="int32")
    net.op("SPLIT_V", [source, sizes, axis], [x, w], options("SplitVOptions", numSplits=2))
    y = net.tensor((2, outputs), scale * scale * 200 * float(rng.uniform(0.5, 2)), zero_of(rng))
    net.op("FULLY_CONNECTED", [x, w, -1], y, options("FullyConnectedOptions"))
    same_bytes(net.bytes(source, y), random(rng, (2 + outputs) * terms))


@pytest.mark.parametrize("depthwise", [False, True])
@pytest.mark.parametrize("dilation, padding", [(300, SAME), (256, VALID), (200, SAME)])
def test_windows_that_reach_far(dilation: int, padding: Any, depthwise: bool) -> None:
    rng = np.random.default_rng(dilation)
    net, length, channels, outputs = Network(), 700, 2, 2 if depthwise else 3
    source = net.tensor((1, length, 1, channels), scale_of(rng), zero_of(rng))
    shape = (1, 3, 1, outputs) if depthwise else (outputs, 3, 1, channels)
    scales = rng.uniform(0.001, 0.01, outputs).astype(np.float32)
    data = rng.integers(-127, 128, shape, dtype=np.int8)
    weights = net.tensor(shape, scales, data=data, axis=3 if depthwise else 0)
    y = net.tensor((1, length if padding == SAME else length - 2 * dilation, 1, outputs), 0.05, zero_of(rng))
    bias = net.tensor((outputs,), data=rng.integers(-900, 900, outputs).astype(np.int32), kind="int32")
    kind = "DepthwiseConv2D" if depthwise else "Conv2D"
    fields = {"depthMultiplier": 1} if depthwise else {}
    net.op(
        "DEPTHWISE_CONV_2D" if depthwise else "CONV_2D",
        [source, weights, bias],
        y,
        options(
            f"{kind}Options",
            padding=padding,
            strideH=1,
            strideW=1,
            dilationHFactor=dilation,
            dilationWFactor=1,
            **fields,
        ),
    )
    model = net.bytes(source, y)
    program = lower_tflite(model)
    inputs = rng.integers(-128, 128, (4, length * channels), dtype=np.int8)
    got = Model(build_network(program, {})).run(inputs)
    np.testing.assert_array_equal(got, Reference(model).run(inputs).reshape(got.shape))


def test_a_first_state_of_zeros_whose_product_has_no_scale() -> None:
    """As older converters write unrolled recurrent layers."""
    rng = np.random.default_rng(1)
    net = Network()
    source, zeros = net.tensor((1, 4), 0.05, -3), net.tensor((1, 6), 1.0, 0)
    sizes = net.tensor((2,), data=np.array([1, 6], np.int32), kind="int32")
    net.op("FILL", [sizes, net.tensor((), 1.0, 0, data=np.array(0, np.int8))], zeros, options("FillOptions"))
    parts = [net.tensor((1, 4), 4.6e-41, -128), net.tensor((1, 4), 0.02, 5), net.tensor((1, 4), 0.02, -7)]
    for x, y in ((zeros, parts[0]), (source, parts[1])):
        shape = (4, 6 if x == zeros else 4)
        weights = net.tensor(shape, 0.01, data=rng.integers(-127, 128, shape, dtype=np.int8))
        net.op("FULLY_CONNECTED", [x, weights, -1], y, options("FullyConnectedOptions"))
    net.op("ADD", parts[:2], parts[2], options("AddOptions"))
    same_bytes(net.bytes(source, parts[2]), random(rng, 4))


def test_a_network_may_have_hundreds_of_tensors() -> None:
    net, scale = Network(), 0.05
    source = last = net.tensor((1, 4), scale, 0)
    for i in range(400):
        y = net.tensor((1, 4), scale * (1.0 + 0.001 * (i % 7)), i % 5)
        net.op("LEAKY_RELU", [last], y, options("LeakyReluOptions", alpha=0.9))
        last = y
    same_bytes(net.bytes(source, last), random(np.random.default_rng(1), 4))


def test_what_depends_on_three_tensors_in_floats_is_refused() -> None:
    net, scale = Network(), 0.05
    source = net.tensor((1, 12), scale, 0)
    parts = parted(net, source, [scale] * 3, [0] * 3, (1, 4))
    floats = [net.tensor((1, 4), kind="float32") for _ in range(5)]
    for i, part in enumerate(parts):
        quantised = net.tensor((1, 4), scale * (1 + i), 0)
        weights = net.tensor((4, 4), 0.01, data=np.eye(4, dtype=np.int8) * 100)
        net.op("FULLY_CONNECTED", [part, weights, -1], quantised, options("FullyConnectedOptions"))
        net.op("DEQUANTIZE", [quantised], floats[i])
    net.op("DIV", [floats[0], floats[1]], floats[3], options("DivOptions"))
    net.op("DIV", [floats[3], floats[2]], floats[4], options("DivOptions"))
    y = net.tensor((1, 4), scale, 0)
    net.op("QUANTIZE", [floats[4]], y)
    with pytest.raises(VoxError, match="DIV"):
        lower_tflite(net.bytes(source, y))
