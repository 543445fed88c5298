"""`features`: what the model sees of the sound."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.names import did_you_mean
from vox_embed.experiment.schema.base import Section, refuse

SAMPLE_RATES = (8000, 16000, 22050, 32000, 44100, 48000)
MIN_FFT, MAX_FFT = 64, 4096
MIN_WINDOW_SAMPLES = 16

# Low-level descriptors by name; vox_embed.features.lld has their meaning, unit and Q format.
LLDS = (
    "loudness",
    "energy",
    "zero_crossings",
    "centroid",
    "rolloff_25",
    "rolloff_50",
    "rolloff_75",
    "rolloff_85",
    "rolloff_90",
    "rolloff_95",
    "flux",
    "entropy",
    "slope_0_500",
    "slope_500_1500",
    "alpha_ratio",
    "hammarberg",
    "harmonicity",
    "f0",
    "voicing",
    "jitter",
    "shimmer",
    "hnr",
    "f1",
    "f2",
    "f3",
)
LLD_SETS: dict[str, tuple[str, ...]] = {
    "egemaps-lite": (
        "loudness",
        "alpha_ratio",
        "hammarberg",
        "slope_0_500",
        "slope_500_1500",
        "flux",
        *(f"mfcc_{i}" for i in range(1, 5)),
        *("f0", "voicing", "jitter", "shimmer", "hnr", "f1", "f2", "f3"),
    ),
    "prosody": ("loudness", "energy", "zero_crossings", "f0", "voicing", "jitter", "shimmer", "hnr"),
    "spectral": (
        "centroid",
        "rolloff_25",
        "rolloff_50",
        "rolloff_75",
        "rolloff_90",
        "flux",
        "entropy",
        "slope_0_500",
        "slope_500_1500",
        "alpha_ratio",
        "hammarberg",
        "harmonicity",
        "zero_crossings",
    ),
    "mfcc": ("energy", *(f"mfcc_{i}" for i in range(1, 13))),
}


OF_THE_PITCH = frozenset({"f0", "voicing", "jitter", "shimmer", "hnr"})
"""Those that are found in a window of their own, `pitch_ms`."""

_MFCC_NAME = re.compile(r"mfcc_\d+")


class NoiseReduction(Section):
    """Takes a running mean off the energy of each mel band; its state is warm from the first frame on."""

    smooth: float = Field(default=0.025, gt=0, lt=1, description="Share of a new frame in the mean.")
    least: float = Field(default=0.05, gt=0, lt=1, description="Share of the energy that is always left.")


class Pcan(Section):
    """Gain of each mel band by its own running mean M: log2(E / max(M, floor)^strength / offset + 1).

    Per-channel energy normalisation (Wang et al. 2017) as its root goes to 0; warm from the first frame on.
    """

    smooth: float = Field(default=0.025, gt=0, lt=1, description="Share of a new frame in the mean.")
    strength: float = Field(default=0.98, ge=0, le=1, description="Exponent of the mean.")
    offset: float = Field(default=2.0, gt=0, le=32768, description="Stabiliser of quiet bands.")
    floor: float = Field(default=1024.0, ge=1, description="Least mean, in squared steps of int16.")


class Frames(Section):
    """What the frames are that features are made of."""

    sample_rate: Literal[8000, 16000, 22050, 32000, 44100, 48000] = Field(
        default=16000, description=("Hz; audio is resampled to it on the host.")
    )
    window_ms: float = Field(default=20.0, gt=0, le=500, description="Milliseconds in a frame.")
    hop_ms: float = Field(
        default=10.0, gt=0, le=500, description=("Milliseconds from frame to frame, at most `window_ms`.")
    )
    fft_size: int | None = Field(
        default=None,
        description=(
            "Power of two, 64..4096, at least the samples of a frame. Default: the smallest that fits."
        ),
    )
    bands: int = Field(default=26, ge=1, le=128, description="Mel bands.")
    fmin: float = Field(default=20.0, ge=0, description="Lower limit in Hz.")
    fmax: float | None = Field(
        default=None,
        gt=0,
        description=(
            "Upper limit in Hz, at most half the sample rate. Default: 8000, or half the sample rate."
        ),
    )
    mel: Literal["htk", "slaney"] = Field(
        default="htk", description=("Mel scale: HTK's formula, or Slaney's (linear below 1 kHz).")
    )
    taper: Literal["hann", "hamming"] = Field(default="hamming", description="Window function.")
    noise_reduction: NoiseReduction | None = Field(
        default=None, description="Noise reduction of the mel bands; `{}` for its defaults."
    )
    pcan: Pcan | None = Field(
        default=None, description="Automatic gain of the mel bands; `{}` for its defaults."
    )
    deltas: int = Field(
        default=0, ge=0, le=2, description="1: changes of all features; 2: and the changes of those."
    )
    delta_span: int = Field(default=2, ge=1, le=8, description="Frames on either side of a delta.")

    @model_validator(mode="after")
    def _check_frames(self) -> Frames:
        half = self.sample_rate / 2
        if self.fmax is not None and self.fmax > half:
            refuse(
                "fmax", f"{self.fmax:g} Hz is above half the sample rate ({half:g} Hz)", f"at most {half:g}"
            )
        if self.fmin >= self.upper_limit:
            refuse("fmin", f"{self.fmin:g} Hz is not below fmax ({self.upper_limit:g} Hz)")
        if self.hop_ms > self.window_ms:
            refuse(
                "hop_ms",
                f"the hop ({self.hop_ms:g} ms) is longer than the window ({self.window_ms:g} ms)",
                "sound would be skipped",
            )
        if self.taper_samples < MIN_WINDOW_SAMPLES:
            refuse(
                "window_ms",
                f"{self.window_ms:g} ms is {self.taper_samples} samples, fewer than {MIN_WINDOW_SAMPLES}",
            )
        if self.hop_samples < 1:
            refuse("hop_ms", f"{self.hop_ms:g} ms is less than one sample")
        if self.fft_size is not None:
            if self.fft_size & (self.fft_size - 1) or not MIN_FFT <= self.fft_size <= MAX_FFT:
                refuse("fft_size", f"{self.fft_size} is not a power of two from {MIN_FFT} to {MAX_FFT}")
            if self.fft_size < self.taper_samples:
                refuse(
                    "fft_size",
                    f"{self.fft_size} is smaller than the window ({self.taper_samples} samples)",
                    "leave it out for the smallest that fits",
                )
        elif self.taper_samples > MAX_FFT:
            refuse(
                "window_ms",
                f"{self.taper_samples} samples do not fit into the largest FFT ({MAX_FFT})",
            )
        return self

    @property
    def taper_samples(self) -> int:
        """Samples under the window function."""
        return round(self.window_ms * self.sample_rate / 1000)

    @property
    def window_samples(self) -> int:
        """Samples in a frame: the longest of what its features need."""
        return self.taper_samples

    @property
    def hop_samples(self) -> int:
        """Samples from frame to frame."""
        return round(self.hop_ms * self.sample_rate / 1000)

    @property
    def fft_samples(self) -> int:
        """FFT size: as given, or the smallest power of two that holds a frame."""
        return self.fft_size or max(MIN_FFT, 1 << (self.taper_samples - 1).bit_length())

    @property
    def upper_limit(self) -> float:
        """Upper limit in Hz: `fmax`, or its default."""
        return self.fmax if self.fmax is not None else min(8000.0, self.sample_rate / 2)

    @property
    def plain_names(self) -> tuple[str, ...]:
        """Names of the features of a frame, without deltas."""
        raise NotImplementedError

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the features of a frame."""
        return with_deltas(self.plain_names, self.deltas)

    @property
    def width(self) -> int:
        """Features of a frame."""
        return len(self.names)


def with_deltas(names: Iterable[str], deltas: int) -> tuple[str, ...]:
    """The names, then those of their changes."""
    names = tuple(names)
    suffixes = ("", "_delta", "_delta2")[: deltas + 1]
    return tuple(f"{name}{suffix}" for suffix in suffixes for name in names)


class LogMel(Frames):
    """Log-mel: log2 of the energy in triangular mel bands, frame by frame."""

    type: Literal["logmel"] = Field(default="logmel", description="Log-mel spectrogram.")
    window_ms: float = Field(default=30.0, gt=0, le=500, description="Milliseconds in a frame.")
    hop_ms: float = Field(
        default=20.0, gt=0, le=500, description=("Milliseconds from frame to frame, at most `window_ms`.")
    )
    bands: int = Field(default=40, ge=1, le=128, description="Mel bands.")
    fmin: float = Field(default=60.0, ge=0, description="Lower limit in Hz.")
    fmax: float | None = Field(
        default=None,
        gt=0,
        description=("Upper limit in Hz, at most half the sample rate. Default: 0.475 of the sample rate."),
    )
    taper: Literal["hann", "hamming"] = Field(default="hann", description="Window function.")

    @property
    def upper_limit(self) -> float:
        """Upper limit in Hz: `fmax`, or its default."""
        return self.fmax if self.fmax is not None else 0.475 * self.sample_rate

    @property
    def plain_names(self) -> tuple[str, ...]:
        """logmel_0, logmel_1, ..."""
        return tuple(f"logmel_{i}" for i in range(self.bands))


class Mfcc(Frames):
    """Mel-frequency cepstral coefficients."""

    type: Literal["mfcc"] = Field(default="mfcc", description="MFCC.")
    coefficients: int = Field(default=13, ge=1, le=128, description="Number of coefficients.")
    first: int = Field(default=0, ge=0, le=1, description="0: with the mean level; 1: without.")
    lifter: int = Field(default=22, ge=0, le=22, description="Cepstral lifter as in HTK; 0: none.")

    @model_validator(mode="after")
    def _check(self) -> Mfcc:
        last = self.first + self.coefficients - 1
        if last >= self.bands:
            refuse("coefficients", f"{self.bands} mel bands give no mfcc_{last}", "raise bands")
        if self.lifter and last > self.lifter:
            refuse("coefficients", f"a lifter of {self.lifter} ends at mfcc_{self.lifter}", "lifter: 0")
        return self

    @property
    def plain_names(self) -> tuple[str, ...]:
        """mfcc_0, mfcc_1, ..."""
        return tuple(f"mfcc_{self.first + i}" for i in range(self.coefficients))


class Spectrogram(Frames):
    """Log power spectrum: log2 of the energy of FFT bins, or of groups of them, from fmin to fmax."""

    type: Literal["spectrogram"] = Field(default="spectrogram", description="Log power spectrum.")
    step: int | None = Field(
        default=None, ge=1, le=2048, description="FFT bins in a group. Default: as few as give 128 groups."
    )

    @property
    def bins(self) -> int:
        """FFT bins from fmin to fmax."""
        width = self.sample_rate / self.fft_samples
        return int(self.upper_limit / width + 1e-9) - int(-(-self.fmin // width)) + 1

    @property
    def step_bins(self) -> int:
        """FFT bins in a group: `step`, or its default."""
        return self.step or max(1, -(-self.bins // 128))

    @property
    def plain_names(self) -> tuple[str, ...]:
        """spectrum_0, spectrum_1, ..."""
        return tuple(f"spectrum_{i}" for i in range(min(self.bins // self.step_bins, 256)))


class Lld(Frames):
    """Low-level descriptors of speech in the spirit of eGeMAPS: a set of them, or chosen names."""

    type: Literal["lld"] = Field(default="lld", description="Low-level descriptors.")
    set: Literal["egemaps-lite", "prosody", "spectral", "mfcc"] | None = Field(
        default=None, description="A set of descriptors. Default: `egemaps-lite`, where `names` is empty."
    )
    chosen: Annotated[tuple[str, ...], Field(strict=False)] = Field(
        default=(), alias="names", description="Descriptors by name, after those of `set`."
    )
    lifter: int = Field(default=22, ge=0, le=22, description="Cepstral lifter of MFCC; 0: none.")
    pitch_ms: float = Field(
        default=60.0, ge=30, le=100, description="Milliseconds that F0 and its like are found in."
    )

    @model_validator(mode="after")
    def _check(self) -> Lld:
        for name in self.chosen:
            if name not in LLDS and not _MFCC_NAME.fullmatch(name):
                refuse("names", f"`{name}` is no descriptor", did_you_mean(name, LLDS, "descriptors are"))
        return self

    @property
    def window_samples(self) -> int:
        """Samples in a frame: the pitch window, if something is found in it."""
        pitch = 0 if OF_THE_PITCH.isdisjoint(self.plain_names) else self.pitch_ms
        return max(self.taper_samples, round(pitch * self.sample_rate / 1000))

    @property
    def plain_names(self) -> tuple[str, ...]:
        """Those of the set, then the chosen ones."""
        of_set = LLD_SETS[self.set or "egemaps-lite"] if self.set or not self.chosen else ()
        return tuple(dict.fromkeys((*of_set, *self.chosen)))


class OpenSmile(Section):
    """openSMILE's own features, for comparison on the host: no device computes them, and no export is made.

    Classic models are trained on them and tested in floating point. Last in a list of features, the
    functionals of a clip stand beside the others' functionals of each of its windows. Needs the package
    `opensmile` (`pip install vox-embed[opensmile]`), whose licence allows research only.
    """

    type: Literal["opensmile"] = Field(default="opensmile", description="openSMILE, on the host only.")
    set: Literal["eGeMAPSv02", "eGeMAPSv01b", "GeMAPSv01b", "ComParE_2016"] = Field(
        default="eGeMAPSv02", description="openSMILE's feature set."
    )
    level: Literal["lld", "functionals"] = Field(
        default="functionals",
        description=(
            "`lld`: a row every 10 ms, of which `window.functionals` are taken; `functionals`: openSMILE's "
            "own, one row for a clip, whatever `window` says."
        ),
    )
    sample_rate: Literal[8000, 16000, 22050, 32000, 44100, 48000] = Field(
        default=16000, description=("Hz; audio is resampled to it on the host.")
    )

    @property
    def refusal(self) -> VoxError:
        """What is said where a device is to compute them."""
        return VoxError(
            "features: type `opensmile` is computed on the host only: no device can run a model of it",
            f"the nearest that a device computes: `features: {self.nearest}`",
        )

    @property
    def nearest(self) -> str:
        """The `features` line that comes nearest and runs on a device."""
        return "{type: lld, set: " + ("spectral" if self.set == "ComParE_2016" else "egemaps-lite") + "}"

    @property
    def window_samples(self) -> int:
        """Samples in openSMILE's longest frame, 60 ms."""
        return round(0.06 * self.sample_rate)

    @property
    def hop_samples(self) -> int:
        """Samples from frame to frame, 10 ms."""
        return round(0.01 * self.sample_rate)

    @property
    def width(self) -> int:
        """Features of a row."""
        return OPENSMILE_WIDTHS[self.set][self.level == "functionals"]


OPENSMILE_WIDTHS = {
    "eGeMAPSv02": (25, 88),
    "eGeMAPSv01b": (23, 88),
    "GeMAPSv01b": (18, 62),
    "ComParE_2016": (65, 6373),
}
"""Columns of openSMILE's sets: low-level descriptors, functionals."""

Part = Annotated[LogMel | Mfcc | Spectrogram | Lld, Field(discriminator="type")]


class Joined(Section):
    """Several features of the same frames, one after the other: what a list of sections is read as.

    Keys that more than one of them has must not differ; those that none gives are the first one's.
    """

    type: Literal["joined"] = Field(default="joined", description="A list of features.")
    parts: Annotated[tuple[Part, ...], Field(strict=False)] = Field(description="The sections of the list.")
    opensmile: OpenSmile | None = Field(
        default=None, description="openSMILE's functionals beside them; then on the host only."
    )

    @model_validator(mode="after")
    def _merge(self) -> Joined:
        if not self.parts:
            refuse("parts", "an empty list of features", "leave `features` out for log-mel")
        common: dict[str, Any] = {}
        for key in Frames.model_fields:
            if key == "deltas":
                continue
            given = [part for part in self.parts if key in part.model_fields_set]
            for part in given[1:]:
                if getattr(part, key) != getattr(given[0], key):
                    refuse(
                        key,
                        f"joined features need the same `{key}`: {getattr(given[0], key)} for "
                        f"`{given[0].type}`, {getattr(part, key)} for `{part.type}`",
                        "give it once, in the first of them",
                    )
            source = given[0] if given else self.parts[0]
            common[key] = source.upper_limit if key == "fmax" and not given else getattr(source, key)
        for key in ("lifter", "step"):
            values = {getattr(part, key) for part in self.parts if hasattr(part, key)}
            if len(values) > 1:
                refuse(key, f"joined features need the same `{key}`", "give it in all of them")
        names = [name for part in self.parts for name in part.names]
        if len(names) > 128:
            refuse("parts", f"{len(names)} features in a frame; at most 128 fit", "leave some out")
        merged = tuple(part.model_copy(update=common) for part in self.parts)
        object.__setattr__(self, "parts", merged)
        self._check_opensmile()
        return self

    def _check_opensmile(self) -> None:
        if self.opensmile is None:
            return
        if self.opensmile.level != "functionals":
            refuse(
                "opensmile",
                "openSMILE's descriptors have frames of their own, and cannot be joined with other features",
                "level: functionals",
            )
        if self.opensmile.sample_rate != self.sample_rate:
            refuse(
                "opensmile",
                f"joined features need the same `sample_rate`: {self.sample_rate} here, "
                f"{self.opensmile.sample_rate} for openSMILE",
                f"sample_rate: {self.sample_rate}",
            )

    @property
    def first(self) -> Frames:
        """The part whose frame settings are all parts'."""
        return self.parts[0]

    @property
    def sample_rate(self) -> int:
        """Hz."""
        return self.first.sample_rate

    @property
    def hop_samples(self) -> int:
        """Samples from frame to frame."""
        return self.first.hop_samples

    @property
    def window_samples(self) -> int:
        """Samples in a frame: the longest of what its features need."""
        return max(part.window_samples for part in self.parts)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the features of a frame; what two parts have stands once."""
        return tuple(dict.fromkeys(name for part in self.parts for name in part.names))

    @property
    def width(self) -> int:
        """Features of a frame."""
        return len(self.names)


def host_only(features: Features) -> OpenSmile | None:
    """What of the features no device computes."""
    if isinstance(features, Joined):
        return features.opensmile
    return features if isinstance(features, OpenSmile) else None


def _as_section(value: Any) -> Any:
    if isinstance(value, list | tuple):
        parts = [_as_section(part) for part in value]
        of_host = [
            i for i, part in enumerate(parts) if isinstance(part, dict) and part["type"] == "opensmile"
        ]
        if not of_host:
            return {"type": "joined", "parts": parts}
        if of_host != [len(parts) - 1]:
            refuse("opensmile", "openSMILE comes once, and last, in a list of features")
        return {"type": "joined", "parts": parts[:-1], "opensmile": parts[-1]} if parts[:-1] else parts[-1]
    return {"type": "logmel", **value} if isinstance(value, dict) else value


# A new kind of features is one class above and one name here, and in Part.
Features = Annotated[
    Annotated[LogMel | Mfcc | Spectrogram | Lld | OpenSmile | Joined, Field(discriminator="type")],
    BeforeValidator(_as_section),
]
