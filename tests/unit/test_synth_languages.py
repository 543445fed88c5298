"""Words of other languages than English, from what espeak-ng itself knows of them."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("espeakng_loader")

from vox_embed.data.synth import Recipe, make_corpus
from vox_embed.data.synth.espeak import Espeak
from vox_embed.data.synth.vocabulary import confusable, plain, spoken, vocabulary_of


def identifier(espeak: Espeak, code: str) -> str:
    return next(accent.identifier for accent in espeak.accents() if accent.code == code)


@pytest.mark.parametrize("code", ["de", "fr-fr", "es", "sw", "tr", "it"])
def test_a_language_names_pictures_and_numbers(code: str) -> None:
    with Espeak() as espeak:
        espeak.set_voice(identifier(espeak, code))
        words = vocabulary_of(espeak)
        assert words is not None
        assert len(words.words) > 300
        assert len(words.vowels) >= 5
        assert len(words.consonants) >= 15
        assert len(set(words.said)) == len(words.said)
        sound = espeak.speak(spoken(words.said[0]))
        assert np.abs(sound).max() > 0.01


def test_a_language_without_names() -> None:
    with Espeak() as espeak:
        espeak.set_voice(identifier(espeak, "grc"))
        assert vocabulary_of(espeak) is None


def test_near_words_and_confusables_of_a_phrase() -> None:
    rng = np.random.default_rng(0)
    with Espeak() as espeak:
        espeak.set_voice(identifier(espeak, "de"))
        words = vocabulary_of(espeak)
        assert words is not None
        phrase = espeak.phoneme_list("haus")
        assert "🏠" in words.words  # it is the word itself
        kept = words.without([phrase])
        assert "🏠" not in kept.words
        assert len(kept.words) < len(words.words)
        near = kept.near(phrase, 20)
        assert len(near) == 20
        longer = espeak.phoneme_list("hallo haus")
        made = [confusable(longer, words, rng) for _ in range(60)]
        assert all(plain(one) != plain(longer) for one in made)
        assert len(set(made)) > 40
        assert any(len(one) < len(longer) - 2 for one in made)


def test_unknown_words_are_of_the_voices_language(tmp_path: Path) -> None:
    recipe = Recipe(
        ("hallo",), per_word=2, unknown=12, silence=0, languages=("de", "en-us"), voices=8, seconds=0.6
    )
    make_corpus(recipe, tmp_path / "a", 1)
    make_corpus(recipe, tmp_path / "b", 2)
    rows, again = (
        list(csv.DictReader((tmp_path / x / "synth.csv").open(encoding="utf-8"))) for x in ("a", "b")
    )
    assert rows == again
    unknown = [row for row in rows if row["label"] == "_unknown_"]
    german = [row["word"] for row in unknown if row["language"] == "de"]
    english = [row["word"] for row in unknown if row["language"] != "de"]
    assert german
    assert english
    assert all(not word.isascii() or word.isdigit() or word.startswith("[[") for word in german)
    assert all(word.isascii() for word in english)
