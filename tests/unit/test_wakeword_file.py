"""wakeword.yaml: read, checked, written."""

from __future__ import annotations

from pathlib import Path

import pytest

from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.schema import Spotting, Wakeword
from vox_embed.experiment.wakeword_file import load_wakeword, refuse_detector, wakeword_yaml


def written(folder: Path, text: str) -> Path:
    path = folder / "wakeword.yaml"
    path.write_text(text)
    return path


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    settings = Wakeword(
        name="x", phrases=("hey computer", "no"), negatives=tmp_path / "talk", where={"part": "dev"},
        voices=9, training=Spotting(steps=40, epochs=2, mix=0.25),
    )  # fmt: skip
    path = written(tmp_path, wakeword_yaml(settings))
    assert load_wakeword(path) == settings
    assert load_wakeword(tmp_path) == settings


def test_paths_and_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALK", str(tmp_path / "talk"))
    text = "name: x\nphrases: [1.10, yes]\nnegatives: ${TALK}/a.csv\nnoise: ../noise\n"
    (tmp_path / "deep").mkdir()
    settings = load_wakeword(written(tmp_path / "deep", text))
    assert settings.phrases == ("1.10", "yes")
    assert settings.negatives == tmp_path / "talk" / "a.csv"
    assert settings.noise == tmp_path / "noise"


@pytest.mark.parametrize(
    ("text", "says", "hint"),
    [
        ("phrases: [a]\n", "`name` is missing", "add"),
        ("name: x\nphrases: []\n", "phrases", None),
        ("name: x\nphrases: [hey, hey]\n", "twice", None),
        ("name: x\nphrases: [_unknown_]\n", "nothing to say", None),
        ("name: x\nphrases: ['?!']\n", "nothing to say", None),
        ("name: x\nphrases: [hey]\nnegative: a\n", ":3: unknown key `negative`", "negatives"),
        ("name: x\nphrases: [hey]\ntraining: {step: 4}\n", "unknown key `training.step`", "steps"),
        ("name: x\nphrases: [hey]\ntraining: {steps: 4}\n", "20 epochs for 4 steps", None),
        ("name: x\nphrases: [hey]\nfa_per_hour: 0\n", "fa_per_hour", None),
        ("name: last\nphrases: [hey]\n", "beside the results", None),
        ("- x\n", "keys such as", None),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, says: str, hint: str | None) -> None:
    with pytest.raises(VoxError) as error:
        load_wakeword(written(tmp_path, text))
    assert says in error.value.message
    if hint is not None:
        assert error.value.hint is not None
        assert hint in error.value.hint


def test_a_detector_is_not_trained_from_clips(tmp_path: Path) -> None:
    refuse_detector(tmp_path)
    path = written(tmp_path, "name: x\n")
    for place in (tmp_path, path, tmp_path / "experiment.resolved.yaml"):
        with pytest.raises(VoxError, match="not trained from clips"):
            refuse_detector(place)
    refuse_detector(tmp_path / "exp.yaml")


def test_every_setting_is_documented() -> None:
    text = (Path(__file__).parents[2] / "docs" / "wakeword.md").read_text(encoding="utf-8")
    for key in (*Wakeword.model_fields, *Spotting.model_fields):
        assert f"`{key}`" in text, key
