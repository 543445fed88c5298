"""The C functions of pitch, voice quality and formants as a program of their own."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("pitch", "autocorrelation", "curves", "lpc", "factors", "formants", "voice_quality")
FIELDS = ("period", "semitones", "voicing", "correlation", "f1", "f2", "f3", "hnr", "jitter", "shimmer")


def build(folder: Path, *flags: str, driver: str = "pitch") -> Path:
    """Compiles tests/unit/<driver>_driver.c with the front end; skips where there is no compiler."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler")
    vox = ROOT / "firmware" / "vox"
    program = ROOT / "tests" / "unit" / f"{driver}_driver.c"
    sources = [str(program), *(str(vox / "src" / "frontend" / f"{name}.c") for name in SOURCES)]
    program = folder / (driver + "".join(flag.strip("-").replace("=", "_") for flag in flags)[:40])
    command = [compiler, "-std=c99", *flags, f"-I{vox / 'include'}", f"-I{vox / 'src'}", *sources]
    subprocess.run([*command, "-o", str(program)], check=True)
    return program


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
