"""Work on a Dask cluster: the same tasks as in processes, and results in their order."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.needs import EXTRAS, need_packages
from vox_embed.version import __version__

Task = TypeVar("Task")
Result = TypeVar("Result")

_ADDRESS = re.compile(r"(tcp|tls)://[^\s/]+:[0-9]{1,5}")
_PATIENCE = 20
"""Seconds in which a scheduler answers, and in which there is a worker."""
_AHEAD = 4
"""Tasks that wait for each thread of the workers."""


@dataclass(frozen=True)
class Cluster:
    """A cluster, by the address of its scheduler. Its workers need this version of vox-embed, and the folders
    of data and results under the names that they have here. VoxError for what is no address."""

    address: str

    def __post_init__(self) -> None:
        if not _ADDRESS.fullmatch(self.address):
            raise VoxError(
                f"--cluster {self.address}: no address of a scheduler", "such as tcp://192.168.0.7:8786"
            )
        need_packages("--cluster", EXTRAS["dask"])

    def run(
        self, work: Callable[[Task], Result], tasks: Sequence[Task], sees: Sequence[Path] = ()
    ) -> Iterator[Result]:
        """work(task) for every task, in their order. work: a function of a module. sees: files that every
        worker must see.

        VoxError where the cluster does not answer, does not fit, or goes away; what `work` raises comes
        through.
        """
        done = 0
        with self._client() as client, self._told(lambda: f"after {done} of {len(tasks)} tasks"):
            self._check(client, sees)
            ahead = _AHEAD * max(1, sum(client.nthreads().values()))
            waiting: deque[Any] = deque()
            for task in tasks:
                waiting.append(client.submit(work, task, pure=False, retries=1))
                if len(waiting) >= ahead:
                    yield waiting.popleft().result()
                    done += 1
            while waiting:
                yield waiting.popleft().result()
                done += 1

    @contextmanager
    def _client(self) -> Iterator[Any]:
        from distributed import Client

        try:
            connect: Any = Client
            client = connect(self.address, timeout=_PATIENCE, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            raise VoxError(
                f"--cluster {self.address}: no cluster answers there: {error}",
                "`dask scheduler` starts one, `dask worker` with its address the workers",
            ) from None
        try:
            yield client
        finally:
            client.close(timeout=2)

    def _check(self, client: Any, sees: Sequence[Path]) -> None:
        """VoxError where there are no workers, or some that cannot do the work."""
        try:
            client.wait_for_workers(1, timeout=_PATIENCE)
        except TimeoutError:
            raise VoxError(
                f"--cluster {self.address}: it has no workers",
                "`dask worker` with its address starts one",
            ) from None
        for worker, (version, unseen) in client.run(_look, [str(path) for path in sees]).items():
            if version != __version__:
                raise VoxError(
                    f"--cluster {self.address}: {worker} has vox-embed {version}; here it is {__version__}",
                    "install the same version on all of them",
                )
            if unseen:
                raise VoxError(
                    f"--cluster {self.address}: {worker} does not see {unseen[0]}",
                    "workers need the folders of data and results under the same names: a shared disk",
                )

    @contextmanager
    def _told(self, where: Callable[[], str]) -> Iterator[None]:
        """What the cluster itself raises becomes a VoxError."""
        from concurrent.futures import CancelledError

        from distributed import KilledWorker
        from distributed.client import FutureCancelledError
        from distributed.comm.core import CommClosedError

        try:
            yield
        except (CancelledError, FutureCancelledError, CommClosedError, KilledWorker) as error:
            raise VoxError(
                f"--cluster {self.address}: it went away {where()}: {type(error).__name__}",
                "start it again, or leave --cluster out, and give the same command: what was done is kept",
            ) from None


def _look(paths: Sequence[str]) -> tuple[str, list[str]]:
    """Of a worker: its version, and what it does not see."""
    return __version__, [path for path in paths if not Path(path).exists()]
