"""What was run: a table of results folders, with what differs between their experiments."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from vox_embed.experiment import VoxError
from vox_embed.experiment.files import FLAGS, FOLDS, METRICS, RESOLVED, RUNS
from vox_embed.experiment.results import results_root
from vox_embed.experiment.yaml_tree import read_yaml
from vox_embed.gate.files import read_bytes
from vox_embed.gate.jsons import parse_json
from vox_embed.gate.limits import RESULT_BYTES

_KINDS = {FOLDS: "folds", FLAGS: "flags", RUNS: "runs"}
_FIGURES = ("uar", "accuracy", "macro_f1", "ccc", "pearson", "mae", "rmse")
_UNASKED = ("name", "data.root_folders")


@dataclass(frozen=True)
class Run:
    """A results folder. kind: train, folds, flags or runs. settings: {key with points: text}."""

    name: str
    kind: str
    folder: Path
    when: datetime
    figures: Mapping[str, float]
    settings: Mapping[str, str]
    on_host: bool
    model_bytes: int | None

    def to_dict(self) -> dict[str, Any]:
        """As `--json` prints it."""
        return {
            "name": self.name,
            "kind": self.kind,
            "folder": str(self.folder),
            "when": self.when.isoformat(timespec="seconds"),
            "figures": dict(self.figures),
            "model": self.settings.get("model.type"),
            "on_host": self.on_host,
            "model_bytes": self.model_bytes,
        }


def runs_of(root: Path | None = None) -> list[Run]:
    """All that can be read, the latest first. VoxError where there is nothing."""
    root = root or results_root()
    found = [run for folder in sorted(root.glob("*/")) if (run := _run(folder)) is not None]
    if not found:
        raise VoxError(f"{root}: nothing has been run here yet", "vox-embed train exp.yaml")
    return sorted(found, key=lambda run: (run.when, run.name), reverse=True)


def ordered(runs: Sequence[Run], by: str) -> list[Run]:
    """By a figure, the best first; those without it last. VoxError where none has it."""
    if by not in _FIGURES:
        raise VoxError(f"--sort {by}: is no figure", f"one of: {', '.join(_FIGURES)}")
    if not any(by in run.figures for run in runs):
        raise VoxError(
            f"--sort {by}: no run has it", "uar and accuracy are of classes, the others of numbers"
        )
    sign = 1 if by in ("mae", "rmse") else -1
    return sorted(runs, key=lambda run: sign * run.figures.get(by, sign * math.inf))


def differences(runs: Sequence[Run]) -> dict[str, list[str]]:
    """{key: its text in each run}, of keys that differ; nothing where a run has no such key."""
    keys = dict.fromkeys(key for run in runs for key in run.settings if key not in _UNASKED)
    columns = {key: [run.settings.get(key, "") for run in runs] for key in keys}
    return {key: values for key, values in columns.items() if len(set(values)) > 1}


def _run(folder: Path) -> Run | None:
    suffix = next((suffix for suffix in _KINDS if folder.name.endswith(suffix)), "")
    try:
        metrics = parse_json(read_bytes(folder / METRICS, RESULT_BYTES), RESULT_BYTES)
        when = datetime.fromtimestamp((folder / METRICS).stat().st_mtime).astimezone()
        resolved = folder / RESOLVED if not suffix else _one_of(folder, folder.name.removesuffix(suffix))
        settings = {} if resolved is None else dict(_flat(read_yaml(resolved).value))
        shown, on_host = _shown(metrics, suffix)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, VoxError):
        return None
    size = metrics.get("model_bytes")
    return Run(
        folder.name.removesuffix(suffix),
        _KINDS.get(suffix, "train"),
        folder,
        when,
        {name: float(shown[name]) for name in _FIGURES if isinstance(shown.get(name), int | float)},
        settings,
        on_host,
        size if isinstance(size, int) else None,
    )


def _one_of(folder: Path, name: str) -> Path | None:
    """An experiment that stands for the folder's: a fold's, or that of the model beside it."""
    beside = folder.parent / name / RESOLVED
    return next((path for path in sorted(folder.glob(f"*/{RESOLVED}"))), beside if beside.is_file() else None)


def _shown(metrics: Mapping[str, Any], suffix: str) -> tuple[Mapping[str, Any], bool]:
    """The figures, and whether they are of a float model."""
    if suffix == RUNS:
        means = {
            name.lower().replace("pearson r", "pearson"): one["mean"] for name, one in metrics["runs"].items()
        }
        return means, False
    if suffix == FLAGS:
        if metrics["pooled"] is not None:
            return metrics["pooled"], False
        metrics = metrics["tested"] or {"integer": None, "float": {}}
    integer = metrics["integer"]
    return (metrics["float"] or {}, True) if integer is None else (integer, False)


def _flat(value: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(inner, f"{prefix}.{key}" if prefix else str(key))
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        for i, inner in enumerate(value, start=1):
            yield from _flat(inner, f"{prefix}[{i}]")
    else:
        yield (
            prefix,
            ", ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value),
        )
