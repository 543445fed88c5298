"""UNIDIRECTIONAL_SEQUENCE_LSTM: run after run the bytes of the reference interpreter, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("ai_edge_litert", reason="needs ai-edge-litert, the reference interpreter (extra `dev`)")

from helpers.tflite_writer import Network, Reference, options
from vox_embed.core import Model
from vox_embed.experiment.errors import VoxError
from vox_embed.program.build import build_network
from vox_embed.program.tflite import lower_tflite

TANH, RELU = 4, 1


class Layer(Network):
    """A layer of random weights, in a file."""

    def __init__(self, seed: int, **wanted: object) -> None:
        super().__init__()
        rng = np.random.default_rng(seed)
        self.rows, self.inputs, self.units = (int(rng.integers(1, n)) for n in (9, 20, 16))
        self.time_major = bool(wanted.get("time_major", seed % 2))
        self.x = (float(np.float32(rng.uniform(0.01, 0.05))), int(rng.integers(-128, 128)))
        self.h = (float(np.float32(rng.uniform(0.004, 0.0079))), int(rng.integers(-30, 30)))
        fraction = int(wanted.get("fraction", rng.integers(9, 16)))  # type: ignore[call-overload]
        shape = (self.rows, 1) if self.time_major else (1, self.rows)
        source = self.tensor((*shape, self.inputs), *self.x)
        weights = [self._weights(rng, (self.units, n)) for n in [self.inputs] * 4 + [self.units] * 4]
        biases = [self._bias(rng) for _ in range(4)]
        state = self.tensor((1, self.units), *self.h)
        cells = self.tensor((1, self.units), 2.0**-fraction, kind="int16")
        for index in (state, cells):
            self._tensors[index].isVariable = True
        result = self.tensor((*shape, self.units), *self.h)
        inputs = [source, *weights, -1, -1, -1, *biases, -1, -1, state, cells, -1, -1, -1, -1]
        for place in wanted.get("more", ()):  # type: ignore[attr-defined]
            inputs[place] = self._bias(rng)
        for place in wanted.get("without", ()):  # type: ignore[attr-defined]
            inputs[place] = -1
        chosen = options(
            "UnidirectionalSequenceLSTMOptions",
            fusedActivationFunction=wanted.get("activation", TANH),
            cellClip=float(rng.choice([0.0, 0.7, 10.0])),
            timeMajor=self.time_major,
        )
        self.op("UNIDIRECTIONAL_SEQUENCE_LSTM", inputs, result, chosen)
        empty = [self.tensor((0,), kind="float32") for _ in range(4)]
        self._ops[-1].intermediates = [*empty, self.tensor((0,), *self.h)]
        self.file = self.bytes(source, result)

    def _weights(self, rng: np.random.Generator, shape: tuple[int, int]) -> int:
        values = rng.integers(-127, 128, shape, dtype=np.int8)
        values[rng.random(shape[0]) < 0.1] = 0  # units that do not listen
        return self.tensor(shape, float(np.float32(rng.uniform(0.002, 0.02))), data=values)

    def _bias(self, rng: np.random.Generator) -> int:
        values = rng.integers(-6000, 6000, self.units).astype(np.int32)
        return self.tensor((self.units,), 1e-4, data=values, kind="int32")


def differing(file: bytes, runs: int, seed: int) -> tuple[int, int]:
    """Bytes that differ over so many runs, and distinct outputs."""
    model, reference = Model(build_network(lower_tflite(file), {})), Reference(file)
    rng = np.random.default_rng(seed)
    count = lower_tflite(file).input_tensor.elements
    inputs = rng.integers(-128, 128, (runs, count), dtype=np.int8)
    inputs[runs // 2 : runs // 2 + 5] = rng.choice(np.array([-128, 127], np.int8), (5, count))
    expected = reference.run(inputs)
    return int((model.run(inputs) != expected).sum()), len(np.unique(expected, axis=0))


@pytest.mark.parametrize("seed", range(25))
def test_random_layers_have_the_bytes_of_the_reference(seed: int) -> None:
    different, distinct = differing(Layer(seed).file, 40, seed)
    assert different == 0
    assert distinct > 30


@pytest.mark.parametrize("fraction", range(9, 16))
def test_every_scale_of_the_cells_has_the_bytes_of_the_reference(fraction: int) -> None:
    assert differing(Layer(100 + fraction, fraction=fraction).file, 300, 3)[0] == 0


def test_a_published_network_has_the_bytes_of_the_reference(vox_models: Path) -> None:
    path = vox_models / "trained_lstm_int8.tflite"
    if not path.is_file():
        pytest.skip(f"{path.name} is not in VOX_MODELS")
    different, distinct = differing(path.read_bytes(), 1000, 5)
    assert different == 0
    assert distinct > 100


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"more": (9, 10, 11)}, "peepholes"),
        ({"more": (20, 21, 22, 23)}, "layer normalisation"),
        ({"more": (16,)}, "a projection"),
        ({"without": (1, 5, 12)}, "input gate"),
        ({"activation": RELU}, "without tanh"),
        ({"fraction": 8}, "2\\^-15 to 2\\^-9"),
    ],
)
def test_what_cannot_be_carried_over_is_named(wanted: dict[str, object], said: str) -> None:
    with pytest.raises(VoxError, match=rf"(?s)UNIDIRECTIONAL_SEQUENCE_LSTM.*{said}"):
        lower_tflite(Layer(2, **wanted).file)
