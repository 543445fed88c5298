"""The ear of detectors again: a small network that learns to say what Google's speech embedding says.

    VOX_DATA=... python bench/ear/train.py ear.npz                # half an hour on 2 cores
    VOX_DATA=... python bench/ear/train.py ear.npz --steps 200    # a look

From `negatives` (part dev, without the speakers that `vox-embed wakeword` holds out), `commands`, `fsdd` and
`emodb` of VOX_DATA, and sentences and near words of espeak-ng's voices. The teacher hears the sounds as they
are, the ear through another vocal tract, microphone, noise and level. Prints the share of the teacher's
variance that the ear explains on held-out negatives. Threads make sums of floats in another order: another
run gives another ear, as good.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from teacher import NUMBERS, Teacher, cache

from vox_embed.data.audio import read_audio
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.schema import Wakeword
from vox_embed.experiment.schema.wakeword import EAR_WIDTH
from vox_embed.features import LogMel
from vox_embed.features.backend import load_tensorflow
from vox_embed.features.host import inputs_of
from vox_embed.field.sources import Recording, Source
from vox_embed.gate.files import write_atomic
from vox_embed.models.layers import Builder
from vox_embed.models.spotting import shaping
from vox_embed.models.spotting.bank import Bank, window
from vox_embed.models.spotting.ear import FEATURES, Ear, network
from vox_embed.models.spotting.renditions import Piece, Way, sound_of
from vox_embed.models.spotting.shaping import Frames, steps
from vox_embed.runs.detector.given import real_negatives
from vox_embed.runs.detector.material import noise_pieces, pieces_of, spoken_pieces
from vox_embed.runs.detector.voices import corpus
from vox_embed.runs.reporter import Log, Quiet

FRAMES = 100
BATCH = 64
RATE = 4e-3
PLAN = 11_000
"""Steps that the learning rate falls over."""
KEPT_AT = 10_000
"""Steps after which the kept ear was taken."""
WARM_UP = 200
BLOCKS = 5
AVERAGE = 0.998
STREAM = 20.0
"""Seconds of short clips that are strung together."""
_AHEAD = 4
_TOGETHER = 50


@dataclass(frozen=True, eq=False)
class Heard:
    """Recordings as the ear hears them, and what the teacher makes of each. share: of the crops."""

    bank: Bank
    said: tuple[NDArray[np.float16], ...]
    share: float = 0.0

    @cached_property
    def chances(self) -> NDArray[np.float64]:
        """By length."""
        return np.asarray(self.bank.counts / self.bank.counts.sum(), np.float64)


def heard(pieces: Sequence[Piece], front: LogMel, teacher: Teacher | None, share: float = 0.0) -> Heard:
    """Through front end and teacher."""
    frames: list[NDArray[np.int16]] = []
    said: list[NDArray[np.float16]] = []
    for first in range(0, len(pieces), _TOGETHER):
        sounds = [sound_of(piece, front.sample_rate)[0] for piece in pieces[first : first + _TOGETHER]]
        frames += [front.extract(np.pad(one, (0, max(0, front.window - len(one))))) for one in sounds]
        if teacher is not None:
            said += [one.astype(np.float16) for one in teacher(sounds)]
    return Heard(Bank.of(frames, front.bands), tuple(said), share)


def strung(table: Path, seed: int, again: int) -> list[Piece]:
    """The clips of a table in long streams, as they are and at other speeds."""
    import soundfile

    with table.open(encoding="utf-8", newline="") as file:
        names = [table.parent / row["file"] for row in csv.DictReader(file)]
    folder = cache() / "ear" / table.stem
    folder.mkdir(parents=True, exist_ok=True)
    made: list[Recording] = []
    waiting: list[NDArray[np.int16]] = []
    for i in np.random.default_rng(seed).permutation(len(names)):
        waiting.append(read_audio(names[i], 16000))
        sound = np.concatenate(waiting)
        if len(sound) > STREAM * 16000:
            path = folder / f"{len(made):04d}.wav"
            soundfile.write(path, sound, 16000)
            made.append(Recording(path, 0.0, len(sound) / 16000))
            waiting = []
    source = Source(tuple(made))
    ways: list[Way] = ["plain", *["speed"] * (again - 1)]
    return [piece for i, way in enumerate(ways) for piece in pieces_of(source, way, (10 + seed, i))]


class Lessons:
    """Crops of what was heard, and the teacher's numbers for every second row of the ear."""

    def __init__(self, sets: Sequence[Heard], noise: Bank, front: LogMel, looks_back: int) -> None:
        self.sets, self.noise = sets, noise
        self.warps = shaping.warps(front)
        plain = sets[0].bank.frames[::7].astype(np.float32)
        self.mean, self.std = plain.mean(axis=0), plain.std(axis=0)
        said = np.concatenate([one for each in sets[:4] for one in each.said])[::5].astype(np.float32)
        self.centre, self.spread = said.mean(axis=0), said.std(axis=0) + 1e-3
        self.rows = ((FRAMES - looks_back) // 2 + 1 + 1) // 2
        # The teacher's j-th number is of sound that ends where frame 4 j + 38 does.
        self.lag = looks_back - 1 - 38
        shares = np.array([one.share for one in sets])
        self._shares = shares / shares.sum()

    def batch(self, number: int) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """Crops, numbers, and which of those there are."""
        rng = np.random.default_rng([7, number])
        found = [self._one(rng) for _ in range(BATCH)]
        x, y, there = (np.stack(part).astype(np.float32) for part in zip(*found, strict=True))
        return x[..., None], y, there

    def wanted(self, said: NDArray[np.float16], start: int, rows: int) -> tuple[Frames, NDArray[np.bool_]]:
        """Of a crop from `start` on; start + lag is a multiple of 4."""
        at = (start + self.lag) // 4 + np.arange(rows)
        there = (at >= 0) & (at < len(said))
        if not len(said):
            return np.zeros((rows, NUMBERS), np.float32), there
        numbers = said[np.clip(at, 0, len(said) - 1)].astype(np.float32)
        return (numbers - self.centre) / self.spread, there

    def scaled(self, frames: Frames) -> Frames:
        """As the ear takes them."""
        made: Frames = ((frames - self.mean) / self.std).astype(np.float32)
        return made

    def _one(self, rng: np.random.Generator) -> tuple[Frames, Frames, NDArray[np.bool_]]:
        each = self.sets[int(rng.choice(len(self.sets), p=self._shares))]
        index = int(rng.choice(len(each.bank), p=each.chances))
        whole = each.bank.one(index)
        start = int(rng.integers(-10, max(1, len(whole) - FRAMES + 20)))
        start -= (start + self.lag) % 4
        numbers, there = self.wanted(each.said[index], start, self.rows)
        x = self.scaled(self._otherwise(window(whole, start, FRAMES), rng))
        if rng.random() < 0.5:
            shaping.masked(x, 3, 4, rng)
        return x, numbers, there

    def _otherwise(self, frames: Frames, rng: np.random.Generator) -> Frames:
        if rng.random() < 0.5:
            frames = frames @ self.warps[int(rng.integers(4, len(self.warps) - 4))]
        if rng.random() < 0.25:
            frames = shaping.gated(frames, rng)
        if rng.random() < 0.5:
            frames = shaping.equalised(frames, rng)
        if rng.random() < 0.6:
            source = self.noise if rng.random() < 0.6 else self.sets[0].bank
            other = source.crop(FRAMES, rng)
            gain = shaping.loudness(frames) - shaping.loudness(other) - steps(rng.uniform(5, 35))
            frames = shaping.added(frames, other + np.float32(gain))
        if rng.random() < 0.7:
            frames = frames + steps(rng.uniform(-18, 10))
        return np.maximum(frames, 0)


def lessons(front: LogMel, looks_back: int) -> tuple[Lessons, Heard]:
    """What is learned from, and held-out negatives."""
    place = os.environ.get("VOX_DATA")
    if not place:
        raise VoxError("VOX_DATA is not set", "it names the folder with negatives/, commands/, fsdd/, emodb/")
    data = Path(place)
    log = Log(Quiet())
    settings = Wakeword(
        name="ear",
        phrases=("jarvis",),  # what is said is left out: only sentences and words near to it are taken
        negatives=data / "negatives/negatives.csv",
        where={"part": "dev"},
    )
    voices, negatives = corpus(settings, log, None), real_negatives(settings, log.note)
    assert negatives is not None
    talk = pieces_of(negatives.learned, "plain", (1, 2, 0))
    for again in range(3):
        talk += pieces_of(negatives.learned, "speed", (1, 2, 1 + again))
    plan = (
        (talk, 3.0),
        (strung(data / "commands/commands.csv", 1, 2), 2.0),
        (strung(data / "fsdd/fsdd.csv", 2, 1), 0.7),
        (strung(data / "emodb/emodb.csv", 3, 1), 0.7),
        (spoken_pieces(voices.of("sentence", None, "train"), 1, times=1), 1.3),
        (spoken_pieces(voices.of("confusable", "jarvis", "train"), 1, times=2), 1.0),
    )
    teacher = Teacher()
    sets = [heard(pieces, front, teacher, share) for pieces, share in plan]
    noise = heard(noise_pieces(settings, voices), front, None).bank
    held = heard(pieces_of(negatives.held, "plain", (1, 4)), front, teacher)
    return Lessons(sets, noise, front, looks_back), held


class Learner:
    """The ear, a layer that says the teacher's numbers, and the running average of both."""

    def __init__(self, bands: int) -> None:
        load_tensorflow()
        import keras

        model, build = network(EAR_WIDTH), Builder(1)
        start = build.start(None, bands)
        x = build.convolve(start, model.width, model.first_kernel, model.first_stride, "valid")
        for block in range(BLOCKS):
            x = build.depthwise(x, model.block_kernel(block), 1, "valid")
            x = build.convolve(x, model.block_width(block), (1, 1), (1, model.band_stride(block)))
        self.ear = keras.Model(start, x)
        rows = keras.layers.Reshape((-1, model.block_width(BLOCKS - 1)))(x)  # one band is left
        self.whole = keras.Model(start, keras.layers.Dense(NUMBERS)(rows))
        rate = keras.optimizers.schedules.CosineDecay(
            0.0, PLAN - WARM_UP, warmup_target=RATE, warmup_steps=WARM_UP
        )
        self.optimizer = keras.optimizers.AdamW(rate, weight_decay=2e-3, global_clipnorm=5.0)
        self.optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
        self.average = [np.array(w) for w in self.whole.get_weights()]
        self._run = self._traced()

    def _traced(self) -> Any:
        import tensorflow as tf

        def step(x: Any, wanted: Any, there: Any) -> Any:
            with tf.GradientTape() as tape:
                off = tf.reduce_mean((self.whole(x, training=True)[:, ::2] - wanted) ** 2, axis=-1)
                loss = tf.reduce_sum(off * there) / tf.reduce_sum(there)
            weights = self.whole.trainable_variables
            self.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
            return loss

        return tf.function(step)

    def step(self, batch: tuple[NDArray[np.float32], ...], number: int) -> float:
        """One batch; the loss."""
        loss = float(self._run(*batch))
        part = np.float32(1 - min(AVERAGE, (number + 1) / (number + 11)))
        for kept, now in zip(self.average, self.whole.get_weights(), strict=True):
            np.add(kept, part * (now - kept), out=kept)
        return loss

    def finish(self) -> None:
        """The averages become the weights."""
        self.whole.set_weights(self.average)

    def explained(self, lessons: Lessons, held: Heard) -> float:
        """Share of the variance of the teacher's numbers."""
        off = whole = 0.0
        start = -lessons.lag % 4
        for i, said in enumerate(held.said):
            frames = lessons.scaled(held.bank.one(i)[start:])
            if len(frames) < FRAMES:
                continue
            given = np.asarray(self.whole(frames[None, ..., None], training=False))[0, ::2]
            wanted, there = lessons.wanted(said, start, len(given))
            off += float(((given - wanted)[there] ** 2).sum())
            whole += float((wanted[there] ** 2).sum())
        return 1 - off / whole


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path, help="the .npz")
    parser.add_argument("--steps", type=int, default=KEPT_AT, help="optimiser steps")
    options = parser.parse_args()
    front = inputs_of(FEATURES).for_device
    assert isinstance(front, LogMel)
    model = network(EAR_WIDTH)
    rows = sum(model.block_kernel(block)[0] - 1 for block in range(BLOCKS))
    try:
        given, held = lessons(front, model.first_kernel[0] + model.first_stride[0] * rows)
    except VoxError as error:
        sys.exit(f"error: {error}")
    learner = Learner(front.bands)
    losses: list[float] = []
    with ThreadPoolExecutor(2) as pool:
        waiting: deque[Future[Any]] = deque(pool.submit(given.batch, i) for i in range(_AHEAD))
        for i in range(options.steps):
            waiting.append(pool.submit(given.batch, i + _AHEAD))
            losses.append(learner.step(waiting.popleft().result(), i))
            if i % 100 == 99:
                print(f"{i + 1} of {options.steps}: loss {np.mean(losses[-100:]):.4f}", flush=True)
    learner.finish()
    print(f"{100 * learner.explained(given, held):.1f} % of the teacher's variance on held-out negatives")
    weights = tuple(np.asarray(w, np.float32) for w in learner.ear.get_weights())
    write_atomic(options.out, Ear(given.mean, given.std, weights).to_bytes())


if __name__ == "__main__":
    main()
