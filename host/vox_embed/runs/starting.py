"""An experiment file to begin with, from a look at a folder or a table of recordings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vox_embed.data.audio import AudioInfo, probe
from vox_embed.data.cells import number_of
from vox_embed.data.layouts.folder import read_folder
from vox_embed.data.layouts.index import layout_of
from vox_embed.data.layouts.parsed import read_layout
from vox_embed.data.layouts.table import read_table
from vox_embed.experiment.errors import VoxError

if TYPE_CHECKING:
    import pandas as pd

_MEANINGS = ("file", "speaker", "gender", "age", "start", "end", "duration", "fold", "split", "language")
_LIKELY = ("label", "class", "emotion", "word", "command", "keyword", "digit", "category", "target", "sound")
_SPLIT_NAMES = {"train", "dev", "devel", "val", "valid", "validation", "test"}
_PROBED = 60
"""Recordings whose headers are read."""
FOR_NETWORK = 600
"""Recordings below which a classic model hears words as well as a network or better: of 111 it had 73 %
where the network had 36 %, of 480 76 % and 72 %."""
_SHORT = 1.6
"""Seconds: clips up to this length are taken for words."""


@dataclass(frozen=True)
class Look:
    """What was found. target: the column of labels, or `label` for folders. number: whether its values are
    numbers, many of them. split: a column that says train and test. seconds: the median clip. rate: the
    lowest, Hz."""

    path: Path
    target: str
    labels: int
    rows: int
    speakers: int
    split: str | None
    number: bool
    seconds: float
    longest: float
    rate: int


def look_at(path: Path, target: str | None = None) -> Look:
    """Look at a table or folder. VoxError where it holds no labels, or several columns could be those."""
    if path.is_dir():
        layout = layout_of(path)
        if layout is None:
            table, _ = read_folder(path, "label", "auto", [])
        else:
            table, _ = read_layout(layout, path, "label", [])
        root = path
    elif path.is_file():
        table, _ = read_table(path)
        root = path.parent
    else:
        raise VoxError(
            f"{path}: no such file or folder",
            "give a table of recordings, or a folder with one folder a label",
        )
    if "file" not in table.columns:
        raise VoxError(
            f"{path}: has no column `file`",
            f"its columns are {', '.join(map(str, table.columns))}; rename one",
        )
    column = target or _target(path, table)
    if column not in table.columns:
        raise VoxError(
            f"{path}: has no column `{column}`", f"its columns are {', '.join(map(str, table.columns))}"
        )
    values = [str(value) for value in table[column].dropna()]
    numbers = sum(number_of(value) is not None for value in values) == len(values)
    infos = _headers(root, [str(name) for name in table["file"].dropna()])
    durations = [info.duration for info in infos]
    return Look(
        path=path,
        target=column,
        labels=len(set(values)),
        rows=len(table),
        speakers=int(table["speaker"].nunique()) if "speaker" in table.columns else 0,
        split=_split(table),
        number=numbers and len(set(values)) > 20,
        seconds=float(np.median(durations)),
        longest=float(np.max(durations)),
        rate=min(info.sample_rate for info in infos),
    )


def _headers(root: Path, names: list[str]) -> list[AudioInfo]:
    places = np.unique(np.linspace(0, len(names) - 1, min(_PROBED, len(names))).astype(int))
    return [probe(root / names[i]) for i in places]


def _target(path: Path, table: pd.DataFrame) -> str:
    def possible(name: str) -> bool:
        count = int(table[name].nunique())
        return name not in _MEANINGS and 2 <= count <= max(2, len(table) // 2)

    found = [str(name) for name in table.columns if possible(str(name))]
    likely = [name for name in _LIKELY if name in {one.lower() for one in found}]
    if likely:
        return next(name for name in found if name.lower() == likely[0])
    if len(found) == 1:
        return found[0]
    if path.is_dir():
        (label,) = table["label"].unique()
        raise VoxError(
            f"{path}: all recordings are of one label, `{label}`",
            "one more folder beside it, such as `_unknown_`: other words, talk, noises",
        )
    raise VoxError(
        f"{path}: which column holds the labels? {', '.join(found) or 'none'} could",
        "name it: --target COLUMN",
    )


def _split(table: pd.DataFrame) -> str | None:
    for name in table.columns:
        values = {str(value).strip().lower() for value in table[name].dropna().unique()[:20]}
        if {"train", "test"} <= values <= _SPLIT_NAMES:
            return str(name)
    return None


def starting_experiment(look: Look, name: str, database: str, *, network: bool) -> str:
    """The text of an experiment file with comments. database: its path as the file shall have it.
    network: of words, and not a classic model."""
    rate = 16000 if look.rate >= 16000 else 8000
    words = not look.number and look.seconds <= _SHORT
    if look.split is not None:
        split = f"split_strategy: specified\n      split_column: {_text(look.split)}"
        why = f"column `{look.split}` says what is test"
    elif look.speakers >= 3:
        split, why = "split_strategy: speaker_split\n      test_size: 20", "nobody is in training and in test"
    else:
        split = "split_strategy: random\n      test_size: 20"
        why = "too few speakers to part" if look.speakers else "no speakers are known"
    lines = [
        f"# {look.rows:,} recordings, {look.labels} {'values' if look.number else 'labels'}, "
        f"{look.speakers or 'no'} speakers, median length {look.seconds:.1f} s. Keys: docs/experiment.md",
        f"name: {name}",
        "seed: 7",
        "data:",
        "  databases:",
        f"    {name}:",
        f"      path: {_text(database)}",
        f"      {split}    # {why}",
        f"  target: {_text(look.target)}",
        "  # labels: [yes, no]              # these alone, in this order",
    ]
    svm = "{type: svm, kernel: linear, c: 0.01, class_weight: true}"
    mfcc = f"features: {{type: mfcc, sample_rate: {rate}, deltas: 1}}"
    window = max(500, min(2000, 100 * int(np.ceil(10 * min(look.longest, 2.0)))))
    hears = "    # what the model hears at a time"
    if words and not network:
        lines += [
            mfcc,
            f"window: {{length_ms: {window}, stride_ms: {window // 4}, "
            f"functionals: [mean, std, p20, p80, slope]}}{hears}",
            "model: {type: logistic, c: 0.1, class_weight: true}    # of many clips a word: --model network",
        ]
    elif words:
        # Of few clips an epoch has few steps, and few dev clips that tell when to stop.
        steps = "epochs: 60" if look.rows >= FOR_NETWORK else "epochs: 200, batch_size: 16, patience: 60"
        lines += [
            f"features: {{type: logmel, sample_rate: {rate}, bands: 40}}",
            f"window: {{length_ms: {window}, stride_ms: {window // 4}}}{hears}",
            f"model: {{type: dscnn, {steps}}}    # or stream_cnn, gru, ...: docs/models.md",
            "augment: {shift_ms: 100, gain_db: [-10, 6], time_mask: 10, freq_mask: 5}",
        ]
    else:
        window = int(1000 * np.ceil(look.longest))
        kind = "{type: ridge, task: regression}" if look.number else svm
        statistics = "functionals: [mean, std, p20, p50, p80]"
        lines += [
            "# or features: [{type: mfcc}, {type: lld, set: egemaps-lite}], ...: docs/features.md",
            mfcc,
            f"window: {{length_ms: {window}, stride_ms: {window}, {statistics}}}    # a row a clip",
            f"model: {kind}    # or forest, xgboost, mlp, dscnn, ...: docs/models.md",
        ]
    return "\n".join([*lines, "export: {target: qemu-m4}    # vox-embed boards lists the others", ""])


def _text(value: str) -> str:
    import json

    plain = value.replace("_", "").replace("/", "").replace(".", "").replace("-", "")
    return (
        value
        if plain.isascii() and plain.isalnum() and not number_of(value)
        else json.dumps(value, ensure_ascii=False)
    )
