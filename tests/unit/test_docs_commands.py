"""Commands in the documents are commands: each parses, with its options and their values, as it stands there.

The pages that begin something are run by tests/cli/test_installed.py (`--full`).
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from vox_embed.cli.main import app

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"^    (\$ )?vox-embed .*$", re.MULTILINE)


def lines_of(text: str) -> Iterator[str]:
    """Each line of a block that calls vox-embed, whole, without what is before and behind it."""
    blocks = [found[1] for found in BLOCK.finditer(text)]
    blocks.append("\n".join(found[0] for found in INDENTED.finditer(BLOCK.sub("", text))))
    for block in blocks:
        for line in block.replace("\\\n", " ").splitlines():
            found = re.match(r"\s*(?:\$ )?(?:[A-Z_]+=\S+ )*vox-embed ((?:[^|&;>]|'[^']*')*)", line)
            if found and "..." not in found[1] and "[" not in found[1].split("#")[0].replace("[1]", ""):
                yield found[1]


def parse(line: str) -> None:
    words = shlex.split(line, comments=True)
    command: Any = typer.main.get_command(app)
    while words and words[0] in getattr(command, "commands", {}):
        command = command.commands[words.pop(0)]
    if getattr(command, "commands", {}):  # alone it lists
        assert command.invoke_without_command and all(word.startswith("-") for word in words), line
    if "--help" not in words:
        command.make_context("vox-embed", words)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_commands_parse(page: Path) -> None:
    for line in lines_of(page.read_text(encoding="utf-8")):
        try:
            parse(line)
        except Exception as error:
            said = getattr(error, "format_message", lambda error=error: str(error))()
            raise AssertionError(f"{page.name}: vox-embed {line}: {said}") from None


def test_there_are_many() -> None:
    assert sum(len(list(lines_of(page.read_text(encoding="utf-8")))) for page in PAGES) > 80
    with pytest.raises(AssertionError):
        parse("boards ad")
    with pytest.raises(Exception, match="No such option"):
        parse("train exp.yaml --resum")


def test_the_site_names_every_document() -> None:
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:")[2]
    named = re.findall(r"(\S+\.md)$", text, re.MULTILINE)
    made = ["c-api.md", "cli.md", "tour.md", "contributing.md", "changelog.md"]  # by tools/site.sh
    assert sorted(named) == sorted([*made, *(path.name for path in PAGES[1:])])
