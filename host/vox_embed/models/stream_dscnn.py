"""Depthwise-separable CNN that runs with the stream: every layer looking back only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vox_embed.experiment import schema
from vox_embed.experiment.errors import VoxError
from vox_embed.models.layers import Builder
from vox_embed.models.neural import NeuralClassifier
from vox_embed.models.stream_cnn import need_frames

if TYPE_CHECKING:
    import keras


class StreamDsCnn(NeuralClassifier):
    """As DsCnn, without padding: a row of any layer depends on frames inside the window alone."""

    model: schema.StreamDsCnn

    @property
    def row_step(self) -> int:
        """As NeuralClassifier's."""
        return self.model.stride

    def network(self, frames: int, bands: int, classes: int, seed: int) -> keras.Model:
        """As NeuralClassifier.network. VoxError where the window does not fit the layers."""
        m, build = self.model, Builder(seed, tags=self.tags)
        need_frames(
            frames,
            m.first_kernel[0],
            m.first_stride[0],
            [m.block_kernel(block)[0] for block in range(m.blocks)],
        )
        _need_bands(m, bands)
        x = start = build.start(frames, bands)
        x = build.convolve(x, m.width, m.first_kernel, m.first_stride, "valid")
        for block in range(m.blocks):
            x = build.depthwise(x, m.block_kernel(block), 1, "valid")
            x = build.convolve(x, m.block_width(block), (1, 1), (1, m.band_stride(block)))
        return build.network(start, build.average(x), classes, m.dropout)


def _need_bands(m: schema.StreamDsCnn, bands: int) -> None:
    left = (bands - m.first_kernel[1]) // m.first_stride[1] + 1
    for block in range(m.blocks):
        left = (left - m.block_kernel(block)[1]) // m.band_stride(block) + 1
        if left < 1:
            raise VoxError(
                f"model.blocks: of {bands} bands nothing is left in block {block + 1}, for nothing is padded",
                "choose fewer blocks, smaller strides, or more bands",
            )
