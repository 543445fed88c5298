"""Examples for training a detector: one analysis window and its label, drawn anew every time.

The phrase at every place of the window that holds its end; parts of it, confusable words and sentences as
what it is not; recorded talk, above all where the detector was wrong; noise. Then whatever another speaker,
microphone or room would change.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vox_embed.experiment.schema.wakeword import Settled
from vox_embed.features import LogMel
from vox_embed.models.spotting import shaping
from vox_embed.models.spotting.bank import Bank, window
from vox_embed.models.spotting.material import Material, Retold, Said
from vox_embed.models.spotting.shaping import Frames, steps

_LATEST = 14
"""Frames after the phrase's end in which the device should still answer."""
_LEVELS = (-18.0, 10.0)
"""Decibels by which the level of an example is changed."""
_VOICES_BEHIND = (3.0, 35.0)
"""Decibels by which an example is louder than other people behind it, in the mean over the bands."""


class _Noise(NamedTuple):
    """share: of what is behind a phrase. louder: decibels as above; pink noise at 10 dB lies between -10 and
    1, for speech has less in high bands."""

    share: float
    louder: tuple[float, float]


_NOISE, _LOUD_NOISE = _Noise(0.6, (-9.0, 28.0)), _Noise(0.7, (-12.0, 16.0))
"""Loud where people say the phrase, since noise that is hardly heard teaches nothing. Where synthetic voices
alone say it, loud noise covers what tells real mouths from them: a detector was lost by it."""


@dataclass(frozen=True, eq=False)
class _Drawn:
    frames: Frames
    label: int
    kind: str
    """synthetic, recorded, talk or noise"""
    phrase: tuple[int, int] | None = None
    """Where the whole phrase lies."""


@dataclass(frozen=True, eq=False)
class Examples:
    """Draws examples. frames: of a window. hard: mined places in the talk, the hardest first."""

    settings: Settled
    material: Material
    retold: Retold
    front: LogMel
    frames: int
    hard: list[int] = field(default_factory=list)

    @cached_property
    def _warps(self) -> NDArray[np.float32]:
        return shaping.warps(self.front)

    def draw(self, rng: np.random.Generator) -> tuple[Frames, int]:
        """A window [frames, bands], Q9 log2 energies, without an ear less its mean; and its label, 0 for
        none."""
        drawn = self._raw(rng)
        shaped = self._behind(self._speaker(drawn, rng), drawn, rng)
        if not self.settings.ear:
            return shaped - shaped.mean(), drawn.label
        if rng.random() < self.settings.level:
            shaped = shaped + steps(rng.uniform(*_LEVELS))
        return np.maximum(shaped, 0), drawn.label

    def plain(self, count: int, rng: np.random.Generator) -> NDArray[np.int16]:
        """Windows of all kinds as they are: for means, spreads and ranges."""
        found = [self._raw(rng).frames for _ in range(count)]
        return np.clip(np.rint(np.stack(found)), 0, 32767).astype(np.int16)

    # ---- kinds ---------------------------------------------------------------------------------------

    def _raw(self, rng: np.random.Generator) -> _Drawn:
        s = self.settings
        kind = rng.random()
        if kind < s.phrase:
            return self._whole(rng)
        if kind < s.phrase + s.others / 2:
            return self._part(rng) if rng.random() < s.parts else self._confusable(rng)
        if kind < s.phrase + s.others:
            return self._anywhere(self.material.sentences, self.retold.sentences, 2, rng)
        if kind < s.phrase + s.others + s.negatives:
            return self._talk(rng)
        return _Drawn(self.material.noise.crop(self.frames, rng), 0, "noise")

    def _whole(self, rng: np.random.Generator) -> _Drawn:
        which = int(rng.integers(len(self.material.phrases)))
        real = bool(self.material.recorded) and rng.random() < self.settings.recorded
        real = real and len(self.material.recorded[which].bank) > 0
        frames, start, end = self._uttered(which, rng, real=real)
        slack = max(1.0, self.frames - (end - start) - 1)
        first = round(end + rng.uniform(-1, min(slack, _LATEST)) - self.frames)
        place = max(0, int(start - first) - 2), min(self.frames, int(end - first) + 2)
        return _Drawn(
            window(frames, first, self.frames), which + 1, "recorded" if real else "synthetic", place
        )

    def _part(self, rng: np.random.Generator) -> _Drawn:
        which = int(rng.integers(len(self.material.phrases)))
        frames, start, end = self._uttered(which, rng)
        length = end - start
        if rng.random() < 0.6:
            last = start + length * rng.uniform(0.05, 0.6)
        else:
            last = end + self.frames - length * rng.uniform(0.1, 0.55)
        return _Drawn(window(frames, round(last - self.frames), self.frames), 0, "synthetic")

    def _confusable(self, rng: np.random.Generator) -> _Drawn:
        which = int(rng.integers(len(self.material.phrases)))
        retold = self.retold.confusable[which] if self.retold.confusable else None
        return self._anywhere(self.material.confusable[which], retold, 1, rng)

    def _anywhere(self, bank: Bank, retold: Bank | None, kind: int, rng: np.random.Generator) -> _Drawn:
        """A window from anywhere in an utterance; it may begin somewhat before it. kind: 1: confusable, 2: a
        sentence."""
        if not len(bank):
            return self._talk(rng)
        _, frames = self._synthetic(bank, retold, self.material.again[kind], rng)
        frames, _ = self._at_speed(frames, rng)
        first = int(rng.integers(-self.frames // 3, max(1, len(frames) - self.frames + self.frames // 6)))
        return _Drawn(window(frames, first, self.frames), 0, "synthetic")

    def _talk(self, rng: np.random.Generator) -> _Drawn:
        talk = self.material.talk
        if self.hard and rng.random() < self.settings.hard:
            which = int(len(self.hard) * rng.random() ** self.settings.hardest)
            start = self.hard[which] + int(rng.integers(-3, 4))
            return _Drawn(talk.at(int(np.clip(start, 0, len(talk.frames) - 1)), self.frames), 0, "talk")
        return _Drawn(talk.crop(self.frames, rng), 0, "talk")

    # ---- utterances ----------------------------------------------------------------------------------

    def _uttered(
        self, which: int, rng: np.random.Generator, *, real: bool = False
    ) -> tuple[Frames, float, float]:
        """A phrase: frames, begin and end."""
        said: Said = (self.material.recorded if real else self.material.phrases)[which]
        if real:
            index = int(rng.integers(len(said.bank)))
            frames = said.bank.one(index)
        else:
            retold = self.retold.phrases[which] if self.retold.phrases else None
            index, frames = self._synthetic(said.bank, retold, self.material.again[0], rng)
        frames, now = self._at_speed(frames, rng)
        old = np.arange(len(now))
        places = np.interp([said.starts[index], said.ends[index]], old, now)
        return frames, float(places[0]), float(places[1])

    def _synthetic(
        self, bank: Bank, retold: Bank | None, again: int, rng: np.random.Generator
    ) -> tuple[int, Frames]:
        """Which utterance, and its frames; blended with units where it falls so."""
        index = int(rng.integers(len(bank)))
        if retold is None or rng.random() >= self.settings.units:
            return index, bank.one(index)
        first = index // again
        share = np.float32(rng.uniform(0.3, 1.0))
        mixed: Frames = bank.one(first * again) * (1 - share) + retold.one(first) * share
        return first * again, mixed

    def _at_speed(self, frames: Frames, rng: np.random.Generator) -> tuple[Frames, NDArray[np.float64]]:
        s = self.settings
        return shaping.stretched(frames, s.slowest, s.fastest, s.wobble, rng)

    # ---- what surrounds them -------------------------------------------------------------------------

    def _speaker(self, drawn: _Drawn, rng: np.random.Generator) -> Frames:
        """Another vocal tract, microphone, codec."""
        s, frames = self.settings, drawn.frames
        if rng.random() < s.warp:
            frames = frames @ self._warps[int(rng.integers(len(self._warps)))]
        if drawn.kind == "noise":
            return frames
        if rng.random() < s.gate:
            frames = shaping.gated(frames, rng)
        if rng.random() < s.equalise:
            frames = shaping.equalised(frames, rng)
        if drawn.kind == "synthetic" and rng.random() < s.style:
            frames = shaping.styled(frames, self.material.talk.crop(self.frames, rng), rng)
        return frames

    def _behind(self, frames: Frames, drawn: _Drawn, rng: np.random.Generator) -> Frames:
        """Noise, and other people."""
        if drawn.kind == "noise":
            return frames
        talk, noise = self.material.talk, self.material.noise
        if rng.random() < (self.settings.behind if drawn.kind == "talk" else self.settings.mix):
            kind = _LOUD_NOISE if self.material.recorded else _NOISE
            noisy = drawn.kind == "talk" or rng.random() < kind.share
            other = (noise if noisy else talk).crop(self.frames, rng)
            louder = rng.uniform(*(kind.louder if noisy else _VOICES_BEHIND))
            gain = shaping.loudness(frames) - shaping.loudness(other) - steps(louder)
            frames = shaping.added(frames, other + np.float32(gain))
        if drawn.phrase is not None and rng.random() < self.settings.context:
            other = talk.crop(self.frames, rng)
            level = shaping.loudness(frames) - shaping.loudness(other) + steps(rng.uniform(-10, 4))
            gains = np.full((self.frames, 1), level, np.float32)
            gains[drawn.phrase[0] : drawn.phrase[1]] -= steps(rng.uniform(15, 40))
            frames = shaping.added(frames, other + gains)
        return frames


def mined(scores: NDArray[np.float32], stride: int, most: int = 6000) -> list[int]:
    """The frames at which windows begin that are surest to be taken for a phrase.

    scores: posteriors [windows, labels] in order, the first label being none. stride: frames from window to
    window.
    """
    wrong = 1 - scores[:, 0]
    order = np.argsort(-wrong, kind="stable")[:most]
    return [int(i) * stride for i in order if wrong[i] > 0.003]
