"""P2, whole networks: 1000 random and real inputs, every output byte equals TensorFlow Lite's reference.

The public networks, kws_ref_model.tflite and micro_speech_quantized.tflite, are found through VOX_MODELS, the
folder that holds them; those in data/ were made by data/make_models.py.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from helpers.sounds import tone
from vox_embed.core import Model
from vox_embed.data.audio import read_audio
from vox_embed.features import LogMel
from vox_embed.program.build import build_network
from vox_embed.program.program import Program
from vox_embed.program.tflite import lower_tflite

pytest.importorskip("ai_edge_litert", reason="needs ai-edge-litert, the reference interpreter (extra `dev`)")

from helpers.tflite_writer import Reference

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench" / "nn"))
import measure_network

DATA = Path(__file__).with_name("data")
OWN = sorted(path.stem for path in DATA.glob("*.tflite"))
PUBLIC = ("kws_ref_model", "micro_speech_quantized")
ARENA_BARS = {"kws_ref_model": 18_000, "micro_speech_quantized": 6_800}
INSTRUCTION_BARS = {
    ("kws_ref_model", "m4"): 5_500_000,
    ("kws_ref_model", "m0plus"): 18_000_000,
    ("micro_speech_quantized", "m4"): 1_100_000,
    ("micro_speech_quantized", "m0plus"): 2_500_000,
}
IMAGE_BAR = 60_000
RATE = 16000


def path_of(name: str) -> Path:
    if name in OWN:
        return DATA / f"{name}.tflite"
    folder = os.environ.get("VOX_MODELS")
    if not folder or not (Path(folder) / f"{name}.tflite").is_file():
        pytest.skip(f"needs {name}.tflite: set VOX_MODELS to the folder that holds it")
    return Path(folder) / f"{name}.tflite"


def sounds(count: int, samples: int) -> Iterator[NDArray[np.int16]]:
    """Recorded words where VOX_DATA has them, else tones; at many levels, `samples` each."""
    files = sorted(Path(os.environ.get("VOX_DATA", "."), "commands", "audio").glob("*/*.flac"))
    for i in range(count):
        if files:
            sound = read_audio(files[i * len(files) // count], RATE)
        else:
            sound = tone(100 * 1.06 ** (i % 60), samples / RATE, RATE, i)
        loud = np.zeros(samples, np.int16)
        loud[: len(sound)] = sound[:samples]
        yield (loud * 0.7 ** (i % 13)).astype(np.int16)


def real_inputs(program: Program, count: int) -> NDArray[np.int8]:
    """Log-mel frames (for networks of few bands: their cosine transform) of sounds, as int8."""
    source = program.input_tensor
    elements = source.elements
    bands = {490: 10, 1960: 40}.get(elements, 16)
    frames = -(-elements // bands)
    logmel = LogMel(RATE, 480, 320, 512, 40, 20, 8000)
    rows = []
    for sound in sounds(count, 480 + 320 * (frames - 1)):
        features = logmel.extract(sound).astype(np.float64) / 512
        if bands != 40:  # cepstra
            k = np.arange(40)
            features = features @ np.cos(np.pi * np.outer(k + 0.5, np.arange(bands)) / 40) / 6
        spread = 60 * (features - features.mean()) / (features.std() + 1e-9)
        rows.append(np.clip(np.round(spread), -128, 127).ravel()[:elements])
    return np.array(rows).astype(np.int8)


def random_inputs(program: Program, count: int) -> NDArray[np.int8]:
    rng = np.random.default_rng(5)
    wild = rng.integers(-128, 128, (count, program.input_tensor.elements))
    tame = rng.normal(0, 1, wild.shape) * rng.uniform(1, 100, (count, 1)) + rng.uniform(-60, 60, (count, 1))
    return np.clip(np.where(rng.random((count, 1)) < 0.5, wild, tame), -128, 127).astype(np.int8)


@pytest.mark.parametrize("name", [*OWN, *PUBLIC])
def test_every_output_byte(name: str) -> None:
    path = path_of(name)
    program = lower_tflite(path)
    inputs = np.concatenate([random_inputs(program, 700), real_inputs(program, 300)])
    got = Model(build_network(program, {})).run(inputs)
    expected = Reference(path.read_bytes()).run(inputs)
    np.testing.assert_array_equal(got, expected)
    assert len(np.unique(got, axis=0)) > 20, "the outputs do not depend on the inputs"


def test_a_large_network_of_pictures(full: bool) -> None:
    """7.5 million multiplications: 20 inputs, a thousand with --full."""
    path = path_of("vww_96_int8")
    program = lower_tflite(path)
    inputs = random_inputs(program, 1000 if full else 20)
    got = Model(build_network(program, {})).run(inputs)
    np.testing.assert_array_equal(got, Reference(path.read_bytes()).run(inputs))
    assert len(np.unique(got, axis=0)) > len(inputs) // 20, "the outputs do not depend on the inputs"


@pytest.mark.parametrize("name", PUBLIC)
def test_arena(name: str) -> None:
    assert lower_tflite(path_of(name)).arena_size <= ARENA_BARS[name]


@pytest.mark.skipif(
    not (shutil.which("arm-none-eabi-gcc") and shutil.which("qemu-system-arm")),
    reason="arm-none-eabi-gcc or qemu-system-arm is missing",
)
@pytest.mark.parametrize(("name", "core"), INSTRUCTION_BARS)
def test_instructions_and_image(name: str, core: str) -> None:
    program = lower_tflite(path_of(name))
    inputs = random_inputs(program, 2)
    measured = measure_network.measure(measure_network.CORES[core], [(program, inputs)])[0]
    np.testing.assert_array_equal(measured.outputs, Model(build_network(program, {})).run(inputs))
    assert max(measured.runs) <= INSTRUCTION_BARS[name, core]
    assert measured.image <= IMAGE_BAR
