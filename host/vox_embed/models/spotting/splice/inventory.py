"""Pieces of recorded speech: every sound that was found in it, and how it sounds where it begins and ends."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from vox_embed.data.audio import read_audio
from vox_embed.features import LogMel
from vox_embed.features.mel import hz_to_mel, mel_to_hz
from vox_embed.models.spotting.splice.aligned import HOP, RATE, SILENCE, Sounds, Speech

_FRONT = LogMel(sample_rate=RATE, window=400, hop=HOP, fft_size=512, bands=24, fmin=80, fmax=7600)
_NATURAL = np.float32(math.log(2) / 512)
"""A step of the front end as a natural logarithm of energy."""
_CEPSTRA = 13
_LOUDNESS = 0.4
"""How much the level counts, of what another cepstrum counts."""
_FEWEST, _FEWEST_SOUNDS = 30, 5
"""Loud frames of 10 ms, and sounds, of a recording that is used: in noise one or two are heard too."""
_RANGE = 4.0
"""Loud frames are so near the loudest (log energy); no band is raised or lowered by more."""
_TAPS = 255
_POOR, _POOR_COST = 0.12, 3.0
_USUAL, _UNUSUAL_COST = 1.3, 1.0
"""The least likely of each sound cost more, and those much longer or shorter than it mostly is (spreads)."""


@dataclass(frozen=True, eq=False)
class Inventory:
    """Sounds of recordings, in their order.

    recordings: int16 samples at 16 kHz, as one microphone would have taken them. names, recording, begins,
    ends: of each sound; times in samples. entries, middles, exits: how it sounds there, [n, 13] cepstra.
    costs: of using it.
    """

    recordings: tuple[NDArray[np.int16], ...]
    names: NDArray[np.str_]
    recording: NDArray[np.int64]
    begins: NDArray[np.int64]
    ends: NDArray[np.int64]
    entries: NDArray[np.float32]
    middles: NDArray[np.float32]
    exits: NDArray[np.float32]
    costs: NDArray[np.float64]
    _places: dict[str, NDArray[np.int64]] = field(default_factory=dict)

    @classmethod
    def of(cls, heard: Iterable[tuple[Speech, Sounds]]) -> Inventory | None:
        """None where nothing that can be used was heard."""
        used = list(_usable(heard))
        if not used:
            return None
        common = np.mean([one.colour for one in used], axis=0)
        recordings, parts = [], []
        for one in used:
            sound = _coloured(one.samples, common - one.colour)
            recordings.append(sound)
            cepstra = _cepstra(_energies(sound) - common)
            spans = one.sounds.begins, (one.sounds.begins + one.sounds.ends) // 2, one.sounds.ends
            parts.append([_around(cepstra, at) for at in spans])
        names = np.concatenate([one.sounds.names for one in used])
        lengths = np.concatenate([one.sounds.ends - one.sounds.begins for one in used])
        scores = np.concatenate([one.sounds.scores for one in used])
        return cls(
            recordings=tuple(recordings),
            names=names,
            recording=np.repeat(np.arange(len(used)), [len(one.sounds) for one in used]),
            begins=np.concatenate([one.sounds.begins for one in used]) * HOP,
            ends=np.concatenate([one.sounds.ends for one in used]) * HOP,
            entries=np.concatenate([part[0] for part in parts]),
            middles=np.concatenate([part[1] for part in parts]),
            exits=np.concatenate([part[2] for part in parts]),
            costs=_costs(names, lengths, scores),
        )

    def __len__(self) -> int:
        return len(self.names)

    def places(self, name: str) -> NDArray[np.int64]:
        """Where a sound occurs."""
        if name not in self._places:
            self._places[name] = np.flatnonzero(self.names == name)
        return self._places[name]

    @cached_property
    def before(self) -> NDArray[np.str_]:
        """[n] the sound before each; SIL at a recording's begin."""
        return np.where(np.diff(self.recording, prepend=-1) == 0, np.roll(self.names, 1), SILENCE)

    @cached_property
    def after(self) -> NDArray[np.str_]:
        """[n] the sound after each; SIL at a recording's end."""
        return np.where(np.diff(self.recording, append=-1) == 0, np.roll(self.names, -1), SILENCE)

    @cached_property
    def log_lengths(self) -> NDArray[np.float64]:
        """[n]."""
        logs: NDArray[np.float64] = np.log(self.ends - self.begins)
        return logs

    @cached_property
    def apart(self) -> float:
        """How far sounds are apart in the mean, in cepstra: the unit of distances."""
        at = np.random.default_rng(0).integers(0, len(self), 4000)
        distances = np.sqrt(((self.middles[at] - self.middles[np.roll(at, 1)]) ** 2).sum(axis=1))
        return max(1e-6, float(distances.mean()))


@dataclass(frozen=True, eq=False)
class _Recording:
    """colour: [bands] mean log energy where it is loud."""

    samples: NDArray[np.int16]
    sounds: Sounds
    colour: NDArray[np.float32]


def _usable(heard: Iterable[tuple[Speech, Sounds]]) -> Iterator[_Recording]:
    for speech, sounds in heard:
        if (sounds.names != SILENCE).sum() < _FEWEST_SOUNDS:
            continue
        samples = read_audio(speech.file, RATE, speech.start, speech.start + speech.duration)
        energies = _energies(samples)
        level = energies.mean(axis=1)
        loud = level > np.quantile(level, 0.95) - _RANGE
        if loud.sum() >= _FEWEST:
            yield _Recording(samples, sounds, energies[loud].mean(axis=0))


def _coloured(samples: NDArray[np.int16], change: NDArray[np.float32]) -> NDArray[np.int16]:
    """change: [bands] of the log energy. A linear-phase filter (window method); softer where it would be too
    loud."""
    from scipy.signal import fftconvolve, firwin2

    gains = np.exp(np.clip(change, -_RANGE, _RANGE) / 2)
    at = np.concatenate([[0.0], _centres(), [RATE / 2]]) / (RATE / 2)
    taps = firwin2(_TAPS, at, np.concatenate([gains[:1], gains, gains[-1:]]))
    sound = fftconvolve(samples.astype(np.float32), taps, mode="same")
    sound /= max(1.0, float(np.abs(sound).max()) / 32767)
    made: NDArray[np.int16] = np.rint(sound).astype(np.int16)
    return made


def _costs(
    names: NDArray[np.str_], lengths: NDArray[np.int64], scores: NDArray[np.float64]
) -> NDArray[np.float64]:
    costs = np.zeros(len(names))
    logs = np.log(np.maximum(lengths, 1))
    for name in np.unique(names):
        own = names == name
        spreads = np.abs(logs[own] - np.median(logs[own])) / (logs[own].std() + 0.1)
        costs[own] = _POOR_COST * (scores[own] < np.quantile(scores[own], _POOR))
        costs[own] += _UNUSUAL_COST * np.maximum(0, spreads - _USUAL)
    return costs


def _around(cepstra: NDArray[np.float32], at: NDArray[np.int64]) -> NDArray[np.float32]:
    """[n, 13] means over three frames."""
    last = len(cepstra) - 1
    around = [cepstra[np.clip(at + step, 0, last)] for step in (-1, 0, 1)]
    made: NDArray[np.float32] = np.mean(around, axis=0).astype(np.float32)
    return made


def _cepstra(energies: NDArray[np.float32]) -> NDArray[np.float32]:
    from scipy.fft import dct

    cepstra: NDArray[np.float32] = dct(energies, axis=1, norm="ortho")[:, :_CEPSTRA].astype(np.float32)
    cepstra[:, 0] *= np.float32(_LOUDNESS)
    return cepstra


def _energies(samples: NDArray[np.int16]) -> NDArray[np.float32]:
    """[frames of 10 ms, bands] natural logarithms; frame n lies around sample n * HOP."""
    energies: NDArray[np.float32] = _FRONT.extract(np.pad(samples, _FRONT.window // 2)) * _NATURAL
    return energies


def _centres() -> NDArray[np.float64]:
    """[bands] Hz."""
    low, high = (hz_to_mel(edge, _FRONT.mel) for edge in (_FRONT.fmin, _FRONT.fmax))
    return np.array([mel_to_hz(one, _FRONT.mel) for one in np.linspace(low, high, _FRONT.bands + 2)[1:-1]])
