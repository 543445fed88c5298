"""Folder databases: labels and splits by folder, and files that would vanish without a word."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import soundfile

from helpers.sounds import tone
from vox_embed.data import Dataset, load_dataset
from vox_embed.experiment import VoxError, load_experiment

Write = Callable[..., Path]
RANDOM = "split_strategy: random"
BY_FOLDER = "split_strategy: specified\nsplit_column: split"


def load(path: Path) -> Dataset:
    return load_dataset(load_experiment(path))


def complaint(path: Path) -> str:
    with pytest.raises(VoxError) as caught:
        load(path)
    return str(caught.value)


def record(path: Path, count: int = 4, suffix: str = ".wav", first: int = 0) -> None:
    """Files of sound in a folder."""
    path.mkdir(parents=True, exist_ok=True)
    for i in range(first, first + count):
        sound = tone(300 + 10 * i, 0.1, 16000, len(str(path)) + i)
        with (path / f"{i}{suffix}").open("wb") as file:
            soundfile.write(file, sound, 16000, format="FLAC" if suffix == ".flac" else "WAV")


@pytest.fixture
def sounds(tmp_path: Path) -> Path:
    """A folder database of two labels."""
    for label in ("low", "high"):
        record(tmp_path / "sounds" / label)
    return tmp_path / "sounds"


def test_labels_are_folders_whatever_lies_deeper(sounds: Path, write_experiment: Write) -> None:
    record(sounds / "low" / "deep" / "deeper", suffix=".flac")
    dataset = load(write_experiment("sounds", RANDOM, "target: word"))
    assert dataset.labels == ("high", "low") and len(dataset) == 12
    assert set(dataset.table["word"]) == {"high", "low"} and not dataset.notes[1:]


def test_what_systems_leave_behind_is_no_recording(sounds: Path, write_experiment: Write) -> None:
    for name in ("._0.wav", ".hidden.wav", ".DS_Store", "Thumbs.db", "desktop.ini", "notes.txt", "README"):
        (sounds / "low" / name).write_bytes(b"\0\5\x16\7 no sound")
        (sounds / name).write_bytes(b"no sound")
    for folder in ("__MACOSX", ".git", "@eaDir", "low/.ipynb_checkpoints", "low/@eaDir"):
        record(sounds / folder, 1)
    dataset = load(write_experiment("sounds", RANDOM))
    assert dataset.labels == ("high", "low") and len(dataset) == 8 and not dataset.notes[1:]


@pytest.mark.parametrize("suffix", [".wave", ".WAV", ".Flac", "", ".sound", ".001"])
def test_a_recording_is_known_by_its_content(sounds: Path, write_experiment: Write, suffix: str) -> None:
    record(sounds / "other", suffix=suffix)
    dataset = load(write_experiment("sounds", RANDOM))
    assert dataset.labels == ("high", "low", "other") and len(dataset) == 12


def test_files_that_cannot_be_read_are_told(sounds: Path, write_experiment: Write) -> None:
    for name in ("8.m4a", "9.m4a", "7.wma", "6"):
        (sounds / "low" / name).write_bytes(b"\0\0\0 ftypM4A of no use")
    notes = load(write_experiment("sounds", RANDOM)).notes
    told = [note for note in notes if "4 files are left out, as they cannot be read" in note]
    assert told and "`.m4a` (2), `.wma` (1), without a suffix (1)" in told[0] and "ffmpeg" in told[0]
    assert f"first: {sounds / 'low' / '6'}" in told[0]


def test_a_label_without_a_readable_file_is_refused(sounds: Path, write_experiment: Write) -> None:
    (sounds / "mid").mkdir()
    (sounds / "mid" / "1.m4a").write_bytes(b"no sound")
    message = complaint(write_experiment("sounds", RANDOM))
    assert f"{sounds / 'mid'}: none of the files of this label can be read: `.m4a` (1)" in message


def test_folders_without_sound_are_told(sounds: Path, write_experiment: Write) -> None:
    (sounds / "docs").mkdir()
    (sounds / "docs" / "list.csv").write_text("a,b\n")
    (sounds / "empty").mkdir()
    dataset = load(write_experiment("sounds", RANDOM))
    assert dataset.labels == ("high", "low")
    assert f"warning: {sounds / 'docs'}: no audio files, so `docs` is no label" in dataset.notes
    assert f"warning: {sounds / 'empty'}: no audio files, so `empty` is no label" in dataset.notes
    assert "no subfolders" in complaint(write_experiment(str(sounds / "empty"), RANDOM))
    (sounds / "empty" / "more").mkdir()
    assert "no audio files in its subfolders" in complaint(write_experiment(str(sounds / "empty"), RANDOM))


def test_recordings_beside_the_labels_are_told(sounds: Path, write_experiment: Write) -> None:
    record(sounds, 2)
    notes = load(write_experiment("sounds", RANDOM)).notes
    assert any("2 audio files are left out, as they lie in no folder of a label" in note for note in notes)


def test_links_to_folders_are_followed_once(sounds: Path, tmp_path: Path, write_experiment: Write) -> None:
    record(tmp_path / "elsewhere", 3)
    (sounds / "low" / "more").symlink_to(tmp_path / "elsewhere")
    (sounds / "low" / "round").symlink_to(sounds / "low")
    (sounds / "mid").symlink_to(tmp_path / "elsewhere")
    dataset = load(write_experiment("sounds", RANDOM))
    assert dataset.summary()["all"].to_dict() == {"high": 4, "low": 7, "mid": 3, "all": 14}
    (sounds / "low" / "gone.wav").symlink_to(tmp_path / "nowhere.wav")
    assert "gone.wav: no such audio file" in complaint(write_experiment("sounds", RANDOM))


# ---- splits ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("names", [("train", "val", "test"), ("Training", "dev", "Testing")])
def test_folders_of_splits(tmp_path: Path, write_experiment: Write, names: tuple[str, str, str]) -> None:
    for i, split in enumerate(names):
        for label in ("on", "off"):
            record(tmp_path / "sounds" / split / label, 4 - i, first=10 * i)
    dataset = load(write_experiment("sounds", BY_FOLDER))
    assert dataset.labels == ("off", "on")
    assert dataset.summary().loc["all"].tolist() == [8, 6, 4, 18]
    assert f"{names[2]}/on" in dataset.select("test").table["file"].iloc[-1]
    message = complaint(write_experiment("sounds"))
    assert "split_strategy: specified` with `split_column: split`" in message
    drawn = load(write_experiment("sounds", RANDOM))
    assert any("folders of splits are not used" in note for note in drawn.notes)
    as_labels = load(write_experiment("sounds", RANDOM + "\ntype: folder"))
    assert set(as_labels.labels) == set(names)


def test_names_of_splits_among_labels(tmp_path: Path, write_experiment: Write) -> None:
    for label in ("bus", "car", "train"):
        record(tmp_path / "vehicles" / label)
    assert load(write_experiment("vehicles", RANDOM)).labels == ("bus", "car", "train")
    record(tmp_path / "vehicles" / "test" / "bus")
    message = complaint(write_experiment("vehicles", RANDOM))
    assert "`test`, `train` are named as splits are, `bus` as a label is" in message
    assert load(write_experiment("vehicles", RANDOM + "\ntype: folder")).labels[-1] == "train"
    assert "is not that of a split" in complaint(
        write_experiment("vehicles", BY_FOLDER + "\ntype: split_folder")
    )


def test_splits_without_labels(tmp_path: Path, write_experiment: Write) -> None:
    for split in ("train", "test"):
        record(tmp_path / "sounds" / split)
    message = complaint(write_experiment("sounds", RANDOM))
    assert "named as splits are (`test`, `train`), and hold no folders of labels" in message
    assert load(write_experiment("sounds", RANDOM + "\ntype: folder")).labels == ("test", "train")


@pytest.mark.parametrize(
    ("path", "settings", "words"),
    [
        ("sounds", "type: csv", "type: csv, but"),
        ("sounds/list.csv", "type: folder", "is a file"),
        ("sounds/list.csv", "type: split_folder", "is a file"),
        ("sounds", "audio_path: low", "leave audio_path out"),
    ],
)
def test_types_that_do_not_fit(
    sounds: Path, write_experiment: Write, path: str, settings: str, words: str
) -> None:
    (sounds / "list.csv").write_text("file,label\n")
    assert words in complaint(write_experiment(path, f"{RANDOM}\n{settings}"))
