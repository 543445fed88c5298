"""PlatformIO and CMake build the same image, and `-t upload` runs it."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from vox_embed.device.boards import project_folder

PIO = Path(sys.executable).parent / "pio"

pytestmark = pytest.mark.skipif(not PIO.exists(), reason="PlatformIO is not installed in this environment")


def pio(*arguments: str) -> str:
    environment = dict(os.environ, PLATFORMIO_SETTING_ENABLE_TELEMETRY="No")
    environment["PATH"] = f"{PIO.parent}{os.pathsep}{environment['PATH']}"
    lock = project_folder() / "build" / "tests" / ".pio.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # PlatformIO builds in one place only
        done = subprocess.run(
            [str(PIO), "run", *arguments],
            cwd=project_folder(),
            env=environment,
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
