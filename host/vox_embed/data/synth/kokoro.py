"""Neural voices by Kokoro: more like people than espeak-ng, and some seconds of computing for each utterance.

The package is optional, the weights are the user's. Some hundred utterances are made, blended from pairs
of voices, in all accents of the language that espeak-ng knows and, of English, in those of people who
learned it; they are varied afterwards like all others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vox_embed.data.audio import to_int16
from vox_embed.data.processes import in_processes
from vox_embed.data.synth.espeak import Espeak
from vox_embed.data.synth.learners import as_learner
from vox_embed.data.synth.make import UNKNOWN
from vox_embed.data.synth.phrase import ENDINGS, TABLE, check_phrases, new_corpus, words_for
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.needs import EXTRAS, need_packages

if TYPE_CHECKING:
    from numpy.typing import NDArray

LANGUAGES = {
    "en": "ab", "en-us": "ab", "en-gb": "ba", "es": "e", "fr-fr": "f", "fr": "f", "hi": "h", "it": "i",
    "pt-br": "p", "pt": "p",
}  # fmt: skip
"""espeak-ng's code -> first letters of the names of Kokoro's voices."""
_OWN = 0.65  # share of voices of the language; others speak it with their own timbre
_LEARNERS = 0.3  # share of utterances of English by people who learned it
_PHRASES, _CONFUSABLE = 0.6, 0.25
_NEAREST = str.maketrans({"ʉ": "u", "ɵ": "o", "ɘ": "ə", "ɞ": "ɜ", "ʏ": "y", "ɫ": "l", "ʍ": "w"})
"""Sounds that the network does not know -> near ones."""
_TOGETHER = 20
"""Utterances that one session of the network says; its noise is of their order."""


@dataclass(frozen=True)
class NeuralRecipe:
    """words: the phrases. language: of LANGUAGES. count: utterances in all. sample_rate in Hz."""

    words: tuple[str, ...]
    language: str
    count: int = 600
    sample_rate: int = 16000
    seed: int = 7


@dataclass(frozen=True)
class Weights:
    """Files of a folder: the network, and its voices."""

    network: Path
    voices: tuple[Path, ...]
    """One archive of all, or one file of float32 [510, 256] each."""

    @classmethod
    def of(cls, folder: Path | None) -> Weights:
        """VoxError where something is missing."""
        hint = "a folder with kokoro's .onnx and its voices: voices-v1.0.bin, an .npz, or voices/*.bin"
        if folder is None:
            raise VoxError("the engine kokoro needs its weights: --weights FOLDER", hint)
        if not folder.is_dir():
            raise VoxError(f"{folder}: no such folder; kokoro's weights were expected there", hint)
        networks = sorted(folder.glob("*.onnx"))
        archives = sorted([*folder.glob("voices*.bin"), *folder.glob("*.npz")])
        single = sorted(folder.glob("voices/*.bin"))
        if not networks:
            raise VoxError(f"{folder}: holds no .onnx file", hint)
        if not archives and not single:
            raise VoxError(f"{folder}: holds no voices", hint)
        return cls(networks[0], tuple(archives[:1] or single))

    def read(self) -> dict[str, NDArray[np.float32]]:
        """Voice -> styles, [phonemes, 1, 256]."""
        from vox_embed.gate.arrays import parse_npz
        from vox_embed.gate.files import read_bytes

        if len(self.voices) > 1 or self.voices[0].parent.name == "voices":
            return {one.stem: np.fromfile(one, np.float32).reshape(-1, 1, 256) for one in self.voices}
        try:
            found = parse_npz(read_bytes(self.voices[0], 1 << 29), 1 << 30)
        except (OSError, ValueError) as error:
            raise VoxError(f"{self.voices[0]}: holds no voices: {error}") from None
        return {name: np.asarray(one, np.float32) for name, one in found.items()}


def check_kokoro(language: str, weights: Path | None) -> Weights:
    """VoxError where the package, the weights or a voice for the language is missing."""
    if language not in LANGUAGES:
        raise VoxError(
            f"kokoro has no voices for `{language}`",
            f"it has them for {', '.join(sorted(LANGUAGES))}; or leave --engine out",
        )
    found = Weights.of(weights)
    need_packages("--engine kokoro", EXTRAS["kokoro"])
    return found


@dataclass(frozen=True)
class _Line:
    """An utterance to be. accent: of espeak-ng; learner: said as by one who learned the language."""

    number: int
    kind: str
    phrase: str
    text: str
    speaker: str
    other: str
    share: float
    accent: str
    learner: bool


@dataclass(frozen=True)
class _Part:
    """Utterances of one session."""

    recipe: NeuralRecipe
    weights: Weights
    folder: Path
    lines: tuple[_Line, ...]


def make_neural(
    recipe: NeuralRecipe,
    weights: Weights,
    folder: Path,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Writes FLAC files and a table like that of `make_phrases` into `folder`; returns the table's path."""
    lines = _plan(recipe, sorted(weights.read()))
    with new_corpus(folder, recipe.seed) as (building, rows):
        parts = [
            _Part(recipe, weights, building, tuple(lines[first : first + _TOGETHER]))
            for first in range(0, len(lines), _TOGETHER)
        ]
        for made in in_processes(_spoken, parts, jobs):
            rows.extend(made)
            if progress is not None:
                progress(len(rows), len(lines))
    return folder / TABLE


def _spoken(part: _Part) -> list[dict[str, object]]:
    """Speaks, and returns the rows of the table."""
    import soundfile
    import soxr

    voices = part.weights.read()
    speaker = _Speaker(part.weights.network, voices)
    rate = part.recipe.sample_rate
    rows: list[dict[str, object]] = []
    for line in part.lines:
        rng = np.random.default_rng([part.recipe.seed, 21, line.number])
        style = voices[line.speaker] * np.float32(1 - line.share) + voices[line.other] * np.float32(
            line.share
        )
        phonemes = speaker.phonemes(line.text, line.accent)
        if line.learner:
            phonemes = as_learner(phonemes, rng)
        sound, own = speaker.say(phonemes, style, float(rng.uniform(0.7, 1.35)))
        # Another size of the head: pitch and formants move together.
        sound = np.asarray(
            soxr.resample(sound, own * rng.uniform(0.92, 1.08), rate, quality="HQ"), np.float32
        )
        sound = sound / np.float32(max(float(np.abs(sound).max(initial=0.0)), 1e-9)) * np.float32(0.95)
        file = f"audio/{line.number:05d}.flac"
        soundfile.write(part.folder / file, to_int16(sound), rate, subtype="PCM_16")
        whole = line.kind == "phrase"
        rows.append(
            {
                "file": file,
                "label": line.phrase if whole else UNKNOWN,
                "kind": line.kind,
                "phrase": line.phrase,
                "word_start": "0" if whole else "",
                "word_end": f"{len(sound) / rate:.4f}" if whole else "",
                "speaker": line.speaker,
                "gender": line.speaker[1:2],
                "language": line.accent,
                "word": line.text,
                "engine": "kokoro",
            }
        )
    return rows


def _plan(recipe: NeuralRecipe, voices: Sequence[str]) -> list[_Line]:
    accents = check_phrases(recipe.words, recipe.language)
    codes = [accent.code for accent, _ in accents]
    shares = [share for _, share in accents]
    rng = np.random.default_rng([recipe.seed, 20])
    with Espeak() as espeak:
        espeak.set_voice(accents[0][0].identifier)
        said = [espeak.phoneme_list(word) for word in recipe.words]
        words = words_for(espeak, accents[0][0].code).without(said)
        near = {word: words.near(one) for word, one in zip(recipe.words, said, strict=True)}
    lines = []
    for number in range(recipe.count):
        phrase = recipe.words[number % len(recipe.words)]
        kind = _kind(float(rng.random()))
        if kind == "phrase":
            text = phrase + str(rng.choice(ENDINGS))
        elif kind == "confusable":
            parts = phrase.split()
            part = f"{rng.choice(parts)} {rng.choice(words.words)}" if len(parts) > 1 else ""
            text = part if part and rng.random() < 0.4 else str(rng.choice(near[phrase]))
        else:
            phrase, text = "", " ".join(str(w) for w in rng.choice(words.words, int(rng.integers(3, 8))))
        one, other = _pair(voices, recipe.language, rng)
        learner = recipe.language.startswith("en") and rng.random() < _LEARNERS
        accent = str(rng.choice(codes, p=shares))
        lines.append(
            _Line(number, kind, phrase, text, one, other, float(rng.uniform(0, 0.5)), accent, learner)
        )
    return lines


def _kind(drawn: float) -> str:
    return "phrase" if drawn < _PHRASES else "confusable" if drawn < _PHRASES + _CONFUSABLE else "sentence"


def _pair(voices: Sequence[str], language: str, rng: np.random.Generator) -> tuple[str, str]:
    """Two voices between which a speaker lies; the nearer first."""
    own = [name for name in voices if name[:1] in LANGUAGES[language]] or list(voices)
    one, other = (str(rng.choice(own if rng.random() < _OWN else list(voices))) for _ in range(2))
    return one, other


class _Speaker:
    """The network, on one processor core."""

    def __init__(self, network: Path, voices: Mapping[str, NDArray[np.float32]]) -> None:
        import tempfile

        import kokoro_onnx
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        onnxruntime.set_seed(7)
        session = onnxruntime.InferenceSession(str(network), options, providers=["CPUExecutionProvider"])
        with tempfile.NamedTemporaryFile(suffix=".npz") as file:
            arrays: dict[str, Any] = dict(voices)
            np.savez(file, **arrays)
            file.flush()
            self._engine: Any = kokoro_onnx.Kokoro.from_session(session, file.name)
            self._engine.voices = dict(voices)

    def phonemes(self, text: str, accent: str) -> str:
        """As espeak-ng says it, without marks of changes of language."""
        import phonemizer

        said = phonemizer.phonemize(text.strip(), accent, preserve_punctuation=True, with_stress=True)
        return re.sub(r"\([a-z-]+\)", "", said).translate(_NEAREST).strip()

    def say(self, phonemes: str, style: NDArray[np.float32], speed: float) -> tuple[NDArray[np.float32], int]:
        """Samples, and their rate. VoxError for what it cannot say."""
        try:
            sound, rate = self._engine.create(phonemes, voice=style, speed=speed, is_phonemes=True)
        except (ValueError, RuntimeError) as error:
            raise VoxError(f"kokoro cannot say `{phonemes}`: {error}") from None
        return np.asarray(sound, np.float32), int(rate)
