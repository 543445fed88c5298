"""`vox-embed` as a user types it: help, errors, and the commands that need no model."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from helpers.interrupt import VOX_EMBED_WITH_CTRL_C
from helpers.tiny_model import tiny_model
from vox_embed.cli.main import COMMANDS, main

Make = Callable[..., Path]
VOX_EMBED = [sys.executable, "-m", "vox_embed.cli.main"]


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*VOX_EMBED, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, **environment},
        check=False,
    )


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom vox_embed.cli.main import main\nmain(['--help'])\n"
        # So it is quick, on a busy machine too.
        "assert len(sys.modules) < 250 or 'coverage' in sys.modules, sorted(sys.modules)\n"
        "heavy = {'tensorflow', 'pandas', 'numpy', 'scipy', 'sklearn', 'matplotlib', 'librosa', 'pydantic'}\n"
        "sys.exit(', '.join(sorted(heavy & set(sys.modules))) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert all(name in done.stdout for name in COMMANDS)


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_shows_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert f"vox-embed {command}" in shown.partition("Example")[2]


def test_usage_errors_are_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["synth", "--words", "a"]) == 2
    assert "--out" in capsys.readouterr().err
    assert main(["nonsense"]) == 2
    assert main(["boards", "--nonsense"]) == 2


def test_errors_are_1_with_message_and_hint_on_stderr(tmp_path: Path) -> None:
    (tmp_path / "exp.yaml").write_text("name: x\ndata: {databases: {a: {path: a.csv}}}\nsead: 3\n")
    done = run("data", str(tmp_path / "exp.yaml"))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: ") and "exp.yaml:3: unknown key `sead`" in done.stderr
    assert "hint: did you mean `seed`?" in done.stderr
    assert "Traceback" not in done.stderr


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("vox-embed 0.")


def test_boards(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["boards"]) == 0
    shown = capsys.readouterr().out
    assert "qemu-m4" in shown and "cortex-m4" in shown
    assert main(["boards", "--json"]) == 0
    boards = {board["name"]: board for board in json.loads(capsys.readouterr().out)["boards"]}
    assert boards["qemu-m4"]["flash_kb"] > 0 and boards["qemu-m4"]["hardware"] is False
    assert boards["qemu-m4"]["built"] and boards["qemu-m4"]["emulated"] and not boards["qemu-m4"]["platform"]


@pytest.mark.parametrize(
    "name", ["esp32", "esp32s3", "esp32c3", "nano33ble", "nucleo_f446re", "teensy41", "rp2350"]
)
def test_boards_of_other_platforms(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["boards"]) == 0
    row = next(line for line in capsys.readouterr().out.splitlines() if line.startswith(f"{name} "))
    assert row.split().count("no") == 3
    assert main(["boards", "--json"]) == 0
    board = next(b for b in json.loads(capsys.readouterr().out)["boards"] if b["name"] == name)
    assert board["platform"] and not (board["built"] or board["emulated"] or board["hardware"])
    (tmp_path / "tiny.vxm").write_bytes(tiny_model())
    for command, said in (
        (["size"], "is built by PlatformIO"),
        (["bench"], "does not run in QEMU"),
        (["verify", "--synthetic", "1"], "nothing emulates"),
    ):
        assert main([command[0], "tiny.vxm", *command[1:], "--target", name]) == 1
        shown = capsys.readouterr().err
        assert said in shown and name in shown and "hint: " in shown
    assert main(["export", "tiny.vxm", "--target", name, "--out", "folder", "--json"]) == 0
    assert board["platform"] in json.loads(capsys.readouterr().out)["missing"]
    assert (tmp_path / "folder" / "firmware" / "hal" / "arduino" / "hal.cpp").is_file()
    assert not (tmp_path / "folder" / "CMakeLists.txt").exists()


def test_data(make_corpus_csv: Make, write_experiment: Make, capsys: pytest.CaptureFixture[str]) -> None:
    csv = make_corpus_csv()
    experiment = write_experiment(csv, "split_strategy: specified\ntest: {take: [0]}")
    assert main(["data", str(experiment)]) == 0
    shown = capsys.readouterr().out
    assert "high" in shown and "5 speakers" in shown and "speakers are in train and in test" in shown
    (csv.parent / "audio" / "low_ann_1.wav").write_bytes(b"")
    assert main(["data", str(experiment)]) == 1
    assert "low_ann_1.wav" in capsys.readouterr().err
    assert main(["data", str(experiment), "--skip-bad-files", "--json"]) == 0
    counts = json.loads(capsys.readouterr().out)
    assert counts["clips"]["all"]["all"] == 39 and any("low_ann_1.wav" in note for note in counts["notes"])


def test_nothing_trained_yet(tmp_path: Path) -> None:
    done = run("data", VOX_RESULTS=str(tmp_path / "results"))
    assert done.returncode == 1 and "nothing has been trained" in done.stderr


def test_synth(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("espeakng_loader", reason="needs the synthesiser: pip install 'vox-embed[synth]'")
    out = tmp_path / "words"
    assert (
        main(
            [
                "synth",
                "--words",
                "yes, no",
                "--out",
                str(out),
                "--per-word",
                "3",
                "--voices",
                "3",
                "--jobs",
                "1",
            ]
        )
        == 0
    )
    assert "12 clips" in capsys.readouterr().out
    assert len((out / "synth.csv").read_text().splitlines()) == 13
    assert main(["synth", "--words", "", "--out", str(out)]) == 1


def test_ctrl_c_is_130_and_leaves_nothing(tmp_path: Path) -> None:
    pytest.importorskip("espeakng_loader", reason="needs the synthesiser: pip install 'vox-embed[synth]'")
    arguments = [
        "synth",
        "--words",
        "yes,no",
        "--out",
        str(tmp_path / "words"),
        "--per-word",
        "100000",
        "--jobs",
        "2",
    ]
    process = subprocess.Popen(
        [*VOX_EMBED_WITH_CTRL_C, *arguments], stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    deadline = time.monotonic() + 60
    while not list(tmp_path.rglob("*.flac")):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGINT)  # as the terminal does: to the whole group
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert not list(tmp_path.iterdir())
