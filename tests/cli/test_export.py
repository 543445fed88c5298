"""`vox-embed export`, as a user types it."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import wave
from pathlib import Path
from typing import Any

import pytest

from helpers.tiny_model import RATE, clip, tiny_model, tiny_network
from helpers.typed import typed
from vox_embed.core import Model


def vox_embed(*arguments: str | Path, cwd: Path, path: str | None = None) -> subprocess.CompletedProcess[str]:
    return typed(*arguments, cwd=cwd, **({"PATH": path} if path is not None else {}))


def exported(*arguments: str | Path, cwd: Path, path: str | None = None) -> dict[str, Any]:
    done = vox_embed("export", *arguments, "--json", cwd=cwd, path=path)
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def need(*tools: str) -> None:
    for tool in tools:
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.vxm"
    path.write_bytes(tiny_model())
    return path


def test_help_shows_an_example(tmp_path: Path) -> None:
    done = vox_embed("export", "--help", cwd=tmp_path)
    assert done.returncode == 0
    assert "Example: vox-embed export" in done.stdout


def test_c99_from_export_to_verdict(tmp_path: Path, model: Path) -> None:
    need("make", "cc")
    done = vox_embed("export", model, "--target", "c99", "--out", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for word in ("flash", "code", "model", "RAM", "static", "running model"):
        assert word in done.stdout
    typed = next(line for line in done.stdout.splitlines() if line.startswith("next: ")).removeprefix(
        "next: "
    )
    with wave.open(str(tmp_path / "clip.wav"), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(clip("bursts").astype("<i2").tobytes())
    run = subprocess.run(
        typed.replace("FILE.wav", "clip.wav"),
        shell=True,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines()[-1].endswith("background")


def test_json_has_the_sizes(tmp_path: Path, model: Path) -> None:
    said = exported(model, "--target", "c99", "--out", "out", cwd=tmp_path)
    core = Model(model.read_bytes())
    assert said["target"] == "c99"
    assert said["model"] == {"name": "tiny", "bytes": core.size, "crc32": f"{core.crc:08x}"}
    assert said["flash"]["model"] == core.size
    assert said["ram"]["listener"] == core.listener_size
    assert said["ram"]["arena"] == core.arena_size
    assert said["files"] == sum(path.is_file() for path in (tmp_path / "out").rglob("*"))


def test_vxm_is_a_copy(tmp_path: Path, model: Path) -> None:
    exported(model, "--target", "vxm", "--out", "out", cwd=tmp_path)
    assert (tmp_path / "out" / "tiny.vxm").read_bytes() == model.read_bytes()


def test_bare_network_as_vxm(tmp_path: Path) -> None:
    (tmp_path / "net.vxm").write_bytes(tiny_network())
    said = exported("net.vxm", "--target", "vxm", cwd=tmp_path)
    assert (said["ram"]["listener"], said["next"]) == (0, None)
    assert (tmp_path / "build" / "export" / "net-vxm" / "net.vxm").read_bytes() == tiny_network()
    done = vox_embed("export", "net.vxm", "--target", "arduino", cwd=tmp_path)
    assert (done.returncode, "bare network" in done.stderr) == (1, True)
    assert "--target c99" in done.stderr
    said = exported("net.vxm", "--target", "c99", cwd=tmp_path)
    assert said["next"].endswith("/infer INPUTS.bin")


def test_qemu_project_with_a_bare_network(tmp_path: Path) -> None:
    need("arm-none-eabi-gcc", "cmake", "ninja", "qemu-system-arm")
    (tmp_path / "net.vxm").write_bytes(tiny_network())
    said = exported("net.vxm", "--target", "qemu-m4", "--out", "out", cwd=tmp_path)
    done = vox_embed(*shlex.split(said["next"])[1:], "--synthetic", "3", cwd=tmp_path)
    assert (done.returncode, "0 differences" in done.stdout) == (0, True), done.stderr


def test_qemu_project_builds_and_boots_with_the_model(tmp_path: Path, model: Path) -> None:
    need("arm-none-eabi-gcc", "cmake", "ninja", "qemu-system-arm")
    from vox_embed.device.boards import find_board
    from vox_embed.device.targets import open_board

    said = exported(model, "--target", "qemu-m4", "--out", "firmware", cwd=tmp_path)
    assert said["missing"] is None
    assert 0 < said["estimated_real_time_share"] < 1
    assert 10_000 < said["flash"]["code"] < 78_000
    image = tmp_path / "firmware" / "build" / "qemu-m4" / "vox-qemu-m4.elf"
    with open_board(find_board("qemu-m4"), image) as session:
        assert session.device.model_crc == Model(model.read_bytes()).crc
    assert said["next"].startswith("vox-embed verify firmware/model.vxm --target qemu-m4 --image ")
    arguments = said["next"].split()[1:]
    done = vox_embed(*arguments, "--synthetic", "3", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["differences"] == {"features": 0, "scores": 0, "events": 0}
    assert found["estimated_real_time_share"] == said["estimated_real_time_share"]
    assert "real time" not in done.stderr


def test_platformio_builds_the_same_project(tmp_path: Path, model: Path) -> None:
    need("arm-none-eabi-gcc")
    pio = shutil.which("pio") or shutil.which("pio", path=str(Path(sys.executable).parent))
    if pio is None:
        pytest.skip("platformio is not installed")
    exported(model, "--target", "qemu-m4", "--out", "firmware", cwd=tmp_path)
    done = subprocess.run(
        [pio, "run", "-e", "qemu-m4"],
        cwd=tmp_path / "firmware",
        env=os.environ | {"PLATFORMIO_SETTING_ENABLE_TELEMETRY": "No"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (
        model.read_bytes()
        in (tmp_path / "firmware" / ".pio" / "build" / "qemu-m4" / "vox-qemu-m4.elf").read_bytes()
    )


def test_without_a_toolchain_it_says_so(tmp_path: Path, model: Path) -> None:
    said = exported(model, "--target", "qemu-m4", "--out", "firmware", cwd=tmp_path, path=str(tmp_path))
    assert said["flash"]["code"] is None
    assert "arm-none-eabi-gcc" in said["missing"]
    assert said["next"] == "cd firmware && cmake --preset qemu-m4 && cmake --build --preset qemu-m4"
    assert (tmp_path / "firmware" / "model.vxm").read_bytes() == model.read_bytes()


def test_unknown_target(tmp_path: Path, model: Path) -> None:
    done = vox_embed("export", model, "--target", "qemu_m4x", cwd=tmp_path)
    assert done.returncode == 1
    assert "did you mean `qemu-m4`?" in done.stderr
    assert not (tmp_path / "build").exists()


def test_nothing_trained_yet(tmp_path: Path) -> None:
    done = vox_embed("export", cwd=tmp_path)
    assert done.returncode == 1
    assert "nothing has been trained here yet" in done.stderr


@pytest.mark.parametrize("size", [0, 3, 100])
def test_truncated_model(tmp_path: Path, model: Path, size: int) -> None:
    (tmp_path / "cut.vxm").write_bytes(model.read_bytes()[:size])
    done = vox_embed("export", "cut.vxm", "--target", "c99", "--out", "out", cwd=tmp_path)
    assert done.returncode == 1
    assert "cut.vxm" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_foreign_folder_needs_force(tmp_path: Path, model: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    done = vox_embed("export", model, "--target", "vxm", "--out", "out", cwd=tmp_path)
    assert (done.returncode, "--force" in done.stderr) == (1, True)
    assert (tmp_path / "out" / "mine.txt").read_text() == "mine"
    exported(model, "--target", "vxm", "--out", "out", "--force", cwd=tmp_path)
    assert not (tmp_path / "out" / "mine.txt").exists()
