"""The RP2040's microphone arithmetic on this computer: PDM decimation and offset removal, plain C."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

HAL = Path(__file__).resolve().parents[2] / "firmware" / "hal" / "rp2040"
DRIVER = """
#include "dc.c"
#include "pdm_filter.c"
void run_pdm(uint32_t decimation, const uint32_t *words, int32_t *out, uint32_t count)
{
    static rp2040_pdm_filter filter;
    rp2040_pdm_filter_init(&filter, decimation);
    for (uint32_t i = 0; i < count; ++i) {
        out[i] = rp2040_pdm_filter_sample(&filter, words + i * (decimation / 2u));
    }
}
void run_dc(uint32_t rate, const int32_t *in, int32_t *out, uint32_t count)
{
    rp2040_dc dc;
    rp2040_dc_init(&dc, rate);
    for (uint32_t i = 0; i < count; ++i) {
        out[i] = rp2040_dc_remove(&dc, in[i]);
    }
}
int32_t run_saturate(int32_t x, uint32_t shift)
{
    return rp2040_saturate(x, shift);
}
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed")
    folder = tmp_path_factory.mktemp("rp2040")
    source, out = folder / "driver.c", folder / "driver.so"
    source.write_text(DRIVER, encoding="utf-8")
    flags = "-std=c99 -O1 -Wall -Wextra -Wconversion -Werror -shared -fPIC"
    checks = "-fsanitize=undefined -fno-sanitize-recover"
    command = ["gcc", *flags.split(), *checks.split(), f"-I{HAL}", str(source), "-o", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return ctypes.CDLL(str(out))


def pdm_bits(x: NDArray[np.float64]) -> NDArray[np.uint32]:
    """Second-order sigma-delta modulation of x in -1..1, one bit a value, packed oldest first."""
    bits = np.zeros(len(x), np.uint8)
    first = second = 0.0
    for i, value in enumerate(x):
        one = second >= 0
        feedback = 1.0 if one else -1.0
        first += value - feedback
        second += first - feedback
        bits[i] = one
    return np.packbits(bits).view(">u4").astype(np.uint32)


def decimate(library: ctypes.CDLL, words: NDArray[np.uint32], decimation: int) -> NDArray[np.int32]:
    count = len(words) // (decimation // 2)
    out = np.zeros(count, np.int32)
    library.run_pdm(
        decimation, words.ctypes.data_as(ctypes.c_void_p), out.ctypes.data_as(ctypes.c_void_p), count
    )
    return out


def level(library: ctypes.CDLL, rate: int, decimation: int, frequency: float) -> float:
    """Amplitude (of full scale) at the output for a tone of half scale."""
    ratio = 16 * decimation
    count = 1024
    t = np.arange(count * ratio) / (rate * ratio)
    out = decimate(library, pdm_bits(0.5 * np.sin(2 * np.pi * frequency * t)), decimation)[200:]
    return float(np.sqrt(2.0) * np.std(out / 32768))


@pytest.mark.parametrize(("rate", "decimation"), [(16000, 4), (8000, 8)])
def test_pdm_pass_band_is_flat_and_aliases_are_gone(library: ctypes.CDLL, rate: int, decimation: int) -> None:
    for share in (0.02, 0.1, 0.25, 0.42):
        assert level(library, rate, decimation, share * rate) == pytest.approx(0.5, rel=0.02)
    for share in (0.6, 0.8, 1.1, 1.9):
        assert level(library, rate, decimation, share * rate) < 0.5 * 10 ** (-38 / 20)


@pytest.mark.parametrize("decimation", [4, 8])
def test_pdm_extremes_and_constants(library: ctypes.CDLL, decimation: int) -> None:
    count = 100 * decimation // 2
    for word, expected in ((0xFFFFFFFF, 32767), (0, -32768), (0xAAAAAAAA, 0), (0xEEEEEEEE, 16384)):
        out = decimate(library, np.full(count, word, np.uint32), decimation)
        assert abs(int(out[-1]) - expected) <= 2, hex(word)


def test_pdm_noise_of_random_bits_stays_in_range(library: ctypes.CDLL) -> None:
    words = np.random.default_rng(1).integers(0, 2**32, 4000, np.uint64).astype(np.uint32)
    for decimation in (4, 8):
        assert np.abs(decimate(library, words, decimation)).max() < 32768


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 48000])
@pytest.mark.parametrize("offset", [-9000, 0, 30000])
def test_offset_is_removed_and_sound_is_not(library: ctypes.CDLL, rate: int, offset: int) -> None:
    t = np.arange(2 * rate) / rate
    tone = np.rint(2000 * np.sin(2 * np.pi * 100 * t)).astype(np.int32)
    given = (tone + offset).astype(np.int32)
    out = np.zeros_like(given)
    pointers = (given.ctypes.data_as(ctypes.c_void_p), out.ctypes.data_as(ctypes.c_void_p))
    library.run_dc(rate, *pointers, len(given))
    late = out[rate:]
    assert abs(late.mean()) < 2
    assert np.std(late) == pytest.approx(2000 / np.sqrt(2), rel=0.01)
    assert np.abs(out[:10]).max() < 2000  # no step at the start


def test_saturation(library: ctypes.CDLL) -> None:
    cases: list[tuple[int, int, int]] = [
        (32767, 0, 32767),
        (40000, 0, 32767),
        (-32768, 0, -32768),
        (-70000, 0, -32768),
        (100, 2, 400),
        (8191, 2, 32764),
        (8192, 2, 32767),
        (-8192, 2, -32768),
        (-8193, 2, -32768),
    ]
    saturate: Callable[[int, int], int] = library.run_saturate
    for x, shift, expected in cases:
        assert saturate(x, shift) == expected
