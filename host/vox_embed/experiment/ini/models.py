"""[FEATS] and [MODEL] of an .ini as `features` and `model` of an experiment file."""

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
from vox_embed.experiment.schema.host import OPENSMILE_WIDTHS

Lose = Callable[[Entry, str], None]
"""Called with what cannot be carried over, and why."""

SCALES = {name: name for name in get_args(Scale) if name != "none"} | {
    "powertransformer": "power",
    "quantiletransformer": "quantile",
}
_OTHER_FEATURES = {
    "praat": "Praat's features are not here; {type: lld, set: egemaps-lite} measures the same things",
    "spectra": "{type: logmel} with a network, such as model.type: cnn",
    "import": "features from a table cannot be read",
    "trill": "embeddings of other networks are not here",
}
_NO_SCALE = f"one of {', '.join(SCALES)}; standard is taken"
_TREES = {"tree", "xgboost", "forest", "extra_trees", "gradient_boosting"}

# Nkululeko's defaults where they differ from those here.
MODELS: dict[str, dict[str, Any]] = {
    "svm": {"type": "svm"},
    "svr": {"type": "svr"},
    "xgb": {"type": "xgboost", "rounds": 100, "depth": 6, "learning_rate": 0.3},
    "xgr": {"type": "xgboost", "rounds": 100, "depth": 6, "learning_rate": 0.3, "task": "regression"},
    "tree": {"type": "tree", "depth": None},
    "tree_reg": {"type": "tree", "depth": None, "task": "regression"},
    "bayes": {"type": "naive_bayes", "smoothing": 1e-9},
    "gmm": {"type": "gmm", "components": 4, "covariance": "full"},
    "knn": {"type": "knn", "k": 5, "prototypes": 1000},
    "lin_reg": {"type": "ridge", "alpha": 1e-6, "task": "regression"},
    "mlp": {"type": "mlp", "dropout": 0.1, "batch_size": 8, "learning_rate": 1e-4},
    "mlp_reg": {
        "type": "mlp", "dropout": 0.1, "batch_size": 8, "learning_rate": 1e-4, "task": "regression",
    },
    "cnn": {"type": "cnn", "batch_size": 8, "learning_rate": 1e-4},
}  # fmt: skip


def features_of(name: str, ini: Ini, lose: Lose, entry: Entry | None) -> dict[str, Any] | None:
    """One of the types of [FEATS]; None where it is not here."""
    if name in ("os", "opensmile"):
        wanted = ini.entry("FEATS", "set")
        chosen = "eGeMAPSv02" if wanted is None else str(wanted.value)
        if chosen not in OPENSMILE_WIDTHS:
            assert wanted is not None
            lose(wanted, f"the sets are {', '.join(OPENSMILE_WIDTHS)}; eGeMAPSv02 is taken")
            chosen = "eGeMAPSv02"
        found: dict[str, Any] = {"type": "opensmile", "set": chosen}
        level = ini.value("FEATS", "level")
        if level == "lld":
            found["level"] = "lld"
        return found
    if entry is not None:
        why = _OTHER_FEATURES.get(name, "embeddings of pretrained networks are not here")
        lose(entry, f"`{name}`: {why}")
    return None


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
    if name == "svr" and ini.value("MODEL", "kernel", "rbf") != "linear" and entry is not None:
        lose(entry, "`svr` is linear here: Nkululeko's has a Gaussian kernel unless told otherwise")
    if name == "knn" and entry is not None:
        lose(entry, "`knn`: at most 1000 rows of a class are kept, as centres that k-means finds")
    _numbers(model, ini, lose)
    _weights(model, ini, lose)
    _scaling(model, ini, lose, on_host=on_host)
    _balancing(model, ini, lose)
    _layers(model, ini, lose)
    return model


_NUMBERS = {
    "c_val": ("c", ("svm", "svr")),
    "kernel": ("kernel", ("svm",)),
    "gamma": ("gamma", ("svm",)),
    "k_val": ("k", ("knn",)),
    "gmm_components": ("components", ("gmm",)),
    "gmm_covariance_type": ("covariance", ("gmm",)),
    "n_estimators": ("rounds", ("xgboost",)),
    "max_depth": ("depth", ("xgboost", "tree")),
    "eta": ("learning_rate", ("xgboost",)),
    "subsample": ("subsample", ("xgboost",)),
    "batch_size": ("batch_size", ("mlp", "cnn")),
    "learning_rate": ("learning_rate", ("mlp", "cnn", "xgboost")),
    "patience": ("patience", ("mlp", "cnn")),
    "drop": ("dropout", ("mlp", "cnn")),
}
"""Key of [MODEL] -> key of `model`, and the types that have it."""


def _numbers(model: dict[str, Any], ini: Ini, lose: Lose) -> None:
    for key, (own, kinds) in _NUMBERS.items():
        entry = ini.entry("MODEL", key)
        if entry is None:
            continue
        if model["type"] not in kinds:
            lose(entry, f"a {model['type']} has no such setting")
        elif key == "kernel" and entry.value not in ("rbf", "linear"):
            lose(entry, "the kernels are rbf and linear; rbf is taken")
        elif key == "gmm_covariance_type" and entry.value not in ("diag", "full"):
            lose(entry, "the covariances are diag and full; full is taken")
        elif key == "drop" and not isinstance(entry.value, int | float | bool):
            lose(entry, "one dropout for all layers is a number")
        else:
            model[own] = float(entry.value) if own in ("c", "dropout") else entry.value
    epochs = ini.entry("EXP", "epochs")
    if epochs is not None and model["type"] in ("mlp", "cnn"):
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
