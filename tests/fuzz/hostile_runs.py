"""Runs cases of hostile_inputs.py through the real command line, each in a fork of bounded memory and time.

By hand: .venv/bin/python tests/fuzz/hostile_runs.py FIRST LAST
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parent)]

from hostile_inputs import Case, case

from helpers.boards import hello
from vox_embed.cli.main import main
from vox_embed.core import LinkDecoder, link_encode
from vox_embed.device import targets
from vox_embed.spec.link import AckPayload, Query, Reply, Request

MEMORY = 2 << 30
PROCESSOR_SECONDS = 30
"""Cross-validation with all its pictures takes 9 or 10 of them: a slow processor makes nothing a hang."""
ASLEEP_SECONDS = 10
"""Of waiting for anything but a processor: a busy machine makes nothing a hang."""
_WORDS = ("rror", "differ", "not proven")


@dataclass(frozen=True)
class Outcome:
    """What became of a case."""

    name: str
    command: list[str]
    status: int
    said: str
    peak: int
    """Bytes."""
    seconds: float
    """Of the processor."""
    asleep: float
    """Seconds of waiting."""

    @property
    def fault(self) -> str | None:
        """What is wrong with it."""
        if "Traceback (most recent call last)" in self.said:
            return "traceback"
        if self.status in (-signal.SIGXCPU, -signal.SIGKILL):
            return "hang"
        if self.status not in (0, 1, 2):
            return f"status {self.status}"
        if self.peak > MEMORY or "not enough memory" in self.said:
            return "memory"
        if self.status and not any(word in self.said for word in _WORDS):
            return "nothing said"
        return None


class _Board:
    """A port whose other end answers as the case says."""

    name = "board"

    def __init__(self, made: Case) -> None:
        self._case = made
        self._decoder = LinkDecoder()
        self._out = bytearray()
        self._sequence = 0

    def read(self) -> bytes:
        if not self._out:
            time.sleep(0.002)
        data, self._out = bytes(self._out), bytearray()
        return data

    def write(self, data: bytes) -> None:
        for kind, sequence, payload in self._decoder.feed(data):
            said = list(self._case.answers or [])
            if self._case.honest:
                if kind == Request.QUERY and payload[:1] == bytes([Query.HELLO]):
                    said.insert(0, (Reply.HELLO, hello()))
                said.append((Reply.ACK, AckPayload(kind, sequence, 0).pack()))
            for reply, content in said:
                self._out += link_encode(reply, self._sequence & 0xFF, content[:240])
                self._sequence += 1

    def close(self) -> None:
        return


def run(number: int, folder: Path) -> Outcome:
    """The case of a number; folder: an empty one, for its files."""
    return run_case(case(number), folder)


def run_case(made: Case, folder: Path) -> Outcome:
    """One case in a fork."""
    made.write(folder)
    said = folder / ".said"
    pid = os.fork()
    if pid == 0:
        _child(made, folder, said)
    status, usage, asleep = _watch(pid)
    text = said.read_bytes().decode("utf-8", "replace") if said.is_file() else ""
    seconds = usage.ru_utime + usage.ru_stime
    return Outcome(
        made.name,
        made.command,
        os.waitstatus_to_exitcode(status),
        text,
        usage.ru_maxrss << 10,
        seconds,
        asleep,
    )


def _watch(pid: int) -> tuple[int, resource.struct_rusage, float]:
    """A process to its end, or until it has waited too long: status, usage, seconds that it waited."""
    asleep, last = 0.0, time.monotonic()
    while True:
        done, status, usage = os.wait4(pid, os.WNOHANG)
        if done:
            return status, usage, asleep
        now = time.monotonic()
        if _idle(pid):
            asleep += min(now - last, 0.1)  # what is longer, this process waited itself
        last = now
        if asleep > ASLEEP_SECONDS:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.004)


def _idle(pid: int) -> bool:
    """It sleeps, and not for a compiler or another process that it started."""
    state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    return state in "SD" and not Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").strip()


def _child(made: Case, folder: Path, said: Path) -> None:
    """Never returns."""
    status = 99
    try:
        _redirect(said)
        os.chdir(folder)
        os.environ |= {"VOX_RESULTS": "results", "VOX_CACHE": str(folder / "cache"), **made.environment}
        room = _in_use() + MEMORY
        resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_SECONDS, PROCESSOR_SECONDS + 1))
        resource.setrlimit(resource.RLIMIT_AS, (room, room))
        if made.answers is not None:
            board: Any = _Board(made)
            targets.SerialPort = lambda *_: board  # type: ignore[misc, assignment]
        status = main(made.command)
    except BaseException:
        import traceback

        traceback.print_exc(file=sys.stderr)
        status = 98
    finally:
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def _redirect(said: Path) -> None:
    out = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    for number in (1, 2):
        os.dup2(out, number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for stream, number in (("stdout", 1), ("stderr", 2)):
        file = open(number, "w", encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
        setattr(sys, stream, file)


def _in_use() -> int:
    """Bytes of addresses that this process has mapped already, its libraries among them."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()


def preload() -> None:
    """What most commands import, once for all forks."""
    import pandas  # noqa: F401
    import rich.progress  # noqa: F401
    import sklearn.ensemble
    import sklearn.tree  # noqa: F401
    import soxr  # noqa: F401

    import vox_embed.runs
    import vox_embed.runs.cross  # noqa: F401


def survey(first: int, last: int) -> int:
    """Runs cases and says what became of them, command by command; the number of faults."""
    preload()
    faults: Counter[str] = Counter()
    commands: dict[str, list[Outcome]] = {}
    for number in range(first, last):
        with tempfile.TemporaryDirectory(prefix="hostile-") as place:
            outcome = run(number, Path(place))
        commands.setdefault(outcome.command[0], []).append(outcome)
        if outcome.fault:
            faults[outcome.fault] += 1
            said = f"--- {outcome.name}: {outcome.fault}: {outcome.command}\n{outcome.said[-1500:]}"
            print(said.encode("ascii", "backslashreplace").decode(), flush=True)
        if number % 100 == 99:
            print(f"{number + 1 - first} of {last - first}", flush=True)
    for command, outcomes in sorted(commands.items()):
        print(f"{command:15} {_summary(outcomes)}")
    every = [outcome for outcomes in commands.values() for outcome in outcomes]
    print(f"{last - first} cases, faults {dict(faults)}: {_summary(every)}")
    return sum(faults.values())


def _summary(outcomes: list[Outcome]) -> str:
    refused = sum(outcome.status != 0 for outcome in outcomes)
    slowest = max(outcome.seconds for outcome in outcomes)
    idlest = max(outcome.asleep for outcome in outcomes)
    largest = max(outcome.peak for outcome in outcomes)
    return (
        f"{len(outcomes)} runs, {refused} refused; at most {slowest:.1f} s of processor, "
        f"{idlest:.1f} s of waiting, {largest >> 20} MiB"
    )


if __name__ == "__main__":
    sys.exit(min(1, survey(int(sys.argv[1]), int(sys.argv[2]))))
