"""Images that hold a public key: they take a model that is signed with its private key, and no other."""

from __future__ import annotations

import shutil
import struct
import subprocess
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from helpers.signing import flipped, flips, lacking, parts_of
from helpers.tiny_model import tiny_model
from vox_embed.core import Model
from vox_embed.device import rp2040
from vox_embed.device.boards import find_board, project_folder
from vox_embed.device.session import DeviceRefusedError, Session
from vox_embed.device.targets import open_board
from vox_embed.features.logmel import LogMel
from vox_embed.program import signature
from vox_embed.spec.link import Capability, ModelOrigin, Reset
from vox_embed.spec.model_format import Header

pytestmark = [
    pytest.mark.skipif(bool(lacking()), reason=f"tools/fetch_sources.sh has not brought {lacking()}"),
    pytest.mark.xdist_group("signed"),
]
ERR_SIGNATURE, ERR_REVISION = -18, -19
MODEL, OTHER = tiny_model("dense", seed=3), tiny_model("dense", seed=4)
SMALL = tiny_model(
    "dense",
    features=LogMel(sample_rate=8000, window=64, hop=32, fft_size=64, bands=4, fmin=300.0, fmax=3800.0),
)
PUSHED, STORED = 16, 64  # with --full the RP2040 is asked about every so many bytes of SMALL, and the sample


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("cryptography")
    folder = tmp_path_factory.mktemp("keys")
    for name in ("own", "foreign"):
        signature.new_key(folder / f"{name}.pem", folder / f"{name}.pub.pem")
    return folder


def build(board: str, keys: Path, built_in: bytes, folder: Path, *options: str) -> Path:
    model = folder / "built_in.vxm"
    model.write_bytes(built_in)
    subprocess.run(
        [
            *("cmake", "--preset", board, "-B", str(folder / "build"), f"-DVOX_MODEL={model}"),
            *(f"-DVOX_PUBLIC_KEY={keys / 'own.pub.pem'}", *options),
        ],
        cwd=project_folder(),
        check=True,
        capture_output=True,
    )
    subprocess.run(["cmake", "--build", str(folder / "build")], check=True, capture_output=True)
    return folder / "build" / f"vox-{board}.elf"


@pytest.fixture(scope="module")
def image(keys: Path, built_in: bytes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("qemu-system-arm") is None:
        pytest.skip("QEMU is not installed")
    return build("qemu-m4", keys, built_in, tmp_path_factory.mktemp("m4"), "-DVOX_GUARD_REVISION=ON")


@pytest.fixture(scope="module")
def device(image: Path) -> Iterator[Session]:
    with open_board(find_board("qemu-m4"), image) as session:
        yield session


@pytest.fixture
def sign(keys: Path) -> Callable[..., bytes]:
    def signed(model: bytes, name: str = "own", revision: int = 0) -> bytes:
        return signature.sign(model, signature.private_key(keys / f"{name}.pem"), revision)

    return signed


def refused(device: Session, data: bytes, status: int) -> None:
    running = device.hello().model_crc
    with pytest.raises(DeviceRefusedError) as caught:
        device.push_model(data)
    assert caught.value.status == status
    assert device.hello().model_crc == running


def test_unsigned_and_foreign_models_are_refused(device: Session, sign: Callable[..., bytes]) -> None:
    assert Capability.CHECK_SIGNATURE in device.device.capabilities
    refused(device, MODEL, ERR_SIGNATURE)
    refused(device, sign(MODEL, "foreign"), ERR_SIGNATURE)
    refused(device, sign(MODEL)[:-8], ERR_SIGNATURE)
    refused(device, sign(OTHER)[:-80] + sign(MODEL)[-80:], ERR_SIGNATURE)


def changes(data: bytes, each: int, stride: int | None = None) -> dict[int, bytes]:
    """Place -> the file with one bit changed: `each` places by seed in every part; every `stride`-th byte."""
    parts = {name for name, _ in parts_of(data)}
    assert parts >= {"header", "table", "META", "PROG", "WGHT", "revision", "R of the signature"}
    found = flips(data, each)
    assert len(found) == each * len(parts)
    if stride is not None:
        found |= {place: flipped(data, place, place % 8) for place in range(0, len(data), stride)}
    return found


def test_any_flipped_byte_is_refused(device: Session, sign: Callable[..., bytes], full: bool) -> None:
    """A Cortex-M4: places in every part of the file; with --full every byte."""
    data = sign(SMALL, revision=1)
    for changed in changes(data, 2, 1 if full else None).values():
        refused(device, changed, ERR_SIGNATURE)


def test_a_changed_model_whose_checksum_is_mended_is_refused(
    device: Session, sign: Callable[..., bytes]
) -> None:
    data = bytearray(sign(MODEL))
    data[len(MODEL) - 40] ^= 4  # a weight
    data[12:16] = struct.pack("<I", zlib.crc32(data[Header.SIZE : len(MODEL)]))
    assert Model(bytes(data[: len(MODEL)])).crc != Model(MODEL).crc
    refused(device, bytes(data), ERR_SIGNATURE)


def test_a_signed_model_runs_and_older_ones_no_longer(device: Session, sign: Callable[..., bytes]) -> None:
    device.push_model(sign(MODEL, revision=5))
    assert device.hello().model_crc == Model(MODEL).crc
    refused(device, sign(OTHER, revision=4), ERR_REVISION)
    device.push_model(sign(OTHER, revision=5))
    device.reset(Reset.MODEL)
    assert device.hello().model_origin is ModelOrigin.BUILT_IN
    refused(device, sign(MODEL, revision=4), ERR_REVISION)
    device.push_model(sign(MODEL, revision=6))
    assert device.hello().model_crc == Model(MODEL).crc


@pytest.fixture(scope="module")
def rp2040_image(keys: Path, built_in: bytes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    if rp2040.missing() is not None:
        pytest.skip(f"the RP2040 cannot be built and emulated: {rp2040.missing()}")
    return build("rp2040", keys, built_in, tmp_path_factory.mktemp("rp2040"))


def test_stored_models_are_checked_at_start(
    rp2040_image: Path,
    built_in: bytes,
    sign: Callable[..., bytes],
    tmp_path: Path,
    builder: Callable[[str, bytes], Path],
) -> None:
    """An RP2040 whose image trusted everybody, and whose next image does not."""
    board, flash = find_board("rp2040"), ["--free", "--flash", str(tmp_path / "flash.bin")]
    with open_board(board, builder("rp2040", built_in), arguments=flash) as session:
        session.push_model(MODEL)
    image = rp2040_image
    program, memory = image.with_suffix(".bin").read_bytes(), tmp_path / "flash.bin"
    memory.write_bytes(program + memory.read_bytes()[len(program) :])  # flashed anew; the slots stay
    with open_board(board, image, arguments=flash) as session:
        assert session.device.model_origin is ModelOrigin.BUILT_IN
        refused(session, MODEL, ERR_SIGNATURE)
        session.push_model(sign(MODEL))
    with open_board(board, image, arguments=flash) as session:
        assert session.device.model_crc == Model(MODEL).crc


def test_any_flipped_byte_is_refused_by_an_rp2040(
    rp2040_image: Path, sign: Callable[..., bytes], tmp_path: Path, full: bool
) -> None:
    """Over the link, and in its flash before a start; with --full at strides besides.

    Every byte is tried in this computer's memory: tests/unit/test_signed_device.py.
    """
    board, memory = find_board("rp2040"), tmp_path / "flash.bin"
    arguments = ["--free", "--flash", str(memory)]
    data = sign(SMALL, revision=1)
    with open_board(board, rp2040_image, arguments=arguments) as session:
        for changed in changes(data, 1, PUSHED if full else None).values():
            refused(session, changed, ERR_SIGNATURE)
        session.push_model(data)
        assert session.device.model_origin is ModelOrigin.PUSHED
    kept = memory.read_bytes()
    assert kept.count(data) == 1
    begin = kept.index(data)
    stored = changes(data, 1, STORED if full else None)
    chosen = stored if full else dict(sorted(stored.items())[::4])
    for changed in chosen.values():
        memory.write_bytes(kept[:begin] + changed + kept[begin + len(data) :])
        with open_board(board, rp2040_image, arguments=arguments) as session:
            assert session.device.model_origin is ModelOrigin.BUILT_IN
    memory.write_bytes(kept)
    with open_board(board, rp2040_image, arguments=arguments) as session:
        assert session.device.model_crc == Model(SMALL).crc
