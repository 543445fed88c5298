"""A Nkululeko experiment as one of vox-embed, and a list of what has no place there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from vox_embed.experiment.ini.augment import augment_of, commands_of
from vox_embed.experiment.ini.data import data_of
from vox_embed.experiment.ini.features import features_of
from vox_embed.experiment.ini.models import MODELS, model_of, tuning_of
from vox_embed.experiment.ini.places import KEYS, KNOWN, MISTAKES, SECTIONS
from vox_embed.experiment.ini.reading import Entry, Ini, read_ini
from vox_embed.experiment.names import nearest
from vox_embed.experiment.schema.host import HOST_TYPES

_ORDER = (
    "name",
    "seed",
    "runs",
    "data",
    "features",
    "window",
    "augment",
    "model",
    "tuning",
    "cross_validation",
)
_REGRESSIONS = {"svr", "xgr", "tree_reg", "lin_reg", "mlp_reg", "knn_reg", "cnn_reg"}


@dataclass(frozen=True)
class Carried:
    """experiment: the file's text. grid: that of [FLAGS], for `vox-embed flags`; empty where there is none.
    lost: what was not carried over, by file and line. run: the command that does what the .ini did. also:
    those that write what its sections AUGMENT and SEGMENT wrote."""

    experiment: str
    grid: str
    lost: tuple[str, ...]
    run: str
    also: tuple[str, ...] = ()


def carry_over(path: Path, out: Path) -> Carried:
    """Read an .ini, and write the experiment that comes nearest. out: where it will stand; paths in the .ini
    start where the command is called. VoxError where the .ini cannot be read or names no database."""
    ini = read_ini(path)
    lost: list[tuple[str, int, str]] = []

    def lose(entry: Entry, why: str) -> None:
        lost.append((entry.file, entry.line, f"{entry} = {entry.text}: {why}"))

    regression = _is_regression(ini)
    name = (
        re.sub(r"[^A-Za-z0-9_-]+", "_", str(ini.value("EXP", "name", path.stem))).strip("_-") or "experiment"
    )
    made: dict[str, Any] = {"name": name}
    seed = ini.entry("EXP", "random_seed")
    if seed is not None and isinstance(seed.value, int):
        made["seed"] = seed.value
    runs = ini.entry("EXP", "runs")
    if runs is not None and isinstance(runs.value, int) and runs.value > 1:
        made["runs"] = runs.value
    made["data"] = data_of(ini, out, lose)
    features = _features(ini, lose, out)
    made["model"] = model_of(
        ini, lose, regression=regression, on_host=any(one["type"] in HOST_TYPES for one in features)
    )
    tuning = tuning_of(made["model"], ini, lose)
    if tuning is not None:
        made["tuning"] = tuning
    if len(features) == 1:
        made["features"] = features[0]
    elif features:
        made["features"] = features
    _fit_model(made)
    grid = _grid(ini, lose, out)
    augment = augment_of(ini, lose)
    if augment is not None:
        made["augment"] = augment
    also = commands_of(ini, made["data"], out, lose)
    folds = _folds(ini)
    if folds is not None:
        made["cross_validation"] = folds
    run = _run(out, bool(grid), folds is not None)
    for entry in ini.left():
        lose(entry, _why(entry, made["data"]["databases"]))
    made = {key: made[key] for key in _ORDER if key in made}
    messages = [message for _, _, message in sorted(lost)]
    return Carried(_text(path, made, messages), grid, tuple(messages), run, also)


def _is_regression(ini: Ini) -> bool:
    kind = ini.value("EXP", "type", "classification")
    model = ini.value("MODEL", "type", "")
    continuous = ini.value("DATA", "type") == "continuous"
    return kind == "regression" or str(model) in _REGRESSIONS or (continuous and kind != "classification")


def _features(ini: Ini, lose: Any, out: Path) -> list[dict[str, Any]]:
    entry = ini.entry("FEATS", "type")
    names = ["os"] if entry is None else entry.value if isinstance(entry.value, list) else [entry.value]
    names = names or []
    found = [features_of(str(name).lower(), ini, lose, entry, out) for name in names]
    return [one for some in found for one in some]


def _fit_model(made: dict[str, Any]) -> None:
    """A network takes spectrograms; a classic model on what a device computes takes functionals."""
    if made["model"]["type"] == "finetune":
        made.pop("features", None)
        return
    if made["model"]["type"] == "cnn":
        made["features"] = {"type": "logmel"}
    elif "features" not in made:
        made["features"] = {"type": "lld", "set": "egemaps-lite"}
    if isinstance(made["features"], dict) and made["features"]["type"] == "lld":
        made["window"] = {
            "length_ms": 20000,
            "stride_ms": 20000,
            "functionals": ["mean", "std", "p20", "p80"],
        }
    level = made["features"].get("level") if isinstance(made["features"], dict) else None
    if level == "lld":
        made["window"] = {"length_ms": 20000, "stride_ms": 20000, "functionals": ["mean", "std"]}


def _grid(ini: Ini, lose: Any, out: Path) -> str:
    """[FLAGS]: lists of models, features, scalings, balancings."""
    grid: dict[str, Any] = {}
    models = ini.entry("FLAGS", "models")
    if models is not None:
        known = [str(name) for name in models.value if str(name) in MODELS]
        if len(known) < len(models.value):
            lose(models, f"of them are here: {', '.join(known) or 'none'}")
        grid["model"] = {name: MODELS[name] for name in known}
    features = ini.entry("FLAGS", "features")
    if features is not None:
        found = {str(name): features_of(str(name), ini, lose, features, out) for name in features.value}
        grid["features"] = {name: some[0] for name, some in found.items() if some}
    for key, own in (("scale", "model.scale"), ("balancing", "model.balancing")):
        entry = ini.entry("FLAGS", key)
        if entry is not None:
            grid[own] = [str(value or "none") for value in entry.value]
    return yaml.safe_dump(grid, sort_keys=False, width=110) if grid else ""


def _folds(ini: Ini) -> dict[str, Any] | None:
    """The section `cross_validation`."""
    for section in ("MODEL", "EXP"):
        if ini.value(section, "loso"):
            return {"type": "loso"}
        for key, kind in (("logo", "logo"), ("k_fold_cross", "k_fold")):
            count = ini.value(section, key)
            if isinstance(count, int) and count > 1:
                return {"type": kind, "folds": count}
    return None


def _run(out: Path, grid: bool, folds: bool) -> str:
    """The command that does what was done with the .ini."""
    if grid:
        return f"vox-embed flags {out} --grid {out.with_name('grid.yaml')}"
    return f"vox-embed {'cross-validate' if folds else 'train'} {out}"


def _why(entry: Entry, databases: dict[str, Any]) -> str:
    """Of a key that nobody took."""
    section, key = entry.section, entry.key
    own = key.split(".", 1)
    of_database = section == "DATA" and len(own) == 2 and own[0] in {name.lower() for name in databases}
    name = own[1] if of_database else key
    if name in MISTAKES:
        meant = "max_duration" if (section, name) == ("MODEL", "duration") else MISTAKES[name]
        return f"Nkululeko ignores it; did you mean `{meant}`?"
    if section in SECTIONS:
        return SECTIONS[section]
    if (section, key) in KEYS:
        return KEYS[section, key]
    known = KNOWN.get("DATABASE" if of_database else section)
    if known is None:
        near = nearest(section, [*KNOWN, *SECTIONS])
        return f"an unknown section{f'; did you mean [{near}]?' if near else ''}"
    if name in known:
        return "has no place here"
    near = nearest(name, known)
    return f"an unknown key{f'; did you mean `{near}`?' if near else ''}"


def _text(path: Path, made: dict[str, Any], lost: list[str]) -> str:
    head = [f"# From {path.name}, an experiment of Nkululeko (docs/nkululeko.md)."]
    if lost:
        head += [
            "# Not carried over:",
            *(f"#   {message.removeprefix(f'{path.parent}/')}" for message in lost),
        ]
    body = yaml.safe_dump(made, sort_keys=False, allow_unicode=True, width=110)
    return "\n".join(head) + "\n" + body
