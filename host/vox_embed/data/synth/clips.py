"""One clip: a word in a room, or a room without a word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vox_embed.data.audio import to_int16
from vox_embed.data.synth import acoustics
from vox_embed.data.synth.espeak import Espeak
from vox_embed.data.synth.voices import Voice

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vox_embed.data.synth.acoustics import Signal

_ENDINGS = ("", "", ".", "!", "?", ",")


@dataclass(frozen=True)
class Clip:
    """What a clip is to be. voice: index of the speaker, or None for silence."""

    index: int
    label: str
    text: str
    voice: int | None


@dataclass(frozen=True)
class Made:
    """Sound of a clip, int16, and how it was made. snr in dB and rt60 in s; level: peak in dBFS."""

    samples: NDArray[np.int16]
    snr: float | None
    rt60: float
    level: float


class Studio:
    """Makes clips of `length` samples at `rate`; each clip from its own random numbers.

    voices: those the clips name. crowd: which of them talk in the background.
    """

    def __init__(
        self,
        *,
        espeak: Espeak,
        voices: Mapping[int, Voice],
        crowd: Sequence[int],
        rate: int,
        length: int,
        seed: int,
    ) -> None:
        self.espeak = espeak
        self.voices = voices
        self.crowd = crowd
        self.rate = rate
        self.length = length
        self.seed = seed

    def make(self, clip: Clip) -> Made:
        """The sound of a clip."""
        rng = np.random.default_rng([self.seed, 2, clip.index])
        if clip.voice is None:
            return self._silence(rng)
        return self._speech(rng, clip.text, self.voices[clip.voice])

    def _word(self, rng: np.random.Generator, text: str, voice: Voice, slowest: int = 105) -> Signal:
        """A word, trimmed, at the clip's rate; peak 1."""
        import soxr

        self.espeak.set_voice(voice.identifier, voice.variant)
        ending = "" if text.startswith("[[") else str(rng.choice(_ENDINGS))
        said = self.espeak.speak(
            text + ending,
            speed=int(rng.triangular(slowest, slowest + 50, 300)),
            pitch=int(rng.integers(15, 86)),
            pitch_range=int(rng.integers(5, 96)),
            seed=int(rng.integers(2**31)),
        )
        # Played a little faster or slower, pitch and formants move together: another size of speaker.
        rate = self.espeak.sample_rate * rng.uniform(0.88, 1.12)
        said = np.asarray(soxr.resample(said, rate, self.rate, quality="HQ"), np.float32)
        loud = np.flatnonzero(np.abs(said) > 0.01 * max(float(np.abs(said).max(initial=0)), 1e-9))
        if not len(loud):
            return np.zeros(1, np.float32)
        said = said[loud[0] : loud[-1] + 1]
        said = said / np.float32(np.abs(said).max())
        return acoustics.breathy(rng, said, self.rate) if rng.random() < 0.3 else said

    def _placed(self, rng: np.random.Generator, word: Signal) -> Signal:
        """The word somewhere in the clip; the middle of one that is too long."""
        clip = np.zeros(self.length, np.float32)
        room = self.length - len(word)
        if room < 0:
            return word[-room // 2 :][: self.length].copy()
        at = int(room * rng.beta(1.6, 1.6))
        clip[at : at + len(word)] = word
        return clip

    def _babble(self, rng: np.random.Generator) -> Signal:
        """Several people talking at once, none of them near; RMS 1."""
        from vox_embed.data.synth.words import COMMON

        babble = np.zeros(self.length, np.float32)
        for _ in range(int(rng.integers(5, 12))):
            word = self._word(rng, str(rng.choice(COMMON)), self.voices[int(rng.choice(self.crowd))])
            at = int(rng.integers(-len(word) // 2, self.length))
            first, last = max(at, 0), min(at + len(word), self.length)
            babble[first:last] += word[first - at : last - at] * np.float32(rng.uniform(0.2, 1))
        return babble / np.float32(max(acoustics.rms(babble), 1e-9))

    def _speech(self, rng: np.random.Generator, text: str, voice: Voice) -> Made:
        word = self._word(rng, text, voice)
        if len(word) > self.length:
            word = self._word(rng, text, voice, slowest=165)
        signal = self._placed(rng, word)
        rt60 = (
            0.0
            if rng.random() < 0.35
            else float(rng.choice([0.12, 0.2, 0.3, 0.45, 0.7]) * rng.uniform(0.8, 1.2))
        )
        responses = [acoustics.room(rng, self.rate, rt60)] if rt60 else []
        response = acoustics.microphone(rng, self.length + 1, self.rate)
        signal = acoustics.filtered(signal, responses, response, self.length)
        loud = signal[np.abs(signal) > 0.1 * np.abs(signal).max()]
        speech = max(acoustics.rms(loud), 1e-9)
        snr = float(rng.triangular(-2, 35, 65))
        noise = (
            self._babble(rng) if rng.random() < 0.08 else acoustics.background(rng, self.length, self.rate)
        )
        noise = acoustics.filtered(noise, [], response, self.length)
        signal = signal + noise * np.float32(speech * 10 ** (-snr / 20) / max(acoustics.rms(noise), 1e-9))
        if rng.random() < 0.12:  # too close to the microphone
            drive = rng.uniform(1.2, 4)
            signal = np.tanh(signal / np.abs(signal).max() * drive)
        level = -float(rng.gamma(1.6, 4.5)) - 0.2
        level = max(level, -30.0)
        signal = signal * np.float32(10 ** (level / 20) / max(float(np.abs(signal).max()), 1e-9))
        return Made(to_int16(signal), round(snr, 1), round(rt60, 3), round(level, 1))

    def _silence(self, rng: np.random.Generator) -> Made:
        kind = rng.random()
        if kind < 0.03:  # a muted microphone
            return Made(np.zeros(self.length, np.int16), None, 0.0, -120.0)
        noise = acoustics.background(rng, self.length, self.rate)
        if kind < 0.2:
            noise = noise * np.float32(rng.uniform(0.02, 0.6)) + acoustics.clicks(rng, self.length, self.rate)
        elif kind < 0.25:
            noise = noise * np.float32(rng.uniform(0.02, 0.6)) + acoustics.hum(rng, self.length, self.rate)
        elif kind < 0.32:
            noise = noise * np.float32(rng.uniform(0.3, 1)) + self._babble(rng) * np.float32(
                rng.uniform(0.1, 0.5)
            )
        rt60 = float(rng.uniform(0.1, 0.6)) if rng.random() < 0.5 else 0.0
        responses = [acoustics.room(rng, self.rate, rt60)] if rt60 else []
        noise = acoustics.filtered(
            noise, responses, acoustics.microphone(rng, self.length + 1, self.rate), self.length
        )
        level = float(rng.uniform(-72, -1))
        signal = noise * np.float32(10 ** (level / 20) / max(float(np.abs(noise).max()), 1e-9))
        return Made(to_int16(signal), None, round(rt60, 3), round(level, 1))
