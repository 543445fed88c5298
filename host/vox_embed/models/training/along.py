"""Posteriors of all windows of a recording while training, as judging epochs and mining ask for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import keras

Each = Callable[[NDArray[np.int16]], NDArray[np.float32]]
"""int16 windows [n, frames, bands] -> posteriors [n, labels]."""

_TOGETHER = 2048
"""Windows that are looked at together."""


class EachWindow:
    """A Predict of any function of windows: each is computed on its own. frames: of a window."""

    def __init__(self, predict: Each, frames: int, labels: int) -> None:
        self._predict = predict
        self._frames = frames
        self._labels = labels

    def __call__(self, windows: NDArray[np.int16]) -> NDArray[np.float32]:
        """As Predict."""
        return self._predict(windows)

    def along(self, frames: NDArray[np.int16], stride: int) -> NDArray[np.float32]:
        """As Predict."""
        if len(frames) < self._frames:
            return np.zeros((0, self._labels), np.float32)
        view = np.lib.stride_tricks.sliding_window_view(frames, self._frames, axis=0)[::stride]
        found = [
            self._predict(np.ascontiguousarray(view[first : first + _TOGETHER].transpose(0, 2, 1)))
            for first in range(0, len(view), _TOGETHER)
        ]
        return np.concatenate(found)


class Running(EachWindow):
    """Of a network without padding, whose rows are averaged over the window: what windows have in common is
    computed once.

    scaled: frames as the network takes them. step: frames from row to row. The network is one layer after
    another.
    """

    def __init__(
        self,
        network: keras.Model,
        scaled: Callable[[NDArray[np.int16]], NDArray[np.float32]],
        predict: Each,
        step: int,
    ) -> None:
        import keras

        _, length, bands, _ = network.input_shape
        super().__init__(predict, length, network.output_shape[-1])
        pooled = (isinstance(layer, keras.layers.AveragePooling2D) for layer in network.layers)
        at = next(i for i, there in enumerate(pooled) if there)
        average = network.layers[at]
        x = start = keras.Input((None, bands, 1))
        for layer in network.layers[1:at]:
            x = layer(x)
        self._rows = keras.Model(start, x)
        x = start = keras.Input(average.output.shape[1:])
        for layer in network.layers[at + 1 :]:
            x = layer(x)
        self._head = keras.Model(start, x)
        self._scaled = scaled
        self._step = step
        self._averaged = average.pool_size[0]

    def along(self, frames: NDArray[np.int16], stride: int) -> NDArray[np.float32]:
        """As Predict."""
        count = (len(frames) - self._frames) // stride + 1
        if stride % self._step or count < 1:
            return super().along(frames, stride)
        found = []
        for first in range(0, count, _TOGETHER):
            many = min(_TOGETHER, count - first)
            cut = frames[first * stride :][: (many - 1) * stride + self._frames]
            rows = np.asarray(self._rows(self._scaled(cut[None])[..., None], training=False))[0]
            total = np.cumsum(rows.mean(axis=1, dtype=np.float64), axis=0)
            total = np.concatenate([np.zeros((1, total.shape[1])), total])
            begins = np.arange(many) * (stride // self._step)
            means = (total[begins + self._averaged] - total[begins]) / self._averaged
            found.append(np.asarray(self._head(means.astype(np.float32)[:, None, None], training=False)))
        return np.concatenate(found)
