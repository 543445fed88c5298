"""`vox-embed init` and `predict`: from recordings to what a model hears in others."""

from __future__ import annotations

import csv
import io
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from helpers.sounds import tone
from helpers.tiny_model import tiny_model
from vox_embed.cli.main import main
from vox_embed.experiment import load_experiment, schema
from vox_embed.runs import starting

Make = Callable[..., Path]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VOX_RESULTS", str(tmp_path / "results"))
    monkeypatch.setenv("VOX_CACHE", str(tmp_path / "cache"))


def test_words(make_corpus_csv: Make, capsys: pytest.CaptureFixture[str]) -> None:
    table = make_corpus_csv()
    ask = ["init", str(table), "--out", "there/exp.yaml", "--name", "tones"]
    assert main([*ask, "--model", "network"]) == 0
    assert "40 recordings, 2 labels of `label`" in capsys.readouterr().out
    written = load_experiment("there/exp.yaml")
    assert written.data.databases["tones"].split_strategy == "speaker_split"
    assert isinstance(written.model, schema.DsCnn)
    assert main(["data", "there/exp.yaml"]) == 0
    assert main(["init", str(table), "--out", "there/exp.yaml"]) == 1
    assert "is there already" in capsys.readouterr().err


@pytest.mark.parametrize("why", ["asked", "no extra", "few"])
def test_words_without_a_network(make_corpus_csv: Make, monkeypatch: pytest.MonkeyPatch, why: str) -> None:
    """As asked for, where the extra is not installed, or of few recordings; it trains at once."""
    if why != "few":
        monkeypatch.setattr(starting, "FOR_NETWORK", 40)
    if why == "no extra":
        monkeypatch.setitem(sys.modules, "keras", None)
    assert main(["init", str(make_corpus_csv()), *(["--model", "classic"] if why == "asked" else [])]) == 0
    assert load_experiment("exp.yaml").model.type == "logistic"
    assert main(["train", "exp.yaml"]) == 0


def test_a_network_of_many_words(make_corpus_csv: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """With steps enough where they are few."""
    table = str(make_corpus_csv())
    assert main(["init", table, "--model", "network"]) == 0
    few = load_experiment("exp.yaml").model
    monkeypatch.setattr(starting, "FOR_NETWORK", 40)
    assert main(["init", table, "--force"]) == 0
    many = load_experiment("exp.yaml").model
    assert isinstance(few, schema.DsCnn) and isinstance(many, schema.DsCnn)
    assert few.batch_size < many.batch_size and few.epochs > many.epochs


def test_long_clips_a_split_and_numbers_train(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a").mkdir()
    rows = ["file,part,pitch,emotion"]
    for i in range(48):
        soundfile.write(f"a/{i}.wav", tone(200 + 20 * i, 2.2, 8000, i), 8000)
        rows.append(
            f"a/{i}.wav,{'test' if i % 4 == 0 else 'train'},{200 + 20 * i}.5,{'low' if i < 24 else 'high'}"
        )
    Path("t.csv").write_text("\n".join(rows))
    assert main(["init", "t.csv"]) == 0
    found = load_experiment("exp.yaml")
    assert (found.data.target, found.data.databases["t"].split_column) == ("emotion", "part")
    assert found.model.type == "svm"
    assert main(["train", "exp.yaml"]) == 0
    assert main(["init", "t.csv", "--target", "pitch", "--force"]) == 0
    assert load_experiment("exp.yaml").model.type == "ridge"
    assert main(["train", "exp.yaml"]) == 0


def test_folders(capsys: pytest.CaptureFixture[str]) -> None:
    for label in ("ja", "nein"):
        Path("words", label).mkdir(parents=True)
        for i in range(6):
            soundfile.write(
                f"words/{label}/{i}.wav", tone(300 if label == "ja" else 900, 0.5, 16000, i), 16000
            )
    Path("words").rename("wörter")
    assert main(["init", "wörter"]) == 0
    Path("wörter").rename("words")
    assert load_experiment("exp.yaml").name == "worter"
    shutil.copytree("words/ja", "few/ja")
    assert main(["init", "few", "--force"]) == 1
    assert "all recordings are of one label, `ja`" in capsys.readouterr().err
    assert main(["init", "words", "--force"]) == 0
    found = load_experiment("exp.yaml")
    assert found.data.databases["words"].split_strategy == "random"
    assert main(["data", "exp.yaml"]) == 0


@pytest.mark.parametrize(
    ("text", "arguments", "says"),
    [
        ("name,label\na.wav,x\n", [], "no column `file`"),
        ("file,one,two\na.wav,x,1\na.wav,y,2\na.wav,x,1\na.wav,y,2\n", [], "one, two could"),
        ("file,label\na.wav,x\na.wav,y\n", ["--target", "word"], "no column `word`"),
        ("file,label\nnowhere.wav,x\nnowhere.wav,y\n", [], "no such audio file"),
    ],
)
def test_what_cannot_be_begun_with(
    text: str, arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    soundfile.write("a.wav", np.ones(800) / 4, 8000)
    Path("t.csv").write_text(text)
    assert main(["init", "t.csv", *arguments]) == 1
    assert says in capsys.readouterr().err
    assert not Path("exp.yaml").exists()
    assert main(["init", "nowhere"]) == 1
    assert "no such file or folder" in capsys.readouterr().err


def test_predictions_of_files_folders_tables_and_names(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("m.vxm").write_bytes(tiny_model("conv"))
    Path("s").mkdir()
    for i in range(3):
        soundfile.write(f"s/{i}.wav", tone(300 + 400 * i, 0.6, 8000, i), 8000)
    assert main(["predict", "m.vxm", "s/0.wav", "s"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[0] for line in lines] == ["s/0.wav", "s/0.wav", "s/1.wav", "s/2.wav"]
    Path("names.txt").write_text("s/2.wav\n\n s/0.wav\n")
    assert main(["predict", "m.vxm", "names.txt"]) == 0
    assert [line.split("  ")[0] for line in capsys.readouterr().out.splitlines()] == ["s/2.wav", "s/0.wav"]
    Path("t.csv").write_text("file,mood,start,end\ns/0.wav,=glad,0.1,0.5\ns/1.wav,sad,,\n")
    assert main(["predict", "m.vxm", "t.csv", "--target", "word", "-o", "out/p.csv"]) == 0
    with Path("out/p.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["file", "mood", "start", "end", "word_pred", "word_score"]
    assert rows[0]["mood"] == "'=glad"
    monkeypatch.setattr("sys.stdin", io.StringIO("s/2.wav\ns/0.wav\n"))
    capsys.readouterr()
    assert main(["predict", "m.vxm", "-", "--json"]) == 0
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(said) == 2
    assert said[0]["label"] == lines[3].split("  ")[1]


def test_sounds_that_cannot_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    Path("m.vxm").write_bytes(tiny_model("conv"))
    soundfile.write("a.wav", tone(300, 0.6, 8000, 1), 8000)
    Path("b.wav").write_bytes(b"nothing")
    assert main(["predict", "m.vxm", "a.wav", "b.wav", "-o", "p.csv"]) == 1
    assert "b.wav: cannot be read as audio" in capsys.readouterr().err
    assert not Path("p.csv").exists()
    assert main(["predict", "m.vxm", "a.wav", "b.wav", "-o", "p.csv", "--skip-bad-files"]) == 0
    said = capsys.readouterr()
    assert "1 of 2 sounds" in said.out
    assert "left out: b.wav" in said.err
    assert main(["predict", "m.vxm", "b.wav", "--skip-bad-files"]) == 1
    assert main(["predict", "m.vxm"]) == 1
    assert "no sounds are given" in capsys.readouterr().err
