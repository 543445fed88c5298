"""What a CMSIS-Pack says of a device: core, FPU, clock and memories.

A .pack is a ZIP archive with one description (.pdsc) in its top folder; the format is the Open-CMSIS-Pack
specification's, "Package description (*.pdsc) format", element `devices`. It is read here and not by
cmsis-pack-manager: version 0.6 took a damaged pack for an empty one, and left a sound one out of its index.
"""

from __future__ import annotations

import difflib
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from vox_embed.experiment.errors import VoxError
from vox_embed.gate.text import UnfitTextError, admit, shown

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_LEVELS = ("family", "subFamily", "device", "variant")
_LARGEST = 256 << 20
"""Bytes; the largest description in the field has about 40 MB."""


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


def _description(pack: Path) -> bytes:
    try:
        with zipfile.ZipFile(pack) as archive:
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
            with archive.open(entries[0]) as file:
                data = file.read(_LARGEST + 1)
            if len(data) > _LARGEST:
                raise VoxError(f"{pack}: {entries[0].filename} is larger than {_LARGEST >> 20} MB")
            return data
    except OSError as error:
        raise VoxError(f"{pack}: {error.strerror or error}", "give the path of a .pack file") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise VoxError(f"{pack}: damaged, or not a CMSIS-Pack: {error}", "download it again") from None


def _parse(pack: Path, data: bytes) -> Element:
    """The description as a tree. Documents with a DTD are refused: entities can blow up or read files."""
    from xml.etree import ElementTree

    class NoDoctype(ElementTree.TreeBuilder):
        def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
            raise VoxError(
                f"{pack}: its description has a DOCTYPE, which no CMSIS-Pack has", "do not trust it"
            )

    try:
        parser = ElementTree.XMLParser(target=NoDoctype())
        parser.feed(data)
        root = parser.close()
    except ElementTree.ParseError as error:
        raise VoxError(
            f"{pack}: its description is not well-formed XML: {error}", "download it again"
        ) from None
    if root.tag != "package":
        raise VoxError(f"{pack}: its description begins with <{root.tag}>, not with <package>")
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
