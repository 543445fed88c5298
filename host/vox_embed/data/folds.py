"""Rows in parts of about equal size, with what belongs together in one part and labels spread evenly."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

from vox_embed.data.groups import groups_of
from vox_embed.data.numbers import strata
from vox_embed.experiment.errors import VoxError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vox_embed.data.dataset import Dataset


def even_folds(dataset: Dataset, count: int, seed: int) -> NDArray[np.int64]:
    """[rows] number of each row's part, 0..count - 1.

    Speakers, or what `data.group` names, stay together, else recordings; numbers are spread by their ranges.
    The same for the same rows and seed. VoxError where there are fewer groups than parts.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    groups = groups_of(dataset)
    if groups.count < count:
        kind = " and ".join(f"{number} {name}s" for name, number in groups.kinds.items())
        raise VoxError(
            f"{count} folds of {kind}: there are not enough of them",
            f"at most {groups.count}" if groups.count > 1 else "it takes two or more to hold one out",
        )
    labels = strata(dataset.table)["label"] if dataset.numeric else dataset.table["label"]
    _, targets = np.unique(labels.to_numpy(str), return_inverse=True)
    made = np.zeros(len(dataset), np.int64)
    splitter = StratifiedGroupKFold(count, shuffle=True, random_state=seed)
    if np.bincount(targets).max() < count:  # which scikit-learn refuses; groups alone will do here
        targets = np.zeros(len(targets), np.int64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of labels with fewer rows than parts
        for number, (_, held_out) in enumerate(splitter.split(targets, targets, groups.members)):
            made[held_out] = number
    return made
