"""openSMILE as features: on the host, and refused for devices with the set that comes nearest."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from vox_embed.experiment import schema
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.schema.features import OPENSMILE_WIDTHS
from vox_embed.features.configured import features_of
from vox_embed.features.opensmile import OpenSmile


def tone() -> np.ndarray:
    return np.round(8000 * np.sin(2 * np.pi * 220 * np.arange(16000) / 16000)).astype(np.int16)


@pytest.mark.parametrize("name", OPENSMILE_WIDTHS)
def test_a_device_has_no_such_features_but_others_that_come_near(name: str) -> None:
    settings = schema.OpenSmile(set=name)  # type: ignore[arg-type]
    with pytest.raises(VoxError, match="host only") as refused:
        features_of(settings)
    assert settings.nearest in (refused.value.hint or "")
    assert "spectral" in settings.nearest if name == "ComParE_2016" else "egemaps-lite" in settings.nearest


@pytest.mark.parametrize("level", ["lld", "functionals"])
@pytest.mark.parametrize("name", ["eGeMAPSv02", "GeMAPSv01b"])
def test_rows_and_names_are_opensmiles(name: str, level: str) -> None:
    opensmile = pytest.importorskip("opensmile", reason="the optional package opensmile is not installed")
    settings = schema.OpenSmile(set=name, level=level)  # type: ignore[arg-type]
    extractor = OpenSmile(settings)
    rows = extractor.extract(tone())
    assert rows.shape[1] == len(extractor.names) == settings.width
    assert len(rows) == 1 if level == "functionals" else len(rows) > 90
    kind = opensmile.FeatureLevel.Functionals if level == "functionals" else opensmile.FeatureLevel("lld")
    theirs = opensmile.Smile(opensmile.FeatureSet[name], kind).process_signal(
        tone().astype(np.float32) / 32768, 16000
    )
    assert np.array_equal(rows, theirs.to_numpy(np.float32))


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opensmile", None)
    with pytest.raises(VoxError, match="needs the package opensmile") as refused:
        OpenSmile(schema.OpenSmile()).extract(tone())
    assert "vox-embed[opensmile]" in (refused.value.hint or "")
