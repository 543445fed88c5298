"""Conditions that positives are played under: as they are, with noise, in rooms, louder and softer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vox_embed.data.rooms import Float, Room, convolve, read_responses, response

Kind = Literal["plain", "snr", "room", "gain"]

_FRAME_SECONDS = 0.02
_ROOM_SIZE = (6.0, 5.0, 2.7)


@dataclass(frozen=True)
class Condition:
    """What is done to a recording. value: SNR or gain in dB; index of a room."""

    kind: Kind = "plain"
    value: float = 0.0

    @property
    def name(self) -> str:
        """For people; rooms are named by `Surroundings`."""
        unit = {"plain": "as recorded", "snr": f"{self.value:g} dB SNR", "gain": f"{self.value:+g} dB"}
        return unit.get(self.kind, f"room {self.value:g}")


PLAIN = Condition()
"""Nothing is done."""


@dataclass(frozen=True)
class Surroundings:
    """Where noise and rooms come from.

    noise: files; none: pink noise. rooms: simulated rooms, seconds of reverberation and metres of distance.
    responses: folder of measured responses, in place of the simulated rooms.
    """

    snr_db: tuple[float, ...] = (20.0, 10.0, 5.0, 0.0)
    gain_db: tuple[float, ...] = (-30.0, -20.0, -10.0, 6.0)
    rooms: tuple[tuple[float, float], ...] = ((0.3, 1.0), (0.5, 3.0), (0.8, 5.0))
    noise: tuple[Path, ...] = ()
    responses: Path | None = None

    def conditions(self, rate: int) -> tuple[Condition, ...]:
        """All of them; the plain one first."""
        rooms = len(self.rooms) if self.responses is None else len(read_responses(self.responses, rate))
        return (
            PLAIN,
            *(Condition("snr", one) for one in self.snr_db),
            *(Condition("room", float(i)) for i in range(rooms)),
            *(Condition("gain", one) for one in self.gain_db),
        )

    def name(self, condition: Condition, rate: int) -> str:
        """For people."""
        if condition.kind != "room":
            return condition.name
        index = int(condition.value)
        if self.responses is not None:
            return f"room {read_responses(self.responses, rate)[index][0]}"
        seconds, metres = self.rooms[index]
        return f"room, {metres:g} m, RT60 {seconds:g} s"


def apply(
    samples: NDArray[np.int16],
    condition: Condition,
    surroundings: Surroundings,
    rate: int,
    rng: np.random.Generator,
) -> NDArray[np.int16]:
    """int16 [n] -> int16 [n], limited as a converter limits."""
    if condition.kind == "plain":
        return samples
    sound: Float = samples.astype(np.float32)
    if condition.kind == "snr":
        noise = _noise(len(sound), surroundings, rate, rng)
        wanted = speech_level(sound, rate) * 10 ** (-condition.value / 20)
        sound = sound + noise * np.float32(wanted / max(_rms(noise), 1e-9))
    elif condition.kind == "gain":
        sound = sound * np.float32(10 ** (condition.value / 20))
    else:
        before = speech_level(sound, rate)
        sound = convolve(sound, _response(int(condition.value), surroundings, rate, rng))
        sound *= np.float32(before / max(speech_level(sound, rate), 1e-9))
    limited: NDArray[np.int16] = np.clip(np.rint(sound), -32768, 32767).astype(np.int16)
    return limited


def frame_levels(samples: NDArray[np.int16] | Float, rate: int) -> NDArray[np.float64]:
    """RMS of each 20 ms, [frames]; the samples left over at the end are not looked at."""
    size = max(1, int(rate * _FRAME_SECONDS))
    count = len(samples) // size
    frames = samples[: count * size].reshape(count, size).astype(np.float64)
    levels: NDArray[np.float64] = np.sqrt(np.mean(frames**2, axis=1))
    return levels


def speech_level(samples: NDArray[np.int16] | Float, rate: int) -> float:
    """RMS of the frames within 25 dB of the loudest: of speech, without the pauses."""
    levels = frame_levels(samples, rate)
    loud = levels[levels >= levels.max(initial=0.0) * 10 ** (-25 / 20)]
    return float(np.sqrt(np.mean(loud**2))) if len(loud) else 0.0


def quiet_level(samples: NDArray[np.int16], rate: int) -> float:
    """RMS of the quietest tenth of the frames, at least 1: the noise that a recording has anyway."""
    levels = np.sort(frame_levels(samples, rate))
    return max(1.0, float(np.mean(levels[: max(1, len(levels) // 10)]))) if len(levels) else 1.0


def word_end(samples: NDArray[np.int16], rate: int) -> float:
    """Seconds until speech ends: the last frame within 25 dB of the loud ones and 10 dB above the quiet
    ones."""
    levels = frame_levels(samples, rate)
    if not len(levels):
        return len(samples) / rate
    loud = float(np.percentile(levels, 95)) * 10 ** (-25 / 20)
    active = np.flatnonzero(levels >= max(loud, quiet_level(samples, rate) * 10 ** (10 / 20)))
    last = int(active[-1]) + 1 if len(active) else len(levels)
    return last * max(1, int(rate * _FRAME_SECONDS)) / rate


def _rms(samples: Float) -> float:
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) if len(samples) else 0.0


def _noise(length: int, surroundings: Surroundings, rate: int, rng: np.random.Generator) -> Float:
    from vox_embed.data.audio import read_audio

    if not surroundings.noise:
        spectrum = np.fft.rfft(rng.standard_normal(length))
        spectrum *= np.maximum(np.arange(len(spectrum)), max(1.0, 50.0 * length / rate)) ** -0.5  # pink
        return np.fft.irfft(spectrum, length).astype(np.float32)
    file = surroundings.noise[int(rng.integers(len(surroundings.noise)))]
    recording = read_audio(file, rate)
    start = int(rng.integers(len(recording)))
    return np.take(recording, np.arange(start, start + length), mode="wrap").astype(np.float32)


def _response(index: int, surroundings: Surroundings, rate: int, rng: np.random.Generator) -> Float:
    if surroundings.responses is not None:
        return read_responses(surroundings.responses, rate)[index][1]
    seconds, metres = surroundings.rooms[index]
    return response(Room(_ROOM_SIZE, seconds, metres), rate, rng)
