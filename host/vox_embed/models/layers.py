"""Building blocks of the networks: only what becomes one of the device's int8 operators.

Batch norm follows a convolution directly, so that it folds into its weights.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vox_embed.models.fused_norm import batch_norm

if TYPE_CHECKING:
    import keras

_MOMENTUM = 0.95


class Builder:
    """Adds layers, each with its own seed and name in order: nothing global gets into a model."""

    def __init__(self, seed: int, *, tags: bool = False) -> None:
        """tags: classes are tags, of which several may hold at once."""
        self._tags = tags
        self._first = seed * 1000
        self._count = 0

    def _next(self, kind: str) -> tuple[str, int]:
        self._count += 1
        return f"{kind}_{self._count}", self._first + self._count

    def _activate(self, x: keras.KerasTensor) -> keras.KerasTensor:
        import keras

        x = batch_norm(_MOMENTUM, self._next("norm")[0])(x)
        return keras.layers.ReLU(name=self._next("relu")[0])(x)

    def start(self, frames: int | None, bands: int) -> keras.KerasTensor:
        """The input: [batch, frames, bands, 1]; None: any number of frames."""
        import keras

        return keras.Input((frames, bands, 1), name="features")

    def convolve(
        self,
        x: keras.KerasTensor,
        width: int,
        kernel: tuple[int, int],
        stride: tuple[int, int],
        padding: str = "same",
    ) -> keras.KerasTensor:
        """Convolution with `width` channels, batch norm, ReLU. padding: same or valid."""
        import keras

        name, seed = self._next("conv")
        initial = keras.initializers.HeNormal(seed=seed)
        layer = keras.layers.Conv2D(
            width, kernel, stride, padding, use_bias=False, kernel_initializer=initial, name=name
        )
        return self._activate(layer(x))

    def depthwise(
        self, x: keras.KerasTensor, kernel: tuple[int, int], stride: int, padding: str = "same"
    ) -> keras.KerasTensor:
        """Depthwise convolution with one stride for both axes, batch norm, ReLU. padding: same or valid."""
        import keras

        name, seed = self._next("depthwise")
        initial = keras.initializers.HeNormal(seed=seed)
        layer = keras.layers.DepthwiseConv2D(
            kernel, stride, padding, use_bias=False, depthwise_initializer=initial, name=name
        )
        return self._activate(layer(x))

    def max_pool(self, x: keras.KerasTensor, pool: tuple[int, int]) -> keras.KerasTensor:
        """The largest of each `pool`."""
        import keras

        return keras.layers.MaxPooling2D(pool, name=self._next("pool")[0])(x)

    def average(self, x: keras.KerasTensor) -> keras.KerasTensor:
        """Mean over all frames and bands: [batch, 1, 1, channels]."""
        import keras

        return keras.layers.AveragePooling2D(tuple(x.shape[1:3]), name=self._next("average")[0])(x)

    def dense(self, x: keras.KerasTensor, units: int) -> keras.KerasTensor:
        """Dense layer with batch norm and ReLU over all that came before."""
        import keras

        name, seed = self._next("dense")
        initial = keras.initializers.HeNormal(seed=seed)
        layer = keras.layers.Dense(units, use_bias=False, kernel_initializer=initial, name=name)
        return self._activate(layer(self._flatten(x)))

    def linear(self, x: keras.KerasTensor, units: int, *, flat: bool = True) -> keras.KerasTensor:
        """A dense layer and nothing behind it; over all that came before, or over every row."""
        import keras

        name, seed = self._next("dense")
        initial = keras.initializers.GlorotUniform(seed=seed)
        layer = keras.layers.Dense(units, kernel_initializer=initial, name=name)
        return layer(self._flatten(x) if flat else x)

    def convolve_linear(self, x: keras.KerasTensor, width: int, kernel: tuple[int, int]) -> keras.KerasTensor:
        """A convolution that keeps the size, and nothing behind it."""
        import keras

        name, seed = self._next("conv")
        initial = keras.initializers.GlorotUniform(seed=seed)
        return keras.layers.Conv2D(width, kernel, padding="same", kernel_initializer=initial, name=name)(x)

    def double(self, x: keras.KerasTensor) -> keras.KerasTensor:
        """Every row and column twice."""
        import keras

        return keras.layers.UpSampling2D((2, 2), name=self._next("double")[0])(x)

    def rows(self, x: keras.KerasTensor, together: int, rest: int) -> keras.KerasTensor:
        """[batch, frames, bands, 1] -> [batch, rows, values].

        rest: frames at the beginning that are left out. together: frames in a row.
        """
        import keras

        _, _, width, channels = x.shape
        shape = (-1, together * width * channels)
        return keras.layers.Reshape(shape, name=self._next("rows")[0])(x[:, rest:])

    def recur(self, x: keras.KerasTensor, cell: str, units: int, *, every: bool) -> keras.KerasTensor:
        """A `gru` or `lstm` on [batch, rows, values]: what it knows after every row, or the last."""
        import keras

        kinds = {"gru": keras.layers.GRU, "lstm": keras.layers.LSTM}
        name, seed = self._next(cell)
        layer = kinds[cell](
            units,
            return_sequences=every,
            kernel_initializer=keras.initializers.GlorotUniform(seed=seed),
            recurrent_initializer=keras.initializers.Orthogonal(seed=seed),
            name=name,
        )
        return layer(x)

    def classify(self, x: keras.KerasTensor, classes: int, dropout: float) -> keras.KerasTensor:
        """Dropout, a dense layer and softmax over the last axis; of tags a sigmoid for each."""
        import keras

        if dropout:
            name, seed = self._next("dropout")
            x = keras.layers.Dropout(dropout, seed=seed, name=name)(x)
        name, seed = self._next("dense")
        initial = keras.initializers.GlorotUniform(seed=seed)
        x = keras.layers.Dense(classes, kernel_initializer=initial, name=name)(x)
        if self._tags:
            return keras.layers.Activation("sigmoid", name="posteriors")(x)
        return keras.layers.Softmax(name="posteriors")(x)

    def network(
        self, start: keras.KerasTensor, x: keras.KerasTensor, classes: int, dropout: float
    ) -> keras.Model:
        """From `start` over x, flattened, to dropout, a dense layer and softmax: posteriors of `classes`."""
        import keras

        return keras.Model(start, self.classify(self._flatten(x), classes, dropout), name="network")

    def _flatten(self, x: keras.KerasTensor) -> keras.KerasTensor:
        import keras

        return keras.layers.Flatten(name=self._next("flatten")[0])(x)
