"""Neural voices: what is asked for before any network runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("espeakng_loader")

from vox_embed.data.synth import kokoro
from vox_embed.data.synth.kokoro import NeuralRecipe, Weights, check_kokoro
from vox_embed.experiment.errors import VoxError


def voices(*names: str) -> dict[str, np.ndarray]:
    return {name: np.full((510, 1, 256), i, np.float32) for i, name in enumerate(names)}


def test_weights_are_found_in_either_form(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"x")
    (tmp_path / "voices").mkdir()
    for name, styles in voices("af_one", "bm_two").items():
        styles.tofile(tmp_path / "voices" / f"{name}.bin")
    read = Weights.of(tmp_path).read()
    assert sorted(read) == ["af_one", "bm_two"]
    assert read["bm_two"].shape == (510, 1, 256)
    np.savez(tmp_path / "voices.npz", **voices("ff_three"))
    found = Weights.of(tmp_path)
    assert found.network == tmp_path / "model.onnx"
    assert list(found.read()) == ["ff_three"]


@pytest.mark.parametrize(
    ("files", "says"), [((), "no .onnx"), (("a.onnx",), "no voices"), (("voices.npz",), "no .onnx")]
)
def test_what_is_missing_is_named(tmp_path: Path, files: tuple[str, ...], says: str) -> None:
    for name in files:
        (tmp_path / name).write_bytes(b"x")
    with pytest.raises(VoxError, match=says) as error:
        Weights.of(tmp_path)
    assert "kokoro's .onnx and its voices" in str(error.value.hint)


def test_an_engine_without_its_weights(tmp_path: Path) -> None:
    with pytest.raises(VoxError, match="needs its weights"):
        check_kokoro("en", None)
    with pytest.raises(VoxError, match="no such folder"):
        check_kokoro("en", tmp_path / "nowhere")
    with pytest.raises(VoxError, match="no voices for `de`"):
        check_kokoro("de", tmp_path)


def test_damaged_voices(tmp_path: Path) -> None:
    (tmp_path / "a.onnx").write_bytes(b"x")
    (tmp_path / "voices.npz").write_bytes(b"not an archive")
    with pytest.raises(VoxError, match="holds no voices"):
        Weights.of(tmp_path).read()


def test_speakers_are_blended_and_mostly_of_the_language() -> None:
    every = voices("af_a", "am_b", "bf_c", "ff_d", "zf_e", "jf_f")
    drawn = [kokoro._draw(every, "en", np.random.default_rng(i)) for i in range(200)]
    own = sum(name[0] in "ab" for name, _, _ in drawn)
    assert 120 < own < 200
    assert {language for _, _, language in drawn} == {"en-us", "en-gb"}
    assert all(language == "en-gb" for name, _, language in drawn if name[0] == "b")
    assert len({float(style[0, 0, 0]) for _, style, _ in drawn}) > 100


def test_what_they_say() -> None:
    plan = kokoro._plan(NeuralRecipe(("hey computer", "jarvis"), "en", 200))
    kinds = [kind for kind, _, _ in plan]
    assert kinds.count("phrase") > kinds.count("confusable") > 20
    assert kinds.count("sentence") > 10
    for kind, phrase, text in plan:
        assert text
        assert (phrase in text) is (kind == "phrase") or kind == "sentence"
