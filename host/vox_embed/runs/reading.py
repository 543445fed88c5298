"""The sound of an experiment's rows."""

from __future__ import annotations

from vox_embed.data import Dataset
from vox_embed.data.clips import load_sounds
from vox_embed.data.sounds import Sounds
from vox_embed.experiment import Experiment
from vox_embed.runs.reporter import Reporter


def read_sounds(
    experiment: Experiment, dataset: Dataset, sample_rate: int, log: Reporter, *, measure: bool = False
) -> Sounds:
    """Decode the rows as the `data` section says; the notes of the dataset are passed on. measure: with the
    level of each clip."""
    with log.task("Reading audio", "files") as advance:
        sounds = load_sounds(
            dataset,
            sample_rate,
            skip_bad_files=experiment.data.skip_bad_files,
            trim_zeros=experiment.data.trim_zeros,
            progress=advance,
            memory=experiment.memory_bytes,
            measure=measure,
        )
    for note in sounds.rows.notes:
        log.note(note)
    return sounds
