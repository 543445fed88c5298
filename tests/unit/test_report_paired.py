"""Paired tests of two models: against what is known exactly, and as a user reads them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from vox_embed.cli.main import main
from vox_embed.data.groups import Groups, single
from vox_embed.experiment import VoxError
from vox_embed.gate.tables import csv_text
from vox_embed.report.metrics import score
from vox_embed.report.paired import mcnemar, paired_classes, paired_values
from vox_embed.runs.compare import compare_runs


def test_mcnemar_is_the_binomial_test_of_the_clips_that_differ() -> None:
    assert mcnemar(0, 0).p == 1.0
    assert mcnemar(5, 0).p == pytest.approx(2 / 2**5)
    assert mcnemar(1, 9).p == pytest.approx(2 * (1 + 10) / 2**10)


def test_figures_are_those_of_the_scores() -> None:
    rng = np.random.default_rng(1)
    truth = rng.integers(3, size=200)
    answers = [np.where(rng.random(200) < share, truth, (truth + 1) % 3) for share in (0.6, 0.8)]
    found = paired_classes(truth, answers[0] == truth, answers[1] == truth, single(200))
    both = [score(truth, one, ["x", "y", "z"]) for one in answers]
    for one in found.differences:
        assert (one.a, one.b) == pytest.approx(tuple(getattr(scores, one.name) for scores in both))
        assert one.ci95[0] < one.difference < one.ci95[1]
        assert one.ci95[0] > 0
        assert one.p < 0.01
    assert found.mcnemar is not None
    assert found.mcnemar.p < 0.01


def test_the_same_model_twice_is_no_difference() -> None:
    truth = np.arange(40) % 4
    right = np.arange(40) % 3 > 0
    found = paired_classes(truth, right, right, single(40))
    assert {(one.difference, one.ci95, one.p) for one in found.differences} == {(0.0, (0.0, 0.0), 1.0)}


def test_swaps_of_few_groups_are_all_tried() -> None:
    """B is right in every clip of five speakers, A in none: of 32 ways of swapping two are as uneven."""
    truth, members = np.zeros(50, np.int64), np.repeat(np.arange(5), 10)
    found = paired_classes(truth, np.zeros(50, bool), np.ones(50, bool), Groups(members, {"speaker": 5}))
    assert found.differences[0].p == 2 / 32
    assert found.mcnemar is not None
    assert found.mcnemar.p < 1e-6  # which takes clips of a speaker for independent


def test_chance_is_found_significant_as_often_as_it_says() -> None:
    rng = np.random.default_rng(2)
    found = []
    for _ in range(200):
        right = rng.random((2, 60)) < 0.7
        found.append(
            paired_classes(np.arange(60) % 3, right[0], right[1], single(60), resamples=300).differences[1].p
        )
    assert 0.01 <= np.mean(np.array(found) < 0.05) <= 0.10


def test_regressions() -> None:
    rng = np.random.default_rng(3)
    truth = rng.uniform(20, 60, 80)
    good, bad = truth + rng.normal(0, 2, 80), truth + rng.normal(0, 6, 80)
    found = {one.name: one for one in paired_values(truth, bad, good, single(80)).differences}
    assert found["mae"].b == pytest.approx(np.abs(good - truth).mean())
    assert found["mae"].ci95[1] < 0 < found["ccc"].ci95[0]
    assert found["mae"].p < 0.01


HEADS = ("file", "start", "end", "speaker", "label", "predicted")


def write(file: Path, right: str, heads: tuple[str, ...] = HEADS, first: int = 0) -> Path:
    """A clip for each letter: right (r) or wrong; two clips a speaker."""
    file.parent.mkdir(parents=True, exist_ok=True)
    rows = [
        (f"{first + i}.wav", "0.0", "", f"s{i // 2}", "yes", "yes" if letter == "r" else "no")
        for i, letter in enumerate(right)
    ]
    file.write_text(csv_text(heads, rows))
    return file


def test_as_a_user_reads_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "results" / "one.folds" / "predictions.csv", "rrrr....")
    write(tmp_path / "results" / "two" / "predictions.csv", "rrrrrr..")
    assert main(["compare", "one", "results/two", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["clips"] == 8
    assert found["resampled"] == {"speaker": 4}
    assert found["differences"]["accuracy"]["difference"] == 0.25
    assert found["mcnemar"] == {"only_a": 0, "only_b": 2, "p": 0.5}
    assert main(["compare", "one", "two"]) == 0
    text = capsys.readouterr().out
    assert "+0.2500" in text
    assert "4 speakers" in text


def test_what_cannot_be_paired_is_refused(tmp_path: Path) -> None:
    a = write(tmp_path / "a" / "predictions.csv", "rr..")
    for other, message in (
        (write(tmp_path / "b.csv", "rr."), "1 of the 4 clips"),
        (write(tmp_path / "c.csv", "rr..", first=1), "missing, 0.wav for one"),
        (write(tmp_path / "d.csv", "rr..", (*HEADS[:4], "truth", "value")), "a regression"),
        (
            write(tmp_path / "e.csv", "rr..", ("file", "start", "end", "x", "y", "z")),
            "no table of predictions",
        ),
        (tmp_path / "f.csv", "no such results"),
        (tmp_path, "there is no predictions.csv"),
    ):
        with pytest.raises(VoxError, match=message):
            compare_runs(a.parent, other)
    with pytest.raises(VoxError, match="did you mean `speaker`"):
        compare_runs(a, a, by="speakers")
    mixed = tmp_path / "g.csv"
    mixed.write_text(a.read_text().replace("yes,no", "no,no"))
    with pytest.raises(VoxError, match=r"`(yes|no)` in .*, but"):
        compare_runs(a, mixed)
