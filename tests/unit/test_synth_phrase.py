"""The corpus of a phrase."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("espeakng_loader")

import soundfile

from vox_embed.data.synth.espeak import Espeak
from vox_embed.data.synth.phrase import PhraseRecipe, check_phrases, make_phrases, sounds_in
from vox_embed.data.synth.vocabulary import accented, plain, vocabulary_of
from vox_embed.experiment.errors import VoxError

RECIPE = PhraseRecipe(("hallo haus",), "de", spoken=12, confusable=6, sentences=4, silence=2, voices=6)


def rows(table: Path) -> list[dict[str, str]]:
    with table.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_phrases(RECIPE, tmp_path_factory.mktemp("phrase") / "de", jobs=1)


def test_kinds_labels_and_times(corpus: Path) -> None:
    found = rows(corpus)
    kinds = [row["kind"] for row in found]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {
        "phrase": 12, "confusable": 6, "sentence": 4, "silence": 2,
    }  # fmt: skip
    labels = {
        "phrase": "hallo haus",
        "confusable": "_unknown_",
        "sentence": "_unknown_",
        "silence": "_silence_",
    }
    for row in found:
        assert row["label"] == labels[row["kind"]]
        sound, rate = soundfile.read(corpus.parent / row["file"])
        assert rate == 16000
        assert 0.5 < np.abs(sound).max() <= 1
        if row["kind"] == "phrase":
            start, end = float(row["word_start"]), float(row["word_end"])
            assert 0 <= start < end <= len(sound) / rate + 1e-3
            assert 0.3 < end - start < 3
        if row["kind"] in ("phrase", "confusable"):
            assert row["phrase"] == "hallo haus"
        if row["kind"] != "silence":
            assert row["language"] == "de"
    splits = {row["speaker"]: row["split"] for row in found if row["speaker"]}
    assert {"train", "dev", "test"} == set(splits.values())
    assert all(splits[row["speaker"]] == row["split"] for row in found if row["speaker"])


def test_the_same_recipe_gives_the_same_sound(corpus: Path, tmp_path: Path) -> None:
    again = make_phrases(RECIPE, tmp_path / "again", jobs=1)
    assert again.read_bytes() == corpus.read_bytes()
    for row in rows(corpus)[::5]:
        assert (again.parent / row["file"]).read_bytes() == (corpus.parent / row["file"]).read_bytes()


def test_what_is_taken_for_the_phrase_is_not_the_phrase(corpus: Path) -> None:
    with Espeak() as espeak:
        accent = next(a for a in espeak.accents() if a.code == "de")
        espeak.set_voice(accent.identifier)
        wanted = plain(espeak.phoneme_list("hallo haus"))
        for row in rows(corpus):
            if row["kind"] in ("confusable", "sentence"):
                assert plain(espeak.phoneme_list(row["word"])) != wanted


def test_another_accent_changes_a_sound_or_the_stress() -> None:
    with Espeak() as espeak:
        espeak.set_voice(next(a for a in espeak.accents() if a.code == "fr-fr").identifier)
        words = vocabulary_of(espeak)
        said = espeak.phoneme_list("bonjour maison")
        assert words is not None
    others = {accented(said, words, np.random.default_rng(i)) for i in range(40)}
    assert len(others) > 8
    assert all(sum(a != b for a, b in zip(plain(o), plain(said), strict=True)) <= 1 for o in others)


@pytest.mark.parametrize(
    ("words", "language", "says", "hint"),
    [
        (("hallo",), "dee", "no language `dee`", "de"),
        (("hallo",), "grc", "too few words", "accent"),
        (("...",), "de", "cannot say it", "--language"),
    ],
)
def test_what_cannot_be_said(words: tuple[str, ...], language: str, says: str, hint: str) -> None:
    with pytest.raises(VoxError, match=says) as error:
        check_phrases(words, language)
    assert error.value.hint is not None
    assert hint in error.value.hint


def test_a_short_phrase_can_be_said_by_all() -> None:
    assert len(check_phrases(("hi",), "en")) > 4


def test_sounds_are_counted() -> None:
    assert sounds_in("hey computer", "en") > sounds_in("hi", "en") >= 2
