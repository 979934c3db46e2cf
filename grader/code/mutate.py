"""One-change mutants of a program: what a test suite should notice.

The operators are the classic ones (relational, arithmetic and logical replacement, constants, statement parts), as in
Offutt et al., "An experimental determination of sufficient mutant operators" (1996), with those of array code added:
the other axis, `keepdims`, min for max.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
_NAMES = {
    "min": "max",
    "max": "min",
    "argmin": "argmax",
    "argmax": "argmin",
    "minimum": "maximum",
    "maximum": "minimum",
    "any": "all",
    "all": "any",
    "sum": "mean",
    "mean": "sum",
    "floor": "ceil",
    "ceil": "floor",
    "append": "remove",
}
_SYMBOLS: dict[type[ast.AST], str] = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=", ast.In: "in",
    ast.NotIn: "not in", ast.Is: "is", ast.IsNot: "is not", ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/",
    ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**", ast.BitAnd: "&", ast.BitOr: "|",
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """A changed program. `line` (1-based) is where, `change` what: `<= for <`."""

    code: str
    line: int
    change: str


def mutants(code: str) -> list[Mutant]:
    """Every mutant of a program, in the order of its lines, none twice. Raises SyntaxError."""
    tree = ast.parse(code)
    original = ast.unparse(tree)
    found: dict[str, Mutant] = {}
    for index, node in enumerate(ast.walk(tree)):
        for number in range(len(list(_changes(copy.deepcopy(node))))):
            changed = copy.deepcopy(tree)
            target = next(n for i, n in enumerate(ast.walk(changed)) if i == index)
            change = next(what for i, what in enumerate(_changes(target)) if i == number)
            text = ast.unparse(ast.fix_missing_locations(changed))
            if text != original and text not in found:
                found[text] = Mutant(text, getattr(node, "lineno", 0), change)
    return sorted(found.values(), key=lambda mutant: mutant.line)


def _changes(node: ast.AST) -> Iterator[str]:
    """Changes `node` in place in one way after the other, saying each; whoever stops early keeps that change."""
    match node:
        case ast.Compare(ops=[operator, *_]) if type(operator) in _COMPARISONS:
            node.ops[0] = _COMPARISONS[type(operator)]()
            yield _said(node.ops[0], operator)
        case ast.BinOp(op=operator) | ast.AugAssign(op=operator) if type(operator) in _ARITHMETIC:
            node.op = _ARITHMETIC[type(operator)]()
            yield _said(node.op, operator)
        case ast.BoolOp(op=operator):
            node.op = ast.Or() if isinstance(operator, ast.And) else ast.And()
            yield "or for and" if isinstance(operator, ast.And) else "and for or"
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            node.op = ast.UAdd()
            yield f"{ast.unparse(operand)} for -{ast.unparse(operand)}"
        case ast.IfExp() | ast.If() | ast.While():
            test = node.test
            node.test = ast.UnaryOp(ast.Not(), test)
            yield f"not ({ast.unparse(test)})"
        case ast.Constant(value=bool(value)):
            node.value = not value
            yield f"{not value} for {value}"
        case ast.Constant(value=int() | float() as value):
            node.value = value + 1
            yield f"{value + 1} for {value}"
            if value not in (0, 1):
                node.value = value * 2
                yield f"{value * 2} for {value}"
        case ast.Attribute(attr=name) if name in _NAMES:
            node.attr = _NAMES[name]
            yield f"{_NAMES[name]} for {name}"
        case ast.Name(id=name, ctx=ast.Load()) if name in _NAMES:
            node.id = _NAMES[name]
            yield f"{_NAMES[name]} for {name}"
        case ast.Call(keywords=[_, *_]):
            dropped = node.keywords.pop()
            yield f"without {dropped.arg}="
        case _:
            return


def _said(now: ast.AST, before: ast.AST) -> str:
    return f"{_SYMBOLS[type(now)]} for {_SYMBOLS[type(before)]}"
