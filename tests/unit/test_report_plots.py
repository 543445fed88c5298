"""Plots: PNG of a sensible size, in both themes, for few and many classes and for awkward names."""

from __future__ import annotations

import io
import subprocess
import sys
import warnings

import numpy as np
import pytest

from vox_embed.report import plots

LABELS = ["yes", "no", "up"]


def picture(image: bytes) -> np.ndarray:
    """[height, width, 3] in 0..1"""
    from matplotlib.image import imread

    assert image.startswith(b"\x89PNG\r\n\x1a\n")
    return imread(io.BytesIO(image), format="png")[..., :3]


def some(name: str, classes: int, theme: plots.Theme):
    random = np.random.default_rng(classes)
    labels = [f"word {i}" for i in range(classes)]
    match name:
        case "confusion":
            counts = np.diag(random.integers(20, 1000, classes)) + random.integers(0, 3, (classes, classes))
            return plots.confusion_plot(counts, labels, theme=theme)
        case "f1":
            return plots.f1_plot(labels, [*random.random(classes - 1).tolist(), None], theme)
        case "distribution":
            splits = {split: random.integers(0, 300, classes).tolist() for split in ("train", "dev", "test")}
            return plots.distribution_plot(labels, splits, theme)
        case "training":
            curve = np.exp(-np.arange(classes) / 5)
            lines = {"train": curve.tolist(), "dev": (1.1 * curve).tolist()}
            return plots.training_plot(lines, {"train": (1 - curve).tolist()}, classes // 2 + 1, theme)
        case "scatter":
            truth = 20 + 10 * random.random(classes)
            return plots.scatter_plot(truth, truth + random.random(classes), theme)
    return plots.score_plot(random.random(classes), random.random(classes) < 0.8, theme)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("classes", [2, 35])
@pytest.mark.parametrize("name", ["confusion", "f1", "distribution", "training", "score", "scatter"])
def test_size_and_ground(name: str, classes: int, theme: plots.Theme) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        image = picture(plots.png(some(name, classes, theme)))
    height, width = image.shape[:2]
    assert 150 <= height <= 3000
    assert 300 <= width <= 3000
    ground = 1.0 if theme == "light" else 0.1
    assert image[2, 2].mean() == pytest.approx(ground, abs=0.03)
    assert image.std() > 0.02, "nothing was drawn"


def test_same_values_same_bytes() -> None:
    for name in ("confusion", "training"):
        assert plots.png(some(name, 5, "light")) == plots.png(some(name, 5, "light"))


def test_confusion_is_blue_on_the_diagonal_and_orange_beside_it() -> None:
    figure = plots.confusion_plot([[8, 2, 0], [0, 9, 0]], ["a", "b"], ["a", "b", "unknown"])
    colours = np.asarray(figure.axes[0].images[0].get_array())
    assert colours.shape == (2, 3, 3)
    red, blue = colours[..., 0], colours[..., 2]
    assert blue[0, 0] > red[0, 0]
    assert red[0, 1] > blue[0, 1]
    shown = [text.get_text() for text in figure.axes[0].texts]
    assert shown == ["8", "80 %", "2", "20 %", "9", "100 %"]
    assert [tick.get_text() for tick in figure.axes[0].get_xticklabels()] == ["a", "b", "unknown"]
    assert [tick.get_text() for tick in figure.axes[0].get_yticklabels()] == ["a  (10)", "b  (9)"]


def test_percent_does_not_round_to_all_or_nothing() -> None:
    figure = plots.confusion_plot([[9999, 1], [0, 1]], ["a", "b"])
    assert [text.get_text() for text in figure.axes[0].texts] == [
        "9999",
        "99.9 %",
        "1",
        "0.1 %",
        "1",
        "100 %",
    ]


def test_class_without_clips() -> None:
    assert picture(plots.png(plots.confusion_plot([[3, 0], [0, 0]], ["a", "b"]))).size
    figure = plots.f1_plot(["a", "b"], [0.5, None])
    assert [text.get_text() for text in figure.axes[0].texts] == ["0.500", "no test clips"]


def test_names_are_not_formulas() -> None:
    labels = [r"$\frac$", "a_{b", "x" * 200]
    assert picture(plots.png(plots.confusion_plot(np.eye(3, dtype=int), labels))).shape[1] < 2000
    assert picture(plots.png(plots.distribution_plot(labels, {"train": [1, 2, 3]}))).shape[1] < 2000
    assert picture(plots.png(plots.f1_plot(labels, [1.0, 0.0, 0.5]))).shape[1] < 2000


def test_training_marks_the_best_epoch() -> None:
    figure = plots.training_plot({"train": [3, 2, 1], "dev": [3, 1, 2]}, {}, best_epoch=2)
    (axes,) = figure.axes
    marks = [line for line in axes.lines if len(line.get_xdata()) == 1]
    assert [(line.get_xdata()[0], line.get_ydata()[0]) for line in marks] == [(2, 2), (2, 1)]
    assert axes.get_legend().get_title().get_text() == "best epoch 2"


def test_training_of_one_epoch_and_with_gaps() -> None:
    assert picture(plots.png(plots.training_plot({"train": [1.0]}, {"train": [0.5]}, 1))).size
    assert picture(plots.png(plots.training_plot({"train": [1.0, float("nan")]}, {}))).size


def test_scores_without_mistakes() -> None:
    figure = plots.score_plot([0.5, 1.0], [True, True])
    assert [axes.get_title(loc="left") for axes in figure.axes] == [
        "right: 2 clips, median score 0.75",
        "wrong: 0 clips",
    ]
    heights = [sum(bar.get_height() for bar in axes.patches) for axes in figure.axes]
    assert heights == [2, 0]


@pytest.mark.parametrize("values", [[3.0], [np.nan, 3.0], [np.nan], [3.0] * 4])
def test_scatter_of_few_clips(values: list[float]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = plots.scatter_plot([3.0] * len(values), values)
        assert picture(plots.png(figure)).std() > 0.02
    points = figure.axes[0].collections[0].get_offsets()
    assert len(points) == np.isfinite(values).sum()
    low, high = figure.axes[0].get_xlim()
    assert low < high and figure.axes[0].get_ylim() == (low, high)


def test_values_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="3 rows"):
        plots.confusion_plot([[1, 2], [3, 4]], LABELS)
    with pytest.raises(ValueError, match="2 values for 3"):
        plots.f1_plot(LABELS, [1.0, 0.5])
    with pytest.raises(ValueError, match="'dev'"):
        plots.distribution_plot(LABELS, {"dev": [1, 2]})
    with pytest.raises(ValueError, match="no curves"):
        plots.training_plot({}, {})
    with pytest.raises(ValueError, match="scores of shape"):
        plots.score_plot([0.5], [True, False])


def test_pyplot_stays_out_and_matplotlib_is_lazy() -> None:
    code = (
        "import sys\n"
        "from vox_embed.report import content, html, metrics, pictures, plots, text\n"
        "assert 'matplotlib' not in sys.modules and 'jinja2' not in sys.modules\n"
        "plots.png(plots.f1_plot(['a', 'b'], [0.5, 1.0]))\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_labels_that_begin_with_a_line_are_in_legends() -> None:
    from vox_embed.report.ranking import rank
    from vox_embed.report.ranking_plot import ranking_plot

    truth = np.arange(40) % 2
    scores = np.stack([1 - truth * 0.5, truth * 0.5], axis=1) + np.random.default_rng(1).normal(
        0, 0.2, (40, 2)
    )
    figure = ranking_plot(rank(np.eye(2, dtype=bool)[truth], scores, ("_silence_", "yes")))
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert [text.split(":")[0].strip() for text in texts] == ["_silence_", "yes"]
