"""What all networks share: training with augmentation, the best epoch on dev, float and int8 models."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from vox_embed.core.grid import grid_of, nearest, posteriors_of, values_of
from vox_embed.experiment import schema
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.needs import EXTRAS
from vox_embed.features.backend import load_tensorflow
from vox_embed.features.corpus import CorpusProgress, extract_corpus
from vox_embed.gate.archive import pack, unpack
from vox_embed.models.augment import augmenter_for, mask, mixup
from vox_embed.models.convert import convert
from vox_embed.models.cuts import BATCH, Cuts, as_cuts, mean_and_deviation
from vox_embed.models.estimator import ClipEstimator, Clips
from vox_embed.models.parts import Part
from vox_embed.models.training.along import Each, EachWindow, Running
from vox_embed.models.training.checkpoint import Checkpoint
from vox_embed.models.training.epoch import Epoch, Progress
from vox_embed.models.training.source import BatchSource, Judge, Predict, Start
from vox_embed.models.windows import Windows, clip_means

if TYPE_CHECKING:
    import keras

_WARM_UP_STEPS = 100
_AHEAD = 3  # batches prepared before they are needed
_REPRESENTATIVE = 400  # windows that set the ranges of the int8 model
_MADE_UP = 32  # windows, where nothing is learned
_MIN_STD = 16.0  # steps of 2^-9 octave of energy: a band that never changes is not blown up


class NeuralClassifier(ClipEstimator):
    """A network over windows of features: `fit`, then `float_predict` and `tflite_`.

    model, augment: sections of the experiment. windows: how clips are cut. labels: names of the outputs.
    seed: of everything random; the same seed and data give the same bytes on the same kind of machine.
    threads: for augmentation and features. tags: labels are tags, of which a clip has any number: there is a
    sigmoid for each, and what is learned is [clips, labels] of bool.

    After `fit`: `network_` (Keras, float), `mean_` and `std_` (float64 [bands]) of the features once
    `windows.normalise` has been applied, `representative_` (windows that set the ranges of the int8 model),
    `tflite_` (bytes, int8 in and out, batch 1), `history_` (a tuple of `Epoch`), `best_epoch_`, `stopped_` (a
    sentence on why training ended), `parameters_` (trained numbers, batch norm folded). It writes no files
    but the checkpoint it is asked for.
    """

    model: Any
    needs: ClassVar[tuple[str, ...]] = EXTRAS["train"]
    """Packages that training takes beside those that are always there."""
    squares: ClassVar[bool] = False
    """The network is trained on the squares of its errors, not on cross entropy."""

    def __init__(  # noqa: PLR0917
        self,
        model: schema.Model,
        augment: schema.Augment,
        windows: Windows,
        labels: Sequence[str],
        seed: int = 7,
        threads: int = 2,
        *,
        tags: bool = False,
    ) -> None:
        self.model = model
        self.augment = augment
        self.windows = windows
        self.labels = tuple(labels)
        self.seed = seed
        self.threads = threads
        self.tags = tags
        if getattr(model, "task", "") == "regression":
            self.grid = grid_of(self.labels)
            if self.grid is None:
                raise VoxError(
                    f"a regression needs numbers as labels, in rising order, not {', '.join(self.labels)}",
                    "list them in data.labels, or leave them out",
                )

    @property
    def row_step(self) -> int | None:
        """Frames from row to row of a network without padding, whose rows are averaged over the window;
        None: it is another."""
        return None

    @property
    def parts(self) -> tuple[Part, ...]:
        """Frames of the clips."""
        windows = self.windows

        def compute(clips: Clips) -> Sequence[NDArray[Any]]:
            return extract_corpus(windows.features, clips, threads=self.threads)

        return (Part(windows.features, windows.padded, compute),)

    @abstractmethod
    def network(self, frames: int, bands: int, classes: int, seed: int) -> keras.Model:
        """The untrained network: input [batch, frames, bands, 1], output [batch, classes] posteriors."""

    # ---- training ------------------------------------------------------------------------------------

    def fit(  # noqa: PLR0917
        self,
        train_clips: Clips,
        train_labels: NDArray[np.int64],
        dev_clips: Clips = (),
        dev_labels: NDArray[np.int64] | None = None,
        progress: Progress | None = None,
        checkpoint: Path | None = None,
        extracting: CorpusProgress | None = None,
    ) -> NeuralClassifier:
        """Train on int16 clips at the model's rate and their indices into `labels`.

        The epoch with the lowest loss on dev is kept; without dev clips, the last. Ctrl-C leaves the
        estimator unfitted. checkpoint: a folder that gets the state after every epoch; a state that is there
        already is taken up, and training ends with the same bytes as if it had never stopped.
        extracting: told of (clips done, clips in all) while features of the training clips are computed.
        """
        y = self._truth(train_labels)
        if len(train_clips) != len(y) or not len(y):
            raise ValueError(f"{len(train_clips)} clips and {len(y)} labels")
        self.windows = self.windows.started(train_clips, self.threads, extracting)
        plain = self.windows.cuts(train_clips, self.threads, extracting)
        self._measure(plain)
        judge = None
        z = y[:0]
        if len(dev_clips):
            z = self._truth(dev_labels)
            cut = self.windows.cuts(dev_clips, self.threads)
            if self.grid is not None:
                judge = _value_judge(cut, z, self.grid)
            else:
                judge = (_tag_judge if self.tags else _clip_judge)(cut, z)
        kept = None
        if checkpoint is not None:
            told = self._fingerprint(chain(train_clips, dev_clips), np.concatenate([y, z]))
            kept = Checkpoint(checkpoint, told)
        self._train(_Batches(self, train_clips, y), judge, progress, kept)
        return self

    def _truth(self, labels: Any) -> NDArray[Any]:
        """What is to be learned: indices of labels, which tags each clip has, or numbers."""
        if self.grid is not None:
            return np.asarray(labels, np.float64)
        if self.tags:
            found = np.asarray(labels, bool)
            if found.ndim != 2 or found.shape[1] != len(self.labels):
                raise ValueError(f"tags of shape {found.shape} for {len(self.labels)} labels")
            return found
        y = np.asarray(labels, np.int64)
        if len(y) and (y.min() < 0 or y.max() >= len(self.labels)):
            raise ValueError(f"labels must be from 0 to {len(self.labels) - 1}")
        return y

    def fit_from(  # noqa: PLR0917
        self,
        make: Callable[[NeuralClassifier], BatchSource],
        plain: NDArray[np.int16],
        judge: Judge | None,
        progress: Progress | None = None,
        checkpoint: tuple[Path, str] | None = None,
        start: Start | None = None,
        first: int = 1,
    ) -> NeuralClassifier:
        """Train on batches that come from elsewhere.

        make: the source, from this estimator with `mean_` and `std_` set. plain: int16 windows [n, frames,
        bands]
        that give those, and the ranges of the int8 model. judge: which epoch is kept, the one with its
        lowest loss;
        None: the last. checkpoint: the folder, and what tells this run's settings and data from others'.
        start: what the first layers know already, and the means and spreads that they know it with. first:
        the first epoch that may be kept: a judge of few recordings is lucky now and then before the network
        is sure.
        """
        if self.windows.running is not None:
            raise ValueError("running means follow clips, and these windows come without theirs")
        if start is None:
            self._measure(as_cuts(plain))
        else:
            self._scale(as_cuts(plain), start.mean, start.std)
        kept = None if checkpoint is None else Checkpoint(*checkpoint)
        self._train(make(self), judge, progress, kept, start, first)
        return self

    def _measure(self, plain: Cuts) -> None:
        self._scale(plain, *mean_and_deviation(self.windows.centre(batch) for batch in plain.batches()))

    def _scale(self, plain: Cuts, mean: NDArray[np.float64], std: NDArray[np.float64]) -> None:
        self.mean_, self.std_ = mean, np.maximum(std, _MIN_STD)
        rng = np.random.default_rng([self.seed, 0xC0])
        chosen = rng.permutation(len(plain))[:_REPRESENTATIVE]
        self.representative_ = self.scaled(plain.at(np.sort(chosen)))
        self.__dict__.pop("tflite_", None)  # that of an earlier fit

    def _train(  # noqa: PLR0917
        self,
        batches: BatchSource,
        judge: Judge | None,
        progress: Progress | None,
        checkpoint: Checkpoint | None,
        start: Start | None = None,
        first: int = 1,
    ) -> None:
        load_tensorflow()
        from vox_embed.models.training.trainer import Loss, Trainer

        m = self.model
        network = self._new_network()
        if start is not None:
            _begin(network, start)
        aim: Loss = "squares" if self.squares else "tags" if self.tags else "classes"
        trainer = Trainer(
            network,
            m,
            batches.count,
            min(_WARM_UP_STEPS, batches.count),
            loss=aim,
            grid=self.grid,
            of_values=getattr(m, "loss", "mse"),
        )
        predict = self.predictor(network)
        history: list[Epoch] = []
        best: float | None = None
        self.best_epoch_ = m.epochs
        self.stopped_ = f"all {m.epochs} epochs done"
        left = None if checkpoint is None else checkpoint.load()
        if left is not None:
            trainer.restore(left[0])
            batches.restore(left[0])
            history.extend(left[1])
            for e in history:
                if e.best:
                    best, self.best_epoch_ = e.dev_loss, e.epoch
        with ThreadPoolExecutor(self.threads) as pool:
            try:
                for epoch in range(len(history) + 1, m.epochs + 1):
                    if judge is not None and epoch - 1 - self.best_epoch_ >= m.patience:
                        self.stopped_ = (
                            f"stopped after epoch {epoch - 1}: dev did not improve for {m.patience} epochs; "
                            f"epoch {self.best_epoch_} is kept"
                        )
                        break
                    with trainer.averaged():
                        batches.before_epoch(epoch, predict)
                    losses = [trainer.step(*batch) for batch in batches.of_epoch(epoch, pool)]
                    loss = float(np.mean(losses))
                    dev_loss = dev_accuracy = float("nan")
                    better = judge is None
                    if judge is not None:
                        with trainer.averaged():
                            dev_loss, dev_accuracy = judge(predict)
                        better = epoch >= first and (best is None or dev_loss < best)
                        if better:
                            best = dev_loss
                            self.best_epoch_ = epoch
                            trainer.keep()
                    history.append(Epoch(epoch, m.epochs, loss, dev_loss, dev_accuracy, better))
                    if checkpoint is not None:
                        checkpoint.save(trainer.state() | batches.state(), tuple(history))
                    if progress is not None:
                        progress(history[-1])
            finally:
                pool.shutdown(wait=True, cancel_futures=True)
        trainer.finish()
        self.network_ = network
        self.history_ = tuple(history)

    def predictor(self, network: keras.Model) -> Predict:
        """Of a network of this kind, with the weights that it has when asked."""

        def predict(windows: NDArray[np.int16]) -> NDArray[np.float32]:
            return _run(network, self.scaled(windows))

        if self.row_step is not None and self.windows.normalise == "none":
            return Running(network, self.scaled, predict, self.row_step)
        return EachWindow(predict, self.windows.frames, network.output_shape[-1])

    def begin(self) -> NeuralClassifier:
        """As if it were fitted, with the weights that training begins with and features that are made up:
        what it takes on a device does not depend on either."""
        rng = np.random.default_rng(self.seed)
        bands = len(self.windows.features.names)
        self.mean_, self.std_ = np.full(bands, 6000.0), np.full(bands, 1500.0)
        self.representative_ = rng.normal(0, 1, (_MADE_UP, self.windows.frames, bands)).astype(np.float32)
        self.network_ = self._new_network()
        return self

    def _fingerprint(self, clips: Iterable[NDArray[np.int16]], y: NDArray[Any]) -> str:
        """Of everything that decides the outcome of training."""
        digest = hashlib.sha256()
        w = self.windows
        settings = (self.model, self.augment, w.frames, w.stride, w.normalise, self.labels, self.seed)
        for part in (*settings, self.tags):
            digest.update(repr(part).encode())
        if w.running is not None:
            digest.update(w.running.tables())
        digest.update(w.features.identity.encode())
        for clip in clips:
            digest.update(np.ascontiguousarray(clip).tobytes())
        digest.update(y.tobytes())
        return digest.hexdigest()

    # ---- prediction ----------------------------------------------------------------------------------

    def float_predict(self, features: NDArray[np.int16]) -> NDArray[np.float32]:
        """Posteriors of the float model: int16 windows [n, frames, bands] -> float32 [n, labels]."""
        return _run(self.network_, self.scaled(features))

    def float_predict_clips(self, clips: Clips) -> NDArray[np.float32]:
        """Float posteriors, mean over each clip's windows: int16 clips -> float32 [clips, labels]."""
        cuts = self.windows.cuts(clips, self.threads)
        return clip_means(_of_batches(self.float_predict, cuts), cuts.owner, len(clips))

    def float_values(self, clips: Clips) -> NDArray[np.float64]:
        """Of a regression: the value of each clip, within the labels [clips]."""
        assert self.grid is not None
        return values_of(self.float_predict_clips(clips).astype(np.float64), self.grid)

    @cached_property
    def tflite_(self) -> bytes:
        """The int8 model: batch 1, input [1, frames, bands, 1]. Converted when first asked for.

        Raises VoxError when conversion fails.
        """
        return convert(self.network_, self.representative_)

    @property
    def parameters_(self) -> int:
        """Weights and biases of the float model, batch norm folded."""
        norms = ("gamma", "beta", "moving_mean", "moving_variance")
        total = 0
        for weight in self.network_.weights:
            if weight.name not in norms or weight.name == "beta":  # folded: one bias a channel
                total += int(np.prod(weight.shape))
        return total

    def scaled(self, windows: NDArray[np.int16]) -> NDArray[np.float32]:
        """int16 windows [n, frames, bands] as the float network takes them."""
        scaled: NDArray[np.float32] = (
            (self.windows.centre(windows) - self.mean_.astype(np.float32)) / self.std_.astype(np.float32)
        ).astype(np.float32)
        return scaled

    def led(self, x: NDArray[np.float32], epoch: int, number: int) -> NDArray[np.float32]:
        """A training batch [n, frames, bands] with what goes before its windows: nothing."""
        del epoch, number
        return x

    def _new_network(self) -> keras.Model:
        load_tensorflow()
        bands = len(self.windows.features.names)
        return self.network(self.windows.frames, bands, len(self.labels), self.seed)

    # ---- keeping -------------------------------------------------------------------------------------

    def to_bytes(self) -> bytes:
        """The fitted float model as an .npz (weights in order, mean, std, where running means start): same
        model, same bytes."""
        weights = {f"weight_{i:03}": w for i, w in enumerate(self.network_.get_weights())}
        running = self.windows.running
        start = {} if running is None else {"start": running.start}
        if self.tags:
            start["thresholds"] = np.array(self.thresholds_)
        return pack({"mean": self.mean_, "std": self.std_, **start, **weights})

    def load_bytes(self, data: bytes) -> NeuralClassifier:
        """Take over what `to_bytes` gave for the same parameters. VoxError if it does not fit."""
        try:
            arrays = unpack(data)
            mean, std = arrays.pop("mean"), arrays.pop("std")
            windows = self.windows
            if self.tags:
                self.thresholds_ = tuple(np.asarray(arrays.pop("thresholds"), np.float64).tolist())
            if windows.running is not None:
                start = np.asarray(arrays.pop("start"), np.float64)
                windows = replace(windows, running=windows.running.started_at(start))
            network = self._new_network()
            network.set_weights([arrays[name] for name in sorted(arrays)])
        except (ValueError, KeyError) as error:
            raise VoxError(
                f"the stored float model does not fit this experiment: {error}", "train it again"
            ) from None
        self.mean_, self.std_, self.network_, self.windows = mean, std, network, windows
        return self


def _of_batches(predict: Each, cuts: Cuts) -> NDArray[np.float32]:
    """Posteriors of all windows [windows, labels]."""
    return np.concatenate([predict(batch) for batch in cuts.batches()])


def _clip_judge(cuts: Cuts, truth: NDArray[np.int64]) -> Judge:
    """Cross entropy and accuracy of clips, by the mean posterior of their windows."""

    def judge(predict: Predict) -> tuple[float, float]:
        posteriors = clip_means(_of_batches(predict, cuts), cuts.owner, len(truth))
        right = posteriors[np.arange(len(truth)), truth]
        loss = float(-np.log(np.maximum(right, 1e-7)).mean())
        return loss, float((posteriors.argmax(axis=1) == truth).mean())

    return judge


def _value_judge(cuts: Cuts, truth: NDArray[np.float64], grid: NDArray[np.float64]) -> Judge:
    """Mean squared error in units of the labels' deviation, and the share of nearest labels that are
    right."""

    def judge(predict: Predict) -> tuple[float, float]:
        posteriors = clip_means(_of_batches(predict, cuts), cuts.owner, len(truth))
        values = values_of(posteriors.astype(np.float64), grid)
        errors = (values - truth) / (float(grid.std()) or 1.0)
        right = nearest(values, grid) == nearest(truth, grid)
        return float((errors**2).mean()), float(right.mean())

    return judge


def _tag_judge(cuts: Cuts, truth: NDArray[np.bool_]) -> Judge:
    """Cross entropy of each tag, and the share of right ones at 0.5."""

    def judge(predict: Predict) -> tuple[float, float]:
        posteriors = clip_means(_of_batches(predict, cuts), cuts.owner, len(truth))
        right = np.where(truth, posteriors, 1 - posteriors)
        loss = float(-np.log(np.maximum(right, 1e-7)).sum(axis=1).mean())
        return loss, float(((posteriors >= 0.5) == truth).mean())

    return judge


def _run(network: keras.Model, scaled: NDArray[np.float32]) -> NDArray[np.float32]:
    """Posteriors [n, labels] for windows [n, frames, bands]."""
    parts = [
        np.asarray(network(scaled[i : i + BATCH, ..., None], training=False))
        for i in range(0, len(scaled), BATCH)
    ]
    return np.concatenate(parts) if parts else np.zeros((0, network.output_shape[-1]), np.float32)


def _begin(network: keras.Model, start: Start) -> None:
    """The first layers know what `start` does; all but the free ones learn no more."""
    count = 0
    for layer in network.layers:
        if count + len(layer.weights) > len(start.weights):
            break
        for weight in layer.weights:
            weight.assign(start.weights[count])
            count += 1
        layer.trainable = count > len(start.weights) - start.free


class _Batches:
    """Augmented batches, prepared by threads a little ahead of training."""

    def __init__(self, estimator: NeuralClassifier, clips: Clips, y: NDArray[Any]) -> None:
        self._estimator = estimator
        self._clips = clips
        self._size = min(estimator.model.batch_size, len(clips))
        self.count = len(clips) // self._size
        windows = estimator.windows
        rate = windows.features.sample_rate
        codes = y if estimator.grid is None else nearest(y, estimator.grid)
        self._augmenter = augmenter_for(
            estimator.augment, clips, codes, estimator.labels, windows.samples, rate, estimator.seed
        )
        if estimator.tags:
            self._targets = self._of_tags(y)
            return
        if estimator.grid is not None:
            self._targets = posteriors_of(y, estimator.grid).astype(np.float32)
            return
        classes = len(estimator.labels)
        counts = np.bincount(y, minlength=classes)
        weights = np.ones(classes)
        if estimator.model.class_weight:
            weights = len(y) / (np.count_nonzero(counts) * np.maximum(counts, 1))
        targets = self._smooth(np.eye(classes, dtype=np.float32))
        targets *= weights[:, None].astype(np.float32)
        self._targets = targets[y]

    def _of_tags(self, y: NDArray[np.bool_]) -> NDArray[np.float32]:
        """[clips, 2 labels]: what counts for each tag, and what counts against it."""
        smoothing = self._estimator.model.label_smoothing
        there = y * (1 - smoothing) + smoothing / 2
        weights = np.ones((2, y.shape[1]))
        if self._estimator.model.class_weight:
            counts = np.stack([y.sum(axis=0), (~y).sum(axis=0)])
            weights = len(y) / (2 * np.maximum(counts, 1))
        return np.concatenate([there * weights[0], (1 - there) * weights[1]], axis=1).astype(np.float32)

    def _smooth(self, targets: NDArray[np.float32]) -> NDArray[np.float32]:
        smoothing = np.float32(self._estimator.model.label_smoothing)
        return targets * (1 - smoothing) + smoothing / np.float32(len(targets))

    def _window(self, index: int, epoch: int) -> NDArray[np.float32]:
        e = self._estimator
        rng = np.random.default_rng([e.seed, epoch, index])
        features = e.windows.follow(e.windows.features.extract(self._augmenter(self._clips[index], rng)))
        window = e.scaled(features)
        mask(window, e.augment, rng)
        return window

    def _batch(self, indices: NDArray[np.int64], epoch: int, number: int) -> tuple[Any, Any]:
        x = np.stack([self._window(int(i), epoch) for i in indices])
        targets = self._targets[indices]
        if self._estimator.augment.mixup:
            rng = np.random.default_rng([self._estimator.seed, epoch, number, 0x3D])
            x, targets = mixup(x, targets, self._estimator.augment.mixup, rng)
        return self._estimator.led(x, epoch, number)[..., None], targets

    def before_epoch(self, epoch: int, predict: Predict) -> None:
        """Nothing: clips are drawn alike in every epoch."""

    def state(self) -> dict[str, NDArray[np.generic]]:
        """Nothing to keep."""
        return {}

    def restore(self, arrays: Mapping[str, NDArray[np.generic]]) -> None:
        """Nothing to take over."""

    def of_epoch(self, epoch: int, pool: ThreadPoolExecutor) -> Iterator[tuple[Any, Any]]:
        """Windows [batch, frames, bands, 1] and weighted targets [batch, labels]; a new order each epoch.

        The last clips of an epoch that do not fill a batch are left out of it.
        """
        order = np.random.default_rng([self._estimator.seed, epoch]).permutation(len(self._clips))
        groups = enumerate(order[: self.count * self._size].reshape(self.count, self._size))
        waiting: deque[Future[tuple[Any, Any]]] = deque()
        for number, indices in groups:
            waiting.append(pool.submit(self._batch, indices, epoch, number))
            if len(waiting) > _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
