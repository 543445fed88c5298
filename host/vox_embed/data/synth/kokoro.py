"""Neural voices by Kokoro: more like people than espeak-ng, and some seconds of computing for each utterance.

The package is optional, the weights are the user's. Some hundred utterances are made, blended from pairs of
voices, and varied afterwards like all others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vox_embed.data.audio import to_int16
from vox_embed.data.synth.espeak import Espeak
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
_SPOKEN_AS = {"a": "en-us", "b": "en-gb", "e": "es", "f": "fr-fr", "h": "hi", "i": "it", "p": "pt-br"}
_OWN = 0.65  # share of voices of the language; others speak it with their own timbre
_PHRASES, _CONFUSABLE = 0.6, 0.25


@dataclass(frozen=True)
class NeuralRecipe:
    """words: the phrases. language: of LANGUAGES. count: utterances in all. sample_rate in Hz."""

    words: tuple[str, ...]
    language: str
    count: int = 300
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


def make_neural(
    recipe: NeuralRecipe,
    weights: Weights,
    folder: Path,
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Writes FLAC files and a table like that of `make_phrases` into `folder`; returns the table's path."""
    import soundfile
    import soxr

    voices = weights.read()
    speaker = _Speaker(weights.network, voices)
    plan = _plan(recipe)
    with new_corpus(folder, recipe.seed) as (building, rows):
        for number, (kind, phrase, text) in enumerate(plan):
            rng = np.random.default_rng([recipe.seed, 21, number])
            name, style, language = _draw(voices, recipe.language, rng)
            sound, own = speaker.say(text, style, float(rng.uniform(0.7, 1.35)), language)
            # Another size of the head: pitch and formants move together.
            sound = np.asarray(
                soxr.resample(sound, own * rng.uniform(0.92, 1.08), recipe.sample_rate, quality="HQ"),
                np.float32,
            )
            sound = sound / np.float32(max(float(np.abs(sound).max(initial=0.0)), 1e-9)) * np.float32(0.95)
            file = f"audio/{number:05d}.flac"
            soundfile.write(building / file, to_int16(sound), recipe.sample_rate, subtype="PCM_16")
            whole = kind == "phrase"
            rows.append(
                {
                    "file": file,
                    "label": phrase if whole else UNKNOWN,
                    "kind": kind,
                    "phrase": phrase,
                    "word_start": "0" if whole else "",
                    "word_end": f"{len(sound) / recipe.sample_rate:.4f}" if whole else "",
                    "speaker": name,
                    "gender": name[1:2],
                    "language": language,
                    "word": text,
                    "engine": "kokoro",
                }
            )
            if progress is not None:
                progress(number + 1, len(plan))
    return folder / TABLE


def _plan(recipe: NeuralRecipe) -> list[tuple[str, str, str]]:
    """(kind, phrase, text) of each utterance."""
    accents = check_phrases(recipe.words, recipe.language)
    rng = np.random.default_rng([recipe.seed, 20])
    with Espeak() as espeak:
        espeak.set_voice(accents[0][0].identifier)
        said = [espeak.phoneme_list(word) for word in recipe.words]
        words = words_for(espeak, accents[0][0].code).without(said)
        near = {word: words.near(one) for word, one in zip(recipe.words, said, strict=True)}
    plan = []
    for number in range(recipe.count):
        phrase = recipe.words[number % len(recipe.words)]
        kind = rng.random()
        some = " ".join(str(w) for w in rng.choice(words.words, int(rng.integers(3, 8))))
        if kind < _PHRASES:
            plan.append(("phrase", phrase, phrase + str(rng.choice(ENDINGS))))
        elif kind < _PHRASES + _CONFUSABLE:
            parts = phrase.split()
            part = f"{rng.choice(parts)} {rng.choice(words.words)}" if len(parts) > 1 else ""
            plan.append(
                ("confusable", phrase, part if part and rng.random() < 0.4 else str(rng.choice(near[phrase])))
            )
        else:
            plan.append(("sentence", "", some))
    return plan


def _draw(
    voices: Mapping[str, NDArray[np.float32]], language: str, rng: np.random.Generator
) -> tuple[str, NDArray[np.float32], str]:
    """A speaker between two voices: the name of the nearer, its style, and the accent that it speaks."""
    letters = LANGUAGES[language]
    every = sorted(voices)
    own = [name for name in every if name[:1] in letters] or every
    one, other = (str(rng.choice(own if rng.random() < _OWN else every)) for _ in range(2))
    share = np.float32(rng.uniform(0, 0.5))
    style = voices[one] * (1 - share) + voices[other] * share
    letter = one[0] if one[0] in letters else letters[0]
    return one, style, _SPOKEN_AS[letter]


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

    def say(
        self, text: str, style: NDArray[np.float32], speed: float, language: str
    ) -> tuple[NDArray[np.float32], int]:
        """Samples, and their rate. VoxError for what it cannot say."""
        try:
            sound, rate = self._engine.create(text, voice=style, speed=speed, lang=language)
        except (ValueError, RuntimeError) as error:
            raise VoxError(f"kokoro cannot say `{text}`: {error}") from None
        return np.asarray(sound, np.float32), int(rate)
