"""What boards are compared on: sounds and tensors, from real clips where there are any, else generated."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vox_embed.core import Frontend, Model
from vox_embed.device.material import NamedClip, NamedTensor, random_tensors, synthetic_clips
from vox_embed.features.logmel import LogMel

Samples = NDArray[np.int16]

SETS = {"fsdd": 8000, "commands": 16000}
"""Data sets of short clips in VOX_DATA, and their sample rates."""


def have(name: str) -> bool:
    """Whether the recordings of a set are at hand."""
    return (Path(os.environ.get("VOX_DATA") or "none") / name / f"{name}.csv").is_file()


def real_clips(name: str, count: int, seed: int) -> list[NamedClip]:
    """So many clips of a set, drawn by seed, at the set's own rate."""
    import soundfile

    folder = Path(os.environ["VOX_DATA"]) / name
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as table:
        files = sorted(row["file"] for row in csv.DictReader(table))
    clips = []
    for i in np.sort(np.random.default_rng(seed).choice(len(files), count, replace=False)):
        samples, rate = soundfile.read(folder / files[i], dtype="int16")
        assert rate == SETS[name]
        clips.append(NamedClip(files[i], samples))
    return clips


def clips_for(model: Model, count: int, seed: int) -> list[NamedClip]:
    """Real clips at the model's rate, or generated ones."""
    for name, rate in SETS.items():
        if rate == model.sample_rate and have(name):
            return real_clips(name, count, seed)
    return synthetic_clips(model, count, seed)


def _spectra(clip: Samples) -> NDArray[np.float64]:
    """A clip at 16 kHz -> [49, 40] natural logarithms of mel energies, as the published networks look at
    sound: frames of 30 ms every 20 ms of one second."""
    frontend = Frontend(
        LogMel(
            sample_rate=16000, window=480, hop=320, fft_size=512, bands=40, fmin=20.0, fmax=7600.0
        ).section()
    )
    second = np.zeros(16000, np.int16)
    second[: min(len(clip), 16000)] = clip[:16000]
    return frontend.extract(second)[:49].astype(np.float64) / 512 * np.log(2)


def tensors_for(model: Model, name: str, count: int, seed: int) -> list[NamedTensor]:
    """Inputs for a published network: three of four from real clips of commands where there are any, as
    features shaped like those that it was trained on (kws_ref_model: 10 cepstra of 49 frames, else: 40 bands)
    and scaled into the range of its input; the others random."""
    real = count - count // 4 if have("commands") else 0
    tensors = random_tensors(model, count - real, seed)
    if real == 0:
        return tensors
    k = np.arange(40)
    cosines = np.cos(np.pi * np.outer(k + 0.5, k[:10]) / 40) * np.sqrt(2 / 40)
    for clip in real_clips("commands", real, seed):
        features = _spectra(clip.samples)
        cepstra = name == "kws_ref_model"
        features = (features - 30) @ cosines / 2 if cepstra else np.maximum(features - 8, 0)
        values = np.rint(features / model.input_scale) + model.input_zero_point
        tensors.append(NamedTensor(clip.name, np.clip(values, -128, 127).astype(np.int8).reshape(-1)))
    return tensors


def stream(clips: Sequence[Samples], rate: int, seconds: float, seed: int) -> Samples:
    """A stream of clips with silence, quiet noise or loud noise between and under them."""
    rng = np.random.default_rng(seed)
    total = round(seconds * rate)
    pieces: list[Samples] = []
    length = i = 0
    while length < total:
        gap = round(rng.uniform(0.2, 1.2) * rate)
        noise = rng.normal(0, (0.3, 20, 2000)[int(rng.integers(3))], gap)
        clip = clips[i % len(clips)].astype(np.float64)
        clip += rng.normal(0, (0.3, 100)[int(rng.integers(2))], len(clip))
        piece = np.clip(np.rint(np.concatenate([noise, clip])), -32768, 32767).astype(np.int16)
        pieces.append(piece)
        length += len(piece)
        i += 1
    return np.concatenate(pieces)[:total]
