"""Late fusion: each way against its formula, weights from other speakers alone, and as a user calls it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from vox_embed.cli.main import main
from vox_embed.experiment import VoxError
from vox_embed.gate.tables import csv_text
from vox_embed.runs.compare import compare_runs
from vox_embed.runs.ensemble import METHODS, WAYS, ensemble

LABELS = ("x", "y", "z")
P = np.array(
    [
        [[0.6, 0.4, 0.0], [0.2, 0.3, 0.5]],
        [[0.1, 0.8, 0.1], [0.3, 0.4, 0.3]],
        [[0.5, 0.3, 0.2], [0.1, 0.5, 0.4]],
    ]
)


def entropy(p: np.ndarray) -> np.ndarray:
    return -(p * np.log(np.maximum(p, 1e-12))).sum(axis=-1) / np.log(3)


def test_ways() -> None:
    def way(name: str, threshold: float = 0.5) -> np.ndarray:
        return WAYS[name](P, threshold)

    np.testing.assert_allclose(way("mean"), P.mean(axis=0))
    np.testing.assert_allclose(way("sum"), P.sum(axis=0))
    np.testing.assert_allclose(way("max"), P.max(axis=0))
    assert way("majority_voting").argmax(axis=1).tolist() == [0, 1]
    np.testing.assert_allclose(way("max_class"), [P[1, 0], P[0, 1]])
    weights = 1 - entropy(P)
    wanted = (P * weights[:, :, None]).sum(axis=0) / weights.sum(axis=0)[:, None]
    np.testing.assert_allclose(way("uncertainty_weighted"), wanted)
    sure = P.max(axis=2)
    np.testing.assert_allclose(
        way("confidence_weighted"), (P * sure[:, :, None]).sum(0) / sure.sum(0)[:, None]
    )
    # the first clip's surest model is the second; of the second clip none is sure enough
    np.testing.assert_allclose(way("uncertainty_threshold", 0.7), [P[1, 0], P[:, 1].mean(axis=0)])
    np.testing.assert_allclose(way("uncertainty_threshold", 0.0), P.mean(axis=0))


def test_a_tie_of_votes_goes_to_the_higher_mean() -> None:
    two = np.array([[[0.55, 0.45]], [[0.1, 0.9]]])
    assert WAYS["majority_voting"](two, 0.5).argmax(axis=1).tolist() == [1]


def write(folder: Path, name: str, p: np.ndarray, truth: np.ndarray, order: np.ndarray | None = None) -> Path:
    rows = [
        [f"{i}.wav", "0.0", "", f"s{i % 6}", LABELS[truth[i]], LABELS[p[i].argmax()], f"{p[i].max():.5f}",
         *(f"{value:.5f}" for value in p[i])]
        for i in (range(len(p)) if order is None else order)
    ]  # fmt: skip
    heads = [
        "file",
        "start",
        "end",
        "speaker",
        "label",
        "predicted",
        "score",
        *(f"score_{x}" for x in LABELS),
    ]
    (folder / name).mkdir()
    (folder / name / "predictions.csv").write_text(csv_text(heads, rows))
    return folder / name


@pytest.fixture
def three(tmp_path: Path) -> tuple[list[Path], np.ndarray]:
    """Models that err apart from each other."""
    rng = np.random.default_rng(4)
    truth = rng.integers(3, size=600)
    found = []
    for i, share in enumerate((0.73, 0.7, 0.67)):
        said = np.where(rng.random(600) < share, truth, (truth + 1 + rng.integers(2, size=600)) % 3)
        p = rng.dirichlet((1, 1, 1), 600) * 0.5 + np.eye(3)[said] * 0.5
        found.append(write(tmp_path, f"m{i}", p, truth, rng.permutation(600)))
    return found, truth


@pytest.mark.parametrize("method", METHODS)
def test_an_ensemble_of_models_that_err_apart_is_better(
    three: tuple[list[Path], np.ndarray], method: str
) -> None:
    runs, _ = three
    fused = ensemble(runs, method)
    assert fused.best == "m0"
    assert set(fused.members) == {"m0", "m1", "m2"}
    one_alone = method in ("max_class", "max", "uncertainty_threshold", "uncertainty_weighted")
    assert fused.scores.uar > (0.6 if one_alone else fused.members["m0"].uar)
    assert fused.against.clips == 600
    assert fused.against.differences[1].b == pytest.approx(fused.scores.uar)


def test_what_it_writes_can_be_compared(three: tuple[list[Path], np.ndarray], tmp_path: Path) -> None:
    runs, _ = three
    out = tmp_path / "fused" / "predictions.csv"
    fused = ensemble(runs, "mean", out=out)
    again = compare_runs(runs[0], out)
    assert again.differences == fused.against.differences


def test_performance_weights_never_look_at_the_own_group(
    three: tuple[list[Path], np.ndarray], tmp_path: Path
) -> None:
    """Another truth of one speaker changes that speaker's answers not at all."""
    runs, truth = three
    first = tmp_path / "a.csv"
    ensemble(runs, "performance_weighted", out=first)
    changed = []
    for run in runs:
        rows = (run / "predictions.csv").read_text().splitlines()
        for i, row in enumerate(rows):
            cells = row.split(",")
            if cells[3] == "s0":
                rows[i] = ",".join(
                    [*cells[:4], LABELS[(truth[int(cells[0].split(".")[0])] + 1) % 3], *cells[5:]]
                )
        (tmp_path / f"c{run.name}").mkdir()
        (tmp_path / f"c{run.name}" / "predictions.csv").write_text("\n".join(rows) + "\n")
        changed.append(tmp_path / f"c{run.name}")
    second = tmp_path / "b.csv"
    ensemble(changed, "performance_weighted", out=second)

    def scores_of(file: Path) -> list[list[str]]:
        return [row.split(",")[6:] for row in file.read_text().splitlines() if ",s0," in row]

    assert scores_of(first) == scores_of(second)


def test_values_of_regressions(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    truth = rng.normal(5, 2, 60)
    runs = []
    for i, noise in enumerate((0.5, 2.0)):
        (tmp_path / f"r{i}").mkdir()
        rows = [[f"{k}.wav", "0", "", f"s{k % 5}", f"{t:.6g}", f"{t + e:.6g}"]
                for k, (t, e) in enumerate(zip(truth, rng.normal(0, noise, 60), strict=True))]  # fmt: skip
        rows[3 + i][-1] = ""  # held back by a gate
        text = csv_text(["file", "start", "end", "speaker", "truth", "value"], rows)
        (tmp_path / f"r{i}" / "predictions.csv").write_text(text)
        runs.append(tmp_path / f"r{i}")
    mean, weighted = ensemble(runs, "mean"), ensemble(runs, "performance_weighted")
    assert weighted.best == "r0"
    assert weighted.scores.mae < mean.scores.mae
    with pytest.raises(VoxError, match="is for classes"):
        ensemble(runs, "max")


def test_what_cannot_be_put_together(three: tuple[list[Path], np.ndarray], tmp_path: Path) -> None:
    runs, truth = three
    with pytest.raises(VoxError, match="two models or more"):
        ensemble(runs[:1])
    with pytest.raises(VoxError, match="there is no such way"):
        ensemble(runs, "median")
    with pytest.raises(VoxError, match="needs two groups"):
        ensemble(
            [write(tmp_path, f"o{i}", np.eye(3), np.arange(3)) for i in range(2)],
            "performance_weighted",
            by="start",
        )
    other = write(tmp_path, "short", np.full((3, 3), 1 / 3), truth[:3])
    with pytest.raises(VoxError, match="are missing"):
        ensemble([*runs, other])
    text = (runs[1] / "predictions.csv").read_text().replace("score_z", "score_w")
    (runs[1] / "predictions.csv").write_text(text)
    with pytest.raises(VoxError, match="has scores of w, x, y, not of x, y, z"):
        ensemble(runs)


def test_the_command(three: tuple[list[Path], np.ndarray], capsys: pytest.CaptureFixture[str]) -> None:
    runs, _ = three
    assert main(["ensemble", *map(str, runs), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["best"] == "m0"
    assert main(["ensemble", *map(str, runs)]) == 0
    assert "ensemble (mean): accuracy" in capsys.readouterr().out
