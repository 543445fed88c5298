"""Work in threads: results in the order of the tasks, and few tasks begun before their results are wanted."""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache, partial
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

Task = TypeVar("Task")
Result = TypeVar("Result")

_AHEAD = 4
"""Tasks that wait for each thread: what they hold is in memory."""


def in_threads(
    work: Callable[[Task], Result],
    tasks: Iterable[Task],
    threads: int | None = None,
    *,
    together: int = 1,
    known: Callable[[Task], Result | None] | None = None,
) -> Iterator[Result]:
    """work(task) for every task, in their order. threads: default one a core. together: tasks that a thread
    takes at a time, which saves time where they are short. known: what is there without work, asked in the
    caller's thread, for to hand short tasks over costs more than they do."""
    count = threads or os.cpu_count() or 1
    waiting: deque[Callable[[], list[Result]]] = deque()
    coming = iter(tasks)

    def several(some: list[Task]) -> list[Result]:
        return [work(task) for task in some]

    with ThreadPoolExecutor(count) as pool:
        try:
            while some := list(islice(coming, together)):
                there = [None if known is None else known(task) for task in some]
                lacking = [task for task, one in zip(some, there, strict=True) if one is None]
                made = pool.submit(several, lacking).result if lacking else list
                waiting.append(partial(_merged, there, made))
                if len(waiting) >= _AHEAD * count:
                    yield from waiting.popleft()()
            while waiting:
                yield from waiting.popleft()()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def single_threaded() -> Iterator[None]:
    """Libraries for matrices use one thread inside."""
    with _pools(len(sys.modules)).limit(limits=1):
        yield


@lru_cache(1)
def _pools(modules: int) -> ThreadpoolController:
    """Of the libraries that are there; to look for them takes time. modules: so many are imported, and more
    of them may have brought others."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def _merged(there: list[Result | None], made: Callable[[], list[Result]]) -> list[Result]:
    """What is there, with what was made in the gaps."""
    coming = iter(made())
    return [next(coming) if one is None else one for one in there]
