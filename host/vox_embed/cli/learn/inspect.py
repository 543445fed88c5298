"""`vox-embed learn inspect raw | netcdf`, and `validate`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from vox_embed.cli.learn.options import BaseDir, Input, Json, ParserName, bar
from vox_embed.cli.say import say, say_json

if TYPE_CHECKING:
    from vox_embed.learn.instances import Instances

inspect = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="What is in a data set: raw, netcdf.")


def _print(rows: list[tuple[str, str]], title: str) -> None:
    from rich.table import Table

    from vox_embed.cli.console import output

    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for row in rows:
        table.add_row(*row)
    say(title)
    output().print(table)


@inspect.command("raw")
def _raw(basedir: BaseDir, parser: ParserName = "meta", json: Json = False) -> None:
    """Count the recordings of a data set, their labels and folds, lengths, rates and channels.

    Example: vox-embed learn inspect raw --basedir ESC-10
    """
    import dataclasses

    from vox_embed.learn.parsing import parse
    from vox_embed.learn.preprocess import inspect_raw

    with bar("Reading headers") as advance:
        info = inspect_raw(parse(basedir, parser), advance)
    if json:
        say_json(dataclasses.asdict(info))
        return
    rows = [
        ("number of audio files", f"{info.files:,}"),
        ("number of labels", str(info.labels)),
        ("cross validation folds", str(info.folds)),
        ("partitions", ", ".join(info.partitions).lower() or "none"),
        ("minimum sample length", f"{info.shortest:.2f} s"),
        ("maximum sample length", f"{info.longest:.2f} s"),
        ("sample rate", ", ".join(f"{rate} Hz" for rate in info.rates)),
        ("channels", ", ".join(map(str, info.channels))),
    ]
    _print(rows, "data set information")


@inspect.command("netcdf")
def _netcdf(
    given: Input,
    instance: Annotated[
        int | None, typer.Option(min=0, help="Also what is known of the instance with this index.")
    ] = None,
    detailed_folds: Annotated[
        bool, typer.Option("--detailed-folds", help="Also the classes of each fold.")
    ] = False,
    json: Json = False,
) -> None:
    """Show what a netCDF 4 file of instances holds.

    Example: vox-embed learn inspect netcdf --input esc-10.nc --instance 10
    """
    from vox_embed.experiment.errors import VoxError
    from vox_embed.learn.netcdf import read_instances

    data = read_instances(given)
    if instance is not None and instance >= len(data):
        raise VoxError(
            f"--instance {instance}: there are {len(data)} instances", f"choose 0 to {len(data) - 1}"
        )
    found = _facts(data)
    one = None if instance is None else _instance(data, instance)
    folds = _folds(data) if detailed_folds else None
    if json:
        say_json(
            {**found, **({"instance": one} if one else {}), **({"folds": folds} if folds is not None else {})}
        )
        return
    _print([(key, _text(value)) for key, value in found.items()], "data set information")
    if one is not None:
        _print([(key, _text(value)) for key, value in one.items()], f"\ninstance {instance}")
    for number, fold in enumerate(folds or (), start=1):
        _print([(key, _text(value)) for key, value in fold.items()], f"\nfold {number}")


def _facts(data: Instances) -> dict[str, object]:
    from vox_embed.data.layouts.base import Partition

    labels = data.table["label_nominal"].dropna()
    counts = {
        str(label): int(number) for label, number in labels.value_counts(sort=False).sort_index().items()
    }
    parts = {
        part.name.lower(): int((data.table["partition"] == int(part)).sum())
        for part in Partition
        if bool((data.table["partition"] == int(part)).any())
    }
    return {
        "instances": len(data),
        "files": int(data.table["filename"].nunique()),
        "features": dict(zip(data.dims, data.shape, strict=True)),
        "labels": counts,
        "label map": data.label_map or {},
        "partitions": parts,
        "cross validation folds": data.fold_count,
    }


def _instance(data: Instances, index: int) -> dict[str, object]:
    import numpy as np

    values = data.read(index, index + 1)
    table = data.table.astype(object).where(data.table.notna(), None)
    known = {name: None if cell is None else str(cell) for name, cell in table.iloc[index].items()}
    return {
        **{str(name): cell for name, cell in known.items()},
        "validation folds": [int(fold) + 1 for fold in np.flatnonzero(data.folds[index])],
        "lowest feature": float(values.min(initial=0)),
        "highest feature": float(values.max(initial=0)),
    }


def _folds(data: Instances) -> list[dict[str, object]]:
    found = []
    for fold in range(data.fold_count):
        parts: dict[str, object] = {}
        for name, which in (("training", 0), ("validation", 1)):
            labels = data.table["label_nominal"][data.folds[:, fold] == which]
            parts[f"{name} instances"] = len(labels)
            parts[f"{name} labels"] = {
                str(k): int(v) for k, v in labels.dropna().value_counts(sort=False).sort_index().items()
            }
        found.append(parts)
    return found


def _text(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {number}" for key, number in value.items()) or "none"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return "unknown" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def validate(
    given: Input,
    detailed: Annotated[
        bool, typer.Option("--detailed", help="Name the instances that break a rule.")
    ] = False,
    json: Json = False,
) -> None:
    """Check the seven rules that data sets obey. The exit status is 1 where one is broken.

    Example: vox-embed learn validate --input esc-10.nc --detailed
    """
    from vox_embed.learn.constraints import broken_constraints
    from vox_embed.learn.netcdf import read_instances

    data = read_instances(given)
    found = broken_constraints(data)
    names = data.table["filename"].astype(str).tolist()
    chunks = data.table["chunk_nr"].tolist()
    if json:
        say_json(
            {
                "sound": not found,
                "broken": [
                    {"constraint": b.number, "rule": b.rule, "instances": list(b.instances)} for b in found
                ],
            }
        )
    elif not found:
        say(f"{given}: {len(data):,} instances obey all seven rules")
    for broken in () if json else found:
        say(f"constraint {broken.number}: {len(broken.instances):,} instances do not obey: {broken.rule}")
        for index in broken.instances if detailed else ():
            say(f"  instance {index}: {names[index]}, chunk {chunks[index]}")
    if found:
        raise typer.Exit(1)
