"""[MODEL] of an .ini, and the scaling and balancing of [FEATS], as `model` of an experiment file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

from vox_embed.experiment.ini.reading import Entry, Ini
from vox_embed.experiment.schema.base import Section
from vox_embed.experiment.schema.classic import (
    HOST_SCALES,
    SYNTHESIZING,
    Balancing,
    ClassicModel,
    Scale,
    ScaledModel,
)
from vox_embed.experiment.schema.tuning import OF_CLASSES, OF_NUMBERS

Lose = Callable[[Entry, str], None]
"""Called with what cannot be carried over, and why."""

SCALES = {name: name for name in get_args(Scale) if name != "none"} | {
    "powertransformer": "power",
    "quantiletransformer": "quantile",
}
_NO_SCALE = f"one of {', '.join(SCALES)}; standard is taken"
_TREES = {"tree", "xgboost", "forest", "extra_trees", "gradient_boosting"}

# Nkululeko's defaults where they differ from those here.
MODELS: dict[str, dict[str, Any]] = {
    "svm": {"type": "svm"},
    "svr": {"type": "svr", "kernel": "rbf"},
    "xgb": {"type": "xgboost", "rounds": 100, "depth": 6, "learning_rate": 0.3},
    "xgr": {"type": "xgboost", "rounds": 100, "depth": 6, "learning_rate": 0.3, "task": "regression"},
    "tree": {"type": "tree", "depth": None},
    "tree_reg": {"type": "tree", "depth": None, "task": "regression"},
    "bayes": {"type": "naive_bayes", "smoothing": 1e-9},
    "gmm": {"type": "gmm", "components": 4, "covariance": "full"},
    "knn": {"type": "knn", "k": 5, "prototypes": 1000},
    "knn_reg": {"type": "knn", "k": 5, "prototypes": 1000, "task": "regression"},
    "lin_reg": {"type": "ridge", "alpha": 1e-6, "task": "regression"},
    "mlp": {"type": "mlp", "dropout": 0.1, "batch_size": 8, "learning_rate": 1e-4},
    "mlp_reg": {
        "type": "mlp", "dropout": 0.1, "batch_size": 8, "learning_rate": 1e-4, "task": "regression",
    },
    "cnn": {"type": "cnn", "batch_size": 8, "learning_rate": 1e-4},
    "cnn_reg": {"type": "cnn", "batch_size": 8, "learning_rate": 1e-4, "task": "regression"},
    "finetune": {"type": "finetune", "model": "facebook/wav2vec2-large-robust-ft-swbd-300h"},
}  # fmt: skip


def model_of(ini: Ini, lose: Lose, *, regression: bool, on_host: bool) -> dict[str, Any]:
    """The section `model`, with the scaling and balancing that stand in [FEATS]. on_host: of features that a
    PC alone computes."""
    entry = ini.entry("MODEL", "type")
    name = str(entry.value).lower() if entry is not None else "svr" if regression else "svm"
    if name not in MODELS:
        assert entry is not None
        lose(entry, f"`{name}` is not here; {'ridge' if regression else 'svm'} is taken")
        name = "lin_reg" if regression else "svm"
    model = dict(MODELS[name])
    if name in ("finetune", "cnn") and regression:
        model["task"] = "regression"
    if model["type"] == "knn" and entry is not None:
        lose(entry, f"`{name}`: at most 1000 rows of a class are kept, as centres that k-means finds")
    _numbers(model, ini, lose)
    _weights(model, ini, lose)
    _scaling(model, ini, lose, on_host=on_host)
    _balancing(model, ini, lose)
    _layers(model, ini, lose)
    _loss(model, ini, lose)
    _selection(model, ini, lose)
    space = _space(model, ini)
    if space:
        model = {key: value for key, value in model.items() if key not in space} | {"tuning": space}
    return model


_NUMBERS = {
    "c_val": ("c", ("svm", "svr")),
    "kernel": ("kernel", ("svm", "svr")),
    "gamma": ("gamma", ("svm", "svr")),
    "k_val": ("k", ("knn",)),
    "gmm_components": ("components", ("gmm",)),
    "gmm_covariance_type": ("covariance", ("gmm",)),
    "n_estimators": ("rounds", ("xgboost",)),
    "max_depth": ("depth", ("xgboost", "tree")),
    "eta": ("learning_rate", ("xgboost",)),
    "subsample": ("subsample", ("xgboost",)),
    "batch_size": ("batch_size", ("mlp", "cnn", "finetune")),
    "learning_rate": ("learning_rate", ("mlp", "cnn", "xgboost", "finetune")),
    "patience": ("patience", ("mlp", "cnn", "finetune")),
    "drop": ("dropout", ("mlp", "cnn", "finetune")),
    "optimizer": ("optimizer", ("cnn",)),
    "scheduler": ("scheduler", ("cnn",)),
    "pretrained_model": ("model", ("finetune",)),
    "max_duration": ("max_duration", ("finetune",)),
    "push_to_hub": ("push_to_hub", ("finetune",)),
}
"""Key of [MODEL] -> key of `model`, and the types that have it."""


def _numbers(model: dict[str, Any], ini: Ini, lose: Lose) -> None:
    for key, (own, kinds) in _NUMBERS.items():
        if key in tuned_keys(ini):
            continue
        entry = ini.entry("MODEL", key)
        if entry is None:
            continue
        if model["type"] not in kinds:
            lose(entry, f"a {model['type']} has no such setting")
        elif key == "kernel" and entry.value not in ("rbf", "linear"):
            lose(entry, "the kernels are rbf and linear; rbf is taken")
        elif key == "gmm_covariance_type" and entry.value not in ("diag", "full"):
            lose(entry, "the covariances are diag and full; full is taken")
        elif key == "push_to_hub" and "/" not in str(entry.value):
            if entry.value not in (False, None):
                lose(entry, "the name of a repository is wanted: push_to_hub: user/name")
        elif key == "drop" and not isinstance(entry.value, int | float | bool):
            lose(entry, "one dropout for all layers is a number")
        else:
            model[own] = float(entry.value) if own in ("c", "dropout") else entry.value
    epochs = ini.entry("EXP", "epochs")
    if epochs is not None and model["type"] in ("mlp", "cnn", "finetune"):
        model["epochs"] = epochs.value


def _weights(model: dict[str, Any], ini: Ini, lose: Lose) -> None:
    entry = ini.entry("MODEL", "class_weight")
    if entry is None or entry.value in (False, None):
        return
    if ini.value("FEATS", "balancing"):
        lose(entry, "it would do nothing beside `balancing`")
    elif model["type"] in ("svm", "mlp", "cnn", "tree") and "task" not in model:
        model["class_weight"] = True
    else:
        lose(entry, f"{model['type']} has no class weights; `balancing: ros` draws rare classes again")


def _scaling(model: dict[str, Any], ini: Ini, lose: Lose, *, on_host: bool) -> None:
    entry = ini.entry("FEATS", "scale")
    scaled = any(kind.model_fields["type"].default == model["type"] for kind in ScaledModel.__subclasses__())
    wanted = None if entry is None or entry.value in (False, None) else str(entry.value).lower()
    own = SCALES.get(wanted or "")
    if own in HOST_SCALES and not on_host:
        own = None
    if scaled and wanted is None:
        model["scale"] = "none"
    elif scaled and own is not None:
        model["scale"] = own
    elif entry is not None and wanted is not None:
        if model["type"] in _TREES:
            lose(entry, "scaling changes nothing for trees")
        elif model["type"] == "mlp":
            if wanted != "standard":
                lose(entry, "an mlp always has values of mean 0 and deviation 1")
        elif scaled:
            lose(entry, "no device can compute it; standard is taken" if on_host is False else _NO_SCALE)
            model["scale"] = "standard"
        else:
            lose(entry, f"a {model['type']} has a scaling of its own")


def _balancing(model: dict[str, Any], ini: Ini, lose: Lose) -> None:
    entry = ini.entry("FEATS", "balancing")
    if entry is None or not entry.value:
        return
    how = str(entry.value).lower()
    if not _is_a(ClassicModel, model["type"]):
        lose(entry, "networks weigh classes: class_weight")
    elif how not in get_args(Balancing) or (how in SYNTHESIZING and model.get("task") == "regression"):
        lose(entry, f"one of {', '.join(get_args(Balancing))}; ros is taken")
        model["balancing"] = "ros"
    else:
        model["balancing"] = how


def _is_a(kind: type[Section], name: str) -> bool:
    """Whether the model of this name is a section of this kind."""
    own = kind.model_fields.get("type")
    return (own is not None and own.default == name) or any(_is_a(one, name) for one in kind.__subclasses__())


def _layers(model: dict[str, Any], ini: Ini, lose: Lose) -> None:
    entry = ini.entry("MODEL", "layers")
    if entry is None:
        return
    units = list(entry.value.values()) if isinstance(entry.value, dict) else entry.value
    whole = isinstance(units, list) and all(isinstance(unit, int) for unit in units)
    if model["type"] == "mlp" and whole and units:
        model["hidden"] = units
    else:
        lose(entry, f"a {model['type']} has its own layers" if whole else "whole numbers are wanted")


_LOSSES = {"mse": "mse", "mae": "mae", "ccc": "ccc", "1-ccc": "ccc"}
_SCORINGS = {
    "recall_macro": "uar", "balanced_accuracy": "uar", "uar": "uar", "accuracy": "accuracy",
    "f1_macro": "macro_f1", "ccc": "ccc", "pcc": "pearson", "mae": "mae",
    "neg_mean_absolute_error": "mae", "rmse": "rmse",
}  # fmt: skip
"""What Nkululeko and scikit-learn call figures -> metric of `tuning`."""


def _loss(model: dict[str, Any], ini: Ini, lose: Lose) -> None:
    entry = ini.entry("MODEL", "loss")
    if entry is None:
        return
    wanted = str(entry.value).lower()
    regression = model.get("task") == "regression"
    if model["type"] in ("mlp", "finetune") and regression and wanted in _LOSSES:
        model["loss"] = _LOSSES[wanted]
    elif model["type"] == "mlp" and not regression and wanted in ("f1", "soft_f1"):
        model["loss"] = "f1"
    elif regression or not wanted.startswith(("cross", "weighted_cross")):
        lose(entry, "the losses are cross entropy, and mse, mae and ccc of the regressions mlp and finetune")


def _selection(model: dict[str, Any], ini: Ini, lose: Lose) -> None:
    entry = ini.entry("FEATS", "features")
    if entry is None:
        return
    names = entry.value if isinstance(entry.value, list) else [entry.value]
    if _is_a(ClassicModel, model["type"]):
        model["select"] = {"names": [str(name) for name in names]}
    else:
        lose(entry, f"a {model['type']} takes all features")


def tuned_keys(ini: Ini) -> list[str]:
    """Keys of [MODEL] that hold lists to choose from, as `tuning_params` names them."""
    named = ini.value("MODEL", "tuning_params")
    return [str(name).lower() for name in named] if isinstance(named, list) else []


def _space(model: dict[str, Any], ini: Ini) -> dict[str, list[Any]]:
    """{key of `model`: values}."""
    found: dict[str, list[Any]] = {}
    for name in tuned_keys(ini):
        own, kinds = _NUMBERS.get(name, ("", ()))
        if model["type"] not in kinds:
            continue
        entry = ini.entry("MODEL", name)
        if entry is not None and isinstance(entry.value, list):
            found[own] = [float(value) if own == "c" else value for value in entry.value]
    return found


def tuning_of(model: dict[str, Any], ini: Ini, lose: Lose) -> dict[str, Any] | None:
    """The section `tuning`, of what `model_of` found to choose from."""
    space = model.pop("tuning", None)
    if space is None:
        return None
    made: dict[str, Any] = {"space": space}
    entry = ini.entry("MODEL", "scoring")
    if entry is not None:
        known = OF_NUMBERS if model.get("task") == "regression" or model["type"] == "svr" else OF_CLASSES
        metric = _SCORINGS.get(str(entry.value).lower())
        if metric in known:
            made["metric"] = metric
        else:
            lose(entry, f"the figures are {', '.join(known)}; {known[0]} is taken")
    return made
