"""What pymicro-features makes of a sound."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pymicro_features import MicroFrontend

_HOP = 160
_STEP = 0.0390625
"""What it multiplies the integers with."""


def reference_features(sound: NDArray[np.int16]) -> NDArray[np.int16]:
    """int16 [samples] at 16 kHz -> int16 [frames, 40], 10 ms apart."""
    frontend = MicroFrontend()
    pieces = (sound[i : i + _HOP].tobytes() for i in range(0, len(sound) - _HOP + 1, _HOP))
    rows = [row for piece in pieces if (row := frontend.process_samples(piece).features)]
    return np.rint(np.array(rows) / _STEP).astype(np.int16)
