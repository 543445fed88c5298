"""Targets that are numbers: turned round, scaled, made classes of."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest

from vox_embed.data import Dataset, load_dataset
from vox_embed.experiment import VoxError, load_experiment
from vox_embed.experiment.results import resolved_yaml

Make = Callable[..., Path]
SPECIFIED = "split_strategy: specified\ntest: {take: 0}"
RIDGE = "window: {functionals: [mean]}\nmodel: {type: ridge, task: regression}"
AGES = {"ann": "20", "ben": "30", "cem": "45.5", "dia": "60", "eve": "72"}


def load(path: Path) -> Dataset:
    return load_dataset(load_experiment(path))


def complaint(path: Path) -> str:
    with pytest.raises(VoxError) as caught:
        load(path)
    return str(caught.value)


@pytest.fixture
def ages(make_corpus_csv: Make) -> Path:
    """A table of tones whose speakers have ages."""
    csv = make_corpus_csv(takes=2)
    head, *lines = csv.read_text().splitlines()
    lines = [f"{line},{AGES[line.split(',')[1]]}" for line in lines]
    csv.write_text("\n".join([f"{head},age", *lines]) + "\n")
    return csv


def classes(dataset: Dataset) -> dict[str, str]:
    return dict(zip(dataset.column("age"), dataset.table["label"], strict=True))


@pytest.mark.parametrize(
    ("bins", "expected"),
    [
        ("[-inf, 30, 60, inf]", ["young", "middle", "middle", "old", "old"]),
        ("[-.inf, 30, 60, .inf]", ["young", "middle", "middle", "old", "old"]),
        ("[20, 30.5, 60, 72]", ["young", "young", "middle", "old", "old"]),
    ],
)
def test_classes_of_a_number(ages: Path, write_experiment: Make, bins: str, expected: list[str]) -> None:
    path = write_experiment(ages, SPECIFIED, f"target: age\nlabels: [young, middle, old]\nbins: {bins}")
    dataset = load(path)
    assert dataset.labels == ("young", "middle", "old") and not dataset.numeric
    assert classes(dataset) == dict(zip(AGES.values(), expected, strict=True))
    experiment = load_experiment(path)
    path.write_text(resolved_yaml(experiment))
    assert load_experiment(path).data == experiment.data
    assert experiment.data.edges is not None and math.isinf(experiment.data.edges[0]) == ("inf" in bins)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("bins: [-inf, 30, inf]", "3 edges make 2 classes that have no names"),
        ("bins: [0, 30, 60, 90]\nlabels: [a, b]", "4 edges make 3 classes; there are 2 labels"),
        ("bins: [0, 60, 30]\nlabels: [a, b]", "edges rise: 30 is not above"),
        ("bins: [0, nan, 30]\nlabels: [a, b]", "an edge is a number, -inf or inf"),
        ("bins: [0, 30]\nlabels: [a, b]", "2 edges make no classes to tell apart"),
        ("bins: many", "a whole number, 2 to 96, or a list of edges"),
        ("bins: 5", "so many bins are for a regression"),
        ("bins: [20, 40, 60]\nlabels: [a, b]", "`age` is 72, outside of data.bins (20 to 60) (and 3 more"),
        ("bins: [-inf, 10, inf]\nlabels: [a, b]", "no rows for label `a`"),
    ],
)
def test_bins_that_do_not_fit(ages: Path, write_experiment: Make, data: str, words: str) -> None:
    assert words in complaint(write_experiment(ages, SPECIFIED, f"target: age\n{data}"))


def test_bins_of_words_and_of_a_regression(ages: Path, write_experiment: Make) -> None:
    data = "bins: [-inf, 30, inf]\nlabels: [a, b]"
    message = complaint(write_experiment(ages, SPECIFIED, f"target: gender\n{data}"))
    assert "table.csv:2: `gender` is `m`: `bins` need a number in every row" in message
    message = complaint(write_experiment(ages, SPECIFIED, f"target: age\n{data}", RIDGE))
    assert "data.bins: edges make classes, and a regression answers with a number" in message


@pytest.mark.parametrize(
    ("database", "expected"),
    [
        ("reverse: true", [52, 42, 26.5, 12, 0]),
        ("reverse: true\nreverse_max: 100", [80, 70, 54.5, 40, 28]),
        ("scale: {from: [0, 100]}", [0.2, 0.3, 0.455, 0.6, 0.72]),
        ("scale: {from: [20, 72], to: [-1, 1]}", [-1, -32 / 52, -1 / 52, 28 / 52, 1]),
        ("scale: {from: [0, 100], to: [0, 10]}\nreverse: true\nreverse_max: 100", [8, 7, 5.45, 4, 2.8]),
    ],
)
def test_numbers_are_turned_and_scaled(
    ages: Path, write_experiment: Make, database: str, expected: list[float]
) -> None:
    path = write_experiment(ages, f"{SPECIFIED}\n{database}", "target: age", RIDGE)
    dataset = load(path)
    found = {age: float(label) for age, label in classes(dataset).items()}
    assert found == pytest.approx(dict(zip(AGES.values(), expected, strict=True)))
    assert len(load(write_experiment(ages, f"{SPECIFIED}\n{database}", "target: age", RIDGE))) == 20
    path.write_text(resolved_yaml(load_experiment(path)))
    assert load(path).table["label"].tolist() == dataset.table["label"].tolist()


def test_a_standard_scale_knows_training_rows_only(ages: Path, write_experiment: Make) -> None:
    strategy = "split_strategy: specified\ntest: {speaker: eve}\nscale: standard"
    dataset = load(write_experiment(ages, strategy, "target: age", RIDGE))
    train = dataset.select("train").values
    assert train.mean() == pytest.approx(0, abs=1e-9) and train.std() == pytest.approx(1)
    assert (dataset.select("test").values > 2).all()
    assert any("target less 38.8" in n and "of its training rows" in n for n in dataset.notes)


@pytest.mark.parametrize(
    ("database", "rest", "words"),
    [
        ("reverse_max: 9", RIDGE, "`reverse` is not true"),
        ("reverse: true\nreverse_max: 60", RIDGE, "`age` is 72, above data.databases.tones.reverse_max (60)"),
        ("scale: {from: [0, 70]}", RIDGE, "`age` is 72, not in the range 0 to 70"),
        ("scale: {from: [9, 0]}", RIDGE, "the first number (9) is not below the second (0)"),
        ("scale: true", RIDGE, "`standard`, or a range"),
        ("scale: standard\nfilter: [[age, 60]]", RIDGE, "all its training rows have the same number (60)"),
        ("scale: standard", "", "it would do nothing: the target is a label"),
        ("reverse: true", "", "it would do nothing: the target is a label"),
    ],
)
def test_changes_that_do_not_fit(
    ages: Path, write_experiment: Make, database: str, rest: str, words: str
) -> None:
    assert words in complaint(write_experiment(ages, f"{SPECIFIED}\n{database}", "target: age", rest))


def test_classes_of_a_scaled_number(ages: Path, write_experiment: Make) -> None:
    data = "target: age\nlabels: [low, high]\nbins: [0, 0.5, 1]"
    dataset = load(write_experiment(ages, f"{SPECIFIED}\nscale: {{from: [0, 100]}}", data))
    assert set(classes(dataset).items()) >= {("45.5", "low"), ("60", "high")}
    text = data.replace("0, 0.5, 1", "-9, 0, 9")
    standard = load(write_experiment(ages, f"{SPECIFIED}\nscale: standard", text))
    mean = sum(map(float, AGES.values())) / len(AGES)
    assert set(classes(standard).items()) == {
        (age, "high" if float(age) >= mean else "low") for age in AGES.values()
    }
