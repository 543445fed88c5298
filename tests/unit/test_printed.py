"""Figures on paper: LaTeX that nothing breaks, and a PDF with every table and picture."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from vox_embed.cli.main import main
from vox_embed.report.metrics import score
from vox_embed.report.plots import confusion_plot, png
from vox_embed.report.printed import escaped, latex_of, pdf_of, tables_of

LABELS = ("a_b", "50 %", "x & y", "$")


def metrics() -> dict[str, object]:
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 4, 60)
    one = score(truth, np.where(rng.random(60) < 0.8, truth, rng.integers(0, 4, 60)), LABELS)
    return {
        "integer": one.brief(),
        "float": one.brief(),
        "integer_details": one.to_dict(),
        "float_details": None,
    }


@pytest.fixture
def results(tmp_path: Path) -> Path:
    folder = tmp_path / "my_run"
    (folder / "plots").mkdir(parents=True)
    (folder / "metrics.json").write_text(json.dumps(metrics()))
    (folder / "experiment.resolved.yaml").write_text("name: my_run\nseed: 7\n")
    picture = png(confusion_plot(((3, 1), (0, 4)), ("a", "b"), ("a", "b"), "light"))
    (folder / "plots" / "confusion.png").write_bytes(picture)
    return folder


def test_tables() -> None:
    made = {table.key: table for table in tables_of(metrics())}
    assert list(made) == ["figures", "classes", "confusion"]
    assert made["figures"].heads == ("", "integer", "95 % interval", "float", "95 % interval")
    assert [row[0] for row in made["figures"].rows] == ["accuracy", "UAR"]
    assert [row[0] for row in made["classes"].rows] == list(LABELS)
    for table in made.values():
        assert {len(row) for row in table.rows} == {len(table.heads)}


def test_latex_is_escaped_and_whole() -> None:
    text = latex_of(tables_of(metrics()), "my_run")
    assert text.count(r"\begin{table}") == text.count(r"\end{table}") == 3
    assert r"a\_b" in text
    assert r"50 \%" in text
    assert r"x \& y" in text
    body = re.sub(r"\\[a-z]+(\[[a-z]+\])?(\{[^{}]*\})?|\\.", "", text.split("\n", 1)[1])
    assert not re.search(r"[%$#_]", body)
    for block in re.findall(r"\\midrule\n(.*?)\\bottomrule", text, re.S):
        counts = {len(re.findall(r"(?<!\\)&", line)) for line in block.strip().splitlines()}
        assert len(counts) == 1
    assert escaped("\\{x}^~") == r"\textbackslash{}\{x\}\textasciicircum{}\textasciitilde{}"


def test_folds_and_regressions() -> None:
    folds = {
        "integer": {"mae": 1.5, "mae_ci95": [1, 2], "ccc": None, "ccc_ci95": None},
        "folds": {"speaker-a": {"mae": 1.0, "clips": 3}, "speaker-b": {"mae": 2.0, "clips": 4}},
    }
    figures, by_fold = tables_of(folds)
    assert figures.rows == (("CCC", "-", ""), ("MAE", "1.5000", "1.0000 .. 2.0000"))
    assert by_fold.rows[0] == ("speaker-a", "3", "1.0000")
    with pytest.raises(ValueError, match="no figures"):
        tables_of({})


def test_a_pdf_has_all_pages_and_the_same_bytes(results: Path, tmp_path: Path) -> None:
    for name in ("a.pdf", "b.pdf"):
        assert main(["report", str(results), "--pdf", str(tmp_path / name)]) == 0
    data = (tmp_path / "a.pdf").read_bytes()
    assert data == (tmp_path / "b.pdf").read_bytes()
    assert data.startswith(b"%PDF-")
    assert data.count(b"/Type /Page\n") + data.count(b"/Type /Page ") == 5
    many = tables_of(metrics())[2]
    wide = type(many)(
        "w", "wide", ("t", *map(str, range(40))), tuple((str(i), *["1"] * 40) for i in range(90))
    )
    pages = pdf_of("x", [], [wide], {})
    assert pages.count(b"/Type /Page\n") + pages.count(b"/Type /Page ") == 1 + 4 * 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["{}"], "nothing to write"),
        (["nowhere", "--pdf", "x.pdf"], "nowhere"),
        (["{}/plots", "--latex", "x.tex"], "neither an experiment folder"),
    ],
)
def test_bad_input(  # noqa: PLR0917
    arguments: list[str],
    said: str,
    results: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["report", *(one.format(results) for one in arguments)]) == 1
    assert re.search(said, capsys.readouterr().err)
    assert not list(tmp_path.glob("x.*"))


def test_damaged_results(results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (results / "metrics.json").write_text("{")
    assert main(["report", str(results), "--latex", str(tmp_path / "x.tex")]) == 1
    assert "metrics.json: cannot be read" in capsys.readouterr().err
