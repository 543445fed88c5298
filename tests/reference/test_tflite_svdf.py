"""SVDF: with an int8 state step by step against its definition in TensorFlow Lite Micro, with an int16 state
against the reference interpreter."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip(
    "ai_edge_litert", reason="needs ai-edge-litert, whose schema writes the files (extra `dev`)"
)

from helpers.tflite_writer import Network, Reference, options
from vox_embed.core import Model
from vox_embed.experiment.errors import VoxError
from vox_embed.program.build import build_network
from vox_embed.program.fixed import quantise_multiplier, rescale
from vox_embed.program.tflite import lower_tflite

STEPS = 60


class Layer:
    """One layer of random weights, as a file and as its definition."""

    def __init__(self, seed: int, *, state: str = "int8", relu: bool = False) -> None:
        rng = np.random.default_rng(seed)
        self.inputs, self.runs, self.rank = (int(rng.integers(1, n)) for n in (20, 12, 4))
        self.units = int(rng.integers(1, 9))
        filters = self.units * self.rank
        self.features = rng.integers(-127, 128, (filters, self.inputs), dtype=np.int8)
        self.times = rng.integers(-127, 128, (filters, self.runs), dtype=np.int8)
        self.bias = rng.integers(-3000, 3000, self.units).astype(np.int32)
        self.zeros = tuple(int(v) for v in rng.integers(-60, 60, 3))
        self.scales = tuple(float(np.float32(v)) for v in (0.05, 0.01, 0.05 * 0.01 * 70 * self.inputs**0.5))
        self.time_scale = float(np.float32(0.012))
        spread = 40 * 70 * (self.runs * self.rank) ** 0.5
        self.result_scale = float(np.float32(self.scales[2] * self.time_scale * spread / 50))
        self.limits = (self.zeros[2] if relu else -128, 127)
        self.file = self._written(state, relu)

    def _written(self, state: str, relu: bool) -> bytes:
        net = Network()
        source = net.tensor((1, self.inputs), self.scales[0], self.zeros[0])
        inputs = [
            source,
            net.tensor(self.features.shape, self.scales[1], data=self.features),
            net.tensor(self.times.shape, self.time_scale, data=self.times),
            net.tensor(self.bias.shape, data=self.bias, kind="int32"),
            net.tensor((1, self.times.size), self.scales[2], self.zeros[1], kind=state),
        ]
        result = net.tensor((1, self.units), self.result_scale, self.zeros[2])
        chosen = options("SVDFOptions", rank=self.rank, fusedActivationFunction=int(relu))
        net.op("SVDF", inputs, result, chosen)
        return net.bytes(source, result)

    def run(self, inputs: NDArray[np.int8]) -> NDArray[np.int8]:
        first = quantise_multiplier(self.scales[0] * self.scales[1] / self.scales[2])
        second = quantise_multiplier(self.scales[2] * self.time_scale / self.result_scale)
        state = np.full(self.times.shape, self.zeros[1], np.int64)
        rows = []
        for row in inputs.astype(np.int64):
            dots = self.features.astype(np.int64) @ (row - self.zeros[0])
            newest = [max(-128, min(127, rescale(int(dot), *first) + self.zeros[1])) for dot in dots]
            state = np.concatenate([state[:, 1:], np.array(newest)[:, None]], axis=1)
            sums = (
                ((state - self.zeros[1]) * self.times).sum(axis=1).reshape(self.units, self.rank).sum(axis=1)
            )
            rows.append([rescale(int(s), *second) + self.zeros[2] for s in sums + self.bias])
        return np.clip(rows, *self.limits).astype(np.int8)


@pytest.mark.parametrize("relu", [False, True], ids=["linear", "relu"])
@pytest.mark.parametrize("seed", range(12))
def test_steps_equal_the_definition(seed: int, relu: bool) -> None:
    layer = Layer(seed, relu=relu)
    inputs = np.random.default_rng(seed).integers(-128, 128, (STEPS, layer.inputs), dtype=np.int8)
    model = Model(build_network(lower_tflite(layer.file), {}))
    want = layer.run(inputs)
    np.testing.assert_array_equal(model.run(inputs), want)
    assert model.state_bytes >= layer.times.size
    assert len(np.unique(want)) > 10


def wide_layer(seed: int) -> tuple[bytes, int]:
    """A random layer whose state and weights over time have 16 bits, as TensorFlow Lite's own are; and its
    inputs."""
    rng = np.random.default_rng([seed, 16])
    inputs, runs, rank, units = (int(rng.integers(1, n)) for n in (20, 12, 4, 9))
    filters = units * rank
    x, over_time = 0.05, 1e-4
    kept = x * 0.01 * 70 * inputs**0.5 * 127 / 32768
    net = Network()
    source = net.tensor((1, inputs), x, int(rng.integers(-60, 60)))
    features = rng.integers(-127, 128, (filters, inputs), dtype=np.int8)
    times = rng.integers(-32767, 32768, (filters, runs)).astype(np.int16)
    bias = rng.integers(-300_000, 300_000, units).astype(np.int32)
    places = [
        source,
        net.tensor(features.shape, 0.01, data=features),
        net.tensor(times.shape, over_time, data=times, kind="int16"),
        net.tensor(bias.shape, data=bias, kind="int32"),
        net.tensor((1, filters * runs), kept, kind="int16", variable=True),
    ]
    spread = 8000 * 18000 * (runs * rank) ** 0.5 / 60
    result = net.tensor((1, units), kept * over_time * spread, int(rng.integers(-60, 60)))
    net.op("SVDF", places, result, options("SVDFOptions", rank=rank, fusedActivationFunction=1))
    return net.bytes(source, result), inputs


@pytest.mark.parametrize("seed", range(20))
def test_a_state_of_16_bits_has_the_bytes_of_the_reference(seed: int) -> None:
    file, inputs = wide_layer(seed)
    rows = np.random.default_rng(seed).integers(-128, 128, (STEPS, inputs), dtype=np.int8)
    got = Model(build_network(lower_tflite(file), {})).run(rows)
    np.testing.assert_array_equal(got, Reference(file).run(rows))
    assert len(np.unique(got)) > 10


def test_another_state_is_refused() -> None:
    with pytest.raises(VoxError, match=r"op 0 `SVDF`.*its state is int32; int8 and int16 are supported"):
        lower_tflite(Layer(1, state="int32").file)


def test_weights_over_time_have_the_bits_of_the_state() -> None:
    with pytest.raises(VoxError, match="`t2` over time must be constant int16 beside a state of int16"):
        lower_tflite(Layer(1, state="int16").file)


def test_a_published_network_imports(vox_models: Path) -> None:
    """Its input is int16, its probabilities int16 and at last int32: here both ends are int8. Its weights
    were shuffled, so that it is always sure of the same class."""
    path = vox_models / "keyword_scrambled_8bit.tflite"
    if not path.exists():
        pytest.skip(f"{path.name} is not in VOX_MODELS")
    program = lower_tflite(path)
    assert sum(tensor.state for tensor in program.tensors) == 7
    assert (program.output_tensor.scale, program.output_tensor.zero_point) == (1 / 256, -128)
    inputs = np.random.default_rng(1).integers(-128, 128, (200, 96), dtype=np.int8)
    got = Model(build_network(program, {})).run(inputs)
    assert np.all(np.abs((got.astype(int) + 128).sum(axis=1) - 256) <= 2)
