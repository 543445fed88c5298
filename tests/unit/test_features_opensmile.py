"""openSMILE as features: on the host, and refused for devices with the set that comes nearest."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from vox_embed.experiment import schema
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.schema.host import OPENSMILE_WIDTHS
from vox_embed.features.configured import features_of
from vox_embed.features.host.opensmile import OpenSmile


def tone() -> np.ndarray:
    return np.round(8000 * np.sin(2 * np.pi * 220 * np.arange(16000) / 16000)).astype(np.int16)


@pytest.mark.parametrize("name", OPENSMILE_WIDTHS)
def test_a_device_has_no_such_features_but_others_that_come_near(name: str) -> None:
    settings = schema.OpenSmile(set=name)  # type: ignore[arg-type]
    with pytest.raises(VoxError, match="host only") as refused:
        features_of(settings)
    assert settings.nearest in (refused.value.hint or "")
    assert "spectral" in settings.nearest if name == "ComParE_2016" else "egemaps-lite" in settings.nearest


@pytest.mark.parametrize(("name", "level"), [("eGeMAPSv02", "lld"), ("GeMAPSv01b", "functionals")])
def test_rows_and_names_are_opensmiles(name: str, level: str, tmp_path: Path) -> None:
    if importlib.util.find_spec("opensmile") is None:
        pytest.skip("the optional package opensmile is not installed")
    settings = schema.OpenSmile(set=name, level=level)  # type: ignore[arg-type]
    extractor = OpenSmile(settings)
    told: list[tuple[int, int]] = []
    clips = [tone(), tone()[:8000], tone()[:100]]
    rows, again, short = extractor.extract_all(clips, lambda *done: told.append(done))
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert rows.shape[1] == len(extractor.names) == extractor.width == settings.width
    assert not np.isnan(short).any()
    assert len(rows) == 1 if level == "functionals" else len(rows) > 90
    assert np.array_equal(again, extractor.extract_all([tone()[:8000]])[0])
    code = f"""
import numpy, opensmile
kind = opensmile.FeatureLevel("{level if level == "lld" else "func"}")
smile = opensmile.Smile(opensmile.FeatureSet["{name}"], kind)
sound = numpy.load("tone.npy").astype("float32") / 32768
numpy.save("theirs.npy", smile.process_signal(sound, 16000).to_numpy("float32"))
"""
    np.save(tmp_path / "tone.npy", tone())
    # Not in this process: TensorFlow may be loaded here, and openSMILE breaks down beside it.
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True)
    assert np.array_equal(rows, np.load(tmp_path / "theirs.npy"))


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opensmile", None)
    with pytest.raises(VoxError, match="needs the package opensmile") as refused:
        OpenSmile(schema.OpenSmile())
    assert "vox-embed[opensmile]" in (refused.value.hint or "")
