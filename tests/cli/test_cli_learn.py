"""`vox-embed learn`, as auDeep's guide has it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from vox_embed.cli.learn.greedy import spread
from vox_embed.cli.main import main

pytest.importorskip("netCDF4")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data set as ESC lays them out: two classes of tones, two folds."""
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(0)
    for number, (name, hertz) in enumerate((("Low", 400), ("High", 2500)), start=1):
        for fold in (1, 2):
            for take in range(4):
                path = Path("ESC") / f"{number:03} - {name}" / f"{fold}-{take}.wav"
                path.parent.mkdir(parents=True, exist_ok=True)
                tone = 0.3 * np.sin(2 * np.pi * (hertz + 20 * take) * np.arange(4000) / 8000)
                soundfile.write(path, tone + 0.01 * random.standard_normal(4000), 8000)
    return tmp_path


def test_values_one_after_the_other() -> None:
    many = {"--input", "--steps"}
    assert spread(["--input", "a", "b", "--seed", "3", "--steps", "1", "2"], many) == [
        "--input", "a", "--input", "b", "--seed", "3", "--steps", "1", "--steps", "2",
    ]  # fmt: skip
    assert spread(["--input=a", "b", "--labels-last"], many) == ["--input=a", "--input", "b", "--labels-last"]


def test_the_guide(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def run(line: str) -> str:
        assert main(["learn", *line.split()]) == 0, capsys.readouterr().err
        return capsys.readouterr().out

    assert "16" in run("inspect raw --basedir ESC")
    spectrum = (
        "--window-width 0.08 --window-overlap 0.04 --mel-spectrum 16 --fixed-length 0.5 --clip-below -60"
    )
    assert "shows its spectrogram" in run(f"preprocess --basedir ESC {spectrum} --pretend 10")
    assert Path("spectrograms.png").read_bytes().startswith(b"\x89PNG")
    run(f"preprocess --basedir ESC {spectrum} --jobs 1 --output s/esc.nc")
    assert (
        json.loads(run("inspect netcdf --input s/esc.nc --instance 3 --detailed-folds --json"))["instances"]
        == 16
    )
    assert "Low: 4" in run("inspect netcdf --input s/esc.nc --detailed-folds")
    assert "obey all seven rules" in run("validate --input s/esc.nc")
    run(
        "t-rae train --input s/esc.nc s/esc.nc --run-name out --num-epochs 2 --batch-size 16 --num-units 6 "
        "--bidirectional-decoder"
    )
    run("t-rae generate --model-dir out/logs --steps 2 4 --input s/esc.nc --output a.nc b.nc")
    found = json.loads(run("svm evaluate --input b.nc --cross-validate --complexity 1 --json"))
    assert (found["accuracy"], found["labels"]) == (1, ["Low", "High"])
    assert "mean" in run(
        "mlp evaluate --input b.nc --cross-validate --shuffle --num-epochs 40 --num-units 10"
    )
    run("fuse --input a.nc b.nc --output both.nc")
    run("fuse chunks --input both.nc --output whole.nc")
    run("modify --input whole.nc --add-partitioning TRAIN DEVEL TEST --remove-cv-setup --output parts.nc")
    run("svm evaluate --input parts.nc --train-partitions TRAIN DEVEL --eval-partitions TEST --complexity 1")
    run("upsample --input parts.nc --partitions TRAIN --output even.nc")
    run("svm predict --train-input b.nc --eval-input a.nc --complexity 1 --majority-vote --output p.tsv")
    assert Path("p.tsv").read_text().splitlines()[0].split("\t")[0] == "001 - Low/1-0.wav"
    run("mlp predict --train-input b.nc --eval-input a.nc --num-epochs 3 --output q.tsv")
    run("export --input b.nc --format CSV --output csv")
    run("import --basedir csv --name b --output again.nc")
    assert json.loads(run("inspect netcdf --input again.nc --json"))["cross validation folds"] == 2


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("preprocess --basedir nowhere", "no such folder"),
        ("preprocess --basedir ESC --clip-below 3", "--clip-below 3"),
        ("preprocess --basedir ESC --window-overlap 0.05", "--window-overlap 0.05"),
        ("preprocess --basedir ESC --chunk-count 2", "go together"),
        ("preprocess --basedir ESC --pretend 99", "there are 16 recordings"),
        ("t-rae train --input nowhere.nc", "nowhere.nc: no such file"),
        ("t-rae train --input nowhere.nc --keep-prob 0", "--keep-prob 0"),
        ("t-rae generate --model-dir x --input a.nc --steps 1 2 --output a.nc", "2 steps, but 1 outputs"),
        ("svm evaluate --input a.nc --complexity 1", "say what to evaluate on"),
        ("svm evaluate --input a.nc --complexity 0 --cross-validate", "--complexity 0"),
        (
            "svm evaluate --input a.nc --complexity 1 --train-partitions TRAIN --eval-partitions DEV",
            "`DEV` is no partition",
        ),
        ("modify --input a.nc --output b.nc --add-cv-setup 3 --remove-cv-setup", "contradict"),
        ("fuse --input a.nc", "--output"),
    ],
)
def test_what_is_wrong_is_said(
    folder: Path, line: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(folder.rglob("*"))
    assert main(["learn", *line.split()]) == 1
    assert says in capsys.readouterr().err
    assert sorted(folder.rglob("*")) == before
