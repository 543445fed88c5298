"""Cross-validation over values of any kind: every row is predicted once, and what is not is said."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import pytest
import soundfile

from helpers.sounds import tone
from vox_embed.cli.main import main
from vox_embed.gate.tables import csv_rows

SPEAKERS = ("a b", "a_b", "a/b", "A_B", "=1")
LABELS = ("unknown", "-2", "@ab", "silence")
EXPERIMENT = """
name: odd
data:
  databases: {tones: {path: table.csv, test_size: 25}}
features: {type: logmel, sample_rate: 8000, window_ms: 25, hop_ms: 20, bands: 8}
window: {length_ms: 200, stride_ms: 100, normalise: none, functionals: [mean]}
model: {type: forest, trees: 5, depth: 4}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Twenty clips of five speakers whose names look alike."""
    monkeypatch.setenv("VOX_RESULTS", str(tmp_path / "results"))
    monkeypatch.setenv("VOX_CACHE", str(tmp_path / "cache"))
    rows = [["file", "speaker", "label"]]
    for i, speaker in enumerate(SPEAKERS):
        for j, label in enumerate(LABELS):
            name = f"=s{i}_{j}.wav"
            soundfile.write(tmp_path / name, tone(300 * 2**j + 7 * i, 0.3, 8000, 10 * i + j), 8000)
            rows.append([name, speaker, label])
    with (tmp_path / "table.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    (tmp_path / "exp.yaml").write_text(EXPERIMENT, encoding="utf-8")
    return tmp_path


def test_speakers_that_look_alike_have_folds_of_their_own(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["cross-validate", str(project / "exp.yaml"), "--json"]
    assert main(command) == 0
    outcome = json.loads(capsys.readouterr().out)
    folder = project / "results" / "odd.folds"
    assert len(outcome["folds"]) == len(SPEAKERS)
    assert "speaker-a_b" not in {name.casefold() for name in outcome["folds"]}  # it looks like others
    rows = csv_rows((folder / "predictions.csv").read_text(encoding="utf-8"))
    assert len(rows) == 20
    assert Counter(row["speaker"] for row in rows) == dict.fromkeys(SPEAKERS, 4)
    assert len({row["file"] for row in rows}) == 20
    for fold in outcome["folds"]:
        assert len({row["speaker"] for row in rows if row["fold"] == fold}) == 1
    # A spreadsheet finds no formula, and verdicts are told from labels of their names.
    with (folder / "predictions.csv").open(encoding="utf-8", newline="") as lines:
        cells = [cell for row in csv.reader(lines) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "@", "+"))]
    assert {row["predicted"] for row in rows} <= {*LABELS, "(unknown)", "(silence)"}
    right = sum(row["label"] == row["predicted"] for row in rows) / 20
    assert right == pytest.approx(outcome["integer"]["accuracy"])
    assert main(command) == 0
    again = capsys.readouterr()
    assert again.err.count("trained before") == len(SPEAKERS)
    assert json.loads(again.out) == outcome

    # A fold's table that was cut, doubled or spoiled is not believed.
    place = folder / f"odd.{next(iter(outcome['folds']))}" / "predictions.csv"
    text = place.read_text(encoding="utf-8")
    lines = text.splitlines(keepends=True)
    for spoiled, said in (
        ("".join(lines[:-1]), "19 predictions for 20 rows; missing: "),
        (text + lines[-1], "21 predictions for 20 rows; more than once"),
        (text.replace("=s", "=t", 1), "not in the data"),
        (lines[0], "it has no rows"),
        (text[:-30], "cannot be read"),
        ("", "cannot be read"),
        (text.replace("unknown", "other"), "the label `other`"),
    ):
        place.write_text(spoiled, encoding="utf-8")
        assert main(command) == 1
        assert said in capsys.readouterr().err
    place.write_bytes(b"\xff\xfe")
    assert main(command) == 1
    assert "no valid UTF-8" in capsys.readouterr().err
    place.write_text(text, encoding="utf-8")
    (place.parent / "metrics.json").write_text("[" * 100_000, encoding="utf-8")
    assert main(command) == 1
    assert "metrics.json: cannot be read: nested" in capsys.readouterr().err


def test_a_column_without_anything_is_called_empty(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = (project / "table.csv").read_text().splitlines()
    (project / "table.csv").write_text(
        "\n".join(f"{line},{'' if i else 'fold'}" for i, line in enumerate(lines))
    )
    assert main(["cross-validate", str(project / "exp.yaml"), "--by", "fold"]) == 1
    said = capsys.readouterr().err
    assert "the data has no column `fold` with anything in it" in said
    assert "did you mean" not in said
