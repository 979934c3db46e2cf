"""Tries a code task: what can be seen without running it, and what the judge says once it is run."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

from grader.code.check import EDITORIAL_WORDS, TaskReport
from grader.code.job import SandboxError
from grader.lab._free_text import Tried, try_followups
from grader.lab._report import Found, LabFinding, error, note, quoted, warning
from grader.text.followup import as_question
from questions.bank import Bank
from questions.code_task import CodeKind, CodeTask, Expect
from questions.model import FreeText, words

RunCode = Callable[[CodeTask], TaskReport]
"""Runs all of a task in the sandbox, as `grader.code.check.check_task` does. Raises SandboxError where that fails."""

TELLING_LINE = 20
"""Characters of a line of code that gives the solution away."""
_PLACE = "task"


def try_task(task: CodeTask, bank: Bank, run_code: RunCode | None) -> tuple[Tried, bool]:
    """What was found, and whether the programs were run."""
    findings = [*_written(task)]
    followups: list[tuple[str, FreeText]] = [(asked.id, as_question(task, asked)) for asked in task.followups]
    asked = try_followups(task, bank, followups)
    findings += asked.findings
    ran, found = _run(task, run_code)
    return Tried((*findings, *found), asked.trials), ran


def _run(task: CodeTask, run_code: RunCode | None) -> tuple[bool, list[LabFinding]]:
    if run_code is None:
        return False, [warning(_PLACE, "its programs were not run", "Try it where the sandbox runs.")]
    try:
        report = run_code(task)
    except SandboxError as failed:
        return False, [warning(_PLACE, f"its programs could not be run: {failed}", "Try again later.")]
    return True, list(_ran(report))


_NAMED = re.compile(
    r"(?P<place>solution|accepted \d+|wrong \d+|samples \d+|editorial|the starter|a class that does nothing"
    r"|returning the (?:first argument|samples' answers))\b:? ?(?P<told>.*)",
    re.DOTALL,
)
"""What a problem of the check begins with."""


def _ran(report: TaskReport) -> Found:
    for line, message in report.problems:
        named = _NAMED.fullmatch(message)
        place, told = (named["place"], named["told"]) if named else (_PLACE, message)
        yield error(f"{place}, line {line}" if line else place, told)
    for survivor in report.survivors:
        advice = "Add a case that tells them apart, or make sure that they do the same."
        yield warning(
            f"solution, {survivor.partition(':')[0]}", f"no case notices {survivor.partition(': ')[2]}", advice
        )
    if not report.problems:
        noticed = report.mutants - len(report.survivors)
        figures = f"{report.cases} cases notice {noticed} of {report.mutants} changes; time limit {report.time_s:.1f} s"
        yield note(_PLACE, figures)


def _written(task: CodeTask) -> Found:
    if (count := words(task.editorial)) < EDITORIAL_WORDS:
        yield error(
            "editorial",
            f"{count} words; an editorial has at least {EDITORIAL_WORDS}",
            "Say what the idea is, why it is right, and what it costs in time and memory.",
        )
    programs = list(_programs(task))
    for place, code, may_break in programs:
        trouble = _trouble(code)
        if trouble and not may_break:
            yield error(place, f"not Python: {trouble}")
    if not _trouble(task.solution) and task.entry not in _defined(task.solution):
        what = "class" if task.kind is CodeKind.CLASS else "function"
        yield error("solution", f"it does not define {task.entry}", f"The submission must define that {what}.")
    for name in sorted(_imported(task.solution) & set(task.forbid)):
        yield error("solution", f"it imports {name}, which is forbidden")
    if _same(task.starter, task.solution):
        yield error("starter", "it is the solution")
    seen: list[tuple[str, str]] = [("the solution", task.solution)]
    for number, wrong in enumerate(task.wrong, 1):
        for name, code in seen:
            if _same(code, wrong.code):
                yield error(
                    f"wrong {number}", f"it is the same program as {name}", "Write the mistake that people make."
                )
        seen.append((f"wrong {number}", wrong.code))
    lines = {line.strip() for line in task.solution.splitlines() if len(line.strip()) >= TELLING_LINE}
    for number, hint in enumerate(task.hints[:2], 1):
        if told := next((line for line in sorted(lines) if line in hint), None):
            yield error(
                f"hint {number}", f"it has a line of the solution: {quoted(told, 60)}", "Keep code for the third hint."
            )
    names = [case.why.casefold() for group in task.hidden for case in group.cases]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield note("hidden cases", f"two are described alike: {quoted(name, 60)}", "Say what is special about each.")


def _programs(task: CodeTask) -> Iterator[tuple[str, str, bool]]:
    """Every program with its place, and whether it may be none."""
    yield "starter", task.starter, False
    yield "solution", task.solution, False
    yield from ((f"accepted {number}", code, False) for number, code in enumerate(task.accepted, 1))
    yield "fixtures", task.fixtures, False
    for name in ("generate", "check", "data"):
        yield name, getattr(task, name) or "", False
    for number, wrong in enumerate(task.wrong, 1):
        yield f"wrong {number}", wrong.code, wrong.expect is Expect.COMPILE_ERROR


def _tree(code: str) -> ast.Module | str:
    """The program's syntax tree, or what is wrong with it."""
    try:
        return ast.parse(code)
    except SyntaxError as broken:
        return f"{broken.msg} (line {broken.lineno or 1})"
    except (ValueError, RecursionError, MemoryError) as broken:
        return str(broken) or "nested too deeply"


def _trouble(code: str) -> str:
    tree = _tree(code)
    return tree if isinstance(tree, str) else ""


def _defined(code: str) -> set[str]:
    tree = _tree(code)
    if isinstance(tree, str):
        return set()
    names: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.AsyncFunctionDef(name=name):
                names.add(name)
            case ast.Name(id=name, ctx=ast.Store()):
                names.add(name)
            case ast.alias(name=name, asname=alias):
                names.add(alias or name)
            case _:
                continue
    return names


def _imported(code: str) -> set[str]:
    """The modules that a program imports, each with the packages around it."""
    tree = _tree(code)
    if isinstance(tree, str):
        return set()
    names: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=aliases):
                names |= {alias.name for alias in aliases}
            case ast.ImportFrom(module=str(module), names=aliases):
                names |= {module, *(f"{module}.{alias.name}" for alias in aliases)}
            case _:
                continue
    return {".".join(name.split(".")[:count]) for name in names for count in range(1, name.count(".") + 2)}


def _same(one: str, other: str) -> bool:
    """Whether two programs differ in layout and comments at most."""
    first, second = _tree(one), _tree(other)
    if isinstance(first, str) or isinstance(second, str):
        return one.split() == other.split()
    try:
        return ast.dump(first) == ast.dump(second)
    except RecursionError:
        return False
