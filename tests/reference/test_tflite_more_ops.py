"""P2 for operators on single values, of two operands, and those that move values.

Random shapes and scales; every output byte equals that of the reference kernels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from vox_embed.core import Model
from vox_embed.program.build import build_network
from vox_embed.program.tflite import lower_tflite

pytest.importorskip("ai_edge_litert", reason="needs ai-edge-litert, the reference interpreter (extra `dev`)")

from helpers.tflite_writer import ACTIVATIONS, VALID, Network, Reference, options

ROWS = 60


def scale_of(rng: np.random.Generator, low: float = 1e-3, high: float = 0.3) -> float:
    return float(np.float32(np.exp(rng.uniform(np.log(low), np.log(high)))))


def zero_of(rng: np.random.Generator) -> int:
    return int(rng.integers(-128, 128))


def same_bytes(model: bytes, rng: np.random.Generator) -> list[str]:
    """Runs both on random inputs; returns the kinds of the program's operators."""
    program = lower_tflite(model)
    inputs = rng.integers(-128, 128, (ROWS, program.input_tensor.elements), dtype=np.int8)
    inputs[0], inputs[1] = -128, 127
    got = Model(build_network(program, {})).run(inputs)
    np.testing.assert_array_equal(got, Reference(model).run(inputs).reshape(got.shape))
    return [op.kind for op in program.ops]


def ints(net: Network, *values: int) -> int:
    return net.tensor((len(values),), data=np.array(values, np.int32), kind="int32")


SINGLE: dict[str, tuple[Any, tuple[float, int] | None]] = {
    "LOGISTIC": (None, (1 / 256, -128)),
    "TANH": (None, (1 / 128, 0)),
    "EXP": (None, None),
    "ABS": (options("AbsOptions"), None),
    "HARD_SWISH": (options("HardSwishOptions"), None),
    "LEAKY_RELU": (options("LeakyReluOptions", alpha=0.17), None),
    "GELU": (options("GeluOptions"), None),
    "RELU_N1_TO_1": (None, None),
    "RELU_0_TO_1": (None, None),
}


@pytest.mark.parametrize("name", SINGLE)
@pytest.mark.parametrize("seed", range(12))
def test_functions_of_one_value(seed: int, name: str) -> None:
    rng = np.random.default_rng([seed, len(name)])
    chosen, output = SINGLE[name]
    net = Network()
    source = net.tensor((1, 2, 128), scale_of(rng), zero_of(rng))
    result = net.tensor((1, 2, 128), *(output or (scale_of(rng), zero_of(rng))))
    net.op(name, [source], result, chosen)
    same_bytes(net.bytes(source, result), rng)


def test_every_input_of_a_gelu_by_tanh() -> None:
    net = Network()
    source, result = net.tensor((1, 256), 0.05, 3), net.tensor((1, 256), 0.04, -100)
    net.op("GELU", [source], result, options("GeluOptions", approximate=True))
    data = net.bytes(source, result)
    every = np.arange(-128, 128, dtype=np.int8)[None]
    np.testing.assert_array_equal(
        Model(build_network(lower_tflite(data), {})).run(every), Reference(data).run(every)
    )


BINARY = {"ADD": "AddOptions", "SUB": "SubOptions", "MUL": "MulOptions", "MAXIMUM": None, "MINIMUM": None}
SHAPES: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "equal": ((1, 5, 4, 6), (1, 5, 4, 6)),
    "channels": ((1, 5, 4, 6), (6,)),
    "rows": ((1, 5, 4, 6), (1, 5, 1, 1)),
    "one": ((1, 5, 4, 6), (1,)),
    "both": ((1, 5, 1, 6), (1, 1, 4, 6)),
}


def a_part(
    net: Network, source: int, shape: tuple[int, ...], before: tuple[float, int], after: tuple[float, int]
) -> int:
    """The first elements of a tensor along every axis, in another scale."""
    full = (1,) * (4 - len(shape)) + shape
    cut, row = net.tensor(full, *before), net.tensor(shape, *before)
    net.op("SLICE", [source, ints(net, 0, 0, 0, 0), ints(net, *full)], cut, options("SliceOptions"))
    net.op("RESHAPE", [cut, ints(net, *shape)], row, options("ReshapeOptions", newShape=list(shape)))
    if before == after:
        return row
    result = net.tensor(shape, *after)
    net.op("QUANTIZE", [row], result, options("QuantizeOptions"))
    return result


@pytest.mark.parametrize("constant", [False, True], ids=["tensor", "constant"])
@pytest.mark.parametrize("swapped", [False, True], ids=["first", "second"])
@pytest.mark.parametrize("shapes", SHAPES)
@pytest.mark.parametrize("name", BINARY)
def test_two_operands(name: str, shapes: str, swapped: bool, constant: bool) -> None:
    """Of these shapes; `swapped`: the other way round."""
    if shapes == "both" and constant:
        pytest.skip("a constant that the tensor is repeated for: the converter does not write it")
    rng = np.random.default_rng([len(name), len(shapes), swapped, constant])
    large, small = SHAPES[shapes]
    kind = BINARY[name]
    for _ in range(3):
        net = Network()
        scale, zero = scale_of(rng), zero_of(rng)
        other = (scale * float(np.exp(rng.uniform(-2, 2))), zero_of(rng)) if kind else (scale, zero)
        source = net.tensor((1, 5, 4, 6), scale, zero)
        first = source if large == (1, 5, 4, 6) else a_part(net, source, large, (scale, zero), (scale, zero))
        if constant:
            second = net.tensor(small, *other, data=rng.integers(-128, 128, small, dtype=np.int8))
        else:
            second = a_part(net, source, small, (scale, zero), other)
        out = tuple(max(pair) for pair in zip(large, (1,) * (4 - len(small)) + small, strict=True))
        result_scale = scale if kind is None else scale * other[0] * 60 if name == "MUL" else scale + other[0]
        result = net.tensor(out, float(np.float32(result_scale)), zero_of(rng) if kind else zero)
        fused = ACTIVATIONS[str(rng.choice(["none", "relu", "relu6"]))]
        chosen = options(kind, fusedActivationFunction=fused) if kind else options("MaximumMinimumOptions")
        net.op(name, [second, first] if swapped else [first, second], result, chosen)
        same_bytes(net.bytes(source, result), rng)


def moved(rng: np.random.Generator) -> tuple[Network, tuple[int, ...], float, int, int]:
    """A network that begins with a tensor of random shape."""
    net = Network()
    shape = (1, *(int(n) for n in rng.integers(2, 7, int(rng.integers(1, 4)))))
    scale, zero = scale_of(rng), zero_of(rng)
    return net, shape, scale, zero, net.tensor(shape, scale, zero)


@pytest.mark.parametrize("seed", range(20))
def test_transpose(seed: int) -> None:
    rng = np.random.default_rng([seed, 1])
    net, shape, scale, zero, source = moved(rng)
    order = [0, *(int(a) + 1 for a in rng.permutation(len(shape) - 1))]
    result = net.tensor(tuple(shape[a] for a in order), scale, zero)
    net.op("TRANSPOSE", [source, ints(net, *order)], result, options("TransposeOptions"))
    same_bytes(net.bytes(source, result), rng)


@pytest.mark.parametrize("seed", range(30))
def test_strided_slice(seed: int) -> None:
    rng = np.random.default_rng([seed, 2])
    net, shape, scale, zero, source = moved(rng)
    begin, end, step, masks, out = [], [], [], [0, 0], []
    for axis, size in enumerate(shape):
        stride = int(rng.choice([1, 1, 2, -1])) if axis else 1
        first, last = sorted(int(v) for v in rng.choice(size + 1, 2, replace=False))
        bounds = (first, last) if stride > 0 else (last - 1, first - 1 if first else -size - 1)
        if rng.random() < 0.3:
            masks[0] |= 1 << axis
        if rng.random() < 0.3:
            masks[1] |= 1 << axis
        taken = range(size)[
            slice(
                None if masks[0] >> axis & 1 else bounds[0],
                None if masks[1] >> axis & 1 else bounds[1],
                stride,
            )
        ]
        begin.append(bounds[0])
        end.append(bounds[1])
        step.append(stride)
        out.append(len(taken))
    result = net.tensor(tuple(out), scale, zero)
    chosen = options("StridedSliceOptions", beginMask=masks[0], endMask=masks[1])
    net.op("STRIDED_SLICE", [source, ints(net, *begin), ints(net, *end), ints(net, *step)], result, chosen)
    same_bytes(net.bytes(source, result), rng)


def test_a_slice_that_takes_one_place_of_an_axis() -> None:
    rng = np.random.default_rng(3)
    net = Network()
    source, result = net.tensor((1, 5, 4, 3), 0.1, 0), net.tensor((1, 4, 3), 0.1, 0)
    bounds = [ints(net, 0, -2, 0, 0), ints(net, 1, -1, 4, 3), ints(net, 1, 1, 1, 1)]
    net.op("STRIDED_SLICE", [source, *bounds], result, options("StridedSliceOptions", shrinkAxisMask=2))
    same_bytes(net.bytes(source, result), rng)


@pytest.mark.parametrize("name", ["SPLIT", "SPLIT_V", "UNPACK"])
@pytest.mark.parametrize("seed", range(8))
def test_parts_put_together_again(seed: int, name: str) -> None:
    """Taken apart along an axis, each part through a function of its own, and put together along another."""
    rng = np.random.default_rng([seed, len(name)])
    net = Network()
    scale, zero = scale_of(rng), zero_of(rng)
    axis = int(rng.integers(1, 4))
    shape = [1, 4, 4, 4]
    parts = 4 if name == "UNPACK" else 2
    source = net.tensor(tuple(shape), scale, zero)
    if name == "UNPACK":
        sizes, each = [1] * 4, [s for i, s in enumerate(shape) if i != axis]
        shapes = [tuple(each)] * 4
    else:
        sizes = [2, 2] if name == "SPLIT" else [1, 3]
        shapes = [tuple(size if i == axis else s for i, s in enumerate(shape)) for size in sizes]
    outputs = [net.tensor(each, scale, zero) for each in shapes]
    if name == "SPLIT":
        net.op(name, [ints(net, axis), source], outputs, options("SplitOptions", numSplits=parts))
    elif name == "SPLIT_V":
        lengths = [sizes[0], -1]
        chosen = options("SplitVOptions", numSplits=parts)
        net.op(name, [source, ints(net, *lengths), ints(net, axis)], outputs, chosen)
    else:
        net.op(name, [source], outputs, options("UnpackOptions", num=parts, axis=axis))
    changed = [net.tensor(each, scale, zero) for each in shapes]
    for one, other in zip(outputs, changed, strict=True):
        net.op("LEAKY_RELU", [one], other, options("LeakyReluOptions", alpha=float(rng.uniform(0, 1))))
    if name == "UNPACK":
        place = int(rng.integers(0, 4))
        out = list(shapes[0])
        out.insert(place, 4)
        result = net.tensor(tuple(out), scale, zero)
        net.op("PACK", changed[::-1], result, options("PackOptions", valuesCount=4, axis=place))
    else:
        result = net.tensor(tuple(shape), scale, zero)
        net.op("CONCATENATION", changed[::-1], result, options("ConcatenationOptions", axis=axis - 4))
    same_bytes(net.bytes(source, result), rng)


def test_a_concatenation_of_many() -> None:
    rng = np.random.default_rng(5)
    net = Network()
    source = net.tensor((1, 3, 4), 0.1, 0)
    result = net.tensor((1, 3, 80), 0.1, 0)
    net.op("CONCATENATION", [source] * 20, result, options("ConcatenationOptions", axis=2))
    kinds = same_bytes(net.bytes(source, result), rng)
    assert kinds == ["concat"] * 3


@pytest.mark.parametrize("name", ["MEAN", "REDUCE_MAX", "REDUCE_MIN"])
@pytest.mark.parametrize("axes", [(1,), (2,), (3,), (1, 2), (2, 3), (1, 2, 3), (-1,)])
def test_reductions(name: str, axes: tuple[int, ...]) -> None:
    rng = np.random.default_rng([len(name), *(axis % 4 for axis in axes)])
    for keep in (False, True):
        net = Network()
        shape = (1, *(int(n) for n in rng.integers(2, 9, 3)))
        scale, zero = scale_of(rng), zero_of(rng)
        gone = {axis % 4 for axis in axes}
        out = tuple(1 if i in gone else n for i, n in enumerate(shape) if keep or i not in gone)
        other = (scale * float(rng.uniform(0.3, 2)), zero_of(rng)) if name == "MEAN" else (scale, zero)
        source, result = net.tensor(shape, scale, zero), net.tensor(out, *other)
        net.op(name, [source, ints(net, *axes)], result, options("ReducerOptions", keepDims=keep))
        same_bytes(net.bytes(source, result), rng)


@pytest.mark.parametrize("name", ["MEAN", "REDUCE_MAX", "REDUCE_MIN"])
@pytest.mark.parametrize("shape", [(1, 1, 7), (1, 1, 1, 5), (1, 4, 1, 3)])
def test_reductions_of_axes_of_one_value(name: str, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng([len(name), *shape])
    axis = shape.index(1, 1)
    net = Network()
    scale, zero = scale_of(rng), zero_of(rng)
    other = (scale * 0.7, zero_of(rng)) if name == "MEAN" else (scale, zero)
    source = net.tensor(shape, scale, zero)
    result = net.tensor(tuple(n for i, n in enumerate(shape) if i != axis), *other)
    net.op(name, [source, ints(net, axis)], result, options("ReducerOptions", keepDims=False))
    same_bytes(net.bytes(source, result), rng)


@pytest.mark.parametrize("seed", range(12))
def test_padding_before_a_pool(seed: int) -> None:
    """And, every third time, of channels; every fourth with a value."""
    rng = np.random.default_rng([seed, 6])
    net = Network()
    scale, zero = scale_of(rng), zero_of(rng)
    shape = tuple(int(n) for n in rng.integers(2, 6, 3))
    amounts = rng.integers(0, 3, (4, 2)).astype(np.int32)
    amounts[0] = 0
    amounts[3] *= seed % 3 == 0
    out = tuple(int(n + amounts[i + 1].sum()) for i, n in enumerate(shape))
    source, wide = net.tensor((1, *shape), scale, zero), net.tensor((1, *out), scale, zero)
    padding = net.tensor((4, 2), data=amounts, kind="int32")
    if seed % 4 == 0:
        value = net.tensor((1,), scale, zero, data=rng.integers(-128, 128, 1, dtype=np.int8))
        net.op("PADV2", [source, padding, value], wide, options("PadV2Options"))
    else:
        net.op("PAD", [source, padding], wide, options("PadOptions"))
    result = net.tensor((1, out[0] - 1, out[1] - 1, out[2]), scale, zero)
    pool = options("Pool2DOptions", padding=VALID, strideH=1, strideW=1, filterHeight=2, filterWidth=2)
    net.op("MAX_POOL_2D", [wide], result, pool)
    same_bytes(net.bytes(source, result), rng)


@pytest.mark.parametrize("factors", [(1, 2), (3, 2), (2, 1)])
def test_resize_to_whole_factors(factors: tuple[int, int]) -> None:
    rng = np.random.default_rng(factors)
    net = Network()
    source = net.tensor((1, 3, 4, 5), 0.1, 3)
    size = (3 * factors[0], 4 * factors[1])
    result = net.tensor((1, *size, 5), 0.1, 3)
    chosen = options("ResizeNearestNeighborOptions")
    net.op("RESIZE_NEAREST_NEIGHBOR", [source, ints(net, *size)], result, chosen)
    same_bytes(net.bytes(source, result), rng)


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 1, 6), (1, 4, 1), (5, 4, 6)], ids=str)
@pytest.mark.parametrize("seed", range(6))
def test_prelu(seed: int, shape: tuple[int, ...]) -> None:
    """Slopes of one value, of channels, of columns, of each value; above and below 0."""
    rng = np.random.default_rng([seed, *shape])
    net = Network()
    scale = scale_of(rng)
    source = net.tensor((1, 5, 4, 6), scale, zero_of(rng))
    slopes = rng.integers(-128, 128, shape, dtype=np.int8)
    constant = net.tensor(shape, scale_of(rng, 1e-3, 0.02), zero_of(rng) // 4, data=slopes)
    result = net.tensor((1, 5, 4, 6), float(np.float32(scale * rng.uniform(0.4, 2.0))), zero_of(rng))
    net.op("PRELU", [source, constant], result)
    assert "table" in same_bytes(net.bytes(source, result), rng)


@pytest.mark.parametrize("uniform", [False, True], ids=["any", "zeros"])
@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize("axis", [1, 2, 3])
def test_concatenation_with_a_constant(axis: int, place: int, uniform: bool) -> None:
    rng = np.random.default_rng([axis, place, uniform])
    net, quantised = Network(), (0.1, 5)
    shape = [1, 3, 4, 5]
    source = net.tensor(tuple(shape), *quantised)
    shape[axis] = 2
    values = np.full(shape, 5) if uniform else rng.integers(-128, 128, shape)
    constant = net.tensor(tuple(shape), *quantised, data=values.astype(np.int8))
    inputs = [source, source]
    inputs.insert(place, constant)
    whole = [1, 3, 4, 5]
    whole[axis] = 2 * whole[axis] + 2
    result = net.tensor(tuple(whole), *quantised)
    net.op("CONCATENATION", inputs, result, options("ConcatenationOptions", axis=axis))
    same_bytes(net.bytes(source, result), rng)


@pytest.mark.parametrize("channels", [256, 401, 1000, 4095])
def test_softmax_over_many_channels(channels: int) -> None:
    rng = np.random.default_rng(channels)
    for scale in (0.02, 0.1, 0.3):
        net = Network()
        source, result = net.tensor((1, channels), scale, 3), net.tensor((1, channels), 1 / 256, -128)
        net.op("SOFTMAX", [source], result, options("SoftmaxOptions", beta=1.0))
        program = lower_tflite(net.bytes(source, result))
        inputs = np.clip(np.round(rng.normal(-60, 30, (40, channels))), -128, 127).astype(np.int8)
        inputs[np.arange(40), rng.integers(0, channels, 40)] = 127
        got = Model(build_network(program, {})).run(inputs)
        np.testing.assert_array_equal(got, Reference(net.bytes(source, result)).run(inputs))
        assert got.max() > -128
    flat = np.full((1, channels), 17, np.int8)
    assert np.unique(Model(build_network(program, {})).run(flat)).tolist() == [-128 + round(256 / channels)]
