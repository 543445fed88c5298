"""Checkpoints of a training run: arrays in .npz files below `logs`, written whole or not at all.

`model-STEP.npz` has the weights after STEP steps of training; `last.npz` what training goes on from.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vox_embed.experiment.errors import VoxError
from vox_embed.gate.archive import pack, unpack
from vox_embed.gate.files import read_bytes, write_atomic
from vox_embed.gate.limits import FLOAT_MODEL_BYTES

if TYPE_CHECKING:
    from numpy.typing import NDArray

LAST = "last.npz"
_NAME = re.compile(r"model-(\d+)\.npz")
Arrays = list["NDArray[Any]"]


def steps_of(folder: Path) -> list[int]:
    """Steps at which weights were kept, in their order."""
    if not folder.is_dir():
        return []
    return sorted(int(match[1]) for path in folder.iterdir() if (match := _NAME.fullmatch(path.name)))


def save_weights(folder: Path, step: int, weights: Sequence[NDArray[Any]], keep: int) -> None:
    """Keep the weights of a step, and take the oldest away beyond `keep` of them."""
    write_atomic(folder / f"model-{step}.npz", pack({f"w{i:04}": w for i, w in enumerate(weights)}))
    for old in steps_of(folder)[:-keep]:
        (folder / f"model-{old}.npz").unlink(missing_ok=True)


def load_weights(folder: Path, step: int | None, shapes: Sequence[tuple[int, ...]]) -> Arrays:
    """Weights of a step, or of the last one. VoxError where there are none, or of another architecture."""
    there = steps_of(folder)
    if not there:
        raise VoxError(
            f"{folder}: holds no checkpoint",
            "--model-dir is the folder `logs` of a training run that has ended an epoch",
        )
    wanted = there[-1] if step is None else step
    if wanted not in there:
        raise VoxError(
            f"{folder}: has no checkpoint of step {wanted}",
            f"there are {', '.join(map(str, there))}; training keeps the last ones (--keep-models)",
        )
    path = folder / f"model-{wanted}.npz"
    return _checked(path, _read(path), "w", shapes)


def save_last(folder: Path, epoch: int, seed: int, groups: Mapping[str, Sequence[NDArray[Any]]]) -> None:
    """What training goes on from: weights and the optimiser's numbers after so many epochs."""
    arrays = {f"{name}{i:04}": array for name, group in groups.items() for i, array in enumerate(group)}
    write_atomic(folder / LAST, pack({**arrays, "epoch": np.int64(epoch), "seed": np.int64(seed)}))  # type: ignore[dict-item]


def load_last(
    folder: Path, shapes: dict[str, Sequence[tuple[int, ...]]]
) -> tuple[int, int, dict[str, Arrays]]:
    """Epoch, seed and arrays of `save_last`."""
    path = folder / LAST
    stored = _read(path)
    try:
        epoch, seed = int(stored["epoch"]), int(stored["seed"])
    except (KeyError, TypeError, ValueError):
        raise VoxError(f"{path}: is no checkpoint") from None
    return epoch, seed, {name: _checked(path, stored, name, of) for name, of in shapes.items()}


def _read(path: Path) -> dict[str, NDArray[Any]]:
    try:
        return unpack(read_bytes(path, FLOAT_MODEL_BYTES))
    except FileNotFoundError:
        raise VoxError(f"{path}: no such checkpoint", "train without --continue first") from None
    except OSError as error:
        raise VoxError(f"{path}: {error.strerror}") from None
    except ValueError as error:
        raise VoxError(f"{path}: {error}") from None


def _checked(
    path: Path, stored: dict[str, NDArray[Any]], name: str, shapes: Sequence[tuple[int, ...]]
) -> Arrays:
    found = [stored.get(f"{name}{i:04}") for i in range(len(shapes))]
    of_kind = sum(key.startswith(name) and key[len(name) :].isdigit() for key in stored)
    if of_kind != len(shapes) or any(
        array is None or array.shape != shape for array, shape in zip(found, shapes, strict=True)
    ):
        raise VoxError(
            f"{path}: is the checkpoint of another architecture",
            "train anew, or give the settings it was trained with",
        )
    return [array for array in found if array is not None]
