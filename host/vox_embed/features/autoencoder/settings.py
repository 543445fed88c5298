"""What an autoencoder is made of; kept as JSON beside its checkpoints."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from vox_embed.experiment.errors import VoxError
from vox_embed.gate.files import read_text, write_atomic
from vox_embed.gate.jsons import parse_json
from vox_embed.gate.limits import META_BYTES

Kind = Literal["t-rae", "f-rae", "ft-rae"]
CellKind = Literal["GRU", "LSTM"]
FILE = "architecture.json"
_KINDS = ("t-rae", "f-rae", "ft-rae")


@dataclass(frozen=True)
class Recurrent:
    """A recurrent encoder and the decoder that belongs to it. keep_prob: share of activations that dropout
    keeps. encoder_noise: share of steps that are set to zero before the encoder sees them. feed_previous:
    share of steps at which the decoder sees its own last output instead of the true one."""

    layers: int = 1
    units: int = 16
    bidirectional_encoder: bool = False
    bidirectional_decoder: bool = False
    keep_prob: float = 0.8
    encoder_noise: float = 0.0
    feed_previous: float = 0.0
    cell: CellKind = "GRU"

    def __post_init__(self) -> None:
        if not 1 <= self.layers <= 32:
            raise VoxError(f"{self.layers} layers: 1 to 32")
        if not 1 <= self.units <= 8192:
            raise VoxError(f"{self.units} units: 1 to 8192")
        if not 0 < self.keep_prob <= 1:
            raise VoxError(
                f"--keep-prob {self.keep_prob:g}: above 0, at most 1", "0.8 is usual; 1 is no dropout"
            )
        for name, share in (("noise", self.encoder_noise), ("feed-previous probability", self.feed_previous)):
            if not 0 <= share <= 1:
                raise VoxError(f"{name} {share:g}: a probability is 0 to 1")
        if self.cell not in ("GRU", "LSTM"):
            raise VoxError(f"--cell {self.cell}: GRU or LSTM")

    @property
    def state(self) -> int:
        """Values of the decoder's first state: those of the representation."""
        of_cell = 2 if self.cell == "LSTM" else 1
        return self.layers * self.units * of_cell * (2 if self.bidirectional_decoder else 1)


@dataclass(frozen=True)
class Windows:
    """How the values of a frame are cut into steps along frequency."""

    width: int = 32
    overlap: int = 24

    def __post_init__(self) -> None:
        if not 0 <= self.overlap < self.width:
            raise VoxError(
                f"windows of {self.width} values that overlap by {self.overlap}",
                "--freq-window-overlap is less than --freq-window-width",
            )

    def count(self, values: int) -> int:
        """Windows of a frame of so many values; what is left at its end is not seen."""
        if values < self.width:
            raise VoxError(
                f"windows of {self.width} values over frames of {values}",
                "choose a smaller --freq-window-width",
            )
        return 1 + (values - self.width) // (self.width - self.overlap)


@dataclass(frozen=True)
class Architecture:
    """An autoencoder for data of shape [time, freq]. time: what runs along time, or None; freq, windows: what
    runs along frequency."""

    kind: Kind
    shape: tuple[int, int]
    time: Recurrent | None = None
    freq: Recurrent | None = None
    windows: Windows | None = None

    @property
    def features(self) -> int:
        """Values that are generated: of an instance, or of each of its frames (f-rae)."""
        inner = self.time or self.freq
        assert inner is not None
        return inner.state

    def save(self, folder: Path) -> None:
        """Write it beside the checkpoints."""
        write_atomic(folder / FILE, json.dumps(asdict(self), indent=2).encode())


def load_architecture(folder: Path) -> Architecture:
    """The one that `save` wrote. VoxError where there is none, or it is not one."""
    path = folder / FILE
    try:
        stored: Any = parse_json(read_text(path, META_BYTES), META_BYTES)
        if stored["kind"] not in _KINDS:
            raise ValueError(f"kind {stored['kind']!r}")
        return Architecture(
            kind=stored["kind"],
            shape=(int(stored["shape"][0]), int(stored["shape"][1])),
            time=None if stored["time"] is None else Recurrent(**stored["time"]),
            freq=None if stored["freq"] is None else Recurrent(**stored["freq"]),
            windows=None if stored["windows"] is None else Windows(**stored["windows"]),
        )
    except FileNotFoundError:
        raise VoxError(
            f"{folder}: holds no trained autoencoder", "--model-dir is the folder `logs` of a training run"
        ) from None
    except OSError as error:
        raise VoxError(f"{path}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise VoxError(f"{path}: is no description of an autoencoder: {error}") from None
