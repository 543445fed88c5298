"""What is to be predicted: files, folders, rows of tables; and the table of what was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vox_embed.data.cells import NO_TIME, seconds_of
from vox_embed.data.files import list_folder
from vox_embed.data.layouts.table import read_table
from vox_embed.experiment.errors import VoxError
from vox_embed.gate.files import read_text, write_atomic
from vox_embed.gate.limits import TABLE_BYTES
from vox_embed.gate.tables import csv_text


@dataclass(frozen=True)
class Row:
    """A sound, from `start` to `end` (seconds; None: to the end). cells: of its table, or its name alone."""

    path: Path
    cells: dict[str, str]
    start: float = 0.0
    end: float | None = None


def rows_of(given: Path) -> list[Row]:
    """The sounds of a file, a folder, a table, or a list of names (.txt). VoxError where there are none."""
    if given.is_dir():
        found = list_folder(given).recordings
        if not found:
            raise VoxError(f"{given}: no audio files are there")
        return [Row(path, {"file": str(path)}) for path in found]
    if given.suffix.lower() in (".csv", ".tsv"):
        return _of_table(given)
    if given.suffix.lower() == ".txt":
        return _of_list(given)
    return [Row(given, {"file": str(given)})]


def _of_list(path: Path) -> list[Row]:
    """One name a line, which starts at the list's folder, as those of a table do."""
    try:
        lines = read_text(path, TABLE_BYTES).splitlines()
    except OSError as error:
        raise VoxError(f"{path}: cannot be read: {error.strerror}") from None
    names = [name for line in lines if (name := line.strip())]
    if not names:
        raise VoxError(f"{path}: names no sounds", "one name a line")
    return [Row(path.parent / name, {"file": name}) for name in names]


def _of_table(path: Path) -> list[Row]:
    table, places = read_table(path)
    if "file" not in table.columns:
        raise VoxError(
            f"{path}: has no column `file`", f"its columns are {', '.join(map(str, table.columns))}"
        )
    rows = []
    for place, (_, cells) in zip(places, table.iterrows(), strict=True):
        known = cells.where(cells.notna(), "")
        texts = {str(key): str(value) for key, value in known.items()}
        if not texts["file"]:
            raise VoxError(f"{place}: no file is named")
        file = Path(texts["file"])
        start, end = (_seconds(place, name, texts.get(name, "")) for name in ("start", "end"))
        rows.append(Row(file if file.is_absolute() else path.parent / file, texts, start or 0.0, end))
    return rows


def _seconds(place: str, name: str, text: str) -> float | None:
    if text.lower() in NO_TIME:
        return None
    found = seconds_of(text)
    if found is None:
        raise VoxError(
            f"{place}: {name}: `{text}` is not a number of seconds", "write 0.9, 900 ms, or 00:00:00.9"
        )
    return found


def write_rows(path: Path, rows: Sequence[dict[str, str]]) -> None:
    """A CSV with the columns of all rows. It is there whole or not at all."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    text = csv_text(columns, [[row.get(name, "") for name in columns] for row in rows])
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, text.encode())
    except OSError as error:
        raise VoxError(f"{path}: cannot be written: {error.strerror}", "choose another --out") from None
