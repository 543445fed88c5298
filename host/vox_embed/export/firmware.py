"""A board's firmware project: device program, board files and model, for CMake, PlatformIO, or both."""

from __future__ import annotations

import configparser
import io
import json
import shlex
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from vox_embed.core import Model
from vox_embed.experiment.board_file import read_board_file, section_of
from vox_embed.experiment.board_room import flash_hint, ram_hint
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.files import MODEL
from vox_embed.experiment.needs import install_hint, need_pico_sdk
from vox_embed.experiment.sources import firmware_root
from vox_embed.export import templates
from vox_embed.export.base import ExportModel, Footprint, Target
from vox_embed.export.c_sources import LISTS, lists_for
from vox_embed.export.toolchain import image_sizes, run_tool
from vox_embed.program.on_demand import on_demand


@dataclass(frozen=True)
class Board:
    """What an export must know of boards/<name>.yaml."""

    name: str
    title: str
    hal: str
    """Folder in firmware/hal."""
    linker_script: str | None
    """From the project's root."""
    compiler: str
    """Prefix of the compiler's commands; empty for this computer's own."""
    arena_bytes: int
    """Memory that the image sets aside for the running model."""
    slot_bytes: int
    """Largest model that can be pushed; the image has two such slots."""
    flash_bytes: int
    """0: not limited."""
    emulator: str | None
    """Command that runs the image, None for real hardware."""
    slots_in_flash: bool = False
    """Where pushed models lie."""
    platform: str | None = None
    """PlatformIO's platform that builds it; None where CMake does too, with the compiler on PATH."""
    sdk: str = ""
    """Sources of others that it is built on: `pico`."""

    @classmethod
    def read(cls, path: Path) -> Board:
        """Raises VoxError where a key is missing."""
        keys = read_board_file(path)
        emulator, vendor = (section_of(keys, key, path) for key in ("emulator", "platformio"))
        try:
            return cls(
                name=str(keys["name"]),
                title=str(keys["title"]),
                hal=str(keys["hal"]),
                linker_script=keys.get("linker_script"),
                compiler=str(keys.get("compiler", "")),
                arena_bytes=1024 * int(keys["arena_kb"]),
                slot_bytes=1024 * int(keys["model_slot_kb"]),
                flash_bytes=1024 * int(keys["flash_kb"]),
                emulator=emulator.get("program"),
                slots_in_flash="flash_slots" in str(keys.get("parts", "")).split(),
                platform=vendor.get("platform"),
                sdk=str(keys.get("sdk") or ""),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise VoxError(
                f"{path}: not a board description ({error})", "compare it with boards/qemu-m4.yaml"
            ) from None


def memory_of(core: Model) -> int:
    """Bytes of RAM of a model that runs."""
    return core.listener_size if core.hears else core.arena_size


class FirmwareProject(Target):
    """The sources of a board's image as they stand in the repository, with a model built in."""

    products = ("build", ".pio", ".cache", ".vscode", "compile_commands.json")

    def __init__(self, board: Board, *, lean: bool = False) -> None:
        """lean: with the kernels and the front end that the model needs, in place of all."""
        self.board = board
        self.lean = lean

    def made_lean(self) -> FirmwareProject:
        """See Target."""
        return FirmwareProject(self.board, lean=True)

    @property
    def name(self) -> str:
        """The board's name."""
        return self.board.name

    @property
    def board_name(self) -> str:
        """As name."""
        return self.board.name

    @property
    def summary(self) -> str:
        """The board's title."""
        return f"firmware project for {self.board.title}"

    def files(self, model: ExportModel) -> Mapping[str, bytes]:
        """The project folder; sources and board files are the repository's own, byte for byte."""
        self._require_room(model)
        root, board, more = firmware_root(), self.board, on_demand(model.data)
        files = _collect(root, self._patterns())
        if self.lean:
            kernels, kinds = (f"firmware/vox/src/{name}" for name in LISTS)
            files[kernels] = lists_for(model.data).encode()
            del files[kinds]
        files[MODEL] = model.data
        if board.platform is None:
            files["CMakePresets.json"] = presets_for(_read(root / "CMakePresets.json"), board.name, more)
        if (root / "platformio.ini").is_file():
            files["platformio.ini"] = platformio_for(_read(root / "platformio.ini"), board.name, more)
        core = model.core
        files["README.md"] = templates.render(
            "firmware/README.md",
            title=model.name,
            hears=core.hears,
            labels=core.labels,
            rate=core.sample_rate if core.hears else 0,
            crc=f"{core.crc:08x}",
            model_size=len(model.data),
            ram=memory_of(core),
            arena_kb=board.arena_bytes // 1024,
            board=board,
            image=self.image(Path()).as_posix(),
            platformio="platformio.ini" in files,
            lean=self.lean,
        )
        return dict(sorted(files.items()))

    def footprint(self, model: ExportModel, folder: Path) -> Footprint:
        """Builds the image where its preset says, if the board's compiler is installed, and measures it."""
        core, board = model.core, self.board
        if board.platform is not None:
            return Footprint.of_model_alone(
                model, f"not built: PlatformIO does that, with {board.platform}, and says the sizes then"
            )
        code = static = None
        needed = [f"{board.compiler}gcc" if board.compiler else "cc", "cmake", "ninja"]
        absent = [tool for tool in needed if shutil.which(tool) is None]
        missing = self._lacking(absent)
        if missing is None:
            configure, build = ["cmake", "--preset", self.name], ["cmake", "--build", "--preset", self.name]
            missing = run_tool(configure, folder) or run_tool([*build, "--parallel", "2"], folder)
            if missing is None:
                sizes = image_sizes(self.image(folder))
                code = sizes.text + sizes.data - len(model.data)
                static = sizes.data + sizes.bss - board.arena_bytes
        return Footprint(
            code=code,
            model=len(model.data),
            static=static,
            listener=core.listener_size,
            arena=core.arena_size,
            measured_for=None if missing else self._reserves(),
            missing=missing,
        )

    def _lacking(self, absent: list[str]) -> str | None:
        """What the image cannot be built without, and what brings it."""
        if absent:
            return f"not built: {', '.join(absent)} not found on PATH; {install_hint(absent)}"
        if self.board.sdk == "pico":
            try:
                need_pico_sdk()
            except VoxError as error:
                return f"not built: {error.message}; {error.hint}"
        return None

    def image(self, folder: Path) -> Path:
        """Where building puts the image."""
        suffix = ".elf" if self.board.compiler else ""
        return folder / "build" / self.name / f"vox-{self.name}{suffix}"

    def next_command(self, model: ExportModel, folder: Path) -> str:
        """Build it; once built, prove it, where an emulator runs it."""
        name, image = self.name, self.image(folder)
        if self.board.platform is not None:
            return f"pio run -d {shlex.quote(str(folder))} -e {name} -t upload"
        if image.is_file() and self.board.emulator:
            built = f"{shlex.quote(str(folder / MODEL))} --target {name} --image {shlex.quote(str(image))}"
            return f"vox-embed verify {built}"
        return f"cd {shlex.quote(str(folder))} && cmake --preset {name} && cmake --build --preset {name}"

    def _patterns(self) -> Iterable[str]:
        board = self.board
        yield "LICENSE"
        if board.platform is None:
            yield from ("CMakeLists.txt", "firmware/CMakeLists.txt", "boards/cmake/**/*")
        yield from (
            "firmware/vox/**/*",
            "firmware/app/**/*",
            f"firmware/hal/{board.hal}/**/*",
            "firmware/hal/*",
        )
        yield from (f"boards/{board.name}.yaml", "boards/keys.txt", "boards/platformio/**/*")
        if board.linker_script:
            yield board.linker_script

    def _require_room(self, model: ExportModel) -> None:
        board, needed = self.board, memory_of(model.core)
        if needed > board.arena_bytes:
            raise VoxError(
                f"{model.name} needs {needed} bytes of RAM; {board.name} sets {board.arena_bytes} aside",
                ram_hint(board.name, needed),
            )
        if 0 < board.flash_bytes < len(model.data):
            raise VoxError(
                f"{model.name} has {len(model.data)} bytes; {board.name} has {board.flash_bytes} of flash",
                flash_hint(len(model.data)),
            )

    def _reserves(self) -> str:
        board = self.board
        text = (
            f"the image for {board.title}; it sets {board.arena_bytes // 1024} kB aside for a running model"
        )
        if board.slot_bytes:
            where = "in flash" if board.slots_in_flash else "in static"
            text += f", and, {where}, 2 x {board.slot_bytes // 1024} kB for models pushed to it"
        return text


def board_targets() -> tuple[FirmwareProject, ...]:
    """A target for every board, sorted by name."""
    return tuple(FirmwareProject(board) for board in _boards(firmware_root() / "boards"))


@lru_cache(maxsize=4)
def _boards(folder: Path) -> tuple[Board, ...]:
    return tuple(Board.read(path) for path in sorted(folder.glob("*.yaml")))


def presets_for(text: str, board: str, operators: Sequence[str] = ()) -> bytes:
    """CMakePresets.json with this board's presets only, the model and what it needs built in."""
    document = json.loads(text)
    configure = {preset["name"]: preset for preset in document["configurePresets"]}
    if board not in configure:
        raise VoxError(f"CMakePresets.json has no preset for the board {board}", "add one")
    kept, queue = set(), [board]
    while queue:
        name = queue.pop()
        kept.add(name)
        parents = configure[name].get("inherits", [])
        queue += [parents] if isinstance(parents, str) else parents
    document["configurePresets"] = [p for p in document["configurePresets"] if p["name"] in kept]
    variables = configure[board].setdefault("cacheVariables", {})
    variables["VOX_MODEL"] = f"${{sourceDir}}/{MODEL}"
    if operators:
        variables["VOX_MORE_OPERATORS"] = ";".join(operators)
    for kind in ("buildPresets", "testPresets", "packagePresets", "workflowPresets"):
        if kind in document:
            document[kind] = [
                p for p in document[kind] if p.get("configurePreset") in kept or "inherits" in p
            ]
    return (json.dumps(document, indent=2) + "\n").encode()


def platformio_for(text: str, board: str, operators: Sequence[str] = ()) -> bytes:
    """platformio.ini with this board's environment only, the model and what it needs built in."""
    parser = configparser.RawConfigParser(comment_prefixes=("#", ";"), inline_comment_prefixes=(" ;",))
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(text)
    environment = f"env:{board}"
    if not parser.has_section(environment):
        raise VoxError(f"platformio.ini has no environment for the board {board}", "add one")
    inherited = {name.strip() for name in parser.get(environment, "extends", fallback="").split(",")}
    for section in parser.sections():
        if section not in {"platformio", "env", environment} | inherited:
            parser.remove_section(section)
    parser.remove_option("platformio", "test_dir")  # the tests stay behind
    if parser.has_option("platformio", "default_envs"):
        parser.set("platformio", "default_envs", board)
    parser.set(environment, "custom_vox_model", MODEL)
    if operators:
        parser.set(environment, "custom_vox_operators", " ".join(operators))
    out = io.StringIO()
    parser.write(out)
    return (out.getvalue().rstrip() + "\n").encode()


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _collect(root: Path, patterns: Iterable[str]) -> dict[str, bytes]:
    """Files below root that match, without editors' and Python's leavings."""
    files = {}
    for pattern in patterns:
        found = [path for path in root.glob(pattern) if path.is_file()]
        for path in found:
            inside = path.relative_to(root)
            if not any(part.startswith(".") or part == "__pycache__" for part in inside.parts):
                files[inside.as_posix()] = path.read_bytes()
        if not found and "*" not in pattern:
            raise VoxError(f"{root / pattern} is missing", "reinstall vox-embed, or mend the checkout")
    return files
