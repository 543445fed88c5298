"""Sounds that tests make for themselves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def tone(frequency: float, seconds: float = 0.3, rate: int = 16000, seed: int = 0) -> NDArray[np.int16]:
    """A tone in a little noise."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * rate)) / rate
    signal = 0.3 * np.sin(2 * np.pi * frequency * time) + 0.01 * rng.standard_normal(len(time))
    return np.rint(signal * 32767).astype(np.int16)
