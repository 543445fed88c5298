"""Formants against Praat's on recordings, ours and openSMILE's: Pearson, frame by frame, where voiced.

    VOX_DATA=... python bench/features/praat.py            # every 10th clip of emodb, 40th of commands
    VOX_DATA=... python bench/features/praat.py --every 1  # all clips

Needs the package `praat-parselmouth`; openSMILE's figures need `opensmile`. Praat: To Formant (burg), 5
formants up to 5000 or 5500 Hz, 25 ms, pre-emphasis from 50 Hz, at the centres of our 20 ms frames. Voiced is
what both Praat's pitch and ours call so. openSMILE's values are means over three voiced frames, so Praat's
are smoothed for them.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
import warnings
from pathlib import Path
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from vox_embed.features import Descriptors

Values = NDArray[np.float64]
CEILINGS = (5000, 5500)


def neighbour() -> ModuleType:
    """opensmile.py of this folder, which has the name of a package."""
    spec = importlib.util.spec_from_file_location("clips", Path(__file__).with_name("opensmile.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def praat(samples: NDArray[np.int16], times: Values) -> dict[int, Values]:
    """F1, F2, F3 at the times for every ceiling; 0 where there are none, or no voice."""
    import parselmouth

    sound = parselmouth.Sound(samples / 32768.0, 16000)
    pitch = sound.to_pitch(0.01)
    voiced = np.array([pitch.get_value_at_time(time) for time in times]) > 0
    found = {}
    for ceiling in CEILINGS:
        burg = sound.to_formant_burg(0.01, 5, ceiling, 0.025, 50)
        hz = [[burg.get_value_at_time(k, time) for k in (1, 2, 3)] for time in times]
        found[ceiling] = np.nan_to_num(np.array(hz)) * voiced[:, None]
    return found


def pearson(pairs: list[tuple[Values, Values]]) -> str:
    """F1, F2, F3 where both have one."""
    a, b = (np.concatenate(side) for side in zip(*pairs, strict=True))
    keep = [(a[:, k] > 0) & (b[:, k] > 0) for k in range(3)]
    r = [np.corrcoef(a[use, k], b[use, k])[0, 1] for k, use in enumerate(keep)]
    off = [np.median(np.abs(a - b)[use, k]) for k, use in enumerate(keep)]
    return ", ".join(f"{x:.2f}" for x in r) + "   median " + ", ".join(f"{x:.0f}" for x in off) + " Hz"


def compare(name: str, every: int) -> None:
    bench = neighbour()
    ours = Descriptors(bench.OURS.frame, ("f0", "f1", "f2", "f3"))
    lead = (ours.window - ours.frame.window) // 2
    smile = None
    if importlib.util.find_spec("opensmile") is not None:
        import opensmile

        smile = opensmile.Smile(opensmile.FeatureSet.eGeMAPSv02, opensmile.FeatureLevel.LowLevelDescriptors)
    found: dict[str, list[tuple[Values, Values]]] = {}
    frames = 0
    for samples in bench.clips(name, every):
        padded = np.concatenate([np.zeros(lead, np.int16), samples, np.zeros(lead, np.int16)])
        values = ours.real(ours.extract(padded))
        count = len(values)
        theirs = praat(samples, (np.arange(count) + 1) * 0.01)
        voiced = ((values[:, 0] > 0) & (theirs[CEILINGS[0]][:, 0] > 0))[:, None]
        frames += int(voiced.sum())
        table = None
        if smile is not None:
            lld = smile.process_signal(samples.astype(np.float32) / 32768, 16000)
            table = lld[[f"F{k}frequency_sma3nz" for k in (1, 2, 3)]].to_numpy()
        for ceiling, hz in theirs.items():
            found.setdefault(f"ours, Praat {ceiling}", []).append((values[:, 1:] * voiced, hz))
            if table is not None:
                both = min(count, len(table))
                smooth = np.stack([bench.smoothed_voiced(hz[:, k]) for k in range(3)], axis=1)
                pair = (table[:both] * voiced[:both], smooth[:both])
                found.setdefault(f"openSMILE, Praat {ceiling}", []).append(pair)
        found.setdefault("Praat 5500, Praat 5000", []).append((theirs[5500] * voiced, theirs[5000]))
    print(f"{name}: {frames} voiced frames; F1, F2, F3")
    for label, pairs in found.items():
        print(f"  {label:24} {pearson(pairs)}")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--every", type=int, default=0, help="take every n-th clip (default: 10 and 40)")
    parser.add_argument("--data", nargs="+", default=["emodb", "commands"])
    args = parser.parse_args()
    if not os.environ.get("VOX_DATA"):
        print("VOX_DATA is not set: there are no recordings to compare on", file=sys.stderr)
        return 1
    warnings.filterwarnings("ignore")
    for name in args.data:
        compare(name, args.every or (10 if name == "emodb" else 40))
    return 0


if __name__ == "__main__":
    sys.exit(main())
