"""Features of a corpus: in order, over threads, from the cache where it has them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from helpers.sounds import tone
from vox_embed.experiment.places import default_cache_dir
from vox_embed.features import LogMel
from vox_embed.features.cache import FeatureCache
from vox_embed.features.corpus import extract_corpus

FEATURES = LogMel(8000, 200, 160, 256, 16, 60, 3800)
CLIPS = [tone(300 + 50 * i, 0.1 + 0.02 * i, 8000, i) for i in range(12)]


@pytest.fixture
def cache(tmp_path: Path) -> FeatureCache:
    return FeatureCache(tmp_path / "cache")


def extractions(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """A count of how often features are really computed."""
    calls = []
    original = LogMel.extract
    monkeypatch.setattr(LogMel, "extract", lambda self, x: (calls.append(1), original(self, x))[1])
    return lambda: len(calls)


@pytest.mark.parametrize("threads", [1, 4])
def test_a_second_run_computes_nothing_and_gives_the_same(
    cache: FeatureCache, monkeypatch: pytest.MonkeyPatch, threads: int
) -> None:
    computed = extractions(monkeypatch)
    said: list[tuple[int, int]] = []
    first = extract_corpus(
        FEATURES, CLIPS, cache=cache, threads=threads, progress=lambda done, total: said.append((done, total))
    )
    assert computed() == len(CLIPS)
    assert said == [(i, len(CLIPS)) for i in range(1, len(CLIPS) + 1)]
    second = extract_corpus(FEATURES, CLIPS, cache=cache, threads=threads)
    assert computed() == len(CLIPS)
    for clip, a, b in zip(CLIPS, first, second, strict=True):
        assert np.array_equal(a, FEATURES.extract(clip))
        assert np.array_equal(a, b)


def test_other_settings_and_other_sound_are_other_features(cache: FeatureCache) -> None:
    extract_corpus(FEATURES, CLIPS[:1], cache=cache)
    assert cache.get(FEATURES, CLIPS[0]) is not None
    for other in (replace(FEATURES, mel="slaney"), replace(FEATURES, hop=80), replace(FEATURES, fmax=3700)):
        assert cache.get(other, CLIPS[0]) is None
    louder = CLIPS[0].copy()
    louder[5] += 1
    assert cache.get(FEATURES, louder) is None


@pytest.mark.parametrize("damage", ["cut", "empty", "rubbish", "other shape"])
def test_a_damaged_entry_is_computed_again(cache: FeatureCache, damage: str) -> None:
    extract_corpus(FEATURES, CLIPS[:1], cache=cache)
    (entry,) = cache.folder.rglob("*.npy")
    if damage == "other shape":
        np.save(entry, np.zeros((3, 3), np.int16))
    else:
        data = entry.read_bytes()
        entry.write_bytes({"cut": data[:-7], "empty": b"", "rubbish": bytes(200)}[damage])
    (again,) = extract_corpus(FEATURES, CLIPS[:1], cache=cache)
    assert np.array_equal(again, FEATURES.extract(CLIPS[0]))
    assert np.array_equal(cache.get(FEATURES, CLIPS[0]), again)


def test_the_folder_may_be_chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VOX_CACHE", str(tmp_path))
    assert default_cache_dir() == tmp_path
    monkeypatch.delenv("VOX_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert default_cache_dir() == tmp_path / "xdg" / "vox-embed" / "features"
