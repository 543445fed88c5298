"""Functions without call graph (C library, libgcc, assembly): frames and calls from the disassembly."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.needs import need_programs

_HEAD = re.compile(r"^[0-9a-f]+ <([^>]+)>:$")
_LINE = re.compile(r"^\s*([0-9a-f]+):\t(\S+)(?:\s+(.*))?$")
_TARGET = re.compile(r"(?:^|[,\s])(?:0x)?([0-9a-f]+) <([^>+]+)>")
_LIST = re.compile(r"\{([^}]*)\}")
_NUMBER = r"#?\$?-?(0x[0-9a-f]+|\d+)"
_GROWTH = (
    re.compile(rf"^sub\w*(?:\.w)?\tsp, (?:sp, )?{_NUMBER}"),  # Arm
    re.compile(rf"^str\w*(?:\.w)?\t.*\[sp, {_NUMBER}\]!"),
    re.compile(rf"^(?:c\.)?addi(?:16sp)?\tsp,(?:sp,)?-{_NUMBER}"),  # RISC-V
    re.compile(rf"^add\tsp,sp,-{_NUMBER}"),
    re.compile(rf"^sub[lq]?\t{_NUMBER},%[er]sp"),  # x86
)
_PUSH = re.compile(r"^(v?push(?:\.w)?|v?stmdb)\t(?:sp!, )?\{")
_BRANCH = re.compile(r"^(b|cb|j|call|tail)[a-z.]*\t")
_ENDS = re.compile(
    r"^(b(?:\.[nw])?|bx|bl|j|jr|c\.j|c\.jr|jmp|ret|tail|call|udf|bkpt|ebreak|mret|ldr(?:\.w)?\tpc,.*|\.\w+|\.\.\.)(\t|$)"
    r"|pop.*pc\}|ldm.*pc\}"
)
"""Instructions behind which control does not go on to the next: a call there is of what never returns."""
_PADDING = ("nop", "c.nop", "movs\tr0, r0")
"""Behind a return; the last is how zeros look."""
_VENEER = re.compile(r"__(\w+)_veneer$")
"""What the linker puts in between where a branch does not reach."""
_INDIRECT = re.compile(r"^(?:blx?\tr\d|bx\t(?:r\d|ip)|jalr\t|jr\t(?!ra)|c\.jalr\t|call\t\*|jmp\t\*)")


@dataclass(frozen=True)
class Code:
    """One function of the image."""

    frame: int
    """Bytes that its instructions push, all added up: an upper bound where none of them is in a loop."""
    calls: frozenset[str]
    indirect: bool
    """It calls or jumps through a pointer; for compiled switches that is so without a call."""


class Disassembly:
    """An image as objdump shows it."""

    def __init__(self, elf: Path, prefix: str) -> None:
        tool = f"{prefix}objdump"
        need_programs("bounding the stack", [tool])
        done = subprocess.run(
            [tool, "-d", "--no-show-raw-insn", str(elf)], capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise VoxError(f"cannot disassemble {elf}: {done.stderr.strip()}", "build the image again")
        self._lines = done.stdout.splitlines()
        self._return_address = 8 if "x86-64" in done.stdout[:300] else 0

    def instructions(self) -> Iterator[tuple[str, str]]:
        """(function, "mnemonic<tab>operands") of every instruction."""
        function = ""
        for line in self._lines:
            if head := _HEAD.match(line):
                function = head[1]
            elif code := _LINE.match(line):
                yield function, f"{code[2]}\t{code[3] or ''}"

    def functions(self) -> dict[str, Code]:
        """Every function of the image by its name."""
        frames: dict[str, int] = {}
        calls: dict[str, set[str]] = {}
        indirect: set[str] = set()
        before, last = "", "ret"
        for name, text in self.instructions():
            frames[name] = frames.get(name, self._return_address) + _growth(text)
            targets = calls.setdefault(name, set())
            if name != before and not _ENDS.search(last):
                calls[before].add(name)  # a label inside of a function: it runs on into what follows
            before = name
            last = last if text.startswith(_PADDING) else text
            if veneer := _VENEER.match(name):
                targets.add(veneer[1])
            elif _INDIRECT.match(text):
                indirect.add(name)
            elif _BRANCH.match(text) and (target := _TARGET.search(text)) and target[2] != name:
                targets.add(target[2].removesuffix("@plt"))
        return {name: Code(frame, frozenset(calls[name]), name in indirect) for name, frame in frames.items()}


def _growth(text: str) -> int:
    """Bytes by which an instruction makes the stack grow."""
    if _PUSH.match(text):
        registers = _LIST.search(text)
        return sum(map(_register_bytes, registers[1].split(","))) if registers else 0
    if text.startswith("push"):
        return 8
    for pattern in _GROWTH:
        if found := pattern.match(text):
            return int(found[1], 0)
    return 0


def _register_bytes(registers: str) -> int:
    first, _, last = registers.strip().partition("-")
    count = int(last[1:]) - int(first[1:]) + 1 if last else 1
    return count * {"d": 8, "q": 16}.get(first[0], 4)
