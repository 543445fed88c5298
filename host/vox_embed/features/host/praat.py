"""Praat's measures of a voice, by Parselmouth (Jadoul et al. 2018): pitch, jitter, shimmer, harmonicity,
formants."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.experiment import schema
from vox_embed.experiment.needs import EXTRAS, need_packages
from vox_embed.features.host.base import Clips, HostFeatures, Progress

_JITTER = ("local", "local, absolute", "rap", "ppq5", "ddp")
_SHIMMER = ("local", "local_dB", "apq3", "apq5", "apq11", "dda")
_PERIODS = (0.0001, 0.02, 1.3)
"""Shortest and longest period in seconds, and most by which two neighbours differ: Praat's own defaults."""
_FORMANTS = 4
_LEAST = 0.1
"""Seconds below which Praat measures no pitch: shorter clips are filled up with silence."""
NAMES = (
    "duration", "f0_mean", "f0_std", "f0_min", "f0_max", "voiced_share", "intensity_mean", "intensity_std",
    "hnr",
    *("jitter_" + one.replace(", ", "_") for one in _JITTER),
    *("shimmer_" + one.lower() for one in _SHIMMER),
    *(f"f{i}_{what}" for what in ("mean", "median") for i in range(1, _FORMANTS + 1)),
    "formant_dispersion", "formant_position", "vocal_tract_cm",
)  # fmt: skip


@dataclass(frozen=True)
class Praat(HostFeatures):
    """A row a clip; what cannot be measured, such as the pitch of noise, is 0. VoxError where the package is
    missing."""

    settings: schema.Praat

    def __post_init__(self) -> None:
        need_packages("features: type `praat`", EXTRAS["praat"])

    @property
    def sample_rate(self) -> int:
        """Hz."""
        return self.settings.sample_rate

    @property
    def per_clip(self) -> bool:
        """Always."""
        return True

    @property
    def names(self) -> tuple[str, ...]:
        """In the order of NAMES."""
        return NAMES

    @property
    def description(self) -> str:
        """The measures, and the pitch's range."""
        low, high = self.settings.pitch_hz
        return f"Praat: {len(NAMES)} measures of a clip, pitch from {low:g} to {high:g} Hz"

    @property
    def identity(self) -> str:
        """Of the settings and Parselmouth's version."""
        told = f"{metadata.version('praat-parselmouth')} {self.settings!r} {NAMES}"
        return f"praat-{hashlib.sha256(told.encode()).hexdigest()}"

    def extract_all(self, clips: Clips, progress: Progress | None = None) -> list[NDArray[np.float32]]:
        """One row each."""
        import parselmouth

        found = []
        for done, clip in enumerate(clips, start=1):
            least = round(_LEAST * self.sample_rate)
            samples = np.pad(np.asarray(clip, np.float64) / 32768, (0, max(0, least - len(clip))))
            sound = parselmouth.Sound(samples, sampling_frequency=self.sample_rate)
            row = np.array(list(self._measures(sound, len(clip) / self.sample_rate)), np.float32)
            found.append(np.nan_to_num(row, posinf=0.0, neginf=0.0)[None])
            if progress is not None:
                progress(done, len(clips))
        return found

    def _measures(self, sound: Any, seconds: float) -> Iterator[float]:
        from parselmouth.praat import call

        low, high = self.settings.pitch_hz
        pitch = sound.to_pitch(pitch_floor=low, pitch_ceiling=high)
        voiced = pitch.selected_array["frequency"]
        heard = voiced[voiced > 0]
        yield seconds
        yield from (float(f(heard)) if len(heard) else 0.0 for f in (np.mean, np.std, np.min, np.max))
        yield len(heard) / max(len(voiced), 1)
        level = _tried(lambda: sound.to_intensity(minimum_pitch=low).values)
        yield from (0.0, 0.0) if level is None else (float(level.mean()), float(level.std()))
        yield (
            _tried(lambda: call(call(sound, "To Harmonicity (cc)", 0.01, low, 0.1, 1.0), "Get mean", 0, 0))
            or 0.0
        )
        pulses = call(sound, "To PointProcess (periodic, cc)", low, high)
        for name in (f"Get jitter ({kind})" for kind in _JITTER):
            yield _measured(call, pulses, name, *_PERIODS)
        for name in (f"Get shimmer ({kind})" for kind in _SHIMMER):
            yield _measured(call, [sound, pulses], name, *_PERIODS, 1.6)
        yield from self._formants(sound, pulses, call)

    def _formants(self, sound: Any, pulses: Any, call: Callable[..., Any]) -> Iterator[float]:
        """Means and medians at the pulses of the voice, and what they say of the vocal tract."""
        formants = _tried(
            lambda: call(sound, "To Formant (burg)", 0.0025, 5, self.settings.formant_hz, 0.025, 50)
        )
        times = [
            call(pulses, "Get time from index", i + 1) for i in range(call(pulses, "Get number of points"))
        ]
        found = np.full((_FORMANTS, max(len(times), 1)), np.nan)
        if formants is not None:
            for place, time in enumerate(times):
                for i in range(_FORMANTS):
                    found[i, place] = call(formants, "Get value at time", i + 1, time, "Hertz", "Linear")
        known = ~np.isnan(found).all(axis=1)
        means, medians = np.zeros(_FORMANTS), np.zeros(_FORMANTS)
        means[known] = np.nanmean(found[known], axis=1)
        medians[known] = np.nanmedian(found[known], axis=1)
        yield from means
        yield from medians
        yield (medians[3] - medians[0]) / 3 if known.all() else 0.0
        yield float(np.mean(medians)) if known.all() else 0.0
        # A tube closed at one end: formant n lies at (2 n - 1) c / (4 length); c is 35 000 cm/s.
        each = [(2 * i + 1) * 35000 / (4 * medians[i]) for i in range(_FORMANTS) if medians[i] > 0]
        yield float(np.mean(each)) if each else 0.0


def _measured(call: Callable[..., Any], of: Any, name: str, *settings: float) -> float:
    """Over the whole sound; 0 where it cannot be measured."""
    return float(_tried(lambda: call(of, name, 0, 0, *settings)) or 0.0)


def _tried(measure: Callable[[], Any]) -> Any:
    """None where Praat cannot measure it, as in a clip that is too short."""
    import parselmouth

    try:
        found = measure()
    except parselmouth.PraatError:
        return None
    return None if isinstance(found, float) and np.isnan(found) else found
