"""What a detector starts from: a network that has learned to hear speech, of which a word is then learned.

Its weights come from `bench/ear` (how, from what, under which licence: docs/wakeword.md). Synthetic voices
alone teach a network what synthetic voices have in common; one that has heard real people, and knows what a
large network makes of them, needs but few examples of a new word.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from vox_embed.experiment import schema
from vox_embed.experiment.schema.wakeword import EAR_RATE, EAR_WIDTH
from vox_embed.features import LogMel
from vox_embed.features.host import inputs_of
from vox_embed.gate.archive import pack, unpack
from vox_embed.models.training.source import Start

FEATURES = schema.LogMel(sample_rate=EAR_RATE, bands=32)
"""What it hears."""
_FILE = "ear.npz"
_FREE = 10
"""Weights of the ear's last block, kernels and norms: a word teaches it more. All that lies below stays, or
synthetic voices would teach it what they have in common."""
_KEPT_EXACTLY = 1
"""Dimensions up to which a weight is kept as it is; kernels are kept in 8 bits a number."""


@dataclass(frozen=True, eq=False)
class Ear:
    """mean, std: [bands] of the features. weights: of the layers below the mean over the window, in order."""

    mean: NDArray[np.float64]
    std: NDArray[np.float64]
    weights: tuple[NDArray[np.float32], ...]

    @classmethod
    def kept(cls) -> Ear:
        """The package's."""
        return cls.from_bytes(files("vox_embed.models.spotting").joinpath(_FILE).read_bytes())

    @classmethod
    def from_bytes(cls, data: bytes) -> Ear:
        """From what `to_bytes` gave. ValueError where it is something else."""
        arrays = unpack(data)
        weights: list[NDArray[np.float32]] = []
        while (name := f"weight_{len(weights):03}") in arrays:
            one = arrays[name].astype(np.float32)
            scale = arrays.get(f"scale_{len(weights):03}")
            weights.append(one if scale is None else one * scale)
        return cls(arrays["mean"].astype(np.float64), arrays["std"].astype(np.float64), tuple(weights))

    def to_bytes(self) -> bytes:
        """Kernels in 8 bits with a scale for each of the last axis, the rest in 32."""
        arrays: dict[str, NDArray[np.generic]] = {
            "mean": self.mean.astype(np.float32),
            "std": self.std.astype(np.float32),
        }
        for i, weight in enumerate(self.weights):
            if weight.ndim <= _KEPT_EXACTLY:
                arrays[f"weight_{i:03}"] = weight.astype(np.float32)
                continue
            axes = tuple(range(weight.ndim - 1))
            scale = np.maximum(np.abs(weight).max(axis=axes), 1e-12).astype(np.float32) / np.float32(127)
            arrays[f"weight_{i:03}"] = np.rint(weight / scale).astype(np.int8)
            arrays[f"scale_{i:03}"] = scale
        return pack(arrays, compress=True)

    @property
    def start(self) -> Start:
        """As training takes it."""
        return Start(self.mean, self.std, self.weights, _FREE)


def network(width: int, **training: object) -> schema.StreamDsCnn:
    """The network's description, of which `width` is the first convolution's channels. training: other keys
    of the section."""
    wide = [max(1, round(width * times)) for times in (1.4, 2.0, 2.6, 2.6, 2.6, 0.6)]
    return schema.StreamDsCnn.model_validate(
        {
            "width": width,
            "widths": wide,
            "blocks": 6,
            "first_kernel": (9, 5),
            "first_stride": (2, 2),
            "kernels": ((5, 3), (5, 3), (5, 3), (5, 2), (5, 1), (3, 1)),
            "band_strides": (2,),
            **training,
        }
    )


def start_for(front: LogMel, width: int) -> Start | None:
    """What the network of that width starts from, where it hears what the kept one does."""
    heard = inputs_of(FEATURES).for_device
    assert heard is not None
    return Ear.kept().start if width == EAR_WIDTH and front.identity == heard.identity else None
