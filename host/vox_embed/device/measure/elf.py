"""Just enough of ELF to measure an image: sections, symbols, bytes by address. Little-endian."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from vox_embed.experiment.errors import VoxError

_SYMTAB, _RELA, _NOBITS = 2, 4, 8
_X86_64_RELATIVE = 8
_LOAD = 1
_ALLOC = 2
_WRITE = 1
_NOTYPE, _OBJECT, _FUNCTION, _FILE = 0, 1, 2, 4
_ARM = 40


@dataclass(frozen=True)
class Section:
    """One section header."""

    name: str
    kind: int
    flags: int
    address: int
    offset: int
    size: int
    link: int
    moved: bool = False
    """Start-up code copies it from flash to RAM."""

    @property
    def allocated(self) -> bool:
        """Takes memory on the chip."""
        return bool(self.flags & _ALLOC)

    @property
    def stored(self) -> bool:
        """Takes flash: it has content in the file."""
        return self.kind != _NOBITS

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
            self._data = path.read_bytes()
        except OSError as error:
            raise VoxError(f"{path}: {error.strerror or error}", "build the image again") from None
        if self._data[:4] != b"\x7fELF" or self._data[5:6] != b"\x01":
            raise VoxError(f"{path}: not a little-endian ELF image", "build the image again")
        self._wide = self._data[4] == 2
        layout = "<HHIQQQIHHHHHH" if self._wide else "<HHIIIIIHHHHHH"
        try:
            header = struct.unpack_from(layout, self._data, 16)
            self.machine = int(header[1])
            self.entry = self._code(header[3])
            moved = self._moved(header[4], header[8], header[9])
            self.sections = self._sections(header[5], header[10], header[11], header[12], moved)
        except (struct.error, IndexError, ValueError, OverflowError):
            raise VoxError(f"{path}: damaged ELF image", "build the image again") from None

    def _moved(self, offset: int, each: int, count: int) -> list[tuple[int, int]]:
        """Address ranges (first, behind the last) of segments that are loaded elsewhere than they run."""
        found = []
        for at in range(offset, offset + count * each, each):
            if self._wide:
                kind, _, _, address, load, size = struct.unpack_from("<IIQQQQ", self._data, at)
            else:
                kind, _, address, load, size = struct.unpack_from("<IIIII", self._data, at)
            if kind == _LOAD and address != load:
                found.append((address, address + size))
        return found

    def _sections(
        self, offset: int, each: int, count: int, names: int, moved: list[tuple[int, int]]
    ) -> tuple[Section, ...]:
        layout = struct.Struct("<IIQQQQI" if self._wide else "<IIIIIII")
        rows = [layout.unpack_from(self._data, offset + i * each) for i in range(count)]
        strings = rows[names][4]
        return tuple(
            Section(
                self._text(strings + name),
                kind,
                flags,
                address,
                at,
                size,
                link,
                bool(flags & _ALLOC) and any(first <= address < end for first, end in moved),
            )
            for name, kind, flags, address, at, size, link in rows
        )

    def _text(self, at: int) -> str:
        return self._data[at : self._data.index(b"\0", at)].decode("utf-8", "replace")

    def _code(self, address: int) -> int:
        return address & ~1 if self.machine == _ARM else address

    @cached_property
    def symbols(self) -> tuple[Symbol, ...]:
        """Functions and objects, by address."""
        found = []
        for table in self.sections:
            if table.kind != _SYMTAB:
                continue
            strings = self.sections[table.link].offset
            file: str | None = None
            for name, info, section, value, size in self._symbol_rows(table):
                kind, local = info & 15, info >> 4 == 0
                if kind == _FILE:
                    file = self._text(strings + name) or None
                elif kind in (_OBJECT, _FUNCTION) and section != 0:
                    function = kind == _FUNCTION
                    address = self._code(value) if function else value
                    found.append(
                        Symbol(self._text(strings + name), address, size, function, file if local else None)
                    )
        return tuple(sorted(found, key=lambda s: (s.address, s.name)))

    def _symbol_rows(self, table: Section) -> Iterator[tuple[int, int, int, int, int]]:
        step = 24 if self._wide else 16
        for at in range(table.offset, table.offset + table.size, step):
            if self._wide:
                name, info, _, section, value, size = struct.unpack_from("<IBBHQQ", self._data, at)
            else:
                name, value, size, info, _, section = struct.unpack_from("<IIIBBH", self._data, at)
            yield name, info, section, value, size

    def symbol(self, name: str) -> Symbol | None:
        """The symbol of that name; the largest where files have one each."""
        return max((s for s in self.symbols if s.name == name), key=lambda s: s.size, default=None)

    @cached_property
    def labels(self) -> dict[str, int]:
        """Addresses of symbols that are neither functions nor objects: the linker script's, assembly's."""
        found = {}
        for table in self.sections:
            if table.kind == _SYMTAB:
                strings = self.sections[table.link].offset
                for name, info, section, value, _ in self._symbol_rows(table):
                    if info & 15 == _NOTYPE and section != 0:
                        found[self._text(strings + name)] = value
        return found

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
        for section in self.sections:
            if section.allocated and section.stored and 0 <= address - section.address <= section.size - size:
                start = section.offset + address - section.address
                return self._data[start : start + size]
        raise VoxError(f"{self.path}: no content at address {address:#x}")

    @property
    def pointer_size(self) -> int:
        """Bytes of an address: 4 or 8."""
        return 8 if self._wide else 4

    @cached_property
    def _relocated(self) -> dict[int, int]:
        """Address -> the address stored there once a position-independent program is loaded."""
        found = {}
        for section in self.sections:
            if section.kind == _RELA and section.allocated and self._wide:
                for at in range(section.offset, section.offset + section.size, 24):
                    place, info, value = struct.unpack_from("<QQq", self._data, at)
                    if info & 0xFFFFFFFF == _X86_64_RELATIVE:
                        found[place] = value
        return found

    def pointers(self, address: int, count: int) -> list[int]:
        """`count` addresses stored at `address`."""
        size = self.pointer_size
        data = self.bytes_at(address, count * size)
        return [
            self._relocated.get(address + i, int.from_bytes(data[i : i + size], "little"))
            for i in range(0, len(data), size)
        ]
