"""What every estimator of an experiment promises: it learns from clips, and answers on clips."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.schema import AnomalyModel
from vox_embed.features.corpus import CorpusProgress
from vox_embed.features.functionals import Functionals
from vox_embed.models.parts import Part
from vox_embed.models.training.epoch import Epoch, Progress

Clips = Sequence[NDArray[np.int16]]
"""int16 mono at the model's rate. `Sounds` where what is learned from depends on where a clip is from."""


def need_normal(model: AnomalyModel, labels: Sequence[str]) -> None:
    """VoxError where the labels are not those of a detector: the normal one and another."""
    if len(labels) != 2 or model.normal not in labels:
        raise VoxError(
            f"model.type: {getattr(model, 'type', 'anomaly')} tells {model.normal!r} from everything else, "
            f"but the labels are {', '.join(labels)}",
            "name the normal one in model.normal; `mapping` of a database makes one of the others",
        )


class ClipEstimator(ABC):
    """`fit`, then float answers; or `load_bytes` with what `to_bytes` of a fitted one gave.

    labels: names of the outputs. grid: of a regression the labels as numbers, else None. history_,
    best_epoch_: of training by epochs; empty and 0 where there are none. tags: labels are tags, of which a
    clip has any number; thresholds_: then, once they were chosen, the score from which on it has each.
    stopped_: after `fit`, a sentence on how training went.
    """

    labels: tuple[str, ...]
    grid: NDArray[np.float64] | None = None
    tags: bool = False
    thresholds_: tuple[float, ...] = ()
    history_: tuple[Epoch, ...] = ()
    best_epoch_: int = 0
    stopped_: str

    @property
    def functionals_(self) -> Functionals | None:
        """What is taken of a window's frames; None: the frames themselves, or other rows."""
        return None

    @property
    def parts(self) -> tuple[Part, ...]:
        """What is extracted of each clip by itself, and kept."""
        return ()

    @property
    @abstractmethod
    def parameters_(self) -> int:
        """Numbers that training found."""

    @abstractmethod
    def fit(  # noqa: PLR0917
        self,
        train_clips: Clips,
        train_labels: NDArray[Any],
        dev_clips: Clips = (),
        dev_labels: NDArray[Any] | None = None,
        progress: Progress | None = None,
        checkpoint: Path | None = None,
        extracting: CorpusProgress | None = None,
    ) -> ClipEstimator:
        """Train on clips and their indices into `labels`; a regression on their numbers.

        checkpoint: a folder for the state of training by epochs; a state that is there already is taken up.
        extracting: told of (clips done, clips in all) while features of the training clips are computed.
        """

    @abstractmethod
    def float_predict_clips(self, clips: Clips) -> NDArray[np.float32]:
        """Posteriors of the trained model, mean over each clip's windows: [clips, labels]."""

    def float_values(self, clips: Clips) -> NDArray[np.float64]:
        """Of a regression: the trained model's value, mean over each clip's windows [clips], not limited to
        the labels' range."""
        raise TypeError(f"{type(self).__name__} tells classes apart")

    @abstractmethod
    def to_bytes(self) -> bytes:
        """What was learned, as an .npz: the same model, the same bytes."""

    @abstractmethod
    def load_bytes(self, data: bytes) -> ClipEstimator:
        """Take over what `to_bytes` gave for the same parameters. VoxError if it does not fit."""
