"""Exports for Zephyr, ESP-IDF, ESPHome and CMSIS-Pack, and one file: their samples say what the host hears.

What stands below the samples is tests/helpers/sdk_stubs: no SDK is tested here. Descriptions are held against
what their published schemas ask for.
"""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import yaml

from helpers.c_program import object_of
from helpers.tiny_model import LABELS, tiny_model, tiny_network
from vox_embed.core import Listener, Model
from vox_embed.device.material import synthetic_clips
from vox_embed.experiment.errors import VoxError
from vox_embed.export import ExportModel, export_model, find_target

STUBS = Path(__file__).parents[1] / "helpers" / "sdk_stubs"
STRICT = ["-Wall", "-Wextra", "-Werror"]
MODEL = tiny_model("conv", seed=11)
NAMES = ("zephyr", "esp-idf", "esphome", "cmsis-pack")


def exported(target: str, out: Path, data: bytes = MODEL, name: str = "tiny") -> Path:
    export_model(find_target(target), ExportModel(data, name), out)
    return out


def sound(folder: Path) -> tuple[Path, list[str]]:
    """A file of samples, and what a sample prints of it."""
    model = Model(MODEL)
    samples = np.concatenate([clip.samples for clip in synthetic_clips(model, 7, 8)])[: 4 * model.sample_rate]
    path = folder / "sound.raw"
    path.write_bytes(samples.astype("<i2").tobytes())
    lines = []
    for event in Listener(model).push(samples).events:
        ms = ((event.frame - 1) * model.hop + model.window) * 1000 // model.sample_rate
        kind = "begin" if event.kind == 1 else "end"
        lines.append(f"{kind} {LABELS[event.label]} {event.score * 100 // 32768} {ms}")
    assert len(lines) >= 3
    return path, lines


def built(folder: Path, sources: Sequence[Path], flags: Sequence[str], more: Sequence[Path] = ()) -> Path:
    """A program of C sources and some of C++, which are linked by g++."""
    if shutil.which("g++") is None:
        pytest.skip("g++ is not installed")
    objects = []
    for path in (*sources, *more):
        compiler = ["g++", "-std=gnu++17"] if path.suffix == ".cpp" else ["gcc", "-std=gnu11"]
        objects.append(object_of([*compiler, *STRICT, *flags], path, folder))
    program = folder / "program"
    command = ["g++", *map(str, objects), "-Wl,--gc-sections", "-o", str(program)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return program


def said(program: Path, file: Path, *arguments: str) -> list[str]:
    environment = dict(os.environ, VOX_STUB_AUDIO=str(file))
    done = subprocess.run([program, *arguments], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def library_of(folder: Path) -> list[Path]:
    return [*sorted((folder / "src").rglob("*.c")), *sorted(folder.glob("*.c"))]


def test_zephyr_s_sample_says_what_the_host_hears(tmp_path: Path) -> None:
    folder = exported("zephyr", tmp_path / "tiny")
    stub, sample = STUBS / "zephyr", folder / "samples" / "listen" / "src"
    includes = [f"-I{stub}", f"-I{STUBS}", f"-I{sample}", f"-I{folder}", "-Iinclude", "-Isrc"]
    program = built(folder, [*library_of(folder), sample / "main.c"], includes, [stub / "stub.c"])
    file, lines = sound(tmp_path)
    assert said(program, file) == ["listening", *lines, "the microphone stopped: -11"]


def test_esp_idf_s_example_says_what_the_host_hears(tmp_path: Path) -> None:
    folder = exported("esp-idf", tmp_path / "tiny")
    stub, sample = STUBS / "esp_idf", folder / "examples" / "listen" / "main"
    includes = [f"-I{stub}", f"-I{STUBS}", f"-I{sample}", f"-I{folder}", "-Iinclude", "-Isrc"]
    program = built(folder, [*library_of(folder), sample / "main.c"], includes, [stub / "stub.c"])
    file, lines = sound(tmp_path)
    assert said(program, file) == ["listening", *lines, "the microphone stopped"]


def test_esphome_s_component_says_what_the_host_hears(tmp_path: Path) -> None:
    folder = exported("esphome", tmp_path / "out", name="Tiny") / "components" / "vox_tiny"
    stub = STUBS / "esphome"
    includes = [f"-I{stub}", f"-I{STUBS}", f"-I{folder}", "-DOWN=vox_tiny"]
    sources = [*sorted(folder.glob("*.c")), folder / "component.cpp"]
    program = built(folder, sources, includes, [stub / "stub.cpp"])
    file, lines = sound(tmp_path)
    label = lines[0].split()[1]
    expected = [line.rpartition(" ")[0] for line in lines]
    changes = sum(line.split()[1] == label for line in lines)
    assert said(program, file, label) == [*expected, f"sensor {changes}"]


def test_of_esphome_s_file_everything_that_may_be_there_twice_is_weak(tmp_path: Path) -> None:
    folder = exported("esphome", tmp_path / "out") / "components" / "vox_tiny"
    made = object_of(["gcc", "-std=gnu11", "-I."], folder / "vox.c", folder)
    command = ["nm", "-g", "--defined-only", str(made)]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(lines) > 30
    assert not [line for line in lines if line.split()[1] not in "WV"]


@pytest.mark.parametrize("name", NAMES)
def test_same_bytes_every_time_and_no_bare_network(name: str) -> None:
    target, model = find_target(name), ExportModel(MODEL, "tiny")
    assert target.files(model) == target.files(ExportModel(MODEL, "tiny"))
    with pytest.raises(VoxError, match="bare network"):
        target.files(ExportModel(tiny_network(), "net"))


def test_zephyr_s_module(tmp_path: Path) -> None:
    """scripts/schemas of Zephyr: module.yml knows these keys; what it names is there."""
    folder = exported("zephyr", tmp_path / "tiny", name="my-model")
    module = yaml.safe_load((folder / "zephyr" / "module.yml").read_text())
    assert module.keys() <= {
        "name",
        "build",
        "tests",
        "samples",
        "boards",
        "blobs",
        "security",
        "package-managers",
    }
    assert module["build"].keys() <= {"cmake", "kconfig", "cmake-ext", "kconfig-ext", "depends", "settings"}
    assert (folder / module["build"]["cmake"] / "CMakeLists.txt").is_file()
    assert (folder / module["build"]["kconfig"]).is_file()
    assert all((folder / sample).is_dir() for sample in module["samples"])
    assert re.fullmatch(r"[a-zA-Z0-9_-]+", module["name"])
    symbols = re.findall(r"^config (\w+)$", (folder / "zephyr" / "Kconfig").read_text(), re.MULTILINE)
    assert symbols == ["VOX_MY_MODEL"]
    lists = (folder / "zephyr" / "CMakeLists.txt").read_text()
    assert f"if(CONFIG_{symbols[0]})" in lists
    units = re.findall(r"^    \.\./(\S+\.c)$", lists, re.MULTILINE)
    assert sorted(units) == sorted(path.relative_to(folder).as_posix() for path in library_of(folder))
    sample = folder / "samples" / "listen"
    assert f"CONFIG_{symbols[0]}=y" in (sample / "prj.conf").read_text().splitlines()
    known = {"build_only", "platform_allow", "tags", "harness", "integration_platforms"}
    tests = yaml.safe_load((sample / "sample.yaml").read_text())["tests"]
    assert all(test.keys() <= known for test in tests.values())


def test_esp_idf_s_manifest(tmp_path: Path) -> None:
    """https://docs.espressif.com/projects/idf-component-manager: the manifest's fields and their forms."""
    folder = exported("esp-idf", tmp_path / "tiny", name="my-model")
    manifest = yaml.safe_load((folder / "idf_component.yml").read_text())
    known = {
        "version",
        "description",
        "url",
        "license",
        "dependencies",
        "examples",
        "tags",
        "maintainers",
        "targets",
    }
    assert manifest.keys() <= known
    assert re.fullmatch(r"\d+\.\d+\.\d+", manifest["version"])
    assert manifest["license"] == "Apache-2.0"
    assert re.fullmatch(r"https://\S+", manifest["url"])
    assert manifest["dependencies"] == {"idf": ">=5.0"}
    assert all((folder / example["path"] / "CMakeLists.txt").is_file() for example in manifest["examples"])
    lists = (folder / "CMakeLists.txt").read_text()
    units = re.findall(r"^    (\S+\.c)$", lists, re.MULTILINE)
    assert sorted(units) == sorted(path.relative_to(folder).as_posix() for path in library_of(folder))


def test_esphome_s_python(tmp_path: Path) -> None:
    labels = ("yes", 'a "quoted" one', "grün")
    folder = exported("esphome", tmp_path / "out", tiny_model("dense", labels=labels))
    component = folder / "components" / "vox_tiny"
    for path in sorted(component.glob("*.py")):
        tree = ast.parse(path.read_text())
        named = {node.name for node in tree.body if isinstance(node, ast.AsyncFunctionDef)}
        assert named == {"to_code"}, path
        assert "CONFIG_SCHEMA" in {t.id for n in tree.body if isinstance(n, ast.Assign) for t in n.targets}  # type: ignore[attr-defined]
    found = re.search(r"^LABELS = (.*)$", (component / "__init__.py").read_text(), re.MULTILINE)
    assert found is not None
    assert tuple(ast.literal_eval(found[1])) == labels
    example = re.sub(r"!\w+", "", (folder / "example.yaml").read_text())
    assert yaml.safe_load(example)["binary_sensor"][0]["label"] == "yes"
    assert all(path.is_file() for path in component.iterdir())  # ESPHome copies no folders


PDSC = {
    "package": (
        "vendor name description url license requirements releases keywords components",
        "schemaVersion",
    ),
    "requirements": ("languages", ""),
    "languages": ("language", ""),
    "language": ("", "name version"),
    "releases": ("release", ""),
    "release": ("", "version"),
    "keywords": ("keyword", ""),
    "components": ("component", ""),
    "component": ("description files", "Cvendor Cclass Cgroup Csub Cversion"),
    "files": ("file", ""),
    "file": ("", "category name"),
}
"""PACK.xsd 1.7: of the elements that are used here, those below them and their attributes."""
CATEGORIES = {"doc", "include", "sourceC", "header"}


@pytest.mark.parametrize("name", ["my.model-2", "x" * 60])
def test_cmsis_pack_s_description(name: str, tmp_path: Path) -> None:
    folder = exported("cmsis-pack", tmp_path / "out", name=name)
    (pack,) = folder.glob("*.pack")
    (pdsc,) = folder.glob("*.pdsc")
    root = ElementTree.fromstring(pdsc.read_bytes())
    space = "{http://www.w3.org/2001/XMLSchema-instance}"
    for element in root.iter():
        below, attributes = PDSC.get(element.tag, ("", ""))
        assert {child.tag for child in element} <= set(below.split())
        assert {key for key in element.attrib if not key.startswith(space)} == set(attributes.split())
    for tag in ("vendor", "name", "url", "description"):
        assert root.findtext(tag)
    assert re.fullmatch(r"[\-_A-Za-z0-9]+", root.findtext("name", ""))  # RestrictedString
    release = root.find("releases/release")
    assert release is not None
    version = release.attrib["version"]
    assert pdsc.name == f"{root.findtext('vendor')}.{root.findtext('name')}.pdsc"
    assert pack.name == f"{root.findtext('vendor')}.{root.findtext('name')}.{version}.pack"
    component = root.find("components/component")
    assert component is not None
    for key in ("Cclass", "Cgroup", "Csub"):
        assert 3 <= len(component.attrib[key]) <= 32
    files = root.findall("components/component/files/file")
    assert {file.attrib["category"] for file in files} <= CATEGORIES
    with zipfile.ZipFile(pack) as archive:
        inside = set(archive.namelist())
        assert archive.read(pdsc.name) == pdsc.read_bytes()
        archive.extractall(tmp_path / "pack")
    for file in files:
        path = file.attrib["name"]
        assert path in inside or (path.endswith("/") and any(entry.startswith(path) for entry in inside)), (
            path
        )
    assert {path for path in inside if path.endswith(".c")} <= {file.attrib["name"] for file in files}


def test_cmsis_pack_s_sources_compile_for_a_cortex_m(tmp_path: Path) -> None:
    if shutil.which("arm-none-eabi-gcc") is None:
        pytest.skip("arm-none-eabi-gcc is not installed")
    out = exported("cmsis-pack", tmp_path / "out", tiny_model("dense"))
    folder = tmp_path / "pack"
    zipfile.ZipFile(next(out.glob("*.pack"))).extractall(folder)
    command = ["arm-none-eabi-gcc", "-mcpu=cortex-m4", "-mthumb", "-std=c99", "-pedantic", *STRICT]
    for path in library_of(folder):
        object_of([*command, "-I.", "-Iinclude", "-Isrc"], path, folder)


def test_package_of_mip(tmp_path: Path) -> None:
    export_model(find_target("rp2040-mpy"), ExportModel(MODEL, "tiny"), tmp_path / "out")
    package = json.loads((tmp_path / "out" / "package.json").read_text())
    there = {path.name for path in (tmp_path / "out").iterdir()} - {"package.json", "vox-export.json"}
    assert package.keys() == {"version", "urls", "deps"}
    assert {to for to, _ in package["urls"]} == {place for _, place in package["urls"]} == there
    assert "vox.mpy" in there


def test_platformio_accepts_the_c99_export(tmp_path: Path) -> None:
    parser = pytest.importorskip("platformio.package.manifest.parser")
    schema = pytest.importorskip("platformio.package.manifest.schema")
    folder = exported("c99", tmp_path / "out", name="my-model")
    manifest = parser.ManifestParserFactory.new_from_file(str(folder / "library.json")).as_dict()
    manifest.pop("license", None)  # looked up in the network
    assert schema.ManifestSchema().load_manifest(manifest)["name"] == "vox_my_model"
    left_out = [
        entry
        for entry in json.loads((folder / "library.json").read_text())["build"]["srcFilter"]
        if "-" in entry
    ]
    assert left_out == ["-<main.c>", "-<wav.c>"]
