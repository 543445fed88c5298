"""The device program answers requests as lib/vox_link.py does (tests/micropython/test_link_answers.py)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from bench import Bench

from helpers.link_cases import BUILT_IN, Case, cases_of, run_case
from vox_embed.device.boards import find_board
from vox_embed.device.session import Session


@pytest.fixture(scope="module")
def native(images: dict[str, Path], built_in: bytes) -> Iterator[Session]:
    assert built_in == BUILT_IN
    bench = Bench(find_board("native"), images["native"])
    yield bench.fresh()
    bench.close()


@pytest.mark.usefixtures("emulated")
@pytest.mark.parametrize("asked", cases_of("firmware/app"), ids=lambda asked: asked.name)
def test_answers(native: Session, asked: Case) -> None:
    run_case(native, asked)
