"""`vox-embed example` and `listen`, and the package run as a program."""

from __future__ import annotations

import io
import json
import runpy
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from vox_embed.api import Model
from vox_embed.cli.main import main
from vox_embed.data.audio import read_audio


@pytest.fixture
def example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    monkeypatch.chdir(tmp_path)
    assert main(["example"]) == 0
    assert "vox-embed train example/exp.yaml" in capsys.readouterr().out
    return tmp_path / "example"


def test_files_are_heard_as_the_model_hears_them(example: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sounds = [str(path) for path in sorted((example / "clips").glob("stop-*.flac"))[:3]]
    arguments = ["listen", "example", *(word for sound in sounds for word in ("--wav", sound))]
    assert main([*arguments, "--json"]) == 0
    said = capsys.readouterr()
    events = [json.loads(line) for line in said.out.splitlines()]
    assert "s heard; " in said.err
    assert {event["label"] for event in events} <= set(Model(example / "model.vxm").labels)
    begun = [event["label"] for event in events if event["begins"]]
    assert "stop" in begun
    assert main(arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    assert sum("begin" in line for line in lines) == len(begun)
    assert f"stop {begun.count('stop')}" in lines[-1]
    assert main([*arguments, "--duration", "0.5"]) == 0
    assert "0.5 s heard; no event" in capsys.readouterr().out


def test_a_stream_is_heard_as_the_file_is(
    example: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = sorted((example / "clips").glob("stop-*.flac"))[0]
    rate = Model(example / "model.vxm").sample_rate
    samples = np.concatenate([read_audio(sound, rate), np.zeros(rate, np.int16)])
    wav = io.BytesIO()
    soundfile.write(wav, samples, rate, format="WAV")
    said = []
    for data in (wav.getvalue(), samples.tobytes()):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
        assert main(["listen", "example", "--wav", "-", "--json"]) == 0
        said.append(capsys.readouterr().out)
    assert said[0] == said[1] != ""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"")))
    assert main(["listen", "example", "--wav", "-"]) == 1
    assert "standard input: there is no sound" in capsys.readouterr().err


def test_what_is_missing_is_said(
    example: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["listen", "example", "--wav", "nowhere.wav"]) == 1
    assert "nowhere.wav: no such audio file" in capsys.readouterr().err
    assert main(["example"]) == 1
    assert "--force" in capsys.readouterr().err
    assert main(["example", "--force", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"folder": "example"}
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    for asked in (["listen", "example"], ["monitor", "example", "--target", "native", "--microphone"]):
        assert main(asked) == 1
        assert "pip install 'vox-embed[listen]'" in capsys.readouterr().err


def test_the_package_runs_as_a_program(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["vox-embed", "--version"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("vox_embed", run_name="__main__")
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("vox-embed ")
