"""Work in processes: results in the order of the tasks, and Ctrl-C for the parent alone."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import current_process, get_context
from pathlib import Path
from typing import TypeVar

from vox_embed.data.cluster import Cluster
from vox_embed.experiment.errors import VoxError

Task = TypeVar("Task")
Result = TypeVar("Result")
_GUARD = "in a script of your own, call this below `if __name__ == '__main__':`"


def in_processes(
    work: Callable[[Task], Result],
    tasks: Sequence[Task],
    jobs: int | Cluster,
    *,
    together: int = 1,
    sees: Sequence[Path] = (),
) -> Iterator[Result]:
    """work(task) for every task, in their order. jobs: processes; 1 or a single task: this one. Or a cluster,
    whose workers must see the files `sees`.

    No more of them are started than there are tasks, or twice the cores. work: a function of a module.
    together: tasks that a process takes at a time. A task that has begun ends before an exception or Ctrl-C
    comes through. Raises VoxError where a process was ended from outside.
    """
    need_guarded_main()
    if isinstance(jobs, Cluster):
        yield from jobs.run(work, tasks, sees)
        return
    jobs = min(jobs, len(tasks), 2 * (os.cpu_count() or 1))
    if jobs <= 1:
        yield from map(work, tasks)
        return
    pool = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"))
    try:
        with _ctrl_c_held():  # submitting starts the processes, which are this one's to stop
            coming = pool.map(work, tasks, chunksize=together)
        yield from coming
    except BrokenProcessPool:
        raise VoxError(
            "a process was ended before its work was done",
            f"fewer at once need less memory (--jobs 1); {_GUARD}",
        ) from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def need_guarded_main() -> None:
    """Raises VoxError in a process that imports the script that started it, which would start all over."""
    if getattr(current_process(), "_inheriting", False):
        raise VoxError("a process has imported the script that started it, and came to the same call", _GUARD)


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
