"""Counts in emulators: the host's outputs, the same figures every time, layers that add up."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from helpers.tiny_model import FEATURES, KINDS, clip, tiny_model, tiny_network, tiny_program
from vox_embed.device import rp2040
from vox_embed.device.boards import all_boards, find_board, project_folder
from vox_embed.device.measure.bench import benchmark, frontend_case, run_cases, voice
from vox_embed.device.measure.build import board_image
from vox_embed.device.measure.layers import layers_of
from vox_embed.device.measure.machine import Machine, Region, machine_of, read_regions, recipe_of
from vox_embed.device.messages import Result
from vox_embed.device.targets import open_board
from vox_embed.experiment.errors import VoxError
from vox_embed.spec.link import Stream

BOARDS = [b for b in all_boards() if b.emulated and b.emulator_program != "native"]
NAMES = [
    b.name
    for b in BOARDS
    if shutil.which(recipe_of(b.name).compiler + "gcc")
    and (rp2040.missing() is None if b.name == "rp2040" else shutil.which(b.emulator_program))
]


@pytest.mark.parametrize("board", NAMES)
def test_a_model_that_hears(board: str) -> None:
    machine = machine_of(board)
    data = tiny_model("every_op")
    found = benchmark(machine, data)
    assert found.same_as_host
    assert found.per_frame is not None
    assert found.per_window is not None
    layers = [row.layer for row in found.layers]
    assert layers == layers_of(data)
    together = sum(row.count for row in found.layers)
    # Each operator alone costs looking for its record and a tick more or less on top.
    assert 0.9 * found.per_inference <= together <= 1.1 * found.per_inference
    assert found.per_inference < found.per_window < 2 * found.per_inference
    assert found.real_time_share == pytest.approx(
        (found.per_frame + found.per_window / 5) * (8000 / 100) / (machine.clock_mhz * 1e6)
    )


@pytest.mark.skipif("qemu-m4" not in NAMES, reason="arm-none-eabi-gcc or qemu-system-arm is missing")
def test_counts_repeat_and_know_the_compilers_flags() -> None:
    machine = machine_of("qemu-m4")
    data = tiny_network("conv")
    first, second, plain = (benchmark(machine, data, extra=e) for e in ((), (), ("-DVOX_PLAIN_C",)))
    assert first == second
    assert plain.same_as_host
    assert plain.per_inference > first.per_inference
    assert (first.per_frame, first.per_window, first.real_time_share) == (None, None, None)


@pytest.mark.skipif("rp2040" not in NAMES, reason=f"rp2040js cannot run here: {rp2040.missing()}")
def test_the_rp2040_counts_single_cycles() -> None:
    """No instruction takes less than a cycle: more than QEMU counts for such a core, but not 3 times."""
    machine = machine_of("rp2040")
    data = tiny_model("conv")
    found = benchmark(machine, data)
    assert (machine.unit, machine_of("qemu-m0").unit) == ("cycles", "instructions")
    assert found == benchmark(machine, data)
    assert any(row.count % 10 for row in found.layers)
    if "qemu-m0" in NAMES:
        counted = benchmark(machine_of("qemu-m0"), data)
        assert counted.per_inference < found.per_inference < 3 * counted.per_inference
        assert counted.per_frame is not None
        assert found.per_frame is not None
        assert counted.per_frame < found.per_frame < 3 * counted.per_frame


@pytest.mark.skipif(
    "rp2040" not in NAMES or rp2040.missing() is not None,
    reason="rp2040js or pico-sdk is missing",
)
def test_the_rp2040s_program_takes_as_long(tmp_path: Path) -> None:
    """Cycles that the device program reports, USB and timer interrupts included, in the same emulator."""
    data = tiny_model("every_op", gate_level=0)
    found = benchmark(machine_of("rp2040"), data)
    assert found.per_window is not None
    assert found.per_frame is not None
    with board_image(project_folder(), "rp2040", data, "arm-none-eabi-") as built:
        shutil.copy(built.elf.with_suffix(".uf2"), tmp_path)
        image = Path(shutil.copy(built.elf, tmp_path))
    results: list[Result] = []
    with open_board(find_board("rp2040"), image, arguments=["--free"]) as session:
        session.sink = lambda message: results.append(message) if isinstance(message, Result) else None
        live = session.live(Stream.RESULTS)
        live.push(voice(8000, 8000))
        live.end()
    windows = [result.window_ticks for result in results]
    frames = [result.frame_ticks for result in results]
    assert min(windows) == pytest.approx(found.per_window + found.per_frame, rel=0.05)
    assert min(frames) == pytest.approx(found.per_frame, rel=0.05)


@pytest.mark.skipif("qemu-m4" not in NAMES, reason="arm-none-eabi-gcc or qemu-system-arm is missing")
def test_a_gate_that_nothing_passes_is_said() -> None:
    with pytest.raises(VoxError, match="gate"):
        benchmark(machine_of("qemu-m4"), tiny_model("conv", gate_level=32000))


@pytest.mark.skipif(
    not (shutil.which("riscv64-unknown-elf-gcc") and shutil.which("qemu-system-riscv32")),
    reason="riscv64-unknown-elf-gcc or qemu-system-riscv32 is missing",
)
def test_a_risc_v_core_counts_single_instructions() -> None:
    memory = Region(0x80000000, 0x1000000)
    machine = Machine(
        name="rv32",
        compiler="riscv64-unknown-elf-",
        flags=("-march=rv32imac", "-mabi=ilp32"),
        emulator="qemu-system-riscv32",
        machine="virt",
        arguments=("-nographic", "-monitor", "none", "-bios", "none"),
        clock_mhz=10,
        icount_shift=0,
        code=memory,
        ram=memory,
    )
    found = benchmark(machine, tiny_model("conv"))
    assert found.same_as_host
    assert found == benchmark(machine, tiny_model("conv"))
    assert any(row.count % 10 for row in found.layers)
    sound = clip("chirp")
    printed = run_cases(machine, [frontend_case(FEATURES.section(), sound)])
    assert printed.cases[0]["feature"] == FEATURES.extract(sound).reshape(-1).tolist()


@pytest.mark.parametrize("kind", KINDS)
def test_layers_are_the_programs(kind: str) -> None:
    rows = [(row.kind, row.shape, row.macs) for row in tiny_program(kind).describe()]
    assert [(r.op, r.shape, r.macs) for r in layers_of(tiny_network(kind))] == rows
    assert [(r.op, r.shape, r.macs) for r in layers_of(tiny_model(kind))] == rows


def test_a_board_without_qemu_says_which_have_it() -> None:
    with pytest.raises(VoxError, match="does not run in QEMU") as caught:
        machine_of("native")
    assert "qemu-m4" in (caught.value.hint or "")


def test_regions_of_a_linker_script(tmp_path: Path) -> None:
    script = tmp_path / "x.ld"
    script.write_text(
        "MEMORY {\n  BOOT (r) : ORIGIN = 0x0, LENGTH = 4\n  FLASH (rx) : ORIGIN = 0x08000000, LENGTH = 1M\n"
        "  /* RAM (rwx) : ORIGIN = 0, LENGTH = 1 */\n  RAM (rwx) : ORIGIN = 0x20000000, LENGTH = 16K\n}\n"
    )
    assert read_regions(script) == (Region(0x08000000, 1 << 20), Region(0x20000000, 16384))
    script.write_text("MEMORY { RAM (rwx) : ORIGIN = 0x80000000, LENGTH = 16M\n}\n")
    both = Region(0x80000000, 16 << 20)
    assert read_regions(script) == (both, both)
    script.write_text("SECTIONS { }\n")
    with pytest.raises(VoxError, match="MEMORY"):
        read_regions(script)


@pytest.mark.skipif("qemu-m4" not in NAMES, reason="arm-none-eabi-gcc or qemu-system-arm is missing")
def test_too_large_for_the_memory() -> None:
    machine = machine_of("qemu-m4")
    with pytest.raises(VoxError, match=r"no room for a stack|overflowed"):
        benchmark(replace(machine, ram=Region(machine.ram.origin, 4096)), tiny_model("conv"))


@pytest.mark.skipif(
    "qemu-m4" not in NAMES or not (shutil.which("cmake") and shutil.which("ninja")),
    reason="arm-none-eabi-gcc, qemu-system-arm, cmake or ninja is missing",
)
def test_the_device_program_takes_as_long(tmp_path: Path) -> None:
    """Ticks that the device itself reports, in QEMU with the same clock: interrupts and the call on top."""
    data = tiny_model("every_op", gate_level=0)
    found = benchmark(machine_of("qemu-m4"), data)
    assert found.per_frame is not None
    assert found.per_window is not None
    with board_image(project_folder(), "qemu-m4", data, "arm-none-eabi-") as built:
        image = Path(shutil.copy(built.elf, tmp_path))
    results: list[Result] = []
    with open_board(find_board("qemu-m4"), image, icount=True) as session:
        session.sink = lambda message: results.append(message) if isinstance(message, Result) else None
        live = session.live(Stream.RESULTS)
        live.push(voice(8000, 8000))
        live.end()
    each = 1000 // (25 << 2)  # instructions in a tick
    windows = [each * result.window_ticks for result in results]
    frames = [each * result.frame_ticks for result in results]
    assert min(windows) == pytest.approx(found.per_window + found.per_frame, rel=0.02)
    assert min(frames) == pytest.approx(found.per_frame, rel=0.05)
