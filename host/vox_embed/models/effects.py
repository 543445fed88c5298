"""Changes of a whole clip: stretch, pitch, clipping, codecs, filters, random splice, audiomentations.

Each is drawn from the generator that it is given, and from nothing else.
"""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.experiment import schema
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.needs import EXTRAS, need_packages

Float = NDArray[np.float32]
"""Samples, full scale 32768."""

_FFT = 512
_LEAST = 64
"""Samples below which a clip stays as it is."""
CODECS: Mapping[str, tuple[str, str]] = {
    "ulaw": ("WAV", "ULAW"),
    "alaw": ("WAV", "ALAW"),
    "gsm": ("WAV", "GSM610"),
    "adpcm": ("WAV", "IMA_ADPCM"),
    "mp3": ("MP3", "MPEG_LAYER_III"),
    "vorbis": ("OGG", "VORBIS"),
}
"""Name -> libsndfile's names."""


def stretch(sound: Float, factor: float) -> Float:
    """As long as factor times the clip, at the same pitch: a phase vocoder (Flanagan & Golden 1966)."""
    hop = _FFT // 4
    if len(sound) < _FFT:
        return sound
    window = np.hanning(_FFT + 1)[:-1]
    padded = np.pad(sound.astype(np.float64), _FFT // 2)
    frames = 1 + (len(padded) - _FFT) // hop
    spectra = np.fft.rfft(
        np.lib.stride_tricks.sliding_window_view(padded, _FFT)[::hop][:frames] * window, axis=1
    )
    spectra = np.concatenate([spectra, np.zeros((1, spectra.shape[1]))])
    times = np.arange(0, frames - 1, 1 / factor)
    whole, part = times.astype(np.int64), (times % 1)[:, None]
    size = (1 - part) * np.abs(spectra[whole]) + part * np.abs(spectra[whole + 1])
    usual = 2 * np.pi * hop * np.arange(spectra.shape[1]) / _FFT
    turn = np.angle(spectra[whole + 1]) - np.angle(spectra[whole]) - usual
    turn += usual - 2 * np.pi * np.round(turn / (2 * np.pi))
    phase = np.angle(spectra[0]) + np.concatenate([np.zeros((1, len(usual))), np.cumsum(turn[:-1], axis=0)])
    pieces = np.fft.irfft(size * np.exp(1j * phase), _FFT, axis=1) * window
    made, weight = np.zeros(hop * (len(times) - 1) + _FFT), np.zeros(hop * (len(times) - 1) + _FFT)
    for i, piece in enumerate(pieces):
        made[i * hop : i * hop + _FFT] += piece
        weight[i * hop : i * hop + _FFT] += window**2
    made = (made / np.maximum(weight, 1e-3))[_FFT // 2 :]
    length = round(factor * len(sound))
    return np.pad(made[:length], (0, max(0, length - len(made)))).astype(np.float32)


def shift_pitch(sound: Float, semitones: float) -> Float:
    """As long as before, higher or lower."""
    import soxr

    factor = 2 ** (semitones / 12)
    longer = stretch(sound, factor)
    if longer is sound:
        return sound
    made = soxr.resample(longer, factor, 1.0, quality="HQ")[: len(sound)]
    return np.pad(made, (0, len(sound) - len(made))).astype(np.float32)


def clip_peaks(sound: Float, percent: float) -> Float:
    """Cut off where so many percent of the samples are louder."""
    top = float(np.percentile(np.abs(sound), 100 - percent))
    return np.clip(sound, -top, top) if top > 0 else sound


def through(codec: str, sound: Float, rate: int) -> Float:
    """Coded and decoded again, as long as before."""
    import soundfile

    container, subtype = CODECS[codec]
    file = io.BytesIO()
    given = np.clip(sound / 32768, -1, 1)
    try:
        soundfile.write(file, given, rate, format=container, subtype=subtype)
        file.seek(0)
        heard, _ = soundfile.read(file, dtype="float32")
    except (RuntimeError, TypeError) as error:
        raise VoxError(
            f"augment.codecs: {codec}: cannot be used at {rate} Hz here: {error}", "take it out of the list"
        ) from None
    made = heard[: len(sound)] * np.float32(32768)
    return np.pad(made, (0, len(sound) - len(made))).astype(np.float32)


def filtered(sound: Float, rate: int, rng: np.random.Generator) -> Float:
    """Low-pass, high-pass or band-pass, of order 1 to 4, at frequencies that leave some of speech."""
    from scipy.signal import butter, sosfilt

    kind = ("lowpass", "highpass", "bandpass")[int(rng.integers(3))]
    low = float(np.exp(rng.uniform(np.log(60), np.log(600))))
    high = float(np.exp(rng.uniform(np.log(1200), np.log(0.45 * rate))))
    at: Any = {"lowpass": high, "highpass": low, "bandpass": [low, high]}[kind]
    made: Float = sosfilt(butter(int(rng.integers(1, 5)), at, kind, fs=rate, output="sos"), sound).astype(
        np.float32
    )
    return made


def splice(sound: Float, pieces: int, rng: np.random.Generator) -> Float:
    """Cut into so many pieces, which are put together in another order."""
    cuts = np.sort(rng.integers(1, max(2, len(sound)), pieces - 1))
    parts = np.split(sound, cuts)
    return np.concatenate([parts[i] for i in rng.permutation(len(parts))])


_ONE_AT_A_TIME = Lock()
"""audiomentations draws from the generators that the whole process shares."""


class Named:
    """Transforms of audiomentations, by name and parameters, in their order."""

    def __init__(self, settings: Sequence[schema.Transform]) -> None:
        need_packages("augment.audiomentations", EXTRAS["augment"])
        import audiomentations

        self._steps = []
        for number, one in enumerate(settings, start=1):
            kind = getattr(audiomentations, one.type, None)
            key = f"augment.audiomentations[{number}]"
            if not (isinstance(kind, type) and hasattr(kind, "randomize_parameters")):
                from vox_embed.experiment.names import did_you_mean

                names = [name for name in dir(audiomentations) if name[0].isupper()]
                raise VoxError(f"{key}: there is no transform `{one.type}`", did_you_mean(one.type, names))
            try:
                self._steps.append(kind(**one.settings))
            except (TypeError, ValueError, AssertionError) as error:
                raise VoxError(f"{key}: {one.type}: {error}", "see its documentation") from None

    def __call__(self, sound: Float, rate: int, rng: np.random.Generator) -> Float:
        """Of samples with full scale 32768."""
        seed = int(rng.integers(2**31))
        with _ONE_AT_A_TIME:
            before = random.getstate(), np.random.get_state()
            random.seed(seed)
            np.random.seed(seed)
            try:
                made = sound / np.float32(32768)
                for step in self._steps:
                    made = step(made, rate)
            finally:
                random.setstate(before[0])
                np.random.set_state(before[1])
        return np.asarray(made, np.float32) * np.float32(32768)


class Effects:
    """What the section `augment` asks for of these changes; nothing changes where it asks for none."""

    def __init__(self, settings: schema.Augment, rate: int) -> None:
        self._settings, self._rate = settings, rate
        self._named = Named(settings.audiomentations) if settings.audiomentations else None

    def __call__(self, sound: Float, rng: np.random.Generator) -> Float:
        """float32 [any] -> float32 [any]."""
        s, rate = self._settings, self._rate
        steps: list[tuple[float, Callable[[Float], Float]]] = []
        if s.splice:
            steps.append((s.splice, lambda x: splice(x, int(rng.integers(2, 9)), rng)))
        if s.stretch is not None:
            factor = float(np.exp(rng.uniform(*np.log(s.stretch))))
            steps.append((1.0, lambda x: stretch(x, factor)))
        if s.pitch is not None:
            semitones = float(rng.uniform(*s.pitch))
            steps.append((1.0, lambda x: shift_pitch(x, semitones)))
        if s.filters:
            steps.append((s.filters, lambda x: filtered(x, rate, rng)))
        if s.clipping is not None:
            percent = float(rng.uniform(*s.clipping))
            steps.append((1.0, lambda x: clip_peaks(x, percent)))
        if s.codecs:
            codec = s.codecs[int(rng.integers(len(s.codecs)))]
            steps.append((s.codec_probability, lambda x: through(codec, x, rate)))
        if self._named is not None:
            named = self._named
            steps.append((1.0, lambda x: named(x, rate, rng)))
        for share, change in steps:
            if (share >= 1 or rng.random() < share) and len(sound) >= _LEAST:
                sound = change(sound)
        return sound


def effects_for(settings: schema.Augment, rate: int) -> Effects | None:
    """None where nothing of them is asked for."""
    s = settings
    asked = (s.splice, s.stretch, s.pitch, s.filters, s.clipping, s.codecs, s.audiomentations)
    return Effects(settings, rate) if any(asked) else None
