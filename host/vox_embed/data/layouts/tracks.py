"""Label tracks as Audacity exports them: a text file of start, end and label beside a recording."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from vox_embed.data.audio import probe
from vox_embed.data.files import list_folder, of_the_system
from vox_embed.data.layouts.base import Parsed, Parser, Recording, numbered
from vox_embed.experiment.errors import VoxError
from vox_embed.gate.files import read_text
from vox_embed.gate.limits import TABLE_BYTES
from vox_embed.gate.text import plain_text, shown

SUFFIX = ".txt"
ROUNDING = 0.05
"""Seconds that an end may lie behind the recording's."""
_TOUCHING = 1e-3  # seconds that labels one after the other may have in common


@dataclass(frozen=True)
class Label:
    """A line of a track: times in seconds. place: its file and line."""

    text: str
    start: float
    end: float
    place: str

    def within(self, seconds: float) -> Label:
        """The label, whose end is not behind that of a recording. VoxError where it lies past the end."""
        if self.start >= seconds or self.end > seconds + ROUNDING:
            raise VoxError(
                f"{self.place}: `{self.text}` from {self.start:g} s to {self.end:g} s lies past the end "
                f"of the recording ({seconds:.3f} s)",
                "mend the times, or name the recording that they belong to",
            )
        return Label(self.text, self.start, min(self.end, seconds), self.place)


def track_of(recording: Path) -> Path | None:
    """The track beside a recording, if there is one."""
    track = recording.with_suffix(SUFFIX)
    return track if track.is_file() else None


def read_track(path: Path) -> list[Label]:
    """The labels of a track, as it has them. VoxError naming file and line for what is none."""
    found = []
    try:
        lines = read_text(path, TABLE_BYTES).splitlines()
    except OSError as error:
        raise VoxError(f"{path}: {error.strerror or error}", "a label track is a text file") from None
    for number, line in enumerate(lines, start=1):
        place = f"{path}:{number}"
        if not line.strip() or line.startswith("\\"):  # the second line of a label with a frequency range
            continue
        label = _label(line, place)
        if label is None:
            raise VoxError(
                f"{place}: `{shown(line.strip())}` is no line of a label track",
                "start, end and label, separated by tabs; times in seconds",
            )
        if not 0 <= label.start < label.end:
            raise VoxError(f"{place}: start {label.start:g} s and end {label.end:g} s make no segment")
        found.append(label)
    return found


def _label(line: str, place: str) -> Label | None:
    parts = line.split("\t")
    try:
        start, end, text = float(parts[0]), float(parts[1]), plain_text(parts[2])
    except (ValueError, IndexError):
        return None
    return Label(text, start, end, place) if math.isfinite(start) and math.isfinite(end) else None


def apart(labels: Iterable[Label]) -> list[Label]:
    """The labels in the order of their times. VoxError where two cross: sound between them would have
    both."""
    found = sorted(labels, key=lambda label: (label.start, label.end))
    for before, label in pairwise(found):
        if label.start < before.end - _TOUCHING:
            raise VoxError(
                f"{label.place}: `{label.text}` begins at {label.start:g} s, where `{before.text}` of "
                f"{before.place} goes on to {before.end:g} s",
                "labels of one recording stand one after the other; mend the times",
            )
    return found


class LabelTracks(Parser):
    """Recordings with a track beside them: `talk.wav` and `talk.txt`. A row is a label; what no label
    covers is left out, and so are recordings without a track."""

    def can_parse(self) -> bool:
        """Whether the first text files beside recordings are tracks."""
        found = self._first_tracks()
        return bool(found) and all(_looks_like_track(path) for path in found)

    def _first_tracks(self, most: int = 3) -> list[Path]:
        found = []
        for place, folders, files in os.walk(self.basedir):
            folders[:] = sorted(name for name in folders if not of_the_system(name))
            stems = {Path(name).stem for name in files if Path(name).suffix.lower() != SUFFIX}
            found += [
                Path(place, name)
                for name in sorted(files)
                if Path(name).suffix.lower() == SUFFIX and Path(name).stem in stems
            ]
            if len(found) >= most:
                break
        return found[:most]

    def parse(self) -> Parsed:
        """A recording for each label, in the order of files and times."""
        rows = []
        bare = []
        for file in list_folder(self.basedir).recordings:
            track = track_of(file)
            if track is None:
                bare.append(file)
                continue
            seconds = probe(file).duration
            for label in apart(one.within(seconds) for one in read_track(track)):
                times = {"start": f"{label.start:.9g}", "end": f"{label.end:.9g}"}
                rows.append(Recording(file, label.text, columns=times, place=label.place))
        if not rows:
            raise VoxError(
                f"{self.basedir}: no recording has a label track with a label",
                "talk.wav and beside it talk.txt: start, end and label, separated by tabs",
            )
        notes = (
            (f"warning: {len(bare)} recordings have no label track, and are left out; first: {bare[0]}",)
            if bare
            else ()
        )
        return Parsed(tuple(rows), 0, numbered(str(row.label) for row in rows), notes)


def _looks_like_track(path: Path) -> bool:
    try:
        with path.open(encoding="utf-8") as lines:
            first = next((line for line in lines if line.strip()), "")
    except (OSError, UnicodeDecodeError):
        return False
    return _label(first.rstrip("\r\n"), str(path)) is not None
