"""lib/vox_link.py answers requests as the device program does (tests/parity/test_program_answers.py)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from helpers.link_cases import BUILT_IN, Case, cases_of, run_case
from helpers.micropython_link import served
from vox_embed.device.session import Session
from vox_embed.device.targets import open_port


@pytest.fixture(scope="module")
def served_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    folder = tmp_path_factory.mktemp("link")
    with served(folder, BUILT_IN) as address, open_port(address, timeout=2.0) as session:
        yield session


@pytest.mark.parametrize("asked", cases_of("vox_link"), ids=lambda asked: asked.name)
def test_answers(served_session: Session, asked: Case) -> None:
    run_case(served_session, asked)
