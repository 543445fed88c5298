"""Devices for the parity suite: every emulated board, or a real one (pytest-embedded's option `--port`)."""

from __future__ import annotations

import fcntl
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from helpers.tiny_model import tiny_model
from vox_embed.device.boards import all_boards, find_board, project_folder
from vox_embed.device.session import Session
from vox_embed.device.targets import open_board, open_port

# The RP2040's emulator is much slower than QEMU and needs node: test_rp2040.py.
BOARDS = [board.name for board in all_boards() if board.emulated and board.emulator_program != "rp2040js"]


def _port(config: pytest.Config) -> str | None:
    port = config.getoption("port", None)
    return str(port) if port else None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "board" in metafunc.fixturenames:
        metafunc.parametrize("board", ["port"] if _port(metafunc.config) else BOARDS)


@pytest.fixture(scope="session")
def built_in() -> bytes:
    """The model that is built into the emulated images."""
    return tiny_model("conv", seed=11)


# The PC program runs under the sanitizers: what it does wrong ends it, and the test fails with their report.
SANITIZERS = "-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"


def build(board: str, model: bytes) -> Path:
    """The board's image with a model built in, made by CMake; kept for the next run."""
    folder = project_folder() / "build" / "tests" / board
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        file = folder / "built_in.vxm"
        if not file.exists() or file.read_bytes() != model:
            file.write_bytes(model)
        for command in (
            [
                *("cmake", "--preset", board, "-B", str(folder), f"-DVOX_MODEL={file}"),
                *([f"-DCMAKE_C_FLAGS={SANITIZERS}"] if board == "native" else []),
            ],
            ["cmake", "--build", str(folder), "--parallel", "2"],
        ):
            done = subprocess.run(command, cwd=project_folder(), capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout + done.stderr
    return folder / (f"vox-{board}" + (".elf" if board != "native" else ""))


@pytest.fixture(scope="session")
def builder() -> Callable[[str, bytes], Path]:
    """`build`, for boards with tests of their own."""
    return build


@pytest.fixture(scope="session")
def images(built_in: bytes, request: pytest.FixtureRequest) -> dict[str, Path]:
    return {} if _port(request.config) else {board: build(board, built_in) for board in BOARDS}


@pytest.fixture
def device(board: str, images: dict[str, Path], request: pytest.FixtureRequest) -> Iterator[Session]:
    """A session with the board under test, freshly started where it is emulated."""
    port = _port(request.config)
    session = open_port(port) if port else open_board(find_board(board), images[board])
    with session:
        yield session


@pytest.fixture
def _fixture_classes_and_options(_fixture_classes_and_options):  # type: ignore[no-untyped-def]
    """pytest-embedded's qemu service adds a flash drive, which MPS2 has not; `-kernel` instead."""
    options = _fixture_classes_and_options
    if "qemu" in options.classes:
        from pytest_embedded.log import DuplicateStdoutPopen
        from pytest_embedded_qemu import Qemu

        class KernelImage(DuplicateStdoutPopen):
            def __init__(self, cmd, **kwargs):  # type: ignore[no-untyped-def]
                assert cmd[-2] == "-drive"
                image = cmd[-1].split(",")[0].removeprefix("file=")
                super().__init__(cmd=[*cmd[:-2], "-kernel", image], **kwargs)

        class BareMetalQemu(Qemu, KernelImage):
            pass

        options.classes["qemu"] = BareMetalQemu
    return options
