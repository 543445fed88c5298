"""A short run of host_parsers.py; VOX_FUZZ_EXAMPLES for another length, VOX_FUZZ_SEED for other inputs."""

from __future__ import annotations

import os

import pytest
from host_parsers import FORMATS, fuzz

EXAMPLES = {"wav_metadata": 150, "tflite": 300, "yaml": 120, "pdsc": 250}
DEFAULT, FULL = 400, 20_000


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_any_bytes_are_a_value_or_the_promised_error(name: str, full: bool) -> None:
    asked = os.environ.get("VOX_FUZZ_EXAMPLES")
    count = int(asked) if asked else FULL if full else EXAMPLES.get(name, DEFAULT)
    assert fuzz(name, int(os.environ.get("VOX_FUZZ_SEED", "0")), count) == count > 0
