"""Every escaper, asked by a reader of its language: strange text stays text."""

from __future__ import annotations

import ast
import configparser
import csv
import io
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from vox_embed.gate.escape import (
    Code,
    c_comment,
    cmake_word,
    finalize_for,
    hash_comment,
    ini_value,
    make_word,
    markdown,
    yaml_text,
)
from vox_embed.gate.tables import csv_rows, csv_text
from vox_embed.gate.text import visible

NASTY = [
    "*/ int evil; /*",
    "*\\",
    "/",
    "a\\",
    "a\\ ",
    "ends with ??/",
    "??" + "/" * 3 + "*" * 3 + "/",
    "// /* nested",
    "a\nint evil;",
    "a\r\nimport os",
    "\u2028import os",
    "# -*- coding: utf-7 -*-",
    "coding=utf-7",
    "+AAo-import os+AAo-",
    "a: b #c",
    "- x",
    "no",
    "1e3",
    "~",
    "!!python/object/apply:os.system [x]",
    "*alias",
    "&anchor",
    "{a: b}",
    "%TAG",
    "'\"`",
    "$(touch evil)",
    "${HOME}",
    "$ENV{HOME}",
    "$<CONFIG>",
    "a;b",
    "@x@",
    "[[x]]",
    "`touch evil`",
    "a|b",
    "<script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "![x](http://x/y.png)",
    "_silence_",
    "**bold**",
    "&lt;",
    "http://example.com",
    "\x1b[2J\x1b]0;x\x07",
    "\u202eabc",
    "\ud800",
    "日本語 👩\u200d🚀",
    "",
    " ",
]
WILD = st.one_of(
    st.sampled_from(NASTY), st.text(max_size=60), st.text("*/\\?\n #$`'\"(){}[];:=|<>_&a", max_size=30)
)


@given(WILD)
def test_comments_of_c(text: str) -> None:
    written = c_comment(text)
    assert not re.search(r"\*/|/\*|\?\?|\\|[\r\n]", written)
    assert "\n" not in visible(written)


@pytest.mark.skipif(shutil.which("gcc") is None, reason="no C compiler")
@pytest.mark.parametrize("language", ["c", "c++"])
def test_compilers_find_nothing_in_comments(language: str, tmp_path: Path) -> None:
    """With trigraphs, and warnings about comments in comments as errors."""
    lines = [f"/* {c_comment(text)} */\n// {c_comment(text)}\nint v{i};" for i, text in enumerate(NASTY)]
    source = tmp_path / "source"
    source.write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = subprocess.run(
        ["gcc", "-x", language, "-trigraphs", "-Wall", "-Wextra", "-Werror", "-S", source, "-o", "-"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "evil" not in done.stdout
    assert all(f"v{i}" in done.stdout for i in range(len(NASTY)))


@given(WILD, WILD)
def test_comments_from_hash_on(first: str, second: str) -> None:
    code = f"# {hash_comment(first)}\n# {hash_comment(second)}\nx = 1\n"
    assert ast.dump(ast.parse(code.encode())) == ast.dump(ast.parse("x = 1"))
    assert yaml.safe_load(code.replace("x = 1", "x: 1")) == {"x": 1}
    assert not re.search(r"\\$", hash_comment(first))


@given(WILD)
def test_values_of_yaml(text: str) -> None:
    written = yaml_text(text)
    assert "\n" not in written
    assert yaml.safe_load(f"a: 1\ntitle: {written}\nb: 2\n") == {"a": 1, "title": visible(text), "b": 2}


@pytest.mark.skipif(shutil.which("cmake") is None, reason="no CMake")
def test_words_of_cmake(tmp_path: Path) -> None:
    script = tmp_path / "script.cmake"
    out = tmp_path / "out"
    lines = [f'set(word {cmake_word(text)})\nfile(APPEND "{out}" "<${{word}}>\\n")' for text in NASTY]
    script.write_text("\n".join(lines) + "\n", encoding="utf-8")
    subprocess.run(["cmake", "-P", script], check=True, cwd=tmp_path)
    assert out.read_text(encoding="utf-8").splitlines() == [f"<{visible(text)}>" for text in NASTY]


@given(WILD)
def test_words_of_make(text: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_./+-]*", make_word(text))
    assert make_word("vox/src/nn/dense.c") == "vox/src/nn/dense.c"


@given(WILD)
def test_values_of_ini(text: str) -> None:
    parser = configparser.ConfigParser()
    parser.read_string(f"[a]\nsentence={ini_value(text)}\nnext=1\n")
    assert dict(parser["a"]) == {"sentence": ini_value(text), "next": "1"}


@given(WILD)
def test_markdown_shows_the_text_alone(text: str) -> None:
    """In a sentence and in a table, read by a renderer that lets HTML through."""
    reader = MarkdownIt("commonmark", {"html": True}).enable("table").enable("strikethrough")
    for source in (f"It hears {markdown(text)}, said.", f"| a | b |\n|---|---|\n| x{markdown(text)} | y |"):
        tokens = reader.parse(source)
        inline = [token for token in tokens if token.type == "inline"]
        kinds = {child.type for token in inline for child in token.children or ()}
        assert kinds <= {"text", "text_special"}
        assert len(inline) == (1 if source.startswith("It") else 4)


@given(st.lists(st.tuples(WILD, WILD), min_size=1, max_size=4))
@example([("=cmd|' /C calc'!A0", "-1.5")])
@example([("'=a", "''+b")])
@example([("＝1", "@x")])
def test_tables_hold_no_formulas_and_come_back(rows: list[tuple[str, str]]) -> None:
    text = csv_text(["a", "b"], rows)
    for line in list(csv.reader(io.StringIO(text, newline="")))[1:]:
        for cell in line:
            number = re.fullmatch(r"[+-]?[0-9.]+([eE][+-]?[0-9]+)?", cell)
            assert number or not cell.startswith(tuple("=+-@\t\r＝＋－＠"))
    assert csv_rows(text) == [{"a": visible(a), "b": visible(b)} for a, b in rows]


def test_tables_are_as_wide_as_their_heads() -> None:
    with pytest.raises(ValueError, match="a row of 1 cells under 2 heads"):
        csv_text(["a", "b"], [["1"]])
    for broken in ("", "a,b\n1\n", "a,a\n1,2\n", 'a\n"1'):
        with pytest.raises(ValueError, match=r"cells|same name|unexpected end"):
            csv_rows(broken)


def test_templates_escape_text_and_leave_code() -> None:
    finalize = finalize_for("arduino/listen.ino")
    assert finalize("*/") == "* /"
    assert finalize(Code("*/")) == "*/"
    assert finalize(7) == 7
    with pytest.raises(KeyError):
        finalize_for("script.sh")
