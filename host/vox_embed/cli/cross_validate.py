"""`vox-embed cross-validate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vox_embed.cli.options import Changes, OnCluster, workers_of
from vox_embed.cli.say import say_json


def cross_validate(  # noqa: PLR0917
    experiment: Annotated[Path, typer.Argument(help="Experiment file, or the folder that holds exp.yaml.")],
    by: Annotated[
        str | None,
        typer.Option(
            help="Column whose values are held out, one after the other; default: as cross_validation in the "
            "file says, else speaker."
        ),
    ] = None,
    folds: Annotated[
        int | None,
        typer.Option(
            help="So many folds of the column's values, with about as many rows and labels; default: one for "
            "each value."
        ),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option("--type", help="loso, logo, k_fold, column or database: cross_validation.type."),
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Processes, each with a fold at a time.")] = 1,
    cluster: OnCluster = None,
    changes: Changes = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Train once for every speaker, or value of another column, and test on what was held out.

    The experiment's own splits are not used. Folds that were trained before are not trained again.

    Example: vox-embed cross-validate example --by speaker --folds 5
    """

    from vox_embed.cli.progress import Terminal
    from vox_embed.experiment import load_experiment
    from vox_embed.experiment.wakeword_file import refuse_detector

    refuse_detector(experiment)
    asked = list(changes or ())
    if kind is not None:
        more = {"folds": folds, "by": by}
        pairs = [f"type: {kind}", *(f"{key}: {value}" for key, value in more.items() if value is not None)]
        asked.append(f"cross_validation={{{', '.join(pairs)}}}")
        by = folds = None
    settings = load_experiment(experiment, changes=asked)
    with Terminal() as terminal:
        from vox_embed.runs import cross_validate as run

        outcome = run(settings, by, folds, terminal, workers_of(None if jobs == 1 else jobs, cluster, 1))
    if json:
        say_json(outcome.to_dict())
        return
    from vox_embed.cli.console import output
    from vox_embed.data.groups import drawn_text
    from vox_embed.experiment.files import REPORT
    from vox_embed.report.fit import Fit
    from vox_embed.report.metrics import Scores
    from vox_embed.report.text import score_tables
    from vox_embed.report.text_parts import number_text
    from vox_embed.runs.folds import figures_of

    console = output()
    pooled = outcome.pooled
    for name, fold in outcome.folds.items():
        form = number_text if isinstance(fold, Fit) else "{:.4f}".format
        told = ", ".join(f"{title} {form(getattr(fold, field))}" for title, field in figures_of(fold))
        console.print(f"{name}: {told}, {fold.clips} clips")
    for title, field in figures_of(pooled):
        one = outcome.spread.get(field)
        if one is not None:
            console.print(
                f"{title} of {one['folds']} folds: mean {one['mean']:.4f}, deviation {one['deviation']:.4f}"
            )
    tables = score_tables(pooled, width=console.width)
    for table in tables[1:] if isinstance(pooled, Scores) else tables:
        console.print(table)
    if isinstance(pooled, Scores):
        low, high = pooled.uar_ci95
        console.print(
            f"all {pooled.clips} clips: accuracy {pooled.accuracy:.4f}, "
            f"UAR {pooled.uar:.4f} ({low:.3f} to {high:.3f}; resampled {drawn_text(pooled.resampled)})"
        )
    console.print(f"report: {outcome.folder / REPORT}")
    console.print(f"results: {outcome.folder}")
