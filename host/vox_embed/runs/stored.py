"""Models that were trained before, evaluated from what is kept of them."""

from __future__ import annotations

import json
from pathlib import Path

from vox_embed.core import Model
from vox_embed.data import Dataset, load_dataset
from vox_embed.data.load import TRAINING
from vox_embed.data.sounds import Sounds
from vox_embed.experiment import Experiment, VoxError, files
from vox_embed.experiment.needs import MissingPackagesError
from vox_embed.features.cache import FeatureCache
from vox_embed.features.host import inputs_of
from vox_embed.gate.files import read_bytes
from vox_embed.gate.limits import FLOAT_MODEL_BYTES
from vox_embed.models import estimator_of
from vox_embed.program.opened import open_any, read_vxm
from vox_embed.runs.evaluation import Evaluation, Ranked, evaluate_float, evaluate_integer
from vox_embed.runs.outcome import Outcome
from vox_embed.runs.reading import read_sounds
from vox_embed.runs.reporter import Quiet, Reporter


def on_data_of(trained: Experiment | None, other: Experiment) -> Experiment:
    """The experiment as it was trained, on the rows of another, which needs no more than its `data` section.

    VoxError where the other names features of another rate. trained: None where it is not known; then the
    other stands for it.
    """
    if trained is None:
        return other
    asked, rate = other.features.sample_rate, trained.features.sample_rate
    if "features" in other.model_fields_set and asked != rate:
        raise VoxError(
            f"{other.path}: features.sample_rate: {asked}, but the model is for {rate} Hz",
            "leave `features` out: the model has its own",
        )
    return trained.model_copy(update={"data": other.data, "seed": other.seed})


def evaluate_stored(
    experiment: Experiment,
    vxm_path: Path | None,
    float_path: Path | None,
    reporter: Reporter | None = None,
) -> tuple[Outcome, Dataset]:
    """Evaluate a .vxm, the float model beside it, or either alone, on the test rows of an experiment.

    vxm_path: None for a model that stays on the host. float_path: left out where no such file is there and
    there is a .vxm. Returns the outcome and the test rows. Raises VoxError where there is nothing to
    evaluate, or where model and experiment do not belong together.
    """
    log = reporter or Quiet()
    model = None if vxm_path is None else open_model(vxm_path)
    floats = None if float_path is None or not float_path.is_file() else read_floats(float_path)
    if model is None and floats is None:
        raise VoxError(f"`{experiment.name}` has not been trained: there is no {float_path}")
    if model is not None and vxm_path is not None:
        experiment = _at_rate_of(model, experiment, vxm_path)
    labels = stored_labels(float_path) if model is None else tuple(model.labels)
    dataset = load_dataset(experiment, needs=TRAINING if labels is None else ("test",), labels=labels)
    sounds = read_sounds(experiment, dataset.select("test"), experiment.features.sample_rate, log)
    integer = None
    if model is not None:
        integer = evaluate_integer(
            model, sounds, sounds.truth, log, regression=dataset.numeric, ranked=Ranked()
        )
    reference = None
    if floats is not None:
        try:
            reference = _float_model(experiment, dataset.labels, floats, sounds, log)
        except MissingPackagesError as error:
            if model is None:
                raise
            log.note(f"the float model is not evaluated: {error.message} ({error.hint})")
    path = vxm_path if vxm_path is not None else float_path
    assert path is not None
    return Outcome(integer, reference, path, path.stat().st_size), sounds.rows


def open_model(path: Path) -> Model:
    """A .vxm that hears, or VoxError naming the file."""
    model = open_any(read_vxm(path), str(path))
    if not model.hears:
        raise VoxError(f"{path}: a bare network without front end and labels cannot be evaluated on sound")
    return model


def read_floats(path: Path) -> bytes:
    """A stored float model. VoxError where it cannot be read."""
    try:
        return read_bytes(path, FLOAT_MODEL_BYTES)
    except OSError as error:
        raise VoxError(f"{path}: {error.strerror or error}", "train the experiment again") from None


def _float_model(
    experiment: Experiment, labels: tuple[str, ...], stored: bytes, sounds: Sounds, log: Reporter
) -> Evaluation:
    cache = FeatureCache.of_user(log.note)
    estimator = estimator_of(experiment, inputs_of(experiment.features), labels, cache)
    return evaluate_float(estimator.load_bytes(stored), sounds, sounds.truth, ranked=Ranked(), curves=True)


def stored_labels(float_path: Path | None) -> tuple[str, ...] | None:
    """The labels of a model of which no .vxm is there, as its metrics have them; None where they do not."""
    if float_path is None:
        return None
    try:
        metrics = json.loads(float_path.with_name(files.METRICS).read_text(encoding="utf-8"))
        return tuple(str(label) for label in metrics["float_details"]["labels"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _at_rate_of(model: Model, experiment: Experiment, path: Path) -> Experiment:
    """The experiment, whose features are the model's unless it names others."""
    rate = experiment.features.sample_rate
    if model.sample_rate == rate:
        return experiment
    if "features" in experiment.model_fields_set:
        raise VoxError(
            f"{path}: a model for {model.sample_rate} Hz, but the experiment has "
            f"features.sample_rate: {rate}",
            "train the experiment again, or name the model that belongs to it",
        )
    features = experiment.features.model_copy(update={"sample_rate": model.sample_rate})
    return experiment.model_copy(update={"features": features})
