"""`vox-embed augment`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vox_embed.cli.options import Changes
from vox_embed.cli.say import say, say_json


def augment(  # noqa: PLR0917
    experiment: Annotated[Path, typer.Argument(help="Experiment file, or the folder that holds exp.yaml.")],
    out: Annotated[Path, typer.Option(help="Folder that is made: WAV files and table.csv.")] = Path(
        "augmented"
    ),
    copies: Annotated[int, typer.Option(min=1, max=100, help="Changed copies of each training clip.")] = 1,
    show: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=50,
            help="Write a page instead, to hear and see so many clips before and after.",
            show_default=False,
        ),
    ] = None,
    changes: Changes = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Change the training clips of an experiment as its section `augment` says, and write them as a database.

    Training does this by itself; written out, the clips are for other programs, or to listen to. Rows of dev
    and test are left alone.

    Example: vox-embed augment example --set "augment={pitch: [-3, 3], noise_snr_db: [5, 20]}" --show 6
    """
    from vox_embed.cli.progress import Terminal
    from vox_embed.experiment import load_experiment
    from vox_embed.experiment.wakeword_file import refuse_detector
    from vox_embed.runs.augmenting import augment as run

    refuse_detector(experiment)
    settings = load_experiment(experiment, changes=changes or ())
    with Terminal() as terminal:
        made = run(settings, out, copies, show, terminal)
    if json:
        say_json(
            {
                "folder": str(made.folder),
                "clips": made.clips,
                "page": None if made.page is None else str(made.page),
            }
        )
    elif made.page is not None:
        say(f"page: {made.page}")
    else:
        say(f"{made.clips} clips: {made.folder}")
