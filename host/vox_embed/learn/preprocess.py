"""From a data set of recordings to a netCDF file of spectrograms."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from vox_embed.data.audio import AudioInfo, no_numbers, opened, probe
from vox_embed.data.layouts.base import Parsed, Recording
from vox_embed.data.processes import in_processes
from vox_embed.experiment.errors import VoxError
from vox_embed.features.decibels import Spectrum
from vox_embed.gate.limits import AUDIO_FRAMES
from vox_embed.learn.instances import make_table
from vox_embed.learn.netcdf import need_learning, write_blocks

if TYPE_CHECKING:
    from numpy.typing import NDArray

Channels = Literal["MEAN", "LEFT", "RIGHT", "DIFF"]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Cut:
    """Which part of a recording is taken. chunk_length, fixed_length: seconds."""

    chunk_length: float | None = None
    chunk_count: int | None = None
    fixed_length: float | None = None
    center_fixed: bool = False
    channels: Channels = "MEAN"

    def __post_init__(self) -> None:
        if (self.chunk_length is None) != (self.chunk_count is None):
            raise VoxError("--chunk-length and --chunk-count go together", "give both, or neither")
        if self.chunk_length is not None and not 0 < self.chunk_length < np.inf:
            raise VoxError(
                f"--chunk-length {self.chunk_length:g}: chunks have a length above 0 seconds", "2 is usual"
            )
        if self.chunk_count is not None and self.chunk_count < 1:
            raise VoxError(f"--chunk-count {self.chunk_count}: at least one")
        if self.fixed_length is not None and not 0 < self.fixed_length < np.inf:
            raise VoxError(f"--fixed-length {self.fixed_length:g}: a length above 0 seconds", "5 is usual")
        if self.center_fixed and self.fixed_length is None:
            raise VoxError("--center-fixed does nothing without --fixed-length", "give both, or neither")

    def read(self, path: Path) -> tuple[NDArray[np.float64], int]:
        """One channel of a recording, [samples] within -1 .. 1, cut or padded to its length; its rate."""
        with opened(path) as sound:
            rate = int(sound.samplerate)
            wanted = None if self.fixed_length is None else round(self.fixed_length * rate)
            if sound.frames > AUDIO_FRAMES and (wanted is None or wanted > AUDIO_FRAMES):
                raise VoxError(
                    f"{path}: {sound.frames / rate:,.0f} s of sound in one piece",
                    "cut it, or set --fixed-length",
                )
            first = 0
            if wanted is not None and sound.frames > wanted and self.center_fixed:
                first = (sound.frames - wanted) // 2
                sound.seek(first)
            samples = sound.read(-1 if wanted is None else wanted, dtype="float64", always_2d=True)
        if not np.isfinite(samples).all():
            raise no_numbers(path)
        mono = self._mono(path, samples)
        if wanted is not None and len(mono) < wanted:
            lacking = wanted - len(mono)
            before = lacking // 2 if self.center_fixed else 0
            mono = np.pad(mono, (before, lacking - before))
        if not len(mono):
            raise VoxError(f"{path}: the audio file is empty")
        return mono, rate

    def _mono(self, path: Path, samples: NDArray[np.float64]) -> NDArray[np.float64]:
        if self.channels == "MEAN" or samples.shape[1] == 1:
            mean: NDArray[np.float64] = samples.mean(axis=1)
            return mean
        if samples.shape[1] != 2:
            raise VoxError(
                f"{path}: {samples.shape[1]} channels; {self.channels} is of stereo", "use --channels MEAN"
            )
        left, right = samples[:, 0], samples[:, 1]
        return {"LEFT": left, "RIGHT": right, "DIFF": left - right}[self.channels]

    def chunks(self, path: Path, samples: NDArray[np.float64], rate: int) -> list[NDArray[np.float64]]:
        """The pieces that become instances."""
        if self.chunk_length is None or self.chunk_count is None:
            return [samples]
        length = round(self.chunk_length * rate)
        if length * self.chunk_count > len(samples):
            raise VoxError(
                f"{path}: {len(samples) / rate:.2f} s are fewer than {self.chunk_count} chunks of "
                f"{self.chunk_length:g} s",
                "choose fewer or shorter chunks, or pad by --fixed-length",
            )
        return [samples[i * length : (i + 1) * length] for i in range(self.chunk_count)]


def spectrograms_of(path: Path, spectrum: Spectrum, cut: Cut) -> NDArray[np.float32]:
    """The spectrograms of a recording: [chunks, frames, bins]."""
    samples, rate = cut.read(path)
    chunks = cut.chunks(path, samples, rate)
    if not spectrum.frames(len(chunks[0]), rate):
        raise VoxError(
            f"{path}: {len(chunks[0]) / rate:.3f} s are shorter than a window of {spectrum.window:g} s",
            "choose a smaller --window-width, or pad by --fixed-length",
        )
    return np.stack([spectrum.spectrogram(chunk, rate) for chunk in chunks])


def preprocess(  # noqa: PLR0917
    basedir: Path,
    data: Parsed,
    spectrum: Spectrum,
    cut: Cut,
    output: Path,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> tuple[int, ...]:
    """Write the spectrograms of all recordings, and what is known of them; returns the file's shape.

    VoxError naming the first recording whose spectrogram has another shape than the first one's.
    """
    need_learning("vox-embed learn preprocess")
    paths = [item.path for item in data.recordings]
    work = partial(spectrograms_of, spectrum=spectrum, cut=cut)
    shape, count = _shape(paths[0], spectrum, cut)
    blocks = _in_order(
        in_processes(work, paths, jobs or os.cpu_count() or 1, together=8), paths, shape, progress
    )
    names = [file_name(item.path, basedir) for item in data.recordings]
    each = [item for item in data.recordings for _ in range(count)]
    numbers = data.label_map
    table = make_table(
        [name for name in names for _ in range(count)],
        [chunk for _ in names for chunk in range(count)],
        [item.label for item in each],
        [None if item.label is None or numbers is None else numbers[item.label] for item in each],
        [None if item.partition is None else int(item.partition) for item in each],
    )
    folds = folds_of(each, data.fold_count)
    write_blocks(
        output, table, folds, ("time", "freq"), shape, blocks, None if numbers is None else dict(numbers)
    )
    return (len(each), *shape)


def file_name(path: Path, basedir: Path) -> str:
    """What a recording is called in a data set: its path from the base folder on."""
    return path.relative_to(basedir).as_posix() if path.is_relative_to(basedir) else path.as_posix()


def folds_of(recordings: Sequence[Recording], count: int) -> NDArray[np.int8]:
    """`Instances.folds`."""
    folds = np.zeros((len(recordings), count), np.int8)
    for row, item in enumerate(recordings):
        folds[row, sorted(item.folds)] = 1
    return folds


def _shape(path: Path, spectrum: Spectrum, cut: Cut) -> tuple[tuple[int, int], int]:
    first = spectrograms_of(path, spectrum, cut)
    return (first.shape[1], first.shape[2]), len(first)


def _in_order(
    results: Iterator[NDArray[np.float32]],
    paths: Sequence[Path],
    shape: tuple[int, int],
    progress: Progress | None,
) -> Iterator[NDArray[np.float32]]:
    for done, (path, result) in enumerate(zip(paths, results, strict=True), start=1):
        if result.shape[1:] != shape:
            raise VoxError(
                f"{path}: its spectrogram has {result.shape[1]} x {result.shape[2]} values, that of "
                f"{paths[0]} {shape[0]} x {shape[1]}",
                "all recordings need the same rate, and the same length: set --fixed-length",
            )
        if progress is not None:
            progress(done, len(paths))
        yield result


@dataclass(frozen=True)
class RawInfo:
    """What is known of a data set before anything is computed."""

    files: int
    labels: int
    folds: int
    partitions: tuple[str, ...]
    shortest: float
    longest: float
    rates: tuple[int, ...]
    channels: tuple[int, ...]


def inspect_raw(data: Parsed, progress: Progress | None = None) -> RawInfo:
    """Look at the header of every recording."""
    infos: list[AudioInfo] = []
    for done, item in enumerate(data.recordings, start=1):
        infos.append(probe(item.path))
        if progress is not None:
            progress(done, len(data.recordings))
    return RawInfo(
        len(infos),
        len({item.label for item in data.recordings if item.label is not None}),
        data.fold_count,
        tuple(
            part.name
            for part in sorted({item.partition for item in data.recordings if item.partition is not None})
        ),
        min(info.duration for info in infos),
        max(info.duration for info in infos),
        tuple(sorted({info.sample_rate for info in infos})),
        tuple(sorted({info.channels for info in infos})),
    )
