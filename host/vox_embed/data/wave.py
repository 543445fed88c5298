"""What the header of a WAV file promises, beside what is there: libsndfile reads that without a word."""

from __future__ import annotations

import struct
from pathlib import Path

_UNKNOWN = 0x7FFFF000
"""From here on, and 0: sizes that programs write when they do not know, as into a pipe."""
_MOST_CHUNKS = 1000


def missing_bytes(path: str | Path) -> int:
    """How many bytes of samples are missing at the end of a WAV file; 0 for any other file."""
    size = Path(path).stat().st_size
    with Path(path).open("rb") as file:
        head = file.read(12)
        if len(head) < 12 or head[:4] != b"RIFF" or head[8:] != b"WAVE":
            return 0
        for _ in range(_MOST_CHUNKS):
            header = file.read(8)
            if len(header) < 8:
                break
            name, length = struct.unpack("<4sI", header)
            if name == b"data":
                return max(0, file.tell() + length - size) if 0 < length < _UNKNOWN else 0
            file.seek(length + length % 2, 1)
    return 0
