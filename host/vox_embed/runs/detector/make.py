"""The whole way from a phrase to a results folder."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from vox_embed.data import load_dataset
from vox_embed.data.processes import need_guarded_main
from vox_embed.data.sounds import Sounds
from vox_embed.data.synth.kokoro import check_kokoro
from vox_embed.data.synth.make import UNKNOWN
from vox_embed.data.synth.phrase import check_phrases
from vox_embed.experiment import Experiment, files, schema
from vox_embed.experiment.needs import EXTRAS, need_packages
from vox_embed.experiment.results import building, check_place, results_root, write_provenance
from vox_embed.experiment.schema import Wakeword
from vox_embed.experiment.schema.wakeword import Settled
from vox_embed.experiment.wakeword_file import wakeword_yaml
from vox_embed.features import LogMel
from vox_embed.features.host import Inputs, inputs_of
from vox_embed.field.conditions import Surroundings
from vox_embed.field.measure import Setup, measure
from vox_embed.field.operating import Wanted
from vox_embed.field.sources import Source, audio_files, read_positives
from vox_embed.gate.files import write_atomic
from vox_embed.models import NeuralClassifier, estimator_of
from vox_embed.models.spotting.batches import SpottingBatches
from vox_embed.models.spotting.ear import network, start_for
from vox_embed.models.spotting.examples import Examples
from vox_embed.models.spotting.judge import SpottingJudge
from vox_embed.models.spotting.material import Retold
from vox_embed.report.html import render
from vox_embed.report.pictures import all_plots
from vox_embed.report.text import report_text
from vox_embed.runs.assemble import Assembled, assemble
from vox_embed.runs.calibrate import Calibrated, calibrate, write_calibrated
from vox_embed.runs.content import report_data
from vox_embed.runs.detector.given import Divided, real_negatives, real_positives
from vox_embed.runs.detector.heard import heard_clips
from vox_embed.runs.detector.material import Prepared, prepare
from vox_embed.runs.detector.voices import Voices, corpus
from vox_embed.runs.evaluation import Ranked, evaluate_float, evaluate_integer
from vox_embed.runs.field import write_field
from vox_embed.runs.outcome import Outcome
from vox_embed.runs.reading import read_sounds
from vox_embed.runs.reporter import Log, Quiet, Reporter
from vox_embed.runs.written import write_evaluation

SEEDS = "seeds.json"
FIELD = "field"
_LEAST_MS, _MOST_MS = 1210.0, 2410.0
_STRIDE_MS, _EAR_STRIDE_MS = 240.0, 40.0
_PLAIN_WINDOWS = 4000
_LARGE = 60_000
_GIVEN_UP = 0.05
"""Of synthetic words (`Wanted`): fewer than of people's, for those are lost first."""


@dataclass(frozen=True)
class Detector:
    """What was made. seeds: of each seed, the share of held-out phrases missed at the wanted rate. field: as
    field.json has it."""

    outcome: Outcome
    calibrated: Calibrated
    seeds: dict[int, float]
    field: dict[str, Any]
    folder: Path

    def to_dict(self) -> dict[str, Any]:
        """As `--json` prints it."""
        return {
            "model": str(self.outcome.model),
            "model_bytes": self.outcome.model_bytes,
            "test_clips": self.outcome.to_dict()["integer"],
            "operating": self.calibrated.to_dict(),
            "missed_of_seed": {str(seed): missed for seed, missed in self.seeds.items()},
            "field": {key: self.field[key] for key in ("labels", "negatives", "notes")},
            "results": str(self.folder),
        }


def make_detector(
    settings: Wakeword,
    reporter: Reporter | None = None,
    *,
    root: Path | None = None,
    resume: bool = False,
    jobs: int | None = None,
) -> Detector:
    """Speak, render, train, choose the operating point, test in the field; results go to `<root>/<name>`.

    Nothing there changes before everything is done. resume: take up a run that was interrupted. Raises
    VoxError for whatever the user can mend.
    """
    need_guarded_main()  # before another process waits for what this one has locked
    need_packages("`vox-embed wakeword`", (*EXTRAS["train"], *EXTRAS["synth"]))
    log = Log(reporter or Quiet())
    root = root or results_root()
    check_place(settings.name, root)
    check_phrases(settings.phrases, settings.language)
    if settings.engine == "kokoro":
        check_kokoro(settings.language, settings.weights)
    negatives = real_negatives(settings, log.note)
    positives = real_positives(settings, log.note)
    voices = corpus(settings, log, jobs, negatives.learned if negatives is not None else None)
    if negatives is None:
        negatives = Divided(voices.recordings(["train"]), voices.recordings(["dev", "test"]))
    window_ms = settings.window_ms or _window_ms(settings, voices)
    samples = round(window_ms * settings.sample_rate / 1000)
    heard = heard_clips(settings, voices, samples, log)
    experiment = experiment_of(settings, window_ms, heard)
    inputs = inputs_of(experiment.features)
    front = inputs.for_device
    assert isinstance(front, LogMel)
    prepared = prepare(settings, front, voices, negatives, positives, log, jobs)
    with building(settings.name, root=root, resume=resume) as folder:
        labels = (UNKNOWN, *settings.phrases)
        trained = _Training(settings, experiment, inputs, prepared, labels, folder / files.CHECKPOINT, log)
        estimator, seeds = trained.best()
        made = assemble(experiment, front, estimator)
        words = _words(settings, positives, heard)
        wanted = Wanted(settings.fa_per_hour)
        if positives is None:
            wanted = replace(wanted, given_up=_GIVEN_UP)
        with_point = calibrate(made.vxm, words[0], negatives.held, wanted, jobs=jobs, reporter=log)
        for note in with_point.notes:
            log.note(f"note: {note}")
        made = replace(made, vxm=with_point.vxm)
        if len(made.vxm) > _LARGE:
            log.note(f"warning: {len(made.vxm):,} bytes are much for a detector: lower training.width")
        dataset = load_dataset(experiment, needs=("test",), labels=labels)
        sounds = read_sounds(experiment, dataset, settings.sample_rate, log)
        outcome = _evaluated(made, estimator, sounds, root / settings.name / files.MODEL, log)
        (folder / files.FLOAT_MODEL).write_bytes(estimator.to_bytes())
        for name, content in made.files.items():
            (folder / name).write_bytes(content)
        write_calibrated(folder / files.MODEL, with_point)
        field = _field(settings, made.vxm, words[1], negatives.held, folder / FIELD, log, jobs)
        _write(folder, settings, experiment, outcome, sounds, inputs, estimator, made)
        write_atomic(folder / SEEDS, json.dumps({str(k): v for k, v in seeds.items()}, indent=1) + "\n")
        write_atomic(folder / files.LOG, log.text())
    return Detector(outcome, with_point, seeds, field, root / settings.name)


def _model(training: Settled, **more: Any) -> schema.DsCnn | schema.StreamDsCnn:
    """The network, with more keys of its section."""
    if training.ear:
        return network(training.width, **more)
    return schema.DsCnn(
        width=training.width,
        blocks=5,
        kernel=(5, 3),
        first_kernel=(5, 8),
        first_stride=(3, 4),
        strides=((1, 1), (1, 1), (2, 2)),
        **more,
    )


def experiment_of(settings: Wakeword, window_ms: float, heard: Path) -> Experiment:
    """The experiment that says of the detector what that of any model says: features, window, network, test
    clips. It is trained by `vox-embed wakeword`, not from these clips."""
    t = settings.recipe
    return Experiment(
        name=settings.name,
        seed=settings.seed,
        data=schema.Data(
            databases={
                "heard": schema.Database(path=heard, split_strategy="specified", split_column="split")
            },
            target="label",
        ),
        features=schema.LogMel(sample_rate=settings.sample_rate, bands=32),
        window=schema.Window(
            length_ms=window_ms,
            stride_ms=_EAR_STRIDE_MS if t.ear else _STRIDE_MS,
            normalise="none" if t.ear else "mean",
        ),
        model=_model(
            t,
            epochs=t.epochs,
            patience=t.epochs,
            batch_size=t.batch_size,
            learning_rate=t.learning_rate,
            weight_decay=t.weight_decay,
            label_smoothing=t.label_smoothing,
            dropout=t.dropout,
        ),
        decision=schema.Decision(background=(UNKNOWN,)),
    )


def _window_ms(settings: Wakeword, voices: Voices) -> float:
    """So long that most ways to say the longest phrase, and some more, fit."""
    longest = 0.0
    for phrase in settings.phrases:
        lengths = [one.word[1] - one.word[0] for one in voices.of("phrase", phrase)]
        longest = max(longest, float(np.quantile(lengths, 0.75)))
    steps = math.ceil(max(0.0, 1000 * longest * 1.25 - _LEAST_MS) / 100)
    return min(_MOST_MS, _LEAST_MS + 100 * steps)


class _Training:
    """Detectors of several seeds."""

    def __init__(  # noqa: PLR0917
        self,
        settings: Wakeword,
        experiment: Experiment,
        inputs: Inputs,
        prepared: Prepared,
        labels: tuple[str, ...],
        checkpoint: Path,
        log: Log,
    ) -> None:
        self._settings = settings
        self._experiment = experiment
        self._inputs = inputs
        self._prepared = prepared
        self._labels = labels
        self._checkpoint = checkpoint
        self._log = log
        self._recipe = settings.recipe
        self._retold = Retold()
        if self._recipe.units > 0 and prepared.material.real:
            with log.task("Saying it again with pieces of the negatives", ""):
                self._retold = Retold.of(prepared.material, settings.seed)

    def best(self) -> tuple[NeuralClassifier, dict[int, float]]:
        """The one that misses least on the held-out audio; and of each seed the share that it misses."""
        s = self._settings
        found: list[tuple[float, float, NeuralClassifier]] = []
        seeds = {}
        digest = hashlib.sha256(repr((self._recipe, s.fa_per_hour, s.seed)).encode())
        digest.update(self._prepared.material.digest().encode())
        for seed in range(s.seed, s.seed + s.seeds):
            if s.seeds > 1:
                self._log.note(f"seed {seed}")
            estimator = self._one(seed, f"{digest.hexdigest()}:{seed}")
            kept = estimator.history_[estimator.best_epoch_ - 1]
            seeds[seed] = 1 - kept.dev_accuracy
            found.append((kept.dev_loss, seeds[seed], estimator))
            self._log.note(
                f"seed {seed}: {100 * seeds[seed]:.1f} % of the held-out phrases missed at "
                f"{s.fa_per_hour:g} false accepts an hour of the held-out negatives (epoch {kept.epoch})"
            )
        return min(found, key=lambda one: one[0])[2], seeds

    def _one(self, seed: int, fingerprint: str) -> NeuralClassifier:
        s, experiment = self._settings, self._experiment.model_copy(update={"seed": seed})
        estimator = estimator_of(experiment, self._inputs, self._labels)
        assert isinstance(estimator, NeuralClassifier)
        front = self._inputs.for_device
        assert isinstance(front, LogMel)
        frames = experiment.window_frames
        examples = Examples(self._recipe, self._prepared.material, self._retold, front, frames)
        judge = SpottingJudge(
            self._prepared.phrases,
            self._prepared.talk,
            frames,
            experiment.stride_frames,
            front.hop / front.sample_rate,
            s.fa_per_hour,
        )
        with self._log.task("Training", "epochs"):
            estimator.fit_from(
                lambda made: SpottingBatches(made, self._recipe, examples),
                examples.plain(_PLAIN_WINDOWS, np.random.default_rng([seed, 0x91A1])),
                judge,
                progress=self._log.epoch,
                checkpoint=(self._checkpoint / f"seed-{seed}", fingerprint),
                start=start_for(front, self._recipe.width) if self._recipe.ear else None,
                first=1 + self._recipe.epochs // 2,
            )
        return estimator


def _words(settings: Wakeword, positives: Divided | None, heard: Path) -> tuple[Source, Source]:
    """What the operating point is chosen on, and what it is tested on: real recordings where there are."""
    synthetic = [read_positives(heard, settings.phrases, {"split": split}) for split in ("dev", "test")]
    if positives is None:
        return Source(synthetic[0].recordings), Source(synthetic[1].recordings)
    real = positives.held
    said = {word.label for one in real.recordings for word in one.occurrences}
    lacking = [label for label in settings.phrases if label not in said]
    more = [one for one in synthetic[0].recordings if any(word.label in lacking for word in one.occurrences)]
    return Source((*real.recordings, *more)), Source((*real.recordings, *more))


def _evaluated(
    made: Assembled, estimator: NeuralClassifier, sounds: Sounds, model: Path, log: Log
) -> Outcome:
    test = sounds.select("test")
    outcome = Outcome(
        evaluate_integer(made.model, test, test.truth, log, ranked=Ranked()),
        evaluate_float(estimator, test, test.truth, ranked=Ranked(), curves=True),
        model,
        len(made.vxm),
    )
    log.keep(report_text(outcome.shown.scores, outcome.beside, name=outcome.name))
    return outcome


def _field(  # noqa: PLR0917
    settings: Wakeword,
    vxm: bytes,
    words: Source,
    talk: Source,
    folder: Path,
    log: Log,
    jobs: int | None,
) -> dict[str, Any]:
    noise = audio_files(settings.noise) if settings.noise is not None else ()
    around = Surroundings(noise=noise, responses=settings.rooms)
    noted = replace(
        talk,
        notes=(
            "the thresholds were chosen on these negatives: state figures on others "
            f"(vox-embed field results/{settings.name} --positives ... --negatives ...)",
        ),
    )
    conditions = settings.recipe.steps >= 1000  # a quick look needs none
    result = measure(settings.name, vxm, words, noted, Setup(around, conditions, jobs), log.task)
    return write_field(folder, result)


def _write(  # noqa: PLR0917
    folder: Path,
    settings: Wakeword,
    experiment: Experiment,
    outcome: Outcome,
    sounds: Sounds,
    inputs: Inputs,
    estimator: NeuralClassifier,
    made: Assembled,
) -> None:
    write_atomic(folder / files.WAKEWORD, wakeword_yaml(settings))
    write_provenance(folder, experiment)
    write_evaluation(folder, outcome, sounds.select("test").rows)
    data = report_data(experiment, sounds, inputs, estimator, made, outcome)
    (folder / files.PLOTS).mkdir(exist_ok=True)
    for name, image in all_plots(data).items():
        (folder / files.PLOTS / name).write_bytes(image)
    write_atomic(folder / files.REPORT, render(data))
