"""Whether posteriors are as sure as they should be: the temperature that fits them, and the reliability of
both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vox_embed.core import Model
from vox_embed.field.conditions import Surroundings
from vox_embed.field.judge import GRACE
from vox_embed.field.listen import listen
from vox_embed.field.posteriors import Clock, Store
from vox_embed.field.streams import Stream
from vox_embed.field.sweep import Played
from vox_embed.program.temperature import temperature_of, with_temperature

_TRIED = (1.0, 1.4, 2.0, 2.8, 4.0)
_SECONDS = 1200.0
"""Of negatives that are listened to again for each temperature."""
_LEAST = 1 / 512  # half a step of the int8 softmax

Bin = tuple[float, float, int]
"""Mean posterior, share that is right, count."""


@dataclass(frozen=True)
class Fit:
    """temperature: the best of those tried. loss: mean cross entropy at each, of windows. before, after:
    reliability of
    the posteriors of labels that raise events."""

    temperature: float
    loss: dict[float, float]
    before: tuple[Bin, ...]
    after: tuple[Bin, ...]


def fit_temperature(  # noqa: PLR0917
    data: bytes,
    streams: Sequence[Stream],
    labels: Sequence[str],
    background: Sequence[str],
    store: Store | None = None,
    jobs: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Fit:
    """The temperature with the least cross entropy on development audio.

    Of every positive clip the window that answers most for its word counts, of negatives every window, as
    many
    seconds at most as of positives or 20 minutes. Raises VoxError for a model without a softmax.
    """
    chosen = _some(streams)
    clock = Clock.of(Model(data))
    losses, bins = {}, {}
    for i, temperature in enumerate(_TRIED):
        changed = with_temperature(data, temperature)
        heard = listen(changed, chosen, Surroundings(), store=store, jobs=jobs)
        played = [Played(stream, one) for stream, one in zip(chosen, heard, strict=True)]
        losses[temperature], bins[temperature] = _measured(played, clock, labels, background)
        if progress is not None:
            progress(i + 1, len(_TRIED))
    best = min(losses, key=lambda t: (round(losses[t], 4), abs(np.log(t))))
    now = temperature_of(data)
    before = bins[min(_TRIED, key=lambda t: abs(np.log(t / now)))]
    return Fit(best, losses, before, bins[best])


def _some(streams: Sequence[Stream]) -> list[Stream]:
    chosen, seconds = [], 0.0
    for stream in streams:
        if stream.is_clip:
            chosen.append(stream)
        elif seconds < _SECONDS:
            chosen.append(stream)
            seconds += stream.duration
    return chosen


def _measured(
    played: Sequence[Played], clock: Clock, labels: Sequence[str], background: Sequence[str]
) -> tuple[float, tuple[Bin, ...]]:
    fires = [i for i, label in enumerate(labels) if label not in background]
    others = [i for i, label in enumerate(labels) if label in background]
    right, posteriors, true = [], [], []
    for one in played:
        values = one.heard.values[one.heard.gated == 0] / 32768
        times = clock.seconds(one.heard.frames[one.heard.gated == 0])
        for word in one.stream.occurrences():
            label = labels.index(word.label)
            inside = (times >= word.start) & (times <= word.end + GRACE)
            if inside.any():
                best = values[inside][np.argmax(values[inside, label])]
                right.append(best[label])
                posteriors.append(best[fires])
                true.append(np.array(fires) == label)
        if not one.stream.occurrences():
            right.extend(
                (values[:, others].sum(axis=1) if others else 1 - values[:, fires].max(axis=1)).tolist()
            )
            posteriors.extend(values[:, fires])
            true.extend(np.zeros((len(values), len(fires)), bool))
    loss = float(-np.log(np.maximum(right, _LEAST)).mean()) if right else 0.0
    if not posteriors:
        return loss, ()
    return loss, _bins(np.concatenate(posteriors), np.concatenate(true))


def _bins(posteriors: NDArray[np.float64], true: NDArray[np.bool_], count: int = 10) -> tuple[Bin, ...]:
    which = np.minimum((posteriors * count).astype(int), count - 1)
    made = []
    for i in range(count):
        inside = which == i
        if inside.any():
            made.append((float(posteriors[inside].mean()), float(true[inside].mean()), int(inside.sum())))
    return tuple(made)
