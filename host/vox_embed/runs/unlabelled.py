"""Recordings that features learn from without labels: none of them may be a test row."""

from __future__ import annotations

from pathlib import Path

from vox_embed.data import Dataset
from vox_embed.experiment import Experiment, VoxError
from vox_embed.experiment.schema import LearnedFeatures, host_sections


def refuse_test_rows(experiment: Experiment, dataset: Dataset) -> None:
    """VoxError where a folder of `features.unlabelled` holds a file of a test row."""
    folders = [
        folder.resolve()
        for section in host_sections(experiment.features)
        if isinstance(section, LearnedFeatures)
        for folder in section.unlabelled
    ]
    if not folders:
        return
    for file in dataset.select("test").table["file"]:
        inside = next((folder for folder in folders if Path(file).resolve().is_relative_to(folder)), None)
        if inside is not None:
            raise VoxError(
                f"features.unlabelled: {inside} holds {file}, which is a test row",
                "features shall not learn from what they are tested on: name another folder",
            )
