"""Training rows, made or left out so that classes have as many: imbalanced-learn's ways, by its names."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.needs import need_packages

Rows = NDArray[Any]
Targets = NDArray[np.int64]
_NEIGHBOURS = 5


def rebalanced(how: str, rows: Rows, targets: Targets, seed: int) -> tuple[NDArray[np.float64], Targets]:
    """float64 rows and their targets. how: a name of `model.balancing` that imbalanced-learn does.

    Distances are those of values of mean 0 and deviation 1. VoxError where there are too few rows.
    """
    need_packages(f"model.balancing: {how}", ("imblearn",))
    from sklearn.preprocessing import StandardScaler

    counts = np.bincount(targets)
    fewest = int(counts[counts > 0].min())
    if fewest < 2 and how != "randomundersampler":
        raise VoxError(
            f"model.balancing: {how} needs two rows of each class, and one has {fewest}",
            "`ros` draws single rows again, too",
        )
    scaler = StandardScaler().fit(rows)
    try:
        made, labels = _sampler(how, min(_NEIGHBOURS, fewest - 1), seed).fit_resample(
            scaler.transform(rows), targets
        )
    except (ValueError, RuntimeError) as error:
        raise VoxError(f"model.balancing: {how}: {error}", "choose another way, such as ros") from None
    return scaler.inverse_transform(made), np.asarray(labels, np.int64)


def _sampler(how: str, neighbours: int, seed: int) -> Any:
    from imblearn import combine, over_sampling, under_sampling

    near = max(neighbours, 1)
    smote = over_sampling.SMOTE(k_neighbors=near, random_state=seed)
    return {
        "smote": lambda: smote,
        "adasyn": lambda: over_sampling.ADASYN(n_neighbors=near, random_state=seed),
        "borderlinesmote": lambda: over_sampling.BorderlineSMOTE(k_neighbors=near, random_state=seed),
        "svmsmote": lambda: over_sampling.SVMSMOTE(k_neighbors=near, random_state=seed),
        "clustercentroids": lambda: under_sampling.ClusterCentroids(random_state=seed),
        "randomundersampler": lambda: under_sampling.RandomUnderSampler(random_state=seed),
        "editednearestneighbours": lambda: under_sampling.EditedNearestNeighbours(n_neighbors=min(near, 3)),
        "tomeklinks": under_sampling.TomekLinks,
        "smoteenn": lambda: combine.SMOTEENN(smote=smote, random_state=seed),
        "smotetomek": lambda: combine.SMOTETomek(smote=smote, random_state=seed),
    }[how]()
