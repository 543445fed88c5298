"""The plots of a report: which there are, and what they are called in the folder `plots/`."""

from __future__ import annotations

from vox_embed.report import plots
from vox_embed.report.content import ReportData
from vox_embed.report.fit import Fit
from vox_embed.report.metrics import Scores
from vox_embed.report.plots import Theme
from vox_embed.report.ranking_plot import ranking_plot
from vox_embed.report.sureness import sureness
from vox_embed.report.sureness_plot import sureness_plot
from vox_embed.report.tag_scores import TagScores


def confusion_png(data: ReportData, theme: Theme = "light") -> bytes | None:
    """Confusion matrix; None of a regression, and of tags."""
    scores = data.scores
    if not isinstance(scores, Scores):
        return None
    return plots.png(plots.confusion_plot(scores.confusion, scores.labels, scores.columns, theme))


def ranking_png(data: ReportData, theme: Theme = "light") -> bytes | None:
    """ROC, precision and recall, DET; None of a regression, and where no class has clips and others."""
    scores = data.scores
    if isinstance(scores, Fit) or not any(one.curve for one in scores.rankings):
        return None
    return plots.png(ranking_plot(scores.rankings, theme))


def scatter_png(data: ReportData, theme: Theme = "light") -> bytes | None:
    """Truth and value of every test clip of a regression; None of a classification."""
    if not data.truths:
        return None
    return plots.png(plots.scatter_plot(data.truths, data.values, theme))


def f1_png(data: ReportData, theme: Theme = "light") -> bytes | None:
    """F1 of every class; None of a regression."""
    scores = data.scores
    if isinstance(scores, Fit):
        return None
    parts = scores.per_tag if isinstance(scores, TagScores) else scores.per_class
    return plots.png(plots.f1_plot(scores.labels, [one.f1 for one in parts], theme))


def distribution_png(data: ReportData, theme: Theme = "light") -> bytes:
    """Clips of every class, or nearest label, in every split."""
    labels = data.scores.labels
    splits = {split.name: [split.clips.get(label, 0) for label in labels] for split in data.splits}
    return plots.png(plots.distribution_plot(labels, splits, theme))


def training_png(data: ReportData, theme: Theme = "light") -> bytes | None:
    """Loss and accuracy by epoch; None without curves."""
    curves = data.curves
    if curves is None or not (curves.loss or curves.accuracy):
        return None
    return plots.png(plots.training_plot(curves.loss, curves.accuracy, curves.best_epoch, theme))


def scores_png(data: ReportData, theme: Theme = "light") -> bytes | None:
    """Scores of right and wrong answers; None without scores."""
    if not data.answer_scores:
        return None
    return plots.png(plots.score_plot(data.answer_scores, data.answer_correct, theme))


def sureness_png(data: ReportData, theme: Theme = "light") -> bytes | None:
    """Scores against shares of right answers; None of few clips."""
    found = sureness(data.answer_scores, data.answer_correct)
    return None if found is None else plots.png(sureness_plot(found, theme))


def all_plots(data: ReportData, theme: Theme = "light") -> dict[str, bytes]:
    """File name -> PNG, for the folder `plots/`: those there is something to show in."""
    made = {
        "confusion.png": confusion_png(data, theme),
        "scatter.png": scatter_png(data, theme),
        "ranking.png": ranking_png(data, theme),
        "f1.png": f1_png(data, theme),
        "classes.png": distribution_png(data, theme) if data.splits else None,
        "training.png": training_png(data, theme),
        "scores.png": scores_png(data, theme),
        "sureness.png": sureness_png(data, theme),
    }
    return {name: image for name, image in made.items() if image is not None}
