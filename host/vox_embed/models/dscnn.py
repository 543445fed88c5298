"""Depthwise-separable CNN."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vox_embed.experiment import schema
from vox_embed.models.layers import Builder
from vox_embed.models.neural import NeuralClassifier

if TYPE_CHECKING:
    import keras


class DsCnn(NeuralClassifier):
    """One convolution, `blocks` of depthwise + pointwise convolution, global average, softmax.

    Zhang et al., "Hello Edge: Keyword Spotting on Microcontrollers", 2017.
    """

    model: schema.DsCnn

    def network(self, frames: int, bands: int, classes: int, seed: int) -> keras.Model:
        """As NeuralClassifier.network."""
        m, build = self.model, Builder(seed, tags=self.tags)
        x = start = build.start(frames, bands)
        x = build.convolve(x, m.width, m.first_kernel, m.first_stride)
        for block in range(m.blocks):
            stride = m.stride(block)
            # TensorFlow trains no depthwise convolution of unequal strides; they go to the pointwise one.
            equal = stride[0] == stride[1]
            x = build.depthwise(x, m.kernel, stride[0] if equal else 1)
            x = build.convolve(x, m.width, (1, 1), (1, 1) if equal else stride)
        return build.network(start, build.average(x), classes, m.dropout)
