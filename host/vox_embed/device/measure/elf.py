"""What measuring an image asks of its ELF file: sections, symbols, bytes by address. pyelftools reads it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from vox_embed.experiment.errors import VoxError

_X86_64_RELATIVE = 8
_WRITE, _ALLOC = 1, 2
_ARM = 40


@dataclass(frozen=True)
class Section:
    """One section header."""

    name: str
    stored: bool
    """Takes flash: it has content in the file."""
    flags: int
    address: int
    size: int
    moved: bool = False
    """Start-up code copies it from flash to RAM."""

    @property
    def allocated(self) -> bool:
        """Takes memory on the chip."""
        return bool(self.flags & _ALLOC)

    @property
    def writable(self) -> bool:
        """Lies in RAM while the program runs."""
        return bool(self.flags & _WRITE) or self.moved


@dataclass(frozen=True)
class Symbol:
    """A function or an object of the image."""

    name: str
    address: int
    """Without the bit that marks Thumb code."""
    size: int
    function: bool
    file: str | None
    """Base name of the source file of a local symbol; None for a global one."""


class Elf:
    """A linked image. Raises VoxError where the file is none."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            data = path.read_bytes()
        except OSError as error:
            raise VoxError(f"{path}: {error.strerror or error}", "build the image again") from None
        if data[:4] != b"\x7fELF" or data[5:6] != b"\x01":
            raise VoxError(f"{path}: not a little-endian ELF image", "build the image again")
        from elftools.elf.elffile import ELFFile

        try:
            self._file = ELFFile(io.BytesIO(data))
            self.machine = int.from_bytes(data[18:20], "little")
            self.entry = self._code(self._file["e_entry"])
            moved = self._moved()
            self._raw: list[Any] = list(self._file.iter_sections())
            self.sections = tuple(_section(raw, moved) for raw in self._raw)
            self.symbols, self.labels = self._named()
        except Exception as error:
            # A damaged file shows in whatever the reader stumbles over first.
            raise VoxError(f"{path}: damaged ELF image", "build the image again") from error

    def _moved(self) -> list[tuple[int, int]]:
        """Address ranges (first, behind the last) of segments that are loaded elsewhere than they run."""
        return [
            (segment["p_vaddr"], segment["p_vaddr"] + segment["p_filesz"])
            for segment in self._file.iter_segments("PT_LOAD")
            if segment["p_vaddr"] != segment["p_paddr"]
        ]

    def _code(self, address: int) -> int:
        return address & ~1 if self.machine == _ARM else address

    def _named(self) -> tuple[tuple[Symbol, ...], dict[str, int]]:
        """Functions and objects, by address; and addresses of symbols that are neither: the linker script's,
        assembly's."""
        found, labels = [], {}
        file: str | None = None
        for symbol in self._symbols():
            kind, local = symbol["st_info"]["type"], symbol["st_info"]["bind"] == "STB_LOCAL"
            if kind == "STT_FILE":
                file = symbol.name or None
            elif symbol["st_shndx"] == "SHN_UNDEF":
                continue
            elif kind == "STT_NOTYPE":
                labels[symbol.name] = int(symbol["st_value"])
            elif kind in ("STT_OBJECT", "STT_FUNC"):
                function = kind == "STT_FUNC"
                address = self._code(symbol["st_value"]) if function else symbol["st_value"]
                size = int(symbol["st_size"])
                found.append(Symbol(symbol.name, address, size, function, file if local else None))
        return tuple(sorted(found, key=lambda s: (s.address, s.name))), labels

    def _symbols(self) -> Iterator[Any]:
        for table in self._raw:
            if table["sh_type"] == "SHT_SYMTAB":
                yield from table.iter_symbols()

    def symbol(self, name: str) -> Symbol | None:
        """The symbol of that name; the largest where files have one each."""
        return max((s for s in self.symbols if s.name == name), key=lambda s: s.size, default=None)

    @cached_property
    def _places(self) -> dict[str, set[int]]:
        found: dict[str, set[int]] = {}
        for symbol in self.symbols:
            found.setdefault(symbol.name, set()).add(symbol.address)
        for name, address in self.labels.items():
            found.setdefault(name, set()).add(self._code(address))
        return found

    def addresses(self, name: str) -> set[int]:
        """Where functions, objects and labels of that name are."""
        return self._places.get(name, set())

    def names_at(self, address: int) -> list[str]:
        """All names of a place."""
        return sorted(name for name, places in self._places.items() if address in places)

    def functions_at(self, address: int) -> list[Symbol]:
        """All names of the function that begins at an address, its Thumb bit set or not."""
        at = self._code(address)
        return [s for s in self.symbols if s.function and s.address == at]

    def bytes_at(self, address: int, size: int) -> bytes:
        """Content of the image. Raises VoxError where it has none there."""
        for section, raw in zip(self.sections, self._raw, strict=True):
            if section.allocated and section.stored and 0 <= address - section.address <= section.size - size:
                start = address - section.address
                data: bytes = raw.data()
                return data[start : start + size]
        raise VoxError(f"{self.path}: no content at address {address:#x}")

    @property
    def pointer_size(self) -> int:
        """Bytes of an address: 4 or 8."""
        return int(self._file.elfclass) // 8

    @cached_property
    def _relocated(self) -> dict[int, int]:
        """Address -> the address stored there once a position-independent program is loaded."""
        if self.pointer_size == 4:
            return {}
        return {
            int(entry["r_offset"]): int(entry["r_addend"])
            for section, raw in zip(self.sections, self._raw, strict=True)
            if section.allocated and raw["sh_type"] == "SHT_RELA"
            for entry in raw.iter_relocations()
            if entry["r_info_type"] == _X86_64_RELATIVE
        }

    def pointers(self, address: int, count: int) -> list[int]:
        """`count` addresses stored at `address`."""
        size = self.pointer_size
        data = self.bytes_at(address, count * size)
        return [
            self._relocated.get(address + i, int.from_bytes(data[i : i + size], "little"))
            for i in range(0, len(data), size)
        ]


def _section(raw: Any, moved: list[tuple[int, int]]) -> Section:
    flags, address = int(raw["sh_flags"]), int(raw["sh_addr"])
    elsewhere = bool(flags & _ALLOC) and any(first <= address < end for first, end in moved)
    return Section(raw.name, raw["sh_type"] != "SHT_NOBITS", flags, address, int(raw["sh_size"]), elsewhere)
