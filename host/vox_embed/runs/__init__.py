"""Whole runs: from an experiment to a trained, evaluated, reported model in its results folder."""

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
