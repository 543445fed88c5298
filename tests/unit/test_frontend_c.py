"""The C front end by itself: sanitisers, hostile tables, the same bits from every variant."""

import subprocess
from pathlib import Path

import numpy as np
import pytest

from helpers.c_program import SANITIZERS, compile_library_driver
from vox_embed.experiment.schema.features import LLD_SETS, LLDS
from vox_embed.features import Descriptors, LogMel, Micro, NoiseReduction, Pcan

DRIVER = Path(__file__).with_name("frontend_driver.c")
VARIANTS = {
    "plain": ("-O2", "-DVOX_PLAIN_C"),
    "split": ("-O2", "-DVOX_SPLIT_MULTIPLY"),
    "sanitized": SANITIZERS,
    "sanitized_split": (*SANITIZERS, "-DVOX_SPLIT_MULTIPLY"),
}
SETTINGS = {
    "16k": LogMel(16000, 480, 320, 512, 40, 20, 8000),
    "8k": LogMel(8000, 240, 160, 256, 32, 60, 3800, "slaney", "hamming"),
    "odd window": LogMel(16000, 401, 160, 1024, 64, 50, 7600),
    "smallest": LogMel(16000, 17, 5, 64, 4, 0, 8000),
    "largest": LogMel(48000, 4096, 4096, 4096, 128, 0, 24000),
    "upper bins only": LogMel(44100, 1024, 512, 2048, 20, 12000, 20000),
}
SETTINGS["every descriptor"] = Descriptors(
    LogMel(16000, 320, 160, 512, 26, 20, 8000, taper="hamming"),
    (
        *LLDS,
        *(f"{kind}_{i}" for kind in ("logmel", "mfcc", "spectrum") for i in range(13)),
        *("flux_delta", "flux_delta2", "mfcc_1_delta", "logmel_3_delta"),
    ),
    spectrum_step=7,
    noise=NoiseReduction(),
    pcan=Pcan(),
)
SETTINGS["egemaps-lite"] = Descriptors(
    LogMel(8000, 200, 80, 256, 26, 20, 4000, taper="hamming"), LLD_SETS["egemaps-lite"]
)
SETTINGS["largest list"] = Descriptors(
    LogMel(48000, 4096, 4000, 4096, 128, 0, 24000),
    (*(f"mfcc_{i}" for i in range(64)), *(f"mfcc_{i}_delta" for i in range(64))),
    delta_span=8,
    lifter=0,
)
SETTINGS["micro"] = Micro()


@pytest.fixture(scope="session")
def drivers(tmp_path_factory):
    return {
        name: compile_library_driver(
            DRIVER, tmp_path_factory.mktemp(name), flags, room="frontend", standard="c99"
        )
        for name, flags in VARIANTS.items()
    }


def extremes(rng, count):
    third = count // 3
    square = np.where(np.arange(third) // 7 % 2, 32767, -32768)
    noise = rng.integers(-32768, 32768, third)
    quiet = np.round(rng.normal(0, 2, count - 2 * third))
    return np.concatenate([square, noise, quiet]).astype("<i2")


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("variant", VARIANTS)
def test_variants_give_the_features_of_the_native_module(drivers, tmp_path, name, variant):
    logmel = SETTINGS[name]
    samples = extremes(np.random.default_rng(5), 10 * logmel.hop + logmel.window + 11)
    (tmp_path / "section").write_bytes(logmel.section())
    (tmp_path / "samples").write_bytes(samples.tobytes())
    for chunk in (0, 1, 100, 1_000_000):  # 0: eight frames side by side
        command = [str(drivers[variant]), str(tmp_path / "section"), str(tmp_path / "samples"), str(chunk)]
        done = subprocess.run(command, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        features = np.frombuffer(done.stdout, "<i2").reshape(-1, logmel.bands)
        assert np.array_equal(features, logmel.extract(samples.astype(np.int16)))


@pytest.mark.parametrize("variant", ["sanitized", "sanitized_split"])
@pytest.mark.parametrize("name", SETTINGS)
def test_mutated_sections_are_refused_or_harmless(drivers, tmp_path, name, variant):
    (tmp_path / "section").write_bytes(SETTINGS[name].section())
    command = [str(drivers[variant]), str(tmp_path / "section"), "fuzz", "400"]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert 0 < int(done.stdout) < 400


def test_the_smallest_and_the_largest_numbers_of_a_gain_stay_within_bounds(drivers, tmp_path):
    frame = SETTINGS["egemaps-lite"].frame
    bands = tuple(f"logmel_{band}" for band in range(26))
    for pcan in (Pcan(2**-16, 0.0, 2.0**-15, 1.0), Pcan(1 - 2**-16, 1.0, 2.0**15, 2.0**60)):
        d = Descriptors(frame, bands, pcan=pcan, noise=NoiseReduction(2**-16, 2**-16))
        samples = extremes(np.random.default_rng(6), 20 * d.hop + d.window)
        (tmp_path / "section").write_bytes(d.section())
        (tmp_path / "samples").write_bytes(samples.tobytes())
        command = [str(drivers["sanitized"]), str(tmp_path / "section"), str(tmp_path / "samples"), "100"]
        done = subprocess.run(command, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        assert np.frombuffer(done.stdout, "<i2").min() >= 0
