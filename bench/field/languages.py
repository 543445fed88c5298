"""Detectors of phrases in other languages, tried on the voices of another synthesiser.

    python bench/field/languages.py                 # German "hallo haus" and Spanish "hola casa"
    python bench/field/languages.py --quick         # a look: detectors of minutes
    python bench/field/languages.py --phrase it "ciao casa"

No recordings of people: `vox-embed wakeword` makes each detector of espeak-ng's voices alone, and Pico
(PyPI `ttspico`, Apache-2.0, one recorded voice a language, at several speeds and heights) says the phrase
and other sentences. It tells that a language works from end to end, not how well people are heard.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

import numpy as np
import soundfile

from vox_embed.data.synth.espeak import Espeak
from vox_embed.data.synth.phrase import check_phrases, words_for
from vox_embed.experiment.errors import VoxError

PHRASES = (("de", "hallo haus"), ("es", "hola casa"))
PICO = {"de": "de-DE", "en": "en-US", "es": "es-ES", "fr": "fr-FR", "it": "it-IT"}
PACKAGE = "ttspico==0.3.2"
RATE = 16000
WAYS = tuple((rate, pitch) for rate in (70, 85, 100, 115, 130) for pitch in (65, 80, 90, 100, 110, 120, 140))
"""Pico's speed and pitch in percent."""
SENTENCES = 150
_SPEAKER = """
import json, sys, wave
from ttspico import TtsEngine
language, jobs = json.load(sys.stdin)
engine = TtsEngine(language)
for path, text, rate, pitch in jobs:
    engine.rate, engine.pitch = rate, pitch
    sound = engine.speak(text)
    with wave.open(path, "wb") as file:
        file.setnchannels(1), file.setsampwidth(2), file.setframerate(16000)
        file.writeframes(sound)
"""


def pico(folder: Path) -> Path:
    """A Python that has it. Raises VoxError where it cannot be installed."""
    python = folder / "bin/python"
    venv.create(folder, with_pip=True)
    done = subprocess.run(
        [python, "-m", "pip", "install", "-q", PACKAGE], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise VoxError(f"pip cannot install {PACKAGE}: {done.stderr.strip().splitlines()[-1:]}")
    return python


def sentences(language: str, phrase: str) -> list[str]:
    """Words of the language in no order, of which none is the phrase's."""
    rng = np.random.default_rng(5)
    with Espeak() as espeak:
        accents = check_phrases((phrase,), language)
        espeak.set_voice(accents[0][0].identifier)
        words = [
            word
            for word in words_for(espeak, accents[0][0].code).words
            if word.isascii() and not set(word.lower().split()) & set(phrase.split())
        ]
    return [" ".join(rng.choice(words, int(rng.integers(6, 12)))) for _ in range(SENTENCES)]


def spoken(python: Path, language: str, phrase: str, folder: Path) -> tuple[Path, Path]:
    """Tables of the phrase in all ways, with half a second of quiet around, and of sentences."""
    folder.mkdir()
    rng = np.random.default_rng(6)
    said = [(str(folder / f"said-{i}.wav"), phrase, *way) for i, way in enumerate(WAYS)]
    talk = [
        (str(folder / f"talk-{i}.wav"), text, *WAYS[int(rng.integers(len(WAYS)))])
        for i, text in enumerate(sentences(language, phrase))
    ]
    subprocess.run(
        [python, "-c", _SPEAKER], input=json.dumps([PICO[language], said + talk]), text=True, check=True
    )
    for path, *_ in said:
        sound, _ = soundfile.read(path, dtype="int16")
        quiet = np.rint(rng.normal(0, 4, RATE // 2)).astype(np.int16)
        soundfile.write(path, np.concatenate([quiet, sound, quiet]), RATE)
    tables = folder / "said.csv", folder / "talk.csv"
    for table, rows in zip(tables, (said, talk), strict=True):
        with table.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["file", "label"] if rows is said else ["file"])
            writer.writerows([path, phrase][: 2 if rows is said else 1] for path, *_ in rows)
    return tables


def tried(python: Path, language: str, phrase: str, folder: Path, options: argparse.Namespace) -> str:
    """A line of the table."""
    said, talk = spoken(python, language, phrase, folder / "pico")
    vox = [sys.executable, "-m", "vox_embed.cli.main"]
    make = [*vox, "wakeword", phrase, "--language", language, *(["--quick"] if options.quick else [])]
    subprocess.run(make, cwd=folder, check=True)
    result = folder / "results" / phrase.replace(" ", "_")
    field = [
        *vox,
        "field",
        str(result),
        "--positives",
        str(said),
        "--negatives",
        str(talk),
        "--plain",
        "--json",
    ]
    done = subprocess.run(field, cwd=folder, check=True, stdout=subprocess.PIPE, text=True)
    found = json.loads(done.stdout)
    label = found["labels"][phrase]
    size = (result / "model.vxm").stat().st_size
    return (
        f"| {phrase} ({language}) | {label['hits']} of {label['words']} | {label['false_accepts']} in "
        f"{60 * found['negatives']['hours']:.0f} minutes | {size:,} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--phrase", nargs=2, action="append", metavar=("LANGUAGE", "PHRASE"))
    parser.add_argument("--quick", action="store_true", help="detectors of minutes")
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as place:
        try:
            python = pico(Path(place) / "python")
            for language, phrase in options.phrase or PHRASES:
                folder = Path(place) / language
                folder.mkdir(exist_ok=True)
                rows.append(tried(python, language, phrase, folder, options))
        except VoxError as error:
            sys.exit(f"error: {error}")
    print("| phrase | heard, Pico's voice | false accepts | bytes |\n|---|---|---|---|")
    print("\n".join(rows))


if __name__ == "__main__":
    main()
