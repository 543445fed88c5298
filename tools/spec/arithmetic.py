"""Arithmetic on constants, as the spec writes it: names, numbers, + - * / << and brackets."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping

_OPERATORS: dict[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.floordiv,
    ast.LShift: operator.lshift,
}


def evaluate(expression: str, known: Mapping[str, int]) -> int:
    """The value of an expression. ValueError where it is none."""
    return _value(ast.parse(expression, mode="eval").body, known, expression)


def _value(node: ast.expr, known: Mapping[str, int], whole: str) -> int:
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return node.value
    if isinstance(node, ast.Name) and node.id in known:
        return known[node.id]
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        return _OPERATORS[type(node.op)](_value(node.left, known, whole), _value(node.right, known, whole))
    raise ValueError(f"{whole!r}: only numbers, constants that stand before it, + - * / << and brackets")


def in_c(expression: str, suffix: str) -> str:
    """The expression with VOX_ before names and `suffix` behind numbers."""
    named = re.sub(r"\b[A-Z][A-Z0-9_]*\b", lambda m: f"VOX_{m.group()}", expression)
    numbered = re.sub(r"(?<!<< )\b(0x[0-9A-Fa-f]+|\d+)\b", rf"\g<1>{suffix}", named)
    return f"({numbered})" if " " in numbered else numbered
