"""Classic estimators are scikit-learn estimators: its own checks of them, and what does not apply."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
import pytest

from vox_embed.models.classic import ANOMALY, CLASSIC, NORMAL, ClassicEstimator

DOES_NOT_APPLY = {
    "check_class_weight_classifiers": "it is true or false, as in the experiment file: no weights by class",
}
"""Checks of scikit-learn by name, and why they are not passed. Nothing else may fail."""
SKIPPED = {"check_array_api_input"}
"""Needs packages that are not installed."""

SMALL: dict[str, dict[str, object]] = {
    "gradient_boosting": {"rounds": 8},
    "xgboost": {"rounds": 8},
    "forest": {"trees": 8},
    "extra_trees": {"trees": 8},
    "isolation_forest": {"trees": 10},
    "one_class_gmm": {"components": 1},
}
QUICK = [name for name in CLASSIC if name != "mlp"]
"""Keras builds a network at each of some sixty fits: the MLP has the checks with `--full` only."""
OF_VALUES = ("tree", "forest", "extra_trees", "gradient_boosting", "xgboost", "ridge")


def fit_all(self: ClassicEstimator, X: Any, y: Any = None) -> ClassicEstimator:
    return ClassicEstimator.fit(self, X)


# Detectors that learn from all rows: the checks' targets are any classes, not NORMAL and ANOMALY. They stand
# in this module because a check pickles them.
DETECTORS: dict[str, type[ClassicEstimator]] = {
    name: type(f"{kind.__name__}OfAllRows", (kind,), {"fit": fit_all, "__module__": __name__})
    for name, kind in CLASSIC.items()
    if kind.task == "anomaly"
}
globals().update({kind.__name__: kind for kind in DETECTORS.values()})


def check(name: str, **more: object) -> None:
    from sklearn.utils.estimator_checks import check_estimator

    if name == "xgboost" and importlib.util.find_spec("xgboost") is None:
        pytest.skip("xgboost is not installed (extra `xgboost`)")
    estimator = (DETECTORS.get(name) or CLASSIC[name])(**(SMALL.get(name, {}) | more))  # type: ignore[arg-type]
    found = check_estimator(estimator, expected_failed_checks=DOES_NOT_APPLY, on_fail=None, on_skip=None)
    failed = {one["check_name"]: one["exception"] for one in found if one["status"] == "failed"}
    assert failed == {}
    assert {one["check_name"] for one in found if one["status"] == "skipped"} <= SKIPPED
    assert sum(one["status"] == "passed" for one in found) >= 40


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", QUICK)
def test_scikit_learns_checks(name: str) -> None:
    check(name)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", OF_VALUES)
def test_scikit_learns_checks_of_regressors(name: str) -> None:
    check(name, task="regression")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.slow
def test_scikit_learns_checks_of_the_mlp(full: bool) -> None:
    if not full:
        pytest.skip("some sixty trainings: --full")
    check("mlp", epochs=20, hidden=(16,), learning_rate=0.02)


@pytest.mark.parametrize("name", CLASSIC)
def test_the_constructor_stores_parameters_only(name: str) -> None:
    """Of the MLP too: as scikit-learn clones estimators."""
    from sklearn.base import clone

    estimator = CLASSIC[name]()
    assert set(vars(estimator)) <= set(estimator.get_params()) | {"scale"}
    again = clone(estimator)
    assert again.get_params() == estimator.get_params()
    assert again is not estimator
    with pytest.raises(ValueError, match="has no parameter 'sede'"):
        estimator.set_params(sede=1)
    assert repr(estimator.set_params(seed=9)) == f"{type(estimator).__name__}(seed=9)"


def test_detectors_learn_from_normal_rows() -> None:
    rng = np.random.default_rng(3)
    X = np.concatenate([rng.normal(0, 100, (200, 4)), rng.normal(900, 100, (50, 4))]).round()
    y = np.repeat([NORMAL, ANOMALY], [200, 50])
    told = CLASSIC["mahalanobis"]().fit(X, y)
    alone = CLASSIC["mahalanobis"]().fit(X[:200])
    np.testing.assert_array_equal(told.predict(X), alone.predict(X))
    assert told.score(X, y) > 0.9
    for wrong in (y + 1, np.full(250, ANOMALY)):
        with pytest.raises(ValueError, match="none is normal"):
            CLASSIC["mahalanobis"]().fit(X, wrong)
