"""Models that were trained before, evaluated from what is kept of them."""

from __future__ import annotations

from pathlib import Path

from vox_embed.core import Model
from vox_embed.data import Dataset, load_dataset
from vox_embed.data.sounds import Sounds
from vox_embed.experiment import Experiment, VoxError
from vox_embed.experiment.needs import MissingPackagesError
from vox_embed.features.cache import FeatureCache, default_cache_dir
from vox_embed.features.host import inputs_of
from vox_embed.models import estimator_of
from vox_embed.program.opened import open_any, read_vxm
from vox_embed.runs.evaluation import Evaluation, evaluate_float, evaluate_integer
from vox_embed.runs.outcome import Outcome
from vox_embed.runs.reading import read_sounds
from vox_embed.runs.reporter import Quiet, Reporter


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
    floats = None if float_path is None or not float_path.is_file() else float_path.read_bytes()
    if model is None and floats is None:
        raise VoxError(f"`{experiment.name}` has not been trained: there is no {float_path}")
    dataset = load_dataset(experiment)
    if model is not None and vxm_path is not None:
        _check_fits(model, experiment, dataset, vxm_path)
    sounds = read_sounds(experiment, dataset.select("test"), experiment.features.sample_rate, log)
    integer = None
    if model is not None:
        integer = evaluate_integer(model, sounds, sounds.truth, log, regression=dataset.numeric)
    reference = None
    if floats is not None:
        labels = dataset.labels if model is None else tuple(model.labels)
        try:
            reference = _float_model(experiment, labels, floats, sounds)
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


def _float_model(
    experiment: Experiment, labels: tuple[str, ...], stored: bytes, sounds: Sounds
) -> Evaluation:
    cache = FeatureCache(default_cache_dir())
    estimator = estimator_of(experiment, inputs_of(experiment.features), labels, cache)
    return evaluate_float(estimator.load_bytes(stored), sounds, sounds.truth)


def _check_fits(model: Model, experiment: Experiment, dataset: Dataset, path: Path) -> None:
    rate = experiment.features.sample_rate
    if model.sample_rate != rate:
        raise VoxError(
            f"{path}: a model for {model.sample_rate} Hz, but the experiment has "
            f"features.sample_rate: {rate}",
            "train the experiment again, or name the model that belongs to it",
        )
    if not dataset.numeric and tuple(model.labels) != dataset.labels:
        raise VoxError(
            f"{path}: the model's labels ({', '.join(model.labels)}) are not the experiment's "
            f"({', '.join(dataset.labels)})",
            "train the experiment again, or name the model that belongs to it",
        )
