"""The C functions of pitch, voice quality and formants as a program of their own."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from helpers.c_program import ROOT, compile_library_driver

FIELDS = ("period", "semitones", "voicing", "correlation", "f1", "f2", "f3", "hnr", "jitter", "shimmer")


def build(folder: Path, *flags: str, driver: str = "pitch") -> Path:
    """Compiles tests/unit/<driver>_driver.c with the front end; skips where there is no compiler."""
    room = folder / ("program" + "".join(flag.strip("-").replace("=", "_") for flag in flags)[:40])
    room.mkdir(exist_ok=True)
    source = ROOT / "tests" / "unit" / f"{driver}_driver.c"
    return compile_library_driver(source, room, flags, room="frontend", standard="c99")


def run(
    program: Path, samples: NDArray[np.int16], rate: int, window: int, hop: int, *more: str
) -> dict[str, NDArray[np.int32]]:
    """The fields of every complete frame."""
    file = program.with_suffix(".samples")
    file.write_bytes(samples.astype("<i2").tobytes())
    command = [str(program), str(rate), str(window), str(hop), str(file), *more]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    values = np.frombuffer(done.stdout, "<i4").reshape(-1, len(FIELDS))
    return {name: values[:, i] for i, name in enumerate(FIELDS)}
