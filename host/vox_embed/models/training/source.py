"""What training asks of whoever makes its batches, and of whoever judges its epochs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


class Predict(Protocol):
    """What the network makes of features, by the averaged weights of now."""

    def __call__(self, windows: NDArray[np.int16]) -> NDArray[np.float32]:
        """int16 windows [n, frames, bands] -> posteriors [n, labels]."""
        ...

    def along(self, frames: NDArray[np.int16], stride: int) -> NDArray[np.float32]:
        """int16 [frames, bands] -> posteriors [n, labels] of all windows in them, one every `stride`
        frames."""
        ...


Judge = Callable[[Predict], tuple[float, float]]
"""After an epoch: a loss, of which the lowest is kept, and an accuracy to show."""


@dataclass(frozen=True, eq=False)
class Start:
    """Where training starts from other than at random. mean, std: of the features, [bands]. weights: of the
    network's first layers, in order; those of the last `free` are learned further, the others stay."""

    mean: NDArray[np.float64]
    std: NDArray[np.float64]
    weights: tuple[NDArray[np.float32], ...]
    free: int = 0


class BatchSource(Protocol):
    """Where training batches come from; `count` in an epoch."""

    count: int

    def before_epoch(self, epoch: int, predict: Predict) -> None:
        """Told before each epoch; may look at what the network makes of anything."""
        ...

    def of_epoch(self, epoch: int, pool: ThreadPoolExecutor) -> Iterator[tuple[Any, Any]]:
        """Windows [batch, frames, bands, 1] as the network takes them, and targets [batch, labels]."""
        ...

    def state(self) -> dict[str, NDArray[np.generic]]:
        """What it has learned from `before_epoch`, as arrays."""
        ...

    def restore(self, arrays: Mapping[str, NDArray[np.generic]]) -> None:
        """Take over what `state` gave."""
        ...
