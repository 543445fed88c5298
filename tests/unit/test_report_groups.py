"""Intervals: what is drawn again where clips have a speaker, a session or a recording in common."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from vox_embed.data import load_dataset
from vox_embed.data.groups import Groups, drawn_text, groups_of
from vox_embed.experiment import VoxError, load_experiment
from vox_embed.report.fit import fit
from vox_embed.report.metrics import score
from vox_embed.report.text import report_text

Make = Callable[..., Path]


def width(interval: tuple[float, float]) -> float:
    return interval[1] - interval[0]


def speakers(count: int, clips: int, spread: float) -> tuple[np.ndarray, np.ndarray, Groups]:
    """Truth, answers and groups: each speaker is understood more or less well."""
    rng = np.random.default_rng(5)
    members = np.repeat(np.arange(count), clips)
    truth = rng.integers(0, 2, count * clips)
    share = np.clip(0.75 + spread * rng.standard_normal(count), 0, 1)
    right = rng.random(count * clips) < share[members]
    return truth, np.where(right, truth, 1 - truth), Groups(members, {"speaker": count})


def test_it_is_the_bootstrap_over_speakers() -> None:
    truth, answers, groups = speakers(20, 30, 0.15)
    found = score(truth, answers, ("a", "b"), groups=groups)
    rng = np.random.default_rng(11)
    drawn = []
    for _ in range(4000):
        clips = np.concatenate([np.flatnonzero(groups.members == g) for g in rng.integers(20, size=20)])
        drawn.append((truth[clips] == answers[clips]).mean())
    assert found.accuracy_ci95 == pytest.approx(np.percentile(drawn, (2.5, 97.5)), abs=0.012)
    alone = score(truth, answers, ("a", "b"))
    assert width(found.accuracy_ci95) > 1.5 * width(alone.accuracy_ci95)
    assert width(found.uar_ci95) > 1.5 * width(alone.uar_ci95)
    assert (found.accuracy, found.uar) == (alone.accuracy, alone.uar)


def test_speakers_that_do_not_differ_make_no_difference() -> None:
    truth, answers, groups = speakers(60, 10, 0.0)
    found, alone = (score(truth, answers, ("a", "b"), groups=g) for g in (groups, None))
    assert width(found.accuracy_ci95) == pytest.approx(width(alone.accuracy_ci95), rel=0.3)


@pytest.mark.parametrize("count", [1, 2, 9])
def test_few_speakers_do_not_make_it_narrower_than_clips(count: int) -> None:
    truth, answers, groups = speakers(count, 40, 0.0)
    found, alone = (score(truth, answers, ("a", "b"), groups=g) for g in (groups, None))
    assert found.accuracy_ci95[0] <= alone.accuracy_ci95[0] < alone.accuracy_ci95[1] <= found.accuracy_ci95[1]
    assert "so few say little" in drawn_text(found.resampled)


def test_neither_the_order_of_clips_nor_the_numbers_of_groups_matter() -> None:
    truth, answers, groups = speakers(15, 8, 0.2)
    rng = np.random.default_rng(1)
    order, numbers = rng.permutation(len(truth)), rng.permutation(15)
    mixed = Groups(numbers[groups.members[order]], groups.kinds)
    assert score(truth, answers, ("a", "b"), groups=groups) == score(
        truth[order], answers[order], ("a", "b"), groups=mixed
    )
    values = truth + 0.3 * rng.standard_normal(len(truth)) + 0.2 * groups.members
    one, other = (
        fit(truth[o], values[o], ("0", "1"), groups=g)
        for o, g in ((np.arange(len(truth)), groups), (order, mixed))
    )
    assert one.mae_ci95 == pytest.approx(other.mae_ci95, rel=1e-12)
    assert width(one.mae_ci95) > 1.5 * width(fit(truth, values, ("0", "1")).mae_ci95)
    assert one.to_dict()["ci95_resampled"] == {"speaker": 15}


def test_clips_without_a_value_leave_their_group() -> None:
    members = np.repeat(np.arange(12), 3)
    truth = np.arange(36.0)
    values = np.where(members == 4, np.nan, truth + members % 3)
    found = fit(truth, values, ("0", "36"), groups=Groups(members, {"speaker": 12}))
    assert found.resampled == {"speaker": 11} and found.silent == 3


def test_groups_of_a_dataset(make_corpus_csv: Make, write_experiment: Make) -> None:
    csv = make_corpus_csv()
    head, *lines = csv.read_text().splitlines()
    lines = [line.replace(",eve,", ",,") for line in lines]
    csv.write_text(
        "\n".join([head + ",start,room", *(f"{x},0.0,r{i % 3}" for i, x in enumerate(lines))]) + "\n"
    )
    settings = "split_strategy: test"
    dataset = load_dataset(load_experiment(write_experiment(csv, settings)), needs=())
    assert groups_of(dataset).kinds == {"speaker": 4, "clip": 8}
    assert groups_of(dataset).count == len(set(groups_of(dataset).members)) == 12
    by_room = load_dataset(load_experiment(write_experiment(csv, settings, "group: room")), needs=())
    assert groups_of(by_room).kinds == {"room": 3}
    assert groups_of(by_room, "speaker").kinds == groups_of(dataset).kinds
    assert drawn_text({"room": 3}) == "3 values of room: so few say little of others"
    assert drawn_text({"speaker": 4, "clip": 8}) == "4 speakers and 8 clips"
    cut = [f"{line.split(',')[0]},,f,low,0,{start},r" for line in lines[:20] for start in ("0.0", "0.1")]
    csv.write_text("\n".join([head + ",start,room", *cut]) + "\n")
    dataset = load_dataset(load_experiment(write_experiment(csv, settings)), needs=())
    assert groups_of(dataset).kinds == {"recording": 20}


def test_a_group_in_two_splits_is_told(make_corpus_csv: Make, write_experiment: Make) -> None:
    csv = make_corpus_csv()
    settings = "split_strategy: specified\ntest: {speaker: ann}"
    notes = load_dataset(load_experiment(write_experiment(csv, settings, "group: take"))).notes
    assert any("4 values of `take` are in train and in test (0, 1, 2, 3)" in note for note in notes)
    with pytest.raises(VoxError, match=r"data\.group: no column `takes`"):
        load_dataset(load_experiment(write_experiment(csv, settings, "group: takes")))


def test_it_is_named_wherever_it_stands() -> None:
    truth, answers, groups = speakers(12, 10, 0.1)
    found = score(truth, answers, ("a", "b"), groups=groups)
    assert "intervals: resampled 12 speakers" in report_text(found)
    assert found.to_dict()["ci95_resampled"] == found.brief()["ci95_resampled"] == {"speaker": 12}
    assert "intervals: resampled 120 clips" in report_text(score(truth, answers, ("a", "b")))
