"""`vox-embed learn upsample | modify | fuse`, and `fuse chunks`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vox_embed.cli.learn.greedy import GreedyCommand, GreedyGroup
from vox_embed.cli.learn.options import PARTITIONS, Input, Output, Seed, partitions
from vox_embed.cli.say import say

Dimension = Annotated[str, typer.Option(help="Dimension of the features along which they are joined.")]


def upsample(
    given: Input,
    output: Output,
    chosen: Annotated[
        list[str] | None,
        typer.Option("--partitions", help=f"Where classes are balanced: {PARTITIONS}. Default: everywhere."),
    ] = None,
    seed: Seed = 0,
) -> None:
    """Repeat instances of small classes, so that all classes have about as many.

    Example: vox-embed learn upsample --input a.nc --partitions TRAIN --output balanced.nc
    """
    from vox_embed.learn.changed import upsampled
    from vox_embed.learn.netcdf import read_instances, write_instances

    data = read_instances(given)
    made = upsampled(data, partitions(chosen, "--partitions"), seed)
    write_instances(output, made)
    say(f"{output}: {len(made):,} instances, {len(made) - len(data):,} of them repetitions")


def modify(  # noqa: PLR0917
    given: Input,
    output: Output,
    add_cv_setup: Annotated[
        int | None,
        typer.Option(help="Draw so many folds that do not overlap; the chunks of a file stay together."),
    ] = None,
    remove_cv_setup: Annotated[bool, typer.Option("--remove-cv-setup", help="Forget the folds.")] = False,
    add_partitioning: Annotated[
        list[str] | None, typer.Option(help=f"Draw these partitions, equally large: {PARTITIONS}.")
    ] = None,
    remove_partitioning: Annotated[
        bool, typer.Option("--remove-partitioning", help="Forget the partitions.")
    ] = False,
    seed: Seed = 0,
) -> None:
    """Give a data set other folds or partitions, or none.

    Example: vox-embed learn modify --input a.nc --add-cv-setup 5 --output b.nc
    """
    from vox_embed.experiment.errors import VoxError
    from vox_embed.learn import changed
    from vox_embed.learn.netcdf import read_instances, write_instances

    if add_cv_setup is not None and remove_cv_setup:
        raise VoxError("--add-cv-setup and --remove-cv-setup contradict each other", "give one of them")
    if add_partitioning and remove_partitioning:
        raise VoxError(
            "--add-partitioning and --remove-partitioning contradict each other", "give one of them"
        )
    data = read_instances(given)
    made = data
    if remove_cv_setup:
        made = changed.without_folds(made)
    if add_cv_setup is not None:
        made = changed.with_folds(made, add_cv_setup, seed)
    if remove_partitioning:
        made = changed.without_partitions(made)
    if add_partitioning:
        made = changed.with_partitions(made, partitions(add_partitioning, "--add-partitioning"), seed)
    if made is data:
        raise VoxError(
            "nothing to do",
            "say what: --add-cv-setup 5, --remove-cv-setup, --add-partitioning TRAIN TEST, ...",
        )
    write_instances(output, made)
    say(
        f"{output}: {len(made):,} instances, {made.fold_count} folds, "
        f"{'with' if made.partitioned else 'without'} partitions"
    )


fuse = typer.Typer(invoke_without_command=True, rich_markup_mode=None, cls=GreedyGroup)


@fuse.callback()
def _fuse(
    context: typer.Context,
    inputs: Annotated[
        list[Path] | None, typer.Option("--input", help="Two or more netCDF 4 files with the same instances.")
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", help="The file to write.")] = None,
    dimension: Dimension = "generated",
) -> None:
    """Join the features of data sets that know the same of the same instances; or the chunks of files.

    Example: vox-embed learn fuse --input a.nc b.nc --output both.nc
    """
    if context.invoked_subcommand is not None:
        return
    from vox_embed.experiment.errors import VoxError
    from vox_embed.learn.changed import fused_blocks
    from vox_embed.learn.netcdf import read_instances, write_instances

    if not inputs or output is None:
        raise VoxError(
            "fuse needs --input and --output", "vox-embed learn fuse --input a.nc b.nc --output both.nc"
        )
    sets = [(str(path), read_instances(path)) for path in inputs]
    made, blocks = fused_blocks(sets, dimension)
    write_instances(output, made, blocks)
    say(f"{output}: {len(made):,} instances of {' x '.join(map(str, made.shape))} features")


@fuse.command("chunks", cls=GreedyCommand)
def _chunks(given: Input, output: Output, dimension: Dimension = "generated") -> None:
    """Join the chunks of each file to one instance.

    Example: vox-embed learn fuse chunks --input a.nc --output whole.nc
    """
    from vox_embed.learn.changed import fused_chunks
    from vox_embed.learn.netcdf import read_instances, write_instances

    made, blocks = fused_chunks(read_instances(given), dimension)
    write_instances(output, made, blocks)
    say(f"{output}: {len(made):,} instances of {' x '.join(map(str, made.shape))} features")
