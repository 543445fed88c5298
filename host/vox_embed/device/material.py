"""What devices and hosts are compared on: sound with a name, tensors with a name, and generated ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.core import Model


@dataclass(frozen=True)
class NamedClip:
    """Sound with a name to report it by: int16[n] PCM mono at the model's rate."""

    name: str
    samples: NDArray[np.int16]


@dataclass(frozen=True)
class NamedTensor:
    """An input of a network with a name to report it by: int8 or int16 [n], all elements in order."""

    name: str
    values: NDArray[Any]


def random_tensors(model: Model, count: int, seed: int) -> list[NamedTensor]:
    """Inputs for a network: uniform noise, bells around the zero point, ramps, and all at one value, the ends
    of the range among them. The same for the same seed."""
    rng = np.random.default_rng(seed)
    n = int(np.prod(model.input_shape))
    zero = model.input_zero_point
    kinds = ("uniform", "bell", "ramp", "constant")
    tensors = []
    for i in range(count):
        kind = kinds[i % len(kinds)]
        if kind == "uniform":
            values = rng.integers(-128, 128, n).astype(float)
        elif kind == "bell":
            values = rng.normal(zero, rng.uniform(1, 60), n)
        elif kind == "ramp":
            values = (np.arange(n) * rng.integers(1, 50) + rng.integers(256)) % 256 - 128.0
        else:
            values = np.full(n, (-128, 127, zero, rng.integers(-128, 128))[i // len(kinds) % 4], float)
        drawn = np.clip(np.rint(values), -128, 127).astype(np.int8)
        if model.input_bytes == 2:
            drawn = drawn * np.int16(256) + rng.integers(0, 256, n).astype(np.int16)
        tensors.append(NamedTensor(f"random {i} ({kind})", drawn))
    return tensors


def synthetic_clips(model: Model, count: int, seed: int) -> list[NamedClip]:
    """Sounds that reach every corner of the arithmetic: noise, tones, sweeps, clicks, silence, full scale,
    bursts; 0.2 to 2.5 windows long. The same for the same seed."""
    rng = np.random.default_rng(seed)
    rate = model.sample_rate
    window = model.window + (model.window_frames - 1) * model.hop
    clips = []
    for i in range(count):
        length = int(window * rng.uniform(0.2, 2.5))
        t = np.arange(length) / rate
        kind = ("noise", "tones", "sweep", "clicks", "silence", "full scale", "bursts")[i % 7]
        level = 32767 * 10 ** rng.uniform(-3.5, 0)
        if kind == "noise":
            sound = rng.normal(0, level / 3, length)
        elif kind == "tones":
            pitches = rng.uniform(60, rate / 2, 4)
            sound = sum((np.sin(2 * np.pi * f * t) for f in pitches), np.zeros(length)) * level / 4
        elif kind == "sweep":
            sound = level * np.sin(2 * np.pi * (50 * t + rate / 4.2 * t**2 / max(t[-1], 1e-3)))
        elif kind == "clicks":
            sound = np.where(rng.random(length) < 0.002, level, 0.0)
        elif kind == "silence":
            sound = rng.integers(-2, 3, length).astype(float)
        elif kind == "full scale":
            sound = np.where(np.sin(2 * np.pi * rng.uniform(100, 1000) * t) >= 0, 32767.0, -32768.0)
        else:
            gate = np.sin(2 * np.pi * rng.uniform(1, 4) * t) > 0.3
            sound = rng.normal(0, level / 3, length) * gate
        samples = np.clip(np.rint(sound), -32768, 32767).astype(np.int16)
        clips.append(NamedClip(f"synthetic {i} ({kind})", samples))
    return clips
