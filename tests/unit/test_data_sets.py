"""Databases, splits and the checks on them."""

from __future__ import annotations

import itertools
import os
import random
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from vox_embed.data import Dataset, load_dataset
from vox_embed.data.drawing import share, shuffled
from vox_embed.experiment import VoxError, load_experiment

Make = Callable[..., Path]
SPECIFIED = "split_strategy: specified\ntest: {take: [0]}"


def load(path: Path) -> Dataset:
    return load_dataset(load_experiment(path))


def complaint(path: Path) -> str:
    with pytest.raises(VoxError) as caught:
        load(path)
    return str(caught.value)


def assignment(dataset: Dataset) -> dict[tuple[str, float], str]:
    table = dataset.table
    return {
        (Path(f).name, s): x for f, s, x in zip(table["file"], table["start"], table["split"], strict=True)
    }


def edit(csv: Path, change: Callable[[list[str]], list[str]]) -> None:
    csv.write_text("\n".join(change(csv.read_text().splitlines())) + "\n")


# ---- splits ------------------------------------------------------------------------------------------


def test_specified(make_corpus_csv: Make, write_experiment: Make) -> None:
    dataset = load(write_experiment(make_corpus_csv(), SPECIFIED + "\ndev: {take: 1, speaker: [ann, ben]}"))
    assert dataset.labels == ("high", "low")
    assert len(dataset) == 40
    assert set(dataset.select("test").table["take"]) == {"0"}
    dev = dataset.select("dev").table
    assert set(dev["take"]) == {"1"} and set(dev["speaker"]) == {"ann", "ben"}
    assert len(dataset.select("test")), len(dev) == (10, 4)
    assert any("speakers are in train and in test" in note for note in dataset.notes)
    assert dataset.summary().loc["all"].tolist() == [26, 4, 10, 40]
    assert [dataset.labels[i] for i in dataset.targets] == dataset.table["label"].tolist()
    assert all(Path(file).is_absolute() for file in dataset.table["file"])


def test_speaker_split_keeps_speakers_apart(make_corpus_csv: Make, write_experiment: Make) -> None:
    csv = make_corpus_csv(speakers=tuple(f"s{i}" for i in range(20)), takes=2)
    dataset = load(write_experiment(csv, "split_strategy: speaker_split\ntest_size: 30\ndev_size: 25"))
    speakers = {split: set(dataset.select(split).table["speaker"]) for split in ("train", "dev", "test")}
    assert [len(speakers[split]) for split in ("test", "dev", "train")] == [6, 4, 10]  # 25 % of 14 is 3.5
    for one, other in itertools.combinations(speakers.values(), 2):
        assert one.isdisjoint(other)


def test_dev_is_put_aside_by_speaker_when_test_has_unseen_ones(
    make_corpus_csv: Make, write_experiment: Make
) -> None:
    csv = make_corpus_csv(speakers=tuple(f"s{i}" for i in range(20)), takes=2)
    dataset = load(write_experiment(csv, "test_size: 30"))
    dev, train, test = (set(dataset.select(s).table["speaker"]) for s in ("dev", "train", "test"))
    assert dev and dev.isdisjoint(train | test)
    assert "dev: 1 of the 14 speakers of train" in dataset.notes


def test_dev_is_put_aside_by_label_when_speakers_are_few(
    make_corpus_csv: Make, write_experiment: Make
) -> None:
    dataset = load(write_experiment(make_corpus_csv(), SPECIFIED, "dev_size: 20"))
    counts = dataset.summary()["dev"]
    assert (counts["high"], counts["low"]) == (3, 3)
    assert len(dataset.select("test")) == 10  # never taken from


def test_dev_rows_are_the_same_wherever_the_recordings_lie(
    make_corpus_csv: Make, write_experiment: Make, tmp_path: Path
) -> None:
    csv = make_corpus_csv()
    shutil.copytree(csv.parent, tmp_path / "elsewhere" / "copy")
    there = tmp_path / "elsewhere" / "copy" / csv.name
    here = assignment(load(write_experiment(csv, SPECIFIED, "dev_size: 20")))
    assert assignment(load(write_experiment(there, SPECIFIED, "dev_size: 20"))) == here
    assert "dev" in here.values()


def test_models_that_do_not_stop_early_learn_from_all_rows(
    make_corpus_csv: Make, write_experiment: Make
) -> None:
    forest = "window: {functionals: [mean]}\nmodel: {type: forest}"
    dataset = load(write_experiment(make_corpus_csv(), SPECIFIED, rest=forest))
    assert [len(dataset.select(split)) for split in ("train", "dev", "test")] == [30, 0, 10]


def test_random_is_stratified(make_corpus_csv: Make, write_experiment: Make) -> None:
    dataset = load(write_experiment(make_corpus_csv(), "split_strategy: random\ntest_size: 25\ndev_size: 20"))
    assert (
        dataset.summary().loc[["high", "low"], ["train", "dev", "test"]].to_numpy().tolist()
        == [[12, 3, 5]] * 2
    )


@pytest.mark.parametrize(
    "database", ["split_strategy: random", "test_size: 40", "limit_samples: 25\nsplit_strategy: random"]
)
def test_splits_depend_on_the_seed_and_not_on_the_order(
    make_corpus_csv: Make, write_experiment: Make, database: str
) -> None:
    csv = make_corpus_csv()
    first = assignment(load(write_experiment(csv, database)))

    def shuffle(lines: list[str]) -> list[str]:
        rows = lines[1:]
        random.Random(3).shuffle(rows)
        return [lines[0], *rows]

    edit(csv, shuffle)
    assert assignment(load(write_experiment(csv, database))) == first
    other_seed = assignment(load(write_experiment(csv, database, rest="seed: 8")))
    assert other_seed != first
    kept = assignment(load(write_experiment(csv, database, "split_seed: 7", "seed: 8")))
    assert kept == first


def test_split_column_and_train_and_test_databases(
    make_corpus_csv: Make, write_experiment: Make, tmp_path: Path
) -> None:
    csv = make_corpus_csv(takes=2)
    edit(
        csv,
        lambda lines: [
            lines[0] + ",part",
            *(f"{x},{('training', 'validation', 'test')[i % 3]}" for i, x in enumerate(lines[1:])),
        ],
    )
    dataset = load(write_experiment(csv, "split_strategy: specified\nsplit_column: part"))
    assert dataset.table["split"].value_counts().to_dict() == {"train": 7, "dev": 7, "test": 6}
    edit(csv, lambda lines: [*lines[:-1], lines[-1].rpartition(",")[0] + ",other"])
    message = complaint(write_experiment(csv, "split_strategy: specified\nsplit_column: part"))
    assert "table.csv:21" in message and "`other` is not a split" in message

    make_corpus_csv(folder="second", speakers=("fay", "gus"))
    both = write_experiment(csv, "split_strategy: train")
    text = (
        both.read_text()
        + f"    second:\n      path: {tmp_path}/second/table.csv\n      split_strategy: test\n"
    )
    both.write_text(text)
    dataset = load(both)
    assert set(dataset.select("test").table["database"]) == {"second"}
    assert set(dataset.select("train").table["database"]) == {"tones"}


def test_keep_splits(make_corpus_csv: Make, write_experiment: Make) -> None:
    csv = make_corpus_csv()
    assert "no train rows" in complaint(write_experiment(csv, SPECIFIED + "\nkeep_splits: [test]"))


def test_segments_of_one_file_stay_together(make_corpus_csv: Make, write_experiment: Make) -> None:
    csv = make_corpus_csv(speakers=("ann",), takes=10)

    def cut(lines: list[str]) -> list[str]:
        parts = [("0", "0.1"), ("0.1", "")]
        return [lines[0] + ",start,end", *(f"{line},{a},{b}" for line in lines[1:] for a, b in parts)]

    edit(csv, cut)
    table = load(write_experiment(csv, "split_strategy: random\ntest_size: 30")).table
    assert (table.groupby("file")["split"].nunique() == 1).all()
    whole = table[table["end"].isna()]
    assert np.allclose(whole["start"] + whole["duration"], [0.2 + 0.01 * int(t) for t in whole["take"]])
    assert (table[table["start"] == 0]["duration"] == 0.1).all()


def test_a_row_behind_its_file_costs_the_file_no_other_row(
    make_corpus_csv: Make, write_experiment: Make
) -> None:
    csv = make_corpus_csv(takes=2)
    lines = [line.split(",") for line in csv.read_text().splitlines()]
    lines = [[*line, "start"] if i == 0 else [*line, "0"] for i, line in enumerate(lines)]
    lines.append([*lines[1][:-1], "900"])
    csv.write_text("\n".join(map(",".join, lines)) + "\n")
    path = write_experiment(csv, SPECIFIED)
    assert "start 900 s, but " in complaint(path) and "in seconds?" in complaint(path)
    dataset = load(write_experiment(csv, SPECIFIED, "skip_bad_files: true"))
    assert len(dataset) == len(lines) - 2
    assert sum(note.startswith("skipped: ") and ":22: start 900 s" in note for note in dataset.notes) == 1


def test_a_label_is_not_lost_with_its_files(make_corpus_csv: Make, write_experiment: Make) -> None:
    csv = make_corpus_csv(("low", "high", "mid"), takes=2)
    for file in (csv.parent / "audio").glob("mid_*"):
        file.write_bytes(b"")
    assert "label `mid`: none of its 10 rows can be read" in complaint(
        write_experiment(csv, SPECIFIED, "skip_bad_files: true")
    )
    dataset = load(write_experiment(csv, SPECIFIED, "skip_bad_files: true\nlabels: [low, high]"))
    assert dataset.labels == ("low", "high")


def test_limits_that_leave_a_label_out_are_told(make_corpus_csv: Make, write_experiment: Make) -> None:
    csv = make_corpus_csv(("low", "high", "mid"), takes=2)
    for file in (csv.parent / "audio").glob("mid_*"):
        soundfile.write(file, np.full(800, 1000, np.int16), 16000)
    dataset = load(write_experiment(csv, SPECIFIED + "\nmin_duration_of_sample: 0.1"))
    assert dataset.labels == ("high", "low")
    assert any("leave no row of label `mid`" in note for note in dataset.notes)


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("ANN", "speakers `ANN` and `ann` differ in case"),
        ("NA", "speaker `NA` (1 rows, first: "),
        ("unknown", "is taken as one person"),
        ("", "1 of 40 rows have no speaker (first: "),
    ],
)
def test_speakers_that_may_be_nobody_are_told(
    make_corpus_csv: Make, write_experiment: Make, cell: str, words: str
) -> None:
    csv = make_corpus_csv()
    csv.write_text(csv.read_text().replace("low_ann_0.wav,ann,", f"low_ann_0.wav,{cell},"))
    divided = load(write_experiment(csv, "split_strategy: speaker_split"))
    assert sum(words in note for note in divided.notes) == 1
    assert not any(words in note for note in load(write_experiment(csv, "split_strategy: random")).notes)


@pytest.mark.skipif(sys.platform != "linux", reason="names there are text")
def test_file_names_that_are_no_utf_8(make_corpus_csv: Make, write_experiment: Make) -> None:
    csv = make_corpus_csv(takes=2)
    for label in ("low", "high"):
        (csv.parent / "sounds" / label).mkdir(parents=True)
        for i, file in enumerate(sorted((csv.parent / "audio").glob(f"{label}_*"))):
            file.rename(csv.parent / "sounds" / label / os.fsdecode(b"s\xe9_%d.wav" % i))
    dataset = load(write_experiment(csv.parent / "sounds", "split_strategy: random"))
    assert len(dataset) == 20


def test_rows_without_a_speaker_are_their_own(make_corpus_csv: Make, write_experiment: Make) -> None:
    csv = make_corpus_csv(speakers=tuple(f"s{i}" for i in range(10)))
    edit(csv, lambda lines: [line.replace(",s1,", ",,").replace(",s2,", ",,") for line in lines])
    dataset = load(write_experiment(csv, "test_size: 25"))
    anonymous = dataset.table[dataset.table["speaker"].isna()]
    assert (anonymous["split"] == "test").sum() == 4  # 25 % of 8, for each of two labels
    assert dataset.select("test").table["speaker"].dropna().nunique() == 2


@given(st.sets(st.text(max_size=5)), st.integers(0, 2**31))
def test_shuffled_is_a_permutation_that_ignores_order(items: set[str], seed: int) -> None:
    assert shuffled(sorted(items), seed) == shuffled(sorted(items, reverse=True), seed)
    assert set(shuffled(items, seed)) == items


@given(st.integers(0, 10000), st.floats(0.1, 99.9))
def test_share_leaves_something_on_both_sides(count: int, percent: float) -> None:
    part = share(count, percent)
    assert (part == 0) if count < 2 else (1 <= part <= count - 1)


# ---- reading -----------------------------------------------------------------------------------------


def test_colnames_mapping_labels_filter(make_corpus_csv: Make, write_experiment: Make) -> None:
    csv = make_corpus_csv(labels=("1", "2", "10"))
    edit(csv, lambda lines: [lines[0].replace("label", "digit"), *lines[1:]])
    dataset = load(write_experiment(csv, SPECIFIED, "target: digit"))
    assert dataset.labels == ("1", "2", "10")  # numbers sort as numbers
    dataset = load(
        write_experiment(
            csv,
            SPECIFIED + "\nmapping: {1: one, 2: two}\ncolnames: {digit: word}",
            "target: word\nlabels: [two, one]",
        )
    )
    assert dataset.labels == ("two", "one") and len(dataset) == 40
    dataset = load(
        write_experiment(csv, SPECIFIED + "\nfilter: [[gender, f], [take, [0, 1.0, '03']]]", "target: digit")
    )
    assert set(dataset.table["gender"]) == {"f"} and set(dataset.table["take"]) == {"0", "1", "3"}


def test_limits(make_corpus_csv: Make, write_experiment: Make) -> None:
    csv = make_corpus_csv()
    per_speaker = load(write_experiment(csv, "split_strategy: random\nlimit_samples_per_speaker: 5"))
    assert per_speaker.table.groupby("speaker").size().tolist() == [5] * 5
    long = load(
        write_experiment(
            csv, "split_strategy: random\nmin_duration_of_sample: 0.215\nmax_duration_of_sample: 0.225"
        )
    )
    assert set(long.table["take"]) == {"2"}


# ---- bad input ---------------------------------------------------------------------------------------


def test_missing_files_and_unreadable_audio(make_corpus_csv: Make, write_experiment: Make) -> None:
    csv = make_corpus_csv()
    (csv.parent / "audio" / "low_ann_1.wav").unlink()
    (csv.parent / "audio" / "low_ben_1.wav").write_text("junk")
    (csv.parent / "audio" / "low_cem_1.wav").write_bytes(b"")
    message = complaint(write_experiment(csv, SPECIFIED))
    assert "low_ann_1.wav: no such audio file; 2 more such files" in message
    dataset = load(write_experiment(csv, SPECIFIED, "skip_bad_files: true"))
    assert len(dataset) == 37
    skipped = [note for note in dataset.notes if note.startswith("skipped:")]
    assert len(skipped) == 3 and any("low_ben_1.wav: cannot be read as audio" in note for note in skipped)


@pytest.mark.parametrize("cell", ["", "  ", "\u00a0", "\u200b"])
def test_rows_without_a_label(make_corpus_csv: Make, write_experiment: Make, cell: str) -> None:
    csv = make_corpus_csv()
    edit(csv, lambda lines: [*lines[:3], lines[3].replace(",low,", f",{cell},"), *lines[4:]])
    message = complaint(write_experiment(csv, SPECIFIED))
    assert "table.csv:4: no label: `label` is empty for audio/low_ann_2.wav" in message


def test_missing_things_are_named_with_the_nearest_name(
    make_corpus_csv: Make, write_experiment: Make
) -> None:
    csv = make_corpus_csv()
    assert "no such file or folder" in complaint(write_experiment("absent.csv"))
    message = complaint(write_experiment(csv, SPECIFIED, "target: labels"))
    assert "has no column `labels`" in message and "did you mean `label`?" in message
    message = complaint(write_experiment(csv, "split_strategy: specified\ntest: {tak: 0}"))
    assert "no column `tak`" in message and "did you mean `take`?" in message
    message = complaint(write_experiment(csv, "split_strategy: specified\ntest: {take: 9}"))
    assert "no row matches take: ['9']" in message and "0, 1, 2, 3" in message
    assert "has no column `x`" in complaint(write_experiment(csv, "colnames: {x: y}"))
    message = complaint(write_experiment(csv, SPECIFIED, "labels: [low, hihg]"))
    assert "no rows for label `hihg`" in message and "did you mean `high`?" in message
    edit(csv, lambda lines: [lines[0].replace("file", "filename"), *lines[1:]])
    message = complaint(write_experiment(csv, SPECIFIED))
    assert "the column `file` is missing" in message and "did you mean `filename`?" in message


def test_one_class_only_and_no_test_rows(make_corpus_csv: Make, write_experiment: Make) -> None:
    csv = make_corpus_csv()
    assert "one class only (`low`)" in complaint(
        write_experiment(csv, SPECIFIED + "\nfilter: [[label, low]]")
    )
    assert "no test rows" in complaint(write_experiment(csv, "split_strategy: train"))
    assert "no train rows" in complaint(write_experiment(csv, "split_strategy: test"))


def test_a_class_without_training_rows(make_corpus_csv: Make, write_experiment: Make) -> None:
    message = complaint(write_experiment(make_corpus_csv(), "split_strategy: specified\ntest: {label: high}"))
    assert "label `high` has no training rows" in message


def test_a_speaker_in_two_splits(make_corpus_csv: Make, write_experiment: Make, tmp_path: Path) -> None:
    csv = make_corpus_csv()
    message = complaint(write_experiment(csv, SPECIFIED, "speaker_disjoint: true"))
    assert "speaker `ann` is in two splits" in message
    make_corpus_csv(folder="second", takes=2)
    path = write_experiment(csv, "test_size: 40")
    text = (
        path.read_text()
        + f"    second:\n      path: {tmp_path}/second/table.csv\n      split_strategy: train\n"
    )
    path.write_text(text)
    message = complaint(path)
    assert "is in two splits: train (second: " in message and "rename_speakers" in message
    path.write_text(text + "      rename_speakers: true\n")
    assert "second/ann" in set(load(path).table["speaker"])


def test_speaker_split_without_speakers(make_corpus_csv: Make, write_experiment: Make) -> None:
    csv = make_corpus_csv()
    assert "only one speaker (`ann`)" in complaint(write_experiment(csv, "filter: [[speaker, ann]]"))
    edit(csv, lambda lines: [lines[0].replace("speaker", "person"), *lines[1:]])
    assert "needs a column `speaker`" in complaint(write_experiment(csv))


def test_labels_that_are_too_long_are_refused_after_mapping(
    make_corpus_csv: Make, write_experiment: Make
) -> None:
    long = "l" * 48
    csv = make_corpus_csv(labels=(long, "high"))
    assert f"label `{long}` is longer than 47 bytes" in complaint(write_experiment(csv, SPECIFIED))
    assert load(write_experiment(csv, SPECIFIED + f"\nmapping: {{{long}: low}}")).labels == ("high", "low")


# ---- what is needed ----------------------------------------------------------------------------------

NORMAL = "window: {functionals: [mean, std]}\nmodel: {type: mahalanobis, normal: low}"


def test_a_test_alone_is_enough_to_evaluate(make_corpus_csv: Make, write_experiment: Make) -> None:
    path = write_experiment(make_corpus_csv(), "split_strategy: test\nfilter: [[label, low]]")
    experiment = load_experiment(path)
    dataset = load_dataset(experiment, needs=("test",), labels=("low", "mid", "high"))
    assert dataset.labels == ("low", "mid", "high") and set(dataset.targets) == {0} and len(dataset) == 20
    assert load_dataset(experiment, needs=()).labels == ("low",)
    with pytest.raises(
        VoxError, match=r"table.csv:2: label `low` \(20 rows\) is none of the model's \(a, b\)"
    ):
        load_dataset(experiment, needs=("test",), labels=("a", "b"))
    path = write_experiment(make_corpus_csv(folder="more"), "split_strategy: train")
    assert len(load_dataset(load_experiment(path), needs=())) == 40
    with pytest.raises(VoxError, match="no test rows"):
        load_dataset(load_experiment(path), needs=("test",))


def test_the_test_rows_are_those_of_training(make_corpus_csv: Make, write_experiment: Make) -> None:
    experiment = load_experiment(write_experiment(make_corpus_csv(), "split_strategy: random"))
    whole = load_dataset(experiment).select("test")
    alone = load_dataset(experiment, needs=("test",), labels=("high", "low")).select("test")
    assert whole.table.equals(alone.table)


def test_a_regression_is_evaluated_on_the_grid_of_its_model(
    make_corpus_csv: Make, write_experiment: Make
) -> None:
    model = "window: {functionals: [mean]}\nmodel: {type: ridge, task: regression}"
    path = write_experiment(make_corpus_csv(), "split_strategy: test", "target: take", model)
    dataset = load_dataset(load_experiment(path), needs=("test",), labels=("0", "1.5", "3"))
    assert dataset.labels == ("0", "1.5", "3") and dataset.numeric


def test_an_anomaly_detector_needs_normal_rows_only(make_corpus_csv: Make, write_experiment: Make) -> None:
    csv = make_corpus_csv()
    # Of the other label, all rows are test.
    dataset = load(write_experiment(csv, "split_strategy: specified\ntest: {label: high}", rest=NORMAL))
    assert dataset.labels == ("high", "low") and set(dataset.select("train").table["label"]) == {"low"}
    # There are none, with a name or without.
    only = "split_strategy: random\nfilter: [[label, low]]"
    assert load(write_experiment(csv, only, rest=NORMAL)).labels == ("anomaly", "low")
    named = load(write_experiment(csv, only, "labels: [low, broken]", NORMAL))
    assert named.labels == ("low", "broken")
    assert "warning: no test rows for label `broken`" in named.notes
    message = complaint(write_experiment(csv, only, rest=NORMAL.replace("low", "lwo")))
    assert "model.normal: no row has the label `lwo`" in message and "did you mean `low`?" in message
    nothing = write_experiment(csv, "split_strategy: specified\ntest: {label: low}", rest=NORMAL)
    assert "label `low` has no training rows" in complaint(nothing)


def test_training_says_how_many_rows_it_learned_from(
    make_corpus_csv: Make, write_experiment: Make, tmp_path: Path
) -> None:
    from vox_embed.runs import train

    def told(model: str) -> str:
        window = "window: {length_ms: 150, stride_ms: 150, functionals: [mean, std]}"
        path = write_experiment(csv, SPECIFIED, rest=f"{window}\nmodel: {{{model}}}")
        train(load_experiment(path), root=tmp_path / "results")
        log = (tmp_path / "results" / "tones" / "train.log").read_text()
        return next(line for line in log.splitlines() if "trained on" in line)

    csv = make_corpus_csv()
    assert "trained on 40 rows of 80 values" in told("type: tree")
    normal = told("type: mahalanobis, normal: low")
    assert "trained on 20 rows (of 40) of 80 values, those of `low`" in normal
    lines = csv.read_text().splitlines()
    csv.write_text("\n".join([*lines[:21], *lines[29:]]) + "\n")
    balanced = told("type: tree, balancing: rus")
    assert "trained on 24 rows (of 32) of 80 values that `balancing: rus` made" in balanced


# ---- real databases ----------------------------------------------------------------------------------


def test_models_have_the_splits_they_state(vox_data: Path) -> None:
    models = Path(__file__).resolve().parents[2] / "models"
    digits = load(models / "digits")
    assert len(digits.select("test")) == 300 and len(digits.labels) == 10
    assert set(digits.select("test").table["take"]) == {"0", "1", "2", "3", "4"}
    commands = load(models / "commands")
    test, rest = commands.select("test").table, commands.table[commands.table["split"] != "test"]
    assert len(commands.labels) == 8
    assert set(test["speaker"].dropna()).isdisjoint(rest["speaker"].dropna())
    assert 0.2 < len(test) / len(commands) < 0.4
