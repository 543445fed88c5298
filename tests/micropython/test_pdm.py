"""vox_pdm.mpy: the C firmware's filter, bit for bit, and what is left of a tone."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from helpers.micropython import MODULES, UNIX, run_script
from vox_embed.device.boards import project_folder

HAL = project_folder() / "firmware" / "hal" / "rp2040"
DRIVER = """
#include "dc.c"
#include "pdm_filter.c"
void run(uint32_t rate, uint32_t shift, const uint32_t *words, int16_t *out, uint32_t count)
{
    static rp2040_pdm_filter filter;
    rp2040_dc dc;
    const uint32_t decimation = rate < 16000u ? 8u : 4u;
    rp2040_pdm_filter_init(&filter, decimation);
    rp2040_dc_init(&dc, rate);
    for (uint32_t i = 0; i < count; ++i, words += decimation / 2u) {
        out[i] = rp2040_saturate(rp2040_dc_remove(&dc, rp2040_pdm_filter_sample(&filter, words)), shift);
    }
}
"""
CONVERT = """
import array, vox_pdm
converter = vox_pdm.converter(RATE)
words, out = memoryview(blob("words")), b""
step = 16 if RATE < 16000 else 8
for first in range(0, len(words), 37 * step):
    piece = words[first : first + 37 * step]
    samples = array.array("h", bytes(2 * (len(piece) // step)))
    vox_pdm.convert(converter, piece, samples, SHIFT)
    out += bytes(samples)
print(out.hex())
"""


def modulate(sound: NDArray[np.float64]) -> bytes:
    """Bits of a second-order modulator in words, oldest bit on top; sound within -1..1, one value a bit."""
    first = second = 0.0
    bits = np.zeros(len(sound), np.uint8)
    for i, value in enumerate(sound):
        one = second >= 0
        bits[i] = one
        feedback = 1.0 if one else -1.0
        first += value - feedback
        second += first - feedback
    return np.packbits(bits).view(">u4").astype("<u4").tobytes()


def reference(folder: Path, rate: int, shift: int, words: bytes) -> NDArray[np.int16]:
    source, out = folder / "driver.c", folder / "driver.so"
    source.write_text(DRIVER)
    subprocess.run(["gcc", "-O1", "-shared", "-fPIC", f"-I{HAL}", str(source), "-o", str(out)], check=True)
    samples = np.zeros(len(words) // (16 if rate < 16000 else 8), np.int16)
    pointer = ctypes.c_void_p(samples.ctypes.data)
    ctypes.CDLL(str(out)).run(rate, shift, words, pointer, len(samples))
    return samples


@pytest.mark.parametrize(("rate", "shift"), [(8000, 1), (16000, 0)])
def test_a_tone_is_what_the_firmware_makes_of_it(tmp_path: Path, rate: int, shift: int) -> None:
    lacking = UNIX.missing()
    if lacking is not None or shutil.which("gcc") is None:
        pytest.skip(f"MicroPython for unix cannot be built: {lacking}")
    bits = (128 if rate < 16000 else 64) * rate // 4
    at = np.arange(bits) * (rate / 4 / bits) / rate  # seconds
    words = modulate(0.25 * np.sin(2 * np.pi * 1000 * at))
    files = {"vox_pdm.mpy": (MODULES / "vox_pdm-x64.mpy").read_bytes(), "words": words}
    said = run_script(UNIX, f"RATE, SHIFT = {rate}, {shift}\n{CONVERT}", files)
    samples = np.frombuffer(bytes.fromhex(said), "<i2")
    assert np.array_equal(samples, reference(tmp_path, rate, shift, words))
    settled = samples[rate // 8 :].astype(float)
    t = np.arange(len(settled)) / rate
    tone = np.stack([np.sin(2 * np.pi * 1000 * t), np.cos(2 * np.pi * 1000 * t), np.ones_like(t)], 1)
    fit = tone @ np.linalg.lstsq(tone, settled, rcond=None)[0]
    rest = settled - fit
    assert 0.23 * 32768 < np.ptp(fit) / 2 / (1 << shift) < 0.27 * 32768
    assert 10 * np.log10(fit.var() / rest.var()) > 50  # signal to noise, dB


def test_wrong_lengths_are_explained() -> None:
    lacking = UNIX.missing()
    if lacking is not None:
        pytest.skip(f"MicroPython for unix cannot be built: {lacking}")
    script = """
import array, vox_pdm
c = vox_pdm.converter(16000)
one = array.array("h", [0])
for wrong in ((c, bytes(16), one, 0), (c, bytes(8), one, 16), (bytearray(8), bytes(8), one, 0)):
    try:
        vox_pdm.convert(*wrong)
    except ValueError as error:
        print(error)
"""
    said = run_script(UNIX, script, {"vox_pdm.mpy": (MODULES / "vox_pdm-x64.mpy").read_bytes()}).splitlines()
    assert [line.startswith("a sample takes") for line in said] == [True, True, False]
    assert "vox_pdm.converter()" in said[2]
