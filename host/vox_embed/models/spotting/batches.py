"""Batches of examples, and rounds of mining in between."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.experiment.schema.wakeword import Settled
from vox_embed.models.neural import NeuralClassifier
from vox_embed.models.spotting.examples import Examples, mined
from vox_embed.models.spotting.shaping import Frames, masked
from vox_embed.models.training.source import Predict

_STRIDE = 6
"""Frames between the windows that are searched for hard ones."""
_AHEAD = 3
_BANDS_AXIS = 2


class SpottingBatches:
    """A BatchSource: examples drawn anew in every epoch; before some, the negatives are searched."""

    def __init__(self, estimator: NeuralClassifier, settings: Settled, examples: Examples) -> None:
        self._estimator = estimator
        self._settings = settings
        self._examples = examples
        self.count = max(1, settings.steps // settings.epochs)
        self._rounds = {
            1 + round(settings.epochs * (i + 1) / (settings.mining + 1)) for i in range(settings.mining)
        }
        classes = len(estimator.labels)
        smooth = np.float32(settings.label_smoothing)
        self._targets = np.eye(classes, dtype=np.float32) * (1 - smooth) + smooth / np.float32(classes)

    def before_epoch(self, epoch: int, predict: Predict) -> None:
        """Mine, where it is time."""
        if epoch in self._rounds:
            e = self._examples
            e.hard[:] = mined(predict.along(e.material.talk.frames, _STRIDE), _STRIDE)

    def of_epoch(self, epoch: int, pool: ThreadPoolExecutor) -> Iterator[tuple[Any, Any]]:
        """Windows [batch, frames, bands, 1] and targets [batch, labels]."""
        waiting: deque[Future[tuple[Any, Any]]] = deque()
        for number in range(self.count):
            waiting.append(pool.submit(self._batch, epoch, number))
            if len(waiting) > _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    def state(self) -> dict[str, NDArray[np.generic]]:
        """What was mined."""
        return {"hard": np.array(self._examples.hard, np.int64)}

    def restore(self, arrays: Mapping[str, NDArray[np.generic]]) -> None:
        """Take over what `state` gave."""
        self._examples.hard[:] = [int(i) for i in np.asarray(arrays["hard"], np.int64)]

    def _batch(self, epoch: int, number: int) -> tuple[Any, Any]:
        s, e = self._settings, self._estimator
        rng = np.random.default_rng([e.seed, 0x5B07, epoch, number])
        drawn = [self._examples.draw(rng) for _ in range(s.batch_size)]
        raw = np.stack([frames for frames, _ in drawn]).astype(np.float32)
        x: Frames = ((raw - e.mean_) / e.std_).astype(np.float32)
        for one in x:
            masked(one, min(s.freq_mask, x.shape[_BANDS_AXIS] // 2), s.time_mask, rng)
        return x[..., None], self._targets[[label for _, label in drawn]]
