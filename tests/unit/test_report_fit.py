"""Figures of a regression against their definitions, and what is shown of them."""

from __future__ import annotations

import numpy as np
import pytest

from vox_embed.experiment import VoxError
from vox_embed.report.content import largest_errors
from vox_embed.report.fit import FIGURES, Fit, fit
from vox_embed.report.text import report_text

LABELS = ("20", "40", "60")


def sample(clips: int = 80, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    truth = random.uniform(20, 60, clips)
    return truth, 0.7 * truth + 9 + random.normal(0, 5, clips)


def test_figures_are_as_defined() -> None:
    truth, values = sample()
    found = fit(truth, values, LABELS)
    assert found.mae == pytest.approx(np.abs(values - truth).mean())
    assert found.rmse == pytest.approx(np.sqrt(((values - truth) ** 2).mean()))
    assert found.pearson == pytest.approx(np.corrcoef(truth, values)[0, 1])
    # Lin 1989, equation 2: 2 s12 / (s1^2 + s2^2 + (mean1 - mean2)^2)
    spread = truth.var() + values.var() + (truth.mean() - values.mean()) ** 2
    expected = 2 * ((truth - truth.mean()) * (values - values.mean())).mean() / spread
    assert found.ccc == pytest.approx(expected)
    for _, field in FIGURES:
        low, high = getattr(found, f"{field}_ci95")
        assert low < getattr(found, field) < high


def test_only_the_truth_itself_concords() -> None:
    truth, _ = sample()
    assert fit(truth, truth, LABELS).ccc == pytest.approx(1.0)
    shifted = fit(truth, truth + 12.0, LABELS)
    assert shifted.pearson == pytest.approx(1.0) and shifted.ccc is not None and shifted.ccc < 0.8
    assert shifted.mae_ci95 == pytest.approx((12.0, 12.0))
    far = fit(truth + 1e6, truth + 1e6, LABELS)
    assert far.ccc == pytest.approx(1.0, abs=1e-9) and far.rmse == pytest.approx(0.0, abs=1e-6)


def test_intervals_cover_as_often_as_they_say() -> None:
    """Of samples of a population with a known MAE; 95 % of 100 intervals, give or take four deviations."""
    hits = 0
    for seed in range(100):
        error = np.random.default_rng(seed).normal(0, 1, 60)
        low, high = fit(np.zeros(60), error, LABELS, resamples=300, seed=seed).mae_ci95
        hits += low <= np.sqrt(2 / np.pi) <= high
    assert hits >= 86


def test_the_order_of_the_clips_does_not_matter() -> None:
    truth, values = sample()
    order = np.random.default_rng(2).permutation(len(truth))
    assert fit(truth[order], values[order], LABELS) == fit(truth, values, LABELS)


def test_clips_without_a_value_are_left_out_and_said() -> None:
    truth, values = sample()
    gated = values.copy()
    gated[:3] = np.nan
    found = fit(truth, gated, LABELS)
    assert (found.clips, found.silent) == (80, 3)
    assert found.mae == fit(truth[3:], values[3:], LABELS).mae
    assert "3 of 80 test clips have no value" in report_text(found)
    with pytest.raises(VoxError, match="energy gate"):
        fit(truth, np.full(80, np.nan), LABELS)
    with pytest.raises(VoxError, match="no test clips"):
        fit([], [], LABELS)
    with pytest.raises(ValueError, match="true numbers"):
        fit([1.0], [1.0, 2.0], LABELS)


@pytest.mark.parametrize("value", [31.7, 0.0, 1e9 / 3])
def test_constants_have_no_correlation(value: float) -> None:
    truth, _ = sample()
    found = fit(truth, np.full(len(truth), value), LABELS)
    assert found.pearson is None and found.pearson_ci95 is None and found.ccc == 0.0
    one = fit([30.0], [30.0], LABELS)
    assert (one.mae, one.rmse, one.pearson, one.ccc) == (0.0, 0.0, None, None)
    assert "no correlation" in report_text(found) and "-" in report_text(one)


def test_the_table_shows_both_models() -> None:
    truth, values = sample()
    text = report_text(fit(truth, values, LABELS), fit(truth, values + 1, LABELS))
    lines = text.splitlines()
    assert [line.split()[0] for line in lines[2:6]] == ["MAE", "RMSE", "Pearson", "CCC"]
    assert "float" in lines[0] and "80 test clips, results from 20 to 60" in text


def test_largest_errors_come_first() -> None:
    found = largest_errors(["a", "b", "c", "d"], [1, 2, 3, 4], [1.5, np.nan, -1, 3.5], limit=2)
    assert [(one.file, one.score) for one in found] == [("c", -4.0), ("a", 0.5)]


def test_everything_goes_to_json() -> None:
    import json

    found: Fit = fit([1.0, 1.0], [2.0, 2.0], LABELS)
    assert json.loads(json.dumps(found.to_dict()))["pearson"] is None
