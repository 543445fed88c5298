"""CSV tables: what is read, and what is refused because it could be read in two ways."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import soundfile

from helpers.sounds import tone
from vox_embed.data import Dataset, load_dataset
from vox_embed.data.cells import number_of, seconds_of
from vox_embed.experiment import VoxError, load_experiment

Write = Callable[..., Path]
LABELS = ("yes", "no")
RANDOM = "split_strategy: random"
TEST = "split_strategy: specified\ntest: {take: 0}"


def load(path: Path) -> Dataset:
    return load_dataset(load_experiment(path))


def complaint(path: Path) -> str:
    with pytest.raises(VoxError) as caught:
        load(path)
    return str(caught.value)


@pytest.fixture
def recordings(tmp_path: Path) -> list[str]:
    """Eight files of half a second; the first four are low."""
    names = [f"{i}.wav" for i in range(8)]
    for i, name in enumerate(names):
        soundfile.write(tmp_path / name, tone(200 + 300 * (i // 4), 0.5, 16000, i), 16000)
    return names


@pytest.fixture
def table(tmp_path: Path, recordings: list[str]) -> Callable[..., Path]:
    """A function that writes a table of the recordings: `more` columns with a cell for each file, then any
    change of its lines, in any encoding."""

    def write(
        more: dict[str, list[str]] | None = None,
        change: Callable[[list[str]], list[str]] = lambda lines: lines,
        separator: str = ",",
        encoding: str = "utf-8",
        end: str = "\n",
    ) -> Path:
        columns = {"file": recordings, "label": [LABELS[i // 4] for i in range(8)]}
        columns |= {"take": [str(i % 4) for i in range(8)]} | (more or {})
        lines = [separator.join(columns)] + [
            separator.join(row) for row in zip(*columns.values(), strict=True)
        ]
        path = tmp_path / "table.csv"
        path.write_bytes((end.join(change(lines)) + end).encode(encoding))
        return path

    return write


def replaced(line: int, old: str, new: str) -> Callable[[list[str]], list[str]]:
    """A change of one line, counted from 1."""

    def change(lines: list[str]) -> list[str]:
        assert old in lines[line - 1]
        return [text.replace(old, new, 1) if i == line else text for i, text in enumerate(lines, start=1)]

    return change


# ---- rows and cells ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("separator", "end", "encoding"),
    [
        (",", "\r\n", "utf-8-sig"),
        (";", "\n", "utf-8-sig"),
        ("\t", "\r\n", "utf-16"),
        ("|", "\r", "utf-8"),
        (";", "\r", "utf-16"),
    ],
)
def test_separators_line_ends_and_marks_do_not_matter(
    table: Write, write_experiment: Write, separator: str, end: str, encoding: str
) -> None:
    dataset = load(write_experiment(table(separator=separator, end=end, encoding=encoding), TEST))
    assert len(dataset) == 8 and dataset.labels == ("no", "yes")
    assert dataset.summary().loc["all"].tolist()[2:] == [2, 8]


@pytest.mark.parametrize(
    ("line", "change", "cells"),
    [
        (3, ("1.wav,", "1.wav,,"), 4),  # one too many in the middle, as of a column without a name
        (3, (",1", ",1,surplus"), 4),
        (5, (",3", ""), 2),  # too few: `label` would be the take, or the take nothing
        (5, ("3.wav,", ""), 2),
        (2, ("yes", "yes, sir"), 4),  # a separator that is not quoted
    ],
)
def test_a_row_of_other_columns_than_the_header_is_refused(
    table: Write, write_experiment: Write, line: int, change: tuple[str, str], cells: int
) -> None:
    message = complaint(write_experiment(table(change=replaced(line, *change)), RANDOM))
    assert f"table.csv:{line}: {cells} cells, but the header names 3 columns" in message
    assert "hint: a cell that holds the separator stands in quotes" in message


def test_what_is_no_cell_does_no_harm(table: Write, write_experiment: Write) -> None:
    def trailing(lines: list[str]) -> list[str]:
        return [lines[0], "", *(line + "," for line in lines[1:]), ",,,", "   ", ""]

    assert len(load(write_experiment(table(change=trailing), TEST))) == 8
    index = table(change=lambda lines: ["," + lines[0], *(f"{i},{line}" for i, line in enumerate(lines[1:]))])
    assert len(load(write_experiment(index, TEST))) == 8  # as data frames are written
    hinted = table(separator=";", change=lambda lines: ["sep=;", *lines])
    assert len(load(write_experiment(hinted, TEST))) == 8


def test_quoted_cells(table: Write, write_experiment: Write) -> None:
    texts = ['"a, b"', '"say ""no"""', '"two\nlines"', " 'x'", "5 in", '""', ' "a, b" '.rstrip(), "x"]
    dataset = load(write_experiment(table({"text": texts}), TEST))
    found = dict(zip((Path(f).stem for f in dataset.table["file"]), dataset.table["text"], strict=True))
    assert [found[str(i)] for i in (0, 1, 2, 4, 6)] == ["a, b", 'say "no"', "two\nlines", "5 in", "a, b"]
    assert found["5"] != found["5"]  # empty
    # Lines are counted as an editor counts them.
    path = table({"text": texts}, replaced(9, "7.wav,no", "7.wav,"))
    assert "table.csv:10: no label" in complaint(write_experiment(path, TEST))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (replaced(3, "yes", '"yes'), "table.csv:3: cannot be read as a CSV table"),
        (replaced(3, "yes", '"ye"s'), "table.csv:3: cannot be read as a CSV table"),
        # A quote that is not closed until another comes: two rows would be one label.
        (lambda lines: replaced(4, "yes,2", 'yes",2')(replaced(3, "yes,1", '"yes,1')(lines)), "line break"),
        (lambda lines: replaced(4, "2.wav", '2.wav"')(replaced(3, "1.wav", '"1.wav')(lines)), "line break"),
        (replaced(1, "label", "take"), "table.csv:1: the column `take` is there twice"),
        (replaced(1, "label", " take "), "table.csv:1: the column `take` is there twice"),
        (replaced(1, "label", '"la\nbel"'), "line break inside `la"),
        (lambda lines: [], "the table is empty"),
        (lambda lines: ["", ""], "the table is empty"),
        (lambda lines: lines[:1], "the table has no rows"),
        (lambda lines: [lines[0], ",,", ",,"], "the table has no rows"),
        (lambda lines: lines[1:], "the column `file` is missing"),
        (replaced(1, "file", "File"), "did you mean `File`?"),
        (replaced(3, "1.wav", "  "), "table.csv:3: the column `file` is empty"),
    ],
)
def test_broken_tables(
    table: Write, write_experiment: Write, change: Callable[[list[str]], list[str]], words: str
) -> None:
    assert words in complaint(write_experiment(table(change=change), RANDOM))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("file,label\na.wav,h\xf6ren\n".encode("latin-1"), "t.csv:2: the byte 0xf6 is not UTF-8"),
        (b"file,label\n\xff\xfe,\xff\n", "t.csv:2: the byte 0xff is not UTF-8"),
        (b"PK\x03\x04rest of a workbook", "is no CSV table but something binary"),
        (b"file,label\na\0.wav,x\n", "is no CSV table but something binary"),
        (b"\xff\xfef", "is not UTF-16"),
        (b"", "the table is empty"),
    ],
)
def test_bytes_that_are_no_table(tmp_path: Path, write_experiment: Write, content: bytes, words: str) -> None:
    (tmp_path / "t.csv").write_bytes(content)
    assert words in complaint(write_experiment("t.csv", RANDOM))


# ---- labels ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "label", ["yes ", " yes", "\tyes", "yes\u00a0", "\u200byes", "\ufeffyes", "yes\u3000"]
)
def test_blanks_around_a_label_do_not_count(table: Write, write_experiment: Write, label: str) -> None:
    dataset = load(write_experiment(table(change=replaced(3, "yes", label)), TEST))
    assert dataset.labels == ("no", "yes")
    named = load(write_experiment(table(change=replaced(3, "yes", label)), TEST, f"labels: ['{label}', no]"))
    assert named.labels == ("yes", "no")


def test_letters_are_composed(table: Write, write_experiment: Write) -> None:
    path = table(change=lambda lines: [line.replace("yes", "h\u00f6r") for line in lines[:3]] + lines[3:])
    text = path.read_text().replace("yes", "ho\u0308r")
    path.write_text(text)
    assert load(write_experiment(path, TEST)).labels == ("h\u00f6r", "no")
    assert load(write_experiment(path, TEST, "labels: ['ho\u0308r', no]")).labels == ("h\u00f6r", "no")


@pytest.mark.parametrize(("one", "other"), [("Yes", "yes"), ("y es", "yes"), ("\uff59es", "yes")])
def test_labels_that_look_alike_are_told(table: Write, write_experiment: Write, one: str, other: str) -> None:
    path = table(change=replaced(3, "yes", one))
    notes = load(write_experiment(path, TEST)).notes
    assert any("differ in case or blanks only" in n and f"`{one}`" in n and f"`{other}`" in n for n in notes)
    chosen = load(write_experiment(path, TEST, f"labels: [no, yes, '{one}']"))
    assert not any("differ" in note for note in chosen.notes)  # meant so


@pytest.mark.parametrize("word", ["NA", "null", "None", "nan", "NaN", "N/A", "NaT", "none", "no"])
def test_words_for_nothing_are_labels(table: Write, write_experiment: Write, word: str) -> None:
    path = table(change=lambda lines: [line.replace(",no,", f",{word},") for line in lines])
    dataset = load(write_experiment(path, TEST))
    assert set(dataset.labels) == {word, "yes"} and len(dataset) == 8
    told = any(f"label `{word}` (4 rows, first: {path}:6) is taken as a word" in n for n in dataset.notes)
    assert told == (word != "no")
    assert not load(write_experiment(path, TEST, f"labels: [yes, {word}]")).notes[1:]


def test_a_label_of_control_characters_is_refused(table: Write, write_experiment: Write) -> None:
    path = table(change=replaced(3, "yes", "y\x07s"))
    assert "table.csv:3: label `y\ufffds` has a control character (U+0007) in place 2" in complaint(
        write_experiment(path, RANDOM)
    )


def test_labels_of_the_file_are_the_texts_of_the_table(table: Write, write_experiment: Write) -> None:
    for spelled in (
        ["True", "1.10", "+1", "on"],
        ["0x10", "1e3", "007", "null"],
        ["~", "2024-01-01", "1.", "no"],
    ):
        path = table({"word": spelled * 2, "half": list("00001111")})
        settings = "split_strategy: specified\ntest: {half: 0}"
        dataset = load(write_experiment(path, settings, f"target: word\nlabels: [{', '.join(spelled)}]"))
        assert dataset.labels == tuple(spelled) and len(dataset) == 8
        joined = (
            f"{settings}\nmapping: {{{spelled[0]}: {spelled[1]}}}\nfilter: [[word, [{', '.join(spelled)}]]]"
        )
        dataset = load(write_experiment(path, joined, "target: word"))
        assert set(dataset.labels) == set(spelled[1:]) and len(dataset) == 8


def test_the_order_of_labels_does_not_depend_on_hashes(table: Write, write_experiment: Write) -> None:
    path = table({"word": ["Nan", "nan", "inf", "2", "10", "x", "-1", "1_0"]})
    path = write_experiment(path, "split_strategy: train", "target: word")
    code = "import sys; from vox_embed.data.labels import in_order; print(in_order(set(sys.argv[1:])))"
    words = ["Nan", "nan", "NaN", "inf", "-inf", "2", "10", "x", "-1", "1_0", "\u0661"]
    orders = {
        subprocess.run(
            [sys.executable, "-c", code, *words],
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in range(2)
    }
    assert orders == {str(("-1", "2", "10", "-inf", "1_0", "NaN", "Nan", "inf", "nan", "x", "\u0661")) + "\n"}


# ---- numbers and times -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "seconds"),
    [
        ("0.2", 0.2),
        (".2", 0.2),
        ("2e-1", 0.2),
        ("+0.2", 0.2),
        ("200 ms", 0.2),
        ("0.2s", 0.2),
        ("0.5 min", 30.0),
        ("00:00:00.2", 0.2),
        ("1:00:01", 3601.0),
        ("0 days 00:00:01.500000", 1.5),
        ("2 days 00:00:00", 172800.0),
    ],
)
def test_seconds(cell: str, seconds: float) -> None:
    assert seconds_of(cell) == pytest.approx(seconds, abs=1e-12)


def test_what_is_no_time_is_refused_with_its_place(table: Write, write_experiment: Write) -> None:
    for cell in ("0,9", "1,234.5", "inf", "-inf", "Infinity", "1_0", "0x10", "1:30", "00:61:00", "x", "9ns"):
        assert seconds_of(cell) is None
    for cell in ("0.2S", "\u0661", "1 2", "1..2", "e3", "--1", "1e", "1e400x", "-1 days +23:00:00", "nan"):
        assert seconds_of(cell) is None
    path = table({"end": ["0.4"] * 3 + ['"0,9"'] + ["0.4"] * 4})
    message = complaint(write_experiment(path, TEST))
    assert "table.csv:5: end: `0,9` is not a number of seconds" in message
    assert "hint: write 0.9 (with a point)" in message
    path = table({"start": ["0.4"] * 3 + ["inf"] + ["0.4"] * 4}, separator=";")
    assert "table.csv:5: start: `inf` is not a number of seconds" in complaint(write_experiment(path, TEST))


def test_no_time_is_the_whole_file(table: Write, write_experiment: Write) -> None:
    cells = ["", "nan", "NaT", "None", "null", "NA", "N/A", " "]
    dataset = load(write_experiment(table({"start": cells, "end": cells}), TEST))
    assert dataset.table["duration"].tolist() == [0.5] * 8 and (dataset.table["start"] == 0).all()


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        ("0.3", "0.3", "make no segment"),
        ("0.3", "0.2", "make no segment"),
        ("-0.1", "", "make no segment"),
        ("0.5", "", "start 0.5 s, but "),
        ("1e400", "", "start inf s, but "),
    ],
)
def test_times_that_make_no_segment(
    table: Write, write_experiment: Write, start: str, end: str, words: str
) -> None:
    path = table({"start": [start] + [""] * 7, "end": [end] + [""] * 7})
    message = complaint(write_experiment(path, TEST))
    assert "table.csv:2" in message and words in message


def test_an_end_behind_the_file_is_told(table: Write, write_experiment: Write) -> None:
    path = table({"start": ["100"] + ["0"] * 7, "end": ["400"] * 8})  # milliseconds
    assert "start 100 s, but " in complaint(write_experiment(path, TEST))
    dataset = load(write_experiment(table({"end": ["400", "0.505", *["0.5"] * 6]}), TEST))
    told = [note for note in dataset.notes if "end after their file" in note]
    assert len(told) == 1 and f"1 rows end after their file does; first: {path}:2: end 400 s" in told[0]


def test_a_regression_takes_plain_numbers_only(table: Write, write_experiment: Write) -> None:
    model = "window: {functionals: [mean]}\nmodel: {type: ridge, task: regression}"
    for number in ("1,5", "1_000", "inf", "nan", "NA", "0x10", "\u0661"):
        assert number_of(number) is None
    for number in ("1,5", "NA"):
        path = table({"age": ["1", "2", f'"{number}"', "4", "5", "6", "7", "8"]})
        message = complaint(write_experiment(path, TEST, "target: age", model))
        assert f"table.csv:4: `age` is `{number}`: a regression needs a number" in message


# ---- columns -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["place", "key", "group", "split", "duration", "database", "start_", "index"]
)
def test_any_column_can_be_the_target_a_filter_and_a_split(
    table: Write, write_experiment: Write, name: str
) -> None:
    path = table({name: ["a", "a", "b", "b", "a", "a", "b", "c"]})
    dataset = load(write_experiment(path, TEST, f"target: {name}\nlabels: [a, b]"))
    assert dataset.labels == ("a", "b") and len(dataset) == 7
    dataset = load(write_experiment(path, TEST + f"\nfilter: [[{name}, [a, b]]]"))
    assert len(dataset) == 7 and set(dataset.column(name)) == {"a", "b"}
    dataset = load(write_experiment(path, f"split_strategy: specified\ntest: {{{name}: [b, c]}}"))
    assert set(dataset.column(name)[dataset.table["split"] == "test"]) == {"b", "c"}
    renamed = table({"x": ["a", "a", "b", "b", "a", "a", "b", "c"]})
    dataset = load(write_experiment(renamed, TEST + f"\ncolnames: {{x: {name}}}", f"target: {name}"))
    assert dataset.labels == ("a", "b", "c")


def test_columns_that_are_read_keep_their_own_text(table: Write, write_experiment: Write) -> None:
    path = table({"start": ["0.1"] * 8, "speaker": list("abcdabcd")})
    dataset = load(
        write_experiment(path, TEST + "\nfilter: [[file, [0.wav, 1.wav, 4.wav, 5.wav]], [start, 0.10]]")
    )
    assert {Path(file).name for file in dataset.table["file"]} == {"0.wav", "1.wav", "4.wav", "5.wav"}
    by_name = "split_strategy: specified\nrename_speakers: true\ntest: {speaker: %s}"
    for name in ("a", "tones/a"):
        dataset = load(write_experiment(path, by_name % name))
        assert set(dataset.select("test").table["speaker"]) == {"tones/a"}


def test_renamed_columns(table: Write, write_experiment: Write) -> None:
    path = table({"word": ["up", "down"] * 4})
    swapped = load(write_experiment(path, TEST + "\ncolnames: {word: label, label: word}"))
    assert swapped.labels == ("down", "up") and set(swapped.table["word"]) == set(LABELS)
    message = complaint(write_experiment(path, TEST + "\ncolnames: {word: class, label: class}"))
    assert "colnames: two columns become `class`" in message
    path = table({"Speaker": ["ann"] * 8})
    notes = load(write_experiment(path, TEST)).notes
    assert any(
        "`Speaker` is not read as `speaker`; if it is meant: colnames: {Speaker: speaker}" in n for n in notes
    )


def test_paths_with_dots_and_links(table: Write, tmp_path: Path, write_experiment: Write) -> None:
    (tmp_path / "far" / "deep").mkdir(parents=True)
    (tmp_path / "near").symlink_to(tmp_path / "far" / "deep")
    soundfile.write(tmp_path / "far" / "0.wav", tone(900, 0.3), 16000)
    path = table(change=replaced(2, "0.wav", "near/../0.wav"))  # far/0.wav, not 0.wav
    dataset = load(write_experiment(path, TEST))
    assert 0.3 in dataset.table["duration"].tolist()
    path = table(change=replaced(2, "0.wav", ".\\\\far\\\\..//./0.wav".replace("\\\\", "\\")))
    assert str(tmp_path / "0.wav") in load(write_experiment(path, TEST)).table["file"].tolist()
