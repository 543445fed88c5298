"""`features` that a PC alone can compute: for comparison, and for models that stay on the host."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Field, model_validator

from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.schema.base import PathText, Range, Section, Values, check_range, refuse
from vox_embed.spec.model_format import SampleRate


class HostSection(Section):
    """What all of them have."""

    type: str
    sample_rate: SampleRate = Field(default=16000, description="Hz; audio is resampled to it on the host.")

    @property
    def per_clip(self) -> bool:
        """Whether there is one row a clip, whatever `window` says; otherwise a row a frame."""
        return True

    @property
    def nearest(self) -> str:
        """The `features` line that comes nearest and runs on a device."""
        return "{type: lld, set: egemaps-lite}"

    @property
    def window_samples(self) -> int:
        """Samples in a frame."""
        return self.hop_samples

    @property
    def hop_samples(self) -> int:
        """Samples from frame to frame, 10 ms."""
        return round(0.01 * self.sample_rate)

    @property
    def refusal(self) -> VoxError:
        """What is said where a device is to compute them."""
        return VoxError(
            f"features: type `{self.type}` is computed on the host only: no device can run a model of it",
            f"the nearest that a device computes: `features: {self.nearest}`",
        )


class OpenSmile(HostSection):
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

    @property
    def per_clip(self) -> bool:
        """Whether rows are openSMILE's functionals."""
        return self.level == "functionals"

    @property
    def nearest(self) -> str:
        """The `features` line that comes nearest and runs on a device."""
        return "{type: lld, set: " + ("spectral" if self.set == "ComParE_2016" else "egemaps-lite") + "}"

    @property
    def window_samples(self) -> int:
        """Samples in openSMILE's longest frame, 60 ms."""
        return round(0.06 * self.sample_rate)

    @property
    def width(self) -> int:
        """Features of a row."""
        return OPENSMILE_WIDTHS[self.set][self.per_clip]


class LearnedFeatures(HostSection):
    """Features learned without labels: what a recurrent autoencoder knows of a clip's spectrogram, after
    auDeep (docs/audeep.md), on the host only; `model: {type: learned}` is what runs on devices.

    It learns from the training clips alone, in each fold anew, unless `encoder` names one that has learned
    before. Classic models are trained on its features, alone or beside others (last in a list). Needs the
    package `tensorflow` (`pip install vox-embed[train]`).
    """

    type: Literal["learned"] = Field(
        default="learned", description="Learned without labels, on the host only."
    )
    encoder: PathText | None = Field(
        default=None,
        description="Folder `logs` of `vox-embed learn t-rae train` on such spectrograms; null: learn.",
    )
    unlabelled: Annotated[tuple[PathText, ...], Field(strict=False)] = Field(
        default=(),
        description=(
            "Folders of more recordings to learn from, whatever is in them. One that holds test rows is "
            "refused."
        ),
    )
    window_ms: float = Field(default=80.0, ge=1, le=1000, description="Length of a frame.")
    hop_ms: float = Field(
        default=40.0, ge=1, le=1000, description="From frame to frame; at most `window_ms`."
    )
    bands: int = Field(default=128, ge=2, le=512, description="Mel bands.")
    clip_below: float = Field(
        default=-60.0, ge=-200, lt=0, description="Lowest level, dB re the loudest point, or as `reference`."
    )
    reference: Literal["loudest", "full_scale"] = Field(
        default="loudest",
        description=(
            "What levels are compared with: the loudest point of the clip, or a sine of full scale, which a "
            "device would know before a clip ends; then `clip_below` of about -90 fits."
        ),
    )
    length_ms: float = Field(
        default=5000.0, ge=50, le=60_000, description="Clips are cut, or padded with silence, to this length."
    )
    cell: Literal["gru", "lstm"] = Field(default="gru", description="Kind of its layers.")
    layers: int = Field(default=1, ge=1, le=8, description="Recurrent layers of encoder and decoder.")
    units: int = Field(default=64, ge=1, le=1024, description="Units of each layer.")
    bidirectional_encoder: bool = Field(default=False, description="The encoder runs both ways.")
    bidirectional_decoder: bool = Field(default=False, description="The decoder runs both ways.")
    keep_prob: float = Field(default=0.8, gt=0, le=1, description="Share of activations that dropout keeps.")
    epochs: int = Field(default=40, ge=1, le=10_000, description="Times that all training clips are seen.")
    batch_size: int = Field(default=64, ge=1, le=4096, description="Clips in a step.")
    learning_rate: float = Field(default=1e-3, gt=0, le=1, description="Adam's rate.")
    seed: int = Field(default=0, ge=0, lt=2**31, description="Of its first weights and of dropout.")

    @model_validator(mode="after")
    def _check_hop(self) -> LearnedFeatures:
        if self.hop_ms > self.window_ms:
            refuse("hop_ms", f"{self.hop_ms:g}: longer than window_ms, {self.window_ms:g}")
        if self.unlabelled and self.encoder is not None:
            refuse("unlabelled", "it would do nothing: `encoder` has learned before", "leave one of them out")
        if self.window_ms > self.length_ms:
            refuse("window_ms", f"{self.window_ms:g}: longer than length_ms, {self.length_ms:g}")
        return self

    @property
    def width(self) -> int:
        """Features of a clip."""
        return self.layers * self.units * (2 if self.cell == "lstm" else 1) * (1 + self.bidirectional_decoder)

    @property
    def window_samples(self) -> int:
        """Samples in a frame."""
        return round(self.window_ms * self.sample_rate / 1000)

    @property
    def nearest(self) -> str:
        """The `features` line that comes nearest and runs on a device."""
        return "{type: logmel} with model: {type: learned}"


class Embedding(HostSection):
    """What a network that others trained makes of a clip, on the host only: hidden states of a transformer
    (wav2vec 2.0 and its kin, Whisper's encoder, AST), or the output of an ONNX file.

    One row a clip, for classic models. Transformers need `pip install vox-embed[transformers]`, ONNX files
    `vox-embed[onnx]`. Weights are read from `safetensors` alone: nothing in them can run.
    """

    type: Literal["embedding"] = Field(
        default="embedding", description="A network that others trained, on the host only."
    )
    model: str = Field(
        min_length=1,
        description=(
            "Folder that `save_pretrained` of `transformers` wrote, or an `.onnx` file (relative to the "
            "experiment file; `${VAR}` is expanded), or a name on the Hugging Face hub, such as "
            "`facebook/wav2vec2-base`."
        ),
    )
    revision: str | None = Field(
        default=None, min_length=1, description="Commit or tag on the hub; null: the latest."
    )
    layer: int | None = Field(
        default=None,
        ge=-64,
        le=256,
        description="Layer whose states are taken; 0: before the first, -1 and null: the last.",
    )
    output: str | None = Field(
        default=None, min_length=1, description="Output of an ONNX file; null: its first."
    )
    pool: Literal["mean", "mean_std", "max", "first"] = Field(
        default="mean", description="What is taken of the states of a clip."
    )
    max_duration: float = Field(
        default=10.0,
        gt=0,
        le=600,
        description="Seconds that the network is given at a time; a longer clip is given in pieces.",
    )
    device: Literal["auto", "cpu", "cuda"] = Field(
        default="auto", description="Where it runs; `auto`: on a graphics card where PyTorch sees one."
    )

    @model_validator(mode="after")
    def _check_kind(self) -> Embedding:
        if self.onnx and (self.layer is not None or self.revision is not None):
            key = "layer" if self.layer is not None else "revision"
            refuse(key, "it is for transformers, and this is an ONNX file", "`output` names an output")
        if not self.onnx and self.output is not None:
            refuse("output", "it is for ONNX files", "`layer` chooses a layer of a transformer")
        return self

    @property
    def width(self) -> int:
        """Unknown before the network is loaded: at least one."""
        return 1

    @property
    def onnx(self) -> bool:
        """Whether it is an ONNX file."""
        return self.model.endswith(".onnx")


class Samples(HostSection):
    """No features: the samples themselves, for `model: {type: finetune}`, which needs nothing else."""

    type: Literal["samples"] = Field(default="samples", description="The samples themselves.")

    @property
    def width(self) -> int:
        """Values of a sample."""
        return 1

    @property
    def nearest(self) -> str:
        """The `features` line that comes nearest and runs on a device."""
        return "{type: logmel} with model: {type: dscnn}"


class ImportedFeatures(HostSection):
    """Features that another program has made, from a table: a row a clip, found by the columns `file`, and
    `start` and `end` where it has them. On the host only; last in a list they stand beside others.

    A table that lacks a clip is refused, and the clip named. An empty cell counts as 0.
    """

    type: Literal["import"] = Field(default="import", description="From a table, on the host only.")
    path: PathText = Field(description="CSV, TSV or parquet (`pip install vox-embed[parquet]`).")
    root: PathText | None = Field(
        default=None, description="Folder that the names in `file` start at. Default: the table's."
    )
    columns: Values = Field(
        default=(), description="Columns that are taken, with * and ?. Default: all but file, start and end."
    )


class Spectra(HostSection):
    """Mel spectra in decibels, in floating point: for comparison, on the host only; `logmel` is what devices
    compute."""

    type: Literal["spectra"] = Field(default="spectra", description="Mel spectra in dB, on the host only.")
    level: Literal["frames", "clip"] = Field(
        default="clip",
        description=(
            "`frames`: a row every `hop_ms`, of which `window.functionals` are taken; `clip`: mean and "
            "deviation of each band, one row for a clip."
        ),
    )
    window_ms: float = Field(default=25.0, ge=1, le=1000, description="Length of a frame.")
    hop_ms: float = Field(
        default=10.0, ge=1, le=1000, description="From frame to frame; at most `window_ms`."
    )
    bands: int = Field(default=64, ge=2, le=512, description="Mel bands.")
    floor_db: float = Field(
        default=-100.0, ge=-200, lt=0, description="Lowest level, dB below a sine of full scale."
    )

    @model_validator(mode="after")
    def _check_hop(self) -> Spectra:
        if self.hop_ms > self.window_ms:
            refuse("hop_ms", f"{self.hop_ms:g}: longer than window_ms, {self.window_ms:g}")
        return self

    @property
    def per_clip(self) -> bool:
        """Whether a clip has one row."""
        return self.level == "clip"

    @property
    def nearest(self) -> str:
        """The `features` line that comes nearest and runs on a device."""
        return "{type: logmel}"

    @property
    def window_samples(self) -> int:
        """Samples in a frame."""
        return round(self.window_ms * self.sample_rate / 1000)

    @property
    def hop_samples(self) -> int:
        """Samples from frame to frame."""
        return round(self.hop_ms * self.sample_rate / 1000)


class Praat(HostSection):
    """Praat's measures of a voice, a row a clip, on the host only: pitch, intensity, harmonicity, five
    kinds of
    jitter, six of shimmer, four formants and the vocal tract. Needs the package `praat-parselmouth` (`pip
    install vox-embed[praat]`), which is under the GPL."""

    type: Literal["praat"] = Field(default="praat", description="Praat, on the host only.")
    pitch_hz: Range = Field(default=(75.0, 500.0), description="Lowest and highest pitch.")
    formant_hz: float = Field(
        default=5500.0, ge=2000, le=10_000, description="Five formants lie below it; of male voices 5000."
    )

    @model_validator(mode="after")
    def _check_pitch(self) -> Praat:
        check_range(self, "pitch_hz", 20, 2000)
        return self


OPENSMILE_WIDTHS = {
    "eGeMAPSv02": (25, 88),
    "eGeMAPSv01b": (23, 88),
    "GeMAPSv01b": (18, 62),
    "ComParE_2016": (65, 6373),
}
"""Columns of openSMILE's sets: low-level descriptors, functionals."""

# New features of a PC are one class above, one name here, and one line in vox_embed.features.host.
HostPart = OpenSmile | LearnedFeatures | Embedding | ImportedFeatures | Spectra | Praat | Samples
HOST_TYPES = frozenset(kind.model_fields["type"].default for kind in get_args(HostPart))
