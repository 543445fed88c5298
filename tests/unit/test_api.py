"""The Python interface: its documents' examples, and what it refuses."""

from __future__ import annotations

import doctest
from pathlib import Path

import numpy as np
import pytest

import vox_embed
from vox_embed import Model, api
from vox_embed.core import run_clip
from vox_embed.data.audio import read_audio
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.example import copy_example


@pytest.fixture(scope="module")
def folder() -> Path:
    return vox_embed.example()


@pytest.mark.parametrize(
    "place", [api, Path(__file__).parents[2] / "docs" / "python.md"], ids=["api", "docs"]
)
def test_documented_examples(place: object, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VOX_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    if isinstance(place, Path):
        result = doctest.testfile(str(place), module_relative=False)
    else:
        result = doctest.testmod(api)
    assert result.attempted > 5
    assert result.failed == 0


def test_a_clip_is_what_the_device_hears(folder: Path) -> None:
    model = Model(folder / "model.vxm")
    clip = folder / "clips" / "no-040.flac"
    samples = read_audio(clip, model.sample_rate)
    run = run_clip(model.core, samples)
    heard = model.classify(clip)
    assert [round(s * 32768) for s in heard.scores.values()] == run.scores.tolist()
    assert model.classify(samples) == heard
    assert model.classify(samples / 32768) == heard


def test_blocks_give_the_events_of_the_whole(folder: Path) -> None:
    model = Model(folder / "model.vxm")
    sounds = [
        read_audio(folder / "clips" / name, model.sample_rate)
        for name in ("stop-080.flac", "silence-150.flac")
    ]
    whole = np.concatenate([*sounds, *sounds])
    events = list(model.stream(whole))
    assert events
    assert list(model.stream(np.array_split(whole, 37))) == events


@pytest.mark.parametrize(
    ("samples", "said"),
    [
        (np.zeros((10, 2), np.int16), "shape"),
        (np.zeros(10, np.int32), "int32"),
        (np.array([0.0, np.nan]), "NaN"),
    ],
)
def test_wrong_samples_are_refused(folder: Path, samples: np.ndarray, said: str) -> None:
    with pytest.raises(VoxError, match=said):
        Model(folder / "model.vxm").classify(samples)


def test_missing_files_are_named(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(VoxError, match="nothing"):
        Model(tmp_path / "nothing.vxm")
    with pytest.raises(VoxError, match="nothing"):
        Model(folder / "model.vxm").classify(tmp_path / "nothing.wav")
    with pytest.raises(VoxError, match="there already"):
        copy_example(folder)
