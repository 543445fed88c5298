"""What classic models learned: as their libraries decide, and kept as numbers that do without them."""

from __future__ import annotations

import importlib.util
import io

import numpy as np
import pytest
from numpy.typing import NDArray

from helpers.classic_data import Rows, toy
from vox_embed.models.classic import ANOMALY, CLASSIC, NORMAL, ClassicEstimator
from vox_embed.models.classic.learned import Trees
from vox_embed.models.classic.scaling import SCALERS

TASKS = ("tree", "forest", "extra_trees", "gradient_boosting", "xgboost", "ridge", "mlp")
"""Models of both classes and values."""
SMALL: dict[str, dict[str, object]] = {
    "gradient_boosting": {"rounds": 8, "subsample": 0.7},
    "xgboost": {"rounds": 8},
    "forest": {"trees": 8},
    "extra_trees": {"trees": 8},
    "isolation_forest": {"trees": 20, "contamination": 0.1},
    "mlp": {"epochs": 2, "hidden": (8,)},
}
CASES: list[tuple[str, dict[str, object]]] = [
    *((name, {}) for name in CLASSIC),
    *((name, {"task": "regression"}) for name in TASKS),
    ("svm", {"kernel": "linear"}),
    ("gmm", {"covariance": "full"}),
    ("mahalanobis", {"robust": True}),
    ("svm", {"scale": "none"}),
    *(("logistic", {"scale": scale}) for scale in SCALERS),
    *(("forest", {"class_weight": True, "criterion": "entropy", "depth": None}),),
]


def _some(rows: Rows) -> Rows:
    return Rows(rows.train[:500], rows.train_y[:500], rows.test[:300], rows.test_y[:300])


DATA = {"two classes": _some(toy(2, seed=2)), "five classes": _some(toy(5, seed=3))}
_OURS = ("gmm", "knn", "mahalanobis", "mlp", "one_class_gmm")
OF_A_LIBRARY = [case for case in CASES if case[0] not in _OURS]
"""The others are made of several estimators of a library, or of none that decides."""
QUICK = [case for case in CASES if case[0] != "mlp"]


def made(name: str, more: dict[str, object]) -> ClassicEstimator:
    if name == "xgboost" and importlib.util.find_spec("xgboost") is None:
        pytest.skip("xgboost is not installed (extra `xgboost`)")
    return CLASSIC[name](**(SMALL.get(name, {}) | more))  # type: ignore[arg-type]


def targets(estimator: ClassicEstimator, y: NDArray[np.int64], X: NDArray[np.int16]) -> NDArray[np.generic]:
    if estimator.task == "anomaly":
        return np.where(y == y.max(), ANOMALY, NORMAL)
    return y + X[:, 0] / 1000.0 if estimator.task == "regression" else y


def ids(value: object) -> str:
    return value if isinstance(value, str) else "-".join(f"{k}={v}" for k, v in value.items()) or "as it is"


@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize(("name", "more"), CASES, ids=ids)
def test_numbers_alone_decide_as_the_fitted_estimator(name: str, more: dict[str, object], data: str) -> None:
    rows = DATA[data]
    estimator = made(name, more)
    estimator.fit(rows.train, targets(estimator, rows.train_y, rows.train))
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **estimator.state())
    file.seek(0)
    with np.load(file, allow_pickle=False) as stored:
        again = made(name, more).restore({key: stored[key] for key in stored.files})
    found = again.predict(rows.test)
    assert len(np.unique(found)) > 1
    np.testing.assert_array_equal(found, estimator.predict(rows.test))
    assert again.n_features_in_ == rows.train.shape[1]
    if estimator.task != "regression":
        np.testing.assert_array_equal(again.predict_float(rows.test), estimator.predict_float(rows.test))
    assert estimator.count_ == again.count_ > 0


@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize(("name", "more"), OF_A_LIBRARY, ids=ids)
def test_decisions_are_the_librarys(name: str, more: dict[str, object], data: str) -> None:
    """Those of scikit-learn's and XGBoost's own estimator, trained the same way on the same rows."""
    rows = DATA[data]
    estimator = made(name, more)
    estimator.fit(rows.train, targets(estimator, rows.train_y, rows.train))
    target = targets(estimator, rows.train_y, rows.train)
    learned_from = target == NORMAL if estimator.task == "anomaly" else np.ones(len(target), bool)
    theirs = estimator._train(estimator.scaled(rows.train)[learned_from], target[learned_from])
    scaled = estimator.scaled(rows.test)
    if estimator.task == "regression":
        single = 1e-6 if name == "xgboost" else 1e-12
        np.testing.assert_allclose(estimator.predict(rows.test), theirs.predict(scaled), rtol=single)
        return
    if estimator.task == "anomaly":
        np.testing.assert_array_equal(estimator.predict(rows.test) == NORMAL, theirs.predict(scaled) > 0)
        return
    np.testing.assert_array_equal(estimator.predict(rows.test), theirs.predict(scaled))
    if hasattr(theirs, "predict_proba"):
        near = 1e-6 if name == "xgboost" else 1e-9
        np.testing.assert_allclose(
            estimator.predict_float(rows.test), theirs.predict_proba(scaled), atol=near
        )


@pytest.mark.parametrize(("name", "more"), QUICK, ids=ids)
def test_rows_are_not_what_is_kept(name: str, more: dict[str, object]) -> None:
    """But those that are the model: support vectors, and prototypes where a row has no other near it."""
    rows = DATA["two classes"]
    estimator = made(name, more)
    estimator.fit(rows.train, targets(estimator, rows.train_y, rows.train))
    kept = b"".join(np.ascontiguousarray(array).tobytes() for array in estimator.state().values())
    forms = [rows.train, rows.train.astype(np.float64), estimator.scaled(rows.train)]
    found = sum(row.tobytes() in kept for form in forms for row in form[:200])
    if name in ("svm", "one_class_svm") and more.get("kernel") != "linear":
        assert found, "support vectors"
    elif name != "knn":
        assert not found


def test_prototypes_of_a_small_class_are_its_rows() -> None:
    rows = DATA["two classes"]
    few = np.concatenate([np.flatnonzero(rows.train_y == 0)[:5], np.flatnonzero(rows.train_y == 1)[:60]])
    estimator = made("knn", {"prototypes": 10}).fit(rows.train[few], rows.train_y[few])
    prototypes = estimator.state()["model.prototypes"]
    np.testing.assert_array_equal(prototypes[:5], estimator.scaled(rows.train[few[:5]]))
    assert len(prototypes) == 15


def changed(state: dict[str, NDArray[np.generic]], **new: object) -> dict[str, object]:
    return {**state, **{key.replace("__", "."): value for key, value in new.items()}}


def test_stored_numbers_that_do_not_belong_together_are_refused() -> None:
    rows = DATA["two classes"]
    state = made("tree", {"depth": 3}).fit(rows.train, rows.train_y).state()
    left = state["model.trees.left"].copy()
    left[0] = 0  # a root that is its own child would be walked for ever
    for broken in (
        {},
        changed(state, model__trees__left=left),
        changed(state, model__trees__feature=state["model.trees.feature"] + 1000),
        changed(state, model__trees__leaves=state["model.trees.leaves"][1:]),
        changed(state, model__trees__starts=np.array([0])),
        changed(state, model__more=np.zeros(3)),
    ):
        with pytest.raises((KeyError, ValueError)):
            made("tree", {}).restore(broken)  # type: ignore[arg-type]
    logistic = made("logistic", {}).fit(rows.train, rows.train_y).state()
    for broken in (
        changed(logistic, scaler__centre=logistic["scaler.centre"][1:]),
        changed(logistic, scaler__spread=0.0 * logistic["scaler.spread"]),
        changed(logistic, model__bias=np.zeros(7)),
        changed(logistic, model__weights=logistic["model.weights"][:, 1:]),
    ):
        with pytest.raises((KeyError, ValueError)):
            made("logistic", {}).restore(broken)  # type: ignore[arg-type]
    with pytest.raises((KeyError, ValueError)):
        made("tree", {}).restore(logistic)


def test_one_tree_of_many() -> None:
    rows = DATA["five classes"]
    trees = made("forest", {}).fit(rows.train, rows.train_y).state()
    found = Trees.of({k.removeprefix("model.trees."): v for k, v in trees.items() if "trees." in k})
    again = Trees.make([found.tree(i) for i in range(len(found))])
    np.testing.assert_array_equal(again.reached(rows.test), found.reached(rows.test))
    np.testing.assert_array_equal(again.leaves, found.leaves)
