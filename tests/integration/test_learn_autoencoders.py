"""Training autoencoders, features of them, and what classifiers make of those."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from vox_embed.data.layouts.base import Partition
from vox_embed.experiment.errors import VoxError
from vox_embed.features.autoencoder.checkpoints import steps_of
from vox_embed.features.autoencoder.settings import Architecture, Recurrent, Windows, load_architecture
from vox_embed.features.autoencoder.training import Epoch, Run, train
from vox_embed.learn.classify import How, Mlp, Svm, cross_validate, evaluate_partitions, predict, voted
from vox_embed.learn.encoder import Encoder
from vox_embed.learn.instances import Instances, make_table
from vox_embed.learn.source import features_of

xarray = pytest.importorskip("xarray")
TIME, FREQ = 6, 8
PLAIN = Recurrent(1, 4)
FULL = Recurrent(2, 3, True, True, 0.9, 0.1, 0.5, "LSTM")


def sounds(count: int = 12) -> NDArray[np.float32]:
    """Bumps that wander: two kinds."""
    t, f = np.mgrid[0:TIME, 0:FREQ]
    made = [np.exp(-0.5 * (f - (2 if i % 2 else 5) - 0.3 * t * (i % 3)) ** 2) for i in range(count)]
    return (2 * np.array(made) - 1).astype(np.float32)


def architecture(kind: str, of: Recurrent) -> Architecture:
    windows = None if kind == "t-rae" else Windows(4, 2)
    return Architecture(
        kind,  # type: ignore[arg-type]
        (TIME, FREQ),
        None if kind == "f-rae" else of,
        None if kind == "t-rae" else of,
        windows,
    )


@pytest.mark.parametrize(
    ("kind", "of"), [("t-rae", PLAIN), ("t-rae", FULL), ("f-rae", PLAIN), ("ft-rae", FULL)]
)
def test_it_learns_and_generates(tmp_path: Path, kind: str, of: Recurrent) -> None:
    data = sounds()
    told: list[Epoch] = []
    made = architecture(kind, of)
    run = Run(tmp_path / "run", 6, 3, 1e-2)
    last = train(data, made, run, told.append)
    assert [epoch.number for epoch in told] == [1, 2, 3]
    assert (last.step, steps_of(run.logs)) == (6, [2, 4, 6])
    assert told[-1].rmse < told[0].rmse
    assert load_architecture(run.logs) == made
    features = Encoder(run.logs).features(data)
    width = 24 if of is FULL else 4
    assert features.shape == ((12, TIME, width) if kind == "f-rae" else (12, width))
    assert np.abs(features).max() <= 1
    assert np.abs(features[0] - features[1]).max() > 1e-4
    np.testing.assert_array_equal(Encoder(run.logs, 6).features(data), features)
    assert np.abs(Encoder(run.logs, 2).features(data) - features).max() > 0


def test_going_on_ends_as_one_run(tmp_path: Path) -> None:
    data, made = sounds(), architecture("t-rae", replace(PLAIN, encoder_noise=0.2, feed_previous=0.3))
    train(data, made, Run(tmp_path / "whole", 5, 4))
    train(data, made, Run(tmp_path / "parts", 5, 2))
    train(data, made, Run(tmp_path / "parts", 5, 4, go_on=True))
    for name in ("last.npz", "model-12.npz"):
        assert (tmp_path / "whole" / "logs" / name).read_bytes() == (
            tmp_path / "parts" / "logs" / name
        ).read_bytes()
    assert any(
        path.name.startswith("events.out.tfevents") for path in (tmp_path / "whole" / "logs").iterdir()
    )


def test_runs_do_not_mix(tmp_path: Path) -> None:
    data, made = sounds(), architecture("t-rae", PLAIN)
    run = Run(tmp_path, 12, 1)
    with pytest.raises(VoxError, match="no checkpoint to go on from"):
        train(data, made, replace(run, go_on=True))
    train(data, made, run)
    for other, settings, says in (
        (made, run, "checkpoints of another run"),
        (
            architecture("t-rae", replace(PLAIN, units=5)),
            replace(run, go_on=True, epochs=2),
            r"other settings \(time\)",
        ),
        (made, replace(run, go_on=True, seed=1, epochs=2), "--seed 0"),
        (made, replace(run, go_on=True), "1 epochs are done already"),
    ):
        with pytest.raises(VoxError, match=says):
            train(data, other, settings)
    with pytest.raises(VoxError, match="no checkpoint of step 9"):
        Encoder(run.logs, 9)
    with pytest.raises(VoxError, match="holds a t-rae, not a f-rae"):
        Encoder(run.logs, None, "f-rae")
    architecture("t-rae", replace(PLAIN, units=5)).save(run.logs)
    with pytest.raises(VoxError, match="another architecture"):
        Encoder(run.logs)
    with pytest.raises(VoxError, match="no trained autoencoder"):
        Encoder(tmp_path / "nowhere")


def test_only_the_last_checkpoints_are_kept(tmp_path: Path) -> None:
    run = Run(tmp_path, 12, 4, keep_models=2)
    train(sounds(), architecture("t-rae", PLAIN), run)
    assert steps_of(run.logs) == [3, 4]


def as_instances(values: NDArray[Any], labels: list[str | None] | None = None) -> Instances:
    count = len(values)
    texts: list[str | None] = [("even", "odd")[i % 2] for i in range(count)] if labels is None else labels
    folds = np.array([[int(i // 2 % 2 == f) for f in range(2)] for i in range(count)], np.int8)
    table = make_table(
        [f"{i // 2 * 2 + i % 2}.wav" for i in range(count)],
        [0] * count,
        texts,
        [None if text is None else int(text == "odd") for text in texts],
        [i // 2 % 3 for i in range(count)],
    )
    dims = ("instance", "generated") if values.ndim == 2 else ("instance", "time", "freq")
    return Instances(
        table, folds, xarray.DataArray(values.astype(np.float32), dims=dims), {"even": 0, "odd": 1}
    )


def test_features_larger_than_memory(tmp_path: Path) -> None:
    parts = [as_instances(sounds(8)), as_instances(sounds(5))]
    sets = [("a.nc", parts[0]), ("b.nc", parts[1])]
    with features_of(sets) as held, features_of(sets, tmp_path / "t", most=100) as mapped:
        assert isinstance(mapped, np.memmap)
        np.testing.assert_array_equal(held, mapped)
    assert not (tmp_path / "t").exists()
    with pytest.raises(VoxError, match="exists already"), features_of(sets, tmp_path):
        pass
    with (
        pytest.raises(VoxError, match=r"b.nc: its spectrograms have 3 x 8 values, those of a.nc 6 x 8"),
        features_of([sets[0], ("b.nc", as_instances(sounds(5)[:, :3]))]),
    ):
        pass


def _separable(count: int = 24) -> NDArray[np.float32]:
    random = np.random.default_rng(3)
    return np.array(
        [[3.0 * (i % 2), -1.0 * (i % 2), 5.0] + 0.03 * random.standard_normal(3) for i in range(count)],
        np.float32,
    )


@pytest.mark.parametrize("machine", [Svm(10), Mlp(epochs=60, units=8, shuffle=True)], ids=["svm", "mlp"])
def test_classes_that_are_apart_are_told_apart(machine: Svm | Mlp) -> None:
    data = as_instances(_separable())
    found = cross_validate(data, machine, How(repeat=2, upsample=True))
    assert (found.accuracy, found.uar, len(found.parts)) == (1, 1, 4)
    assert found.confusion.tolist() == [[24, 0], [0, 24]]
    assert found.labels == ("even", "odd")
    found = evaluate_partitions(data, machine, How(), ([Partition.TRAIN, Partition.DEVEL], [Partition.TEST]))
    assert (found.accuracy, found.parts[0].name) == (1, "test")
    unknown = as_instances(_separable(4), [None] * 4)
    lines = predict((data, [Partition.TRAIN]), (unknown, []), machine, How(majority_vote=True))
    assert lines == [("0.wav", "even"), ("1.wav", "odd"), ("2.wav", "even"), ("3.wav", "odd")]


def test_scaling_is_learned_from_training_rows_alone() -> None:
    """What is in the validation split changes nothing of what is learned."""
    data = as_instances(_separable())
    spoilt = data.read(0, len(data)).copy()
    spoilt[data.folds[:, 0] == 1] *= 1000
    seen: list[NDArray[np.float32]] = []

    class Spy(Svm):
        def fit_predict(self, rows: Any, labels: Any, others: Any, classes: int, seed: int) -> Any:
            seen.append(rows)
            return super().fit_predict(rows, labels, others, classes, seed)

    for values in (data.read(0, len(data)), spoilt):
        cross_validate(replace(as_instances(values), folds=data.folds[:, :1]), Spy(0.1), How())
    np.testing.assert_array_equal(seen[0], seen[1])


def test_a_vote_a_file() -> None:
    files = np.array(["b", "a", "b", "b", "a"], object)
    assert voted(files, np.array([2, 1, 2, 0, 0])).tolist() == [2, 0]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (replace(as_instances(_separable()), folds=np.zeros((24, 0), np.int8)), "has no folds"),
        (replace(as_instances(_separable()), folds=np.ones((24, 1), np.int8)), "empty training split"),
        (as_instances(_separable(), [None] * 24), "no label"),
        (as_instances(sounds(24)), "one-dimensional features"),
    ],
    ids=["no folds", "empty fold", "no labels", "spectrograms"],
)
def test_what_cannot_be_evaluated(data: Instances, says: str) -> None:
    with pytest.raises(VoxError, match=says):
        cross_validate(data, Svm(0.1), How())


def test_partitions_that_do_not_fit() -> None:
    data = as_instances(_separable())
    with pytest.raises(VoxError, match="both for training and for evaluation"):
        evaluate_partitions(data, Svm(1), How(), ([Partition.TRAIN], [Partition.TRAIN]))
    few = data.chosen(np.flatnonzero(data.table["partition"] == 0))
    with pytest.raises(VoxError, match="partition TEST is empty"):
        evaluate_partitions(few, Svm(1), How(), ([Partition.TRAIN], [Partition.TEST]))
