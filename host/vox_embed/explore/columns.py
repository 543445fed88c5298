"""What is known of each clip: columns of the tables, and what its sound says by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from vox_embed.data.cells import number_of
from vox_embed.data.columns import column_names
from vox_embed.data.sounds import Sounds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vox_embed.data import Dataset

_MOST_VALUES = 40
_FEW_NUMBERS = 12
_NOT_ASKED = {"file", "start", "end", "label", "split", "table", "place", "recording"}
SOUND = {
    "duration": "seconds",
    "level": "dB, of the whole clip, full scale is 0",
    "dynamics": "dB between its loud and its quiet frames",
    "brightness": "Hz, where half of the zero crossings' rate lies",
}
"""What is measured in the sound, and its unit."""
_UNITS = {
    "duration": "s",
    "level": "dB of full scale",
    "dynamics": "dB from quiet to loud frames",
    "brightness": "Hz",
}
"""The same on an axis."""


@dataclass(frozen=True, eq=False)
class Column:
    """One fact of every clip. values: float64 with NaN, or texts with empty ones, [clips]. of_sound: it was
    measured, not told by a table."""

    name: str
    kind: Literal["number", "nominal"]
    values: NDArray[np.float64] | NDArray[np.str_]
    of_sound: bool = False

    @property
    def axis(self) -> str:
        """What stands at an axis: the name, and the unit where that is known."""
        return f"{self.name} ({_UNITS[self.name]})" if self.of_sound else self.name

    @property
    def known(self) -> NDArray[np.bool_]:
        """[clips] whether there is a value."""
        if self.kind == "number":
            return ~np.isnan(self.values.astype(np.float64))
        return np.asarray(self.values != "")

    def at(self, rows: NDArray[np.bool_]) -> Column:
        """Of some clips."""
        return Column(self.name, self.kind, self.values[rows], self.of_sound)


def target_of(dataset: Dataset) -> Column:
    """What is to be learned."""
    if dataset.numeric:
        return Column(dataset.target, "number", dataset.values)
    return Column(dataset.target, "nominal", dataset.table["label"].to_numpy(str))


def columns_of(sounds: Sounds, rate: int) -> tuple[Column, ...]:
    """All others that vary: of the tables, then of the sound. Names with many values, such as texts, are
    left out."""
    dataset = sounds.rows
    found = list(_of_tables(dataset))
    levels = sounds.levels_at(rate).reshape(len(sounds), len(SOUND) - 1)
    values = {"duration": dataset.table["duration"].to_numpy(np.float64)}
    values |= dict(zip(list(SOUND)[1:], levels.T, strict=True))
    found += [Column(name, "number", values[name], of_sound=True) for name in SOUND]
    return tuple(column for column in found if len(np.unique(column.values[column.known])) > 1)


def _of_tables(dataset: Dataset) -> Iterator[Column]:
    for name in column_names(dataset.table):
        if name in _NOT_ASKED or name in SOUND or name == dataset.target:
            continue
        cells = dataset.column(name)
        if cells is None:
            continue
        texts = cells.fillna("").map(str).to_numpy(str)
        numbers = np.array([np.nan if (n := number_of(text)) is None else n for text in texts])
        if not np.isnan(numbers[texts != ""]).any() and len(np.unique(numbers[texts != ""])) > _FEW_NUMBERS:
            yield Column(name, "number", numbers)
        elif len(np.unique(texts[texts != ""])) <= _MOST_VALUES or name == "speaker":
            yield Column(name, "nominal", texts)
