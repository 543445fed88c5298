"""Batches of several files of instances, from memory or, where they are larger, from a copy on disk."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vox_embed.experiment.errors import VoxError
from vox_embed.learn.instances import Instances

if TYPE_CHECKING:
    from numpy.typing import NDArray

IN_MEMORY = 1 << 30
"""Bytes of features that are held at once."""


@contextmanager
def features_of(
    sets: Sequence[tuple[str, Instances]], tempdir: Path | None = None, most: int = IN_MEMORY
) -> Iterator[NDArray[np.float32]]:
    """All features of several data sets, one after the other: [instances, time, freq].

    More than `most` bytes are mapped from a file in `tempdir` (made for it, and taken away; None: one of the
    system's). VoxError where shapes differ, or the folder is there already.
    """
    (first_name, first), *others = sets
    if len(first.shape) != 2:
        raise VoxError(
            f"{first_name}: features of {len(first.shape)} dimensions; autoencoders take two, time and freq"
        )
    for name, data in others:
        if data.shape != first.shape:
            raise VoxError(
                f"{name}: its spectrograms have {data.shape[0]} x {data.shape[1]} values, those of "
                f"{first_name} {first.shape[0]} x {first.shape[1]}",
                "all inputs need the same shape",
            )
    count = sum(len(data) for _, data in sets)
    if not count:
        raise VoxError(f"{first_name}: holds no instances")
    if tempdir is not None and tempdir.exists():
        raise VoxError(
            f"--tempdir {tempdir}: exists already", "name a folder that can be made, and taken away"
        )
    if 4 * count * int(np.prod(first.shape)) <= most:
        yield np.concatenate([block for _, data in sets for block in data.blocks()])
        return
    with _folder(tempdir) as folder:
        path = folder / "features.f32"
        with path.open("wb") as file:
            for _, data in sets:
                for block in data.blocks():
                    file.write(np.ascontiguousarray(block).data)
        mapped = np.memmap(path, np.float32, "r", shape=(count, *first.shape))
        try:
            yield mapped
        finally:
            with contextlib.suppress(BufferError, AttributeError):
                mapped._mmap.close()  # type: ignore[attr-defined]


@contextmanager
def _folder(tempdir: Path | None) -> Iterator[Path]:
    if tempdir is None:
        with tempfile.TemporaryDirectory(prefix="vox-embed-") as name:
            yield Path(name)
        return
    tempdir.mkdir(parents=True)
    try:
        yield tempdir
    finally:
        shutil.rmtree(tempdir, ignore_errors=True)
