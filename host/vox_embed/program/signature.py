"""Signed model files: a .vxm and a trailer with an Ed25519 signature (docs/model-format.md, "Signed files").

Keys are PEM files, PKCS #8 and SubjectPublicKeyInfo, as openssl writes and reads them. Signing needs
`cryptography` (the extra `sign`); reading a trailer needs nothing.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.needs import need_packages
from vox_embed.gate.files import read_bytes
from vox_embed.spec.model_format import SIGNED_KEY_ID, SIGNED_MAGIC, SIGNED_SIGNATURE, SignedTrailer

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

MAX_REVISION = 2**32 - 1
_MOST_KEY_BYTES = 4096


@dataclass(frozen=True)
class Trailer:
    """What stands behind the model in a signed file."""

    revision: int
    """0..2^32 - 1: a board that guards against old models takes none that is lower than one it has taken."""
    key_id: bytes
    """First 8 bytes of the SHA-256 of the public key's 32 bytes."""
    signature: bytes


def key_id(public: bytes) -> bytes:
    """Which key: 8 bytes. public: the 32 bytes of the public key."""
    return hashlib.sha256(public).digest()[:SIGNED_KEY_ID]


def split(data: bytes) -> tuple[bytes, Trailer | None]:
    """The model without its trailer, and the trailer: None of an unsigned file. Nothing is verified."""
    if len(data) <= SignedTrailer.SIZE:
        return data, None
    found = SignedTrailer.unpack(data, len(data) - SignedTrailer.SIZE)
    if found.magic != SIGNED_MAGIC:
        return data, None
    trailer = Trailer(found.revision, bytes(found.key_id), bytes(found.signature))
    return data[: -SignedTrailer.SIZE], trailer


def sign(model: bytes, key: Ed25519PrivateKey, revision: int = 0) -> bytes:
    """The signed file. A trailer that is there already goes. model: a whole .vxm."""
    if not 0 <= revision <= MAX_REVISION:
        raise VoxError(f"revision {revision} is not in 0..{MAX_REVISION}")
    bare, _ = split(model)
    head = SignedTrailer(
        SIGNED_MAGIC, revision, tuple(key_id(public_bytes(key.public_key()))), (0,) * SIGNED_SIGNATURE
    )
    message = bare + head.pack()[:-SIGNED_SIGNATURE]
    return message + key.sign(message)


def is_signed_by(data: bytes, key: Ed25519PublicKey) -> bool:
    """The file's signature is this key's, and is of these bytes."""
    from cryptography.exceptions import InvalidSignature

    _, trailer = split(data)
    if trailer is None:
        return False
    try:
        key.verify(trailer.signature, data[:-SIGNED_SIGNATURE])
    except InvalidSignature:
        return False
    return True


# ---- keys ------------------------------------------------------------------------------------------------


def public_bytes(key: Ed25519PublicKey) -> bytes:
    """The 32 bytes that firmware holds."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def new_key(private: Path, public: Path) -> bytes:
    """Writes a new pair: the private key for its owner's eyes only. Returns the public key's 32 bytes.

    Raises VoxError where a file is there already, or cannot be written.
    """
    need_packages("signing", ["cryptography"])
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        PublicFormat,
    )

    key = Ed25519PrivateKey.generate()
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    open_to_all = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    _write_new(public, open_to_all, 0o644)  # first, so that no private key is left without it
    _write_new(private, secret, 0o600)
    return public_bytes(key.public_key())


def private_key(path: Path) -> Ed25519PrivateKey:
    """Raises VoxError where the file is not an Ed25519 private key in PEM without a password."""
    need_packages("signing", ["cryptography"])
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(_read(path), password=None)
    except (ValueError, TypeError) as error:
        raise _no_key(path, "private", error) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise _no_key(path, "private", f"{type(key).__name__.strip('_')}")
    return key


def public_key(path: Path) -> Ed25519PublicKey:
    """Raises VoxError where the file is not an Ed25519 public key in PEM."""
    need_packages("signing", ["cryptography"])
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(_read(path))
    except (ValueError, TypeError) as error:
        raise _no_key(path, "public", error) from None
    if not isinstance(key, Ed25519PublicKey):
        raise _no_key(path, "public", f"{type(key).__name__.strip('_')}")
    return key


def _no_key(path: Path, kind: str, reason: object) -> VoxError:
    said = " ".join(str(reason).split())[:100]
    return VoxError(
        f"{path}: not an Ed25519 {kind} key in PEM ({said})", "`vox-embed keys new NAME` makes a pair"
    )


def _read(path: Path) -> bytes:
    try:
        return read_bytes(path, _MOST_KEY_BYTES)
    except OSError as error:
        raise VoxError(
            f"{path}: {error.strerror or error}", "`vox-embed keys new NAME` makes a pair"
        ) from None


def _write_new(path: Path, data: bytes, mode: int) -> None:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        hint = "another name, or remove it: models signed with it stay signed"
        raise VoxError(f"{path} is there already", hint) from None
    except OSError as error:
        raise VoxError(f"{path}: {error.strerror or error}") from None
    with os.fdopen(handle, "wb") as file:
        file.write(data)
