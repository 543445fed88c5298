"""A kept detector on the emulated M4: its words mixed into other talk, and every report as the host's.

Without `--full` it is 20 seconds of synthetic voices. With it an hour, of real people where VOX_DATA has
them; VOX_HOUR_MINUTES shortens it.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from ears import Ears
from scenario import Cast, real, scenario, synthetic

from vox_embed.core import Listener, Model
from vox_embed.device.boards import find_board, project_folder
from vox_embed.device.targets import open_board
from vox_embed.field.sources import event_labels
from vox_embed.program.vxm import Decision, read_sections

HEARS_VOICES, HEARS_PEOPLE = "commands", "jarvis"
"""Kept models: detectors that learned from recordings leave synthetic words in talk alone."""


def kept(people: bool) -> Path:
    return project_folder() / "models" / (HEARS_PEOPLE if people else HEARS_VOICES) / "model.vxm"


def cast_for(labels: tuple[str, ...], rate: int, full: bool) -> Cast:
    return (real(labels, rate) if full else None) or synthetic(labels, rate)


@pytest.mark.skipif(shutil.which("qemu-system-arm") is None, reason="QEMU is not installed")
@pytest.mark.usefixtures("emulated")
def test_words_in_talk_on_the_emulated_m4(images: dict[str, Path], full: bool) -> None:
    people = full and "VOX_DATA" in os.environ
    data = kept(people).read_bytes()
    model, ears = Model(data), Ears()
    background = Decision.from_section(read_sections(data)["DECI"]).background
    labels = event_labels(model.labels, [model.labels[i] for i in background])
    seconds = 60 * int(os.environ.get("VOX_HOUR_MINUTES", "60")) if full else 20
    sound = scenario(cast_for(labels, model.sample_rate, full), model.sample_rate, seconds, seed=1)
    words = frames = 0
    with open_board(find_board("qemu-m4"), images["qemu-m4"]) as session:
        session.push_model(data)
        session.sink = ears.take
        host, live = Listener(model), session.live()
        for block, ended in sound:
            live.push(block)
            heard = host.push(block)
            frames, words = frames + len(heard.features), words + ended
            ears.compare(heard)
        clip = live.end()
        stats = session.stats()
    assert clip is not None
    print(f"\n{kept(people).parent.name}: {seconds} s, {words} words, {ears.windows} windows; {stats}")
    assert (clip.frames, clip.windows, clip.events) == (frames, ears.windows, ears.heard_events)
    assert (stats.frames, stats.windows, stats.events) == (frames, ears.windows, ears.heard_events)
    assert stats.link_errors == stats.receive_lost == stats.unsent == stats.audio_lost == 0
    assert words >= seconds // 10
    assert ears.heard_events > words // 2  # begins and ends
