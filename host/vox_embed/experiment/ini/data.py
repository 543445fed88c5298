"""[DATA] of an .ini as `data` of an experiment file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.ini.models import Lose
from vox_embed.experiment.ini.reading import Entry, Ini, read_ini

_PLAIN = ("limit_samples", "limit_samples_per_speaker", "rename_speakers")
_SECONDS = ("min_duration_of_sample", "max_duration_of_sample")
_SIZES = ("test_size", "dev_size")
_STRATEGIES = {"speaker_split", "random", "train", "test", "dev"}
_TABLES = ("files_tables", "target_tables", "train_tables", "dev_tables", "test_tables")
_FEW = 20.0


def data_of(ini: Ini, out: Path, lose: Lose) -> dict[str, Any]:
    """The section `data`. out: the experiment file, from which paths start. VoxError without databases."""
    _merge_roots(ini)
    names = _names(ini)
    ways = {name: way for way in ("train", "test") for name in _listed(ini.value("DATA", f"{way}s", []))}
    common = {
        key: entry for key in (*_PLAIN, *_SECONDS, *_SIZES, "filter") if (entry := ini.entry("DATA", key))
    }
    databases = {
        name: _database(name, ini, out, lose, common, ways.get(name))
        for name in dict.fromkeys([*names, *ways])
    }
    data: dict[str, Any] = {"databases": databases, "target": str(ini.value("DATA", "target", "emotion"))}
    bins = ini.entry("DATA", "bins")
    labels = ini.entry("DATA", "labels")
    if bins is not None:
        lose(bins, "edges with named classes are not here: put the classes into a column of the table")
    elif labels is not None and isinstance(labels.value, list):
        data["labels"] = [str(label) for label in labels.value]
    selection = ini.entry("DATA", "filter.sample_selection")
    if selection is not None and selection.value != "all":
        lose(selection, "filters are for whole databases")
    return data


def _listed(value: Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list | tuple) else [str(value)]


def _names(ini: Ini) -> list[str]:
    for section in ("DATA", "EXP"):  # multidb has them in [EXP]
        entry = ini.entry(section, "databases")
        if entry is not None:
            return _listed(entry.value)
    if any(ini.entry("DATA", key) for key in ("trains", "tests")):
        return []
    raise VoxError(f"{ini.file}: [DATA] databases is missing", "databases = ['name']")


def _merge_roots(ini: Ini) -> None:
    """What [DATA] root_folders names; keys of the experiment come first."""
    entry = ini.entry("DATA", "root_folders")
    if entry is None:
        return
    candidates = [Path(str(entry.value)), ini.file.parent / str(entry.value)]
    found = next((path for path in candidates if path.is_file()), None)
    if found is None:
        raise VoxError(f"{entry}: no such file: {entry.value}", "paths start where the command is called")
    known = {(one.section, one.key) for one in ini.entries}
    wanted = set(_listed(ini.value("DATA", "databases", ini.value("EXP", "databases", []))))
    for one in read_ini(found, "DATA").entries:
        if one.key.split(".")[0] in wanted and ("DATA", one.key) not in known:
            ini.entries.append(Entry("DATA", one.key, one.value, one.text, one.file, one.line))


def _database(  # noqa: PLR0917
    name: str, ini: Ini, out: Path, lose: Lose, common: dict[str, Entry], way: str | None
) -> dict[str, Any]:
    key = name.lower()
    path = ini.entry("DATA", key)
    if path is None:
        raise VoxError(
            f"{ini.file}: [DATA] {name} is missing: where is this database?", f"{name} = path/to.csv"
        )
    made: dict[str, Any] = {"path": _from(out, str(path.value))}
    _kind(key, path, ini, lose)

    def own(setting: str) -> Entry | None:
        return ini.entry("DATA", f"{key}.{setting}") or common.get(setting)

    for setting in ("mapping", "colnames"):
        entry = own(setting)
        if entry is not None:
            made[setting] = {str(old): str(new) for old, new in dict(entry.value).items()}
    audio = own("audio_path")
    if audio is not None:
        made["audio_path"] = str(audio.value)
    own("absolute_path")  # absolute names are known as such; others start at the table
    _split(made, way, own, lose)
    for setting in (*_PLAIN, *_SECONDS):
        entry = own(setting)
        if entry is not None and entry.value not in (False, None):
            made[setting] = float(entry.value) if setting in _SECONDS else entry.value
    entry = own("filter")
    if entry is not None:
        pairs = entry.value if entry.value and isinstance(entry.value[0], list | tuple) else [entry.value]
        made["filter"] = [[str(column), _texts(values)] for column, values in pairs]
    for setting in ("scale", "reverse", "reverse.max", "required", "check_vad", "as_test", "as_train"):
        entry = own(setting)
        if entry is not None and entry.value not in (False, None):
            lose(entry, "databases have no such setting here")
    return made


def _texts(values: Any) -> Any:
    return [str(value) for value in values] if isinstance(values, list | tuple) else str(values)


def _kind(key: str, path: Entry, ini: Ini, lose: Lose) -> None:
    entry = ini.entry("DATA", f"{key}.type")
    kind = (
        str(entry.value) if entry is not None else "csv" if str(path.value).endswith(".csv") else "audformat"
    )
    for table in _TABLES:
        found = ini.entry("DATA", f"{key}.{table}")
        if found is not None:
            lose(found, "tables of an audformat database cannot be named here")
    if kind != "csv":
        lose(
            entry or path,
            "an audformat database is not read: make a CSV with the columns file, speaker and the target",
        )


def _split(made: dict[str, Any], way: str | None, own: Any, lose: Lose) -> None:
    entry = own("split_strategy")
    wanted = way or ("speaker_split" if entry is None else entry.value)
    sizes = {size: found for size in _SIZES if (found := own(size)) is not None}
    if isinstance(wanted, list):
        made["split_strategy"] = "specified"
        made["test"] = {"speaker": [str(speaker) for speaker in wanted]}
        return
    if wanted not in _STRATEGIES:
        assert entry is not None
        hint = "`specified` needs `test: {column: [values]}`" if wanted in ("specified", "database") else ""
        lose(entry, f"`{wanted}` is not here; speaker_split is taken{'; ' + hint if hint else ''}")
        wanted = "speaker_split"
    made["split_strategy"] = str(wanted)
    if wanted in ("speaker_split", "random"):
        made.update({size: float(found.value) for size, found in sizes.items()})


def _from(out: Path, written: str) -> str:
    """A path that starts where the command is called, as one that starts at the experiment file."""
    path = Path(written).expanduser()
    if path.is_absolute() or written.startswith("${"):
        return path.as_posix()
    return Path(os.path.relpath(path.resolve(), out.resolve().parent)).as_posix()
