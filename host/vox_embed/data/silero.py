"""Silero's detector of speech, by its own network, which comes with the package `silero-vad` (MIT)."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.data.audio import probe, read_audio
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.needs import EXTRAS, need_packages

RATE = 16000
_CHUNK, _BEFORE = 512, 64
FRAME = _CHUNK / RATE
"""Seconds of a probability."""
START, END = 0.5, 0.35
_PIECE = 60.0


class Silero:
    """Probabilities that somebody speaks."""

    def __init__(self) -> None:
        need_packages("segment --method silero", EXTRAS["silero"])
        import onnxruntime

        found = importlib.util.find_spec("silero_vad")
        assert found is not None and found.origin is not None
        network = Path(found.origin).parent / "data" / "silero_vad.onnx"
        if not network.is_file():
            raise VoxError(f"{network}: silero-vad comes without its network", "pip install -U silero-vad")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            str(network), options, providers=["CPUExecutionProvider"]
        )

    def probabilities(self, file: str | Path) -> NDArray[np.float64]:
        """One every FRAME, a minute of sound at a time."""
        state, before = np.zeros((2, 1, 128), np.float32), np.zeros(_BEFORE, np.float32)
        found: list[float] = []
        length, start = probe(file).duration, 0.0
        while start < length - 1e-6:
            end = start + _PIECE
            sound = read_audio(file, RATE, start, end).astype(np.float32) / np.float32(32768)
            for at in range(0, len(sound), _CHUNK):
                piece = np.pad(sound[at : at + _CHUNK], (0, max(0, _CHUNK - len(sound) + at)))
                given: dict[str, Any] = {
                    "input": np.concatenate([before, piece])[None],
                    "state": state,
                    "sr": np.array(RATE, np.int64),
                }
                said, state = self._session.run(None, given)
                found.append(float(said[0, 0]))
                before = piece[-_BEFORE:]
            start = end
        return np.array(found)
