"""Grades from the command line: an answer, a story, submitted code, a batch; checks questions and their calibration."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Callable, Sequence
from enum import Enum
from pathlib import Path
from typing import Any, cast

from grader.check import check_bank
from grader.code import command
from grader.grade import Context, Grade
from grader.lines import LineError, Row, grade_lines, text_of
from grader.text import grade
from grader.text.explain import explain
from grader.text.reference import grade_row
from grader.text.star import grade_story, summary
from questions.kinds import AnyQuestion
from questions.loader import Loaded, QuestionFileError, load_folder, load_text
from questions.model import Behavioral, FreeText, Level

QUESTION = "a question's id in the bank, or a file (first question, or FILE#ID)"
ANSWER = "the answer; - reads standard input, @PATH a file"
BANK = Path(__file__).resolve().parent.parent / "questions" / "bank"


class UsageError(Exception):
    """What was asked cannot be done; the message is one line for the person who asked."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m grader", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    text = commands.add_parser("text", help="grade one answer")
    text.add_argument("question", nargs="?", help=QUESTION)
    text.add_argument("answer", nargs="?", help=ANSWER)
    _add_lines(text, "{question: id or whole question, answer, level?}")
    text.add_argument("--level", choices=[level.value for level in Level], default=Level.MID.value)
    text.add_argument("--hints", type=int, choices=range(4), default=0)
    text.add_argument("--variant", type=int, default=0, help="which draw of a numeric question")
    text.add_argument("--json", action="store_true")
    star = commands.add_parser("star", help="analyse a behavioral story")
    star.add_argument("answer", nargs="?", help=ANSWER)
    _add_lines(star, "{answer}")
    star.add_argument("--question", help="the behavioral question that was asked, an id or a file")
    star.add_argument("--level", choices=[level.value for level in Level], default=Level.MID.value)
    star.add_argument("--json", action="store_true")
    check = commands.add_parser("check", help="hold questions against their calibration answers")
    check.add_argument("paths", nargs="+", metavar="PATH", help="a question file or a folder of them")
    check.add_argument("--differences", action="store_true", help="also list where stories are read otherwise")
    reference = commands.add_parser("reference", help="grade answers against a model answer alone")
    _add_lines(reference, "{question, reference_answer, student_answer}", required=True)
    explained = commands.add_parser("explain", help="say why each key point of an answer was decided as it was")
    explained.add_argument("question", help=QUESTION)
    explained.add_argument("answer", help=ANSWER)
    code = commands.add_parser("code", help="judge submitted Python")
    command.add_arguments(code)
    options = parser.parse_args(arguments)
    try:
        match options.command:
            case "text" | "star" | "reference" if options.source is not None:
                return _lines(options.command, options.source, options.target)
            case "text":
                if options.answer is None:
                    text.error("give a question and an answer, or --in")
                context = Context(level=Level(options.level), hints=options.hints, variant=options.variant)
                result = grade(_answer(options.answer), find_question(options.question), context)
                print(_json(result) if options.json else describe(result))
            case "star":
                if options.answer is None:
                    star.error("give a story, or --in")
                story = _story(options.question) if options.question else None
                result = grade_story(_answer(options.answer), story, Context(level=Level(options.level)))
                print(_json(result) if options.json else describe(result))
            case "check":
                return _check([Path(path) for path in options.paths], differences=options.differences)
            case "explain":
                print("\n".join(explain(_answer(options.answer), _free_text(options.question))))
            case _:
                return command.run(options, code)
    except (UsageError, QuestionFileError, LineError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _add_lines(parser: argparse.ArgumentParser, fields: str, *, required: bool = False) -> None:
    parser.add_argument(
        "--in", dest="source", metavar="IN", required=required, help=f"JSON lines {fields}; - is standard input"
    )
    parser.add_argument("--out", dest="target", metavar="OUT", default="-", help="where the graded lines go")


def _lines(kind: str, source: str, target: str) -> int:
    known: dict[str, AnyQuestion] = {}
    graders: dict[str, Callable[[Row], object]] = {
        "text": lambda row: _text_row(row, known),
        "star": lambda row: summary(text_of(row, "answer")),
        "reference": grade_row,
    }
    try:
        grade_lines(source, target, graders[kind])
    except OSError as error:
        raise UsageError(f"cannot use {error.filename}: {error.strerror}") from error
    return 0


def find_question(name: str) -> AnyQuestion:
    """The question of an id in the bank, of a file, or of FILE#ID. Raises UsageError."""
    path, _, wanted = name.partition("#")
    if path.endswith((".yaml", ".yml")):
        loaded = _load(Path(path))
        if not loaded:
            raise UsageError(f"{path} holds no question")
        if not wanted:
            return loaded[0].question
        name = wanted
    else:
        loaded = _load(BANK)
    for item in loaded:
        if item.question.id == name:
            return item.question
    raise UsageError(f"there is no question {name!r}")


def _story(name: str) -> Behavioral:
    question = find_question(name)
    if not isinstance(question, Behavioral):
        raise UsageError(f"{name} is not a behavioral question")
    return question


def _free_text(name: str) -> FreeText:
    question = find_question(name)
    if not isinstance(question, FreeText):
        raise UsageError(f"{name} has no key points to explain")
    return question


def _load(path: Path) -> list[Loaded]:
    if path.is_dir():
        return load_folder(path)
    try:
        return load_text(path.read_text(encoding="utf-8"), str(path))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text") from error


def _answer(given: str) -> str:
    if given == "-":
        return sys.stdin.read()
    if given.startswith("@"):
        try:
            return Path(given[1:]).read_text(encoding="utf-8")
        except OSError as error:
            raise UsageError(f"cannot read {given[1:]}: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise UsageError(f"{given[1:]} is not UTF-8 text") from error
    return given


def _check(paths: Sequence[Path], *, differences: bool) -> int:
    unreadable = 0
    loaded: list[Loaded] = []
    for path in paths:
        for file in sorted(path.rglob("*.yaml")) if path.is_dir() else [path]:
            try:
                loaded += _load(file)
            except QuestionFileError as error:
                print(error)
                unreadable += 1
    report = check_bank(loaded)
    for line in (*report.problems, *(report.differences if differences else ())):
        print(line)
    print(report)
    return 1 if report.problems or unreadable else 0


def _text_row(row: Row, known: dict[str, AnyQuestion]) -> object:
    level = row.get("level", Level.MID.value)
    if level not in {item.value for item in Level}:
        raise ValueError("level must be junior, mid or senior")
    answer = text_of(row, "answer")
    given = row.get("question")
    name = given if isinstance(given, str) else json.dumps(given)
    if name not in known:
        known[name] = find_question(name) if isinstance(given, str) else _whole(given)
    return _plain(grade(answer, known[name], Context(level=Level(str(level)))))


def _whole(given: object) -> AnyQuestion:
    """A question that stands in the line itself. Raises ValueError."""
    if not isinstance(given, dict):
        raise ValueError("question must be an id or a whole question")
    try:
        return load_text(json.dumps(given), "question")[0].question
    except QuestionFileError as error:
        raise ValueError(str(error)) from error


def _plain(value: object) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dict):
        return {str(_plain(key)): _plain(item) for key, item in cast(dict[object, object], value).items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in cast(Sequence[object], value)]
    return value


def _json(result: Grade, indent: int | None = 2) -> str:
    return json.dumps(_plain(result), ensure_ascii=False, indent=indent)


def describe(result: Grade) -> str:
    """A grade as text for a terminal."""
    lines = [f"score {result.score:.2f}   band {result.band}   confidence {result.confidence:.2f}"]
    if result.gate:
        lines.append(f"gate: {result.gate}")
    lines += [f"note: {note}" for note in result.notes]
    for row in result.rows:
        kept = f" × {row.factor:.2g}" if row.factor != 1 else ""
        lines.append(f"  {row.verdict:<12} {row.tier:<7} {row.weight:g}  {row.id}{kept}")
        if row.span:
            lines.append(f"{'':15}“{' '.join(row.span.text.split())}”")
        if row.reason:
            lines.append(f"{'':15}{row.reason}")
    for finding in result.findings:
        state = " (corrected)" if finding.corrected else " (fatal)" if finding.fatal else ""
        lines.append(f"  wrong: {finding.claim}{state}  −{finding.penalty:g}")
        lines.append(f"{'':15}“{' '.join(finding.span.text.split())}”")
        lines.append(f"{'':15}{finding.why_wrong}")
    if result.choice:
        lines.append(f"  chosen {result.choice.chosen}: {result.choice.why_chosen}")
        lines.append(f"  right  {result.choice.correct}: {result.choice.why_correct}")
    if result.number:
        read = "nothing" if result.number.read is None else f"{result.number.read:g}"
        lines.append(f"  read {read}, expected {result.number.shown}")
        lines += [f"  {line}" for line in result.number.working.splitlines()]
        if result.number.slip:
            lines.append(f"  {result.number.slip}")
    if result.star:
        for sentence in result.star.sentences:
            lines.append(f"  {sentence.part or '-':<10} “{' '.join(sentence.span.text.split())}”")
        if result.star.missing:
            lines.append(f"  missing: {', '.join(result.star.missing)}")
        for dimension in result.star.dimensions:
            lines.append(f"  {dimension.title}: {dimension.band or 'not judged'}  {dimension.note}")
    lines += [f"  ask: {probe.text}" for probe in result.probes]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
