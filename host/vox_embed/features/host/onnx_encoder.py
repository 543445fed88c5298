"""Networks in ONNX files that take sound."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vox_embed.experiment import schema
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.needs import EXTRAS, need_packages
from vox_embed.features.host.missing import missing_network

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SHORTEST = 400
"""Samples that a network is given at least: zeros follow what is shorter."""


class OnnxEncoder:
    """An ONNX network with one input, sound [samples] or [1, samples] in float32, full scale 1.0. Its output
    is a vector, or vectors one after the other: [values], [1, values] or [1, states, values]."""

    def __init__(self, settings: schema.Embedding) -> None:
        need_packages("features: type `embedding` of an .onnx file", EXTRAS["onnx"])
        import onnxruntime

        name = str(settings.model)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1  # clips are computed side by side
        options.log_severity_level = 3
        if not Path(name).is_file():
            raise missing_network(name, "no such file")
        providers = ["CPUExecutionProvider"]
        if settings.device == "cuda":
            providers = ["CUDAExecutionProvider", *providers]
        try:
            self._session = onnxruntime.InferenceSession(name, options, providers=providers)
        except Exception as error:  # of its own kinds, all below Exception
            raise missing_network(name, error) from None
        inputs = list(self._session.get_inputs())
        if len(inputs) != 1 or inputs[0].type != "tensor(float)" or len(inputs[0].shape) not in (1, 2):
            found = ", ".join(f"{one.name} {one.type} {one.shape}" for one in inputs)
            raise VoxError(
                f"features.model: {name}: it takes {found}",
                "a network with one input is needed: float32 sound, [samples] or [1, samples]",
            )
        outputs = [one.name for one in self._session.get_outputs()]
        if settings.output is not None and settings.output not in outputs:
            raise VoxError(
                f"features.output: {name} has no `{settings.output}`", f"its outputs: {', '.join(outputs)}"
            )
        self._input, self._rank = inputs[0].name, len(inputs[0].shape)
        self._output = settings.output or outputs[0]
        self.files: Sequence[str] = (name,)
        self.what = f"{Path(name).name}, output `{self._output}`"
        self.width = int(self.states(np.zeros(settings.sample_rate, np.float32)).shape[1])

    def states(self, sound: NDArray[np.float32]) -> NDArray[np.float32]:
        """float32 [samples] -> float32 [states, width]."""
        sound = np.pad(sound, (0, max(0, _SHORTEST - len(sound))))
        given = sound if self._rank == 1 else sound[None]
        try:
            found: Any = self._session.run([self._output], {self._input: given})[0]
        except Exception as error:
            raise VoxError(f"features.model: {self.files[0]}: {str(error).splitlines()[0]}") from None
        values = np.asarray(found, np.float32)
        if values.ndim == 3:
            values = values[0]
        return np.atleast_2d(values)
