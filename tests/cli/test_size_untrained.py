"""`vox-embed size --untrained`: what networks will take, before anything is learned."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from helpers.sounds import tone
from helpers.typed import typed
from vox_embed.core import Model
from vox_embed.experiment import VoxError, load_experiment
from vox_embed.runs import train
from vox_embed.runs.untrained import untrained

RATE = 8000
NETWORKS = {
    "learned": "{type: learned, units: 8, epochs: 1, encoder_epochs: 1}",
    "learned svm": "{type: learned, units: 8, head: svm, encoder_epochs: 1}",
    "autoencoder": "{type: autoencoder, network: gru, units: 8, epochs: 1, normal: low}",
}


def experiment(folder: Path, model: str, more: str = "") -> Path:
    """Of tones; the recordings are there only where `with_sounds` wrote them."""
    path = folder / "exp.yaml"
    path.write_text(
        "name: tones\ndata:\n  labels: [high, low]\n  databases:\n"
        "    tones: {path: tones.csv, split_strategy: specified, split_column: split}\n"
        "features: {type: logmel, sample_rate: 8000, window_ms: 25, hop_ms: 25, fft_size: 256, bands: 16}\n"
        f"window: {{length_ms: 400, stride_ms: 100, normalise: none}}\nmodel: {model}\n{more}"
    )
    return path


def with_sounds(folder: Path) -> None:
    lines = ["file,label,split"]
    for i in range(12):
        label = ("high", "low")[i % 2]
        soundfile.write(folder / f"{i}.wav", tone((1800, 400)[i % 2], 0.6, RATE, i), RATE)
        lines.append(f"{i}.wav,{label},{('train', 'train', 'train', 'train', 'dev', 'test')[i // 2]}")
    (folder / "tones.csv").write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize("network", NETWORKS)
def test_it_is_as_large_as_it_will_be(tmp_path: Path, network: str) -> None:
    pytest.importorskip("tensorflow", reason="networks are made by Keras (extra `train`)")
    settings = load_experiment(experiment(tmp_path, NETWORKS[network]))
    foreseen, parameters = untrained(settings)
    with_sounds(tmp_path)
    outcome = train(settings, root=tmp_path / "results")
    trained = outcome.model.read_bytes()
    assert abs(len(foreseen) - len(trained)) <= 2100  # tables of what is quantised otherwise
    before, after = Model(foreseen), Model(trained)
    assert (before.arena_size, before.listener_size) == (after.arena_size, after.listener_size)
    assert before.work == after.work
    assert parameters > 100


def test_models_that_are_no_networks_are_refused(tmp_path: Path) -> None:
    path = experiment(tmp_path, "{type: tree}").read_text().replace("normalise: none", "functionals: [mean]")
    (tmp_path / "exp.yaml").write_text(path)
    with pytest.raises(VoxError, match="known once it is trained"):
        untrained(load_experiment(tmp_path / "exp.yaml"))
    for arguments, says in (
        (["--untrained"], "needs an experiment file"),
        (["exp.yaml", "--vary", "model.unit=3,4"], "unknown key"),
        (["exp.yaml", "--untrained"], "known once it is trained"),
    ):
        done = typed("size", *arguments, cwd=tmp_path)
        assert done.returncode == 1
        assert says in done.stderr, done.stderr


@pytest.mark.skipif(
    not all(map(shutil.which, ("arm-none-eabi-gcc", "qemu-system-arm", "cmake", "ninja"))),
    reason="arm-none-eabi-gcc, qemu-system-arm, cmake or ninja is missing",
)
def test_a_row_for_every_setting(tmp_path: Path) -> None:
    pytest.importorskip("tensorflow", reason="networks are made by Keras (extra `train`)")
    experiment(tmp_path, NETWORKS["learned"])
    done = typed("size", "exp.yaml", "--vary", "model.units=4,32", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["target"] == "qemu-m4"
    small, large = said["settings"]
    assert (small["title"], large["title"]) == ("model.units=4", "model.units=32")
    assert large["flash"] - small["flash"] == large["model"] - small["model"] > 3 * 32 * 32
    assert small["ram"] < large["ram"] < large["ram_limit"]
    assert 0 < small["per_second"] < large["per_second"]
    assert np.isclose(small["share"] / small["per_second"], large["share"] / large["per_second"])
    assert small["fits"]
