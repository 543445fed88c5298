"""P2, what converters write around the layers: open batches, constants, stretches in floats, long kernels.

Every output byte equals that of the reference kernels."""

from __future__ import annotations

import numpy as np
import pytest

from vox_embed.core import Model
from vox_embed.experiment.errors import VoxError
from vox_embed.program.build import build_network
from vox_embed.program.tflite import lower_tflite

pytest.importorskip("ai_edge_litert", reason="needs ai-edge-litert, the reference interpreter (extra `dev`)")

from helpers.tflite_writer import SAME, VALID, Network, Reference, options

Rng = np.random.Generator


def same_bytes(data: bytes, rng: Rng, rows: int = 30) -> None:
    program = lower_tflite(data)
    inputs = rng.integers(-128, 128, (rows, program.input_tensor.elements), dtype=np.int8)
    got = Model(build_network(program, {})).run(inputs)
    np.testing.assert_array_equal(got, Reference(data).run(inputs).reshape(got.shape))


def scale_of(rng: Rng, low: float = 1e-2, high: float = 0.3) -> float:
    return float(np.float32(np.exp(rng.uniform(np.log(low), np.log(high)))))


def ints(net: Network, values: object) -> int:
    array = np.array(values, np.int32)
    return net.tensor(array.shape, data=array, kind="int32")


def layer(rng: Rng, net: Network, shape: tuple[int, ...], x: float) -> tuple[int, int, float]:
    """Weights, bias and a scale for the result."""
    scale = np.float32(0.004)
    weights = net.tensor(shape, scale, data=rng.integers(-127, 128, shape).astype(np.int8))
    bias = rng.integers(-900, 900, shape[0]).astype(np.int32)
    spread = 74 * 74 / 40 * np.sqrt(np.prod(shape[1:]))
    b = net.tensor((shape[0],), float(np.float32(x) * scale), data=bias, kind="int32")
    return weights, b, float(np.float32(x * scale * spread))


@pytest.mark.parametrize("seed", range(40))
def test_kernels_and_strides_beyond_255(seed: int) -> None:
    """Along columns or rows, as networks on raw sound have them."""
    rng = np.random.default_rng([seed, 1])
    tall, padding = bool(rng.random() < 0.4), SAME if rng.random() < 0.5 else VALID
    kernel, channels = int(rng.integers(2, 500)), int(rng.integers(1, 4))
    stride = int(rng.integers(256, 400)) if kernel < 256 else int(rng.integers(2, 300))
    size = kernel + int(rng.integers(0, 900))
    out = -(-size // stride) if padding == SAME else (size - kernel) // stride + 1

    def placed(long: int, deep: int) -> tuple[int, int, int]:
        return (long, 1, deep) if tall else (1, long, deep)

    net, x = Network(), scale_of(rng)
    source = net.tensor((1, *placed(size, channels)), x, int(rng.integers(-128, 128)))
    weights, bias, scale = layer(rng, net, (3, *placed(kernel, channels)), x)
    result = net.tensor((1, *placed(out, 3)), scale, int(rng.integers(-128, 128)))
    strides = (stride, 1) if tall else (1, stride)
    chosen = options("Conv2DOptions", padding=padding, strideH=strides[0], strideW=strides[1])
    net.op("CONV_2D", [source, weights, bias], result, chosen)
    same_bytes(net.bytes(source, result), rng)


def test_a_dilated_convolution_of_an_open_batch() -> None:
    """The file says 1 for the batch that SPACE_TO_BATCH_ND makes."""
    rng = np.random.default_rng(2)
    net, x = Network(), (0.05, 3)
    source, apart = net.tensor((1, 12, 4), *x), net.tensor((1, 6, 4), *x)
    none = ints(net, [[0, 0]])
    net.op("SPACE_TO_BATCH_ND", [source, ints(net, [2]), none], apart, options("SpaceToBatchNDOptions"))
    flat = net.tensor((1, 1, 6, 4), *x)
    net.op("EXPAND_DIMS", [apart, ints(net, -3)], flat, options("ExpandDimsOptions"))
    weights, bias, scale = layer(rng, net, (5, 1, 3, 4), x[0])
    inside, back = net.tensor((1, 1, 4, 5), scale, -7), net.tensor((1, 4, 5), scale, -7)
    net.op(
        "CONV_2D",
        [flat, weights, bias],
        inside,
        options("Conv2DOptions", padding=VALID, strideH=1, strideW=1),
    )
    shape = ints(net, [-1, 4, 5])
    net.op("RESHAPE", [inside, shape], back, options("ReshapeOptions", newShape=[-1, 4, 5]))
    result = net.tensor((1, 8, 5), scale, -7)
    net.op("BATCH_TO_SPACE_ND", [back, ints(net, [2]), none], result, options("BatchToSpaceNDOptions"))
    data = net.bytes(source, result)
    assert lower_tflite(data).output_tensor.shape == (1, 1, 8, 5)
    same_bytes(data, rng)


def test_a_dense_layer_whose_shapes_are_computed() -> None:
    """[1, 6, 4] as rows, through the layer, and back: the file says 1 for whatever depends on a shape."""
    rng = np.random.default_rng(3)
    net, x = Network(), (0.05, 3)
    source = net.tensor((1, 6, 4), *x)
    shape, two, rows = (net.tensor(size, kind="int32") for size in ((3,), (2,), ()))
    net.op("SHAPE", [source], shape, options("ShapeOptions", outType=2))
    net.op("GATHER", [shape, ints(net, [0, 1])], two, options("GatherOptions"))
    net.op("REDUCE_PROD", [two, ints(net, [0])], rows, options("ReducerOptions"))
    wanted, last = net.tensor((2,), kind="int32"), net.tensor((3,), kind="int32")
    net.op("PACK", [rows, ints(net, 4)], wanted, options("PackOptions", valuesCount=2))
    net.op("CONCATENATION", [two, ints(net, [5])], last, options("ConcatenationOptions"))
    flat = net.tensor((1, 1), *x)
    net.op("RESHAPE", [source, wanted], flat, options("ReshapeOptions"))
    weights, bias, scale = layer(rng, net, (5, 4), x[0])
    dense, result = net.tensor((1, 1), scale, 9), net.tensor((1, 1, 1), scale, 9)
    net.op("FULLY_CONNECTED", [flat, weights, bias], dense, options("FullyConnectedOptions"))
    net.op("RESHAPE", [dense, last], result, options("ReshapeOptions"))
    data = net.bytes(source, result)
    assert lower_tflite(data).output_tensor.shape == (1, 1, 6, 5)
    same_bytes(data, rng)


@pytest.mark.parametrize("filled", [False, True], ids=["constant", "FILL"])
def test_a_layer_of_constants(filled: bool) -> None:
    """As the first step of an unrolled recurrent layer has it."""
    rng = np.random.default_rng(4)
    net, x = Network(), (0.05, 3)
    source = net.tensor((1, 4), *x)
    if filled:
        state = net.tensor((1, 1), *x)
        zero = net.tensor((), *x, data=np.array(3, np.int8))
        net.op("FILL", [ints(net, [1, 4]), zero], state, options("FillOptions"))
    else:
        state = net.tensor((1, 4), *x, data=rng.integers(-128, 128, 4).astype(np.int8))
    weights, bias, scale = layer(rng, net, (5, 4), x[0])
    both = [net.tensor((1, 5), scale, zero) for zero in (9, -5)]
    for place, into in zip((source, state), both, strict=True):
        net.op("FULLY_CONNECTED", [place, weights, bias], into, options("FullyConnectedOptions"))
    result = net.tensor((1, 5), 2 * scale, 0)
    net.op("ADD", both, result, options("AddOptions"))
    same_bytes(net.bytes(source, result), rng)


@pytest.mark.parametrize("seed", range(12))
def test_a_stretch_in_floats(seed: int) -> None:
    """Functions that the converter does not quantise, of one tensor and of constants."""
    rng = np.random.default_rng([seed, 5])
    net = Network()
    source = net.tensor((1, 256), scale_of(rng), int(rng.integers(-128, 128)))
    floats = [net.tensor((1, 256), kind="float32") for _ in range(5)]
    half = net.tensor((), data=np.array(0.5, np.float32), kind="float32")
    net.op("DEQUANTIZE", [source], floats[0])
    net.op("NEG", [floats[0]], floats[1], options("NegOptions"))
    net.op("LOGISTIC" if seed % 2 else "ABS", [floats[1]], floats[2])
    net.op("MUL", [floats[2], half], floats[3], options("MulOptions"))
    net.op("ADD", [floats[3], floats[0]], floats[4], options("AddOptions"))
    result = net.tensor((1, 256), scale_of(rng), int(rng.integers(-128, 128)))
    net.op("QUANTIZE", [floats[4]], result, options("QuantizeOptions"))
    data = net.bytes(source, result)
    assert [op.kind for op in lower_tflite(data).ops] == ["table"]
    same_bytes(data, rng)


def test_an_arg_max_at_the_end_is_left_to_the_decision() -> None:
    rng = np.random.default_rng(6)
    net = Network()
    source, result = net.tensor((1, 4), 0.05, 3), net.tensor((1,), kind="int32")
    weights, bias, scale = layer(rng, net, (5, 4), 0.05)
    dense = net.tensor((1, 5), scale, 9)
    net.op("FULLY_CONNECTED", [source, weights, bias], dense, options("FullyConnectedOptions"))
    net.op("ARG_MAX", [dense, ints(net, -1)], result, options("ArgMaxOptions", outputType=2))
    data = net.bytes(source, result)
    inputs = rng.integers(-128, 128, (50, 4), dtype=np.int8)
    scores = Model(build_network(lower_tflite(data), {})).run(inputs).reshape(50, 5)
    np.testing.assert_array_equal(scores.argmax(axis=1), Reference(data).run(inputs).ravel())


def test_raw_bytes_that_are_scaled_in_floats() -> None:
    """uint8 without a scale, cast, and made int8: the first layers of networks on pictures and sound."""
    net = Network()
    source, real, scaled, around = (
        net.tensor((1, 256), kind=kind) for kind in ("uint8", "float32", "float32", "float32")
    )
    factor = net.tensor((), data=np.array(1 / 127.5, np.float32), kind="float32")
    one = net.tensor((), data=np.array(-1, np.float32), kind="float32")
    net.op("CAST", [source], real)
    net.op("MUL", [real, factor], scaled, options("MulOptions"))
    net.op("ADD", [scaled, one], around, options("AddOptions"))
    middle, result = net.tensor((1, 256), 0.01, -1), net.tensor((1, 256), 1 / 128, 0)
    net.op("QUANTIZE", [around], middle, options("QuantizeOptions"))
    net.op("TANH", [middle], result)
    data = net.bytes(source, result)
    every = np.arange(256, dtype=np.uint8)[None]
    got = Model(build_network(lower_tflite(data), {})).run((every ^ np.uint8(128)).view(np.int8))
    np.testing.assert_array_equal(got, Reference(data).run(every).reshape(got.shape))


def test_a_network_that_needs_too_much_memory_is_told_with_its_largest_layer() -> None:
    net = Network()
    source, middle, result = (net.tensor((1, 3000, 1000, 3), 0.1, 0) for _ in range(3))
    net.op("LEAKY_RELU", [source], middle, options("LeakyReluOptions", alpha=0.1))
    net.op("ADD", [source, middle], result, options("AddOptions"))
    with pytest.raises(VoxError, match="layer 1, `add` at `t2`") as error:
        build_network(lower_tflite(net.bytes(source, result)), {})
    assert "16,777,216" in (error.value.hint or "")
