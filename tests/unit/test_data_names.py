"""Columns that the names of files tell."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import soundfile

from helpers.sounds import tone
from vox_embed.data import Dataset, load_dataset
from vox_embed.experiment import VoxError, load_experiment
from vox_embed.experiment.name_pattern import read_pattern
from vox_embed.experiment.results import resolved_yaml

Make = Callable[..., Path]
RANDOM = "split_strategy: random"


def load(path: Path) -> Dataset:
    return load_dataset(load_experiment(path))


def complaint(path: Path) -> str:
    with pytest.raises(VoxError) as caught:
        load(path)
    return str(caught.value)


@pytest.mark.parametrize(
    ("pattern", "file", "cells"),
    [
        ("{speaker}-{word}", "ann-yes.wav", {"speaker": "ann", "word": "yes"}),
        ("{speaker}-{word}", "deep/er/ann-yes.wav", {"speaker": "ann", "word": "yes"}),
        ("{speaker}-{word}", "ann-yes.no.wav", {"speaker": "ann", "word": "yes.no"}),
        ("{speaker}-{word}.{take}.wav", "ann-yes.2.wav", {"speaker": "ann", "word": "yes", "take": "2"}),
        (
            "{speaker:2}{text:3}{emotion:1}{_}",
            "03a01Fa.flac",
            {"speaker": "03", "text": "a01", "emotion": "F"},
        ),
        ("{label}/{speaker}_{}_{}", "yes/ann_x_0.wav", {"label": "yes", "speaker": "ann"}),
        ("{a} -- {b}", "x - y -- z.wav", {"a": "x - y", "b": "z"}),
        ("word({word})", "word(yes).ogg", {"word": "yes"}),
        ("{wörter}+{β}", "ja+é.wav", {"wörter": "ja", "β": "é"}),
        ("{speaker}-{word}", "ann-yes-1.wav", None),
        ("{speaker}-{word}", "-yes.wav", None),
        ("{speaker}-{word}", "ann.wav", None),
        ("{speaker:2}{word}", "a.wav", None),
        ("{label}/{speaker}", "ann.wav", None),
        ("x{word}", "Xyes.wav", None),
    ],
)
def test_what_a_pattern_reads(pattern: str, file: str, cells: dict[str, str] | None) -> None:
    assert read_pattern(pattern).read(file) == cells


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("speaker", "names no column"),
        ("{_}-{}", "names no column"),
        ("{a}{b}", "where `{a}` ends and `{b}` begins is left open"),
        ("{a}{b:2}{c}", "where `{a}` ends and `{c}` begins is left open"),
        ("{a}-{a}", "`{a}` is there twice"),
        ("{a}-{b", "a brace is not closed"),
        ("{a:x}", "a number of characters"),
        ("{a:0}", "a number of characters"),
        ("{file}", "the name as a whole"),
    ],
)
def test_a_pattern_that_leaves_something_open_is_refused(
    write_experiment: Make, tmp_path: Path, pattern: str, words: str
) -> None:
    message = complaint(write_experiment(tmp_path, f"columns: {{from: '{pattern}'}}"))
    assert words in message and "exp.yaml:6: data.databases.tones.columns.from" in message


@pytest.fixture
def flat(tmp_path: Path) -> Path:
    """A folder of recordings whose names tell all."""
    (tmp_path / "flat").mkdir()
    for i, speaker in enumerate(("ann", "ben", "cem", "dia", "eve")):
        for j, word in enumerate(("yes", "no")):
            for level in ("-6", "0"):
                sound = tone(200 + 100 * j + 7 * i, 0.2, 16000, 10 * i + j + len(level))
                soundfile.write(tmp_path / "flat" / f"{speaker}_{20 + i}_{word}_{level}.wav", sound, 16000)
    (tmp_path / "flat" / "README.txt").write_text("not a recording")
    return tmp_path / "flat"


def test_a_folder_without_a_table(flat: Path, write_experiment: Make) -> None:
    pattern = "columns: {from: '{speaker}_{age}_{word}_{level}'}"
    dataset = load(write_experiment(flat, f"{pattern}\nfilter: [[level, 0]]", "target: word"))
    assert dataset.labels == ("no", "yes") and len(dataset) == 10
    assert set(dataset.table["speaker"]) == {"ann", "ben", "cem", "dia", "eve"}
    assert set(dataset.column("age")) == {"20", "21", "22", "23", "24"}
    assert dataset.select("test").table["speaker"].nunique() == 1
    experiment = load_experiment(write_experiment(flat, pattern, "target: word"))
    (flat.parent / "again.yaml").write_text(resolved_yaml(experiment))
    assert load_experiment(flat.parent / "again.yaml").model_dump() == experiment.model_dump()


def test_a_name_that_does_not_fit_is_refused(flat: Path, write_experiment: Make) -> None:
    (flat / "ann_20_yes_0.wav").rename(flat / "ann_20_yes.wav")
    path = write_experiment(flat, "columns: {from: '{speaker}_{age}_{word}_{level}'}", "target: word")
    message = complaint(path)
    assert f"{flat / 'ann_20_yes.wav'}: the name `ann_20_yes` does not fit" in message
    assert "columns.from: `{speaker}_{age}_{word}_{level}`" in message


def test_columns_beside_those_of_a_table_and_folders(make_corpus_csv: Make, write_experiment: Make) -> None:
    csv = make_corpus_csv()  # audio/low_ann_0.wav
    dataset = load(write_experiment(csv, f"{RANDOM}\ncolumns: {{from: '{{_}}_{{who}}_{{number}}'}}"))
    assert dataset.column("who").tolist() == dataset.table["speaker"].tolist()
    message = complaint(write_experiment(csv, f"{RANDOM}\ncolumns: {{from: '{{label}}_{{who}}_{{number}}'}}"))
    assert "`{label}` is a column of the database already" in message
    for label in ("low", "high"):
        (csv.parent / "by_label" / label).mkdir(parents=True)
    for file in (csv.parent / "audio").iterdir():
        file.rename(csv.parent / "by_label" / file.name.split("_")[0] / file.name)
    folder = csv.parent / "by_label"
    dataset = load(write_experiment(folder, "columns: {from: '{_}_{speaker}_{take}'}"))
    assert dataset.labels == ("high", "low") and dataset.table["speaker"].nunique() == 5
    dataset = load(write_experiment(folder, "columns: {from: '{label}/{_}_{speaker}_{take}'}"))
    assert dataset.labels == ("high", "low") and len(dataset) == 40
