"""A running front end of the C library."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vox_embed.core import Frontend
from vox_embed.features.tables import pcm


class FrontendStream:
    """Frames from samples as they come. Made by the extractors' `stream`."""

    def __init__(self, frontend: Frontend) -> None:
        self._frontend = frontend

    def push(self, samples: NDArray[np.int16]) -> NDArray[np.int16]:
        """int16 [any number of samples] -> int16 [frames that they complete, features]."""
        return self._frontend.push(pcm(samples))

    def reset(self) -> None:
        """Forget all samples."""
        self._frontend.reset()
