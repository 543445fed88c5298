"""Responses of rooms: a shoebox by its image sources, or recordings of real ones."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vox_embed.experiment.errors import VoxError

Float = NDArray[np.float32]

_SPEED = 343.0  # metres a second
_REACH = 4000  # images at most: the late ones are a tail of noise that decays as they would
_SMALLEST = 0.3  # metres between mouth or microphone and a wall


@dataclass(frozen=True)
class Room:
    """size: length, width, height in metres. rt60: seconds in which sound falls by 60 dB. distance: metres
    from
    mouth to microphone."""

    size: tuple[float, float, float]
    rt60: float
    distance: float


def draw_room(rng: np.random.Generator) -> Room:
    """A room that people live or work in."""
    size = (float(rng.uniform(2.5, 8)), float(rng.uniform(2, 6)), float(rng.uniform(2.2, 3.5)))
    longest = 0.8 * float(np.hypot(size[0], size[1]))
    rt60 = float(np.exp(rng.uniform(np.log(0.12), np.log(0.9))))
    return Room(size, rt60, float(min(longest, np.exp(rng.uniform(np.log(0.3), np.log(5))))))


def response(room: Room, rate: int, rng: np.random.Generator) -> Float:
    """Impulse response [n] at `rate`, the direct sound first and of gain 1.

    Image sources (Allen & Berkley 1979) up to the first 50 ms or so, one reflection factor for all walls by
    Sabine's formula; after that, noise under the exponential decay that rt60 names. Mouth, microphone and
    their
    direction are drawn.
    """
    times, gains = _images(room, rng)
    length = max(1, int(min(1.2 * room.rt60, 1.0) * rate))
    sound = np.zeros(length, np.float64)
    at = (times - times.min()) * rate
    first = at < length - 1
    whole = at[first].astype(np.int64)
    part = at[first] - whole
    np.add.at(sound, whole, gains[first] * (1 - part))
    np.add.at(sound, whole + 1, gains[first] * part)
    sound /= max(abs(sound[0]), 1e-9)
    _add_tail(sound, int(min(at.max(initial=0.0), 0.05 * rate)), room.rt60, rate, rng)
    made: Float = sound.astype(np.float32)
    return made


def _images(room: Room, rng: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Arrival times in seconds, and gains, of the direct sound and its images."""
    size = np.array(room.size)
    mouth, microphone = _places(size, room.distance, rng)
    volume, surface = float(size.prod()), 2 * float(size[0] * size[1] + size[1] * size[2] + size[0] * size[2])
    absorbed = min(0.99, 0.161 * volume / (surface * room.rt60))
    reflected = np.sqrt(1 - absorbed)
    orders = np.arange(-6, 7)
    grid = np.stack(np.meshgrid(orders, orders, orders, indexing="ij"), -1).reshape(-1, 3)
    places, bounces = [], []
    for mirror in np.ndindex(2, 2, 2):
        flip = np.array(mirror)
        places.append((1 - 2 * flip) * mouth + 2 * grid * size)
        bounces.append(np.abs(2 * grid - flip).sum(axis=1))
    away = np.linalg.norm(np.concatenate(places) - microphone, axis=1)
    near = np.argsort(away, kind="stable")[:_REACH]
    away = np.maximum(away[near], 0.05)
    gains: NDArray[np.float64] = reflected ** np.concatenate(bounces)[near] / away
    return away / _SPEED, gains * away.min()


def _places(
    size: NDArray[np.float64], distance: float, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mouth and microphone, `distance` apart where the room lets them."""
    low, high = np.full(3, _SMALLEST), size - _SMALLEST
    best: tuple[float, NDArray[np.float64], NDArray[np.float64]] | None = None
    for _ in range(30):
        microphone = rng.uniform(low, high)
        direction = rng.standard_normal(3) * (1, 1, 0.3)
        mouth = np.clip(microphone + distance * direction / np.linalg.norm(direction), low, high)
        error = abs(float(np.linalg.norm(mouth - microphone)) - distance)
        if best is None or error < best[0]:
            best = error, mouth, microphone
    assert best is not None
    return best[1], best[2]


def _add_tail(
    sound: NDArray[np.float64], start: int, rt60: float, rate: int, rng: np.random.Generator
) -> None:
    """From `start` on, noise of the level that the images have there, falling by 60 dB in rt60."""
    if start >= len(sound):
        return
    before = sound[max(1, start - rate // 100) : start]
    level = float(np.sqrt(np.mean(before**2))) if len(before) else 0.0
    time = np.arange(len(sound) - start) / rate
    noise = rng.standard_normal(len(time)) * level * np.exp(-6.908 * time / rt60)
    dark = np.convolve(noise, np.full(5, 0.2), mode="same")  # air and walls take high frequencies first
    blend = np.minimum(time / rt60 * 2, 1)
    sound[start:] = noise * (1 - blend) + dark * blend


def read_responses(folder: Path, rate: int) -> list[tuple[str, Float]]:
    """Measured responses: name and samples [n] of every audio file in a folder, cut at their direct sound,
    of gain 1.

    Raises VoxError where there is none, or one is silent or longer than 5 s.
    """
    from vox_embed.data.audio import read_audio
    from vox_embed.data.files import list_folder

    files = list_folder(folder).recordings if folder.is_dir() else ()
    if not files:
        raise VoxError(f"{folder}: no audio files; room responses were expected there")
    found = []
    for file in files:
        sound = read_audio(file, rate).astype(np.float32)
        peak = float(np.abs(sound).max(initial=0.0))
        if peak == 0:
            raise VoxError(f"{file}: is silent, which no room response is")
        if len(sound) > 5 * rate:
            raise VoxError(f"{file}: {len(sound) / rate:.1f} s is too long for a room response (5 s)")
        first = int(np.argmax(np.abs(sound)))
        found.append((file.stem, sound[first:] / sound[first]))
    return found


def convolve(samples: Float, impulse: Float) -> Float:
    """Sound [n] in a room, [n]: what rings on after the end is cut off."""
    from scipy.signal import oaconvolve

    heard: Float = np.asarray(oaconvolve(samples, impulse)[: len(samples)], np.float32)
    return heard
