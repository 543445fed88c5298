"""Shared by all tests. Standing here, it puts this folder on the import path: `from helpers.x import y`."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

from helpers.sounds import tone

# A busy machine is no failure.
settings.register_profile("vox", deadline=None)
settings.load_profile("vox")


@pytest.fixture
def make_corpus_csv(tmp_path: Path) -> Callable[..., Path]:
    """A function that writes tones and their CSV: labels x speakers x takes."""
    import soundfile

    def make(
        labels: tuple[str, ...] = ("low", "high"),
        speakers: tuple[str, ...] = ("ann", "ben", "cem", "dia", "eve"),
        takes: int = 4,
        folder: str = "corpus",
        rate: int = 16000,
    ) -> Path:
        root = tmp_path / folder
        (root / "audio").mkdir(parents=True)
        lines = ["file,speaker,gender,label,take"]
        for i, label in enumerate(labels):
            for j, speaker in enumerate(speakers):
                for take in range(takes):
                    name = f"audio/{label}_{speaker}_{take}.wav"
                    seed = 1000 * i + 10 * j + take
                    sound = tone(200 * (i + 1) + 10 * j, 0.2 + 0.01 * take, rate, seed)
                    soundfile.write(root / name, sound, rate)
                    lines.append(f"{name},{speaker},{'mf'[j % 2]},{label},{take}")
        (root / "table.csv").write_text("\n".join(lines) + "\n")
        return root / "table.csv"

    return make


@pytest.fixture
def write_experiment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """A function that writes an experiment file around the settings of one database and some more keys.

    What is kept between runs is kept in the test's own folder.
    """
    monkeypatch.setenv("VOX_CACHE", str(tmp_path / "cache"))

    def write(
        csv: Path | str, database: str = "", data: str = "", rest: str = "", name: str = "tones"
    ) -> Path:
        def indent(text: str, by: int) -> str:
            return "".join(" " * by + line + "\n" for line in text.strip().splitlines())

        path = tmp_path / "exp.yaml"
        path.write_text(
            f"name: tones\ndata:\n  databases:\n    tones:\n      path: {csv}\n"
            + indent(database, 6)
            + indent(data, 2)
            + indent(rest, 0)
        )
        return path

    return write


@pytest.fixture(scope="session")
def vox_data() -> Path:
    """The folder of real recordings; tests that want it are skipped where it is missing."""
    folder = os.environ.get("VOX_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("needs real recordings: set VOX_DATA to the folder that holds fsdd, commands, ...")
    return Path(folder)


@pytest.fixture(scope="session")
def vox_models() -> Path:
    """The folder of published .tflite networks; tests that want it are skipped where it is missing."""
    folder = os.environ.get("VOX_MODELS")
    if not folder or not Path(folder).is_dir():
        pytest.skip("needs published networks: set VOX_MODELS to the folder of kws_ref_model.tflite")
    return Path(folder)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="run slow matrices whole instead of a sample")


@pytest.fixture(scope="session")
def full(pytestconfig: pytest.Config) -> bool:
    """Whether slow matrices are run whole."""
    return bool(pytestconfig.getoption("--full"))
