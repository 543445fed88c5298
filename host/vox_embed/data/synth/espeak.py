"""The espeak-ng library through ctypes.

espeak keeps its state in globals, and some of it (the phase of the flutter in a voice) outlives every
reset. So each `Espeak` loads a copy of the library of its own: the same calls in the same order then give
the same samples. Not for use by several threads at once.
"""

from __future__ import annotations

import ctypes
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.needs import need_packages

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SYNCHRONOUS = 2  # AUDIO_OUTPUT_SYNCHRONOUS: espeak_Synth returns when the callback has had all samples
_DONT_EXIT = 0x8000
_CHARS_UTF8, _PHONEMES = 1, 0x100
_RATE, _VOLUME, _PITCH, _RANGE = 1, 2, 3, 4
_POSITION_CHARACTER = 1


class _VoiceRecord(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_char_p),
        ("languages", ctypes.c_char_p),
        ("identifier", ctypes.c_char_p),
        ("gender", ctypes.c_ubyte),
        ("age", ctypes.c_ubyte),
        ("variant", ctypes.c_ubyte),
        ("xx1", ctypes.c_ubyte),
        ("score", ctypes.c_int),
        ("spare", ctypes.c_void_p),
    )


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


@dataclass(frozen=True)
class Accent:
    """A language or accent of espeak-ng.

    code: as users write it (en-us). identifier: as the library does (gmw/en-US).
    """

    code: str
    identifier: str


class Espeak:
    """Speech from text. A context manager: on exit the library is shut down.

    variants: {name: text of an espeak-ng voice variant file}. bundled: variants that come with the library
    (f1, m3, klatt2). The library lists 350 voices at most, its 140 languages included.
    """

    def __init__(self, variants: Mapping[str, str] | None = None, bundled: Iterable[str] = ()) -> None:
        need_packages("synthetic speech", ["espeakng_loader"])
        import espeakng_loader

        self._folder = tempfile.TemporaryDirectory(prefix="vox-espeak-")
        data = Path(espeakng_loader.get_data_path())
        _mirror(data, Path(self._folder.name), variants or {}, bundled)
        library = Path(espeakng_loader.get_library_path())
        copy = Path(self._folder.name) / library.name
        shutil.copy(library, copy)
        self._library = ctypes.CDLL(str(copy))
        self._library.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(_VoiceRecord))
        self._library.espeak_TextToPhonemes.restype = ctypes.c_char_p
        self._libc = ctypes.CDLL(None)
        self._pieces: list[bytes] = []
        # The library keeps the pointer, so the object must live as long as it does.
        self._callback = _Callback(self._take)
        self._voice = ""
        self.sample_rate = 0
        self._start()

    def _start(self) -> None:
        rate = self._library.espeak_Initialize(_SYNCHRONOUS, 0, self._folder.name.encode(), _DONT_EXIT)
        if rate <= 0:
            raise VoxError(
                "the speech synthesiser does not start (espeak_Initialize)", "reinstall espeakng-loader"
            )
        self.sample_rate = int(rate)
        self._library.espeak_SetSynthCallback(self._callback)
        self._voice = ""

    def _take(self, samples: Any, count: int, events: Any) -> int:
        if samples and count > 0:
            self._pieces.append(ctypes.string_at(samples, count * 2))
        return 0

    def close(self) -> None:
        """Shuts the library down."""
        self._library.espeak_Terminate()
        self._folder.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def accents(self) -> tuple[Accent, ...]:
        """All languages and accents, sorted by code."""
        records = self._library.espeak_ListVoices(None)
        found: dict[str, str] = {}
        i = 0
        while records[i]:
            record = records[i].contents
            identifier = record.identifier.decode()
            if not identifier.startswith(("!v", "mb/")):
                # `languages` is: a byte of priority, a code, a zero, ... ; the first is the voice's own.
                found[record.languages[1:].decode().lower()] = identifier
            i += 1
        return tuple(Accent(code, identifier) for code, identifier in sorted(found.items()))

    def set_voice(self, identifier: str, variant: str = "") -> None:
        """identifier: of an Accent. variant: a name in `variants` or `bundled`."""
        voice = f"{identifier}+{variant}" if variant else identifier
        if voice != self._voice:
            if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
                raise VoxError(f"espeak-ng has no voice `{voice}`")
            self._voice = voice

    def speak(
        self, text: str, *, speed: int = 175, pitch: int = 50, pitch_range: int = 50, seed: int = 0
    ) -> NDArray[np.float32]:
        """Float samples, full scale 1.0, at `sample_rate`; silence before and after included.

        speed: words a minute, 80..450; pitch and pitch_range: 0..99. `[[...]]` in the text is phonemes.
        seed: of the noise in the voice.
        """
        for parameter, value in ((_RATE, speed), (_PITCH, pitch), (_RANGE, pitch_range), (_VOLUME, 80)):
            self._library.espeak_SetParameter(parameter, value, 0)
        self._libc.srand(seed & 0x7FFFFFFF)
        self._pieces.clear()
        raw = text.encode()
        status = self._library.espeak_Synth(
            raw, len(raw) + 1, 0, _POSITION_CHARACTER, 0, _CHARS_UTF8 | _PHONEMES, None, None
        )
        if status != 0:
            raise VoxError(f"espeak-ng cannot speak `{text}` (status {status})")
        pcm = np.frombuffer(b"".join(self._pieces), np.int16)
        return pcm.astype(np.float32) / np.float32(32768)

    def phonemes(self, text: str) -> str:
        """How the present voice says a text, in espeak's own notation."""
        pointer = ctypes.c_char_p(text.encode())
        said: bytes | None = self._library.espeak_TextToPhonemes(ctypes.byref(pointer), _CHARS_UTF8, 0)
        return (said or b"").decode(errors="replace")

    def phoneme_list(self, text: str) -> tuple[str, ...]:
        """The same, one mnemonic an entry; marks of stress stand for themselves. Words are run together."""
        pointer = ctypes.c_char_p(text.encode())
        mode = ord("|") << 8
        said = self._library.espeak_TextToPhonemes(ctypes.byref(pointer), _CHARS_UTF8, mode) or b""
        found: list[str] = []
        for part in said.decode(errors="replace").replace(" ", "|").split("|"):
            rest = part.strip("_\n")
            while rest[:1] in ("'", ",", "%", "="):
                found.append(rest[0])
                rest = rest[1:]
            if rest:
                found.append(rest)
        return tuple(found)


def _mirror(data: Path, folder: Path, variants: Mapping[str, str], bundled: Iterable[str]) -> None:
    """A data folder of links to the library's own, to which voice variants can be added."""
    for item in data.iterdir():
        if item.name != "voices":
            (folder / item.name).symlink_to(item, target_is_directory=item.is_dir())
    ours = folder / "voices" / "!v"
    ours.mkdir(parents=True)
    # The noise of `breath` differs from run to run; without it the same calls give the same samples.
    for name in bundled:
        lines = (data / "voices" / "!v" / name).read_text(encoding="utf-8").splitlines(keepends=True)
        (ours / name).write_text("".join(line for line in lines if not line.startswith("breath")), "utf-8")
    for name, text in variants.items():
        (ours / name).write_text(text, encoding="utf-8")
