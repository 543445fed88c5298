"""Tables as text: the layout, and that no cell is lost at any width."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
from rich.cells import cell_len
from rich.console import Console

from vox_embed.report import text
from vox_embed.report.metrics import Scores, score


def scores_of(classes: int, clips: int = 1500, name: str = "word{}") -> Scores:
    random = np.random.default_rng(classes)
    truth = random.integers(0, classes, clips)
    predicted = np.where(random.random(clips) < 0.6, truth, random.integers(-2, classes, clips))
    return score(truth, predicted, [name.format(i) for i in range(classes)])


def test_confusion_layout() -> None:
    scores = score(["yes", "yes", "no", "no", "no"], [0, 1, 1, 1, -1], ["yes", "no"])
    assert text.confusion_text(scores) == (
        "truth  yes  no  unknown\n───────────────────────\nyes      1   1        .\nno       .   2        1\n"
    )


@pytest.mark.parametrize("classes", [2, 10, 35, 96])
@pytest.mark.parametrize("width", [40, 80, 100, 200])
def test_confusion_keeps_every_clip_within_the_width(classes: int, width: int) -> None:
    scores = scores_of(classes)
    lines = text.confusion_text(scores, width).splitlines()
    assert max(map(cell_len, lines)) <= width
    cells: dict[int, list[int]] = {i: [] for i in range(classes)}
    for line in lines:
        row = re.match(r"(?:\d+ )?word(\d+) ([\s\d.]+)$", line)
        if row:
            cells[int(row[1])] += [0 if cell == "." else int(cell) for cell in row[2].split()]
    assert [tuple(row) for row in cells.values()] == list(scores.confusion)


def test_names_alike_when_shortened_are_numbered() -> None:
    scores = score([0, 0, 1], [0, -1, 0], ["the same beginning A", "the same beginning B"])
    lines = text.confusion_text(scores).splitlines()
    assert lines[0].split() == ["truth", "1", "2", "unknown"]
    assert lines[2].split() == ["1", "the", "same", "beginnin…", "1", ".", "1"]
    assert lines[3].split() == ["2", "the", "same", "beginnin…", "1", ".", "."]


def test_wide_characters_and_control_characters() -> None:
    scores = score([0, 1, 1], [0, 1, 0], ["はい" * 8, "no\x1b[31m\nway"])
    for line in text.report_text(scores, None, 60).splitlines():
        assert cell_len(line) <= 60
        assert "\x1b" not in line


def test_markup_in_labels_is_not_interpreted() -> None:
    scores = score([0, 1], [0, 0], ["[red]x", "[/]"])
    out = text.report_text(scores)
    assert "[red]x" in out
    assert "[/]: never predicted" in out


def test_summary_shows_the_loss_in_points() -> None:
    truth = [0] * 100 + [1] * 100
    integer = score(truth, [0] * 99 + [1] * 101, ["a", "b"])
    reference = score(truth, truth, ["a", "b"])
    out = text.plain(text.summary_table(integer, reference))
    accuracy = next(line for line in out.splitlines() if line.startswith("accuracy"))
    assert accuracy.split()[0:2] == ["accuracy", "0.9950"]
    assert accuracy.split()[-1] == "0.50"
    assert "1.0000 .. 1.0000" in accuracy
    assert "200 test clips, 2 classes" in out
    alone = text.plain(text.summary_table(integer))
    assert "float" not in alone
    assert "loss" not in alone


def test_no_negative_zero() -> None:
    scores = score([0, 1, 1], [0, 1, 0], ["a", "b"])
    assert "-0.00" not in text.plain(text.summary_table(scores, scores))


def test_classes_without_clips_have_a_dash_and_a_note() -> None:
    out = text.plain(text.class_table(score([0, 0], [0, 1], ["a", "b"])), 60)
    row = next(line for line in out.splitlines() if line.startswith("b "))
    assert row.split() == ["b", "0.000", "-", "-", "0"]
    assert "b: no test clips, left out of the UAR" in out


@pytest.mark.parametrize("width", [60, 80, 100])
def test_long_class_names_do_not_cut_figures(width: int) -> None:
    scores = scores_of(3, name="a class with a name that is very long indeed, number {}")
    out = text.plain(text.class_table(scores), width)
    for one in scores.per_class:
        assert f"{one.recall:.3f}" in out
    assert max(map(len, out.splitlines())) <= width


def test_colours_only_in_a_terminal() -> None:
    terminal = io.StringIO()
    Console(file=terminal, width=100, force_terminal=True, color_system="truecolor").print(
        text.confusion_table(scores_of(3))
    )
    assert "\x1b[" in terminal.getvalue()
    assert "\x1b" not in text.confusion_text(scores_of(3))


def test_too_narrow_is_refused() -> None:
    with pytest.raises(ValueError, match="less than 40"):
        text.confusion_text(scores_of(2), 39)
