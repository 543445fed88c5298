"""Makes host/vox_embed/example, which the wheel carries: clips of synthetic voices, an experiment, its model.

The clips are chosen to be easy (little noise, little room), so that a few of them are enough:
    python tools/make_example.py
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd

PLACE = Path(__file__).parents[1] / "host" / "vox_embed" / "example"
COMMAND = [sys.executable, "-m", "vox_embed"]
CLIPS = {"yes": 40, "no": 40, "stop": 40, "_unknown_": 30, "_silence_": 10}
LOUD_DB = 15.0
"""Clips have at least this signal to noise ratio ..."""
DRY_S = 0.5
"""... and at most this reverberation time."""


def main() -> None:
    """Writes the folder anew."""
    with tempfile.TemporaryDirectory() as temporary:
        made = Path(temporary) / "made"
        options = "--words yes,no,stop --per-word 140 --unknown 110 --silence 20 --split --voices 40"
        subprocess.run(
            [
                *COMMAND,
                "synth",
                *options.split(),
                "--sample-rate",
                "8000",
                "--seconds",
                "0.8",
                "--out",
                str(made),
            ],
            check=True,
        )
        table = pd.read_csv(made / "synth.csv", keep_default_na=False)
        number = pd.to_numeric(table["snr"], errors="coerce"), pd.to_numeric(table["rt60"], errors="coerce")
        speech = table["label"] != "_silence_"
        table = table[~speech | ((number[0] > LOUD_DB) & (number[1] < DRY_S))]
        parts = []
        for label, count in CLIPS.items():
            one = table[table["label"] == label]
            tests = one[one["split"] != "train"].head(count // 4)
            parts.append(pd.concat([one[one["split"] == "train"].head(count - len(tests)), tests]))
        table = pd.concat(parts)
        table["split"] = table["split"].replace("dev", "test")
        shutil.rmtree(PLACE / "clips", ignore_errors=True)
        (PLACE / "clips").mkdir(parents=True)
        rows = ["file,label,speaker,split"]
        for i, row in enumerate(table.itertuples()):
            name = f"clips/{str(row.label).strip('_')}-{i:03d}.flac"
            shutil.copyfile(made / str(row.file), PLACE / name)
            rows.append(f"{name},{row.label},{row.speaker or f'room{i % 10}'},{row.split}")
        (PLACE / "table.csv").write_text("\n".join(rows) + "\n")
    train()


def train() -> None:
    """The model of what is there."""
    with tempfile.TemporaryDirectory() as temporary:
        subprocess.run([*COMMAND, "train", str(PLACE / "exp.yaml")], check=True, cwd=temporary)
        for name in ("model.vxm", "model.float.npz"):
            shutil.copyfile(Path(temporary) / "results" / "example" / name, PLACE / name)


if __name__ == "__main__":
    train() if sys.argv[1:] == ["--train"] else main()
