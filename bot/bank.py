"""`python -m bot bank check`: holds questions against their own promises, code tasks by running all that is in them."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from bot.errors import StartError
from grader.check import check_bank
from grader.code.bundles import digest
from grader.code.check import TaskReport, check_task
from grader.code.client import Sandbox
from grader.code.job import NoSandboxError
from questions.bank import FOLDER
from questions.code_task import CodeTask
from questions.loader import Loaded, QuestionFileError, load_folder, load_text
from questions.task_file import load_task

CHECKED = FOLDER / "checked.txt"
"""The code tasks that passed, each with the digest of what was checked; only others are checked with `--changed`."""
AT_ONCE = 2


def check(paths: Sequence[Path], *, changed: bool = False, note: bool = False) -> int:
    """Checks the questions of `paths` (the whole bank when empty) and prints what is wrong; returns the exit status.

    `changed` leaves out code tasks that passed before as they are now; `note` writes down those that pass.
    Raises StartError for files that cannot be read.
    """
    loaded = _load(paths)
    written = [item for item in loaded if not isinstance(item.question, CodeTask)]
    tasks = [(item.question, item.file) for item in loaded if isinstance(item.question, CodeTask)]
    report = check_bank(written)
    if written:
        _say([*report.problems, str(report)])
    known = _checked()
    wanted = [(task, file) for task, file in tasks if not (changed and known.get(task.id) == digest(task))]
    if tasks:
        _say([f"{len(tasks)} code tasks, {len(tasks) - len(wanted)} of them checked before"])
    passed = asyncio.run(_check_tasks(wanted)) if wanted else []
    if note:
        current = {task.id: digest(task) for task, _ in tasks}
        good = {task.id for task in passed} | {name for name, seal in known.items() if current.get(name) == seal}
        kept = current if not paths else {**known, **current}
        CHECKED.write_text(
            "".join(f"{name} {seal}\n" for name, seal in sorted(kept.items()) if name in good), encoding="utf-8"
        )
    return 1 if report.problems or len(passed) < len(wanted) else 0


def _load(paths: Sequence[Path]) -> list[Loaded]:
    if not paths:
        return load_folder(FOLDER)
    loaded: list[Loaded] = []
    try:
        for path in paths:
            if path.is_dir():
                loaded += load_folder(path)
            elif path.suffix == ".md":
                loaded.append(load_task(path.read_text(encoding="utf-8"), str(path)))
            else:
                loaded += load_text(path.read_text(encoding="utf-8"), str(path))
    except OSError as error:
        raise StartError(f"cannot read {error.filename}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise StartError("a question file is not UTF-8 text") from error
    except QuestionFileError as error:
        raise StartError(f"the question bank has mistakes:\n{error}") from error
    return loaded


def _checked() -> dict[str, str]:
    if not CHECKED.exists():
        return {}
    return dict(line.split() for line in CHECKED.read_text(encoding="utf-8").splitlines())


async def _check_tasks(tasks: Sequence[tuple[CodeTask, str]]) -> list[CodeTask]:
    """Checks tasks, printing each report when it is there; returns those that passed."""
    at_once = asyncio.Semaphore(AT_ONCE)
    passed: list[CodeTask] = []

    async def one(task: CodeTask, file: str, sandbox: Sandbox) -> None:
        async with at_once:
            began = time.perf_counter()
            report = await check_task(task, sandbox)
            _say(_lines(report, file, time.perf_counter() - began))
            if not report.problems:
                passed.append(task)

    try:
        async with Sandbox.open() as sandbox, asyncio.TaskGroup() as group:
            for task, file in tasks:
                group.create_task(one(task, file, sandbox))
    except* NoSandboxError as errors:
        raise StartError(f"code tasks cannot be checked here: {errors.exceptions[0]}") from errors
    return passed


def _lines(report: TaskReport, file: str, took_s: float) -> Iterable[str]:
    for line, message in report.problems:
        yield f"{file}:{line or 1}: {report.task}: {message}"
    for survivor in report.survivors:
        yield f"{file}: {report.task}: no case notices, in the solution, {survivor}"
    if not report.problems:
        killed = report.mutants - len(report.survivors)
        told = f"{report.cases} cases, {killed} of {report.mutants} mutants noticed"
        yield f"ok {report.task}: {told}, limit {report.time_s:.1f} s ({took_s:.1f} s)"


def _say(lines: Iterable[str]) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()
