"""Results that are there, as a PDF and as LaTeX."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from vox_embed.experiment import VoxError
from vox_embed.experiment.files import ENVIRONMENT, METRICS, PLOTS, RESOLVED
from vox_embed.experiment.results import find
from vox_embed.gate.files import read_bytes, read_text, write_atomic
from vox_embed.gate.jsons import parse_json
from vox_embed.gate.limits import EXPERIMENT_BYTES, RESULT_BYTES
from vox_embed.report.printed import latex_of, pdf_of, tables_of

_MOST_PICTURE = 16 << 20


def print_results(results: Path | None, pdf: Path | None, latex: Path | None) -> list[Path]:
    """Write what is asked for, whole; the files. VoxError where there are no results."""
    folder = _folder(results)
    file = folder / METRICS
    try:
        metrics: Any = parse_json(read_bytes(file, RESULT_BYTES), RESULT_BYTES)
        tables = tables_of(metrics)
    except OSError as error:
        raise VoxError(
            f"{file}: {error.strerror or error}", "train the experiment first: vox-embed train"
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise VoxError(f"{file}: cannot be read: {error}", "train the experiment again") from None
    written = []
    if latex is not None:
        write_atomic(latex, latex_of(tables, folder.name))
        written.append(latex)
    if pdf is not None:
        write_atomic(pdf, pdf_of(folder.name, _lines(folder), tables, _pictures(folder)))
        written.append(pdf)
    return written


def _folder(results: Path | None) -> Path:
    if results is not None and (results / METRICS).is_file():
        return results
    folder = find(results).folder
    if folder is None:
        raise VoxError(f"{results}: a model file alone has no results", "name the results folder")
    return folder


def _lines(folder: Path) -> list[str]:
    """The experiment, and what it was run with."""
    found: list[str] = []
    for name in (RESOLVED, ENVIRONMENT):
        try:
            found += [*read_text(folder / name, EXPERIMENT_BYTES).splitlines(), ""]
        except (OSError, ValueError):
            continue
    return found


def _pictures(folder: Path) -> dict[str, bytes]:
    found = {}
    for file in sorted((folder / PLOTS).glob("*.png")) if (folder / PLOTS).is_dir() else []:
        found[file.stem] = read_bytes(file, _MOST_PICTURE)
    return found
