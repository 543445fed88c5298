"""audformat databases: header and tables, schemes, splits."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path

import pytest
import soundfile

from helpers.sounds import tone
from vox_embed.data import Dataset, load_dataset
from vox_embed.experiment import VoxError, load_experiment
from vox_embed.experiment.results import resolved_yaml

Make = Callable[..., Path]
TREE = "window: {length_ms: 200, stride_ms: 100, functionals: [mean, std]}\nmodel: {type: tree}"
RIDGE = "window: {functionals: [mean]}\nmodel: {type: ridge, task: regression}"
RANDOM = "split_strategy: random"
TARGET = "target: emotion"

HEADER = """\
name: acted
source: none
usage: unrestricted
languages: [deu]
description: |
  Acted speech.
  In two lines.
schemes:
  emotion:
    dtype: str
    labels: [anger, neutral]
  confidence: {dtype: float, minimum: 0, maximum: 1}
  speaker:
    dtype: int
    labels:
      3: {gender: male, age: 31}
      8: {gender: female, age: 34}
  duration: {dtype: time}
splits:
  train: {type: train}
  test: {type: test}
tables:
  emotion:
    type: filewise
    columns:
      emotion: {scheme_id: emotion, rater_id: gold}
      emotion.confidence: {scheme_id: confidence}
  files:
    type: filewise
    columns:
      duration: {scheme_id: duration}
      speaker: {scheme_id: speaker}
raters:
  gold: {type: human}
"""
FILES = [f"wav/{speaker:02}{take}.wav" for speaker in (3, 8) for take in range(6)]


def load(path: Path) -> Dataset:
    return load_dataset(load_experiment(path))


def complaint(path: Path) -> str:
    with pytest.raises(VoxError) as caught:
        load(path)
    return str(caught.value)


@pytest.fixture
def acted(tmp_path: Path) -> Path:
    """Two speakers with six files each."""
    root = tmp_path / "acted"
    (root / "wav").mkdir(parents=True)
    for i, file in enumerate(FILES):
        soundfile.write(root / file, tone(200 + 300 * (i % 2) + 9 * i, 0.3, 16000, i), 16000)
    (root / "db.yaml").write_text(HEADER)
    emotions = "".join(f"{file},{('anger', 'neutral')[i % 2]},0.{i + 10}\n" for i, file in enumerate(FILES))
    (root / "db.emotion.csv").write_text("file,emotion,emotion.confidence\n" + emotions)
    files = "".join(f"{file},0 days 00:00:00.300000,{int(file[4:6])}\n" for file in FILES)
    (root / "db.files.csv").write_text("file,duration,speaker\n" + files)
    return root


def edit(root: Path, file: str, old: str, new: str) -> None:
    text = (root / file).read_text()
    assert old in text
    (root / file).write_text(text.replace(old, new, 1))


def add_table(  # noqa: PLR0917
    root: Path, name: str, text: str, columns: str, kind: str = "filewise", more: str = ""
) -> None:
    edit(
        root, "db.yaml", "tables:\n", f"tables:\n  {name}:\n    type: {kind}\n    columns: {columns}\n{more}"
    )
    (root / f"db.{name}.csv").write_text(text)


def test_tables_are_joined_and_labels_tell_more(acted: Path, write_experiment: Make) -> None:
    path = write_experiment(acted, "", TARGET, TREE)
    dataset = load(path)  # speaker_split
    assert dataset.labels == ("anger", "neutral") and len(dataset) == 12
    known = set(zip(dataset.table["speaker"], dataset.table["gender"], dataset.column("age"), strict=True))
    assert known == {("3", "male", "31"), ("8", "female", "34")}
    assert dataset.select("test").table["speaker"].nunique() == 1
    assert dataset.column("emotion.confidence").notna().all()
    regression = load(write_experiment(acted, RANDOM, "target: emotion.confidence", RIDGE))
    assert regression.values.max() == 0.21
    path.write_text(resolved_yaml(load_experiment(path)))
    assert len(load(path)) == 12


def test_segments_with_times(acted: Path, write_experiment: Make) -> None:
    lines = "".join(
        f"{file},0 days "
        f"00:00:00.{i % 2}00000,{('0 days 00:00:00.250000', '')[i % 2]},{('up', 'down')[i % 2]}\n"
        for i, file in enumerate(FILES)
    )
    add_table(acted, "turns", f"file,start,end,tone\n{lines}", "{tone: {}}", "segmented")
    dataset = load(write_experiment(acted, RANDOM, "target: tone", TREE))
    assert dataset.labels == ("down", "up") and set(dataset.table["speaker"]) == {"3", "8"}
    assert set(dataset.table["duration"].round(3)) == {0.25, 0.2}
    assert set(dataset.column("emotion")) == {"anger", "neutral"}


def split_tables(acted: Path, names: tuple[str, str]) -> None:
    text = (acted / "db.emotion.csv").read_text().splitlines()
    for name, rows in zip(names, (text[1:8], text[8:12]), strict=True):
        body = "\n".join(",".join(row.split(",")[:2]) for row in rows)
        add_table(acted, name, f"file,emotion\n{body}\n", "{emotion: {scheme_id: emotion}}")


@pytest.mark.parametrize(
    ("names", "database"),
    [
        (("one", "two"), "split_strategy: database\ntrain_tables: [one]\ntest_tables: [two]"),
        (("one", "two"), "split_strategy: specified\ntrain_tables: one\ntest_tables: two"),
        (("emotion.train", "emotion.test"), "split_strategy: database"),
    ],
)
def test_tables_of_splits(acted: Path, write_experiment: Make, names: tuple[str, str], database: str) -> None:
    split_tables(acted, names)
    path = write_experiment(acted, database, TARGET, TREE)
    dataset = load(path)
    assert [len(dataset.select(split)) for split in ("train", "test")] == [7, 4]
    if "emotion.train" in names:
        assert any("1 of 12 rows are in no table of a split: left out" in note for note in dataset.notes)
    path.write_text(resolved_yaml(load_experiment(path)))
    assert len(load(path)) == 11


def test_a_table_of_dev(acted: Path, write_experiment: Make) -> None:
    split_tables(acted, ("one", "two"))
    text = (acted / "db.emotion.csv").read_text().splitlines()
    add_table(acted, "three", "file,emotion\n" + ",".join(text[12].split(",")[:2]) + "\n", "{emotion: {}}")
    database = "split_strategy: database\ntrain_tables: one\ndev_tables: three\ntest_tables: two"
    dataset = load(write_experiment(acted, database, TARGET, TREE))
    assert [len(dataset.select(split)) for split in ("train", "dev", "test")] == [7, 1, 4]


def test_splits_that_the_header_names(acted: Path, write_experiment: Make) -> None:
    split_tables(acted, ("one", "two"))
    edit(acted, "db.yaml", "  one:\n", "  one:\n    split_id: train\n")
    edit(acted, "db.yaml", "  two:\n", "  two:\n    split_id: test\n")
    database = "split_strategy: database\ntarget_tables: [one, two]"
    dataset = load(write_experiment(acted, database, TARGET, TREE))
    assert [len(dataset.select(split)) for split in ("train", "test")] == [7, 4]


def test_files_tables_choose_rows(acted: Path, write_experiment: Make) -> None:
    add_table(acted, "few", "file\n" + "\n".join(FILES[:8]) + "\n", "{}")
    dataset = load(
        write_experiment(acted, f"{RANDOM}\nfiles_tables: few\ntarget_tables: emotion", TARGET, TREE)
    )
    assert len(dataset) == 8 and dataset.table["speaker"].isna().all()


def test_labels_in_a_table_of_their_own(acted: Path, write_experiment: Make) -> None:
    text = (acted / "db.yaml").read_text()
    start, end = text.index("    labels:\n      3:"), text.index("  duration: {dtype")
    (acted / "db.yaml").write_text(
        text[:start] + "    labels: people\n" + text[end:]
        + "misc_tables:\n  people:\n    levels: {person: int}\n    columns: {gender: {}, city: {}}\n"
    )  # fmt: skip
    message = complaint(write_experiment(acted, RANDOM, TARGET, TREE))
    assert "db.yaml: its table `people` is missing: there is neither db.people.csv nor .parquet" in message
    (acted / "db.people.csv").write_text("person,gender,city\n3,male,Bonn\n8,female,Kiel\n")
    dataset = load(write_experiment(acted, RANDOM, TARGET, TREE))
    assert set(dataset.column("city")) == {"Bonn", "Kiel"}
    edit(acted, "db.people.csv", "8,", "9,")
    message = complaint(write_experiment(acted, RANDOM, TARGET, TREE))
    assert "db.files.csv:8: `speaker` is `8`" in message and "is none of its labels (3, 9)" in message


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        (
            "db.emotion.csv",
            "neutral",
            "neutrall",
            "db.emotion.csv:3: `emotion` is `neutrall`, which by the scheme",
        ),
        ("db.emotion.csv", "0.10", "1.5", "is above its maximum of 1"),
        (
            "db.emotion.csv",
            "0.10",
            "high",
            "`emotion.confidence` is `high`, which by the scheme `confidence`",
        ),
        (
            "db.emotion.csv",
            "file,emotion,",
            "file,feeling,",
            "the header has the column `emotion` of the table",
        ),
        ("db.emotion.csv", FILES[1], FILES[0], "db.emotion.csv:3: wav/030.wav is there twice"),
        ("db.files.csv", ",3\n", ",4\n", "`speaker` is `4`, which by the scheme `speaker`"),
        ("db.files.csv", ",3\n", ",3.5\n", "is no whole number"),
        ("db.yaml", "scheme_id: emotion,", "scheme_id: mood,", "has the scheme `mood`, which is not there"),
        ("db.yaml", "minimum: 0", "minimum: low", "schemes.confidence.minimum: `low` is no number"),
        ("db.yaml", "  emotion:\n    type", "  ../emotion:\n    type", "has no name of a file"),
        ("db.yaml", "schemes:\n", "schemes: [\n", "db.yaml: is no YAML"),
        ("db.yaml", "splits:\n", "splits: no\nparts:\n", "`splits` is no mapping"),
    ],
)
def test_headers_and_tables_that_contradict(  # noqa: PLR0917
    acted: Path, write_experiment: Make, file: str, old: str, new: str, words: str
) -> None:
    edit(acted, file, old, new)
    assert words in complaint(write_experiment(acted, RANDOM, TARGET, TREE))


def test_tables_that_are_missing(acted: Path, write_experiment: Make) -> None:
    (acted / "db.files.csv").rename(acted / "db.files.pkl")
    message = complaint(write_experiment(acted, RANDOM, TARGET, TREE))
    assert "its table `files` is missing" in message and "pickled tables are not read" in message
    assert len(load(write_experiment(acted, f"{RANDOM}\nfiles_tables: emotion", TARGET, TREE))) == 12
    for database, data, words in (
        (f"{RANDOM}\ntarget_tables: [emotions]", TARGET, "has no table `emotions`"),
        (RANDOM, "target: emotoin", "no column or scheme `emotoin` in any table"),
        (f"{RANDOM}\ntrain_tables: emotion", TARGET, "`random` would not heed train_tables"),
        ("split_strategy: database\nfiles_tables: emotion", TARGET, "has no splits of its own"),
    ):
        assert words in complaint(write_experiment(acted, database, data, TREE))


def test_tables_that_disagree(acted: Path, write_experiment: Make) -> None:
    add_table(acted, "second", f"file,emotion\n{FILES[0]},neutral\n", "{emotion: {scheme_id: emotion}}")
    message = complaint(write_experiment(acted, RANDOM, TARGET, TREE))
    assert "`emotion` is `anger`, in the table `second` `neutral`" in message
    assert "data.databases.tones.target_tables" in message
    assert len(load(write_experiment(acted, f"{RANDOM}\ntarget_tables: emotion", TARGET, TREE))) == 12


def test_keys_of_tables_where_there_are_none(make_corpus_csv: Make, write_experiment: Make) -> None:
    csv = make_corpus_csv(takes=1)
    message = complaint(write_experiment(csv, "target_tables: [emotion]", rest=TREE))
    assert "is a table itself" in message
    message = complaint(write_experiment(csv.parent, "target_tables: [emotion]", rest=TREE))
    assert "is no audformat database" in message


def test_parquet(acted: Path, write_experiment: Make) -> None:
    if importlib.util.find_spec("pyarrow") is None:
        (acted / "db.files.csv").rename(acted / "db.files.parquet")
        message = complaint(write_experiment(acted, RANDOM, TARGET, TREE))
        assert "vox-embed[parquet]" in message
        return
    import pandas as pd

    table = pd.read_csv(acted / "db.files.csv").set_index("file")
    table["duration"] = pd.to_timedelta(table["duration"])
    (acted / "db.files.csv").unlink()
    table.to_parquet(acted / "db.files.parquet")
    dataset = load(write_experiment(acted, RANDOM, TARGET, TREE))
    assert set(dataset.table["speaker"]) == {"3", "8"} and set(dataset.table["gender"]) == {"male", "female"}
