"""Training: RMSE, Adam, gradients within +-2; the same seed gives the same weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vox_embed.experiment.errors import VoxError
from vox_embed.features.autoencoder.checkpoints import LAST, load_last, save_last, save_weights, steps_of
from vox_embed.features.autoencoder.fitting import Fitting
from vox_embed.features.autoencoder.settings import FILE, Architecture, load_architecture

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Run:
    """How an autoencoder is trained. folder: of the run; what comes of it is in its folder `logs`."""

    folder: Path
    batch_size: int = 64
    epochs: int = 10
    learning_rate: float = 1e-3
    go_on: bool = False
    seed: int = 0
    keep_models: int = 5

    def __post_init__(self) -> None:
        if not (self.batch_size >= 1 and self.epochs >= 1 and self.keep_models >= 1):
            raise VoxError("--batch-size, --num-epochs and --keep-models are at least 1")
        if not 0 < self.learning_rate < 10:
            raise VoxError(f"--learning-rate {self.learning_rate:g}: above 0, below 10", "1e-3 is usual")

    @property
    def logs(self) -> Path:
        """Where checkpoints and TensorBoard's events are."""
        return self.folder / "logs"


@dataclass(frozen=True)
class Epoch:
    """One is over. rmse: mean over its batches; step: batches since the beginning."""

    number: int
    epochs: int
    step: int
    rmse: float


def train(
    data: NDArray[np.float32],
    of: Architecture,
    run: Run,
    tell: Callable[[Epoch], None] | None = None,
    advance: Callable[[int, int], None] | None = None,
) -> Epoch:
    """Train on [instances, time, freq] and keep checkpoints; returns the last epoch.

    Going on ends with the weights that an uninterrupted run has. VoxError where the folder holds another
    run's checkpoints, or none to go on from.
    """
    _check_folder(of, run)
    fitting = Fitting(of, run.batch_size, run.learning_rate, run.seed)
    import tensorflow as tf

    first = _restore(run, fitting) if run.go_on else 0
    run.logs.mkdir(parents=True, exist_ok=True)
    of.save(run.logs)
    batches = fitting.batches(len(data))
    writer = tf.summary.create_file_writer(str(run.logs))
    last = Epoch(first, run.epochs, first * batches, float("nan"))
    for epoch in range(first, run.epochs):
        steps = None if advance is None else partial(_of_all, advance, run.epochs * batches)
        error = fitting.epoch(data, epoch, steps)
        last = Epoch(epoch + 1, run.epochs, (epoch + 1) * batches, error)
        state = fitting.state()
        save_weights(run.logs, last.step, state["w"], run.keep_models)
        save_last(run.logs, epoch + 1, run.seed, state)
        with writer.as_default():
            _write_scalar("rmse", last.rmse, last.step)
        writer.flush()
        if tell is not None:
            tell(last)
    return last


def _of_all(advance: Callable[[int, int], None], total: int, done: int) -> None:
    advance(done, total)


def _write_scalar(name: str, value: float, step: int) -> None:
    """As TensorBoard shows scalars; its own package is needed to look at them, not to write them."""
    import tensorflow as tf

    metadata = tf.compat.v1.SummaryMetadata()
    metadata.plugin_data.plugin_name = "scalars"
    tf.summary.write(name, tf.constant(value), step=step, metadata=metadata)


def _check_folder(of: Architecture, run: Run) -> None:
    there = (run.logs / LAST).exists() or steps_of(run.logs)
    if run.go_on and not (run.logs / LAST).exists():
        raise VoxError(f"{run.logs}: holds no checkpoint to go on from", "train without --continue")
    if not run.go_on and there:
        raise VoxError(
            f"{run.logs}: holds the checkpoints of another run",
            "go on with it by --continue, or choose another --run-name",
        )
    if run.go_on and (run.logs / FILE).exists():
        before = load_architecture(run.logs)
        if before != of:
            differ = [
                name
                for name in ("kind", "shape", "time", "freq", "windows")
                if getattr(before, name) != getattr(of, name)
            ]
            raise VoxError(
                f"{run.logs}: was trained with other settings ({', '.join(differ)})",
                "give the same ones, or choose another --run-name",
            )


def _deterministic() -> None:
    from vox_embed.features.backend import load_tensorflow

    load_tensorflow()
    import tensorflow as tf

    tf.config.experimental.enable_op_determinism()


def _restore(run: Run, fitting: Fitting) -> int:
    shapes = fitting.shapes
    epoch, seed, state = load_last(run.logs, {"w": shapes, "m": shapes, "v": shapes})
    if seed != run.seed:
        raise VoxError(f"{run.logs}: was trained with --seed {seed}", f"go on with --seed {seed}")
    if epoch >= run.epochs:
        raise VoxError(
            f"{run.logs}: {epoch} epochs are done already",
            f"--num-epochs is the number of all; choose more than {epoch}",
        )
    fitting.restore(state)
    return epoch
