"""Sound that a model answers with events: without it `verify` would compare none and call them equal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from vox_embed.core import Heard, Listener, Model, run_clip
from vox_embed.device.material import NamedClip
from vox_embed.program.vxm import Thresholds, thresholds, with_thresholds
from vox_embed.spec.model_format import EventKind

LONGEST_SECONDS = 20.0
"""Of a repeated clip; more takes a slow link too long."""
ENOUGH = 3
"""Clips with events that are compared."""


def likeliest(model: Model, background: frozenset[int], clips: Iterable[NamedClip]) -> list[NamedClip]:
    """Of every label but the background the clip with its highest score; the surest clips first."""
    best: dict[int, tuple[int, NamedClip]] = {}
    for clip in clips:
        posteriors = run_clip(model, clip.samples).heard.posteriors
        highest = posteriors.max(axis=0) if len(posteriors) else np.zeros(0, np.uint16)
        for label in np.flatnonzero(highest).tolist():
            score = int(highest[label])
            if label not in background and (label not in best or score > best[label][0]):
                best[label] = (score, clip)
    surest = sorted(best.values(), key=lambda one: -one[0])
    return list({id(clip): clip for _, clip in surest}.values())


def repeated(model: Model, clip: NamedClip) -> NamedClip | None:
    """The clip over and over until an event begins, then silence until it ends.

    None where no event begins within LONGEST_SECONDS.
    """
    listener = Listener(model)
    most = int(LONGEST_SECONDS * model.sample_rate)
    heard: list[NDArray[np.int16]] = []

    def play(samples: NDArray[np.int16], kind: int) -> bool:
        """Until an event of that kind; False where there is none in time."""
        while len(samples) and sum(map(len, heard)) + len(samples) <= most:
            heard.append(samples)
            if _has(listener.push(samples), kind):
                return True
        return False

    if not play(clip.samples, EventKind.BEGIN):
        return None
    play(np.zeros(model.sample_rate // 4, np.int16), EventKind.END)
    return NamedClip(f"{clip.name}, {len(heard)} times", np.concatenate(heard))


def with_events(model: Model, background: frozenset[int], clips: Iterable[NamedClip]) -> list[NamedClip]:
    """Up to ENOUGH clips, repeated until the host hears events in them."""
    made = (repeated(model, clip) for clip in likeliest(model, background, clips))
    return list(islice((clip for clip in made if clip is not None), ENOUGH))


def highest_score(model: Model, background: frozenset[int], clips: Iterable[NamedClip]) -> float:
    """The highest smoothed score, 0..1, of a label that may raise events."""
    best = 0
    for clip in clips:
        heard = run_clip(model, clip.samples).heard
        may = ~np.isin(heard.verdict_labels, list(background)) & (heard.gated == 0)
        best = max(best, *heard.verdict_scores[may].tolist(), 0)
    return best / 32768


def eager(data: bytes, clips: Sequence[NamedClip]) -> bytes:
    """The model with thresholds that the clips cross up and down; everything else is its own.

    Background labels raise events too where there are no others.
    """
    model, own = Model(data), thresholds(data)
    runs = [run_clip(model, clip.samples).heard for clip in clips]
    scores = np.concatenate([run.verdict_scores[run.gated == 0] for run in runs])
    on, off = (max(1, int(np.quantile(scores, share))) if len(scores) else 1 for share in (0.67, 0.33))
    everything = len(own.background) == len(model.labels)
    background = frozenset[int]() if everything else own.background
    return with_thresholds(data, Thresholds(on, min(off, on), background))


def _has(heard: Heard, kind: int) -> bool:
    return any(event.kind == kind for event in heard.events)
