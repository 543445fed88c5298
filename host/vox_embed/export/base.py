"""What an export is: a model goes in, the files of a folder come out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

from vox_embed.core import Model
from vox_embed.experiment.errors import VoxError
from vox_embed.gate.names import file_name
from vox_embed.program.opened import open_any, read_vxm


@dataclass(frozen=True)
class ExportModel:
    """A .vxm on its way out, opened once so that nothing unsound is ever exported."""

    data: bytes
    name: str
    """For headings and file names: letters, digits, dots, dashes; anything else becomes an underscore."""

    @classmethod
    def read(cls, path: Path, name: str | None = None) -> ExportModel:
        """The model in a .vxm file. Raises VoxError where the file cannot be read or is not sound."""
        model = cls(read_vxm(path), name or path.stem)
        open_any(model.data, str(path))
        return model

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", file_name(self.name))

    @cached_property
    def core(self) -> Model:
        """The model as the device opens it."""
        return Model(self.data)

    def require_hearing(self, target: str) -> None:
        """Raises VoxError for a bare network, which has no front end, labels or decision settings."""
        if not self.core.hears:
            raise VoxError(
                f"{self.name} is a bare network: it runs on tensors, so `{target}` has no sound to classify",
                "export it with --target c99 or for a board, or train an experiment for a model that hears",
            )


@dataclass(frozen=True)
class Footprint:
    """Bytes on the chip. None: not measured, and `missing` says why."""

    code: int | None
    """Flash: machine code and its constants, without the model."""
    model: int
    """Flash: the .vxm."""
    static: int | None
    """RAM that the image reserves (without the listener's memory where `listener` is not part of it)."""
    listener: int
    """RAM: front end, feature frames, decision state and the arena; 0 for a bare network."""
    arena: int
    """RAM for tensors; part of `listener` for a model that hears."""
    measured_for: str | None = None
    """Core and compiler that `code` and `static` hold for."""
    missing: str | None = None
    """What must be installed, or what went wrong, where code and static are None."""

    @classmethod
    def of_model_alone(cls, model: ExportModel, missing: str) -> Self:
        """Of an export without code, or whose code was not measured."""
        core = model.core
        return cls(None, len(model.data), None, core.listener_size, core.arena_size, missing=missing)


class Target(ABC):
    """One export target. A new one is a subclass in a file of its own and a line in export/index.py."""

    @property
    @abstractmethod
    def name(self) -> str:
        """As typed after --target."""

    @property
    @abstractmethod
    def summary(self) -> str:
        """One line for --help."""

    @abstractmethod
    def files(self, model: ExportModel) -> Mapping[str, bytes]:
        """Relative path (with forward slashes) -> content. Same model and sources, same bytes.

        Raises VoxError where the model does not suit the target.
        """

    @abstractmethod
    def footprint(self, model: ExportModel, folder: Path) -> Footprint:
        """Flash and RAM of what `files` made in `folder`; may build there, where its own build would."""

    @abstractmethod
    def next_command(self, model: ExportModel, folder: Path) -> str | None:
        """What to type next, from the current folder; None where nothing suggests itself."""

    def made_lean(self) -> Target:
        """The same without what the model does not need. Raises VoxError where nothing can be left out."""
        raise VoxError(
            f"--lean leaves parts of a board's firmware out; the export {self.name} has none",
            "leave --lean out, or choose a board (`vox-embed boards`)",
        )

    @property
    def board_name(self) -> str | None:
        """The board that it is for; None where it may run anywhere."""
        return None

    @property
    def kit(self) -> str | None:
        """What builds it; the tests here compile it against stand-ins only. None: they build it as it is."""
        return None

    @property
    def products(self) -> tuple[str, ...]:
        """Names in the folder's top level that building there makes: a later export may remove them."""
        return ()
