"""The JSON export: what it says is what the file holds, and what the program was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from helpers.classic_program import single
from helpers.tiny_model import KINDS, LABELS, tiny_model, tiny_program
from vox_embed.core import Model
from vox_embed.export.base import ExportModel
from vox_embed.export.index import find_target
from vox_embed.program.build import build_network
from vox_embed.program.ops import Dense


def content(data: bytes) -> dict[str, Any]:
    files = find_target("json").files(ExportModel(data, "some"))
    assert files["some.vxm"] == data
    said: dict[str, Any] = json.loads(files["some.json"])
    return said


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_that_hears(kind: str) -> None:
    data = tiny_model(kind)
    said, model, program = content(data), Model(data), tiny_program(kind)
    assert said["labels"] == list(LABELS)
    assert said["frontend"]["sample_rate"] == model.sample_rate
    assert (said["decision"]["window"], said["decision"]["stride"]) == (
        model.window_frames,
        model.stride_frames,
    )
    assert [op["op"] for op in said["ops"]] == [op.code.name for op in program.ops]
    assert [tuple(tensor["dims"]) for tensor in said["tensors"]] == [t.shape for t in program.tensors]
    inputs = [op["inputs"] for op in said["ops"] if op["op"] == "DENSE"]
    assert inputs == [op.inputs_each for op in program.ops if isinstance(op, Dense)]


@pytest.mark.parametrize("kind", ["trees", "rbf", "vote", "gaussian_full", "bins"])
def test_a_bare_network(kind: str) -> None:
    program = single(kind, 3)
    said = content(build_network(program, {"name": "some"}))
    assert "frontend" not in said and said["labels"] == []
    assert said["meta"]["name"] == "some"
    assert [op["op"] for op in said["ops"]] == [op.code.name for op in program.ops]
    assert said["program"]["arena_size"] == program.arena_size


def test_the_same_model_gives_the_same_text(tmp_path: Path) -> None:
    data = tiny_model("conv")
    assert content(data) == content(data)
