"""Planted leaks: whatever is done to test rows, what is learned stays the same, to the byte."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from vox_embed.data import load_dataset
from vox_embed.experiment import VoxError, load_experiment
from vox_embed.runs import train
from vox_embed.runs.bench.flags import flags
from vox_embed.runs.bench.settings import grid_of, settings_of

Make = Callable[..., Path]
WINDOW = "window: {length_ms: 200, stride_ms: 100, functionals: [mean, p20, p80]}"
SPLIT = "split_strategy: specified\ntest: {speaker: [dia, eve]}"
CASES = {
    "scaler": f"{WINDOW}\nmodel: {{type: logistic, scale: robust}}",
    "balancing": f"{WINDOW}\nmodel: {{type: logistic, balancing: ros}}",
    "synthetic rows": f"{WINDOW}\nmodel: {{type: logistic, balancing: smote}}",
    "ranges of functionals, selection by trees": f"{WINDOW}\nmodel: {{type: forest, trees: 5}}",
    "augmentation, early stopping": (
        "window: {length_ms: 200, stride_ms: 100}\nmodel: {type: dscnn, width: 4, blocks: 1, epochs: 2}\n"
        "augment: {shift_ms: 20, gain_db: [-6, 0], mixup: 0.2}"
    ),
}


def spoil(csv: Path) -> None:
    """Other sound, far louder, and the other label in all rows of the test speakers."""
    swap = {"low": "high", "high": "low"}
    lines = csv.read_text().splitlines()
    for i, line in enumerate(lines):
        cells = line.split(",")
        if cells[1] in ("dia", "eve"):
            sound, rate = soundfile.read(csv.parent / cells[0])
            noise = np.random.default_rng(i).uniform(-1, 1, len(sound))
            soundfile.write(csv.parent / cells[0], 0.5 * noise, rate)
            lines[i] = ",".join([*cells[:3], swap[cells[3]], *cells[4:]])
    csv.write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize("case", CASES)
def test_test_rows_change_nothing_of_a_model(
    case: str, make_corpus_csv: Make, write_experiment: Make, tmp_path: Path
) -> None:
    if "smote" in CASES[case] and importlib.util.find_spec("imblearn") is None:
        pytest.skip("imbalanced-learn is not installed (extra `balance`)")
    csv = make_corpus_csv(takes=3)
    features = "features: {type: logmel, bands: 12, window_ms: 25, hop_ms: 20}"
    path = write_experiment(csv, SPLIT, rest=f"{features}\n{CASES[case]}")
    experiment = load_experiment(path)
    before = train(experiment, root=tmp_path / "before")
    spoil(csv)
    after = train(experiment, root=tmp_path / "after")
    models = [(tmp_path / place / "tones" / "model.vxm").read_bytes() for place in ("before", "after")]
    assert models[0] == models[1]
    assert before.integer.scores.accuracy != after.integer.scores.accuracy


def test_test_rows_choose_no_setting(make_corpus_csv: Make, write_experiment: Make, tmp_path: Path) -> None:
    csv = make_corpus_csv(takes=3)
    path = write_experiment(csv, SPLIT, rest=f"features: {{type: logmel, bands: 12}}\n{CASES['scaler']}")
    settings, _ = settings_of(path, grid_of(["model.c=0.001,1", "model.scale=none,standard"]))
    before = flags(settings, inner=2, root=tmp_path / "before")
    spoil(csv)
    after = flags(settings, inner=2, root=tmp_path / "after")
    assert [one.to_dict() for one in before.ranked] == [one.to_dict() for one in after.ranked]


def test_a_speaker_on_both_sides(make_corpus_csv: Make, write_experiment: Make) -> None:
    path = write_experiment(
        make_corpus_csv(), "split_strategy: specified\ntest: {take: 0}", "speaker_disjoint: true", rest=WINDOW
    )
    with pytest.raises(VoxError, match="is in two splits"):
        load_dataset(load_experiment(path, changes=["model={type: lda}"]))


def test_segments_of_one_recording_on_both_sides(
    make_corpus_csv: Make, write_experiment: Make, tmp_path: Path
) -> None:
    csv = make_corpus_csv(takes=2)
    rows = ["file,start,end,speaker,label,part"]
    for line in csv.read_text().splitlines()[1:]:
        file, speaker, _, label, take = line.split(",")
        rows += [
            f"{file},0,0.1,{speaker},{label},{take}",
            f"{file},0.1,0.2,{speaker},{label},{1 - int(take)}",
        ]
    csv.write_text("\n".join(rows) + "\n")
    path = write_experiment(csv, "split_strategy: specified\ntest: {part: 0}", "strict: true", rest=WINDOW)
    with pytest.raises(VoxError, match=r"in two splits|in train and in test"):
        load_dataset(load_experiment(path, changes=["model={type: lda}"]))
