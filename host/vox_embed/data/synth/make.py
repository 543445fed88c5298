"""A whole data set: plan, processes, files, CSV."""

from __future__ import annotations

import csv
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from vox_embed.data.drawing import share, shuffled
from vox_embed.data.processes import in_processes
from vox_embed.data.synth.clips import Clip, Studio
from vox_embed.data.synth.espeak import Espeak
from vox_embed.data.synth.vocabulary import Vocabulary, confusable, spoken, vocabulary_of
from vox_embed.data.synth.voices import Voice, choose_accents, make_voices
from vox_embed.data.synth.words import pseudo_word, unknown_words
from vox_embed.experiment.errors import VoxError
from vox_embed.gate.files import native_name
from vox_embed.gate.text import UnfitTextError, admit_label

UNKNOWN, SILENCE = "_unknown_", "_silence_"
COLUMNS = ("file", "label", "speaker", "gender", "language", "word", "snr", "rt60", "level")

# Clips made by one copy of the synthesiser: fixed, so that the sound does not depend on the number of
# processes, and few, so that their voices fit into the library's list.
_CHUNK = 150
_MOST_CLIPS = 1_000_000
_CROWD = 25  # voices that talk in the background of a chunk
_NEAR, _PSEUDO = 0.2, 0.1  # shares of unknown words that sound like a target, and that are none


@dataclass(frozen=True)
class Recipe:
    """What to make.

    words: the labels. per_word, unknown, silence: number of clips of each word, of other words, and
    without speech. sample_rate in Hz, seconds of each clip, voices: number of speakers. languages: codes
    of espeak-ng. split: add a column that divides the speakers into train, dev and test (80, 10, 10 %).
    """

    words: tuple[str, ...]
    per_word: int = 200
    unknown: int = 200
    silence: int = 200
    sample_rate: int = 16000
    seconds: float = 1.0
    seed: int = 7
    languages: tuple[str, ...] = ("en",)
    voices: int = 200
    split: bool = False
    format: str = "flac"


@dataclass(frozen=True)
class _Job:
    recipe: Recipe
    voices: tuple[Voice, ...]
    clips: tuple[Clip, ...]
    folder: Path


def parse_words(text: str) -> tuple[str, ...]:
    """Words from `yes,no,stop`. VoxError on none, a double, or one that is the name of a special label."""
    words = tuple(word for part in text.split(",") if (word := " ".join(part.split())))
    if not words:
        raise VoxError("--words: no words", '--words "yes,no,stop"')
    for word in words:
        if words.count(word) > 1:
            raise VoxError(f"--words: `{word}` is given twice")
        if word in (UNKNOWN, SILENCE):
            raise VoxError(f"--words: `{word}` is made by itself", "see --unknown and --silence")
        _check_word(word)
    return words


def _check_word(word: str) -> None:
    """VoxError for what is no label, or what a spreadsheet would run."""
    try:
        admit_label(word)
    except UnfitTextError as error:
        raise VoxError(f"--words: `{word[:60]}` {error}") from None
    if not any(letter.isalnum() for letter in word) or word[0] in "=+-@":
        raise VoxError(f"--words: `{word}` is no word")


def make_corpus(
    recipe: Recipe, folder: Path, workers: int | None = None, progress: Callable[[int], None] | None = None
) -> int:
    """Writes the clips and `synth.csv` into `folder`; returns the number of clips.

    The folder appears when all is done; an earlier data set in it is replaced, anything else in it is
    refused. The same recipe gives the same sound, whatever the number of processes. progress is called
    with the number of clips made since the last call.
    """
    _check(recipe)
    check_folder(folder)
    with Espeak() as espeak:
        accents = choose_accents(recipe.languages, espeak.accents())
        voices = make_voices(recipe.voices, accents, recipe.seed)
        clips = _plan(recipe, voices, espeak, accents[0][0].identifier)
        clips = _in_their_languages(clips, recipe, voices, espeak)
    building = folder.parent / f".{folder.name}.building"
    shutil.rmtree(building, ignore_errors=True)
    try:
        for label in {clip.label for clip in clips}:
            (building / "audio" / slug(label)).mkdir(parents=True)
        jobs = [
            _Job(recipe, voices, tuple(clips[i : i + _CHUNK]), building) for i in range(0, len(clips), _CHUNK)
        ]
        rows = _run(jobs, workers or os.cpu_count() or 1, progress)
        _write_csv(building / "synth.csv", rows, recipe)
        if folder.exists():
            shutil.rmtree(folder)
        building.replace(folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return len(clips)


def slug(label: str) -> str:
    """A label as the name of a folder."""
    return re.sub(r"[^\w-]+", "_", label)


def _check(recipe: Recipe) -> None:
    for name, lowest in (("per_word", 1), ("unknown", 0), ("silence", 0), ("voices", 1), ("seed", 0)):
        if getattr(recipe, name) < lowest:
            raise VoxError(f"--{name.replace('_', '-')}: at least {lowest} is needed")
    if len(recipe.words) * recipe.per_word + recipe.unknown + recipe.silence > _MOST_CLIPS:
        raise VoxError(f"more than {_MOST_CLIPS:,} clips", "make several data sets")
    if recipe.voices > _MOST_CLIPS:
        raise VoxError(f"--voices: at most {_MOST_CLIPS:,}")
    if not recipe.languages:
        raise VoxError("--languages: none is given", "--languages en,de")
    if not 4000 <= recipe.sample_rate <= 48000:
        raise VoxError(f"--sample-rate: {recipe.sample_rate} Hz is not between 4000 and 48000")
    if not 0.2 <= recipe.seconds <= 10:
        raise VoxError(f"--seconds: {recipe.seconds:g} is not between 0.2 and 10")
    if recipe.format not in ("flac", "wav"):
        raise VoxError(f"--format: `{recipe.format}` is not possible", "flac or wav")
    slugs = [slug(word).casefold() for word in recipe.words]
    for word, name in zip(recipe.words, slugs, strict=True):
        if slugs.count(name) > 1:
            raise VoxError(f"--words: `{word}` has the same folder name (`{name}`) as another word")


def check_folder(folder: Path, table: str = "synth.csv") -> None:
    """VoxError where the folder holds other things than a synthetic data set, which its `table` tells."""
    if folder.is_symlink() or not folder.name:
        raise VoxError(f"{folder}: is no place for a new folder", "choose a new folder")
    if folder.is_dir():
        if any(folder.iterdir()) and not (folder / table).is_file():
            raise VoxError(f"{folder}: holds other things than a synthetic data set", "choose a new folder")
    elif folder.exists():
        raise VoxError(f"{folder}: is a file, not a folder")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise VoxError(f"{folder}: cannot be made: {error.strerror}") from None


def _plan(recipe: Recipe, voices: tuple[Voice, ...], espeak: Espeak, identifier: str) -> list[Clip]:
    rng = np.random.default_rng([recipe.seed, 0])
    plan: list[tuple[str, str, bool]] = [
        (word, word, True) for word in recipe.words for _ in range(recipe.per_word)
    ]
    if recipe.unknown:
        espeak.set_voice(identifier)
        kept, near = unknown_words(recipe.words, espeak.phonemes)
        for _ in range(recipe.unknown):
            kind = rng.random()
            if kind < _PSEUDO:
                text = pseudo_word(rng)
            else:
                text = str(rng.choice(near if kind < _PSEUDO + _NEAR else kept))
            plan.append((UNKNOWN, text, True))
    plan += [(SILENCE, "", False)] * recipe.silence
    # Speakers take turns, each time in another order, so that every label has as many of them as it can.
    turns: list[int] = []
    clips = []
    for index, (label, text, speech) in enumerate(plan):
        if speech and not turns:
            turns = [int(voice) for voice in rng.permutation(len(voices))]
        clips.append(Clip(index, label, text, turns.pop() if speech else None))
    return clips


def _in_their_languages(
    clips: list[Clip], recipe: Recipe, voices: tuple[Voice, ...], espeak: Espeak
) -> list[Clip]:
    """Unknown words of voices that do not speak English become words of what they speak, where espeak-ng
    knows
    enough of them."""
    words: dict[str, Vocabulary | None] = {}
    near: dict[str, tuple[str, ...]] = {}
    rng = np.random.default_rng([recipe.seed, 4])
    made = []
    for clip in clips:
        voice = None if clip.voice is None or clip.label != UNKNOWN else voices[clip.voice]
        if voice is None or voice.language.partition("-")[0] == "en":
            made.append(clip)
            continue
        if voice.identifier not in words:
            espeak.set_voice(voice.identifier)
            phrases = [espeak.phoneme_list(word) for word in recipe.words]
            found = vocabulary_of(espeak)
            words[voice.identifier] = None if found is None else found.without(phrases)
            near[voice.identifier] = ()
            if found is not None:
                near[voice.identifier] = tuple(
                    dict.fromkeys(word for phrase in phrases for word in found.without(phrases).near(phrase))
                )
        known = words[voice.identifier]
        text = clip.text if known is None else _foreign(known, near[voice.identifier], rng)
        made.append(replace(clip, text=text))
    return made


def _foreign(words: Vocabulary, near: tuple[str, ...], rng: np.random.Generator) -> str:
    kind = rng.random()
    if kind < _PSEUDO:
        return spoken(confusable(words.said[int(rng.integers(len(words.said)))], words, rng))
    return str(rng.choice(near if kind < _PSEUDO + _NEAR else words.words))


def _run(jobs: list[_Job], workers: int, progress: Callable[[int], None] | None) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for job, result in zip(jobs, in_processes(_work, jobs, workers), strict=True):
        rows += result
        if progress is not None:
            progress(len(job.clips))
    return rows


def _work(job: _Job) -> list[dict[str, object]]:
    import soundfile

    recipe = job.recipe
    rng = np.random.default_rng([recipe.seed, 3, job.clips[0].index])
    crowd = sorted(int(i) for i in rng.permutation(len(job.voices))[:_CROWD])
    used = sorted({clip.voice for clip in job.clips if clip.voice is not None} | set(crowd))
    voices = {i: job.voices[i] for i in used}
    variants = {v.variant: v.variant_file for v in voices.values() if v.variant_file is not None}
    bundled = sorted({v.variant for v in voices.values() if v.variant_file is None})
    length = round(recipe.seconds * recipe.sample_rate)
    rows: list[dict[str, object]] = []
    with Espeak(variants, bundled) as espeak:
        studio = Studio(
            espeak=espeak,
            voices=voices,
            crowd=crowd,
            rate=recipe.sample_rate,
            length=length,
            seed=recipe.seed,
        )
        for clip in job.clips:
            made = studio.make(clip)
            file = Path("audio", slug(clip.label), f"{clip.index:06d}.{recipe.format}")
            soundfile.write(
                native_name(job.folder / file), made.samples, recipe.sample_rate, subtype="PCM_16"
            )
            voice = job.voices[clip.voice] if clip.voice is not None else None
            rows.append(
                {
                    "file": file.as_posix(),
                    "label": clip.label,
                    "speaker": voice.speaker if voice else "",
                    "gender": voice.gender if voice else "",
                    "language": voice.language if voice else "",
                    "word": clip.text,
                    "snr": "" if made.snr is None else made.snr,
                    "rt60": made.rt60,
                    "level": made.level,
                }
            )
    return rows


def _write_csv(path: Path, rows: list[dict[str, object]], recipe: Recipe) -> None:
    columns = list(COLUMNS)
    if recipe.split:
        columns.append("split")
        add_splits(rows, recipe.seed)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def add_splits(rows: list[dict[str, object]], seed: int) -> None:
    """80 % of the speakers to train, 10 to dev, 10 to test; each clip without a speaker counts as one."""
    for kind in ("speaker", "file"):
        chosen = [row for row in rows if bool(row["speaker"]) is (kind == "speaker")]
        order = shuffled((str(row[kind]) for row in chosen), seed)
        part = share(len(order), 10)
        splits = dict.fromkeys(order[:part], "test") | dict.fromkeys(order[part : 2 * part], "dev")
        for row in chosen:
            row["split"] = splits.get(str(row[kind]), "train")
