"""Every command of every document runs: as it is typed, or as docs_commands.toml says.

Some seconds of it each time, everything with --full.
"""

from __future__ import annotations

import importlib.metadata
import os
import re
import shlex
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from helpers.page_folder import FILES, checkout, prepare
from helpers.pages import PAGES, ROOT, Command, commands_of
from helpers.typed import typed

TABLE: dict[str, Any] = tomllib.loads((Path(__file__).parent / "docs_commands.toml").read_text())
NOT_RUN: dict[str, str] = TABLE.pop("not_run")
PORTS = re.compile(r"/dev/tty(ACM|USB)0")
SAMPLE = ("design", "web", "docs/README", "troubleshooting")
"""Pages of which one is run every time, another each day."""


@dataclass(frozen=True)
class Page:
    """How a page's commands are run."""

    folder: str = "reader"
    files: list[str] = field(default_factory=list)
    before: list[str] = field(default_factory=list)
    cwd: str = "."
    instead: dict[str, str] = field(default_factory=dict)
    interrupt: dict[str, float] = field(default_factory=dict)


def page_of(name: str) -> Page:
    return Page(**TABLE.get(name, {}))


def is_mention(command: Command) -> bool:
    """A name in a sentence, without what it is to do: `vox-embed train`."""
    words = command.text.split()
    named = all(re.fullmatch(r"[a-z-]+", word) and word[0] != "-" for word in words[1:])
    return not command.in_block and words[0] == "vox-embed" and named and words[1] not in _ALONE


_ALONE = ("boards", "example")
ALL = {name: [one for one in commands_of(name) if not is_mention(one)] for name in PAGES}


# --- kinds that are checked instead of started


def _pytest(command: str) -> None:
    """The suite runs it; what it names is there."""
    words = [word for word in shlex.split(command) if "/" in word and not word.startswith("-")]
    assert words
    assert all(list(ROOT.glob(word.removeprefix("./"))) for word in words if "=" not in word), command


def _pip(command: str) -> None:
    """Packages that this environment was made of, extras that there are."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    known = set(project["optional-dependencies"])
    for word in shlex.split(command)[2:]:
        name, _, extras = word.rstrip("]").partition("[")
        assert importlib.metadata.version(name), command
        assert set(filter(None, extras.split(","))) <= known, command


def _make(command: str) -> None:
    """A target of the Makefile, whose script is there. CI runs `make test` itself."""
    target = command.split()[1]
    rule = re.search(rf"^{target}:.*\n\t@(\S+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert rule is not None, command
    assert (ROOT / rule[1]).is_file(), command


KINDS = {"pytest": _pytest, "pip": _pip, "make": _make}


def kind_of(command: str) -> str:
    words = [word for word in command.split() if not re.match(r"[A-Z_]+=", word)]
    return words[0]


# --- running


@contextmanager
def device(folder: Path, image: str) -> Iterator[str]:
    """The name of a pseudo terminal behind which the device program of this computer listens to noise."""
    sound = folder / "heard.raw"
    sound.write_bytes(os.urandom(2 * 8000 * 30))
    process = subprocess.Popen([image, "--pty", "--audio", str(sound)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture(scope="session")
def image() -> str:
    from vox_embed.device.boards import find_board
    from vox_embed.device.targets import build_image

    return str(build_image(find_board("native")))


def environment() -> dict[str, str]:
    tools = Path(sys.executable).parent
    around = {**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "110"}
    around.pop("VOX_RESULTS", None)
    around["PLATFORMIO_SETTING_ENABLE_TELEMETRY"] = "No"
    return around


def start(command: str, cwd: Path, around: dict[str, str], seconds: float | None) -> tuple[int, str]:
    """Status and output of a line of shell; seconds: until Ctrl-C."""
    if seconds is not None:
        # A shell starts background jobs with SIGINT ignored, and their children would ignore it, too.
        heard = "signal.signal(signal.SIGINT, signal.SIG_DFL); os.execvp(sys.argv[1], sys.argv[1:])"
        command = f"exec {sys.executable} -c 'import os, signal, sys; {heard}' {command}"
    with subprocess.Popen(
        ["bash", "-c", command], cwd=cwd, env=around, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL, text=True, start_new_session=True,
    ) as process:  # fmt: skip
        try:
            if seconds is not None:
                time.sleep(seconds)
                assert process.poll() is None, process.communicate()[0]
                process.send_signal(signal.SIGINT)
            out, _ = process.communicate(timeout=3000)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    return process.returncode, out


def quicker(command: str, page: Page, cwd: Path, around: dict[str, str]) -> tuple[int, str] | None:
    """vox-embed in this process, which has all imported; None where a shell has something to do."""
    words = shlex.split(command)
    if page.folder != "reader" or words[0] != "vox-embed" or set("&|;$<>~") & set(command):
        return None
    done = typed(*words[1:], cwd=cwd, **around)
    return done.returncode, done.stdout + done.stderr


def run_page(name: str, folder: Path, image: str) -> int:
    """How many of its commands were started."""
    page, count = page_of(name), 0
    around = environment()
    if page.folder == "checkout":
        checkout(folder)
        around["VOX_PROJECT"] = str(folder)
    prepare(folder, name, page.files)
    if name == "pico":
        (folder / "RPI-RP2").mkdir()
        (folder / "RPI-RP2" / "INFO_UF2.TXT").write_text("UF2 Bootloader v3.0\nBoard-ID: RPI-RP2\n")
    cwd = folder / page.cwd
    for line in page.before:
        status, out = quicker(line, page, cwd, around) or start(line, cwd, around, None)
        assert status == 0, f"{line}\n{out}"
    for command in ALL[name]:
        text = page.instead.get(command.text, command.text)
        if command.text in NOT_RUN or (command.text not in page.instead and kind_of(text) in KINDS):
            continue
        if "VOX_DATA=..." in text:
            text = text.replace("VOX_DATA=...", "")
        if _wants_data(command.text) and "VOX_DATA" not in os.environ:
            continue
        text = text.replace("ROOT/", f"{ROOT}/")
        with device(folder, image) as port:
            text = PORTS.sub(port, text).replace("SOCKET", port)
            begun = time.monotonic()
            seconds = page.interrupt.get(command.text)
            done = quicker(text, page, cwd, around) if seconds is None else None
            status, out = done or start(text, cwd, around, seconds)
            print(f"{time.monotonic() - begun:6.1f} s  {text}")
        fine = (0, 130, -signal.SIGINT) if command.text in page.interrupt else (0,)
        assert status in fine, f"{name}: {text}\n{out[-4000:]}"
        count += 1
    return count


def _wants_data(command: str) -> bool:
    return "VOX_DATA" in command or "bench/field" in command or "bench/experiments" in command


# --- tests


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in PAGES if ALL[name]])
def test_every_command_of_a_page_runs(name: str, tmp_path: Path, image: str, full: bool) -> None:
    if not full:
        pytest.skip("all pages take an hour: --full")
    run_page(name, tmp_path, image)


def test_a_page_runs(tmp_path: Path, image: str) -> None:
    """Another one each day."""
    name = SAMPLE[int(time.time() // 86400) % len(SAMPLE)]
    assert run_page(name, tmp_path, image) >= 1


@pytest.mark.parametrize("name", [name for name in PAGES if ALL[name]])
def test_what_is_not_started_is_checked(name: str) -> None:
    for command in ALL[name]:
        if command.text not in page_of(name).instead and command.text not in NOT_RUN:
            KINDS.get(kind_of(command.text), lambda _: None)(command.text)


def test_the_table_is_about_commands_that_are_there() -> None:
    everything = {one.text for commands in ALL.values() for one in commands}
    assert set(NOT_RUN) <= everything
    assert all(NOT_RUN.values())
    for name in TABLE:
        page, own = page_of(name), {one.text for one in commands_of(name)}
        assert set(page.instead) <= own, name
        assert set(page.interrupt) <= own, name
        assert set(page.files) <= set(FILES), name


def test_most_commands_are_run() -> None:
    everything = [one.text for commands in ALL.values() for one in commands]
    assert len(everything) > 250
    assert len(NOT_RUN) < len(everything) / 10
