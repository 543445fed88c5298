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

    Example: vox-embed cross-validate example --by speaker
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
    from vox_embed.report.fit import Fit
    from vox_embed.report.text import class_table, confusion_table, fit_table, number_text

    console = output()
    pooled = outcome.pooled
    for name, fold in outcome.folds.items():
        if isinstance(fold, Fit):
            mae, ccc = number_text(fold.mae), number_text(fold.ccc)
            console.print(f"{name}: MAE {mae}, CCC {ccc}, {fold.clips} clips")
            continue
        console.print(f"{name}: accuracy {fold.accuracy:.4f}, UAR {fold.uar:.4f}, {fold.clips} clips")
    if isinstance(pooled, Fit):
        console.print(fit_table(pooled))
    else:
        console.print(class_table(pooled))
        console.print(confusion_table(pooled, console.width))
        low, high = pooled.uar_ci95
        console.print(
            f"all {pooled.clips} clips: accuracy {pooled.accuracy:.4f}, "
            f"UAR {pooled.uar:.4f} ({low:.3f} to {high:.3f}; resampled {drawn_text(pooled.resampled)})"
        )
    console.print(f"results: {outcome.folder}")
