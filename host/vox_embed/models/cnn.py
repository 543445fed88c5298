"""Small plain CNN."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vox_embed.experiment import schema
from vox_embed.experiment.errors import VoxError
from vox_embed.models.layers import Builder
from vox_embed.models.neural import NeuralClassifier

if TYPE_CHECKING:
    import keras


class Cnn(NeuralClassifier):
    """Three convolutions, each followed by max pooling, a dense layer, softmax."""

    model: schema.Cnn

    def network(self, frames: int, bands: int, classes: int, seed: int) -> keras.Model:
        """As NeuralClassifier.network. VoxError where pooling leaves nothing."""
        m, build = self.model, Builder(seed, tags=self.tags)
        x = start = build.start(frames, bands)
        for width in m.widths:
            x = build.convolve(x, width, m.kernel, (1, 1))
            if x.shape[1] < m.pool[0] or x.shape[2] < m.pool[1]:
                raise VoxError(
                    f"model.pool: a window of {frames} frames and {bands} bands is too small to be divided "
                    f"{len(m.widths)} times by {list(m.pool)}",
                    "choose a smaller `pool`, such as [1, 2], or a longer window",
                )
            x = build.max_pool(x, m.pool)
        if m.dense:
            x = build.dense(x, m.dense)
        return build.network(start, x, classes, m.dropout)
