"""What cannot be written is said before any work is done: the file that was asked for, and what mends it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.installed import content
from vox_embed.cli.main import main

COMMANDS = (
    "train example/exp.yaml",
    "cross-validate example --folds 2",
    "flags example --vary model.type=svm,lda",
    "explore example",
    "example file/words",
    "segment example/clips --out file/pieces.csv",
    'augment example --set "augment={gain_db: [-3, 3]}" --show 2 --out file/shown',
    'augment example --set "augment={gain_db: [-3, 3]}" --out file/changed',
    "predict example example/clips --out file/heard.csv",
    "flash example --target rp2040 --out file/pico.uf2",
    "keys new file/product",
    "init example/table.csv --out file/own.yaml",
    "export example --target c99 --out file/c",
    "export example --target vxm --out file/vxm",
    "monitor example --target native --duration 1 --log file/live.jsonl",
)
"""`file` is a file, so that nothing can lie in it, whoever asks (root writes into any folder)."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reader")


@pytest.fixture
def reader(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("VOX_RESULTS", "file/results")
    monkeypatch.setenv("VOX_CACHE", str(folder / "cache"))
    if not (folder / "file").exists():
        (folder / "file").write_text("")
        assert main(["example"]) == 0
    yield folder


@pytest.mark.parametrize("command", COMMANDS)
def test_before_any_work(command: str, reader: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = content(reader)
    capsys.readouterr()
    assert main(shlex.split(command)) == 1
    said = capsys.readouterr()
    error, hint, *further = said.err.splitlines()
    assert error.startswith("error: file/") and hint.startswith("hint: ") and not further
    assert ".new" not in error and ".probe" not in error and ".building" not in error
    assert said.out == ""
    assert content(reader) == before
