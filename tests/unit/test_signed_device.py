"""The device program with a public key, in this computer's memory: no changed byte of a model is taken."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.c_program import ROOT, SANITIZERS, compile_board_driver
from helpers.signing import MONOCYPHER, SHA512, lacking
from helpers.tiny_model import tiny_model
from vox_embed.features.logmel import LogMel
from vox_embed.program import signature
from vox_embed.spec.model_format import SignedTrailer

SMALL = LogMel(sample_rate=8000, window=64, hop=32, fft_size=64, bands=4, fmin=300.0, fmax=3800.0)
SLOT_HEADER = 20  # bytes that follow a kept model (firmware/hal/flash_slots.c)
SIGNING = ROOT / "firmware" / "signing"

pytestmark = pytest.mark.skipif(bool(lacking()), reason=f"tools/fetch_sources.sh has not brought {lacking()}")


def test_no_flipped_byte_is_taken_or_started(tmp_path: Path, full: bool) -> None:
    """Every byte of a small model over the link, and in the flash that keeps it; with --full every bit."""
    pytest.importorskip("cryptography")
    private, public, key = tmp_path / "key.pem", tmp_path / "key.pub.pem", tmp_path / "key.c"
    signature.new_key(private, public)
    script = ROOT / "boards" / "cmake" / "public_key.py"
    subprocess.run([sys.executable, script, public, key], check=True)
    flags = [
        *SANITIZERS,
        f'-DMBEDTLS_CONFIG_FILE="{SIGNING / "mbedtls_config.h"}"',
        *(f"-I{room}" for room in (SIGNING, MONOCYPHER.parent, SHA512.parent, SHA512.parents[1] / "include")),
    ]
    sources = [key, SIGNING / "signature_ed25519.c", MONOCYPHER, SHA512]
    driver = compile_board_driver(Path(__file__).with_name("signed_driver.c"), tmp_path, flags, sources)
    models = [tmp_path / "first.vxm", tmp_path / "second.vxm"]
    for seed, path in enumerate(models):
        data = tiny_model("dense", features=SMALL, seed=seed)
        path.write_bytes(signature.sign(data, signature.private_key(private), revision=seed))
    size, bits = models[1].stat().st_size, 8 if full else 1
    assert size == len(data) + SignedTrailer.SIZE
    done = subprocess.run([driver, *models, str(bits)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout) == {"pushed": bits * size, "stored": bits * (size + SLOT_HEADER)}
