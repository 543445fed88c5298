"""An autoencoder while it is trained: RMSE, Adam, gradients within +-2; the seed decides the weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from vox_embed.experiment.errors import VoxError
from vox_embed.features.autoencoder.network import Draws, build, variables
from vox_embed.features.autoencoder.settings import Architecture
from vox_embed.features.backend import load_tensorflow

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Arrays = list[NDArray[Any]]

_CLIP = 2.0
Advance = Callable[[int], None]
"""Called with the steps done since the beginning."""


class Fitting:
    """Weights and the optimiser's numbers, taken from epoch to epoch."""

    def __init__(self, of: Architecture, batch_size: int, rate: float, seed: int) -> None:
        load_tensorflow()
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()
        self.autoencoder = build(of)
        self.weights = variables(self.autoencoder)
        draw_weights(self.weights, seed, _steps(of))
        self._moments = [[tf.Variable(tf.zeros_like(weight)) for weight in self.weights] for _ in range(2)]
        self._batch_size, self._seed = batch_size, seed
        self._run = self._traced(rate)

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        """Of the weights."""
        return [tuple(int(size) for size in weight.shape) for weight in self.weights]

    def state(self) -> dict[str, Arrays]:
        """Weights `w`, and Adam's moments `m` and `v`."""
        groups = {"w": self.weights, "m": self._moments[0], "v": self._moments[1]}
        return {name: [variable.numpy() for variable in group] for name, group in groups.items()}

    def restore(self, state: dict[str, Arrays]) -> None:
        """Go on from a `state`."""
        groups = {"w": self.weights, "m": self._moments[0], "v": self._moments[1]}
        for name, group in groups.items():
            for variable, array in zip(group, state[name], strict=True):
                variable.assign(array)

    def batches(self, count: int) -> int:
        """Steps of an epoch of so many instances."""
        return -(-count // self._batch_size)

    def epoch(self, data: NDArray[np.float32], number: int, advance: Advance | None = None) -> float:
        """Epoch `number`, from 0, on [instances, time, freq]; the mean RMSE of its batches."""
        import tensorflow as tf

        order = np.random.default_rng([self._seed, number]).permutation(len(data))
        count = self.batches(len(data))
        errors = []
        for batch in range(count):
            rows = np.sort(order[batch * self._batch_size : (batch + 1) * self._batch_size])
            at = number * count + batch
            seed = tf.constant([self._seed, at])
            errors.append(float(self._run(tf.constant(data[rows]), seed, tf.constant(at + 1.0))))
            if not np.isfinite(errors[-1]):
                raise VoxError(
                    f"training diverged: the error of step {at + 1} is {errors[-1]}",
                    "try a smaller learning rate",
                )
            if advance is not None:
                advance(at + 1)
        return float(np.mean(errors))

    def _traced(self, rate: float) -> Callable[..., Any]:
        """A step of Adam (Kingma & Ba 2015) on one batch; gives its RMSE."""
        import tensorflow as tf

        @tf.function(reduce_retracing=True)  # type: ignore[untyped-decorator]
        def step(data: Any, seed: Any, count: Any) -> Any:
            with tf.GradientTape() as tape:
                loss = self.autoencoder.loss(data, Draws(seed))
            gradients = tape.gradient(loss, self.weights)
            scale = rate * tf.sqrt(1 - 0.999**count) / (1 - 0.9**count)
            for weight, gradient, m, v in zip(self.weights, gradients, *self._moments, strict=True):
                clipped = tf.clip_by_value(gradient, -_CLIP, _CLIP)
                m.assign(0.9 * m + 0.1 * clipped)
                v.assign(0.999 * v + 0.001 * tf.square(clipped))
                weight.assign_sub(scale * m / (tf.sqrt(v) + 1e-7))
            return loss

        traced: Callable[..., Any] = step
        return traced


def _steps(of: Architecture) -> dict[str, int]:
    """How many steps the layers along time and along frequency run over."""
    return {"time": of.shape[0], "freq": 1 if of.windows is None else of.windows.count(of.shape[1])}


def draw_weights(weights: list[Any], seed: int, steps: dict[str, int]) -> None:
    """First weights from the seed alone: Glorot uniform, recurrent ones orthogonal, biases 0; but the gate
    that keeps a state begins so that the units of a layer remember for 1 up to all steps (Tallec & Ollivier
    2018, "Can recurrent neural networks warp time?").
    """
    for number, weight in enumerate(weights):
        random = np.random.default_rng([seed, number])
        shape = tuple(int(size) for size in weight.shape)
        if "recurrent" in weight.path:
            blocks = [
                np.linalg.qr(random.standard_normal((shape[0], shape[0])))[0]
                for _ in range(shape[1] // shape[0])
            ]
            weight.assign(np.concatenate(blocks, axis=1).astype(np.float32))
        elif "cell" in weight.path and "bias" in weight.path:
            weight.assign(_gates(shape, max(2, steps[weight.path.split("_")[0]] - 1), random))
        elif len(shape) == 2:
            limit = np.sqrt(6 / sum(shape))
            weight.assign(random.uniform(-limit, limit, shape).astype(np.float32))


def _gates(shape: tuple[int, ...], most: int, random: np.random.Generator) -> NDArray[np.float32]:
    """A cell's biases: GRU [2, 3 units] (update, reset, candidate), LSTM [4 units] (input, forget, ...)."""
    bias = np.zeros(shape, np.float32)
    units = shape[-1] // (3 if len(shape) == 2 else 4)
    lasting = np.log(random.uniform(1, most, units))
    if len(shape) == 2:
        bias[0, :units] = lasting
    else:
        bias[:units], bias[units : 2 * units] = -lasting, lasting
    return bias
