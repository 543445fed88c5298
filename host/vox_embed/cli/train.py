"""`vox-embed train`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from vox_embed.cli.options import Changes, OnCluster
from vox_embed.cli.say import say, say_json


def train(  # noqa: PLR0917
    experiment: Annotated[Path, typer.Argument(help="Experiment file, or the folder that holds exp.yaml.")],
    resume: Annotated[
        bool, typer.Option("--resume", help="Take up a run that was interrupted, where it stopped.")
    ] = False,
    skip_bad_files: Annotated[
        bool, typer.Option("--skip-bad-files", help="Leave out, and list, files that cannot be read.")
    ] = False,
    cluster: OnCluster = None,
    changes: Changes = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Train an experiment, and evaluate its integer model as the device runs it, beside the float model.

    Example: vox-embed train example/exp.yaml
    """

    from vox_embed.cli.outcome import show_outcome
    from vox_embed.cli.progress import Terminal
    from vox_embed.experiment import load_experiment
    from vox_embed.experiment.files import REPORT
    from vox_embed.experiment.results import results_root
    from vox_embed.experiment.wakeword_file import refuse_detector

    refuse_detector(experiment)
    settings = load_experiment(experiment, changes=changes or ())
    extractor = None
    if cluster is not None:
        from vox_embed.data.cluster import Cluster

        extractor = Cluster(cluster)
    if skip_bad_files:
        changed = settings.data.model_copy(update={"skip_bad_files": True})
        settings = settings.model_copy(update={"data": changed})
    with Terminal() as terminal:
        from vox_embed.runs import train as run
        from vox_embed.runs import train_repeatedly

        repeated = None
        if settings.runs > 1:
            repeated = train_repeatedly(settings, terminal, resume=resume, cluster=extractor)
            outcome = repeated.first
        else:
            outcome = run(settings, terminal, resume=resume, cluster=extractor)
    if json:
        say_json(outcome.to_dict() | ({} if repeated is None else {"repeated": repeated.to_dict()}))
        return
    show_outcome(outcome)
    if repeated is not None:
        for name in repeated.figures:
            mean, deviation = repeated.spread(name)
            say(f"{name} of {len(repeated.seeds)} runs: {mean:.4f}, deviation {deviation:.4f}")
    folder = results_root() / settings.name
    say(f"report: {folder / REPORT}")
    if not outcome.on_host:
        say(f"next: vox-embed export {shlex.quote(str(folder))} --target {settings.export.target}")
