"""The synthetic corpus of a detector, kept with the user's caches: the same recipe is spoken once."""

from __future__ import annotations

import csv
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vox_embed.data.audio import content_hash, probe
from vox_embed.data.synth.kokoro import NeuralRecipe, check_kokoro, make_neural
from vox_embed.data.synth.phrase import TABLE, PhraseRecipe, make_phrases, sounds_in
from vox_embed.experiment.schema import Wakeword
from vox_embed.field.sources import Recording, Source
from vox_embed.models.spotting.splice.aligned import Speech
from vox_embed.models.spotting.splice.make import SpliceRecipe, hear, make_spliced
from vox_embed.runs.detector.folders import cache_folder, made_once
from vox_embed.runs.reporter import Reporter

_VERSION, _NEURAL_VERSION, _SPLICED_VERSION = 2, 3, 1
"""Rise when the same recipe would sound otherwise."""
_FEW_SOUNDS = 5
_SPLICED_HOURS = 1.0
"""Of recordings that are listened to for pieces; it takes a third of the time they last, of one core."""
_PART = 20.0
"""Seconds that are listened to at a time."""


@dataclass(frozen=True)
class Utterance:
    """A row of the corpus. phrase: of which it is, or which it is taken for; kind: phrase, confusable,
    sentence or silence. word: begin and end of the phrase in seconds."""

    file: Path
    kind: str
    label: str
    split: str
    speaker: str
    gender: str
    seconds: float
    word: tuple[float, float]
    number: int
    engine: str


@dataclass(frozen=True)
class Voices:
    """The corpus. key: of its recipe."""

    key: str
    folder: Path
    utterances: tuple[Utterance, ...]

    def of(self, kind: str, label: str | None = None, split: str | None = None) -> list[Utterance]:
        """Those of a kind, of a label, of a split of the speakers."""
        return [
            one
            for one in self.utterances
            if one.kind == kind and label in (None, one.label) and split in (None, one.split)
        ]

    def recordings(self, splits: Sequence[str]) -> Source:
        """Sentences and noise, as what the detector must not fire on."""
        return Source(
            tuple(
                Recording(one.file, 0.0, one.seconds, groups={"speaker": one.speaker or one.file.stem})
                for one in self.utterances
                if one.kind in ("sentence", "silence") and one.split in splits
            )
        )


def corpus(settings: Wakeword, log: Reporter, jobs: int | None, talk: Source | None = None) -> Voices:
    """Speaks it where that has not been done. talk: recordings of which pieces may be taken. Raises
    VoxError."""
    recipe = PhraseRecipe(
        words=settings.phrases,
        language=settings.language,
        spoken=settings.spoken,
        confusable=max(2, settings.spoken // 2),
        sentences=max(10, settings.spoken // 3),
        silence=min(120, max(6, settings.spoken // 10)),
        voices=settings.voices,
        sample_rate=settings.sample_rate,
        seed=settings.seed,
    )
    for phrase in settings.phrases:
        sounds = sounds_in(phrase, settings.language)
        if sounds < _FEW_SOUNDS:
            log.note(
                f"warning: `{phrase}` has {sounds} sounds; short phrases occur in other words, and fire there"
            )
    key = hashlib.sha256(f"{_VERSION}:{recipe!r}".encode()).hexdigest()[:24]

    def speak(folder: Path) -> None:
        with log.task("Speaking", "groups of voices") as advance:
            make_phrases(recipe, folder, jobs, advance)

    folder = made_once("voices", key, speak)
    spoken = _read(folder / TABLE, 0)
    tables = [_neural(settings, log, jobs)] if settings.engine == "kokoro" else []
    if talk is not None and settings.in_pieces:
        tables.append(_spliced(settings, talk, log, jobs))
    for more, table in tables:
        key += more
        spoken += _read(table, len(spoken))
    return Voices(key, folder, tuple(spoken))


def _spliced(settings: Wakeword, talk: Source, log: Reporter, jobs: int | None) -> tuple[str, Path]:
    """The key and the table of what pieces of the talk say."""
    recipe = SpliceRecipe(
        settings.phrases, settings.language, settings.spliced, settings.sample_rate, settings.seed
    )
    speech = _of_all(talk, cache_folder() / "sounds")
    digest = hashlib.sha256(f"{_SPLICED_VERSION}:{recipe!r}".encode())
    for one in speech:
        digest.update(f"{content_hash(one.file)}:{one.start!r}:{one.duration!r}".encode())
    key = digest.hexdigest()[:24]

    def speak(folder: Path) -> None:
        with log.task("Listening to the negatives", "recordings") as advance:
            inventory = hear(speech, jobs or os.cpu_count() or 1, advance)
        with log.task("Speaking with their sounds", "utterances") as advance:
            make_spliced(recipe, inventory, folder, advance)

    table = made_once("spliced", key, speak) / TABLE
    said = {one.label for one in _read(table, 0) if one.kind == "phrase"}
    for phrase in settings.phrases:
        if phrase not in said:
            log.note(f"note: pieces of the negatives cannot say `{phrase}`: too little is understood there")
    return key, table


def _of_all(talk: Source, folder: Path) -> list[Speech]:
    """Recordings of at most _SPLICED_HOURS, evenly from all; long ones in parts."""
    parts = [Speech(one.file, one.start, one.duration, folder) for one in talk.in_parts(_PART)]
    step = max(1, -(-int(talk.hours * 3600) // int(_SPLICED_HOURS * 3600)))
    return parts[::step]


def _neural(settings: Wakeword, log: Reporter, jobs: int | None) -> tuple[str, Path]:
    """The key and the table of the neural voices' utterances."""
    weights = check_kokoro(settings.language, settings.weights)
    recipe = NeuralRecipe(
        settings.phrases, settings.language, settings.neural, settings.sample_rate, settings.seed
    )
    digest = hashlib.sha256(f"{_NEURAL_VERSION}:{recipe!r}".encode())
    for file in (weights.network, *weights.voices):
        digest.update(content_hash(file).encode())
    key = digest.hexdigest()[:24]

    def speak(folder: Path) -> None:
        with log.task("Speaking with neural voices", "utterances") as advance:
            make_neural(recipe, weights, folder, jobs or os.cpu_count() or 1, advance)

    return key, made_once("neural", key, speak) / TABLE


def _read(path: Path, first: int) -> list[Utterance]:
    found = []
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=first):
            audio = path.parent / row["file"]
            word = (float(row["word_start"]), float(row["word_end"])) if row["word_end"] else (0.0, 0.0)
            found.append(
                Utterance(
                    file=audio,
                    kind=row["kind"],
                    label=row["phrase"],
                    split=row["split"],
                    speaker=row["speaker"],
                    gender=row["gender"],
                    seconds=probe(audio).duration,
                    word=word,
                    number=number,
                    engine=row["engine"],
                )
            )
    return found
