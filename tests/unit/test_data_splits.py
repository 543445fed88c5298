"""Split strategies beyond the plain ones: balanced, speakers by name, an earlier run's, databases for one
split;
rows that are left out, in one split only."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from helpers.sounds import tone
from vox_embed.data import Dataset, load_dataset
from vox_embed.data.balance import Balance, Variable, _best, _climbed
from vox_embed.experiment import VoxError, load_experiment
from vox_embed.experiment.results import resolved_yaml
from vox_embed.runs import train
from vox_embed.runs.written import write_splits

Make = Callable[..., Path]
TREE = "window: {length_ms: 200, stride_ms: 100, functionals: [mean, std]}\nmodel: {type: tree}"
SPECIFIED = "split_strategy: specified\ntest: {take: 0}"


def load(path: Path) -> Dataset:
    return load_dataset(load_experiment(path))


def complaint(path: Path) -> str:
    with pytest.raises(VoxError) as caught:
        load(path)
    return str(caught.value)


def stays(path: Path) -> None:
    """The resolved file gives the same experiment."""
    experiment = load_experiment(path)
    path.write_text(resolved_yaml(experiment))
    assert load_experiment(path).model_dump() == experiment.model_dump()


def splits(dataset: Dataset) -> dict[str, str]:
    return {Path(f).name: s for f, s in zip(dataset.table["file"], dataset.table["split"], strict=True)}


# ---- balanced ----------------------------------------------------------------------------------------


@pytest.fixture
def uneven(make_corpus_csv: Make) -> Path:
    """Twelve speakers, of whom each has most of one label; ages from 20 to 75."""
    csv = make_corpus_csv(speakers=tuple(f"s{i:02}" for i in range(12)), takes=4)
    head, *lines = csv.read_text().splitlines()
    kept = []
    for line in lines:
        _, speaker, _, label, take = line.split(",")
        number = int(speaker[1:])
        if take == "0" or (label == "low") == (number % 3 == 0):
            kept.append(f"{line},{20 + 5 * number}")
    csv.write_text("\n".join([f"{head},age", *kept]) + "\n")
    return csv


def shares(dataset: Dataset, column: str) -> float:
    """How far the shares of a column's values in test are from those of all other rows."""
    cells, tested = dataset.column(column).to_numpy(str), dataset.table["split"].to_numpy() == "test"
    return 0.5 * sum(
        abs((cells[tested] == v).mean() - (cells[~tested] == v).mean()) for v in sorted(set(cells))
    )


def test_balanced_spreads_columns_and_keeps_speakers_apart(uneven: Path, write_experiment: Make) -> None:
    weights = "balance: {label: 2, gender: 1, age: 1}\nbalance_bins: {age: 2}"
    database = f"split_strategy: balanced\ntest_size: 33\n{weights}"
    path = write_experiment(uneven, database, rest=TREE)
    dataset = load(path)
    speakers = [set(dataset.select(split).table["speaker"]) for split in ("train", "test")]
    assert speakers[0].isdisjoint(speakers[1]) and len(speakers[0] | speakers[1]) == 12
    assert shares(dataset, "label") < 0.08 and shares(dataset, "gender") < 0.05
    old = [float(age) > 47 for age in dataset.select("test").column("age")]
    assert 0.3 < np.mean(old) < 0.7
    note = next(note for note in dataset.notes if "balanced test" in note)
    assert "% of 60 rows (33 asked), 4 of 12 speakers; shares differ from the rest by: label" in note
    head, *lines = uneven.read_text().splitlines()
    random.Random(1).shuffle(lines)
    uneven.write_text("\n".join([head, *lines]) + "\n")
    assert splits(load(path)) == splits(dataset)
    stays(path)


def test_balanced_where_two_people_speak_in_one_recording(
    make_corpus_csv: Make, write_experiment: Make
) -> None:
    csv = make_corpus_csv(speakers=("ann", "ben", "cem", "dia"), takes=3)
    head, *lines = csv.read_text().splitlines()
    other = {"ann": "ben", "ben": "cem", "cem": "dia", "dia": "ann"}
    parts = [f"{line},0,0.1" for line in lines]
    parts += [
        f"{line.replace(f',{who},', f',{other[who]},')},0.1,"
        for line in lines
        for who in [line.split(",")[1]]
    ]
    csv.write_text("\n".join([f"{head},start,end", *parts]) + "\n")
    dataset = load(write_experiment(csv, "split_strategy: balanced\ntest_size: 25", rest=TREE))
    assert dataset.select("test").table["speaker"].nunique() == 1 and len(dataset.select("test")) == 12


def test_no_division_is_better_than_the_one_that_is_found() -> None:
    everyone = np.array(list(itertools.product([False, True], repeat=11)))
    for seed in range(8):
        random = np.random.default_rng(seed)
        sizes = random.integers(1, 20, 11)
        names = random.integers(0, 3, int(sizes.sum()))
        counts = np.zeros((2, 11, 3))
        np.add.at(counts[0], (np.repeat(np.arange(11), sizes), names), 1.0)
        counts[1, np.arange(11), random.integers(0, 3, 11)] = sizes
        variables = (Variable("label", 2.0, counts[0]), Variable("gender", 1.0, counts[1]))
        balance = Balance(variables, sizes.astype(float), 0.3, 1.0)
        least = balance.cost(everyone).min()
        assert balance.cost(_best(balance, seed)[None])[0] <= least + 1e-9
        assert balance.cost(_climbed(balance, random)[None])[0] <= 1.05 * least


def test_balanced_gives_dev_too_and_heeds_sizes(uneven: Path, write_experiment: Make) -> None:
    database = "split_strategy: balanced\ntest_size: 25\ndev_size: 33\nsize_diff_weight: 20"
    dataset = load(write_experiment(uneven, database, rest=TREE))
    sizes = {split: len(dataset.select(split)) for split in ("train", "dev", "test")}
    assert sizes == {"train": 30, "dev": 15, "test": 15}
    of = {split: set(dataset.select(split).table["speaker"]) for split in sizes}
    assert not of["train"] & of["dev"] and not of["dev"] & of["test"] and not of["train"] & of["test"]


@pytest.mark.parametrize(
    ("database", "words"),
    [
        ("split_strategy: balanced\nbalance: {gendre: 1}", "has no column `gendre`"),
        ("split_strategy: balanced\nbalance: {gender: 1}\nbalance_bins: {gender: 2}", "is no number"),
        ("split_strategy: balanced\nbalance_bins: {age: 2}", "`age` is not in `balance`"),
        ("split_strategy: balanced\nbalance: {age: -1}", "balance.age"),
        ("split_strategy: random\nbalance: {age: 1}", "`balance` needs `split_strategy: balanced`"),
        ("size_diff_weight: 2", "`size_diff_weight` needs `split_strategy: balanced`"),
        ("split_strategy: balanced\nfilter: [[speaker, s00]]", "only one speaker (`s00`)"),
    ],
)
def test_balances_that_do_not_fit(uneven: Path, write_experiment: Make, database: str, words: str) -> None:
    assert words in complaint(write_experiment(uneven, database, rest=TREE))


# ---- speakers, databases, earlier runs ---------------------------------------------------------------


def test_a_list_of_test_speakers(make_corpus_csv: Make, write_experiment: Make) -> None:
    csv = make_corpus_csv()
    path = write_experiment(csv, "split_strategy: [ann, eve]", rest=TREE)
    assert set(load(path).select("test").table["speaker"]) == {"ann", "eve"}
    stays(path)
    assert "no row matches speaker: ['anna']" in complaint(write_experiment(csv, "split_strategy: [anna]"))
    message = complaint(write_experiment(csv, "split_strategy: [ann]\ntest: {take: 0}"))
    assert "a list names the speakers for test" in message


def test_test_files_by_name(make_corpus_csv: Make, write_experiment: Make) -> None:
    csv = make_corpus_csv()
    files = "split_strategy: specified\ntest_files: [audio/low_ann_0.wav, 'audio\\high_ben_1.wav']"
    path = write_experiment(csv, files, rest=TREE)
    assert set(load(path).select("test").table["speaker"]) == {"ann", "ben"}
    both = load(write_experiment(csv, files + "\ntest: {speaker: eve}", rest=TREE))
    assert len(both.select("test")) == 10
    message = complaint(write_experiment(csv, files.replace("low_ann_0", "low_anna_0"), rest=TREE))
    assert "test_files: " in message and "did you mean `audio/low_ann_0.wav`" in message
    assert "needs `split_strategy: specified`" in complaint(write_experiment(csv, "test_files: [x.wav]"))


def two(  # noqa: PLR0917
    csv: Path, other: Path, write_experiment: Make, data: str, first: str = "", second: str = ""
) -> Path:
    path = write_experiment(csv, first, data, TREE)
    text = path.read_text().replace("    tones:", f"    more: {{path: {other}{second}}}\n    tones:", 1)
    path.write_text(text)
    return path


def test_databases_for_training_or_testing_only(make_corpus_csv: Make, write_experiment: Make) -> None:
    csv, other = make_corpus_csv(takes=2), make_corpus_csv(takes=3, folder="other")
    path = two(csv, other, write_experiment, "trains: [tones]\ntests: more")
    dataset = load(path)
    assert set(dataset.select("train").table["database"]) == {"tones"}
    assert set(dataset.select("test").table["database"]) == {"more"}
    stays(path)
    for data, first, words in (
        ("trains: [tonse]", "", "`tonse`: no database of this name"),
        ("trains: [tones]\ntests: [tones]", "", "`tones`: it is in `trains`, too"),
        ("tests: [tones]", "split_strategy: random", "`tones` has `split_strategy: random`"),
        ("tests: [tones]", "test: {take: 0}", "`test` needs `split_strategy: specified`"),
    ):
        assert words in complaint(two(csv, other, write_experiment, data, first))


def test_only_the_test_rows_of_a_database(make_corpus_csv: Make, write_experiment: Make) -> None:
    csv, other = make_corpus_csv(takes=2), make_corpus_csv(takes=3, folder="other")
    path = two(
        csv,
        other,
        write_experiment,
        "",
        f"{SPECIFIED}\nas_train: true",
        ", split_strategy: random, as_test: true",
    )
    dataset = load(path)
    assert set(dataset.select("train").table["database"]) == {"tones"}
    assert set(dataset.select("test").table["database"]) == {"more"} and len(dataset.select("test")) == 6
    stays(path)
    both = write_experiment(csv, "as_test: true\nas_train: true")
    assert "either `as_test` or `as_train`" in complaint(both)
    assert "either this or" in complaint(write_experiment(csv, "as_test: true\nkeep_splits: [train]"))


def test_the_splits_of_an_earlier_run(make_corpus_csv: Make, write_experiment: Make, tmp_path: Path) -> None:
    csv = make_corpus_csv(takes=2)
    first = load_experiment(
        write_experiment(csv, "split_strategy: random\ntest_size: 30\ndev_size: 20", rest=TREE)
    )
    train(first, root=tmp_path / "results")
    wanted = splits(load_dataset(first))
    folder = tmp_path / "results" / "tones"
    assert str(tmp_path) not in (folder / "splits.csv").read_text()
    for source in (folder, folder / "splits.csv"):
        path = write_experiment(csv, f"split_strategy: reuse\nreuse: {source}", rest=TREE)
        assert splits(load(path)) == wanted
    stays(path)
    path = write_experiment(csv, f"split_strategy: reuse\nreuse: {folder / 'predictions.csv'}", rest=TREE)
    assert splits(load(path)) == {file: "test" if s == "test" else "train" for file, s in wanted.items()}
    moved = csv.parent.rename(tmp_path / "moved")  # the names of the database count, wherever it lies
    path = write_experiment(moved / csv.name, f"split_strategy: reuse\nreuse: {folder}", rest=TREE)
    assert splits(load(path)) == wanted


def test_splits_of_rows_that_are_parts_of_files(
    make_corpus_csv: Make, write_experiment: Make, tmp_path: Path
) -> None:
    csv = make_corpus_csv(takes=1)
    lines = csv.read_text().splitlines()
    parts = [f"{line},{start},{end}" for line in lines[1:] for start, end in (("0", "0.1"), ("100 ms", ""))]
    csv.write_text("\n".join([lines[0] + ",start,end", *parts]) + "\n")
    dataset = load(write_experiment(csv, "split_strategy: random", rest=TREE))
    write_splits(tmp_path, dataset)
    again = load(write_experiment(csv, f"split_strategy: reuse\nreuse: {tmp_path}", rest=TREE))
    assert len(again) == 20 and again.table["split"].tolist() == dataset.table["split"].tolist()


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("file,split\naudio/low_ann_0.wav,test\n", "has no split for audio/high_ann_0.wav (and 8 more rows)"),
        ("file,split\nx.wav,test\n", "has no split for audio/high_ann_0.wav"),
        ("file,predicted\nx.wav,low\n", "names no row of"),
        ("file,split\na.wav,exam\n", "splits.csv:2: `exam` is not a split"),
        (
            "file,split\na.wav,test\na.wav,train\n",
            "splits.csv:3: a.wav is train here, and test in an earlier row",
        ),
        ("name,split\na.wav,test\n", "has no column `file`"),
        ("file,kind\na.wav,test\n", "has no column `split`"),
        ("file,split,start\na.wav,test,soon\n", "start: `soon` is not a number of seconds"),
    ],
)
def test_tables_of_splits_that_do_not_fit(
    make_corpus_csv: Make, write_experiment: Make, tmp_path: Path, table: str, words: str
) -> None:
    (tmp_path / "splits.csv").write_text(table)
    path = write_experiment(make_corpus_csv(takes=1), "split_strategy: reuse\nreuse: splits.csv", rest=TREE)
    assert words in complaint(path)


def test_reuse_needs_a_path_that_is_there(make_corpus_csv: Make, write_experiment: Make) -> None:
    csv = make_corpus_csv(takes=1)
    assert "belong together" in complaint(write_experiment(csv, "split_strategy: reuse"))
    assert "belong together" in complaint(write_experiment(csv, "reuse: x.csv"))
    message = complaint(write_experiment(csv, "split_strategy: reuse\nreuse: x.csv"))
    assert "data.databases.tones.reuse: no such file" in message


# ---- rows that are left out --------------------------------------------------------------------------


def test_required_columns(make_corpus_csv: Make, write_experiment: Make) -> None:
    csv = make_corpus_csv()
    csv.write_text(csv.read_text().replace(",ann,m,", ",ann,,"))
    dataset = load(write_experiment(csv, f"{SPECIFIED}\nrequired: gender", rest=TREE))
    assert len(dataset) == 32 and "ann" not in set(dataset.table["speaker"])
    assert any("required: 8 of 40 rows have no `gender`: left out" in note for note in dataset.notes)
    message = complaint(write_experiment(csv, f"{SPECIFIED}\nrequired: [gender, aeg]", rest=TREE))
    assert "data.databases.tones.required" in message and "no column `aeg`" in message


def test_a_filter_of_one_split(make_corpus_csv: Make, write_experiment: Make) -> None:
    csv = make_corpus_csv()
    database = f"{SPECIFIED}\nfilter: [[gender, m]]\nsample_selection: train"
    path = write_experiment(csv, database, rest=TREE)
    dataset = load(path)
    assert set(dataset.select("train").table["gender"]) == {"m"} and len(dataset.select("train")) == 18
    assert set(dataset.select("test").table["gender"]) == {"m", "f"} and len(dataset.select("test")) == 10
    stays(path)
    limited = f"{SPECIFIED}\nlimit_samples: 4\nsample_selection: test"
    assert [len(load(write_experiment(csv, limited, rest=TREE)).select(s)) for s in ("train", "test")] == [
        30,
        4,
    ]
    for settings, words in (
        (f"{SPECIFIED}\nsample_selection: train", "it would do nothing: there is no `filter` and no limit"),
        ("split_strategy: test\nlimit_samples: 4\nsample_selection: train", "all rows are for test"),
        (f"{SPECIFIED}\nlimit_samples: 4\nsample_selection: dev", "it has no rows for dev"),
    ):
        assert words in complaint(write_experiment(csv, settings, rest=TREE))


def test_files_that_are_small_or_hold_little_sound(make_corpus_csv: Make, write_experiment: Make) -> None:
    csv = make_corpus_csv()
    root = csv.parent
    soundfile.write(root / "audio" / "low_ann_1.wav", tone(300, 0.02, 16000, 1), 16000)
    parts = [np.zeros(8000), tone(300, 0.08, 16000, 2), 0.001 * tone(300, 1, 16000, 3)]
    quiet = np.concatenate(parts) / 32768
    soundfile.write(root / "audio" / "low_ben_1.wav", quiet, 16000)
    dataset = load(write_experiment(csv, SPECIFIED, "check_size: 1000", TREE))
    assert "low_ann_1.wav" not in splits(dataset) and len(dataset) == 39
    assert any(
        "data.check_size: 1 of 40 rows of less than 1,000 bytes; first: audio/low_ann_1.wav" in n
        for n in dataset.notes
    )
    dataset = load(write_experiment(csv, SPECIFIED, "check_vad: 0.1", TREE))
    assert {"low_ann_1.wav", "low_ben_1.wav"}.isdisjoint(splits(dataset)) and len(dataset) == 38
    dataset = load(write_experiment(csv, SPECIFIED, "check_vad: 0.1", TREE + "\ndecision: {gate_dbfs: -90}"))
    assert len(dataset) == 39
    message = complaint(write_experiment(csv, SPECIFIED, "check_vad: 9", TREE))
    assert "data.check_vad leaves no row: all are with less than 9 s" in message
