"""`json`: what a model file says, in words and numbers: for reading, comparing, and runtimes of one's own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from vox_embed.core.grid import meta_of
from vox_embed.export.base import ExportModel, Footprint, Target
from vox_embed.program.stored import StoredModel, StoredOp, read_model
from vox_embed.spec.model_format import OpCode, TensorType
from vox_embed.spec.record import Record


class Json(Target):
    """Every record of the file under its own field names (docs/model-format.md); tables stay in the .vxm."""

    name = "json"
    summary = "what the model file says, as JSON, beside the model file"

    def files(self, model: ExportModel) -> Mapping[str, bytes]:
        """<name>.json, and <name>.vxm, which the offsets in it lead into."""
        text = json.dumps(_content(model), indent=2, ensure_ascii=False, allow_nan=False)
        return {f"{model.name}.json": text.encode() + b"\n", f"{model.name}.vxm": model.data}

    def footprint(self, model: ExportModel, folder: Path) -> Footprint:
        """The model's own share; there is no code in this export."""
        return Footprint.of_model_alone(
            model, "this export holds no code: export --target c99 or a board for that"
        )

    def next_command(self, model: ExportModel, folder: Path) -> str | None:
        """Nothing: it is there to be read."""
        return None


def _content(model: ExportModel) -> dict[str, Any]:
    stored = read_model(model.data)
    heads = {"frontend": stored.frontend, "norm": stored.norm, "decision": stored.decision}
    return {
        "crc": f"{model.core.crc:08x}",
        "sections": {tag: len(section) for tag, section in stored.sections.items()},
        "meta": meta_of(model.core),
        "labels": list(model.core.labels),
        **{name: _fields(record) for name, record in heads.items() if record is not None},
        "functionals": [_fields(one) for one in stored.functionals],
        "program": _fields(stored.program),
        "tensors": [{**_fields(t), "type": TensorType(t.type).name} for t in stored.tensors],
        "ops": [_op(stored, op) for op in stored.ops],
    }


def _op(stored: StoredModel, op: StoredOp) -> dict[str, Any]:
    return {
        "op": OpCode(op.head.code).name,
        "input": op.head.input,
        "output": op.head.output,
        "elements": int(np.prod(stored.tensors[op.head.output].dims)),
        **({} if op.record is None else _fields(op.record)),
    }


def _fields(record: Record) -> dict[str, Any]:
    return asdict(record)  # type: ignore[call-overload, no-any-return]
