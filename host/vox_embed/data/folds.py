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

_ROUNDS = 40


def even_folds(dataset: Dataset, count: int, seed: int, column: str | None = None) -> NDArray[np.int64]:
    """[rows] number of each row's part, 0..count - 1.

    Speakers, or what `data.group` or `column` names, stay together, else recordings; numbers are spread by
    their ranges. The same for the same rows and seed. VoxError where there are fewer groups than parts.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    groups = groups_of(dataset, column)
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
    made = _filled(made, groups.members, count)
    return made if column is None else _levelled(made, groups.members, targets)


def _filled(made: NDArray[np.int64], members: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """The same with a group in every part: the smallest of the part with most groups goes into an empty
    one."""
    made = made.copy()
    sizes = np.bincount(members)
    for empty in sorted(set(range(count)) - set(made.tolist())):
        groups = {part: np.unique(members[made == part]) for part in sorted(set(made.tolist()))}
        fullest = max(groups.values(), key=len)
        made[members == min(fullest.tolist(), key=lambda group: (sizes[group], group))] = empty
    return made


def _levelled(
    made: NDArray[np.int64], members: NDArray[np.int64], targets: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The same with groups moved, and swapped between parts, while that brings the parts nearer to equal
    numbers of rows of each label."""
    counts = np.zeros((int(members.max()) + 1, int(targets.max()) + 1))
    np.add.at(counts, (members, targets), 1.0)
    part = np.zeros(len(counts), np.int64)
    part[members] = made
    parts = int(made.max()) + 1
    wanted = counts.sum(axis=0) / parts
    held = np.stack([counts[part == number].sum(axis=0) for number in range(parts)]) - wanted

    def cost(of: NDArray[np.float64]) -> NDArray[np.float64]:
        rows = np.square(of.sum(axis=-1)) / wanted.sum()
        return np.asarray((np.square(of) / np.maximum(wanted, 1)).sum(axis=-1) + rows)

    for _ in range(_ROUNDS):
        best = (-1e-9, -1, -1, -1)  # change of the cost, a group, its new part, and the group that comes back
        for group in range(len(counts)):
            home = int(part[group])
            for other in range(parts):
                if other == home:
                    continue
                back = np.flatnonzero(part == other)
                alone = np.count_nonzero(part == home) == 1
                given = np.vstack([np.zeros((1, counts.shape[1])), counts[back]])  # nobody, or one of these
                moved = counts[group] - given
                change = (
                    cost(held[home] - moved)
                    + cost(held[other] + moved)
                    - cost(held[home])
                    - cost(held[other])
                )
                change[0] = np.inf if alone else change[0]
                least = int(np.argmin(change))
                if change[least] < best[0]:
                    best = (float(change[least]), group, other, int(back[least - 1]) if least else -1)
        _, group, other, partner = best
        if group < 0:
            break
        home = int(part[group])
        moved = counts[group] - (counts[partner] if partner >= 0 else 0)
        held[home] -= moved
        held[other] += moved
        part[group] = other
        if partner >= 0:
            part[partner] = home
    return part[members]
