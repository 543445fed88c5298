"""Features of many clips by a cluster, kept where training finds them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.data.cluster import Cluster
from vox_embed.data.sounds import Sounds
from vox_embed.experiment import Experiment
from vox_embed.features.cache import FeatureCache
from vox_embed.features.host import inputs_of
from vox_embed.models import estimator_of
from vox_embed.models.parts import Part
from vox_embed.runs.reporter import Reporter

_TOGETHER = 32
"""Clips of a task."""


@dataclass(frozen=True, eq=False)
class _Some:
    experiment: Experiment
    labels: tuple[str, ...]
    clips: tuple[NDArray[np.int16], ...]


class _Tasks(Sequence[_Some]):
    """Clips of which something is missing, so many at a time; read when their turn comes."""

    def __init__(self, experiment: Experiment, sounds: Sounds, missing: Sequence[int]) -> None:
        self._experiment, self._sounds, self._missing = experiment, sounds, missing

    def __len__(self) -> int:
        return math.ceil(len(self._missing) / _TOGETHER)

    def places(self, index: int) -> Sequence[int]:
        """Of the clips of a task."""
        return self._missing[index * _TOGETHER : (index + 1) * _TOGETHER]

    def __getitem__(self, index: Any) -> Any:
        if not 0 <= index < len(self):
            raise IndexError(index)
        clips = tuple(self._sounds[place] for place in self.places(index))
        return _Some(self._experiment, self._sounds.rows.labels, clips)


def extract_on(
    cluster: Cluster, experiment: Experiment, sounds: Sounds, cache: FeatureCache, log: Reporter
) -> None:
    """Compute what is not kept yet, and keep it."""
    parts = _parts(experiment, sounds.rows.labels)
    missing = [
        place
        for place, clip in enumerate(sounds.clips)
        if any(cache.get(part.key, part.prepare(clip)) is None for part in parts)
    ]
    if not parts or not missing:
        return
    tasks = _Tasks(experiment, sounds, missing)
    with log.task("Extracting features on the cluster", "files") as advance:
        for number, found in enumerate(cluster.run(_compute, tasks)):
            for place, arrays in zip(tasks.places(number), found, strict=True):
                for part, array in zip(parts, arrays, strict=True):
                    cache.put(part.key, part.prepare(sounds[place]), array)
            advance(min((number + 1) * _TOGETHER, len(missing)), len(missing))


def _parts(experiment: Experiment, labels: tuple[str, ...]) -> tuple[Part, ...]:
    return estimator_of(experiment, inputs_of(experiment.features), labels).parts


def _compute(some: _Some) -> list[list[NDArray[Any]]]:
    """On a worker: of each clip an array for each part."""
    found = [
        part.compute([part.prepare(clip) for clip in some.clips])
        for part in _parts(some.experiment, some.labels)
    ]
    return [list(arrays) for arrays in zip(*found, strict=True)]
