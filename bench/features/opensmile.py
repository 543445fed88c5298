"""Descriptors against openSMILE's eGeMAPSv02 low-level descriptors on recordings: Pearson, frame by frame.

    VOX_DATA=... python bench/features/opensmile.py            # every 10th clip of emodb, 40th of commands
    VOX_DATA=... python bench/features/opensmile.py --every 1  # all clips

Needs the package `opensmile`. Its descriptors are means over three frames (sma3; `nz`: of the voiced ones),
so ours are smoothed the same way. Sounds are resampled to 16 kHz first, for both. Its frames start where they
are said to start, ours lie in the middle of the pitch window; both are compared at their centres.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np

sys.path.append(sys.path.pop(0))  # this file has the name of the package

from vox_embed.experiment.schema.features import LLD_SETS
from vox_embed.features import Descriptors, LogMel

RATE, HOP = 16000, 160
OURS = Descriptors(
    LogMel(RATE, 320, HOP, 512, 26, 20.0, 8000.0, taper="hamming"),
    LLD_SETS["egemaps-lite"],
)
# openSMILE's name, and the bar that the correlation must reach.
PAIRS: dict[str, tuple[str, float | None]] = {
    "loudness": ("Loudness_sma3", 0.95),
    "mfcc_1": ("mfcc1_sma3", 0.95),
    "mfcc_2": ("mfcc2_sma3", 0.95),
    "mfcc_3": ("mfcc3_sma3", 0.95),
    "mfcc_4": ("mfcc4_sma3", 0.95),
    "slope_0_500": ("slope0-500_sma3", 0.95),
    "slope_500_1500": ("slope500-1500_sma3", 0.95),
    "alpha_ratio": ("alphaRatio_sma3", None),
    "hammarberg": ("hammarbergIndex_sma3", None),
    "flux": ("spectralFlux_sma3", None),
    "jitter": ("jitterLocal_sma3nz", None),
    "shimmer": ("shimmerLocaldB_sma3nz", None),
    "hnr": ("HNRdBACF_sma3nz", None),
    "f1": ("F1frequency_sma3nz", None),
    "f2": ("F2frequency_sma3nz", None),
    "f3": ("F3frequency_sma3nz", None),
}
F0 = "F0semitoneFrom27.5Hz_sma3nz"
OF_THE_PITCH = {"jitter", "shimmer", "hnr"}  # found in the frames that F0 is found in
VOICED_ONLY = OF_THE_PITCH | {"f1", "f2", "f3"}


def clips(name: str, every: int) -> Iterator[np.ndarray]:
    """int16 at 16 kHz."""
    import soundfile
    import soxr

    paths = sorted((Path(os.environ["VOX_DATA"]) / name / "audio").rglob("*.*"))[::every]
    for path in paths:
        sound, rate = soundfile.read(path, always_2d=True)
        mono = soxr.resample(sound.mean(axis=1), rate, RATE)
        yield np.clip(np.round(mono * 32768), -32768, 32767).astype(np.int16)


def smoothed(x: np.ndarray) -> np.ndarray:
    """Mean over three frames; the first and the last as they are."""
    y = x.copy()
    y[1:-1] = (x[:-2] + x[1:-1] + x[2:]) / 3
    return y


def smoothed_voiced(x: np.ndarray) -> np.ndarray:
    """Mean over those of three frames that are not 0; 0 stays 0."""
    padded = np.pad(x, 1)
    window = np.stack([padded[:-2], padded[1:-1], padded[2:]])
    count = (window != 0).sum(0)
    return np.where(x != 0, window.sum(0) / np.maximum(count, 1), 0.0)


def compare(name: str, every: int) -> dict[str, object]:
    """Correlations, and agreement of F0 and voicing, over a database."""
    import opensmile

    smile = opensmile.Smile(opensmile.FeatureSet.eGeMAPSv02, opensmile.FeatureLevel.LowLevelDescriptors)
    lead = (OURS.window - OURS.frame.window) // 2  # samples in front of our spectrum's window
    skip = lead // HOP
    assert lead == skip * HOP
    found: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {pair: [] for pair in (*PAIRS, "f0")}
    for samples in clips(name, every):
        # zeros in front, so that our first frame's spectrum starts with the first sample
        padded = np.concatenate([np.zeros(lead, np.int16), samples, np.zeros(lead, np.int16)])
        ours = OURS.real(OURS.extract(padded))
        table = smile.process_signal(samples.astype(np.float32) / 32768, RATE)
        count = min(len(ours), len(table))
        theirs = {column: table[column].to_numpy()[:count] for column in table}
        for pair, (column, _) in PAIRS.items():
            if pair in OURS.names:
                smooth = smoothed_voiced if pair in VOICED_ONLY else smoothed
                values = smooth(ours[:count, OURS.names.index(pair)])
                late = skip if pair in OF_THE_PITCH else 0
                found[pair].append((values[late:], theirs[column][: count - late]))
        f0 = smoothed_voiced(ours[:count, OURS.names.index("f0")])
        # its 60 ms frames start where the 20 ms ones do: they are centred two hops later
        found["f0"].append((f0[skip:], theirs[F0][: count - skip]))
    result: dict[str, object] = {}
    voiced = [(a > 0) & (b > 0) for a, b in found["f0"]]
    for pair, arrays in found.items():
        if not arrays:
            continue
        a = np.concatenate([x for x, _ in arrays])
        b = np.concatenate([y for _, y in arrays])
        if pair == "f0":
            both = (a > 0) & (b > 0)
            result["frames"] = len(a)
            result["voicing_agreement"] = round(float(((a > 0) == (b > 0)).mean()), 4)
            result["f0_within_half_semitone"] = round(float((np.abs(a - b)[both] <= 0.5).mean()), 4)
        else:
            keep = np.ones(len(a), bool)
            if pair in VOICED_ONLY:  # in frames that both call voiced
                keep = np.concatenate(
                    [
                        v if len(v) == len(x) else np.pad(v, (skip, len(x) - len(v) - skip))
                        for v, (x, _) in zip(voiced, arrays, strict=True)
                    ]
                )
                keep &= (a != 0) & (b != 0)
            result[pair] = round(float(np.corrcoef(a[keep], b[keep])[0, 1]), 4)
    return result


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--every", type=int, default=0, help="take every n-th clip (default: 10 and 40)")
    parser.add_argument("--data", nargs="+", default=["emodb", "commands"])
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    if not os.environ.get("VOX_DATA"):
        print("VOX_DATA is not set: there are no recordings to compare on", file=sys.stderr)
        return 1
    warnings.filterwarnings("ignore")
    results = {name: compare(name, args.every or (10 if name == "emodb" else 40)) for name in args.data}
    if args.json:
        print(json.dumps(results))
        return 0
    missed = False
    for name, result in results.items():
        print(f"{name}: {result['frames']} frames")
        for key, value in result.items():
            bar = PAIRS[key][1] if key in PAIRS else None
            short = bar is not None and float(str(value)) < bar
            missed |= short
            print(
                f"  {key:24} {value}" + (f"  (at least {bar})" if bar else "") + ("  MISSED" if short else "")
            )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
