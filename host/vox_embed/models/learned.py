"""A recurrent encoder that learned without labels, and a classifier on what it knows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.experiment import schema
from vox_embed.experiment.errors import VoxError
from vox_embed.features.corpus import CorpusProgress
from vox_embed.gate.archive import pack, unpack
from vox_embed.models.classic import ClassicEstimator
from vox_embed.models.classic.mlp import Mlp
from vox_embed.models.classic.svm import Svm
from vox_embed.models.cuts import Cuts
from vox_embed.models.estimator import Clips
from vox_embed.models.layers import Builder
from vox_embed.models.recurrent import Cell, RecurrentClassifier, cell_of
from vox_embed.models.training.epoch import Progress

if TYPE_CHECKING:
    import keras

_HEAD = "head."


class LearnedClassifier(RecurrentClassifier):
    """The layers of a time-recurrent autoencoder, trained on the windows of the training clips alone, then a
    head, trained with their labels while the layers stay as they are.

    The linear head is dense and softmax; others are classic models, `head_`, on the state after each window.
    """

    model: schema.Learned

    @property
    def linear(self) -> bool:
        """The head is part of the network."""
        return self.model.head == "linear"

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
    ) -> LearnedClassifier:
        """As NeuralClassifier's; a classic head learns in one step, from train alone."""
        if self.linear:
            super().fit(train_clips, train_labels, dev_clips, dev_labels, progress, checkpoint, extracting)
            return self
        self.windows = self.windows.started(train_clips, self.threads, extracting)
        cuts = self.windows.cuts(train_clips, self.threads, extracting)
        self._measure(cuts)
        plain, owner = cuts.whole(), cuts.owner
        self.network_ = self._new_network()
        rows, _ = self.after_windows(train_clips)
        y = np.asarray(train_labels, np.int64)[owner]
        led = self.with_lead(self.scaled(plain))  # what a stream knows of other sounds must not disturb
        rows = np.concatenate([rows, self._states(led)])
        self.head_ = self._new_head()
        self.head_.fit(rows, np.concatenate([y, y]))
        if len(self.head_.classes_) != len(self.labels):
            raise VoxError(
                "a label has no rows to train on", "choose another split, or leave it out of data.labels"
            )
        first, last = self.reconstruction_
        self.stopped_ = (
            f"encoder: error {first:.3f} -> {last:.3f} in {self.model.encoder_epochs} epochs; "
            f"head `{self.model.head}` learned from {len(rows)} states"
        )
        return self

    def _new_head(self) -> ClassicEstimator:
        m = self.model
        if m.head == "svm":
            return Svm(kernel="linear", c=m.c, class_weight=m.class_weight, seed=self.seed)
        return Mlp(
            hidden=(m.hidden,),
            dropout=m.dropout,
            epochs=m.epochs,
            batch_size=m.batch_size,
            learning_rate=m.learning_rate,
            class_weight=m.class_weight,
            seed=self.seed,
        )

    def _measure(self, plain: Cuts) -> None:
        super()._measure(plain)
        self.encoder_ = self._learn(self.scaled(plain.whole()))

    def _learn(self, windows: NDArray[np.float32]) -> list[list[NDArray[Any]]]:
        """Weights of each recurrent layer: [n, frames, bands] -> kernel, recurrent kernel, bias."""
        from vox_embed.features.autoencoder.fitting import Fitting
        from vox_embed.features.autoencoder.settings import Architecture, Recurrent

        m = self.model
        stride = m.stride
        rows = windows[:, windows.shape[1] % stride :]
        rows = np.ascontiguousarray(rows).reshape(len(rows), -1, stride * windows.shape[2])
        settings = Recurrent(
            len(m.units),
            m.units[0],
            keep_prob=m.keep_prob,
            encoder_noise=m.encoder_noise,
            cell="GRU" if m.cell == "gru" else "LSTM",
        )
        shape = (int(rows.shape[1]), int(rows.shape[2]))
        fitting = Fitting(
            Architecture("t-rae", shape, settings), m.batch_size, m.encoder_learning_rate, self.seed
        )
        errors = [fitting.epoch(rows, number) for number in range(m.encoder_epochs)]
        self.reconstruction_ = (errors[0], errors[-1])
        made = [weight.numpy() for weight in fitting.weights[: 3 * len(m.units)]]
        return [made[3 * i : 3 * i + 3] for i in range(len(m.units))]

    def _new_network(self) -> keras.Model:
        network = super()._new_network()
        import keras

        layers = [
            layer for layer in network.layers if isinstance(layer, keras.layers.GRU | keras.layers.LSTM)
        ]
        for layer in layers:
            layer.trainable = False
        for layer, weights in zip(layers, getattr(self, "encoder_", ()), strict=False):
            layer.set_weights(weights)
        return network

    def _head_of(self, build: Builder, x: keras.KerasTensor, classes: int) -> keras.KerasTensor:
        return super()._head_of(build, x, classes) if self.linear else x

    # ---- prediction ----------------------------------------------------------------------------------

    def _states(self, scaled: NDArray[np.float32]) -> NDArray[np.float32]:
        """What the encoder knows at the end of windows, as the network takes them."""
        parts = [
            np.asarray(self.network_(scaled[i : i + 256, ..., None], training=False))
            for i in range(0, len(scaled), 256)
        ]
        return np.concatenate(parts)

    def answers(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Posteriors."""
        return values if self.linear else self.head_.predict_float(values).astype(np.float32)

    def float_predict(self, features: NDArray[np.int16]) -> NDArray[np.float32]:
        """Posteriors of the float model: int16 windows [n, frames, bands] -> float32 [n, labels]."""
        return self.answers(self._states(self.scaled(features)))

    def begin(self) -> LearnedClassifier:
        """As NeuralClassifier's; a classic head learns what is made up, too."""
        super().begin()
        if not self.linear:
            rows = self._states(self.representative_)
            self.head_ = self._new_head()
            self.head_.fit(rows, np.arange(len(rows)) % len(self.labels))
        return self

    @property
    def cells_(self) -> tuple[Cell, ...]:
        """The float encoder's numbers."""
        import keras

        kinds = (keras.layers.GRU, keras.layers.LSTM)
        return tuple(cell_of(layer) for layer in self.network_.layers if isinstance(layer, kinds))

    @property
    def parameters_(self) -> int:
        """Of encoder and head."""
        return super().parameters_ + (0 if self.linear else self.head_.count_)

    # ---- keeping -------------------------------------------------------------------------------------

    def to_bytes(self) -> bytes:
        """As NeuralClassifier's, with the head."""
        if self.linear:
            return super().to_bytes()
        head = {f"{_HEAD}{name}": value for name, value in self.head_.state().items()}
        return pack(unpack(super().to_bytes()) | head)

    def load_bytes(self, data: bytes) -> LearnedClassifier:
        """Take over what `to_bytes` gave. VoxError if it does not fit."""
        if self.linear:
            super().load_bytes(data)
            return self
        try:
            arrays = unpack(data)
            state = {k.removeprefix(_HEAD): arrays.pop(k) for k in list(arrays) if k.startswith(_HEAD)}
            self.head_ = self._new_head().restore(state)
            if self.head_.n_features_in_ != self.model.units[-1] or len(self.head_.classes_) != len(
                self.labels
            ):
                raise ValueError("a head of another size")
        except (ValueError, KeyError, TypeError) as error:
            raise VoxError(
                f"the stored float model does not fit this experiment: {error}", "train it again"
            ) from None
        super().load_bytes(pack(arrays))
        return self
