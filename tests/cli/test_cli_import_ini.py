"""import-ini as a user types it, and the experiment trains."""

from __future__ import annotations

from pathlib import Path

from test_train import make_project, vox


def test_an_ini_becomes_an_experiment_that_trains(tmp_path: Path) -> None:
    make_project(tmp_path)
    (tmp_path / "conf.ini").write_text(
        "[EXP]\nname = tones\nroot = ./results\n[DATA]\ndatabases = ['tones']\ntones = corpus/table.csv\n"
        "target = label\n[FEATS]\ntype = ['squim']\nscale = standard\n[MODEL]\ntype = svm\nC_val = 2\n"
    )
    done = vox(tmp_path, "import-ini", "conf.ini", "--out", "made.yaml")
    assert done.returncode == 0, done.stderr
    assert "conf.ini:3: [EXP] root" in done.stdout
    assert "conf.ini:9: [FEATS] type" in done.stdout
    assert "next: vox-embed train made.yaml" in done.stdout
    assert "# Not carried over:" in (tmp_path / "made.yaml").read_text()
    assert vox(tmp_path, "train", "made.yaml").returncode == 0
    again = vox(tmp_path, "import-ini", "conf.ini", "--out", "made.yaml")
    assert again.returncode == 1
    assert "is there already" in again.stderr
    assert vox(tmp_path, "import-ini", "conf.ini", "--out", "made.yaml", "--force").returncode == 0
