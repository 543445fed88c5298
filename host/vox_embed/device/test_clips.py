"""The test clips of an experiment as what a device is given to hear."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from vox_embed.data.clips import load_clips
from vox_embed.data.load import load_dataset
from vox_embed.device.material import NamedClip
from vox_embed.experiment import Experiment


def clips_of_test(
    experiment: Experiment, sample_rate: int, limit: int | None, seed: int
) -> tuple[list[NamedClip], tuple[str, ...]]:
    """The test split at the model's rate, or `limit` of its clips, drawn by seed, in order; and what the user
    should know about how they were read."""
    test = load_dataset(experiment, needs=("test",)).select("test")
    if limit is not None and limit < len(test):
        rows = np.sort(np.random.default_rng(seed).choice(len(test), limit, replace=False))
        test = replace(test, table=test.table.iloc[rows].reset_index(drop=True))
    known = len(test.notes)
    test, sounds = load_clips(
        test,
        sample_rate,
        skip_bad_files=experiment.data.skip_bad_files,
        trim_zeros=experiment.data.trim_zeros,
        threads=2,
    )
    table = test.table
    names = (
        f"{Path(file).name} ({label})" + (f" from {start:.2f} s" if start else "")
        for file, label, start in zip(table["file"], table["label"], table["start"], strict=True)
    )
    clips = [NamedClip(name, samples) for name, samples in zip(names, sounds, strict=True)]
    return clips, test.notes[known:]
