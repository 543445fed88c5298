"""What the readers of a page have in their folder: made of the example's clips, and of small networks."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile

import vox_embed
from helpers.pages import ROOT, files_of
from helpers.tiny_model import tiny_model

Maker = Callable[[Path, str], None]


def checkout(folder: Path) -> None:
    """The files of this repository as they are now."""
    said = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in said.stdout.split("\0"):
        if name and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    emulator = Path("boards", "rp2040_emulator", "node_modules")
    if (ROOT / emulator).is_dir():
        (folder / emulator).symlink_to(ROOT / emulator)


def _example(folder: Path, page: str) -> None:
    made = vox_embed.example()
    shutil.copytree(made, folder / "example")
    shutil.rmtree(made.parent)


def _clips(folder: Path, *labels: str) -> list[dict[str, str]]:
    rows = csv.DictReader((folder / "example" / "table.csv").read_text().splitlines())
    return [row for row in rows if row["label"] in labels]


def _sound(folder: Path, row: dict[str, str]) -> tuple[np.ndarray, int]:
    return soundfile.read(folder / "example" / row["file"], dtype="int16")  # type: ignore[no-any-return]


def _table(name: str, head: str, line: Callable[[int, dict[str, str]], str], *labels: str) -> Maker:
    def make(folder: Path, page: str) -> None:
        lines = [line(number, row) for number, row in enumerate(_clips(folder, *labels))]
        (folder / name).write_text("\n".join([head, *lines]) + "\n")

    return make


def _labelled(name: str, said: str, *labels: str) -> Maker:
    """Clips of one word. said: what the table calls it."""
    return _table(name, "file,label", lambda _, row: f"example/{row['file']},{said or row['label']}", *labels)


def _recordings(folder: Path, page: str) -> None:
    counts: dict[str, int] = {}
    for row in _clips(folder, "yes", "no", "_unknown_"):
        label = {"yes": "on", "no": "off"}.get(row["label"], row["label"])
        counts[label] = counts.get(label, 0) + 1
        (folder / "recordings" / label).mkdir(parents=True, exist_ok=True)
        soundfile.write(folder / "recordings" / label / f"anna_{counts[label]}.wav", *_sound(folder, row))


def _talk(name: str) -> Maker:
    def make(folder: Path, page: str) -> None:
        (folder / name).mkdir()
        sounds = [_sound(folder, row)[0] for row in _clips(folder, "_unknown_")]
        for number in range(4):
            soundfile.write(folder / name / f"{number}.wav", np.concatenate(sounds[number::4]), 8000)

    return make


def _experiment(name: str, **changes: str) -> Maker:
    """The example's, under another name; changes: of lines of its file."""

    def make(folder: Path, page: str) -> None:
        text = (
            (folder / "example" / "exp.yaml")
            .read_text()
            .replace("path: table.csv", "path: example/table.csv")
        )
        for old, new in changes.items():
            text = text.replace(f"{old}:", f"{new}:") if ":" not in new else _line(text, old, new)
        (folder / name).write_text(text)

    return make


def _line(text: str, key: str, value: str) -> str:
    return "\n".join(value if line.startswith(f"{key}:") else line for line in text.splitlines()) + "\n"


def _esc(folder: Path, page: str) -> None:
    """Two classes, five folds, five seconds each; and an experiment on them."""
    rng = np.random.default_rng(1)
    rows = ["file,class,fold,freesound_id"]
    for number in range(20):
        kind, pitch = ("001 - Dog bark", 300) if number % 2 else ("002 - Rain", 900)
        place = folder / "ESC-10" / kind / f"{1 + number // 4}-{1000 + number}-A.wav"
        place.parent.mkdir(parents=True, exist_ok=True)
        time = np.arange(5 * 8000) / 8000
        sound = 8000 * np.sin(2 * np.pi * pitch * time) + rng.normal(0, 900, len(time))
        soundfile.write(place, sound.astype(np.int16), 8000)
        rows.append(f"{place.relative_to(folder)},{kind[6:]},{1 + number // 4},{number}")
    (folder / "esc10.csv").write_text("\n".join(rows) + "\n")
    text = "\n".join(
        part
        for part in (ROOT / "docs" / "audeep.md").read_text().split("```")
        if part.startswith("yaml\nname: esc10_learned")
    )
    shown = text.removeprefix("yaml\n").replace("${VOX_DATA}/esc10/esc10.csv", "esc10.csv")
    (folder / "esc10_learned.yaml").write_text(shown)
    (folder / "folds.yaml").write_text(
        "name: tones\ndata:\n  target: class\n  databases:\n"
        "    esc10: {path: esc10.csv, split_strategy: specified, test: {fold: 5}}\n"
        "features: {type: mfcc, sample_rate: 8000}\nmodel: {type: logistic}\n"
        "window: {length_ms: 4000, stride_ms: 1000, functionals: [mean]}\n"
    )


def _folds(folder: Path, page: str) -> None:
    """Three results of the same folds."""
    from helpers.typed import typed

    for number, name in enumerate("abc"):
        asked = ("cross-validate", "example/exp.yaml", "--type", "k_fold", "--folds", "2")
        done = typed(*asked, "--set", f"name={name}", "--set", f"model.c={0.1 * 2**number}", cwd=folder)
        assert done.returncode == 0, done.stderr


def _pack(folder: Path, page: str) -> None:
    from cli.test_boards_add import pack

    pack(folder / "Test.STM32F4xx_DFP.1.2.3.pack")


def _okay_nabu(folder: Path, page: str) -> None:
    from cli.test_import_wake_word import MANIFEST
    from helpers.wake_word import wake_word_network

    (folder / "okay_nabu.tflite").write_bytes(wake_word_network(np.random.default_rng(3), 3))
    (folder / "okay_nabu.json").write_text(json.dumps({**MANIFEST, "model": "okay_nabu.tflite"}))


def _computer(folder: Path, page: str) -> None:
    (folder / "computer.vxm").write_bytes(tiny_model("dense", labels=("computer", "_unknown_")))


def _people(folder: Path, page: str) -> None:
    """Recordings of talk, and of a word, of two parts."""
    talk = [f"talk/{i}.wav,speaker{i},{('dev', 'dev', 'test')[i % 3]}" for i in range(4)]
    (folder / "negatives.csv").write_text("\n".join(["file,speaker,part", *talk]) + "\n")
    for name, part, word in (("100.csv", "dev", "yes"), ("test.csv", "test", "no")):
        said = [f"example/{row['file']},computer,{row['speaker']},{part}" for row in _clips(folder, word)]
        (folder / name).write_text("\n".join(["file,label,speaker,part", *said]) + "\n")


def _seven(folder: Path, page: str) -> None:
    sound, rate = soundfile.read(ROOT / "host/vox_embed/example/clips/stop-080.flac", dtype="int16")
    soundfile.write(folder / "seven.wav", sound, rate)


def _ini(folder: Path, page: str) -> None:
    (folder / "emodb.ini").write_text(
        "[EXP]\nname = emodb\n[DATA]\ndatabases = ['words']\nwords = example/table.csv\ntarget = label\n"
        "[FEATS]\ntype = ['mfcc']\n[MODEL]\ntype = svm\n"
    )


def _nkululeko(folder: Path, page: str) -> None:
    for name in ("x.yaml", "other.yaml"):
        _experiment(name)(folder, page)
    _grid(folder, page)
    text = (folder / "x.yaml").read_text()
    (folder / "x.yaml").write_text(text + "\naugment: {noise_snr_db: [5, 20], copies: 1}\n")
    line = next(line for line in text.splitlines() if "words:" in line)
    (folder / "two.yaml").write_text(text.replace(line, f"{line}\n{line.replace('words:', 'again:')}"))
    _train("example/exp.yaml")(folder, page)


def _grid(folder: Path, page: str) -> None:
    (folder / "grid.yaml").write_text(
        "model:\n  small: {type: logistic, c: 0.1}\n  large: {type: logistic, c: 1}\n"
    )


def _train(*arguments: str) -> Maker:
    def make(folder: Path, page: str) -> None:
        from helpers.typed import typed

        done = typed("train", *arguments, cwd=folder)
        assert done.returncode == 0, done.stderr

    return make


def _shown(folder: Path, page: str) -> None:
    for name, text in files_of(page).items():
        (folder / name).write_text(text)


PHRASES = {
    "lights.yaml": ("['lights on', 'lights off']", ""),
    "haus.yaml": ("['hallo haus']", "language: de\nnegatives: gespraeche\n"),
    "computer.yaml": (
        "[computer]",
        "negatives: negatives.csv\npositives: 100.csv\nwhere: {part: dev}\nspliced: 12\n",
    ),
}
"""Detectors at a size that learns nothing but goes the whole way."""


def _phrases(folder: Path, page: str) -> None:
    for name, (phrases, more) in PHRASES.items():
        (folder / name).write_text(
            f"name: {name[:-5]}\nphrases: {phrases}\n{more}voices: 6\nspoken: 14\n"
            "training: {steps: 4, epochs: 2, batch_size: 8, mining: 1, width: 8}\n"
        )


STATES = {"yes": "normal", "no": "fault"}
FILES: dict[str, Maker] = {
    "example": _example,
    "shown": _shown,
    "ESC-10": _esc,
    "recordings.csv": _labelled("recordings.csv", "", "yes", "no", "_unknown_"),
    "exp.yaml": _experiment("exp.yaml"),
    "network-experiment": _experiment(
        "exp.yaml",
        model="model: {type: gru, units: [16]}",
        window="window: {length_ms: 800, stride_ms: 200, normalise: none}",
        features="features: {type: logmel, sample_rate: 8000}",
    ),
    "recordings": _recordings,
    "recordings/table.csv": _table(
        "recordings/table.csv",
        "file,label",
        lambda _, row: f"../example/{row['file']},{row['label']}",
        "yes",
        "no",
        "_unknown_",
    ),
    "words.csv": _labelled("words.csv", "", "yes", "no"),
    "dev.csv": _labelled("dev.csv", "computer", "yes"),
    "test.csv": _labelled("test.csv", "hey computer", "yes"),
    "talk": _talk("talk"),
    "phrases": _phrases,
    "other-talk": _talk("other-talk"),
    "gespraeche": _talk("gespraeche"),
    "voices.csv": _table(
        "voices.csv",
        "file,emotion,speaker",
        lambda i, r: f"example/{r['file']},{r['label']},voice{i % 5}",  # as few as are recorded
        "yes",
        "no",
    ),
    "motor.csv": _table(
        "motor.csv",
        "file,state,split",
        lambda i, r: f"example/{r['file']},{STATES[r['label']]},{'train' if i % 3 else 'test'}",
        "yes",
        "no",
    ),
    "folds": _folds,
    "pack": _pack,
    "okay_nabu.tflite": _okay_nabu,
    "computer": _computer,
    "people": _people,
    "seven.wav": _seven,
    "emodb.ini": _ini,
    "nkululeko": _nkululeko,
    "my.vxm": lambda folder, page: (folder / "my.vxm").write_bytes(tiny_model("dense")) and None,  # type: ignore[func-returns-value]
    "network.tflite": lambda folder, page: (
        shutil.copy(ROOT / "tests/reference/data/cnn.tflite", folder / "network.tflite") and None
    ),  # type: ignore[func-returns-value]
}


def prepare(folder: Path, page: str, names: list[str]) -> None:
    """The files of these names, in this order."""
    for name in names:
        FILES[name](folder, page)
