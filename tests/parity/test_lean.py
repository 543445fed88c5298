"""Images with the operators and the front end of one model alone: the same bits; others are refused."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.tiny_model import DESCRIPTORS, tiny_model
from vox_embed.core import Model
from vox_embed.device.boards import find_board
from vox_embed.device.material import synthetic_clips
from vox_embed.device.session import DeviceRefusedError, Session
from vox_embed.device.targets import open_board
from vox_embed.device.verify import verify
from vox_embed.experiment.errors import VoxError
from vox_embed.export import ExportModel, find_target
from vox_embed.export.write import export_model

BOARD = "qemu-m4"
MODEL = tiny_model("conv")


@pytest.fixture(scope="module")
def lean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An exported folder with a built image."""
    if shutil.which("qemu-system-arm") is None or shutil.which("arm-none-eabi-gcc") is None:
        pytest.skip(f"{BOARD} cannot be built or emulated here")
    folder = tmp_path_factory.mktemp("lean")
    model, target = ExportModel(MODEL, "tiny"), find_target(BOARD).made_lean()
    export_model(target, model, folder)
    footprint = target.footprint(model, folder)
    assert footprint.missing is None
    return folder


@pytest.fixture
def session(lean: Path) -> Iterator[Session]:
    """Its image, running."""
    with open_board(find_board(BOARD), lean / "build" / BOARD / f"vox-{BOARD}.elf") as session:
        yield session


def test_it_computes_the_same_bits(session: Session) -> None:
    report = verify(session, MODEL, synthetic_clips(Model(MODEL), 4, 1))
    assert report.compared.inferences > 0
    assert report.differences.total == 0


def test_it_takes_models_of_the_same_operators_and_refuses_others(session: Session) -> None:
    another = tiny_model("conv", seed=9)
    session.push_model(another)
    crc = session.hello().model_crc
    assert crc == Model(another).crc != Model(MODEL).crc
    for more in (tiny_model("every_op"), tiny_model("conv", features=DESCRIPTORS)):
        with pytest.raises(DeviceRefusedError, match="is not built into this firmware"):
            session.push_model(more)
        assert session.hello().model_crc == crc


def test_it_is_smaller(lean: Path, tmp_path: Path) -> None:
    model = ExportModel(MODEL, "tiny")
    whole = find_target(BOARD)
    export_model(whole, model, tmp_path)
    sizes = [
        target.footprint(model, place).code
        for target, place in ((whole, tmp_path), (find_target(BOARD).made_lean(), lean))
    ]
    assert sizes[0] is not None
    assert sizes[1] is not None
    assert sizes[1] < 0.7 * sizes[0]


def test_exports_without_firmware_have_nothing_to_leave_out() -> None:
    with pytest.raises(VoxError, match="the export c99 has none"):
        find_target("c99").made_lean()
