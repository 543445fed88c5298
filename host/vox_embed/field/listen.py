"""Many streams through the listener, in processes."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from vox_embed.core import Model
from vox_embed.data.processes import in_processes
from vox_embed.experiment.kept import Kept
from vox_embed.field.conditions import Surroundings
from vox_embed.field.posteriors import Posteriors, Store, identity, record
from vox_embed.field.streams import Stream

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class _Task:
    data: bytes
    model: str
    stream: Stream
    surroundings: Surroundings
    folder: Path | None


def listen(
    data: bytes,
    streams: Sequence[Stream],
    surroundings: Surroundings,
    *,
    store: Store | None = None,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> list[Posteriors]:
    """Posteriors of every stream, in their order: the same for any number of processes.

    data: of a .vxm that hears. What `store` has is not played again, and what is played is kept there at
    once.
    jobs: processes; None: one a processor core. progress: called with (seconds heard, seconds in all).
    """
    kept = store or Store.of_user()
    model = identity(data)
    tasks = [_Task(data, model, stream, surroundings, kept.kept.folder) for stream in streams]
    total = round(sum(stream.duration for stream in streams))
    together = 1 if len(tasks) < 64 else 8
    results = in_processes(_work, tasks, jobs or os.cpu_count() or 1, together=together)
    heard, done = [], 0.0
    for task, one in zip(tasks, results, strict=True):
        heard.append(one)
        done += task.stream.duration
        if progress is not None:
            progress(round(done), total)
    return heard


_opened: dict[str, Model] = {}
"""Of this process: the model that it plays to."""


def _work(task: _Task) -> Posteriors:
    store = Store(Kept(task.folder))
    key = Store.key(task.model, task.stream, task.surroundings)
    found = store.get(key)
    if found is None:
        if task.model not in _opened:
            _opened.clear()
            _opened[task.model] = Model(task.data)
        found = record(_opened[task.model], task.stream, task.surroundings)
        store.put(key, found)
    return found
