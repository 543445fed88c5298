"""scripts/clips.py and the host's answer to it."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vox_embed.core import Model, run_clip

SCRIPT = (Path(__file__).resolve().parents[1] / "micropython" / "scripts" / "clips.py").read_text()


def pack(clips: Sequence[NDArray[np.int16]]) -> bytes:
    """clips.bin."""
    pieces = [struct.pack("<I", len(clips))]
    for samples in clips:
        data = samples.astype("<i2").tobytes()
        pieces += [struct.pack("<I", len(data)), data]
    return b"".join(pieces)


def expected(model: Model, clips: Sequence[NDArray[np.int16]]) -> str:
    """What the script prints where every bit is the host's."""
    lines: list[str] = []
    for number, samples in enumerate(clips):
        run = run_clip(model, samples)
        heard = run.heard
        for i, frame in enumerate(heard.window_frames):
            numbers = [frame, heard.verdict_labels[i], heard.verdict_scores[i], heard.gated[i]]
            lines.append(" ".join(["W", *map(str, [*numbers, *heard.posteriors[i]])]))
        checksum = 0
        for features, level in zip(heard.features, heard.levels, strict=True):
            checksum = zlib.crc32(features.tobytes() + level.tobytes(), checksum)
        lines += [f"C {number} {len(heard.levels)} {len(heard.window_frames)}", f"F {checksum}"]
        lines += [f"E {e.frame} {e.label} {e.score} {e.kind}" for e in heard.events]
        lines.append(" ".join(["V", *map(str, [run.label, run.score, *run.scores])]))
    return "".join(line + "\n" for line in lines)
