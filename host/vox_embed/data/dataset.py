"""The one table that everything after it works on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from vox_embed.core.grid import grid_of, nearest
from vox_embed.data.columns import column

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

SPLITS = ("train", "dev", "test")


@dataclass(frozen=True, eq=False)
class Dataset:
    """Rows of audio with a label and a split. Immutable: methods return new ones; do not write to `table`.

    table: one row a clip, sorted by database, file and start. Columns: file (absolute path), start and
    end (seconds; end is NaN for "to the end"), duration (seconds of the row), label, speaker and gender
    (text, NaN where unknown), database, split (train, dev or test), and whatever else the databases have,
    as text; `column` finds it. labels: in the order of the model's outputs. target: the column that `label`
    was made from. notes: what the user should know about how the table came about. numeric: the labels of the
    rows are any numbers, and `labels` the grid that a regression answers on. group: the column `data.group`.
    """

    table: pd.DataFrame
    labels: tuple[str, ...]
    target: str = "label"
    notes: tuple[str, ...] = ()
    numeric: bool = False
    group: str | None = None

    def __len__(self) -> int:
        return len(self.table)

    def column(self, name: str) -> pd.Series | None:
        """The column that a user means by a name: one of their tables before one that is made here."""
        return column(self.table, name)

    def select(self, split: str) -> Dataset:
        """The rows of one split."""
        if split not in SPLITS:
            raise ValueError(f"{split!r} is not one of {SPLITS}")
        return replace(self, table=self.table[self.table["split"] == split].reset_index(drop=True))

    def without(self, files: Iterable[str], note: str) -> Dataset:
        """The same without the rows of these files (absolute paths), and with a note that says why."""
        gone = self.table["file"].isin(list(files))
        return replace(self, table=self.table[~gone].reset_index(drop=True), notes=(*self.notes, note))

    def noting(self, note: str) -> Dataset:
        """The same with one more note."""
        return replace(self, notes=(*self.notes, note))

    @property
    def targets(self) -> NDArray[np.int64]:
        """Index into `labels` of each row; of the nearest label where the rows have numbers."""
        if self.numeric:
            grid = grid_of(self.labels)
            assert grid is not None
            return nearest(self.values, grid)
        index = {label: i for i, label in enumerate(self.labels)}
        return np.array([index[label] for label in self.table["label"]], dtype=np.int64)

    @property
    def values(self) -> NDArray[np.float64]:
        """The number of each row, of a regression."""
        return np.array([float(label) for label in self.table["label"]])

    def summary(self) -> pd.DataFrame:
        """Number of rows for each label (rows) and split (columns); the last of each is `all`. A row with a
        number counts for the nearest label."""
        import pandas as pd

        counts = pd.crosstab(np.array(self.labels)[self.targets], self.table["split"].to_numpy())
        counts = counts.reindex(index=list(self.labels), columns=list(SPLITS), fill_value=0)
        counts["all"] = counts.sum(axis=1)
        counts.loc["all"] = counts.sum()
        counts.columns.name = counts.index.name = None
        return counts
