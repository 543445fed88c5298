"""Inputs that once got through, each with what is said of it now.

By hand, to read the answers: .venv/bin/python tests/fuzz/named_cases.py
"""

from __future__ import annotations

import io
import struct
import sys
import tempfile
import zipfile
from pathlib import Path

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parent)]

from hostile_inputs import EXPERIMENT, PDSC, Case, audio, corpus, models, pack, sine
from hostile_runs import Outcome, preload, run_case

from helpers.boards import hello
from helpers.tiny_model import tiny_model
from vox_embed.spec.link import Reply

_DATA = ["data", "exp.yaml"]
_PACK = ["boards", "add", "--pack", "x.pack", "--device", "D1", "--out", "p"]


def _on(name: str, command: list[str], **files: bytes) -> Case:
    renamed = {key.replace("__", "."): content for key, content in files.items()}
    return Case(name, command, {**corpus(), "m.vxm": models()[5], **renamed})


def _yaml(old: str, new: str) -> bytes:
    return EXPERIMENT.replace(old, new).encode()


def _table(old: str, new: str) -> bytes:
    return corpus()["table.csv"].replace(old.encode(), new.encode())


def _merges() -> bytes:
    lines = ["a0: &a0 {x: 1, y: 2}"]
    for level in range(1, 9):
        keys = ", ".join(f"k{i}: *a{level - 1}" for i in range(9))
        lines.append(f"a{level}: &a{level} {{{keys}}}")
    return "\n".join(lines).encode()


def _large_pack() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("V.N.pdsc", b"<package>" + b" " * (80 << 20))
    return out.getvalue()


def _slow_wave() -> bytes:
    raw = bytearray(audio(sine(1000)))
    struct.pack_into("<I", raw, 24, 1)
    return bytes(raw)


def _boards() -> list[tuple[Case, str]]:
    """What test_device_believed.py looks at more closely."""
    lies = (
        ("a short RESULT", Reply.RESULT, b"\1"),
        ("protocol 9", Reply.HELLO, b"\x09" + hello()[1:]),
    )
    cases = []
    for name, kind, payload in lies:
        case = _on(
            f"board: {name}", ["verify", "m.vxm", "--port", "board", "--synthetic", "1"], m__vxm=tiny_model()
        )
        case.answers, case.honest = [(kind, payload)], name != "protocol 9"
        cases.append((case, "error: "))
    return cases


def _places() -> list[tuple[Case, str]]:
    pipe = _on("FIFO as a sound file", _DATA)
    del pipe.files["0.wav"]
    pipe.special["0.wav"] = "pipe"
    link = _on("results/<name> is a link", ["train", "exp.yaml"])
    link.special["results/tones"] = "dangling"
    lock = _on("the lock is a link", ["train", "exp.yaml"])
    lock.special["results/.tones.lock"] = "dangling"
    return [(pipe, "named pipe"), (link, "is a link"), (lock, "is a link")]


def named() -> list[tuple[Case, str]]:
    """Cases, and a part of what has to be said of each."""
    evil = "N\ncpu_flags: -mcpu=cortex-m4;$(touch evil)"
    return [
        (
            _on("PDSC name with a newline", _PACK, x__pack=pack(PDSC.replace(">N<", f">{evil}<").encode())),
            "error: ",
        ),
        (_on("PDSC of 80 MB in 80 kB", _PACK, x__pack=_large_pack()), "error: "),
        (_on("label with a newline", _DATA, table__csv=_table(",low,", ',"a\nimport os",')), "line break"),
        (
            _on("label that clears the screen", _DATA, table__csv=_table(",low,", ",a\x1b[2J,")),
            "control character",
        ),
        (
            _on("label in a model", ["export", "m.vxm"], m__vxm=tiny_model(labels=("a\nb", "b", "c"))),
            "error: ",
        ),
        (_on("NUL in a label", _DATA, table__csv=_table(",low,", ",a\0b,")), "error: "),
        (_on("name: last", ["train", "exp.yaml"], exp__yaml=_yaml("name: tones", "name: last")), "last"),
        (_on("seed of 5,000 digits", _DATA, exp__yaml=_yaml("seed: 3", "seed: " + "9" * 5000)), "digits"),
        (_on("end=inf", _DATA, table__csv=_table(",s0,,", ",s0,0,inf")), "error: "),
        (_on("merge keys", _DATA, exp__yaml=_merges()), "error: "),
        (_on("a rate of 1 Hz", _DATA, **{"0__wav": _slow_wave()}), "rate of 1 Hz"),
        *_places(),
        *_boards(),
    ]


def outcomes() -> list[tuple[str, str, Outcome]]:
    """(name, what has to be said, what became of it)."""
    found = []
    for case, said in named():
        with tempfile.TemporaryDirectory(prefix="named-") as place:
            found.append((case.name, said, run_case(case, Path(place))))
    return found


def main() -> int:
    """Says what is said of each; the number of those that are not refused as they should be."""
    preload()
    wrong = 0
    for name, said, outcome in outcomes():
        last = outcome.said.strip().encode("ascii", "backslashreplace").decode().splitlines()[-2:]
        print(f"{name}: status {outcome.status}, {outcome.peak >> 20} MiB")
        print("".join(f"    {line[:200]}\n" for line in last), end="")
        wrong += outcome.fault is not None or outcome.status != 1 or said not in outcome.said
    return wrong


if __name__ == "__main__":
    sys.exit(min(1, main()))
