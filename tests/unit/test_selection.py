"""model.select: values by name or by importance, learned on training rows alone; a device computes no
others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from vox_embed.core import Frontend, Model
from vox_embed.experiment import VoxError, load_experiment
from vox_embed.experiment.schema import Selection
from vox_embed.features.functionals import Functionals
from vox_embed.models.selecting import selected
from vox_embed.program.vxm import read_sections
from vox_embed.runs import evaluate_stored, train
from vox_embed.spec.model_format import SectionTag

Make = Callable[..., Path]
REST = """
features: {{type: lld, sample_rate: 16000, names: [f0, centroid, mfcc_1, loudness], deltas: 1}}
window: {{length_ms: 400, stride_ms: 400, functionals: [mean, std, p50]}}
model: {{{model}}}
"""


def made(write: Make, corpus: Make, model: str) -> Path:
    return write(corpus(), "test_size: 30", "", REST.format(model=model))


@pytest.mark.parametrize(
    ("select", "wanted"),
    [
        (
            "{names: [centroid_mean, centroid_std, centroid_p50, mfcc_1_delta_mean]}",
            {"centroid_mean", "centroid_std", "centroid_p50", "mfcc_1_delta_mean"},
        ),
        (
            "{drop: ['f0*', '*_std', '*_p50', 'loudness*', 'centroid_delta*']}",
            {"centroid_mean", "mfcc_1_mean", "mfcc_1_delta_mean"},
        ),
    ],
)
def test_a_device_computes_what_is_kept_alone(
    select: str, wanted: set[str], write_experiment: Make, make_corpus_csv: Make, tmp_path: Path
) -> None:
    path = made(write_experiment, make_corpus_csv, f"type: forest, trees: 8, select: {select}")
    settings = load_experiment(path)
    outcome = train(settings, root=tmp_path / "results")
    assert outcome.integer is not None and outcome.reference is not None
    np.testing.assert_array_equal(outcome.integer.predicted, outcome.reference.predicted)
    data = outcome.model.read_bytes()
    sections = read_sections(data)
    front = Frontend(sections[SectionTag.FRONTEND])
    assert Model(data).functional_count == len(wanted)
    assert front.bands < 5
    again, _ = evaluate_stored(settings, outcome.model, outcome.model.with_name("model.float.npz"))
    assert again.to_dict() == outcome.to_dict()
    log = (tmp_path / "results" / settings.name / "train.log").read_text(encoding="utf-8")
    assert f"{len(wanted)} of 24 values are kept" in log


@pytest.mark.parametrize("by", ["trees", "anova", "mutual_information", "linear"])
@pytest.mark.parametrize("task", ["classification", "regression", "tags"])
def test_importance_finds_what_tells_the_target(by: str, task: str) -> None:
    random = np.random.default_rng(3)
    rows = random.normal(0, 100, (120, 9)).astype(np.int16)
    told = rows[:, 4] > 0
    targets = {
        "classification": told.astype(np.int64),
        "regression": rows[:, 4] + random.normal(0, 5, 120),
        "tags": np.stack([told, rows[:, 7] > 10], axis=1),
    }[task]
    names = [f"v{i}" for i in range(9)]
    count = 2 if task == "tags" else 1
    select = Selection(keep=count, by=by)
    kept = selected(select, names, rows, targets, 1, task=task)
    assert kept.tolist() == ([4, 7] if task == "tags" else [4])
    share = selected(Selection(keep=0.34, by=by), names, rows, targets, 1, task=task)
    assert len(share) == 3
    assert set(kept.tolist()) <= set(share.tolist())


def test_functionals_without_some_features_give_the_same_values() -> None:
    whole = Functionals(("a", "b", "c"), ("mean", "p50"), 100.0, ranges=((0, 3), (5, 4), (1, 2)), kept=(1, 4))
    frames = np.random.default_rng(1).integers(-50, 50, (20, 3)).astype(np.int16)
    narrow = whole.on(("a", "c"))
    assert narrow.names == whole.names == ("a_p50", "c_mean")
    np.testing.assert_array_equal(narrow.extract(frames[:, [0, 2]], 20, 20), whole.extract(frames, 20, 20))


@pytest.mark.parametrize(
    ("select", "message"),
    [
        ("{names: [centroit_mean]}", "centroid_mean"),
        ("{keep: 1.5}", "share between 0 and 1"),
        ("{by: anova, names: [f0_mean]}", "would do nothing"),
        ("{}", "nothing is selected"),
        ("{keep: 3, bye: anova}", "`by`"),
    ],
)
def test_bad_selections_are_refused(
    select: str, message: str, write_experiment: Make, make_corpus_csv: Make, tmp_path: Path
) -> None:
    path = made(write_experiment, make_corpus_csv, f"type: tree, select: {select}")
    with pytest.raises(VoxError) as caught:
        train(load_experiment(path), root=tmp_path / "results")
    assert message in f"{caught.value.message} {caught.value.hint}"


def test_what_is_anomalous_is_not_told_by_normal_rows() -> None:
    with pytest.raises(VoxError, match="normal rows alone"):
        selected(Selection(keep=1), ["a", "b"], np.zeros((4, 2)), np.zeros(4, int), 1, task="anomaly")
