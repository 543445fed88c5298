"""`vox-embed flash`: the files that a Pico and a micro:bit take, and the drives that they are copied to."""

from __future__ import annotations

import hashlib
import struct
from pathlib import Path

import pytest

from helpers.tiny_model import tiny_model
from helpers.typed import typed
from vox_embed.core import crc32
from vox_embed.device.boot_drives import MICROBIT, PICO, boot_drives, need_drive
from vox_embed.device.flash import FIRMWARE, KEPT, flash_file
from vox_embed.device.intel_hex import to_hex
from vox_embed.device.uf2 import to_uf2
from vox_embed.experiment.errors import VoxError

ROOT = Path(__file__).parents[2]
SLOT = 256 * 1024
FIRST = 0x10000000 + 2048 * 1024 - 2 * (SLOT + 4096)


def memory(uf2: bytes) -> dict[int, bytes]:
    """Pages by address; every block is sound."""
    assert len(uf2) % 512 == 0
    pages = {}
    for at in range(0, len(uf2), 512):
        fields = struct.unpack_from("<8I", uf2, at)
        assert fields[:3] == (0x0A324655, 0x9E5D5157, 0x2000)
        assert fields[4:] == (256, at // 512, len(uf2) // 512, 0xE48BFF56)
        assert uf2[at + 508 : at + 512] == struct.pack("<I", 0x0AB16F30)
        pages[fields[3]] = uf2[at + 32 : at + 288]
    return pages


def test_firmware_model_and_header_are_where_the_firmware_looks() -> None:
    data = tiny_model("dense")
    pages = memory(flash_file(KEPT["rp2040"], data, "tiny"))
    firmware = KEPT["rp2040"].firmware
    assert b"".join(pages[0x10000000 + at] for at in range(0, len(firmware), 256)).startswith(firmware)
    assert b"".join(pages[FIRST + at] for at in range(0, len(data), 256)).startswith(data)
    magic, order, size, revision, crc = struct.unpack_from("<5I", pages[FIRST + SLOT])
    assert (magic.to_bytes(4, "little"), order, size, revision) == (b"VOXM", 1, len(data), 0)
    assert crc == crc32(pages[FIRST + SLOT][:16])
    assert pages[FIRST + SLOT + 4096 + SLOT][:20] == bytes(20)
    assert len(firmware) < FIRST - 0x10000000


def bytes_of(text: bytes) -> dict[int, int]:
    """What an Intel HEX file puts where; every line is sound."""
    found: dict[int, int] = {}
    upper = 0
    lines = text.decode("ascii").splitlines()
    for line in lines:
        record = bytes.fromhex(line.removeprefix(":"))
        assert line.startswith(":") and sum(record) & 0xFF == 0
        count, address, kind, data = record[0], int.from_bytes(record[1:3], "big"), record[3], record[4:-1]
        assert len(data) == count <= 16
        if kind == 4:
            upper = int.from_bytes(data, "big") << 16
        elif kind == 0:
            assert not found.keys() & set(range(upper + address, upper + address + count))
            found |= {upper + address + i: byte for i, byte in enumerate(data)}
    assert lines[-1] == ":00000001FF"
    return found


def test_the_micro_bit_s_file_has_the_same_in_its_own_places() -> None:
    data, kept = tiny_model("dense"), KEPT["microbit"]
    found = bytes_of(flash_file(kept, data, "tiny"))
    firmware = kept.firmware
    assert len(firmware) < 0x20000 == kept.first_slot()
    assert bytes(found[at] for at in range(len(firmware))) == firmware
    assert bytes(found[0x20000 + at] for at in range(len(data))) == data
    header = bytes(found[0x20000 + 63 * 1024 + at] for at in range(20))
    assert struct.unpack("<5I", header) == (0x4D584F56, 1, len(data), 0, crc32(header[:16]))
    assert not any(found[0x20000 + 127 * 1024 + at] for at in range(20))
    assert max(found) < 256 * 1024


def test_hex_over_a_boundary() -> None:
    piece = bytes(range(40))
    found = bytes_of(to_hex({0xFFF1: piece, 0x20000: b"x"}))
    assert found == {0xFFF1 + i: byte for i, byte in enumerate(piece)} | {0x20000: ord("x")}
    with pytest.raises(ValueError, match="overlap"):
        to_hex({0: bytes(20), 19: b"x"})


@pytest.mark.parametrize("board", KEPT)
def test_no_path_of_a_machine_is_in_the_firmware(board: str) -> None:
    firmware = KEPT[board].firmware
    assert not {b"/root/", b"/home/", b"/tmp/"} & set(firmware.split(b"\0"))
    assert b"/.cache/" not in firmware


@pytest.mark.parametrize("board", KEPT)
def test_firmware_is_of_these_sources(board: str) -> None:
    """`tools/build_kept.sh` was not forgotten."""
    rooms = ("app", "vox", f"hal/{board}")
    places = [path for room in rooms for path in (ROOT / "firmware" / room).rglob("*")]
    names = sorted(path.relative_to(ROOT).as_posix() for path in places if path.is_file())
    digest = hashlib.sha256()
    for name in sorted([f"boards/{board}.yaml", *names]):
        digest.update((ROOT / name).read_bytes())
    kept = (FIRMWARE / f"{board}.sources").read_text().strip()
    assert digest.hexdigest() == kept, "tools/build_kept.sh"


def test_pages_do_not_overlap() -> None:
    with pytest.raises(ValueError, match="overlap"):
        to_uf2({0: bytes(300), 256: b"x"}, 1)
    with pytest.raises(ValueError, match="overlap"):
        to_uf2({8: b"x"}, 1)


def _drive(folder: Path, name: str) -> Path:
    drive = folder / name
    drive.mkdir(parents=True)
    (drive / "INFO_UF2.TXT").write_text("UF2 Bootloader v3.0\nModel: Raspberry Pi RP2\nBoard-ID: RPI-RP2\n")
    return drive


def test_the_drive_is_found(tmp_path: Path) -> None:
    (tmp_path / "user" / "STICK").mkdir(parents=True)
    with pytest.raises(VoxError, match="no drive") as error:
        need_drive(PICO, boot_drives(PICO, [tmp_path / "user", tmp_path / "nowhere"]))
    assert "BOOTSEL" in (error.value.hint or "")
    first = _drive(tmp_path / "user", "RPI-RP2")
    assert need_drive(PICO, boot_drives(PICO, [tmp_path / "user"])) == first
    second = _drive(tmp_path / "user", "RPI-RP21")
    with pytest.raises(VoxError, match="several"):
        need_drive(PICO, boot_drives(PICO, [tmp_path / "user"]))
    assert boot_drives(PICO, [tmp_path / "user"]) == [first, second]


def test_as_typed(tmp_path: Path) -> None:
    (tmp_path / "m.vxm").write_bytes(tiny_model("dense"))
    drive = _drive(tmp_path, "RPI-RP2")
    done = typed("flash", tmp_path / "m.vxm", "--drive", drive, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    done = typed("flash", tmp_path / "m.vxm", "--out", tmp_path / "pico.uf2", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (drive / "vox.uf2").read_bytes() == (tmp_path / "pico.uf2").read_bytes()
    done = typed("flash", tmp_path / "m.vxm", "--drive", tmp_path, cwd=tmp_path)
    assert (done.returncode, "INFO_UF2.TXT" in done.stderr) == (1, True)
    done = typed("flash", tmp_path / "m.vxm", "--target", "qemu-m4", cwd=tmp_path)
    assert (done.returncode, "rp2040" in done.stderr) == (1, True)


def test_a_micro_bit_s_drive(tmp_path: Path) -> None:
    (tmp_path / "m.vxm").write_bytes(tiny_model("dense"))
    drive = tmp_path / "MICROBIT"
    drive.mkdir()
    (drive / "DETAILS.TXT").write_text(
        "DAPLink Firmware - see https://mbed.com/daplink\nUnique ID: 9904360258824e45\n"
    )
    done = typed("flash", tmp_path / "m.vxm", "--target", "microbit", "--drive", drive, cwd=tmp_path)
    assert (done.returncode, "another processor" in done.stderr) == (1, True)
    assert [path.name for path in drive.iterdir()] == ["DETAILS.TXT"]
    (drive / "DETAILS.TXT").write_text("Unique ID: 9901000051364e45003b100f0000003d0000000097969901\n")
    assert boot_drives(MICROBIT, [tmp_path]) == [drive]
    done = typed("flash", tmp_path / "m.vxm", "--target", "microbit", "--drive", drive, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert bytes_of((drive / "vox.hex").read_bytes())


def test_a_model_that_does_not_fit_a_micro_bit_is_refused_with_figures(tmp_path: Path) -> None:
    model = ROOT / "models" / "digits" / "model.vxm"
    done = typed("flash", model, "--target", "microbit", "--out", tmp_path / "x.hex", cwd=tmp_path)
    assert (done.returncode, "10240" in done.stderr) == (1, True)
    assert not (tmp_path / "x.hex").exists()
