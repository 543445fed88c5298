"""Features of a corpus: in order, over threads, from the cache where it has them, and without one."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from helpers.sounds import tone
from vox_embed.experiment.kept import Kept
from vox_embed.experiment.places import default_cache_dir
from vox_embed.features import LogMel
from vox_embed.features.cache import FeatureCache
from vox_embed.features.corpus import extract_corpus

FEATURES = LogMel(8000, 200, 160, 256, 16, 60, 3800)
CLIPS = [tone(300 + 50 * i, 0.1 + 0.02 * i, 8000, i) for i in range(12)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def cache(folder: Path) -> FeatureCache:
    return FeatureCache(Kept(folder))


def entry_of(folder: Path) -> Path:
    (entry,) = (path for path in folder.rglob("*") if path.is_file())
    return entry


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


@pytest.mark.parametrize("damage", ["cut", "longer", "empty", "rubbish", "npy"])
def test_a_damaged_entry_is_computed_again(cache: FeatureCache, folder: Path, damage: str) -> None:
    extract_corpus(FEATURES, CLIPS[:1], cache=cache)
    entry = entry_of(folder)
    if damage == "npy":
        with entry.open("wb") as file:
            np.save(file, FEATURES.extract(CLIPS[0]) + 1)
    else:
        data = entry.read_bytes()
        spoiled = {"cut": data[:-7], "longer": data + b"\0", "empty": b"", "rubbish": bytes(200)}
        entry.write_bytes(spoiled[damage])
    (again,) = extract_corpus(FEATURES, CLIPS[:1], cache=cache)
    assert np.array_equal(again, FEATURES.extract(CLIPS[0]))
    assert np.array_equal(cache.get(FEATURES, CLIPS[0]), again)


def test_no_flipped_byte_is_believed(cache: FeatureCache, folder: Path) -> None:
    extract_corpus(FEATURES, CLIPS[:1], cache=cache)
    entry = entry_of(folder)
    data = bytearray(entry.read_bytes())
    for place in range(len(data)):
        data[place] ^= 1 << place % 8
        entry.write_bytes(data)
        assert cache.get(FEATURES, CLIPS[0]) is None, place
        data[place] ^= 1 << place % 8
    entry.write_bytes(data)
    assert cache.get(FEATURES, CLIPS[0]) is not None


def test_an_entry_in_another_place_is_not_believed(cache: FeatureCache, folder: Path) -> None:
    extract_corpus(FEATURES, CLIPS[:1], cache=cache)
    first = entry_of(folder)
    content = first.read_bytes()
    first.unlink()
    cache.put(FEATURES, CLIPS[1], FEATURES.extract(CLIPS[1]))
    entry_of(folder).write_bytes(content)
    assert cache.get(FEATURES, CLIPS[1]) is None


def test_what_lies_in_the_place_of_an_entry(cache: FeatureCache, folder: Path) -> None:
    """A pipe is not waited for, and a large file not read."""
    extract_corpus(FEATURES, CLIPS[:1], cache=cache)
    entry = entry_of(folder)
    entry.unlink()
    os.mkfifo(entry)
    assert cache.get(FEATURES, CLIPS[0]) is None
    entry.unlink()
    with entry.open("wb") as file:
        file.truncate(1 << 40)
    assert cache.get(FEATURES, CLIPS[0]) is None
    entry.unlink()
    entry.mkdir()
    said: list[str] = []
    told = FeatureCache(Kept(folder, said.append))
    (found,) = extract_corpus(FEATURES, CLIPS[:1], cache=told)
    assert np.array_equal(found, FEATURES.extract(CLIPS[0])) and len(said) == 1


@pytest.mark.parametrize("obstacle", ["a file", "no folder", "a device that is full"])
def test_no_place_for_a_cache_is_told_once(obstacle: str, tmp_path: Path) -> None:
    said: list[str] = []
    (tmp_path / "file").write_text("x")
    place = {
        "a file": tmp_path / "file" / "cache",
        "no folder": None,
        "a device that is full": Path("/dev/full"),
    }
    cache = FeatureCache(Kept(place[obstacle], said.append))
    found = extract_corpus(FEATURES, CLIPS, cache=cache, threads=1)
    assert all(np.array_equal(a, FEATURES.extract(b)) for a, b in zip(found, CLIPS, strict=True))
    assert len(said) == 1 and said[0].startswith("note: what is computed is not kept for the next time (")


def test_many_writers_of_one_entry(folder: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        caches = [FeatureCache(Kept(folder)) for _ in range(40)]
        list(pool.map(lambda cache: extract_corpus(FEATURES, CLIPS[:3], cache=cache, threads=2), caches))
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(files) == 3
    assert all(FeatureCache(Kept(folder)).get(FEATURES, clip) is not None for clip in CLIPS[:3])


def test_the_folder_may_be_chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VOX_CACHE", str(tmp_path))
    assert default_cache_dir() == tmp_path
    monkeypatch.delenv("VOX_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert default_cache_dir() == tmp_path / "xdg" / "vox-embed" / "features"


def test_a_user_without_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("VOX_CACHE", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(
        "os.path.expanduser", lambda path: path
    )  # as for a user that the system does not know
    assert default_cache_dir() is None
