"""Layouts that are found by themselves; label tracks; long rows cut into pieces."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from helpers.sounds import tone
from vox_embed.data import Dataset, load_dataset
from vox_embed.data.layouts.index import LAYOUTS
from vox_embed.data.layouts.speech_commands import hashed_split
from vox_embed.experiment import VoxError, load_experiment
from vox_embed.experiment.layout_names import KNOWN
from vox_embed.experiment.results import resolved_yaml
from vox_embed.runs.starting import look_at, starting_experiment

Make = Callable[..., Path]
TREE = "window: {length_ms: 200, stride_ms: 100, functionals: [mean, std]}\nmodel: {type: tree}"
RANDOM = "split_strategy: random"
DATABASE = "split_strategy: database"


def load(path: Path) -> Dataset:
    return load_dataset(load_experiment(path))


def complaint(path: Path) -> str:
    with pytest.raises(VoxError) as caught:
        load(path)
    return str(caught.value)


def sound(path: Path, seconds: float = 0.25) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    seed = sum(map(ord, str(path))) % 4000
    soundfile.write(path, tone(200 + seed % 700, seconds, 16000, seed), 16000)


def rows(dataset: Dataset, *columns: str) -> set[tuple[str, ...]]:
    found = [dataset.table["file"].map(lambda file: Path(file).name)]
    found += [dataset.column(column) for column in columns]
    return set(zip(*found, strict=True))


# ---- data sets ---------------------------------------------------------------------------------------


def test_names_of_layouts() -> None:
    assert set(LAYOUTS) == set(KNOWN)


def test_speech_commands_with_its_lists(tmp_path: Path, write_experiment: Make) -> None:
    base = tmp_path / "speech"
    for word in ("yes", "no"):
        for speaker in ("0a7c", "1b3d", "2c9e"):
            for take in (0, 1):
                sound(base / word / f"{speaker}_nohash_{take}.wav")
    sound(base / "_background_noise_" / "tap.wav", 2)
    (base / "validation_list.txt").write_text(
        "yes/1b3d_nohash_0.wav\nyes/1b3d_nohash_1.wav\nno/1b3d_nohash_0.wav\n"
    )
    (base / "testing_list.txt").write_text(
        "yes/2c9e_nohash_0.wav\nno/2c9e_nohash_0.wav\nno/2c9e_nohash_1.wav\n"
    )
    dataset = load(write_experiment(base, DATABASE, rest=TREE))
    assert dataset.labels == ("no", "yes") and len(dataset) == 12
    assert set(dataset.table["speaker"]) == {"0a7c", "1b3d", "2c9e"}
    assert rows(dataset.select("test"), "label") == {
        ("2c9e_nohash_0.wav", "yes"), ("2c9e_nohash_0.wav", "no"), ("2c9e_nohash_1.wav", "no")
    }  # fmt: skip
    assert len(dataset.select("dev")) == 3
    assert any("laid out as `speech_commands`" in note for note in dataset.notes)
    assert any("_background_noise_: no word" in note for note in dataset.notes)
    by_speaker = load(write_experiment(base, "test_size: 30", rest=TREE))
    assert by_speaker.select("test").table["speaker"].nunique() == 1
    (base / "testing_list.txt").write_text("yes/1b3d_nohash_0.wav\n")
    assert "testing_list.txt:1: yes/1b3d_nohash_0.wav is in both lists" in complaint(
        write_experiment(base, DATABASE, rest=TREE)
    )


def test_the_hash_of_speech_commands(tmp_path: Path, write_experiment: Make) -> None:
    # Speakers of the published testing_list.txt of version 0.02.
    listed = (
        "bb05582b 97f4c236 f2e59fea fdb5155e dc75148d 18f8afd5 e1469561 5c8af87a aa48c94a 837a0f64 0c40e715"
    )
    assert {hashed_split(f"{speaker}_nohash_3.wav") for speaker in listed.split()} == {"test"}
    known = {name: hashed_split(name) for name in (f"{i:08x}_nohash_{i % 3}.wav" for i in range(300))}
    counts = {split: list(known.values()).count(split) for split in ("train", "dev", "test")}
    assert 210 < counts["train"] < 270 and min(counts.values()) > 15
    known = dict(list(known.items())[:30])
    for name in known:
        sound(tmp_path / "speech" / "left" / name)
        sound(tmp_path / "speech" / "right" / name)
    dataset = load(write_experiment(tmp_path / "speech", DATABASE, rest=TREE))
    assert rows(dataset, "split") == set(known.items())


def test_esc_with_its_table(tmp_path: Path, write_experiment: Make) -> None:
    base = tmp_path / "esc"
    lines = ["filename,fold,target,category,esc10,src_file,take"]
    for fold in range(1, 4):
        for number, label in ((0, "dog"), (10, "rain")):
            name = f"{fold}-1{number}-A-{number}.wav"
            sound(base / "audio" / name)
            lines.append(f"{name},{fold},{number},{label},True,1{number},A")
    (base / "meta").mkdir()
    (base / "meta" / "esc50.csv").write_text("\n".join(lines) + "\n")
    strategy = "split_strategy: specified\ntest: {fold: 3}"
    dataset = load(write_experiment(base, strategy, "target: category", TREE))
    assert dataset.labels == ("dog", "rain") and len(dataset.select("test")) == 2
    assert set(dataset.column("src_file")) == {"10", "110"}
    (base / "meta" / "esc50.csv").write_text("\n".join(lines).replace(",1,0,dog", ",1,7,dog") + "\n")
    message = complaint(write_experiment(base, strategy, "target: category", TREE))
    assert "esc50.csv:4: dog has the numbers 0 and 7" in message


def test_urban_sounds_and_scenes(tmp_path: Path, write_experiment: Make) -> None:
    urban = tmp_path / "urban"
    lines = ["slice_file_name,fsID,start,end,salience,fold,classID,class"]
    for fold in (1, 2):
        for label, number in (("siren", 8), ("drilling", 4)):
            sound(urban / "audio" / f"fold{fold}" / f"{number}-{fold}.wav")
            lines.append(f"{number}-{fold}.wav,{number},1.5,4,1,{fold},{number},{label}")
    (urban / "metadata").mkdir()
    (urban / "metadata" / "UrbanSound8K.csv").write_text("\n".join(lines) + "\n")
    dataset = load(write_experiment(urban, "split_strategy: specified\ntest: {fold: 2}", rest=TREE))
    assert dataset.labels == ("drilling", "siren") and len(dataset.select("test")) == 2

    scenes = tmp_path / "scenes"
    meta = ["filename\tscene_label\tidentifier\tsource_label"]
    for i in range(8):
        sound(scenes / "audio" / f"{i}.wav")
        meta.append(f"audio/{i}.wav\t{('bus', 'beach')[i % 2]}\tcity-{i // 2}\ta")
    (scenes / "meta.csv").write_text("\n".join(meta) + "\n")
    (scenes / "evaluation_setup").mkdir()
    listed = "".join(f"audio/{i}.wav\tx\n" for i in range(5))
    (scenes / "evaluation_setup" / "fold1_train.csv").write_text("filename\tscene_label\n" + listed)
    dataset = load(write_experiment(scenes, DATABASE, "group: identifier", TREE))
    assert dataset.labels == ("beach", "bus") and len(dataset.select("test")) == 3
    assert any("1 values of `identifier` are in train and in test (city-2)" in note for note in dataset.notes)


def test_folders_of_folds(tmp_path: Path, write_experiment: Make) -> None:
    for fold in (1, 2, 3):
        for label in ("a", "b"):
            sound(tmp_path / "folds" / f"fold_{fold}" / label / f"{label}{fold}.wav")
    path = write_experiment(tmp_path / "folds", "split_strategy: specified\ntest: {fold: 1}", rest=TREE)
    dataset = load(path)
    assert rows(dataset, "fold", "split") >= {("a1.wav", "1", "test"), ("b3.wav", "3", "train")}
    path.write_text(resolved_yaml(load_experiment(path)))
    assert len(load(path)) == 6
    as_labels = load(write_experiment(tmp_path / "folds", f"{RANDOM}\ntype: folder", rest=TREE))
    assert as_labels.labels == ("fold_1", "fold_2", "fold_3")
    message = complaint(write_experiment(tmp_path / "folds", f"{RANDOM}\ntype: cross-validated", rest=TREE))
    assert "`cross-validated` is no layout" in message and "did you mean `cross_validated`" in message
    message = complaint(write_experiment(tmp_path / "folds", f"{RANDOM}\ntype: audformat", rest=TREE))
    assert "has no header of one" in message
    assert "has no splits of its own" in complaint(write_experiment(tmp_path / "folds", DATABASE, rest=TREE))


def test_a_layout_of_ones_own(
    tmp_path: Path, write_experiment: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "site"
    (package / "mine-1.0.dist-info").mkdir(parents=True)
    (package / "mine-1.0.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: mine\nVersion: 1.0\n"
    )
    points = package / "mine-1.0.dist-info" / "entry_points.txt"
    points.write_text("[vox_embed.layouts]\nbirds = own_birds:Birds\nbroken = own_birds:NoClass\n")
    (package / "own_birds.py").write_text(
        "from vox_embed.data.layouts.base import Parsed, Parser, Recording, audio_files\n"
        "NoClass = 3\n"
        "class Birds(Parser):\n"
        "    def can_parse(self):\n"
        "        return (self.basedir / 'birds.ok').is_file()\n"
        "    def parse(self):\n"
        "        return Parsed(tuple(Recording(p, p.stem[0], columns={'speaker': p.stem[1]})\n"
        "                            for p in audio_files(self.basedir)))\n"
    )
    for name in ("ab", "bc", "ad", "be"):
        sound(tmp_path / "birds" / f"{name}.wav")
    monkeypatch.syspath_prepend(str(package))
    dataset = load(write_experiment(tmp_path / "birds", f"{RANDOM}\ntype: birds", rest=TREE))
    assert dataset.labels == ("a", "b") and set(dataset.table["speaker"]) == set("bcde")
    message = complaint(write_experiment(tmp_path / "birds", f"{RANDOM}\ntype: broken", rest=TREE))
    assert "the layout `broken` (own_birds:NoClass) is no subclass" in message
    points.write_text("[vox_embed.layouts]\nbirds = own_birds:Birds\n")
    (tmp_path / "birds" / "birds.ok").touch()
    assert load(write_experiment(tmp_path / "birds", RANDOM, rest=TREE)).labels == ("a", "b")


# ---- label tracks ------------------------------------------------------------------------------------


@pytest.fixture
def talks(tmp_path: Path) -> Path:
    """Four long recordings with their tracks, and one without."""
    for speaker in ("ann", "ben", "cem", "dia"):
        sound(tmp_path / "talks" / f"{speaker}.wav", 2)
        (tmp_path / "talks" / f"{speaker}.txt").write_text(
            "0.1\t0.5\tyes\n\\\t200.0\t4000.0\n0.5\t0.9\tno\n\n1.2\t2.01\tyes\n", encoding="utf-8"
        )
    sound(tmp_path / "talks" / "eve.wav", 1)
    return tmp_path / "talks"


def test_label_tracks(talks: Path, write_experiment: Make) -> None:
    dataset = load(write_experiment(talks, "columns: {from: '{speaker}'}", rest=TREE))
    assert dataset.labels == ("no", "yes") and len(dataset) == 12
    ann = dataset.table[dataset.table["speaker"] == "ann"]
    assert ann["start"].tolist() == [0.1, 0.5, 1.2] and ann["label"].tolist() == ["yes", "no", "yes"]
    assert ann["duration"].tolist() == pytest.approx([0.4, 0.4, 0.8])
    assert any("1 recordings have no label track, and are left out; first: " in n for n in dataset.notes)
    named = load(write_experiment(talks, "type: label_tracks\nsplit_strategy: random", "target: word", TREE))
    assert len(named) == 12


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("0.1\t0.5\tyes\n0.4\t0.9\tno\n", "ann.txt:2: `no` begins at 0.4 s, where `yes` of "),
        ("0.4\t0.9\tno\n0.1\t0.5\tyes\n", "ann.txt:1: `no` begins at 0.4 s"),
        ("0.1\t0.5\tyes\n1.5\t2.2\tno\n", "ann.txt:2: `no` from 1.5 s to 2.2 s lies past the end"),
        ("3\t4\tyes\n", "ann.txt:1: `yes` from 3 s to 4 s lies past the end"),
        ("0.5\t0.5\tyes\n", "ann.txt:1: start 0.5 s and end 0.5 s make no segment"),
        ("0.5\t0.2\tyes\n", "ann.txt:1: start 0.5 s and end 0.2 s make no segment"),
        ("-1\t0.2\tyes\n", "ann.txt:1: start -1 s"),
        ("0.1\t0.5\tyes\n0,6\t0,9\tno\n", "ann.txt:2: `0,6"),
        ("0.1\t0.5\tyes\n0.6 0.9 no\n", "is no line of a label track"),
        ("0.1\tnan\tyes\n", "is no line of a label track"),
        ("0.1\t0.5\t\n", "ann.txt:1: label `` is empty"),
    ],
)
def test_tracks_that_contradict(talks: Path, write_experiment: Make, lines: str, words: str) -> None:
    (talks / "ann.txt").write_text(lines)
    assert words in complaint(write_experiment(talks, f"{RANDOM}\ntype: label_tracks", rest=TREE))


def test_other_texts_beside_recordings_are_no_tracks(tmp_path: Path, write_experiment: Make) -> None:
    for label in ("a", "b"):
        for i in range(2):
            sound(tmp_path / "said" / label / f"{i}.wav")
            (tmp_path / "said" / label / f"{i}.txt").write_text("what was said\n")
    assert load(write_experiment(tmp_path / "said", RANDOM, rest=TREE)).labels == ("a", "b")


# ---- weak labels -------------------------------------------------------------------------------------


def test_long_clips_are_cut_into_pieces_that_hold_sound(tmp_path: Path, write_experiment: Make) -> None:
    for label in ("a", "b"):
        for i in range(3):
            file = tmp_path / "weak" / label / f"{label}{i}.wav"
            sound(file, 0.4)
            samples, rate = soundfile.read(file)
            silence = np.zeros(8000 * (i + 1))
            soundfile.write(file, np.concatenate([silence, samples, np.zeros(2000)]), rate)
    cut = f"{RANDOM}\ntest_size: 34\ncut: {{length: 0.5, stride: 0.25}}"
    dataset = load(write_experiment(tmp_path / "weak", cut, rest=TREE))
    lengths = dataset.table.groupby("file")["duration"].agg(["size", "min", "max"])
    assert lengths["size"].tolist() == [3, 5, 7] * 2  # of 1.025, 1.525 and 2.025 s
    assert set(lengths["min"]) == set(lengths["max"]) == {0.5}
    assert dataset.table.groupby("file")["split"].nunique().max() == 1
    assert any("6 of 6 rows are cut into 30 pieces of 0.5 s" in note for note in dataset.notes)
    heard = load(write_experiment(tmp_path / "weak", cut, "check_vad: 0.2", TREE))
    assert heard.table.groupby("file").size().tolist() == [2] * 6
    whole = load(write_experiment(tmp_path / "weak", f"{RANDOM}\ncut: {{length: 9}}", rest=TREE))
    assert len(whole) == 6


def test_an_experiment_file_for_a_published_data_set(tmp_path: Path) -> None:
    for word in ("yes", "no"):
        for i, speaker in enumerate(("c1", "c2", "c3")):
            sound(tmp_path / "speech" / word / f"{speaker}_nohash_{i}.wav")
    sound(tmp_path / "speech" / "_background_noise_" / "tap.wav", 2)
    (tmp_path / "speech" / "validation_list.txt").write_text("yes/c1_nohash_0.wav\n")
    (tmp_path / "speech" / "testing_list.txt").write_text("yes/c2_nohash_1.wav\nno/c2_nohash_1.wav\n")
    look = look_at(tmp_path / "speech")
    assert (look.labels, look.rows, look.speakers, look.split) == (2, 6, 3, "split")
    (tmp_path / "exp.yaml").write_text(
        starting_experiment(look, "words", str(tmp_path / "speech"), network=True)
    )
    assert len(load(tmp_path / "exp.yaml").select("test")) == 2
