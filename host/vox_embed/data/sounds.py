"""Rows of a dataset together with their sound."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from vox_embed.data.dataset import Dataset
from vox_embed.data.levels import level_of
from vox_embed.data.store import ChosenClips

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Sounds(Sequence["NDArray[np.int16]"]):
    """A sequence of int16 mono clips, one for each of `rows`, which say where each is from and what it is."""

    rows: Dataset
    clips: Sequence[NDArray[np.int16]]
    levels: NDArray[np.float64] | None = None
    """[clips, 3] as `level_of` gives them, where they were measured."""

    def __post_init__(self) -> None:
        if len(self.rows) != len(self.clips):
            raise ValueError(f"{len(self.rows)} rows and {len(self.clips)} clips")

    def __len__(self) -> int:
        return len(self.clips)

    def __iter__(self) -> Iterator[NDArray[np.int16]]:
        return iter(self.clips)

    @overload
    def __getitem__(self, index: int) -> NDArray[np.int16]: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[NDArray[np.int16]]: ...

    def __getitem__(self, index: int | slice) -> NDArray[np.int16] | Sequence[NDArray[np.int16]]:
        return self.clips[index]

    @property
    def truth(self) -> NDArray[Any]:
        """[clips] indices of labels; of a regression the numbers; of tags [clips, labels] which they have."""
        if self.rows.tags:
            return self.rows.indicator
        return self.rows.values if self.rows.numeric else self.rows.targets

    def select(self, split: str) -> Sounds:
        """Those of one split."""
        places = np.flatnonzero(self.rows.table["split"].to_numpy() == split)
        return Sounds(
            self.rows.select(split),
            ChosenClips(self.clips, tuple(places.tolist())),
            None if self.levels is None else self.levels[places],
        )

    def levels_at(self, rate: int) -> NDArray[np.float64]:
        """[clips, 3] level, dynamics and brightness of each clip. rate: of the samples, Hz."""
        if self.levels is not None:
            return self.levels
        return np.array([level_of(clip, rate) for clip in self.clips])
