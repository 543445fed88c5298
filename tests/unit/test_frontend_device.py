"""The front end on emulated Cortex-M cores: the host's features, and the instructions a frame takes."""

import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from vox_embed.device.measure.bench import frontend_case, run_cases
from vox_embed.experiment.schema.features import LLD_SETS, LLDS
from vox_embed.features import Descriptors, LogMel, Pcan

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench" / "frontend"))
import count

SPEECH = LogMel(16000, 480, 320, 512, 40, 20, 8000)
DIGITS = LogMel(8000, 240, 160, 256, 32, 60, 3800)
ODD = LogMel(22050, 551, 275, 1024, 40, 50, 10000, "slaney", "hamming")
FRAME = LogMel(16000, 320, 160, 512, 26, 20, 8000, taper="hamming")
LITE = Descriptors(FRAME, LLD_SETS["egemaps-lite"])
EVERY = Descriptors(
    FRAME,
    (*LLDS, *(f"{kind}_{i}" for kind in ("logmel", "mfcc", "spectrum") for i in range(8)), "flux_delta"),
    spectrum_step=7,
    pcan=Pcan(),
)
VOICE = ("f0", "voicing", "jitter", "shimmer", "hnr", "f1", "f2", "f3")
BARS = {"m4": 30_000, "m0plus": 90_000}

pytestmark = pytest.mark.skipif(
    not (shutil.which("arm-none-eabi-gcc") and shutil.which("qemu-system-arm")),
    reason="arm-none-eabi-gcc or qemu-system-arm is missing",
)


@pytest.mark.parametrize(
    ("core", "flags"),
    [("m4", []), ("m4", ["-DVOX_PLAIN_C"]), ("m4", ["-O0"]), ("m4", ["-Os"]), ("m3", []), ("m0plus", [])],
)
def test_device_computes_the_hosts_features(core, flags):
    front_ends = {"speech": SPEECH, "digits": DIGITS, "odd": ODD, "egemaps-lite": LITE, "every": EVERY}
    heard = {}
    for name, logmel in front_ends.items():
        rng = np.random.default_rng(2)
        loud, quiet = count.sound(logmel.sample_rate, logmel.window), rng.normal(0, 3, logmel.window)
        extremes = rng.choice([-32768, 32767], logmel.window)
        heard[name] = np.concatenate([loud, quiet, extremes]).astype(np.int16)
    cases = [frontend_case(logmel.section(), heard[name]) for name, logmel in front_ends.items()]
    printed = run_cases(count.CORES[core], cases, flags).cases
    for case, (name, logmel) in zip(printed, front_ends.items(), strict=True):
        assert case["status"] == [0], name
        assert case["feature"] == logmel.extract(heard[name]).reshape(-1).tolist(), name


def frames_of(size, full):
    """Front ends of one FFT size, whose windows end in different legs of its first stage."""
    eighth = size // 8
    windows = [17, 3 * eighth, 5 * eighth + 1, 6 * eighth, 7 * eighth - 1, size]
    if full:
        windows += [
            2 * eighth - 1,
            2 * eighth,
            2 * eighth + 1,
            4 * eighth,
            4 * eighth + 1,
            6 * eighth + 1,
            size - 1,
        ]
    rate = {512: 16000, 1024: 22050, 2048: 44100, 4096: 48000}.get(size, 8000)
    return [
        LogMel(rate, window, window // 2, size, 8, 40, rate / 2)
        for window in sorted({max(w, 16) for w in windows})
    ]


@pytest.mark.parametrize("core", ["m4", "m3", "m0plus"])
def test_device_computes_every_size_of_transform(core, full):
    rng = np.random.default_rng(3)
    sizes = (64, 128, 256, 512, 1024, 2048, 4096) if core == "m4" or full else (128, 1024)
    logmels = [logmel for size in sizes for logmel in frames_of(size, full)]
    heard = [
        np.concatenate(
            [rng.normal(0, 3, m.window), rng.integers(-32768, 32768, m.window), np.zeros(m.window)]
        ).astype(np.int16)
        for m in logmels
    ]
    cases = [frontend_case(m.section(), samples) for m, samples in zip(logmels, heard, strict=True)]
    printed = run_cases(count.CORES[core], cases)
    for case, logmel, samples in zip(printed.cases, logmels, heard, strict=True):
        assert case["feature"] == logmel.extract(samples).reshape(-1).tolist(), logmel


@pytest.mark.parametrize("core", ["m4", "m3"])
def test_device_computes_descriptors_of_all_levels(core):
    """Silence, one step, and changes of the spectrum's exponent between frames."""
    names = [name for name in LLDS if name not in VOICE]
    rng = np.random.default_rng(4)
    lists = [
        Descriptors(LogMel(8000, 240, 80, 256, 13, 60, 4000), (*names, "mfcc_1", "spectrum_3")),
        Descriptors(FRAME, (*names, "mfcc_0", "mfcc_4", "spectrum_0")),
    ]
    heard = []
    for d in lists:
        levels = [0, 1, 2000, 0, 32767, 20, 300, 5000]
        parts = [level * np.sin(np.arange(2 * d.window) * 0.2) for level in levels]
        parts += [rng.normal(0, 1000, 2 * d.window), rng.choice([-32768, 32767], d.window)]
        heard.append(np.concatenate(parts).clip(-32768, 32767).astype(np.int16))
    cases = [frontend_case(d.section(), samples) for d, samples in zip(lists, heard, strict=True)]
    printed = run_cases(count.CORES[core], cases)
    for case, d, samples in zip(printed.cases, lists, heard, strict=True):
        assert case["feature"] == d.extract(samples).reshape(-1).tolist()


@pytest.mark.parametrize("core", BARS)
def test_instructions_a_frame(core):
    samples = count.sound(16000, SPEECH.window + 2 * SPEECH.hop)
    printed = count.measure(count.CORES[core], SPEECH, samples)
    assert max(printed.counts(0, "frame_ticks")) <= BARS[core]


def test_instructions_of_the_spectrum_of_a_frame_on_m4():
    """`egemaps-lite` without the voice."""
    spectral = Descriptors(FRAME, tuple(name for name in LLD_SETS["egemaps-lite"] if name not in VOICE))
    samples = count.sound(16000, spectral.window + 3 * spectral.hop)
    printed = count.measure(count.CORES["m4"], spectral, samples)
    assert max(printed.counts(0, "frame_ticks")) <= 38_000
