"""CNN that runs with the stream: separable in time, every layer looking back only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vox_embed.experiment import schema
from vox_embed.experiment.errors import VoxError
from vox_embed.models.layers import Builder
from vox_embed.models.neural import NeuralClassifier

if TYPE_CHECKING:
    import keras


class StreamCnn(NeuralClassifier):
    """One convolution over all bands, blocks of depthwise (in time) + pointwise convolution, mean, softmax.

    After Majumdar and Ginsburg, "MatchboxNet: 1D Time-Channel Separable Convolutional Neural Network", 2020,
    without padding: a row of any layer depends on frames inside the window alone.
    """

    model: schema.StreamCnn

    @property
    def row_step(self) -> int:
        """As NeuralClassifier's."""
        return self.model.stride

    def network(self, frames: int, bands: int, classes: int, seed: int) -> keras.Model:
        """As NeuralClassifier.network. VoxError where the window does not fit the layers."""
        m, build = self.model, Builder(seed, tags=self.tags)
        need_frames(frames, m.first_kernel, m.stride, m.kernels)
        x = start = build.start(frames, bands)
        x = build.convolve(x, m.width, (m.first_kernel, bands), (m.stride, 1), "valid")
        for kernel in m.kernels:
            x = build.depthwise(x, (kernel, 1), 1, "valid")
            x = build.convolve(x, m.width, (1, 1), (1, 1))
        return build.network(start, build.average(x), classes, m.dropout)


def need_frames(frames: int, first: int, stride: int, kernels: Sequence[int]) -> None:
    """VoxError where a window is too short: for a first kernel with a stride, then kernels on its rows."""
    least = first + stride * sum(kernel - 1 for kernel in kernels)
    if frames < least:
        raise VoxError(
            f"window.length_ms: the layers look back on {least} frames, and the window has {frames}",
            "choose fewer or smaller kernels, or a longer window",
        )
