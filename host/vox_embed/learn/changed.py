"""Data sets made of data sets: balanced classes, other folds and partitions, features side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from vox_embed.data.layouts.base import Partition
from vox_embed.experiment.errors import VoxError
from vox_embed.learn.instances import Instances

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CLOSER = "`vox-embed learn validate --detailed` looks closer"


def upsampled_indices(
    data: Instances, within: NDArray[np.intp] | None = None, seed: int = 0
) -> NDArray[np.intp]:
    """Indices of all instances, then those that are repeated to make classes equally large.

    within: where classes are balanced; None: everywhere. Each instance of a class is repeated as often as any
    other, or once more; files stay whole, so that all chunks of one come together.
    """
    chosen = np.arange(len(data)) if within is None else within
    labels = data.table["label_nominal"].iloc[chosen]
    if bool(labels.isna().any()):
        raise VoxError(
            "classes can be balanced only where every instance has a label", "choose --partitions that have"
        )
    files = data.table["filename"].iloc[chosen].to_numpy(object)
    texts = labels.to_numpy(object)
    most = max((int((texts == label).sum()) for label in set(texts)), default=0)
    random = np.random.default_rng(seed)
    more: list[NDArray[np.intp]] = []
    for label in sorted(set(texts)):
        own = chosen[texts == label]
        names = sorted(set(files[texts == label]))
        of_file = {name: chosen[(files == name) & (texts == label)] for name in names}
        lacking = most - len(own)
        while lacking > 0:
            before = lacking
            for name in random.permutation(names):
                if lacking >= len(of_file[name]):
                    more.append(of_file[name])
                    lacking -= len(of_file[name])
            if lacking == before:  # less than a file is missing
                break
    return np.concatenate([np.arange(len(data)), *more]).astype(np.intp)


def upsampled(data: Instances, partitions: Sequence[Partition] = (), seed: int = 0) -> Instances:
    """With equally large classes in some partitions, or everywhere. A repeated file gets a name of its own
    (`a.wav` -> `a.wav.1`), so that file and chunk name an instance still."""
    within = data.of_partitions(partitions) if partitions else None
    indices = upsampled_indices(data, within, seed)
    made = data.chosen(indices)
    seen: dict[tuple[str, int], int] = {}
    taken = set(data.table["filename"])
    names = []
    for name, chunk in zip(made.table["filename"], made.table["chunk_nr"], strict=True):
        times = seen.get((name, int(chunk)), 0)
        seen[name, int(chunk)] = times + 1
        new = name if not times else f"{name}.{times}"
        while times and new in taken:
            new = f"{new}.again"
        names.append(new)
    return replace(made, table=made.table.assign(filename=names).astype({"filename": "string"}))


def with_folds(data: Instances, count: int, seed: int = 0) -> Instances:
    """With folds of about equal size that do not overlap, drawn anew; the chunks of a file stay together."""
    files = _shuffled(data, seed)
    if not 2 <= count <= len(files):
        raise VoxError(f"{count} folds of {len(files)} files", f"choose 2 to {max(2, len(files))}")
    fold_of = {name: index % count for index, name in enumerate(files)}
    folds = np.zeros((len(data), count), np.int8)
    for row, name in enumerate(data.table["filename"]):
        folds[row, fold_of[name]] = 1
    return replace(data, folds=folds)


def _shuffled(data: Instances, seed: int) -> list[str]:
    """The names of the files, in an order that the seed gives."""
    return [
        str(name) for name in np.random.default_rng(seed).permutation(sorted(set(data.table["filename"])))
    ]


def without_folds(data: Instances) -> Instances:
    """Without cross-validation information."""
    return replace(data, folds=np.zeros((len(data), 0), np.int8))


def with_partitions(data: Instances, partitions: Sequence[Partition], seed: int = 0) -> Instances:
    """With partitions of about equal size, drawn anew; the chunks of a file stay together."""
    files = _shuffled(data, seed)
    chosen = list(dict.fromkeys(partitions))
    if len(files) < len(chosen):
        raise VoxError(f"{len(chosen)} partitions of {len(files)} files: one would be empty", "choose fewer")
    number = {name: int(chosen[index % len(chosen)]) for index, name in enumerate(files)}
    return _with_partition(data, [number[name] for name in data.table["filename"]])


def without_partitions(data: Instances) -> Instances:
    """Without partition information."""
    return _with_partition(data, [None] * len(data))


def _with_partition(data: Instances, numbers: Sequence[int | None]) -> Instances:
    import pandas as pd

    return replace(data, table=data.table.assign(partition=pd.array(list(numbers), dtype="Int64")))


def fused_blocks(
    sets: Sequence[tuple[str, Instances]], dimension: str
) -> tuple[Instances, Iterator[NDArray[np.float32]]]:
    """Features of several data sets side by side along a dimension; what is known of the instances, and the
    blocks of their features.

    sets: name and data set. Their instances may come in any order; VoxError where one lacks an instance,
    knows something else of it, or has features that do not fit.
    """
    if len(sets) < 2:
        raise VoxError("fuse joins two or more data sets; one was given", "name them: --input a.nc b.nc")
    (first_name, first), *others = sets
    axis = _axis(first_name, first, dimension)
    orders = [np.arange(len(first))]
    for name, other in others:
        orders.append(_order(first_name, first, name, other))
        if other.dims != first.dims or any(
            a != b for i, (a, b) in enumerate(zip(first.shape, other.shape, strict=True)) if i != axis
        ):
            raise VoxError(
                f"{name}: features {dict(zip(other.dims, other.shape, strict=True))} do not fit those of "
                f"{first_name}, {dict(zip(first.dims, first.shape, strict=True))}",
                f"all but `{dimension}` have to be the same",
            )
    shape = list(first.shape)
    shape[axis] = sum(data.shape[axis] for _, data in sets)

    def blocks() -> Iterator[NDArray[np.float32]]:
        step = 256
        for start in range(0, len(first), step):
            parts = [
                np.concatenate(list(data.blocks(order[start : start + step])))
                for (_, data), order in zip(sets, orders, strict=True)
            ]
            yield np.concatenate(parts, axis=axis + 1)

    return _shaped(first, first.dims, shape), blocks()


def _shaped(data: Instances, dims: Sequence[str], shape: Sequence[int]) -> Instances:
    """`data` with the dims and shape of features that are still to come."""
    import xarray

    hollow = np.broadcast_to(np.float32(0), (len(data), *shape))
    return replace(data, features=xarray.DataArray(hollow, dims=("instance", *dims)))


def _axis(name: str, data: Instances, dimension: str) -> int:
    if dimension not in data.dims:
        raise VoxError(
            f"{name}: the features have no dimension `{dimension}`",
            f"they have {', '.join(data.dims) or 'none'}: choose one with --dimension",
        )
    return data.dims.index(dimension)


def _keys(name: str, data: Instances) -> dict[tuple[str, int], int]:
    keys = {
        (str(file), int(chunk)): index
        for index, (file, chunk) in enumerate(
            zip(data.table["filename"], data.table["chunk_nr"], strict=True)
        )
    }
    if len(keys) < len(data):
        raise VoxError(f"{name}: an instance (file and chunk) is there twice", _CLOSER)
    return keys


def _order(first_name: str, first: Instances, name: str, other: Instances) -> NDArray[np.intp]:
    """Where the instances of `first` are in `other`; VoxError unless both know the same of them."""
    keys, theirs = _keys(first_name, first), _keys(name, other)
    for mine, there, where in ((keys, theirs, name), (theirs, keys, first_name)):
        lacking = next((key for key in mine if key not in there), None)
        if lacking is not None:
            raise VoxError(
                f"{where}: has no instance {lacking[0]}, chunk {lacking[1]}", "fuse what is the same data"
            )
    order = np.array([theirs[key] for key in keys], np.intp)
    for column in ("label_nominal", "label_numeric", "partition"):
        a, b = first.column(column), [other.column(column)[i] for i in order]
        different = [i for i, (x, y) in enumerate(zip(a, b, strict=True)) if x != y]
        if different:
            file = first.table["filename"].iloc[different[0]]
            raise VoxError(
                f"{name}: {column} of {file} is {b[different[0]]}, in {first_name} {a[different[0]]}",
                "fuse what is the same data",
            )
    if not np.array_equal(first.folds, other.folds[order]):
        raise VoxError(
            f"{name}: its folds are others than those of {first_name}", "fuse what is the same data"
        )
    if first.label_map != other.label_map:
        raise VoxError(
            f"{name}: its label map is another than that of {first_name}", "fuse what is the same data"
        )
    return order


def fused_chunks(data: Instances, dimension: str) -> tuple[Instances, Iterator[NDArray[np.float32]]]:
    """One instance a file: the features of its chunks, in their order, side by side along a dimension."""
    axis = _axis("the data set", data, dimension)
    groups = {
        str(name): np.asarray(rows, np.intp)
        for name, rows in data.table.groupby("filename", sort=False).indices.items()
    }
    counts = {len(rows) for rows in groups.values()}
    if len(counts) > 1:
        raise VoxError(f"files have different numbers of chunks ({min(counts)} to {max(counts)})", _CLOSER)
    orders = []
    for name, rows in groups.items():
        numbers = data.table["chunk_nr"].iloc[rows].to_numpy(int)
        if sorted(numbers) != list(range(len(numbers))):
            raise VoxError(f"{name}: its chunks are not numbered 0 to {len(numbers) - 1}", _CLOSER)
        orders.append(rows[np.argsort(numbers)])
    firsts = np.array([rows[0] for rows in orders], np.intp)
    shape = list(data.shape)
    shape[axis] *= counts.pop() if counts else 1

    def blocks() -> Iterator[NDArray[np.float32]]:
        for rows in orders:
            parts = np.concatenate(list(data.blocks(rows)))
            yield np.concatenate(list(parts), axis=axis)[None]

    return _shaped(data.chosen(firsts), data.dims, shape), blocks()
