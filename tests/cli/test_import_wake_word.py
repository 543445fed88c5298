"""`vox-embed import-tflite --manifest`: microWakeWord's networks hear."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("ai_edge_litert", reason="needs ai-edge-litert, the reference interpreter (extra `dev`)")

from helpers.micro import reference_features
from helpers.tflite_writer import Network, Reference, options
from helpers.wake_word import wake_word_network
from vox_embed.cli.import_tflite import wake_word
from vox_embed.core import Model
from vox_embed.core.listener import run_clip
from vox_embed.experiment.errors import VoxError

MANIFEST: dict[str, Any] = {
    "type": "micro",
    "wake_word": "Hey You",
    "model": "hey.tflite",
    "version": 2,
    "micro": {
        "probability_cutoff": 0.6,
        "feature_step_size": 10,
        "sliding_window_size": 3,
        "tensor_arena_size": 20000,
    },
}


def vox_embed(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "vox_embed.cli.main", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def written(folder: Path, network: bytes, **changes: Any) -> tuple[Path, Path]:
    """Network and manifest. changes: top-level keys, or those of `micro`; None leaves one out."""
    (folder / "hey.tflite").write_bytes(network)
    made = {**MANIFEST, "micro": dict(MANIFEST["micro"])}
    for key, value in changes.items():
        place = made["micro"] if key in made["micro"] else made
        place[key] = value
        if value is None:
            del place[key]
    (folder / "hey.json").write_text(json.dumps(made))
    return folder / "hey.tflite", folder / "hey.json"


def sound(seed: int, seconds: float = 3.0) -> NDArray[np.int16]:
    rng = np.random.default_rng(seed)
    count = int(16000 * seconds)
    level = 10.0 ** rng.uniform(0.5, 4, 1 + count // 2000).repeat(2000)[:count]
    return np.clip(rng.normal(size=count) * level, -32768, 32767).astype(np.int16)


def quantised(features: NDArray[np.int16]) -> NDArray[np.int8]:
    """As microWakeWord's device code does."""
    return np.clip((features.astype(np.int64) * 256 + 333) // 666 - 128, -128, 127).astype(np.int8)


def expected(network: bytes, samples: NDArray[np.int16], stride: int) -> NDArray[np.int64]:
    """Q15 probabilities of pymicro-features, microWakeWord's integers and the reference interpreter."""
    rows = quantised(reference_features(samples))
    rows = rows[: len(rows) // stride * stride].reshape(-1, stride * 40)
    output = Reference(network).run(rows).ravel().astype(np.int64)
    return (output + (128 if output.min() < 0 else 0)) * 128


@pytest.mark.parametrize("stride", [1, 3])
def test_hears_what_the_reference_does(tmp_path: Path, stride: int) -> None:
    network = wake_word_network(np.random.default_rng(4), stride)
    paths = written(tmp_path, network)
    done = vox_embed("import-tflite", paths[0], "--manifest", paths[1], "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    model = Model((tmp_path / json.loads(done.stdout)["model"]).read_bytes())
    assert (model.labels, model.hop, model.window_frames) == (["Hey You"], 160, stride)
    assert model.state_bytes > 0
    samples = sound(1)
    want = expected(network, samples, stride)
    heard = run_clip(model, samples).heard
    np.testing.assert_array_equal(heard.posteriors.ravel()[: len(want)], want)
    assert len(np.unique(want)) > 20


def test_events_begin_above_the_cutoff(tmp_path: Path) -> None:
    network = wake_word_network(np.random.default_rng(4), 3)
    samples = sound(2)
    want = expected(network, samples, 3)
    means = [want[max(0, i - 2) : i + 1].mean() / 128 for i in range(len(want))]
    cutoff = round(max(means[:20]) + 2) / 255
    first = next(i for i, mean in enumerate(means) if mean > int(255 * cutoff))
    assert first >= 20
    _, data = wake_word(*written(tmp_path, network, probability_cutoff=cutoff))
    assert run_clip(Model(data), samples).heard.events[0].frame == 3 * (first + 1)


@pytest.mark.parametrize("name", ["okay_nabu", "vad"])
def test_published_models(vox_models: Path, name: str) -> None:
    source, manifest = (vox_models / f"{name}.{kind}" for kind in ("tflite", "json"))
    if not source.exists():
        pytest.skip(f"{source.name} is not in VOX_MODELS")
    _, data = wake_word(source, manifest)
    samples = sound(3, 10.0)
    want = expected(source.read_bytes(), samples, 3)
    heard = run_clip(Model(data), samples).heard
    np.testing.assert_array_equal(heard.posteriors.ravel()[: len(want)], want)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"model": "other.tflite"}, "is the manifest of `other.tflite`, not of `hey.tflite`"),
        ({"type": "picky"}, "hey.json: `type` is not `micro`"),
        ({"version": 1}, "hey.json: `version` is 1, not 2"),
        ({"wake_word": None}, "hey.json: `wake_word` is missing"),
        ({"wake_word": "a\nb"}, "hey.json: `wake_word` has a line break"),
        ({"probability_cutoff": 1.5}, "hey.json: `micro.probability_cutoff` is 1.5; 0.0 to 1.0 is possible"),
        ({"probability_cutoff": "high"}, "hey.json: `micro.probability_cutoff` is 'high', not a number"),
        ({"sliding_window_size": 0}, "`micro.sliding_window_size` is 0; 1 to 64 is possible"),
        ({"feature_step_size": 31}, "`micro.feature_step_size` is 31; 1 to 30 is possible"),
        ({"feature_step_size": 10.5}, "`micro.feature_step_size` is 10.5, not a whole number"),
        ({"micro": None}, "hey.json: `micro` is missing"),
    ],
)
def test_a_manifest_that_says_something_else(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    paths = written(tmp_path, b"", **changes)
    with pytest.raises(VoxError, match=re.escape(said)):
        wake_word(*paths)


def test_a_manifest_without_its_model_and_one_that_is_none(tmp_path: Path) -> None:
    network, manifest = written(tmp_path, b"")
    network.unlink()
    done = vox_embed("import-tflite", network, "--manifest", manifest, cwd=tmp_path)
    assert done.returncode == 1
    assert "is a manifest without its model `hey.tflite`" in " ".join(done.stderr.split())
    assert not list(tmp_path.glob("*.vxm"))
    for text in ("[1, 2]", "{", "NaN", "{}", "\xff"):
        manifest.write_bytes(text.encode("latin-1"))
        with pytest.raises(VoxError, match=r"hey\.json"):
            wake_word(network, manifest)
    manifest.unlink()
    with pytest.raises(VoxError, match=r"hey\.json: cannot be read"):
        wake_word(network, manifest)


@pytest.mark.parametrize(
    ("shape", "outputs", "said"),
    [((1, 30), 1, "is no row of frames of 40 features"), ((1, 3, 40), 2, "is not one probability")],
)
def test_a_network_of_another_kind(tmp_path: Path, shape: tuple[int, ...], outputs: int, said: str) -> None:
    net = Network()
    source, result = net.tensor(shape, 0.1), net.tensor((1, outputs), 1 / 256, -128)
    flat, logits = net.tensor((1, int(np.prod(shape))), 0.1), net.tensor((1, outputs), 0.1)
    net.op("RESHAPE", [source], flat, options("ReshapeOptions", newShape=[1, int(np.prod(shape))]))
    weights = np.ones((outputs, int(np.prod(shape))), np.int8)
    net.op(
        "FULLY_CONNECTED",
        [flat, net.tensor(weights.shape, 0.01, data=weights), -1],
        logits,
        options("FullyConnectedOptions"),
    )
    net.op("LOGISTIC", [logits], result)
    paths = written(tmp_path, net.bytes(source, result))
    with pytest.raises(VoxError, match=re.escape(said)):
        wake_word(*paths)
