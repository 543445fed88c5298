"""Synthetic speech said again with pieces of real speech.

A detector that learns from synthetic words and real talk finds a short cut: what sounds real is no word. So
part of the synthetic utterances, words and others alike, are put together anew from frames of recorded
speech: for every 160 ms the stretch of the recordings that is nearest, cross-faded with its neighbours. (Unit
selection, Hunt & Black 1996; by nearest neighbours as in kNN-VC, Baas et al. 2023, but on log-mel frames.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vox_embed.models.spotting.shaping import Frames, active

_LENGTH, _HOP = 8, 4
_DIMENSIONS = 32
_POOL = 12000
"""Units that an utterance chooses from; another draw for every group of utterances."""
_GROUP = 200
_NEAREST = 5
_MOST_UNITS = 60000
_FADE = np.minimum(np.arange(1, _LENGTH + 1), np.arange(_LENGTH, 0, -1)).astype(np.float32)[:, None]


@dataclass(frozen=True, eq=False)
class UnitVoice:
    """Pieces of recorded speech.

    units: [n, 8, bands] less the mean of their recording. basis: [8 * bands, 32], in which they are
    compared. codes:
    [n, 32].
    """

    units: NDArray[np.float32]
    basis: NDArray[np.float32]
    codes: NDArray[np.float32]

    @classmethod
    def learn(cls, recordings: Sequence[Frames], seed: int) -> UnitVoice | None:
        """From frames of recordings, Q9 log2; None where they hold too little speech."""
        rng = np.random.default_rng([seed, 0x0517])
        units = []
        for frames in recordings:
            loud = active(frames)
            if loud.sum() < 20:
                continue
            centred = frames - frames[loud].mean(axis=0)
            first = int(rng.integers(0, 3))
            units += [centred[s : s + _LENGTH] for s in range(first, len(frames) - _LENGTH, 3)]
        if len(units) < 4 * _DIMENSIONS:
            return None
        # Of many hours a part, from all of them: an utterance looks at some thousands alone.
        pool = np.stack(units[:: -(-len(units) // _MOST_UNITS)]).astype(np.float32)
        flat = pool.reshape(len(pool), -1)
        sample = flat[:: max(1, len(flat) // 5000)]
        _, _, axes = np.linalg.svd(sample - sample.mean(axis=0), full_matrices=False)
        basis = np.ascontiguousarray(axes[:_DIMENSIONS].T, np.float32)
        return cls(pool, basis, flat @ basis)

    def say(self, utterances: Sequence[Frames], seed: int) -> list[Frames]:
        """Each utterance from units, of the same length; what is soft stays as it is."""
        said: list[Frames] = []
        for first in range(0, len(utterances), _GROUP):
            rng = np.random.default_rng([seed, 0x5A1D, first])
            said += self._say_group(utterances[first : first + _GROUP], rng)
        return said

    def _say_group(self, utterances: Sequence[Frames], rng: np.random.Generator) -> list[Frames]:
        pool = rng.choice(len(self.units), min(_POOL, len(self.units)), replace=False)
        codes = self.codes[pool]
        norms = (codes**2).sum(axis=1) / 2
        said = []
        for frames in utterances:
            loud = active(frames)
            places = [s for s in range(0, len(frames) - _LENGTH + 1, _HOP) if loud[s : s + _LENGTH].any()]
            if loud.sum() < _LENGTH or not places:
                said.append(frames)
                continue
            mean = frames[loud].mean(axis=0)
            asked = np.stack([(frames[s : s + _LENGTH] - mean).ravel() for s in places]) @ self.basis
            fit = asked @ codes.T - norms
            near = np.argpartition(-fit, _NEAREST, axis=1)[:, :_NEAREST]
            chosen = pool[near[np.arange(len(places)), rng.integers(0, _NEAREST, len(places))]]
            said.append(self._faded(frames, mean, places, chosen))
        return said

    def _faded(
        self, frames: Frames, mean: NDArray[np.float32], places: Sequence[int], chosen: NDArray[np.int64]
    ) -> Frames:
        total, weight = np.zeros_like(frames), np.full((len(frames), 1), 1e-6, np.float32)
        for start, unit in zip(places, chosen, strict=True):
            total[start : start + _LENGTH] += (self.units[unit] + mean) * _FADE
            weight[start : start + _LENGTH] += _FADE
        share = np.minimum(weight / _FADE.max(), 1)
        mixed: Frames = share * (total / weight) + (1 - share) * frames
        return mixed
