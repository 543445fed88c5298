"""Features from a trained autoencoder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vox_embed.experiment.errors import VoxError
from vox_embed.features.autoencoder.checkpoints import load_weights
from vox_embed.features.autoencoder.network import build, variables
from vox_embed.features.autoencoder.settings import Architecture, Kind, load_architecture
from vox_embed.learn.instances import Instances

if TYPE_CHECKING:
    from numpy.typing import NDArray

Progress = Callable[[int, int], None]


class Encoder:
    """A trained encoder. folder: `logs` of a training run; step: of a checkpoint, None: the last one."""

    def __init__(self, folder: Path, step: int | None = None, kind: Kind | None = None) -> None:
        self.architecture: Architecture = load_architecture(folder)
        if kind is not None and self.architecture.kind != kind:
            raise VoxError(
                f"{folder}: holds a {self.architecture.kind}, not a {kind}",
                f"use vox-embed learn {self.architecture.kind} generate",
            )
        self._network = build(self.architecture)
        weights = variables(self._network)
        shapes = [tuple(int(size) for size in weight.shape) for weight in weights]
        for weight, array in zip(weights, load_weights(folder, step, shapes), strict=True):
            weight.assign(array)

    def features(self, data: NDArray[np.float32]) -> NDArray[np.float32]:
        """[instances, time, freq] -> [instances, features]; f-rae: [instances, time, features]."""
        import tensorflow as tf

        return np.asarray(self._network.features(tf.constant(data)), np.float32)

    def of(
        self, data: Instances, batch_size: int = 500, progress: Progress | None = None
    ) -> tuple[Instances, Iterator[NDArray[np.float32]]]:
        """What is known of the instances with the shape of their features, and the blocks of those."""
        import xarray

        shape = self.architecture.shape
        if data.shape != shape:
            raise VoxError(
                f"spectrograms of {data.shape}, but the autoencoder was trained on {shape} (time, freq)",
                "preprocess with the settings that its training data had",
            )
        frames = self.architecture.kind == "f-rae"
        dims = ("instance", data.dims[0], "generated") if frames else ("instance", "generated")
        sizes = (shape[0], self.architecture.features) if frames else (self.architecture.features,)
        hollow = np.broadcast_to(np.float32(0), (len(data), *sizes))

        def blocks() -> Iterator[NDArray[np.float32]]:
            for first in range(0, len(data), batch_size):
                end = min(first + batch_size, len(data))
                yield self.features(data.read(first, end))
                if progress is not None:
                    progress(end, len(data))

        return replace(data, features=xarray.DataArray(hollow, dims=dims)), blocks()
