"""The table of tools/coverage.sh: what coverage.py and gcov counted, a line a file.

python tools/coverage_table.py build/coverage          # prints it
python tools/coverage_table.py build/coverage --write  # also keeps it in tests/coverage/table.csv
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / "tests" / "coverage" / "table.csv"
REASONS = ROOT / "tests" / "coverage" / "reasons.toml"
BAR = 80.0
"""Percent of a file's lines: a file below it has a reason."""
C_FOLDERS = ("firmware/vox/src", "firmware/app", "host/native")


@dataclass(frozen=True)
class Row:
    """One file: lines with code, and those that a test ran."""

    file: str
    lines: int
    covered: int

    @property
    def percent(self) -> float:
        """Of the lines; 100 where there are none."""
        return 100.0 * self.covered / self.lines if self.lines else 100.0


def _inside(path: Path) -> str | None:
    resolved = path.resolve()
    return resolved.relative_to(ROOT).as_posix() if resolved.is_relative_to(ROOT) else None


def python_rows(report: Path) -> list[Row]:
    """From coverage.py's JSON."""
    files = json.loads(report.read_text())["files"]
    named = [(_inside(ROOT / name), entry["summary"]) for name, entry in files.items()]
    return [Row(name, s["num_statements"], s["covered_lines"]) for name, s in named if name is not None]


def _gcov(counts: Path) -> list[dict[str, object]]:
    command = ["gcov", "--json-format", "--stdout", counts.name]
    done = subprocess.run(command, cwd=counts.parent, capture_output=True, text=True, check=False)
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def c_rows(folder: Path) -> list[Row]:
    """From every counter file of gcc below the folder; a line counts when one of the programs ran it."""
    ran: dict[str, dict[int, bool]] = defaultdict(dict)
    for counts in sorted(folder.rglob("*.gcda")):
        for report in _gcov(counts):
            base = Path(str(report["current_working_directory"]))
            for file in report["files"]:  # type: ignore[attr-defined]
                name = _inside(base / file["file"])
                if name is None or not name.startswith(C_FOLDERS):
                    continue
                for line in file["lines"]:
                    number = int(line["line_number"])
                    ran[name][number] = ran[name].get(number, False) or line["count"] > 0
    return [Row(name, len(lines), sum(lines.values())) for name, lines in ran.items()]


def read_kept(path: Path = KEPT) -> list[Row]:
    """The table as it is kept."""
    with path.open(newline="") as file:
        return [Row(r["file"], int(r["lines"]), int(r["covered"])) for r in csv.DictReader(file)]


def reasons(path: Path = REASONS) -> dict[str, str]:
    """File -> why it is below the bar."""
    return dict(tomllib.loads(path.read_text())) if path.exists() else {}


def unexplained(rows: list[Row], why: dict[str, str]) -> list[Row]:
    """Files below the bar without a reason."""
    return [row for row in rows if row.percent < BAR and row.file not in why]


def _write(rows: list[Row]) -> None:
    KEPT.parent.mkdir(exist_ok=True)
    with KEPT.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("file", "lines", "covered", "percent"))
        writer.writerows((r.file, r.lines, r.covered, f"{r.percent:.1f}") for r in rows)


def main() -> int:
    """0 when every file below the bar has its reason."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    rows = sorted(
        python_rows(arguments.folder / "python.json") + c_rows(arguments.folder), key=lambda r: r.file
    )
    if arguments.write:
        _write(rows)
    for language, ending in (("Python", (".py",)), ("C", (".c", ".h", ".cpp"))):
        of = [r for r in rows if r.file.endswith(ending)]
        total = Row(language, sum(r.lines for r in of), sum(r.covered for r in of))
        print(f"{language}: {len(of)} files, {total.covered} of {total.lines} lines, {total.percent:.1f} %")
    missing = unexplained(rows, reasons())
    for row in missing:
        print(f"{row.percent:5.1f} %  {row.file}: below {BAR:.0f} %, without a reason in reasons.toml")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
