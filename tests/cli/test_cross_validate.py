"""cross-validate as a user types it, on the corpus of tones of test_train."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from test_train import make_project, vox


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_project(tmp_path_factory.mktemp("cross"), "dscnn", epochs=20)


@pytest.mark.xdist_group("train")
class TestCrossValidation:
    def test_every_speaker_is_tested_once_by_a_model_that_has_not_heard_them(self, project: Path) -> None:
        done = vox(project, "cross-validate", "exp.yaml", "--by", "speaker", "--folds", "2", "--json")
        assert done.returncode == 0, done.stderr
        outcome = json.loads(done.stdout)
        assert list(outcome["folds"]) == ["2-1", "2-2"]
        assert outcome["integer"]["accuracy"] >= 0.7
        folder = project / "results" / "tones.folds"
        with (folder / "predictions.csv").open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
        assert len(rows) == len({row["file"] for row in rows}) == 3 * 8 * 3
        tested = {fold: {r["speaker"] for r in rows if r["fold"] == fold} for fold in outcome["folds"]}
        assert len(tested["2-1"]) == len(tested["2-2"]) == 4
        assert tested["2-1"].isdisjoint(tested["2-2"])
        right = sum(row["label"] == row["predicted"] for row in rows) / len(rows)
        assert right == pytest.approx(outcome["integer"]["accuracy"])
        models = {fold: (folder / f"tones.{fold}" / "model.vxm").stat().st_mtime_ns for fold in tested}
        again = vox(project, "cross-validate", "exp.yaml", "--type", "logo", "--folds", "2", "--json")
        assert json.loads(again.stdout) == outcome
        assert again.stderr.count("trained before") == 2
        assert models == {f: (folder / f"tones.{f}" / "model.vxm").stat().st_mtime_ns for f in tested}

    def test_wrong_columns_and_counts(self, project: Path) -> None:
        for arguments, message in (
            (("--by", "speeker"), "did you mean `speaker`?"),
            (("--by", "target"), "no column `target`"),
            (("--folds", "9"), "9 folds of 8 values"),
            (("--by", "database"), "one value only"),
            (("--type", "k_folds", "--folds", "2"), "did you mean `k_fold`?"),
            (("--type", "loso", "--folds", "2"), "`loso` has as many as there are"),
        ):
            done = vox(project, "cross-validate", "exp.yaml", *arguments)
            assert done.returncode == 1
            assert message in done.stderr, done.stderr
