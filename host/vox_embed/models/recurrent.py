"""Networks with recurrent layers: what they know of earlier frames goes on with the stream."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from vox_embed.experiment import schema
from vox_embed.features.backend import load_tensorflow
from vox_embed.features.corpus import CorpusProgress
from vox_embed.models.estimator import Clips
from vox_embed.models.layers import Builder
from vox_embed.models.neural import NeuralClassifier
from vox_embed.models.stream_cnn import need_frames
from vox_embed.models.windows import clip_means

if TYPE_CHECKING:
    import keras

Floats = NDArray[np.float64]
_CLIPS_AT_ONCE = 64


@dataclass(frozen=True)
class Convolution:
    """Over all bands, batch norm folded, then ReLU."""

    kernel: Floats
    """[frames, bands, channels]"""
    bias: Floats
    stride: int


@dataclass(frozen=True)
class Cell:
    """A recurrent layer, gates in Keras' order."""

    kind: Literal["gru", "lstm"]
    kernel: Floats
    """[inputs, gates * units]"""
    recurrent: Floats
    """[units, gates * units]"""
    bias: Floats
    """[gates * units], of what the input gives."""
    back: Floats
    """[gates * units], of what h gives."""

    @property
    def units(self) -> int:
        """Values of h."""
        return len(self.recurrent)


@dataclass(frozen=True)
class Trained:
    """The float network's numbers."""

    first: Convolution | None
    rest: int
    """Frames at the beginning of a window that make no row."""
    together: int
    """Frames of a row, where no convolution makes the rows."""
    cells: tuple[Cell, ...]
    dense: Floats
    """[units, labels]"""
    bias: Floats


class RecurrentClassifier(NeuralClassifier):
    """GRU or LSTM layers on rows of frames, or on what a convolution makes of them, then dense and softmax.

    The posteriors after a clip's first window are those of that window; later ones come from all frames since
    the clip began, on the host as on a device. `program/recurrent.py` quantises it, without TensorFlow Lite.
    """

    model: schema.RecurrentNetwork

    def network(self, frames: int, bands: int, classes: int, seed: int) -> keras.Model:
        """As NeuralClassifier.network; it takes any number of frames from a window's on."""
        return self._network(frames, bands, classes, seed)

    def _network(
        self, frames: int, bands: int, classes: int, seed: int, *, every: bool = False
    ) -> keras.Model:
        """every: posteriors after each row, [batch, rows, classes]."""
        import keras

        m, build = self.model, Builder(seed, tags=self.tags)
        x = start = build.start(None, bands)
        if isinstance(m, schema.Crnn):
            need_frames(frames, m.first_kernel, m.stride, ())
            x = build.convolve(x, m.width, (m.first_kernel, bands), (m.stride, 1), "valid")
            x = build.rows(x, 1, 0)
        else:
            need_frames(frames, m.stride, m.stride, ())
            x = build.rows(x, m.stride, frames % m.stride)
        for place, units in enumerate(m.units):
            x = build.recur(x, self.cell, units, every=every or place + 1 < len(m.units))
        return keras.Model(start, self._head_of(build, x, classes), name="network")

    def _head_of(self, build: Builder, x: keras.KerasTensor, classes: int) -> keras.KerasTensor:
        return build.classify(x, classes, self.model.dropout)

    @property
    def cell(self) -> Literal["gru", "lstm"]:
        """Kind of the recurrent layers."""
        if isinstance(self.model, schema.Crnn | schema.Learned):
            return self.model.cell
        return "gru" if isinstance(self.model, schema.Gru) else "lstm"

    def led(self, x: NDArray[np.float32], epoch: int, number: int) -> NDArray[np.float32]:
        """In `model.lead` of the batches, each window has another of the batch before it."""
        rng = np.random.default_rng([self.seed, epoch, number, 0x1E])
        return self.with_lead(x) if rng.random() < self.model.lead else x

    def with_lead(self, x: NDArray[np.float32]) -> NDArray[np.float32]:
        """Windows [n, frames, bands], each behind the one before it, the first behind the last."""
        before = np.roll(x, 1, axis=0)[:, x.shape[1] % self.model.stride :]
        return np.concatenate([before, x], axis=1)

    # ---- prediction ----------------------------------------------------------------------------------

    def float_predict_clips(self, clips: Clips) -> NDArray[np.float32]:
        """Float posteriors, mean over each clip's windows: int16 clips -> float32 [clips, labels]."""
        values, owner = self.after_windows(clips)
        return clip_means(self.answers(values), owner, len(clips))

    def answers(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Posteriors, of what the network gives."""
        return values

    def after_windows(
        self, clips: Clips, progress: CorpusProgress | None = None
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """What the network gives after each window of clips, with all that came before in them, [windows,
        values]; and for each window its clip."""
        cuts = self.windows.cuts(clips, self.threads, progress)
        counts = np.array(cuts.counts, np.int64)
        network = self._every_row()
        posteriors = np.zeros((len(cuts), network.output_shape[-1]), np.float32)
        for count in np.unique(counts):
            alike = np.flatnonzero(counts == count)
            for i in range(0, len(alike), _CLIPS_AT_ONCE):
                some = alike[i : i + _CLIPS_AT_ONCE]
                windows = np.stack([cuts.of_clip(int(clip)) for clip in some])
                posteriors[cuts.firsts[some][:, None] + np.arange(count)] = self._of_windows(network, windows)
        return posteriors, cuts.owner

    def _every_row(self) -> keras.Model:
        """The trained network, with posteriors after each row."""
        load_tensorflow()
        bands = len(self.windows.features.names)
        network = self._network(self.windows.frames, bands, len(self.labels), self.seed, every=True)
        network.set_weights(self.network_.get_weights())
        return network

    def _of_windows(self, network: keras.Model, windows: NDArray[np.int16]) -> NDArray[np.float32]:
        """Of clips [n, windows, frames, bands] the posteriors after each window [n, windows, labels]."""
        stride, (n, count, _, bands) = self.windows.stride, windows.shape
        later = windows[:, 1:, -stride:].reshape(n, -1, bands)
        frames = self.scaled(np.concatenate([windows[:, 0], later], axis=1))
        rows = np.asarray(network(frames[..., None], training=False))
        step = stride // self.model.stride
        return rows[:, rows.shape[1] - 1 - (count - 1) * step :: step]

    # ---- for the integer program -----------------------------------------------------------------------

    @property
    def trained_(self) -> Trained:
        """The float network's numbers."""
        import keras

        layers: Sequence[keras.layers.Layer] = self.network_.layers
        dense = next(layer for layer in layers if isinstance(layer, keras.layers.Dense))
        kernel, bias = (np.asarray(w, np.float64) for w in dense.get_weights())
        cells = tuple(
            cell_of(layer) for layer in layers if isinstance(layer, keras.layers.GRU | keras.layers.LSTM)
        )
        first = None
        if isinstance(self.model, schema.Crnn):
            first = _folded(layers, self.model.stride)
        rest = 0 if first else self.windows.frames % self.model.stride
        return Trained(first, rest, self.model.stride, cells, kernel, bias)


def cell_of(layer: keras.layers.Layer) -> Cell:
    """The numbers of a GRU or LSTM layer."""
    import keras

    kernel, recurrent, bias = (np.asarray(w, np.float64) for w in layer.get_weights())
    if isinstance(layer, keras.layers.GRU):
        return Cell("gru", kernel, recurrent, bias[0], bias[1])
    return Cell("lstm", kernel, recurrent, bias, np.zeros_like(bias))


def _folded(layers: Sequence[keras.layers.Layer], stride: int) -> Convolution:
    import keras

    conv = next(layer for layer in layers if isinstance(layer, keras.layers.Conv2D))
    norm = next(layer for layer in layers if isinstance(layer, keras.layers.BatchNormalization))
    gamma, beta, mean, variance = (np.asarray(w, np.float64) for w in norm.get_weights())
    factor = gamma / np.sqrt(variance + norm.epsilon)
    kernel = np.asarray(conv.get_weights()[0], np.float64)[:, :, 0]
    return Convolution(kernel * factor, beta - mean * factor, stride)
