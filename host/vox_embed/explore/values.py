"""The features of an experiment, clip by clip: which of them say something, and how clips lie among them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vox_embed.data.folds import even_folds
from vox_embed.data.sounds import Sounds
from vox_embed.experiment import Experiment
from vox_embed.features.cache import FeatureCache
from vox_embed.features.corpus import CorpusProgress
from vox_embed.features.host import inputs_of
from vox_embed.models.host_rows import rows_of

_STATISTICS = ("mean", "std")
_TREES = 100
_MOST = 2000
"""Clips that are laid out in a plane."""
_REPEATS = 3


@dataclass(frozen=True, eq=False)
class Values:
    """rows: [clips, values]. names: of the values."""

    rows: NDArray[np.float64]
    names: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Importance:
    """Of each value: how much trees use it, and how much worse they are on held-out speakers without it."""

    names: tuple[str, ...]
    by_trees: NDArray[np.float64]
    by_permutation: NDArray[np.float64]
    held_out: float
    """UAR of the trees on the rows that the second is measured on; of a regression R^2."""


def values_of(experiment: Experiment, sounds: Sounds, progress: CorpusProgress | None = None) -> Values:
    """One row a clip: mean over its windows. Of networks, mean and deviation of the frames."""
    inputs = inputs_of(experiment.features)
    statistics = experiment.window.functionals or _STATISTICS
    source = rows_of(
        inputs, statistics, experiment.window_frames, experiment.stride_frames, FeatureCache.of_user()
    )
    rows, owner = source.fit(sounds.clips if not inputs.host else sounds, progress)
    counts = np.bincount(owner, minlength=len(sounds))[:, None]
    sums = np.zeros((len(sounds), rows.shape[1]))
    np.add.at(sums, owner, rows.astype(np.float64))
    names = [] if source.functionals_ is None else list(source.functionals_.names)
    for part in inputs.host:
        names += list(part.names) if part.per_clip else []
    if len(names) != rows.shape[1]:
        names = [f"value {i + 1}" for i in range(rows.shape[1])]
    return Values(sums / np.maximum(counts, 1), tuple(names))


def importance(values: Values, sounds: Sounds, seed: int) -> Importance:
    """Extremely randomised trees on two thirds of the clips, by speaker; tried on the others."""
    from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor
    from sklearn.inspection import permutation_importance

    dataset = sounds.rows
    numeric = dataset.numeric
    target = dataset.values if numeric else dataset.targets
    held = even_folds(dataset, 3, seed) == 0
    kind = ExtraTreesRegressor if numeric else ExtraTreesClassifier
    more = {} if numeric else {"class_weight": "balanced"}
    trees = kind(_TREES, random_state=seed, min_samples_leaf=2, n_jobs=1, **more).fit(
        values.rows[~held], target[~held]
    )
    scoring = "r2" if numeric else "balanced_accuracy"
    found = permutation_importance(
        trees, values.rows[held], target[held], scoring=scoring, n_repeats=_REPEATS, random_state=seed
    )
    from sklearn.metrics import get_scorer

    reached = float(get_scorer(scoring)(trees, values.rows[held], target[held]))
    return Importance(values.names, trees.feature_importances_, found.importances_mean, reached)


def planes(values: Values, seed: int) -> tuple[NDArray[np.int64], dict[str, NDArray[np.float64]]]:
    """Clips, all or some drawn by the seed, and where they lie: {PCA, t-SNE, and UMAP where it is installed:
    [clips, 2]}."""
    import importlib.util

    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE
    from sklearn.preprocessing import StandardScaler

    count = len(values.rows)
    clips = np.arange(count)
    if count > _MOST:
        clips = np.sort(np.random.default_rng(seed).choice(count, _MOST, replace=False))
    rows = StandardScaler().fit_transform(values.rows[clips])
    found = {"PCA": PCA(2, random_state=seed).fit_transform(rows)}
    if len(clips) > 12 and rows.shape[1] > 1:
        near = min(30.0, (len(clips) - 1) / 4)
        base = PCA(min(30, *rows.shape), random_state=seed).fit_transform(rows)
        found["t-SNE"] = TSNE(perplexity=near, random_state=seed, init="pca").fit_transform(base)
        if importlib.util.find_spec("umap") is not None:
            import umap

            found["UMAP"] = umap.UMAP(random_state=seed).fit_transform(rows)
    return clips, found
