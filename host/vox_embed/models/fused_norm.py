"""Batch norm that trains by TensorFlow's fused operator, which Keras' own layer does not use."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras


def batch_norm(momentum: float, name: str) -> keras.layers.Layer:
    """A layer for channels last. As Keras has it, but for the order of sums in training."""
    return _kind()(momentum=momentum, name=name)


def plain(network: keras.Model) -> keras.Model:
    """The same network of Keras' own layers alone, as others can load it."""
    import keras

    def own(layer: keras.layers.Layer) -> keras.layers.Layer:
        if isinstance(layer, _kind()):
            return keras.layers.BatchNormalization.from_config(layer.get_config())
        return layer.__class__.from_config(layer.get_config())

    if not any(isinstance(layer, _kind()) for layer in network.layers):
        return network
    copy = keras.models.clone_model(network, clone_function=own)
    copy.set_weights(network.get_weights())
    return copy


@cache
def _kind() -> Any:
    import keras
    import tensorflow as tf

    class FusedBatchNormalization(keras.layers.BatchNormalization):  # type: ignore[misc]
        """Over planes of channels; in training with the statistics of the batch, unless it learns no more."""

        def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
            if not training or not self.trainable or len(inputs.shape) != 4:
                return super().call(inputs, training=training, mask=mask)
            result, mean, variance = tf.compat.v1.nn.fused_batch_norm(
                inputs, self.gamma, self.beta, epsilon=self.epsilon, is_training=True
            )
            count = tf.cast(tf.size(inputs) // tf.shape(inputs)[-1], variance.dtype)
            variance *= (count - 1) / count  # the operator gives the unbiased one
            for known, now in ((self.moving_mean, mean), (self.moving_variance, variance)):
                known.assign(known * self.momentum + now * (1 - self.momentum))
            return result

    return FusedBatchNormalization
