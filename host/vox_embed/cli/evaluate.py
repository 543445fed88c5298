"""`vox-embed evaluate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

FLOAT_MODEL = "model.float.npz"


def evaluate(
    model: Annotated[
        Path | None,
        typer.Argument(help="Experiment folder, results folder or .vxm; default: the last trained."),
    ] = None,
    experiment: Annotated[
        Path | None,
        typer.Option("--experiment", help="Experiment whose test data is used; default: the model's own."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="Folder for metrics.json and predictions.csv; default: not written.")
    ] = None,
) -> None:
    """Evaluate the integer model on the test data as the device runs it; the float model beside it, if kept.

    Example: vox-embed evaluate models/digits
    """
    import json as json_module

    from vox_embed.cli.outcome import show_outcome
    from vox_embed.cli.progress import Terminal
    from vox_embed.experiment import load_experiment
    from vox_embed.experiment.results import find

    found = find(model)
    on_host = found.folder is not None and found.host_only is not None
    vxm = found.need_model() if not on_host else None
    settings = load_experiment(experiment) if experiment is not None else found.need_experiment()
    with Terminal() as terminal:
        from vox_embed.runs import evaluate_model, evaluate_on_host, open_model, write_evaluation

        if vxm is None:
            assert found.folder is not None
            outcome, rows = evaluate_on_host(settings, found.folder / FLOAT_MODEL, terminal)
            labels = list(rows.labels)
        else:
            outcome, rows = evaluate_model(settings, vxm, vxm.with_name(FLOAT_MODEL), terminal)
            labels = open_model(vxm).labels
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
            write_evaluation(out, outcome, rows, labels)
    if json:
        typer.echo(json_module.dumps(outcome.to_dict()))
        return
    show_outcome(outcome)
