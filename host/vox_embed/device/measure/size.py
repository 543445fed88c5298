"""Flash, RAM and stack of a model on a board, from the image linked for it: before anything is flashed."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from vox_embed.core import Model
from vox_embed.device.boards import Board, find_board, project_folder
from vox_embed.device.measure.build import Built, board_image
from vox_embed.device.measure.compile import compile_program
from vox_embed.device.measure.elf import Elf
from vox_embed.device.measure.machine import Recipe, machine_of, recipe_of
from vox_embed.device.measure.stack import StackBound, bound_of, stack_bound
from vox_embed.device.tools import need_build
from vox_embed.experiment.board_room import flash_hint, ram_hint
from vox_embed.experiment.errors import VoxError
from vox_embed.program.on_demand import on_demand

_MODEL, _ARENA, _SLOTS = "app_builtin_model", "arena", "slots"


@dataclass(frozen=True)
class Flash:
    """Bytes of flash; code + constants + data + model = total."""

    code: int
    """Functions."""
    constants: int
    """Tables, strings, vectors, padding."""
    data: int
    """Initial values of variables."""
    model: int
    total: int


@dataclass(frozen=True)
class Ram:
    """Bytes of RAM; static + reserved + slots + stack_reserved = total."""

    static: int
    """Variables of the program."""
    reserved: int
    """Set aside for the running model."""
    slots: int
    """Set aside for pushed models."""
    stack_reserved: int
    """0 where the stack takes what is left."""
    total: int


@dataclass(frozen=True)
class Sizes:
    """What an image takes, and what the model in it uses."""

    target: str
    image: str
    """What was measured, in words."""
    flash: Flash
    ram: Ram
    arena: int
    """Tensors of the model, in `ram.reserved`."""
    listener: int
    """The running model, arena included, in `ram.reserved`; 0 for a bare network."""
    stack: StackBound | None
    stack_missing: str | None
    """Why there is no bound."""
    flash_limit: int
    """Of the board; 0: none."""
    ram_limit: int


def measure_size(
    target: str, data: bytes, name: str, lists: str | None = None, *, lean: bool = False
) -> Sizes:
    """Build the board's image with this model and measure it. data: a .vxm that opens; name: for messages.

    A bare network is measured with start-up code and the library around it instead of the device program.
    lists: C text of the model's kernels and front ends, instead of all: for a bare network, and with `lean`
    for any.
    Raises VoxError where a tool is missing, or the model does not fit the board, by how much.
    """
    board, model = find_board(target), Model(data)
    need_build(board, stack=True)
    _check_before(board, model, name)
    if not model.hears:
        return _network_size(board, model, data, name, lists)
    recipe = recipe_of(target)
    more, chosen = on_demand(data), lists if lean else None
    with board_image(project_folder(), target, data, recipe.compiler, more, lists=chosen) as built:
        sizes = _sizes(
            board,
            model,
            built,
            f"the image for {board.title}",
            recipe=recipe,
        )
    check_fit(sizes, name)
    return sizes


def _network_size(board: Board, model: Model, data: bytes, name: str, lists: str | None) -> Sizes:
    machine = machine_of(board.name)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        numbers = ",".join(map(str, data))
        (folder / "network.h").write_text(
            f"__attribute__((aligned(8))) static const uint8_t {_MODEL}[{len(data)}] = {{{numbers}}};\n"
            f"#define NETWORK_ARENA_BYTES {model.arena_size}u\n"
        )
        built = compile_program(machine, "network", folder, call_graphs=True, lists=lists)
        sizes = _sizes(board, model, built, f"start-up code, library and network for {board.core}")
    check_fit(sizes, name)
    return sizes


def _sizes(
    board: Board,
    model: Model,
    built: Built,
    image: str,
    *,
    recipe: Recipe | None = None,
) -> Sizes:
    elf = Elf(built.elf)
    bound, missing = None, None
    if built.call_graphs:
        bound = bound_of(built, recipe) if recipe else stack_bound(built)
    else:
        missing = "the compiler is not gcc, so it wrote no call graphs"
    flash, ram = linked_sizes(elf)
    return Sizes(
        target=board.name,
        image=image,
        flash=flash,
        ram=ram,
        arena=model.arena_size,
        listener=model.listener_size,
        stack=bound,
        stack_missing=missing,
        flash_limit=1024 * board.flash_kb,
        ram_limit=1024 * board.ram_kb,
    )


def linked_sizes(elf: Elf) -> tuple[Flash, Ram]:
    """Flash and RAM of an image by what they hold; the totals are those of the `size` command,
    and what the linker script only reserves."""
    text = data = zeroed = stack = 0
    for section in elf.sections:
        if section.name.startswith(".stack"):
            stack += section.size
        if not section.allocated:
            # Only reserved by the linker script, as stacks and heaps are; others have no address.
            zeroed += section.size if section.address else 0
            continue
        if not section.stored:
            zeroed += section.size
        elif section.writable:
            data += section.size
        else:
            text += section.size
    model = _object(elf, _MODEL, None)
    # One function may have several names.
    ends = {s.address: s.size for s in elf.symbols if s.function and _in_text(elf, s.address)}
    code = sum(ends.values())
    arena = _object(elf, _ARENA, "model.c") or _object(elf, _ARENA, "network.c")
    slots = _object(elf, _SLOTS, "ram_slots.c")
    flash = Flash(code, text - code - model, data, model, text + data)
    total = data + zeroed
    return flash, Ram(total - arena - slots - stack, arena, slots, stack, total)


def _object(elf: Elf, name: str, file: str | None) -> int:
    """Bytes of an object; a static one is known by its file too."""
    return sum(
        s.size for s in elf.symbols if s.name == name and not s.function and (file is None or s.file == file)
    )


def _in_text(elf: Elf, address: int) -> bool:
    return any(
        s.allocated and s.stored and not s.writable and s.address <= address < s.address + s.size
        for s in elf.sections
    )


def _check_before(board: Board, model: Model, name: str) -> None:
    """What needs no linking to know."""
    reserved = 1024 * board.arena_kb
    if model.listener_size > reserved:
        raise VoxError(
            f"{name} does not fit {board.name}: running it takes {model.listener_size:,} bytes of RAM, "
            f"{model.listener_size - reserved:,} more than the {reserved:,} set aside",
            ram_hint(board.name, model.listener_size),
        )
    flash = 1024 * board.flash_kb
    if 0 < flash < model.size:
        raise VoxError(
            f"{name} does not fit {board.name}: it has {model.size:,} bytes, {model.size - flash:,} more "
            f"than the flash of {flash:,}",
            flash_hint(model.size),
        )


def check_fit(sizes: Sizes, name: str) -> None:
    """Raises VoxError that says by how much an image exceeds its board."""
    stack = sizes.stack.total if sizes.stack else 0
    # Where no stack is set aside, it takes its part of the rest.
    ram = sizes.ram.total + (0 if sizes.ram.stack_reserved else stack)
    over, helps = [], []
    if 0 < sizes.flash_limit < sizes.flash.total:
        over.append(
            f"flash by {sizes.flash.total - sizes.flash_limit:,} bytes ({sizes.flash.total:,} of "
            f"{sizes.flash_limit:,})"
        )
        helps.append(flash_hint(sizes.flash.total))
    if 0 < sizes.ram_limit < ram:
        over.append(f"RAM by {ram - sizes.ram_limit:,} bytes ({ram:,} of {sizes.ram_limit:,})")
        helps.append(_less_ram(sizes))
    if 0 < sizes.ram.stack_reserved < stack:
        over.append(
            f"the stack by {stack - sizes.ram.stack_reserved:,} bytes ({stack:,} of "
            f"{sizes.ram.stack_reserved:,}: stack_kb)"
        )
        helps.append(f"raise stack_kb in boards/{sizes.target}.yaml to {-(-stack // 1024)}")
    if over:
        raise VoxError(
            f"{name} does not fit {sizes.target}: the image exceeds {', '.join(over)}", "; ".join(helps)
        )


def _less_ram(sizes: Sizes) -> str:
    """What is set aside and not used may be less; else the model must be smaller."""
    file = f"boards/{sizes.target}.yaml"
    used = sizes.listener or sizes.arena
    if sizes.ram.reserved - used >= 1024:
        return f"lower arena_kb in {file} to {-(-used // 1024)}, which the model uses"
    if sizes.ram.slots:
        return f"lower model_slot_kb in {file}, or train a smaller model"
    return "train a smaller model, or choose a board with more RAM"
