"""`vox-embed boards add`: from a CMSIS-Pack, made here, to an image that links, and runs with a UART."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

from helpers.tiny_model import tiny_model
from helpers.typed import typed
from vox_embed.cli.main import main
from vox_embed.core import Model
from vox_embed.device.boards import find_board, read_board
from vox_embed.device.material import synthetic_clips
from vox_embed.device.measure.machine import Region, read_regions
from vox_embed.device.packs import read_device
from vox_embed.device.targets import open_board
from vox_embed.device.verify import verify
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.sources import firmware_root
from vox_embed.export import ExportModel, export_model, find_target

UART = Path(__file__).parents[1] / "helpers" / "stm32f4_uart.c"
ROM = '<memory id="IROM1" start="0x08000000" size="0x80000" default="1" startup="1"/>'
RAM = '<memory name="IRAM1" access="rwx" start="0x20000000" size="131072" default="1"/>'
F446 = f'<device Dname="STM32F446RE">{ROM}{RAM}</device>'
M4 = '<processor Dcore="Cortex-M4" DcoreVersion="r0p1" Dfpu="SP_FPU" Dmpu="MPU" Dendian="Little-endian"/>'


def description(devices: str = F446, processor: str = M4, head: str = "") -> str:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
{head}<package schemaVersion="1.7.7" xmlns:xs="http://www.w3.org/2001/XMLSchema-instance">
  <vendor>Test</vendor> <name>STM32F4xx_DFP</name> <description>a small pack</description>
  <releases><release version="1.2.3" date="2024-01-01">as it is</release></releases>
  <devices>
    <family Dfamily="STM32F4 Series" Dvendor="STMicroelectronics:13">
      {processor}
      <subFamily DsubFamily="STM32F446">
        <processor Dclock="180000000"/>
        {devices}
        <device Dname="STM32F446ZC">
          <memory id="IROM1" start="0x08000000" size="0x40000" default="1" startup="1"/> {RAM}
        </device>
      </subFamily>
    </family>
  </devices>
</package>
"""


def pack(path: Path, text: str | None = None, inside: str = "Test.STM32F4xx_DFP.pdsc") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(inside, text if text is not None else description())
        archive.writestr("Device/Include/stm32f4xx.h", "/* headers of the vendor */\n" * 100)
    return path


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with the board, made by the command as a user types it."""
    folder = tmp_path_factory.mktemp("packs")
    file = pack(folder / "f4.pack")
    command = [sys.executable, "-m", "vox_embed.cli.main", "boards", "add", "--pack", file]
    done = subprocess.run(
        [*command, "--device", "STM32F446RE", "--out", folder / "project", "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["board"]["core"] == "cortex-m4" and said["board"]["flash_kb"] == 512
    assert [Path(file).name for file in said["files"]] == [
        *("stm32f446re.yaml", "stm32f446re.ld", "CMakePresets.json", "platformio.ini")
    ]
    return folder / "project"


def vox_embed(project: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return typed(*arguments, cwd=project, VOX_PROJECT=str(project))


def test_board_and_linker_script_say_what_the_pack_says(project: Path) -> None:
    path = project / "boards" / "stm32f446re.yaml"
    board, keys = read_board(path), yaml.safe_load(path.read_text())
    assert (board.core, board.fpu, board.clock_mhz) == ("cortex-m4", "fpv4-sp-d16", 180)
    assert (board.flash_kb, board.ram_kb) == (512, 128)
    assert not (board.built or board.emulated or board.hardware)
    assert keys["cpu_flags"] == "-mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16"
    assert board.arena_kb + 2 * board.model_slot_kb + keys["stack_kb"] < board.ram_kb
    flash, ram = read_regions(project / keys["linker_script"])
    assert flash == Region(0x08000000, 512 << 10)
    assert ram == Region(0x20000000, 128 << 10)
    presets = json.loads((project / "CMakePresets.json").read_text())
    ours = json.loads((firmware_root() / "CMakePresets.json").read_text())
    for key, named in (("configurePresets", "name"), ("buildPresets", "configurePreset")):
        assert [p for p in presets[key] if p[named] != "stm32f446re"] == ours[key]
        assert len(presets[key]) == len(ours[key]) + 1
    assert (project / "platformio.ini").read_text().endswith("\n[env:stm32f446re]\n")


@pytest.mark.skipif(shutil.which("arm-none-eabi-gcc") is None, reason="arm-none-eabi-gcc is not installed")
def test_image_links_and_its_size_is_known(project: Path, tmp_path: Path, full: bool) -> None:
    model = tmp_path / "tiny.vxm"
    model.write_bytes(tiny_model())
    done = vox_embed(project, "size", model, "--target", "stm32f446re", "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["flash"]["limit"] == 512 << 10 and said["ram"]["limit"] == 128 << 10
    assert len(tiny_model()) + 8000 < said["flash"]["total"] < 100_000
    assert said["ram"]["static"] < 8000 and 0 < said["ram"]["stack"] < 8192
    elf = project / "build" / "measure" / "stm32f446re" / "vox-stm32f446re.elf"
    headers = subprocess.run(
        ["arm-none-eabi-readelf", "-hS", elf], capture_output=True, text=True, check=True
    ).stdout
    assert re.search(r"\.text\s+PROGBITS\s+08000000", headers)
    assert re.search(r"\.stack\s+NOBITS\s+20000000", headers)
    assert "hard-float ABI" in headers
    row = next(
        line for line in vox_embed(project, "boards").stdout.splitlines() if line.startswith("stm32f446re")
    )
    assert row.split().count("no") == 3
    if not full:  # what follows builds the image once more
        return
    done = vox_embed(
        project, "export", model, "--target", "stm32f446re", "--out", tmp_path / "export", "--json"
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["flash"]["code"] > 8000


@pytest.mark.skipif(
    not all(map(shutil.which, ("arm-none-eabi-gcc", "qemu-system-arm"))),
    reason="arm-none-eabi-gcc or qemu-system-arm is not installed",
)
def test_image_runs_once_it_has_a_serial_port(project: Path, tmp_path: Path) -> None:
    """QEMU's netduinoplus2 is an STM32F405: core, memory and USART1 lie where the F446's are."""
    completed = tmp_path / "project"
    shutil.copytree(project, completed, ignore=shutil.ignore_patterns("build"))
    shutil.copy(UART, completed / "firmware" / "hal" / "my_uart.c")
    board = completed / "boards" / "stm32f446re.yaml"
    text = (
        board.read_text()
        .replace("ram_slots", "ram_slots my_uart")
        .replace("HAL_UART_IRQ=0u", "HAL_UART_IRQ=37u")
    )
    board.write_text(text)
    (completed / "tiny.vxm").write_bytes(tiny_model())
    for command in (
        ["cmake", "--preset", "stm32f446re", f"-DVOX_MODEL={completed / 'tiny.vxm'}"],
        ["cmake", "--build", "--preset", "stm32f446re", "--parallel", "2"],
    ):
        done = subprocess.run(command, cwd=completed, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    image = completed / "build" / "stm32f446re" / "vox-stm32f446re.elf"
    machine = dataclasses.replace(find_board("qemu-m4"), name="stm32f446re", emulator_machine="netduinoplus2")
    model = tiny_model()
    with open_board(machine, image) as session:
        assert session.device.board == "stm32f446re"
        assert session.device.model_crc == Model(model).crc
        report = verify(session, model, synthetic_clips(Model(model), 5, 1))
    assert report.differences.total == 0, report.differences.first
    assert report.compared.windows > 0


@pytest.mark.parametrize(
    ("processor", "flags", "fpu"),
    [
        ('Dcore="Cortex-M0+"', "-mcpu=cortex-m0plus -mthumb -mfloat-abi=soft", "none"),
        ('Dcore="Cortex-M4" Dfpu="NO_FPU"', "-mcpu=cortex-m4 -mthumb -mfloat-abi=soft", "none"),
        (
            'Dcore="Cortex-M4" Dfpu="1"',
            "-mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16",
            "fpv4-sp-d16",
        ),
        (
            'Dcore="Cortex-M7" Dfpu="DP_FPU"',
            "-mcpu=cortex-m7 -mthumb -mfloat-abi=hard -mfpu=fpv5-d16",
            "fpv5-d16",
        ),
        (
            'Dcore="Cortex-M33" Dfpu="SP_FPU" Ddsp="NO_DSP"',
            "-mcpu=cortex-m33+nodsp -mthumb -mfloat-abi=hard -mfpu=fpv5-sp-d16",
            "fpv5-sp-d16",
        ),
        (
            'Dcore="Cortex-M55" Dfpu="DP_FPU" Dmve="FP_MVE"',
            "-mcpu=cortex-m55 -mthumb -mfloat-abi=hard -mfpu=auto",
            "fpv5-d16, MVE",
        ),
        ('Dcore="Cortex-M55" Dfpu="NO_FPU"', "-mcpu=cortex-m55+nomve+nofp -mthumb -mfloat-abi=soft", "none"),
        ('Dcore="Cortex-M55" Dmve="MVE"', "-mcpu=cortex-m55+nofp -mthumb -mfloat-abi=hard -mfpu=auto", "MVE"),
    ],
)
def test_cores(processor: str, flags: str, fpu: str, tmp_path: Path) -> None:
    from vox_embed.device.packs import board_files

    file = pack(tmp_path / "a.pack", description(processor=f"<processor {processor}/>"))
    sections = (firmware_root() / "boards" / "ld" / "cortex-m.ld").read_text()
    keys = yaml.safe_load(board_files(read_device(file, "STM32F446RE"), "x", sections)[0])
    assert (keys["cpu_flags"], keys["fpu"]) == (flags, fpu)
    if shutil.which("arm-none-eabi-gcc") is not None:
        source = tmp_path / "empty.c"
        source.write_text("int empty;\n")
        subprocess.run(
            ["arm-none-eabi-gcc", *flags.split(), "-c", source, "-o", tmp_path / "empty.o"], check=True
        )


def test_what_stands_deeper_wins_and_variants_are_devices(tmp_path: Path) -> None:
    smaller = '<memory id="IRAM1" start="0x20000000" size="0x8000" default="1"/>'
    ccm = '<memory id="IRAM2" start="0x10000000" size="0x10000"/>'
    variant = f'<device Dname="BASE">{ROM}{RAM}{ccm}<variant Dvariant="BASEx">{smaller}</variant></device>'
    file = pack(tmp_path / "a.pack", description(variant))
    assert {m.name: m.size for m in read_device(file, "basex").memories} == {
        "IROM1": 0x80000,
        "IRAM1": 0x8000,
        "IRAM2": 0x10000,
    }
    assert read_device(file, "BASE").processor["Dclock"] == "180000000"


def test_several_cores_are_chosen_from(tmp_path: Path) -> None:
    two = '<processor Pname="CM7" Dcore="Cortex-M7" Dfpu="DP_FPU"/><processor Pname="CM4" Dcore="Cortex-M4"/>'
    file = pack(tmp_path / "a.pack", description(processor=two))
    with pytest.raises(VoxError, match="has the cores CM4, CM7") as error:
        read_device(file, "STM32F446RE")
    assert error.value.hint == "choose one: --core CM4"
    assert read_device(file, "STM32F446RE", "CM7").processor["Dcore"] == "Cortex-M7"
    with pytest.raises(VoxError, match="no core 'CM0'"):
        read_device(file, "STM32F446RE", "CM0")


BOMB = '<!DOCTYPE p [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>\n'


@pytest.mark.parametrize(
    ("text", "device", "said", "hint"),
    [
        (description(), "STM32F446RX", "has no device STM32F446RX", "STM32F446RE"),
        (description(), "nothing-like-it", "has no device", "it has 2"),
        (
            description(f'<device Dname="STM32F446RE">{ROM}</device>'),
            "STM32F446RE",
            "states no RAM",
            "by hand",
        ),
        (
            description(f'<device Dname="STM32F446RE">{RAM}</device>'),
            "STM32F446RE",
            "states no flash",
            "by hand",
        ),
        (description(F446.replace("131072", "8192")), "STM32F446RE", "8,192 bytes of RAM", "larger"),
        (description(F446.replace("131072", "lots")), "STM32F446RE", "no start and size", ""),
        (description(F446.replace("131072", "0xFFFFFFFFF")), "STM32F446RE", "leaves the address space", ""),
        (description(processor='<processor Dcore="Cortex-A7"/>'), "STM32F446RE", "Cortex-A7", "Cortex-M4"),
        (description(processor=""), "STM32F446RE", "which core", "by hand"),
        (description(head=BOMB), "STM32F446RE", "DOCTYPE", "trust"),
        (description()[:500], "STM32F446RE", "not well-formed XML", "again"),
        ("<other/>", "STM32F446RE", "<other>", ""),
        ("<package><name>x</name></package>", "STM32F446RE", "has no device", "no devices at all"),
    ],
)
def test_packs_that_do_not_do(  # noqa: PLR0917
    text: str, device: str, said: str, hint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = pack(tmp_path / "a.pack", text)
    assert (
        main(["boards", "add", "--pack", str(file), "--device", device, "--out", str(tmp_path / "out")]) == 1
    )
    shown = capsys.readouterr().err
    assert said in shown and hint in shown
    assert not (tmp_path / "out").exists()


def test_damaged_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = pack(tmp_path / "a.pack")
    whole = file.read_bytes()
    at = whole.index(b"pdsc") + 200
    for number, data in enumerate((whole[:300], whole[:at] + b"damage" + whole[at + 6 :], b"", b"no pack")):
        bad = tmp_path / f"bad{number}.pack"
        bad.write_bytes(data)
        assert (
            main(
                ["boards", "add", "--pack", str(bad), "--device", "STM32F446RE", "--out", str(tmp_path / "o")]
            )
            == 1
        )
        assert f"bad{number}.pack: damaged" in capsys.readouterr().err
    for name, inside in (("none", "readme.txt"), ("deep", "a/b.pdsc")):
        with pytest.raises(VoxError, match=r"one description \(\.pdsc\) at its top, this has 0"):
            read_device(pack(tmp_path / f"{name}.pack", inside=inside), "STM32F446RE")
    with pytest.raises(VoxError, match=r"missing\.pack"):
        read_device(tmp_path / "missing.pack", "STM32F446RE")
    assert not (tmp_path / "o").exists()


def test_nothing_is_overwritten(project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = pack(tmp_path / "a.pack")
    add = ["boards", "add", "--pack", str(file), "--device", "STM32F446RE", "--out"]
    before = {path: path.read_bytes() for path in project.glob("*.*")}
    assert main([*add, str(project)]) == 1
    assert "such a board already" in capsys.readouterr().err
    assert main([*add, str(project), "--name", "../x"]) == 1
    assert "cannot name a board" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in project.glob("*.*")} == before
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    assert main([*add, str(tmp_path / "mine")]) == 1
    assert "neither empty nor a project" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["notes.txt"]


def test_project_variable_that_names_nothing(tmp_path: Path) -> None:
    done = vox_embed(tmp_path, "boards")
    assert done.returncode == 1
    assert "VOX_PROJECT" in done.stderr and "no firmware sources" in done.stderr


def test_into_an_exported_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "export"
    export_model(find_target("microbit"), ExportModel(tiny_model("dense"), "tiny"), folder)
    file = pack(tmp_path / "a.pack")
    assert main(["boards", "add", "--pack", str(file), "--device", "STM32F446RE", "--out", str(folder)]) == 0
    assert f"VOX_PROJECT={folder} vox-embed size" in capsys.readouterr().out
    assert (folder / "firmware" / "hal" / "generic" / "board.h").is_file()
    names = [p["name"] for p in json.loads((folder / "CMakePresets.json").read_text())["configurePresets"]]
    assert set(names) == {"board", "microbit", "stm32f446re"}
    script = (folder / "boards" / "ld" / "stm32f446re.ld").read_text()
    assert "__slots_start" not in script and "128K" in script
