"""Options that several commands have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from vox_embed.data.cluster import Cluster

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

OnCluster = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        metavar="ADDRESS",
        help="Scheduler of a Dask cluster that does the work, such as tcp://192.168.0.7:8786; its workers "
        "see the same folders.",
        show_default=False,
    ),
]
"""`--cluster`: in place of processes."""


def workers_of(jobs: int | None, cluster: str | None, default: int) -> int | Cluster:
    """Who does the work. VoxError where both are asked for."""
    if cluster is None:
        return jobs or default
    from vox_embed.data.cluster import Cluster
    from vox_embed.experiment import VoxError

    if jobs is not None:
        raise VoxError("--jobs is for processes of this computer", "leave out --jobs, or --cluster")
    return Cluster(cluster)
