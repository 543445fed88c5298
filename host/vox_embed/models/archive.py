"""Arrays in one file, without pickles: what is kept of a float model."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

_UNREADABLE = (OSError, EOFError, KeyError, ValueError, NotImplementedError, zipfile.BadZipFile)


def pack(arrays: Mapping[str, NDArray[Any]], *, compress: bool = False) -> bytes:
    """An .npz: the same arrays, the same bytes."""
    buffer = io.BytesIO()
    (np.savez_compressed if compress else np.savez)(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def unpack(data: bytes) -> dict[str, NDArray[Any]]:
    """The arrays of an .npz. ValueError where it is none, is damaged, or holds objects."""
    try:
        stored = np.load(io.BytesIO(data), allow_pickle=False)
        if not isinstance(stored, np.lib.npyio.NpzFile):
            raise ValueError("one array, not an archive of them")
        with stored:
            return {name: stored[name] for name in stored.files}
    except _UNREADABLE as error:
        raise ValueError(f"not a readable .npz: {error}") from None
