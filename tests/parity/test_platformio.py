"""PlatformIO and CMake build the same image, and `-t upload` runs it."""

from __future__ import annotations

import ast
import fcntl
import json
import os
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from helpers.tiny_model import tiny_model
from vox_embed.device import rp2040
from vox_embed.device.boards import all_boards, find_board, project_folder
from vox_embed.export import ExportModel, export_model, find_target

PIO = Path(sys.executable).parent / "pio"

pytestmark = pytest.mark.skipif(not PIO.exists(), reason="PlatformIO is not installed in this environment")


ENVIRONMENT = dict(
    os.environ,
    PLATFORMIO_SETTING_ENABLE_TELEMETRY="No",
    PATH=f"{PIO.parent}{os.pathsep}{os.environ['PATH']}",
)


def project(folder: Path, *arguments: str) -> str:
    """What `pio project config` says of a project; it fetches nothing."""
    done = subprocess.run(
        [str(PIO), "project", "config", *arguments],
        cwd=folder,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def lint(folder: Path) -> dict[str, list[object]]:
    """Its findings: `pio project config --lint` ends with 0 whatever they are, so they are read."""
    found = ast.literal_eval(project(folder, "--lint", "--json-output").strip().splitlines()[-1])
    assert set(found) == {"errors", "warnings"}
    return found  # type: ignore[no-any-return]


def test_platformio_ini_is_clean() -> None:
    assert lint(project_folder()) == {"errors": [], "warnings": []}


@pytest.mark.parametrize(
    ("added", "where", "said"),
    [
        ("bord = esp32dev", "warnings", "bord"),
        ("build_flag = -O2", "warnings", "build_flag"),
        ("custom_x = ${nowhere.option}", "errors", "nowhere"),
    ],
)
def test_lint_finds_what_is_wrong(tmp_path: Path, added: str, where: str, said: str) -> None:
    text = (project_folder() / "platformio.ini").read_text()
    (tmp_path / "platformio.ini").write_text(f"{text}{added}\n")
    assert said in str(lint(tmp_path)[where])


def test_every_board_has_its_environment() -> None:
    sections = json.loads(project(project_folder(), "--json-output"))
    environments = {
        name.removeprefix("env:"): dict(options) for name, options in sections if name.startswith("env:")
    }
    boards = all_boards()
    assert set(environments) == {board.name for board in boards}
    for board in boards:
        options = environments[board.name]
        raw = yaml.safe_load((project_folder() / "boards" / f"{board.name}.yaml").read_text())
        if not board.platform:
            assert options["platform"].endswith("/boards/platformio"), board.name
            continue
        assert options["platform"] == board.platform, board.name
        assert options["board"] == raw["platformio"]["board"], board.name
        assert options["framework"] == [raw["platformio"]["framework"]] == ["arduino"], board.name
        assert options["extra_scripts"] == ["pre:boards/platformio/builder/arduino.py"], board.name
        assert (project_folder() / options["extra_scripts"][0].removeprefix("pre:")).is_file()


def pio(*arguments: str, command: str = "run") -> str:
    lock = project_folder() / "build" / "tests" / ".pio.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # PlatformIO builds in one place only
        done = subprocess.run(
            [str(PIO), command, *arguments],
            cwd=project_folder(),
            env=ENVIRONMENT,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=300,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def memory(image: Path, folder: Path, objcopy: str) -> bytes:
    """What is loaded: the image without its debug information."""
    binary = folder / "image.bin"
    subprocess.run([objcopy, "-O", "binary", str(image), str(binary)], check=True)
    return binary.read_bytes()


def built_by_both() -> list[str]:
    """Boards whose images QEMU runs. The first is drawn by what the device program is, so that the board that
    is tested by default changes with the sources."""
    names = sorted(board.name for board in all_boards() if board.emulator_program.startswith("qemu-"))
    sources = sorted((project_folder() / "firmware" / "app").glob("*.c"))
    random.Random(b"".join(source.read_bytes() for source in sources)).shuffle(names)
    return names


def test_same_image_as_cmake(tmp_path: Path, full: bool) -> None:
    for board in built_by_both() if full else built_by_both()[:1]:
        assert_same_image(board, tmp_path / board)


def assert_same_image(board: str, folder: Path) -> None:
    compiler = yaml.safe_load((project_folder() / "boards" / f"{board}.yaml").read_text())["compiler"]
    if shutil.which(f"{compiler}objcopy") is None:
        pytest.skip(f"{compiler}gcc is not installed")
    pio("-e", board)
    for command in (["cmake", "--preset", board, "-B", str(folder)], ["cmake", "--build", str(folder)]):
        subprocess.run(command, cwd=project_folder(), check=True, capture_output=True)
    ours, theirs = (
        memory(image, folder, f"{compiler}objcopy")
        for image in (
            project_folder() / ".pio" / "build" / board / f"vox-{board}.elf",
            folder / f"vox-{board}.elf",
        )
    )
    assert ours == theirs, board
    assert len(ours) > 10_000


@pytest.mark.parametrize("environment", ["qemu-m4", "native"])
def test_upload_runs_the_image(environment: str) -> None:
    output = pio("-e", environment, "-t", "upload")
    assert f"HELLO from {environment}" in output
    assert "vox-embed monitor --port" in output


def copied_project(folder: Path) -> Path:
    """The project without anything built, to be broken."""
    for name in ("firmware", "boards", "tests/platformio", "models/digits"):
        shutil.copytree(
            project_folder() / name,
            folder / name,
            ignore=shutil.ignore_patterns("node_modules", "__pycache__"),
        )
    shutil.copy(project_folder() / "platformio.ini", folder)
    return folder


def failing_pio(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [str(PIO), *arguments],
        cwd=folder,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=300,
        check=False,
    )
    assert done.returncode != 0, done.stdout
    return done.stdout + done.stderr


def test_unit_tests_pass() -> None:
    output = pio("-e", "native", command="test")
    assert "8 test cases: 8 succeeded" in output, output
    assert output.count("[PASSED]") == 8 + 2


def test_unit_tests_fail_with_the_library(tmp_path: Path) -> None:
    """A CRC that is off by one bit: the runner names the tests and lines that found it."""
    project = copied_project(tmp_path)
    source = project / "firmware" / "vox" / "src" / "format" / "crc32.c"
    text = source.read_text()
    assert text.count("return ~crc;") == 1
    source.write_text(text.replace("return ~crc;", "return 1u ^ ~crc;"))
    output = failing_pio(project, "test", "-e", "native")
    assert "the_crc_is_that_of_the_standard" in output and "[FAILED]" in output
    assert re.search(r"test_model\.c:\d+", output)


def test_unit_tests_are_for_this_computer() -> None:
    output = failing_pio(project_folder(), "test", "-e", "qemu-m3")
    assert "pio test -e native" in output


@pytest.mark.skipif(shutil.which("cppcheck") is None, reason="cppcheck is not installed")
def test_check_finds_nothing_here_and_what_is_planted(tmp_path: Path) -> None:
    severities = [f"--fail-on-defect={severity}" for severity in ("low", "medium", "high")]
    checked = json.loads(pio("-e", "native", "--json-output", *severities, command="check").splitlines()[-1])
    assert [(c["env"], c["tool"], c["succeeded"], c["defects"]) for c in checked if c["env"] == "native"] == [
        ("native", "cppcheck", True, [])
    ]
    project = copied_project(tmp_path)
    with (project / "firmware" / "app" / "run.c").open("a") as source:
        source.write(
            "\nint planted(void);\nint planted(void)\n{\n"
            "    int values[2] = {0, 1};\n    return values[2];\n}\n"
        )
    output = failing_pio(project, "check", "-e", "native", *severities)
    assert "run.c" in output and "arrayIndexOutOfBounds" in output


LOCAL = sorted(board.name for board in all_boards() if not board.platform)
QUICK = {"microbit", "qemu-rv32"}


def has_tools(board: str) -> str | None:
    """Why a board cannot be built here, or None."""
    keys = yaml.safe_load((project_folder() / "boards" / f"{board}.yaml").read_text())
    compiler = f"{keys.get('compiler', '')}gcc"
    if shutil.which(compiler) is None:
        return f"{compiler} is not installed"
    return rp2040.missing() if keys.get("sdk") == "pico" else None


@pytest.mark.slow
@pytest.mark.parametrize("environment", LOCAL)
def test_every_environment_builds_and_uploads(environment: str, full: bool) -> None:
    if not full and environment not in QUICK:
        pytest.skip("sampled: run with --full")
    if reason := has_tools(environment):
        pytest.skip(reason)
    if find_board(environment).emulator_program == "rp2040js":
        pio("-e", environment)
        output = failing_pio(project_folder(), "run", "-e", environment, "-t", "upload")
        assert "BOOTSEL" in output and f"vox-{environment}.uf2" in output
        return
    output = pio("-e", environment, "-t", "upload")
    assert f"HELLO from {environment}" in output


@pytest.mark.slow
@pytest.mark.parametrize("tool", ["pio", "cmake"])
@pytest.mark.parametrize("environment", ["qemu-m3", "rp2040"])
def test_exported_folder_builds(environment: str, tool: str, tmp_path: Path, full: bool) -> None:
    """An export stands alone: no file of the checkout is needed."""
    if not full and environment != "qemu-m3":
        pytest.skip("pico-sdk is built for minutes: run with --full")
    if reason := has_tools(environment):
        pytest.skip(reason)
    folder = tmp_path / "export"
    export_model(find_target(environment), ExportModel(tiny_model(), "tiny"), folder)
    commands = {
        "pio": [[str(PIO), "run", "-e", environment]],
        "cmake": [
            ["cmake", "--preset", environment],
            ["cmake", "--build", "--preset", environment, "--parallel", "2"],
        ],
    }[tool]
    for command in commands:
        done = subprocess.run(
            command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, timeout=600, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
    built = folder / {"pio": ".pio/build", "cmake": "build"}[tool] / environment
    model = Path(built / f"vox-{environment}.elf").read_bytes()
    assert tiny_model() in model
    assert environment != "rp2040" or (built / "vox-rp2040.uf2").stat().st_size > 50_000
