"""What a detector's voices are kept in is neither believed nor missed."""

from __future__ import annotations

from pathlib import Path

import pytest

from vox_embed.experiment.errors import VoxError
from vox_embed.runs.detector.folders import made_once


class Maker:
    """Fills a folder, and counts."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, folder: Path) -> None:
        self.times += 1
        (folder / "audio").mkdir(parents=True)
        (folder / "table.csv").write_text("file\naudio/0.flac\n")
        (folder / "audio" / "0.flac").write_bytes(bytes(range(256)))


@pytest.fixture(autouse=True)
def _cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VOX_CACHE", str(tmp_path / "cache"))


def flip(folder: Path) -> None:
    path = folder / "audio" / "0.flac"
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(bytes(data))


def cut(folder: Path) -> None:
    path = folder / "table.csv"
    path.write_bytes(path.read_bytes()[:-3])


def lose(folder: Path) -> None:
    (folder / "audio" / "0.flac").unlink()


def add(folder: Path) -> None:
    (folder / "audio" / "1.flac").write_bytes(b"x")


def unseal(folder: Path) -> None:
    (folder / "seal.sha256").write_bytes(b"\xff\xfe")


def swap(folder: Path) -> None:
    (folder / "audio" / "0.flac").rename(folder / "audio" / "9.flac")


def test_what_is_whole_is_made_once() -> None:
    make = Maker()
    assert made_once("voices", "k", make) == made_once("voices", "k", make)
    assert make.times == 1
    made_once("voices", "other", make)
    assert make.times == 2


@pytest.mark.parametrize("damage", [flip, cut, lose, add, unseal, swap])
def test_what_has_changed_is_made_anew(damage: object) -> None:
    make = Maker()
    folder = made_once("voices", "k", make)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert callable(damage)
    damage(folder)
    made_once("voices", "k", make)
    assert make.times == 2
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "detectors").write_text("in the way")
    with pytest.raises(VoxError, match="a detector's voices are kept there") as caught:
        made_once("voices", "k", Maker())
    assert caught.value.hint is not None
    assert "VOX_CACHE" in caught.value.hint
