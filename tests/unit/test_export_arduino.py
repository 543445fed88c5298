"""The Arduino export: compiled as Arduino compiles a library, and the sketch says what the host hears.

The API below the sketch is tests/helpers/arduino_stub, a stand-in: no vendor's core is tested here.
"""

from __future__ import annotations

import json
import os
import re
import selectors
import shutil
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest

from helpers.tiny_model import KINDS, LABELS, tiny_model, tiny_network
from vox_embed.core import Listener, Model
from vox_embed.device.material import synthetic_clips
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.sources import firmware_root
from vox_embed.export import ExportModel, export_model, find_target
from vox_embed.export.arduino import Arduino
from vox_embed.export.model_c import identifier

STUB = Path(__file__).parents[1] / "helpers" / "arduino_stub"
WARNINGS = ["-Wall", "-Wextra", "-Werror"]
CORES = {
    "nano33ble": "-DARDUINO_ARDUINO_NANO33BLE",
    "esp32": "-DARDUINO_ARCH_ESP32",
    "teensy": "-DTEENSYDUINO=159",
    "stm32": "-DARDUINO_ARCH_STM32",
    "pico": "-DARDUINO_ARCH_RP2040",
    "other": "-DARDUINO_ARCH_AVR",
}


def exported(kind: str, out: Path, name: str = "tiny") -> Path:
    export_model(Arduino(), ExportModel(tiny_model(kind), name), out)
    return out


def objects_of(library: Path, core: str, folder: Path) -> list[Path]:
    """All of src/ with src/ as the only folder of headers."""
    if shutil.which("g++") is None:
        pytest.skip("g++ is not installed")
    folder.mkdir(exist_ok=True)
    common = [CORES[core], *WARNINGS, f"-I{STUB}", f"-I{library / 'src'}", "-c"]
    objects = []
    for number, source in enumerate(sorted((library / "src").rglob("*.c*"))):
        tool = ["gcc", "-std=gnu11"] if source.suffix == ".c" else ["g++", "-std=gnu++11"]
        objects.append(folder / f"{number}.o")
        run([*tool, *common, str(source), "-o", str(objects[-1])])
    return objects


def compiled(library: Path, core: str, folder: Path) -> Path:
    """The library, then the sketch after <Arduino.h>."""
    sketch = library / "examples" / "listen" / "listen.ino"
    return linked(sketch, [library], core, objects_of(library, core, folder / "objects"), folder / "listen")


def linked(sketch: Path, libraries: list[Path], core: str, objects: list[Path], out: Path) -> Path:
    common = [CORES[core], *WARNINGS, f"-I{STUB}", *(f"-I{library / 'src'}" for library in libraries), "-c"]
    objects = [*objects]
    for name, source in (
        ("sketch", ["-x", "c++", "-include", "Arduino.h", sketch]),
        ("stub", [STUB / "arduino_stub.cpp"]),
    ):
        objects.append(out.parent / f"{name}.o")
        run(["g++", "-std=gnu++11", *common, *source, "-o", objects[-1]])
    run(["g++", *objects, "-o", out])
    return out


def run(command: list[str | Path]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def lines_of(program: Path, sound: Path, count: int) -> list[str]:
    """The first lines that the sketch prints; fewer where it says no more within some seconds."""
    process = subprocess.Popen([program, "--audio", sound], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    said = b""
    deadline = time.monotonic() + 20
    with process, selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while said.count(b"\r\n") < count and (left := deadline - time.monotonic()) > 0:
            if selector.select(left):
                said += os.read(process.stdout.fileno(), 4096)
        process.kill()
    return said.decode().split("\r\n")[:count]


@pytest.mark.parametrize("core", ["nano33ble", "esp32"])
def test_sketch_says_what_the_host_hears(core: str, tmp_path: Path) -> None:
    model = Model(tiny_model("conv", seed=11))
    export_model(Arduino(), ExportModel(tiny_model("conv", seed=11), "tiny"), tmp_path / "library")
    program = compiled(tmp_path / "library", core, tmp_path)
    sound = np.concatenate([clip.samples for clip in synthetic_clips(model, 7, 8)])[: 3 * model.sample_rate]
    (tmp_path / "sound.raw").write_bytes(sound.astype("<i2").tobytes())
    events = Listener(model).push(sound).events
    assert len(events) >= 3
    expected = ["listening"]
    for event in events:
        ms = ((event.frame - 1) * model.hop + model.window) * 1000 // model.sample_rate
        kind = "begin" if event.kind == 1 else "end"
        expected.append(f"{kind} {LABELS[event.label]} {event.score * 100 // 32768} {ms}")
    assert lines_of(program, tmp_path / "sound.raw", len(expected)) == expected


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("core", sorted(CORES))
def test_library_compiles_for_every_core_and_operator(
    core: str, kind: str, tmp_path: Path, full: bool
) -> None:
    if not full and (core, kind) not in {
        ("teensy", "every_op"),
        ("other", "dense"),
        ("stm32", "dense"),
        ("pico", "dense"),
    }:
        pytest.skip("sampled: run with --full")
    compiled(exported(kind, tmp_path / "library"), core, tmp_path)


def test_same_bytes_every_time(tmp_path: Path) -> None:
    one, two = exported("conv", tmp_path / "one"), exported("conv", tmp_path / "two")
    names = sorted(path.relative_to(one) for path in one.rglob("*") if path.is_file())
    assert names == sorted(path.relative_to(two) for path in two.rglob("*") if path.is_file())
    assert all((one / name).read_bytes() == (two / name).read_bytes() for name in names)


def test_sources_are_the_firmware_s_own() -> None:
    root = firmware_root() / "firmware"
    files = Arduino().files(ExportModel(tiny_model("conv"), "tiny"))
    for path, data in files.items():
        inside = path.removeprefix("src/")
        if not path.startswith("src/") or inside.startswith("vox_tiny"):
            continue
        if inside.startswith("vox/arduino/"):
            origin = root / "hal" / "arduino" / Path(inside).name
        else:
            origin = root / "vox" / ("include" if inside.startswith("vox/") else "src") / inside
        assert data.endswith(origin.read_bytes()), path
        before = data.removesuffix(origin.read_bytes()).decode().splitlines()
        assert all(line.startswith(("#pragma weak ", "/* Several exports")) for line in before), path


TWO = """
#include <vox_one.h>
#include <vox_two.h>
static vox_one::VoxEmbed one;
static vox_two::VoxEmbed two;
void say(const char *name, int label, int score)
{
    Serial.print(name);
    Serial.print(" ");
    Serial.print(label);
    Serial.print(" ");
    Serial.println(score);
}
template <typename Ears> void hear(Ears &ears, const char *name, const int16_t *samples, size_t count)
{
    for (size_t used = 0; count > 0; samples += used, count -= used) {
        if (ears.push(samples, count, &used) & VOX_HEARD_RESULT) {
            say(name, ears.heard().verdict.label, ears.heard().verdict.score);
        }
    }
}
void setup()
{
    Serial.println(one.begin() + two.begin() == VOX_OK && one.listen(4, 5, 6) ? "listening" : "failed");
}
void loop()
{
    int16_t samples[64];
    vox_microphone_poll();
    const size_t count = vox_microphone_take(samples, 64);
    hear(one, "one", samples, count);
    hear(two, "two", samples, count);
    delay(1);
}
"""


PAIR = {"one": tiny_model("conv", seed=11), "two": tiny_model("dense", seed=4)}


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, list[Path]]:
    """Two libraries, and the objects of each."""
    folder = tmp_path_factory.mktemp("pair")
    made = {}
    for name, data in PAIR.items():
        export_model(Arduino(), ExportModel(data, name), folder / name)
        made[folder / name] = objects_of(folder / name, "esp32", folder / f"{name}-objects")
    return made


@pytest.mark.parametrize("archives", [False, True], ids=["objects", "archives"])
def test_two_libraries_in_one_sketch(archives: bool, pair: dict[Path, list[Path]], tmp_path: Path) -> None:
    """Linked as Arduino does (every object) and as PlatformIO does (an archive each)."""
    parts = [path for objects in pair.values() for path in objects]
    if archives:
        parts = [tmp_path / f"{library.name}.a" for library in pair]
        for archive, objects in zip(parts, pair.values(), strict=True):
            run(["ar", "rcs", archive, *objects])
    (tmp_path / "two.ino").write_text(TWO)
    program = tmp_path / "program"
    common = [CORES["esp32"], *WARNINGS, f"-I{STUB}", *(f"-I{library / 'src'}" for library in pair)]
    sketch = ["-x", "c++", "-include", "Arduino.h", tmp_path / "two.ino", "-x", "none"]
    run(["g++", "-std=gnu++11", *common, *sketch, STUB / "arduino_stub.cpp", *parts, "-o", program])
    sound = np.concatenate([c.samples for c in synthetic_clips(Model(PAIR["one"]), 7, 8)])[:12000]
    (tmp_path / "sound.raw").write_bytes(sound.astype("<i2").tobytes())
    expected = {}
    for name, data in PAIR.items():
        heard = Listener(Model(data)).push(sound)
        pairs = zip(heard.verdict_labels, heard.verdict_scores, strict=True)
        expected[name] = [f"{name} {label} {score}" for label, score in pairs]
    said = lines_of(program, tmp_path / "sound.raw", 1 + sum(map(len, expected.values())))
    assert said[0] == "listening"
    for name, lines in expected.items():
        assert len(lines) > 3
        assert [line for line in said if line.startswith(name)] == lines


def test_everything_that_may_be_there_twice_is_weak(pair: dict[Path, list[Path]]) -> None:
    for library, objects in pair.items():
        command = ["nm", "-g", "--defined-only", *objects]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        fields = [line.split() for line in said.splitlines()]
        strong = {line[2] for line in fields if len(line) == 3 and line[1] not in "WV"}
        assert strong == {f"vox_{library.name}_image", f"vox_{library.name}_needs"}


def test_descriptions(tmp_path: Path) -> None:
    library = exported("dense", tmp_path / "library", "my.model-2")
    assert identifier(ExportModel(b"", "my.model-2")) == "vox_my_model_2"
    properties = dict(
        line.split("=", 1) for line in (library / "library.properties").read_text().splitlines()
    )
    description = json.loads((library / "library.json").read_text())
    assert properties["name"] == description["name"] == "vox_my_model_2"
    assert properties["version"] == description["version"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", properties["version"])
    assert (library / "src" / properties["includes"]).is_file()


CATEGORIES = (
    *("Display", "Communication", "Signal Input/Output", "Sensors", "Device Control", "Timing"),
    *("Data Storage", "Data Processing", "Other"),
)
KEYWORDS = {"KEYWORD1", "KEYWORD2", "KEYWORD3", "LITERAL1", "LITERAL2"}


@pytest.mark.parametrize("name", ["my.model-2", "a" * 80, "9 Wörter"])
def test_rules_of_arduino_lint(name: str, tmp_path: Path) -> None:
    """https://arduino.github.io/arduino-lint/latest/rules/library/: what a strict check finds."""
    library = exported("dense", tmp_path / "library", name)
    lines = (library / "library.properties").read_text().splitlines()
    fields = dict(line.split("=", 1) for line in lines)
    assert len(fields) == len(lines)
    assert all(line == line.strip() for line in lines)
    required = {"name", "version", "author", "maintainer", "sentence", "paragraph", "category", "url"}
    assert required | {"architectures", "includes"} == fields.keys()
    assert all(fields.values())
    assert re.fullmatch(r"[A-Za-z][A-Za-z0-9 _.-]*", fields["name"])  # LP004..LP011
    assert len(fields["name"]) <= 63
    assert "arduino" not in fields["name"].lower()
    assert re.fullmatch(r"\d+\.\d+\.\d+", fields["version"])
    assert fields["category"] in CATEGORIES
    assert re.fullmatch(r"https://[a-z.]+/\S*", fields["url"])
    assert not fields["paragraph"].startswith(fields["sentence"])  # LP035
    assert (library / "src" / fields["includes"]).is_file()  # LP062
    top = {path.name for path in library.iterdir()}
    assert not top & {"Examples", "example", "extra", "Src", "SRC", "utility"}
    assert not list(library.rglob("*.exe"))
    assert all(
        not part.startswith(".") for path in library.rglob("*") for part in path.relative_to(library).parts
    )
    for sketch in (library / "examples").rglob("*.ino"):
        assert sketch.stem == sketch.parent.name
    for line in (library / "keywords.txt").read_text().splitlines():
        if not line.startswith("#"):
            word, kind = line.split("\t")
            assert kind in KEYWORDS
            assert re.fullmatch(r"\w+", word)


@pytest.mark.parametrize("description", ["library.json", "library.properties"])
def test_platformio_accepts_the_library(description: str, tmp_path: Path) -> None:
    """Read and checked as `pio pkg pack` does, but for the license, which it looks up in the network."""
    parser = pytest.importorskip("platformio.package.manifest.parser")
    schema = pytest.importorskip("platformio.package.manifest.schema")
    library = exported("dense", tmp_path / "library")
    manifest = parser.ManifestParserFactory.new_from_file(str(library / description)).as_dict()
    manifest.pop("license", None)
    assert schema.ManifestSchema().load_manifest(manifest)["name"] == "vox_tiny"
    with pytest.raises(Exception, match="Invalid manifest fields"):
        schema.ManifestSchema().load_manifest({**manifest, "version": "new"})


def test_bare_network_is_refused() -> None:
    with pytest.raises(VoxError, match="bare network"):
        find_target("arduino").files(ExportModel(tiny_network(), "net"))


def test_sizes_are_those_of_the_c99_export(tmp_path: Path) -> None:
    model = ExportModel(tiny_model("dense"), "tiny")
    footprint = Arduino().footprint(model, tmp_path)
    assert footprint.model == len(model.data)
    if footprint.missing is None:
        assert footprint.code is not None and 3000 < footprint.code < 30_000
