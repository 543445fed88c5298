"""Augmentation on the fly: changes of the sound before the front end, and of the features after it.

Everything is drawn from generators that depend on the seed, the epoch and the clip alone, so the order in
which threads finish changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.data.rooms import convolve, draw_room, read_responses, response
from vox_embed.data.store import ChosenClips, JoinedClips
from vox_embed.experiment import schema
from vox_embed.experiment.errors import VoxError
from vox_embed.models.effects import Effects, effects_for

_COLOURS = (0.0, 1.0, 2.0)  # white, pink, brown: power falls as 1 / f^colour
_COLOURED_SECONDS = 8
_BABBLE_VOICES = (3, 6)
_ROOMS = 64

Float = NDArray[np.float32]


def change_speed(samples: Float, factor: float) -> Float:
    """Samples [n] played `factor` times as fast, [round(n / factor)]: resampled by soxr, which lets nothing
    above half the rate fold back."""
    import soxr

    count = max(1, round(len(samples) / factor))
    played: Float = soxr.resample(np.asarray(samples, np.float32), factor, 1.0, quality="HQ")
    return np.pad(played[:count], (0, max(0, count - len(played)))).astype(np.float32)


def coloured_noise(count: int, colour: float, rng: np.random.Generator) -> Float:
    """`count` samples of noise of unit RMS whose power falls as 1 / f^colour."""
    spectrum = np.fft.rfft(rng.standard_normal(count))
    frequency = np.maximum(np.arange(len(spectrum), dtype=np.float64), 1.0)
    spectrum *= frequency ** (-colour / 2)
    spectrum[0] = 0.0
    noise = np.fft.irfft(spectrum, count)
    unit: Float = (noise / np.sqrt(np.mean(noise**2))).astype(np.float32)
    return unit


def place(samples: Float, length: int, shift: int, rng: np.random.Generator) -> Float:
    """A window [length] with the clip in it, shifted by up to `shift` samples; zeros where there is no clip.

    A longer clip gives a piece from anywhere in it. A shorter one moves in the space it has: it is pushed out
    of the window by no more than `shift` less that space.
    """
    slack = length - len(samples)
    if slack < 0:
        start = int(rng.integers(0, -slack + 1))
        samples, slack = samples[start : start + length], 0
    offset = int(rng.integers(-max(0, shift - slack), shift + 1))
    window = np.zeros(length, np.float32)
    source = samples[max(0, -offset) : length - offset]
    begin = max(0, offset)
    window[begin : begin + len(source)] = source
    return window


def _rms(samples: Float) -> float:
    return float(np.sqrt(np.mean(np.square(samples), dtype=np.float64))) if len(samples) else 0.0


@dataclass(frozen=True)
class Noises:
    """Where added noise comes from: coloured noise, recordings, and voices for babble.

    coloured, recordings: float samples. babble: training clips, of which several at once make a crowd.
    """

    coloured: tuple[Float, ...]
    recordings: Sequence[NDArray[np.int16]] = ()
    voices: Sequence[NDArray[np.int16]] = ()

    @classmethod
    def create(
        cls,
        sample_rate: int,
        recordings: Sequence[NDArray[np.int16]],
        voices: Sequence[NDArray[np.int16]],
        seed: int,
    ) -> Noises:
        """Coloured noise at this rate, and what is given."""
        rng = np.random.default_rng([seed, 0x4E])
        count = _COLOURED_SECONDS * sample_rate
        return cls(
            tuple(coloured_noise(count, colour, rng) for colour in _COLOURS),
            recordings,
            voices,
        )

    def draw(self, length: int, rng: np.random.Generator) -> Float:
        """[length] of one kind of noise, at any level."""
        kinds = 1 + bool(len(self.recordings)) + bool(len(self.voices))
        kind = int(rng.integers(kinds))
        if kind == 0:
            return _piece(self.coloured[int(rng.integers(len(self.coloured)))], length, rng)
        if kind == 1 and len(self.recordings):
            return _piece(self.recordings[int(rng.integers(len(self.recordings)))], length, rng)
        crowd = np.zeros(length, np.float32)
        for _ in range(int(rng.integers(_BABBLE_VOICES[0], _BABBLE_VOICES[1] + 1))):
            voice = _piece(self.voices[int(rng.integers(len(self.voices)))], length, rng)
            level = _rms(voice)
            if level > 0:
                crowd += voice / np.float32(level)
        return crowd


def _piece(source: NDArray[np.int16] | Float, length: int, rng: np.random.Generator) -> Float:
    """[length] from a random place of the source, going round at its end."""
    start = int(rng.integers(len(source)))
    if start + length <= len(source):
        return source[start : start + length].astype(np.float32)
    return np.take(source, np.arange(start, start + length), mode="wrap").astype(np.float32)


def in_room(samples: Float, impulse: Float) -> Float:
    """[n] -> [n]: heard in a room, as loud as before."""
    heard = convolve(samples, impulse)
    heard *= np.float32(_rms(samples) / max(_rms(heard), 1e-9))
    return heard


def responses_for(settings: schema.Augment, sample_rate: int, seed: int) -> tuple[Float, ...]:
    """The rooms that `settings` asks for: those of `room_path`, or simulated ones; none without `room`."""
    if not settings.room:
        return ()
    if settings.room_path is not None:
        return tuple(sound for _, sound in read_responses(Path(settings.room_path), sample_rate))
    rng = np.random.default_rng([seed, 0x2003])
    return tuple(response(draw_room(rng), sample_rate, rng) for _ in range(_ROOMS))


@dataclass(frozen=True)
class AudioAugmenter:
    """Effects of the whole clip, speed, place in the window, room, gain and noise, as the `augment` section
    says.

    samples: length of a window; None: as long as the clip. sample_rate: Hz.
    """

    settings: schema.Augment
    noises: Noises
    samples: int | None
    sample_rate: int
    rooms: tuple[Float, ...] = ()
    """Impulse responses; needed where `settings.room` is above 0."""
    effects: Effects | None = None

    def __call__(self, clip: NDArray[np.int16], rng: np.random.Generator) -> NDArray[np.int16]:
        """int16 [any] -> int16 [samples]: one window of the changed clip, or all of it."""
        s = self.settings
        sound = clip.astype(np.float32)
        if self.effects is not None:
            sound = self.effects(sound, rng)
        if s.speed is not None and len(sound) > 1:
            sound = change_speed(sound, float(np.exp(rng.uniform(*np.log(s.speed)))))
        level = _rms(sound)
        samples = len(sound) if self.samples is None else self.samples
        window = place(sound, samples, round(s.shift_ms * self.sample_rate / 1000), rng)
        if s.room and rng.random() < s.room:
            window = in_room(window, self.rooms[int(rng.integers(len(self.rooms)))])
        if s.noise_snr_db is not None and rng.random() < s.noise_probability:
            noise = self.noises.draw(samples, rng)
            wanted = level * 10 ** (-rng.uniform(*s.noise_snr_db) / 20)
            window += noise * np.float32(wanted / max(_rms(noise), 1e-9))
        if s.gain_db is not None:
            window *= np.float32(10 ** (rng.uniform(*s.gain_db) / 20))
        rounded: NDArray[np.int16] = np.clip(np.rint(window), -32768, 32767).astype(np.int16)
        return rounded


def augmenter_for(  # noqa: PLR0917
    settings: schema.Augment,
    clips: Sequence[NDArray[np.int16]],
    codes: NDArray[Any],
    labels: Sequence[str],
    samples: int | None,
    rate: int,
    seed: int,
) -> AudioAugmenter:
    """What the section asks for, with noise from where it says. clips: of training; codes: indices of their
    labels, or [clips, labels] of bool where labels are tags."""
    sources = noise_sources(settings, clips, codes, labels, rate)
    rooms = responses_for(settings, rate, seed)
    noises = Noises.create(rate, *sources, seed)
    return AudioAugmenter(settings, noises, samples, rate, rooms, effects_for(settings, rate))


def noise_sources(
    settings: schema.Augment,
    clips: Sequence[NDArray[np.int16]],
    codes: NDArray[Any],
    labels: Sequence[str],
    rate: int,
) -> tuple[Sequence[NDArray[np.int16]], Sequence[NDArray[np.int16]]]:
    """Recordings of noise, and voices for babble."""
    for label in settings.noise_labels:
        if label not in labels:
            raise VoxError(
                f"augment.noise_labels: `{label}` is not a label", f"labels are: {', '.join(labels)}"
            )
    noisy = [labels.index(label) for label in settings.noise_labels]
    of_noise: Any = codes[:, noisy].any(axis=1) if codes.ndim == 2 else np.isin(codes, noisy)
    sounding = tuple(int(i) for i in np.flatnonzero(of_noise) if clips[int(i)].any())
    read: Sequence[NDArray[np.int16]] = ()
    if settings.noise_path is not None:
        read = _read_folder(Path(settings.noise_path), rate)
    voices: Sequence[NDArray[np.int16]] = ()
    if settings.babble:
        voices = ChosenClips(clips, tuple(np.flatnonzero(~of_noise).tolist()))
    return JoinedClips((ChosenClips(clips, sounding), read)), voices


def _read_folder(folder: Path, sample_rate: int) -> list[NDArray[np.int16]]:
    from vox_embed.data.audio import read_audio
    from vox_embed.data.files import list_folder

    files = list_folder(folder).recordings if folder.is_dir() else ()
    if not files:
        raise VoxError(f"augment.noise_path: no audio files in {folder}")
    return [read_audio(file, sample_rate) for file in files]


def mask(window: Float, settings: schema.Augment, rng: np.random.Generator) -> None:
    """Masks of frames and bands, in place: [frames, bands], normalised, so zero is the mean.

    Park et al., "SpecAugment", 2019.
    """
    for axis, widest in ((0, settings.time_mask), (1, settings.freq_mask)):
        for _ in range(settings.masks if widest else 0):
            width = int(rng.integers(0, widest + 1))
            start = int(rng.integers(0, window.shape[axis] - width + 1))
            if axis == 0:
                window[start : start + width] = 0.0
            else:
                window[:, start : start + width] = 0.0


def mixup(windows: Float, targets: Float, alpha: float, rng: np.random.Generator) -> tuple[Float, Float]:
    """Each window [n, frames, bands] and its targets [n, labels] mixed with those of another of the batch.

    Zhang et al., "mixup: Beyond Empirical Risk Minimization", 2018. The larger share is the window's own.
    """
    share = rng.beta(alpha, alpha, len(windows)).astype(np.float32)
    share = np.maximum(share, 1 - share)
    other = rng.permutation(len(windows))
    by_window, by_target = share[:, None, None], share[:, None]
    mixed: Float = windows * by_window + windows[other] * (1 - by_window)
    mixed_targets: Float = targets * by_target + targets[other] * (1 - by_target)
    return mixed, mixed_targets
