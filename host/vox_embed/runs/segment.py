"""Recordings cut into the pieces in which somebody speaks, and whose pieces may be whose."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vox_embed.data.audio import read_audio
from vox_embed.data.cells import seconds_of
from vox_embed.data.layouts.base import audio_files
from vox_embed.data.layouts.table import read_table
from vox_embed.data.segmenting import FRAME, Limits, Spans, hysteresis, levels_of, segments, speech_by_energy
from vox_embed.data.silero import END, START, Silero
from vox_embed.data.silero import FRAME as SILERO_FRAME
from vox_embed.experiment import VoxError
from vox_embed.experiment.schema import Embedding, Mfcc
from vox_embed.features.host import inputs_of
from vox_embed.gate.files import check_output, write_atomic
from vox_embed.gate.tables import csv_text
from vox_embed.runs.reporter import Quiet, Reporter

Method = Literal["energy", "silero"]
_LIMITS = Limits()
_MOST_SPEAKERS = 10
_APART = 0.15
"""Silhouette below which pieces are taken for those of one speaker."""
_RATE = 16000


@dataclass(frozen=True)
class Segmented:
    """pieces: how many. seconds: of them all, and of all sound. speakers: 0 where nobody asked."""

    file: Path
    pieces: int
    seconds: tuple[float, float]
    speakers: int


@dataclass(frozen=True)
class _Source:
    """A recording, or a part of it; cells: what its table says of it."""

    file: Path
    start: float
    end: float | None
    cells: dict[str, str]


def segment(
    given: Path,
    out: Path,
    method: Method = "energy",
    limits: Limits = _LIMITS,
    reporter: Reporter | None = None,
    *,
    speakers: int | None = None,
    embedding: str | None = None,
) -> Segmented:
    """Write a table of the pieces of a recording, a folder's recordings, or a table's, whose columns are
    kept.

    speakers: give each piece a speaker, so many of them, or as many as are found (0). embedding: a network
    that
    tells them apart (as `features.model`) in place of MFCCs. VoxError where nobody speaks.
    """
    log = reporter or Quiet()
    check_output(out)
    sources = _sources(given)
    detector = Silero() if method == "silero" else None
    found: list[tuple[_Source, tuple[float, float]]] = []
    total = 0.0
    spans: dict[Path, tuple[Spans, float]] = {}
    with log.task("Listening", "files") as advance:
        for number, source in enumerate(sources, start=1):
            if source.file not in spans:
                spans[source.file] = _spans(source.file, detector, limits)
            pieces, length = spans[source.file]
            last = length if source.end is None else min(length, source.end)
            total += max(0.0, last - source.start)
            for a, b in pieces:
                inside = max(a, source.start), min(b, last)
                if inside[1] - inside[0] >= limits.min_length:
                    found.append((source, inside))
            advance(number, len(sources))
    if not found:
        raise VoxError(f"{given}: nobody was found to speak", "try --method silero, or a lower --min-length")
    columns = list(dict.fromkeys(name for source in sources for name in source.cells))
    people: list[str] = []
    if speakers is not None:
        people = speakers_of([(s.file, *span) for s, span in found], speakers, embedding, log)
        columns = [name for name in columns if name != "speaker"] + ["speaker"]
    rows = []
    for place, (source, (a, b)) in enumerate(found):
        cells = source.cells | ({"speaker": people[place]} if people else {})
        name = Path(os.path.relpath(source.file, out.parent)).as_posix()
        rows.append([name, f"{a:.3f}", f"{b:.3f}", *(cells.get(column, "") for column in columns)])
    out.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(out, csv_text(["file", "start", "end", *columns], rows))
    spoken = sum(b - a for _, (a, b) in found)
    return Segmented(out, len(found), (spoken, total), len(set(people)))


def _sources(given: Path) -> list[_Source]:
    if given.is_dir():
        files = audio_files(given, below=True)
        if not files:
            raise VoxError(f"{given}: no recordings in this folder")
        return [_Source(file.absolute(), 0.0, None, {}) for file in files]
    if not given.is_file():
        raise VoxError(f"{given}: no such file or folder")
    if given.suffix.lower() not in (".csv", ".tsv", ".txt"):
        return [_Source(given.absolute(), 0.0, None, {})]
    table, places = read_table(given)
    if "file" not in table.columns:
        raise VoxError(
            f"{given}: has no column `file`", f"its columns are {', '.join(map(str, table.columns))}"
        )
    found = []
    for place, row in zip(places, table.to_dict("records"), strict=True):
        cells = {str(name): str(cell) for name, cell in row.items() if isinstance(cell, str)}
        if "file" not in cells:
            raise VoxError(f"{place}: no file")
        times = [seconds_of(cells.pop(name, "")) if cells.get(name) else None for name in ("start", "end")]
        cells.pop("start", None)
        cells.pop("end", None)
        file = Path(os.path.normpath(given.absolute().parent / cells.pop("file")))
        found.append(_Source(file, times[0] or 0.0, times[1], cells))
    return found


def _spans(file: Path, detector: Silero | None, limits: Limits) -> tuple[Spans, float]:
    """Pieces of a file, and its length."""
    if detector is None:
        levels = levels_of(file)
        return segments(speech_by_energy(levels), levels, FRAME, limits), len(levels) * FRAME
    likely = detector.probabilities(file)
    spans = segments(hysteresis(likely, START, END), likely, SILERO_FRAME, limits)
    return spans, len(likely) * SILERO_FRAME


# ---- speakers ----------------------------------------------------------------------------------------


def speakers_of(
    pieces: Sequence[tuple[Path, float, float]], count: int, embedding: str | None, log: Reporter
) -> list[str]:
    """`s1`, `s2` and so on, in the order in which they begin to speak: a guess, by how the pieces sound."""
    clips = [read_audio(file, _RATE, start, end) for file, start, end in pieces]
    if embedding is None:
        front = inputs_of(Mfcc()).device
        assert front is not None
        frames = [front.extract(np.pad(clip, (0, max(0, front.window - len(clip))))) for clip in clips]
        rows = np.array([_voiced_mean(one) for one in frames])
    else:
        with log.task("Embeddings", "pieces") as advance:
            rows = np.concatenate(inputs_of(Embedding(model=embedding)).host[0].extract_all(clips, advance))
    numbers = _clusters(rows.astype(np.float64), count)
    names = {number: f"s{i + 1}" for i, number in enumerate(dict.fromkeys(numbers.tolist()))}
    return [names[number] for number in numbers.tolist()]


def _voiced_mean(frames: NDArray[np.int16]) -> NDArray[np.float64]:
    """Mean and deviation of a piece's louder half, without the first coefficient, its level."""
    loud = frames[frames[:, 0] >= np.median(frames[:, 0])].astype(np.float64)
    return np.concatenate([loud[:, 1:].mean(axis=0), 0.5 * loud[:, 1:].std(axis=0)])


def _clusters(rows: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    from sklearn.cluster import AgglomerativeClustering
    from sklearn.metrics import silhouette_score

    rows = (rows - rows.mean(axis=0)) / np.maximum(rows.std(axis=0), 1e-9)

    def into(groups: int) -> NDArray[np.int64]:
        made: NDArray[np.int64] = AgglomerativeClustering(groups, linkage="ward").fit_predict(rows)
        return made

    if count > len(rows):
        raise VoxError(f"--speakers {count}: there are {len(rows)} pieces only")
    if count:
        return into(count)
    best, highest = np.zeros(len(rows), np.int64), _APART
    for groups in range(2, min(_MOST_SPEAKERS, len(rows) - 1) + 1):
        made = into(groups)
        reached = float(silhouette_score(rows, made))
        if reached > highest:
            best, highest = made, reached
    return best
