"""Notes on accepted code, for learning: a few of ruff's rules, each with our own words on why it matters.

Ruff only parses. It runs without any configuration but ours, and sees the submission on its standard input.
"""

from __future__ import annotations

import ast
import asyncio
import json
import logging
import shutil
import sys
import sysconfig
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, cast

from grader.code.verdict import LintNote

MOST = 3
"""How many notes are told."""
_log = logging.getLogger(__name__)

TIMEOUT_S = 5.0

RANGE_LEN = "range-len"
"""Our own rule: `for i in range(len(x))` whose `i` only picks items of `x`. Ruff has none for it."""
RULES = {
    "B006": "A default is made once, when the function is defined; a mutable one keeps what earlier calls put in it.",
    "B023": "The function sees the loop's variable as it is when it is called; bind it as a default.",
    "E722": "A bare `except` hides your own mistakes, and even Ctrl-C; name the exceptions you expect.",
    "B007": "The loop's variable is never used; call it `_` so that readers do not look for it.",
    "F841": "This variable is assigned and never used: dead code, or a forgotten use.",
    "F811": "This name is defined again before it was used; the first definition does nothing.",
    "F401": "This import is not used.",
    "E711": "Compare with None by `is`: `==` can be redefined, and gives an array for an array.",
    "E712": "Use the truth value itself; for arrays and tables a mask or its negation `~mask` says the same.",
    "E741": "`l`, `O` and `I` are easily read as 1 and 0; choose another name.",
    "A001": "This name hides a builtin of Python, which then cannot be called below.",
    "A002": "This argument hides a builtin of Python, which then cannot be called in the function.",
    "E731": "A named function says its name in tracebacks; use `def` instead of assigning a lambda.",
    "C416": "The comprehension only copies; call the constructor instead.",
    "C400": "Write a comprehension instead of a generator in `list()`.",
    "SIM118": "Membership in a dict is tested on the dict itself; `.keys()` is not needed.",
    RANGE_LEN: "Loop over the items themselves; `enumerate` and `zip` help where an index is needed, too.",
    "PERF401": "A list comprehension says the same as this loop, in one line, and runs faster.",
    "PLR1736": "Use the item that `enumerate` gives instead of indexing for it again.",
    "B905": "`zip` stops at the shorter of its arguments without a word; `strict=True` makes that an error.",
    "B009": "`getattr` with a constant name is plain attribute access.",
    "NPY001": "This alias of a Python type is gone from numpy; use the type itself.",
    "NPY002": "The old global random state is shared by everything; pass a Generator of `np.random.default_rng`.",
    "NPY003": "This numpy function is deprecated; use its new name.",
    "PD002": "`inplace=True` neither saves memory nor chains; assign the result.",
    "PD011": "`.to_numpy()` says what you get; `.values` depends on the type of the column.",
    "S101": "`assert` disappears under `python -O`; raise an exception for arguments that may be wrong.",
    "RUF005": "Unpack into a new list instead of adding lists; it takes any iterable.",
}
"""In order of importance: what is told first."""

_RUFF_RULES = ",".join(rule for rule in RULES if rule != RANGE_LEN)


async def lint(code: str) -> tuple[LintNote, ...]:
    """At most three notes on a submission, one a rule, the most important first; none if ruff cannot be run."""
    ruff = find_ruff()
    if ruff is None:
        return ()
    try:
        output = await _output_of(ruff, code)
    except OSError as error:
        _log.warning("no notes on a submission: %s", error)
        return ()
    return await asyncio.to_thread(lambda: _ranked([*_found_by_ruff(output), *_index_loops(code)]))


async def _output_of(ruff: str, code: str) -> bytes:
    """What ruff says of a program, as JSON; nothing if it takes too long."""
    process = await asyncio.create_subprocess_exec(
        ruff, "check", "--isolated", "--no-cache", "--quiet", "--exit-zero", "--ignore-noqa",
        "--target-version", f"py3{sys.version_info.minor}", "--line-length", "120",
        "--select", _RUFF_RULES, "--output-format", "json", "--stdin-filename", "submission.py", "-",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        cwd="/",
    )  # fmt: skip
    try:
        async with asyncio.timeout(TIMEOUT_S):
            output, _ = await process.communicate(code.encode("utf-8", "replace"))
    except TimeoutError:
        return b""
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return output


def _found_by_ruff(output: bytes) -> list[tuple[str, int]]:
    """The rules that were broken, and the lines where."""
    try:
        found = cast(object, json.loads(output))
    except ValueError:
        return []
    entries = cast("list[Any]", found) if isinstance(found, list) else []
    return [(entry["code"], entry["location"]["row"]) for entry in entries if entry["code"] in RULES]


def _index_loops(code: str) -> Iterator[tuple[str, int]]:
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for loop in ast.walk(tree):
        match loop:
            case ast.For(
                target=ast.Name(id=index),
                iter=ast.Call(func=ast.Name("range"), args=[ast.Call(func=ast.Name("len"), args=[ast.Name(items)])]),
            ):
                body = [node for statement in loop.body for node in ast.walk(statement)]
                uses = sum(isinstance(node, ast.Name) and node.id == index for node in body)
                picks = sum(_reads(node, items, index) for node in body)
                if uses and uses == picks:
                    yield RANGE_LEN, loop.lineno
            case _:
                continue


def _reads(node: ast.AST, items: str, index: str) -> bool:
    """Whether a node is `items[index]`, read and not assigned."""
    match node:
        case ast.Subscript(value=ast.Name(id=name), slice=ast.Name(id=at), ctx=ast.Load()):
            return (name, at) == (items, index)
        case _:
            return False


def _ranked(found: list[tuple[str, int]]) -> tuple[LintNote, ...]:
    notes: dict[str, LintNote] = {}
    for rule, line in found:
        notes.setdefault(rule, LintNote(rule, line, RULES[rule]))
    ranked = list(RULES)
    return tuple(sorted(notes.values(), key=lambda note: ranked.index(note.code))[:MOST])


@cache
def find_ruff() -> str | None:
    """The ruff beside this interpreter, else the one on the path."""
    beside = Path(sysconfig.get_path("scripts")) / "ruff"
    return str(beside) if beside.exists() else shutil.which("ruff")
