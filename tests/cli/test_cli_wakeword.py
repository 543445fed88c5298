"""wakeword: as a user types it, at a size that learns nothing but goes the whole way."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("espeakng_loader")
pytest.importorskip("tensorflow")

import soundfile

from helpers.typed import typed
from vox_embed.data.synth.espeak import Espeak
from vox_embed.experiment.wakeword_file import load_wakeword
from vox_embed.models import Epoch
from vox_embed.runs.detector import make_detector
from vox_embed.runs.reporter import Quiet

VOX_EMBED = [sys.executable, "-m", "vox_embed.cli.main"]
RATE = 16000
SETTINGS = """\
name: tiny
phrases: [hallo haus]
language: de
negatives: talk/talk.csv
positives: words
voices: 6
spoken: 14
training: {steps: 4, epochs: 2, batch_size: 8, mining: 1, width: 8}
"""


def vox(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    around = {"VOX_RESULTS": str(folder / "results"), "VOX_CACHE": str(folder / "cache" / "f")}
    return typed(*arguments, cwd=folder, **around)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some seconds of talk, one recording of which holds the phrase, and clips of the phrase."""
    folder = tmp_path_factory.mktemp("wakeword")
    (folder / "talk").mkdir()
    (folder / "words").mkdir()
    texts = ["der tag war lang und warm", "wir fahren morgen ans meer", "er sagte hallo haus zu mir"]
    rows = ["file,speaker,text"]
    with Espeak() as espeak:
        espeak.set_voice(next(a for a in espeak.accents() if a.code == "de").identifier)
        own = espeak.sample_rate
        for i, text in enumerate(texts):
            soundfile.write(folder / "talk" / f"{i}.wav", espeak.speak(text, seed=i), own)
            rows.append(f"{i}.wav,speaker{i},{text}")
        for i in range(3):
            said = espeak.speak("hallo haus", pitch=30 + 20 * i, seed=i)
            soundfile.write(folder / "words" / f"{i}.wav", said, own)
    soundfile.write(folder / "words" / "silent.wav", np.zeros(RATE), RATE)
    (folder / "talk" / "talk.csv").write_text("\n".join(rows) + "\n")
    (folder / "wakeword.yaml").write_text(SETTINGS)
    return folder


@pytest.fixture(scope="module")
def made(project: Path) -> subprocess.CompletedProcess[str]:
    return vox(project, "wakeword", "--experiment", "wakeword.yaml", "--jobs", "1", "--json")


def test_the_whole_way(project: Path, made: subprocess.CompletedProcess[str]) -> None:
    assert made.returncode == 0, made.stderr
    values = json.loads(made.stdout)
    folder = project / "results" / "tiny"
    assert values["model_bytes"] == (folder / "model.vxm").stat().st_size
    assert set(values["operating"]["labels"]) == {"hallo haus"}
    assert values["field"]["labels"]["hallo haus"]["words"] >= 1
    assert list(values["missed_of_seed"]) == ["1"]
    for name in (
        "wakeword.yaml", "experiment.resolved.yaml", "environment.json", "metrics.json", "predictions.csv",
        "report.html", "train.log", "model.float.npz", "model.tflite", "model.operating.json", "seeds.json",
        "field/field.html",
    ):  # fmt: skip
        assert (folder / name).stat().st_size > 0, name
    assert (project / "results" / "last").read_text() == "tiny\n"


def test_what_has_to_be_known_is_said(made: subprocess.CompletedProcess[str]) -> None:
    assert "2.wav is left out: its transcript holds `hallo haus`" in made.stderr
    assert "silent.wav is left out: it holds no sound" in made.stderr
    assert "6 h without one would show it" in made.stderr


def test_a_results_folder_like_any_other(project: Path, made: subprocess.CompletedProcess[str]) -> None:
    assert made.returncode == 0, made.stderr
    done = vox(project, "evaluate", "tiny", "--json")
    assert done.returncode == 0, done.stderr
    kept = json.loads((project / "results" / "tiny" / "metrics.json").read_text())
    assert json.loads(done.stdout)["integer"] == kept["integer"]
    with (project / "results" / "tiny" / "predictions.csv").open() as file:
        assert {row["label"] for row in csv.DictReader(file)} == {"_unknown_", "hallo haus"}
    refused = vox(project, "train", "results/tiny")
    assert refused.returncode == 1
    assert "vox-embed wakeword --experiment" in refused.stderr


class Stops(Quiet):
    """Ctrl-C in the second epoch."""

    def epoch(self, epoch: Epoch) -> None:
        if epoch.epoch == 2:
            raise KeyboardInterrupt


def test_a_stopped_run_is_taken_up_and_ends_the_same(
    project: Path, made: subprocess.CompletedProcess[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """From its results folder; what was spoken is not spoken again."""
    assert made.returncode == 0, made.stderr
    folder = project / "results" / "tiny"
    before = {name: (folder / name).read_bytes() for name in ("model.vxm", "model.float.npz")}
    monkeypatch.setenv("VOX_CACHE", str(project / "cache" / "f"))
    with pytest.raises(KeyboardInterrupt):
        make_detector(load_wakeword(folder), Stops(), root=project / "results", jobs=1)
    assert (folder / "model.vxm").read_bytes() == before["model.vxm"]
    again = vox(project, "wakeword", "--experiment", "results/tiny", "--jobs", "1", "--resume")
    assert again.returncode == 0, again.stderr
    assert {name: (folder / name).read_bytes() for name in before} == before
    assert "Speaking" not in again.stderr
    assert "epoch 1/2" not in again.stderr
    assert "next: vox-embed field" in again.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "no phrase"),
        (("hey", "--experiment", "wakeword.yaml"), "not both"),
        (("hallo", "--language", "dee"), "did you mean `de`?"),
        (("hallo", "--negatives", "nowhere"), "nowhere"),
        (("hallo", "--language", "de", "--positives", "nowhere"), "nowhere"),
        (("hallo", "--fa-per-hour", "0"), "fa_per_hour"),
        (("hello", "--engine", "kokoro"), "kokoro needs its weights: --weights"),
        (("hello", "--engine", "festival"), "engine"),
        (("hello", "--weights", "words"), "espeak has none"),
        (("hallo haus", "--language", "de", "--negatives", "talk/2.wav"), "transcript"),
    ],
)
def test_mistakes_are_named(project: Path, arguments: tuple[str, ...], says: str) -> None:
    if arguments[-1:] == ("talk/2.wav",):
        (project / "one.csv").write_text("file,text\ntalk/2.wav,er sagte Hallo Haus!\n")
        arguments = (*arguments[:-1], "one.csv")
    done = vox(project, "wakeword", *arguments)
    assert done.returncode == 1
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_pieces_of_the_negatives_say_an_english_phrase(project: Path) -> None:
    rows = ["file,speaker"]
    texts = [
        "this system stores the first letters of every sister",
        "better listen to the street tonight",
        "the winter was still and steady",
    ]
    with Espeak() as espeak:
        espeak.set_voice(next(a for a in espeak.accents() if a.code == "en-us").identifier)
        for i, text in enumerate(texts):
            soundfile.write(project / f"english-{i}.wav", espeak.speak(text, seed=i), espeak.sample_rate)
            rows.append(f"english-{i}.wav,speaker{i}")
    (project / "english.csv").write_text("\n".join(rows) + "\n")
    (project / "sister.yaml").write_text(
        "name: sister\nphrases: [sister]\nlanguage: en-us\nnegatives: english.csv\nvoices: 6\nspoken: 14\n"
        "spliced: 12\ntraining: {steps: 4, epochs: 2, batch_size: 8, mining: 1, width: 8}\n"
    )
    done = vox(project, "wakeword", "--experiment", "sister.yaml", "--jobs", "1")
    assert done.returncode == 0, done.stderr
    assert "Listening to the negatives" in done.stderr
    tables = list((project / "cache" / "detectors" / "spliced").glob("*/phrases.csv"))
    assert len(tables) == 1
    with tables[0].open() as file:
        kinds = [row["kind"] for row in csv.DictReader(file)]
    said = kinds.count("phrase")
    assert ("cannot say `sister`" in done.stderr) is (said == 0)
    assert said or kinds.count("confusable")
