"""vox-embed as a wheel installs it: in an empty folder, without a checkout; nothing is written into it."""

from __future__ import annotations

import inspect
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
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
            callback = command.registered_callback
            if callback is not None and callback.callback is not None:
                yield name, inspect.getdoc(callback.callback) or ""
            for inner in command.registered_commands:
                assert inner.callback is not None
                yield f"{name} {inner.name or inner.callback.__name__}", inspect.getdoc(inner.callback) or ""
        else:
            yield name, inspect.getdoc(command) or ""


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


START = [
    line.removeprefix("$ ")
    for line in (Path(__file__).parents[2] / "docs" / "start.md").read_text().splitlines()
    if line.startswith("$ vox-embed ")
]


@pytest.mark.slow
def test_the_start_page_runs_as_typed(site: Path, tmp_path: Path, full: bool) -> None:
    if not full:
        pytest.skip("compiles firmware anew: --full")
    for line in START:
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
        "    room = found.name.split('.')[1]\n"
        "    if room in ('cli', 'data', 'device', 'experiment', 'gate', 'export'):\n"
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
