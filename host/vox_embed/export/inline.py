"""Trees as plain C: nested comparisons instead of tables, one function, no library.

On a Cortex-M0 this is the smallest and fastest form, and it decides as the .vxm does. Four things make it
so: features are read through pointers that the compiler may not look through, so that every one is within
reach of a short load; a leaf of one class is a jump to code that all such leaves of the tree share; from the
tree on that can bring a class above half of all votes, the function returns as soon as one is there; and the
sums are cleared and compared one by one, where a loop would become a call of memset or count for itself.
GCC compiles the file for size whatever the flags: -O2 copies code about, which makes it slower here as well.
"""

from __future__ import annotations

import re

from vox_embed.experiment.errors import VoxError
from vox_embed.gate.escape import c_comment
from vox_embed.program.stored_trees import StoredTree, StoredTrees
from vox_embed.spec.operators import LEAF

_MOST_CLASSES = 64
_REACH = 32  # halfwords that a load of Armv6-M reaches from its base


def inline_header(name: str, trees: StoredTrees, labels: list[str]) -> str:
    """The declarations."""
    upper = name.upper()
    listed = "".join(f" *   {i} {c_comment(label)}\n" for i, label in enumerate(labels))
    return f"""/* {name}: {len(trees.trees)} decision trees. Made by vox-embed. */
#ifndef {upper}_H
#define {upper}_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {{
#endif

#define {upper}_FEATURES {trees.features}
#define {upper}_CLASSES {trees.outputs}

/* Class of int16 features[{upper}_FEATURES], as the front end or the functionals give them:
{listed} */
int {name}_predict(const int16_t *features);

#ifdef __cplusplus
}}
#endif
#endif
"""


def inline_source(name: str, trees: StoredTrees) -> str:
    """The definition. Ties go to the lower class, as everywhere."""
    return _Writer(name, trees).text()


def plain_c(trees: StoredTrees) -> str:
    """How trees that another form cannot hold are exported."""
    inline = "export plain C: --style inline, or the library: --target c99"
    return inline if trees.outputs <= _MOST_CLASSES else "export the library, which runs them: --target c99"


def identifier(name: str) -> str:
    """A C identifier made of any name, in ASCII."""
    cleaned = re.sub(r"[^A-Za-z0-9_]", "_", name)
    return cleaned if cleaned[:1].isalpha() else f"model_{cleaned}"


class _Writer:
    def __init__(self, name: str, trees: StoredTrees) -> None:
        if trees.outputs > _MOST_CLASSES:
            raise VoxError(
                f"{trees.outputs} classes; inline code has at most {_MOST_CLASSES}", plain_c(trees)
            )
        self._name = name
        self._trees = trees
        self._bases: set[int] = set()
        self._starts: list[int] = []  # places in `entries` of the trees' mixed leaves, tree by tree
        self._stored: dict[int, int] = {}  # place in `entries` of each leaf
        units = [sum(value for _, value in leaf) for leaf in trees.leaves]
        # Rounded shares may add up to a little more or less than one.
        self._half = sum(max(units) for _ in trees.trees) // 2 if trees.shares else 0
        self._can_stop = trees.shares and not any(trees.bias)

    def text(self) -> str:
        code = [self._tree(number, tree) for number, tree in enumerate(self._trees.trees)]
        count = self._trees.outputs
        if any(self._trees.bias):
            bias = ", ".join(f"(uint32_t){value}" if value < 0 else f"{value}u" for value in self._trees.bias)
            start = f"uint32_t sums[{count}] = {{{bias}}};"
        else:
            start = f"uint32_t sums[{count}], zero = 0;\n    HIDE(zero);\n    "
            start += " ".join(f"sums[{c}] = zero;" for c in range(count))
        pointers = "\n".join(
            f"    const int16_t *const base{b} = features + {b * _REACH};\n    HIDE(base{b});"
            if b
            else "    const int16_t *const base0 = features;"
            for b in sorted(self._bases)
        ).replace("*const base", "*base")
        more = " int32_t score;" if not self._trees.shares else ""
        if self._starts:
            more += " const uint32_t *entry; uint32_t value; unsigned leaf;"
        compare = "" if self._trees.shares else "(int32_t)"
        decision = f"    {'uint32_t' if self._trees.shares else 'int32_t'} most = {compare}sums[0];\n"
        for c in range(1, count):
            keep = f"most = {compare}sums[{c}]; " if c + 1 < count else ""
            decision += f"    if ({compare}sums[{c}] > most) {{ {keep}best = {c}; }}\n"
        return f"""/* Made by vox-embed: {len(code)} decision trees. */
#include "{self._name}.h"

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("Os")
#endif
#if defined(__GNUC__)
#define HIDE(name) __asm__("" : "+r"(name)) /* the compiler may not know its value */
#else
#define HIDE(name) ((void)(name))
#endif
/* Volatile: each comparison reads its feature by itself, where it is needed, or registers run out. */
#define S(base, index) (((const volatile int16_t *)(base))[index])
#define U(base, index) (((const volatile uint16_t *)(base))[index]) /* of features that are never negative */
#define AT(array, bytes) ((uint32_t *)(void *)((char *)(array) + (bytes)))

{self._entries()}int {self._name}_predict(const int16_t *features)
{{
{pointers}
    {start}{more}
{"".join(code)}    int best = 0;
{decision}    return best;
}}
"""

    def _entries(self) -> str:
        """Leaves of several classes: value << 8 | class << 2 | last."""
        if not self._starts:
            return ""
        rows = []
        for leaf in self._stored:
            pairs = self._trees.leaves[leaf]
            last = len(pairs) - 1
            words = (f"{value << 8 | out << 2 | (i == last)}u" for i, (out, value) in enumerate(pairs))
            rows.append("    " + ", ".join(words))
        listed = ",\n".join(rows)
        starts = ", ".join(map(str, self._starts))
        return f"""static const uint32_t entries[] = {{
{listed},
}};
static const uint16_t starts[] = {{
    {starts},
}};

"""

    def _place(self, leaf: int) -> int:
        """Of a mixed leaf in `entries`."""
        if leaf not in self._stored:
            self._stored[leaf] = sum(len(self._trees.leaves[other]) for other in self._stored)
        return self._stored[leaf]

    def _tree(self, number: int, tree: StoredTree) -> str:
        pure: dict[tuple[int, int], str] = {}
        mixed: dict[int, int] = {}
        first = len(self._starts)

        def leaf_code(leaf: int) -> str:
            pairs = self._trees.leaves[leaf]
            if not self._trees.shares:
                return f"{{ score = {pairs[0][1]}; goto d{number}; }}"
            if len(pairs) == 1:
                label = pure.setdefault(pairs[0], f"t{number}c{pairs[0][0]}v{len(pure)}")
                return f"goto {label};"
            if leaf not in mixed:
                mixed[leaf] = len(mixed)
                self._starts.append(self._place(leaf))
            return f"{{ leaf = {mixed[leaf]}u; goto m{number}; }}"

        # Written without recursion, as trees may be deep: text still to come lies on a stack.
        out: list[str] = []
        todo: list[int | str] = [tree.root]
        left = len(tree.feature)
        while todo:
            item = todo.pop()
            if isinstance(item, str):
                out.append(item)
            elif item >= LEAF:
                out.append(leaf_code(item - LEAF))
            else:
                left -= 1
                if left < 0:  # written out, nodes with two parents would double level by level
                    raise VoxError(
                        f"tree {number} is none: a node of it has two parents", "do not trust the model"
                    )
                out.append(
                    f"if ({self._feature(int(tree.feature[item]))} <= {int(tree.threshold[item])}) {{\n"
                )
                todo += [int(tree.right[item]), "\n} ", int(tree.left[item])]
        text = "".join(out) + "\n"
        if not self._trees.shares:
            return f"{text}d{number}:\n    sums[{tree.output}] += (uint32_t)score;\n"
        stops = self._can_stop and number >= len(self._trees.trees) // 2
        for (output, value), label in pure.items():
            add = f"sums[{output}] += {value}u"
            body = f"if (({add}) > {self._half}u) {{ return {output}; }}" if stops else f"{add};"
            text += f"{label}: {body} goto d{number};\n"
        if mixed:
            text += f"""m{number}:
    entry = entries + starts[{first}u + leaf];
    do {{
        value = *entry++;
        *AT(sums, value & 252u) += value >> 8;
    }} while ((value & 1u) == 0u);
"""
        return f"{text}d{number}:;\n"

    def _feature(self, feature: int) -> str:
        base = feature // _REACH
        self._bases.add(base)
        return f"{'U' if feature in self._trees.nonnegative else 'S'}(base{base}, {feature % _REACH})"
