"""What describes exports for Zephyr and ESP-IDF, as the tools of both read it.

ESP-IDF's by its own component manager; Zephyr's against all keys and types of scripts/zephyr_module.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from helpers.tiny_model import tiny_model
from vox_embed.export import ExportModel, export_model, find_target

NAMES = ["digits", "my.model-2", "9 Wörter", "x" * 80]


def exported(target: str, out: Path, name: str) -> Path:
    export_model(find_target(target), ExportModel(tiny_model("dense"), name), out)
    return out


@pytest.mark.parametrize("name", NAMES)
def test_espressif_s_component_manager_takes_the_manifest(name: str, tmp_path: Path) -> None:
    from idf_component_tools.manager import ManifestManager

    folder = exported("esp-idf", tmp_path / "out", name)
    manifest = ManifestManager(str(folder), "vox").load()
    assert str(manifest.version).strip('"') == "0.1.0"
    assert [one["path"] for one in manifest.model_dump()["examples"]] == ["examples/listen"]
    example = ManifestManager(str(folder / "examples" / "listen" / "main"), "main").load()
    assert example is not None


@pytest.mark.parametrize(("key", "value"), [("version", "new"), ("url", "no address"), ("dependencies", 7)])
def test_the_component_manager_refuses_what_is_wrong(key: str, value: Any, tmp_path: Path) -> None:
    from idf_component_tools.errors import ProcessingError
    from idf_component_tools.manager import ManifestManager

    folder = exported("esp-idf", tmp_path / "out", "tiny")
    path = folder / "idf_component.yml"
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | {key: value}))
    with pytest.raises(ProcessingError):
        ManifestManager(str(folder), "vox").load()


TEXTS = [str]
SETTINGS = {f"{name}_root": str for name in ("board", "dts", "soc", "arch", "module_ext", "sca", "snippet")}
BUILD = {
    **{f"{prefix}{key}": str for prefix in ("", "sysbuild-") for key in ("cmake", "kconfig")},
    **{f"{prefix}{key}-ext": bool for prefix in ("", "sysbuild-") for key in ("cmake", "kconfig")},
    "depends": TEXTS,
    "settings": SETTINGS,
}
BLOB = dict.fromkeys(
    ("path", "sha256", "type", "version", "license-path", "url", "description", "doc-url"), str
)
MODULE = {"name": str, "build": BUILD, "tests": TEXTS, "samples": TEXTS, "boards": TEXTS, "blobs": [BLOB]}
"""zephyr/module.yml; no key has to be there."""


def faults(value: Any, schema: Any, at: str = "") -> list[str]:
    """Where a value is not what the schema says."""
    if isinstance(schema, Mapping):
        if not isinstance(value, Mapping):
            return [f"{at}: no map"]
        return [
            fault
            for key, one in value.items()
            for fault in (
                faults(one, schema[key], f"{at}/{key}") if key in schema else [f"{at}/{key}: not known"]
            )
        ]
    if isinstance(schema, list):
        if not isinstance(value, list):
            return [f"{at}: no list"]
        return [fault for i, one in enumerate(value) for fault in faults(one, schema[0], f"{at}/{i}")]
    return [] if isinstance(value, schema) else [f"{at}: not {schema.__name__}"]


@pytest.mark.parametrize("name", NAMES)
def test_zephyr_takes_the_module(name: str, tmp_path: Path) -> None:
    folder = exported("zephyr", tmp_path / "out", name)
    module = yaml.safe_load((folder / "zephyr" / "module.yml").read_text())
    assert faults(module, MODULE) == []
    build = module["build"]
    assert (folder / build["cmake"] / "CMakeLists.txt").is_file()  # or west refuses it
    assert (folder / build["kconfig"]).is_file()
    assert all((folder / path).is_dir() for path in module["samples"])


def test_faults_are_found() -> None:
    assert faults({"name": 1}, MODULE) == ["/name: not str"]
    assert faults({"build": {"cmke": "x"}}, MODULE) == ["/build/cmke: not known"]
    assert faults({"samples": ["a", 2]}, MODULE) == ["/samples/1: not str"]
    assert faults({"build": {"cmake-ext": "yes"}}, MODULE) == ["/build/cmake-ext: not bool"]
