"""Training: RMSE, Adam, gradients within +-2; the same seed gives the same weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vox_embed.experiment.errors import VoxError
from vox_embed.learn.autoencoder.checkpoints import LAST, load_last, save_last, save_weights, steps_of
from vox_embed.learn.autoencoder.network import Draws, build, variables
from vox_embed.learn.autoencoder.settings import FILE, Architecture, load_architecture

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CLIP = 2.0


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
    _deterministic()
    import tensorflow as tf

    autoencoder = build(of)
    weights = variables(autoencoder)
    _draw(weights, run.seed)
    moments = [[tf.Variable(tf.zeros_like(weight)) for weight in weights] for _ in range(2)]
    first = 0
    if run.go_on:
        first = _restore(run, weights, moments)
    run.logs.mkdir(parents=True, exist_ok=True)
    of.save(run.logs)
    batches = -(-len(data) // run.batch_size)
    step = _step(autoencoder, weights, moments, run.learning_rate)
    writer = tf.summary.create_file_writer(str(run.logs))
    last = Epoch(first, run.epochs, first * batches, float("nan"))
    for epoch in range(first, run.epochs):
        order = np.random.default_rng([run.seed, epoch]).permutation(len(data))
        errors = []
        for batch in range(batches):
            rows = np.sort(order[batch * run.batch_size : (batch + 1) * run.batch_size])
            at = epoch * batches + batch
            errors.append(float(step(data[rows], tf.constant([run.seed, at]), float(at + 1))))
            if advance is not None:
                advance(at + 1, run.epochs * batches)
            if not np.isfinite(errors[-1]):
                raise VoxError(
                    f"training diverged: the error of step {at + 1} is {errors[-1]}",
                    "try a smaller --learning-rate",
                )
        last = Epoch(epoch + 1, run.epochs, (epoch + 1) * batches, float(np.mean(errors)))
        arrays = [weight.numpy() for weight in weights]
        save_weights(run.logs, last.step, arrays, run.keep_models)
        groups: dict[str, Sequence[NDArray[Any]]] = {
            "w": arrays,
            "m": [m.numpy() for m in moments[0]],
            "v": [v.numpy() for v in moments[1]],
        }
        save_last(run.logs, epoch + 1, run.seed, groups)
        with writer.as_default():
            _write_scalar("rmse", last.rmse, last.step)
        writer.flush()
        if tell is not None:
            tell(last)
    return last


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
    from vox_embed.models.training.backend import load_tensorflow

    load_tensorflow()
    import tensorflow as tf

    tf.config.experimental.enable_op_determinism()


def _draw(weights: list[Any], seed: int) -> None:
    """First weights from the seed alone: Glorot uniform; recurrent ones orthogonal; biases 0, but 1 for the
    gates of a GRU and the forget gate of an LSTM, so that states last from the beginning on."""
    for number, weight in enumerate(weights):
        random = np.random.default_rng([seed, number])
        shape = tuple(int(size) for size in weight.shape)
        if "recurrent" in weight.path:
            blocks = [
                np.linalg.qr(random.standard_normal((shape[0], shape[0])))[0]
                for _ in range(shape[1] // shape[0])
            ]
            weight.assign(np.concatenate(blocks, axis=1).astype(np.float32))
        elif len(shape) == 2 and "bias" not in weight.path:
            limit = np.sqrt(6 / sum(shape))
            weight.assign(random.uniform(-limit, limit, shape).astype(np.float32))
        elif "gru_cell" in weight.path:  # [of input and state, update, reset and candidate]
            bias = np.zeros(shape, np.float32)
            bias[0, : 2 * shape[1] // 3] = 1
            weight.assign(bias)


def _restore(run: Run, weights: list[Any], moments: list[list[Any]]) -> int:
    shapes = [tuple(int(size) for size in weight.shape) for weight in weights]
    epoch, seed, groups = load_last(run.logs, {"w": shapes, "m": shapes, "v": shapes})
    if seed != run.seed:
        raise VoxError(f"{run.logs}: was trained with --seed {seed}", f"go on with --seed {seed}")
    if epoch >= run.epochs:
        raise VoxError(
            f"{run.logs}: {epoch} epochs are done already",
            f"--num-epochs is the number of all; choose more than {epoch}",
        )
    for group, name in ((weights, "w"), (moments[0], "m"), (moments[1], "v")):
        for variable, array in zip(group, groups[name], strict=True):
            variable.assign(array)
    return epoch


def _step(autoencoder: Any, weights: list[Any], moments: list[list[Any]], rate: float) -> Callable[..., Any]:
    """A step of Adam (Kingma & Ba 2015) on one batch; gives its RMSE."""
    import tensorflow as tf

    @tf.function(reduce_retracing=True)  # type: ignore[untyped-decorator]
    def step(data: Any, seed: Any, count: Any) -> Any:
        with tf.GradientTape() as tape:
            loss = autoencoder.loss(data, Draws(seed))
        gradients = tape.gradient(loss, weights)
        scale = rate * tf.sqrt(1 - 0.999**count) / (1 - 0.9**count)
        for weight, gradient, m, v in zip(weights, gradients, *moments, strict=True):
            clipped = tf.clip_by_value(gradient, -_CLIP, _CLIP)
            m.assign(0.9 * m + 0.1 * clipped)
            v.assign(0.999 * v + 0.001 * tf.square(clipped))
            weight.assign_sub(scale * m / (tf.sqrt(v) + 1e-7))
        return loss

    return lambda data, seed, count: step(tf.constant(data), seed, tf.constant(count, tf.float32))
