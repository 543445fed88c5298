"""`vox-embed report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vox_embed.cli.say import say, say_json


def report(
    results: Annotated[
        Path | None,
        typer.Argument(help="Results folder of a run or of folds, or an experiment; default: the last."),
    ] = None,
    pdf: Annotated[
        Path | None, typer.Option(help="PDF with figures, tables and pictures.", show_default=False)
    ] = None,
    latex: Annotated[
        Path | None, typer.Option(help="LaTeX tables (booktabs), to be \\input.", show_default=False)
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Put the figures of a run on paper: a PDF, or tables for a LaTeX document.

    From what `train` or `cross-validate` kept; nothing is trained or evaluated again.

    Example: vox-embed report example --pdf example.pdf --latex example.tex
    """
    from vox_embed.experiment import VoxError
    from vox_embed.runs.printing import print_results

    if pdf is None and latex is None:
        raise VoxError("nothing to write", "name a file: --pdf report.pdf, --latex tables.tex, or both")
    written = print_results(results, pdf, latex)
    if json:
        say_json({"written": [str(file) for file in written]})
        return
    for file in written:
        say(f"written: {file}")
