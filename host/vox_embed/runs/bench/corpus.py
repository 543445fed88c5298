"""The rows of an experiment with their sound on disk, for many trials."""

from __future__ import annotations

from pathlib import Path

from vox_embed.data import load_dataset
from vox_embed.data.kept_sound import KeptSound
from vox_embed.data.sounds import Sounds
from vox_embed.data.store import store_clips
from vox_embed.experiment import Experiment
from vox_embed.runs.bench.trials import Corpus
from vox_embed.runs.planning import undivided
from vox_embed.runs.reading import read_sounds
from vox_embed.runs.reporter import Reporter


def read_corpus(experiment: Experiment, log: Reporter, file: Path, *, divided: bool) -> Corpus:
    """Read all rows. file: for the sound. divided: with the splits of the experiment, else with none."""
    dataset = load_dataset(experiment if divided else undivided(experiment), needs=())
    rate = experiment.features.sample_rate
    kept = KeptSound.of(dataset, rate, trimmed=experiment.data.trim_zeros)
    found = kept.find(file)
    if found is not None:
        for note in dataset.notes:
            log.note(note)
        return Corpus.of(Sounds(dataset, found))
    sounds = read_sounds(experiment, dataset, rate, log)
    clips = store_clips(file, sounds.clips)
    if len(clips) == len(dataset):  # a file that was skipped may be mended
        kept.keep(clips)
    return Corpus.of(Sounds(sounds.rows, clips))
