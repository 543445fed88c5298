"""Rows of a dataset together with their sound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from vox_embed.data.dataset import Dataset

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Sounds(Sequence["NDArray[np.int16]"]):
    """A sequence of int16 mono clips, one for each of `rows`, which say where each is from and what it is."""

    rows: Dataset
    clips: Sequence[NDArray[np.int16]]

    def __post_init__(self) -> None:
        if len(self.rows) != len(self.clips):
            raise ValueError(f"{len(self.rows)} rows and {len(self.clips)} clips")

    def __len__(self) -> int:
        return len(self.clips)

    @overload
    def __getitem__(self, index: int) -> NDArray[np.int16]: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[NDArray[np.int16]]: ...

    def __getitem__(self, index: int | slice) -> NDArray[np.int16] | Sequence[NDArray[np.int16]]:
        return self.clips[index]

    @property
    def truth(self) -> NDArray[Any]:
        """[clips] indices of labels; of a regression the numbers."""
        return self.rows.values if self.rows.numeric else self.rows.targets

    def select(self, split: str) -> Sounds:
        """Those of one split."""
        taken = self.rows.table["split"].to_numpy() == split
        return Sounds(
            self.rows.select(split), [clip for clip, chosen in zip(self.clips, taken, strict=True) if chosen]
        )
