"""Scores: against scikit-learn, against cases done by hand, and what is refused."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from vox_embed.experiment.errors import VoxError
from vox_embed.report.metrics import SILENCE, UNKNOWN, answer_names, points_lost, score


def random_answers(seed: int, clips: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    truth = random.integers(0, classes, clips)
    return truth, np.where(random.random(clips) < 0.7, truth, random.integers(0, classes, clips))


@pytest.mark.parametrize(("seed", "clips", "classes"), [(1, 40, 2), (2, 300, 10), (3, 2000, 35)])
def test_equals_scikit_learn(seed: int, clips: int, classes: int) -> None:
    from sklearn import metrics

    truth, predicted = random_answers(seed, clips, classes)
    scores = score(truth, predicted, [f"c{i}" for i in range(classes)])
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        truth, predicted, labels=range(classes), zero_division=0
    )
    assert scores.accuracy == pytest.approx(metrics.accuracy_score(truth, predicted))
    assert scores.uar == pytest.approx(metrics.balanced_accuracy_score(truth, predicted))
    np.testing.assert_array_equal(
        scores.confusion, metrics.confusion_matrix(truth, predicted, labels=range(classes))
    )
    np.testing.assert_allclose([one.precision or 0 for one in scores.per_class], precision)
    np.testing.assert_allclose([one.recall for one in scores.per_class], recall)
    np.testing.assert_allclose([one.f1 for one in scores.per_class], f1)
    assert [one.support for one in scores.per_class] == support.tolist()


def test_by_hand_with_labels_and_verdicts() -> None:
    truth = ["yes", "yes", "yes", "yes", "no", "no"]
    scores = score(truth, [0, 0, 0, UNKNOWN, 0, 1], ["yes", "no"])
    assert scores.columns == ("yes", "no", "unknown")
    assert scores.confusion == ((3, 0, 1), (1, 1, 0))
    assert scores.accuracy == pytest.approx(4 / 6)
    assert scores.uar == pytest.approx((3 / 4 + 1 / 2) / 2)
    yes, no = scores.per_class
    assert (yes.precision, yes.recall, yes.support, yes.predicted) == (3 / 4, 3 / 4, 4, 4)
    assert no.f1 == pytest.approx(2 * 1 * 0.5 / 1.5)
    assert scores.notes == ()


def test_only_silence_occurs() -> None:
    scores = score([0, 1], [SILENCE, 1], ["a", "b"])
    assert scores.columns == ("a", "b", "silence")
    assert scores.confusion == ((0, 0, 1), (0, 1, 0))


def test_a_class_named_unknown_is_not_the_verdict() -> None:
    scores = score(["unknown", "a"], [UNKNOWN, 0], ["a", "unknown"])
    assert scores.columns == ("a", "unknown", "(unknown)")
    assert scores.confusion == ((1, 0, 0), (0, 0, 1))
    assert scores.accuracy == 0.5


def test_class_without_test_clips_is_reported() -> None:
    scores = score(["a", "a", "b"], [0, 2, 1], ["a", "b", "c", "d"])
    assert scores.uar == pytest.approx((1 / 2 + 1) / 2)
    c, d = scores.per_class[2:]
    assert (c.precision, c.recall, c.f1, c.support) == (0.0, None, None, 0)
    assert (d.precision, d.recall, d.f1, d.support) == (None, None, None, 0)
    assert [note.split(":")[0] for note in scores.notes] == ["c", "d"]
    assert "no test clips" in scores.notes[0]
    written = json.loads(json.dumps(scores.to_dict(), allow_nan=False))
    assert [one["label"] for one in written["per_class"]] == ["a", "b", "c", "d"]
    assert written["per_class"][2]["recall"] is None
    assert written["notes"] == list(scores.notes)


def test_class_never_predicted_is_noted() -> None:
    scores = score([0, 1], [0, 0], ["a", "b"])
    assert scores.per_class[1].precision is None
    assert scores.per_class[1].f1 == 0
    assert scores.notes == ("b: never predicted",)


def test_bootstrap_is_deterministic_and_follows_the_seed() -> None:
    truth, predicted = random_answers(5, 200, 4)
    labels = list("abcd")
    first = score(truth, predicted, labels)
    order = np.random.default_rng(0).permutation(200)
    assert score(truth, predicted, labels) == first
    assert score(truth[order], predicted[order], labels) == first
    assert score(truth, predicted, labels, seed=1).uar_ci95 != first.uar_ci95
    assert first.uar_ci95[0] < first.uar < first.uar_ci95[1]
    assert first.accuracy_ci95[0] < first.accuracy < first.accuracy_ci95[1]


def test_bootstrap_agrees_with_resampling_of_clips() -> None:
    """The counts drawn at once against the definition: draw clips with replacement, score each draw."""
    truth, predicted = random_answers(6, 120, 5)
    truth[:3], predicted[:3] = 4, (4, 0, 4)
    keep = (truth != 4) | (np.arange(120) < 3)  # a class of three clips, which some draws miss
    truth, predicted = truth[keep], predicted[keep]
    random = np.random.default_rng(1)
    accuracies, uars = [], []
    for _ in range(4000):
        draw = random.integers(0, len(truth), len(truth))
        right = truth[draw] == predicted[draw]
        accuracies.append(right.mean())
        uars.append(np.mean([right[truth[draw] == c].mean() for c in np.unique(truth[draw])]))
    scores = score(truth, predicted, list("abcde"), resamples=4000)
    np.testing.assert_allclose(scores.accuracy_ci95, np.percentile(accuracies, (2.5, 97.5)), atol=0.012)
    np.testing.assert_allclose(scores.uar_ci95, np.percentile(uars, (2.5, 97.5)), atol=0.015)


def test_interval_of_perfect_answers_is_a_point() -> None:
    scores = score([0, 1, 1], [0, 1, 1], ["a", "b"])
    assert scores.accuracy_ci95 == (1.0, 1.0)
    assert scores.uar_ci95 == (1.0, 1.0)


def test_points_lost() -> None:
    assert points_lost(0.985, 0.99) == pytest.approx(0.5)
    assert points_lost(0.99, 0.985) == pytest.approx(-0.5)


def test_no_clips_and_foreign_labels_are_for_the_user() -> None:
    with pytest.raises(VoxError, match="no test clips"):
        score([], [], ["a", "b"])
    with pytest.raises(VoxError, match="'maybe' of test clip 1") as caught:
        score(["yes", "maybe"], [0, 0], ["yes", "no"])
    assert "yes, no" in (caught.value.hint or "")
    with pytest.raises(VoxError, match="nan of test clip 0"):
        score(np.array([math.nan, "yes"], dtype=object), [0, 0], ["yes", "no"])


@pytest.mark.parametrize(
    ("truth", "predicted", "labels", "error"),
    [
        ([0, 1], [0], ["a", "b"], ValueError),
        ([0, 2], [0, 0], ["a", "b"], ValueError),
        ([0, -1], [0, 0], ["a", "b"], ValueError),
        ([0, 1], [0, 2], ["a", "b"], ValueError),
        ([0, 1], [0, -3], ["a", "b"], ValueError),
        ([0, 1], [0.0, 1.0], ["a", "b"], TypeError),
        ([0, 1], [0, 1], ["a", "a"], ValueError),
        ([0, 1], [0, 1], [], ValueError),
        ([[0, 1]], [0, 1], ["a", "b"], ValueError),
    ],
)
def test_arrays_that_do_not_fit_are_refused(truth, predicted, labels, error) -> None:
    with pytest.raises(error):
        score(truth, predicted, labels)


def test_verdicts_have_their_own_names() -> None:
    assert answer_names(("a",)) == {UNKNOWN: "unknown", SILENCE: "silence", 0: "a"}
    assert answer_names(("silence",)) == {UNKNOWN: "unknown", SILENCE: "(silence)", 0: "silence"}
    scores = score([0, 0, 0, 1], [0, UNKNOWN, UNKNOWN, SILENCE], ("a", "unknown"))
    assert scores.columns == ("a", "unknown", "(unknown)", "silence")
    assert scores.confusion == ((1, 0, 2, 0), (0, 0, 0, 1))
