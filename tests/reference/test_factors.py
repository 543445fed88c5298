"""The integer quadratic factors against numpy's roots."""

import subprocess

import numpy as np
import pytest

from helpers import pitch_program

SANITIZE = ("-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("factors")
    flags = {"plain": ("-O2",), "split": ("-O2", "-DVOX_SPLIT_MULTIPLY"), "sanitized": SANITIZE}
    return {name: pitch_program.build(folder, *f, driver="factors") for name, f in flags.items()}


def factors(program, rows):
    """u, v in Q14 and the angle in half turns of every factor: [n, degree / 2, 3]."""
    file = program.with_suffix(".rows")
    file.write_bytes(rows.astype("<i4").tobytes())
    done = subprocess.run([str(program), str(rows.shape[1] - 1), str(file)], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return np.frombuffer(done.stdout, "<i4").reshape(len(rows), -1, 3) / [2.0**14, 2.0**14, 2.0**17]


def polynomials(zeros):
    """Q20 coefficients of polynomials with these zeros and their conjugates."""
    rows = [np.poly(np.concatenate([z, z.conj()])).real for z in zeros]
    return np.round(np.array(rows) * 2**20).astype(np.int32)


def voice_like(rng, count, resonances, least_radius=0.6):
    """A zero about every 1 / resonances of half a turn."""
    angles = (np.arange(resonances) + rng.uniform(0.15, 0.85, (count, resonances))) / resonances
    return rng.uniform(least_radius, 0.985, (count, resonances)) * np.exp(1j * np.pi * angles)


@pytest.mark.parametrize("resonances", [3, 4, 5])
def test_angles_of_resonances(programs, resonances):
    zeros = voice_like(np.random.default_rng(resonances), 2000, resonances)
    got = np.sort(factors(programs["plain"], polynomials(zeros))[..., 2], axis=1)
    error = np.abs(got - np.sort(np.angle(zeros) / np.pi, axis=1)).max(1)
    assert np.median(error) < 0.0003  # the worst of a frame: 1.2 Hz of 4 kHz
    assert np.mean(error > 0.002) < 0.03


def test_the_product_of_the_factors_is_the_polynomial(programs):
    rows = polynomials(voice_like(np.random.default_rng(7), 500, 4, 0.3))
    got = factors(programs["plain"], rows)
    for row, parts in zip(rows, got, strict=True):
        product = np.ones(1)
        for u, v, _ in parts:
            product = np.convolve(product, [1, -u, v])
        assert np.abs(product - row / 2**20).max() < 0.02


def test_real_zeros_have_no_angle(programs):
    zeros = voice_like(np.random.default_rng(9), 300, 3)
    rows = [
        np.convolve(np.poly(np.concatenate([z, z.conj()])).real, np.poly([0.5 + k / 1000, -0.6]))
        for k, z in enumerate(zeros)
    ]
    got = np.sort(factors(programs["plain"], np.round(np.array(rows) * 2**20).astype(np.int32))[..., 2], 1)
    assert np.mean(got[:, 0] == 0) > 0.99
    assert np.median(np.abs(got[:, 1:] - np.sort(np.angle(zeros) / np.pi, axis=1))) < 0.0002


def test_any_coefficients_end_somewhere_and_the_same_everywhere(programs):
    rng = np.random.default_rng(11)
    wild = rng.integers(-(2**30), 2**30, (400, 9))
    wild[100:200] >>= rng.integers(0, 31, (100, 9))
    wild[200:300, 1:] = 0
    wild[:, 0] = 2**20
    rows = np.concatenate([wild, polynomials(voice_like(rng, 300, 4))]).astype(np.int32)
    results = [factors(program, rows) for program in programs.values()]
    for other in results[1:]:
        assert np.array_equal(results[0], other)
    assert np.all(np.abs(results[0][..., 0]) <= 2) and np.all(np.abs(results[0][..., 1]) <= 1)
    assert np.all((results[0][..., 2] >= 0) & (results[0][..., 2] <= 1))
