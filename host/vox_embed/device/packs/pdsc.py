"""What a CMSIS-Pack says of a device: core, FPU, clock and memories.

A .pack is a ZIP archive with one description (.pdsc) in its top folder; the format is the Open-CMSIS-Pack
specification's, "Package description (*.pdsc) format", element `devices`. It is read here and not by
cmsis-pack-manager: version 0.6 took a damaged pack for an empty one, and left a sound one out of its index.
"""

from __future__ import annotations

import difflib
import os
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO

from vox_embed.experiment.errors import VoxError
from vox_embed.gate.files import open_regular
from vox_embed.gate.limits import PACK_BYTES, PACK_ENTRIES, PDSC_BYTES, PDSC_ELEMENTS, PDSC_KEPT
from vox_embed.gate.text import UnfitTextError, admit, shown

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_LEVELS = ("family", "subFamily", "device", "variant")
_DEPTH = 64
_TEXT = 1 << 10
"""Characters of an attribute or a name."""
_PIECE = 1 << 18
_ARCHIVE_END = 1 << 17
"""Bytes in which the end of an archive says how long its list of files is."""
_LISTING = 512
"""Bytes of that list for a file, on the average and at most."""


@dataclass(frozen=True)
class Memory:
    """A region of the device's memory."""

    name: str
    start: int
    size: int
    writable: bool
    default: bool
    startup: bool


@dataclass(frozen=True)
class PackDevice:
    """One device of a pack, with what its family says of it."""

    name: str
    vendor: str
    pack: str
    """Vendor.name.version."""
    processor: Mapping[str, str]
    """Attributes of its `processor` element: Dcore, Dfpu, Dclock, ..."""
    memories: tuple[Memory, ...]


def read_device(pack: Path, name: str, core: str | None = None) -> PackDevice:
    """The device called `name` (upper or lower case) in a .pack file. core: Pname, where it has several.

    Raises VoxError where the file is damaged, or has no such device (with the nearest names).
    """
    root = _parse(pack, _description(pack))
    release = root.find("releases/release")
    label = ".".join(
        (
            _admitted(pack, "vendor", root.findtext("vendor", "").strip()),
            _admitted(pack, "name", root.findtext("name", "").strip()),
            _admitted(pack, "release", release.get("version", "") if release is not None else ""),
        )
    )
    found: dict[str, list[Element]] = {}
    for branch in _branches(root.findall("devices/family"), ()):
        last = branch[-1]
        found[last.get("Dvariant") or last.get("Dname") or ""] = branch
    by_lower = {known.lower(): known for known in found if known}
    known = by_lower.get(name.lower())
    if known is None:
        near = difflib.get_close_matches(name.lower(), by_lower, 3, 0.6)
        names = [by_lower[n] for n in near] or sorted(by_lower.values())[:5]
        raise VoxError(
            f"{pack}: the pack {label} has no device {name}",
            f"it has {len(by_lower)}; the nearest: {', '.join(names)}"
            if names
            else "it describes no devices at all: a device family pack is needed (..._DFP.pack)",
        )
    return _device(pack, known, found[known], label, core)


def _admitted(pack: Path, what: str, text: str) -> str:
    """A name of the description, which goes into files and onto the screen; none is fine."""
    try:
        return admit(text) if text else text
    except UnfitTextError as error:
        raise VoxError(f"{pack}: {what} `{shown(text)}` {error}", "do not trust this pack") from None


def _description(pack: Path) -> Iterator[bytes]:
    """The description in pieces, as it is unpacked: no more than PDSC_BYTES."""
    try:
        with open_regular(pack, PACK_BYTES) as content:
            _check_entries(pack, content)
            with zipfile.ZipFile(content) as archive, archive.open(_entry(pack, archive)) as file:
                left = PDSC_BYTES
                while piece := file.read(_PIECE):
                    left -= len(piece)
                    if left < 0:
                        raise VoxError(f"{pack}: its description is larger than {PDSC_BYTES >> 20} MiB")
                    yield piece
    except OSError as error:
        raise VoxError(f"{pack}: {error.strerror or error}", "give the path of a .pack file") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise VoxError(f"{pack}: damaged, or not a CMSIS-Pack: {error}", "download it again") from None


def _entry(pack: Path, archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    entries = [
        entry
        for entry in archive.infolist()
        if PurePosixPath(entry.filename).suffix.lower() == ".pdsc"
        and len(PurePosixPath(entry.filename.replace("\\", "/")).parts) == 1
    ]
    if len(entries) != 1:
        raise VoxError(
            f"{pack}: a pack has one description (.pdsc) at its top, this has {len(entries)}",
            "is it a CMSIS-Pack? Download it again from the vendor",
        )
    return entries[0]


def _check_entries(pack: Path, content: BinaryIO) -> None:
    """VoxError where the archive lists more files than a pack has: all are read at once otherwise."""
    size = content.seek(0, os.SEEK_END)
    content.seek(max(0, size - _ARCHIVE_END))
    end = content.read()
    content.seek(0)
    at = end.rfind(b"PK\x05\x06")
    listed = int.from_bytes(end[at + 12 : at + 16], "little") if at >= 0 else 0
    if listed == 0xFFFFFFFF:  # ZIP64
        at = end.rfind(b"PK\x06\x06")
        listed = int.from_bytes(end[at + 40 : at + 48], "little") if at >= 0 else 0
    if listed > _LISTING * PACK_ENTRIES:
        raise VoxError(f"{pack}: lists more than {PACK_ENTRIES:,} files, which no CMSIS-Pack has")


class _Devices:
    """Builds a tree of what is read here, the devices and whose they are, and counts the rest.

    Documents with a DTD are refused: entities can blow up or read files.
    """

    def __init__(self, pack: Path) -> None:
        from xml.etree.ElementTree import TreeBuilder

        self._pack = pack
        self._builder = TreeBuilder()
        self._path: list[str] = []
        self._kept_depth = 0
        self._seen = self._kept = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        self._seen += 1
        self._path.append(tag)
        if self._seen > PDSC_ELEMENTS or len(self._path) > _DEPTH:
            raise VoxError(f"{self._pack}: its description has too many elements", "do not trust it")
        if len(self._path) == self._kept_depth + 1 and self._is_read():
            self._kept_depth += 1
            self._kept += 1
            if self._kept > PDSC_KEPT:
                raise VoxError(f"{self._pack}: it describes too many devices", "do not trust it")
            self._builder.start(tag, {key: value for key, value in attributes.items() if len(value) <= _TEXT})

    def _is_read(self) -> bool:
        tag, depth = self._path[-1], len(self._path)
        if depth == 1:
            return True
        if self._path[1] == "devices":
            return depth == 2 or tag in {*_LEVELS, "processor", "memory"}
        return (depth == 2 and tag in {"vendor", "name", "releases"}) or self._path[1:] == [
            "releases",
            "release",
        ]

    def end(self, tag: str) -> None:
        """An element ends."""
        if len(self._path) == self._kept_depth:
            self._builder.end(tag)
            self._kept_depth -= 1
        self._path.pop()

    def data(self, text: str) -> None:
        """Text: of the vendor's and the pack's name alone."""
        if len(self._path) == self._kept_depth == 2 and self._path[1] in {"vendor", "name"}:
            self._builder.data(text[:_TEXT])

    def doctype(self, *_: object) -> None:
        """A DTD."""
        raise VoxError(
            f"{self._pack}: its description has a DOCTYPE, which no CMSIS-Pack has", "do not trust it"
        )

    def close(self) -> Element:
        """The tree."""
        return self._builder.close()


def _parse(pack: Path, pieces: Iterator[bytes]) -> Element:
    """The description as a tree of what is needed of it."""
    from xml.etree import ElementTree

    parser = ElementTree.XMLParser(target=_Devices(pack))
    try:
        for piece in pieces:
            parser.feed(piece)
        root: Element = parser.close()
    except (ElementTree.ParseError, LookupError, AssertionError) as error:
        raise VoxError(
            f"{pack}: its description is not well-formed XML: {error}", "download it again"
        ) from None
    if root.tag != "package":
        raise VoxError(f"{pack}: its description begins with <{shown(root.tag)}>, not with <package>")
    return root


def _branches(elements: list[Element], above: tuple[Element, ...]) -> Iterator[list[Element]]:
    """From a family down to each device, and to each variant of it."""
    for element in elements:
        branch = (*above, element)
        if element.tag in {"device", "variant"}:
            yield list(branch)
        for level in _LEVELS[_LEVELS.index(element.tag) + 1 :]:
            yield from _branches(element.findall(level), branch)


def _device(pack: Path, name: str, branch: list[Element], label: str, core: str | None) -> PackDevice:
    processors: dict[str, dict[str, str]] = {}
    memories: dict[str, Element] = {}
    for element in branch:  # what stands deeper wins
        for stated in element.findall("processor"):
            processors.setdefault(stated.get("Pname", ""), {}).update(stated.attrib)
    named = sorted(pname for pname in processors if pname)
    if core is not None and core not in processors:
        raise VoxError(
            f"{name} has no core {core!r}", f"its cores: {', '.join(named) or 'one, without a name'}"
        )
    if core is None and len(named) > 1:
        raise VoxError(f"{name} has the cores {', '.join(named)}", f"choose one: --core {named[0]}")
    chosen = core if core is not None else (named[0] if named else "")
    processor = {**processors.get("", {}), **processors.get(chosen, {})}
    if "Dcore" not in processor:
        raise VoxError(
            f"{pack}: it does not say which core {name} has", "describe the board by hand: docs/boards.md"
        )
    for element in branch:
        for memory in element.findall("memory"):
            if memory.get("Pname", chosen) == chosen:
                memories[memory.get("name") or memory.get("id") or ""] = memory
    return PackDevice(
        name=_admitted(pack, "device", name),
        vendor=_admitted(pack, "Dvendor", branch[0].get("Dvendor", "").partition(":")[0]),
        pack=label,
        processor=processor,
        memories=tuple(_memory(pack, name, key, element) for key, element in memories.items()),
    )


def _memory(pack: Path, device: str, name: str, element: Element) -> Memory:
    access = element.get("access", "rx" if (element.get("id") or name).startswith("IROM") else "rwx")
    try:
        start, size = (int(element.attrib[key], 0) for key in ("start", "size"))
    except (KeyError, ValueError):
        raise VoxError(f"{pack}: memory {name} of {device} has no start and size that are numbers") from None
    if start < 0 or size < 0 or start + size > 1 << 32:
        raise VoxError(f"{pack}: memory {name} of {device} leaves the address space: {size:#x} at {start:#x}")
    return Memory(
        name=_admitted(pack, "memory", name),
        start=start,
        size=size,
        writable="w" in access,
        default=element.get("default") in {"1", "true"},
        startup=element.get("startup") in {"1", "true"},
    )
