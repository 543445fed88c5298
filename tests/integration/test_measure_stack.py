"""Stack bounds: against painted stacks in the emulator, and against programs whose stack is known."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from helpers.tiny_model import CLIPS, clip, tiny_model
from vox_embed.device import rp2040
from vox_embed.device.boards import all_boards, find_board, project_folder
from vox_embed.device.measure.build import CALL_GRAPHS, UNCACHED, Built, board_image
from vox_embed.device.measure.machine import recipe_of
from vox_embed.device.measure.stack import StackBound, bound_of, stack_bound
from vox_embed.device.targets import open_board
from vox_embed.experiment.errors import VoxError

BOARDS = [b.name for b in all_boards() if b.emulated and b.emulator_program != "native"]
COMPILERS = {
    "arm-none-eabi-": ("-mcpu=cortex-m4", "-mthumb"),
    "riscv64-unknown-elf-": ("-march=rv32imac", "-mabi=ilp32"),
}
SLACK = {"rp2040": 1.35}
"""Of the bound over what was seen, where it is more than 1.25: nothing here makes the deepest chain of
opening a model and an interrupt of USB meet."""


def why_not(board: str) -> str | None:
    """Why an image cannot be built and emulated here."""
    found = find_board(board)
    if found.emulator_program == "rp2040js":
        return rp2040.missing()
    needed = ("cmake", "ninja", found.emulator_program, recipe_of(board).compiler + "gcc")
    missing = [tool for tool in needed if shutil.which(tool) is None]
    return f"{', '.join(missing)} is not installed" if missing else None


def flashable(elf: Path) -> list[Path]:
    """The image and, where it has one, the UF2 beside it."""
    return [elf, *elf.parent.glob(elf.stem + ".uf2")]


@pytest.mark.parametrize("board", BOARDS)
def test_bound_holds_and_is_tight(board: str, tmp_path: Path) -> None:
    """Everything that a host can ask for is asked for; the painted stack shows how deep it went."""
    recipe = recipe_of(board)
    lacking = why_not(board)
    if lacking:
        pytest.skip(lacking)
    model = tiny_model("every_op")
    with board_image(project_folder(), board, model, recipe.compiler) as built:
        bound = bound_of(built, recipe)
        image, *_ = (Path(shutil.copy(file, tmp_path)) for file in flashable(built.elf))
    assert bound.open_calls == ()
    assert bound.outside == ()
    with open_board(find_board(board), image) as session:
        for kind in CLIPS:
            session.run_clip(clip(kind))
        session.labels()
        session.push_model(tiny_model("conv"))
        session.run_clip(clip("bursts"))
        stats = session.stats()
    print(f"\n{board}: bound {bound.total}, painted {stats.stack_used}")
    assert stats.stack_used > 0, "the board does not paint its stack"
    assert stats.stack_used <= bound.total <= SLACK.get(board, 1.25) * stats.stack_used
    assert bound.total <= stats.stack_size


@pytest.mark.skipif(
    not all(map(shutil.which, ("cc", "cmake", "ninja"))), reason="cc, cmake or ninja is missing"
)
def test_this_computers_program_is_bounded() -> None:
    with board_image(project_folder(), "native", tiny_model("conv"), "") as built:
        if not built.call_graphs:
            pytest.skip("cc is not gcc")
        bound = stack_bound(built)
    assert bound.path[0].function == "main"
    assert bound.open_calls == ()
    assert "poll" in bound.outside
    assert sum(step.frame for step in bound.path) == bound.program
    assert bound.interrupts == 0


def compiled(source: str, folder: Path, prefix: str = "arm-none-eabi-") -> Built:
    if shutil.which(f"{prefix}gcc") is None:
        pytest.skip(f"{prefix}gcc is not installed")
    (folder / "x.c").write_text(source)
    flags = [*COMPILERS[prefix], "-O1", "-fno-inline", CALL_GRAPHS, "-c", "x.c"]
    subprocess.run([f"{prefix}gcc", *flags], cwd=folder, env=os.environ | UNCACHED, check=True)
    link = [
        *COMPILERS[prefix],
        "-nostdlib",
        "-nostartfiles",
        "-Wl,-emain",
        "x.o",
        "-o",
        "x.elf",
    ]
    subprocess.run([f"{prefix}gcc", *link], cwd=folder, check=True)
    return Built(folder / "x.elf", (folder / "x.ci",), prefix)


CHAIN = """
void use(volatile char *p);
void use(volatile char *p) { *p = 1; }
static void deep(void) { volatile char b[200]; use(b); use(b); }
static void flat(void) { volatile char b[40]; use(b); use(b); }
int main(void) { volatile char b[100]; use(b); flat(); deep(); flat(); return 0; }
"""


@pytest.mark.parametrize("prefix", COMPILERS)
def test_the_deepest_chain_counts(prefix: str, tmp_path: Path) -> None:
    bound = stack_bound(compiled(CHAIN, tmp_path, prefix))
    assert [step.function for step in bound.path] == ["main", "x.c:deep"]
    assert 300 <= bound.program <= 300 + 64
    assert bound.interrupts == 0


def test_assembly_is_read_from_the_disassembly(tmp_path: Path) -> None:
    source = """
    void outer(void);
    __asm__(".global outer\\n.type outer, %function\\n.thumb_func\\nouter:\\n push {r4-r7, lr}\\n"
            " sub sp, #64\\n bl inner\\n add sp, #64\\n pop {r4-r7, pc}\\n.size outer, .-outer\\n"
            ".global inner\\n.type inner, %function\\n.thumb_func\\ninner:\\n stmdb sp!, {r8, r9, lr}\\n"
            " str.w r0, [sp, #-8]!\\n vpush {d8-d9}\\n bx lr\\n.size inner, .-inner\\n.fpu fpv4-sp-d16\\n");
    int main(void) { outer(); return 0; }
    """
    source = source.replace('__asm__(".global', '__asm__(".syntax unified\\n.fpu fpv4-sp-d16\\n.global')
    bound = stack_bound(compiled(source, tmp_path))
    frames = {step.function: step.frame for step in bound.path}
    assert frames["outer"] == 5 * 4 + 64
    assert frames["inner"] == 3 * 4 + 8 + 16


def test_interrupts_come_on_top(tmp_path: Path) -> None:
    source = """
    void use(volatile char *p);
    void use(volatile char *p) { *p = 1; }
    void quick(void) { }
    void slow(void) { volatile char b[80]; use(b); use(b); }
    int main(void) { volatile char b[100]; use(b); return 0; }
    typedef void (*vector)(void);
    __attribute__((used)) const vector my_vectors[5] = {(vector)0x20001000, (vector)main, quick, 0, slow};
    """
    built = compiled(source, tmp_path)
    bound = stack_bound(built)
    assert [step.function for step in bound.handler_path] == ["slow"]
    assert 80 + 36 <= bound.interrupts <= 80 + 36 + 16
    assert bound.total == bound.program + bound.interrupts
    assert stack_bound(built, levels=2).interrupts == bound.interrupts + 36
    assert [step.function for step in stack_bound(built, ["use"], 3).handler_path] == ["slow"]
    assert stack_bound(built, ["use"], 3).interrupts >= bound.interrupts + 2 * 36


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            "int f(int n) { return n ? f(n - 1) + n * f(n - 2) : 1; } int main(void) { return f(3); }",
            "f -> f",
        ),
        (
            "int g(int n); int f(int n) { return n ? g(n - 1) * 3 : 1; } int g(int n) { return f(n) + 1; }"
            "int main(void) { return f(3); }",
            "f -> g -> f|g -> f -> g",
        ),
        (
            "int use(char *p); int use(char *p) { return *p; }"
            "int f(int n) { char b[n]; b[0] = 1; return use(b); } int main(void) { return f(3); }",
            "f holds an array of variable size",
        ),
    ],
    ids=["itself", "two", "array"],
)
def test_what_has_no_bound_is_refused(body: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(VoxError, match=said):
        stack_bound(compiled(body, tmp_path))


def test_calls_through_pointers_are_named(tmp_path: Path) -> None:
    source = "int (*p)(void); int main(void) { return p() + 1; }"
    bound: StackBound = stack_bound(compiled(source, tmp_path))
    assert bound.open_calls == ("main",)


POINTERS = """
void use(volatile char *p);
void use(volatile char *p) { *p = 1; }
static void small(void) { volatile char b[40]; use(b); use(b); }
static void large(void) { volatile char b[400]; use(b); use(b); }
void (*p)(void) = small;
void (*q)(void) = large;
int main(void) { p(); p(); return 0; }
"""


def test_calls_through_pointers_are_followed_where_they_are_named(tmp_path: Path) -> None:
    built = compiled(POINTERS, tmp_path)
    for target, least in {"x.c:small": 40, "*.c:small,large": 400, "rom:96": 96, "none": 0}.items():
        bound = stack_bound(built, pointers={"main": target.split(",")})
        assert bound.open_calls == ()
        assert least <= bound.program <= least + 40
    assert stack_bound(built).open_calls == ("main",)


def test_unknown_handlers_are_refused(tmp_path: Path) -> None:
    with pytest.raises(VoxError, match="no function gone"):
        stack_bound(compiled(POINTERS, tmp_path), ["gone"])


def test_a_handler_that_is_held_off_does_not_lie_on_what_holds_it_off(tmp_path: Path) -> None:
    source = """
    void use(volatile char *p);
    void use(volatile char *p) { *p = 1; }
    void busy(void) { volatile char b[300]; use(b); use(b); }
    void handler(void) { volatile char b[120]; use(b); use(b); }
    int main(void) { volatile char b[100]; use(b); busy(); use(b); return 0; }
    void (*keep)(void) = handler;
    """
    built = compiled(source, tmp_path)
    without = stack_bound(built)
    on_top = stack_bound(built, ["handler"])
    held = stack_bound(built, ["handler"], held_off={"handler": ["busy"]})
    assert on_top.program == without.program > 400
    assert on_top.interrupts >= 120 + 36
    assert held.total == held.program == without.program  # the deepest is where the handler does not come
    # Where it does come, the chain ends before the function that holds it off.
    short = source.replace("b[300]", "b[30]")
    held = stack_bound(compiled(short, tmp_path), ["handler"], held_off={"handler": ["busy"]})
    assert 100 <= held.program <= 130
    assert held.interrupts == on_top.interrupts


def test_names_for_one_function_and_code_that_runs_on(tmp_path: Path) -> None:
    source = """
    void second(void);
    __asm__(".syntax unified\\n.global first, second, inside\\n"
            ".type first, %function\\n.thumb_func\\nfirst:\\n"
            ".type second, %function\\n.thumb_func\\nsecond:\\n push {r4-r7, lr}\\n"
            ".type inside, %function\\n.thumb_func\\ninside:\\n sub sp, #64\\n add sp, #64\\n"
            " pop {r4-r7, pc}\\n");
    int main(void) { second(); return 0; }
    """
    bound = stack_bound(compiled(source, tmp_path))
    assert 20 + 64 <= bound.program <= 20 + 64 + 8


def test_no_call_graphs_no_bound(tmp_path: Path) -> None:
    built = compiled(CHAIN, tmp_path)
    with pytest.raises(VoxError, match="gcc"):
        stack_bound(Built(built.elf, (), built.prefix))
