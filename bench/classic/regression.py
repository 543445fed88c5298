"""A regression on real speech, one speaker left out at a time: integer values beside float ones.

VOX_DATA=... python bench/classic/regression.py                     # ridge
VOX_DATA=... python bench/classic/regression.py --models svr forest

Target: the mean pitch of a clip of EmoDB in semitones above 27.5 Hz, by YIN in float64 (tests/reference), of
those frames of 40 ms that it calls voiced. The models see MFCCs and spectral descriptors, no pitch.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

from reference.pitch_float64 import semitones, yin
from vox_embed.data.audio import read_audio
from vox_embed.experiment import load_experiment
from vox_embed.report.fit import FIGURES
from vox_embed.report.text import number_text
from vox_embed.runs.cross import cross_validate

RATE, FRAME = 16000, 640
KINDS = {
    "ridge": "{type: ridge, task: regression, alpha: 100}",
    "svr": "{type: svr, c: 0.001}",
    "forest": "{type: forest, task: regression, trees: 50, depth: 8}",
    "mlp": "{type: mlp, task: regression}",
}
EXPERIMENT = """
name: pitch_{kind}
data:
  databases: {{emodb: {{path: {table}}}}}
  target: pitch
  trim_zeros: true
features:
  - {{type: mfcc, sample_rate: 16000, window_ms: 25, hop_ms: 10, fft_size: 512, fmin: 20, fmax: 8000}}
  - type: lld
    sample_rate: 16000
    window_ms: 25
    hop_ms: 10
    fft_size: 512
    fmin: 20
    fmax: 8000
    names: [loudness, zero_crossings, centroid, flux, entropy, slope_0_500, alpha_ratio, hammarberg]
window: {{length_ms: 20000, stride_ms: 20000, functionals: [mean, std, p20, p50, p80]}}
model: {model}
"""


def pitch_of(file: Path) -> float:
    """Mean of the voiced frames' pitch in semitones; NaN where there are none."""
    sound = read_audio(str(file), RATE).astype(np.float64)
    frames = [sound[at : at + FRAME] for at in range(0, len(sound) - FRAME + 1, FRAME)]
    found = np.array([yin(frame, RATE, lowest=70.0, highest=500.0) for frame in frames if frame.any()])
    voiced = found[found > 0]
    return float(semitones(voiced).mean()) if len(voiced) else float("nan")


def write_table(source: Path, table: Path) -> None:
    """The clips of EmoDB with their pitch."""
    with source.open(encoding="utf-8", newline="") as lines, table.open("w", encoding="utf-8") as out:
        out.write("file,speaker,pitch\n")
        for row in csv.DictReader(lines):
            file = source.parent / row["file"]
            pitch = pitch_of(file)
            if np.isfinite(pitch):
                out.write(f"{file},{row['speaker']},{pitch:.4f}\n")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", nargs="+", choices=list(KINDS), default=["ridge"])
    parser.add_argument(
        "--keep", type=Path, help="folder for the table and the results; default: none is kept"
    )
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = args.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        table = folder / "pitch.csv"
        if not table.exists():
            write_table(Path(os.environ["VOX_DATA"]) / "emodb" / "emodb.csv", table)
        for kind in args.models:
            file = folder / f"{kind}.yaml"
            file.write_text(EXPERIMENT.format(kind=kind, table=table, model=KINDS[kind]), encoding="utf-8")
            found = cross_validate(load_experiment(file), root=folder / "results").to_dict()
            print(f"{kind}: {sum(fold['clips'] for fold in found['folds'].values())} clips")
            for name, field in FIGURES:
                cells = [
                    f"{model} {number_text(found[model][field])} "
                    f"({' to '.join(map(number_text, found[model][f'{field}_ci95']))})"
                    for model in ("integer", "float")
                ]
                print(f"  {name}: {', '.join(cells)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
