"""One optimiser step, and the running average of weights that is evaluated and kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from vox_embed.experiment import schema

if TYPE_CHECKING:
    import keras


Loss = Literal["classes", "f1", "tags", "squares", "mae", "ccc"]
Fit = Literal["mse", "mae", "ccc"]


class Trainer:
    """AdamW on a network, with the rate over time that the `model` section asks for.

    An exponential moving average of all weights, batch norm's statistics included, follows training; it is
    what dev sees and what is kept (Polyak & Juditsky 1992). loss: of `classes` the cross entropy of
    posteriors; `f1`: 1 - the mean F1 of the classes of a batch, with posteriors for decisions; of
    `tags` that of each, with targets [n, 2 labels] for and against it; `squares`: the mean squared error of a
    regression or a reconstruction.
    """

    def __init__(
        self,
        network: keras.Model,
        model: schema.FrameNetwork,
        steps_an_epoch: int,
        warm_up: int,
        *,
        loss: Loss = "classes",
        grid: NDArray[np.float64] | None = None,
        of_values: Fit = "mse",
    ) -> None:
        import keras

        tf.config.experimental.enable_op_determinism()
        self._network = network
        self._kind = loss
        self._of_values: Fit = of_values
        self._grid = None
        if grid is not None:
            self._grid = tf.constant((grid - grid.mean()) / (grid.std() or 1.0), tf.float32)
        steps = max(1, steps_an_epoch * model.epochs)
        rate = _rate(model, steps, warm_up)
        more = {"momentum": 0.9} if model.optimizer == "sgd" else {}
        kinds = {"adamw": "AdamW", "adam": "Adam", "sgd": "SGD", "rmsprop": "RMSprop"}
        kind = getattr(keras.optimizers, kinds[model.optimizer])
        self._optimizer = kind(rate, weight_decay=model.weight_decay, global_clipnorm=5.0, **more)
        self._optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
        self._optimizer.build(network.trainable_variables)
        self._average = [tf.Variable(w.value) for w in network.weights]
        self._decay = model.average_decay
        self._steps = 0
        self._kept: list[NDArray[np.float32]] | None = None
        self._run = tf.function(self._traced, reduce_retracing=True)

    def _traced(self, x: tf.Tensor, targets: tf.Tensor, decay: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            loss = self._loss(self._network(x, training=True), targets)
        variables = self._network.trainable_variables
        self._optimizer.apply(tape.gradient(loss, [v.value for v in variables]), variables)
        for average, weight in zip(self._average, self._network.weights, strict=True):
            average.assign_add((1.0 - decay) * (weight.value - average))
        return loss

    def _loss(self, given: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
        if self._kind == "squares":
            return tf.reduce_mean((given - targets) ** 2)
        if self._kind in ("mae", "ccc"):
            return _of_values(self._kind, given[:, 0], targets[:, 0])
        if self._kind == "f1":
            return _soft_f1(given, targets)
        if self._kind == "tags":
            given = tf.concat([given, 1.0 - given], axis=-1)
        entropy = tf.reduce_mean(tf.reduce_sum(-targets * tf.math.log(given + 1e-7), axis=-1))
        if self._grid is None:
            return entropy
        values, wanted = (tf.linalg.matvec(one, self._grid) for one in (given, targets))
        return entropy + _of_values(self._of_values, values, wanted)

    def loss(self, x: NDArray[np.float32], targets: NDArray[np.float32]) -> float:
        """Of rows that are not learned from, with the weights of now."""
        return float(self._loss(self._network(x, training=False), targets))

    def step(self, x: NDArray[np.float32], targets: NDArray[np.float32]) -> float:
        """One batch: windows [n, frames, bands, 1], targets [n, labels]; returns the loss."""
        self._steps += 1
        decay = min(self._decay, self._steps / (self._steps + 10.0))
        return float(self._run(x, targets, tf.constant(decay, tf.float32)))

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """The network has the averaged weights inside."""
        current = self._network.get_weights()
        self._network.set_weights([a.numpy() for a in self._average])
        try:
            yield
        finally:
            self._network.set_weights(current)

    def keep(self) -> None:
        """Remember the averaged weights of now."""
        self._kept = [a.numpy() for a in self._average]

    def finish(self) -> None:
        """Leave the network with the kept weights, or those of now if none were kept."""
        if self._kept is None:
            self.keep()
        assert self._kept is not None
        self._network.set_weights(self._kept)

    # ---- checkpoints -----------------------------------------------------------------------------------

    def state(self) -> dict[str, NDArray[np.generic]]:
        """All that training depends on, as arrays: weights, dropout's counters, averages, optimiser."""
        arrays = {f"network_{i:03}": np.asarray(v.value) for i, v in enumerate(self._network.variables)}
        arrays |= {f"optimizer_{i:03}": np.asarray(v.value) for i, v in enumerate(self._optimizer.variables)}
        arrays |= {f"average_{i:03}": v.numpy() for i, v in enumerate(self._average)}
        if self._kept is not None:
            arrays |= {f"kept_{i:03}": v for i, v in enumerate(self._kept)}
        arrays["steps"] = np.array(self._steps)
        return arrays

    def restore(self, arrays: Mapping[str, NDArray[np.generic]]) -> None:
        """Take over what `state` gave, from a trainer of the same network and settings."""
        for name, variables in (
            ("network", self._network.variables),
            ("optimizer", self._optimizer.variables),
            ("average", self._average),
        ):
            for i, variable in enumerate(variables):
                variable.assign(arrays[f"{name}_{i:03}"])
        if "kept_000" in arrays:
            self._kept = [np.asarray(arrays[f"kept_{i:03}"]) for i in range(len(self._average))]
        self._steps = int(arrays["steps"])


def _rate(model: schema.FrameNetwork, steps: int, warm_up: int) -> object:
    """The rate over time."""
    import keras

    start, schedules = model.learning_rate, keras.optimizers.schedules
    if model.scheduler == "cosine":
        return schedules.CosineDecay(0.0, max(1, steps - warm_up), warmup_target=start, warmup_steps=warm_up)
    if model.scheduler == "exponential":  # to a hundredth in the end
        return schedules.ExponentialDecay(start, steps, 0.01)
    if model.scheduler == "step":
        return schedules.PiecewiseConstantDecay(
            [steps // 2, 3 * steps // 4], [start, start / 10, start / 100]
        )
    return start


def _soft_f1(given: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
    """1 - macro F1 of the classes that are there, a posterior counting as so much of a decision."""
    truth = tf.cast(targets > 0, tf.float32)
    there = tf.reduce_sum(truth, axis=0)
    f1 = 2 * tf.reduce_sum(given * truth, axis=0) / (tf.reduce_sum(given, axis=0) + there + 1e-7)
    known = tf.cast(there > 0, tf.float32)
    return 1 - tf.reduce_sum(f1 * known) / tf.maximum(tf.reduce_sum(known), 1.0)


def _of_values(kind: str, given: tf.Tensor, wanted: tf.Tensor) -> tf.Tensor:
    """Squared or absolute errors, or 1 - CCC (Lin 1989) of a batch."""
    if kind == "mse":
        return tf.reduce_mean((given - wanted) ** 2)
    if kind == "mae":
        return tf.reduce_mean(tf.abs(given - wanted))
    a, b = tf.reduce_mean(given), tf.reduce_mean(wanted)
    together = tf.reduce_mean((given - a) * (wanted - b))
    spread = tf.math.reduce_variance(given) + tf.math.reduce_variance(wanted) + (a - b) ** 2
    return 1.0 - 2.0 * together / (spread + 1e-6)
