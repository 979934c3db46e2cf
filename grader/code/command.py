"""`python -m grader code`: judges one submission to a task, or files of them."""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import json
import sys
from enum import Enum
from pathlib import Path
from typing import Any, cast

from grader.code.batch import UnusableFileError, judge_files
from grader.code.build import BuildError, build, trouble_lines
from grader.code.client import Sandbox
from grader.code.job import SandboxError
from grader.code.judge import Judge
from grader.code.verdict import NAMES, Code, CodeVerdict
from questions.code_task import CodeTask
from questions.loader import load_folder
from questions.task_file import load_task

BANK = Path(__file__).resolve().parents[2] / "questions" / "bank"
REJECTED, UNUSABLE, NO_SANDBOX = 1, 2, 3
"""Exit statuses: not accepted; a file or task that cannot be used; nothing can be run."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("task", nargs="?", metavar="TASK", help="a task's id in the bank, or its .md file")
    parser.add_argument("submission", nargs="?", type=Path, metavar="SUBMISSION.py", help="- reads standard input")
    parser.add_argument("--samples", action="store_true", help="run the samples only")
    parser.add_argument("--json", action="store_true", help="print the whole verdict as JSON")
    files = parser.add_argument_group("many submissions (JSON lines)")
    files.add_argument("--bundle", type=Path, metavar="BUNDLE.jsonl", help="{id, entry_point, cases, compare, …}")
    files.add_argument("--submissions", type=Path, metavar="SUBS.jsonl", help="{id, task, code}")
    files.add_argument("--out", type=Path, metavar="OUT.jsonl", help="a verdict a submission, in order")


def run(options: argparse.Namespace, parser: argparse.ArgumentParser) -> int:
    """What was asked for on the command line; the exit status."""
    many: list[Path | None] = [options.bundle, options.submissions, options.out]
    one = [options.task, options.submission]
    if all(many) == all(one) or (any(many) and any(one)):
        parser.error("give TASK and SUBMISSION.py, or --bundle, --submissions and --out")
    try:
        if all(many):
            return asyncio.run(_many(*cast("list[Path]", many)))
        return asyncio.run(_one(options.task, options.submission, samples=options.samples, as_json=options.json))
    except UnusableFileError as error:
        print(f"error: {error}", file=sys.stderr)
        return UNUSABLE
    except BuildError as error:
        for line in trouble_lines(error, options.task):
            print(line, file=sys.stderr)
        return UNUSABLE
    except SandboxError as error:
        print(f"error: {error}", file=sys.stderr)
        return NO_SANDBOX


async def _many(bundles: Path, submissions: Path, out: Path) -> int:
    async with Sandbox.open() as sandbox:
        count = await judge_files(bundles, submissions, out, sandbox, sys.stderr)
    print(f"{count} submissions judged", file=sys.stderr)
    return 0


async def _one(name: str, submission: Path, *, samples: bool, as_json: bool) -> int:
    task, code = find_task(name), _read(submission)
    async with Sandbox.open() as sandbox:
        bundle = await build(task, sandbox)
        judged = await Judge(sandbox).judge(bundle, code, samples_only=samples, lint=True)
    verdict = judged.verdict
    print(json.dumps(_plain(verdict), ensure_ascii=False, indent=2) if as_json else describe(verdict))
    return 0 if verdict.accepted else REJECTED


def find_task(name: str) -> CodeTask:
    """The task of an id in the bank, or of a file. Raises UnusableFileError and QuestionFileError."""
    if name.endswith(".md"):
        task = load_task(_read(Path(name)), name).question
    else:
        task = next((loaded.question for loaded in load_folder(BANK) if loaded.question.id == name), None)
    if not isinstance(task, CodeTask):
        raise UnusableFileError(f"there is no code task {name!r}")
    return task


def _read(path: Path) -> str:
    try:
        return sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8")
    except OSError as error:
        raise UnusableFileError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UnusableFileError(f"{path} is not UTF-8 text") from error


def describe(verdict: CodeVerdict) -> str:
    """A verdict as text for a terminal."""
    cost = f"{verdict.cpu_s:.3f} s   {verdict.memory_mb:.0f} MB   tier {verdict.tier}"
    passed = f"{verdict.passed} of {verdict.total} cases   score {verdict.score:.2f}"
    lines = [
        f"{verdict.code.value}  {NAMES[verdict.code]}   {passed}   {cost}",
        verdict.reason,
        *(f"    {line}" for line in verdict.trace),
    ]
    for group in verdict.groups:
        lines.append(
            f"{group.name}   {group.passed} of {len(group.cases)}   {group.earned:.4g} of {group.points} points"
        )
        for case in group.cases:
            if case.code is Code.AC:
                continue
            lines.append(f"  {case.code.value:<4} {case.id:<5} {case.why}: {case.detail}   {case.cpu_s:.3f} s")
            if case.shown is not None:
                lines.append(f"       {case.shown.call}")
                lines.append(f"       expected {case.shown.expected}")
                lines += [f"       got      {case.shown.got}"] if case.shown.got else []
                lines += [f"       {case.shown.difference}"] if case.shown.difference else []
            lines += [f"       {line}" for line in case.trace]
            lines += [f"       hint: {case.hint}"] if case.hint else []
    for found in verdict.growth:
        state = "within" if found.within else "beyond"
        lines.append(
            f"{found.group}: your time grows like n^{found.yours:.2f}, the reference's like n^{found.reference:.2f}, "
            f"{state} the allowed {found.allowed:g}; at the largest size {found.ratio:.3g} times its time"
        )
    if verdict.metric is not None:
        score = verdict.metric
        private = "" if score.private is None else f", {score.private:.4g} on the others"
        lines.append(f"{score.metric}: {score.public:.4g} on the public rows{private}; passing {score.passing:g}")
        lines += [f"  {name}: {value:.4g}" for name, value in score.baselines]
    lines += [f"note, line {note.line} ({note.code}): {note.message}" for note in verdict.lint]
    if verdict.output:
        lines += ["output:", *(f"    {line}" for line in verdict.output.splitlines())]
    return "\n".join(lines)


def _plain(value: object) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {entry.name: _plain(getattr(value, entry.name)) for entry in dataclasses.fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [_plain(item) for item in cast("tuple[object, ...]", value)]
    return value
