"""Options that several commands have."""

from __future__ import annotations

from typing import Annotated

import typer

Changes = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Change a key of the experiment: --set model.c=0.1 --set features[1].bands=40. As often as "
        "wanted; a new `type` begins with that type's defaults.",
        show_default=False,
    ),
]
"""`--set`: changes to the experiment file, as `load_experiment` takes them."""
