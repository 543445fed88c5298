"""`vox-embed predict`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vox_embed.cli.say import say, say_json

if TYPE_CHECKING:
    from vox_embed.api import Model
    from vox_embed.runs.classified import Classified
    from vox_embed.runs.hosted import HostedModel


def predict(  # noqa: PLR0917
    model: Annotated[
        Path, typer.Argument(help="Experiment folder, results folder or .vxm.", show_default=False)
    ],
    sounds: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Sound files, folders, CSV tables with `file`, lists of names (.txt); - reads names from "
            "standard input.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="CSV to write; default: lines on standard output.")
    ] = None,
    target: Annotated[
        str | None,
        typer.Option(
            help="What the new columns are called after: <target>_pred, <target>_score.",
            show_default="what the model was trained for, or `label`",
        ),
    ] = None,
    skip_bad_files: Annotated[
        bool, typer.Option("--skip-bad-files", help="Leave out, and list, files that cannot be read.")
    ] = False,
    soft: Annotated[
        bool,
        typer.Option(
            "--soft", help="With a column for the score of each label: soft labels, a new database."
        ),
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="JSON objects, one a line.")] = False,
) -> None:
    """Say what a model hears in each of many sounds.

    A table keeps its columns, and gets two: the label and its score; of tags the labels, joined by `;`, and
    the score of each. What is said is what the chip would say of the clip, bit for bit; of features that
    only a PC computes, what the float model says.

    Example: vox-embed predict example example/clips --out heard.csv
    """
    from vox_embed.api import Model
    from vox_embed.cli.progress import bars
    from vox_embed.experiment.errors import VoxError
    from vox_embed.experiment.results import find
    from vox_embed.runs.hosted import HostedModel
    from vox_embed.runs.predicting import rows_of, write_rows

    if not sounds:
        raise VoxError("no sounds are given", "name files, folders or tables: vox-embed predict MODEL clips/")
    found = find(model)
    opened: Model | HostedModel
    opened = Model(found.need_model()) if found.host_only is None else HostedModel(found)
    column = target or (found.need_experiment().data.target if found.experiment is not None else "label")
    rows = [row for given in sounds for row in (_names() if str(given) == "-" else rows_of(given))]
    kept: list[dict[str, str]] = []
    bad: list[str] = []
    with bars() as shown:
        task = shown.add_task("Listening", total=len(rows), status="")
        for row in rows:
            shown.advance(task)
            try:
                heard = _classify(opened, row)
            except VoxError as error:
                if not skip_bad_files:
                    raise
                bad.append(error.message)
                continue
            kept.append({**row.cells, **_cells(heard, column, soft=soft or opened.tags, tags=opened.tags)})
            if out is None:
                _say(row.cells["file"], heard, json=json, tags=opened.tags)
    for message in bad:
        say(f"left out: {message}", error=True)
    if rows and not kept:
        raise VoxError("none of the sounds can be read", "see above")
    if out is not None:
        write_rows(out, kept)
        say(f"{out}: {len(kept):,} of {len(rows):,} sounds")


def _cells(heard: Classified, column: str, *, soft: bool, tags: bool) -> dict[str, str]:
    """What is added to a row."""
    said = ";".join(heard.labels) if tags else heard.label
    made = {f"{column}_pred": said}
    if not tags:
        made[f"{column}_score"] = f"{heard.score:.4f}"
    scores = {f"{column}_score_{label}": f"{score:.4f}" for label, score in heard.scores.items()}
    return made | (scores if soft else {})


def _classify(opened: Model | HostedModel, row: Any) -> Classified:
    from vox_embed.data.audio import read_audio

    return opened.classify(read_audio(row.path, opened.sample_rate, row.start, row.end))


def _names() -> Iterator[Any]:
    from vox_embed.runs.predicting import rows_of

    for line in sys.stdin:
        if line.strip():
            yield from rows_of(Path(line.strip()))


def _say(name: str, heard: Classified, *, json: bool, tags: bool) -> None:
    if json:
        say_json(
            {
                "file": name,
                "label": heard.label,
                "labels": list(heard.labels),
                "score": heard.score,
                "scores": heard.scores,
            },
            line=True,
        )
    elif tags:
        said = ", ".join(f"{label} {heard.scores[label]:.4f}" for label in heard.labels) or "(none)"
        say(f"{name}  {said}")
    else:
        say(f"{name}  {heard.label}  {heard.score:.4f}")
