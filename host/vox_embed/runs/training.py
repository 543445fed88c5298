"""From an experiment to its results: data, estimator, integer model where a device can run it, report."""

from __future__ import annotations

from pathlib import Path

from vox_embed.data import load_dataset
from vox_embed.data.cluster import Cluster
from vox_embed.data.dataset import SPLITS
from vox_embed.data.sounds import Sounds
from vox_embed.experiment import Experiment, files
from vox_embed.experiment.results import building, check_place, results_root, write_provenance
from vox_embed.explore.doubts import doubts_of_events, doubts_of_training
from vox_embed.features import FeatureExtractor
from vox_embed.features.cache import FeatureCache
from vox_embed.features.host import Inputs, inputs_of
from vox_embed.gate.files import write_atomic
from vox_embed.models import ClipEstimator, FinetunedTransformer, estimator_of, need_packages_of
from vox_embed.program.build import decision_of
from vox_embed.report.content import ReportData
from vox_embed.report.html import render
from vox_embed.report.pictures import all_plots
from vox_embed.report.text import report_text
from vox_embed.runs.assemble import Assembled, assemble
from vox_embed.runs.content import report_data
from vox_embed.runs.evaluation import Ranked, evaluate_float, evaluate_integer
from vox_embed.runs.extraction import extract_on
from vox_embed.runs.kept_clips import with_clips
from vox_embed.runs.outcome import Outcome
from vox_embed.runs.reading import read_sounds
from vox_embed.runs.reporter import Log, Quiet, Reporter
from vox_embed.runs.shelf import Shelf
from vox_embed.runs.tags import choose
from vox_embed.runs.tuning import tune
from vox_embed.runs.unlabelled import refuse_test_rows
from vox_embed.runs.written import write_evaluation, write_logits, write_splits


def train(
    experiment: Experiment,
    reporter: Reporter | None = None,
    *,
    root: Path | None = None,
    resume: bool = False,
    shelf: Shelf | None = None,
    cluster: Cluster | None = None,
) -> Outcome:
    """Run an experiment; its results go to `<root>/<name>` (see `results_root`).

    Nothing there changes before everything is done: an interrupted run leaves the earlier results as they
    were, and can be taken up again with `resume`. shelf: sound that was read before. cluster:
    extracts the features. Raises VoxError for
    whatever the user can mend.
    """
    need_packages_of(experiment)
    inputs = inputs_of(experiment.features)
    log = Log(reporter or Quiet())
    root = root or results_root()
    check_place(experiment.name, root)
    dataset = load_dataset(experiment)
    refuse_test_rows(experiment, dataset)
    if experiment.cross_validation is not None:
        log.note(
            "`cross_validation` is for `vox-embed cross-validate`; trained on the splits of the databases"
        )
    cache = FeatureCache.of_user(log.note)
    estimator = estimator_of(experiment, inputs, dataset.labels, cache)
    front_end = _front_end(experiment, inputs, dataset.labels)
    if shelf is None:
        sounds = read_sounds(experiment, dataset, inputs.sample_rate, log, measure=True)
    else:
        sounds = shelf.sounds(experiment, dataset, inputs.sample_rate, log)
    if cluster is not None:
        extract_on(cluster, experiment, sounds, cache, log)
    doubts = _doubts(experiment, sounds, inputs.sample_rate, log)
    learn, dev, test = (sounds.select(split) for split in SPLITS)
    tuned = None if experiment.tuning is None else tune(experiment, sounds, log)
    settings = experiment if tuned is None else tuned.experiment
    if tuned is not None:
        estimator = estimator_of(settings, inputs, dataset.labels, FeatureCache.of_user(log.note))
        doubts = (*doubts, tuned.note)

    with building(experiment.name, root=root, resume=resume) as folder:
        with log.task("Extracting features", "files") as advance:
            estimator.fit(
                learn,
                learn.truth,
                dev,
                dev.truth,
                progress=log.epoch,
                checkpoint=folder / files.CHECKPOINT,
                extracting=advance,
            )
        log.note(estimator.stopped_)
        stored = estimator.to_bytes()
        made = None if front_end is None else assemble(settings, front_end, estimator)
        if experiment.tags:
            made = choose(experiment, estimator, made, dev, log)
            stored = estimator.to_bytes()
        outcome = _outcome(estimator, made, test, Ranked(dev), root / experiment.name, len(stored), log)
        doubts = (*doubts, *_of_events(made, outcome, log))
        log.keep(report_text(outcome.shown.scores, outcome.beside, name=outcome.name))
        _write_models(folder, stored, made)
        write_provenance(folder, experiment)
        if tuned is not None:
            tuned.write(folder)
        write_evaluation(folder, outcome, test.rows)
        write_splits(folder, dataset)
        write_logits(folder, sounds, estimator)
        data = report_data(settings, sounds, inputs, estimator, made, outcome, doubts)
        _write_report(folder, with_clips(data, test.clips, folder, inputs.sample_rate))
        write_atomic(folder / files.LOG, log.text())
    if isinstance(estimator, FinetunedTransformer):
        estimator.push()
    return outcome


def _doubts(experiment: Experiment, sounds: Sounds, rate: int, log: Reporter) -> tuple[str, ...]:
    """What looks wrong in the recordings, said before training starts."""
    found = tuple(doubts_of_training(sounds, rate, experiment.decision.background))
    for doubt in found:
        log.note(f"warning: {doubt}")
    return found


def _front_end(experiment: Experiment, inputs: Inputs, labels: tuple[str, ...]) -> FeatureExtractor | None:
    """Of a device that can run the model; None where none can. Refuses now what would be refused after
    training."""
    if inputs.for_device is not None:
        decision_of(experiment, inputs.for_device, labels)
    return inputs.for_device


def _outcome(  # noqa: PLR0917
    estimator: ClipEstimator,
    made: Assembled | None,
    test: Sounds,
    ranked: Ranked,
    place: Path,
    stored: int,
    log: Reporter,
) -> Outcome:
    """The model on the test clips, and the float model beside it. stored: bytes of that."""
    integer = None
    if made is not None:
        integer = evaluate_integer(
            made.model, test, test.truth, log, regression=test.rows.numeric, ranked=ranked
        )
    return Outcome(
        integer,
        evaluate_float(estimator, test, test.truth, ranked=ranked, curves=made is None),
        place / (files.FLOAT_MODEL if made is None else files.MODEL),
        stored if made is None else len(made.vxm),
    )


def _of_events(made: Assembled | None, outcome: Outcome, log: Reporter) -> tuple[str, ...]:
    """Doubts that a stream would raise events."""
    found = outcome.integer
    if made is None or found is None or found.values is not None or found.tags is not None:
        return ()
    doubts = doubts_of_events(made.vxm, found.posteriors)
    for doubt in doubts:
        log.note(f"warning: {doubt}")
    return doubts


def _write_models(folder: Path, stored: bytes, made: Assembled | None) -> None:
    (folder / files.FLOAT_MODEL).write_bytes(stored)
    if made is None:
        return
    (folder / files.MODEL).write_bytes(made.vxm)
    for name, content in made.files.items():
        (folder / name).write_bytes(content)


def _write_report(folder: Path, data: ReportData) -> None:
    (folder / files.PLOTS).mkdir(exist_ok=True)
    for name, image in all_plots(data).items():
        (folder / files.PLOTS / name).write_bytes(image)
    write_atomic(folder / files.REPORT, render(data))
