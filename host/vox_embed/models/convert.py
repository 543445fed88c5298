"""Keras to full-int8 .tflite, in a process of its own: a converter that crashes takes nothing with it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vox_embed.experiment.errors import VoxError
from vox_embed.models.fused_norm import plain

if TYPE_CHECKING:
    import keras

OPERATORS = frozenset(
    {
        "ADD",
        "AVERAGE_POOL_2D",
        "CONV_2D",
        "DEPTHWISE_CONV_2D",
        "FULLY_CONNECTED",
        "LOGISTIC",
        "MAX_POOL_2D",
        "MEAN",
        "RESHAPE",
        "SOFTMAX",
    }
)
"""What the device can run."""

_SECONDS = 900


def convert(network: keras.Model, representative: NDArray[np.float32]) -> bytes:
    """A float network as a .tflite: int8 weights, activations, input and output, batch 1.

    representative: [n, frames, bands], windows of training clips as the network sees them; they set ranges.
    Raises VoxError when conversion fails or gives operators that the device lacks.
    """
    with tempfile.TemporaryDirectory(prefix="vox-embed-") as name:
        folder = Path(name)
        plain(network).save(folder / "network.keras")
        np.save(folder / "representative.npy", representative, allow_pickle=False)
        # The child must find this package wherever the parent found it.
        package = str(Path(__file__).resolve().parents[2])
        paths = [package, *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(paths),
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "CUDA_VISIBLE_DEVICES": "",
        }
        try:
            child = subprocess.run(
                [sys.executable, "-m", "vox_embed.models.convert", name],
                env=environment,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise VoxError(f"conversion to int8 took more than {_SECONDS} s") from None
        result = folder / "model.tflite"
        if child.returncode or not result.exists():
            last = "\n".join(child.stderr.strip().splitlines()[-5:])
            raise VoxError(f"conversion to int8 failed (status {child.returncode}):\n{last}")
        data = result.read_bytes()
    unknown = sorted(set(operators(data)) - OPERATORS)
    if unknown:
        raise VoxError(
            f"the int8 model has operators that the device cannot run: {', '.join(unknown)}",
            f"it can run {', '.join(sorted(OPERATORS))}",
        )
    return data


def operators(data: bytes) -> list[str]:
    """Names of the operators of a .tflite, in order."""
    import tflite

    names = {value: name for name, value in vars(tflite.BuiltinOperator).items() if not name.startswith("_")}
    model = tflite.Model.GetRootAsModel(data, 0)
    graph = model.Subgraphs(0)
    listed = []
    for i in range(graph.OperatorsLength()):
        code = model.OperatorCodes(graph.Operators(i).OpcodeIndex())
        number = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
        listed.append(names.get(number, f"operator {number}"))
    return listed


def _child(folder: Path) -> None:
    import keras
    import tensorflow as tf

    network = keras.models.load_model(folder / "network.keras", compile=False)
    representative = np.load(folder / "representative.npy", allow_pickle=False)

    start = keras.Input(batch_shape=(1, *representative.shape[1:], 1), name="features")
    converter = tf.lite.TFLiteConverter.from_keras_model(
        keras.Model(start, network(start, training=False), name="classifier")
    )
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([w[None, :, :, None]] for w in representative)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    (folder / "model.tflite").write_bytes(converter.convert())


if __name__ == "__main__":
    _child(Path(sys.argv[1]))
