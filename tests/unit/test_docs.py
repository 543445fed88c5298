"""Documents name files that are there, and the index names every document."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = sorted((ROOT / "docs").glob("*.md"))


@pytest.mark.parametrize("document", [*DOCS, ROOT / "README.md"], ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", document.read_text(encoding="utf-8"))
    assert not [link for link in links if not (document.parent / link).exists()]


def test_the_page_of_the_package_stands_alone() -> None:
    """An index of packages shows it without the files beside it; extras are those that there are."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    text = (ROOT / project["readme"]).read_text(encoding="utf-8")
    assert not re.findall(r"\]\((?!https?:|#)|<img|!\[", text)
    table = "".join(re.findall(r"^\| (`.*?) \|", text, re.MULTILINE))
    assert set(re.findall(r"`([a-z]+)`", table)) == set(project["optional-dependencies"]) - {"dev", "docs"}


def test_the_walks_name_files_that_are_there() -> None:
    text = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:firmware|host)/[^`\s]+)`", text)
    assert len(named) > 30
    assert not [name for name in named if not (ROOT / name).exists()]


def test_the_index_names_every_document() -> None:
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    assert not [path.name for path in DOCS if path.name != "README.md" and f"({path.name})" not in index]


def test_wiring_pictures_are_as_they_are_drawn() -> None:
    """`python tools/wiring.py` was not forgotten."""
    place = importlib.util.spec_from_file_location("wiring", ROOT / "tools" / "wiring.py")
    assert place is not None and place.loader is not None
    wiring = importlib.util.module_from_spec(place)
    place.loader.exec_module(wiring)
    for name, parts in wiring.PICTURES.items():
        assert (ROOT / "docs" / "images" / f"{name}.svg").read_text() == wiring.picture(*parts), name
