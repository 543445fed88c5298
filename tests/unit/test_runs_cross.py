"""Cross-validation: what is held out of which database, and how folds are named."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from vox_embed.data import load_dataset
from vox_embed.data.folds import _filled
from vox_embed.experiment import VoxError, load_experiment
from vox_embed.experiment.results import resolved_yaml
from vox_embed.runs.cross import cross_validate
from vox_embed.runs.planning import check_folds, held_out, plan, planned, undivided

Make = Callable[..., Path]
CLASSIC = "window: {length_ms: 200, stride_ms: 100, functionals: [mean, std]}\nmodel: {type: tree}"


@pytest.fixture
def two_databases(make_corpus_csv: Make, write_experiment: Make) -> Callable[..., Path]:
    """A function that writes an experiment on two databases of the same tones at other takes."""

    def write(extra: str = "", database: str = "split_strategy: train") -> Path:
        first = make_corpus_csv(takes=2)
        second = make_corpus_csv(folder="second", takes=3)
        for i, csv_file in enumerate((first, second)):
            head, *lines = csv_file.read_text().splitlines()
            if extra:
                lines = [f"{line},{'x' if j % 2 else 'y'}{i}" for j, line in enumerate(lines)]
                head += f",{extra}"
            csv_file.write_text("\n".join([head, *lines]) + "\n")
        path = write_experiment(first, database.replace(", ", "\n"), rest=CLASSIC)
        text = path.read_text().replace(
            "    tones:", f"    other: {{path: {second}, {database}}}\n    tones:"
        )
        path.write_text(text)
        return path

    return write


def held_rows(path: Path, by: str) -> dict[str, set[str]]:
    """Which rows are test in each fold, as `database/file`."""
    experiment = load_experiment(path)
    whole = load_dataset(undivided(experiment), needs=())
    found = {}
    for fold in plan(experiment, whole, by, None):
        settings = held_out(experiment, whole, by, fold)
        again = path.with_name("again.yaml")
        again.write_text(resolved_yaml(settings))
        assert load_experiment(again).model_dump() == settings.model_dump()  # as a results folder keeps it
        test = load_dataset(settings).select("test").table
        found[fold.name] = set(test["database"] + "/" + test["file"].map(lambda file: Path(file).name))
    return found


def test_by_speaker_over_two_databases(two_databases: Callable[..., Path]) -> None:
    folds = held_rows(two_databases(), "speaker")
    assert list(folds) == [f"speaker-{name}" for name in ("ann", "ben", "cem", "dia", "eve")]
    assert len(folds["speaker-ann"]) == 2 * 2 + 2 * 3
    assert len(set().union(*folds.values())) == 50


def test_by_speaker_where_names_are_told_apart(two_databases: Callable[..., Path]) -> None:
    folds = held_rows(two_databases(database="rename_speakers: true, split_strategy: train"), "speaker")
    ann = {name.split("_ann-")[0]: len(rows) for name, rows in folds.items() if "_ann-" in name}
    assert len(folds) == 10 and ann == {"speaker-tones": 4, "speaker-other": 6}


def test_by_database(two_databases: Callable[..., Path]) -> None:
    folds = held_rows(two_databases(), "database")
    assert {name: {row.split("/")[0] for row in rows} for name, rows in folds.items()} == {
        "database-other": {"other"},
        "database-tones": {"tones"},
    }
    assert [len(rows) for rows in folds.values()] == [30, 20]


@pytest.mark.parametrize("column", ["database", "split", "duration", "place", "group", "key"])
def test_by_a_column_of_the_table(two_databases: Callable[..., Path], column: str) -> None:
    folds = held_rows(two_databases(column), column)
    assert {name: len(rows) for name, rows in folds.items()} == {
        f"{column}-x0": 10,
        f"{column}-x1": 15,
        f"{column}-y0": 10,
        f"{column}-y1": 15,
    }


def test_the_splits_of_the_experiment_do_not_matter(make_corpus_csv: Make, write_experiment: Make) -> None:
    csv_file = make_corpus_csv()
    for settings in ("test_size: 45", "split_strategy: test", "split_strategy: specified\ntest: {take: 0}"):
        for more in ("", "\nkeep_splits: [test]"):
            path = write_experiment(csv_file, settings + more, rest=CLASSIC)
            assert [len(rows) for rows in held_rows(path, "take").values()] == [10] * 4


def test_names_of_folds(make_corpus_csv: Make, write_experiment: Make) -> None:
    csv_file = make_corpus_csv(takes=2)
    text = csv_file.read_text().replace(",ann,", ",\u00e4 b,").replace(",ben,", ",\u00f6 b,")
    csv_file.write_text(
        text.replace(",cem,", f",{'long ' * 30}c,").replace(",dia,", ",X,").replace(",eve,", ",x,")
    )
    path = write_experiment(csv_file, "split_strategy: train", rest=CLASSIC)
    path.write_text(path.read_text().replace("name: tones", f"name: {'t' * 60}"))
    folds = held_rows(path, "speaker")
    assert len({name.lower() for name in folds}) == 5
    assert all(len(rows) == 4 for rows in folds.values())


def test_labels_that_are_called_as_verdicts_are(
    make_corpus_csv: Make, write_experiment: Make, tmp_path: Path
) -> None:
    csv_file = make_corpus_csv(labels=("silence", "unknown"), takes=2)
    path = write_experiment(
        csv_file, "split_strategy: train", rest=CLASSIC + "\ndecision: {unknown_threshold: 0.9}"
    )
    outcome = cross_validate(load_experiment(path), "take", root=tmp_path / "results")
    assert outcome.to_dict()["integer"]["accuracy"] > 0.7
    with (outcome.folder / "predictions.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert {row["predicted"] for row in rows} <= {"silence", "unknown", "(unknown)"} and len(rows) == 20
    folds = json.loads((outcome.folder / "metrics.json").read_text())["folds"]
    assert {name: fold["clips"] for name, fold in folds.items()} == {"take-0": 10, "take-1": 10}


def test_one_value_is_nothing_to_hold_out(make_corpus_csv: Make, write_experiment: Make) -> None:
    path = write_experiment(make_corpus_csv(), "split_strategy: train", rest=CLASSIC)
    experiment = load_experiment(path)
    with pytest.raises(VoxError, match="column `database` has one value only"):
        plan(experiment, load_dataset(undivided(experiment), needs=()), "database", None)


# ---- folds that the experiment names -----------------------------------------------------------------


def held_rows_of_folds(path: Path) -> dict[str, set[str]]:
    """Which rows are test in each fold, as `database/file`."""
    experiment = load_experiment(path)
    whole = load_dataset(undivided(experiment), needs=())
    by, folds = planned(experiment, whole)
    found = {}
    for fold in folds:
        settings = held_out(experiment, whole, by, fold)
        path.with_name("again.yaml").write_text(resolved_yaml(settings))
        assert load_experiment(path.with_name("again.yaml")).model_dump() == settings.model_dump()
        test = load_dataset(settings).select("test").table
        found[fold.name] = set(test["database"] + "/" + test["file"].map(lambda file: Path(file).name))
    assert sum(map(len, found.values())) == len(set().union(*found.values())) == len(whole)
    return found


def planned_rows(path: Path) -> dict[str, set[str]]:
    """Which files are test in each fold."""
    experiment = load_experiment(path)
    whole = load_dataset(undivided(experiment), needs=())
    by, folds = planned(experiment, whole)
    check_folds(experiment, whole, by, folds)
    found = {}
    for fold in folds:
        settings = held_out(experiment, whole, by, fold)
        assert settings.cross_validation is None
        found[fold.name] = {Path(f).name for f in load_dataset(settings).select("test").table["file"]}
    assert sum(map(len, found.values())) == len(whole)
    return found


@pytest.mark.parametrize(
    ("how", "sizes"),
    [
        ("{}", [4, 4, 4, 4, 4]),
        ("{type: loso}", [4, 4, 4, 4, 4]),
        ("{type: logo, folds: 2}", [8, 12]),
        ("{type: k_fold, folds: 2}", [8, 12]),
        ("{type: k_fold, folds: 2, by: take}", [10, 10]),
        ("{type: column, by: take}", [10, 10]),
    ],
)
def test_folds_as_the_experiment_says(
    make_corpus_csv: Make, write_experiment: Make, how: str, sizes: list[int]
) -> None:
    path = write_experiment(make_corpus_csv(takes=2), rest=f"{CLASSIC}\ncross_validation: {how}")
    assert sorted(len(rows) for rows in planned_rows(path).values()) == sizes


def test_folds_are_as_large_in_rows_and_labels_not_in_speakers(
    make_corpus_csv: Make, write_experiment: Make
) -> None:
    csv_file = make_corpus_csv(speakers=tuple(f"s{i}" for i in range(8)), takes=6)
    head, *lines = csv_file.read_text().splitlines()
    few = [line for line in lines if line.split(",")[1] < "s2" or int(line.split(",")[4]) < 2]
    csv_file.write_text("\n".join([head, *few]) + "\n")  # 12 rows of s0 and s1 each, 4 of the others
    path = write_experiment(csv_file, rest=f"{CLASSIC}\ncross_validation: {{type: logo, folds: 4}}")
    assert sorted(len(rows) for rows in planned_rows(path).values()) == [12, 12, 12, 12]


def test_folds_of_files_where_nobody_has_a_speaker(
    two_databases: Callable[..., Path], make_corpus_csv: Make, write_experiment: Make
) -> None:
    csv_file = make_corpus_csv(takes=3, folder="nobody")
    csv_file.write_text(csv_file.read_text().replace(",speaker,", ",who,"))
    how = "cross_validation: {type: k_fold, folds: 3}"
    found = planned_rows(write_experiment(csv_file, rest=f"{CLASSIC}\n{how}"))
    assert [len(rows) for rows in found.values()] == [10, 10, 10]
    assert all(sum(name.startswith("low") for name in rows) == 5 for rows in found.values())
    path = two_databases()
    for folder in ("corpus", "second"):  # where files have the same names
        table = path.parent / folder / "table.csv"
        table.write_text(table.read_text().replace(",speaker,", ",who,"))
    path.write_text(path.read_text() + how + "\n")
    assert set(map(len, held_rows_of_folds(path).values())) <= {16, 17}
    path.write_text(path.read_text().replace("type: k_fold, folds: 3", "type: database"))
    experiment = load_experiment(path)
    _, folds = planned(experiment, load_dataset(undivided(experiment), needs=()))
    assert [fold.values for fold in folds] == [("other",), ("tones",)]


def test_folds_where_some_have_a_speaker(make_corpus_csv: Make, write_experiment: Make) -> None:
    csv_file = make_corpus_csv(takes=3)
    csv_file.write_text(csv_file.read_text().replace(",dia,", ",,").replace(",eve,", ",,"))
    path = write_experiment(csv_file, rest=f"{CLASSIC}\ncross_validation: {{type: k_fold, folds: 3}}")
    found = held_rows_of_folds(path)
    assert sorted(map(len, found.values())) == [10, 10, 10]
    for speaker in ("ann", "ben", "cem"):
        assert sum(any(f"_{speaker}_" in file for file in files) for files in found.values()) == 1
    outcome = cross_validate(load_experiment(path), root=path.parent / "results")
    assert outcome.pooled.clips == 30


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("{type: logo}", "`logo` needs to be told how many"),
        ("{type: loso, folds: 3}", "it would do nothing: `loso` has as many as there are"),
        ("{type: column}", "`column` needs the name of the column"),
        ("{type: database, by: take}", "it would do nothing: databases are held out"),
        ("{type: logo, folds: 9}", "9 folds of 5 values of `speaker`"),
        ("{type: column, by: label}", "fold high: it holds all rows of label `high`"),
        ("{type: column, by: tkae}", "the data has no column `tkae`"),
    ],
)
def test_folds_that_do_not_fit(make_corpus_csv: Make, write_experiment: Make, how: str, words: str) -> None:
    path = write_experiment(make_corpus_csv(takes=2), rest=f"{CLASSIC}\ncross_validation: {how}")
    with pytest.raises(VoxError) as caught:
        planned_rows(path)
    assert words in str(caught.value)


def test_filters_of_one_split_in_folds(make_corpus_csv: Make, write_experiment: Make) -> None:
    csv_file = make_corpus_csv(takes=2)
    for selection, rows in (("train", 20), ("test", 12)):
        database = f"split_strategy: random\nfilter: [[gender, m]]\nsample_selection: {selection}"
        path = write_experiment(
            csv_file, database, rest=CLASSIC + "\ncross_validation: {type: column, by: take}"
        )
        assert sum(len(files) for files in planned_rows(path).values()) == rows


def test_no_fold_is_empty() -> None:
    random = np.random.default_rng(3)
    for count in (2, 3, 5):
        for _ in range(20):
            members = np.repeat(np.arange(count + 1), random.integers(1, 30, count + 1))
            made = np.zeros(len(members), np.int64)
            made[members == 0] = count - 1
            filled = _filled(made, members, count)
            assert set(filled) == set(range(count))
            assert all(len(set(filled[members == group])) == 1 for group in range(count + 1))
