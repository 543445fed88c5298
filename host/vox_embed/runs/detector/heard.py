"""Test clips of a detector: an analysis window each, of voices that it did not learn from, in rooms.

They are written as audio, so that `evaluate`, `verify` and `field` read them as any other data.
"""

from __future__ import annotations

import csv
import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vox_embed.data.synth.make import UNKNOWN
from vox_embed.experiment.schema import Wakeword
from vox_embed.gate.files import native_name
from vox_embed.models.spotting.renditions import Piece, sound_of
from vox_embed.runs.detector.folders import made_once
from vox_embed.runs.detector.voices import Utterance, Voices
from vox_embed.runs.reporter import Reporter

TABLE = "heard.csv"
_MOST = 300
"""Clips of each label in each of the splits."""
_AFTER = 0.15
"""Seconds from the phrase's end to the window's."""
_COLUMNS = ("file", "label", "speaker", "gender", "split")


@dataclass(frozen=True)
class _Clip:
    utterance: Utterance
    label: str
    split: str


def heard_clips(settings: Wakeword, voices: Voices, samples: int, log: Reporter) -> Path:
    """The table of the clips, made where it has not been. samples: of an analysis window."""
    key = hashlib.sha256(f"1:{voices.key}:{samples}:{settings.rooms}".encode()).hexdigest()[:24]

    def write(folder: Path) -> None:
        building = folder.with_name(f".{key}.building")
        shutil.rmtree(building, ignore_errors=True)
        _write(settings, _chosen(settings, voices), samples, building, log)
        building.replace(folder)

    return made_once("heard", key, write) / TABLE


def _chosen(settings: Wakeword, voices: Voices) -> list[_Clip]:
    made = []
    for split in ("dev", "test"):
        for phrase in settings.phrases:
            found = voices.of("phrase", phrase, split) or voices.of("phrase", phrase)[:1]
            found = sorted(found, key=lambda one: one.engine == "espeak-ng")  # all of the few neural ones
            made += [_Clip(one, phrase, split) for one in found[:_MOST]]
        others = [*voices.of("confusable", None, split), *voices.of("sentence", None, split)]
        rng = np.random.default_rng([settings.seed, 0x4EA, len(others)])
        made += [_Clip(others[i], UNKNOWN, split) for i in sorted(rng.permutation(len(others))[:_MOST])]
    return made


def _write(settings: Wakeword, clips: list[_Clip], samples: int, folder: Path, log: Reporter) -> None:
    import soundfile

    (folder / "audio").mkdir(parents=True)
    rows = []
    with log.task("Test clips", "clips") as advance:
        for number, clip in enumerate(clips):
            one, rate = clip.utterance, settings.sample_rate
            seed = (settings.seed, 0x7E57, one.number)
            piece = Piece(one.file, 0.0, one.seconds, "room", seed, one.word)
            sound, (_, end) = sound_of(piece, rate, settings.rooms)
            if clip.label == UNKNOWN:
                end = float(np.random.default_rng(seed).uniform(0.6, 1.0)) * len(sound)
            last = min(len(sound), round(end + _AFTER * rate))
            part = sound[max(0, last - samples) : last]
            part = np.pad(part, (max(0, samples - len(part)), 0), mode="edge")
            name = f"audio/{number:05d}.flac"
            soundfile.write(native_name(folder / name), part, rate, subtype="PCM_16")
            rows.append((name, clip.label, one.speaker, one.gender, clip.split))
            advance(number + 1, len(clips))
    with (folder / TABLE).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(_COLUMNS)
        writer.writerows(rows)
