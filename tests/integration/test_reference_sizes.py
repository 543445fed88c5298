"""Images do not grow unnoticed: flash, RAM and stack of every emulated board against reference_sizes.csv."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from helpers.tiny_model import tiny_model
from vox_embed.device import rp2040
from vox_embed.device.boards import find_board
from vox_embed.device.measure.machine import recipe_of

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
import reference_sizes

KEPT = reference_sizes.read_kept()


def why_not(board: str) -> str | None:
    if find_board(board).emulator_program == "rp2040js":
        return rp2040.missing()
    needed = ("cmake", "ninja", recipe_of(board).compiler + "gcc")
    missing = [tool for tool in needed if shutil.which(tool) is None]
    return f"{', '.join(missing)} is not installed" if missing else None


def test_every_emulated_board_is_in_the_table() -> None:
    assert sorted(KEPT) == sorted(reference_sizes.BOARDS), "python tools/reference_sizes.py --write"


@pytest.mark.parametrize("board", reference_sizes.BOARDS)
def test_nothing_grows_by_more_than_a_percent(board: str) -> None:
    lacking = why_not(board)
    if lacking:
        pytest.skip(lacking)
    kept, here = KEPT[board], reference_sizes.compiler_of(board)
    if here != kept.compiler:
        pytest.skip(f"the kept sizes are those of {kept.compiler}, this is {here}")
    grown = reference_sizes.measure(board, tiny_model("every_op")).grown(kept)
    assert not grown, "; ".join(grown) + ". If it must be: python tools/reference_sizes.py --write"


def test_growth_is_found_size_by_size() -> None:
    kept = replace(next(iter(KEPT.values())), code=1000, stack=100)
    assert replace(kept, code=1010, constants=0).grown(kept) == []
    assert replace(kept, code=1011).grown(kept) == [f"{kept.board}: code 1,000 -> 1,011 bytes"]
    assert replace(kept, stack=102).grown(kept) == [f"{kept.board}: stack 100 -> 102 bytes"]
