"""Where results go is looked at before the work, and nothing else is lost there."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from vox_embed.cli.console import output
from vox_embed.data.audio import read_audio
from vox_embed.data.synth import Recipe, parse_words
from vox_embed.data.synth.make import check_folder, make_corpus
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.results import check_place, recover
from vox_embed.gate.files import check_output, write_atomic
from vox_embed.report.field_plots import det_png
from vox_embed.report.plots import confusion_plot, png
from vox_embed.runs.calibrate import check_calibrated
from vox_embed.runs.field import _table, check_field


@pytest.fixture
def odd(tmp_path: Path) -> dict[str, Path]:
    """What may stand where a file is to be."""
    places = {name: tmp_path / name for name in ("pipe", "folder", "file", "link")}
    os.mkfifo(places["pipe"])
    places["folder"].mkdir()
    (places["folder"] / "kept").write_text("x")
    places["file"].write_text("x")
    places["link"].symlink_to(places["folder"])
    return places


def test_files_replace_files_and_links_alone(odd: dict[str, Path], tmp_path: Path) -> None:
    for place in (odd["pipe"], odd["folder"], Path(), Path("/"), odd["file"] / "x", tmp_path / "a\0b"):
        with pytest.raises(OSError):
            check_output(place)
    for place in (odd["pipe"], odd["folder"]):
        with pytest.raises(OSError, match="not a file"):
            write_atomic(place, "y")
    before = sorted(tmp_path.iterdir())
    for place in (odd["file"], odd["link"], tmp_path / "new" / "deep" / "x"):
        check_output(place)
    assert sorted(tmp_path.iterdir()) == before
    write_atomic(odd["link"], "y")
    assert (odd["folder"] / "kept").read_text() == "x" and odd["link"].read_text() == "y"


@pytest.mark.parametrize("name", [".", "", "..", "folder", "link", "file", "pipe", "file/x"])
def test_a_field_report_replaces_reports_alone(
    name: str, odd: dict[str, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises((VoxError, OSError)):
        check_field(Path(name))
    (odd["folder"] / "field.json").write_text("{}")
    check_field(Path("folder"))
    check_field(Path("new/field"))
    assert (odd["folder"] / "kept").is_file() and not Path("new").exists()


@pytest.mark.parametrize("name", ["", ".", "x.wav", "m", "folder.vxm", "file/m.vxm"])
def test_a_calibrated_model_goes_into_a_model_file(
    name: str, odd: dict[str, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.vxm").mkdir()
    with pytest.raises((VoxError, OSError)):
        check_calibrated(Path(name))
    check_calibrated(Path("m.vxm"))
    assert odd["file"].is_file()


def test_tables_of_a_field_test_hold_no_formulas() -> None:
    rows = [{"file": "=cmd|' /C calc'!A0", "label": "@x", "mistaken_for": "a\x1b[2J", "other": 1}]
    assert _table(rows, ("file", "label", "mistaken_for")).splitlines() == [
        "file,label,mistaken_for",
        "'=cmd|' /C calc'!A0,'@x,a\ufffd[2J",
    ]


@pytest.mark.parametrize("words", ["=cmd", "@x", "-1", "a\x1b[2Jb", "a\u202eb", "x" * 48, "\udcff", "--"])
def test_words_that_are_no_labels(words: str) -> None:
    with pytest.raises(VoxError, match="--words"):
        parse_words(words)


def test_synthetic_sets_that_could_not_be_written(odd: dict[str, Path], tmp_path: Path) -> None:
    for place in (odd["link"], odd["folder"], odd["file"], odd["pipe"], odd["file"] / "x", Path()):
        with pytest.raises(VoxError):
            check_folder(place)
    for recipe in (
        Recipe(("a",), languages=()),
        Recipe(("Yes", "yES")),
        Recipe(("a b", "a_b")),
        Recipe(("a",), per_word=10**9),
    ):
        with pytest.raises(VoxError):
            make_corpus(recipe, tmp_path / "out")


def test_names_that_are_no_utf8(tmp_path: Path) -> None:
    """Folders and files of sound, to read and to write."""
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/a\xffb"))
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("the file system takes UTF-8 only")
    make_corpus(Recipe(("yes",), per_word=1, unknown=0, silence=0, voices=2), folder / "s", 1)
    sound = next((folder / "s").rglob("*.flac"))
    assert len(read_audio(sound, 16000)) == 16000


def test_what_a_swap_would_stumble_over(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / ".tones.old").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(VoxError, match=r"\.tones\.old is a link"):
        check_place("tones", tmp_path)
    recover(tmp_path, "tones")
    assert not (tmp_path / "tones").exists()
    (tmp_path / ".tones.old").unlink()
    (tmp_path / ".tones.old").write_text("x")
    with pytest.raises(VoxError, match="in the way"):
        check_place("tones", tmp_path)


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-", ">/dev/full"])
def test_closed_and_full_streams(closed: str, tmp_path: Path) -> None:
    command = f'"{sys.executable}" -m vox_embed.cli.main boards {closed}'
    done = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == ("full" in closed)
    assert "Traceback" not in done.stderr and "Exception" not in done.stderr


@pytest.mark.parametrize("columns", ["9" * 5000, "²", "-1", "0", "1e9", ""])
def test_a_width_that_is_none(columns: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("LINES", columns)
    assert 40 <= output().width < 1000


@pytest.mark.parametrize("name", ["$\\frac{$", "$x$", "_silence_", "日本語", "$"])
def test_labels_in_plots_are_no_formulas(name: str) -> None:
    curve = {"words": 3, "hours": 1.0, "false_accepts": [0, 1], "missed": [1, 0]}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert det_png({name: {"curve": curve}, "b": {"curve": curve}})
        assert png(confusion_plot([[1, 2], [3, 4]], [name, "b"]))
