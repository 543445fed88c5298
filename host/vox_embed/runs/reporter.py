"""What a run tells while it works; the command line shows it, programs may ignore it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from vox_embed.gate.text import visible_lines
from vox_embed.models import Epoch

Advance = Callable[[int, int], None]
"""Called with (items done, items in all)."""


class Reporter(Protocol):
    """Receives the progress of a run."""

    def task(self, title: str, unit: str) -> AbstractContextManager[Advance]:
        """A stretch of work that counts items of `unit`, e.g. "files"."""
        ...

    def epoch(self, epoch: Epoch) -> None:
        """One pass over the training clips is done."""
        ...

    def note(self, text: str) -> None:
        """A line for the user and for the log."""
        ...


class Quiet:
    """A reporter that says nothing."""

    @contextmanager
    def task(self, title: str, unit: str) -> Iterator[Advance]:
        """Count silently."""
        yield lambda done, total: None

    def epoch(self, epoch: Epoch) -> None:
        """Ignore it."""

    def note(self, text: str) -> None:
        """Ignore it."""


class Log:
    """Passes everything on, and keeps it as text for train.log."""

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter
        self._lines: list[str] = []
        self._start = time.monotonic()

    def task(self, title: str, unit: str) -> AbstractContextManager[Advance]:
        """Note its title."""
        self.keep(title)
        return self._reporter.task(title, unit)

    def epoch(self, epoch: Epoch) -> None:
        """Note its figures."""
        self.keep(
            f"epoch {epoch.epoch}/{epoch.epochs}  loss {epoch.loss:.4f}  dev loss {epoch.dev_loss:.4f}  "
            f"dev accuracy {epoch.dev_accuracy:.4f}{'  best' if epoch.best else ''}"
        )
        self._reporter.epoch(epoch)

    def note(self, text: str) -> None:
        """Note it, and show it."""
        self.keep(text)
        self._reporter.note(text)

    def keep(self, text: str) -> None:
        """For the log alone."""
        self._lines.append(f"[{time.monotonic() - self._start:8.1f} s] {visible_lines(text)}")

    def text(self) -> str:
        """Everything so far, one entry a line, with seconds since the start."""
        return "\n".join(self._lines) + "\n"
