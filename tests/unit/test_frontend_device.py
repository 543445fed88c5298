"""The front end on emulated Cortex-M cores: the host's features, and the instructions a frame takes."""

import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

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
BARS = {"m4": 37_000, "m0plus": 90_000}

pytestmark = pytest.mark.skipif(
    not (shutil.which("arm-none-eabi-gcc") and shutil.which("qemu-system-arm")),
    reason="arm-none-eabi-gcc or qemu-system-arm is missing",
)


@pytest.mark.parametrize(
    "logmel", [SPEECH, DIGITS, ODD, LITE, EVERY], ids=["speech", "digits", "odd", "egemaps-lite", "every"]
)
@pytest.mark.parametrize(
    ("core", "flags"),
    [("m4", []), ("m4", ["-DVOX_PLAIN_C"]), ("m4", ["-O0"]), ("m4", ["-Os"]), ("m3", []), ("m0plus", [])],
)
def test_device_computes_the_hosts_features(core, flags, logmel):
    rng = np.random.default_rng(2)
    loud, quiet = count.sound(logmel.sample_rate, logmel.window), rng.normal(0, 3, logmel.window)
    extremes = rng.choice([-32768, 32767], logmel.window)
    samples = np.concatenate([loud, quiet, extremes]).astype(np.int16)
    printed = count.measure(count.CORES[core], logmel, samples, flags).cases[0]
    assert printed["status"] == [0]
    assert printed["feature"] == logmel.extract(samples).reshape(-1).tolist()


@pytest.mark.parametrize("core", BARS)
def test_instructions_a_frame(core):
    samples = count.sound(16000, SPEECH.window + 2 * SPEECH.hop)
    printed = count.measure(count.CORES[core], SPEECH, samples)
    assert max(printed.counts(0, "frame_ticks")) <= BARS[core]
