"""Options that several commands of the group have."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from vox_embed.data.layouts.base import Partition

BaseDir = Annotated[Path, typer.Option("--basedir", help="The data set's base folder.", show_default=False)]
ParserName = Annotated[
    str,
    typer.Option(
        "--parser",
        help="How the data set is laid out: meta (finds out), none, dcase, esc, urban-sound-8k, partitioned, "
        "cross-validated, or a class of your own (module.Class).",
    ),
]
Input = Annotated[Path, typer.Option("--input", help="A netCDF 4 file of instances.", show_default=False)]
Output = Annotated[Path, typer.Option("--output", help="The file to write.", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Of what is drawn at random.")]
PARTITIONS = "TRAIN, DEVEL, TEST"


def partitions(names: Sequence[str] | None, option: str) -> list[Partition]:
    """Partitions by their names. VoxError for others."""
    from vox_embed.data.layouts.base import Partition
    from vox_embed.experiment.errors import VoxError

    found = []
    for name in names or ():
        if name.upper() not in Partition.__members__:
            raise VoxError(f"{option}: `{name}` is no partition", f"choose of {PARTITIONS}")
        found.append(Partition[name.upper()])
    return found


@contextmanager
def bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on the terminal; what it gives is called with the number done and that of all."""
    from vox_embed.cli.progress import bars

    with bars() as shown:
        task = shown.add_task(title, total=None, status="")

        def advance(done: int, total: int) -> None:
            shown.update(task, completed=done, total=total)

        yield advance
