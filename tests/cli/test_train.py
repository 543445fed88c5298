"""train, evaluate, and what happens when they are disturbed: as a user types it, on a corpus of tones."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import soundfile

from helpers.hidden import HIDE
from helpers.interrupt import VOX_EMBED_WITH_CTRL_C
from helpers.sounds import tone

VOX_EMBED = [sys.executable, "-m", "vox_embed.cli.main"]
LABELS = ("low", "mid", "high")
EXPERIMENT = """
name: tones
data:
  databases:
    tones: {path: corpus/table.csv, test_size: 25}
features: {type: logmel, sample_rate: 8000, window_ms: 25, hop_ms: 20, bands: 16}
window: {length_ms: 300, stride_ms: 100, normalise: none}
model: {type: MODEL, epochs: EPOCHS, batch_size: 8, learning_rate: 0.01, patience: 50}
augment: {shift_ms: 30, gain_db: [-6, 0]}
"""
SETTINGS = {"dscnn": "width: 8, blocks: 1", "cnn": "widths: [4, 6, 8], dense: 12"}


def make_project(folder: Path, model: str = "dscnn", epochs: int = 8) -> Path:
    """An experiment and its corpus: 3 labels, 8 speakers, 3 takes, tones of 400, 800 and 1600 Hz."""
    (folder / "corpus" / "audio").mkdir(parents=True)
    lines = ["file,speaker,label"]
    for i, label in enumerate(LABELS):
        for speaker in range(8):
            for take in range(3):
                name = f"audio/{label}_{speaker}_{take}.wav"
                sound = tone(
                    400 * 2**i + 5 * speaker, 0.25 + 0.05 * take, 8000, 100 * i + 10 * speaker + take
                )
                soundfile.write(folder / "corpus" / name, sound, 8000)
                lines.append(f"{name},s{speaker},{label}")
    (folder / "corpus" / "table.csv").write_text("\n".join(lines) + "\n")
    text = EXPERIMENT.replace("MODEL", f"{model}, {SETTINGS[model]}").replace("EPOCHS", str(epochs))
    (folder / "exp.yaml").write_text(text)
    return folder


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "VOX_RESULTS": str(folder / "results"), "VOX_CACHE": str(folder / "cache")}


def vox(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*VOX_EMBED, *arguments],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="module", params=sorted(SETTINGS))
def trained(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict]:
    """A project after `vox-embed train`, and what that printed."""
    folder = make_project(tmp_path_factory.mktemp(request.param), request.param)
    done = vox(folder, "train", "exp.yaml", "--json")
    assert done.returncode == 0, done.stderr
    return folder, json.loads(done.stdout)


ONE_NETWORK = pytest.mark.parametrize("trained", ["cnn"], indirect=True)
"""For what is the same with each."""


@pytest.mark.xdist_group("train")
class TestTrained:
    def test_it_has_learned_and_says_so(self, trained: tuple[Path, dict]) -> None:
        _, outcome = trained
        assert outcome["integer"]["accuracy"] >= 0.8
        assert abs(outcome["integer"]["accuracy"] - outcome["float"]["accuracy"]) <= 0.12
        low, high = outcome["integer"]["uar_ci95"]
        assert low <= outcome["integer"]["uar"] <= high
        assert Path(outcome["model"]).stat().st_size == outcome["model_bytes"]

    def test_results_folder_is_complete(self, trained: tuple[Path, dict]) -> None:
        folder, outcome = trained
        results = folder / "results" / "tones"
        names = {p.name for p in results.iterdir()}
        assert names >= {
            *("experiment.resolved.yaml", "metrics.json", "predictions.csv", "plots", "report.html"),
            *("model.vxm", "train.log", "environment.json", "model.float.npz"),
        }
        assert "checkpoint" not in names
        rows = (results / "predictions.csv").read_text().splitlines()
        assert rows[0].startswith("file,start,end,speaker,label,predicted,score,score_high")
        test_clips = json.loads((results / "metrics.json").read_text())["integer_details"]["clips"]
        assert len(rows) == 1 + test_clips
        right = sum(row.split(",")[4] == row.split(",")[5] for row in rows[1:])
        assert right / test_clips == pytest.approx(outcome["integer"]["accuracy"])
        assert "epoch 1/8" in (results / "train.log").read_text()
        assert (results / "report.html").read_text().count("<h1") == 1

    def test_evaluate_repeats_the_figures(self, trained: tuple[Path, dict]) -> None:
        folder, outcome = trained
        done = vox(folder, "evaluate", "--json")  # the last trained
        assert done.returncode == 0, done.stderr
        again = json.loads(done.stdout)
        assert again["integer"] == outcome["integer"]
        assert again["float"]["accuracy"] == outcome["float"]["accuracy"]

    @ONE_NETWORK
    def test_evaluating_takes_no_tensorflow(self, trained: tuple[Path, dict]) -> None:
        folder, outcome = trained
        done = subprocess.run(
            [sys.executable, "-c", HIDE, "evaluate", "results/tones", "--json"],
            cwd=folder,
            env={**environment(folder), "HIDDEN": "tensorflow,keras"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        assert found["integer"] == outcome["integer"] and found["float"] is None
        assert (
            "the float model is not evaluated: a network needs the packages tensorflow and keras"
            in done.stderr
        )
        assert "pip install 'vox-embed[train]'" in done.stderr

    @ONE_NETWORK
    def test_a_lone_model_has_no_float_figures(self, trained: tuple[Path, dict], tmp_path: Path) -> None:
        folder, outcome = trained
        lone = tmp_path / "lone.vxm"
        lone.write_bytes(Path(outcome["model"]).read_bytes())
        done = vox(
            folder, "evaluate", str(lone), "--experiment", "exp.yaml", "--json", "--out", str(tmp_path)
        )
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["float"] is None
        assert json.loads((tmp_path / "metrics.json").read_text())["integer"] == outcome["integer"]

    @ONE_NETWORK
    def test_a_test_alone_is_enough(self, trained: tuple[Path, dict], tmp_path: Path) -> None:
        """Rows of one label, in an experiment of data alone: all else is the model's."""
        folder, outcome = trained
        rows = (folder / "corpus" / "table.csv").read_text().splitlines()
        (folder / "corpus" / "more.csv").write_text("\n".join([rows[0], *rows[-9:]]) + "\n")
        more = "{path: corpus/more.csv, split_strategy: test}"
        (folder / "more.yaml").write_text(f"name: more\ndata: {{databases: {{more: {more}}}}}\n")
        lone = tmp_path / "lone.vxm"
        lone.write_bytes(Path(outcome["model"]).read_bytes())
        for model in (outcome["model"], str(lone)):
            done = vox(
                folder, "evaluate", model, "--experiment", "more.yaml", "--json", "--out", str(tmp_path)
            )
            assert done.returncode == 0, done.stderr
            found = json.loads((tmp_path / "metrics.json").read_text())
            assert found["integer_details"]["clips"] == 9
            assert found["integer_details"]["labels"] == sorted(LABELS)
            assert (found["float"] is None) == (model == str(lone))
        done = vox(folder, "data", "more.yaml")
        assert done.returncode == 0 and "no train rows: it can be evaluated, but not trained" in done.stdout

    @ONE_NETWORK
    def test_a_truncated_model_is_refused_by_name(self, trained: tuple[Path, dict], tmp_path: Path) -> None:
        folder, outcome = trained
        cut = tmp_path / "cut.vxm"
        cut.write_bytes(Path(outcome["model"]).read_bytes()[:-8])
        done = vox(folder, "evaluate", str(cut), "--experiment", "exp.yaml")
        assert done.returncode == 1
        assert "cut.vxm" in done.stderr
        assert "cut short" in done.stderr

    @ONE_NETWORK
    def test_a_model_for_another_rate_is_refused(self, trained: tuple[Path, dict]) -> None:
        folder, outcome = trained
        other = folder / "other.yaml"
        other.write_text((folder / "exp.yaml").read_text().replace("sample_rate: 8000", "sample_rate: 16000"))
        done = vox(folder, "evaluate", outcome["model"], "--experiment", "other.yaml")
        assert done.returncode == 1
        assert "8000 Hz" in done.stderr
        assert "sample_rate: 16000" in done.stderr


@pytest.mark.xdist_group("train")
def test_ctrl_c_leaves_the_earlier_results_and_resume_ends_the_same(tmp_path: Path) -> None:
    folder = make_project(tmp_path, epochs=12)
    assert vox(folder, "train", "exp.yaml").returncode == 0
    model = folder / "results" / "tones" / "model.vxm"
    whole, written = digest(model), model.stat().st_mtime_ns

    process = subprocess.Popen(
        [*VOX_EMBED_WITH_CTRL_C, "train", "exp.yaml"],
        cwd=folder,
        env=environment(folder),
        stderr=subprocess.PIPE,
        text=True,
    )
    state = folder / "results" / ".tones.building" / "checkpoint" / "state.json"
    deadline = time.monotonic() + 200
    while not state.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    assert (digest(model), model.stat().st_mtime_ns) == (whole, written)
    assert 1 <= len(json.loads(state.read_text())["history"]) < 12

    resumed = vox(folder, "train", "exp.yaml", "--resume")
    assert resumed.returncode == 0, resumed.stderr
    assert model.stat().st_mtime_ns != written
    assert digest(model) == whole


@pytest.mark.xdist_group("train")
def test_resume_with_other_settings_is_refused(tmp_path: Path) -> None:
    from vox_embed.experiment.errors import VoxError
    from vox_embed.models.training.checkpoint import Checkpoint

    Checkpoint(tmp_path, "one").save({}, ())
    with pytest.raises(VoxError, match="other settings"):
        Checkpoint(tmp_path, "two").load()
