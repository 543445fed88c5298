"""What a detector learns from, as frames."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vox_embed.models.spotting.bank import Bank
from vox_embed.models.spotting.units import UnitVoice


@dataclass(frozen=True, eq=False)
class Said:
    """Utterances of one phrase. starts, ends: in frames from each one's begin, [utterances]."""

    bank: Bank
    starts: NDArray[np.float64]
    ends: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Material:
    """phrases, confusable: synthetic, one entry a phrase. sentences: synthetic talk. recorded: of real
    people, one entry a phrase, or empty. talk: in which no phrase occurs, the recordings as they are before
    the renditions of them. noise: without speech. real: how many of the talk are recordings as they are; 0
    where it is synthetic. again: renditions of each phrase, of each confusable utterance and of each
    sentence, which follow each other.
    """

    phrases: tuple[Said, ...]
    confusable: tuple[Bank, ...]
    sentences: Bank
    recorded: tuple[Said, ...]
    talk: Bank
    noise: Bank
    real: int
    again: tuple[int, int, int] = (1, 1, 1)

    def digest(self) -> str:
        """Of all that is learned from."""
        found = hashlib.sha256(repr((self.real, self.again)).encode())
        for said in (*self.phrases, *self.recorded):
            for part in (said.bank.frames, said.bank.counts, said.starts, said.ends):
                found.update(np.ascontiguousarray(part).tobytes())
        for bank in (*self.confusable, self.sentences, self.talk, self.noise):
            found.update(np.ascontiguousarray(bank.frames).tobytes())
        return found.hexdigest()


@dataclass(frozen=True, eq=False)
class Retold:
    """The first rendition of every synthetic utterance, from units of the talk; nothing where the talk is not
    recorded, or holds too little speech."""

    phrases: tuple[Bank, ...] = ()
    confusable: tuple[Bank, ...] = ()
    sentences: Bank | None = None

    @classmethod
    def of(cls, material: Material, seed: int) -> Retold:
        """Deterministic."""
        voice = UnitVoice.learn([material.talk.one(i) for i in range(material.real)], seed)
        if voice is None:
            return cls()
        phrases, confusable, sentences = material.again
        return cls(
            tuple(_retold(voice, said.bank, phrases, seed) for said in material.phrases),
            tuple(_retold(voice, bank, confusable, seed) for bank in material.confusable),
            _retold(voice, material.sentences, sentences, seed),
        )


def _retold(voice: UnitVoice, bank: Bank, again: int, seed: int) -> Bank:
    said = voice.say([bank.one(i) for i in range(0, len(bank), again)], seed)
    return Bank.of([np.rint(one).astype(np.int16) for one in said], bank.frames.shape[1])
