"""Many streams through the listener, in processes."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from vox_embed.core import Model
from vox_embed.experiment.places import default_cache_dir
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
    folder: Path


def default_store() -> Store:
    """Beside the cache of features."""
    return Store(default_cache_dir().parent / "posteriors")


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
    folder = (store or default_store()).folder
    model = identity(data)
    tasks = [_Task(data, model, stream, surroundings, folder) for stream in streams]
    total = round(sum(stream.duration for stream in streams))
    heard, done = [], 0.0
    for task, one in zip(tasks, _results(tasks, jobs or os.cpu_count() or 1), strict=True):
        heard.append(one)
        done += task.stream.duration
        if progress is not None:
            progress(round(done), total)
    return heard


def _results(tasks: list[_Task], jobs: int) -> Iterator[Posteriors]:
    if jobs == 1 or len(tasks) < 2:
        yield from map(_work, tasks)
        return
    pool = ProcessPoolExecutor(min(jobs, len(tasks)), mp_context=get_context("spawn"))
    try:
        with _ctrl_c_held():  # submitting starts the processes, which are this one's to stop
            coming = pool.map(_work, tasks, chunksize=1 if len(tasks) < 64 else 8)
        yield from coming
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _ctrl_c_held() -> Iterator[None]:
    """Ctrl-C comes after the block; processes started in it never see one, for they inherit the mask."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_opened: dict[str, Model] = {}
"""Of this process: the model that it plays to."""


def _work(task: _Task) -> Posteriors:
    store = Store(task.folder)
    path = store.path(task.model, task.stream, task.surroundings)
    found = store.get(path)
    if found is None:
        if task.model not in _opened:
            _opened.clear()
            _opened[task.model] = Model(task.data)
        found = record(_opened[task.model], task.stream, task.surroundings)
        store.put(path, found)
    return found
