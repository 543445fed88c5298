"""The .hex of `vox-embed flash` in QEMU's micro:bit: the kept firmware finds the model in its flash."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from helpers.tiny_model import tiny_model
from vox_embed.core import Model
from vox_embed.device.boards import find_board
from vox_embed.device.flash import KEPT, flash_file
from vox_embed.device.material import synthetic_clips
from vox_embed.device.targets import open_board
from vox_embed.device.verify import verify


@pytest.mark.skipif(shutil.which("qemu-system-arm") is None, reason="qemu-system-arm is not installed")
def test_it_starts_with_the_model_and_computes_the_same(tmp_path: Path) -> None:
    data = tiny_model("dense", seed=3)
    model = Model(data)
    image = tmp_path / "microbit.hex"
    image.write_bytes(flash_file(KEPT["microbit"], data, "tiny"))
    with open_board(find_board("microbit"), image) as session:
        assert session.device.model_crc == model.crc
        report = verify(session, data, synthetic_clips(model, 7, 2))
        assert report.differences.total == 0, report.differences.first
        assert report.compared.windows > 0
