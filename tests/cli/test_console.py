"""Colours, bars and widths: on a terminal, on a dumb one, in a pipe, and as NO_COLOR and FORCE_COLOR say."""

from __future__ import annotations

import fcntl
import io
import json
import os
import pty
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from helpers.tiny_model import tiny_model
from vox_embed.cli.console import WIDTH, messages, output
from vox_embed.cli.main import COMMANDS, main

VOX_EMBED = [sys.executable, "-m", "vox_embed.cli.main"]
ESCAPE = "\x1b"
SETTINGS = ("NO_COLOR", "FORCE_COLOR", "TERM", "COLUMNS", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLORTERM")


def environment(**settings: str) -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if k not in SETTINGS} | {"TERM": "xterm"} | settings


def on_terminal(*arguments: str, columns: int = 90, **settings: str) -> tuple[int, str]:
    """Exit status, and all that a command writes to a terminal."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(
        [*VOX_EMBED, *arguments], stdin=theirs, stdout=theirs, stderr=theirs, env=environment(**settings)
    )
    os.close(theirs)
    written = b""
    try:
        while chunk := os.read(ours, 65536):
            written += chunk
    except OSError:  # the other end is closed
        pass
    os.close(ours)
    return process.wait(), written.decode()


def piped(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*VOX_EMBED, *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        env=environment(**settings),
        check=False,
    )


@pytest.fixture
def model(tmp_path: Path) -> str:
    path = tmp_path / "tiny.vxm"
    path.write_bytes(tiny_model("conv"))
    return str(path)


BAD = ("size", "nowhere")
"""A command that ends with an error and a hint."""


@pytest.mark.parametrize(
    ("settings", "coloured"),
    [
        ({}, True),
        ({"NO_COLOR": "1"}, False),
        ({"NO_COLOR": ""}, True),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        ({"TERM": "dumb"}, False),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, True),
    ],
)
def test_errors_on_a_terminal(settings: dict[str, str], coloured: bool) -> None:
    status, written = on_terminal(*BAD, **settings)
    assert status == 1
    assert "nowhere" in written and "hint: " in written.replace(f"{ESCAPE}[0m", "")
    assert (ESCAPE in written) == coloured


@pytest.mark.parametrize(
    ("settings", "coloured"), [({}, False), ({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": "0"}, False)]
)
def test_errors_in_a_pipe(settings: dict[str, str], coloured: bool) -> None:
    done = piped(*BAD, **settings)
    assert (done.returncode, done.stdout) == (1, "")
    assert (ESCAPE in done.stderr) == coloured


def test_a_pipe_gets_results_alone(model: str) -> None:
    arguments = ("verify", model, "--target", "native", "--synthetic", "3")
    plain = piped(*arguments)
    assert plain.returncode == 0, plain.stderr
    first, second, *rest = plain.stdout.splitlines()
    assert first.startswith("tiny on native") and second.startswith("3 clips: ")
    assert rest == ["native computes the same bits: 0 differences"]
    assert plain.stderr == ""
    forced = piped(*arguments, FORCE_COLOR="1")
    assert ESCAPE in forced.stdout and f"{ESCAPE}[?25l" not in forced.stdout  # styles, but no cursor moves
    assert forced.stderr == ""
    asked = piped(*arguments, "--json", FORCE_COLOR="1")
    assert json.loads(asked.stdout)["proven"] is True
    assert "━" not in plain.stdout + forced.stdout + asked.stdout + asked.stderr


def test_bars_are_for_terminals(model: str) -> None:
    arguments = ("verify", model, "--target", "native", "--synthetic", "3")
    assert "comparing clips" in on_terminal(*arguments)[1]
    status, written = on_terminal(*arguments, TERM="dumb")
    assert status == 0
    assert "comparing" not in written and ESCAPE not in written


def test_width(model: str) -> None:
    """A narrow terminal on standard input says nothing about a pipe."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 30, 0, 0))
    shown = []
    for stdin in (theirs, subprocess.DEVNULL):
        done = subprocess.run(
            [*VOX_EMBED, "boards"], stdin=stdin, capture_output=True, text=True, env=environment(), check=True
        )
        shown.append(done.stdout)
    os.close(ours)
    os.close(theirs)
    assert shown[0] == shown[1]
    assert max(map(len, shown[0].splitlines())) > 100
    assert max(map(len, piped("boards", COLUMNS="90").stdout.splitlines()[:10])) <= 90


def test_a_terminal_of_no_width_is_as_wide_as_tables_need(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    for columns, width in (("1", 40), ("0", 40), ("150", 150), ("", WIDTH), ("many", WIDTH), ("-5", WIDTH)):
        monkeypatch.setenv("COLUMNS", columns)
        assert output().width == messages().width == width


def test_names_are_shown_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.StringIO()
    monkeypatch.setattr(sys, "stdout", written)
    text = "[bold]b[/bold] [/] :cat: {x} " + "long " * 60
    output().print(text)
    assert written.getvalue() == text + "\n"


def test_what_the_terminal_cannot_show_stops_nothing(tmp_path: Path) -> None:
    name = str(tmp_path / "größe.vxm")
    done = piped("size", name, PYTHONIOENCODING="ascii")
    assert done.returncode == 1
    assert "gr\\xf6\\xdfe.vxm" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_json_prints_nothing_else(
    command: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that reads standard output gets JSON or nothing, whatever goes wrong."""
    monkeypatch.chdir(tmp_path)
    assert main([command, "--help"]) == 0
    if "--json" not in capsys.readouterr().out:
        pytest.skip("has no --json")
    if command == "boards":
        assert main([command, "--json"]) == 0
        json.loads(capsys.readouterr().out)
        return
    if command == "example":  # it makes the folder that is named
        (tmp_path / "nowhere").mkdir()
        (tmp_path / "nowhere" / "mine.txt").touch()
    needed = {
        "import-tflite": ["--out", "made"],
        "calibrate": ["--positives", "a", "--negatives", "b"],
        "wakeword": ["--language", "of nobody"],
        "compare": ["neither"],
    }
    more = needed.get(command, [])
    named = [] if command == "runs" else ["nowhere"]  # it lists what is there: nothing
    assert main([command, *named, "--json", *more]) == 1
    written = capsys.readouterr()
    assert written.out == "" and written.err.startswith("error: ")
