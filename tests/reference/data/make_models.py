"""Makes the .tflite files beside it, with TensorFlow: python tests/reference/data/make_models.py [NAME ...]

Small networks with random weights, each with other layers, converted as the project converts its own.
Conversion is deterministic for one version of TensorFlow; another version may write other bytes.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
WIDE = ("dscnn", "residual")
"""Those that are also converted to 16-bit activations, into wide/."""


def networks(keras: Any) -> dict[str, Any]:
    layers = keras.layers

    def dscnn() -> Any:
        x = inputs = keras.Input((25, 16, 1))
        x = layers.Conv2D(12, (8, 4), strides=(2, 2), padding="same")(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
        for _ in range(2):
            x = layers.DepthwiseConv2D(3, padding="same")(x)
            x = layers.ReLU(6.0)(layers.BatchNormalization()(x))
            x = layers.ReLU()(layers.BatchNormalization()(layers.Conv2D(20, 1)(x)))
        x = layers.GlobalAveragePooling2D()(x)
        return keras.Model(inputs, layers.Softmax()(layers.Dense(5)(x)))

    def cnn() -> Any:
        x = inputs = keras.Input((20, 13, 1))
        x = layers.MaxPooling2D((2, 2), padding="same")(layers.Conv2D(7, 3, activation="relu")(x))
        x = layers.ZeroPadding2D(((1, 0), (0, 1)))(x)
        x = layers.Conv2D(9, (3, 2), strides=2)(x)
        x = layers.AveragePooling2D((2, 1))(layers.ReLU(6.0)(x))
        x = layers.Dense(11, activation="relu")(layers.Flatten()(x))
        return keras.Model(inputs, layers.Dense(3, activation="softmax")(x))

    def residual() -> Any:
        x = inputs = keras.Input((12, 8, 3))
        x = layers.Conv2D(8, 3, padding="same", activation="relu")(x)
        for _ in range(2):
            y = layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2)(x)
            y = layers.Conv2D(8, 1)(layers.ReLU()(y))
            x = layers.ReLU()(layers.Add()([x, y]))
        x = layers.GlobalAveragePooling2D(keepdims=True)(x)
        return keras.Model(inputs, layers.Softmax()(layers.Flatten()(layers.Conv2D(4, 1)(x))))

    def temporal() -> Any:
        x = inputs = keras.Input((30, 10))
        x = layers.Conv1D(12, 5, strides=2, padding="same", activation="relu")(x)
        x = layers.MaxPooling1D(2)(x)
        x = layers.Conv1D(9, 1, activation="relu")(x)
        x = layers.GlobalAveragePooling1D()(x)
        return keras.Model(inputs, layers.Dense(4, activation="softmax")(x))

    def dilated() -> Any:
        """SPACE_TO_BATCH_ND of an open batch."""
        x = inputs = keras.Input((24, 6))
        for rate in (1, 2, 4):
            y = layers.Conv1D(6, 3, padding="causal", dilation_rate=rate, activation="relu")(x)
            x = layers.Add()([x, y])
        return keras.Model(inputs, layers.Dense(3, activation="softmax")(layers.GlobalMaxPooling1D()(x)))

    def unrolled() -> Any:
        """Zeros to begin with, shapes that are computed."""
        x = inputs = keras.Input((4, 6))
        x = layers.GRU(5, unroll=True, return_sequences=True)(x)
        return keras.Model(inputs, layers.Dense(3, activation="softmax")(x))

    def attention() -> Any:
        """BATCH_MATMUL, and a layer normalisation whose NEG is left in floats."""
        x = inputs = keras.Input((8, 6))
        x = layers.LayerNormalization()(layers.Add()([x, layers.MultiHeadAttention(2, 4)(x, x)]))
        x = layers.Dense(6)(layers.Dense(8, activation="gelu")(x))
        return keras.Model(inputs, layers.Dense(3)(layers.GlobalAveragePooling1D()(x)))

    made = (dscnn, cnn, residual, temporal, dilated, unrolled, attention)
    return {make.__name__: make() for make in made}


def main(wanted: list[str]) -> None:
    import tensorflow as tf

    tf.keras.utils.set_random_seed(3)
    tf.config.experimental.enable_op_determinism()
    for name, model in networks(tf.keras).items():
        if wanted and name not in wanted:
            continue
        rng = np.random.default_rng(1)
        weights = [
            w + 0.2 * rng.normal(size=w.shape) if w.ndim == 1 else 1.7 * w for w in model.get_weights()
        ]
        model.set_weights(
            [np.abs(w) if "variance" in v.name else w for v, w in zip(model.weights, weights, strict=True)]
        )
        shape = (1, *model.input_shape[1:])

        def samples(shape: tuple[int, ...] = shape, rng: np.random.Generator = rng) -> Any:
            for _ in range(50):
                yield [rng.normal(0, 1, shape).astype(np.float32)]

        kinds = [(name, tf.lite.OpsSet.TFLITE_BUILTINS_INT8, tf.int8)]
        if name in WIDE:
            wide = tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8
            kinds.append((f"wide/{name}", wide, tf.int16))
        for called, operators, kind in kinds:
            converter = tf.lite.TFLiteConverter.from_keras_model(model)
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
            converter.representative_dataset = samples
            converter.target_spec.supported_ops = [operators]
            converter.inference_input_type = converter.inference_output_type = kind
            (HERE / f"{called}.tflite").write_bytes(converter.convert())


if __name__ == "__main__":
    main(sys.argv[1:])
