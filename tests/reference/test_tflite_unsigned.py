"""P2, networks quantised to uint8, as it was done before int8: weights with a zero point of their own.

The generators of test_tflite_settings.py, turned into uint8; every output byte equals that of the reference.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from vox_embed.core import Model
from vox_embed.program.build import build_network
from vox_embed.program.tflite import lower_tflite

pytest.importorskip("ai_edge_litert", reason="needs ai-edge-litert, the reference interpreter (extra `dev`)")

import test_tflite_settings as settings

from helpers.tflite_writer import ACTIVATIONS, SAME, VALID, Network, Reference, options

SEEDS = 12
INT8_ONLY = {"functions"}
Rng = np.random.Generator


def same_bytes(made: settings.Made, rng: Rng) -> None:
    net, source, result = made
    net.unsigned(rng)
    data = net.bytes(source, result)
    program = lower_tflite(data)
    inputs = rng.integers(-128, 128, (24, program.input_tensor.elements), dtype=np.int8)
    inputs[0], inputs[1] = -128, 127
    got = Model(build_network(program, {})).run(inputs)
    expected = Reference(data).run(inputs.view(np.uint8) ^ np.uint8(128))
    np.testing.assert_array_equal(got.view(np.uint8) ^ np.uint8(128), expected.reshape(got.shape))


def pool(rng: Rng) -> settings.Made:
    """Windows of any number of values, some of them outside."""
    net, known = Network(), (settings.scale_of(rng), settings.zero_of(rng))
    *size, channels = (int(n) for n in rng.integers(4, 9, 3))
    kernel, stride = rng.integers(1, 5, 2).tolist(), rng.integers(1, 3, 2).tolist()
    padding = SAME if rng.random() < 0.5 else VALID
    out = [
        -(-n // s) if padding == SAME else (n - k) // s + 1
        for n, s, k in zip(size, stride, kernel, strict=True)
    ]
    source, result = net.tensor((1, *size, channels), *known), net.tensor((1, *out, channels), *known)
    chosen = options("Pool2DOptions", padding=padding, strideH=stride[0], strideW=stride[1])
    chosen.filterHeight, chosen.filterWidth = kernel
    chosen.fusedActivationFunction = ACTIVATIONS[str(rng.choice(["none", "relu6"]))]
    net.op("AVERAGE_POOL_2D", [source], result, chosen)
    return net, source, result


def concatenation(rng: Rng) -> settings.Made:
    """Of tensors with scales of their own."""
    net = Network()
    source, parts = net.tensor((1, 4, 8), 0.1, 3), []
    for _ in range(3):
        parts.append(net.tensor((1, 4, 8), settings.scale_of(rng, 0.03), settings.zero_of(rng)))
        net.op("QUANTIZE", [source], parts[-1], options("QuantizeOptions"))
    result = net.tensor((1, 4, 24), settings.scale_of(rng, 0.03), settings.zero_of(rng))
    net.op("CONCATENATION", parts, result, options("ConcatenationOptions", axis=2))
    return net, source, result


def functions(rng: Rng) -> settings.Made:
    net, name = Network(), str(rng.choice(["LOGISTIC", "TANH", "RELU", "RELU6", "QUANTIZE"]))
    fixed = {"LOGISTIC": (1 / 256, -128), "TANH": (1 / 128, 0)}
    known = (settings.scale_of(rng), settings.zero_of(rng))
    source, result = net.tensor((1, 256), *known), net.tensor((1, 256), *fixed.get(name, known))
    net.op(name, [source], result, options("QuantizeOptions") if name == "QUANTIZE" else None)
    return net, source, result


def ties(rng: Rng) -> settings.Made:
    """A dense layer whose factor is a power of two, so that many results are halves."""
    net = Network()
    source, result = net.tensor((1, 16), 0.5, 7), net.tensor((1, 64), float(rng.choice([16, 32, 96])), 5)
    values = rng.integers(-127, 128, (64, 16)).astype(np.int8)
    bias = net.tensor((64,), 0.25, data=rng.integers(-300, 300, 64).astype(np.int32), kind="int32")
    weights = net.tensor((64, 16), 0.5, data=values)
    net.op("FULLY_CONNECTED", [source, weights, bias], result, options("FullyConnectedOptions"))
    return net, source, result


MAKE = [make for make in settings.MAKE if make.__name__ not in INT8_ONLY]


@pytest.mark.parametrize(
    "make", [*MAKE, pool, concatenation, functions, ties], ids=lambda make: make.__name__
)
def test_every_output_byte(make: Callable[[Rng], settings.Made]) -> None:
    for seed in range(SEEDS):
        rng = np.random.default_rng([seed, *make.__name__.encode()])
        made = make(rng)
        if not made[0].has("int4"):
            same_bytes(made, rng)


def test_weights_beyond_eight_bits() -> None:
    """The least and the largest weight there is, with a zero point at either end."""
    for zero in (0, 255):
        net = Network()
        source, result = net.tensor((1, 5, 3, 2), 0.1, 9), net.tensor((1, 5, 3, 2), 40.0, 0)
        values = np.array([0, 255] * 9, np.uint8).reshape(1, 3, 3, 2)
        weights = net.tensor(values.shape, 0.02, 0, data=(values ^ 128).view(np.int8))
        chosen = options("DepthwiseConv2DOptions", padding=SAME, strideH=1, strideW=1, depthMultiplier=1)
        bias = net.tensor((2,), 0.002, data=np.array([50, -70], np.int32), kind="int32")
        net.op("DEPTHWISE_CONV_2D", [source, weights, bias], result, chosen)
        net.unsigned(np.random.default_rng(1), weights_zero=zero)
        data = net.bytes(source, result)
        inputs = np.random.default_rng(2).integers(-128, 128, (50, 30), dtype=np.int8)
        got = Model(build_network(lower_tflite(data), {})).run(inputs)
        expected = Reference(data).run(inputs.view(np.uint8) ^ np.uint8(128))
        np.testing.assert_array_equal(got.view(np.uint8) ^ np.uint8(128), expected.reshape(got.shape))
