"""Synthetic speech: the same recipe gives the same sound, and the sound is what the table says."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

from vox_embed.data.synth import Recipe, make_corpus, parse_words
from vox_embed.experiment import VoxError

pytest.importorskip("espeakng_loader", reason="needs the synthesiser: pip install 'vox-embed[synth]'")

RECIPE = Recipe(("yes", "turn on"), per_word=60, unknown=40, silence=30, voices=30, split=True)


def digest(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("synth") / "words"
    done: list[int] = []
    assert make_corpus(RECIPE, folder, 1, done.append) == 190
    assert sum(done) == 190
    return folder


@pytest.fixture(scope="module")
def table(corpus: Path) -> pd.DataFrame:
    return pd.read_csv(corpus / "synth.csv", keep_default_na=False)


def test_table(corpus: Path, table: pd.DataFrame) -> None:
    assert table["label"].value_counts().to_dict() == {
        "yes": 60,
        "turn on": 60,
        "_unknown_": 40,
        "_silence_": 30,
    }
    assert {str(p.relative_to(corpus)) for p in corpus.rglob("*.flac")} == set(table["file"])
    speech = table[table["label"] != "_silence_"]
    assert speech["speaker"].nunique() == 30
    assert set(speech["gender"]) == {"m", "f"}
    assert speech["language"].nunique() >= 4
    assert (table[table["label"] == "_silence_"]["speaker"] == "").all()
    assert speech.groupby("speaker")["split"].nunique().max() == 1
    assert set(table["split"]) == {"train", "dev", "test"}
    assert not {"yes", "turn on"} & set(table[table["label"] == "_unknown_"]["word"])


def test_sound(corpus: Path, table: pd.DataFrame) -> None:
    for row in table.itertuples():
        sound, rate = soundfile.read(corpus / row.file, dtype="int16")
        assert (rate, len(sound), sound.ndim) == (16000, 16000, 1)
        peak = np.abs(sound.astype(int)).max()
        if row.level > -60:
            assert abs(20 * np.log10(peak / 32768) - row.level) < 0.3
    speech = table[(table["label"] == "yes") & (table["snr"].astype(str) != "")]
    assert speech["snr"].astype(float).between(-2, 65).all()
    assert speech["level"].between(-30, 0).all()


def test_speech_stands_out_where_the_table_says_so(corpus: Path, table: pd.DataFrame) -> None:
    speech = table[table["label"] == "yes"]
    clean = speech[speech["snr"].astype(float) > 30]
    assert len(clean) > 10
    starts = []
    for file in clean["file"]:
        sound, _ = soundfile.read(corpus / file)
        power = np.square(sound[: len(sound) // 400 * 400]).reshape(-1, 400).mean(axis=1)
        assert 10 * np.log10(power.max() / (np.percentile(power, 10) + 1e-12)) > 15
        starts.append(int(power.argmax()))
    assert np.std(starts) > 2  # frames of 25 ms: not always at the same place


def test_the_number_of_processes_does_not_matter(corpus: Path, tmp_path: Path) -> None:
    make_corpus(RECIPE, tmp_path / "again", 2)
    assert digest(tmp_path / "again") == digest(corpus)


def test_another_seed_gives_other_sound(corpus: Path, tmp_path: Path) -> None:
    make_corpus(replace(RECIPE, seed=8, per_word=2, unknown=0, silence=2), tmp_path / "other", 1)
    other = digest(tmp_path / "other")
    assert not set(other.values()) & set(digest(corpus).values())


def test_rate_length_format_and_language(tmp_path: Path) -> None:
    recipe = Recipe(
        ("ja", "nein"), 2, 0, 1, sample_rate=8000, seconds=1.5, languages=("de",), voices=2, format="wav"
    )
    make_corpus(recipe, tmp_path / "german", 1)
    table = pd.read_csv(tmp_path / "german" / "synth.csv", keep_default_na=False)
    assert set(table["language"]) == {"de", ""} and "split" not in table
    sound, rate = soundfile.read(tmp_path / "german" / table["file"][0])
    assert (rate, len(sound)) == (8000, 12000)


def test_an_earlier_corpus_is_replaced_and_other_things_are_not(corpus: Path, tmp_path: Path) -> None:
    small = replace(RECIPE, per_word=1, unknown=0, silence=1, voices=2, split=False)
    make_corpus(small, tmp_path / "a", 1)
    make_corpus(small, tmp_path / "a", 1)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("precious")
    with pytest.raises(VoxError, match="holds other things"):
        make_corpus(small, tmp_path / "mine", 1)
    (tmp_path / "file").write_text("")
    with pytest.raises(VoxError, match="is a file"):
        make_corpus(small, tmp_path / "file", 1)
    assert {p.name for p in tmp_path.iterdir()} == {"a", "mine", "file"}


def test_ctrl_c_leaves_nothing_behind(tmp_path: Path) -> None:
    def interrupt(count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_corpus(RECIPE, tmp_path / "a", 1, interrupt)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("text", ["", " , ", "yes,yes", "_silence_,yes", "...,a", "x" * 48])
def test_bad_words(text: str) -> None:
    with pytest.raises(VoxError, match="--words"):
        parse_words(text)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"per_word": 0}, "--per-word"),
        ({"silence": -1}, "--silence"),
        ({"voices": 0}, "--voices"),
        ({"sample_rate": 100}, "--sample-rate"),
        ({"seconds": 0.0}, "--seconds"),
        ({"format": "mp3"}, "--format"),
        ({"languages": ("englsh",)}, "no language `englsh`"),
        ({"words": ("a b", "a_b")}, "same folder name"),
    ],
)
def test_bad_recipes(tmp_path: Path, change: dict[str, object], words: str) -> None:
    with pytest.raises(VoxError) as caught:
        make_corpus(replace(RECIPE, **change), tmp_path / "a", 1)  # type: ignore[arg-type]
    assert words in str(caught.value)
    assert not list(tmp_path.iterdir())
