"""Which clips belong together, so that one says little that the others have not said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vox_embed.data.dataset import Dataset

FEW = 10
"""Fewer groups than this say little of others like them."""


_TOGETHER = 1 << 20
"""Numbers that are drawn at a time."""


@dataclass(frozen=True, eq=False)
class Groups:
    """members: [clips] number of each clip's group, from 0. kinds: what the groups are, and how many of each:
    {"speaker": 10}."""

    members: NDArray[np.int64]
    kinds: Mapping[str, int]

    @property
    def count(self) -> int:
        """Groups."""
        return sum(self.kinds.values())

    def at(self, clips: NDArray[np.int64]) -> Groups:
        """Those of some of the clips, given by their places."""
        found, members = np.unique(self.members[clips], return_inverse=True)
        kind = next(iter(self.kinds)) if len(self.kinds) == 1 else "group"
        return Groups(members.astype(np.int64), {kind: len(found)})


def single(clips: int) -> Groups:
    """Every clip is a group of its own."""
    return Groups(np.arange(clips), {"clip": clips})


def groups_of(dataset: Dataset, column: str | None = None) -> Groups:
    """Groups of the rows: the values of `column`, else of `data.group`, else speakers where there are any.
    Rows without one are grouped by their recording."""
    name = column or dataset.group or "speaker"
    cells = dataset.column(name)
    known = np.zeros(len(dataset), bool) if cells is None else cells.notna().to_numpy()
    files = dataset.table["file"].map(str)
    texts = files if cells is None else cells.map(str).where(known, files)
    keys = list(zip(known.tolist(), texts, strict=True))
    numbers = {key: i for i, key in enumerate(dict.fromkeys(keys))}
    members = np.array([numbers[key] for key in keys], np.int64)
    kinds = {name: sum(of_column for of_column, _ in numbers)}
    alone = len(numbers) - kinds[name]
    kinds["clip" if alone == (~known).sum() else "recording"] = alone
    return Groups(members, {kind: count for kind, count in kinds.items() if count})


def drawn_text(kinds: Mapping[str, int]) -> str:
    """10 speakers and 3 recordings; a remark where they are few."""
    parts = [f"{count} {_plural(kind, count)}" for kind, count in kinds.items()]
    few = sum(kinds.values()) < FEW
    return " and ".join(parts) + (": so few say little of others" if few else "")


def _plural(kind: str, count: int) -> str:
    if kind in ("speaker", "recording", "clip", "group"):
        return kind if count == 1 else f"{kind}s"
    return f"value{'' if count == 1 else 's'} of {kind}"


def resampled(sums: NDArray[np.float64], groups: Groups, resamples: int, seed: int) -> NDArray[np.float64]:
    """Sums over groups drawn again with replacement, as many as there are: [clips, figures] -> [resamples,
    figures]. The same for the same seed and values, whatever the order of clips and groups."""
    totals = np.zeros((groups.count, sums.shape[1]))
    order = np.lexsort(sums.T)
    np.add.at(totals, groups.members[order], sums[order])
    totals = totals[np.lexsort(totals.T)]
    random = np.random.default_rng(seed)
    found = np.empty((resamples, totals.shape[1]))
    step = max(1, _TOGETHER // max(1, totals.size))
    for first in range(0, resamples, step):
        some = min(step, resamples - first)
        found[first : first + some] = totals[random.integers(len(totals), size=(some, len(totals)))].sum(
            axis=1
        )
    return found


def wider(one: Sequence[float], other: Sequence[float]) -> tuple[float, float]:
    """The interval that holds both."""
    return min(one[0], other[0]), max(one[1], other[1])
