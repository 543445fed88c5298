"""Devices for the parity suite: every emulated board, or a real one (pytest-embedded's option `--port`)."""

from __future__ import annotations

import fcntl
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from bench import Bench

from helpers.tiny_model import tiny_model
from vox_embed.device import rp2040
from vox_embed.device.boards import all_boards, find_board, project_folder
from vox_embed.device.session import Session

BOARDS = [board.name for board in all_boards() if board.emulated and board.emulator_program != "rp2040js"]
"""Boards that every test runs on. The RP2040's emulator is much slower: fewer tests, and some of its own."""
SLOW = [board.name for board in all_boards() if board.emulator_program == "rp2040js"]


def _port(config: pytest.Config) -> str | None:
    port = config.getoption("port", None)
    return str(port) if port else None


def _parameter(board: str) -> object:
    # With `--dist loadgroup` a board's tests run in one process, so that they share its emulator.
    marks = [pytest.mark.xdist_group(board)]
    lacking = (rp2040.missing()) if board in SLOW else None
    if lacking is not None:
        marks.append(pytest.mark.skip(reason=f"{board} cannot be built and emulated: {lacking}"))
    return pytest.param(board, marks=marks)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "board" in metafunc.fixturenames:
        names = BOARDS + (SLOW if metafunc.module.__name__ in ("test_boards", "test_learned") else [])
        names = ["port"] if _port(metafunc.config) else names
        metafunc.parametrize("board", [_parameter(n) for n in names], indirect=True, scope="session")


@pytest.fixture(scope="session")
def board(request: pytest.FixtureRequest) -> str:
    """The name of the board under test, or "port"."""
    return str(request.param)


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


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """With --full: what was compared on which board, and how much of it differed."""
    if not config.getoption("--full"):
        return
    reports = [r for outcome in ("passed", "failed") for r in terminalreporter.getreports(outcome)]
    rows = sorted(str(row) for r in reports for key, row in r.user_properties if key == "parity")
    if rows:
        terminalreporter.section("parity")
        terminalreporter.write_line(
            f"{'board':<10} {'what':<24} {'clips':>5} {'frames':>7} {'windows':>7} {'events':>6}   "
            f"differences: {'features':>8} {'scores':>7} {'events':>7}"
        )
        for row in rows:
            terminalreporter.write_line(row)


class Images(dict[str, Path]):
    """The boards' images, built when they are asked for."""

    def __init__(self, model: bytes) -> None:
        self._model = model

    def __missing__(self, board: str) -> Path:
        self[board] = build(board, self._model)
        return self[board]


@pytest.fixture(scope="session")
def images(built_in: bytes) -> Images:
    return Images(built_in)


@pytest.fixture
def emulated(request: pytest.FixtureRequest) -> None:
    """For tests of one emulated board."""
    if _port(request.config):
        pytest.skip("with --port only that board is tested")


@pytest.fixture(scope="session")
def bench(board: str, images: Images, request: pytest.FixtureRequest) -> Iterator[Bench]:
    """The board under test, for all tests."""
    port = _port(request.config)
    bench = Bench(None, port=port) if port else Bench(find_board(board), images[board])
    yield bench
    bench.close()


@pytest.fixture
def device(bench: Bench) -> Session:
    """A session with the board under test, as after switching on."""
    return bench.fresh()


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
