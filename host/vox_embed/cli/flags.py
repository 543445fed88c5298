"""`vox-embed flags`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vox_embed.cli.options import Changes, OnCluster, workers_of
from vox_embed.cli.say import say, say_json

if TYPE_CHECKING:
    from vox_embed.runs.bench.flags import FlagsOutcome


def flags(  # noqa: PLR0917
    experiment: Annotated[Path, typer.Argument(help="Experiment file, or the folder that holds exp.yaml.")],
    vary: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=VALUE,VALUE",
            help="Values that a key shall have, in YAML: --vary model.type=svm,lda; as often as wanted.",
            show_default=False,
        ),
    ] = None,
    grid: Annotated[
        Path | None,
        typer.Option(help="YAML file of keys and their values: {key: [values] or {name: value}}."),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(help="Column whose values are tested one after the other; for each the best is chosen."),
    ] = None,
    folds: Annotated[
        int | None, typer.Option(help="So many folds of the column's values; default: one for each value.")
    ] = None,
    inner: Annotated[
        int, typer.Option(min=2, help="Parts of the training rows, by speaker, on which settings are judged.")
    ] = 5,
    metric: Annotated[
        str | None,
        typer.Option(
            help="uar or accuracy; of a regression ccc, pearson, mae or rmse; of tags macro_f1, "
            "micro_f1, exact or macro_average_precision. Default: the first."
        ),
    ] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="Processes; default: one a core.")] = None,
    cluster: OnCluster = None,
    changes: Changes = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Compare all combinations of settings, and test the best one once.

    Settings are judged on parts of the training rows alone, with speakers kept apart; the test rows decide
    nothing. With --by, test rows are held out fold by fold, and each fold chooses for itself. What was
    judged before is not judged again, so that a run that was stopped goes on where it was.

    Example: vox-embed flags example --vary model.type=svm,lda,forest
    """
    import os

    from vox_embed.cli.progress import Terminal
    from vox_embed.experiment.wakeword_file import refuse_detector
    from vox_embed.runs.bench.settings import grid_of, settings_of

    refuse_detector(experiment)
    settings, notes = settings_of(experiment, grid_of(vary or (), grid), changes or ())
    with Terminal() as terminal:
        for note in notes:
            terminal.note(note)
        from vox_embed.runs.bench.flags import flags as run

        outcome = run(
            settings, terminal, by, folds, inner, metric, workers_of(jobs, cluster, os.cpu_count() or 1)
        )
    if json:
        say_json(outcome.to_dict())
        return
    _show(outcome)


def _show(outcome: FlagsOutcome) -> None:
    from rich.table import Table

    from vox_embed.cli.console import output
    from vox_embed.cli.outcome import show_outcome
    from vox_embed.data.groups import drawn_text
    from vox_embed.report.fit import Fit
    from vox_embed.report.tag_scores import TagScores
    from vox_embed.report.tag_text import tag_tables
    from vox_embed.report.text import class_table, confusion_table, fit_table
    from vox_embed.report.text_parts import interval_text, number_text

    console = output()
    table = Table(box=None, pad_edge=False)
    for key in outcome.ranked[0].setting.named:
        table.add_column(key, overflow="fold")
    table.add_column(outcome.metric, justify="right")
    nested = bool(outcome.chosen)
    table.add_column("chosen" if nested else "95 % interval", justify="right")
    for one in outcome.ranked:
        low_high = one.intervals.get(outcome.metric)
        shown = "" if low_high is None else interval_text(low_high)
        last = str(one.taken or "") if nested else shown
        table.add_row(*one.setting.named.values(), number_text(one.figures[outcome.metric]), last)
    console.print(table)
    say("on parts of the training rows" + (", mean over the outer folds" if nested else ""))
    pooled = outcome.pooled
    if isinstance(pooled, Fit):
        console.print(fit_table(pooled, name="float" if outcome.on_host else "integer"))
    elif isinstance(pooled, TagScores):
        for part in tag_tables(pooled, None, "float" if outcome.on_host else "integer"):
            console.print(part)
    elif pooled is not None:
        console.print(class_table(pooled))
        console.print(confusion_table(pooled, console.width))
        low, high = pooled.uar_ci95
        which = "float models" if outcome.on_host else "integer models"
        console.print(
            f"{which} of the settings chosen, all {pooled.clips} clips: accuracy {pooled.accuracy:.4f}, UAR "
            f"{pooled.uar:.4f} ({low:.3f} to {high:.3f}; resampled {drawn_text(pooled.resampled)})"
        )
    if outcome.tested is not None:
        say(f"\nthe best, {outcome.ranked[0].setting.title}, on the test rows:")
        show_outcome(outcome.tested)
    say(f"results: {outcome.folder}")
