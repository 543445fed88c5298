"""The share of real time that commands name: one line for all of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from helpers.tiny_model import tiny_model, tiny_network
from vox_embed.cli.console import output
from vox_embed.cli.main import app
from vox_embed.cli.real_time import say_share, share_as_json, warn_of_share
from vox_embed.core import Model
from vox_embed.device.measure.share import estimated_share_on
from vox_embed.program.cascade import Stage, build_cascade

LIGHT, HEAVY = tiny_model("dense"), tiny_model("deep", stride=1)
SLOW_BOARD = "microbit"


@pytest.mark.parametrize(("data", "heavy"), [(LIGHT, False), (HEAVY, True)])
def test_what_is_too_much_is_a_warning(data: bytes, heavy: bool, capsys: pytest.CaptureFixture[str]) -> None:
    model = Model(data)
    share = share_as_json(model, SLOW_BOARD)["estimated_real_time_share"]
    assert share is not None
    assert (share > 1) is heavy
    say_share(model, SLOW_BOARD, output())
    said = capsys.readouterr()
    line = f"takes about {100 * share:.0f} % of real time on {SLOW_BOARD} (from its work; bench counts)"
    much = ": more than there is; sound will be lost, and counted"
    assert (said.out, said.err) == (("", f"{line}{much}\n") if heavy else (f"{line}\n", ""))


@pytest.mark.parametrize(
    "board", ["native", "esp32", "", "no such board", "../boards/rp2040", "a\0b", "x" * 300]
)
def test_nothing_is_said_of_boards_that_are_not_known(board: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A device may call itself anything."""
    model = Model(HEAVY)
    assert share_as_json(model, board) == {"estimated_real_time_share": None}
    say_share(model, board, output())
    assert capsys.readouterr() == ("", "")


def test_of_a_cascade_both_are_said(capsys: pytest.CaptureFixture[str]) -> None:
    first, last = (Model(data) for data in (LIGHT, HEAVY))
    alone = [estimated_share_on(model, "rp2040") for model in (first, last)]
    stages = [Stage("light", LIGHT), Stage("heavy", HEAVY)]
    for made, level in ((build_cascade(stages), False), (build_cascade(stages, level=2000), True)):
        both = estimated_share_on(Model(made), "rp2040")
        assert alone[0] is not None
        assert alone[1] is not None
        assert both is not None
        assert both.asleep is not None
        frames = alone[0].awake + alone[1].awake - both.awake
        assert frames > 0
        assert both.asleep == pytest.approx(frames if level else alone[0].awake)
        said = share_as_json(Model(made), "rp2040")
        assert said["estimated_real_time_share_asleep"] == round(both.asleep, 4)
        say_share(Model(made), "rp2040", output())
        told = "".join(capsys.readouterr())
        assert "all stages awake" in told
        assert "while those that are woken sleep" in told


def test_nothing_is_said_of_bare_networks() -> None:
    assert share_as_json(Model(tiny_network()), SLOW_BOARD)["estimated_real_time_share"] is None


def test_a_count_above_all_of_real_time_is_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    for share in (None, 0.0, 0.99, 1.0):
        warn_of_share(share, "rp2040")
    assert capsys.readouterr() == ("", "")
    warn_of_share(1.5, "rp2040")
    said = capsys.readouterr()
    assert said.out == ""
    assert "takes 150 % of real time on rp2040: more than there is" in said.err


def test_export_says_it_of_boards_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("tiny.vxm").write_bytes(HEAVY)
    monkeypatch.setenv("PATH", "")  # nothing is built to be measured
    for target, expected in (("rp2040", estimated_share_on(Model(HEAVY), "rp2040")), ("c99", None)):
        done = CliRunner().invoke(app, ["export", "tiny.vxm", "--target", target])
        assert done.exit_code == 0, done.output
        assert ("of real time on rp2040" in done.output) is (expected is not None)
