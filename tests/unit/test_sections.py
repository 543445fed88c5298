"""The container of a .vxm: sections that this version does not know are passed over, and kept."""

from __future__ import annotations

import pytest

from helpers.tiny_model import tiny_model
from vox_embed.core import Model
from vox_embed.program.vxm import read_sections, thresholds, with_thresholds, write_container


@pytest.mark.parametrize("tag", ["ZZZZ", "\xc5\x00\xff\x01"])
def test_sections_of_a_later_writer_stay(tag: str) -> None:
    """A tag is any four bytes: those that are no ASCII too."""
    plain = tiny_model()
    later = write_container({**read_sections(plain), tag: b"12345678"})
    assert Model(later).labels == Model(plain).labels
    changed = with_thresholds(later, thresholds(later))
    assert read_sections(changed)[tag] == b"12345678"
    assert changed == later
