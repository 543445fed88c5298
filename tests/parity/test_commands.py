"""`vox-embed verify` and `vox-embed monitor` as programs use them, on the board that starts fastest."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import typer
from typer.testing import CliRunner

from helpers.tiny_model import tiny_model, tiny_network
from vox_embed.cli.monitor import monitor
from vox_embed.cli.verify import verify
from vox_embed.core import ClipRun, Model
from vox_embed.device import material
from vox_embed.device import verify as verify_module
from vox_embed.device.material import NamedClip
from vox_embed.device.session import Session
from vox_embed.device.targets import open_port
from vox_embed.experiment.errors import VoxError

app = typer.Typer()
app.command("verify")(verify)
app.command("monitor")(monitor)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.vxm"
    path.write_bytes(tiny_model("conv"))
    return path


@pytest.fixture
def native(images: dict[str, Path]) -> Iterator[str]:
    """The port of a device program on this computer."""
    board = subprocess.Popen([images["native"], "--pty"], stdout=subprocess.PIPE, text=True)
    assert board.stdout is not None
    try:
        yield board.stdout.readline().strip()
    finally:
        board.kill()
        board.wait()
        board.stdout.close()


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(a) for a in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout


def test_verify_json(model: Path) -> None:
    status, output = run("verify", model, "--target", "native", "--synthetic", 5, "--json")
    assert status == 0
    found = json.loads(output)
    assert found["differences"] == {"features": 0, "scores": 0, "events": 0}
    assert (found["target"], found["clips"]) == ("native", 5)
    assert found["proven"] is True and found["not_proven"] == found["notes"] == []
    assert all(count > 0 for count in found["compared"].values())
    assert found["compared"]["inferences"] <= found["compared"]["windows"] <= found["compared"]["frames"]


def test_verify_in_words(model: Path) -> None:
    status, output = run("verify", model, "--target", "native", "--clips", 3)
    assert status == 0
    assert "native computes the same bits" in output
    assert "3 clips" in output


SLOW = {"stream": "exponential", "alpha": 0.02, "threshold_on": 0.35, "threshold_off": 0.2}
"""What one clip does not reach, but the same one after another does."""
NEVER = {"threshold_on": 1.0, "threshold_off": 1.0}


def test_verify_repeats_clips_until_they_raise_events(model: Path) -> None:
    model.write_bytes(tiny_model("conv", **SLOW))
    status, output = run("verify", model, "--target", "native", "--synthetic", 3, "--json")
    found = json.loads(output)
    assert (status, found["proven"], found["not_proven"]) == (0, True, [])
    assert found["compared"]["events"] > 0 and found["clips"] > 3
    assert "no clip raises an event" in found["notes"][0]


@pytest.mark.parametrize(
    "settings", [NEVER, {"background": frozenset({0, 1, 2})}], ids=["high", "background"]
)
def test_verify_lowers_thresholds_that_nothing_reaches(model: Path, settings: dict[str, Any]) -> None:
    model.write_bytes(tiny_model("conv", **settings))
    status, output = run("verify", model, "--target", "native", "--synthetic", 3)
    assert status == 0
    assert "0 events" not in output
    assert "nothing raises an event at threshold_on" in output and "a copy of the model" in output
    assert "native computes the same bits: 0 differences" in output


def test_a_connected_board_keeps_its_model(model: Path, native: str) -> None:
    model.write_bytes(tiny_model("conv", **NEVER))
    status, output = run("verify", model, "--port", native, "--synthetic", 3, "--json")
    found = json.loads(output)
    assert (status, found["proven"], found["compared"]["events"]) == (3, False, 0)
    assert "events: none occurred; threshold_on is 1, the highest score 0." in found["not_proven"][0]
    status, output = run("verify", model, "--port", native, "--synthetic", 3)
    assert status == 3
    assert "computes the same bits" not in output
    assert "not everything was" in output and "not proven: events: none occurred" in output


def test_verify_of_silence_adds_sound(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Short, empty and silent clips: the gate holds all windows back, so that no score is compared."""
    quiet = [NamedClip(f"{n} zeros", np.zeros(n, np.int16)) for n in (0, 10, 199, 200, 8000)]
    monkeypatch.setattr(material, "synthetic_clips", lambda *_: quiet)
    status, output = run("verify", model, "--target", "native", "--synthetic", 5, "--json")
    found = json.loads(output)
    assert (status, found["proven"], found["clips"]) == (0, True, 5 + verify_module.GENERATED)
    assert found["notes"][0] == "no window of the clips was classified; 14 generated sounds were added"
    assert found["compared"]["inferences"] > 0 and found["compared"]["events"] > 0
    monkeypatch.setattr(material, "synthetic_clips", lambda *_: [])
    with pytest.raises(VoxError, match="nothing to compare"):
        run("verify", model, "--target", "native", "--synthetic", 5)


def test_nothing_compared_is_not_proven(model: Path, native: str) -> None:
    with open_port(native) as session:
        quiet = [NamedClip("short", np.zeros(100, np.int16))]
        report = verify_module.verify(session, model.read_bytes(), quiet)
    assert report.differences.total == 0 and not report.proven
    assert report.not_proven == (
        "scores: the gate held every window back",
        "events: none occurred; threshold_on is 0.5, the highest score 0",
    )


def test_verify_fails_on_one_wrong_bit(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = verify_module.run_clip

    def wrong(core: Model, samples: np.ndarray) -> ClipRun:  # type: ignore[type-arg]
        found = real(core, samples)
        if len(found.heard.features):
            found.heard.features[0, 0] ^= 1
        return found

    monkeypatch.setattr(verify_module, "run_clip", wrong)
    status, output = run("verify", model, "--target", "native", "--synthetic", 4, "--json")
    assert status == 1
    assert json.loads(output)["differences"]["features"] > 0
    status, output = run("verify", model, "--target", "native", "--synthetic", 4)
    assert status == 1
    assert "[0] [0]" in output


def test_monitor_plays_a_file(model: Path, tmp_path: Path) -> None:
    wav, log = tmp_path / "sound.wav", tmp_path / "live.jsonl"
    rng = np.random.default_rng(1)
    soundfile.write(wav, rng.normal(0, 0.2, 8000).astype(np.float32), 8000)
    status, _ = run("monitor", model, "--target", "native", "--wav", wav, "--pause", 0.2, "--log", log)
    assert status == 0
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert any(line["type"] == "result" and line["playing"] == "sound.wav" for line in lines)


def test_monitor_of_a_file_that_is_not_there(model: Path, tmp_path: Path) -> None:
    (tmp_path / "note.wav").write_text("no sound")
    for name, hint in (("gone.wav", "check the path"), ("note.wav", "convert this one")):
        with pytest.raises(VoxError, match=name) as refused:
            run("monitor", model, "--target", "native", "--wav", tmp_path / name)
        assert hint in str(refused.value.hint) and "skip" not in str(refused.value.hint)


def test_monitor_without_anything_to_play(model: Path) -> None:
    with pytest.raises(VoxError, match="nothing to play"):
        run("monitor", model, "--target", "native")


def test_damaged_model_and_bare_network(model: Path) -> None:
    data = bytearray(model.read_bytes())
    data[200] ^= 1
    model.write_bytes(data)
    for command in ("verify", "monitor"):
        with pytest.raises(VoxError, match=r"tiny.vxm: not a sound model: .*\(-6\)"):
            run(command, model, "--target", "native")
    model.write_bytes(tiny_network())
    with pytest.raises(VoxError, match=r"tiny.vxm: a bare network"):
        run("monitor", model, "--target", "native")


def test_verify_of_a_bare_network(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(VoxError, match="--inputs is for bare networks"):
        run("verify", model, "--target", "native", "--inputs", tmp_path / "x.npy")
    model.write_bytes(tiny_network())
    status, output = run("verify", model, "--target", "native", "--clips", 6, "--json")
    assert status == 0
    found = json.loads(output)
    assert found["differences"] == {"features": 0, "scores": 0, "events": 0}
    assert (found["clips"], found["proven"], found["not_proven"]) == (6, True, [])
    elements = int(np.prod(Model(model.read_bytes()).input_shape))
    rows = np.random.default_rng(1).integers(-128, 128, (5, elements)).astype(np.int8)
    np.save(tmp_path / "x.npy", rows)
    status, output = run("verify", model, "--target", "native", "--inputs", tmp_path / "x.npy")
    assert status == 0
    assert "5 input tensors" in output
    np.save(tmp_path / "x.npy", rows[:, 1:])
    with pytest.raises(VoxError, match=rf"int8 \[5, {elements - 1}\]; .*int8 rows of {elements} elements"):
        run("verify", model, "--target", "native", "--inputs", tmp_path / "x.npy")
    (tmp_path / "x.npy").write_text("no array", encoding="utf-8")
    with pytest.raises(VoxError, match=r"cannot be read as \.npy"):
        run("verify", model, "--target", "native", "--inputs", tmp_path / "x.npy")

    real = Session.run_network

    def wrong(session: Session, *arguments: Any, **settings: Any) -> np.ndarray:  # type: ignore[type-arg]
        found = real(session, *arguments, **settings)
        found[1] ^= 1
        return found

    monkeypatch.setattr(Session, "run_network", wrong)
    status, output = run("verify", model, "--target", "native", "--clips", 4, "--json")
    assert status == 1
    assert json.loads(output)["differences"] == {"features": 0, "scores": 4, "events": 0}
    status, output = run("verify", model, "--target", "native", "--clips", 4)
    assert "4 input tensors differ" in output
    assert "output element [1]: device" in output


def test_verify_of_a_tflite(vox_models: Path) -> None:
    status, output = run(
        "verify", vox_models / "kws_ref_model.tflite", "--target", "native", "--clips", 2, "--json"
    )
    assert status == 0
    assert json.loads(output)["clips"] == 2


def test_verify_of_a_damaged_model(model: Path) -> None:
    data = bytearray(tiny_network())
    data[-5] ^= 4
    model.write_bytes(data)
    with pytest.raises(VoxError, match=r"tiny.vxm: not a sound model: .*\(-6\)"):
        run("verify", model, "--target", "native")


def test_board_that_does_not_answer(model: Path) -> None:
    """A port that answers nothing: the loop returns the host's own frames."""
    with pytest.raises(VoxError, match="does not answer"):
        run("verify", model, "--port", "loop://", "--synthetic", 1)
