"""`vox-embed export --format mpy`, as a user types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from helpers.tiny_model import tiny_model
from vox_embed.cli.main import app
from vox_embed.export.mpy import BOARDS, FOLDER


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "words.vxm"
    path.write_bytes(tiny_model("conv", seed=1))
    return path


@pytest.mark.parametrize("board", ["rp2040", "esp32c3", "native"])
def test_the_folder_holds_the_boards_module(model: Path, tmp_path: Path, board: str) -> None:
    out = tmp_path / "board"
    done = CliRunner().invoke(
        app, ["export", str(model), "--target", board, "--format", "mpy", "--out", str(out), "--json"]
    )
    assert done.exit_code == 0, done.output
    kept = (FOLDER / f"vox-{BOARDS[board]}.mpy").read_bytes()
    assert (out / "vox.mpy").read_bytes() == kept
    assert (out / "model.vxm").read_bytes() == model.read_bytes()
    compile((out / "main.py").read_text(), "main.py", "exec")
    following = json.loads(done.stdout)["next"]
    assert following.startswith("mpremote cp ")
    for name in following.removesuffix(" : + reset").split()[2:]:
        assert Path(name).is_file()


def test_a_board_without_a_module_is_named(model: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["export", str(model), "--target", "esp32", "--format", "mpy"])
    assert done.exit_code != 0
    assert "no MicroPython module for the board `esp32`" in str(done.exception or done.output)
