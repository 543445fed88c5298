"""Whole runs: from an experiment to a trained, evaluated, reported model in its results folder."""

from vox_embed.runs.evaluate import Evaluation, evaluate_float, evaluate_integer
from vox_embed.runs.reporter import Quiet, Reporter
from vox_embed.runs.train import (
    Outcome,
    evaluate_model,
    evaluate_on_host,
    open_model,
    train,
    write_evaluation,
)

__all__ = [
    "Evaluation",
    "Outcome",
    "Quiet",
    "Reporter",
    "evaluate_float",
    "evaluate_integer",
    "evaluate_model",
    "evaluate_on_host",
    "open_model",
    "train",
    "write_evaluation",
]
