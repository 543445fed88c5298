"""`vox-embed flash`: the file that a Pico takes, and the drive that it is copied to."""

from __future__ import annotations

import gzip
import hashlib
import struct
from pathlib import Path

import pytest

from helpers.tiny_model import tiny_model
from helpers.typed import typed
from vox_embed.core import crc32
from vox_embed.device.flash import FIRMWARE, boot_drives, need_drive, pico_uf2
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
    pages = memory(pico_uf2(data, "tiny"))
    firmware = gzip.decompress(FIRMWARE.read_bytes())
    assert b"".join(pages[0x10000000 + at] for at in range(0, len(firmware), 256)).startswith(firmware)
    assert b"".join(pages[FIRST + at] for at in range(0, len(data), 256)).startswith(data)
    magic, order, size, revision, crc = struct.unpack_from("<5I", pages[FIRST + SLOT])
    assert (magic.to_bytes(4, "little"), order, size, revision) == (b"VOXM", 1, len(data), 0)
    assert crc == crc32(pages[FIRST + SLOT][:16])
    assert pages[FIRST + SLOT + 4096 + SLOT][:20] == bytes(20)
    assert len(firmware) < FIRST - 0x10000000


def test_no_path_of_a_machine_is_in_the_firmware() -> None:
    assert not {b"/root/", b"/home/", b"/tmp/"} & set(gzip.decompress(FIRMWARE.read_bytes()).split(b"\0"))
    assert b"/.cache/" not in gzip.decompress(FIRMWARE.read_bytes())


@pytest.mark.slow
def test_firmware_is_of_these_sources(full: bool) -> None:
    """`tools/build_pico.sh` was not forgotten."""
    if not full:
        pytest.skip("needed for a release only: --full")
    places = [path for room in ("app", "vox", "hal/rp2040") for path in (ROOT / "firmware" / room).rglob("*")]
    names = sorted(path.relative_to(ROOT).as_posix() for path in places if path.is_file())
    digest = hashlib.sha256()
    for name in sorted(["boards/rp2040.yaml", *names]):
        digest.update((ROOT / name).read_bytes())
    kept = FIRMWARE.with_name("rp2040.sources").read_text().strip()
    assert digest.hexdigest() == kept, "tools/build_pico.sh"


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
        need_drive(boot_drives([tmp_path / "user", tmp_path / "nowhere"]))
    assert "BOOTSEL" in (error.value.hint or "")
    first = _drive(tmp_path / "user", "RPI-RP2")
    assert need_drive(boot_drives([tmp_path / "user"])) == first
    second = _drive(tmp_path / "user", "RPI-RP21")
    with pytest.raises(VoxError, match="several"):
        need_drive(boot_drives([tmp_path / "user"]))
    assert boot_drives([tmp_path / "user"]) == [first, second]


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
