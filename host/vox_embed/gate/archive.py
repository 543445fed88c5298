"""Arrays in one file, without pickles: what is kept of a float model."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.gate.arrays import parse_npz
from vox_embed.gate.limits import FLOAT_MODEL_BYTES


def pack(arrays: Mapping[str, NDArray[Any]], *, compress: bool = False) -> bytes:
    """An .npz: the same arrays, the same bytes."""
    buffer = io.BytesIO()
    (np.savez_compressed if compress else np.savez)(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def unpack(data: bytes) -> dict[str, NDArray[Any]]:
    """The arrays of an .npz. ValueError where it is none, is damaged, is too large, or holds objects."""
    try:
        return parse_npz(data, FLOAT_MODEL_BYTES)
    except ValueError as error:
        raise ValueError(f"not a readable .npz: {error}") from None
