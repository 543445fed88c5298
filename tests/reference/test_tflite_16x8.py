"""P2 of 16-bit activations (16x8), operator by operator: every output equals the reference interpreter's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from vox_embed.core import Model
from vox_embed.experiment.errors import VoxError
from vox_embed.program.build import build_network
from vox_embed.program.ops import Kind
from vox_embed.program.tflite import lower_tflite

pytest.importorskip("ai_edge_litert", reason="needs ai-edge-litert, the reference interpreter (extra `dev`)")

from ai_edge_litert import schema_py_generated as schema

from helpers.tflite_writer import ACTIVATIONS, SAME, VALID, Network, Reference, options

SEEDS = range(24)
ROWS = 60
Q15 = 1 / 32768
BIAS_TYPES = {"int64": schema.TensorType.INT64, "int32": schema.TensorType.INT32, "none": 0}
CONVERTED = sorted((Path(__file__).parent / "data" / "wide").glob("*.tflite"))


def same_values(model: bytes, rng: np.random.Generator, rows: int = ROWS) -> NDArray[Any]:
    """Runs both on random inputs, some of them extreme, some small; returns the outputs."""
    program = lower_tflite(model)
    source = program.input_tensor
    kind = np.dtype(np.int16 if source.kind == Kind.S16 else np.int8)
    limits = np.iinfo(kind)
    inputs = rng.integers(limits.min, limits.max + 1, (rows, source.elements), dtype=kind)
    inputs[0], inputs[1] = limits.min, limits.max
    inputs[2] = rng.choice(np.array([limits.min, limits.max], kind), inputs.shape[1])
    inputs[3 : rows // 2] //= np.array(2 ** (np.arange(rows // 2 - 3) % 7), kind)[:, None]
    got = Model(build_network(program, {})).run(inputs)
    expected = Reference(model).run(inputs)
    np.testing.assert_array_equal(got, expected)
    return got


def scale_of(rng: np.random.Generator, low: float = 1e-5, high: float = 1e-2) -> float:
    return float(np.float32(np.exp(rng.uniform(np.log(low), np.log(high)))))


class Layers:
    """Layers of a random 16x8 network, put one on the other."""

    def __init__(self, rng: np.random.Generator, shape: tuple[int, ...]) -> None:
        self.net, self.rng = Network(), rng
        self.shape, self.scale = shape, scale_of(rng)
        self.source = self.last = self.net.tensor(shape, self.scale, kind="int16")

    def to(self, name: str, shape: tuple[int, ...], scale: float, chosen: Any, *more: int) -> Layers:
        result = self.net.tensor(shape, scale, kind="int16")
        self.net.op(name, [self.last, *more], result, chosen)
        self.last, self.shape, self.scale = result, shape, scale
        return self

    def _weights(
        self, shape: tuple[int, ...], channels: int, axis: int, bias: str
    ) -> tuple[list[int], float]:
        scales = np.exp(self.rng.uniform(np.log(1e-3), np.log(2e-2), channels)).astype(np.float32)
        scales = scales if self.rng.random() < 0.7 else scales[:1]
        values = self.rng.integers(-127, 128, shape, dtype=np.int8)
        made = [self.net.tensor(shape, scales, data=values, axis=axis)]
        if bias != "none":
            of_bias = self.rng.integers(-(10**6), 10**6, channels).astype(bias)
            made.append(
                self.net.tensor((channels,), np.float32(self.scale) * scales, data=of_bias, kind=bias)
            )
        return made, float(np.mean(scales))

    def _scale(self, weight: float, terms: int) -> float:
        """So that outputs fill the range, now and then far too much or too little."""
        typical = self.scale * weight * np.sqrt(terms) * 60
        return float(np.float32(typical * self.rng.choice([1.0, 1.0, 1.0, 0.02, 30.0, 1e4])))

    def dense(self, units: int, bias: str = "int64") -> Layers:
        inputs = self.shape[-1]
        more, weight = self._weights((units, inputs), units, 0, bias)
        rows = int(np.prod(self.shape[:-1]))
        fused = ACTIVATIONS[str(self.rng.choice(list(ACTIVATIONS)))]
        kind = BIAS_TYPES[bias]
        chosen = options("FullyConnectedOptions", fusedActivationFunction=fused, quantizedBiasType=kind)
        return self.to("FULLY_CONNECTED", (rows, units), self._scale(weight, inputs), chosen, *more)

    def convolution(self, depthwise: bool, bias: str = "int64", groups: int = 1) -> Layers:
        rng, (_, *size, inputs) = self.rng, self.shape
        kernel = [int(min(rng.integers(1, 5), n)) for n in size]
        stride = [int(v) for v in rng.integers(1, 3, 2)]
        dilation = [1, 1]
        if rng.random() < 0.3:
            stride = [1, 1]
            dilation = [
                int(rng.integers(1, 3)) if (k - 1) * 2 < n else 1 for k, n in zip(kernel, size, strict=True)
            ]
        same = rng.random() < 0.5
        multiplier = int(rng.integers(1, 4))
        outputs = inputs * multiplier if depthwise else groups * int(rng.integers(1, 9))
        out = [
            -(-n // s) if same else (n - ((k - 1) * d + 1)) // s + 1
            for n, k, s, d in zip(size, kernel, stride, dilation, strict=True)
        ]
        shape = (1, *kernel, outputs) if depthwise else (outputs, *kernel, inputs // groups)
        more, weight = self._weights(shape, outputs, 3 if depthwise else 0, bias)
        fields = {
            "padding": SAME if same else VALID,
            "strideH": stride[0],
            "strideW": stride[1],
            "dilationHFactor": dilation[0],
            "dilationWFactor": dilation[1],
            "fusedActivationFunction": ACTIVATIONS[str(rng.choice(list(ACTIVATIONS)))],
        }
        terms = int(np.prod(kernel)) * (1 if depthwise else inputs // groups)
        scale, result = self._scale(weight, terms), (1, *out, outputs)
        if depthwise:
            chosen = options("DepthwiseConv2DOptions", depthMultiplier=multiplier, **fields)
            return self.to("DEPTHWISE_CONV_2D", result, scale, chosen, *more)
        chosen = options("Conv2DOptions", quantizedBiasType=BIAS_TYPES[bias], **fields)
        return self.to("CONV_2D", result, scale, chosen, *more)

    def bytes(self) -> bytes:
        return self.net.bytes(self.source, self.last)


@pytest.mark.parametrize("bias", BIAS_TYPES)
@pytest.mark.parametrize("seed", SEEDS)
def test_fully_connected(seed: int, bias: str) -> None:
    rng = np.random.default_rng([seed, 1])
    shape = (1, 3, int(rng.integers(1, 20))) if seed % 5 == 0 else (1, int(rng.integers(1, 90)))
    same_values(Layers(rng, shape).dense(int(rng.integers(1, 13)), bias).bytes(), rng)


def test_more_terms_than_32_bits_hold() -> None:
    rng = np.random.default_rng(5)
    same_values(Layers(rng, (1, 3000)).dense(4).bytes(), rng, 20)


@pytest.mark.parametrize(
    ("depthwise", "bias"), [(False, "int64"), (False, "int32"), (True, "int64"), (True, "none")]
)
@pytest.mark.parametrize("seed", SEEDS)
def test_convolutions(seed: int, depthwise: bool, bias: str) -> None:
    rng = np.random.default_rng([seed, 2, depthwise])
    groups = 2 if seed % 6 == 5 and not depthwise else 1
    shape = (1, int(rng.integers(1, 10)), int(rng.integers(1, 10)), groups * int(rng.choice([1, 2, 3, 5, 8])))
    same_values(Layers(rng, shape).convolution(depthwise, bias, groups).bytes(), rng)


@pytest.mark.parametrize("kind", ["AVERAGE_POOL_2D", "MAX_POOL_2D"])
@pytest.mark.parametrize("seed", SEEDS)
def test_pools(seed: int, kind: str) -> None:
    rng = np.random.default_rng([seed, 3])
    size, channels = [int(v) for v in rng.integers(2, 10, 2)], int(rng.integers(1, 7))
    kernel = [int(rng.integers(1, n + 1)) for n in size]
    stride = [int(v) for v in rng.integers(1, 4, 2)]
    same = rng.random() < 0.5
    out = [-(-n // s) if same else (n - k) // s + 1 for n, k, s in zip(size, kernel, stride, strict=True)]
    layers = Layers(rng, (1, *size, channels))
    chosen = options(
        "Pool2DOptions",
        padding=SAME if same else VALID,
        filterHeight=kernel[0],
        filterWidth=kernel[1],
        strideH=stride[0],
        strideW=stride[1],
        fusedActivationFunction=ACTIVATIONS[str(rng.choice(list(ACTIVATIONS)))],
    )
    same_values(layers.to(kind, (1, *out, channels), layers.scale, chosen).bytes(), rng)


@pytest.mark.parametrize("kind", ["MEAN", "REDUCE_MAX", "REDUCE_MIN"])
@pytest.mark.parametrize("seed", SEEDS)
def test_reductions(seed: int, kind: str) -> None:
    rng = np.random.default_rng([seed, 4])
    shape = (1, *(int(v) for v in rng.integers(1, 9, 3)))
    axes = sorted(int(a) for a in rng.choice([1, 2, 3], int(rng.integers(1, 4)), replace=False))
    layers = Layers(rng, shape)
    keep = bool(rng.random() < 0.5)
    result = tuple(1 if a in axes else n for a, n in enumerate(shape) if keep or a not in axes)
    scale = layers.scale
    if kind == "MEAN":
        scale = float(np.float32(scale * rng.uniform(0.4, 3)))
    places = layers.net.tensor((len(axes),), data=np.array(axes, np.int32), kind="int32")
    same_values(layers.to(kind, result, scale, options("ReducerOptions", keepDims=keep), places).bytes(), rng)


@pytest.mark.parametrize("kind", ["ADD", "SUB", "MUL", "MAXIMUM", "MINIMUM"])
@pytest.mark.parametrize("seed", SEEDS)
def test_two_operands(seed: int, kind: str) -> None:
    rng = np.random.default_rng([seed, 5])
    shape = tuple(int(v) for v in rng.integers(1, 6, 3))
    layers = Layers(rng, (1, *shape))
    small = tuple(n if rng.random() < 0.5 else 1 for n in shape)
    same_scale = kind in ("MAXIMUM", "MINIMUM")
    other = layers.scale if same_scale else scale_of(rng, layers.scale / 9, layers.scale * 9)
    style = seed % 4  # constant; computed and repeated; the same twice; constant first
    if style in (0, 3):
        values = rng.integers(-32768, 32768, small).astype(np.int16)
        second = layers.net.tensor((1, *small), other, data=values, kind="int16")
    elif style == 1:
        first, scale = layers.last, layers.scale
        axes = layers.net.tensor((3,), data=np.array([1, 2, 3], np.int32), kind="int32")
        layers.to("REDUCE_MAX", (1, 1, 1, 1), layers.scale, options("ReducerOptions", keepDims=True), axes)
        second, other = layers.last, scale
        layers.last, layers.scale = first, scale
    else:
        second, other = layers.last, layers.scale
    top = {"MUL": layers.scale * other * 20000}.get(kind, max(layers.scale, other) * rng.uniform(0.7, 2))
    scale = layers.scale if same_scale else float(np.float32(top))
    fused = ACTIVATIONS[str(rng.choice(list(ACTIVATIONS)))]
    chosen = {
        "ADD": options("AddOptions", fusedActivationFunction=fused, potScaleInt16=False),
        "SUB": options("SubOptions", fusedActivationFunction=fused, potScaleInt16=False),
        "MUL": options("MulOptions", fusedActivationFunction=fused),
    }.get(kind) or options("MaximumMinimumOptions")
    if style == 3:
        first = layers.last
        layers.last, second = second, first
    same_values(layers.to(kind, (1, *shape), scale, chosen, second).bytes(), rng)


@pytest.mark.parametrize("kind", ["RELU", "RELU6", "LEAKY_RELU", "QUANTIZE"])
@pytest.mark.parametrize("seed", SEEDS)
def test_rescaling(seed: int, kind: str) -> None:
    rng = np.random.default_rng([seed, 6])
    layers = Layers(rng, (1, 40))
    scale = float(np.float32(layers.scale * rng.choice([1.0, 1.7, 0.3, 40.0, 0.02])))
    chosen = {"LEAKY_RELU": options("LeakyReluOptions", alpha=float(rng.uniform(0, 2)))}.get(kind)
    same_values(layers.to(kind, (1, 40), scale, chosen).bytes(), rng)


@pytest.mark.parametrize("kind", ["LOGISTIC", "TANH"])
@pytest.mark.parametrize("seed", SEEDS)
def test_curves(seed: int, kind: str) -> None:
    rng = np.random.default_rng([seed, 7])
    layers = Layers(rng, (1, 400))
    scale = scale_of(rng, 3e-6, 0.5) if seed % 4 else 2.0 ** -(9 + seed // 4)
    layers.net = Network()
    layers.source = layers.last = layers.net.tensor((1, 400), scale, kind="int16")
    same_values(layers.to(kind, (1, 400), Q15, None).bytes(), rng)


@pytest.mark.parametrize("seed", SEEDS)
def test_softmax(seed: int) -> None:
    rng = np.random.default_rng([seed, 8])
    shape = (1, int(rng.integers(1, 4)), int(rng.integers(1, 60)))
    layers = Layers(rng, shape)
    chosen = options("SoftmaxOptions", beta=float(rng.choice([1.0, 0.5, 2.0])))
    got = same_values(layers.to("SOFTMAX", shape, Q15, chosen).bytes(), rng)
    assert got.max() > 0


def _ints(layers: Layers, values: list[int]) -> int:
    return layers.net.tensor((len(values),), data=np.array(values, np.int32), kind="int32")


def _strided_slice(layers: Layers) -> None:
    _, h, w, c = layers.shape
    bounds = [_ints(layers, [0, 1, 0, 0]), _ints(layers, [1, h, w, c]), _ints(layers, [1, 1, 2, 1])]
    layers.to(
        "STRIDED_SLICE", (1, h - 1, -(-w // 2), c), layers.scale, options("StridedSliceOptions"), *bounds
    )


def _pad(layers: Layers) -> None:
    _, h, w, c = layers.shape
    amounts = layers.net.tensor(
        (4, 2), data=np.array([[0, 0], [1, 2], [0, 1], [0, 1]], np.int32), kind="int32"
    )
    layers.to("PAD", (1, h + 3, w + 1, c + 1), layers.scale, options("PadOptions"), amounts)


def _concatenation(layers: Layers) -> None:
    _, h, w, c = layers.shape
    constant = layers.rng.integers(-32768, 32768, (1, h, w, 2)).astype(np.int16)
    other = layers.net.tensor((1, h, w, 2), layers.scale, data=constant, kind="int16")
    layers.to("CONCATENATION", (1, h, w, c + 2), layers.scale, options("ConcatenationOptions", axis=3), other)


def _transpose(layers: Layers) -> None:
    _, h, w, c = layers.shape
    order = _ints(layers, [0, 3, 1, 2])
    layers.to("TRANSPOSE", (1, c, h, w), layers.scale, options("TransposeOptions"), order)


def _reshape(layers: Layers) -> None:
    _, h, w, c = layers.shape
    layers.to("RESHAPE", (1, h * w * c), layers.scale, options("ReshapeOptions", newShape=[1, h * w * c]))


def _gather(layers: Layers) -> None:
    _, h, _, c = layers.shape
    layers.to(
        "GATHER", (1, h, 3, c), layers.scale, options("GatherOptions", axis=2), _ints(layers, [1, 0, 1])
    )


def _slice(layers: Layers) -> None:
    _, h, w, _ = layers.shape
    bounds = [_ints(layers, [0, 1, 1, 0]), _ints(layers, [1, h - 1, w - 1, 1])]
    layers.to("SLICE", (1, h - 1, w - 1, 1), layers.scale, options("SliceOptions"), *bounds)


def _split(layers: Layers) -> None:
    """The second half of the channels, then both again."""
    net, (_, h, w, c) = layers.net, layers.shape
    halves = [net.tensor((1, h, w, c // 2), layers.scale, kind="int16") for _ in range(2)]
    net.op("SPLIT", [_ints(layers, [3]), layers.last], halves, options("SplitOptions", numSplits=2))
    result = net.tensor((1, h, w, c), layers.scale, kind="int16")
    net.op("CONCATENATION", halves[::-1], result, options("ConcatenationOptions", axis=3))
    layers.last = result


def _pack(layers: Layers) -> None:
    shape = (1, 2, *layers.shape[1:])
    layers.to("PACK", shape, layers.scale, options("PackOptions", axis=1, valuesCount=2), layers.last)


def _padded_convolution(layers: Layers) -> None:
    """The padding goes into the window."""
    _, h, w, c = layers.shape
    amounts = layers.net.tensor(
        (4, 2), data=np.array([[0, 0], [1, 1], [1, 1], [0, 0]], np.int32), kind="int32"
    )
    layers.to("PAD", (1, h + 2, w + 2, c), layers.scale, options("PadOptions"), amounts)
    layers.convolution(False)


MOVES = {
    "strided_slice": _strided_slice,
    "pad": _pad,
    "concatenation": _concatenation,
    "transpose": _transpose,
    "reshape": _reshape,
    "gather": _gather,
    "slice": _slice,
    "split": _split,
    "pack": _pack,
    "padded convolution": _padded_convolution,
}


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("seed", range(4))
def test_values_that_move(seed: int, move: str) -> None:
    rng = np.random.default_rng([seed, 9])
    layers = Layers(rng, (1, int(rng.integers(2, 7)), int(rng.integers(2, 7)), 2 * int(rng.integers(1, 5))))
    MOVES[move](layers)
    same_values(layers.bytes(), rng)


@pytest.mark.parametrize("seed", range(12))
def test_transposed_convolution(seed: int) -> None:
    rng = np.random.default_rng([seed, 10])
    layers = Layers(rng, (1, int(rng.integers(1, 6)), int(rng.integers(1, 6)), int(rng.integers(1, 5))))
    (_, h, w, c), channels, stride = layers.shape, int(rng.integers(1, 5)), int(rng.integers(1, 3))
    kernel = (int(rng.integers(stride, 5)), int(rng.integers(stride, 5)))
    shape = (1, (h - 1) * stride + kernel[0], (w - 1) * stride + kernel[1], channels)
    made, weight = layers._weights((channels, *kernel, c), channels, 0, "int64")
    sizes = layers.net.tensor((4,), data=np.array(shape, np.int32), kind="int32")
    result = layers.net.tensor(shape, layers._scale(weight, c * kernel[0] * kernel[1]), kind="int16")
    chosen = options("TransposeConvOptions", padding=VALID, strideH=stride, strideW=stride)
    layers.net.op("TRANSPOSE_CONV", [sizes, made[0], layers.last, made[1]], result, chosen)
    layers.last = result
    same_values(layers.bytes(), rng)


def _inner(layers: Layers) -> None:
    """One layer that a network may have in its middle."""
    rng, c = layers.rng, layers.shape[-1]
    kind = int(rng.integers(0, 9))
    if kind < 4:
        layers.convolution(kind % 2 == 1)
    elif kind == 4:
        layers.to("RELU", layers.shape, layers.scale, None)
    elif kind == 5:
        alpha = options("LeakyReluOptions", alpha=0.1)
        layers.to("LEAKY_RELU", layers.shape, float(np.float32(layers.scale * 0.9)), alpha)
    elif kind == 6:
        chosen = options("AddOptions", potScaleInt16=False)
        layers.to("ADD", layers.shape, float(np.float32(layers.scale * 2.1)), chosen, layers.last)
    elif kind == 7:
        values = rng.integers(-32768, 32768, (c,)).astype(np.int16)
        other = layers.net.tensor((c,), Q15, data=values, kind="int16")
        layers.to("MUL", layers.shape, float(np.float32(layers.scale * 0.6)), options("MulOptions"), other)
    else:
        layers.to(str(rng.choice(["LOGISTIC", "TANH"])), layers.shape, Q15, None)


def random_network(seed: int) -> tuple[bytes, np.random.Generator]:
    """Some layers, a mean, a dense layer and SOFTMAX."""
    rng = np.random.default_rng([seed, 11])
    layers = Layers(rng, (1, int(rng.integers(6, 14)), int(rng.integers(4, 10)), int(rng.integers(1, 9))))
    for _ in range(int(rng.integers(2, 6))):
        _inner(layers)
    axes = _ints(layers, [1, 2])
    layers.to("MEAN", (1, layers.shape[3]), layers.scale, options("ReducerOptions", keepDims=False), axes)
    weights = rng.integers(-127, 128, (5, layers.shape[1]), dtype=np.int8)
    made = layers.net.tensor(weights.shape, 0.01, data=weights)
    scale = float(np.float32(rng.uniform(1e-4, 3e-3)))
    layers.to("FULLY_CONNECTED", (1, 5), scale, options("FullyConnectedOptions"), made)
    layers.to("SOFTMAX", layers.shape, Q15, options("SoftmaxOptions", beta=1.0))
    return layers.bytes(), rng


@pytest.mark.parametrize("seed", range(40))
def test_random_networks(seed: int) -> None:
    model, rng = random_network(seed)
    same_values(model, rng, 200)


@pytest.mark.parametrize("path", CONVERTED, ids=lambda path: path.stem)
def test_converted_networks(path: Path) -> None:
    """As TensorFlow's converter writes them: data/make_models.py."""
    got = same_values(path.read_bytes(), np.random.default_rng(13), 1000)
    assert len(np.unique(got)) > 100


def test_a_network_of_16_bits_between_floats() -> None:
    """QUANTIZE at the input and DEQUANTIZE at the output are its border: the program has 16 bits there."""
    rng = np.random.default_rng(3)
    net = Network()
    source = net.tensor((1, 12), kind="float32")
    inner = net.tensor((1, 12), 1e-3, kind="int16")
    net.op("QUANTIZE", [source], inner)
    weights = net.tensor((5, 12), 0.01, data=rng.integers(-127, 128, (5, 12), dtype=np.int8))
    bias = net.tensor((5,), 1e-5, data=rng.integers(-9000, 9000, 5).astype(np.int64), kind="int64")
    result = net.tensor((1, 5), 2e-3, kind="int16")
    net.op("FULLY_CONNECTED", [inner, weights, bias], result, options("FullyConnectedOptions"))
    outside = net.tensor((1, 5), kind="float32")
    net.op("DEQUANTIZE", [result], outside)
    model = net.bytes(source, outside)
    program = lower_tflite(model)
    assert [program.input_tensor.kind, program.output_tensor.kind] == [Kind.S16, Kind.S16]
    rows = rng.integers(-32768, 32768, (50, 12)).astype(np.int16)
    got = Model(build_network(program, {})).run(rows)
    expected = Reference(model).run((rows * np.float32(1e-3)).astype(np.float32))
    np.testing.assert_allclose(got * np.float32(2e-3), expected, rtol=1e-6)


@pytest.mark.parametrize("seed", range(8))
def test_8_bits_around_16(seed: int) -> None:
    rng = np.random.default_rng([seed, 12])
    net = Network()
    zeros = [int(v) for v in rng.integers(-100, 100, 2)]
    source = net.tensor((1, 4, 5), 0.03, zeros[0])
    wide = net.tensor((1, 4, 5), 2e-4, kind="int16")
    net.op("QUANTIZE", [source], wide)
    curve = net.tensor((1, 4, 5), Q15, kind="int16")
    net.op("TANH", [wide], curve)
    result = net.tensor((1, 4, 5), 0.008, zeros[1])
    net.op("QUANTIZE", [curve], result)
    same_values(net.bytes(source, result), rng)


def test_a_state_of_16_bits_goes_on() -> None:
    """A variable that is read, added to the input, and assigned anew."""
    rng = np.random.default_rng(4)
    layers = Layers(rng, (1, 6))
    net, scale = layers.net, layers.scale
    handle = net.tensor((1,), kind="resource")
    net.op("VAR_HANDLE", [], handle, options("VarHandleOptions", container=b"", sharedName=b"past"))
    past = net.tensor((1, 6), scale, kind="int16")
    net.op("READ_VARIABLE", [handle], past)
    layers.to("ADD", (1, 6), scale, options("AddOptions", potScaleInt16=False), past)
    net.op("ASSIGN_VARIABLE", [handle, layers.last], [])
    program = lower_tflite(layers.bytes())
    inputs = rng.integers(-3000, 3000, (20, 6)).astype(np.int16)
    got = Model(build_network(program, {})).run(inputs)
    np.testing.assert_allclose(got, np.clip(np.cumsum(inputs.astype(int), axis=0), -32768, 32767), atol=20)


# ---- what is refused


def _refused(layers: Layers, match: str) -> None:
    with pytest.raises(VoxError, match=match):
        lower_tflite(layers.bytes())


def test_what_has_no_16_bit_kernel_is_refused_by_name() -> None:
    layers = Layers(np.random.default_rng(1), (1, 8))
    layers.to("HARD_SWISH", (1, 8), 1e-3, options("HardSwishOptions"))
    _refused(layers, r"op 0 `HARD_SWISH` at tensor `t1`: tensor `t0` is int16, not int8")


def test_all_such_operators_are_told_at_once() -> None:
    layers = Layers(np.random.default_rng(1), (1, 8))
    layers.to("ELU", (1, 8), 1e-3, None).to("SQRT", (1, 8), 1e-3, None)
    with pytest.raises(VoxError) as refusal:
        lower_tflite(layers.bytes())
    assert "2 layers cannot be carried over" in refusal.value.message
    assert "16-bit activations" in (refusal.value.hint or "")


def test_zero_points_are_refused() -> None:
    layers = Layers(np.random.default_rng(1), (1, 8))
    result = layers.net.tensor((1, 8), 1e-3, 3, kind="int16")
    layers.net.op("RELU", [layers.last], result)
    layers.last = result
    _refused(layers, "`t1` is int16 and has a zero point of 3, not 0")


def test_sums_of_powers_of_two_are_refused() -> None:
    layers = Layers(np.random.default_rng(1), (1, 8))
    chosen = options("AddOptions", potScaleInt16=True)
    layers.to("ADD", (1, 8), layers.scale, chosen, layers.last)
    _refused(layers, "16-bit sums whose scales are powers of two")


def test_weights_of_16_bits_are_refused() -> None:
    layers = Layers(np.random.default_rng(1), (1, 8))
    weights = layers.net.tensor((3, 8), 1e-3, data=np.ones((3, 8), np.int16), kind="int16")
    layers.to("FULLY_CONNECTED", (1, 3), 1e-3, options("FullyConnectedOptions"), weights)
    _refused(layers, "its values are int16 and its weights `t1` int16, not int8")


def test_padding_with_another_value_is_refused() -> None:
    layers = Layers(np.random.default_rng(1), (1, 2, 2, 2))
    amounts = layers.net.tensor((4, 2), data=np.ones((4, 2), np.int32), kind="int32")
    value = layers.net.tensor((1,), layers.scale, data=np.array([700], np.int16), kind="int16")
    layers.to("PADV2", (3, 4, 4, 4), layers.scale, options("PadV2Options"), amounts, value)
    _refused(layers, "16-bit activations are padded with 0 alone")


@pytest.mark.parametrize(("source", "result", "said"), [("int16", "int8", "`t1`"), ("int8", "int16", "`t0`")])
def test_one_operator_between_both_types_is_refused(source: str, result: str, said: str) -> None:
    net = Network()
    first, last = net.tensor((1, 8), 1e-2, kind=source), net.tensor((1, 3), 1e-2, kind=result)
    weights = net.tensor((3, 8), 0.01, data=np.ones((3, 8), np.int8))
    net.op("FULLY_CONNECTED", [first, weights, -1], last, options("FullyConnectedOptions"))
    with pytest.raises(
        VoxError, match=f"op 0 `FULLY_CONNECTED`.*tensor {said} is int8, not int16"
    ) as refusal:
        lower_tflite(net.bytes(first, last))
    assert "QUANTIZE between" in (refusal.value.hint or "")


def test_ends_of_both_types_are_refused() -> None:
    net = Network()
    source, narrow = net.tensor((1, 6), 1e-3, kind="int16"), net.tensor((1, 6), 1e-2, 4)
    wide = net.tensor((1, 6), 1e-2, kind="int16")
    net.op("QUANTIZE", [source], narrow)
    net.op("RELU", [source], wide)
    with pytest.raises(VoxError, match="output: tensors of int8 and of int16 together are not supported"):
        lower_tflite(net.bytes(source, [narrow, wide]))


def test_probabilities_of_16_bits_inside_a_network_of_8_are_refused() -> None:
    net = Network()
    source, inside = net.tensor((1, 6), 0.05, 3), net.tensor((1, 6), Q15, kind="int16")
    result = net.tensor((1, 6), Q15, kind="int16")
    net.op("SOFTMAX", [source], inside, options("SoftmaxOptions", beta=1.0))
    net.op("RELU", [inside], result)
    with pytest.raises(VoxError, match=r"op 0 `SOFTMAX`.*of int8 to int16, and not at the network's output"):
        lower_tflite(net.bytes(source, result))
