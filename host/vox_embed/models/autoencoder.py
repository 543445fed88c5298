"""An autoencoder of windows: what it cannot rebuild is no normal sound."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.data.store import ChosenClips
from vox_embed.experiment import schema
from vox_embed.experiment.errors import VoxError
from vox_embed.features.corpus import CorpusProgress
from vox_embed.gate.archive import pack, unpack
from vox_embed.models.estimator import Clips, need_normal
from vox_embed.models.layers import Builder
from vox_embed.models.neural import NeuralClassifier
from vox_embed.models.recurrent import Cell, cell_of
from vox_embed.models.training.checkpoint import Checkpoint
from vox_embed.models.training.epoch import Progress
from vox_embed.models.training.source import Judge, Predict

if TYPE_CHECKING:
    import keras

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class DenseLayer:
    """On all values of its input, or on every row of so many."""

    kernel: Floats
    """[inputs, units]"""
    bias: Floats
    relu: bool


@dataclass(frozen=True)
class ConvLayer:
    """Padded so that a stride of 1 keeps the size."""

    kernel: Floats
    """[height, width, channels in, channels out]"""
    bias: Floats
    stride: int
    relu: bool


@dataclass(frozen=True)
class Double:
    """Every row and column twice."""


@dataclass(frozen=True)
class Repeat:
    """A vector, so many times."""

    rows: int


@dataclass(frozen=True)
class Rows:
    """So many frames are a row."""

    together: int


Layer = DenseLayer | ConvLayer | Double | Repeat | Rows | Cell


class AutoencoderDetector(NeuralClassifier):
    """Learns to rebuild the windows of normal clips; the mean squared error over a window, in deviations of
    each band, is its score.

    After `fit`, beside what a NeuralClassifier has: `threshold_`, from which score on a window is an anomaly;
    `spread_`, by which score the odds double; `judged_`, the normal windows [n, frames, bands], as the
    network takes them, that gave both.
    """

    model: schema.Autoencoder
    squares = True

    def network(self, frames: int, bands: int, classes: int, seed: int) -> keras.Model:
        """The untrained network: [batch, frames, bands, 1] -> [batch, frames, bands]. classes: not used."""
        import keras

        del classes
        build = Builder(seed)
        start = build.start(frames, bands)
        makers = {"dense": self._dense, "conv": self._conv}
        made = makers.get(self.model.network, self._recurrent)(build, start, frames, bands)
        return keras.Model(start, keras.layers.Reshape((frames, bands))(made), name="network")

    def _dense(self, build: Builder, x: Any, frames: int, bands: int) -> Any:
        for units in self.model.hidden:
            x = build.dense(x, units)
        return build.linear(x, frames * bands)

    def _conv(self, build: Builder, x: Any, frames: int, bands: int) -> Any:
        del frames, bands
        widths = self.model.widths
        for width in widths:
            x = build.convolve(x, width, (3, 3), (2, 2))
        for width in reversed(widths[:-1]):
            x = build.convolve(build.double(x), width, (3, 3), (1, 1))
        return build.convolve_linear(build.double(x), 1, (3, 3))

    def _recurrent(self, build: Builder, x: Any, frames: int, bands: int) -> Any:
        import keras

        m = self.model
        if frames % m.stride:
            raise VoxError(f"model.stride: {frames} frames of a window are no multiple of {m.stride}")
        x = build.recur(build.rows(x, m.stride, 0), m.network, m.units, every=False)
        x = keras.layers.RepeatVector(frames // m.stride, name="repeat")(x)
        return build.linear(build.recur(x, m.network, m.units, every=True), m.stride * bands, flat=False)

    # ---- training ------------------------------------------------------------------------------------

    @property
    def normal_index(self) -> int:
        """Of the label of normal clips."""
        return self.labels.index(self.model.normal)

    def fit(  # noqa: PLR0917
        self,
        train_clips: Clips,
        train_labels: NDArray[np.int64],
        dev_clips: Clips = (),
        dev_labels: NDArray[np.int64] | None = None,
        progress: Progress | None = None,
        checkpoint: Path | None = None,
        extracting: CorpusProgress | None = None,
    ) -> AutoencoderDetector:
        """Train on the normal clips alone; those of dev find the epoch that is kept, and the threshold."""
        need_normal(self.model, self.labels)
        learned = _chosen(train_clips, train_labels, self.normal_index)
        held = _chosen(dev_clips, dev_labels, self.normal_index)
        if not len(learned):
            raise VoxError(
                f"label `{self.model.normal}` has no clips to train on",
                "choose another split or model.normal",
            )
        self.windows = self.windows.started(learned, self.threads, extracting)
        plain = self.windows.cuts(learned, self.threads, extracting)
        self._measure(plain)
        scaled = self.scaled(plain.whole())
        judged = self.scaled(self.windows.cut_all(held, self.threads)[0]) if len(held) else scaled
        kept = None
        if checkpoint is not None:
            kept = Checkpoint(checkpoint, self._fingerprint(chain(learned, held), np.array([len(learned)])))
        batches = _WindowBatches(scaled, self.model.batch_size, self.seed)
        self._train(batches, self._judge(held) if len(held) else None, progress, kept)
        self._set_threshold(judged)
        where = (
            f"{len(held)} normal dev clips" if len(held) else "the training clips, as there are none in dev"
        )
        self.stopped_ += (
            f"; learned from {len(scaled)} windows of {len(learned)} clips of `{self.model.normal}`; "
            f"threshold from {len(judged)} windows of {where}"
        )
        return self

    def begin(self) -> AutoencoderDetector:
        """As NeuralClassifier's."""
        super().begin()
        self.judged_ = self.representative_
        return self

    def _judge(self, clips: Clips) -> Judge:
        """The mean squared error of normal windows; how many are told rightly is not known yet."""
        windows, _ = self.windows.cut_all(clips, self.threads)
        wanted = self.scaled(windows)

        def judge(predict: Predict) -> tuple[float, float]:
            return float(np.mean((predict(windows) - wanted) ** 2)), float("nan")

        return judge

    def _set_threshold(self, judged: NDArray[np.float32]) -> None:
        self.judged_ = judged
        scores = self._errors(judged)
        self.threshold_ = float(np.quantile(scores, 1.0 - self.model.contamination))
        self.spread_ = spread_of(scores, self.threshold_)

    # ---- prediction ----------------------------------------------------------------------------------

    def _errors(self, scaled: NDArray[np.float32]) -> Floats:
        """Windows as the network takes them -> scores [n]."""
        rebuilt = [
            np.asarray(self.network_(scaled[i : i + 256, ..., None], training=False))
            for i in range(0, len(scaled), 256)
        ]
        if not rebuilt:
            return np.zeros(0)
        away = np.concatenate(rebuilt).astype(np.float64) - scaled
        errors: Floats = (away**2).mean(axis=(1, 2))
        return errors

    def errors(self, features: NDArray[np.int16]) -> Floats:
        """Scores of int16 windows [n, frames, bands]: mean squared error, in deviations of each band."""
        return self._errors(self.scaled(features))

    def float_predict(self, features: NDArray[np.int16]) -> NDArray[np.float32]:
        """Posteriors: int16 windows [n, frames, bands] -> float32 [n, labels]; a device's odds."""
        away = (self.errors(features) - self.threshold_) / self.spread_
        anomaly = 1.0 / (1.0 + 2.0 ** np.clip(-away, -60, 60))
        columns = [anomaly, anomaly]
        columns[self.normal_index] = 1.0 - anomaly
        return np.stack(columns, axis=1).astype(np.float32)

    # ---- for the integer program -----------------------------------------------------------------------

    @property
    def trained_(self) -> tuple[Layer, ...]:
        """The float network's numbers, batch norm folded."""
        return layers_of(self.network_, self.model.stride)

    # ---- keeping -------------------------------------------------------------------------------------

    def to_bytes(self) -> bytes:
        """As NeuralClassifier's, with the threshold."""
        more = {"threshold": np.array(self.threshold_), "spread": np.array(self.spread_)}
        return pack(unpack(super().to_bytes()) | more)

    def load_bytes(self, data: bytes) -> AutoencoderDetector:
        """Take over what `to_bytes` gave. VoxError if it does not fit."""
        try:
            arrays = unpack(data)
            threshold, spread = float(arrays.pop("threshold")), float(arrays.pop("spread"))
        except (ValueError, KeyError, TypeError) as error:
            raise VoxError(
                f"the stored float model does not fit this experiment: {error}", "train it again"
            ) from None
        super().load_bytes(pack(arrays))
        self.threshold_, self.spread_ = threshold, spread
        return self


def spread_of(scores: Floats, threshold: float) -> float:
    """A typical distance from the threshold shall mean odds of about 4 to 1."""
    return max(float(np.median(np.abs(scores - threshold))) / 2.0, 1e-9)


def _chosen(clips: Clips, labels: NDArray[Any] | None, wanted: int) -> Clips:
    if labels is None:
        return ()
    return ChosenClips(clips, tuple(np.flatnonzero(np.asarray(labels) == wanted).tolist()))


def layers_of(network: keras.Model, together: int) -> tuple[Layer, ...]:
    """What a network of `AutoencoderDetector` computes, in order."""
    import keras

    made: list[Layer] = []
    for layer in network.layers:
        weights = [np.asarray(one, np.float64) for one in layer.get_weights()]
        match layer:
            case keras.layers.Dense():
                made.append(DenseLayer(weights[0], _bias(weights), relu=False))
            case keras.layers.Conv2D():
                made.append(ConvLayer(weights[0], _bias(weights), layer.strides[0], relu=False))
            case keras.layers.BatchNormalization():
                made[-1] = _folded(made[-1], weights, layer.epsilon)
            case keras.layers.ReLU():
                made[-1] = _with_relu(made[-1])
            case keras.layers.UpSampling2D():
                made.append(Double())
            case keras.layers.RepeatVector():
                made.append(Repeat(int(layer.n)))
            case keras.layers.GRU() | keras.layers.LSTM():
                if not made:
                    made.append(Rows(together))
                made.append(cell_of(layer))
    return tuple(made)


def _bias(weights: Sequence[Floats]) -> Floats:
    return weights[1] if len(weights) > 1 else np.zeros(weights[0].shape[-1])


def _folded(layer: Layer, norm: Sequence[Floats], epsilon: float) -> Layer:
    assert isinstance(layer, DenseLayer | ConvLayer)
    gamma, beta, mean, variance = norm
    factor = gamma / np.sqrt(variance + epsilon)
    bias = beta + (layer.bias - mean) * factor
    if isinstance(layer, ConvLayer):
        return ConvLayer(layer.kernel * factor, bias, layer.stride, layer.relu)
    return DenseLayer(layer.kernel * factor, bias, layer.relu)


def _with_relu(layer: Layer) -> Layer:
    if isinstance(layer, ConvLayer):
        return ConvLayer(layer.kernel, layer.bias, layer.stride, relu=True)
    assert isinstance(layer, DenseLayer)
    return DenseLayer(layer.kernel, layer.bias, relu=True)


class _WindowBatches:
    """Windows, and themselves as targets; a new order each epoch, its last windows that fill no batch left
    out."""

    def __init__(self, windows: NDArray[np.float32], size: int, seed: int) -> None:
        self._windows, self._seed = windows, seed
        self._size = min(size, len(windows))
        self.count = len(windows) // self._size

    def before_epoch(self, epoch: int, predict: Predict) -> None:
        """Nothing: windows are drawn alike in every epoch."""

    def state(self) -> dict[str, NDArray[np.generic]]:
        """Nothing to keep."""
        return {}

    def restore(self, arrays: Mapping[str, NDArray[np.generic]]) -> None:
        """Nothing to take over."""

    def of_epoch(self, epoch: int, pool: ThreadPoolExecutor) -> Iterator[tuple[Any, Any]]:
        """Windows [batch, frames, bands, 1] and [batch, frames, bands]."""
        del pool
        order = np.random.default_rng([self._seed, epoch]).permutation(len(self._windows))
        for rows in order[: self.count * self._size].reshape(self.count, self._size):
            batch = self._windows[np.sort(rows)]
            yield batch[..., None], batch
