"""openWakeWord's models as peers: what they make of streams, as field tests are counted from it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache as once

import numpy as np
from numpy.typing import NDArray
from teacher import MEL_HOP, MEL_WINDOW, MELS, RATE, STRIDE, Network, Teacher, fetched

from vox_embed.data.processes import in_processes
from vox_embed.field.conditions import Surroundings
from vox_embed.field.posteriors import Clock, Posteriors, Store
from vox_embed.field.streams import Stream, blocks, speech_ends
from vox_embed.program.vxm import ONE_Q15, Decision, Rule

NAMES = ("hey_jarvis", "alexa")
HOP = STRIDE * MEL_HOP
"""Samples from one score to the next: 80 ms."""
_VERSION = 1
_OFF = 0.7
"""threshold_off, of threshold_on: as `calibrate` begins its search."""


class Peer:
    """One of openWakeWord's models. name: of NAMES."""

    labels = ("", "word")

    def __init__(self, name: str) -> None:
        self.name = name
        path = fetched(f"{name}.tflite")
        self._network = Network(path)
        self._embeddings = self._network.shape[1]
        shared = (fetched("melspectrogram.tflite"), fetched("embedding_model.tflite"))
        self.bytes = sum(one.stat().st_size for one in (*shared, path))
        self.identity = hashlib.sha256(f"{_VERSION}:{name}:".encode() + path.read_bytes()).hexdigest()

    @property
    def clock(self) -> Clock:
        """A score is of so many embeddings, of so many mel frames, of so many samples."""
        mels = MELS + STRIDE * (self._embeddings - 1)
        return Clock(RATE, HOP, MEL_HOP * (mels - 1) + MEL_WINDOW)

    @property
    def window(self) -> float:
        """Seconds that a score is of."""
        return self.clock.span / RATE

    @property
    def decision(self) -> Decision:
        """Its own way: a threshold of 0.5, no smoothing."""
        rule = Rule(0.5, 0.5 * _OFF, 0)
        return Decision(
            window=1,
            stride=1,
            labels=len(self.labels),
            threshold_on=rule.threshold_on,
            threshold_off=rule.threshold_off,
            background=frozenset({0}),
            rules=(rule, rule),
        )

    def scores(self, embeddings: NDArray[np.float32]) -> NDArray[np.uint16]:
        """Q15, one for each embedding from the one on that fills the model's input."""
        made = [
            float(self._network(embeddings[None, first : first + self._embeddings]).reshape(-1)[0])
            for first in range(len(embeddings) - self._embeddings + 1)
        ]
        return np.rint(np.clip(np.array(made), 0, 1) * ONE_Q15).astype(np.uint16)


@dataclass(frozen=True)
class _Task:
    names: tuple[str, ...]
    stream: Stream
    around: Surroundings


def listened(
    names: Sequence[str],
    streams: Sequence[Stream],
    around: Surroundings,
    jobs: int,
    progress: Callable[[int, int], None],
) -> dict[str, list[Posteriors]]:
    """What each peer makes of the streams, in their order; what was heard before is not heard again."""
    tasks = [_Task(tuple(names), stream, around) for stream in streams]
    found: dict[str, list[Posteriors]] = {name: [] for name in names}
    for number, one in enumerate(in_processes(_work, tasks, jobs)):
        for name in names:
            found[name].append(one[name])
        progress(number + 1, len(tasks))
    return found


@once
def peer(name: str) -> Peer:
    """Of this process."""
    return Peer(name)


@once
def _teacher() -> Teacher:
    return Teacher()


def _work(task: _Task) -> Mapping[str, Posteriors]:
    store = Store.of_user()
    keys = {name: Store.key(peer(name).identity, task.stream, task.around) for name in task.names}
    found = {name: store.get(key) for name, key in keys.items()}
    missing = [name for name, one in found.items() if one is None]
    if missing:
        sound = np.concatenate(list(blocks(task.stream, task.around, RATE)))
        embeddings, end = _teacher()([sound])[0], speech_ends(task.stream, RATE)
        for name in missing:
            found[name] = one = _posteriors(peer(name).scores(embeddings), end)
            store.put(keys[name], one)
    return {name: one for name, one in found.items() if one is not None}


def _posteriors(scores: NDArray[np.uint16], end: float | None) -> Posteriors:
    return Posteriors(
        np.arange(1, len(scores) + 1, dtype=np.uint32),
        np.stack([(ONE_Q15 - scores).astype(np.uint16), scores], axis=1),
        np.zeros(len(scores), np.uint8),
        float("nan") if end is None else end,
    )
