"""P2, operator by operator: random shapes and scales, every output byte equals TensorFlow Lite's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from vox_embed.core import Model
from vox_embed.experiment.errors import VoxError
from vox_embed.program.build import build_network
from vox_embed.program.tflite import lower_tflite

pytest.importorskip("ai_edge_litert", reason="needs ai-edge-litert, the reference interpreter (extra `dev`)")

from helpers.tflite_writer import ACTIVATIONS, SAME, VALID, Network, Reference, options

SEEDS = range(40)
ROWS = 200


def same_bytes(model: bytes, rng: np.random.Generator) -> NDArray[np.int8]:
    """Runs both on random inputs, some of them extreme; returns the outputs."""
    program = lower_tflite(model)
    inputs = rng.integers(-128, 128, (ROWS, program.input_tensor.elements), dtype=np.int8)
    inputs[0], inputs[1] = -128, 127
    inputs[2] = rng.choice(np.array([-128, 127], np.int8), inputs.shape[1])
    got = Model(build_network(program, {})).run(inputs)
    expected = Reference(model).run(inputs)
    np.testing.assert_array_equal(got, expected)
    return got


def scale_of(rng: np.random.Generator, low: float = 1e-3, high: float = 0.2) -> float:
    return float(np.float32(np.exp(rng.uniform(np.log(low), np.log(high)))))


def weights_of(
    rng: np.random.Generator, shape: tuple[int, ...], channels: int
) -> tuple[NDArray[np.int8], Any]:
    """Weights and their scales: per channel, or one for all."""
    scales = np.exp(rng.uniform(np.log(1e-3), np.log(2e-2), channels)).astype(np.float32)
    return rng.integers(-127, 128, shape, dtype=np.int8), scales if rng.random() < 0.7 else scales[:1]


def bias_of(net: Network, rng: np.random.Generator, source_scale: float, scales: Any, channels: int) -> int:
    values = rng.integers(-5000, 5000, channels).astype(np.int32)
    return net.tensor((channels,), np.float32(source_scale) * scales, 0, data=values, kind="int32")


def output_scale(rng: np.random.Generator, source_scale: float, scales: Any, terms: int) -> float:
    """So that outputs fill the int8 range, now and then far too much or too little."""
    typical = source_scale * float(np.mean(scales)) * np.sqrt(terms) * 60
    return float(np.float32(typical * rng.choice([1.0, 1.0, 1.0, 0.02, 1e-4, 30.0, 1e5])))


def out_size(size: int, kernel: int, stride: int, dilation: int, padding: int) -> int:
    reach = (kernel - 1) * dilation + 1
    return -(-size // stride) if padding == SAME else (size - reach) // stride + 1


@pytest.mark.parametrize("depthwise", [False, True])
@pytest.mark.parametrize("seed", SEEDS)
def test_convolutions(seed: int, depthwise: bool) -> None:
    rng = np.random.default_rng([seed, depthwise])
    kernel = rng.integers(1, 5, 2) if seed % 4 else np.array([1, 1])
    stride, dilation = rng.integers(1, 4, 2), np.array([1, 1])
    if rng.random() < 0.3:
        stride, dilation = np.array([1, 1]), rng.integers(1, 4, 2)
    reach = (kernel - 1) * dilation + 1
    size = reach + rng.integers(0, 9, 2)
    padding = int(rng.choice([SAME, VALID]))
    if padding == SAME:
        size = rng.integers(1, 12, 2)
    channels_in = int(rng.choice([1, 2, 3, 4, 5, 8, 12, 17]))
    multiplier = int(rng.integers(1, 4))
    channels = channels_in * multiplier if depthwise else int(rng.choice([1, 2, 3, 4, 6, 8, 13]))
    out = [out_size(int(size[i]), int(kernel[i]), int(stride[i]), int(dilation[i]), padding) for i in (0, 1)]

    net = Network()
    source_scale = scale_of(rng)
    source = net.tensor((1, *map(int, size), channels_in), source_scale, int(rng.integers(-128, 128)))
    shape = (1, *map(int, kernel), channels) if depthwise else (channels, *map(int, kernel), channels_in)
    values, scales = weights_of(rng, shape, channels)
    weights = net.tensor(shape, scales, 0, data=values, axis=3 if depthwise else 0)
    bias = bias_of(net, rng, source_scale, scales, channels)
    terms = int(np.prod(kernel)) * (1 if depthwise else channels_in)
    result = net.tensor(
        (1, *out, channels), output_scale(rng, source_scale, scales, terms), int(rng.integers(-128, 128))
    )
    fields = {
        "padding": padding,
        "strideH": int(stride[0]),
        "strideW": int(stride[1]),
        "dilationHFactor": int(dilation[0]),
        "dilationWFactor": int(dilation[1]),
        "fusedActivationFunction": ACTIVATIONS[str(rng.choice(list(ACTIVATIONS)))],
    }
    if depthwise:
        net.op(
            "DEPTHWISE_CONV_2D",
            [source, weights, bias],
            result,
            options("DepthwiseConv2DOptions", depthMultiplier=multiplier, **fields),
        )
    else:
        net.op("CONV_2D", [source, weights, bias], result, options("Conv2DOptions", **fields))
    same_bytes(net.bytes(source, result), rng)


@pytest.mark.parametrize("seed", SEEDS)
def test_fully_connected(seed: int) -> None:
    rng = np.random.default_rng([seed, 2])
    inputs, outputs = int(rng.integers(1, 70)), int(rng.integers(1, 13))
    net = Network()
    source_scale = scale_of(rng)
    at_every_position = seed % 5 == 0
    shape: tuple[int, ...] = (1, 3, inputs) if at_every_position else (1, inputs)
    source = net.tensor(shape, source_scale, int(rng.integers(-128, 128)))
    values, scales = weights_of(rng, (outputs, inputs), outputs)
    weights = net.tensor((outputs, inputs), scales, 0, data=values)
    with_bias = rng.random() < 0.8
    bias = bias_of(net, rng, source_scale, scales, outputs) if with_bias else -1
    result = net.tensor(
        (1, 3, outputs) if at_every_position else (1, outputs),
        output_scale(rng, source_scale, scales, inputs),
        int(rng.integers(-128, 128)),
    )
    fused = ACTIVATIONS[str(rng.choice(["none", "relu", "relu6"]))]
    net.op(
        "FULLY_CONNECTED",
        [source, weights, bias],
        result,
        options("FullyConnectedOptions", fusedActivationFunction=fused, keepNumDims=at_every_position),
    )
    same_bytes(net.bytes(source, result), rng)


def one_input_each(
    source_scale: float, scales: Any, result_scale: float, zero_point: int, bias: NDArray[np.int64]
) -> bytes:
    """FULLY_CONNECTED that gives bias * source_scale * scales / result_scale for an input of 0."""
    net = Network()
    source = net.tensor((1, 1), source_scale, 0)
    outputs = len(bias)
    weights = net.tensor((outputs, 1), scales, 0, data=np.ones((outputs, 1), np.int8))
    biases = net.tensor((outputs,), None, data=bias.astype(np.int32), kind="int32")
    result = net.tensor((1, outputs), result_scale, zero_point)
    net.op("FULLY_CONNECTED", [source, weights, biases], result, options("FullyConnectedOptions"))
    return net.bytes(source, result)


def test_fully_connected_multiplies_scales_in_double_precision() -> None:
    data = one_input_each(
        0.04594346880912781, 0.018888048827648163, 0.8719051480293274, -128, np.array([159253])
    )
    zero = np.zeros((1, 1), np.int8)
    assert Reference(data).run(zero).tolist() == [[30]]
    assert Model(build_network(lower_tflite(data), {})).run(zero).tolist() == [[30]]


@pytest.mark.parametrize("each", [True, False], ids=["a scale an output", "one scale"])
@pytest.mark.parametrize("seed", range(6))
def test_fully_connected_at_ties(seed: int, each: bool) -> None:
    """Accumulators next to where the result changes."""
    rng = np.random.default_rng([seed, 8])
    outputs = 3000
    source_scale, result_scale = np.float32(rng.uniform(0.001, 0.1)), np.float32(rng.uniform(0.05, 1))
    scales = rng.uniform(0.0005, 0.05, outputs).astype(np.float32)
    if seed % 2:  # factors that are powers of two have ties that are exact
        source_scale, result_scale = np.float32(2**-6), np.float32(0.5)
        scales = (2.0 ** -rng.integers(6, 12, outputs)).astype(np.float32)
    chosen = scales if each else scales[0]
    factor = np.float64(source_scale) * np.float64(chosen) / np.float64(result_scale)
    bias = np.round((rng.integers(-100, 100, outputs) + 0.5) / factor).astype(np.int64)
    data = one_input_each(float(source_scale), chosen, float(result_scale), 0, bias)
    zero = np.zeros((1, 1), np.int8)
    ours = Model(build_network(lower_tflite(data), {})).run(zero)
    assert np.count_nonzero(ours != Reference(data).run(zero)) == 0


@pytest.mark.parametrize("name", ["CONV_2D", "DEPTHWISE_CONV_2D"])
@pytest.mark.parametrize("seed", range(8))
def test_channels_without_weights(seed: int, name: str) -> None:
    """Trained networks have channels that died: a bias of +-2^30 at a scale of nearly 0, or what was left."""
    rng = np.random.default_rng([seed, 9])
    channels = 9
    net = Network()
    source_scale = scale_of(rng)
    source = net.tensor((1, 4, 4, channels), source_scale, int(rng.integers(-128, 128)))
    depthwise = name == "DEPTHWISE_CONV_2D"
    shape = (1, 3, 3, channels) if depthwise else (channels, 3, 3, channels)
    values, _ = weights_of(rng, shape, channels)
    scales = np.exp(rng.uniform(np.log(1e-3), np.log(2e-2), channels)).astype(np.float32)
    bias = rng.integers(-5000, 5000, channels)
    every = values.transpose(3, 1, 2, 0) if depthwise else values
    every[[1, 4, 8]] = 0
    scales[1], bias[1] = 1e-12, 2**30
    scales[4], bias[4] = 1e-12, -(2**30)
    weights = net.tensor(shape, scales, 0, data=values, axis=3 if depthwise else 0)
    biases = net.tensor((channels,), None, data=bias.astype(np.int32), kind="int32")
    result = net.tensor((1, 4, 4, channels), output_scale(rng, source_scale, scales, 80), 3)
    kind = "DepthwiseConv2DOptions" if depthwise else "Conv2DOptions"
    more = {"depthMultiplier": 1} if depthwise else {}
    chosen = options(kind, padding=SAME, strideH=1, strideW=1, dilationHFactor=1, dilationWFactor=1, **more)
    net.op(name, [source, weights, biases], result, chosen)
    same_bytes(net.bytes(source, result), rng)


@pytest.mark.parametrize("name", ["MAX_POOL_2D", "AVERAGE_POOL_2D"])
@pytest.mark.parametrize("seed", SEEDS)
def test_pools(seed: int, name: str) -> None:
    rng = np.random.default_rng([seed, len(name)])
    kernel, stride = rng.integers(1, 5, 2), rng.integers(1, 4, 2)
    padding = int(rng.choice([SAME, VALID]))
    size = rng.integers(1, 12, 2) if padding == SAME else kernel + rng.integers(0, 9, 2)
    out = [out_size(int(size[i]), int(kernel[i]), int(stride[i]), 1, padding) for i in (0, 1)]
    channels = int(rng.integers(1, 10))
    net = Network()
    scale, zero = scale_of(rng), int(rng.integers(-128, 128))
    source = net.tensor((1, *map(int, size), channels), scale, zero)
    result = net.tensor((1, *out, channels), scale, zero)
    net.op(
        name,
        [source],
        result,
        options(
            "Pool2DOptions",
            padding=padding,
            filterHeight=int(kernel[0]),
            filterWidth=int(kernel[1]),
            strideH=int(stride[0]),
            strideW=int(stride[1]),
            fusedActivationFunction=ACTIVATIONS[str(rng.choice(["none", "relu", "relu6"]))],
        ),
    )
    same_bytes(net.bytes(source, result), rng)


@pytest.mark.parametrize("keep_dims", [False, True])
@pytest.mark.parametrize("same_scale", [False, True])
@pytest.mark.parametrize("seed", range(12))
def test_mean(seed: int, same_scale: bool, keep_dims: bool) -> None:
    rng = np.random.default_rng([seed, same_scale, keep_dims])
    h, w, c = (int(v) for v in rng.integers(1, 14, 3))
    net = Network()
    scale, zero = scale_of(rng), int(rng.integers(-128, 128))
    source = net.tensor((1, h, w, c), scale, zero)
    axes = net.tensor((2,), data=np.array([1, 2], np.int32), kind="int32")
    shape = (1, 1, 1, c) if keep_dims else (1, c)
    if same_scale:
        result = net.tensor(shape, scale, zero)
    else:
        result = net.tensor(
            shape, float(np.float32(scale * rng.uniform(0.2, 3.0))), int(rng.integers(-128, 128))
        )
    net.op("MEAN", [source, axes], result, options("ReducerOptions", keepDims=keep_dims))
    same_bytes(net.bytes(source, result), rng)


@pytest.mark.parametrize("seed", range(12))
def test_mean_over_time(seed: int) -> None:
    """Of [1, time, channels], as a one-dimensional global average pool leaves it."""
    rng = np.random.default_rng([seed, 9])
    t, c = (int(v) for v in rng.integers(1, 40, 2))
    net = Network()
    scale, zero = scale_of(rng), int(rng.integers(-128, 128))
    source = net.tensor((1, t, c), scale, zero)
    axes = net.tensor((1,), data=np.array([-2], np.int32), kind="int32")
    result = net.tensor(
        (1, c), float(np.float32(scale * rng.uniform(0.2, 1.0))), int(rng.integers(-128, 128))
    )
    net.op("MEAN", [source, axes], result, options("ReducerOptions", keepDims=False))
    same_bytes(net.bytes(source, result), rng)


@pytest.mark.parametrize("seed", SEEDS)
def test_softmax(seed: int) -> None:
    rng = np.random.default_rng([seed, 3])
    channels = int(rng.choice([1, 2, 3, 5, 12, 96, 255]))
    net = Network()
    source = net.tensor((1, channels), scale_of(rng, 1e-3, 1.5), int(rng.integers(-128, 128)))
    result = net.tensor((1, channels), 1 / 256, -128)
    beta = float(rng.choice([1.0, 1.0, 0.5, 2.0]))
    net.op("SOFTMAX", [source], result, options("SoftmaxOptions", beta=beta))
    same_bytes(net.bytes(source, result), rng)


@pytest.mark.parametrize("seed", SEEDS)
def test_l2_normalization(seed: int) -> None:
    rng = np.random.default_rng(seed)
    channels = int(rng.choice([1, 2, 3, 8, 17, 64, 256, 1000]))
    shape = (1, *(int(v) for v in rng.integers(1, 4, 2)), channels)
    net = Network()
    source = net.tensor(shape, scale_of(rng, 1e-3, 1.0), int(rng.integers(-128, 128)))
    result = net.tensor(shape, 1 / 128, 0)
    net.op("L2_NORMALIZATION", [source], result, options("L2NormOptions"))
    got = same_bytes(net.bytes(source, result), rng)
    assert len(np.unique(got)) > 1


def test_l2_normalization_of_every_pair() -> None:
    """Small sums of squares, and 0, where the root is at its limits."""
    pairs = np.stack(np.meshgrid(np.arange(-128, 128), np.arange(-128, 128)), axis=-1).reshape(-1, 2)
    net = Network()
    source, result = net.tensor((1, 1, 1, 2), 0.5, -3), net.tensor((1, 1, 1, 2), 1 / 128, 0)
    net.op("L2_NORMALIZATION", [source], result, options("L2NormOptions"))
    data, inputs = net.bytes(source, result), pairs[::7].astype(np.int8)
    inputs = np.concatenate([inputs, np.array([[-3, -3], [-3, -2], [-2, -2], [-4, -3]], np.int8)])
    got = Model(build_network(lower_tflite(data), {})).run(inputs)
    np.testing.assert_array_equal(got, Reference(data).run(inputs))


@pytest.mark.parametrize("seed", SEEDS)
def test_add(seed: int) -> None:
    """x + requantise(x): the two inputs have scales of their own."""
    rng = np.random.default_rng([seed, 4])
    shape = (1, *(int(v) for v in rng.integers(1, 8, 3)))
    net = Network()
    source = net.tensor(shape, scale_of(rng), int(rng.integers(-128, 128)))
    other = net.tensor(shape, scale_of(rng), int(rng.integers(-128, 128)))
    result = net.tensor(shape, scale_of(rng, 0.01, 0.4), int(rng.integers(-128, 128)))
    net.op("QUANTIZE", [source], other, options("QuantizeOptions"))
    fused = ACTIVATIONS[str(rng.choice(["none", "relu", "relu6"]))]
    pair = [source, other] if seed % 2 else [other, source]
    net.op("ADD", pair, result, options("AddOptions", fusedActivationFunction=fused))
    same_bytes(net.bytes(source, result), rng)


@pytest.mark.parametrize("name", ["RELU", "RELU6", "QUANTIZE"])
@pytest.mark.parametrize("seed", SEEDS)
def test_rescaling(seed: int, name: str) -> None:
    rng = np.random.default_rng([seed, len(name), 5])
    shape = (1, *(int(v) for v in rng.integers(1, 8, 3)))
    net = Network()
    source = net.tensor(shape, scale_of(rng), int(rng.integers(-128, 128)))
    result = net.tensor(shape, scale_of(rng), int(rng.integers(-128, 128)))
    net.op(name, [source], result, options("QuantizeOptions") if name == "QUANTIZE" else None)
    same_bytes(net.bytes(source, result), rng)


@pytest.mark.parametrize("padding", [SAME, VALID])
@pytest.mark.parametrize("seed", range(12))
def test_pad_in_front_of_a_convolution(seed: int, padding: int) -> None:
    rng = np.random.default_rng([seed, padding, 6])
    h, w, c = (int(v) for v in rng.integers(3, 9, 3))
    pads = rng.integers(0, 3, 4)
    net = Network()
    scale, zero = scale_of(rng), int(rng.integers(-128, 128))
    source = net.tensor((1, h, w, c), scale, zero)
    rows = np.array([[0, 0], pads[:2], pads[2:], [0, 0]], np.int32)
    amounts = net.tensor((4, 2), data=rows, kind="int32")
    ph, pw = h + int(pads[:2].sum()), w + int(pads[2:].sum())
    padded = net.tensor((1, ph, pw, c), scale, zero)
    net.op("PAD", [source, amounts], padded, options("PadOptions"))
    values, scales = weights_of(rng, (4, 5, 5, c), 4)
    ph, pw = max(ph, 5), max(pw, 5)
    if padding == VALID and (h + int(pads[:2].sum()) < 5 or w + int(pads[2:].sum()) < 5):
        pytest.skip("the kernel is larger than the padded input")
    weights = net.tensor((4, 5, 5, c), scales, 0, data=values)
    bias = bias_of(net, rng, scale, scales, 4)
    stride = int(rng.integers(1, 3))
    sizes = (h + int(pads[:2].sum()), w + int(pads[2:].sum()))
    out = [out_size(n, 5, stride, 1, padding) for n in sizes]
    result = net.tensor((1, *out, 4), output_scale(rng, scale, scales, 25 * c), int(rng.integers(-128, 128)))
    net.op(
        "CONV_2D",
        [padded, weights, bias],
        result,
        options(
            "Conv2DOptions",
            padding=padding,
            strideH=stride,
            strideW=stride,
            dilationHFactor=1,
            dilationWFactor=1,
        ),
    )
    same_bytes(net.bytes(source, result), rng)


def bordered(kind: str, rng: np.random.Generator, *, another: bool) -> bytes:
    """A dense layer between an input and an output of this type. another: of other scales than inside."""
    net = Network()
    unsigned, factor = kind == "uint8", 1.3 if another else 1.0
    scale, zero = scale_of(rng), int(rng.integers(-128, 128))
    outer = (scale * factor, zero + 128) if unsigned else (None, 0)
    source = net.tensor((1, 12), *outer, kind=kind)
    inside = net.tensor((1, 12), scale, zero)
    values, scales = weights_of(rng, (5, 12), 5)
    weights = net.tensor((5, 12), scales, 0, data=values)
    out_scale, out_zero = output_scale(rng, scale, scales, 12), int(rng.integers(-128, 128))
    result = net.tensor((1, 5), out_scale, out_zero)
    net.op("QUANTIZE", [source], inside, options("QuantizeOptions"))
    net.op("FULLY_CONNECTED", [inside, weights, -1], result, options("FullyConnectedOptions"))
    outer = (out_scale * factor, out_zero + 128) if unsigned else (None, 0)
    last, shaped = net.tensor((1, 5), *outer, kind=kind), net.tensor((5, 1), *outer, kind=kind)
    net.op("QUANTIZE" if unsigned else "DEQUANTIZE", [result], last)
    shape = net.tensor((2,), data=np.array([5, 1], np.int32), kind="int32")
    net.op("RESHAPE", [last, shape], shaped, options("ReshapeOptions", newShape=[5, 1]))
    return net.bytes(source, shaped)


@pytest.mark.parametrize("another", [False, True], ids=["same scales", "other scales"])
@pytest.mark.parametrize("seed", range(12))
def test_uint8_border(seed: int, another: bool) -> None:
    rng = np.random.default_rng([seed, 10])
    data = bordered("uint8", rng, another=another)
    program = lower_tflite(data)
    assert len([op for op in program.ops if op.kind != "reshape"]) == (3 if another else 1)
    inputs = rng.integers(0, 256, (ROWS, 12), dtype=np.uint8)
    got = Model(build_network(program, {})).run((inputs.astype(np.int16) - 128).astype(np.int8))
    np.testing.assert_array_equal(got.astype(np.int16) + 128, Reference(data).run(inputs))


@pytest.mark.parametrize("seed", range(12))
def test_float_border(seed: int) -> None:
    rng = np.random.default_rng([seed, 11])
    data = bordered("float32", rng, another=False)
    program = lower_tflite(data)
    assert [op.kind for op in program.ops] == ["dense"]
    x, y = program.input_tensor, program.output_tensor
    inputs = rng.integers(-128, 128, (ROWS, 12), dtype=np.int8)
    real = (np.float32(x.scale) * (inputs.astype(np.float32) - x.zero_point)).astype(np.float32)
    got = Model(build_network(program, {})).run(inputs)
    expected = Reference(data).run(real)
    np.testing.assert_array_equal(np.float32(y.scale) * (got.astype(np.float32) - y.zero_point), expected)


def test_a_float_network_is_refused_by_its_first_layer() -> None:
    net = Network()
    source, result = net.tensor((1, 4), kind="float32"), net.tensor((1, 4), kind="float32")
    net.op("RELU", [source], result)
    with pytest.raises(VoxError, match=r"op 0 `RELU`.*`t0` is float32, not int8") as error:
        lower_tflite(net.bytes(source, result))
    assert "full integer quantisation" in (error.value.hint or "")
