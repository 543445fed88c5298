"""Arrays from files of strangers: what is stated is compared with what is there before memory is taken."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vox_embed.gate.arrays import parse_npy, parse_npz, seal, unseal

SAMPLE = np.arange(12, dtype=np.int16).reshape(3, 4)


def npy(array: object, **options: object) -> bytes:
    out = io.BytesIO()
    np.save(out, np.asarray(array), **options)  # type: ignore[arg-type]
    return out.getvalue()


def npz(**arrays: object) -> bytes:
    out = io.BytesIO()
    np.savez_compressed(out, **arrays)  # type: ignore[arg-type]
    return out.getvalue()


def test_sound_files_are_read() -> None:
    for array in (
        SAMPLE,
        np.asfortranarray(SAMPLE),
        np.float32(3.5),
        np.zeros((0, 5)),
        np.array([True, False]),
    ):
        assert np.array_equal(parse_npy(npy(array)), array)
    found = parse_npz(npz(a=SAMPLE, b=np.ones(3)), 1000)
    assert set(found) == {"a", "b"} and np.array_equal(found["a"], SAMPLE)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x93NUMPY",
        npy(SAMPLE)[:-1],
        npy(SAMPLE) + b"\0",
        npy(SAMPLE).replace(b"(3, 4)", b"(9, 9)"),
        npy(SAMPLE).replace(b"(3, 4), ", b"(1<<40,)"),
        npy(SAMPLE).replace(b"'<i2'", b"'|O8'"),
        npy(SAMPLE).replace(b"(3, 4)", b"(-3,4)"),
        npy(np.array([object()], object), allow_pickle=True),
        npy(np.array(["a", "b"]))[:-4],
        b"\x93NUMPY\x01\x00\xff\xff" + b"(" * 65535,
        b"\x93NUMPY\x09\x00" + npy(SAMPLE)[8:],
        npy(SAMPLE).replace(b"}", b" "),
        npy(SAMPLE).replace(b"'shape'", b"('shap("),
        b"\x93NUMPY\x01\x00\x10\x27" + b"(" * 10_000,
    ],
)
def test_other_files_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_npy(data)


def test_archives_are_weighed_before_they_are_unpacked() -> None:
    large = npz(a=np.zeros(1 << 24, np.uint8))
    assert len(large) < 1 << 16
    with pytest.raises(ValueError, match="more than"):
        parse_npz(large, 1 << 20)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.npy", npy(SAMPLE).replace(b"(3, 4)", b"(9, 9)"))
    for broken in (b"", b"PK", out.getvalue(), large[:-30], b"x" + large[5:]):
        with pytest.raises(ValueError, match=r".+"):
            parse_npz(broken, 1 << 30)


@given(st.data())
@settings(max_examples=400, deadline=None)
def test_flipped_headers_give_an_array_or_valueerror(data: st.DataObject) -> None:
    raw = bytearray(npy(SAMPLE))
    for _ in range(data.draw(st.integers(1, 3))):
        raw[data.draw(st.integers(0, 127))] = data.draw(st.sampled_from(b"()[]{}'\",: \n\0\xff#\\0a"))
    try:
        found = parse_npy(bytes(raw))
    except ValueError:
        return
    assert isinstance(found, np.ndarray)


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_flipped_archives_give_arrays_or_valueerror(data: st.DataObject) -> None:
    raw = bytearray(npz(a=SAMPLE, bb=np.ones(5, np.float32)))
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = parse_npz(bytes(raw), 1 << 20)
    except ValueError:
        return
    assert all(isinstance(array, np.ndarray) for array in found.values())


@given(st.binary(max_size=200))
def test_any_bytes_are_no_sealed_arrays(data: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        unseal(data, "key")


def test_sealed_arrays_come_back_for_their_key() -> None:
    arrays = {"a": SAMPLE, "b": np.float64(2.5).reshape(()), "c": np.zeros((0, 7), np.float32)}
    data = seal(arrays, "key")
    back = unseal(data, "key")
    assert all(
        np.array_equal(back[name], array) and back[name].dtype == array.dtype
        for name, array in arrays.items()
    )
    with pytest.raises(ValueError, match="kept for something else"):
        unseal(data, "other")
    with pytest.raises(ValueError, match="no plain number"):
        seal({"a": np.array(["x"])}, "key")
