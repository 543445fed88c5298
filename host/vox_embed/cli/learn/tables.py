"""`vox-embed learn export | import`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from vox_embed.cli.learn.options import Input, Output
from vox_embed.cli.say import say

OutputDir = Annotated[Path, typer.Option("--output", help="Base folder to write to.", show_default=False)]


def export_tables(
    given: Input,
    output: OutputDir,
    form: Annotated[
        Literal["csv", "arff"],
        typer.Option("--format", help="csv or arff.", case_sensitive=False, show_default=False),
    ],
    labels_last: Annotated[
        bool, typer.Option("--labels-last", help="Labels stand behind the features.")
    ] = False,
    name: Annotated[str | None, typer.Option(help="Of the files; default: that of the input.")] = None,
) -> None:
    """Write features as CSV or ARFF: a file for each partition and fold (folders train, fold_1, ...).

    Example: vox-embed learn export --input features.nc --format csv --output csv
    """
    from vox_embed.experiment.errors import VoxError
    from vox_embed.gate.names import check_file_name
    from vox_embed.gate.text import UnfitTextError
    from vox_embed.learn.netcdf import read_instances
    from vox_embed.learn.tables import export

    stem = given.stem if name is None else name
    try:
        check_file_name(stem, 128)
    except UnfitTextError as error:
        raise VoxError(f"--name: {error}", "choose letters, digits, . - _") from None
    written = export(read_instances(given), output, stem, form, labels_last=labels_last)
    say(f"{output}: {len(written)} file{'s' if len(written) > 1 else ''}; first: {written[0]}")


def import_tables(  # noqa: PLR0917
    basedir: Annotated[Path, typer.Option(help="Base folder of the tables.", show_default=False)],
    name: Annotated[str, typer.Option(help="Of the files, without their suffix.", show_default=False)],
    output: Output,
    filename_attribute: Annotated[str, typer.Option(help="Column with names of files.")] = "filename",
    chunk_nr_attribute: Annotated[str, typer.Option(help="Column with numbers of chunks.")] = "chunk_nr",
    label_nominal_attribute: Annotated[str, typer.Option(help="Column with labels.")] = "label_nominal",
    label_numeric_attribute: Annotated[
        str, typer.Option(help="Column with numbers of labels.")
    ] = "label_numeric",
) -> None:
    """Read features from CSV or ARFF; folders train, devel, test, fold_N become partitions and folds.

    Example: vox-embed learn import --basedir csv --name features --output features.nc
    """
    from vox_embed.learn.netcdf import write_instances
    from vox_embed.learn.tables import Attributes
    from vox_embed.learn.tables import import_tables as read

    names = Attributes(
        filename_attribute, chunk_nr_attribute, label_nominal_attribute, label_numeric_attribute
    )
    data = read(basedir, name, names)
    write_instances(output, data)
    say(f"{output}: {len(data):,} instances of {data.shape[0]} features, {data.fold_count} folds")
