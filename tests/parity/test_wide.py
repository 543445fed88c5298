"""Networks of 16-bit activations on boards: images leave their operators out, unless they are asked for."""

from __future__ import annotations

import configparser
import json
import shutil

import pytest

from helpers.wide_program import chain, single
from vox_embed.core import Model
from vox_embed.device.boards import find_board
from vox_embed.device.material import random_tensors
from vox_embed.device.session import DeviceRefusedError
from vox_embed.device.targets import open_board
from vox_embed.device.verify import verify_network
from vox_embed.experiment.errors import VoxError
from vox_embed.export.base import ExportModel
from vox_embed.export.index import find_target
from vox_embed.program.build import build_network
from vox_embed.program.on_demand import on_demand, refuse_on_demand

BOARDS = ("qemu-m0", "qemu-m4")


def _need(board: str) -> None:
    if shutil.which("qemu-system-arm") is None or shutil.which("arm-none-eabi-gcc") is None:
        pytest.skip(f"{board} cannot be built or emulated here")


def test_a_boards_program_says_what_it_has_not(full: bool) -> None:
    for board in BOARDS if full else BOARDS[1:]:
        _need(board)
        with open_board(find_board(board)) as session:
            before = session.hello().model_crc
            with pytest.raises(DeviceRefusedError, match="is not built into this firmware"):
                session.push_model(build_network(single("conv_16", 1), {}))
            assert session.hello().model_crc == before


def test_an_image_that_asks_for_them_computes_the_same_bits(full: bool) -> None:
    for board in BOARDS if full else BOARDS[1:]:
        _need(board)
        with open_board(find_board(board), more=True) as session:
            for seed in range(6):
                data = build_network(chain(seed), {})
                report = verify_network(session, data, random_tensors(Model(data), 4, seed))
                assert report.differences.total == 0


def test_an_export_to_a_board_asks_for_what_its_model_has() -> None:
    data = build_network(single("softmax_16", 1), {})
    assert on_demand(data) == ("SOFTMAX_16",)
    files = find_target("qemu-m4").files(ExportModel(data, "net"))
    presets = json.loads(files["CMakePresets.json"])["configurePresets"]
    (own,) = [preset for preset in presets if preset["name"] == "qemu-m4"]
    assert own["cacheVariables"]["VOX_MORE_OPERATORS"] == "SOFTMAX_16"
    settings = configparser.RawConfigParser(inline_comment_prefixes=(" ;",))
    settings.read_string(files["platformio.ini"].decode())
    assert settings.get("env:qemu-m4", "custom_vox_operators") == "SOFTMAX_16"


def test_ready_made_builds_name_what_they_leave_out() -> None:
    data = build_network(single("conv_16", 1), {})
    with pytest.raises(VoxError, match="net has operators that the page's module leaves out: CONV_16"):
        refuse_on_demand(data, "net", "the page's module")
    refuse_on_demand(build_network(single("reshape_16", 1), {}), "net", "the page's module")
