"""Sizes of linked images: what they say equals the linker's own figures, and what does not fit is refused."""

from __future__ import annotations

import dataclasses
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.tiny_model import tiny_model, tiny_network
from vox_embed.core import Model
from vox_embed.device import rp2040
from vox_embed.device.boards import all_boards, find_board, project_folder
from vox_embed.device.measure import size as size_module
from vox_embed.device.measure.build import Built, board_image
from vox_embed.device.measure.elf import Elf
from vox_embed.device.measure.machine import recipe_of
from vox_embed.device.measure.size import Sizes, check_fit, linked_sizes, measure_size
from vox_embed.experiment.errors import VoxError
from vox_embed.export.base import ExportModel
from vox_embed.export.c_sources import kernels_unit
from vox_embed.export.firmware import board_targets
from vox_embed.features.logmel import LogMel
from vox_embed.program.on_demand import op_codes
from vox_embed.spec.model_format import OpCode


def buildable() -> list[str]:
    """Boards whose images this computer can build."""
    if not (shutil.which("cmake") and shutil.which("ninja")):
        return []
    boards = [b.name for b in all_boards() if b.built and b.emulated]
    if rp2040.missing():
        boards.remove("rp2040")
    return [name for name in boards if shutil.which((recipe_of(name).compiler or "") + "gcc")]


needs_arm = pytest.mark.skipif(
    not (shutil.which("arm-none-eabi-gcc") and shutil.which("cmake") and shutil.which("ninja")),
    reason="arm-none-eabi-gcc, cmake or ninja is missing",
)


@pytest.fixture(params=buildable())
def image(request: pytest.FixtureRequest) -> Iterator[tuple[str, Built, bytes]]:
    model = tiny_model("conv")
    board: str = request.param
    with board_image(project_folder(), board, model, recipe_of(board).compiler) as built:
        yield board, built, model


def test_totals_are_those_of_the_size_command(image: tuple[str, Built, bytes]) -> None:
    _, built, model = image
    said = subprocess.run([f"{built.prefix}size", built.elf], capture_output=True, text=True, check=True)
    text, data, bss = map(int, said.stdout.splitlines()[1].split()[:3])
    flash, ram = linked_sizes(Elf(built.elf))
    sections = Elf(built.elf).sections
    # `size` takes what is not writable for flash only, and leaves out what is only reserved.
    copied = sum(s.size for s in sections if s.moved and s.stored and not s.flags & 1)
    reserved = sum(s.size for s in sections if not s.allocated and s.address)
    assert flash.total == text + data
    assert ram.total == data + bss + copied + reserved
    assert flash.model == len(model)
    assert flash.code + flash.constants + flash.data + flash.model == flash.total
    assert ram.static + ram.reserved + ram.slots + ram.stack_reserved == ram.total
    assert min(dataclasses.astuple(flash) + dataclasses.astuple(ram)) >= 0


def test_totals_are_those_of_the_map(image: tuple[str, Built, bytes]) -> None:
    """Output sections by the memory they lie in. Debugging sections of the ELF are in none."""
    board, built, _ = image
    if board == "native":
        pytest.skip("a PC program is linked without a map")
    text = built.elf.with_suffix(".map").read_text()
    memory, _, sections = text.partition("Linker script and memory map")
    regions = [
        (int(origin, 16), int(origin, 16) + int(length, 16), "w" in attributes)
        for origin, length, attributes in re.findall(
            r"^\S+\s+(0x\w+)\s+(0x\w+)\s+(\w+)$", memory, re.MULTILINE
        )
    ]
    stored = {s.name for s in Elf(built.elf).sections if s.allocated and s.stored}
    in_flash = in_ram = 0
    for name, at, size in re.findall(
        r"^(\.\S+)\s+(0x\w+)\s+(0x\w+)(?: load address 0x\w+)?$", sections, re.MULTILINE
    ):
        for start, end, writable in regions:
            if start <= int(at, 16) < end and int(size, 16):
                in_ram += int(size, 16) if writable else 0
                in_flash += int(size, 16) if name in stored else 0
    flash, ram = linked_sizes(Elf(built.elf))
    assert (flash.total, ram.total) == (in_flash, in_ram)
    if board == "rp2040":  # what is flashed: the image that the build writes from the same ELF
        assert flash.total == built.elf.with_suffix(".bin").stat().st_size


def test_parts_are_those_of_the_map(image: tuple[str, Built, bytes]) -> None:
    board, built, _ = image
    file = built.elf.with_suffix(".map")
    if board == "native":
        pytest.skip("a PC program is linked without a map")
    rows = re.findall(
        r"^ \.(text|rodata|bss)\.?(\S*)\n?\s+(0x\w+)\s+(0x\w+) (\S+)", file.read_text(), re.MULTILINE
    )
    placed = [(kind, name, int(size, 16), path) for kind, name, at, size, path in rows if int(at, 16) or size]
    flash, ram = linked_sizes(Elf(built.elf))
    arena = [size for kind, name, size, path in placed if name == "arena" and "model.c" in path]
    assert ram.reserved == sum(arena) == 1024 * find_board(board).arena_kb
    assert ram.slots == sum(size for _, name, size, path in placed if name == "slots")
    assert flash.model == sum(size for _, name, size, path in placed if name == "app_builtin_model")


@needs_arm
def test_a_model_too_large_for_a_small_board_is_refused_by_how_much() -> None:
    """16 kB of RAM: 10 kB are for the model. One that fits is measured, a larger one is not even built."""
    sizes = measure_size("microbit", tiny_model("conv"), "tiny")
    assert 0 < sizes.ram.total <= sizes.ram_limit == 16384
    wide = LogMel(sample_rate=16000, window=480, hop=320, fft_size=2048, bands=24, fmin=60.0, fmax=7800.0)
    large = tiny_model("conv", features=wide)
    more = Model(large).listener_size - 10240
    assert more > 0
    with pytest.raises(VoxError, match=rf"large does not fit microbit: .* {more:,} more than the 10,240"):
        measure_size("microbit", large, "large")


@needs_arm
def test_figures_of_the_model() -> None:
    model = tiny_model("every_op")
    sizes = measure_size("qemu-m4", model, "tiny")
    assert (sizes.arena, sizes.listener) == (Model(model).arena_size, Model(model).listener_size)
    assert sizes.stack is not None
    assert sizes.stack.total <= sizes.ram.stack_reserved


@needs_arm
def test_a_network_is_measured_without_the_device_program() -> None:
    model = tiny_network("conv")
    sizes = measure_size("qemu-m4", model, "net")
    assert sizes.flash.model == len(model)
    assert sizes.ram.reserved == sizes.arena == Model(model).arena_size
    assert sizes.listener == 0
    assert sizes.flash.total < measure_size("qemu-m4", tiny_model("conv"), "tiny").flash.total
    own = measure_size("qemu-m4", model, "net", kernels_unit(map(OpCode, op_codes(model))))
    assert own.flash.total < sizes.flash.total - 10_000
    assert own.stack is not None
    assert own.stack.open_calls == ()
    assert sizes.stack is not None
    assert sizes.stack.open_calls == ()  # kernels and front ends are followed through their tables


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project folder of its own, whose board files a test may change."""
    target = next(t for t in board_targets() if t.name == "qemu-m4")
    for name, content in target.files(ExportModel(tiny_model("conv"), "tiny")).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    return tmp_path


@needs_arm
def test_the_linker_refuses_and_we_say_by_how_much(project: Path) -> None:
    model = tiny_model("conv")
    with board_image(project, "qemu-m4", model, "arm-none-eabi-") as built:
        flash, ram = linked_sizes(Elf(built.elf))
    script = project / "boards" / "ld" / "cortex-m.ld"
    text = script.read_text()
    script.write_text(re.sub(r"LENGTH = \w+", "LENGTH = 16K", text))
    with pytest.raises(VoxError) as caught, board_image(project, "qemu-m4", model, "arm-none-eabi-"):
        pass
    found = re.search(r"FLASH by ([\d,]+) bytes, RAM by ([\d,]+) bytes", caught.value.message)
    assert found is not None, caught.value.message
    over = [int(number.replace(",", "")) for number in found.groups()]
    assert over == [flash.total - 16384, ram.total - 16384]


@needs_arm
def test_a_changed_board_is_built_anew(project: Path) -> None:
    board = project / "boards" / "qemu-m4.yaml"
    with board_image(project, "qemu-m4", tiny_model("conv"), "arm-none-eabi-") as built:
        before = linked_sizes(Elf(built.elf))[1]
    text = board.read_text()
    board.write_text(re.sub(r"arena_kb: \d+", "arena_kb: 32", text))
    with board_image(project, "qemu-m4", tiny_model("dense"), "arm-none-eabi-") as built:
        flash, ram = linked_sizes(Elf(built.elf))
    assert (ram.reserved, ram.static) == (32768, before.static)
    assert flash.model == len(tiny_model("dense"))


@pytest.fixture(scope="module")
def fitting() -> Sizes:
    return measure_size("qemu-m4", tiny_model("conv"), "tiny")


@needs_arm
@pytest.mark.parametrize("part", ["flash", "RAM", "stack"])
def test_refused_by_how_much(fitting: Sizes, part: str) -> None:
    check_fit(fitting, "tiny")
    assert fitting.stack is not None
    too_small = {
        "flash": dataclasses.replace(fitting, flash_limit=fitting.flash.total - 7),
        "RAM": dataclasses.replace(fitting, ram_limit=fitting.ram.total - 7),
        "stack": dataclasses.replace(
            fitting, ram=dataclasses.replace(fitting.ram, stack_reserved=fitting.stack.total - 7)
        ),
    }
    with pytest.raises(VoxError, match=rf"does not fit qemu-m4.* {part} by 7 bytes"):
        check_fit(too_small[part], "tiny")


@pytest.mark.parametrize(("key", "what"), [("arena_kb", "set aside"), ("flash_kb", "flash of 1,024")])
def test_refused_before_anything_is_built(monkeypatch: pytest.MonkeyPatch, key: str, what: str) -> None:
    board = dataclasses.replace(find_board("qemu-m4"), **{key: 1})
    monkeypatch.setattr(size_module, "find_board", lambda name: board)
    model = Model(tiny_model("conv"))
    more = (model.listener_size if key == "arena_kb" else model.size) - 1024
    with pytest.raises(VoxError, match=rf"{more:,} more .*{what}"):
        measure_size("qemu-m4", tiny_model("conv"), "tiny")


def test_not_an_image(tmp_path: Path) -> None:
    for content in (b"", b"\x7fELF", b"\x7fELF\x01\x01" + bytes(10), b"\x7fELF\x02\x01" + b"\xff" * 60):
        (tmp_path / "x").write_bytes(content)
        with pytest.raises(VoxError, match="ELF"):
            Elf(tmp_path / "x")


@needs_arm
def test_what_is_measured_is_what_is_flashed(tmp_path: Path) -> None:
    """The ordinary build of the preset, without call graphs, gives the same bytes."""
    model = tmp_path / "model.vxm"
    model.write_bytes(tiny_model("conv"))
    with board_image(project_folder(), "qemu-m4", model.read_bytes(), "arm-none-eabi-") as built:
        measured = flashed(built.elf)
    build = tmp_path / "build"
    for command in (
        ["cmake", "--preset", "qemu-m4", "-B", str(build), f"-DVOX_MODEL={model}"],
        ["cmake", "--build", str(build), "--parallel", "2"],
    ):
        subprocess.run(command, cwd=project_folder(), check=True, capture_output=True)
    assert flashed(build / "vox-qemu-m4.elf") == measured


def flashed(path: Path) -> list[tuple[str, bytes]]:
    elf = Elf(path)
    return [(s.name, elf.bytes_at(s.address, s.size)) for s in elf.sections if s.allocated and s.stored]
