"""Posteriors of whole streams, recorded once: what any decision settings can be tried on afterwards."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.core import Listener, Model
from vox_embed.experiment.kept import Kept
from vox_embed.experiment.places import default_cache_dir
from vox_embed.field.conditions import Surroundings
from vox_embed.field.streams import Stream, blocks, speech_ends
from vox_embed.program.stored import read_model
from vox_embed.spec.model_format import DecisionParams, SectionTag

_PUSH_SECONDS = 20
_HEARD = (
    SectionTag.FRONTEND,
    SectionTag.FUNCTIONALS,
    SectionTag.NORM,
    SectionTag.PROGRAM,
    SectionTag.WAKE,
    SectionTag.WEIGHTS,
)


_MOST_BYTES = 1 << 30
"""Of what is kept of a stream: days of sound."""


@dataclass(frozen=True, eq=False)
class Posteriors:
    """What the integer program made of one stream, window by window."""

    frames: NDArray[np.uint32]
    """[windows]: feature frames since reset."""
    values: NDArray[np.uint16]
    """[windows, labels], Q15."""
    gated: NDArray[np.uint8]
    """[windows]: 1 where the energy gate held the window back."""
    speech_end: float
    """Of a clip: seconds from reset until its word ends, by energy; else NaN."""


@dataclass(frozen=True)
class Clock:
    """From feature frames to seconds: a frame count is reached when its last frame's samples are in."""

    rate: int
    hop: int
    span: int
    """Samples of a frame."""

    @classmethod
    def of(cls, model: Model) -> Clock:
        """Of a model that hears."""
        return cls(model.sample_rate, model.hop, model.window)

    def seconds(self, frames: NDArray[np.uint32]) -> NDArray[np.float64]:
        """Seconds from reset at which so many frames are complete."""
        at: NDArray[np.float64] = ((frames.astype(np.int64) - 1) * self.hop + self.span) / self.rate
        return at


def window_of(data: bytes) -> tuple[int, int]:
    """Frames of an analysis window, and from one to the next, as the DECI section has them."""
    decision = _decision(data)
    return decision.window, decision.stride


def _decision(data: bytes) -> DecisionParams:
    return DecisionParams.unpack(read_model(data).sections[SectionTag.DECISION])


def identity(data: bytes) -> str:
    """Of everything in a .vxm that posteriors depend on: equal for models that differ in thresholds alone."""
    sections = read_model(data).sections
    digest = hashlib.sha256()
    for tag in _HEARD:
        digest.update(tag.encode() + sections.get(tag, b""))
    decision = _decision(data)
    digest.update(f"{decision.window}:{decision.stride}:{decision.gate_level}".encode())
    return digest.hexdigest()


def record(model: Model, stream: Stream, surroundings: Surroundings) -> Posteriors:
    """Plays a stream to the integer listener, at full length."""
    listener = Listener(model)
    frames, values, gated = [], [], []
    for block in blocks(stream, surroundings, model.sample_rate):
        for start in range(0, len(block), _PUSH_SECONDS * model.sample_rate):
            heard = listener.push(block[start : start + _PUSH_SECONDS * model.sample_rate])
            frames.append(heard.window_frames)
            values.append(heard.posteriors)
            gated.append(heard.gated)
    end = speech_ends(stream, model.sample_rate)
    return Posteriors(
        np.concatenate(frames) if frames else np.zeros(0, np.uint32),
        np.concatenate(values) if values else np.zeros((0, len(model.labels)), np.uint16),
        np.concatenate(gated) if gated else np.zeros(0, np.uint8),
        float("nan") if end is None else end,
    )


@dataclass(frozen=True)
class Store:
    """Recorded posteriors on disk, one file a stream: a run that was stopped goes on where it was."""

    kept: Kept

    @classmethod
    def of_user(cls) -> Store:
        """Beside the user's cache of features."""
        folder = default_cache_dir()
        return cls(Kept(None if folder is None else folder.parent / "posteriors"))

    @staticmethod
    def key(model: str, stream: Stream, surroundings: Surroundings) -> str:
        """model: `identity` of its bytes."""
        return hashlib.sha256(f"{model}\n{stream.identity(surroundings)}".encode()).hexdigest()

    def get(self, key: str) -> Posteriors | None:
        """None where there is nothing, or nothing that can be read."""
        found = self.kept.get(key, _MOST_BYTES)
        try:
            if found is None:
                return None
            end = float(found["speech_end"].reshape(()))
            return Posteriors(found["frames"], found["values"], found["gated"], end)
        except (KeyError, ValueError):
            return None

    def put(self, key: str, one: Posteriors) -> None:
        """Whole or not at all."""
        arrays: dict[str, NDArray[Any]] = {"frames": one.frames, "values": one.values, "gated": one.gated}
        self.kept.put(key, {**arrays, "speech_end": np.array(one.speech_end)})
