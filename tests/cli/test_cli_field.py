"""field: as a user types it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from helpers.tiny_model import CLIPS, RATE, clip, tiny_model
from helpers.typed import typed

VOX_EMBED = [sys.executable, "-m", "vox_embed.cli.main"]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model, three words and 20 s of other sounds."""
    folder = tmp_path_factory.mktemp("field")
    (folder / "tiny.vxm").write_bytes(tiny_model())
    (folder / "talk").mkdir()
    (folder / "words").mkdir()
    talk = np.concatenate([clip(kind, 3.0) for kind in CLIPS])
    soundfile.write(folder / "talk" / "day.wav", talk, RATE)
    rows = ["file,label,speaker,gender"]
    for i, kind in enumerate(("bursts", "tone", "chirp")):
        soundfile.write(folder / "words" / f"{i}.wav", clip(kind, 0.9), RATE)
        rows.append(f"{i}.wav,yes,s{i},{'fm'[i % 2]}")
    (folder / "words" / "words.csv").write_text("\n".join(rows) + "\n")
    return folder


def vox(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    around = {"VOX_RESULTS": str(folder / "results"), "VOX_CACHE": str(folder / "cache" / "f")}
    return typed(*arguments, cwd=folder, **around)


def test_figures_page_lists_and_clips(project: Path) -> None:
    done = vox(
        project, "field", "tiny.vxm", "--positives", "words/words.csv", "--negatives", "talk", "--jobs", "1",
        "--json", "--worst", "3",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    values = json.loads(done.stdout)
    folder = project / "results" / "tiny" / "field"
    kept = json.loads((folder / "field.json").read_text())
    assert kept == values
    assert set(values["labels"]) == {"yes", "no"}
    assert values["labels"]["yes"]["words"] == 3
    assert [len(values["positives"]["by"][group]) for group in ("speaker", "gender")] == [3, 2]
    assert len(values["worst"]) >= 1
    for one in values["worst"]:
        sound, rate = soundfile.read(folder / one["clip"])
        assert rate == RATE
        assert len(sound) > 0.4 * RATE
    page = (folder / "field.html").read_text()
    assert "<script" not in page
    assert values["worst"][0]["clip"] in page
    listed = (folder / "false_accepts.csv").read_text().splitlines()
    assert len(listed) == values["negatives"]["false_accepts"] + 1
    again = vox(
        project, "field", "tiny.vxm", "--negatives", "talk", "--plain", "--jobs", "1", "--out", "other"
    )
    assert again.returncode == 0, again.stderr
    assert "an hour" in again.stdout
    assert (project / "other" / "field.html").is_file()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "nothing to play"),
        (("--negatives", "nowhere"), "nowhere"),
        (("--positives", "words/words.csv", "--where", "speaker"), "COLUMN=VALUE"),
        (("--positives", "words/words.csv", "--where", "speaker=s9"), "no row"),
        (("--negatives", "talk", "--noise", "words/none"), "no audio files"),
    ],
)
def test_mistakes_are_named(project: Path, arguments: tuple[str, ...], says: str) -> None:
    done = vox(project, "field", "tiny.vxm", *arguments)
    assert done.returncode == 1
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_an_operating_point_is_written_into_the_model(project: Path) -> None:
    words = project / "both"
    words.mkdir(exist_ok=True)
    rows = ["file,label"]
    for i, (kind, label) in enumerate((("bursts", "yes"), ("tone", "no"), ("chirp", "yes"), ("noise", "no"))):
        soundfile.write(words / f"{i}.wav", clip(kind, 0.9), RATE)
        rows.append(f"{i}.wav,{label}")
    (words / "words.csv").write_text("\n".join(rows) + "\n")
    common = ("--positives", "both/words.csv", "--negatives", "talk", "--jobs", "1")
    done = vox(
        project, "calibrate", "tiny.vxm", *common, "--fa-per-hour", "200", "--out", "set.vxm", "--json"
    )
    assert done.returncode == 0, done.stderr
    values = json.loads(done.stdout)
    assert set(values["labels"]) == {"yes", "no"}
    assert json.loads((project / "set.operating.json").read_text()) == values
    assert (project / "set.reliability.png").read_bytes().startswith(b"\x89PNG")
    assert any("few for 200" in note or "hours" in note for note in values["notes"]) or not values["notes"]
    after = vox(project, "field", "set.vxm", *common, "--plain", "--json", "--out", "after")
    assert after.returncode == 0, after.stderr
    stated = json.loads(after.stdout)["labels"]
    for label, one in values["labels"].items():
        assert (stated[label]["false_accepts"], stated[label]["hits"]) == (
            one["false_accepts"],
            one["words"] - one["missed"],
        )
    assert (project / "tiny.vxm").read_bytes() == tiny_model()
    wrong = vox(project, "calibrate", "tiny.vxm", "--positives", "words/words.csv", "--fa-per-hour", "1")
    assert wrong.returncode == 1
    assert "no positive holds `no`" in wrong.stderr
    neither = vox(project, "calibrate", "tiny.vxm", *common)
    assert neither.returncode == 1
    assert "--fa-per-hour" in neither.stderr
