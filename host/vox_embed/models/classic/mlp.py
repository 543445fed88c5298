"""A multilayer perceptron: dense layers with ReLU; Keras trains it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from vox_embed.experiment import schema
from vox_embed.features.backend import load_tensorflow
from vox_embed.models.classic.base import ClassicEstimator, Task
from vox_embed.models.classic.learned import Layers
from vox_embed.models.classic.learned.layers import LIMIT
from vox_embed.models.classic.scaling import ScaleKind

if TYPE_CHECKING:
    import keras


class Mlp(ClassicEstimator):
    """Multilayer perceptron (Rumelhart et al. 1986) on standardised values, limited to LIMIT deviations.

    hidden: units of each hidden layer. dropout: share of each hidden layer's outputs that is dropped in
    training. epochs: at most so many. validation: share of the rows, drawn from every class, by which the
    best epoch is found; 0: the last one is kept. patience: epochs without a better one before training stops.
    """

    learns = Layers
    needs = ("tensorflow", "keras")

    def __init__(  # noqa: PLR0917
        self,
        hidden: Sequence[int] = (32,),
        dropout: float = 0.2,
        epochs: int = 60,
        batch_size: int = 32,
        learning_rate: float = 2e-3,
        weight_decay: float = 1e-3,
        validation: float = 0.1,
        patience: int = 15,
        class_weight: bool = False,
        task: Task = "classification",
        loss: Literal["mse", "mae", "ccc", "f1"] = "mse",
        scale: ScaleKind = "standard",
        seed: int = 7,
    ) -> None:
        super().__init__(scale=scale, seed=seed)
        self.hidden = hidden
        self.dropout = dropout
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.validation = validation
        self.patience = patience
        self.class_weight = class_weight
        self.task = task
        self.loss = loss

    def _scaled(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        # An outlier shall not set the step of all int8 values.
        return np.clip(super()._scaled(rows), -LIMIT, LIMIT)

    # ---- training ------------------------------------------------------------------------------------

    def _train(self, rows: NDArray[np.float64], target: NDArray[Any]) -> Any:
        load_tensorflow()
        from vox_embed.models.training.trainer import Loss, Trainer

        x = rows.astype(np.float32)
        targets, unit, start = self._targets(target)
        learn, check = self._parts(target)
        size = min(self.batch_size, len(learn))
        steps = len(learn) // size
        network = self._network(x.shape[1], targets.shape[1])
        settings = schema.DsCnn(
            epochs=self.epochs, learning_rate=self.learning_rate, weight_decay=self.weight_decay
        )
        aim: Loss = "f1" if self.loss == "f1" else "classes"
        if self.task == "regression":
            aim = "squares" if self.loss == "mse" else self.loss
        trainer = Trainer(network, settings, steps, steps, loss=aim)
        best, since = np.inf, 0
        for epoch in range(self.epochs):
            order = learn[np.random.default_rng([self.seed, epoch]).permutation(len(learn))]
            for batch in order[: steps * size].reshape(steps, size):
                trainer.step(x[batch], targets[batch])
            if not len(check):
                continue
            with trainer.averaged():
                loss = trainer.loss(x[check], targets[check])
            since += 1
            if loss < best:
                best, since = loss, 0
                trainer.keep()
            if since >= self.patience:
                break
        trainer.finish()
        values = [np.asarray(array, np.float64) for array in network.get_weights()]
        weights, biases = values[0::2], values[1::2]
        weights[-1], biases[-1] = weights[-1] * unit, biases[-1] * unit + start
        return tuple(weights), tuple(biases)

    def _numbers(self, trained: Any) -> Layers:
        weights, biases = trained
        return Layers(weights, biases, self.task == "regression")

    def _targets(self, target: NDArray[Any]) -> tuple[NDArray[np.float32], float, float]:
        """What the network learns, [rows, outputs], and for a regression the unit and start of its values."""
        if self.task == "regression":
            start, unit = float(target.mean()), float(target.std()) or 1.0
            return ((target - start) / unit).astype(np.float32)[:, None], unit, start
        counts = np.bincount(target, minlength=self.n_classes_)
        weights = len(target) / (self.n_classes_ * counts) if self.class_weight else np.ones(self.n_classes_)
        return (np.eye(self.n_classes_) * weights)[target].astype(np.float32), 1.0, 0.0

    def _parts(self, target: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Indices of rows to learn from, and of those, some of every class, to find the best epoch by."""
        order = np.random.default_rng([self.seed, 0x5E]).permutation(len(target))
        groups = [order]
        if self.task == "classification":
            groups = [order[target[order] == c] for c in range(self.n_classes_)]
        cuts = [int(len(group) * self.validation) for group in groups]
        check = np.concatenate([group[:cut] for group, cut in zip(groups, cuts, strict=True)])
        learn = np.concatenate([group[cut:] for group, cut in zip(groups, cuts, strict=True)])
        return np.sort(learn), np.sort(check)

    def _network(self, values: int, outputs: int) -> keras.Model:
        import keras

        start = x = keras.Input((values,), name="features")
        for i, units in enumerate(self.hidden):
            initial = keras.initializers.HeNormal(seed=self.seed * 1000 + i)
            x = keras.layers.Dense(units, "relu", kernel_initializer=initial, name=f"dense_{i + 1}")(x)
            if self.dropout:
                x = keras.layers.Dropout(self.dropout, seed=self.seed * 1000 + 100 + i)(x)
        initial = keras.initializers.GlorotUniform(seed=self.seed * 1000 + 99)
        activation = None if self.task == "regression" else "softmax"
        x = keras.layers.Dense(outputs, activation, kernel_initializer=initial, name="output")(x)
        return keras.Model(start, x, name="mlp")
