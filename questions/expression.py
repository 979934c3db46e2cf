"""Arithmetic for numeric questions: a small, safe formula language and `{…}` templates.

Formulas come from authors, so they are parsed and walked, never evaluated as Python.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

MAX_LENGTH = 200
MAX_POWER = 64.0
MAX_DIGITS = 15
"""Digits that a formula may round to, before or behind the point."""

_BINARY: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.FloorDiv: lambda a, b: a // b,
    ast.Mod: lambda a, b: a % b,
    ast.Pow: lambda a, b: float(a**b),
}


def _comb(n: float, k: float) -> float:
    if n > 1000:
        raise ValueError("comb takes at most 1000")
    return float(math.comb(int(n), int(k)))


def _round(value: float, digits: float = 0) -> float:
    if abs(digits) > MAX_DIGITS:
        raise ValueError(f"round takes at most {MAX_DIGITS} digits")
    return round(value, int(digits))


def _factorial(n: float) -> float:
    if n > 170:
        raise ValueError("factorial takes at most 170")
    return float(math.factorial(int(n)))


_FUNCTIONS: dict[str, Any] = {
    "sqrt": math.sqrt,
    "exp": math.exp,
    "log": math.log,
    "log2": math.log2,
    "log10": math.log10,
    "abs": abs,
    "min": min,
    "max": max,
    "round": _round,
    "floor": math.floor,
    "ceil": math.ceil,
    "comb": _comb,
    "factorial": _factorial,
    "erf": math.erf,
}
_CONSTANTS = {"pi": math.pi, "e": math.e}


class ExpressionError(ValueError):
    """The formula cannot be read or has no value; the message is for its author."""


class Expression:
    """A parsed formula over named parameters."""

    def __init__(self, source: str) -> None:
        """Raises ExpressionError when `source` is not a formula."""
        self.source = source.strip()
        if len(self.source) > MAX_LENGTH:
            raise ExpressionError(f"a formula has at most {MAX_LENGTH} characters")
        try:
            self._tree = ast.parse(self.source, mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise ExpressionError(f"{source!r} is not a formula") from error
        for node in ast.walk(self._tree):
            self._check(node)

    def _check(self, node: ast.AST) -> None:
        match node:
            case ast.Constant(value=int() | float()) if not isinstance(node.value, bool):
                pass
            case ast.BinOp(op=op) if type(op) in _BINARY:
                pass
            case ast.UnaryOp(op=ast.USub() | ast.UAdd()):
                pass
            case ast.Call(func=ast.Name(id=name), keywords=[]) if name in _FUNCTIONS:
                pass
            case ast.Name() | ast.Load() | ast.operator() | ast.unaryop():
                pass
            case _:
                raise ExpressionError(
                    f"{self.source!r}: only numbers, parameters, + - * / // % ** and "
                    f"{', '.join(sorted(_FUNCTIONS))} are known"
                )

    @cached_property
    def names(self) -> frozenset[str]:
        """The parameters that the formula mentions."""
        names = {node.id for node in ast.walk(self._tree) if isinstance(node, ast.Name)}
        return frozenset(names - set(_FUNCTIONS) - set(_CONSTANTS))

    def value(self, params: Mapping[str, float]) -> float:
        """The formula's value. Raises ExpressionError for unknown parameters and undefined results."""
        try:
            result = float(self._value(self._tree, params))
        except KeyError as error:
            raise ExpressionError(f"{self.source!r}: unknown parameter {error.args[0]!r}") from error
        except (ArithmeticError, ValueError, TypeError) as error:
            raise ExpressionError(f"{self.source!r} has no value: {error}") from error
        if not math.isfinite(result):
            raise ExpressionError(f"{self.source!r} is not finite")
        return result

    def _value(self, node: ast.expr, params: Mapping[str, float]) -> float:
        match node:
            case ast.Constant(value=int() | float() as number):
                return number
            case ast.Name(id=name):
                return _CONSTANTS[name] if name in _CONSTANTS and name not in params else params[name]
            case ast.UnaryOp(op=op, operand=operand):
                value = self._value(operand, params)
                return -value if isinstance(op, ast.USub) else value
            case ast.BinOp(left=left, op=op, right=right):
                a, b = self._value(left, params), self._value(right, params)
                if isinstance(op, ast.Pow) and abs(b) > MAX_POWER:
                    raise ExpressionError(f"{self.source!r}: a power of at most {MAX_POWER:g}")
                result = _BINARY[type(op)](a, b)
                # Raises beyond a float's range: whole numbers have no end, and a tower of powers would never be done.
                float(result)
                return result
            case ast.Call(func=ast.Name(id=name), args=args):
                return _FUNCTIONS[name](*(self._value(argument, params) for argument in args))
            case _:
                raise ExpressionError(f"{self.source!r} is not a formula")


@dataclass(frozen=True)
class Placeholder:
    """One `{expression|format}` of a template, at `start:end` of its text."""

    start: int
    end: int
    expression: Expression
    format: str


_FORMAT = re.compile(r"[+ ]?,?(\.[0-9]{1,2})?[eEfFgG%]?")
_PLACEHOLDER = re.compile(r"\{([^{}|]+)(?:\|([^{}|]*))?\}")


def placeholders(text: str) -> Iterator[Placeholder]:
    """The placeholders of a template, in order.

    Raises ExpressionError for one that is not a formula, or whose number format is unknown.
    """
    for found in _PLACEHOLDER.finditer(text):
        shown = found[2] or ""
        if not _FORMAT.fullmatch(shown):
            raise ExpressionError(f"{shown!r} is not a number format (write .3g or .2f)")
        yield Placeholder(found.start(), found.end(), Expression(found[1]), shown)


def fill(text: str, params: Mapping[str, float]) -> str:
    """The template with every placeholder replaced; whole numbers print without a decimal point.

    Raises ExpressionError where a formula has no value or a number format is unknown.
    """
    parts: list[str] = []
    last = 0
    for part in placeholders(text):
        value = part.expression.value(params)
        shown = format(value, part.format) if part.format else format_number(value)
        parts += [text[last : part.start], shown]
        last = part.end
    return "".join([*parts, text[last:]])


def format_number(value: float) -> str:
    """A number as people write it: 3, 0.25, 1,200."""
    if value == round(value) and abs(value) < 1e15:
        return f"{round(value):,}"
    return f"{value:.6g}"
