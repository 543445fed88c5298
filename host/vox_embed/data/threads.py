"""Work in threads: results in the order of the tasks, and few tasks begun before their results are wanted."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

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
) -> Iterator[Result]:
    """work(task) for every task, in their order. threads: default one a core. together: tasks that a thread
    takes at a time, which saves time where they are short."""
    count = threads or os.cpu_count() or 1
    waiting: deque[Future[list[Result]]] = deque()
    coming = iter(tasks)

    def several(some: list[Task]) -> list[Result]:
        return [work(task) for task in some]

    with ThreadPoolExecutor(count) as pool:
        try:
            while some := list(islice(coming, together)):
                waiting.append(pool.submit(several, some))
                if len(waiting) >= _AHEAD * count:
                    yield from waiting.popleft().result()
            while waiting:
                yield from waiting.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
