"""Where a model is too large for a board, the hint can be followed on that board."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from vox_embed.experiment.board_room import flash_hint, ram_hint
from vox_embed.experiment.sources import firmware_root

ROOT = firmware_root()


@pytest.fixture
def board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a board with 64 kB of RAM, in a project of its own."""
    for name in ("boards", "firmware/vox/include"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("node_modules"))
    monkeypatch.setenv("VOX_PROJECT", str(tmp_path))
    path = tmp_path / "boards" / "small.yaml"
    text = (ROOT / "boards" / "qemu-m4.yaml").read_text()
    for key, value in (
        ("name", "small"),
        ("ram_kb", 64),
        ("arena_kb", 20),
        ("model_slot_kb", 8),
        ("stack_kb", 4),
    ):
        text = re.sub(rf"^{key}: \S+", f"{key}: {value}", text, flags=re.MULTILINE)
    path.write_text(text)
    return path


def test_a_full_chip_has_no_more() -> None:
    """The micro:bit: all of its 16 kB are set aside already."""
    hint = ram_hint("microbit", 14056)
    assert hint.startswith(
        "the chip has no more: train a smaller model, or choose a board with more RAM (rp2040, "
    )
    assert "raise" not in hint


def test_what_is_free_may_be_set_aside(board: Path) -> None:
    # 64 - 20 - 4 - 2 * 8 - 8 (the program) = 16 kB
    assert ram_hint("small", 1024 * 36).startswith("raise arena_kb in boards/small.yaml to 36 and build")
    assert ram_hint("small", 1024 * 20 + 1).startswith("raise arena_kb in boards/small.yaml to 21 and build")


def test_slots_may_be_smaller(board: Path) -> None:
    hint = ram_hint("small", 1024 * 40)
    assert hint.startswith("in boards/small.yaml lower model_slot_kb to 6 and raise arena_kb to 40")
    assert ram_hint("small", 1024 * 53).startswith("the chip has no more")
    board.write_text(board.read_text().replace("ram_slots", "flash_slots"))
    assert ram_hint("small", 1024 * 40).startswith("raise arena_kb in boards/small.yaml to 40")  # 16 kB more


def test_boards_without_limits_and_strangers() -> None:
    assert ram_hint("native", 1 << 30).startswith("raise arena_kb in boards/native.yaml to 1048576")
    for stranger in ("a board on a port", "../microbit", ""):
        assert ram_hint(stranger, 1000) == "train a smaller model, or choose another board"


def test_flash() -> None:
    assert "rp2040" in flash_hint(1 << 20)
    hint = flash_hint(1 << 40)
    assert hint == "train a smaller model, or choose a board with more flash (native)"
