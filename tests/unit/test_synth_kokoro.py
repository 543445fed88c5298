"""Neural voices: what is asked for before any network runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("espeakng_loader")

from vox_embed.data.synth import kokoro
from vox_embed.data.synth.kokoro import NeuralRecipe, Weights, check_kokoro
from vox_embed.data.synth.learners import as_learner
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
    every = ("af_a", "am_b", "bf_c", "ff_d", "jf_f", "zf_e")
    drawn = [kokoro._pair(every, "en", np.random.default_rng(i)) for i in range(200)]
    own = sum(name[0] in "ab" for name, _ in drawn)
    assert 120 < own < 200
    assert len(set(drawn)) > 20
    assert {kokoro._pair(("zf_e",), "en", np.random.default_rng(1))} == {("zf_e", "zf_e")}


def test_what_they_say_and_how() -> None:
    lines = kokoro._plan(NeuralRecipe(("hey computer", "jarvis"), "en", 200), ["af_a", "bf_c", "ff_d"])
    kinds = [line.kind for line in lines]
    assert kinds.count("phrase") > kinds.count("confusable") > 20
    assert kinds.count("sentence") > 10
    for line in lines:
        assert line.text
        assert (line.phrase in line.text) is (line.kind == "phrase") or line.kind == "sentence"
    assert {"en-us", "en-gb", "en-gb-scotland", "en-029"} <= {line.accent for line in lines}
    assert 30 < sum(line.learner for line in lines) < 90


def test_one_accent_where_it_is_asked_for_and_learners_of_english_alone() -> None:
    us = kokoro._plan(NeuralRecipe(("computer",), "en-us", 50), ["af_a", "ff_d"])
    assert {line.accent for line in us} == {"en-us"}
    french = kokoro._plan(NeuralRecipe(("ordinateur",), "fr-fr", 50), ["af_a", "ff_d"])
    assert {line.accent for line in french} == {"fr-fr"}
    assert not any(line.learner for line in french)


def test_learners_say_a_sound_otherwise_wherever_it_occurs() -> None:
    said = [as_learner("dʒˈʌdʒ ʌv kəmpjˈuːɾɚ", np.random.default_rng(i)) for i in range(300)]
    assert len(set(said)) > 100
    for one in said:
        assert one.count("ˈ") == 2
        first, last = one[: one.index("ˈ")], one[: one.index(" ")]
        assert last.endswith(first)
        assert "ɖʒ" not in one, "dʒ is a sound of its own"
