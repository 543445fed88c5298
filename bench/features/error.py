"""Error of every descriptor against float64 on recordings, at four levels (16 kHz, 20 ms, 512 FFT, 26 bands).

    VOX_DATA=... python bench/features/error.py

The reference is tests/reference/descriptors_float64.py, from the same int16 samples. Speech: every 40th file
of commands, every 10th of emodb, cut to one second. Pitch and what follows from it have tests of their own.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "reference"), str(ROOT / "tests")]

import descriptors_float64 as reference  # noqa: E402
from test_descriptor_errors import BARS, SPEECH, settings_of  # noqa: E402
from test_logmel import LEVELS, at_level, data_clips  # noqa: E402

from vox_embed.features import Descriptors  # noqa: E402


def main() -> int:
    if not os.environ.get("VOX_DATA"):
        print("VOX_DATA is not set: there are no recordings to measure on", file=sys.stderr)
        return 1
    d = Descriptors(SPEECH, tuple(BARS))
    errors: list[np.ndarray] = []
    for clip in data_clips():
        for level in LEVELS.values():
            samples = at_level(clip[:16000], level)
            expected = reference.Reference(samples, **settings_of(SPEECH))
            table = np.stack([expected.value(name) for name in d.names], axis=1)
            errors.append(np.abs(d.real(d.extract(samples)) - table))
    error = np.concatenate(errors)
    print(f"{len(error)} frames")
    for i, descriptor in enumerate(d.descriptors):
        mean, rare, worst = error[:, i].mean(), np.quantile(error[:, i], 0.99), error[:, i].max()
        unit = descriptor.unit
        print(f"{descriptor.name:16} mean {mean:.5f}, 99 % below {rare:.5f}, largest {worst:.4f} {unit}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
