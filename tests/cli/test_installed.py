"""vox-embed as a wheel installs it: in an empty folder, without a checkout; nothing is written into it."""

from __future__ import annotations

import csv
import inspect
import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import soundfile
import typer

from helpers.installed import content, install, run
from vox_embed.cli.main import COMMANDS

OWN_FILES = {
    "boards add": "a vendor's CMSIS-Pack",
    "cascade": "two trained models",
    "calibrate": "a detector and recordings of talk",
    "field": "recordings of talk",
    "import-tflite": "somebody's network",
    "wakeword": "recordings of talk; it trains a network",
    "compare": "two cross-validations",
    "ensemble": "three cross-validations",
    "multidb": "two databases",
    "import-ini": "a file of Nkululeko's",
    "emulate": "runs until it is stopped",
    "example": "is there already",
    "fetch": "npm's registry",
    "init": "a folder of recordings",
    "keys check": "a signed model",
}
"""Commands whose example is not run here, and what it wants."""
QUICK = ("boards", "data", "export", "flash", "keys new", "listen", "train")
"""Run every time; the others, of which some compile firmware, with --full."""


def _examples() -> Iterator[tuple[str, str]]:
    for name, command in COMMANDS.items():
        if isinstance(command, typer.Typer):
            yield from _examples_of_group(name, command)
        else:
            yield name, inspect.getdoc(command) or ""


def _examples_of_group(name: str, group: typer.Typer) -> Iterator[tuple[str, str]]:
    callback = group.registered_callback
    if callback is not None and callback.callback is not None:
        yield name, inspect.getdoc(callback.callback) or ""
    for inner in group.registered_commands:
        assert inner.callback is not None
        yield f"{name} {inner.name or inner.callback.__name__}", inspect.getdoc(inner.callback) or ""
    for further in group.registered_groups:
        assert further.typer_instance is not None
        yield from _examples_of_group(f"{name} {further.name}", further.typer_instance)


EXAMPLES = {
    name: line.partition("Example: ")[2]
    for name, text in _examples()
    for line in text.splitlines()
    if "Example: " in line and not name.startswith("learn ")  # all of them name files of their readers
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    place = install(tmp_path_factory.mktemp("install") / "site")
    before = content(place)
    yield place
    assert content(place) == before


@pytest.fixture(scope="module")
def folder(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the example was put."""
    place = tmp_path_factory.mktemp("empty")
    done = run(site, place, ["example"])
    assert done.returncode == 0, done.stderr
    return place


def _type(site: Path, folder: Path, line: str) -> subprocess.CompletedProcess[str]:
    program, *arguments = shlex.split(line)
    assert program == "vox-embed"
    return run(site, folder, arguments)


def test_an_example_stands_on_one_line() -> None:
    """Whoever copies a line has all of it."""
    for name, text in _examples():
        lines = [line.strip() for line in text.splitlines()]
        for line, following in zip(lines, [*lines[1:], ""], strict=True):
            assert not line.startswith("Example: ") or not following, f"{name}: {following}"


def test_every_command_has_an_example() -> None:
    assert set(COMMANDS) - {"learn"} <= {name.split()[0] for name in EXAMPLES}


@pytest.mark.parametrize("name", [n for n in EXAMPLES if n in QUICK])
def test_examples_of_help_run_as_typed(name: str, site: Path, folder: Path) -> None:
    done = _type(site, folder, EXAMPLES[name])
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("name", [n for n in EXAMPLES if n not in (*OWN_FILES, *QUICK)])
def test_longer_examples_of_help(name: str, site: Path, folder: Path, request: pytest.FixtureRequest) -> None:
    if not request.config.getoption("--full"):
        pytest.skip("takes a minute: --full")
    done = _type(site, folder, EXAMPLES[name])
    assert done.returncode == 0, done.stderr


DOCS = Path(__file__).parents[2] / "docs"
SAID_FOR_OTHERS = {"yes": "on", "no": "off", "_unknown_": "_unknown_"}
"""The example's clips stand in for recordings of the reader's own."""


def _recordings(folder: Path) -> None:
    """What the reader of a page has: words, voices, sounds of a machine."""
    table = list(csv.DictReader((folder / "example" / "table.csv").read_text().splitlines()))
    rows = [row for row in table if row["label"] in SAID_FOR_OTHERS]
    for row in rows:
        place = folder / "recordings" / SAID_FOR_OTHERS[row["label"]]
        place.mkdir(parents=True, exist_ok=True)
        name = f"anna_{1 + len(list(place.iterdir()))}.wav"
        samples, rate = soundfile.read(folder / "example" / row["file"], dtype="int16")
        soundfile.write(place / name, samples, rate)
    words = [row for row in rows if row["label"] in ("yes", "no")]
    voices = [f"example/{r['file']},{r['label']},{r['speaker']}" for r in words]
    (folder / "voices.csv").write_text("\n".join(["file,emotion,speaker", *voices]) + "\n")
    states = {"yes": "normal", "no": "fault"}
    motor = [
        f"example/{r['file']},{states[r['label']]},{'train' if i % 3 else 'test'}"
        for i, r in enumerate(words)
    ]
    (folder / "motor.csv").write_text("\n".join(["file,state,split", *motor]) + "\n")


@pytest.mark.slow
@pytest.mark.parametrize("page", ["start", "own-words", "emotion", "machine", "pico"])
def test_the_pages_that_begin_something_run_as_typed(
    page: str, site: Path, tmp_path: Path, full: bool
) -> None:
    """In an empty folder; their experiments are the files that the pages show."""
    if not full:
        pytest.skip("compiles firmware and trains: --full")
    text = (DOCS / f"{page}.md").read_text()
    for block in re.findall(r"^```yaml\n# (\S+\.yaml)\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        (tmp_path / block[0]).write_text(block[1])
    if page not in ("start", "pico"):
        assert run(site, tmp_path, ["example"]).returncode == 0
        _recordings(tmp_path)
    lines = [line.removeprefix("$ ") for line in text.splitlines() if line.startswith("$ vox-embed ")]
    assert len(lines) >= 3
    for line in lines:
        done = _type(site, tmp_path, line)
        assert done.returncode == 0, line + done.stderr


def test_firmware_is_built_in_the_cache(site: Path, folder: Path) -> None:
    done = run(site, folder, ["verify", "example", "--target", "native", "--clips", "3"])
    assert done.returncode == 0, done.stderr + done.stdout
    assert list((folder / "cache" / "builds").glob("*/build/native/vox-native"))


def test_a_cache_that_cannot_be_written_is_named(site: Path, folder: Path) -> None:
    (folder / "file").write_text("")
    code = "import os; os.environ['VOX_CACHE'] = 'file'; from vox_embed.cli.main import run; run()"
    done = run(site, folder, ["verify", "example", "--target", "native"], ["-c", code])
    assert done.returncode == 1
    assert "VOX_CACHE" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_board_is_not_added_to_an_installation(site: Path, folder: Path) -> None:
    done = run(site, folder, ["boards", "add", "--pack", "x.pack", "--device", "X"])
    assert done.returncode == 1
    assert "--out FOLDER" in done.stderr


def test_starts_without_what_posix_alone_has(site: Path, folder: Path) -> None:
    code = (
        "import sys\n"
        "for name in ('fcntl', 'termios', 'pty', 'tty', 'resource', 'pwd', 'grp'): sys.modules[name] = None\n"
        "import importlib, pkgutil, vox_embed\n"
        "for found in pkgutil.walk_packages(vox_embed.__path__, 'vox_embed.'):\n"
        "    if not found.name.endswith('__main__'):\n"
        "        importlib.import_module(found.name)\n"
        "from vox_embed.cli.main import main\n"
        "sys.exit(main(['listen', 'example', '--wav', 'example/clips/stop-080.flac']))\n"
    )
    done = run(site, folder, [], ["-c", code])
    assert done.returncode == 0, done.stderr
    assert "stop" in done.stdout


def test_completion_is_offered(site: Path, folder: Path) -> None:
    assert "--show-completion" in run(site, folder, ["--help"]).stdout


@pytest.mark.slow
def test_a_wheel_that_pip_installed_proves_a_model_within_minutes(tmp_path: Path, full: bool) -> None:
    """Built by pip, in a fresh environment, read-only; then the Start page up to a proof on the chip.

    How long that takes is printed (`pytest -s`).
    """
    if not full:
        pytest.skip("installs everything from the registry: --full")
    root, bare = Path(__file__).parents[2], {k: v for k, v in os.environ.items() if not k.startswith("VOX_")}
    source, empty = tmp_path / "source", tmp_path / "empty"
    subprocess.run(["git", "clone", "-q", str(root), str(source)], check=True)
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(tmp_path), str(source)]
    subprocess.run(command, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    empty.mkdir()
    subprocess.run([sys.executable, "-m", "venv", str(empty / "vox")], check=True)
    begun = time.monotonic()
    subprocess.run([str(empty / "vox" / "bin" / "pip"), "install", "-q", str(wheel)], check=True)
    (place,) = (empty / "vox").glob("lib/python*/site-packages/vox_embed")
    before = content(place)
    for path in sorted(place.rglob("*"), reverse=True):
        path.chmod(0o555 if path.is_dir() else 0o444)
    bare |= {"VOX_CACHE": str(empty / "cache"), "PYTHONDONTWRITEBYTECODE": "1"}
    for line in (
        "example",
        "train example/exp.yaml",
        "verify results/example --target qemu-m4 --clips 10",
        "flash results/example --out pico.uf2",
    ):
        program = str(empty / "vox" / "bin" / "vox-embed")
        done = subprocess.run(
            [program, *line.split()], cwd=empty, env=bare, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, line + done.stderr
        if line.startswith("verify"):
            print(f"pip install to a verified model: {time.monotonic() - begun:.0f} s")
    assert content(place) == before


@pytest.mark.slow
def test_wheel(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Built by pip as a stranger does, and its files are those that the quick tests lay out."""
    if not request.config.getoption("--full"):
        pytest.skip("compiles the module anew: --full")
    import zipfile

    root = Path(__file__).parents[2]
    source = tmp_path / "source"
    subprocess.run(["git", "clone", "-q", str(root), str(source)], check=True)
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(tmp_path), str(source)]
    subprocess.run(command, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("vox_embed/")}
    laid_out = set(content(install(tmp_path / "site")))
    tracked = {n for n in laid_out if "/_native" not in n}
    assert {n for n in packed if "/_native" not in n} == tracked
