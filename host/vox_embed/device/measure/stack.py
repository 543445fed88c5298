"""The worst-case stack of an image: frames along the deepest chain of calls, and interrupts on top of it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property

from vox_embed.device.measure.build import Built
from vox_embed.device.measure.call_graph import INDIRECT, Function, read_call_graphs, short
from vox_embed.device.measure.disassembly import Disassembly
from vox_embed.device.measure.elf import Elf, Symbol
from vox_embed.device.measure.machine import Recipe
from vox_embed.experiment.errors import VoxError

_ARM, _X86_64 = 40, 62
_VECTORS = re.compile(r"vectors?(_table)?$", re.IGNORECASE)
# What a Cortex-M stacks when an interrupt comes: 8 words, or 26 where the program uses floating-point or
# vector registers; and a word where the stack pointer was not at a multiple of 8.
_FRAME_WORDS, _LONG_FRAME_WORDS = 8, 26
_VECTOR_INSTRUCTION = re.compile(r"v[a-z]+[a-z0-9.]*\t.*\b[sdq]\d")
# Tables of the library: arrays of pointers to structures, and the structures' members. And what calls through
# them, inlined functions' callers included, with the members that it calls.
_TABLES = {
    "vox_kernels": ("check", "run"),
    "vox_frontend_kinds": ("valid", "span", "history_size", "scratch_size", "frame"),
}
# Arrays of pointers to functions, and what those are.
_FUNCTIONS = {"descriptor_values": "value", "statistics": "statistic"}
_TABLE_CALLS = {
    "read_list": ("value",),
    "frame": ("value",),
    "evaluate": ("statistic",),
    "vox_functionals_read": ("statistic",),
    "vox_program_run": ("run",),
    "vox_program_run_op": ("run",),
    "vox_program_step": ("run",),
    "vox_program_check": ("check",),
    "check_ops": ("check",),
    "vox_frontend_check": ("valid",),
    "vox_frontend_span": ("span",),
    "vox_frontend_init": ("span",),
    "vox_frontend_state_size": ("span", "history_size"),
    "vox_frontend_scratch_size": ("scratch_size",),
    "vox_frontend_frame": ("frame",),
    "vox_frontend_push": ("frame",),
}
# Functions of the library that are handed to others.
_HANDED = {"vox_cascade_extra_size": ("stage_size",), "vox_cascade_init": ("begin_stage",)}
# What gcc adds to the name of a function that it took apart or made a special copy of.
_PART = re.compile(r"\.(part|isra|constprop|cold)\.\d+")
_ROM = re.compile(r"rom:(\d+)$")


@dataclass(frozen=True)
class Step:
    """One function of a chain of calls."""

    function: str
    frame: int


@dataclass(frozen=True)
class StackBound:
    """Bytes of stack that are never exceeded."""

    program: int
    """From reset (on this computer: main) down the deepest chain of calls."""
    interrupts: int
    """Registers stacked and the deepest handler, once for each priority in use."""
    path: tuple[Step, ...]
    handler_path: tuple[Step, ...]
    """Of the deepest handler."""
    open_calls: tuple[str, ...]
    """Functions that call through pointers of unknown target: their callees are not part of the bound."""
    outside: tuple[str, ...]
    """Functions that the image does not hold (of shared libraries), which are not part of the bound."""

    @property
    def total(self) -> int:
        """Both."""
        return self.program + self.interrupts


class _Graph:
    def __init__(
        self, built: Built, handlers: Iterable[str] = (), pointers: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        self.elf = Elf(built.elf)
        self.registered = tuple(handlers)
        self.pointers = dict(pointers or {})
        self.static = all(section.name != ".dynamic" for section in self.elf.sections)
        self.compiled = read_call_graphs(built.call_graphs)
        if not self.compiled:
            raise VoxError(
                "the stack cannot be bounded: the compiler wrote no call graphs", "build with gcc 10 or newer"
            )
        self.disassembly = Disassembly(built.elf, built.prefix)
        self.open_calls: set[str] = set()
        self.outside: set[str] = set()

    @cached_property
    def library(self) -> dict[str, Function]:
        """Functions that were not compiled here."""
        found = {}
        for name, code in self.disassembly.functions().items():
            calls = {*code.calls, *([INDIRECT] if code.indirect else [])}
            found[name] = Function(code.frame, unbounded=False, calls=calls)
        return found

    def titles(self, symbol: Symbol) -> list[str]:
        """What call graphs call a function of the image: more than one where file names do not tell."""
        if symbol.file is None:
            return [symbol.name]
        end = f"/{symbol.file}:{symbol.name}"
        return [title for title in self.compiled if f"/{title}".endswith(end)] or [symbol.name]

    def titles_at(self, address: int) -> list[str]:
        """Functions whose address is stored somewhere."""
        found = [title for symbol in self.elf.functions_at(address) for title in self.titles(symbol)]
        compiled = [title for title in found if title in self.compiled]
        return compiled or found[:1]

    @cached_property
    def members(self) -> dict[str, list[str]]:
        """Member of a table's structures -> what it points to in this image."""
        found: dict[str, list[str]] = {}
        for name, members in _TABLES.items():
            table = self.elf.symbol(name)
            if table is None:
                continue
            for each in self.elf.pointers(table.address, table.size // self.elf.pointer_size):
                if each == 0:
                    continue
                for member, address in zip(members, self.elf.pointers(each, len(members)), strict=True):
                    found.setdefault(member, []).extend(self.titles_at(address))
        for name, member in _FUNCTIONS.items():
            table = self.elf.symbol(name)
            count = 0 if table is None else table.size // self.elf.pointer_size
            for address in self.elf.pointers(table.address, count) if table is not None else ():
                found.setdefault(member, []).extend(self.titles_at(address) if address else ())
        return found

    def function(self, title: str) -> Function | None:
        """A function by its title; None where the image does not hold it."""
        if rom := _ROM.match(title):
            return Function(int(rom[1]), unbounded=False)
        return self.compiled.get(title) or self.library.get(title)

    def callees(self, title: str, function: Function) -> list[str]:
        """Whom it may call."""
        found = sorted(function.calls - {INDIRECT})
        found = [self._called(name, wrapped=title in self.compiled) for name in found]
        if INDIRECT in function.calls:
            name = _PART.sub("", short(title))
            members = _TABLE_CALLS.get(name.rpartition(":")[2])
            if members is not None:
                found += [t for member in members for t in self.members.get(member, [])]
            elif handed := self.pointers.get(name) or _HANDED.get(name.rpartition(":")[2]):
                found += [t for target in handed for t in self.named(target)]
            else:
                self.open_calls.add(name)
        return found

    def _called(self, name: str, *, wrapped: bool) -> str:
        """Who is called in the end: another function where the linker's --wrap puts it in place of this one;
        that of several names for one function that gcc or objdump gives it."""
        if wrapped and name.startswith("__real_"):
            name = name.removeprefix("__real_")
        elif wrapped and self.elf.addresses(f"__wrap_{name}"):
            name = f"__wrap_{name}"
        if self.function(name) is None:
            for address in sorted(self.elf.addresses(name)):
                for other in (*self.titles_at(address), *self.elf.names_at(address)):
                    if self.function(other) is not None:
                        return other
        return name

    def named(self, target: str) -> list[str]:
        """Titles of a function that the board's file names; none where this image does without it."""
        if target == "none":
            return []
        if _ROM.match(target):
            return [target]
        file, _, name = target.rpartition(":")
        titles = {
            title
            for s in self.elf.symbols
            if s.function and fnmatchcase(s.name, name) and (not file or fnmatchcase(s.file or "", file))
            for title in self.titles(s)
        }
        return sorted(titles) or ([name] if name in self.library else [])

    def roots(self) -> list[str]:
        """Where the program begins."""
        if self.elf.machine == _X86_64:
            return ["main"]
        return [*self.titles_at(self.elf.entry), "main"]

    def handlers(self) -> list[str]:
        """Interrupt handlers: what stands in the vector table, or ends with `mret`."""
        if self.elf.machine == _X86_64:
            return []
        if self.elf.machine == _ARM:
            found = [title for address in self._vectors() for title in self.titles_at(address)]
        else:
            returning = {name for name, text in self.disassembly.instructions() if text.startswith("mret")}
            found = [t for s in self.elf.symbols if s.name in returning for t in self.titles(s)]
            found += sorted(returning - {s.name for s in self.elf.symbols})
        for name in self.registered:
            named = self.named(name)
            if not named:
                raise VoxError(
                    f"interrupt_handlers: the image has no function {name}",
                    "mend the line in the board's file",
                )
            found += named
        return sorted(set(found) - set(self.roots()))

    def _vectors(self) -> list[int]:
        """Entries of the vector table from NMI on."""
        objects = {s.name: (s.address, s.size) for s in self.elf.symbols if not s.function}
        known = objects | {name: (at, 0) for name, at in self.elf.labels.items() if name not in objects}
        tables = sorted(place for name, place in known.items() if _VECTORS.search(name))
        for address, size in tables:
            entries = []
            for i in range(2, size // 4 if size else 256):
                try:
                    (entry,) = self.elf.pointers(address + 4 * i, 1)
                except VoxError:
                    break
                if entry != 0 and not (entry & 1 and self.elf.functions_at(entry)):
                    break
                entries += [entry] if entry else []
            if entries:
                return entries
        return []

    def interrupt_frame(self) -> int:
        """Bytes that the core itself stacks for an interrupt."""
        if self.elf.machine != _ARM:
            return 0
        vectors = any(_VECTOR_INSTRUCTION.match(text) for _, text in self.disassembly.instructions())
        return 4 * (_LONG_FRAME_WORDS if vectors else _FRAME_WORDS) + 4


class _Walk:
    """Depths of chains of calls, but for some functions and what they call."""

    def __init__(self, graph: _Graph, without: frozenset[str] = frozenset()) -> None:
        self._graph = graph
        self._without = without
        self._depth: dict[str, int] = {}
        self._next: dict[str, str | None] = {}

    def depth(self, title: str, chain: tuple[str, ...] = ()) -> int:
        """Bytes of the deepest chain of calls that begins there."""
        if title in chain:
            cycle = " -> ".join(map(short, (*chain[chain.index(title) :], title)))
            raise VoxError(f"the stack has no bound: recursion {cycle}", "write it as a loop")
        if title in self._depth:
            return self._depth[title]
        if title in self._without:
            return 0
        function = self._graph.function(title)
        if function is None:
            # A weak reference to nothing, in an image that is complete: never called.
            if not self._graph.static:
                self._graph.outside.add(short(title))
            return 0
        if function.unbounded:
            raise VoxError(
                f"the stack has no bound: {short(title)} holds an array of variable size",
                "give the array a constant size",
            )
        deepest, below = 0, None
        for callee in self._graph.callees(title, function):
            depth = self.depth(callee, (*chain, title))
            if depth > deepest:
                deepest, below = depth, callee
        self._depth[title], self._next[title] = function.frame + deepest, below
        return self._depth[title]

    def path(self, title: str) -> tuple[Step, ...]:
        """The deepest chain of calls from there."""
        steps, at = [], title if title in self._depth else None
        while at is not None:
            function = self._graph.function(at)
            steps.append(Step(short(at), function.frame if function else 0))
            at = self._next.get(at)
        return tuple(steps)


def stack_bound(
    built: Built,
    handlers: Iterable[str] = (),
    levels: int = 1,
    pointers: Mapping[str, Sequence[str]] | None = None,
    held_off: Mapping[str, Sequence[str]] | None = None,
) -> StackBound:
    """Bound the stack of a linked image. No machine is run; gcc's frames and call graphs decide.

    handlers: names of interrupt handlers beside those in the image's vector table. levels: interrupt
    priorities in use; handlers of one priority do not interrupt each other. pointers: function -> what it
    calls through pointers, static functions as "file.c:name", * for any text; "none" for a pointer that is
    never set; "rom:96" for a function outside the image that takes 96 bytes. held_off: handler -> functions
    of the program in which it does not come; such a handler has a priority of its own.

    Calls through the library's tables are followed to what the image holds. Raises VoxError for
    recursion, arrays of variable size, and where the compiler was not gcc.
    """
    graph = _Graph(built, handlers, pointers)
    whole = _Walk(graph)
    ranked = sorted(graph.handlers(), key=whole.depth, reverse=True)
    held = {
        title: frozenset(t for name in names for t in graph.named(name))
        for handler, names in (held_off or {}).items()
        for title in graph.named(handler)
    }
    found: list[StackBound] = []
    # Which of the handlers that may be held off are at work: the program is then in none of those functions.
    for busy in itertools.chain.from_iterable(itertools.combinations(held, n) for n in range(len(held) + 1)):
        walk = _Walk(graph, frozenset().union(*(held[title] for title in busy)))
        root = max(graph.roots(), key=walk.depth, default=None)
        on_top = [t for t in ranked if t not in held or t in busy][: levels - len(held) + len(busy)]
        found.append(
            StackBound(
                program=walk.depth(root) if root else 0,
                interrupts=sum(graph.interrupt_frame() + whole.depth(title) for title in on_top),
                path=walk.path(root) if root else (),
                handler_path=whole.path(on_top[0]) if on_top else (),
                open_calls=tuple(sorted(graph.open_calls)),
                outside=tuple(sorted(graph.outside)),
            )
        )
    return max(found, key=lambda bound: bound.total)


def bound_of(built: Built, recipe: Recipe) -> StackBound:
    """The bound of a board's image, with what its file says of handlers and pointers; see stack_bound."""
    return stack_bound(
        built, recipe.interrupt_handlers, recipe.interrupt_levels, recipe.pointer_calls, recipe.held_off
    )
