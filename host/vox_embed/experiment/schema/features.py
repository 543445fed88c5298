"""`features`: what the model sees of the sound."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from vox_embed.experiment.names import did_you_mean
from vox_embed.experiment.schema.base import Section, refuse
from vox_embed.experiment.schema.host import HOST_TYPES, HostPart, HostSection
from vox_embed.spec.model_format import (
    DESCRIPTOR_CODE_NEEDS,
    MAX_FFT,
    MIN_FFT,
    MIN_WINDOW,
    DescriptorSource,
    SampleRate,
)
from vox_embed.spec.model_format import LLDS as LLD_ROWS

LLDS = tuple(name for name, *_ in LLD_ROWS)
"""Low-level descriptors by name; vox_embed.features.lld has their meaning, unit and Q format."""

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


OF_THE_PITCH = frozenset(
    name for name, code, *_ in LLD_ROWS if DescriptorSource.PITCH in DESCRIPTOR_CODE_NEEDS[code]
)
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

    sample_rate: SampleRate = Field(default=16000, description=("Hz; audio is resampled to it on the host."))
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
        if self.taper_samples < MIN_WINDOW:
            refuse(
                "window_ms",
                f"{self.window_ms:g} ms is {self.taper_samples} samples, fewer than {MIN_WINDOW}",
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
    def per_clip(self) -> bool:
        """Whether there is one row a clip: never of frames."""
        return False

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


class OwnFrontEnd(Section):
    """A front end with a kind of its own: `of_section` in vox_embed.features.<its type> makes of it what a
    device computes."""

    type: str

    @property
    def sample_rate(self) -> int:
        """Hz."""
        raise NotImplementedError

    @property
    def window_samples(self) -> int:
        """Samples in a frame."""
        raise NotImplementedError

    @property
    def hop_samples(self) -> int:
        """Samples from frame to frame."""
        raise NotImplementedError

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the features of a frame."""
        raise NotImplementedError

    @property
    def per_clip(self) -> bool:
        """Whether there is one row a clip: never of frames."""
        return False

    @property
    def width(self) -> int:
        """Features of a frame."""
        return len(self.names)


class Micro(OwnFrontEnd):
    """TensorFlow Lite Micro's front end as microWakeWord sets it: 40 mel bands of 16 kHz sound in windows of
    30 ms, with noise reduction and automatic gain.
    """

    type: Literal["micro"] = Field(default="micro", description="TensorFlow Lite Micro's front end.")
    hop_ms: float = Field(default=10.0, ge=1, le=30, description="Milliseconds from frame to frame.")

    @property
    def sample_rate(self) -> int:
        """Hz."""
        return 16000

    @property
    def window_samples(self) -> int:
        """Samples in a frame."""
        return 480

    @property
    def hop_samples(self) -> int:
        """Samples from frame to frame."""
        return round(self.hop_ms * 16)

    @property
    def names(self) -> tuple[str, ...]:
        """micro_0, micro_1, ..."""
        return tuple(f"micro_{i}" for i in range(40))


Part = Annotated[LogMel | Mfcc | Spectrogram | Lld, Field(discriminator="type")]


class Joined(Section):
    """Several features of the same frames, one after the other: what a list of sections is read as.

    Keys that more than one of them has must not differ; those that none gives are the first one's.
    """

    type: Literal["joined"] = Field(default="joined", description="A list of features.")
    parts: Annotated[tuple[Part, ...], Field(strict=False)] = Field(description="The sections of the list.")
    host: Annotated[tuple[HostPart, ...], Field(strict=False)] = Field(
        default=(), description="What a PC alone computes of a clip, beside them; then on the host only."
    )

    @model_validator(mode="after")
    def _merge(self) -> Joined:
        if not self.parts and not self.host:
            refuse("parts", "an empty list of features", "leave `features` out for log-mel")
        if self.parts:
            self._share_settings()
        self._check_host()
        return self

    def _share_settings(self) -> None:
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

    def _check_host(self) -> None:
        for i, section in enumerate(self.host):
            if not section.per_clip:
                refuse(
                    section.type,
                    f"rows of `{section.type}` have frames of their own, and cannot be joined with others",
                    "take what gives one row a clip; of openSMILE `level: functionals`",
                )
            if section.sample_rate != self.sample_rate:
                refuse(
                    section.type,
                    f"joined features need the same `sample_rate`: {self.sample_rate} here, "
                    f"{section.sample_rate} for `{section.type}`",
                    f"sample_rate: {self.sample_rate}",
                )
            if section in self.host[:i]:
                refuse(section.type, f"the same `{section.type}` twice", "leave one of them out")

    @property
    def first(self) -> Frames | HostSection:
        """The part whose frame settings are all parts'."""
        return self.parts[0] if self.parts else self.host[0]

    @property
    def per_clip(self) -> bool:
        """Whether there is one row a clip, whatever `window` says."""
        return not self.parts

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
        return max(part.window_samples for part in self.parts or self.host)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the features of a device's frame; what two parts have stands once."""
        return tuple(dict.fromkeys(name for part in self.parts for name in part.names))

    @property
    def width(self) -> int:
        """Features of a device's frame."""
        return len(self.names)


def host_sections(features: Features) -> tuple[HostSection, ...]:
    """What of the features a PC alone computes."""
    if isinstance(features, Joined):
        return features.host
    return (features,) if isinstance(features, HostSection) else ()


def _as_section(value: Any) -> Any:
    if isinstance(value, list | tuple):
        parts = [_as_section(part) for part in value]
        of_host = [isinstance(part, dict) and part["type"] in HOST_TYPES for part in parts]
        if of_host != sorted(of_host):
            refuse("host", "what a PC alone computes comes last in a list of features", "put it at the end")
        if len(parts) == 1 and of_host[0]:
            return parts[0]
        first = len(parts) - sum(of_host)
        host = {"host": parts[first:]} if any(of_host) else {}
        return {"type": "joined", "parts": parts[:first], **host}
    return {"type": "logmel", **value} if isinstance(value, dict) else value


# A new kind of features is one class above and one name here (and in Part, where it can be joined with
# others); of a PC's features see host.py.
Features = Annotated[
    Annotated[LogMel | Mfcc | Spectrogram | Lld | Micro | HostPart | Joined, Field(discriminator="type")],
    BeforeValidator(_as_section),
]
