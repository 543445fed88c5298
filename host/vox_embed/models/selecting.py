"""Which values of rows a classic model learns from: by name, or by importance on the training rows."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.names import did_you_mean
from vox_embed.experiment.schema import Selection

_TREES = 200
_TOLD = 12
Rows = NDArray[Any]


def selected(
    select: Selection, names: Sequence[str], rows: Rows, targets: NDArray[Any], seed: int, *, task: str
) -> NDArray[np.int64]:
    """Places of the values that stay, in order. rows, targets: of training alone. task: classification,
    regression, tags or anomaly. VoxError where a name is nowhere, or nothing is left."""
    left = _named(select, names)
    if select.keep is None:
        return left
    if task == "anomaly":
        raise VoxError(
            "model.select.keep: normal rows alone do not tell what is important", "choose by `names`"
        )
    count = select.keep if isinstance(select.keep, int) else max(1, round(select.keep * len(left)))
    if count >= len(left):
        return left
    weight = importance(select.by, rows[:, left], targets, seed, task=task)
    order = np.argsort(-weight, kind="stable")  # of equals the first
    return np.sort(left[order[:count]])


def told(names: Sequence[str], kept: NDArray[np.int64]) -> str:
    """For people."""
    some = ", ".join(names[i] for i in kept[:_TOLD])
    return f"{len(kept)} of {len(names)} values are kept: {some}{', ...' if len(kept) > _TOLD else ''}"


def _named(select: Selection, names: Sequence[str]) -> NDArray[np.int64]:
    stays = np.ones(len(names), bool)
    for key, patterns in (("names", select.names), ("drop", select.drop)):
        hits = np.zeros(len(names), bool)
        for pattern in patterns:
            found = np.array([fnmatchcase(name, pattern) for name in names])
            if not found.any():
                raise VoxError(
                    f"model.select.{key}: no value is called `{pattern}`",
                    did_you_mean(pattern, names, "values"),
                )
            hits |= found
        if patterns:
            stays &= hits if key == "names" else ~hits
    if not stays.any():
        raise VoxError("model.select: no value is left", "drop fewer")
    return np.flatnonzero(stays)


def importance(by: str, rows: Rows, targets: NDArray[Any], seed: int, *, task: str) -> NDArray[np.float64]:
    """[values] the higher the more important; of tags the sum over them."""
    values = np.asarray(rows, np.float64)
    if task == "tags":
        columns = [targets[:, i].astype(np.int64) for i in range(targets.shape[1])]
        each = [_importance(by, values, column, seed, regression=False) for column in columns]
        return np.asarray(np.sum(each, axis=0))
    return _importance(by, values, targets, seed, regression=task == "regression")


def _importance(
    by: str, values: NDArray[np.float64], target: NDArray[Any], seed: int, *, regression: bool
) -> NDArray[np.float64]:
    from sklearn import ensemble, feature_selection, linear_model
    from sklearn.preprocessing import StandardScaler

    if by == "trees":
        kind = ensemble.ExtraTreesRegressor if regression else ensemble.ExtraTreesClassifier
        trees = kind(_TREES, random_state=seed, min_samples_leaf=2, max_features="sqrt").fit(values, target)
        return np.asarray(trees.feature_importances_, np.float64)
    if by == "mutual_information":
        of = feature_selection.mutual_info_regression if regression else feature_selection.mutual_info_classif
        return np.asarray(of(values, target, random_state=seed), np.float64)
    scaled = StandardScaler().fit_transform(values)
    if by == "linear":
        model = linear_model.Ridge() if regression else linear_model.RidgeClassifier()
        return np.asarray(np.abs(np.atleast_2d(model.fit(scaled, target).coef_)).max(axis=0), np.float64)
    of = feature_selection.f_regression if regression else feature_selection.f_classif
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # of values that never change, which count as nothing
        return np.nan_to_num(np.asarray(of(scaled, target)[0], np.float64), posinf=np.finfo(np.float64).max)
