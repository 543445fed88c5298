"""The data model: instances (recordings or chunks of them), what is known of each, and their features."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from vox_embed.data.layouts.base import Partition
from vox_embed.experiment.errors import VoxError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

COLUMNS = ("filename", "chunk_nr", "label_nominal", "label_numeric", "partition")
"""What is known of an instance, beside its folds: columns of `Instances.table`, variables of a file."""
BLOCK_BYTES = 1 << 26
"""Of features that are held at once where nothing asks for all of them."""


@dataclass(frozen=True, eq=False)
class Instances:
    """A data set: instances in the order of their file.

    table: a row an instance: `filename` (str), `chunk_nr`, `label_nominal` (str), `label_numeric` and
    `partition` (integers); what is not known is NA. folds: int8 [instances, folds], 1 where an instance is
    in a fold's validation split, 0 where it is in its training split; no columns without folds. features: an
    xarray DataArray [instances, ...] of float32, read from its file only where it is looked at. label_map:
    label -> number, or None.
    """

    table: pd.DataFrame
    folds: NDArray[np.int8]
    features: Any
    label_map: dict[str, int] | None = None

    def __len__(self) -> int:
        return len(self.table)

    @property
    def dims(self) -> tuple[str, ...]:
        """Names of the features' dimensions, without that of instances."""
        return tuple(str(name) for name in self.features.dims[1:])

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the features of one instance."""
        return tuple(int(size) for size in self.features.shape[1:])

    @property
    def fold_count(self) -> int:
        """How many folds of cross-validation are known; 0: none."""
        return int(self.folds.shape[1])

    @property
    def labelled(self) -> bool:
        """Whether every instance has a label."""
        return len(self) > 0 and not bool(self.table["label_nominal"].isna().any())

    @property
    def partitioned(self) -> bool:
        """Whether every instance has a partition."""
        return len(self) > 0 and not bool(self.table["partition"].isna().any())

    def column(self, name: str) -> list[Any]:
        """A column of the table; None where it is not known."""
        known = self.table[name]
        return [None if gap else value for value, gap in zip(known, known.isna(), strict=True)]

    def read(self, first: int, end: int) -> NDArray[np.float32]:
        """Features of instances first .. end - 1. VoxError where they are not numbers."""
        return self._numbers(np.arange(first, end), self.features[first:end])

    def blocks(
        self, indices: Sequence[int] | NDArray[np.intp] | None = None
    ) -> Iterator[NDArray[np.float32]]:
        """Features of all instances, or of those at `indices` in their order, some at once."""
        chosen = np.arange(len(self)) if indices is None else np.asarray(indices, np.intp)
        step = max(1, BLOCK_BYTES // max(1, 4 * int(np.prod(self.shape, dtype=np.int64))))
        for first in range(0, len(chosen), step):
            wanted = chosen[first : first + step]
            if len(wanted) and np.array_equal(wanted, np.arange(wanted[0], wanted[0] + len(wanted))):
                yield self.read(int(wanted[0]), int(wanted[-1]) + 1)
            else:
                yield self._numbers(wanted, self.features[wanted])

    def _numbers(self, rows: NDArray[np.intp], features: Any) -> NDArray[np.float32]:
        values = np.asarray(features.values, np.float32)
        each = np.isfinite(values).reshape(len(values), -1).all(axis=1)
        if not each.all():
            lost = int(rows[int(np.argmin(each))])
            name, chunk = (self.table[column].iloc[lost] for column in ("filename", "chunk_nr"))
            raise VoxError(
                f"{name}, chunk {chunk} (instance {lost}): its features are not all finite numbers",
                "make the file anew; nothing can be learned from NaN or infinity",
            )
        return values

    def matrix(self, what: str) -> NDArray[np.float32]:
        """Features as one row an instance; VoxError where they have more than one dimension."""
        if len(self.shape) != 1:
            raise VoxError(
                f"{what} needs one-dimensional features; these have {_named(self.dims, self.shape)}",
                "generate features from them first (vox-embed learn t-rae generate)",
            )
        return self.read(0, len(self))

    def chosen(self, indices: Sequence[int] | NDArray[np.intp]) -> Instances:
        """Those at `indices`, in their order; the same one may come several times."""
        rows = np.asarray(indices, np.intp)
        return replace(
            self,
            table=self.table.iloc[rows].reset_index(drop=True),
            folds=self.folds[rows],
            features=self.features[rows],
        )

    def of_partitions(self, partitions: Sequence[Partition]) -> NDArray[np.intp]:
        """Indices of the instances in some partitions. VoxError where one is empty or none are known."""
        if not self.partitioned:
            raise VoxError(
                "the data set has no partitions",
                "add some (vox-embed learn modify --add-partitioning TRAIN TEST), or use --cross-validate",
            )
        for partition in partitions:
            if not bool((self.table["partition"] == int(partition)).any()):
                raise VoxError(f"partition {partition.name} is empty", "choose one that has instances")
        wanted = [int(partition) for partition in partitions]
        return np.flatnonzero(self.table["partition"].isin(wanted).to_numpy(bool))


def _named(dims: Sequence[str], shape: Sequence[int]) -> str:
    return " x ".join(f"{size} {name}" for name, size in zip(dims, shape, strict=True)) or "none"


def make_table(
    filename: Sequence[str],
    chunk_nr: Sequence[int],
    label_nominal: Sequence[str | None] | None = None,
    label_numeric: Sequence[int | None] | None = None,
    partition: Sequence[int | None] | None = None,
) -> pd.DataFrame:
    """`Instances.table` of what is known; None: of no instance."""
    import pandas as pd

    nothing: list[None] = [None] * len(filename)
    columns = (filename, chunk_nr, label_nominal, label_numeric, partition)
    kinds = ("string", "Int64", "string", "Int64", "Int64")
    return pd.DataFrame(
        {
            name: pd.array(list(nothing if column is None else column), dtype=kind)  # type: ignore[call-overload]
            for name, column, kind in zip(COLUMNS, columns, kinds, strict=True)
        }
    )
