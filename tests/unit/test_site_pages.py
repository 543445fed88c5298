"""Pages of the site that are made of sources: every function of the C API, every command and option."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from vox_embed.cli.main import COMMANDS

ROOT = Path(__file__).parents[2]
HEADERS = ROOT / "firmware" / "vox" / "include" / "vox"


def tool(name: str) -> ModuleType:
    place = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    assert place is not None and place.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(place)  # dataclasses look it up
    place.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def c_api() -> str:
    return str(tool("c_api").page())


def test_every_function_of_the_headers_is_on_the_page(c_api: str) -> None:
    generated = {"model_format.h", "link_format.h", "messages.h"}
    names = set()
    for path in HEADERS.glob("*.h"):
        if path.name not in generated:
            plain = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
            names |= set(re.findall(r"^(?:static inline )?[a-z][\w *]*?\b(vox_\w+)\(", plain, re.MULTILINE))
    assert len(names) > 40
    headings = " ".join(re.findall(r"^### (.*)$", c_api, re.MULTILINE)) + " ".join(
        re.findall(r"```c\n(.*?)```", c_api, re.DOTALL)
    )
    assert not [name for name in names if name not in headings]
    assert "```c\nint vox_listener_push(" in c_api
    assert "Takes samples until one feature frame is complete" in c_api


def test_no_code_of_functions_and_no_guards_are_on_it(c_api: str) -> None:
    assert "return model->frontend" not in c_api
    assert "#ifndef VOX_" not in c_api
    assert 'extern "C"' not in c_api
    assert c_api.count("```") % 2 == 0


def test_every_command_and_option_is_on_the_page() -> None:
    page = tool("cli_page").page()
    assert not [name for name in COMMANDS if f"\n## vox-embed {name}" not in page]
    for option in ("`--positives`", "`--web-port`", "`--vary`", "`--target`"):
        assert f"| {option}" in page
    assert "| `model` |" in page
