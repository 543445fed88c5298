"""Sound that several runs have in common, read once."""

from __future__ import annotations

import math
from collections.abc import Hashable

import numpy as np

from vox_embed.data import Dataset
from vox_embed.data.sounds import Sounds
from vox_embed.data.store import ChosenClips
from vox_embed.experiment import Experiment
from vox_embed.runs.reading import read_sounds
from vox_embed.runs.reporter import Reporter


class Shelf:
    """The sound of all rows of an experiment, for runs on some of them.

    before: the rows as they were before they were read, which tells what was skipped.
    """

    def __init__(self, experiment: Experiment, before: Dataset, sample_rate: int, log: Reporter) -> None:
        self._rate = sample_rate
        self._sounds = read_sounds(experiment, before, sample_rate, log, measure=True)
        self._places = {key: place for place, key in enumerate(_keys(self._sounds.rows))}
        self._skipped = self._sounds.rows.notes[len(before.notes) :]

    def sounds(self, experiment: Experiment, dataset: Dataset, sample_rate: int, log: Reporter) -> Sounds:
        """Of these rows, as `read_sounds` gives them; read anew where one of them is not there."""
        keys = _keys(dataset)
        lost = dict.fromkeys(str(key[0]) for key in keys if key not in self._places)
        why = {file: self._why(file) for file in lost}
        if sample_rate != self._rate or None in why.values():
            return read_sounds(experiment, dataset, sample_rate, log, measure=True)
        for file, note in why.items():
            dataset = dataset.without([file], note or "")
        for note in dataset.notes:
            log.note(note)
        places = [self._places[key] for key in _keys(dataset)]
        levels = self._sounds.levels
        return Sounds(
            dataset,
            ChosenClips(self._sounds.clips, tuple(places)),
            None if levels is None else levels[np.array(places, np.int64)],
        )

    def _why(self, file: str) -> str | None:
        """Why a file was skipped; None where it was not."""
        return next((note for note in self._skipped if note.startswith(f"skipped: {file}:")), None)


def _keys(dataset: Dataset) -> list[tuple[Hashable, ...]]:
    table = dataset.table
    rows = zip(table["file"], table["start"], table["end"], strict=True)
    return [(file, start, None if math.isnan(end) else end) for file, start, end in rows]
