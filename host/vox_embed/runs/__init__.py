"""Whole runs: from an experiment to a trained, evaluated, reported model in its results folder."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vox_embed.runs.cross import cross_validate
    from vox_embed.runs.evaluation import Evaluation, evaluate_float, evaluate_integer
    from vox_embed.runs.outcome import Outcome
    from vox_embed.runs.repeated import Repeated, train_repeatedly
    from vox_embed.runs.reporter import Quiet, Reporter
    from vox_embed.runs.stored import evaluate_stored, on_data_of, open_model
    from vox_embed.runs.training import train
    from vox_embed.runs.written import write_evaluation

__all__ = [
    "Evaluation",
    "Outcome",
    "Quiet",
    "Repeated",
    "Reporter",
    "cross_validate",
    "evaluate_float",
    "evaluate_integer",
    "evaluate_stored",
    "on_data_of",
    "open_model",
    "train",
    "train_repeatedly",
    "write_evaluation",
]

_WHERE = {
    "cross": ("cross_validate",),
    "evaluation": ("Evaluation", "evaluate_float", "evaluate_integer"),
    "outcome": ("Outcome",),
    "repeated": ("Repeated", "train_repeatedly"),
    "reporter": ("Quiet", "Reporter"),
    "stored": ("evaluate_stored", "on_data_of", "open_model"),
    "training": ("train",),
    "written": ("write_evaluation",),
}


def __getattr__(name: str) -> Any:
    """A name of `__all__`, imported when it is wanted first: a command waits for no other's modules."""
    for module, names in _WHERE.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
