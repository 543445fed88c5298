"""What an experiment's report shows, as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from vox_embed.report.fit import Fit
from vox_embed.report.metrics import Scores, answer_names
from vox_embed.report.tag_scores import TagScores

AnyScores = Scores | Fit | TagScores


@dataclass(frozen=True)
class Layer:
    """One operator of the integer program."""

    name: str
    output: tuple[int, ...]
    """Shape: height, width, channels."""
    flash: int
    """Bytes of its weights and tables."""
    macs: int
    """Multiply-accumulates of one inference."""


@dataclass(frozen=True)
class ModelFacts:
    """Sizes of the model. Bytes, unless said otherwise."""

    size: int
    """Of the .vxm, or of the float model's file where there is none."""
    parameters: int
    macs: int | None = None
    """Multiply-accumulates of one inference, that is one analysis window. None, as all that follows: of a
    model that no device can run."""
    arena: int | None = None
    """RAM for the tensors."""
    listener: int | None = None
    """RAM of the whole listener: arena, front end, window of features, decision."""
    sections: tuple[tuple[str, int], ...] = ()
    """Flash by section of the .vxm, e.g. ("WGHT", 15200)."""
    layers: tuple[Layer, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    """More, in the words of the caller: ("features", "log-mel, 32 mel bands, ..."), ("sha256", "...")."""


@dataclass(frozen=True)
class Split:
    """One part of the data."""

    name: str
    clips: Mapping[str, int]
    """Clips of each label."""
    seconds: float
    speakers: int | None = None
    """None where the data does not name them."""


@dataclass(frozen=True)
class Curves:
    """How training went. A line for each name, e.g. "train" and "dev"; a value for each epoch."""

    loss: Mapping[str, tuple[float, ...]]
    accuracy: Mapping[str, tuple[float, ...]]
    """0..1."""
    best_epoch: int | None
    """Counted from 1: the epoch whose weights were kept."""


@dataclass(frozen=True)
class Mistake:
    """A test clip that was classified wrongly; of a regression, one that is far from the truth."""

    file: str
    truth: str
    prediction: str
    score: float
    """Of the predicted class, 0..1; of a regression, value less truth."""
    row: int = field(default=-1, compare=False)
    """Its place among the test clips."""
    clip: str | None = None
    """Its sound, as a path from the report; None where that is not kept."""


@dataclass(frozen=True)
class PartScore:
    """Test clips with one value of a column, or in one range of it. figure: share of right answers, 0..1, or
    the mean absolute error of a regression."""

    name: str
    clips: int
    figure: float
    ci95: tuple[float, float]


@dataclass(frozen=True)
class ColumnScores:
    """A model's answers by a column. differs: beyond chance, p corrected for the number of columns."""

    column: str
    p: float
    differs: bool
    parts: tuple[PartScore, ...]


@dataclass(frozen=True)
class ReportData:
    """Everything in report.html. The same values give the same bytes."""

    title: str
    integer: AnyScores | None
    """Of the integer model, through the C library: what the device reaches. None where no device can run the
    model: then the figures are the float model's."""
    model: ModelFacts
    splits: tuple[Split, ...]
    float_scores: AnyScores | None = None
    """Of the float model that it was made from, or that is the only one: of the same kind."""
    summary: str = ""
    """One sentence below the title."""
    notes: tuple[str, ...] = ()
    """Warnings a reader has to know; the notes of the scores are added."""
    answer_scores: tuple[float, ...] = ()
    """Test clips: score of the chosen class, 0..1; empty: no histogram."""
    answer_correct: tuple[bool, ...] = ()
    """Test clips: right or wrong, in the same order."""
    mistakes: tuple[Mistake, ...] = ()
    """The most confident first; see `confident_mistakes`. Of a regression: see `largest_errors`."""
    truths: tuple[float, ...] = ()
    """Of a regression: what each test clip has,"""
    values: tuple[float, ...] = ()
    """and the integer model's value for it; NaN for none."""
    by_column: tuple[ColumnScores, ...] = ()
    """The answers by what is known of the test clips, the least likely by chance first."""
    curves: Curves | None = None
    experiment: str = ""
    """The resolved experiment file."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Versions, hashes: name -> value."""

    def __post_init__(self) -> None:
        if len(self.answer_scores) != len(self.answer_correct):
            raise ValueError(f"{len(self.answer_scores)} scores for {len(self.answer_correct)} answers")
        if len(self.truths) != len(self.values):
            raise ValueError(f"{len(self.values)} values for {len(self.truths)} true numbers")
        if self.integer is None and self.float_scores is None:
            raise ValueError("neither an integer nor a float model")

    @property
    def scores(self) -> AnyScores:
        """The figures of the report: the integer model's, or the float model's where there is no other."""
        found = self.float_scores if self.integer is None else self.integer
        assert found is not None
        return found

    @property
    def reference(self) -> AnyScores | None:
        """The float model's figures, beside those of the integer model."""
        return None if self.integer is None else self.float_scores


def confident_mistakes(
    files: Sequence[str],
    truth: ArrayLike,
    predicted: ArrayLike,
    scores: ArrayLike,
    labels: Sequence[str],
    *,
    limit: int = 20,
) -> tuple[Mistake, ...]:
    """The wrong answers with the highest scores, highest first; equal scores in the order of the files.

    files: [clips]. truth: [clips] class indices. predicted: [clips] class indices, UNKNOWN or SILENCE.
    scores: [clips] score of the prediction, 0..1.
    """
    true, answers = np.asarray(truth, dtype=np.int64), np.asarray(predicted, dtype=np.int64)
    sure = np.asarray(scores, dtype=np.float64)
    if not len(files) == len(true) == len(answers) == len(sure):
        raise ValueError(
            f"{len(files)} files, {len(true)} labels, {len(answers)} predictions, {len(sure)} scores"
        )
    names = answer_names(labels)
    wrong = np.flatnonzero(true != answers)
    order = sorted(wrong.tolist(), key=lambda i: (-sure[i], files[i]))
    return tuple(
        Mistake(files[i], names[int(true[i])], names[int(answers[i])], float(sure[i]), i)
        for i in order[:limit]
    )


def wrong_tags(
    files: Sequence[str],
    truth: Sequence[str],
    predicted: Sequence[str],
    wrong: ArrayLike,
    *,
    limit: int = 20,
) -> tuple[Mistake, ...]:
    """The first clips of which not every tag is right, in the order of the files. wrong: [clips] of bool."""
    rows = sorted(np.flatnonzero(np.asarray(wrong, bool)).tolist(), key=lambda i: files[i])
    return tuple(Mistake(files[i], truth[i] or "-", predicted[i] or "-", 0.0, i) for i in rows[:limit])


def largest_errors(
    files: Sequence[str], truth: ArrayLike, values: ArrayLike, *, limit: int = 20
) -> tuple[Mistake, ...]:
    """The clips of a regression furthest from the truth, furthest first; equal ones by file.

    files, truth, values: [clips]; clips whose value is NaN are left out.
    """
    true, found = np.asarray(truth, dtype=np.float64), np.asarray(values, dtype=np.float64)
    if not len(files) == len(true) == len(found):
        raise ValueError(f"{len(files)} files, {len(true)} true numbers, {len(found)} values")
    error = found - true
    order = sorted(np.flatnonzero(~np.isnan(found)).tolist(), key=lambda i: (-abs(error[i]), files[i]))
    return tuple(
        Mistake(files[i], f"{true[i]:g}", f"{found[i]:.5g}", float(error[i]), i) for i in order[:limit]
    )
