"""Nothing that a stranger wrote makes the terminal do anything, and nothing is taken for markup."""

from __future__ import annotations

import ast
import io
import re
from collections import deque
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

import vox_embed
from helpers.tiny_model import LABELS, tiny_model
from vox_embed.cli import console as consoles
from vox_embed.cli.console import SafeConsole
from vox_embed.cli.main import main
from vox_embed.device.differences import Compared, Differences, VerifyReport
from vox_embed.device.messages import Capability, Hello, ModelOrigin, Result, Stats
from vox_embed.device.monitor import View, render
from vox_embed.gate.text import visible
from vox_embed.report.fit import fit
from vox_embed.report.metrics import score
from vox_embed.report.text import report_text, score_tables

PACKAGE = Path(vox_embed.__file__).parent
NASTY = [
    "\x1b]0;title\x07",
    "\x1b]52;c;ZXZpbA==\x07",
    "\x1b]8;;http://evil\x1b\\link",
    "\x1b[2J\x1b[H",
    "\x9b2J",
    "\x1bP+q544e\x1b\\",
    "\u202eabc",
    "\u2028",
    "a\rb",
    "a\x08b",
    "[/]",
    "[red]x",
    "[/red]",
    "[link=http://x]y",
    "[@click=app.quit]z",
    ":boom:",
    "\\[",
    "[",
    "{task.description}",
    "%s {0} {x}",
    "a\nb",
    "a\tb",
    "\ud800",
]
WILD = st.one_of(
    st.sampled_from(NASTY),
    st.text(st.sampled_from("ab []/:\\\x1b\x07\x9b;m0\n\t\u202e\u200b{}"), max_size=20),
    st.text(max_size=20),
)
OURS = re.compile(r"\x1b\[[0-9;]*m")
"""Colours: all that a console says to the terminal of itself."""


def written(*parts: RenderableType) -> str:
    """What a terminal with colours gets."""
    out = io.StringIO()
    console = SafeConsole(
        file=out, force_terminal=True, color_system="standard", width=100, markup=False, emoji=False,
        highlight=False, soft_wrap=True, legacy_windows=False,
    )  # fmt: skip
    for part in parts:
        console.print(part)
    return out.getvalue()


def check(said: str) -> str:
    """The text without our colours: nothing in it does anything."""
    text = OURS.sub("", said)
    for line in text.split("\n"):
        assert visible(line) == line
    return text


@given(WILD)
@settings(max_examples=200)
def test_everything_that_a_console_can_show(text: str) -> None:
    table = Table(title=Text(text), caption=text)
    table.add_column(text)
    table.add_row(text)
    table.add_row(Text(text, style="bold"))
    check(written(text, Text.assemble((text, "bold red"), text), table))


@given(WILD.filter(lambda text: text.isprintable() and text.strip() == text))
def test_readable_text_is_shown_as_it_is(text: str) -> None:
    assert text in check(written(text))
    assert text in check(written(Text(text, style="red")))


def hello(name: str) -> Hello:
    return Hello(
        protocol=1, firmware=(1, 2, 3), capabilities=Capability.LISTEN, model_origin=ModelOrigin.PUSHED,
        max_chunk=100, receive_buffer=512, tick_rate=1000, memory=1, memory_used=1, model_slot=1,
        model_status=0, model_crc=7, model_size=1, sample_rate=8000, window=200, hop=100, bands=16,
        window_frames=24, stride_frames=12, label_count=2, board=name, model_name=name,
    )  # fmt: skip


@given(WILD, WILD)
@settings(max_examples=60, deadline=None)
def test_the_live_view(first: str, second: str) -> None:
    view = View(hello(first), [first, second], playing=second)
    view.events = deque([(0.5, first, 0.9, True)])
    view.notes = deque([second])
    view.result = Result(5, 1, 0, 9000, 3000, False, 5, 5, np.array([9000, 20], np.uint16))
    view.stats = Stats(*range(14))
    check(written(render(view, 1, 2)))


@given(WILD, WILD)
@settings(max_examples=25, deadline=None)
def test_tables_of_scores(first: str, second: str) -> None:
    labels = [first, second + "2"] if first != second + "2" else ["a", "b"]
    scores = score([0, 1, 1], [0, -1, 0], labels)
    check(written(*score_tables(scores, scores)))
    check(report_text(scores, None, 60))
    check(written(*score_tables(fit([1.0, 2.0], [1.0, 2.5], ["1", second]))))


@given(WILD)
@settings(max_examples=30, deadline=None)
def test_reports_of_verify(text: str) -> None:
    from vox_embed.cli.verify import _show

    out = io.StringIO()
    console = SafeConsole(file=out, force_terminal=True, color_system="standard", markup=False)
    different = Differences(features=1, first=f"{text}: feature")
    for found in (different, Differences()):
        _show(VerifyReport(text, Compared(), found, 1, 0, 0, (text,), (text,)), True, console)
    check(out.getvalue())


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[[], str]:
    """What commands said to a terminal with colours, as text without them and the bars' moves."""
    monkeypatch.setattr(consoles, "is_screen", lambda _: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)

    def said() -> str:
        return check(re.sub(r"\r|\x1b\[(\?25[lh]|1A|2K)", "", "".join(capsys.readouterr())))

    return said


@pytest.mark.parametrize(
    "name", [text for text in NASTY if "/" not in text and "\ud800" not in text and "\r" not in text]
)
def test_names_of_files(name: str, tmp_path: Path, terminal: Callable[[], str]) -> None:
    """Of models, experiments and outputs, in messages and hints."""
    model = tmp_path / f"{name}.vxm"
    model.write_bytes(b"VXM1" + bytes(100))
    assert main(["size", str(model)]) == 1
    assert main(["size", str(tmp_path / name / name)]) == 1
    assert main(["data", str(tmp_path / f"{name}.yaml")]) == 1
    assert main(["export", str(model), "--target", name]) != 0
    assert main(["size", name, name]) == 2
    assert main([f"--{name}"]) == 2
    model.write_bytes(tiny_model())
    assert main(["export", str(model), "--target", "vxm", "--out", str(tmp_path / f"out{name}")]) == 0
    assert "not a sound model" in terminal()


def test_labels_in_tables(tmp_path: Path, terminal: Callable[[], str]) -> None:
    import soundfile

    labels = ["[/]", "[red]evil", ":boom:"]
    rows = ["file,label,speaker"]
    for i, label in enumerate(labels * 4):
        soundfile.write(tmp_path / f"{i}.wav", np.arange(8000, dtype=np.int16), 8000)
        rows.append(f"{i}.wav,{label},[/s{i}]")
    (tmp_path / "t.csv").write_text("\n".join(rows), encoding="utf-8")
    (tmp_path / "exp.yaml").write_text(
        "name: x\ndata:\n  databases: {a: {path: t.csv, split_strategy: random, test_size: 50}}\n"
        "features: {type: logmel, sample_rate: 8000}\nmodel: {type: forest}\nwindow: {functionals: [mean]}\n"
    )
    assert main(["data", str(tmp_path / "exp.yaml")]) == 0
    said = terminal()
    assert all(label in said for label in labels)


def test_only_two_modules_write_to_the_terminal() -> None:
    """The rest goes through them."""
    wrong = []
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func)
            if called == "print" or called.endswith((".echo", ".secho", "stdout.write", "stderr.write")):
                wrong.append(f"{name}: {called}")
            if called == "Console" or called.endswith("from_markup"):
                wrong.append(f"{name}: {called}")
            if called == "TextColumn" and not any(word.arg == "markup" for word in node.keywords):
                wrong.append(f"{name}: {called} with markup")
    assert set(wrong) == {
        "cli/say.py: typer.echo",
        "report/text.py: Console",  # plain text for files
        "features/host/opensmile_child.py: sys.stdout.write",  # counts, to the parent
        "experiment/docs.py: sys.stderr.write",  # makes the documentation
        "experiment/docs.py: sys.stdout.write",
    }
    assert len(LABELS) == 3
