"""The one table that everything after it works on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from vox_embed.core.grid import grid_of, nearest
from vox_embed.data.columns import column
from vox_embed.data.tagging import indicator

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
    tags: rows have any number of labels, which `label` joins (`data/tagging.py`).
    """

    table: pd.DataFrame
    labels: tuple[str, ...]
    target: str = "label"
    notes: tuple[str, ...] = ()
    numeric: bool = False
    group: str | None = None
    tags: bool = False

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
        assert not self.tags, "tags have no single index"
        index = {label: i for i, label in enumerate(self.labels)}
        return np.array([index[label] for label in self.table["label"]], dtype=np.int64)

    @property
    def indicator(self) -> NDArray[np.bool_]:
        """[rows, labels] which labels each row has."""
        if self.tags:
            return indicator(list(self.table["label"]), self.labels)
        return np.eye(len(self.labels), dtype=bool)[self.targets]

    def by_combination(self) -> Dataset:
        """Of tags: each combination that occurs is a label of its own; others as they are."""
        if not self.tags:
            return self
        table = self.table.assign(label=[label or "(none)" for label in self.table["label"]])
        return replace(self, table=table, labels=tuple(sorted(set(table["label"]))), tags=False)

    @property
    def values(self) -> NDArray[np.float64]:
        """The number of each row, of a regression."""
        return np.array([float(label) for label in self.table["label"]])

    def summary(self) -> pd.DataFrame:
        """Number of rows for each label (rows) and split (columns); the last of each is `all`. A row with a
        number counts for the nearest label."""
        import pandas as pd

        if self.tags:
            made = pd.DataFrame(self.indicator.astype(int), columns=list(self.labels))
            counts = made.groupby(self.table["split"].to_numpy()).sum().T
            counts = counts.reindex(columns=list(SPLITS), fill_value=0)
            counts["all"] = counts.sum(axis=1)
            rows = self.table["split"].value_counts().reindex(list(SPLITS), fill_value=0)
            counts.loc["all"] = [*rows, len(self)]
            counts.columns.name = counts.index.name = None
            return counts
        counts = pd.crosstab(np.array(self.labels)[self.targets], self.table["split"].to_numpy())
        counts = counts.reindex(index=list(self.labels), columns=list(SPLITS), fill_value=0)
        counts["all"] = counts.sum(axis=1)
        counts.loc["all"] = counts.sum()
        counts.columns.name = counts.index.name = None
        return counts
