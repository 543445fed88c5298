"""Error of the integer log-mel against float64 on recordings, at four levels (16 kHz, 30 ms, 512 points, 40
bands).

VOX_DATA=... python bench/frontend/error.py

The reference is computed in float64 from the same int16 samples. Speech: every 40th file of commands, every
10th of emodb.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "reference"), str(ROOT / "tests")]

from test_logmel import LEVELS, SPEECH, at_level, data_clips, error_db  # noqa: E402


def main() -> int:
    if not os.environ.get("VOX_DATA"):
        print("VOX_DATA is not set: there are no recordings to measure on", file=sys.stderr)
        return 1
    clips = list(data_clips())
    print(f"{len(clips)} clips, {sum(map(len, clips)) / 16000:.0f} s")
    for name, level in LEVELS.items():
        errors = np.concatenate([error_db(SPEECH, at_level(clip, level)).ravel() for clip in clips])
        mean, rare, worst = errors.mean(), np.quantile(errors, 0.999), errors.max()
        print(f"{name:>7}: mean {mean:.4f} dB, 99.9 % below {rare:.3f} dB, largest {worst:.2f} dB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
