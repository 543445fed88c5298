"""PlatformIO and CMake build the same image, and `-t upload` runs it."""

from __future__ import annotations

import ast
import fcntl
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from vox_embed.device.boards import all_boards, project_folder

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


def pio(*arguments: str) -> str:
    lock = project_folder() / "build" / "tests" / ".pio.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # PlatformIO builds in one place only
        done = subprocess.run(
            [str(PIO), "run", *arguments],
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


def memory(image: Path, folder: Path) -> bytes:
    """What is loaded: the image without its debug information."""
    binary = folder / "image.bin"
    subprocess.run(["arm-none-eabi-objcopy", "-O", "binary", str(image), str(binary)], check=True)
    return binary.read_bytes()


def test_same_image_as_cmake(tmp_path: Path) -> None:
    if shutil.which("arm-none-eabi-objcopy") is None:
        pytest.skip("the Arm toolchain is not installed")
    pio("-e", "qemu-m4")
    folder = tmp_path / "cmake"
    for command in (["cmake", "--preset", "qemu-m4", "-B", str(folder)], ["cmake", "--build", str(folder)]):
        subprocess.run(command, cwd=project_folder(), check=True, capture_output=True)
    ours = memory(project_folder() / ".pio" / "build" / "qemu-m4" / "vox-qemu-m4.elf", tmp_path)
    assert ours == memory(folder / "vox-qemu-m4.elf", tmp_path)
    assert len(ours) > 10_000


@pytest.mark.parametrize("environment", ["qemu-m4", "native"])
def test_upload_runs_the_image(environment: str) -> None:
    output = pio("-e", environment, "-t", "upload")
    assert f"HELLO from {environment}" in output
    assert "vox-embed monitor --port" in output
