"""Rows of integer features to train classic models on."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.data.audio import read_audio
from vox_embed.experiment.places import default_cache_dir
from vox_embed.features import Functionals, LogMel


@dataclass(frozen=True)
class Rows:
    train: NDArray[np.int16]
    train_y: NDArray[np.int64]
    test: NDArray[np.int16]
    test_y: NDArray[np.int64]


def toy(classes: int = 4, values: int = 20, seed: int = 1, step: float = 300.0) -> Rows:
    """Clusters that overlap, 1500 rows to train on and 1000 to test; step: integers in a unit."""
    from sklearn.datasets import make_classification

    X, y = make_classification(
        2500,
        values,
        n_informative=min(values, 10),
        n_classes=classes,
        n_clusters_per_class=2,
        flip_y=0.05,
        random_state=seed,
    )
    # Means and spreads as different as those of real features.
    rng = np.random.default_rng(seed)
    X = X * step * 2.0 ** rng.uniform(-3, 3, values) + rng.uniform(-5000, 5000, values)
    rows = np.clip(np.round(X), -32768, 32767).astype(np.int16)
    return Rows(rows[:1500], y[:1500], rows[1500:], y[1500:])


STATISTICS = ("mean", "std", "p20", "p50", "p80", "slope")


def recordings(name: str, folder: Path) -> Rows:
    """Functionals of windows of `digits` (fsdd, 0.3 s) or `emodb` (1 s): log-mel of 24 bands.

    folder: VOX_DATA. 1000 test rows: of digits from takes 0 to 7, of emodb from every second clip. They are
    kept beside the feature cache.
    """
    cached = (default_cache_dir() or Path()) / f"classic-rows-4-{name}.npz"
    if not cached.is_file():
        cached.parent.mkdir(parents=True, exist_ok=True)
        arrays = _extract(name, folder)
        temporary = cached.with_suffix(f".{os.getpid()}.npz")
        np.savez(temporary, allow_pickle=False, **arrays)
        temporary.replace(cached)
    with np.load(cached, allow_pickle=False) as stored:
        return Rows(stored["train"], stored["train_y"], stored["test"], stored["test_y"])


def _extract(name: str, folder: Path) -> dict[str, NDArray[Any]]:
    import pandas

    table, label, rate, frames, stride = {
        "digits": ("fsdd/fsdd.csv", "digit", 8000, 30, 10),
        "emodb": ("emodb/emodb.csv", "emotion", 16000, 100, 40),
    }[name]
    index = pandas.read_csv(folder / table)
    features = LogMel(
        sample_rate=rate,
        window=rate // 40,
        hop=rate // 100,
        fft_size=256 * rate // 8000,
        bands=24,
        fmin=100.0,
        fmax=rate / 2,
    )
    clips = [features.extract(read_audio((folder / table).parent / file, rate)) for file in index["file"]]
    functionals = Functionals.of(features, STATISTICS).fit(clips)
    made = [functionals.extract(clip, frames, stride) for clip in clips]
    rows = np.concatenate(made)
    owner = np.repeat(np.arange(len(made)), [len(part) for part in made])
    y = np.unique(index[label].astype(str), return_inverse=True)[1][owner]
    held_out = index["take"] < 8 if name == "digits" else index.index % 2 == 1
    chosen = np.flatnonzero(np.asarray(held_out)[owner])
    test = np.sort(np.random.default_rng(1).permutation(chosen)[:1000])
    train = np.flatnonzero(~np.asarray(held_out)[owner])
    train = np.sort(np.random.default_rng(2).permutation(train)[:3000])
    return {"train": rows[train], "train_y": y[train], "test": rows[test], "test_y": y[test]}
