"""Images that hold a public key: they take a model that is signed with its private key, and no other."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from helpers.tiny_model import tiny_model
from vox_embed.core import Model
from vox_embed.device import rp2040
from vox_embed.device.boards import find_board, project_folder
from vox_embed.device.session import DeviceRefusedError, Session
from vox_embed.device.targets import open_board
from vox_embed.program import signature
from vox_embed.spec.link import Capability, ModelOrigin, Reset
from vox_embed.spec.model_format import SignedTrailer

SOURCES = Path.home() / ".cache" / "vox-embed" / "src"
LACKING = [
    name for name in ("monocypher/monocypher.c", "mbedtls/library/sha512.c") if not (SOURCES / name).is_file()
]
pytestmark = [
    pytest.mark.skipif(bool(LACKING), reason=f"tools/fetch_sources.sh has not brought {LACKING}"),
    pytest.mark.xdist_group("signed"),
]
ERR_SIGNATURE, ERR_REVISION = -18, -19
MODEL, OTHER = tiny_model("dense", seed=3), tiny_model("dense", seed=4)


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


def test_any_flipped_byte_is_refused(device: Session, sign: Callable[..., bytes], full: bool) -> None:
    """Every byte of the trailer, and bytes all over the model."""
    data = sign(MODEL)
    trailer = range(len(data) - SignedTrailer.SIZE, len(data), 1 if full else 7)
    for place in [*range(0, len(data), len(data) // (200 if full else 10)), *trailer]:
        changed = bytearray(data)
        changed[place] ^= 1 << place % 8
        refused(device, bytes(changed), ERR_SIGNATURE)


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


@pytest.mark.skipif(
    rp2040.missing() is not None, reason=f"the RP2040 cannot be built and emulated: {rp2040.missing()}"
)
def test_stored_models_are_checked_at_start(
    keys: Path,
    built_in: bytes,
    sign: Callable[..., bytes],
    tmp_path: Path,
    builder: Callable[[str, bytes], Path],
) -> None:
    """An RP2040 whose image trusted everybody, and whose next image does not."""
    board, flash = find_board("rp2040"), ["--free", "--flash", str(tmp_path / "flash.bin")]
    with open_board(board, builder("rp2040", built_in), arguments=flash) as session:
        session.push_model(MODEL)
    image = build("rp2040", keys, built_in, tmp_path)
    program, memory = image.with_suffix(".bin").read_bytes(), tmp_path / "flash.bin"
    memory.write_bytes(program + memory.read_bytes()[len(program) :])  # flashed anew; the slots stay
    with open_board(board, image, arguments=flash) as session:
        assert session.device.model_origin is ModelOrigin.BUILT_IN
        refused(session, MODEL, ERR_SIGNATURE)
        session.push_model(sign(MODEL))
    with open_board(board, image, arguments=flash) as session:
        assert session.device.model_crc == Model(MODEL).crc
