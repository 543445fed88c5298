"""Arrays from files: NumPy's own formats read with their sizes checked first, and sealed ones for caches."""

from __future__ import annotations

import hashlib
import io
import json
import math
import struct
import tokenize
import warnings
import zipfile
import zlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.gate.jsons import parse_json

Arrays = Mapping[str, NDArray[Any]]

_MAGIC = b"VXA1"
_HEAD = struct.Struct("<4sI32s")
_HEADER_BYTES = 10_000
_KINDS = frozenset({"<i1", "|i1", "<i2", "<i4", "<i8", "|u1", "<u2", "<u4", "<u8", "<f4", "<f8"})
_DAMAGE = (
    EOFError,
    KeyError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    SyntaxError,
    TypeError,
    struct.error,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)


def parse_npy(data: bytes) -> NDArray[Any]:
    """The array of an .npy file. ValueError for anything else, a type that is not plain numbers, or a size
    that is not the header's."""
    file = io.BytesIO(data)
    try:
        version = np.lib.format.read_magic(file)
        reader = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
        if version not in reader:
            raise ValueError(f"version {version[0]}.{version[1]} of .npy")
        with warnings.catch_warnings():  # of headers that look like Python 2, or have odd escapes
            warnings.simplefilter("ignore")
            shape, fortran, kind = reader[version](file, max_header_size=_HEADER_BYTES)
    except _DAMAGE as error:
        raise ValueError(str(error) or "no .npy file") from None
    if kind.hasobject or kind.fields is not None or kind.itemsize == 0:
        raise ValueError("it does not hold plain numbers")
    return _array(data[file.tell() :], kind, shape, "F" if fortran else "C")


def parse_npz(data: bytes, most: int) -> dict[str, NDArray[Any]]:
    """The arrays of an .npz file, which have `most` bytes together at most. ValueError for anything else."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if sum(entry.file_size for entry in entries) > most:
                raise ValueError(f"its arrays have more than {most:,} bytes")
            found = {}
            for entry in entries:
                with archive.open(entry) as file:
                    content = file.read(entry.file_size + 1)
                if len(content) != entry.file_size:
                    raise ValueError(f"{entry.filename} has another size than is stated")
                found[entry.filename.removesuffix(".npy")] = parse_npy(content)
            return found
    except _DAMAGE as error:
        raise ValueError(str(error) or "no .npz file") from None


def seal(arrays: Arrays, key: str) -> bytes:
    """Arrays of plain numbers as bytes that tell when they were changed, or belong to another key."""
    listed, body = {}, b""
    for name, array in arrays.items():
        kind = array.dtype.newbyteorder("<").str
        if kind not in _KINDS:
            raise ValueError(f"{name}: {array.dtype} is no plain number")
        listed[name] = [kind, list(array.shape)]
        body += np.ascontiguousarray(array).astype(kind).tobytes()
    head = json.dumps(listed, sort_keys=False).encode()
    rest = head + body
    return _HEAD.pack(_MAGIC, len(head), _digest(key, len(head), rest)) + rest


def unseal(data: bytes, key: str) -> dict[str, NDArray[Any]]:
    """What `seal` was given. ValueError where any byte differs, or the key."""
    if len(data) < _HEAD.size:
        raise ValueError("too short")
    magic, size, digest = _HEAD.unpack_from(data)
    rest = data[_HEAD.size :]
    if magic != _MAGIC or digest != _digest(key, size, rest):
        raise ValueError("damaged, or kept for something else")
    at, found = size, {}
    for name, kind, shape in _listed(rest[:size]):
        end = at + kind.itemsize * math.prod(shape)
        found[name] = _array(rest[at:end], kind, shape)
        at = end
    return found


@lru_cache(256)
def _listed(head: bytes) -> tuple[tuple[str, np.dtype[Any], tuple[int, ...]], ...]:
    """Names, kinds and shapes of sealed arrays; those of many files are the same."""
    found = []
    for name, (kind, shape) in parse_json(head, _HEADER_BYTES).items():
        if kind not in _KINDS:
            raise ValueError(f"{name}: unknown kind of number")
        found.append((name, np.dtype(kind), tuple(shape)))
    return tuple(found)


def _digest(key: str, size: int, rest: bytes) -> bytes:
    digest = hashlib.blake2b(f"{key}\n{size}\n".encode(), digest_size=32)
    digest.update(rest)
    return digest.digest()


def _array(data: bytes, kind: np.dtype[Any], shape: tuple[int, ...], order: Any = "C") -> NDArray[Any]:
    count = math.prod(shape)
    if any(side < 0 for side in shape) or count * kind.itemsize != len(data):
        raise ValueError(f"{len(data)} bytes for an array of shape {shape}")
    return np.frombuffer(data, kind).reshape(shape, order=order).copy()
