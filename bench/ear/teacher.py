"""Google's embedding of speech, which the ear learns to predict: fetched, checked, run.

The package `pyopen-wakeword` carries it as two TensorFlow Lite models (Apache-2.0, see README.md).
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.places import default_cache_dir
from vox_embed.gate.files import write_atomic

PACKAGE = "pyopen-wakeword==1.1.0"
SHA256 = {
    "melspectrogram.tflite": "96fa0adccb6e8cf95cb14465409a1a2898ee4a96a85bb9ed3c7eb0e68bf163e8",
    "embedding_model.tflite": "c0aea21eb84a4ce90a08c870da41b7a7173b45269e6a3207c71d67c40f3a59d8",
    "hey_jarvis.tflite": "14bff778604985e1b5c19f0f7bbe477a69cf281d8db34b232b3b972411f710e2",
    "alexa.tflite": "7333a317a790070a7f3432b81d9439c779481cc4ebd67c73da7174ea3cf48397",
}
"""Of the models of that package that benchmarks use."""

RATE = 16000
NUMBERS = 96
"""Of an embedding."""
MEL_HOP, MEL_WINDOW, MEL_BANDS = 160, 512, 32
MELS, STRIDE = 76, 8
"""Frames of 10 ms that an embedding is made of, and from one embedding to the next."""
_TOGETHER = 64


def cache() -> Path:
    """The folder that benchmarks keep things in. Raises VoxError."""
    folder = default_cache_dir()
    if folder is None:
        raise VoxError("there is no folder to keep models and sounds in", "set VOX_CACHE to one, or HOME")
    return folder.parent


def fetched(name: str) -> Path:
    """A model of the package, by pip where it is not there yet. Raises VoxError."""
    path = cache() / "openwakeword" / name
    if path.is_file() and _sum(path.read_bytes()) == SHA256[name]:
        return path
    with tempfile.TemporaryDirectory() as folder:
        _download(Path(folder))
        for wheel in Path(folder).glob("*.whl"):
            with zipfile.ZipFile(wheel) as archive:
                for one, wanted in SHA256.items():
                    _keep(archive.read(f"pyopen_wakeword/models/{one}"), path.with_name(one), wanted)
    return path


def _download(folder: Path) -> None:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    done = subprocess.run(
        [*command, "--dest", str(folder), PACKAGE], capture_output=True, text=True, check=False
    )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["it says nothing"])[-1]
        raise VoxError(
            f"pip cannot fetch {PACKAGE}: {reason}", f"once it is in {cache()}, no network is needed"
        )


def _keep(data: bytes, path: Path, wanted: str) -> None:
    if _sum(data) != wanted:
        raise VoxError(f"{PACKAGE}: {path.name} is not the file whose SHA-256 is {wanted}")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, data)


def _sum(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class Network:
    """A TensorFlow Lite model of one input and one output, on one thread: the same numbers every time."""

    def __init__(self, path: Path) -> None:
        try:
            from ai_edge_litert.interpreter import Interpreter
        except ImportError:
            from tensorflow.lite import Interpreter
        self._interpreter: Any = Interpreter(str(path), num_threads=1)
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._output = self._interpreter.get_output_details()[0]["index"]
        self._shape: tuple[int, ...] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the input, as the file has it."""
        return tuple(int(n) for n in self._interpreter.get_input_details()[0]["shape"])

    def __call__(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """The output of an input of any shape that the model can be given."""
        if x.shape != self._shape:
            self._interpreter.resize_tensor_input(self._input, list(x.shape))
            self._interpreter.allocate_tensors()
            self._shape = x.shape
        self._interpreter.set_tensor(self._input, x)
        self._interpreter.invoke()
        return np.array(self._interpreter.get_tensor(self._output), np.float32)


class Teacher:
    """Sounds to embeddings: the j-th is of the samples from 1280 j on, 12512 of them."""

    def __init__(self) -> None:
        self._mel = Network(fetched("melspectrogram.tflite"))
        self._embedding = Network(fetched("embedding_model.tflite"))

    def __call__(self, sounds: Sequence[NDArray[np.int16]]) -> list[NDArray[np.float32]]:
        """Of each sound its embeddings, float32 [n, 96]; none of one that is shorter than the first takes."""
        windows = [self._windows(sound) for sound in sounds]
        counts = [len(one) for one in windows]
        every = np.concatenate([np.zeros((0, MELS, MEL_BANDS), np.float32), *windows])
        made = [np.zeros((0, NUMBERS), np.float32)]
        for first in range(0, len(every), _TOGETHER):
            part = np.zeros((_TOGETHER, MELS, MEL_BANDS, 1), np.float32)
            count = len(every[first : first + _TOGETHER])
            part[:count, :, :, 0] = every[first : first + _TOGETHER]
            made.append(self._embedding(part).reshape(_TOGETHER, NUMBERS)[:count])
        return np.split(np.concatenate(made), np.cumsum(counts)[:-1])

    def _windows(self, sound: NDArray[np.int16]) -> NDArray[np.float32]:
        if len(sound) < MEL_WINDOW + (MELS - 1) * MEL_HOP:
            return np.zeros((0, MELS, MEL_BANDS), np.float32)
        mel = self._mel(sound.astype(np.float32)[None]).reshape(-1, MEL_BANDS) / 10 + 2
        return np.lib.stride_tricks.sliding_window_view(mel, MELS, axis=0)[::STRIDE].transpose(0, 2, 1)
