"""Decoded sound that is kept from run to run."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

from vox_embed.data import kept_sound
from vox_embed.data.dataset import Dataset
from vox_embed.data.kept_sound import KeptSound
from vox_embed.data.store import store_clips
from vox_embed.data.threads import in_threads

RATE = 8000
CLIPS = [np.arange(100, dtype=np.int16), np.arange(50, dtype=np.int16) - 7]


@pytest.fixture
def rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Dataset:
    monkeypatch.setenv("VOX_CACHE", str(tmp_path / "cache"))
    files = []
    for number, clip in enumerate(CLIPS):
        files.append(str(tmp_path / f"{number}.wav"))
        soundfile.write(files[-1], clip, RATE)
    return Dataset(pd.DataFrame({"file": files, "start": [0.0, 0.0], "end": [np.nan, np.nan]}), ("a",))


def kept(rows: Dataset, rate: int = RATE) -> KeptSound:
    return KeptSound.of(rows, rate, trimmed=False)


def test_what_was_decoded_is_there_the_next_time(rows: Dataset, tmp_path: Path) -> None:
    assert kept(rows).find(tmp_path / "none") is None
    stored = store_clips(tmp_path / "first", CLIPS)
    kept(rows).keep(stored)
    found = kept(rows).find(tmp_path / "second")
    assert found is not None and found.digest == stored.digest
    assert [clip.tolist() for clip in found] == [clip.tolist() for clip in CLIPS]


def test_another_rate_or_file_is_not_the_same(rows: Dataset, tmp_path: Path) -> None:
    kept(rows).keep(store_clips(tmp_path / "first", CLIPS))
    assert kept(rows, 16000).find(tmp_path / "second") is None
    os.utime(rows.table["file"].iloc[0], ns=(1, 1))
    assert kept(rows).find(tmp_path / "second") is None


@pytest.mark.parametrize("ending", ["i16", "json"])
def test_what_is_damaged_counts_as_missing(rows: Dataset, tmp_path: Path, ending: str) -> None:
    place = kept(rows)
    place.keep(store_clips(tmp_path / "first", CLIPS))
    assert place.folder is not None
    file = place.folder / f"{place.key}.{ending}"
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.unlink()
    file.write_bytes(data)
    assert place.find(tmp_path / "second") is None
    assert not (tmp_path / "second").exists()


def test_the_oldest_makes_room(rows: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_sound, "_MOST_TOGETHER", 2 * 300)
    for rate in (8000, 16000, 22050):
        kept(rows, rate).keep(store_clips(tmp_path / f"of {rate}", CLIPS))
        os.utime(kept(rows, rate)._file, ns=(rate, rate))
    there = [kept(rows, rate).find(tmp_path / str(rate)) is not None for rate in (8000, 16000, 22050)]
    assert there == [False, True, True]


def test_what_is_very_much_is_not_kept(
    rows: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_sound, "_MOST", 100)
    kept(rows).keep(store_clips(tmp_path / "first", CLIPS))
    assert kept(rows).find(tmp_path / "second") is None


def test_threads_work_on_what_is_not_there() -> None:
    worked: list[int] = []

    def work(task: int) -> int:
        worked.append(task)
        return -task

    found = in_threads(work, range(10), 2, together=3, known=lambda task: task if task % 2 else None)
    assert list(found) == [task if task % 2 else -task for task in range(10)]
    assert sorted(worked) == [0, 2, 4, 6, 8]
