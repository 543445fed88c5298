"""Settings compared: chosen on training rows alone, the same in any number of processes, taken up again."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from vox_embed.data import load_dataset
from vox_embed.data.folds import even_folds
from vox_embed.data.store import ChosenClips, store_clips
from vox_embed.experiment import VoxError, load_experiment
from vox_embed.runs.bench import trials
from vox_embed.runs.bench.flags import flags
from vox_embed.runs.bench.settings import grid_of, settings_of

Make = Callable[..., Path]
REST = """
features: {type: logmel, bands: 12}
window: {length_ms: 200, stride_ms: 100, functionals: [mean, std]}
model: {type: lda}
"""


@pytest.fixture
def path(
    make_corpus_csv: Make, write_experiment: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Path:
    monkeypatch.setenv("VOX_RESULTS", str(tmp_path / "results"))
    return write_experiment(make_corpus_csv(speakers=tuple("abcdef"), takes=3), rest=REST)


def run(path: Path, *vary: str, **options):
    return flags(settings_of(path, grid_of(vary))[0], **options)


def test_the_best_is_chosen_on_training_rows_and_tested_once(path: Path) -> None:
    outcome = run(path, "model.type=lda,tree", "window.functionals=[mean],[mean, std]", inner=2)
    assert len(outcome.ranked) == 4
    values = [one.figures["uar"] for one in outcome.ranked]
    assert values == sorted(values, reverse=True)
    assert outcome.tested is not None
    assert outcome.tested.integer is not None
    with (outcome.folder / "table.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [row["model.type"] for row in rows] == [one.setting.named["model.type"] for one in outcome.ranked]
    trained = load_experiment(outcome.folder.parent / "tones")
    assert trained.model.type == outcome.ranked[0].setting.named["model.type"]


def test_test_rows_choose_nothing(path: Path, tmp_path: Path) -> None:
    """Wrong labels in test change the test figure, and nothing of the choice."""
    before = run(path, "model.type=lda,tree", inner=2)
    tested = set(load_dataset(load_experiment(path)).select("test").table["speaker"])
    table = tmp_path / "corpus" / "table.csv"
    lines = table.read_text().splitlines()
    swap = {"low": "high", "high": "low"}
    for i, line in enumerate(lines):
        cells = line.split(",")
        if cells[1] in tested:
            lines[i] = ",".join([*cells[:3], swap[cells[3]], *cells[4:]])
    table.write_text("\n".join(lines) + "\n")
    after = run(path, "model.type=lda,tree", inner=2)
    assert [one.to_dict() for one in after.ranked] == [one.to_dict() for one in before.ranked]
    assert after.tested.integer.scores.uar < before.tested.integer.scores.uar


def test_nested_folds_choose_for_themselves_in_any_number_of_processes(path: Path, tmp_path: Path) -> None:
    one = run(path, "model.type=lda,tree", by="speaker", count=3, inner=2, root=tmp_path / "one")
    two = run(path, "model.type=lda,tree", by="speaker", count=3, inner=2, jobs=2, root=tmp_path / "two")
    assert one.pooled is not None
    assert one.pooled.clips == 6 * 2 * 3
    assert set(one.chosen) == {"3-1", "3-2", "3-3"}
    assert sum(ranked.taken for ranked in one.ranked) == 3
    for name in ("table.csv", "predictions.csv"):
        assert (one.folder / name).read_bytes() == (two.folder / name).read_bytes()
    assert one.to_dict()["settings"] == two.to_dict()["settings"]


def test_what_was_judged_is_not_judged_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = run(path, "model.type=lda,tree", by="speaker", count=2, inner=2)
    trained = []
    real = trials.judged
    monkeypatch.setattr(trials, "judged", lambda *args, **more: trained.append(args) or real(*args, **more))
    again = run(path, "model.type=lda,tree", by="speaker", count=2, inner=2)
    assert again.to_dict() == first.to_dict()
    assert not trained
    one_more = run(path, "model.type=lda,tree,naive_bayes", by="speaker", count=2, inner=2)
    assert {args[0].model.type for args in trained} >= {"naive_bayes"}
    assert len(one_more.ranked) == 3
    for file in (first.folder / "trials").glob("*.json"):
        file.write_text("{")  # damaged: judged again
    assert run(path, "model.type=lda,tree", by="speaker", count=2, inner=2).to_dict() == first.to_dict()


def test_a_regression(make_corpus_csv: Make, write_experiment: Make, tmp_path: Path) -> None:
    csv_file = make_corpus_csv(labels=("1", "2", "4"), speakers=tuple("abcdef"), takes=2)
    path = write_experiment(csv_file, rest=REST.replace("lda", "ridge, task: regression"))
    outcome = run(path, "model.alpha=0.1,1000000", by="speaker", count=2, inner=2, root=tmp_path / "r")
    assert outcome.metric == "ccc"
    assert outcome.ranked[0].setting.named["model.alpha"] == "0.1"
    assert outcome.pooled.ccc > 0.5
    with pytest.raises(VoxError, match="--metric uar: not of a regression"):
        run(path, "model.alpha=1,2", metric="uar", root=tmp_path / "r")


def test_other_rows_cannot_be_compared(path: Path) -> None:
    with pytest.raises(VoxError, match="has other rows or labels than"):
        run(path, "data.databases.tones.limit_samples=12,18", inner=2)


def test_rates_differ_and_rows_do_not(path: Path) -> None:
    outcome = run(path, "features.sample_rate=8000,16000", "features.fmax=3800", inner=2)
    assert len(outcome.ranked) == 2


def test_folds_keep_speakers_together_and_labels_even(path: Path) -> None:
    rows = load_dataset(load_experiment(path), needs=())
    parts = even_folds(rows, 3, seed=1)
    speakers = rows.table["speaker"].to_numpy()
    assert all(len(set(parts[speakers == name])) == 1 for name in set(speakers))
    assert {(parts == part).sum() for part in range(3)} == {12}
    for part in range(3):
        assert np.bincount(rows.targets[parts == part]).tolist() == [6, 6]
    assert (parts == even_folds(rows, 3, seed=1)).all()
    with pytest.raises(VoxError, match="7 folds of 6 speakers"):
        even_folds(rows, 7, seed=1)


def test_stored_clips_are_those_that_were_given(tmp_path: Path) -> None:
    clips = [np.arange(n, dtype=np.int16) - n // 2 for n in (5, 0, 300)]
    stored = store_clips(tmp_path / "clips", clips)
    assert [clip.tolist() for clip in stored] == [clip.tolist() for clip in clips]
    assert stored[-1].tolist() == clips[2].tolist()
    assert [len(clip) for clip in stored[1:]] == [0, 300]
    with pytest.raises(IndexError):
        stored[3]
    some = ChosenClips(stored, (2, 0))
    assert [clip.tolist() for clip in some] == [clips[2].tolist(), clips[0].tolist()]
    assert [len(clip) for clip in some[1:]] == [5]
    other = store_clips(tmp_path / "others", [*clips[:2], clips[2][::-1]])
    assert stored.digest != other.digest
