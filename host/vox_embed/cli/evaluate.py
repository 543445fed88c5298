"""`vox-embed evaluate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vox_embed.cli.options import Changes
from vox_embed.cli.say import say_json


def evaluate(
    model: Annotated[
        Path | None,
        typer.Argument(help="Experiment folder, results folder or .vxm; default: the last trained."),
    ] = None,
    experiment: Annotated[
        Path | None,
        typer.Option("--experiment", help="Experiment whose test rows are used; default: the model's own."),
    ] = None,
    changes: Changes = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="Folder for metrics.json and predictions.csv; default: not written.")
    ] = None,
) -> None:
    """Evaluate the integer model on the test data as the device runs it; the float model beside it, if kept.

    Example: vox-embed evaluate example
    """

    from vox_embed.cli.outcome import show_outcome
    from vox_embed.cli.progress import Terminal
    from vox_embed.experiment import load_experiment
    from vox_embed.experiment.files import METRICS
    from vox_embed.experiment.results import find
    from vox_embed.gate.files import check_output

    found = find(model)
    vxm = found.need_model() if found.host_only is None else None
    other = None if experiment is None else load_experiment(experiment, changes=changes or ())
    if out is not None:
        check_output(out / METRICS)
    with Terminal() as terminal:
        from vox_embed.runs import evaluate_stored, on_data_of, write_evaluation

        if other is None:
            settings = found.need_experiment(changes=changes or ())
        else:
            known = found.experiment is not None
            settings = on_data_of(found.need_experiment(expand=False) if known else None, other)
        outcome, rows = evaluate_stored(settings, vxm, found.float_model, terminal)
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
            write_evaluation(out, outcome, rows)
    if json:
        say_json(outcome.to_dict())
        return
    show_outcome(outcome)
