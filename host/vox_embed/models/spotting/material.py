"""What a detector learns from, as frames."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vox_embed.models.spotting.bank import Bank
from vox_embed.models.spotting.shaping import Frames
from vox_embed.models.spotting.units import UnitVoice


@dataclass(frozen=True, eq=False)
class Said:
    """Utterances of one phrase. starts, ends: in frames from each one's begin, [utterances]."""

    bank: Bank
    starts: NDArray[np.float64]
    ends: NDArray[np.float64]

    def one(self, index: int) -> tuple[Frames, float, float]:
        """Frames, begin and end of the phrase."""
        return self.bank.one(index), float(self.starts[index]), float(self.ends[index])


@dataclass(frozen=True, eq=False)
class Material:
    """phrases, confusable: synthetic, one entry a phrase. sentences: synthetic talk. recorded: of real
    people, one entry a phrase, or empty. talk: in which no phrase occurs. noise: without speech. real:
    whether the talk is recorded."""

    phrases: tuple[Said, ...]
    confusable: tuple[Bank, ...]
    sentences: Bank
    recorded: tuple[Said, ...]
    talk: Bank
    noise: Bank
    real: bool

    def digest(self) -> str:
        """Of all that is learned from."""
        found = hashlib.sha256(repr(self.real).encode())
        for said in (*self.phrases, *self.recorded):
            for part in (said.bank.frames, said.bank.counts, said.starts, said.ends):
                found.update(np.ascontiguousarray(part).tobytes())
        for bank in (*self.confusable, self.sentences, self.talk, self.noise):
            found.update(np.ascontiguousarray(bank.frames).tobytes())
        return found.hexdigest()


@dataclass(frozen=True, eq=False)
class Retold:
    """The synthetic utterances, each from units of the talk; None where the talk holds too little speech."""

    phrases: tuple[Bank, ...] = ()
    confusable: tuple[Bank, ...] = ()
    sentences: Bank | None = field(default=None)

    @classmethod
    def of(cls, material: Material, seed: int) -> Retold:
        """Empty where the talk is not recorded."""
        voice = None
        if material.real:
            voice = UnitVoice.learn([material.talk.one(i) for i in range(len(material.talk))], seed)
        if voice is None:
            return cls()
        return cls(
            tuple(_retold(voice, said.bank, seed) for said in material.phrases),
            tuple(_retold(voice, bank, seed) for bank in material.confusable),
            _retold(voice, material.sentences, seed),
        )

    @property
    def empty(self) -> bool:
        """Nothing was said again."""
        return self.sentences is None


def _retold(voice: UnitVoice, bank: Bank, seed: int) -> Bank:
    said = voice.say([bank.one(i) for i in range(len(bank))], seed)
    return Bank.of([np.rint(one).astype(np.int16) for one in said], bank.frames.shape[1])
