"""The layouts that are known, by name; the one that fits; one's own."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

from vox_embed.data.layouts.base import Parsed, Parser
from vox_embed.data.layouts.cross_validated import CrossValidatedParser
from vox_embed.data.layouts.dcase import DcaseParser
from vox_embed.data.layouts.esc import EscParser
from vox_embed.data.layouts.no_metadata import NoMetadataParser
from vox_embed.data.layouts.partitioned import PartitionedParser
from vox_embed.data.layouts.urban_sound_8k import UrbanSound8KParser
from vox_embed.experiment.errors import VoxError

PARSERS: dict[str, type[Parser]] = {
    "none": NoMetadataParser,
    "dcase": DcaseParser,
    "esc": EscParser,
    "urban-sound-8k": UrbanSound8KParser,
    "partitioned": PartitionedParser,
    "cross-validated": CrossValidatedParser,
}
"""By the name that `--parser` takes; `meta` tries all but `none`."""

_AUDEEP = {
    "meta.MetaParser": "meta",
    "no_metadata.NoMetadataParser": "none",
    "dcase.DCASEParser": "dcase",
    "esc.ESCParser": "esc",
    "urban_sound_8k.UrbanSound8KParser": "urban-sound-8k",
    "partitioned.PartitionedParser": "partitioned",
    "cross_validated.CrossValidatedParser": "cross-validated",
}


def parse(basedir: Path, parser: str = "meta") -> Parsed:
    """The recordings of a data set. parser: a name of PARSERS, `meta`, auDeep's name of one, or
    `module.Class` of an own one. VoxError where none fits, or no recording is there."""
    if not basedir.is_dir():
        raise VoxError(f"{basedir}: no such folder", "--basedir is the data set's folder")
    found = _parser(basedir, parser).parse()
    if not found.recordings:
        raise VoxError(f"{basedir}: no audio files are there")
    absent = next((item.path for item in found.recordings if not item.path.is_file()), None)
    if absent is not None:
        raise VoxError(f"{absent}: named by the data set, but not there")
    return found


def _parser(basedir: Path, name: str) -> Parser:
    name = _AUDEEP.get(name.removeprefix("audeep.backend.parsers."), name)
    if name in PARSERS:
        return PARSERS[name](basedir)
    if name == "meta":
        for kind, parser in PARSERS.items():
            if kind != "none" and (made := parser(basedir)).can_parse():
                return made
        known = ", ".join(kind for kind in PARSERS if kind != "none")
        raise VoxError(
            f"{basedir}: is laid out in none of the ways that are known ({known})",
            "--parser none takes all audio files without labels; docs/audeep.md tells of parsers of your own",
        )
    return _own(name)(basedir)


def _own(name: str) -> type[Parser]:
    """A class that the user names; it is looked for in the current folder too."""
    module, _, kind = name.rpartition(".")
    if not module:
        raise VoxError(
            f"--parser: `{name}` is unknown",
            f"choose meta, {', '.join(PARSERS)}, or a class of your own (module.Class)",
        )
    here = str(Path.cwd())
    sys.path.insert(0, here)
    try:
        found = getattr(importlib.import_module(module), kind, None)
    except ImportError as error:
        raise VoxError(f"--parser: {module} cannot be imported: {error}") from None
    finally:
        sys.path.remove(here)
    if not (isinstance(found, type) and issubclass(found, Parser)):
        raise VoxError(f"--parser: {name} is no subclass of vox_embed.data.layouts.base.Parser")
    return found
