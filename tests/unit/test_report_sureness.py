"""How sure, and how often right: bins, their distance from the truth, ranking, and the picture of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from test_report_html import example, read

from vox_embed.report.html import render
from vox_embed.report.plots import png
from vox_embed.report.sureness import sureness
from vox_embed.report.sureness_plot import sureness_plot


def test_scores_that_are_shares_are_on_the_line() -> None:
    random = np.random.default_rng(1)
    scores = random.random(20_000)
    true = sureness(scores, random.random(20_000) < scores)
    sure = sureness(np.sqrt(scores), random.random(20_000) < scores)
    assert true is not None
    assert sure is not None
    assert true.error < 0.02
    assert sure.error > 0.1
    for one in true.bins:
        assert one.clips == 2000
        assert one.ci95[0] - 0.01 < one.score < one.ci95[1] + 0.01
    assert true.kept[-1] == pytest.approx(0.5, abs=0.02)
    assert true.right_of(0.1) == pytest.approx(0.95, abs=0.02)
    assert true.auc == pytest.approx(5 / 6, abs=0.01)  # of uniform scores that are shares


def test_by_hand() -> None:
    found = sureness([0.9] * 10 + [0.5] * 10, [True] * 9 + [False] + [True] * 5 + [False] * 5)
    assert found is not None
    assert [(one.score, one.right, one.clips) for one in found.bins] == [(0.5, 0.5, 10), (0.9, 0.9, 10)]
    assert found.error == pytest.approx(0.0)
    assert found.kept == (0.9,) * 10 + (0.7,) * 10
    pairs = 9 * (0.5 + 5) + 5 * 0.5 * 5  # right and wrong of the same score count half
    assert found.auc == pytest.approx(pairs / (14 * 6))
    low, high = found.bins[1].ci95
    assert (low, high) == pytest.approx((0.5958, 0.9821), abs=1e-3)


@pytest.mark.parametrize("right", [True, False])
def test_one_kind_of_answers(right: bool) -> None:
    found = sureness(np.linspace(0, 1, 40), [right] * 40)
    assert found is not None
    assert found.auc is None
    assert set(found.kept) == {float(right)}
    png(sureness_plot(found))


def test_equal_scores_are_one_bin() -> None:
    found = sureness([1.0] * 50, [True] * 40 + [False] * 10)
    assert found is not None
    assert [one.clips for one in found.bins] == [50]
    assert set(found.kept) == {0.8}


def test_few_clips_have_none() -> None:
    assert sureness([0.5] * 19, [True] * 19) is None
    with pytest.raises(ValueError, match="shape"):
        sureness([0.5] * 20, [True] * 19)
    data = example()
    assert "How sure, and how often right" in read(render(data)).text
    few = replace(data, answer_scores=(0.5,) * 19, answer_correct=(True,) * 19)
    assert "How sure, and how often right" not in read(render(few)).text
