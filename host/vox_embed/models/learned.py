"""A recurrent encoder that learned without labels, and a linear classifier on what it knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.experiment import schema
from vox_embed.models.recurrent import RecurrentClassifier

if TYPE_CHECKING:
    import keras


class LearnedClassifier(RecurrentClassifier):
    """The layers of a time-recurrent autoencoder, trained on the windows of the training clips alone, then
    dense and softmax, trained with their labels while the layers stay as they are."""

    model: schema.Learned

    def _measure(self, plain: NDArray[np.int16]) -> None:
        super()._measure(plain)
        self.encoder_ = self._learn(self.scaled(plain))

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
