"""What a recurrent autoencoder knows of a clip: features learned without labels, on the host only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.data.audio import read_audio
from vox_embed.data.layouts.base import audio_files
from vox_embed.experiment import schema
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.needs import need_packages
from vox_embed.features.autoencoder.checkpoints import load_weights
from vox_embed.features.autoencoder.settings import Architecture, Recurrent, load_architecture
from vox_embed.features.decibels import Spectrum
from vox_embed.features.host.base import Clips, HostFeatures, Learned, Progress

if TYPE_CHECKING:
    from vox_embed.features.autoencoder.network import Autoencoder

_BATCH = 256


@dataclass(eq=False)
class LearnedByAutoencoder(HostFeatures):
    """The representation of each clip's spectrogram. VoxError where TensorFlow is missing."""

    settings: schema.LearnedFeatures

    def __post_init__(self) -> None:
        need_packages("features: type `learned`", ["tensorflow", "keras"])
        self._weights: tuple[NDArray[Any], ...] = ()
        s = self.settings
        self._spectrum = Spectrum(
            s.window_ms / 1000,
            (s.window_ms - s.hop_ms) / 1000,
            s.bands,
            None,
            s.clip_below,
            s.reference == "full_scale",
        )
        self.architecture = self._architecture()
        self._network: Autoencoder | None = None

    def _architecture(self) -> Architecture:
        s = self.settings
        shape = (self._spectrum.frames(self._samples, s.sample_rate), s.bands)
        if s.encoder is None:
            of = Recurrent(
                s.layers,
                s.units,
                s.bidirectional_encoder,
                s.bidirectional_decoder,
                s.keep_prob,
                cell="GRU" if s.cell == "gru" else "LSTM",
            )
            return Architecture("t-rae", shape, of)
        found = load_architecture(Path(s.encoder))
        if found.kind != "t-rae" or found.shape != shape:
            raise VoxError(
                f"features.encoder: {s.encoder} holds a {found.kind} for {found.shape[0]} frames of "
                f"{found.shape[1]} bands; these spectrograms have {shape[0]} frames of {shape[1]}",
                "window_ms, hop_ms, bands and length_ms have to be those that it was trained with",
            )
        return found

    @property
    def _samples(self) -> int:
        return round(self.settings.length_ms * self.settings.sample_rate / 1000)

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
        """`learned_0`, ..."""
        return tuple(f"learned_{i}" for i in range(self.architecture.features))

    @property
    def width(self) -> int:
        """Values of a row."""
        return self.architecture.features

    @property
    def description(self) -> str:
        """What a row holds."""
        return f"{self.width} features learned without labels, of {self.architecture.shape[0]} frames"

    def spectrograms(self, clips: Clips) -> NDArray[np.float32]:
        """int16 clips -> [clips, frames, bands], within -1 .. 1."""
        made = np.empty((len(clips), *self.architecture.shape), np.float32)
        for place, clip in zip(made, clips, strict=True):
            samples = np.zeros(self._samples)
            part = np.asarray(clip[: self._samples], np.float64) / 32768
            samples[: len(part)] = part
            place[:] = self._spectrum.spectrogram(samples, self.sample_rate)
        return made

    def fit(self, clips: Clips, progress: Progress | None = None) -> HostFeatures:
        """Learn from the training clips; where an encoder was given, read it."""
        from vox_embed.features.autoencoder.fitting import Fitting

        s = self.settings
        fitting = Fitting(self.architecture, s.batch_size, s.learning_rate, s.seed)
        if s.encoder is not None:
            weights: Sequence[NDArray[Any]] = load_weights(Path(s.encoder), None, fitting.shapes)
        else:
            data = self.spectrograms([*clips, *self._unlabelled()])
            for epoch in range(s.epochs):
                fitting.epoch(data, epoch)
                if progress is not None:
                    progress(len(data) * (epoch + 1) // s.epochs, len(data))
            weights = fitting.state()["w"]
        self._take(weights)
        return self

    def _unlabelled(self) -> list[NDArray[np.int16]]:
        """Recordings of which nothing is known. VoxError where a folder holds none."""
        found = []
        for folder in self.settings.unlabelled:
            files = audio_files(folder, below=True) if folder.is_dir() else []
            if not files:
                raise VoxError(
                    f"features.unlabelled: {folder}: no such folder, or no recordings in it",
                    "name a folder of audio files",
                )
            found += [
                read_audio(file, self.sample_rate, 0.0, self.settings.length_ms / 1000) for file in files
            ]
        return found

    def _take(self, weights: Sequence[NDArray[Any]]) -> None:
        from vox_embed.features.autoencoder.network import build, variables

        self._network = build(self.architecture)
        mine = variables(self._network)
        if len(mine) != len(weights):
            raise ValueError(f"{len(weights)} arrays of weights, not {len(mine)}")
        for variable, array in zip(mine, weights, strict=True):
            if tuple(variable.shape) != array.shape:
                raise ValueError(f"weights of shape {array.shape}, not {tuple(variable.shape)}")
            variable.assign(array)
        self._weights = tuple(weights)

    def extract_all(self, clips: Clips, progress: Progress | None = None) -> list[NDArray[np.float32]]:
        """A row a clip."""
        import tensorflow as tf

        if self._network is None:
            raise RuntimeError("fit or restore comes first")
        rows: list[NDArray[np.float32]] = []
        for first in range(0, len(clips), _BATCH):
            data = self.spectrograms([clips[i] for i in range(first, min(first + _BATCH, len(clips)))])
            rows += [row[None] for row in np.asarray(self._network.features(tf.constant(data)), np.float32)]
            if progress is not None:
                progress(len(rows), len(clips))
        return rows

    def learned(self) -> Learned:
        """The weights."""
        return {f"learned{i:03}": weight for i, weight in enumerate(self._weights)}

    def restore(self, learned: Learned) -> None:
        """The same."""
        self._take([learned[f"learned{i:03}"] for i in range(len(learned))])
