"""The file of `vox-embed flash` in an emulator of the RP2040: the kept firmware finds the model."""

from __future__ import annotations

from pathlib import Path

import pytest
import soundfile

from helpers.tiny_model import tiny_model
from vox_embed.core import Model
from vox_embed.device import rp2040
from vox_embed.device.boards import find_board
from vox_embed.device.flash import KEPT, flash_file
from vox_embed.device.material import synthetic_clips
from vox_embed.device.targets import open_board
from vox_embed.device.verify import verify
from vox_embed.experiment.errors import VoxError


def _lacking() -> str | None:
    try:
        rp2040.need_emulator()
    except VoxError as error:
        return error.message
    return None


LACKING = _lacking()
pytestmark = [
    pytest.mark.skipif(LACKING is not None, reason=f"the RP2040 cannot be emulated: {LACKING}"),
    pytest.mark.xdist_group("rp2040"),
]


def test_it_starts_with_the_model_and_computes_the_same(tmp_path: Path) -> None:
    data = tiny_model("conv", seed=11)
    model = Model(data)
    image = tmp_path / "pico.uf2"
    image.write_bytes(flash_file(KEPT["rp2040"], data, "tiny"))
    with open_board(find_board("rp2040"), image, arguments=["--free"]) as session:
        assert session.device.model_crc == model.crc
        report = verify(session, data, synthetic_clips(model, 7, 2))
        assert report.differences.total == 0, report.differences.first
        assert report.compared.windows > 0


def test_monitor_shows_what_is_played_to_its_pin(tmp_path: Path) -> None:
    from helpers.typed import typed

    data = tiny_model("conv", seed=11)
    rate = Model(data).sample_rate
    (tmp_path / "m.vxm").write_bytes(data)
    sound = synthetic_clips(Model(data), 7, 3)
    for number, clip in enumerate(sound):
        soundfile.write(tmp_path / f"{number}.wav", clip.samples, rate)
    done = typed("flash", tmp_path / "m.vxm", "--out", tmp_path / "pico.uf2", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    wavs = [word for number in range(3) for word in ("--wav", tmp_path / f"{number}.wav")]
    done = typed(
        "monitor",
        tmp_path / "m.vxm",
        "--target",
        "rp2040",
        "--image",
        tmp_path / "pico.uf2",
        *wavs,
        "--log",
        tmp_path / "events.jsonl",
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert "begin" in (tmp_path / "events.jsonl").read_text()
