"""`vox-embed ensemble`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vox_embed.cli.say import say, say_json


def ensemble(  # noqa: PLR0917
    runs: Annotated[
        list[Path],
        typer.Argument(
            help="Two or more results folders, folders of folds, or predictions.csv of the same clips."
        ),
    ],
    method: Annotated[
        str,
        typer.Option(
            help="mean, sum, max, majority_voting, max_class, uncertainty_threshold, uncertainty_weighted, "
            "confidence_weighted or performance_weighted."
        ),
    ] = "mean",
    by: Annotated[
        str, typer.Option(help="Column whose values belong together; clips without one are alone.")
    ] = "speaker",
    threshold: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Of uncertainty_threshold: 0 sure, 1 all labels alike.")
    ] = 0.5,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="predictions.csv of the ensemble; default: not written."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Put the predictions of several models together, and test whether that beats the best of them.

    Weights of performance_weighted come from the clips of other groups, never from the group itself.

    Example: vox-embed ensemble results/a.folds results/b.folds results/c.folds --method mean
    """
    from vox_embed.gate.files import check_output
    from vox_embed.runs.ensemble import ensemble as fuse

    if out is not None:
        check_output(out)
    found = fuse(runs, method, by, threshold, out)
    if json:
        say_json(found.to_dict())
        return
    from vox_embed.cli.console import output
    from vox_embed.report.fit import Fit
    from vox_embed.report.tag_scores import TagScores
    from vox_embed.report.text import paired_table
    from vox_embed.report.text_parts import number_text

    console = output()
    for name, scores in {**found.members, f"ensemble ({method})": found.scores}.items():
        if isinstance(scores, Fit):
            say(f"{name}: MAE {number_text(scores.mae)}, CCC {number_text(scores.ccc)}")
        elif isinstance(scores, TagScores):
            say(f"{name}: macro F1 {scores.macro_f1:.4f}, all tags right {scores.exact:.4f}")
        else:
            say(f"{name}: accuracy {scores.accuracy:.4f}, UAR {scores.uar:.4f}")
    say(f"\nA: {found.best}, the best on these clips; B: the ensemble")
    console.print(paired_table(found.against))
    if out is not None:
        say(f"predictions: {out}")
