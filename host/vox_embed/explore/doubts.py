"""Sentences about what should not tell the target, and does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from vox_embed.data.groups import groups_of
from vox_embed.data.sounds import Sounds
from vox_embed.explore.association import Association, associate, corrected
from vox_embed.explore.columns import Column, columns_of, target_of
from vox_embed.program.vxm import ONE_Q15, thresholds

_TELLING = 0.95
"""AUC of a number that alone tells a label."""
_LARGE = {"V": 0.3, "d": 0.8, "r": 0.5}
_SURE = 0.01


def doubtful(
    found: Iterable[Association], of_sound: frozenset[str], background: Sequence[str] = ()
) -> Iterator[str]:
    """Of associations with the target: one sentence for each that a model may learn instead of it.

    background: labels that level or length may well tell, such as silence.
    """
    for one in found:
        if one.p > _SURE or one.other == "speaker" or one.told in background:
            continue
        if one.auc is not None and one.auc >= _TELLING:
            yield (
                f"`{one.other}` alone tells `{one.told}` from the others (AUC {one.auc:.2f}): a model may "
                f"learn nothing else"
            )
        elif one.other not in of_sound and abs(one.effect) >= _LARGE[one.measure] and _surely(one):
            name = {"V": "Cramer's V", "d": "Cohen's d", "r": "Pearson's r"}[one.measure]
            yield (
                f"`{one.one}` goes together with `{one.other}` ({name} {one.effect:.2f}): a model may learn "
                f"`{one.other}` in its place, and fail where the two part"
            )


def _surely(one: Association) -> bool:
    """Whether the interval leaves no doubt that there is an effect."""
    low, high = one.ci95
    return low > 0.1 or high < -0.1


def associations(
    sounds: Sounds, columns: Iterable[Column], rows: np.ndarray | None = None
) -> tuple[Association, ...]:
    """Of the target with each column, over some rows or all, corrected for their number."""
    dataset = sounds.rows
    chosen = np.ones(len(dataset), bool) if rows is None else rows
    groups = groups_of(dataset)
    target = target_of(dataset).at(chosen)
    found = []
    for column in columns:
        one = associate(target, column.at(chosen), groups.at(np.flatnonzero(chosen)))
        if one is not None:
            found.append(one)
    return corrected(found)


def doubts_of_training(sounds: Sounds, rate: int, background: Sequence[str] = ()) -> tuple[str, ...]:
    """What a model may learn from the training rows in place of the target."""
    train = sounds.rows.table["split"].to_numpy() == "train"
    if train.sum() < 8 or sounds.rows.tags:
        return ()
    columns = columns_of(sounds, rate)
    of_sound = frozenset(column.name for column in columns if column.of_sound)
    return tuple(doubtful(associations(sounds, columns, train), of_sound, background))


def doubts_of_events(vxm: bytes, posteriors: NDArray[np.float64]) -> tuple[str, ...]:
    """Whether a device will answer at all. posteriors: [clips, labels], of test clips, 0..1."""
    own = thresholds(vxm)
    heard = [i for i in range(posteriors.shape[1]) if i not in own.background]
    if not len(posteriors) or not heard:
        return ()
    highest = float(posteriors[:, heard].max())
    if highest * ONE_Q15 >= own.on:
        return ()
    return (
        f"no test clip scores {own.on / ONE_Q15:.3g} (decision.threshold_on), the highest {highest:.3f}: a "
        f"device will hardly ever raise an event; lower it to {np.floor(highest * 90) / 100:.2f}, say, or "
        "choose it by `vox-embed calibrate`",
    )
