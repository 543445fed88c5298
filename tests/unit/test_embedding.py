"""Embeddings: the real loading code, on networks so small that they are made here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from helpers.tiny_transformer import tiny_transformer
from vox_embed.experiment import VoxError, load_experiment
from vox_embed.experiment.schema import Embedding
from vox_embed.features.host import inputs_of
from vox_embed.features.host.embedding import pooled
from vox_embed.runs.stored import evaluate_stored
from vox_embed.runs.training import train

Make = Callable[..., Path]


def tones(*lengths: int) -> list[np.ndarray]:
    rng = np.random.default_rng(4)
    return [rng.integers(-9000, 9000, n).astype(np.int16) for n in lengths]


@pytest.fixture(scope="session")
def network(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An ONNX network: frames of 80 samples, an untrained dense layer, tanh."""
    onnx = pytest.importorskip("onnx", reason="needs onnx")
    pytest.importorskip("onnxruntime", reason="needs pip install 'vox-embed[onnx]'")
    from onnx import TensorProto, helper, numpy_helper

    weights = np.random.default_rng(5).normal(0, 0.3, (80, 6)).astype(np.float32)
    made = helper.make_graph(
        [
            helper.make_node("Slice", ["sound", "zero", "end", "axis"], ["cut"]),
            helper.make_node("Reshape", ["cut", "shape"], ["frames"]),
            helper.make_node("MatMul", ["frames", "weights"], ["sums"]),
            helper.make_node("Tanh", ["sums"], ["states"]),
            helper.make_node("ReduceMean", ["states"], ["clip"], axes=[1], keepdims=0),
        ],
        "tiny",
        [helper.make_tensor_value_info("sound", TensorProto.FLOAT, [1, "samples"])],
        [
            helper.make_tensor_value_info("states", TensorProto.FLOAT, [1, "frames", 6]),
            helper.make_tensor_value_info("clip", TensorProto.FLOAT, [1, 6]),
        ],
        [
            numpy_helper.from_array(weights, "weights"),
            numpy_helper.from_array(np.array([0]), "zero"),
            numpy_helper.from_array(np.array([400]), "end"),
            numpy_helper.from_array(np.array([1]), "axis"),
            numpy_helper.from_array(np.array([1, -1, 80]), "shape"),
        ],
    )
    file = tmp_path_factory.mktemp("onnx") / "tiny.onnx"
    onnx.save(helper.make_model(made, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), file)
    return str(file)


def section(**settings: object) -> Embedding:
    return Embedding.model_validate({"type": "embedding", **settings})


def test_an_onnx_file_gives_a_row_a_clip(network: str) -> None:
    features = inputs_of(section(model=network)).host[0]
    clips = tones(9000, 100, 4000)
    rows = features.extract_all(clips)
    assert [row.shape for row in rows] == [(1, 6)] * 3
    assert features.names[0] == "state_0_mean"
    assert len(features.names) == 6
    alone = features.extract_all(clips[2:])
    np.testing.assert_array_equal(rows[2], alone[0])
    by_clip = inputs_of(section(model=network, output="clip")).host[0]
    np.testing.assert_allclose(by_clip.extract_all(clips)[0], rows[0], atol=1e-6)
    assert by_clip.identity != features.identity


def test_long_clips_are_cut_in_pieces(network: str) -> None:
    features = inputs_of(section(model=network, max_duration=0.1, pool="mean_std")).host[0]
    long = tones(16000)[0]
    assert features.extract_all([long])[0].shape == (1, 12)


def test_pooling() -> None:
    states = np.array([[1, 2], [3, 6]], np.float32)
    assert pooled(states, "mean").tolist() == [2, 4]
    assert pooled(states, "mean_std").tolist() == [2, 4, 1, 2]
    assert pooled(states, "max").tolist() == [3, 6]
    assert pooled(states, "first").tolist() == [1, 2]


def test_a_model_of_embeddings_is_trained_and_evaluated_again(
    network: str, make_corpus_csv: Make, write_experiment: Make, tmp_path: Path
) -> None:
    rest = f"features: {{type: embedding, model: {network}}}\nmodel: {{type: svm}}"
    experiment = load_experiment(write_experiment(make_corpus_csv(takes=2), rest=rest))
    outcome = train(experiment, root=tmp_path / "r")
    assert outcome.on_host
    floats = tmp_path / "r/tones/model.float.npz"
    again, _ = evaluate_stored(experiment, None, floats)
    assert again.to_dict()["float"] == outcome.to_dict()["float"]
    other = Path(network).with_name("other.onnx")
    other.write_bytes(Path(network).read_bytes() + b"\x1a\x00")
    changed = experiment.model_copy(
        update={"features": experiment.features.model_copy(update={"model": str(other)})}
    )
    with pytest.raises(VoxError, match=r"not the network that it was trained with|cannot be loaded"):
        evaluate_stored(changed, None, floats)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"output": "none"}, "has no `none`"),
        ({"model": "absent.onnx"}, "no such file"),
    ],
)
def test_what_does_not_fit_is_refused(network: str, settings: dict[str, str], said: str) -> None:
    with pytest.raises(VoxError, match=said):
        inputs_of(section(**{"model": network, **settings}))


def test_a_damaged_file_is_refused(tmp_path: Path, network: str) -> None:
    (tmp_path / "bad.onnx").write_bytes(b"\x00\x01nothing")
    with pytest.raises(VoxError, match="cannot be loaded"):
        inputs_of(section(model=str(tmp_path / "bad.onnx")))


def test_names_of_a_hub_and_paths(make_corpus_csv: Make, write_experiment: Make, tmp_path: Path) -> None:
    rest = "features: {{type: embedding, model: {}}}\nmodel: {{type: svm}}"
    (tmp_path / "mine").mkdir()
    for text, meant in (
        ("facebook/wav2vec2-base", "facebook/wav2vec2-base"),
        ("mine", str(tmp_path / "mine")),
        ("./other", str(tmp_path / "other")),
        ("tiny.onnx", str(tmp_path / "tiny.onnx")),
    ):
        path = write_experiment(tmp_path / "no.csv", rest=rest.format(text))
        assert load_experiment(path).features.model == meant  # type: ignore[union-attr]
    path = write_experiment(tmp_path / "no.csv", rest=rest.format("a").replace("svm", "dscnn"))
    with pytest.raises(VoxError, match="do not compute `embedding`"):
        load_experiment(path)


# ---- transformers ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["wav2vec2", "hubert", "wavlm", "whisper", "ast"])
def test_transformers(kind: str, tmp_path: Path, full: bool) -> None:
    if not full and kind != "wav2vec2":
        pytest.skip("one kind is enough; all with --full")
    name = tiny_transformer(tmp_path, kind)
    clips = tones(16000, 200, 5000)
    rows = {}
    for layer in (None, 0, 1):
        features = inputs_of(section(model=name, layer=layer)).host[0]
        rows[layer] = features.extract_all(clips)
        assert [row.shape for row in rows[layer]] == [(1, 16)] * 3
        assert np.isfinite(rows[layer]).all()
        np.testing.assert_array_equal(features.extract_all(clips[2:])[0], rows[layer][2])
    assert not np.array_equal(rows[None][0], rows[1][0])
    assert kind.split("-", maxsplit=1)[0] in features.description or kind == "ast"
    with pytest.raises(VoxError, match="layers 0"):
        inputs_of(section(model=name, layer=3))
    with pytest.raises(VoxError, match="hears 16000 Hz, not 8000"):
        inputs_of(section(model=name, sample_rate=8000))


def test_transformers_that_are_none(tmp_path: Path) -> None:
    name = Path(tiny_transformer(tmp_path, "wav2vec2"))
    with pytest.raises(VoxError, match="cannot be loaded"):
        inputs_of(section(model=str(tmp_path / "nothing")))
    weights = name / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:100])
    with pytest.raises(VoxError, match="cannot be loaded"):
        inputs_of(section(model=str(name)))
    (name / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(VoxError, match="no network on sound"):
        inputs_of(section(model=str(name)))
