"""One trial: an experiment trained on some rows of what was read before, and its answers to others."""

from __future__ import annotations

import hashlib
import json
import math
from collections import OrderedDict
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.data.dataset import SPLITS, Dataset
from vox_embed.data.numbers import grid_labels
from vox_embed.data.sounds import Sounds
from vox_embed.data.splits import put_dev_aside
from vox_embed.data.store import ChosenClips, StoredClips
from vox_embed.data.threads import single_threaded
from vox_embed.experiment import Experiment
from vox_embed.experiment.schema import Augment, Finetune, FrameNetwork
from vox_embed.features.cache import FeatureCache
from vox_embed.features.host import inputs_of
from vox_embed.gate.files import read_bytes, write_atomic
from vox_embed.gate.jsons import parse_json
from vox_embed.gate.limits import RESULT_BYTES
from vox_embed.models import VectorClassifier, estimator_of
from vox_embed.runs.bench.shared_rows import RowsMemory, SharedRows
from vox_embed.runs.evaluation import Evaluation, Ranked, evaluate_float, evaluate_integer
from vox_embed.runs.reporter import Quiet
from vox_embed.runs.unlabelled import refuse_test_rows
from vox_embed.version import __version__

_MOST_PARTS = 16
"""Divisions of rows that a process remembers: those of the inner folds come back for every setting."""

Splits = NDArray[np.str_]
"""[rows] train, dev, test, or nothing for rows that are left out."""


@dataclass(frozen=True, eq=False)
class Corpus:
    """Rows with their sound on disk, as one `data` section and one rate give them."""

    rows: Sounds
    digest: str
    """Of the rows and their samples."""

    @property
    def file(self) -> Path:
        """Of the sound."""
        assert isinstance(self.rows.clips, StoredClips)
        return self.rows.clips.file

    @classmethod
    def of(cls, sounds: Sounds) -> Corpus:
        """sounds: of which the clips are `StoredClips`."""
        assert isinstance(sounds.clips, StoredClips)
        table = sounds.rows.table[["file", "start", "end", "label"]].to_csv(index=False)
        digest = hashlib.sha256((sounds.clips.digest + table).encode("utf-8", "surrogateescape"))
        return cls(sounds, digest.hexdigest())


@dataclass(frozen=True, eq=False)
class Trial:
    """Train on the rows that `splits` calls train, answer for those it calls test.

    integer: as a device computes it, else in floating point. kept: folder of answers that are there already.
    """

    experiment: Experiment
    corpus: Corpus
    splits: Splits
    integer: bool
    kept: Path

    @property
    def tested(self) -> NDArray[np.int64]:
        """Rows that it answers for."""
        return np.flatnonzero(self.splits == "test")

    @property
    def rows_key(self) -> str:
        """Of the rows that a classic model sees: features, window, clips and their splits."""
        experiment = self.experiment
        window = experiment.window
        seen: tuple[Any, ...] = (
            experiment.features,
            window.functionals,
            window.length_ms,
            window.stride_ms,
            experiment.augment,
        )
        if experiment.augment != Augment():
            seen = (*seen, experiment.seed)
        return f"{seen!r} {self.parts_key}"

    @property
    def parts_key(self) -> str:
        """Of the rows to learn from and to answer for."""
        return f"{self.corpus.digest} {hashlib.sha256(_packed(self.splits)).hexdigest()}"

    @property
    def file(self) -> Path:
        """Of its answers: named after everything that decides them."""
        nameless = self.experiment.model_copy(update={"name": "trial", "memory": None})
        parts = (__version__, nameless.model_dump_json(), self.corpus.digest, str(self.integer))
        digest = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape"))
        digest.update(_packed(self.splits))
        return self.kept / f"{digest.hexdigest()[:40]}.json"


def _packed(splits: Splits) -> bytes:
    return splits.astype("U5").tobytes()


Answers = NDArray[Any]
"""[tested rows] indices of labels, UNKNOWN, SILENCE; of a regression numbers; of tags
[tested rows, 2 labels]: 1 for those that are said to be there, and the score of each."""


def answers_of(trial: Trial) -> Answers:
    """Those that are kept, else those of a model that is trained now, which then are kept."""
    file = trial.file
    kept = _read(file, trial)
    if kept is not None:
        return kept
    with single_threaded():  # as many processes as cores do the work; sums do not depend on threads
        found = judged(
            trial.experiment,
            trial.corpus.rows,
            trial.splits,
            integer=trial.integer,
            key=trial.rows_key,
            parts=_kept_parts(trial),
        )
    answers: Answers = found.predicted if found.values is None else found.values
    if found.tags is not None:
        answers = np.concatenate([found.tags, found.posteriors.round(6)], axis=1)
    write_atomic(file, json.dumps({"answers": _plain(answers)}).encode(), durable=False)
    return answers


def judged(
    experiment: Experiment,
    sounds: Sounds,
    splits: Splits,
    *,
    integer: bool,
    key: str = "",
    parts: Parts | None = None,
    ranked: Ranked | None = None,
) -> Evaluation:
    """Train an experiment on rows, and evaluate it on others. key: of everything that decides the rows that
    classic models see; what trials of one key have in common is made once. parts: the rows divided, where
    that is done. VoxError."""
    cache = features_memory()
    inputs = inputs_of(experiment.features)
    parts = parts or parts_of(experiment, sounds, splits)
    learn, dev, test, labels = parts.learn, parts.dev, parts.test, parts.rows.labels
    refuse_test_rows(experiment, parts.rows)
    estimator = estimator_of(experiment, inputs, labels, cache)
    if key and isinstance(estimator, VectorClassifier):
        estimator.source = SharedRows(estimator.source, key, test, _rows_memory())
    estimator.fit(learn, learn.truth, dev, dev.truth)
    made = None
    if integer and inputs.for_device is not None:
        from vox_embed.runs.assemble import assemble

        made = assemble(experiment, inputs.for_device, estimator)
    if experiment.tags:
        from vox_embed.runs.tags import choose

        made = choose(experiment, estimator, made, dev, Quiet())
    if made is not None:
        return evaluate_integer(made.model, test, test.truth, regression=parts.rows.numeric)
    return evaluate_float(estimator, test, test.truth, ranked=ranked)


@dataclass(frozen=True, eq=False)
class Parts:
    """Rows with their splits, and the sound of each part."""

    rows: Dataset
    learn: Sounds
    dev: Sounds
    test: Sounds


def parts_of(experiment: Experiment, sounds: Sounds, splits: Splits) -> Parts:
    """What an experiment learns from, chooses by, and is tested on."""
    parted = _parted(experiment, sounds, splits)
    learn, dev, test = (parted.select(split) for split in SPLITS)
    return Parts(parted.rows, learn, dev, test)


def _kept_parts(trial: Trial) -> Parts:
    """Those of a trial, which others of the same rows have, too."""
    experiment = trial.experiment
    settings = f"{experiment.seed} {experiment.data!r} {_stops_early(experiment)}"
    key = f"{trial.corpus.file} {trial.parts_key} {settings}"  # the file is gone when its run is over
    kept = _parts_memory()
    if key not in kept:
        kept[key] = parts_of(experiment, trial.corpus.rows, trial.splits)
        while len(kept) > _MOST_PARTS:
            kept.popitem(last=False)
    return kept[key]


def _stops_early(experiment: Experiment) -> bool:
    """Whether some rows are put aside for dev."""
    return isinstance(experiment.model, FrameNetwork | Finetune) or experiment.tags


def _parted(experiment: Experiment, sounds: Sounds, splits: Splits) -> Sounds:
    """The rows with these splits; of a network, and of tags, some of train are put aside for dev, as `train`
    does."""
    table = sounds.rows.table.assign(split=splits.astype(object))
    keep = splits != ""
    if _stops_early(experiment) and not (splits == "dev").any():
        data = experiment.data
        seed = experiment.seed if data.split_seed is None else data.split_seed
        named = table.assign(
            group=table["database"] + "/" + table["speaker"],
            key=table["file"],
            recording=table["file"],
        )
        dev, _ = put_dev_aside(named[keep], data.dev_size, seed)
        table.loc[dev.index, "split"] = "dev"
    rows = replace(sounds.rows, table=table[keep].reset_index(drop=True))
    if rows.numeric:
        learned = rows.values[rows.table["split"].to_numpy() == "train"]
        rows = replace(rows, labels=grid_labels(learned, experiment.data))
    return Sounds(rows, ChosenClips(sounds.clips, tuple(np.flatnonzero(keep).tolist())))


@cache
def features_memory() -> FeatureCache:
    """One for a process: what its trials have in common is read from disk once."""
    return FeatureCache.of_user().remembering()


@cache
def _rows_memory() -> RowsMemory:
    """One for a process."""
    return RowsMemory()


@cache
def _parts_memory() -> OrderedDict[str, Parts]:
    """One for a process."""
    return OrderedDict()


def _plain(answers: Answers) -> list[Any]:
    if answers.ndim == 2:
        return [_plain(row) for row in answers]
    return [None if math.isnan(value) else value for value in answers.tolist()]


def _read(file: Path, trial: Trial) -> Answers | None:
    try:
        answers = parse_json(read_bytes(file, RESULT_BYTES), RESULT_BYTES)["answers"]
        if trial.experiment.tags:
            shape: tuple[int, ...] = (len(trial.tested), 2 * len(trial.corpus.rows.rows.labels))
            found = np.array(answers, np.float64).reshape(shape)
        else:
            kind = np.float64 if trial.experiment.regression else np.int64
            found = np.array([np.nan if value is None else value for value in answers], kind)
            shape = trial.tested.shape
    except (OSError, ValueError, KeyError, TypeError, OverflowError):
        return None
    return found if found.shape == shape else None
