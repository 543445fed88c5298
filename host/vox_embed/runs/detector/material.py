"""From recordings to what a detector learns from and is judged by."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vox_embed.data.audio import read_audio
from vox_embed.data.processes import in_processes
from vox_embed.experiment.schema import Wakeword
from vox_embed.features import LogMel
from vox_embed.field.conditions import frame_levels, word_end
from vox_embed.field.sources import Recording, Source, audio_files
from vox_embed.models.spotting.bank import Bank
from vox_embed.models.spotting.material import Material, Said
from vox_embed.models.spotting.renditions import Piece, Way, Work, rendered
from vox_embed.runs.detector.folders import cache_folder
from vox_embed.runs.detector.given import Divided
from vox_embed.runs.detector.voices import Utterance, Voices
from vox_embed.runs.reporter import Reporter

_TOGETHER = 100
_LONGEST = 30.0
"""Seconds that are rendered at a time."""
_TIMES = {"phrase": 3, "confusable": 2, "sentence": 1}
_TALK_AGAIN = 2
_JUDGED = 400


@dataclass(frozen=True, eq=False)
class Prepared:
    """material: to learn from. phrases: held-out ones, a bank a label. talk: held-out negatives."""

    material: Material
    phrases: tuple[Bank, ...]
    talk: Bank


class _Renderer:
    """Many pieces, in processes, kept in the cache."""

    def __init__(self, settings: Wakeword, front: LogMel, log: Reporter, jobs: int | None) -> None:
        self._settings = settings
        self._front = front
        self._log = log
        self._jobs = jobs or os.cpu_count() or 1

    def __call__(self, title: str, pieces: Sequence[Piece]) -> Said:
        works = [
            Work(
                tuple(pieces[i : i + _TOGETHER]), self._front, self._settings.rooms, cache_folder() / "frames"
            )
            for i in range(0, len(pieces), _TOGETHER)
        ]
        parts = []
        with self._log.task(title, "pieces") as advance:
            for part in in_processes(rendered, works, self._jobs):
                parts.append(part)
                advance(min(len(pieces), len(parts) * _TOGETHER), len(pieces))
        bands = len(self._front.names)
        frames = np.concatenate([np.zeros((0, bands), np.int16), *(p.frames for p in parts)])
        counts = np.concatenate([np.zeros(0, np.int64), *(p.counts for p in parts)])
        words = np.concatenate([np.zeros((0, 2)), *(p.words for p in parts)])
        return Said(Bank(frames, counts), words[:, 0], words[:, 1])


def prepare(  # noqa: PLR0917
    settings: Wakeword,
    front: LogMel,
    voices: Voices,
    negatives: Divided,
    positives: Divided | None,
    log: Reporter,
    jobs: int | None = None,
) -> Prepared:
    """Frames of everything; what was rendered before is read."""
    render = _Renderer(settings, front, log, jobs)
    seed = settings.seed
    phrases, confusable, judged = [], [], []
    for phrase in settings.phrases:
        said = voices.of("phrase", phrase, "train") or voices.of("phrase", phrase)
        phrases.append(render(f"Voices in rooms: {phrase}", spoken_pieces(said, seed, more=_balance(said))))
        confusable.append(
            render(
                f"Taken for it: {phrase}", spoken_pieces(voices.of("confusable", phrase, "train"), seed)
            ).bank
        )
        held = voices.of("phrase", phrase, "dev") or said[:1]
        judged.append(render("Held-out voices", spoken_pieces(held[:_JUDGED], seed, times=1)).bank)
    sentences = render("Sentences", spoken_pieces(voices.of("sentence", None, "train"), seed)).bank
    talk = render("Negatives", _again(negatives.learned, seed)).bank
    held_talk = render("Held-out negatives", pieces_of(negatives.held, "plain", (seed, 4))).bank
    recorded: tuple[Said, ...] = ()
    if positives is not None:
        recorded = tuple(
            render(f"Recordings: {one}", _recorded(positives.learned, one, settings))
            for one in settings.phrases
        )
        for i, one in enumerate(settings.phrases):
            found = _recorded(positives.held, one, settings, ways=("near",))
            if found:
                judged[i] = render("Held-out recordings", found).bank
    material = Material(
        phrases=tuple(phrases),
        confusable=tuple(confusable),
        sentences=sentences,
        recorded=recorded,
        talk=talk,
        noise=render("Noise", noise_pieces(settings, voices)).bank,
        real=0 if settings.negatives is None else len(talk) // (1 + _TALK_AGAIN),
        again=(_TIMES["phrase"], _TIMES["confusable"], _TIMES["sentence"]),
    )
    return Prepared(material, tuple(judged), held_talk)


def _balance(said: Sequence[Utterance]) -> int:
    """How much more often neural voices' utterances are rendered: about as many of them as of the others."""
    neural = sum(one.engine == "kokoro" for one in said)
    return min(10, max(1, round((len(said) - neural) / max(1, neural))))


def spoken_pieces(
    utterances: Sequence[Utterance], seed: int, times: int | None = None, more: int = 1
) -> list[Piece]:
    """Utterances in rooms, `times` each, else as often as their kind is taken; neural ones `more` often."""
    return [
        Piece(one.file, 0.0, one.seconds, "room", (seed, 1, one.number, again), one.word)
        for one in utterances
        for again in range((times or _TIMES[one.kind]) * (more if one.engine == "kokoro" else 1))
    ]


def pieces_of(source: Source, way: Way, seed: tuple[int, ...]) -> list[Piece]:
    """Recordings, long ones in parts."""
    return [
        Piece(one.file, one.start, one.duration, way, (*seed, number))
        for number, one in enumerate(source.in_parts(_LONGEST))
    ]


def _again(source: Source, seed: int) -> list[Piece]:
    """As they are, and in other rooms at other speeds."""
    made = pieces_of(source, "plain", (seed, 2, 0))
    for again in range(_TALK_AGAIN):
        made += pieces_of(source, "speed", (seed, 2, 1 + again))
    return made


def noise_pieces(settings: Wakeword, voices: Voices) -> list[Piece]:
    """What is made, and the user's."""
    made = [
        Piece(one.file, 0.0, one.seconds, "speed", (settings.seed, 3, one.number))
        for one in voices.of("silence")
    ]
    if settings.noise is not None:
        files = audio_files(settings.noise)
        made += pieces_of(Source(tuple(_whole(file) for file in files)), "plain", (settings.seed, 5))
    return made


def _whole(file: Path) -> Recording:
    from vox_embed.data.audio import probe

    return Recording(file, 0.0, probe(file).duration)


def _recorded(
    source: Source, phrase: str, settings: Wakeword, ways: Sequence[Way] = ("near", "room", "room")
) -> list[Piece]:
    made: list[Piece] = []
    for one in source.recordings:
        for word in one.occurrences:
            if word.label != phrase:
                continue
            span = (word.start, word.end) if one.tracked else _span(one, settings.sample_rate)
            # A second around the word; a clip of one word is taken whole.
            first = max(0.0, span[0] - 1.0) if one.tracked else 0.0
            last = min(one.duration, span[1] + 1.0) if one.tracked else one.duration
            made += [
                Piece(
                    one.file,
                    one.start + first,
                    last - first,
                    way,
                    (settings.seed, 6, len(made), again),
                    (span[0] - first, span[1] - first),
                )
                for again, way in enumerate(ways)
            ]
    return made


def _span(one: Recording, rate: int) -> tuple[float, float]:
    """Where the word of a clip lies, by its energy."""
    sound = read_audio(one.file, rate, one.start, one.start + one.duration)
    end = word_end(sound, rate)
    levels = frame_levels(sound, rate)
    if not len(levels):
        return 0.0, end
    loud = levels >= np.percentile(levels, 95) * 10 ** (-25 / 20)
    begin = float(np.flatnonzero(loud)[0]) * max(1, int(rate * 0.02)) / rate
    return min(begin, max(0.0, end - 0.1)), end
