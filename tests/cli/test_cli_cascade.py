"""`vox-embed cascade`, as a user types it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from helpers.tiny_model import FEATURES, tiny_model
from vox_embed.cli.main import main
from vox_embed.core import Model


def test_a_cascade_is_a_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.vxm").write_bytes(tiny_model("dense"))
    Path("b.vxm").write_bytes(tiny_model("conv"))
    assert main(["cascade", "a.vxm", "b.vxm", "-o", "made", "--name", "both", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    model = Model(Path("made/both.vxm").read_bytes())
    assert (said["bytes"], said["ram"]) == (model.size, model.listener_size)
    assert main(["cascade", "b.vxm", "--level-dbfs", "-40"]) == 0
    assert "bytes of RAM" in capsys.readouterr().out
    assert main(["export", "made/both.vxm", "--target", "c99", "--out", "c"]) == 0


def test_it_says_what_does_not_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.vxm").write_bytes(tiny_model("dense"))
    Path("b.vxm").write_bytes(tiny_model("dense", features=replace(FEATURES, hop=50)))
    assert main(["cascade", "a.vxm", "b.vxm"]) == 1
    error = capsys.readouterr().err
    assert "hop is 100 samples in a.vxm and 50 samples in b.vxm" in error
    assert "same `features` section" in error
    assert main(["cascade", "a.vxm"]) == 1
    assert "2 to 4" in capsys.readouterr().err
