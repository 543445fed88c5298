"""Detectors on real people and hours of other speech, and openWakeWord's models beside them.

    VOX_DATA=... python bench/field/run.py                      # detectors kept in models/, the peers
    VOX_DATA=... python bench/field/run.py results/hey_jarvis --tried-on jarvis --no-peers
    VOX_DATA=... python bench/field/run.py --every 8            # a small look: every eighth recording

VOX_DATA is a folder with wakewords/wakewords.csv (columns file, label, part) and negatives/negatives.csv
(file, part); rows whose part is `test` are played. All are counted by one rule, that of `vox-embed field`
(docs/field.md), with the same rest after an event. A label is tried on the recorded word of its name, else
on a recorded word that it holds; a peer called hey_jarvis, which was made for two words, on `jarvis`. Peers
come from PyPI's `pyopen-wakeword` (its models are CC BY-NC-SA: measured beside, never kept in the package).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "ear"))

from peer import NAMES, listened, peer
from score import Detector, rested, scored, table

from vox_embed.core import Model
from vox_embed.device.boards import project_folder
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.results import find
from vox_embed.field.conditions import PLAIN, Condition, Surroundings
from vox_embed.field.listen import listen
from vox_embed.field.posteriors import Clock, window_of
from vox_embed.field.sources import Recording, event_labels, read_negatives, read_positives
from vox_embed.field.streams import Stream, apart, strung
from vox_embed.field.sweep import Played
from vox_embed.gate.files import write_atomic
from vox_embed.program.opened import read_vxm
from vox_embed.program.vxm import Decision, read_sections
from vox_embed.spec.model_format import SectionTag

WORDS = ("jarvis", "computer")
KEPT = ("models/jarvis", "models/computer")
NOISY = Condition("snr", 10.0)
PART = {"part": "test"}
AROUND = Surroundings()


@dataclass(frozen=True)
class Sounds:
    """Clips of each word, and negatives."""

    clips: dict[str, tuple[Recording, ...]]
    negatives: tuple[Stream, ...]

    @classmethod
    def read(cls, every: int) -> Sounds:
        """Those of VOX_DATA. Raises VoxError."""
        given = os.environ.get("VOX_DATA")
        if not given:
            raise VoxError("VOX_DATA is not set", "it names the folder with wakewords/ and negatives/")
        positives = read_positives(Path(given) / "wakewords/wakewords.csv", WORDS, PART).recordings
        negatives = read_negatives(Path(given) / "negatives/negatives.csv", WORDS, PART).recordings
        clips = {
            word: tuple(one for one in positives if one.occurrences[0].label == word)[::every]
            for word in WORDS
        }
        return cls(clips, strung(negatives[::every]))

    def streams(self, word: str, label: str, window: float) -> tuple[list[Stream], list[Stream]]:
        """Clips with `label` as what is said, and the negatives; the clips in noise."""
        clips = [
            replace(one, occurrences=tuple(replace(said, label=label) for said in one.occurrences))
            for one in self.clips.get(word, ())
        ]
        return [*apart(clips, PLAIN, window), *self.negatives], list(apart(clips, NOISY, window))


def word_for(label: str, given: str | None) -> str:
    """The recorded word that a label is tried on, or nothing."""
    if given is not None:
        return given
    parts = label.lower().replace("_", " ").split()
    return next((word for word in WORDS if word in parts), "")


def ours(place: str, sounds: Sounds, tried_on: str | None, jobs: int) -> list[Detector]:
    """A detector for each label of a model that fires."""
    found = find(place)
    data = read_vxm(found.need_model())
    model = Model(data)
    decision = Decision.from_section(read_sections(data)[SectionTag.DECISION])
    labels = tuple(model.labels)
    window = window_of(data)[0] * model.hop / model.sample_rate
    made = []
    for label in event_labels(labels, [labels[i] for i in decision.background]):
        word = word_for(label, tried_on)
        plain, noisy = sounds.streams(word, label, window)
        heard = listen(data, [*plain, *noisy], AROUND, jobs=jobs, progress=_progress(found.name, "s"))
        played = [Played(*pair) for pair in zip([*plain, *noisy], heard, strict=True)]
        first, rest = played[: len(plain)], played[len(plain) :]
        name = found.name if label == found.name else f"{found.name}: {label}"
        made.append(Detector(name, label, word, len(data), labels, decision, Clock.of(model), first, rest))
    return made


def peers(sounds: Sounds, jobs: int) -> list[Detector]:
    """openWakeWord's."""
    made = []
    for name in NAMES:
        one, word = peer(name), word_for(name, None)
        plain, noisy = sounds.streams(word, one.labels[1], one.window)
        heard = listened(NAMES, [*plain, *noisy], AROUND, jobs, _progress(name, "streams"))[name]
        played = [Played(*pair) for pair in zip([*plain, *noisy], heard, strict=True)]
        first, rest = played[: len(plain)], played[len(plain) :]
        label, title, decision = one.labels[1], f"openWakeWord {name}", rested(one.decision, one.clock)
        made.append(Detector(title, label, word, one.bytes, one.labels, decision, one.clock, first, rest))
    return made


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("models", nargs="*", help="folders or .vxm; default: those of KEPT that are there")
    parser.add_argument("--tried-on", choices=WORDS, help="the recorded word, for models of other names")
    parser.add_argument("--no-peers", action="store_true", help="the project's models alone")
    parser.add_argument("--every", type=int, default=1, help="every so many-th recording")
    parser.add_argument("--json", type=Path, help="write the rows there too")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes that listen")
    options = parser.parse_args()
    try:
        rows = compared(options)
    except VoxError as error:
        sys.exit(f"error: {error}")
    print(f"{rows[0]['hours']:.2f} h of negatives; intervals are of 95 %")
    print(table(rows))
    if options.json is not None:
        write_atomic(options.json, (json.dumps(rows, indent=2) + "\n").encode())


def compared(options: argparse.Namespace) -> list[dict[str, object]]:
    """All rows. Raises VoxError."""
    kept = [project_folder() / place for place in KEPT]
    places: Sequence[str] = options.models or [str(place) for place in kept if place.is_dir()]
    if not places and options.no_peers:
        raise VoxError("nothing to listen with", "name a model: run.py results/computer --no-peers")
    sounds = Sounds.read(options.every)
    found = [one for place in places for one in ours(place, sounds, options.tried_on, options.jobs)]
    if not options.no_peers:
        found += peers(sounds, options.jobs)
    return [row for one in found for row in scored(one)]


def _progress(name: str, unit: str) -> Callable[[int, int], None]:
    def show(done: int, total: int) -> None:
        end = "\n" if done == total else "\r"
        print(f"{name}: {done} of {total} {unit} heard", end=end, file=sys.stderr, flush=True)

    return show


if __name__ == "__main__":
    main()
