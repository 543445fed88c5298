"""`vox-embed segment`: where somebody speaks, how long pieces are, and whose they may be."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from vox_embed.cli.main import main
from vox_embed.data.segmenting import Limits, levels_of, segments, speech_by_energy
from vox_embed.experiment import VoxError
from vox_embed.gate.tables import csv_rows
from vox_embed.runs.segment import segment

RATE = 16000


def voice(pitch: float, seconds: float, colour: float, rng: np.random.Generator) -> np.ndarray:
    """A buzz with a spectrum of its own, its level up and down as speech goes."""
    times = np.arange(round(seconds * RATE)) / RATE
    sound = sum(np.sin(2 * np.pi * pitch * k * times) / k**colour for k in range(1, 25))
    sound *= 0.6 + 0.4 * np.sin(2 * np.pi * 4 * times)
    return 0.1 * sound / np.abs(sound).max() + rng.normal(0, 0.001, len(times))


def talk(path: Path, *parts: tuple[float, float, float]) -> Path:
    """Parts (pitch, seconds, colour) with a second of noise around each; pitch 0: noise."""
    rng = np.random.default_rng(1)
    quiet = rng.normal(0, 0.0005, RATE)
    made = [quiet]
    for pitch, seconds, colour in parts:
        made += [voice(pitch, seconds, colour, rng), quiet]
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.concatenate(made), RATE)
    return path


def rows_of(path: Path) -> list[dict[str, str]]:
    return csv_rows(path.read_text())


def test_pieces_are_where_somebody_speaks(tmp_path: Path) -> None:
    file = talk(tmp_path / "a.wav", (120, 1.0, 1.0), (120, 2.0, 1.0))
    found = segment(file, tmp_path / "out" / "segments.csv")
    assert found.pieces == 2
    rows = rows_of(found.file)
    assert [row["file"] for row in rows] == ["../a.wav"] * 2
    spans = [(float(row["start"]), float(row["end"])) for row in rows]
    for (a, b), (c, d) in zip(spans, ((1, 2), (3, 5)), strict=True):
        assert abs(a - (c - 0.1)) < 0.1
        assert abs(b - (d + 0.1)) < 0.1


def test_lengths() -> None:
    speech = np.zeros(1000, bool)
    speech[100:120] = speech[130:150] = speech[300:310] = speech[400:900] = True
    loudness = np.full(1000, -20.0)
    loudness[600] = -60
    found = segments(speech, loudness, 0.01, Limits(0.2, 3.0, 0.15, 0.0))
    assert [tuple(round(x, 2) for x in one) for one in found] == [(1.0, 1.5), (4.0, 6.0), (6.0, 9.0)]
    everything = segments(np.ones(1000, bool), np.zeros(1000), 0.01, Limits(0.2, 1.0, 0.1, 0.5))
    assert all(0 < b - a <= 1.0 + 1e-9 for a, b in everything)
    assert everything[0][0] == 0.0
    assert everything[-1][1] == pytest.approx(10.0)
    assert [b for _, b in everything[:-1]] == [a for a, _ in everything[1:]]


def test_noise_alone_is_no_speech(tmp_path: Path) -> None:
    file = tmp_path / "noise.wav"
    soundfile.write(file, np.random.default_rng(1).normal(0, 0.001, RATE), RATE)
    assert not speech_by_energy(levels_of(file)).any()
    with pytest.raises(VoxError, match="nobody was found to speak"):
        segment(file, tmp_path / "x.csv")
    soundfile.write(file, voice(120, 1.0, 1.0, np.random.default_rng(1)), RATE)
    assert segment(file, tmp_path / "x.csv").pieces == 1


def test_a_table_keeps_its_columns_and_times(tmp_path: Path) -> None:
    talk(tmp_path / "in/a.wav", (120, 1.0, 1.0), (120, 1.0, 1.0))
    (tmp_path / "in/t.csv").write_text("file,start,end,label\na.wav,0,2.5,x\na.wav,2.5,,y\n")
    rows = rows_of(segment(tmp_path / "in/t.csv", tmp_path / "in/out.csv").file)
    assert [(row["file"], row["label"]) for row in rows] == [("a.wav", "x"), ("a.wav", "y")]
    assert float(rows[0]["end"]) <= 2.5 <= float(rows[1]["start"])


def test_speakers_are_told_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parts = [
        (110, 1.0, 0.7),
        (230, 0.9, 2.0),
        (112, 1.1, 0.7),
        (225, 1.0, 2.0),
        (108, 0.8, 0.7),
        (228, 1.0, 2.0),
    ]
    file = talk(tmp_path / "a.wav", *parts)
    for asked in ("2", "0"):
        out = tmp_path / f"{asked}.csv"
        assert main(["segment", str(file), "--out", str(out), "--speakers", asked, "--json"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert (told["pieces"], told["speakers"]) == (6, 2)
        assert [row["speaker"] for row in rows_of(out)] == ["s1", "s2"] * 3


def test_one_speaker_is_one(tmp_path: Path) -> None:
    file = talk(tmp_path / "a.wav", *[(118 + i % 2, 1.0, 1.0) for i in range(4)])
    rows = rows_of(segment(file, tmp_path / "x.csv", speakers=0).file)
    assert len({row["speaker"] for row in rows}) <= 2


def test_silero(tmp_path: Path) -> None:
    pytest.importorskip("silero_vad", reason="needs pip install 'vox-embed[silero]'")
    from vox_embed.data.silero import Silero

    rng = np.random.default_rng(2)
    file = tmp_path / "a.wav"
    soundfile.write(file, np.concatenate([rng.normal(0, 0.05, 2 * RATE), np.zeros(RATE)]), RATE)
    likely = Silero().probabilities(file)
    assert len(likely) == -(-3 * RATE // 512)
    assert (likely < 0.5).all()
    with pytest.raises(VoxError, match="nobody"):
        segment(file, tmp_path / "x.csv", "silero")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing"], "no such file or folder"),
        ([".", "--min-length", "3", "--max-length", "2"], "is above --max-length"),
        ([".", "--embedding", "x"], "give --speakers"),
        (["."], "no recordings in this folder"),
    ],
)
def test_bad_input(
    arguments: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["segment", *arguments]) == 1
    assert said in capsys.readouterr().err
    assert not (tmp_path / "segments.csv").exists()
