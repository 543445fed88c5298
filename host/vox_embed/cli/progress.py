"""Progress of a run on the terminal: bars where there is one, plain lines where not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from vox_embed.cli.console import messages

if TYPE_CHECKING:
    from rich.progress import TaskID

    from vox_embed.models import Epoch
    from vox_embed.runs.reporter import Advance


_SECONDS = 0.05
"""Between two looks of a bar."""


def bars() -> Progress:
    """Bars on standard error, gone when they are done: title, count, `status` of the task, time left.

    Nothing at all where that is no terminal.
    """
    console = messages()
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[status]}", markup=False),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


class Terminal:
    """Shows a run on standard error, so that standard output stays free for results."""

    def __init__(self) -> None:
        self._bars = bars()
        self.console = self._bars.console
        self._training: TaskID | None = None

    def __enter__(self) -> Terminal:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    @contextmanager
    def task(self, title: str, unit: str) -> Iterator[Advance]:
        """A bar that counts items and shows items a second."""
        if not self.console.is_terminal:
            self.console.print(f"{title} ...")
        task = self._bars.add_task(title, total=None, status="")
        shown = 0.0

        def advance(done: int, total: int) -> None:
            nonlocal shown
            now = monotonic()
            if not self.console.is_terminal or (done < total and now - shown < _SECONDS):
                return
            shown = now
            speed = self._bars.tasks[self._bars.task_ids.index(task)].speed or 0.0
            self._bars.update(task, completed=done, total=total, status=f"{speed:.0f} {unit}/s")

        yield advance
        self._bars.remove_task(task)

    def epoch(self, epoch: Epoch) -> None:
        """Advance the training bar; without a terminal, a line every few epochs."""
        status = f"loss {epoch.loss:.3f}"
        if epoch.dev_accuracy == epoch.dev_accuracy:  # not NaN
            status += f"  dev {100 * epoch.dev_accuracy:.1f} %"
        if not self.console.is_terminal:
            if epoch.epoch % 5 == 0 or epoch.epoch in (1, epoch.epochs):
                self.console.print(f"epoch {epoch.epoch}/{epoch.epochs}  {status}")
            return
        if self._training is None:
            self._training = self._bars.add_task("Training", total=epoch.epochs, status="")
        self._bars.update(self._training, completed=epoch.epoch, status=status)

    def note(self, text: str) -> None:
        """A line above the bars."""
        self.console.print(text)
