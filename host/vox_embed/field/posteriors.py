"""Posteriors of whole streams, recorded once: what any decision settings can be tried on afterwards."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vox_embed.core import Listener, Model
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
    SectionTag.WEIGHTS,
)


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

    folder: Path

    def path(self, model: str, stream: Stream, surroundings: Surroundings) -> Path:
        """model: `identity` of its bytes."""
        key = hashlib.sha256(f"{model}\n{stream.identity(surroundings)}".encode()).hexdigest()
        return self.folder / key[:2] / f"{key[2:]}.npz"

    def get(self, path: Path) -> Posteriors | None:
        """None where there is nothing, or nothing that can be read."""
        try:
            with np.load(path, allow_pickle=False) as stored:
                return Posteriors(
                    stored["frames"], stored["values"], stored["gated"], float(stored["speech_end"])
                )
        except (OSError, ValueError, KeyError, EOFError):
            return None

    def put(self, path: Path, one: Posteriors) -> None:
        """Whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as part:
            np.savez(part, frames=one.frames, values=one.values, gated=one.gated, speech_end=one.speech_end)
        Path(part.name).replace(path)
