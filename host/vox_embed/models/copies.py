"""Training clips and changed copies of them, for models that learn in one step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.core.grid import nearest
from vox_embed.data.lazy import Lazy
from vox_embed.data.sounds import Sounds
from vox_embed.experiment import schema
from vox_embed.models.augment import AudioAugmenter, augmenter_for
from vox_embed.models.estimator import Clips


@dataclass(frozen=True)
class WithCopies(Lazy["NDArray[np.int16]"]):
    """The clips, then `copies` times all of them changed. Each is made when it is wanted, from the seed, its
    number and its clip alone."""

    clips: Clips
    copies: int
    augmenter: AudioAugmenter
    seed: int

    def __len__(self) -> int:
        return len(self.clips) * (1 + self.copies)

    def one(self, place: int) -> NDArray[np.int16]:
        """See Lazy."""
        copy, clip = divmod(place, len(self.clips))
        if not copy:
            return self.clips[clip]
        return self.augmenter(self.clips[clip], np.random.default_rng([self.seed, 0xC0B1, copy, clip]))


def with_copies(  # noqa: PLR0917
    settings: schema.Augment,
    clips: Clips,
    targets: NDArray[Any],
    labels: Sequence[str],
    rate: int,
    seed: int,
    *,
    grid: NDArray[np.float64] | None = None,
) -> tuple[Clips, NDArray[Any]]:
    """Training clips with their copies, and the targets of all. Nothing changes where `settings` asks for
    nothing. targets: indices of labels; [clips, labels] of bool where they are tags; numbers of a regression,
    whose labels are those of `grid`."""
    if settings == schema.Augment() or not settings.copies:
        return clips, targets
    codes = targets if grid is None else nearest(targets, grid)
    augmenter = augmenter_for(settings, clips, codes, labels, None, rate, seed)
    made: Clips = WithCopies(clips, settings.copies, augmenter, seed)
    if isinstance(clips, Sounds):
        import pandas as pd

        table = pd.concat([clips.rows.table] * (1 + settings.copies), ignore_index=True)
        made = Sounds(replace(clips.rows, table=table), made)
    return made, np.concatenate([targets] * (1 + settings.copies))
