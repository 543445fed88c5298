"""`features`: what the model sees of the sound."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

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
    ),
    "prosody": ("loudness", "energy", "zero_crossings"),
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


class LogMel(Section):
    """Log-mel: log2 of the energy in triangular mel bands, frame by frame."""

    type: Literal["logmel"] = Field(default="logmel", description="Log-mel spectrogram.")
    sample_rate: Literal[8000, 16000, 22050, 32000, 44100, 48000] = Field(
        default=16000, description=("Hz; audio is resampled to it on the host.")
    )
    window_ms: float = Field(default=30.0, gt=0, le=500, description="Milliseconds in a frame.")
    hop_ms: float = Field(
        default=20.0, gt=0, le=500, description=("Milliseconds from frame to frame, at most `window_ms`.")
    )
    fft_size: int | None = Field(
        default=None,
        description=(
            "Power of two, 64..4096, at least the samples of a frame. Default: the smallest that fits."
        ),
    )
    bands: int = Field(default=40, ge=1, le=128, description="Mel bands.")
    fmin: float = Field(default=60.0, ge=0, description="Lower limit in Hz.")
    fmax: float | None = Field(
        default=None,
        gt=0,
        description=("Upper limit in Hz, at most half the sample rate. Default: 0.475 of the sample rate."),
    )
    mel: Literal["htk", "slaney"] = Field(
        default="htk", description=("Mel scale: HTK's formula, or Slaney's (linear below 1 kHz).")
    )

    @model_validator(mode="after")
    def _check(self) -> LogMel:
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
        if self.window_samples < MIN_WINDOW_SAMPLES:
            refuse(
                "window_ms",
                f"{self.window_ms:g} ms is {self.window_samples} samples, fewer than {MIN_WINDOW_SAMPLES}",
            )
        if self.hop_samples < 1:
            refuse("hop_ms", f"{self.hop_ms:g} ms is less than one sample")
        if self.fft_size is not None:
            if self.fft_size & (self.fft_size - 1) or not MIN_FFT <= self.fft_size <= MAX_FFT:
                refuse("fft_size", f"{self.fft_size} is not a power of two from {MIN_FFT} to {MAX_FFT}")
            if self.fft_size < self.window_samples:
                refuse(
                    "fft_size",
                    f"{self.fft_size} is smaller than the window ({self.window_samples} samples)",
                    "leave it out for the smallest that fits",
                )
        elif self.window_samples > MAX_FFT:
            refuse(
                "window_ms",
                f"{self.window_samples} samples do not fit into the largest FFT ({MAX_FFT})",
            )
        return self

    @property
    def window_samples(self) -> int:
        """Samples in a frame."""
        return round(self.window_ms * self.sample_rate / 1000)

    @property
    def hop_samples(self) -> int:
        """Samples from frame to frame."""
        return round(self.hop_ms * self.sample_rate / 1000)

    @property
    def fft_samples(self) -> int:
        """FFT size: as given, or the smallest power of two that holds a frame."""
        return self.fft_size or max(MIN_FFT, 1 << (self.window_samples - 1).bit_length())

    @property
    def upper_limit(self) -> float:
        """Upper limit in Hz: `fmax`, or its default."""
        return self.fmax if self.fmax is not None else 0.475 * self.sample_rate


# A new kind of features is one class above and one name here: `LogMel | Mfcc`.
Features = Annotated[LogMel, Field()]
FEATURES: tuple[type[Section], ...] = (LogMel,)
