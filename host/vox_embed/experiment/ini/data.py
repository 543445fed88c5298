"""[DATA] of an .ini as `data` of an experiment file."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.ini.models import Lose
from vox_embed.experiment.ini.reading import Entry, Ini, read_ini

Own = Callable[[str], Entry | None]
"""The key of a database, or what stands for all of them."""

_PLAIN = ("limit_samples", "limit_samples_per_speaker", "rename_speakers")
_SECONDS = ("min_duration_of_sample", "max_duration_of_sample")
_SIZES = ("test_size", "dev_size")
_DRAWN = ("speaker_split", "random", "balanced")
_STRATEGIES = {*_DRAWN, "database", "train", "test", "dev"}
_TABLES = ("files_tables", "target_tables", "train_tables", "dev_tables", "test_tables")
_BINS = "_bins"
_COMMON = (
    *_PLAIN, *_SECONDS, *_SIZES,
    "filter", "filter.sample_selection", "required", "balance", "size_diff_weight",
)  # fmt: skip
"""Keys that stand for all databases, where one has none of its own."""


def data_of(ini: Ini, out: Path, lose: Lose) -> dict[str, Any]:
    """The section `data`. out: the experiment file, from which paths start. VoxError without databases."""
    _merge_roots(ini)
    names = _names(ini)
    ways = {way: _listed(ini.value("DATA", way, [])) for way in ("trains", "tests")}
    common = {key: entry for key in _COMMON if (entry := ini.entry("DATA", key))}
    common |= {
        entry.key: entry
        for entry in [e for e in ini.entries if e.section == "DATA" and "." not in e.key]
        if entry.key.endswith(_BINS) and ini.entry("DATA", entry.key)
    }
    everything = dict.fromkeys([*names, *(name for way in ways.values() for name in way)])
    placed = {name for way in ways.values() for name in way}
    databases = {name: _database(name, ini, out, lose, common, placed=name in placed) for name in everything}
    data: dict[str, Any] = {"databases": databases, **{way: found for way, found in ways.items() if found}}
    data["target"] = str(ini.value("DATA", "target", "emotion"))
    _classes(ini, data, lose)
    for setting in ("check_size", "check_vad"):
        entry = ini.entry("DATA", setting)
        if entry is None or entry.value in (False, None):
            continue
        if isinstance(entry.value, int | float) and not isinstance(entry.value, bool):
            data[setting] = entry.value
        else:
            lose(entry, "a number is wanted: of bytes (check_size), of seconds of sound (check_vad)")
    return data


def _classes(ini: Ini, data: dict[str, Any], lose: Lose) -> None:
    """Labels, and edges that make them of numbers."""
    labels, bins = ini.entry("DATA", "labels"), ini.entry("DATA", "bins")
    if labels is not None and isinstance(labels.value, list):
        data["labels"] = [str(label) for label in labels.value]
    if bins is None:
        return
    fits = isinstance(bins.value, list) and len(bins.value) == len(data.get("labels", [])) + 1
    if not fits:
        lose(bins, "one edge more than labels is wanted")
        return
    data["bins"] = [float(edge) for edge in bins.value]


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


def _database(
    name: str, ini: Ini, out: Path, lose: Lose, common: dict[str, Entry], *, placed: bool
) -> dict[str, Any]:
    key = name.lower()
    path = ini.entry("DATA", key)
    if path is None:
        raise VoxError(
            f"{ini.file}: [DATA] {name} is missing: where is this database?", f"{name} = path/to.csv"
        )
    made: dict[str, Any] = {"path": path_from(out, str(path.value))}
    _kind(key, path, ini, made, lose)

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
    if not placed:
        _split(made, own, lose)
    _rows(made, own)
    _numbers(made, own)
    return made


def _rows(made: dict[str, Any], own: Own) -> None:
    """Which rows are taken."""
    for setting in (*_PLAIN, *_SECONDS, "as_test", "as_train"):
        entry = own(setting)
        if entry is not None and entry.value not in (False, None):
            made[setting] = float(entry.value) if setting in _SECONDS else entry.value
    entry = own("required")
    if entry is not None and entry.value:
        made["required"] = _listed(entry.value)
    entry = own("filter")
    if entry is not None and entry.value:
        pairs = entry.value if isinstance(entry.value[0], list | tuple) else [entry.value]
        made["filter"] = [[str(column), _texts(values)] for column, values in pairs]
    entry = own("filter.sample_selection")
    if (
        entry is not None
        and entry.value in ("train", "dev", "test")
        and {"filter", *_PLAIN, *_SECONDS} & set(made)
    ):
        made["sample_selection"] = entry.value


def _numbers(made: dict[str, Any], own: Own) -> None:
    """How a target that is a number is changed."""
    scale, reverse, highest = own("scale"), own("reverse"), own("reverse.max")
    if scale is not None and scale.value:
        made["scale"] = "standard"
    if reverse is not None and reverse.value:
        made["reverse"] = True
        if highest is not None:
            made["reverse_max"] = float(highest.value)


def _texts(values: Any) -> Any:
    return [str(value) for value in values] if isinstance(values, list | tuple) else str(values)


def _kind(key: str, path: Entry, ini: Ini, made: dict[str, Any], lose: Lose) -> None:
    entry = ini.entry("DATA", f"{key}.type")
    kind = (
        str(entry.value) if entry is not None else "csv" if str(path.value).endswith(".csv") else "audformat"
    )
    if kind == "audformat":
        made["type"] = kind
        ini.entry("DATA", f"{key}.target_tables_append")  # tables are joined by files and times
    elif kind != "csv":
        lose(entry or path, f"`{kind}` is no kind of database: csv or audformat")
    for table in _TABLES:
        found = ini.entry("DATA", f"{key}.{table}")
        if found is not None and kind == "audformat":
            made[table] = _listed(found.value)
        elif found is not None:
            lose(found, "only an audformat database has tables")


def _split(made: dict[str, Any], own: Own, lose: Lose) -> None:
    entry = own("split_strategy")
    wanted = "speaker_split" if entry is None else entry.value
    sizes = {size: found for size in _SIZES if (found := own(size)) is not None}
    if isinstance(wanted, list):
        made["split_strategy"] = [str(speaker) for speaker in wanted]
        return
    if wanted == "specified" and any(table in made for table in _TABLES[2:]):
        wanted = "database"
    if wanted not in _STRATEGIES:
        assert entry is not None
        hint = "`specified` needs `test: {column: [values]}`" if wanted == "specified" else ""
        lose(entry, f"`{wanted}` is not here; speaker_split is taken{'; ' + hint if hint else ''}")
        wanted = "speaker_split"
    made["split_strategy"] = str(wanted)
    if wanted in _DRAWN:
        made.update({size: float(found.value) for size, found in sizes.items()})
    balance, weight = own("balance"), own("size_diff_weight")
    if wanted != "balanced":
        return
    if balance is not None:
        made["balance"] = {str(column): float(value) for column, value in dict(balance.value).items()}
    names = [*made.get("balance", {})]
    bins = {column: found.value for column in names if (found := own(f"{column}{_BINS}")) is not None}
    if bins:
        made["balance_bins"] = bins
    if weight is not None:
        made["size_diff_weight"] = float(weight.value)


def path_from(out: Path, written: str) -> str:
    """A path that starts where the command is called, as one that starts at the experiment file."""
    path = Path(written).expanduser()
    if path.is_absolute() or written.startswith("${"):
        return path.as_posix()
    return Path(os.path.relpath(path.resolve(), out.resolve().parent)).as_posix()
