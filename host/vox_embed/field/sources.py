"""What is played: recordings, and what occurs in them when."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vox_embed.data.audio import probe
from vox_embed.data.columns import HIDDEN, KNOWN, MADE, column, column_names, own
from vox_embed.data.files import SUFFIXES, list_folder
from vox_embed.data.layouts.tracks import Label, read_track, track_of
from vox_embed.data.readers import read_database
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.names import did_you_mean
from vox_embed.experiment.schema import Database

if TYPE_CHECKING:
    import pandas as pd

_GROUPS = ("database", "source", "speaker", "gender")
_TEXTS = ("transcript", "transcription", "text", "sentence")
_SPECIAL = ("_unknown_", "_silence_")


@dataclass(frozen=True)
class Occurrence:
    """A word in a recording. start, end: seconds from the recording's begin."""

    label: str
    start: float
    end: float


@dataclass(frozen=True)
class Recording:
    """A file, or a part of one.

    start: seconds into the file. duration: seconds. tracked: `occurrences` say where words lie, and all other
    time holds none; else the recording is a clip of one word, somewhere. groups: speaker, gender, ... where
    known.
    """

    file: Path
    start: float
    duration: float
    occurrences: tuple[Occurrence, ...] = ()
    tracked: bool = False
    groups: Mapping[str, str] = field(default_factory=dict)
    text: str = ""

    @property
    def free_seconds(self) -> float:
        """Time in which nothing occurs, where that is known: all of a negative, what a track leaves free."""
        if self.occurrences and not self.tracked:
            return 0.0
        return self.duration - sum(one.end - one.start for one in self.occurrences)


@dataclass(frozen=True)
class Source:
    """Recordings, and what a reader of the report has to know about them."""

    recordings: tuple[Recording, ...]
    notes: tuple[str, ...] = ()

    def in_parts(self, seconds: float) -> Iterator[Recording]:
        """Recordings, long ones in equal parts of about so many seconds; without what occurs in them."""
        for one in self.recordings:
            count = max(1, round(one.duration / seconds))
            each = one.duration / count
            for i in range(count):
                yield replace(one, start=one.start + i * each, duration=each, occurrences=())

    @property
    def hours(self) -> float:
        """Sum of durations."""
        return sum(one.duration for one in self.recordings) / 3600


def event_labels(labels: Sequence[str], background: Sequence[str]) -> tuple[str, ...]:
    """Labels that raise events. VoxError where there are none."""
    found = tuple(one for one in labels if one not in background)
    if not found:
        raise VoxError(
            "all labels of the model are background: it raises no events",
            "shorten decision.background, and train again",
        )
    return found


# ---- positives ---------------------------------------------------------------------------------------


def read_positives(path: Path, labels: Sequence[str], where: Mapping[str, str] | None = None) -> Source:
    """Recordings in which `labels` occur.

    path: a CSV (columns file, label, and start and end of the word in a longer recording), or a folder: with
    a
    subfolder for each label, or with recordings beside their label tracks (`name.txt`: start, end, label, as
    Audacity writes them), or, for a model of one label, with clips alone. where: column -> value that a row
    must
    have. Raises VoxError.
    """
    table = _table(path, "positives", where)
    tracks = _tracks(table)
    if tracks:
        return _from_tracks(tracks, table, labels)
    table, notes = _labelled(table, path, labels)
    if len(table) and (table["end"].notna() | (table["start"] > 0)).any():
        return Source(_from_segments(table), notes)
    return Source(tuple(_clip(row) for _, row in table.iterrows()), notes)


def _clip(row: pd.Series[Any]) -> Recording:
    seconds = probe(row["file"]).duration
    word = Occurrence(str(row["label"]), 0.0, seconds)
    return Recording(Path(row["file"]), 0.0, seconds, (word,), groups=_groups(row))


def _from_segments(table: pd.DataFrame) -> tuple[Recording, ...]:
    """Rows with times: words in longer recordings, each of which is played whole."""
    made = []
    for file, rows in table.groupby("file", sort=False):
        seconds = probe(str(file)).duration
        words = []
        for _, row in rows.iterrows():
            end = seconds if math.isnan(row["end"]) else float(row["end"])
            word = Label(str(row["label"]), float(row["start"]), end, row["place"]).within(seconds)
            words.append(Occurrence(word.text, word.start, word.end))
        made.append(
            Recording(
                Path(str(file)),
                0.0,
                seconds,
                tuple(sorted(words, key=lambda w: w.start)),
                tracked=True,
                groups=_groups(rows.iloc[0]),
            )
        )
    return tuple(made)


def _tracks(table: pd.DataFrame) -> dict[str, Path]:
    """Recording -> label track beside it."""
    found = {}
    for file in table["file"].unique():
        track = track_of(Path(file))
        if track is not None:
            found[file] = track
    return found


def _from_tracks(tracks: Mapping[str, Path], table: pd.DataFrame, labels: Sequence[str]) -> Source:
    made, others = [], set()
    for file in table["file"].unique():
        seconds = probe(file).duration
        words = []
        for label in read_track(tracks[file]) if file in tracks else []:
            if label.text in labels:
                word = label.within(seconds)
                words.append(Occurrence(word.text, word.start, word.end))
            else:
                others.add(label.text)
        groups = _groups(table[table["file"] == file].iloc[0])
        made.append(Recording(Path(file), 0.0, seconds, tuple(words), tracked=True, groups=groups))
    if not any(one.occurrences for one in made):
        seen = ", ".join(sorted(others)) or "none"
        raise VoxError(
            f"no label track names a label of the model ({', '.join(labels)}); they name: {seen}",
            "a track is a text file beside the recording: start, end and label, separated by tabs",
        )
    notes = (f"label tracks: left out {', '.join(sorted(others))}",) if others else ()
    return Source(tuple(made), notes)


def _labelled(table: pd.DataFrame, path: Path, labels: Sequence[str]) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The table with a column `label` that holds labels of the model alone."""
    name = _label_column(table, labels)
    if name is None:
        if len(labels) > 1:
            raise VoxError(
                f"{path}: no column says which of {', '.join(labels)} is spoken",
                did_you_mean("label", [str(c) for c in table.columns], "columns"),
            )
        table = table.assign(label=labels[0])
    elif name != "label":
        table = table.assign(label=table[name])
    known = table["label"].isin(list(labels))
    others = table.loc[~known, "label"].astype(str).value_counts()
    if not known.any():
        raise VoxError(
            f"{path}: none of its labels ({', '.join(others.index[:8])}) is one that the model fires on",
            f"the model's: {', '.join(labels)}",
        )
    notes = tuple(
        f"{path.name}: left out {n} rows of `{one}`, which the model does not fire on"
        for one, n in others.items()
    )
    return table[known], notes


def _label_column(table: pd.DataFrame, labels: Sequence[str]) -> str | None:
    if "label" in table:
        return "label"
    wanted = {*labels, *_SPECIAL}
    plain = [c for c in table.columns if c not in ("file", "key", "place", "start", "end")]
    fits = [str(c) for c in plain if set(table[c].dropna()) and set(table[c].dropna()) <= wanted]
    some = [str(c) for c in plain if set(table[c].dropna()) & set(labels)]
    return next(iter((*fits, *some)), None)


# ---- negatives ---------------------------------------------------------------------------------------


def read_negatives(path: Path, labels: Sequence[str], where: Mapping[str, str] | None = None) -> Source:
    """Recordings in which none of `labels` occurs: a CSV (column file, and start and end where parts are
    meant),
    or a folder, searched through. Recordings whose transcript (column text, transcript or sentence) holds a
    label are left out and named. Raises VoxError.
    """
    table = _table(path, "negatives", where)
    made, holding = [], []
    for _, row in table.iterrows():
        recording = _part(row)
        word = next((one for one in labels if _says(recording.text, one)), None)
        if word is None:
            made.append(recording)
        else:
            holding.append((recording, word))
    if not made:
        raise VoxError(f"{path}: all recordings hold a word that the model fires on, by their transcripts")
    notes = tuple(
        f"negatives: {one.file.name} is left out: its transcript holds `{word}`" for one, word in holding
    )
    return Source(tuple(made), notes)


def _part(row: pd.Series[Any]) -> Recording:
    seconds = probe(row["file"]).duration
    start = float(row["start"])
    end = seconds if math.isnan(row["end"]) else float(row["end"])
    if start >= seconds or end > seconds + 0.05:
        raise VoxError(
            f"{row['place']}: {start:g} s to {end:g} s lies past the end of the recording ({seconds:.3f} s)"
        )
    return Recording(
        Path(row["file"]), start, min(end, seconds) - start, groups=_groups(row), text=_text(row)
    )


def _says(text: str, label: str) -> bool:
    """Whether a transcript holds a label as a word, or as words in a row."""
    return bool(text) and f" {_plain(label)} " in f" {_plain(text)} "


def _plain(text: str) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in text.casefold()).split())


def audio_files(folder: Path) -> tuple[Path, ...]:
    """All audio files below a folder. VoxError where there is none."""
    files = list_folder(folder).recordings if folder.is_dir() else ()
    if not files:
        raise VoxError(f"{folder}: no audio files", f"known suffixes: {' '.join(SUFFIXES)}")
    return files


# ---- both --------------------------------------------------------------------------------------------


def _table(path: Path, what: str, where: Mapping[str, str] | None) -> pd.DataFrame:
    if path.is_dir():
        table = _folder(path, what)
    elif path.suffix.lower() in SUFFIXES:
        table = _of_files([path], path.parent, what)
    else:
        table = _of_table(path, what)
    for name, value in (where or {}).items():
        table = _chosen(table, path, name, value)
    return table


def _of_table(path: Path, what: str) -> pd.DataFrame:
    database = Database.model_validate({"path": str(path)}, strict=False)
    table = read_database(what, database, "label", [])
    table = table.drop(columns=[own(name) for name in (*HIDDEN, *KNOWN) if own(name) in table])
    return table.rename(columns={own(name): name for name in MADE})


def _chosen(table: pd.DataFrame, path: Path, name: str, value: str) -> pd.DataFrame:
    """Rows that have this value in a column."""
    values = column(table, name)
    if values is None:
        raise VoxError(
            f"--where {name}={value}: {path} has no column `{name}`",
            did_you_mean(name, column_names(table), "columns"),
        )
    chosen = table[values.astype(str) == value]
    if chosen.empty:
        seen = ", ".join(sorted({str(v) for v in values.dropna()})[:8])
        raise VoxError(f"--where {name}={value}: no row of {path} has it", f"its values: {seen or 'none'}")
    return chosen


def _folder(path: Path, what: str) -> pd.DataFrame:
    return _of_files(audio_files(path), path, what)


def _of_files(files: Sequence[Path], root: Path, what: str) -> pd.DataFrame:
    import pandas as pd

    table = pd.DataFrame(
        {
            "file": [str(p) for p in files],
            "key": [p.relative_to(root).as_posix() for p in files],
            "place": [str(p) for p in files],
            "start": 0.0,
            "end": math.nan,
        }
    )
    parents = [p.relative_to(root).parts[0] if len(p.relative_to(root).parts) > 1 else "" for p in files]
    if any(parents):
        table["label" if what == "positives" and all(parents) else "database"] = parents
    return table


def _groups(row: pd.Series[Any]) -> dict[str, str]:
    found = {name: row[name] for name in _GROUPS if name in row and isinstance(row[name], str) and row[name]}
    if "source" in found:  # another word for it
        found.setdefault("database", found.pop("source"))
    return found


def _text(row: pd.Series[Any]) -> str:
    return next((row[name] for name in _TEXTS if name in row and isinstance(row[name], str)), "")
