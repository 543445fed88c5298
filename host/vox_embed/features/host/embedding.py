"""What a network that others trained makes of a clip: a transformer's hidden states, or an ONNX file's
output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vox_embed.data.audio import content_hash
from vox_embed.data.threads import in_threads
from vox_embed.experiment import schema
from vox_embed.features.host.base import Clips, HostFeatures, Learned, Progress

Floats = NDArray[np.float32]
_STATISTICS = {"mean": ("mean",), "max": ("max",), "first": ("first",), "mean_std": ("mean", "std")}


class Encoder(Protocol):
    """A network, loaded. width: values of a state. files: that decide what it computes."""

    width: int
    files: Sequence[str]
    what: str

    def states(self, sound: Floats) -> Floats:
        """Sound, full scale 1.0, at the features' rate -> float32 [states, width], those of the sound
        alone."""
        ...


@dataclass(eq=False)
class Embedding(HostFeatures):
    """A row a clip: its states, drawn together. VoxError where a package or the network is missing."""

    settings: schema.Embedding

    def __post_init__(self) -> None:
        _ = self._encoder

    @cached_property
    def _encoder(self) -> Encoder:
        if self.settings.onnx:
            from vox_embed.features.host.onnx_encoder import OnnxEncoder

            return OnnxEncoder(self.settings)
        from vox_embed.features.host.transformer import TransformerEncoder

        return TransformerEncoder(self.settings)

    @property
    def sample_rate(self) -> int:
        """Hz."""
        return self.settings.sample_rate

    @property
    def per_clip(self) -> bool:
        """Always."""
        return True

    @property
    def names(self) -> tuple[str, ...]:
        """`state_0_mean` and so on."""
        return tuple(
            f"state_{i}_{name}"
            for name in _STATISTICS[self.settings.pool]
            for i in range(self._encoder.width)
        )

    @property
    def description(self) -> str:
        """The network, and what is taken of it."""
        what = self.settings.pool.replace("_", " and ")
        return f"{self._encoder.what}, {what} over a clip: {self.width} values"

    @cached_property
    def identity(self) -> str:
        """Of the network's files and of what is taken of it."""
        s = self.settings
        files = "-".join(content_hash(file) for file in self._encoder.files)
        return f"embedding-1-{files}-{s.layer}-{s.pool}-{s.max_duration:g}-{s.sample_rate}-{s.output}"

    def extract_all(self, clips: Clips, progress: Progress | None = None) -> list[Floats]:
        """A row a clip; each is computed alone, so that it does not matter beside which others."""
        rows: list[Floats] = []
        for row in in_threads(self._row, clips):
            rows.append(row)
            if progress is not None:
                progress(len(rows), len(clips))
        return rows

    def _row(self, clip: NDArray[np.int16]) -> Floats:
        piece = max(1, round(self.settings.max_duration * self.sample_rate))
        sound = clip.astype(np.float32) / np.float32(32768)
        starts = range(0, max(len(sound), 1), piece)
        states = [self._encoder.states(sound[start : start + piece]) for start in starts]
        return pooled(np.concatenate(states), self.settings.pool)[None]

    def learned(self) -> Learned:
        """Which network it was."""
        return {"network": np.frombuffer(self.identity.encode(), np.uint8)}

    def restore(self, learned: Learned) -> None:
        """ValueError where it is another."""
        if learned["network"].tobytes() != self.identity.encode():
            raise ValueError(f"{self.settings.model} is not the network that it was trained with")


def pooled(states: Floats, how: str) -> Floats:
    """[states, width] -> one vector."""
    values = states.astype(np.float64)
    made = {
        "mean": lambda: values.mean(axis=0),
        "std": lambda: values.std(axis=0),
        "max": lambda: values.max(axis=0),
        "first": lambda: values[0],
    }
    return np.concatenate([made[name]() for name in _STATISTICS[how]]).astype(np.float32)
